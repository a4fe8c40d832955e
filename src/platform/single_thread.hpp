// Whether this process has one thread only, where the C library tells.
#pragma once

#if defined(__has_include)
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define WEIR_HAS_SINGLE_THREADED 1
#endif
#endif

namespace weir::platform {

// True: no other thread runs, nor will one unless this one starts it; whatever ended threads did is visible. False:
// there are others, or nobody knows.
[[gnu::always_inline]] inline bool is_single_threaded() noexcept {
#ifdef WEIR_HAS_SINGLE_THREADED
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

} // namespace weir::platform
