// Functions on paths. What a path may reach is the directories' business.
#include <cstring>

#include "wasi/functions.hpp"

namespace weir::wasi {

namespace {

struct Located {
  Directory* directory;
  std::string_view path;
};

// The directory with these rights, and the path in guest memory.
Answer<Located> locate(Call& call, Fd fd, Rights wanted, u32 path, u32 length) {
  auto const directory = call.directory(fd, wanted);
  if (!directory.has_value()) {
    return std::unexpected(directory.error());
  }
  auto const text = call.path(path, length);
  if (!text.has_value()) {
    return std::unexpected(text.error());
  }
  return Located{*directory, *text};
}

// Whether symbolic links are followed; `inval` for unknown flags.
Answer<bool> follow_of(u32 flags) noexcept {
  if ((flags & ~lookupflags::symlink_follow) != 0) {
    return std::unexpected(Errno::inval);
  }
  return (flags & lookupflags::symlink_follow) != 0;
}

} // namespace

Errno path_create_directory(Call& call, Fd fd, u32 path, u32 length) {
  auto const at = locate(call, fd, rights::path_create_directory, path, length);
  return at.has_value() ? errno_of(at->directory->make_directory(at->path)) : at.error();
}

Errno path_filestat_get(Call& call, Fd fd, u32 flags, u32 path, u32 length, u32 result) {
  auto const at = locate(call, fd, rights::path_filestat_get, path, length);
  if (!at.has_value()) {
    return at.error();
  }
  auto const follow = follow_of(flags);
  if (!follow.has_value()) {
    return follow.error();
  }
  if (!call.memory().contains(result, filestat_bytes(call.abi()))) {
    return Errno::fault;
  }
  auto const stat = at->directory->stat_at(at->path, *follow);
  if (!stat.has_value()) {
    return stat.error();
  }
  store_filestat(call, result, *stat);
  return Errno::success;
}

Errno path_filestat_set_times(Call& call, Fd fd, u32 flags, u32 path, u32 length, u64 accessed, u64 modified,
                              u32 time_flags) {
  auto const at = locate(call, fd, rights::path_filestat_set_times, path, length);
  if (!at.has_value()) {
    return at.error();
  }
  auto const follow = follow_of(flags);
  if (!follow.has_value()) {
    return follow.error();
  }
  auto const changes = time_changes(call, accessed, modified, time_flags);
  return changes.has_value() ? errno_of(at->directory->set_times_at(at->path, *follow, *changes)) : changes.error();
}

Errno path_link(Call& call, Fd old_fd, u32 flags, u32 old_path, u32 old_length, Fd new_fd, u32 new_path,
                u32 new_length) {
  auto const from = locate(call, old_fd, rights::path_link_source, old_path, old_length);
  if (!from.has_value()) {
    return from.error();
  }
  auto const to = locate(call, new_fd, rights::path_link_target, new_path, new_length);
  if (!to.has_value()) {
    return to.error();
  }
  auto const follow = follow_of(flags);
  if (!follow.has_value()) {
    return follow.error();
  }
  if (from->directory->family() != to->directory->family()) {
    return Errno::xdev;
  }
  return errno_of(from->directory->link(from->path, *follow, *to->directory, to->path));
}

Errno path_open(Call& call, Fd fd, u32 flags, u32 path, u32 length, u32 oflags, u64 base, u64 inheriting, u32 fdflags,
                u32 result) {
  Rights wanted = rights::path_open;
  if ((oflags & oflags::creat) != 0) {
    wanted |= rights::path_create_file;
  }
  if ((oflags & oflags::trunc) != 0) {
    wanted |= rights::path_filestat_set_size;
  }
  auto const at = locate(call, fd, wanted, path, length);
  if (!at.has_value()) {
    return at.error();
  }
  auto const follow = follow_of(flags);
  if (!follow.has_value()) {
    return follow.error();
  }
  if ((oflags & ~u32{oflags::all}) != 0 || (fdflags & ~u32{fdflags::all}) != 0) {
    return Errno::inval;
  }
  if (!call.memory().contains(result, 4)) {
    return Errno::fault;
  }
  // Programs ask for rights wholesale and take what they get; reading and writing are what they really mean.
  Rights const handed_on = at->directory->inheriting_rights();
  if ((base & ~handed_on & (rights::fd_read | rights::fd_write)) != 0) {
    return Errno::notcapable;
  }
  if (call.state().descriptors.is_full()) {
    return Errno::mfile;
  }
  OpenRequest request;
  request.path = at->path;
  request.follow = *follow;
  request.oflags = static_cast<u16>(oflags);
  request.fdflags = static_cast<u16>(fdflags);
  request.base = base & handed_on;
  request.inheriting = inheriting & handed_on;
  auto opened = at->directory->open(request);
  if (!opened.has_value()) {
    return opened.error();
  }
  auto const number = call.state().descriptors.add(*std::move(opened));
  if (!number.has_value()) {
    return number.error();
  }
  call.memory().store(result, *number);
  return Errno::success;
}

Errno path_readlink(Call& call, Fd fd, u32 path, u32 length, u32 buffer, u32 buffer_length, u32 result) {
  auto const at = locate(call, fd, rights::path_readlink, path, length);
  if (!at.has_value()) {
    return at.error();
  }
  auto const& memory = call.memory();
  if (!memory.contains(buffer, buffer_length) || !memory.contains(result, 4)) {
    return Errno::fault;
  }
  auto const target = at->directory->read_link(at->path);
  if (!target.has_value()) {
    return target.error();
  }
  // Like readlink(2): as much as fits.
  auto const shown = std::string_view{*target}.substr(0, buffer_length);
  memory.copy_in(buffer, shown);
  memory.store(result, static_cast<u32>(shown.size()));
  return Errno::success;
}

Errno path_remove_directory(Call& call, Fd fd, u32 path, u32 length) {
  auto const at = locate(call, fd, rights::path_remove_directory, path, length);
  return at.has_value() ? errno_of(at->directory->remove(at->path, true)) : at.error();
}

Errno path_unlink_file(Call& call, Fd fd, u32 path, u32 length) {
  auto const at = locate(call, fd, rights::path_unlink_file, path, length);
  return at.has_value() ? errno_of(at->directory->remove(at->path, false)) : at.error();
}

Errno path_rename(Call& call, Fd old_fd, u32 old_path, u32 old_length, Fd new_fd, u32 new_path, u32 new_length) {
  auto const from = locate(call, old_fd, rights::path_rename_source, old_path, old_length);
  if (!from.has_value()) {
    return from.error();
  }
  auto const to = locate(call, new_fd, rights::path_rename_target, new_path, new_length);
  if (!to.has_value()) {
    return to.error();
  }
  if (from->directory->family() != to->directory->family()) {
    return Errno::xdev;
  }
  return errno_of(from->directory->rename(from->path, *to->directory, to->path));
}

Errno path_symlink(Call& call, u32 target, u32 target_length, Fd fd, u32 path, u32 length) {
  auto const at = locate(call, fd, rights::path_symlink, path, length);
  if (!at.has_value()) {
    return at.error();
  }
  auto const text = call.path(target, target_length);
  return text.has_value() ? errno_of(at->directory->symlink(*text, at->path)) : text.error();
}

} // namespace weir::wasi
