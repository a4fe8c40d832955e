#include "wasi/host_socket.hpp"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "platform/stream_io.hpp"
#include "wasi/context.hpp"
#include "wasi/host_stat.hpp"
#include "wasi/retry.hpp"

namespace weir::wasi {

namespace {

msghdr message_of(Buffers buffers) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(buffers.data());
  message.msg_iovlen = buffers.size();
  return message;
}

} // namespace

HostSocket::HostSocket(platform::FileDescriptor opened, FileType type, bool listens, std::uint16_t flags) noexcept
    : Socket(type, listens ? rights::socket & ~(rights::fd_read | rights::fd_write) : rights::socket, rights::socket),
      opened_(std::move(opened)),
      no_wait_((flags & fdflags::nonblock) != 0) {}

Answer<std::unique_ptr<Descriptor>> HostSocket::duplicate(int descriptor) {
  int type = 0;
  int listens = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return std::unexpected(to_errno(errno));
  }
  size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    listens = 0;
  }
  platform::FileDescriptor copy{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
  if (!copy) {
    return std::unexpected(to_errno(errno));
  }
  return std::make_unique<HostSocket>(std::move(copy),
                                      type == SOCK_DGRAM ? FileType::socket_datagram : FileType::socket_stream,
                                      listens != 0, std::uint16_t{0});
}

Answer<std::uint64_t> HostSocket::read(Call& call, Buffers buffers) {
  auto const got = receive(call, buffers, false, false);
  return got.has_value() ? Answer<std::uint64_t>{got->bytes} : std::unexpected(got.error());
}

Answer<std::uint64_t> HostSocket::write(Call& call, Buffers buffers) {
  return when_ready(call, opened_.get(), POLLOUT, no_wait_, [&] {
    auto const message = message_of(buffers);
    return ::sendmsg(opened_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  });
}

Answer<std::unique_ptr<Descriptor>> HostSocket::accept(Call& call, std::uint16_t flags) {
  // A connection that went away again would make accept(2) wait; waiting is done here, in slices.
  for (;;) {
    if (!platform::wait_ready(opened_.get(), POLLIN, 0)) {
      if (no_wait_) {
        return std::unexpected(Errno::again);
      }
      if (auto const waited = wait_for(call, opened_.get(), POLLIN); waited != Errno::success) {
        return std::unexpected(waited);
      }
    }
    platform::FileDescriptor accepted{::accept4(opened_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (accepted) {
      return std::make_unique<HostSocket>(std::move(accepted), FileType::socket_stream, false, flags);
    }
    if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
      return std::unexpected(to_errno(errno));
    }
  }
}

Answer<Socket::Received> HostSocket::receive(Call& call, Buffers buffers, bool peek, bool wait_all) {
  bool truncated = false;
  auto const receive_once = [&](Buffers into) {
    return when_ready(call, opened_.get(), POLLIN, no_wait_, [&] {
      auto message = message_of(into);
      auto const got = ::recvmsg(opened_.get(), &message, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
      truncated = got >= 0 && (message.msg_flags & MSG_TRUNC) != 0;
      return got;
    });
  };
  if (!wait_all || peek || type() != FileType::socket_stream) {
    auto const got = receive_once(buffers);
    return got.has_value() ? Answer<Received>{Received{*got, truncated}} : std::unexpected(got.error());
  }
  std::uint64_t total = 0;
  for (auto each : buffers) {
    while (each.iov_len != 0) {
      auto const got = receive_once({&each, 1});
      if (!got.has_value() && total == 0) {
        return std::unexpected(got.error());
      }
      if (!got.has_value() || *got == 0) {
        return Received{total, false};
      }
      total += *got;
      each.iov_base = static_cast<char*>(each.iov_base) + *got;
      each.iov_len -= static_cast<std::size_t>(*got);
    }
  }
  return Received{total, false};
}

Answer<void> HostSocket::shutdown(bool reading, bool writing) {
  return answer_of(::shutdown(opened_.get(), reading && writing ? SHUT_RDWR : reading ? SHUT_RD : SHUT_WR));
}

Answer<FileStat> HostSocket::stat() {
  FileStat stat;
  stat.type = type();
  return stat;
}

Answer<void> HostSocket::set_flags(std::uint16_t flags) {
  if ((flags & ~fdflags::nonblock) != 0) {
    return std::unexpected(Errno::notsup);
  }
  no_wait_ = (flags & fdflags::nonblock) != 0;
  return {};
}

std::uint64_t HostSocket::readable_bytes() {
  int available = 0;
  return ::ioctl(opened_.get(), FIONREAD, &available) == 0 && available > 0 ? static_cast<std::uint64_t>(available) : 0;
}

} // namespace weir::wasi
