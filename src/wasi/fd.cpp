// Descriptors themselves: attributes, rights, preopens, closing.
#include "wasi/functions.hpp"

namespace weir::wasi {

Errno fd_advise(Call& call, Fd fd, u64 offset, u64 length, u32 advice) {
  auto const descriptor = call.descriptor(fd, rights::fd_advise);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  constexpr u32 last_advice = 5;
  if (advice > last_advice) {
    return Errno::inval;
  }
  if ((*descriptor)->directory() != nullptr) {
    return Errno::badf;
  }
  return errno_of((*descriptor)->advise(offset, length, static_cast<u8>(advice)));
}

Errno fd_allocate(Call& call, Fd fd, u64 offset, u64 length) {
  auto const descriptor = call.descriptor(fd, rights::fd_allocate);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  return errno_of((*descriptor)->allocate(offset, length));
}

Errno fd_close(Call& call, Fd fd) { return errno_of(call.state().descriptors.close(fd)); }

Errno fd_datasync(Call& call, Fd fd) {
  auto const descriptor = call.descriptor(fd, rights::fd_datasync);
  return descriptor.has_value() ? errno_of((*descriptor)->sync(true)) : descriptor.error();
}

Errno fd_sync(Call& call, Fd fd) {
  auto const descriptor = call.descriptor(fd, rights::fd_sync);
  return descriptor.has_value() ? errno_of((*descriptor)->sync(false)) : descriptor.error();
}

Errno fd_fdstat_get(Call& call, Fd fd, u32 result) {
  auto const descriptor = call.descriptor(fd, 0);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  auto const& memory = call.memory();
  if (!memory.contains(result, fdstat_bytes)) {
    return Errno::fault;
  }
  auto const& found = **descriptor;
  memory.clear(result, fdstat_bytes);
  memory.store(result, static_cast<u8>(found.type()));
  memory.store(std::uint64_t{result} + 2, found.flags());
  memory.store(std::uint64_t{result} + 8, found.base_rights());
  memory.store(std::uint64_t{result} + 16, found.inheriting_rights());
  return Errno::success;
}

Errno fd_fdstat_set_flags(Call& call, Fd fd, u32 flags) {
  auto const descriptor = call.descriptor(fd, rights::fd_fdstat_set_flags);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  if ((flags & ~u32{fdflags::all}) != 0) {
    return Errno::inval;
  }
  return errno_of((*descriptor)->set_flags(static_cast<u16>(flags)));
}

Errno fd_fdstat_set_rights(Call& call, Fd fd, u64 base, u64 inheriting) {
  auto const descriptor = call.descriptor(fd, 0);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  auto& found = **descriptor;
  if ((base & ~found.base_rights()) != 0 || (inheriting & ~found.inheriting_rights()) != 0) {
    return Errno::notcapable;
  }
  found.set_rights(base, inheriting);
  return Errno::success;
}

void store_filestat(Call& call, u32 address, FileStat const& stat) {
  auto const& memory = call.memory();
  bool const new_layout = call.abi() == Abi::preview1;
  std::uint64_t at = address;
  memory.clear(at, filestat_bytes(call.abi()));
  memory.store(at, stat.device);
  memory.store(at + 8, stat.inode);
  memory.store(at + 16, static_cast<u8>(stat.type));
  if (new_layout) {
    memory.store(at + 24, stat.links);
    at += 32;
  } else {
    memory.store(at + 20, static_cast<u32>(stat.links));
    at += 24;
  }
  memory.store(at, stat.size);
  memory.store(at + 8, stat.accessed);
  memory.store(at + 16, stat.modified);
  memory.store(at + 24, stat.changed);
}

Errno fd_filestat_get(Call& call, Fd fd, u32 result) {
  auto const descriptor = call.descriptor(fd, rights::fd_filestat_get);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  if (!call.memory().contains(result, filestat_bytes(call.abi()))) {
    return Errno::fault;
  }
  auto const stat = (*descriptor)->stat();
  if (!stat.has_value()) {
    return stat.error();
  }
  store_filestat(call, result, *stat);
  return Errno::success;
}

Errno fd_filestat_set_size(Call& call, Fd fd, u64 size) {
  auto const descriptor = call.descriptor(fd, rights::fd_filestat_set_size);
  return descriptor.has_value() ? errno_of((*descriptor)->resize(size)) : descriptor.error();
}

Answer<TimeChanges> time_changes(Call& call, u64 accessed, u64 modified, u32 flags) {
  auto const both = [&](u32 one, u32 other) { return (flags & one) != 0 && (flags & other) != 0; };
  if ((flags & ~u32{fstflags::all}) != 0 || both(fstflags::atim, fstflags::atim_now) ||
      both(fstflags::mtim, fstflags::mtim_now)) {
    return std::unexpected(Errno::inval);
  }
  TimeChange now{TimeChange::Kind::now, 0};
  if (call.state().clock != nullptr && (flags & (fstflags::atim_now | fstflags::mtim_now)) != 0) {
    auto const time = call.state().clock->now(ClockId::realtime);
    if (!time.has_value()) {
      return std::unexpected(time.error());
    }
    now = {TimeChange::Kind::at, *time};
  }
  auto const change = [&](u32 at_flag, u32 now_flag, u64 time) {
    return (flags & at_flag) != 0    ? TimeChange{TimeChange::Kind::at, time}
           : (flags & now_flag) != 0 ? now
                                     : TimeChange{};
  };
  return TimeChanges{change(fstflags::atim, fstflags::atim_now, accessed),
                     change(fstflags::mtim, fstflags::mtim_now, modified)};
}

Errno fd_filestat_set_times(Call& call, Fd fd, u64 accessed, u64 modified, u32 flags) {
  auto const descriptor = call.descriptor(fd, rights::fd_filestat_set_times);
  if (!descriptor.has_value()) {
    return descriptor.error();
  }
  auto const changes = time_changes(call, accessed, modified, flags);
  return changes.has_value() ? errno_of((*descriptor)->set_times(*changes)) : changes.error();
}

Errno fd_prestat_get(Call& call, Fd fd, u32 result) {
  auto const descriptor = call.descriptor(fd, 0);
  if (!descriptor.has_value() || !(*descriptor)->preopen().has_value()) {
    return Errno::badf;
  }
  auto const& memory = call.memory();
  if (!memory.contains(result, prestat_bytes)) {
    return Errno::fault;
  }
  memory.store(result, u32{0}); // a directory
  memory.store(std::uint64_t{result} + 4, static_cast<u32>((*descriptor)->preopen()->size()));
  return Errno::success;
}

Errno fd_prestat_dir_name(Call& call, Fd fd, u32 path, u32 length) {
  auto const descriptor = call.descriptor(fd, 0);
  if (!descriptor.has_value() || !(*descriptor)->preopen().has_value()) {
    return Errno::badf;
  }
  if (!call.memory().contains(path, length)) {
    return Errno::fault;
  }
  auto const& name = *(*descriptor)->preopen();
  if (length < name.size()) {
    return Errno::nametoolong;
  }
  call.memory().copy_in(path, name);
  return Errno::success;
}

Errno fd_renumber(Call& call, Fd from, Fd to) { return errno_of(call.state().descriptors.renumber(from, to)); }

} // namespace weir::wasi
