#include "wasi/host_directory.hpp"

#include <cerrno>
#include <cstring>
#include <limits>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "wasi/host_file.hpp"
#include "wasi/host_stat.hpp"

namespace weir::wasi {

namespace {

constexpr char host_family = 0;
constexpr mode_t new_file_mode = 0666;
constexpr mode_t new_directory_mode = 0777;

Answer<int> open_flags(OpenRequest const& request) noexcept {
  if ((request.fdflags & fdflags::rsync) != 0 && (request.fdflags & (fdflags::sync | fdflags::dsync)) == 0) {
    return std::unexpected(Errno::notsup);
  }
  int flags = request.writes() ? (request.reads() ? O_RDWR : O_WRONLY) : O_RDONLY;
  constexpr struct {
    std::uint16_t wasi;
    int system;
  } oflag_table[]{
      {oflags::creat, O_CREAT}, {oflags::directory, O_DIRECTORY}, {oflags::excl, O_EXCL}, {oflags::trunc, O_TRUNC}},
      fdflag_table[]{{fdflags::append, O_APPEND}, {fdflags::dsync, O_DSYNC}, {fdflags::sync, O_SYNC}};
  for (auto const& each : oflag_table) {
    flags |= (request.oflags & each.wasi) != 0 ? each.system : 0;
  }
  for (auto const& each : fdflag_table) {
    flags |= (request.fdflags & each.wasi) != 0 ? each.system : 0;
  }
  return flags;
}

HostDirectory& as_host(Directory& directory) noexcept { return static_cast<HostDirectory&>(directory); }

} // namespace

void const* HostDirectory::family() const noexcept { return &host_family; }

Answer<std::unique_ptr<Descriptor>> HostDirectory::open(OpenRequest const& request) {
  if ((request.oflags & oflags::creat) != 0 && (request.oflags & oflags::directory) != 0) {
    return std::unexpected(Errno::inval);
  }
  auto const flags = open_flags(request);
  if (!flags.has_value()) {
    return std::unexpected(flags.error());
  }
  auto opened = platform::open_beneath(sandbox(), request.path, *flags, new_file_mode, request.follow);
  if (!opened.has_value()) {
    return std::unexpected(to_errno(opened.error()));
  }
  struct stat found{};
  if (::fstat(opened->get(), &found) != 0) {
    return std::unexpected(to_errno(errno));
  }
  if (S_ISDIR(found.st_mode)) {
    return std::make_unique<HostDirectory>(*std::move(opened), resolver_, request.base, request.inheriting,
                                           request.fdflags);
  }
  return make_host_file(*std::move(opened), file_stat_of(found), request.base, request.inheriting, request.fdflags);
}

Answer<FileStat> HostDirectory::stat_at(std::string_view path, bool follow) {
  auto const found = platform::stat_beneath(sandbox(), path, follow);
  if (!found.has_value()) {
    return std::unexpected(to_errno(found.error()));
  }
  return file_stat_of(*found);
}

Answer<void> HostDirectory::set_times_at(std::string_view path, bool follow, TimeChanges const& times) {
  return answer_of(platform::set_times_beneath(sandbox(), path, follow, system_times(times).values));
}

Answer<void> HostDirectory::make_directory(std::string_view path) {
  return answer_of(platform::make_directory_beneath(sandbox(), path, new_directory_mode));
}

Answer<void> HostDirectory::remove(std::string_view path, bool directory) {
  return answer_of(platform::remove_beneath(sandbox(), path, directory));
}

Answer<std::string> HostDirectory::read_link(std::string_view path) {
  return answer_of(platform::read_link_beneath(sandbox(), path));
}

Answer<void> HostDirectory::symlink(std::string_view target, std::string_view path) {
  return answer_of(platform::symlink_beneath(target, sandbox(), path));
}

Answer<void> HostDirectory::rename(std::string_view path, Directory& to, std::string_view new_path) {
  return answer_of(platform::rename_beneath(sandbox(), path, as_host(to).sandbox(), new_path));
}

Answer<void> HostDirectory::link(std::string_view path, bool follow, Directory& to, std::string_view new_path) {
  return answer_of(platform::link_beneath(sandbox(), path, follow, as_host(to).sandbox(), new_path));
}

Answer<std::optional<DirectoryEntry>> HostDirectory::entry_at(std::uint64_t cookie) {
  if (cookie > std::numeric_limits<off_t>::max()) {
    return std::unexpected(Errno::inval);
  }
  if (has_listed_ && cookie != 0 && cookie == last_cookie_) {
    read_ = last_;
    next_cookie_ = last_cookie_;
  } else if (!has_listed_ || cookie == 0 || cookie != next_cookie_) {
    if (::lseek(opened_.get(), static_cast<off_t>(cookie), SEEK_SET) < 0) {
      return std::unexpected(to_errno(errno));
    }
    listed_bytes_ = read_ = 0;
    next_cookie_ = cookie;
  }
  if (read_ == listed_bytes_) {
    constexpr std::size_t buffer_bytes = 1u << 15;
    listed_.resize(buffer_bytes);
    auto const got = ::getdents64(opened_.get(), listed_.data(), listed_.size());
    has_listed_ = got >= 0;
    if (got < 0) {
      return std::unexpected(to_errno(errno));
    }
    listed_bytes_ = static_cast<std::size_t>(got);
    read_ = 0;
    if (listed_bytes_ == 0) {
      has_listed_ = false; // what is added later shall be found
      return std::nullopt;
    }
  }
  dirent64 head{};
  auto const* const at = listed_.data() + read_;
  std::memcpy(&head, at, offsetof(dirent64, d_name));
  char const* const name = reinterpret_cast<char const*>(at) + offsetof(dirent64, d_name);
  last_ = read_;
  last_cookie_ = cookie;
  read_ += head.d_reclen;
  next_cookie_ = static_cast<std::uint64_t>(head.d_off);
  DirectoryEntry entry{next_cookie_, head.d_ino, file_type_of(DTTOIF(head.d_type)), name};
  if (head.d_type == DT_UNKNOWN) {
    struct stat found{};
    if (::fstatat(opened_.get(), name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
      entry.type = file_type_of(found.st_mode);
    }
  }
  if (entry.name == "..") {
    // The number of a directory that may be outside is nobody's business.
    auto const self = stat();
    entry.inode = self.has_value() ? self->inode : 0;
  }
  return entry;
}

Answer<FileStat> HostDirectory::stat() {
  struct stat found{};
  if (::fstat(opened_.get(), &found) != 0) {
    return std::unexpected(to_errno(errno));
  }
  return file_stat_of(found);
}

Answer<void> HostDirectory::set_flags(std::uint16_t flags) {
  flags_ = flags; // they say nothing for directories
  return {};
}

Answer<void> HostDirectory::sync(bool data_only) {
  return answer_of(data_only ? ::fdatasync(opened_.get()) : ::fsync(opened_.get()));
}

Answer<void> HostDirectory::set_times(TimeChanges const& times) {
  return answer_of(::futimens(opened_.get(), system_times(times).values));
}

} // namespace weir::wasi
