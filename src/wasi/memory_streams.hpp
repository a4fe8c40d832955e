// Standard streams that are not the host's: nothing, bytes to read, a capture to write to.
#pragma once

#include <memory>
#include <string>

#include "wasi/descriptor.hpp"

namespace weir::wasi {

inline constexpr Rights stream_in =
    rights::fd_read | rights::fd_filestat_get | rights::fd_fdstat_set_flags | rights::poll_fd_readwrite;
inline constexpr Rights stream_out = rights::fd_write | rights::fd_filestat_get | rights::fd_fdstat_set_flags |
                                     rights::poll_fd_readwrite | rights::fd_sync | rights::fd_datasync;

class InputBytes final : public Descriptor {
 public:
  explicit InputBytes(std::string bytes) noexcept
      : Descriptor(FileType::unknown, stream_in, 0), bytes_(std::move(bytes)) {}
  Answer<std::uint64_t> read(Call& call, Buffers buffers) override;
  Answer<FileStat> stat() override;
  std::uint64_t readable_bytes() override { return bytes_.size() - position_; }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

class OutputCapture final : public Descriptor {
 public:
  // Null: what is written leads nowhere.
  explicit OutputCapture(std::shared_ptr<Capture> capture) noexcept
      : Descriptor(FileType::unknown, stream_out, 0), capture_(std::move(capture)) {}
  Answer<std::uint64_t> write(Call& call, Buffers buffers) override;
  Answer<FileStat> stat() override;

 private:
  std::shared_ptr<Capture> capture_;
};

} // namespace weir::wasi
