#include "runtime/journal.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

constexpr char const* api = "write";
constexpr char const* other = "other";

TEST(WriteJournal, FindsTheNewestWriteThatTouchesARange) {
  WriteJournal journal;
  EXPECT_EQ(journal.find(0, ~std::uint64_t{0}), nullptr);
  journal.record(100, 50, api);
  journal.record(120, 10, api);
  journal.record(0, 10, api);
  ASSERT_NE(journal.find(125, 4), nullptr);
  EXPECT_EQ(journal.find(125, 4)->address, 120u);
  EXPECT_EQ(journal.find(140, 4)->address, 100u);
  EXPECT_EQ(journal.find(149, 1)->address, 100u);
  EXPECT_EQ(journal.find(96, 5)->address, 100u) << "one byte in common";
  EXPECT_EQ(journal.find(96, 4), nullptr);
  EXPECT_EQ(journal.find(150, 100), nullptr);
  EXPECT_EQ(journal.find(0, 1)->order, 3u);
}

TEST(WriteJournal, MergesWhatBelongsTogether) {
  WriteJournal journal;
  journal.record(0, 8, api);
  journal.record(8, 8, api);
  journal.record(16, 8, api);
  EXPECT_EQ(journal.find(20, 1)->address, 0u);
  EXPECT_EQ(journal.find(20, 1)->size, 24u);
  EXPECT_EQ(journal.find(20, 1)->order, 3u);
  journal.record(24, 8, other);
  EXPECT_EQ(journal.find(24, 1)->address, 24u) << "by another function";
  // A counter that is written over and over takes one entry.
  for (int i = 0; i < 1000; ++i) {
    journal.record(500, 4, api);
  }
  EXPECT_EQ(journal.find(0, 1)->size, 24u);
}

TEST(WriteJournal, ForgetsTheOldest) {
  WriteJournal journal;
  for (std::uint64_t i = 0; i < 65; ++i) {
    journal.record(i * 100, 10, api);
  }
  EXPECT_EQ(journal.find(0, 10), nullptr);
  ASSERT_NE(journal.find(100, 10), nullptr);
  EXPECT_EQ(journal.find(6400, 10)->order, 65u);
}

} // namespace
} // namespace weir::runtime
