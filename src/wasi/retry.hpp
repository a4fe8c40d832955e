// Calls of the system that wait, or that signals cut short.
#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>

#include <sys/types.h>

#include "wasi/abi.hpp"
#include "wasi/context.hpp"
#include "wasi/descriptor.hpp"

namespace weir::wasi {

// What a call of the system answered, from errno where that is negative.
inline Answer<std::uint64_t> bytes_of(ssize_t result) noexcept {
  if (result < 0) {
    return std::unexpected(to_errno(errno));
  }
  return static_cast<std::uint64_t>(result);
}

// The call again as long as a signal cut it short and the guest may go on.
template <class Body>
Answer<std::uint64_t> uninterrupted(Call& call, Body&& body) {
  for (;;) {
    auto const result = body();
    if (result >= 0 || errno != EINTR) {
      return bytes_of(result);
    }
    if (call.should_stop()) {
      return std::unexpected(Errno::intr);
    }
  }
}

// Tries until it can be done, waiting in between for poll(2)'s events unless the guest does not want that.
template <class Body>
Answer<std::uint64_t> when_ready(Call& call, int descriptor, short events, bool no_wait, Body&& body) {
  for (;;) {
    auto const result = uninterrupted(call, body);
    if (result.has_value() || result.error() != Errno::again || no_wait) {
      return result;
    }
    if (auto const waited = wait_for(call, descriptor, events); waited != Errno::success) {
      return std::unexpected(waited);
    }
  }
}

} // namespace weir::wasi
