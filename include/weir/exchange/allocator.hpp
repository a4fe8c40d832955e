// The guest's own allocator, found among its exports.
//
//   auto guest = GuestAllocator::discover(store, instance);                   // malloc/free and the like
//   auto guest = GuestAllocator::named(store, instance, "init", "deinit");    // confirmed by the embedder
//   auto text = guest->put(bincode(std::string{"hello"}));                    // a GuestBuffer
//   auto done = run.call(store, text->ptr(), text->len());
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/exchange/buffer.hpp>
#include <weir/exchange/codec.hpp>
#include <weir/weir.hpp>

namespace weir::exchange {

// How a guest's function hands bytes back.
struct Returns {
  enum class Style : std::uint8_t {
    pointer,     // (...) -> pointer; the length is known
    packed_high, // (...) -> i64: pointer << 32 | length
    packed_low,  // (...) -> i64: length << 32 | pointer
    out_pointer, // (area, ...) -> (): the guest writes pointer and length to the area, as two 32-bit integers
    pair,        // (...) -> (pointer, length)
  };
  Style style = Style::pair;
  std::uint64_t length = 0; // for pointer

  static constexpr Returns pointer(std::uint64_t known_length) noexcept { return {Style::pointer, known_length}; }
  static constexpr Returns packed_high() noexcept { return {Style::packed_high}; }
  static constexpr Returns packed_low() noexcept { return {Style::packed_low}; }
  static constexpr Returns out_pointer() noexcept { return {Style::out_pointer}; }
  static constexpr Returns pair() noexcept { return {Style::pair}; }
};

// Calls the guest's allocator. A small value that may be copied; it works on the instance that it was made with, in
// whichever place its store is, and notices when the store was destroyed. It belongs to the store's thread.
//
// Every answer is checked before it is used: not null, within the memory, aligned as asked for, not overlapping a
// buffer that is still alive (of any allocator of the store) or a range that was kept out. Errors of kind `guest` say
// which.
class WEIR_API GuestAllocator {
 public:
  // Finds an allocator by the names and the types of exports: malloc/free, cabi_realloc, __new/__pin/__unpin
  // (AssemblyScript), __wbindgen_malloc/__wbindgen_free. Pairs whose names may mean something else (alloc/dealloc,
  // allocate/deallocate, init/deinit) are only suggested by the error: confirm them with named().
  static Result<GuestAllocator> discover(StoreContext store, Instance const& instance);

  // Takes the exports of these names. `allocate` may be (size) -> pointer, (size, alignment) -> pointer or
  // (old pointer, old size, alignment, new size) -> pointer; `deallocate` (pointer), (pointer, size) or
  // (pointer, size, alignment) -> (). Without `deallocate` nothing is given back: the guest owns what it is handed.
  static Result<GuestAllocator> named(StoreContext store, Instance const& instance, std::string_view allocate,
                                      std::string_view deallocate = {});

  // The same for a guest whose memory is imported, or one of several: `memory` is the one that its allocator's pointers
  // are meant for.
  static Result<GuestAllocator> discover(StoreContext store, Instance const& instance, Memory const& memory);
  static Result<GuestAllocator> named(StoreContext store, Instance const& instance, Memory const& memory,
                                      std::string_view allocate, std::string_view deallocate = {});

  // "malloc/free"
  std::string const& name() const noexcept;
  // False where buffers are not given back: with cabi_realloc, whose convention is that the guest owns what a call
  // hands over, and after named() without `deallocate`.
  bool can_free() const noexcept;
  Memory const& memory() const noexcept;

  // Ranges that no allocation may touch, such as the guest's stack and static data; `what` goes to the error.
  void keep_out(MemoryRange range, std::string what) const;
  // Keeps allocations out of the guest's stack, static data and .bss, as far as the module's memory map is likely or
  // certain of them (Module::memory_map; the first look at it reads all the code). Not for guests whose allocator hands
  // out a static array. An error of kind `usage` when the memory is not the module's only one, or is laid out at run
  // time.
  Result<void> keep_out_mapped() const;

  // Uninitialised memory. Precondition: the alignment is a power of two (else an error of kind `usage`). Of size 0: a
  // pointer that is not null, to no bytes.
  Result<GuestBuffer> allocate(std::uint64_t size, std::uint64_t alignment = 1) const;
  // Takes over what the guest allocated and handed to the host, to be given back like a buffer of the host's own.
  Result<GuestBuffer> adopt(MemoryRange range, std::uint64_t alignment = 1) const;

  // Allocates and writes, in one step: an encoding (bincode(value)), text, a contiguous range of trivially copyable
  // elements, or one trivially copyable object. Padding bytes of objects are copied as they are. An encoding whose size
  // is known beforehand is written into guest memory without a copy in between.
  template <class T>
  Result<GuestBuffer> put(T const& value, std::source_location where = std::source_location::current()) const;

  // Reads what the guest points to. Bounds come first: nothing is allocated for what is out of bounds (kind `guest`).
  Result<CheckedRange> view(MemoryRange range) const;
  Result<std::vector<std::byte>> get_bytes(MemoryRange range) const;
  Result<std::string> get_string(MemoryRange range) const; // UTF-8, else an error
  template <class T, class Format>
  Result<T> get(Format const& format, MemoryRange range) const {
    auto const checked = view(range);
    auto const bytes = checked.has_value() ? checked->bytes() : std::unexpected(checked.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    return decode<T>(format, *bytes);
  }
  template <class T, class Format>
  Result<T> get(Format const& format, std::uint64_t address, std::uint64_t size) const {
    return get<T>(format, MemoryRange{address, size});
  }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<T> get(std::uint64_t address) const {
    auto const checked = view({address, sizeof(T)});
    auto const bytes = checked.has_value() ? checked->bytes() : std::unexpected(checked.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    T object;
    std::memcpy(&object, bytes->data(), sizeof object);
    return object;
  }

  // Calls a function of the guest that hands bytes back, and checks that they are within its memory. They still belong
  // to the guest: get() reads them, adopt() takes them over.
  Result<MemoryRange> call(Func const& function, Returns returns, std::span<Val const> arguments) const;
  Result<MemoryRange> call(std::string_view exported, Returns returns, std::initializer_list<Val> arguments) const;

 private:
  friend class GuestBuffer;
  explicit GuestAllocator(std::shared_ptr<detail::AllocatorData> data) noexcept : data_(std::move(data)) {}
  template <class Find>
  static Result<GuestAllocator> make(Find&& find);
  Result<GuestBuffer> put_bytes(std::span<std::byte const> bytes, std::uint64_t alignment,
                                std::source_location const& where) const;
  Result<GuestBuffer> put_text(std::string_view text, std::source_location const& where) const;

  std::shared_ptr<detail::AllocatorData> data_;
};

namespace detail {

template <class T>
inline constexpr bool is_encoding = false;
template <class Format, class Held>
inline constexpr bool is_encoding<Encoding<Format, Held>> = true;

template <class T>
concept PlainRange = std::ranges::contiguous_range<T const> && std::ranges::sized_range<T const> &&
                     std::is_trivially_copyable_v<std::ranges::range_value_t<T const>>;

} // namespace detail

template <class T>
Result<GuestBuffer> GuestAllocator::put(T const& value, std::source_location where) const {
  if constexpr (detail::is_encoding<T>) {
    if constexpr (T::is_sized) {
      auto const size = value.format().encoded_size(value.value());
      if (!size.has_value()) {
        return std::unexpected(size.error());
      }
      auto buffer = allocate(*size);
      if (buffer.has_value()) {
        auto const done = buffer->with_mutable(
            [&](std::span<std::byte> bytes) { return value.format().encode_into(value.value(), bytes); }, where);
        if (!done.has_value()) {
          return std::unexpected(done.error());
        }
      }
      return buffer;
    } else {
      auto const bytes = encode(value);
      return bytes.has_value() ? put_bytes(*bytes, 1, where) : std::unexpected(bytes.error());
    }
  } else if constexpr (std::is_convertible_v<T const&, std::string_view>) {
    return put_text(value, where);
  } else if constexpr (detail::PlainRange<T>) {
    using Element = std::ranges::range_value_t<T const>;
    return put_bytes(std::as_bytes(std::span{std::ranges::data(value), std::ranges::size(value)}), alignof(Element),
                     where);
  } else {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_null_pointer_v<T>,
                  "this type cannot be copied byte by byte: put it through a codec, as in put(bincode(value))");
    return put_bytes(std::as_bytes(std::span{&value, 1}), alignof(T), where);
  }
}

} // namespace weir::exchange
