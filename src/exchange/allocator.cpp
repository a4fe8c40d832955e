#include <weir/exchange/allocator.hpp>

#include <bit>

#include <fmt/format.h>

#include "exchange/allocator_data.hpp"
#include "exchange/discovery.hpp"

namespace weir::exchange {

using detail::AllocatorData;
using detail::guarded;

// The allocator that find() gives.
template <class Find>
Result<GuestAllocator> GuestAllocator::make(Find&& find) {
  return guarded([&]() -> Result<GuestAllocator> {
    auto data = find();
    if (!data.has_value()) {
      return std::unexpected(std::move(data).error());
    }
    return GuestAllocator{*std::move(data)};
  });
}

Result<GuestAllocator> GuestAllocator::discover(StoreContext store, Instance const& instance) {
  return make([&] { return detail::discover_allocator(store, instance, nullptr); });
}

Result<GuestAllocator> GuestAllocator::discover(StoreContext store, Instance const& instance, Memory const& memory) {
  return make([&] { return detail::discover_allocator(store, instance, &memory); });
}

Result<GuestAllocator> GuestAllocator::named(StoreContext store, Instance const& instance, std::string_view allocate,
                                             std::string_view deallocate) {
  return make([&] { return detail::named_allocator(store, instance, nullptr, allocate, deallocate); });
}

Result<GuestAllocator> GuestAllocator::named(StoreContext store, Instance const& instance, Memory const& memory,
                                             std::string_view allocate, std::string_view deallocate) {
  return make([&] { return detail::named_allocator(store, instance, &memory, allocate, deallocate); });
}

std::string const& GuestAllocator::name() const noexcept { return data_->name; }
bool GuestAllocator::can_free() const noexcept { return data_->deallocate.has_value(); }
Memory const& GuestAllocator::memory() const noexcept { return data_->memory; }

void GuestAllocator::keep_out(MemoryRange range, std::string what) const {
  data_->kept_out.push_back({range, std::move(what)});
}

Result<void> GuestAllocator::keep_out_mapped() const {
  return guarded([&]() -> Result<void> {
    auto const store = data_->store.get();
    auto const module = store.has_value() ? data_->instance.module(*store) : std::unexpected(store.error());
    if (!module.has_value()) {
      return std::unexpected(module.error());
    }
    if (module->memories().size() != 1) {
      return std::unexpected(
          Error{ErrorKind::usage, "the module has several memories: keep_out() ranges of the one that is meant"});
    }
    auto const map = module->memory_map();
    if (!map.has_value()) {
      return std::unexpected(map.error());
    }
    if (map->layout == MemoryLayout::position_independent) {
      return std::unexpected(Error{ErrorKind::usage,
                                   "the module is laid out where it is instantiated: its memory map "
                                   "tells no addresses"});
    }
    for (auto const& region : map->regions) {
      bool const is_taken = region.kind == RegionKind::stack || region.kind == RegionKind::static_data ||
                            region.kind == RegionKind::read_only_data || region.kind == RegionKind::bss;
      if (is_taken && region.confidence != Confidence::guess) {
        keep_out({region.begin, region.size()}, fmt::format("the guest's {}", to_string(region.kind)));
      }
    }
    return {};
  });
}

namespace {

// "`malloc`(16) returned 0x1000"
std::string answer(AllocatorData const& data, std::uint64_t size, std::uint64_t address) {
  return fmt::format("the guest's `{}`, asked for {} bytes, returned {:#x}", data.allocate.name, size, address);
}

Result<void> check_alignment(std::uint64_t alignment) {
  if (!std::has_single_bit(alignment)) {
    return std::unexpected(
        Error{ErrorKind::usage, fmt::format("an alignment of {}: expected a power of two", alignment)});
  }
  return {};
}

// An answer that may have been given in good faith is given back.
void give_back(AllocatorData const& data, StoreContext store, MemoryRange range, std::uint64_t alignment) {
  if (data.deallocate.has_value()) {
    (void)data.call(store, *data.deallocate,
                    {.pointer = range.address, .old_size = range.size, .alignment = alignment, .size = 0});
  }
}

} // namespace

Result<GuestBuffer> GuestAllocator::allocate(std::uint64_t size, std::uint64_t alignment) const {
  return guarded([&]() -> Result<GuestBuffer> {
    auto const store = data_->store.get();
    auto const sane = store.has_value() ? check_alignment(alignment) : std::unexpected(store.error());
    if (!sane.has_value()) {
      return std::unexpected(sane.error());
    }
    auto const capacity = detail::capacity_of(size);
    auto const address =
        data_->call(*store, data_->allocate, {.pointer = 0, .old_size = 0, .alignment = alignment, .size = capacity});
    if (!address.has_value()) {
      return std::unexpected(Error{address.error().kind(),
                                   fmt::format("allocating {} bytes through the guest's `{}`: {}", capacity,
                                               data_->allocate.name, address.error().message()),
                                   address.error().shared_trap()});
    }
    MemoryRange const range{*address, capacity};
    auto const granted = data_->grant(*store, range, alignment, answer(*data_, capacity, *address));
    if (!granted.has_value()) {
      // Only where nothing but the alignment is wrong; a pointer that cannot be right is not handed back.
      if (*address % alignment != 0 && data_->grant(*store, range, 1, "").has_value()) {
        (void)data_->memory.remove_grant(*store, range.address);
        give_back(*data_, *store, range, alignment);
      }
      return std::unexpected(granted.error());
    }
    GuestBuffer buffer{data_, {*address, size}, alignment};
    if (data_->pin.has_value()) {
      if (auto const pinned = data_->call(*store, *data_->pin, {.pointer = *address}); !pinned.has_value()) {
        (void)buffer.release(); // what nobody pinned must not be unpinned
        return std::unexpected(pinned.error());
      }
    }
    return buffer;
  });
}

Result<GuestBuffer> GuestAllocator::adopt(MemoryRange range, std::uint64_t alignment) const {
  return guarded([&]() -> Result<GuestBuffer> {
    auto const store = data_->store.get();
    auto const sane = store.has_value() ? check_alignment(alignment) : std::unexpected(store.error());
    if (!sane.has_value()) {
      return std::unexpected(sane.error());
    }
    if (range.size == 0) {
      return std::unexpected(
          Error{ErrorKind::usage, "an empty range cannot be adopted: what the guest calls nothing may be any pointer"});
    }
    auto const granted =
        data_->grant(*store, range, alignment, fmt::format("the guest handed out {:#x}", range.address));
    if (!granted.has_value()) {
      return std::unexpected(granted.error());
    }
    GuestBuffer buffer{data_, range, alignment};
    if (data_->pin.has_value()) {
      if (auto const pinned = data_->call(*store, *data_->pin, {.pointer = range.address}); !pinned.has_value()) {
        (void)buffer.release();
        return std::unexpected(pinned.error());
      }
    }
    return buffer;
  });
}

Result<GuestBuffer> GuestAllocator::put_bytes(std::span<std::byte const> bytes, std::uint64_t alignment,
                                              std::source_location const& where) const {
  auto buffer = allocate(bytes.size(), alignment);
  if (buffer.has_value()) {
    if (auto const written = buffer->write(0, bytes, where); !written.has_value()) {
      return std::unexpected(written.error());
    }
  }
  return buffer;
}

Result<GuestBuffer> GuestAllocator::put_text(std::string_view text, std::source_location const& where) const {
  return put_bytes(std::as_bytes(std::span{text.data(), text.size()}), 1, where);
}

Result<CheckedRange> GuestAllocator::view(MemoryRange range) const {
  auto const store = data_->store.get();
  if (!store.has_value()) {
    return std::unexpected(store.error());
  }
  return CheckedRange::check(*store, data_->memory, range);
}

Result<std::vector<std::byte>> GuestAllocator::get_bytes(MemoryRange range) const {
  auto const checked = view(range);
  if (!checked.has_value()) {
    return std::unexpected(checked.error());
  }
  return checked->copy();
}

Result<std::string> GuestAllocator::get_string(MemoryRange range) const {
  return guarded([&]() -> Result<std::string> {
    auto const checked = view(range);
    auto const bytes = checked.has_value() ? checked->bytes() : std::unexpected(checked.error());
    auto const good = bytes.has_value() ? detail::check_utf8(*bytes) : std::unexpected(bytes.error());
    if (!good.has_value()) {
      return std::unexpected(good.error());
    }
    return std::string{detail::as_text(*bytes)};
  });
}

} // namespace weir::exchange
