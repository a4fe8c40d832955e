#include <weir/exchange/slice.hpp>

#include <fmt/format.h>

#include <weir/exchange/byte_io.hpp>

namespace weir::exchange {

Result<CheckedRange> CheckedRange::check(StoreContext store, Memory const& memory, MemoryRange range) {
  return detail::guarded([&]() -> Result<CheckedRange> {
    auto view = memory.view(store);
    auto const bytes = view.has_value() ? view->bytes() : std::unexpected(view.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    if (range.address > bytes->size() || range.size > bytes->size() - range.address) {
      return std::unexpected(
          Error{ErrorKind::guest, fmt::format("out of bounds: {} bytes at {:#x} in a memory of {:#x} "
                                              "bytes",
                                              range.size, range.address, bytes->size())});
    }
    return CheckedRange{memory, range, *std::move(view)};
  });
}

Result<std::span<std::byte const>> CheckedRange::bytes() const {
  auto const all = view_.bytes();
  if (!all.has_value()) {
    return all;
  }
  return all->subspan(static_cast<std::size_t>(range_.address), static_cast<std::size_t>(range_.size));
}

Result<std::vector<std::byte>> CheckedRange::copy() const {
  return detail::guarded([&]() -> Result<std::vector<std::byte>> {
    auto const mine = bytes();
    if (!mine.has_value()) {
      return std::unexpected(mine.error());
    }
    return std::vector<std::byte>(mine->begin(), mine->end());
  });
}

Result<void> CheckedRange::write(StoreContext store, std::uint64_t offset, std::span<std::byte const> bytes,
                                 std::source_location where) const {
  return detail::guarded([&]() -> Result<void> {
    if (auto const good = detail::element_offset(offset, bytes.size(), range_.size, 1); !good.has_value()) {
      return std::unexpected(good.error());
    }
    return memory_.write(store, range_.address + offset, bytes, where);
  });
}

namespace detail {

Result<CheckedRange> parameter_range(Caller& caller, std::uint64_t pointer, std::uint64_t count,
                                     std::uint64_t element_size) {
  return guarded([&]() -> Result<CheckedRange> {
    auto const memory = caller.memory(0);
    if (!memory.has_value()) {
      return std::unexpected(memory.error());
    }
    // Both factors are below 2^32 or of a host type's size: the product is exact unless the range is far out anyway.
    std::uint64_t const size = count > UINT64_MAX / element_size ? UINT64_MAX : count * element_size;
    auto range = CheckedRange::check(caller, *memory, {pointer, size});
    if (!range.has_value() && element_size != 1 && count != 1) {
      return std::unexpected(Error{range.error().kind(), fmt::format("{} ({} elements of {} bytes)",
                                                                     range.error().message(), count, element_size)});
    }
    auto const allowed =
        range.has_value() ? caller.allow_host_writes(*memory, pointer, size) : std::unexpected(range.error());
    if (!allowed.has_value()) {
      return std::unexpected(allowed.error());
    }
    return range;
  });
}

Result<void> check_utf8(std::span<std::byte const> bytes) {
  return guarded([&]() -> Result<void> {
    if (!is_utf8(as_text(bytes))) {
      return std::unexpected(Error{ErrorKind::guest, fmt::format("a text of {} bytes is not UTF-8", bytes.size())});
    }
    return {};
  });
}

Result<std::uint64_t> element_offset(std::uint64_t first, std::uint64_t count, std::uint64_t elements,
                                     std::uint64_t element_size) {
  return guarded([&]() -> Result<std::uint64_t> {
    if (first > elements || count > elements - first) {
      return std::unexpected(
          Error{ErrorKind::usage,
                fmt::format("{} element(s) from {} on are not within the guest's {}", count, first, elements)});
    }
    return first * element_size;
  });
}

} // namespace detail

} // namespace weir::exchange
