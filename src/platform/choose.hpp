// A choice without a branch, where the compiler is to be kept from making one.
#pragma once

#include <cstdint>

namespace weir::platform {

// One of two values by a conditional move. A branch would be mispredicted half of the time where the condition changes.
[[gnu::always_inline]] inline std::uint64_t choose(bool condition, std::uint64_t a, std::uint64_t b) noexcept {
#if defined(__clang__)
  return __builtin_unpredictable(condition) ? a : b;
#else
  __asm__("" : "+r"(a), "+r"(b)); // g++ puts what is left to compute of either behind a branch
  return condition ? a : b;
#endif
}

} // namespace weir::platform
