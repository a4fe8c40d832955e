// How this library was built.
#pragma once

namespace weir::platform {

#if defined(NDEBUG)
inline constexpr bool is_debug_build = false;
#else
inline constexpr bool is_debug_build = true;
#endif

} // namespace weir::platform
