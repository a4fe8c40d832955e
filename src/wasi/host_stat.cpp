#include "wasi/host_stat.hpp"

#include <cerrno>

#include <fcntl.h>

namespace weir::wasi {

FileType file_type_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
  case S_IFREG: return FileType::regular_file;
  case S_IFDIR: return FileType::directory;
  case S_IFLNK: return FileType::symbolic_link;
  case S_IFCHR: return FileType::character_device;
  case S_IFBLK: return FileType::block_device;
  case S_IFSOCK: return FileType::socket_stream;
  default: return FileType::unknown; // WASI has no word for a FIFO
  }
}

std::uint64_t nanoseconds_of(timespec const& time) noexcept {
  return time.tv_sec < 0
             ? 0
             : static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

namespace {

timespec system_time(TimeChange const& change) noexcept {
  switch (change.kind) {
  case TimeChange::Kind::keep: return {0, UTIME_OMIT};
  case TimeChange::Kind::now: return {0, UTIME_NOW};
  default:
    return {static_cast<time_t>(change.nanoseconds / 1'000'000'000),
            static_cast<long>(change.nanoseconds % 1'000'000'000)};
  }
}

} // namespace

FileStat file_stat_of(struct stat const& found) noexcept {
  FileStat stat;
  stat.device = found.st_dev;
  stat.inode = found.st_ino;
  stat.type = file_type_of(found.st_mode);
  stat.links = found.st_nlink;
  stat.size = static_cast<std::uint64_t>(found.st_size);
  stat.accessed = nanoseconds_of(found.st_atim);
  stat.modified = nanoseconds_of(found.st_mtim);
  stat.changed = nanoseconds_of(found.st_ctim);
  return stat;
}

SystemTimes system_times(TimeChanges const& changes) noexcept {
  return {{system_time(changes.accessed), system_time(changes.modified)}};
}

Answer<void> answer_of(int result) noexcept {
  if (result != 0) {
    return std::unexpected(to_errno(errno));
  }
  return {};
}

} // namespace weir::wasi
