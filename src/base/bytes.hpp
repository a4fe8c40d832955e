// Byte spans and unaligned little-endian access.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace weir::base {

using ByteSpan = std::span<std::uint8_t const>;

inline ByteSpan as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteSpan bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// Reads a T stored in little-endian order at `at`, which may be unaligned.
template <class T>
  requires std::is_trivially_copyable_v<T>
inline T load_le(void const* at) noexcept {
  static_assert(std::endian::native == std::endian::little, "big-endian hosts need byte swaps here");
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <class T>
  requires std::is_trivially_copyable_v<T>
inline void store_le(void* at, T value) noexcept {
  std::memcpy(at, &value, sizeof(T));
}

} // namespace weir::base
