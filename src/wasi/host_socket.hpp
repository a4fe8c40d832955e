// Sockets of the host, listening and connected.
#pragma once

#include <memory>

#include "platform/file_descriptor.hpp"
#include "wasi/descriptor.hpp"

namespace weir::wasi {

class HostSocket final : public Socket {
 public:
  HostSocket(platform::FileDescriptor opened, FileType type, bool listens, std::uint16_t flags) noexcept;

  // For a socket that the embedder has, of which a duplicate is taken: `notsock` for anything else.
  static Answer<std::unique_ptr<Descriptor>> duplicate(int descriptor);

  Answer<std::uint64_t> read(Call& call, Buffers buffers) override;
  Answer<std::uint64_t> write(Call& call, Buffers buffers) override;
  Answer<std::unique_ptr<Descriptor>> accept(Call& call, std::uint16_t flags) override;
  Answer<Received> receive(Call& call, Buffers buffers, bool peek, bool wait_all) override;
  Answer<void> shutdown(bool reading, bool writing) override;
  Answer<FileStat> stat() override;
  std::uint16_t flags() const noexcept override { return no_wait_ ? fdflags::nonblock : std::uint16_t{0}; }
  Answer<void> set_flags(std::uint16_t flags) override;
  int system_descriptor() const noexcept override { return opened_.get(); }
  std::uint64_t readable_bytes() override;

 private:
  platform::FileDescriptor opened_;
  bool no_wait_;
};

} // namespace weir::wasi
