#include <weir/exchange/allocator.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "exchange/allocator_data.hpp"

namespace weir::exchange {

using detail::capacity_of;
using detail::guarded;

GuestBuffer::GuestBuffer(GuestBuffer&& other) noexcept
    : data_(std::move(other.data_)), address_(other.address_), size_(other.size_), alignment_(other.alignment_) {
  other.forget();
}

GuestBuffer& GuestBuffer::operator=(GuestBuffer&& other) noexcept {
  if (this != &other) {
    free_quietly();
    data_ = std::move(other.data_);
    address_ = other.address_;
    size_ = other.size_;
    alignment_ = other.alignment_;
    other.forget();
  }
  return *this;
}

GuestBuffer::~GuestBuffer() { free_quietly(); }

void GuestBuffer::forget() noexcept {
  data_.reset();
  address_ = 0;
  size_ = 0;
  alignment_ = 1;
}

Result<StoreContext> GuestBuffer::context() const {
  return guarded([&]() -> Result<StoreContext> {
    if (data_ == nullptr) {
      return std::unexpected(Error{ErrorKind::usage,
                                   "the guest buffer owns nothing: it was freed, released, moved from "
                                   "or never made"});
    }
    auto store = data_->store.get();
    if (!store.has_value()) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("the guest buffer of {} bytes at {:#x} outlived its "
                                                                 "store, and the memory is gone with the store",
                                                                 size_, address_)});
    }
    return store;
  });
}

Memory const& GuestBuffer::memory() const noexcept { return data_->memory; }

Result<void> GuestBuffer::check(std::uint64_t offset, std::uint64_t size, char const* what) const {
  if (offset > size_ || size > size_ - offset) {
    return std::unexpected(
        Error{ErrorKind::usage,
              fmt::format("{} {} bytes at offset {} does not fit into the guest buffer of {} bytes at {:#x}", what,
                          size, offset, size_, address_)});
  }
  return {};
}

Result<void> GuestBuffer::write(std::uint64_t offset, std::span<std::byte const> bytes,
                                std::source_location where) const {
  return guarded([&]() -> Result<void> {
    auto const store = context();
    auto const fits = store.has_value() ? check(offset, bytes.size(), "writing") : std::unexpected(store.error());
    return fits.has_value() ? memory().write(*store, address_ + offset, bytes, where) : fits;
  });
}

Result<void> GuestBuffer::write(std::uint64_t offset, std::string_view text, std::source_location where) const {
  return write(offset, std::as_bytes(std::span{text.data(), text.size()}), where);
}

Result<void> GuestBuffer::read(std::uint64_t offset, std::span<std::byte> out) const {
  return guarded([&]() -> Result<void> {
    auto const store = context();
    auto const fits = store.has_value() ? check(offset, out.size(), "reading") : std::unexpected(store.error());
    return fits.has_value() ? memory().read(*store, address_ + offset, out) : fits;
  });
}

Result<std::vector<std::byte>> GuestBuffer::copy_out() const {
  auto const store = context();
  if (!store.has_value()) {
    return std::unexpected(store.error());
  }
  return memory().copy_out(*store, address_, size_);
}

Result<CheckedRange> GuestBuffer::view() const {
  auto const store = context();
  if (!store.has_value()) {
    return std::unexpected(store.error());
  }
  return CheckedRange::check(*store, memory(), range());
}

Result<void> GuestBuffer::resize(std::uint64_t size) {
  return guarded([&]() -> Result<void> {
    auto const store = context();
    if (!store.has_value()) {
      return std::unexpected(store.error());
    }
    auto const capacity = capacity_of(size);
    if (capacity == capacity_of(size_)) {
      size_ = size;
      return {};
    }
    if (!data_->reallocate.has_value()) {
      return move_to(size);
    }
    detail::AllocatorArguments const arguments{
        .pointer = address_, .old_size = capacity_of(size_), .alignment = alignment_, .size = capacity};
    (void)memory().remove_grant(*store, address_);
    auto const moved = data_->call(*store, *data_->reallocate, arguments);
    auto granted = moved.has_value()
                       ? data_->grant(*store, {*moved, capacity}, alignment_,
                                      fmt::format("the guest's `{}`, asked to resize {} bytes at {:#x} to {}, returned "
                                                  "{:#x}",
                                                  data_->reallocate->name, size_, address_, capacity, *moved))
                       : Result<void>{std::unexpected(moved.error())};
    if (!granted.has_value()) {
      (void)memory().add_grant(*store, address_, capacity_of(size_));
      return granted;
    }
    address_ = *moved;
    size_ = size;
    return {};
  });
}

// Allocates anew, copies, and frees the old bytes.
Result<void> GuestBuffer::move_to(std::uint64_t size) {
  auto const bytes = memory().copy_out(*context(), address_, std::min(size, size_));
  if (!bytes.has_value()) {
    return std::unexpected(bytes.error());
  }
  auto fresh = GuestAllocator{data_}.allocate(size, alignment_);
  if (!fresh.has_value()) {
    return std::unexpected(fresh.error());
  }
  if (auto const written = fresh->write(0, *bytes, std::source_location{}); !written.has_value()) {
    return written;
  }
  *this = *std::move(fresh);
  return {};
}

Result<void> GuestBuffer::free() {
  return guarded([&]() -> Result<void> {
    auto const store = context();
    auto const data = std::move(data_);
    MemoryRange const range{address_, capacity_of(size_)};
    auto const alignment = alignment_;
    forget();
    if (!store.has_value()) {
      return std::unexpected(store.error());
    }
    return data->free(*store, range, alignment);
  });
}

MemoryRange GuestBuffer::release() noexcept {
  auto const range = this->range();
  if (data_ != nullptr) {
    if (auto const store = data_->store.get(); store.has_value()) {
      (void)memory().remove_grant(*store, address_);
    }
  }
  forget();
  return range;
}

void GuestBuffer::free_quietly() noexcept {
  if (data_ == nullptr) {
    return;
  }
  auto const data = data_;
  auto const freed = free();
  if (!freed.has_value()) {
    // Without memory for the message there is no message.
    (void)weir::detail::had_memory([&] { data->engine.diagnose("weir: " + freed.error().message()); });
  }
}

} // namespace weir::exchange
