#include "wasi/descriptor.hpp"

namespace weir::wasi {

std::uint64_t total_bytes(Buffers buffers) noexcept {
  std::uint64_t total = 0;
  for (auto const& each : buffers) {
    total += each.iov_len;
  }
  return total;
}

Answer<std::uint64_t> Descriptor::read(Call&, Buffers) { return std::unexpected(Errno::badf); }
Answer<std::uint64_t> Descriptor::write(Call&, Buffers) { return std::unexpected(Errno::badf); }
Answer<std::uint64_t> Descriptor::read_at(Buffers, std::uint64_t) { return std::unexpected(Errno::spipe); }
Answer<std::uint64_t> Descriptor::write_at(Buffers, std::uint64_t) { return std::unexpected(Errno::spipe); }
Answer<std::uint64_t> Descriptor::seek(std::int64_t, Whence) { return std::unexpected(Errno::spipe); }
Answer<void> Descriptor::set_flags(std::uint16_t flags) {
  if (flags != 0) {
    return std::unexpected(Errno::notsup);
  }
  return {};
}
Answer<void> Descriptor::resize(std::uint64_t) { return std::unexpected(Errno::inval); }
Answer<void> Descriptor::allocate(std::uint64_t, std::uint64_t) { return std::unexpected(Errno::badf); }
Answer<void> Descriptor::advise(std::uint64_t, std::uint64_t, std::uint8_t) { return {}; }
Answer<void> Descriptor::sync(bool) { return {}; }
Answer<void> Descriptor::set_times(TimeChanges const&) { return std::unexpected(Errno::notsup); }

Answer<std::uint64_t> Directory::read(Call&, Buffers) { return std::unexpected(Errno::isdir); }
Answer<std::uint64_t> Directory::write(Call&, Buffers) { return std::unexpected(Errno::isdir); }
Answer<std::uint64_t> Directory::read_at(Buffers, std::uint64_t) { return std::unexpected(Errno::isdir); }
Answer<std::uint64_t> Directory::write_at(Buffers, std::uint64_t) { return std::unexpected(Errno::isdir); }

} // namespace weir::wasi
