#include "wasi/virtual_file.hpp"

#include <ctime>

#include "wasi/host_stat.hpp"

namespace weir::wasi {

namespace {

std::optional<std::uint64_t> new_time(TimeChange const& change) noexcept {
  switch (change.kind) {
  case TimeChange::Kind::keep: return std::nullopt;
  case TimeChange::Kind::at: return change.nanoseconds;
  default: {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds_of(now);
  }
  }
}

} // namespace

Answer<void> set_node_times(FileSystem& filesystem, FileSystem::Node node, TimeChanges const& times) {
  return filesystem.set_times(node, new_time(times.accessed), new_time(times.modified));
}

Answer<void> HeldNode::set_times(TimeChanges const& times) const { return set_node_times(*filesystem_, node_, times); }

Answer<std::uint64_t> VirtualFile::read_at(Buffers buffers, std::uint64_t offset) {
  std::uint64_t total = 0;
  for (auto const& each : buffers) {
    if (each.iov_len == 0) {
      continue;
    }
    auto const got =
        held_.filesystem().read(held_.node(), offset + total, {static_cast<std::byte*>(each.iov_base), each.iov_len});
    if (!got.has_value()) {
      return total != 0 ? Answer<std::uint64_t>{total} : std::unexpected(got.error());
    }
    total += *got;
    if (*got < each.iov_len) {
      break;
    }
  }
  return total;
}

Answer<std::uint64_t> VirtualFile::write_at(Buffers buffers, std::uint64_t offset) {
  if (total_bytes(buffers) > max_offset - offset) {
    return std::unexpected(Errno::fbig);
  }
  std::uint64_t total = 0;
  for (auto const& each : buffers) {
    if (each.iov_len == 0) {
      continue;
    }
    auto const put = held_.filesystem().write(held_.node(), offset + total,
                                              {static_cast<std::byte const*>(each.iov_base), each.iov_len});
    if (!put.has_value()) {
      return total != 0 ? Answer<std::uint64_t>{total} : std::unexpected(put.error());
    }
    total += *put;
    if (*put < each.iov_len) {
      break;
    }
  }
  return total;
}

Answer<std::uint64_t> VirtualFile::read(Call&, Buffers buffers) {
  auto const got = read_at(buffers, position_);
  position_ += got.value_or(0);
  return got;
}

Answer<std::uint64_t> VirtualFile::write(Call&, Buffers buffers) {
  if ((flags_ & fdflags::append) != 0) {
    auto const now = stat();
    if (!now.has_value()) {
      return std::unexpected(now.error());
    }
    position_ = now->size;
  }
  auto const put = write_at(buffers, position_);
  position_ += put.value_or(0);
  return put;
}

Answer<std::uint64_t> VirtualFile::seek(std::int64_t offset, Whence whence) {
  std::uint64_t origin = 0;
  if (whence == Whence::current) {
    origin = position_;
  } else if (whence == Whence::end) {
    auto const now = stat();
    if (!now.has_value()) {
      return std::unexpected(now.error());
    }
    origin = now->size;
  }
  // Origins are at most max_offset, so that neither sum overflows.
  auto const target = static_cast<std::uint64_t>(offset) + origin;
  if (offset < 0 ? target > origin : target > max_offset) {
    return std::unexpected(Errno::inval);
  }
  return position_ = target;
}

Answer<void> VirtualFile::set_flags(std::uint16_t flags) {
  flags_ = flags;
  return {};
}

Answer<void> VirtualFile::resize(std::uint64_t size) {
  if (size > max_offset) {
    return std::unexpected(Errno::inval);
  }
  return held_.filesystem().resize(held_.node(), size);
}

Answer<void> VirtualFile::allocate(std::uint64_t offset, std::uint64_t length) {
  if (length == 0 || offset > max_offset || length > max_offset) {
    return std::unexpected(Errno::inval);
  }
  if (length > max_offset - offset) {
    return std::unexpected(Errno::fbig);
  }
  auto const now = stat();
  if (!now.has_value()) {
    return std::unexpected(now.error());
  }
  return offset + length > now->size ? resize(offset + length) : Answer<void>{};
}

Answer<void> VirtualFile::sync(bool) { return held_.filesystem().sync(held_.node()); }

std::uint64_t VirtualFile::readable_bytes() {
  auto const now = stat();
  return now.has_value() && now->size > position_ ? now->size - position_ : 0;
}

} // namespace weir::wasi
