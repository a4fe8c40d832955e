#include "wasi/host_file.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wasi/context.hpp"
#include "wasi/host_stat.hpp"
#include "wasi/retry.hpp"

namespace weir::wasi {

Answer<std::uint64_t> HostFile::read(Call& call, Buffers buffers) {
  return uninterrupted(call, [&] { return ::readv(descriptor_, buffers.data(), static_cast<int>(buffers.size())); });
}

Answer<std::uint64_t> HostFile::write(Call& call, Buffers buffers) {
  if (total_bytes(buffers) == 0) {
    return 0; // POSIX: without any other effect
  }
  return uninterrupted(call, [&] { return ::writev(descriptor_, buffers.data(), static_cast<int>(buffers.size())); });
}

Answer<std::uint64_t> HostFile::read_at(Buffers buffers, std::uint64_t offset) {
  return bytes_of(::preadv(descriptor_, buffers.data(), static_cast<int>(buffers.size()), static_cast<off_t>(offset)));
}

Answer<std::uint64_t> HostFile::write_at(Buffers buffers, std::uint64_t offset) {
  return bytes_of(::pwritev(descriptor_, buffers.data(), static_cast<int>(buffers.size()), static_cast<off_t>(offset)));
}

Answer<std::uint64_t> HostFile::seek(std::int64_t offset, Whence whence) {
  constexpr std::array origins{SEEK_SET, SEEK_CUR, SEEK_END};
  auto const position = ::lseek(descriptor_, offset, origins[static_cast<std::size_t>(whence)]);
  if (position < 0) {
    return std::unexpected(to_errno(errno));
  }
  return static_cast<std::uint64_t>(position);
}

Answer<FileStat> HostFile::stat() {
  struct stat found{};
  if (::fstat(descriptor_, &found) != 0) {
    return std::unexpected(to_errno(errno));
  }
  return file_stat_of(found);
}

Answer<void> HostFile::set_flags(std::uint16_t flags) {
  // fcntl(2) cannot change the synchronous flags; a regular file never waits.
  constexpr std::uint16_t synchronous = fdflags::dsync | fdflags::rsync | fdflags::sync;
  if ((flags & synchronous) != (flags_ & synchronous)) {
    return std::unexpected(Errno::notsup);
  }
  if ((flags & fdflags::append) != (flags_ & fdflags::append)) {
    if (!opened_) {
      return std::unexpected(Errno::notsup);
    }
    int const before = ::fcntl(descriptor_, F_GETFL);
    int const after = (flags & fdflags::append) != 0 ? before | O_APPEND : before & ~O_APPEND;
    if (before < 0 || ::fcntl(descriptor_, F_SETFL, after) != 0) {
      return std::unexpected(to_errno(errno));
    }
  }
  flags_ = flags;
  return {};
}

Answer<void> HostFile::resize(std::uint64_t size) {
  if (size > max_offset) {
    return std::unexpected(Errno::inval);
  }
  return answer_of(::ftruncate(descriptor_, static_cast<off_t>(size)));
}

Answer<void> HostFile::allocate(std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || offset > max_offset || length > max_offset) {
    return std::unexpected(Errno::inval);
  }
  if (length > max_offset - offset) {
    return std::unexpected(Errno::fbig);
  }
  // fallocate(2) itself: posix_fallocate() would write where the file system cannot do it.
  return answer_of(::fallocate(descriptor_, 0, static_cast<off_t>(offset), static_cast<off_t>(length)));
}

Answer<void> HostFile::advise(std::uint64_t offset, std::uint64_t length, std::uint8_t advice) {
  constexpr std::array advices{POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                               POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (offset > max_offset || length > max_offset) {
    return std::unexpected(Errno::inval);
  }
  int const error =
      ::posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(length), advices[advice]);
  if (error != 0) {
    return std::unexpected(to_errno(error));
  }
  return {};
}

Answer<void> HostFile::sync(bool data_only) {
  auto const result = answer_of(data_only ? ::fdatasync(descriptor_) : ::fsync(descriptor_));
  // What cannot be written back, as a pipe, is in sync.
  return !result.has_value() && result.error() == Errno::inval ? Answer<void>{} : result;
}

Answer<void> HostFile::set_times(TimeChanges const& times) {
  return answer_of(::futimens(descriptor_, system_times(times).values));
}

std::uint64_t HostFile::readable_bytes() {
  struct stat found{};
  auto const position = ::lseek(descriptor_, 0, SEEK_CUR);
  if (position < 0 || ::fstat(descriptor_, &found) != 0 || found.st_size < position) {
    return 0;
  }
  return static_cast<std::uint64_t>(found.st_size - position);
}

Answer<std::uint64_t> HostStream::read(Call& call, Buffers buffers) {
  if (total_bytes(buffers) == 0) {
    return 0;
  }
  return when_ready(call, raw(), POLLIN, no_wait_, [&] { return platform::read_now(raw(), buffers, abilities_); });
}

Answer<std::uint64_t> HostStream::write(Call& call, Buffers buffers) {
  if (total_bytes(buffers) == 0) {
    return 0;
  }
  return when_ready(call, raw(), POLLOUT, no_wait_, [&] { return platform::write_now(raw(), buffers, abilities_); });
}

Answer<void> HostStream::set_flags(std::uint16_t flags) {
  auto const rest = static_cast<std::uint16_t>(flags & ~fdflags::nonblock);
  if (auto const done = HostFile::set_flags(rest); !done.has_value()) {
    return done;
  }
  no_wait_ = (flags & fdflags::nonblock) != 0;
  return {};
}

std::uint64_t HostStream::readable_bytes() {
  int available = 0;
  return ::ioctl(raw(), FIONREAD, &available) == 0 && available > 0 ? static_cast<std::uint64_t>(available) : 0;
}

namespace {

// A terminal's kind is told from the missing right to seek.
bool waits(int descriptor, FileType type) noexcept {
  return type == FileType::unknown || type == FileType::socket_stream ||
         (type == FileType::character_device && ::isatty(descriptor) == 1);
}

std::uint16_t flags_of(int descriptor) noexcept {
  int const flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_APPEND) != 0 ? fdflags::append : std::uint16_t{0};
}

} // namespace

std::unique_ptr<Descriptor> make_host_file(platform::FileDescriptor opened, FileStat const& stat, Rights base,
                                           Rights inheriting, std::uint16_t flags) {
  if (waits(opened.get(), stat.type)) {
    return std::make_unique<HostStream>(std::move(opened), stat.type, base & rights::stream, inheriting, flags);
  }
  return std::make_unique<HostFile>(std::move(opened), stat.type, base & rights::file, inheriting, flags);
}

std::unique_ptr<Descriptor> borrow_host_file(int descriptor, Rights base) {
  struct stat found{};
  if (::fstat(descriptor, &found) != 0) {
    return nullptr;
  }
  auto const type = file_type_of(found.st_mode);
  if (waits(descriptor, type)) {
    return std::make_unique<HostStream>(descriptor, type, base & rights::stream);
  }
  return std::make_unique<HostFile>(descriptor, type, base & rights::file, 0, flags_of(descriptor));
}

} // namespace weir::wasi
