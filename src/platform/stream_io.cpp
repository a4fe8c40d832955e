#include "platform/stream_io.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace weir::platform {

namespace {

#if defined(RWF_NOWAIT)
constexpr int no_wait_flag = RWF_NOWAIT;
#else
constexpr int no_wait_flag = 0;
#endif
#if defined(RWF_NOSIGNAL)
constexpr int no_signal_flag = RWF_NOSIGNAL;
#else
constexpr int no_signal_flag = 0x100; // of Linux 6.18; older kernels refuse it
#endif

#if defined(RWF_NOWAIT)
ssize_t read_flagged(int descriptor, std::span<iovec const> buffers, int flags) noexcept {
  return ::preadv2(descriptor, buffers.data(), static_cast<int>(buffers.size()), -1, flags);
}
ssize_t write_flagged(int descriptor, std::span<iovec const> buffers, int flags) noexcept {
  return ::pwritev2(descriptor, buffers.data(), static_cast<int>(buffers.size()), -1, flags);
}
#else
ssize_t read_flagged(int, std::span<iovec const>, int) noexcept {
  errno = EOPNOTSUPP;
  return -1;
}
ssize_t write_flagged(int, std::span<iovec const>, int) noexcept {
  errno = EOPNOTSUPP;
  return -1;
}
#endif

bool is_unsupported(int reason) noexcept { return reason == EOPNOTSUPP || reason == EINVAL || reason == ENOSYS; }

// Keeps SIGPIPE from the calling thread for a while, and swallows one that the calls in between have raised.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() noexcept {
    sigemptyset(&only_);
    sigaddset(&only_, SIGPIPE);
    sigset_t pending;
    was_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  PipeSignalBlocked(PipeSignalBlocked const&) = delete;
  PipeSignalBlocked& operator=(PipeSignalBlocked const&) = delete;
  ~PipeSignalBlocked() {
    int const reason = errno;
    if (reason == EPIPE && !was_pending_) {
      timespec const at_once{};
      while (sigtimedwait(&only_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = reason;
  }

 private:
  sigset_t only_;
  sigset_t before_;
  bool was_pending_ = false;
};

// Writes what a pipe that is ready takes without waiting.
ssize_t write_polled(int descriptor, std::span<iovec const> buffers) noexcept {
  if (!wait_ready(descriptor, POLLOUT, 0)) {
    errno = EAGAIN;
    return -1;
  }
  auto const filled = std::ranges::find_if(buffers, [](iovec const& each) { return each.iov_len != 0; });
  if (filled == buffers.end()) {
    return 0;
  }
  return ::write(descriptor, filled->iov_base, std::min<std::size_t>(filled->iov_len, PIPE_BUF));
}

} // namespace

ssize_t read_now(int descriptor, std::span<iovec const> buffers, StreamAbilities& abilities) noexcept {
  if (abilities.never_waits) {
    return ::readv(descriptor, buffers.data(), static_cast<int>(buffers.size()));
  }
  if (abilities.no_wait) {
    auto const result = read_flagged(descriptor, buffers, no_wait_flag);
    if (result >= 0 || !is_unsupported(errno)) {
      return result;
    }
    abilities.no_wait = false;
  }
  if (!wait_ready(descriptor, POLLIN, 0)) {
    errno = EAGAIN;
    return -1;
  }
  return ::readv(descriptor, buffers.data(), static_cast<int>(buffers.size()));
}

ssize_t write_now(int descriptor, std::span<iovec const> buffers, StreamAbilities& abilities) noexcept {
  if ((abilities.no_wait || abilities.never_waits) && abilities.no_signal) {
    auto const result = write_flagged(descriptor, buffers, no_signal_flag | (abilities.never_waits ? 0 : no_wait_flag));
    if (result >= 0 || !is_unsupported(errno)) {
      return result;
    }
    abilities.no_signal = false;
  }
  PipeSignalBlocked const blocked;
  if (abilities.never_waits) {
    return ::writev(descriptor, buffers.data(), static_cast<int>(buffers.size()));
  }
  if (abilities.no_wait) {
    auto const result = write_flagged(descriptor, buffers, no_wait_flag);
    if (result >= 0 || !is_unsupported(errno)) {
      return result;
    }
    abilities.no_wait = false;
  }
  return write_polled(descriptor, buffers);
}

bool wait_ready(int descriptor, short events, int milliseconds) noexcept {
  pollfd one{descriptor, events, 0};
  return ::poll(&one, 1, milliseconds) > 0;
}

} // namespace weir::platform
