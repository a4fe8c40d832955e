// The program itself: its end, signals, the processor.
#include <memory>
#include <string>
#include <utility>

#include <sched.h>

#include "wasi/functions.hpp"

namespace weir::wasi {

// A failed host call unwinds the guest; with a trap of its own, its error reaches the embedder as it is.
void Call::exit(std::uint32_t status) {
  auto message = "the guest exited with status " + std::to_string(status);
  auto trap =
      std::make_shared<Trap const>(TrapReason::host_error, message, caller_.backtrace(), std::nullopt, 0, status);
  stopped_.emplace(ErrorKind::host, std::move(message), std::move(trap));
}

std::optional<std::uint32_t> exit_status(Error const& error) noexcept {
  return error.trap() != nullptr ? error.trap()->exit_status() : std::nullopt;
}

Errno proc_exit(Call& call, u32 status) {
  call.exit(status);
  return Errno::success;
}

// A guest has no other process to signal, and the host is not its own.
Errno proc_raise(Call&, u32) { return Errno::notsup; }

Errno sched_yield(Call& call) {
  if (call.should_stop()) {
    return Errno::intr;
  }
  ::sched_yield();
  return Errno::success;
}

} // namespace weir::wasi
