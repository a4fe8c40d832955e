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
constexpr std::size_t longest = 1100;

using Copy = void (*)(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes);
using Fill = void (*)(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes);

// Compares with memmove, with the destination on every side of the source and every way aligned.
void expect_copies(Copy copy, std::size_t bytes) {
  for (std::ptrdiff_t distance = -260; distance <= 260; ++distance) {
    for (std::size_t const start : {middle, middle + 13}) {
      auto seen = numbered(bytes + 2 * middle + 13);
      auto expected = seen;
      copy(seen.data() + start + distance, seen.data() + start, bytes);
      std::memmove(expected.data() + start + distance, expected.data() + start, bytes);
      ASSERT_EQ(seen, expected) << bytes << " bytes from " << start << ", moved by " << distance;
    }
  }
}

void expect_fills(Fill fill, std::size_t bytes) {
  for (std::size_t start = 64; start < 130; ++start) {
    auto seen = numbered(bytes + 200);
    auto expected = seen;
    fill(seen.data() + start, static_cast<std::uint8_t>(bytes * 7 + 1), bytes);
    std::memset(expected.data() + start, static_cast<std::uint8_t>(bytes * 7 + 1), bytes);
    ASSERT_EQ(seen, expected) << bytes << " bytes at " << start;
  }
}

TEST(RangeCopy, MovesFewBytes) {
  for (std::size_t bytes = 0; bytes <= small_bytes; ++bytes) {
    expect_copies(copy_small, bytes);
    expect_fills(fill_small, bytes);
  }
}

template <std::uint64_t Unit>
void expect_moves_in_units() {
  Copy const copy_if_it_may = [](std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) {
    if (is_close_below<Unit>(reinterpret_cast<std::uintptr_t>(to), reinterpret_cast<std::uintptr_t>(from))) {
      std::memmove(to, from, bytes);
    } else {
      copy_units<Unit>(to, from, bytes);
    }
  };
  for (std::size_t bytes = small_bytes + 1; bytes <= longest; bytes += bytes < 5 * Unit ? 1 : 29) {
    expect_copies(copy_if_it_may, bytes);
    expect_fills(fill_units<Unit>, bytes);
  }
}

// On every processor: without the vectors a unit is moved in parts, and nothing else differs.
TEST(RangeCopy, MovesInUnitsOf32) { expect_moves_in_units<32>(); }
TEST(RangeCopy, MovesInUnitsOf64) { expect_moves_in_units<64>(); }

TEST(RangeCopy, OnlyADistanceOfLessThanAUnitIsClose) {
  EXPECT_TRUE(is_close_below<32>(1000, 1001));
  EXPECT_TRUE(is_close_below<32>(1000, 1031));
  EXPECT_FALSE(is_close_below<32>(1000, 1032));
  EXPECT_FALSE(is_close_below<32>(1000, 1000));
  EXPECT_FALSE(is_close_below<32>(1001, 1000));
  EXPECT_TRUE(is_close_below<64>(1000, 1063));
  EXPECT_FALSE(is_close_below<64>(1000, 1064));
}

TEST(RangeCopy, ThisProcessorPrefersAUnitThatThereIs) {
  auto const unit = preferred_unit();
  EXPECT_TRUE(unit == 0 || unit == 32 || unit == 64) << unit;
}

} // namespace
} // namespace weir::platform
