// Memory that the guest handed out, owned by the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/exchange/codec.hpp>
#include <weir/exchange/slice.hpp>
#include <weir/weir.hpp>

namespace weir::exchange {

namespace detail {
struct AllocatorData;
}

// Made by a GuestAllocator. Gives its memory back through the guest when it goes out of scope. It remembers pointer,
// size, alignment and allocator, and needs no store to be named: it finds the store wherever that was moved to, also
// inside host functions. It belongs to the store's thread.
//
// Destroy it before the store. One that outlives its store is harmless: the store took the memory with it, functions
// give an error of kind `usage`, and the destructor tells the Config's diagnostic sink. The sink also hears of a trap
// while the guest frees; nothing leaves the destructor. After the guest trapped in a call, release() buffers that the
// guest should not touch any more.
class WEIR_API GuestBuffer {
 public:
  GuestBuffer() noexcept = default; // owns nothing
  GuestBuffer(GuestBuffer&& other) noexcept;
  GuestBuffer& operator=(GuestBuffer&& other) noexcept;
  ~GuestBuffer();

  bool is_empty() const noexcept { return data_ == nullptr; } // owns nothing
  explicit operator bool() const noexcept { return !is_empty(); }
  std::uint64_t address() const noexcept { return address_; }
  std::uint64_t size() const noexcept { return size_; } // as asked for
  std::uint64_t alignment() const noexcept { return alignment_; }
  MemoryRange range() const noexcept { return {address_, size_}; }
  // The same as arguments for a guest with a 32-bit memory.
  std::uint32_t ptr() const noexcept { return static_cast<std::uint32_t>(address_); }
  std::uint32_t len() const noexcept { return static_cast<std::uint32_t>(size_); }

  // Bytes of the buffer, from `offset` on. Errors name the buffer and the range; nothing is written partly.
  Result<void> write(std::uint64_t offset, std::span<std::byte const> bytes,
                     std::source_location where = std::source_location::current()) const;
  Result<void> write(std::uint64_t offset, std::string_view text,
                     std::source_location where = std::source_location::current()) const;
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) const;
  Result<std::vector<std::byte>> copy_out() const;
  // All bytes, read-only and in place; notices a later growth of the memory.
  Result<CheckedRange> view() const;

  // One object, as the guest's compiler lays it out (little endian); it may be unaligned.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<void> set(std::uint64_t offset, T const& object,
                   std::source_location where = std::source_location::current()) const {
    return write(offset, std::as_bytes(std::span{&object, 1}), where);
  }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Result<T> get(std::uint64_t offset) const {
    T object;
    auto const done = read(offset, std::as_writable_bytes(std::span{&object, 1}));
    if (!done.has_value()) {
      return std::unexpected(done.error());
    }
    return object;
  }
  // What all the bytes encode.
  template <class T, class Format>
  Result<T> decode(Format const& format) const {
    auto const range = view();
    auto const bytes = range.has_value() ? range->bytes() : std::unexpected(range.error());
    if (!bytes.has_value()) {
      return std::unexpected(bytes.error());
    }
    return exchange::decode<T>(format, *bytes);
  }

  // Calls fn(std::span<std::byte>) with all bytes, to be written in place; see Memory::with_mutable.
  template <class F>
  auto with_mutable(F&& fn, std::source_location where = std::source_location::current()) const {
    using Given = std::invoke_result_t<F, std::span<std::byte>>;
    using Returned = std::conditional_t<weir::detail::is_result<Given>, Given, Result<Given>>;
    auto const store = context();
    if (!store.has_value()) {
      return Returned{std::unexpected(store.error())};
    }
    return memory().with_mutable(*store, address_, size_, std::forward<F>(fn), where);
  }

  // Changes the size and keeps the bytes, as far as both sizes go; the address may change. Through the guest's own
  // reallocation, if it exports one. On failure the buffer is as it was.
  Result<void> resize(std::uint64_t size);

  // Gives the memory back now. The buffer owns nothing afterwards, whatever the outcome.
  Result<void> free();
  // Hands the memory over to the guest, which owns it from now on. The buffer owns nothing afterwards.
  MemoryRange release() noexcept;

 private:
  friend class GuestAllocator;
  GuestBuffer(std::shared_ptr<detail::AllocatorData> data, MemoryRange range, std::uint64_t alignment) noexcept
      : data_(std::move(data)), address_(range.address), size_(range.size), alignment_(alignment) {}

  // The store as it is found now; an error when the buffer owns nothing or the store was destroyed.
  Result<StoreContext> context() const;
  Memory const& memory() const noexcept;
  Result<void> check(std::uint64_t offset, std::uint64_t size, char const* what) const;
  Result<void> move_to(std::uint64_t size);
  void forget() noexcept;
  void free_quietly() noexcept;

  std::shared_ptr<detail::AllocatorData> data_;
  std::uint64_t address_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t alignment_ = 1;
};

} // namespace weir::exchange
