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
  EXPECT_TRUE(map.entries().empty());
  EXPECT_TRUE(SourceMapBuilder{}.map().entries().empty());
}

TEST(SourceMap, FindsTheEntryAtOrBefore) {
  SourceMapBuilder builder;
  builder.add(3, 100);
  builder.add(5, 90); // offsets may go back
  builder.add(9, 4000000000);
  SourceMap const map = builder.map();
  EXPECT_EQ(map.find(2), std::nullopt);
  EXPECT_EQ(map.find(3), 100u);
  EXPECT_EQ(map.find(4), 100u);
  EXPECT_EQ(map.find(5), 90u);
  EXPECT_EQ(map.find(8), 90u);
  EXPECT_EQ(map.find(9), 4000000000u);
  EXPECT_EQ(map.find(0xFFFFFFFF), 4000000000u);
}

TEST(SourceMap, TakesTwoBytesForNeighbours) {
  SourceMapBuilder builder;
  for (std::uint32_t i = 0; i < 100; ++i) builder.add(i * 3, i * 2);
  EXPECT_EQ(builder.map().entries().size(), 200u);
}

TEST(SourceMap, ForgetsEverythingWhenCleared) {
  SourceMapBuilder builder;
  builder.add(1000, 1000);
  builder.clear();
  EXPECT_TRUE(builder.map().entries().empty());
  EXPECT_FALSE(builder.ends_at(1000));
  EXPECT_EQ(builder.map().find(2000), std::nullopt);
  builder.add(1, 2);
  EXPECT_EQ(builder.map().find(1), 2u);
  EXPECT_EQ(builder.map().find(0), std::nullopt);
}

TEST(SourceMap, AddsWhatIsWanted) {
  SourceMapBuilder builder;
  builder.add_if(false, 1, 10);
  EXPECT_FALSE(builder.ends_at(1));
  builder.add_if(true, 2, 20);
  builder.add_if(false, 3, 30);
  EXPECT_TRUE(builder.ends_at(2));
  EXPECT_EQ(builder.map().find(1), std::nullopt);
  EXPECT_EQ(builder.map().find(3), 20u);
}

TEST(SourceMap, TakesItsNewestEntryBack) {
  SourceMapBuilder builder;
  builder.add(3, 100);
  builder.add(7, 60);
  EXPECT_EQ(builder.take_back(), 60u);
  EXPECT_FALSE(builder.ends_at(7));
  EXPECT_TRUE(builder.ends_at(3));
  EXPECT_EQ(builder.map().find(7), 100u);
  builder.add(6, 4000000000);
  EXPECT_EQ(builder.map().find(5), 100u);
  EXPECT_EQ(builder.map().find(6), 4000000000u);
}

TEST(SourceMap, AgreesWithAnOrderedMap) {
  auto random = test::seeded_random();
  for (int round = 0; round < 50; ++round) {
    SourceMapBuilder builder;
    std::map<std::uint32_t, std::uint32_t> expected;
    std::uint64_t word = 0;
    while (expected.size() < 200) {
      word += 1 + (random() >> (36 + random() % 28)) % 0x1000000;
      auto const offset = static_cast<std::uint32_t>(random() >> (32 + random() % 32));
      builder.add(static_cast<std::uint32_t>(word), offset);
      expected.emplace(static_cast<std::uint32_t>(word), offset);
    }
    SourceMap const map = builder.map();
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
