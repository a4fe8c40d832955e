#include "runtime/read_only.hpp"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::runtime {
namespace {

// Against a set of single bytes.
TEST(ReadOnlyRanges, AgreesWithASetOfBytes) {
  auto random = test::seeded_random();
  constexpr std::uint64_t size = 100;
  auto const draw = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>{0, most}(random); };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::byte> memory(size);
    for (auto& each : memory) {
      each = static_cast<std::byte>(draw(255));
    }
    ReadOnlyRanges ranges;
    std::set<std::uint64_t> bytes;
    for (int step = 0; step < 12; ++step) {
      std::uint64_t const address = draw(size - 1);
      std::uint64_t const length = draw(size - address);
      bool const is_added = draw(2) != 0;
      is_added ? ranges.add({address, length}, memory) : ranges.remove({address, length});
      for (std::uint64_t i = address; i < address + length; ++i) {
        is_added ? (void)bytes.insert(i) : (void)bytes.erase(i);
      }
    }
    std::set<std::uint64_t> found;
    for (auto const& range : ranges.all()) {
      EXPECT_NE(range.size, 0u);
      for (std::uint64_t i = 0; i < range.size; ++i) {
        EXPECT_TRUE(found.insert(range.address + i).second) << "twice";
      }
    }
    ASSERT_EQ(found, bytes);
    EXPECT_EQ(ranges.is_empty(), bytes.empty());
    EXPECT_FALSE(ranges.find_change(memory).has_value());
    std::uint64_t const place = draw(size - 1);
    auto const old = memory[place];
    memory[place] ^= std::byte{1};
    auto const change = ranges.find_change(memory);
    ASSERT_EQ(change.has_value(), bytes.contains(place));
    if (change.has_value()) {
      EXPECT_EQ(change->range.address, place);
      EXPECT_EQ(change->range.size, 1u);
      EXPECT_EQ(change->was[0], old);
      ranges.accept(change->range, memory);
      EXPECT_FALSE(ranges.find_change(memory).has_value());
    }
  }
}

TEST(ReadOnlyRanges, FromTheFirstChangeToTheLast) {
  std::vector<std::byte> memory(64);
  ReadOnlyRanges ranges;
  ranges.add({8, 32}, memory);
  ranges.remove({0, 0});
  ranges.remove({100, ~std::uint64_t{0}});
  for (std::size_t const at : {7, 10, 30, 40}) {
    memory[at] = std::byte{1};
  }
  auto const change = ranges.find_change(memory);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->range.address, 10u);
  EXPECT_EQ(change->range.size, 21u);
  ranges.remove({0, ~std::uint64_t{0}});
  EXPECT_TRUE(ranges.is_empty());
}

} // namespace
} // namespace weir::runtime
