// Reading and writing pipes, terminals and sockets without waiting, and without the signals that end a process.
#pragma once

#include <cstdint>
#include <span>

#include <sys/types.h>
#include <sys/uio.h>

namespace weir::platform {

// What the system was found able to do for a descriptor. Start with the default and keep it beside the descriptor.
struct StreamAbilities {
  bool never_waits = false; // the descriptor has O_NONBLOCK
  bool no_wait = true;      // RWF_NOWAIT
  bool no_signal = true;    // RWF_NOSIGNAL
};

// Both return the number of bytes, or -1 with errno set. EAGAIN: nothing can be read or written now. Where the system
// can not be asked to return at once, the descriptor is polled before; another process that reads from the same
// descriptor may then still make the call wait.
ssize_t read_now(int descriptor, std::span<iovec const> buffers, StreamAbilities& abilities) noexcept;
// A broken pipe is EPIPE; the calling thread gets no SIGPIPE.
ssize_t write_now(int descriptor, std::span<iovec const> buffers, StreamAbilities& abilities) noexcept;

// Waits until the descriptor is ready for the poll(2) events, or broken. False after the time, or when a signal came.
bool wait_ready(int descriptor, short events, int milliseconds) noexcept;

} // namespace weir::platform
