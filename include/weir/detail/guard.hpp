// For code on top of the public interface: turns what the standard library throws into an ordinary result.
#pragma once

#include <new>
#include <stdexcept>
#include <utility>

namespace weir::detail {

// Returns body(), or failed() when there was no memory for something in it. Without exceptions there is nothing to
// catch: the standard library then ends the process.
template <class Body, class Failed>
auto guard_memory(Body&& body, [[maybe_unused]] Failed&& failed) -> decltype(std::forward<Body>(body)()) {
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

} // namespace weir::detail
