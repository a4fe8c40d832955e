#include "wasi/memory_streams.hpp"

#include <algorithm>
#include <cstring>

namespace weir::wasi {

Answer<void> Capture::append(std::string_view bytes) {
  if (bytes.size() > max_bytes_ - std::min(text_.size(), max_bytes_)) {
    return std::unexpected(Errno::nospc);
  }
  text_.append(bytes);
  return {};
}

Answer<std::uint64_t> InputBytes::read(Call&, Buffers buffers) {
  std::uint64_t total = 0;
  for (auto const& each : buffers) {
    auto const part = std::min(each.iov_len, bytes_.size() - position_);
    if (part != 0) {
      std::memcpy(each.iov_base, bytes_.data() + position_, part);
    }
    position_ += part;
    total += part;
  }
  return total;
}

Answer<FileStat> InputBytes::stat() {
  FileStat stat;
  stat.type = type();
  return stat;
}

Answer<std::uint64_t> OutputCapture::write(Call&, Buffers buffers) {
  std::uint64_t total = 0;
  for (auto const& each : buffers) {
    if (capture_ != nullptr && each.iov_len != 0) {
      auto const kept = capture_->append({static_cast<char const*>(each.iov_base), each.iov_len});
      if (!kept.has_value()) {
        // What was kept so far has been written.
        return total != 0 ? Answer<std::uint64_t>{total} : std::unexpected(kept.error());
      }
    }
    total += each.iov_len;
  }
  return total;
}

Answer<FileStat> OutputCapture::stat() {
  FileStat stat;
  stat.type = type();
  return stat;
}

} // namespace weir::wasi
