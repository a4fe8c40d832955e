// Paths of guests are UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::wasi {

// Longer paths are `nametoolong` before anything looks at them.
inline constexpr std::uint32_t max_path_bytes = 4095;

constexpr bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    auto const byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      ++i;
      continue;
    }
    std::size_t const length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (byte < 0xC2 || byte > 0xF4 || text.size() - i < length) {
      return false;
    }
    auto const second = static_cast<unsigned char>(text[i + 1]);
    unsigned const lowest = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    unsigned const highest = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    if (second < lowest || second > highest) {
      return false;
    }
    for (std::size_t k = 2; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

} // namespace weir::wasi
