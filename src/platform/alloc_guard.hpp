// Turns a failed allocation into an ordinary result.
//
// Weir's own code neither throws nor catches; only the standard library's containers throw, when there is no memory or
// when a size is beyond all measure. Every public function runs its body through this guard, so that such an exception
// unwinds (and destructors run) up to here and no further. In a build without exceptions (WEIR_EXCEPTIONS=OFF) the
// standard library ends the process instead.
#pragma once

#include <new>
#include <stdexcept>
#include <utility>

namespace weir::platform {

// Returns body(), or failed() if an allocation in it failed. Both must have the same type.
template <class Body, class Failed>
auto guard_allocation(Body&& body, [[maybe_unused]] Failed&& failed) -> decltype(std::forward<Body>(body)()) {
#if defined(__cpp_exceptions)
  try {
    return std::forward<Body>(body)();
  } catch (std::bad_alloc const&) {
    return std::forward<Failed>(failed)();
  } catch (std::length_error const&) {
    return std::forward<Failed>(failed)();
  }
#else
  return std::forward<Body>(body)();
#endif
}

// For bodies that return nothing: whether there was memory enough.
template <class Body>
[[nodiscard]] bool had_memory(Body&& body) {
  return guard_allocation(
      [&] {
        std::forward<Body>(body)();
        return true;
      },
      [] { return false; });
}

} // namespace weir::platform
