// Reading, writing, positions, directories' entries.
#include <algorithm>
#include <array>
#include <limits>

#include "wasi/functions.hpp"
#include "wasi/io_vectors.hpp"

namespace weir::wasi {

Errno IoVectors::load(Call& call, std::uint32_t address, std::uint32_t count) {
  auto const& memory = call.memory();
  if (!memory.contains(address, std::uint64_t{count} * iovec_bytes)) {
    return Errno::fault;
  }
  constexpr std::uint32_t checked_at_once = 1u << 20;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i % checked_at_once == checked_at_once - 1 && call.should_stop()) {
      return Errno::intr;
    }
    auto const entry = std::uint64_t{address} + std::uint64_t{i} * iovec_bytes;
    auto const begin = memory.load<std::uint32_t>(entry);
    auto const length = memory.load<std::uint32_t>(entry + 4);
    if (!memory.contains(begin, length)) {
      return Errno::fault;
    }
    total += length;
    if (i < vectors_.size()) {
      auto const bytes = memory.bytes(begin, length);
      vectors_[i] = {bytes.data(), bytes.size()};
      used_ = i + 1;
    }
  }
  if (total > std::numeric_limits<std::uint32_t>::max()) {
    return Errno::inval;
  }
  return Errno::success;
}

void IoVectors::filled(Call& call, std::uint64_t bytes) const noexcept {
  for (auto const& each : buffers()) {
    std::uint64_t const here = std::min<std::uint64_t>(bytes, each.iov_len);
    call.memory().wrote(each.iov_base, here);
    bytes -= here;
  }
}

namespace {

// What reading and writing have in common: `transfer` gets the descriptor and the buffers.
template <class Transfer>
Errno transfer_bytes(Call& call, Fd fd, Rights wanted, u32 iovecs, u32 count, u32 result, Transfer&& transfer) {
  auto const descriptor = call.descriptor(fd, wanted);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  if (!call.memory().contains(result, 4)) {
    return Errno::fault;
  }
  IoVectors vectors;
  if (auto const loaded = vectors.load(call, iovecs, count); loaded != Errno::success) {
    return loaded;
  }
  Answer<std::uint64_t> const bytes = transfer(**descriptor, vectors.buffers());
  if (!bytes.has_value()) {
    return bytes.error();
  }
  if (wanted == rights::fd_read) {
    vectors.filled(call, *bytes);
  }
  call.memory().store(result, static_cast<u32>(*bytes));
  return Errno::success;
}

} // namespace

Errno fd_read(Call& call, Fd fd, u32 iovecs, u32 count, u32 result) {
  return transfer_bytes(call, fd, rights::fd_read, iovecs, count, result,
                        [&](Descriptor& from, Buffers buffers) { return from.read(call, buffers); });
}

Errno fd_write(Call& call, Fd fd, u32 iovecs, u32 count, u32 result) {
  return transfer_bytes(call, fd, rights::fd_write, iovecs, count, result,
                        [&](Descriptor& to, Buffers buffers) { return to.write(call, buffers); });
}

Errno fd_pread(Call& call, Fd fd, u32 iovecs, u32 count, u64 offset, u32 result) {
  return transfer_bytes(call, fd, rights::fd_read, iovecs, count, result,
                        [&](Descriptor& from, Buffers buffers) -> Answer<std::uint64_t> {
                          if (from.directory() == nullptr && !from.has(rights::fd_seek)) {
                            return std::unexpected(Errno::notcapable);
                          }
                          if (offset > max_offset) {
                            return std::unexpected(Errno::inval);
                          }
                          return from.read_at(buffers, offset);
                        });
}

Errno fd_pwrite(Call& call, Fd fd, u32 iovecs, u32 count, u64 offset, u32 result) {
  return transfer_bytes(call, fd, rights::fd_write, iovecs, count, result,
                        [&](Descriptor& to, Buffers buffers) -> Answer<std::uint64_t> {
                          if (to.directory() == nullptr && !to.has(rights::fd_seek)) {
                            return std::unexpected(Errno::notcapable);
                          }
                          if (offset > max_offset) {
                            return std::unexpected(Errno::inval);
                          }
                          return to.write_at(buffers, offset);
                        });
}

namespace {

Answer<Whence> whence_of(Abi abi, u32 number) noexcept {
  constexpr std::array preview1{Whence::set, Whence::current, Whence::end};
  constexpr std::array unstable{Whence::current, Whence::end, Whence::set};
  if (number >= preview1.size()) {
    return std::unexpected(Errno::inval);
  }
  return abi == Abi::preview1 ? preview1[number] : unstable[number];
}

Errno seek(Call& call, Fd fd, Rights wanted, s64 offset, Whence whence, u32 result) {
  auto const descriptor = call.descriptor(fd, wanted);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  if (!call.memory().contains(result, 8)) {
    return Errno::fault;
  }
  auto const position = (*descriptor)->seek(offset, whence);
  if (!position.has_value()) {
    return position.error();
  }
  call.memory().store(result, *position);
  return Errno::success;
}

} // namespace

Errno fd_seek(Call& call, Fd fd, s64 offset, u32 whence, u32 result) {
  auto const known = whence_of(call.abi(), whence);
  if (!known.has_value()) {
    return known.error();
  }
  // Asking where one is needs only the right to be told.
  Rights const wanted = offset == 0 && *known == Whence::current ? rights::fd_tell : rights::fd_seek;
  return seek(call, fd, wanted, offset, *known, result);
}

Errno fd_tell(Call& call, Fd fd, u32 result) { return seek(call, fd, rights::fd_tell, 0, Whence::current, result); }

Errno fd_readdir(Call& call, Fd fd, u32 buffer, u32 length, u64 cookie, u32 result) {
  auto const directory = call.directory(fd, rights::fd_readdir);
  if (!directory.has_value()) {
    return directory.error();
  }
  auto const& memory = call.memory();
  if (!memory.contains(buffer, length) || !memory.contains(result, 4)) {
    return Errno::fault;
  }
  u32 used = 0;
  while (used < length) {
    auto const entry = (*directory)->entry_at(cookie);
    if (!entry.has_value()) {
      // What was listed so far counts; the error comes again with the next call.
      if (used == 0) {
        return entry.error();
      }
      break;
    }
    if (!entry->has_value()) {
      break;
    }
    auto const& found = **entry;
    // The last entry may be cut: a full buffer tells the guest that there is more.
    std::array<std::byte, dirent_bytes> head{};
    GuestMemory const layout{head.data(), head.size()};
    layout.store(0, found.next);
    layout.store(8, found.inode);
    layout.store(16, static_cast<u32>(found.name.size()));
    layout.store(20, static_cast<u8>(found.type));
    u32 const head_part = std::min(dirent_bytes, length - used);
    memory.copy_in(std::uint64_t{buffer} + used, layout.text(0, head_part));
    used += head_part;
    auto const name_part = std::min<std::size_t>(found.name.size(), length - used);
    memory.copy_in(std::uint64_t{buffer} + used, found.name.substr(0, name_part));
    used += static_cast<u32>(name_part);
    cookie = found.next;
  }
  memory.store(result, used);
  return Errno::success;
}

} // namespace weir::wasi
