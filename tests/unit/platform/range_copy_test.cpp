#include "platform/range_copy.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace weir::platform {
namespace {

std::vector<std::uint8_t> numbered(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

constexpr std::size_t middle = 300;

// Every length around the borders between ways of copying, with the destination on every side of the source.
TEST(RangeCopy, CopiesLikeMemmove) {
  for (std::size_t bytes :
       {0,   1,   2,   7,   16,  31,  32,  33,  34,  63,  64,  65,   66,   95,   96,   97,   127,  128,
        129, 200, 255, 256, 257, 639, 640, 641, 895, 896, 897, 1023, 1024, 1025, 2047, 2048, 2049, 3000}) {
    for (std::ptrdiff_t distance = -260; distance <= 260; ++distance) {
      auto seen = numbered(bytes + 2 * middle);
      auto expected = seen;
      copy_range(seen.data() + middle + distance, seen.data() + middle, bytes);
      std::memmove(expected.data() + middle + distance, expected.data() + middle, bytes);
      ASSERT_EQ(seen, expected) << bytes << " bytes, moved by " << distance;
      if (can_move_in_units(bytes)) {
        auto in_units = numbered(bytes + 2 * middle);
        copy_in_units(in_units.data() + middle + distance, in_units.data() + middle, bytes);
        ASSERT_EQ(in_units, expected) << bytes << " bytes in units, moved by " << distance;
      }
      if (can_move_in_lines(bytes)) {
        auto in_lines = numbered(bytes + 2 * middle);
        copy_in_lines(in_lines.data() + middle + distance, in_lines.data() + middle, bytes);
        ASSERT_EQ(in_lines, expected) << bytes << " bytes in lines, moved by " << distance;
      }
    }
  }
}

TEST(RangeCopy, FillsLikeMemset) {
  for (std::size_t bytes = 0; bytes < 2200; ++bytes) {
    auto seen = numbered(bytes + 80);
    auto expected = seen;
    fill_range(seen.data() + 41, static_cast<std::uint8_t>(bytes * 7), bytes);
    std::memset(expected.data() + 41, static_cast<std::uint8_t>(bytes * 7), bytes);
    ASSERT_EQ(seen, expected) << bytes << " bytes";
    if (can_move_in_units(bytes)) {
      auto in_units = numbered(bytes + 80);
      fill_in_units(in_units.data() + 41, static_cast<std::uint8_t>(bytes * 7), bytes);
      ASSERT_EQ(in_units, expected) << bytes << " bytes in units";
    }
    if (can_move_in_lines(bytes)) {
      auto in_lines = numbered(bytes + 80);
      fill_in_lines(in_lines.data() + 41, static_cast<std::uint8_t>(bytes * 7), bytes);
      ASSERT_EQ(in_lines, expected) << bytes << " bytes in lines";
    }
  }
}

TEST(RangeCopy, NothingAtNowhere) {
  copy_range(nullptr, nullptr, 0);
  fill_range(nullptr, 1, 0);
  std::vector<std::uint8_t> const bytes = numbered(3);
  std::vector<std::uint8_t> copy(3);
  copy_range(copy.data(), bytes.data(), 3);
  EXPECT_EQ(copy, bytes);
}

} // namespace
} // namespace weir::platform
