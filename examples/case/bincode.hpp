// Strings as bincode 1.3 serialises them: 8 bytes of length, little endian, then the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

inline std::string bincode_string(std::string_view text) {
  std::string bytes;
  bytes.reserve(8 + text.size());
  std::uint64_t length = text.size();
  for (int i = 0; i < 8; ++i, length >>= 8) {
    bytes.push_back(static_cast<char>(length & 0xff));
  }
  bytes.append(text);
  return bytes;
}

// The case's strings: n KiB of 'A'.
inline std::string bincode_of_kib(std::uint32_t n) { return bincode_string(std::string(std::size_t{n} * 1024, 'A')); }
