// The clock that deadlines are measured with.
#pragma once

#include <chrono>
#include <cstdint>

namespace weir::platform {

// Nanoseconds of std::chrono::steady_clock; never goes back.
inline std::uint64_t monotonic_ns() noexcept {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count());
}

} // namespace weir::platform
