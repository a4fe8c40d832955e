// The functions of WASI preview 1, by the names of the specification. Parameters are as a guest passes them: addresses
// and lengths are 32 bits, nothing has been checked. Each function checks everything before it does anything.
#pragma once

#include <cstdint>

#include "wasi/context.hpp"

namespace weir::wasi {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s64 = std::int64_t;

// args_env.cpp
Errno args_get(Call& call, u32 pointers, u32 bytes);
Errno args_sizes_get(Call& call, u32 count, u32 size);
Errno environ_get(Call& call, u32 pointers, u32 bytes);
Errno environ_sizes_get(Call& call, u32 count, u32 size);

// clocks.cpp
Errno clock_res_get(Call& call, u32 id, u32 result);
Errno clock_time_get(Call& call, u32 id, u64 precision, u32 result);
// The time of the guest's clock; `inval` for a clock that there is not.
Answer<std::uint64_t> clock_now(Context::State& state, std::uint32_t id);

// random.cpp
Errno random_get(Call& call, u32 buffer, u32 length);

// fd_io.cpp
Errno fd_read(Call& call, Fd fd, u32 iovecs, u32 count, u32 result);
Errno fd_write(Call& call, Fd fd, u32 iovecs, u32 count, u32 result);
Errno fd_pread(Call& call, Fd fd, u32 iovecs, u32 count, u64 offset, u32 result);
Errno fd_pwrite(Call& call, Fd fd, u32 iovecs, u32 count, u64 offset, u32 result);
Errno fd_seek(Call& call, Fd fd, s64 offset, u32 whence, u32 result);
Errno fd_tell(Call& call, Fd fd, u32 result);
Errno fd_readdir(Call& call, Fd fd, u32 buffer, u32 length, u64 cookie, u32 result);

// fd.cpp
Errno fd_advise(Call& call, Fd fd, u64 offset, u64 length, u32 advice);
Errno fd_allocate(Call& call, Fd fd, u64 offset, u64 length);
Errno fd_close(Call& call, Fd fd);
Errno fd_datasync(Call& call, Fd fd);
Errno fd_fdstat_get(Call& call, Fd fd, u32 result);
Errno fd_fdstat_set_flags(Call& call, Fd fd, u32 flags);
Errno fd_fdstat_set_rights(Call& call, Fd fd, u64 base, u64 inheriting);
Errno fd_filestat_get(Call& call, Fd fd, u32 result);
Errno fd_filestat_set_size(Call& call, Fd fd, u64 size);
Errno fd_filestat_set_times(Call& call, Fd fd, u64 accessed, u64 modified, u32 flags);
Errno fd_prestat_get(Call& call, Fd fd, u32 result);
Errno fd_prestat_dir_name(Call& call, Fd fd, u32 path, u32 length);
Errno fd_renumber(Call& call, Fd from, Fd to);
Errno fd_sync(Call& call, Fd fd);

// path.cpp
Errno path_create_directory(Call& call, Fd fd, u32 path, u32 length);
Errno path_filestat_get(Call& call, Fd fd, u32 flags, u32 path, u32 length, u32 result);
Errno path_filestat_set_times(Call& call, Fd fd, u32 flags, u32 path, u32 length, u64 accessed, u64 modified,
                              u32 time_flags);
Errno path_link(Call& call, Fd old_fd, u32 flags, u32 old_path, u32 old_length, Fd new_fd, u32 new_path,
                u32 new_length);
Errno path_open(Call& call, Fd fd, u32 flags, u32 path, u32 length, u32 oflags, u64 base, u64 inheriting, u32 fdflags,
                u32 result);
Errno path_readlink(Call& call, Fd fd, u32 path, u32 length, u32 buffer, u32 buffer_length, u32 result);
Errno path_remove_directory(Call& call, Fd fd, u32 path, u32 length);
Errno path_rename(Call& call, Fd old_fd, u32 old_path, u32 old_length, Fd new_fd, u32 new_path, u32 new_length);
Errno path_symlink(Call& call, u32 target, u32 target_length, Fd fd, u32 path, u32 length);
Errno path_unlink_file(Call& call, Fd fd, u32 path, u32 length);

// poll.cpp
Errno poll_oneoff(Call& call, u32 subscriptions, u32 events, u32 count, u32 result);

// proc.cpp
Errno proc_exit(Call& call, u32 status);
Errno proc_raise(Call& call, u32 signal);
Errno sched_yield(Call& call);

// sock.cpp
Errno sock_accept(Call& call, Fd fd, u32 flags, u32 result);
Errno sock_recv(Call& call, Fd fd, u32 iovecs, u32 count, u32 flags, u32 bytes_result, u32 flags_result);
Errno sock_send(Call& call, Fd fd, u32 iovecs, u32 count, u32 flags, u32 result);
Errno sock_shutdown(Call& call, Fd fd, u32 how);

// The error of an answer without a value.
inline Errno errno_of(Answer<void> const& answer) noexcept {
  return answer.has_value() ? Errno::success : answer.error();
}

// fstflags and times as changes. "Now" is the guest's clock when that is not the system's. `inval` for flags that are
// unknown or contradict each other.
Answer<TimeChanges> time_changes(Call& call, u64 accessed, u64 modified, u32 flags);

// Writes a filestat in the guest's layout. Precondition: filestat_bytes(abi) bytes are inside.
void store_filestat(Call& call, u32 address, FileStat const& stat);

} // namespace weir::wasi
