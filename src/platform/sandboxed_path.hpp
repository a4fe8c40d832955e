// File operations on paths that cannot leave a directory, whatever the paths, the symbolic links on the way, and other
// processes do meanwhile.
//
// A path is resolved beneath a directory: an absolute path or link, a `..` above the directory, and the magic links of
// /proc lead to the error `outside_sandbox`. Only opening can be sandboxed by the kernel (openat2 with
// RESOLVE_BENEATH); every other operation therefore opens the last directory of its path that way, and then names
// exactly one component, whose link it does not follow. Where the kernel has no openat2 (before 5.6) or a filter
// forbids it, the components are walked one by one, without following a link unseen; PathResolver::components forces
// that.
//
// What this does not hide: what is mounted or hard-linked inside the directory is inside.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "platform/file_descriptor.hpp"

namespace weir::platform {

enum class PathResolver : std::uint8_t {
  automatic,  // openat2 where it works, else components
  components, // one component after the other
};

// The error is the system's errno, or `outside_sandbox`.
inline constexpr int outside_sandbox = -1;
template <class T>
using SystemResult = std::expected<T, int>;

// The directory that paths start from and do not leave. The descriptor belongs to the caller.
struct Sandbox {
  int directory = -1;
  PathResolver resolver = PathResolver::automatic;
};

// Whether openat2 works here.
bool has_kernel_resolver() noexcept;

// Opens a file or directory. `flags` as for open(2); O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added, so that opening a
// FIFO or a device never waits. `follow`: whether a symbolic link in the last place is followed; it always is when a
// slash stands behind it.
SystemResult<FileDescriptor> open_beneath(Sandbox sandbox, std::string_view path, int flags, mode_t mode, bool follow);

SystemResult<void> make_directory_beneath(Sandbox sandbox, std::string_view path, mode_t mode);
// Removes an empty directory, or else anything that is not a directory.
SystemResult<void> remove_beneath(Sandbox sandbox, std::string_view path, bool directory);
SystemResult<void> rename_beneath(Sandbox from, std::string_view path, Sandbox to, std::string_view new_path);
// Makes a hard link. `follow`: to what a symbolic link in the last place of `path` names.
SystemResult<void> link_beneath(Sandbox from, std::string_view path, bool follow, Sandbox to,
                                std::string_view new_path);
// Makes a symbolic link. A target that is absolute, or that by its text would lead above the sandbox, is refused.
SystemResult<void> symlink_beneath(std::string_view target, Sandbox sandbox, std::string_view path);
SystemResult<std::string> read_link_beneath(Sandbox sandbox, std::string_view path);
SystemResult<struct stat> stat_beneath(Sandbox sandbox, std::string_view path, bool follow);
// `times`: access and modification, as for utimensat(2).
SystemResult<void> set_times_beneath(Sandbox sandbox, std::string_view path, bool follow, timespec const (&times)[2]);

} // namespace weir::platform
