// Guest memory as a parameter of host functions, and checked ranges of it.
//
//   linker.func("env", "log", [](weir::Caller& caller, weir::Slice<char const> text) -> weir::Result<void> { ... });
//
// A parameter of one of these types takes two i32 of the guest, a pointer and a length:
//   Slice<T const>    the guest's bytes, not copied, read-only; T is trivially copyable, the length counts Ts
//   Slice<T>          the same, and may be written to
//   GuestString       as Slice<char const>, and was UTF-8 when the function was called
//   std::string       a copy, checked to be UTF-8
//   exchange::Decoded<T, Format>   a T decoded from so many bytes
// and one takes one i32, a pointer:
//   exchange::Pointee<T>           a copy of the trivially copyable T there
//
// Memory 0 of the calling instance is meant. What is out of bounds, or is not what it should be, makes the guest trap
// with a message that names the function, the parameters, the pointer, the length and the memory's size; the host
// function is not called. Nothing is allocated for a range that is out of bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <weir/exchange/codec.hpp>
#include <weir/weir.hpp>

namespace weir::exchange {

// A range of guest memory that was within bounds when it was checked. It stays so (memories do not shrink), but its
// bytes move when the memory grows: bytes() then says so.
class WEIR_API CheckedRange {
 public:
  // An error of kind `guest` when the range is out of bounds.
  static Result<CheckedRange> check(StoreContext store, Memory const& memory, MemoryRange range);

  std::uint64_t address() const noexcept { return range_.address; }
  std::uint64_t size() const noexcept { return range_.size; }
  MemoryRange range() const noexcept { return range_; }
  Memory const& memory() const noexcept { return memory_; }

  // False once the memory has grown or the store was destroyed.
  bool is_valid() const noexcept { return view_.is_valid(); }
  // The bytes, which the guest may change when it runs. An error of kind `usage` when the range is stale.
  Result<std::span<std::byte const>> bytes() const;
  Result<std::vector<std::byte>> copy() const;

  // Writes within the range, which need not be fresh. An error of kind `usage` when it would pass the end.
  Result<void> write(StoreContext store, std::uint64_t offset, std::span<std::byte const> bytes,
                     std::source_location where = std::source_location::current()) const;

 private:
  CheckedRange(Memory memory, MemoryRange range, MemoryView view) noexcept
      : memory_(memory), range_(range), view_(std::move(view)) {}

  Memory memory_;
  MemoryRange range_;
  MemoryView view_;
};

namespace detail {

// The memory that a host function's parameters point into.
WEIR_API Result<CheckedRange> parameter_range(Caller& caller, std::uint64_t pointer, std::uint64_t count,
                                              std::uint64_t element_size);
WEIR_API Result<void> check_utf8(std::span<std::byte const> bytes);
// Which bytes a write of `count` elements from element `first` on means; an error when they are not all inside.
WEIR_API Result<std::uint64_t> element_offset(std::uint64_t first, std::uint64_t count, std::uint64_t elements,
                                              std::uint64_t element_size);

inline std::string_view as_text(std::span<std::byte const> bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

} // namespace detail

} // namespace weir::exchange

namespace weir {

// Elements in guest memory; T const: read-only. They may be unaligned there, so they are read by value. Valid during
// the host function's call.
template <class T>
class Slice {
  static_assert(std::is_trivially_copyable_v<T>, "a guest's bytes are not such objects");

 public:
  using Element = std::remove_const_t<T>;

  // Precondition: the range's size is a multiple of the element's.
  explicit Slice(exchange::CheckedRange range) noexcept : range_(std::move(range)) {}

  std::uint64_t address() const noexcept { return range_.address(); }
  std::uint64_t size() const noexcept { return range_.size() / sizeof(T); } // elements
  bool is_valid() const noexcept { return range_.is_valid(); }
  exchange::CheckedRange const& range() const noexcept { return range_; }

  // The bytes in place. An error of kind `usage` when the memory has grown since.
  Result<std::span<std::byte const>> bytes() const { return range_.bytes(); }
  // The characters in place.
  Result<std::string_view> text() const
    requires(sizeof(T) == 1)
  {
    auto const bytes = range_.bytes();
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    return exchange::detail::as_text(*bytes);
  }
  // One element.
  Result<Element> get(std::uint64_t index) const {
    auto const bytes = range_.bytes();
    auto const offset = exchange::detail::element_offset(index, 1, size(), sizeof(T));
    if (!bytes.has_value() || !offset.has_value()) {
      return std::unexpected(bytes.has_value() ? offset.error() : bytes.error());
    }
    Element element;
    std::memcpy(&element, bytes->data() + *offset, sizeof element);
    return element;
  }
  // Copies of all elements.
  Result<std::vector<Element>> copy() const {
    return exchange::detail::guarded([&]() -> Result<std::vector<Element>> {
      auto const bytes = range_.bytes();
      if (!bytes.has_value()) {
        return std::unexpected(bytes.error());
      }
      std::vector<Element> elements(static_cast<std::size_t>(size()));
      if (!elements.empty()) {
        std::memcpy(elements.data(), bytes->data(), bytes->size());
      }
      return elements;
    });
  }

  // Writes elements, from the element `index` on.
  Result<void> write(StoreContext store, std::uint64_t index, std::span<Element const> elements,
                     std::source_location where = std::source_location::current()) const
    requires(!std::is_const_v<T>)
  {
    auto const offset = exchange::detail::element_offset(index, elements.size(), size(), sizeof(T));
    if (!offset.has_value()) {
      return std::unexpected(offset.error());
    }
    return range_.write(store, *offset, std::as_bytes(elements), where);
  }

 private:
  exchange::CheckedRange range_;
};

// Text in guest memory, UTF-8 when it was checked. Valid during the host function's call; when the guest runs
// meanwhile it may change the bytes.
class GuestString {
 public:
  explicit GuestString(Slice<char const> slice) noexcept : slice_(std::move(slice)) {}

  std::uint64_t address() const noexcept { return slice_.address(); }
  std::uint64_t size() const noexcept { return slice_.size(); } // bytes
  bool is_valid() const noexcept { return slice_.is_valid(); }
  // An error of kind `usage` when the memory has grown since.
  Result<std::string_view> text() const { return slice_.text(); }

 private:
  Slice<char const> slice_;
};

namespace exchange {

// A value that the guest handed over in encoded form. Format: the type of the format, e.g. BincodeFormat<...>.
template <class T, class Format>
struct Decoded {
  T value;
  T const& operator*() const noexcept { return value; }
  T const* operator->() const noexcept { return &value; }
};

// A copy of an object in guest memory.
template <class T>
struct Pointee {
  T value;
  std::uint64_t address = 0;
  T const& operator*() const noexcept { return value; }
  T const* operator->() const noexcept { return &value; }
};

} // namespace exchange

namespace detail {

// Loads a range of elements, and makes of it what `make(CheckedRange)` gives.
struct RangeParameter {
  using Values = detail::Values<std::uint32_t, std::uint32_t>;
  static Result<exchange::CheckedRange> load_range(Caller& caller, std::uint64_t const* slots,
                                                   std::size_t element_size) {
    return exchange::detail::parameter_range(caller, static_cast<std::uint32_t>(slots[0]),
                                             static_cast<std::uint32_t>(slots[1]), element_size);
  }
  static Result<exchange::CheckedRange> load_text(Caller& caller, std::uint64_t const* slots) {
    auto range = load_range(caller, slots, 1);
    if (range.has_value()) {
      auto const bytes = range->bytes();
      auto const good = bytes.has_value() ? exchange::detail::check_utf8(*bytes) : std::unexpected(bytes.error());
      if (!good.has_value()) {
        return std::unexpected(good.error());
      }
    }
    return range;
  }
};

} // namespace detail

template <class T>
struct HostParameter<Slice<T>> : detail::RangeParameter {
  static Result<Slice<T>> load(Caller& caller, std::uint64_t const* slots) {
    auto range = load_range(caller, slots, sizeof(T));
    if (!range.has_value()) {
      return std::unexpected(std::move(range).error());
    }
    return Slice<T>{*std::move(range)};
  }
};

template <>
struct HostParameter<GuestString> : detail::RangeParameter {
  static Result<GuestString> load(Caller& caller, std::uint64_t const* slots) {
    auto range = load_text(caller, slots);
    if (!range.has_value()) {
      return std::unexpected(std::move(range).error());
    }
    return GuestString{Slice<char const>{*std::move(range)}};
  }
};

template <>
struct HostParameter<std::string> : detail::RangeParameter {
  static Result<std::string> load(Caller& caller, std::uint64_t const* slots) {
    return exchange::detail::guarded([&]() -> Result<std::string> {
      auto const range = load_text(caller, slots);
      auto const bytes = range.has_value() ? range->bytes() : std::unexpected(range.error());
      if (!bytes.has_value()) {
        return std::unexpected(bytes.error());
      }
      return std::string{exchange::detail::as_text(*bytes)};
    });
  }
};

template <class T, class Format>
struct HostParameter<exchange::Decoded<T, Format>> : detail::RangeParameter {
  static Result<exchange::Decoded<T, Format>> load(Caller& caller, std::uint64_t const* slots) {
    auto const range = load_range(caller, slots, 1);
    auto const bytes = range.has_value() ? range->bytes() : std::unexpected(range.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    auto value = exchange::decode<T>(Format{}, *bytes);
    if (!value.has_value()) {
      return std::unexpected(std::move(value).error());
    }
    return exchange::Decoded<T, Format>{*std::move(value)};
  }
};

template <class T>
struct HostParameter<exchange::Pointee<T>> {
  static_assert(std::is_trivially_copyable_v<T>, "a guest's bytes are not such an object");
  using Values = detail::Values<std::uint32_t>;
  static Result<exchange::Pointee<T>> load(Caller& caller, std::uint64_t const* slots) {
    auto const address = static_cast<std::uint32_t>(slots[0]);
    auto const range = exchange::detail::parameter_range(caller, address, 1, sizeof(T));
    auto const bytes = range.has_value() ? range->bytes() : std::unexpected(range.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    exchange::Pointee<T> pointee{.value = {}, .address = address};
    std::memcpy(&pointee.value, bytes->data(), sizeof(T));
    return pointee;
  }
};

} // namespace weir
