#include "platform/range_copy.hpp"

namespace weir::platform {

std::uint64_t preferred_unit() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
  // A unit that lies in two lines of the cache costs Intel's processors twice; one as long as a line costs them no
  // more.
  if (__builtin_cpu_is("intel") != 0 && __builtin_cpu_supports("avx512bw") != 0) {
    return 64;
  }
  if (__builtin_cpu_is("amd") != 0 && __builtin_cpu_supports("avx2") != 0) {
    return 32;
  }
#endif
  return 0;
}

} // namespace weir::platform
