// Guests built from source, as a stranger would get them: without names and without the linker's symbols.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/leb128.hpp"

namespace weir::test {

using Bytes = std::vector<std::uint8_t>;

inline std::optional<Bytes> read_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  return file ? std::optional{Bytes{std::istreambuf_iterator<char>{file}, {}}} : std::nullopt;
}

inline std::uint32_t take_u32(std::uint8_t const*& at, std::uint8_t const* end) {
  std::uint32_t value = 0;
  EXPECT_EQ(base::read_leb(at, end, value), base::LebStatus::ok);
  return value;
}

// The exports but those of the linker's own symbols.
inline Bytes without_symbols(std::uint8_t const* at, std::uint8_t const* end) {
  Bytes kept;
  std::uint32_t count = 0;
  for (std::uint32_t left = take_u32(at, end); left != 0; --left) {
    auto const* const begin = at;
    std::uint32_t const size = take_u32(at, end);
    std::string_view const name{reinterpret_cast<char const*>(at), size};
    at += size + 1;
    take_u32(at, end);
    if (!name.starts_with("__")) {
      kept.insert(kept.end(), begin, at);
      ++count;
    }
  }
  Bytes section;
  base::write_uleb(section, count);
  section.insert(section.end(), kept.begin(), kept.end());
  return section;
}

// The module without custom sections and without exports of the linker's symbols.
inline Bytes stripped(Bytes const& module) {
  constexpr std::uint8_t custom = 0;
  constexpr std::uint8_t exports = 7;
  Bytes out(module.begin(), module.begin() + 8);
  std::uint8_t const* at = module.data() + 8;
  std::uint8_t const* const end = module.data() + module.size();
  while (at != end) {
    std::uint8_t const id = *at++;
    std::uint32_t const size = take_u32(at, end);
    auto const section = id == exports ? without_symbols(at, at + size) : Bytes(at, at + size);
    at += size;
    if (id != custom) {
      out.push_back(id);
      base::write_uleb(out, section.size());
      out.insert(out.end(), section.begin(), section.end());
    }
  }
  return out;
}

} // namespace weir::test
