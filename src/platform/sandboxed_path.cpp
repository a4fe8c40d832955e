#include "platform/sandboxed_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif
#if defined(SYS_openat2)
#include <linux/openat2.h>
#endif

#include "platform/path_walk.hpp"

namespace weir::platform {

namespace {

constexpr int directory_flags = O_PATH | O_DIRECTORY;

#if defined(SYS_openat2)

int open_by_kernel(int directory, char const* path, int flags, mode_t mode) noexcept {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
}

bool kernel_resolves() noexcept {
  return static_cast<bool>(FileDescriptor{open_by_kernel(AT_FDCWD, ".", directory_flags | O_CLOEXEC, 0)});
}

#else

int open_by_kernel(int, char const*, int, mode_t) noexcept {
  errno = ENOSYS;
  return -1;
}

bool kernel_resolves() noexcept { return false; }

#endif

bool uses_kernel(Sandbox sandbox) noexcept {
  return sandbox.resolver == PathResolver::automatic && has_kernel_resolver();
}

// Opening by walking. The last component is opened without following it; when that fails because it has become a link
// since it was looked at, the walk begins again.
SystemResult<FileDescriptor> open_by_walking(int directory, std::string_view path, int flags, mode_t mode,
                                             bool follow) {
  constexpr int attempts = 64;
  bool const exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  bool const follows = (follow || path.ends_with('/')) && !exclusive;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto const place = walk_to_place(directory, path, follows);
    if (!place.has_value()) {
      return std::unexpected(place.error());
    }
    int all_flags = flags | O_NOFOLLOW;
    if (place->slash) {
      if ((flags & O_CREAT) != 0) {
        return std::unexpected(EISDIR);
      }
      all_flags |= O_DIRECTORY;
    }
    FileDescriptor opened{::openat(place->directory, place->name.c_str(), all_flags, mode)};
    int const reason = errno;
    if (!follows) {
      return opened ? SystemResult<FileDescriptor>{std::move(opened)} : std::unexpected(reason);
    }
    struct stat found{};
    bool const is_link = opened ? ::fstat(opened.get(), &found) == 0 && S_ISLNK(found.st_mode)
                                : ::fstatat(place->directory, place->name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                                      S_ISLNK(found.st_mode);
    if (!is_link) {
      return opened ? SystemResult<FileDescriptor>{std::move(opened)} : std::unexpected(reason);
    }
  }
  return std::unexpected(ELOOP);
}

SystemResult<FileDescriptor> open_anything(Sandbox sandbox, std::string_view path, int flags, mode_t mode,
                                           bool follow) {
  if (auto const good = check_path(path); !good.has_value()) {
    return std::unexpected(good.error());
  }
  int const all_flags = flags | O_CLOEXEC;
  // To create a directory by opening is an error anyhow; walking finds the one that says most.
  bool const hopeless = (flags & O_CREAT) != 0 && path.ends_with('/');
  if (uses_kernel(sandbox) && !hopeless) {
    std::string const text{path};
    // EAGAIN: something was renamed while a `..` was resolved. Walking has no such trouble.
    constexpr int attempts = 16;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      FileDescriptor opened{
          open_by_kernel(sandbox.directory, text.c_str(), all_flags | (follow ? 0 : O_NOFOLLOW), mode)};
      if (opened) {
        return opened;
      }
      if (errno == EXDEV) {
        return std::unexpected(outside_sandbox);
      }
      // A loop, a magic link, or a link that is not to be followed: walking tells them apart.
      if (errno == ELOOP) {
        break;
      }
      if (errno != EAGAIN) {
        return std::unexpected(errno);
      }
    }
  }
  return open_by_walking(sandbox.directory, path, all_flags, mode, follow);
}

// The directory of the path's last component. The component itself is not looked at.
SystemResult<PathPlace> find_place(Sandbox sandbox, std::string_view path) {
  if (auto const good = check_path(path); !good.has_value()) {
    return std::unexpected(good.error());
  }
  if (!uses_kernel(sandbox)) {
    return walk_to_place(sandbox.directory, path, false);
  }
  std::size_t const end = path.find_last_not_of('/') + 1;
  std::size_t const begin = path.rfind('/', end - 1) + 1; // 0 if there is none
  PathPlace place;
  place.directory = sandbox.directory;
  place.name = path.substr(begin, end - begin);
  place.slash = end < path.size();
  auto parent = path.substr(0, begin);
  if (place.name == "." || place.name == "..") {
    parent = path;
    place.name = ".";
  }
  if (!parent.empty()) {
    auto opened = open_anything(sandbox, parent, directory_flags, 0, true);
    if (!opened.has_value()) {
      return std::unexpected(opened.error());
    }
    place.opened = *std::move(opened);
    place.directory = place.opened.get();
  }
  return place;
}

SystemResult<PathPlace> find_place(Sandbox sandbox, std::string_view path, bool follow) {
  return follow ? walk_to_place(sandbox.directory, path, true) : find_place(sandbox, path);
}

// What the place names: nothing for ENOENT, else its mode.
SystemResult<mode_t> mode_of(PathPlace const& place) noexcept {
  struct stat found{};
  if (::fstatat(place.directory, place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::unexpected(errno);
  }
  return found.st_mode;
}

SystemResult<void> done(int result) noexcept {
  if (result != 0) {
    return std::unexpected(errno);
  }
  return {};
}

// A slash behind the name of something new: only a directory can be named so.
SystemResult<void> refuse_slash(PathPlace const& place) noexcept {
  if (!place.slash) {
    return {};
  }
  auto const mode = mode_of(place);
  return std::unexpected(mode.has_value() ? EEXIST : mode.error());
}

// By its text alone, whether a link at `path` with this target leads above the place that `path` starts from.
bool leads_out(std::string_view target, std::string_view path) noexcept {
  std::int64_t depth = 0;
  auto const walk = [&](std::string_view text) {
    while (!text.empty()) {
      auto const component = text.substr(0, text.find('/'));
      text.remove_prefix(std::min(component.size() + 1, text.size()));
      if (component == "..") {
        if (--depth < 0) {
          return false;
        }
      } else if (!component.empty() && component != ".") {
        ++depth;
      }
    }
    return true;
  };
  std::size_t const end = path.find_last_not_of('/') + 1;
  auto const directory = path.substr(0, end).substr(0, path.substr(0, end).rfind('/') + 1);
  return !walk(directory) || !walk(target);
}

} // namespace

bool has_kernel_resolver() noexcept {
  static bool const works = kernel_resolves();
  return works;
}

SystemResult<FileDescriptor> open_beneath(Sandbox sandbox, std::string_view path, int flags, mode_t mode, bool follow) {
  return open_anything(sandbox, path, flags | O_NOCTTY | O_NONBLOCK, mode, follow);
}

SystemResult<void> make_directory_beneath(Sandbox sandbox, std::string_view path, mode_t mode) {
  auto const place = find_place(sandbox, path);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  return done(::mkdirat(place->directory, place->name.c_str(), mode));
}

SystemResult<void> remove_beneath(Sandbox sandbox, std::string_view path, bool directory) {
  auto const place = find_place(sandbox, path);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (place->slash && !directory) {
    auto const mode = mode_of(*place);
    return std::unexpected(!mode.has_value() ? mode.error() : S_ISDIR(*mode) ? EISDIR : ENOTDIR);
  }
  return done(::unlinkat(place->directory, place->name.c_str(), directory ? AT_REMOVEDIR : 0));
}

SystemResult<void> rename_beneath(Sandbox from, std::string_view path, Sandbox to, std::string_view new_path) {
  auto const source = find_place(from, path);
  if (!source.has_value()) {
    return std::unexpected(source.error());
  }
  auto const target = find_place(to, new_path);
  if (!target.has_value()) {
    return std::unexpected(target.error());
  }
  if (source->slash || target->slash) {
    auto const mode = mode_of(*source);
    if (!mode.has_value() || !S_ISDIR(*mode)) {
      return std::unexpected(mode.has_value() ? ENOTDIR : mode.error());
    }
  }
  return done(::renameat(source->directory, source->name.c_str(), target->directory, target->name.c_str()));
}

SystemResult<void> link_beneath(Sandbox from, std::string_view path, bool follow, Sandbox to,
                                std::string_view new_path) {
  auto const source = find_place(from, path, follow);
  if (!source.has_value()) {
    return std::unexpected(source.error());
  }
  auto const target = find_place(to, new_path);
  if (!target.has_value()) {
    return std::unexpected(target.error());
  }
  if (source->slash) {
    auto const mode = mode_of(*source);
    return std::unexpected(!mode.has_value() ? mode.error() : S_ISDIR(*mode) ? EPERM : ENOTDIR);
  }
  if (auto const good = refuse_slash(*target); !good.has_value()) {
    return good;
  }
  return done(::linkat(source->directory, source->name.c_str(), target->directory, target->name.c_str(), 0));
}

SystemResult<void> symlink_beneath(std::string_view target, Sandbox sandbox, std::string_view path) {
  if (auto const good = check_path(target); !good.has_value()) {
    return std::unexpected(good.error());
  }
  auto const place = find_place(sandbox, path);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (leads_out(target, path)) {
    return std::unexpected(outside_sandbox);
  }
  if (auto const good = refuse_slash(*place); !good.has_value()) {
    return good;
  }
  return done(::symlinkat(std::string{target}.c_str(), place->directory, place->name.c_str()));
}

SystemResult<std::string> read_link_beneath(Sandbox sandbox, std::string_view path) {
  auto const place = find_place(sandbox, path);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (place->slash) {
    auto const mode = mode_of(*place);
    return std::unexpected(!mode.has_value() ? mode.error() : S_ISDIR(*mode) ? EINVAL : ENOTDIR);
  }
  std::array<char, PATH_MAX> target;
  auto const length = ::readlinkat(place->directory, place->name.c_str(), target.data(), target.size());
  if (length < 0) {
    return std::unexpected(errno);
  }
  return std::string{target.data(), static_cast<std::size_t>(length)};
}

SystemResult<struct stat> stat_beneath(Sandbox sandbox, std::string_view path, bool follow) {
  auto const opened = open_anything(sandbox, path, O_PATH, 0, follow);
  if (!opened.has_value()) {
    return std::unexpected(opened.error());
  }
  struct stat found{};
  if (::fstat(opened->get(), &found) != 0) {
    return std::unexpected(errno);
  }
  return found;
}

SystemResult<void> set_times_beneath(Sandbox sandbox, std::string_view path, bool follow, timespec const (&times)[2]) {
  auto const place = find_place(sandbox, path, follow);
  if (!place.has_value()) {
    return std::unexpected(place.error());
  }
  if (place->slash) {
    auto const mode = mode_of(*place);
    if (!mode.has_value() || !S_ISDIR(*mode)) {
      return std::unexpected(mode.has_value() ? ENOTDIR : mode.error());
    }
  }
  return done(::utimensat(place->directory, place->name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

} // namespace weir::platform
