// Sockets that the embedder opened.
#include "wasi/functions.hpp"
#include "wasi/io_vectors.hpp"

namespace weir::wasi {

namespace {

constexpr u32 recv_peek = 1;
constexpr u32 recv_waitall = 2;
constexpr u32 shut_read = 1;
constexpr u32 shut_write = 2;
constexpr u16 data_truncated = 1;

} // namespace

Errno sock_accept(Call& call, Fd fd, u32 flags, u32 result) {
  auto const socket = call.socket(fd, rights::sock_accept);
  if (!socket.has_value()) {
    return socket.error();
  }
  if ((flags & ~u32{fdflags::nonblock}) != 0) {
    return Errno::inval;
  }
  if (!call.memory().contains(result, 4)) {
    return Errno::fault;
  }
  if (call.state().descriptors.is_full()) {
    return Errno::mfile;
  }
  auto accepted = (*socket)->accept(call, static_cast<u16>(flags));
  if (!accepted.has_value()) {
    return accepted.error();
  }
  auto const number = call.state().descriptors.add(*std::move(accepted));
  if (!number.has_value()) {
    return number.error();
  }
  call.memory().store(result, *number);
  return Errno::success;
}

Errno sock_recv(Call& call, Fd fd, u32 iovecs, u32 count, u32 flags, u32 bytes_result, u32 flags_result) {
  auto const socket = call.socket(fd, rights::fd_read);
  if (!socket.has_value()) {
    return socket.error();
  }
  if ((flags & ~(recv_peek | recv_waitall)) != 0) {
    return Errno::inval;
  }
  if (!call.memory().contains(bytes_result, 4) || !call.memory().contains(flags_result, 2)) {
    return Errno::fault;
  }
  IoVectors vectors;
  if (auto const loaded = vectors.load(call, iovecs, count); loaded != Errno::success) {
    return loaded;
  }
  auto const got = (*socket)->receive(call, vectors.buffers(), (flags & recv_peek) != 0, (flags & recv_waitall) != 0);
  if (!got.has_value()) {
    return got.error();
  }
  vectors.filled(call, got->bytes);
  call.memory().store(bytes_result, static_cast<u32>(got->bytes));
  call.memory().store(flags_result, got->truncated ? data_truncated : u16{0});
  return Errno::success;
}

Errno sock_send(Call& call, Fd fd, u32 iovecs, u32 count, u32 flags, u32 result) {
  auto const socket = call.socket(fd, rights::fd_write);
  if (!socket.has_value()) {
    return socket.error();
  }
  if (flags != 0) {
    return Errno::inval;
  }
  return fd_write(call, fd, iovecs, count, result);
}

Errno sock_shutdown(Call& call, Fd fd, u32 how) {
  auto const socket = call.socket(fd, rights::sock_shutdown);
  if (!socket.has_value()) {
    return socket.error();
  }
  if (how == 0 || (how & ~(shut_read | shut_write)) != 0) {
    return Errno::inval;
  }
  return errno_of((*socket)->shutdown((how & shut_read) != 0, (how & shut_write) != 0));
}

} // namespace weir::wasi
