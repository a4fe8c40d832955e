// Open files, pipes, terminals and devices of the host.
#pragma once

#include <memory>

#include "platform/file_descriptor.hpp"
#include "platform/stream_io.hpp"
#include "wasi/descriptor.hpp"

namespace weir::wasi {

// What has a position, or answers at once: regular files, block devices, devices like /dev/null.
class HostFile : public Descriptor {
 public:
  // `flags`: fdflags that the descriptor of the system has.
  HostFile(platform::FileDescriptor opened, FileType type, Rights base, Rights inheriting, std::uint16_t flags) noexcept
      : HostFile(opened.get(), type, base, inheriting, flags) {
    opened_ = std::move(opened);
  }
  // A descriptor that belongs to somebody else, and whose flags are not changed.
  HostFile(int borrowed, FileType type, Rights base, Rights inheriting, std::uint16_t flags) noexcept
      : Descriptor(type, base, inheriting), descriptor_(borrowed), flags_(flags) {}

  Answer<std::uint64_t> read(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> write(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> read_at(Buffers buffers, std::uint64_t offset) override;
  Answer<std::uint64_t> write_at(Buffers buffers, std::uint64_t offset) override;
  Answer<std::uint64_t> seek(std::int64_t offset, Whence whence) override;
  Answer<FileStat> stat() override;
  std::uint16_t flags() const noexcept override { return flags_; }
  Answer<void> set_flags(std::uint16_t flags) override;
  Answer<void> resize(std::uint64_t size) override;
  Answer<void> allocate(std::uint64_t offset, std::uint64_t length) override;
  Answer<void> advise(std::uint64_t offset, std::uint64_t length, std::uint8_t advice) override;
  Answer<void> sync(bool data_only) override;
  Answer<void> set_times(TimeChanges const& times) override;
  std::uint64_t readable_bytes() override;

 protected:
  int raw() const noexcept { return descriptor_; }

 private:
  platform::FileDescriptor opened_;
  int descriptor_;
  std::uint16_t flags_;
};

// Pipes and terminals: reading and writing may wait, and a signal may come of it.
class HostStream final : public HostFile {
 public:
  HostStream(platform::FileDescriptor opened, FileType type, Rights base, Rights inheriting,
             std::uint16_t flags) noexcept
      : HostFile(std::move(opened), type, base, inheriting, flags & fdflags::append),
        no_wait_((flags & fdflags::nonblock) != 0) {
    abilities_.never_waits = true; // as platform::open_beneath() opens everything
  }
  HostStream(int borrowed, FileType type, Rights base) noexcept : HostFile(borrowed, type, base, 0, 0) {}

  Answer<std::uint64_t> read(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> write(Call& call, Buffers buffers) override;
  Answer<void> set_flags(std::uint16_t flags) override;
  std::uint16_t flags() const noexcept override {
    return static_cast<std::uint16_t>(HostFile::flags() | (no_wait_ ? fdflags::nonblock : 0));
  }
  int system_descriptor() const noexcept override { return raw(); }
  std::uint64_t readable_bytes() override;

 private:
  // Waiting is Weir's own doing, so the descriptor of the system, which others may share, is not switched.
  bool no_wait_ = false;
  platform::StreamAbilities abilities_;
};

// The object for an open descriptor that is not a directory, by what it is. `base` is cut to what can be done with it.
std::unique_ptr<Descriptor> make_host_file(platform::FileDescriptor opened, FileStat const& stat, Rights base,
                                           Rights inheriting, std::uint16_t flags);
// The same for one that belongs to the host, as standard streams do; all rights that fit. Null if it is not open.
std::unique_ptr<Descriptor> borrow_host_file(int descriptor, Rights base);

} // namespace weir::wasi
