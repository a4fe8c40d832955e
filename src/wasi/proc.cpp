// The program itself: its end, signals, the processor.
#include <sched.h>

#include "wasi/functions.hpp"

namespace weir::wasi {

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
