// What a guest's descriptor number stands for.
//
// A function that is not overridden answers as the kind of object does that lacks it. Rights have been checked before a
// function is called, and ranges of guest memory too.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sys/uio.h>

#include "wasi/abi.hpp"

namespace weir::wasi {

class Call;
class Directory;
class Socket;

// What a file time becomes.
struct TimeChange {
  enum class Kind : std::uint8_t { keep, now, at };
  Kind kind = Kind::keep;
  std::uint64_t nanoseconds = 0; // for `at`
};
struct TimeChanges {
  TimeChange accessed;
  TimeChange modified;
};

// The largest offset in a file, and its largest size: those of POSIX's off_t.
inline constexpr std::uint64_t max_offset = std::numeric_limits<std::int64_t>::max();

using Buffers = std::span<iovec const>;

// The bytes of all buffers.
std::uint64_t total_bytes(Buffers buffers) noexcept;

class Descriptor {
 public:
  Descriptor(FileType type, Rights base, Rights inheriting) noexcept
      : type_(type), base_(base), inheriting_(inheriting) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  virtual ~Descriptor() = default;

  FileType type() const noexcept { return type_; }
  Rights base_rights() const noexcept { return base_; }
  Rights inheriting_rights() const noexcept { return inheriting_; }
  bool has(Rights wanted) const noexcept { return (base_ & wanted) == wanted; }
  void set_rights(Rights base, Rights inheriting) noexcept {
    base_ = base;
    inheriting_ = inheriting;
  }

  // The guest's name of a preopened directory.
  std::optional<std::string> const& preopen() const noexcept { return preopen_; }
  void set_preopen(std::string name) { preopen_ = std::move(name); }

  // Null when it is none.
  virtual Directory* directory() noexcept { return nullptr; }
  virtual Socket* socket() noexcept { return nullptr; }

  // Reading and writing at the descriptor's own position. May wait, in slices, unless fdflags::nonblock is set.
  virtual Answer<std::uint64_t> read(Call& call, Buffers buffers);
  virtual Answer<std::uint64_t> write(Call& call, Buffers buffers);
  virtual Answer<std::uint64_t> read_at(Buffers buffers, std::uint64_t offset);
  virtual Answer<std::uint64_t> write_at(Buffers buffers, std::uint64_t offset);
  virtual Answer<std::uint64_t> seek(std::int64_t offset, Whence whence);

  virtual Answer<FileStat> stat() = 0;
  virtual std::uint16_t flags() const noexcept { return 0; }
  virtual Answer<void> set_flags(std::uint16_t flags);
  virtual Answer<void> resize(std::uint64_t size);
  virtual Answer<void> allocate(std::uint64_t offset, std::uint64_t length);
  virtual Answer<void> advise(std::uint64_t offset, std::uint64_t length, std::uint8_t advice);
  virtual Answer<void> sync(bool data_only);
  virtual Answer<void> set_times(TimeChanges const& times);

  // For poll_oneoff: a descriptor of the system to wait for; -1: always ready.
  virtual int system_descriptor() const noexcept { return -1; }
  // How much can be read without waiting, as far as is known.
  virtual std::uint64_t readable_bytes() { return 0; }

 private:
  FileType type_;
  Rights base_;
  Rights inheriting_;
  std::optional<std::string> preopen_;
};

struct OpenRequest {
  std::string_view path;
  bool follow = false;
  std::uint16_t oflags = 0;
  std::uint16_t fdflags = 0;
  Rights base = 0; // as asked for, already cut to what the directory hands on
  Rights inheriting = 0;

  bool reads() const noexcept { return (base & (rights::fd_read | rights::fd_readdir)) != 0; }
  bool writes() const noexcept { return (base & rights::fd_write) != 0; }
};

struct DirectoryEntry {
  std::uint64_t next = 0; // the cookie of what comes behind it
  std::uint64_t inode = 0;
  FileType type = FileType::unknown;
  std::string_view name; // good until the next call of the directory
};

// Paths are UTF-8; everything else about them the functions check themselves.
class Directory : public Descriptor {
 public:
  using Descriptor::Descriptor;

  Directory* directory() noexcept final { return this; }
  Answer<std::uint64_t> read(Call& call, Buffers buffers) final;
  Answer<std::uint64_t> write(Call& call, Buffers buffers) final;
  Answer<std::uint64_t> read_at(Buffers buffers, std::uint64_t offset) final;
  Answer<std::uint64_t> write_at(Buffers buffers, std::uint64_t offset) final;

  // Directories of the same family can be renamed and linked between.
  virtual void const* family() const noexcept = 0;

  virtual Answer<std::unique_ptr<Descriptor>> open(OpenRequest const& request) = 0;
  virtual Answer<FileStat> stat_at(std::string_view path, bool follow) = 0;
  virtual Answer<void> set_times_at(std::string_view path, bool follow, TimeChanges const& times) = 0;
  virtual Answer<void> make_directory(std::string_view path) = 0;
  virtual Answer<void> remove(std::string_view path, bool directory) = 0;
  virtual Answer<std::string> read_link(std::string_view path) = 0;
  virtual Answer<void> symlink(std::string_view target, std::string_view path) = 0;
  // `to` is of the same family.
  virtual Answer<void> rename(std::string_view path, Directory& to, std::string_view new_path) = 0;
  virtual Answer<void> link(std::string_view path, bool follow, Directory& to, std::string_view new_path) = 0;

  // The entry that a cookie stands before; nothing at the end. Cookie 0 is the beginning, and reads anew. Following
  // the cookies costs constant time for each entry.
  virtual Answer<std::optional<DirectoryEntry>> entry_at(std::uint64_t cookie) = 0;
};

class Socket : public Descriptor {
 public:
  using Descriptor::Descriptor;

  Socket* socket() noexcept final { return this; }
  virtual Answer<std::unique_ptr<Descriptor>> accept(Call& call, std::uint16_t flags) = 0;
  struct Received {
    std::uint64_t bytes = 0;
    bool truncated = false;
  };
  virtual Answer<Received> receive(Call& call, Buffers buffers, bool peek, bool wait_all) = 0;
  virtual Answer<void> shutdown(bool reading, bool writing) = 0;
};

} // namespace weir::wasi
