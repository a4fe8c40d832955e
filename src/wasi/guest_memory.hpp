// The calling guest's memory, as WASI functions see it: every access checked, none of them aligned.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "wasi/write_log.hpp"

namespace weir::wasi {

// Good for the length of one host call. Empty when the guest has no memory: then every access is a fault.
class GuestMemory {
 public:
  GuestMemory() noexcept = default;
  // `log` hears of every write; null: nobody needs to.
  GuestMemory(std::byte* data, std::uint64_t size, WriteLog* log = nullptr) noexcept
      : data_(data), size_(size), log_(log) {}

  std::uint64_t size() const noexcept { return size_; }
  bool contains(std::uint64_t address, std::uint64_t bytes) const noexcept {
    return address <= size_ && bytes <= size_ - address;
  }

  // Precondition of all the rest: the range is inside.
  // What is written to these bytes must be told to wrote().
  std::span<std::byte> bytes(std::uint64_t address, std::uint64_t count) const noexcept {
    return {data_ + address, static_cast<std::size_t>(count)};
  }
  void wrote(void const* where, std::uint64_t count) const noexcept {
    note(static_cast<std::uint64_t>(static_cast<std::byte const*>(where) - data_), count);
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
    note(address, sizeof value);
  }
  void copy_in(std::uint64_t address, std::string_view text) const noexcept {
    if (!text.empty()) {
      std::memcpy(data_ + address, text.data(), text.size());
      note(address, text.size());
    }
  }
  void clear(std::uint64_t address, std::uint64_t count) const noexcept {
    std::memset(data_ + address, 0, static_cast<std::size_t>(count));
    note(address, count);
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

  void note(std::uint64_t address, std::uint64_t count) const noexcept {
    if (log_ != nullptr) {
      log_->add(address, count);
    }
  }

  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
  WriteLog* log_ = nullptr;
};

} // namespace weir::wasi
