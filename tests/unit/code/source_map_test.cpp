#include "code/source_map.hpp"

#include <map>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::code {
namespace {

TEST(SourceMap, IsEmptyAtFirst) {
  SourceMap const map;
  EXPECT_EQ(map.find(0), std::nullopt);
  EXPECT_EQ(map.find(0xFFFFFFFF), std::nullopt);
  EXPECT_EQ(map.bytes(), 0u);
}

TEST(SourceMap, FindsTheEntryAtOrBefore) {
  SourceMap map;
  map.add(3, 100);
  map.add(5, 90); // offsets may go back
  map.add(9, 4000000000);
  EXPECT_EQ(map.find(2), std::nullopt);
  EXPECT_EQ(map.find(3), 100u);
  EXPECT_EQ(map.find(4), 100u);
  EXPECT_EQ(map.find(5), 90u);
  EXPECT_EQ(map.find(8), 90u);
  EXPECT_EQ(map.find(9), 4000000000u);
  EXPECT_EQ(map.find(0xFFFFFFFF), 4000000000u);
}

TEST(SourceMap, TakesTwoBytesForNeighbours) {
  SourceMap map;
  for (std::uint32_t i = 0; i < 100; ++i) map.add(i * 3, i * 2);
  EXPECT_EQ(map.bytes(), 200u);
}

TEST(SourceMap, ForgetsEverythingWhenCleared) {
  SourceMap map;
  map.add(1000, 1000);
  map.clear();
  EXPECT_EQ(map.bytes(), 0u);
  EXPECT_EQ(map.find(2000), std::nullopt);
  map.add(1, 2);
  map.shrink_to_fit();
  EXPECT_EQ(map.find(1), 2u);
  EXPECT_EQ(map.find(0), std::nullopt);
}

TEST(SourceMap, TakesItsNewestEntryBack) {
  SourceMap map;
  map.add(3, 100);
  map.add(7, 60);
  EXPECT_EQ(map.take_back(), 60u);
  EXPECT_FALSE(map.ends_at(7));
  EXPECT_TRUE(map.ends_at(3));
  EXPECT_EQ(map.find(7), 100u);
  map.add(6, 4000000000);
  EXPECT_EQ(map.find(5), 100u);
  EXPECT_EQ(map.find(6), 4000000000u);
}

TEST(SourceMap, AgreesWithAnOrderedMap) {
  auto random = test::seeded_random();
  for (int round = 0; round < 50; ++round) {
    SourceMap map;
    std::map<std::uint32_t, std::uint32_t> expected;
    std::uint64_t word = 0;
    while (expected.size() < 200) {
      word += 1 + (random() >> (36 + random() % 28)) % 0x1000000;
      auto const offset = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
      map.add(static_cast<std::uint32_t>(word), offset);
      expected.emplace(static_cast<std::uint32_t>(word), offset);
    }
    for (int i = 0; i < 200; ++i) {
      auto const at = static_cast<std::uint32_t>(random() % (word + 100));
      auto const next = expected.upper_bound(at);
      std::optional<std::uint32_t> want;
      if (next != expected.begin()) want = std::prev(next)->second;
      ASSERT_EQ(map.find(at), want) << at;
    }
    for (auto const& [each, offset] : expected) ASSERT_EQ(map.find(each), offset);
  }
}

} // namespace
} // namespace weir::code
