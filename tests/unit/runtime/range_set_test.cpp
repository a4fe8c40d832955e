#include "runtime/range_set.hpp"

#include <bitset>
#include <random>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::runtime {
namespace {

constexpr std::uint64_t most = ~std::uint64_t{0};

TEST(RangeSet, MergesAndCuts) {
  RangeSet set;
  EXPECT_TRUE(set.is_empty());
  EXPECT_FALSE(set.contains({0, 1}));
  set.add({10, 10});
  set.add({30, 10});
  EXPECT_FALSE(set.contains({15, 20}));
  set.add({20, 10});
  EXPECT_EQ(set.all(), (std::vector<MemoryRange>{{10, 30}}));
  set.remove({15, 5});
  EXPECT_EQ(set.all(), (std::vector<MemoryRange>{{10, 5}, {20, 20}}));
  EXPECT_TRUE(set.contains({20, 20}));
  EXPECT_FALSE(set.contains({20, 21}));
  EXPECT_FALSE(set.contains({19, 2}));
  set.add({0, 0});
  set.remove({0, 0});
  EXPECT_EQ(set.all().size(), 2u);
}

TEST(RangeSet, EndsAtTheLastAddress) {
  RangeSet set;
  set.add({16, most});
  EXPECT_TRUE(set.contains({1000, 1000}));
  EXPECT_FALSE(set.contains({15, 2}));
  set.remove({32, most});
  EXPECT_EQ(set.all(), (std::vector<MemoryRange>{{16, 16}}));
}

// Against a set of single addresses.
TEST(RangeSet, DoesWhatSingleAddressesDo) {
  auto random = test::seeded_random();
  std::uniform_int_distribution<std::uint64_t> place{0, 50};
  for (int round = 0; round < 200; ++round) {
    RangeSet set;
    std::bitset<128> model;
    for (int step = 0; step < 20; ++step) {
      MemoryRange const range{place(random), place(random) % 20};
      bool const is_adding = place(random) % 3 != 0;
      is_adding ? set.add(range) : set.remove(range);
      for (std::uint64_t at = range.address; at < range.address + range.size; ++at) {
        model[at] = is_adding;
      }
      MemoryRange const asked{place(random), 1 + place(random) % 20};
      bool expected = true;
      for (std::uint64_t at = asked.address; at < asked.address + asked.size; ++at) {
        expected = expected && model[at];
      }
      ASSERT_EQ(set.contains(asked), expected) << asked.address << " + " << asked.size;
    }
    std::uint64_t total = 0;
    std::uint64_t last_end = 0;
    for (auto const& range : set.all()) {
      ASSERT_TRUE(total == 0 || range.address > last_end) << "ranges that touch are one";
      last_end = range.address + range.size;
      total += range.size;
    }
    ASSERT_EQ(total, model.count());
  }
}

} // namespace
} // namespace weir::runtime
