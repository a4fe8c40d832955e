// The calling guest's memory, as WASI functions see it: every access checked, none of them aligned.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weir::wasi {

// Good for the length of one host call. Empty when the guest has no memory: then every access is a fault.
class GuestMemory {
 public:
  GuestMemory() noexcept = default;
  GuestMemory(std::byte* data, std::uint64_t size) noexcept : data_(data), size_(size) {}

  std::uint64_t size() const noexcept { return size_; }
  bool contains(std::uint64_t address, std::uint64_t bytes) const noexcept {
    return address <= size_ && bytes <= size_ - address;
  }

  // Precondition of all the rest: the range is inside.
  std::span<std::byte> bytes(std::uint64_t address, std::uint64_t count) const noexcept {
    return {data_ + address, static_cast<std::size_t>(count)};
  }
  std::string_view text(std::uint64_t address, std::uint64_t count) const noexcept {
    return {reinterpret_cast<char const*>(data_ + address), static_cast<std::size_t>(count)};
  }
  template <std::unsigned_integral T>
  T load(std::uint64_t address) const noexcept {
    T value;
    std::memcpy(&value, data_ + address, sizeof value);
    return little_endian(value);
  }
  template <std::unsigned_integral T>
  void store(std::uint64_t address, T value) const noexcept {
    value = little_endian(value);
    std::memcpy(data_ + address, &value, sizeof value);
  }
  void copy_in(std::uint64_t address, std::string_view text) const noexcept {
    if (!text.empty()) {
      std::memcpy(data_ + address, text.data(), text.size());
    }
  }
  void clear(std::uint64_t address, std::uint64_t count) const noexcept {
    std::memset(data_ + address, 0, static_cast<std::size_t>(count));
  }

 private:
  template <std::unsigned_integral T>
  static T little_endian(T value) noexcept {
    if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
      return value;
    } else {
      return std::byteswap(value);
    }
  }

  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

} // namespace weir::wasi
