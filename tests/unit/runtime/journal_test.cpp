#include "runtime/journal.hpp"

#include <string>

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

constexpr char const* api = "write";
constexpr char const* other = "other";
constexpr auto here = std::source_location::current();
constexpr auto elsewhere = std::source_location::current();

std::string preview(WriteJournal::Entry const* entry) {
  auto const bytes = entry->first_bytes();
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

TEST(WriteJournal, FindsTheNewestWriteThatTouchesARange) {
  WriteJournal journal;
  EXPECT_EQ(journal.find(0, ~std::uint64_t{0}), nullptr);
  journal.record(100, 50, api, here, nullptr);
  journal.record(120, 10, api, here, nullptr);
  journal.record(0, 10, api, here, nullptr);
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
  journal.record(0, 8, api, here, nullptr);
  journal.record(8, 8, api, here, nullptr);
  journal.record(16, 8, api, here, nullptr);
  EXPECT_EQ(journal.find(20, 1)->address, 0u);
  EXPECT_EQ(journal.find(20, 1)->size, 24u);
  EXPECT_EQ(journal.find(20, 1)->order, 3u);
  journal.record(24, 8, other, here, nullptr);
  EXPECT_EQ(journal.find(24, 1)->address, 24u) << "by another function";
  // A counter that is written over and over takes one entry.
  for (int i = 0; i < 1000; ++i) {
    journal.record(500, 4, api, here, nullptr);
  }
  EXPECT_EQ(journal.find(0, 1)->size, 24u);
  EXPECT_EQ(journal.find(0, 1)->writes, 3u);
  EXPECT_EQ(journal.find(500, 1)->writes, 1000u);
  journal.record(504, 4, api, elsewhere, nullptr);
  EXPECT_EQ(journal.find(504, 1)->address, 504u) << "by another line";
  EXPECT_EQ(journal.find(504, 1)->where.line(), elsewhere.line());
}

TEST(WriteJournal, ShowsHowTheBytesBegin) {
  WriteJournal journal;
  journal.record(0, 20, api, here, "0123456789abcdefghij");
  EXPECT_EQ(preview(journal.find(0, 1)), "0123456789abcdef");
  journal.record(0, 20, api, here, "ABCDEFGHIJKLMNOPQRST");
  EXPECT_EQ(preview(journal.find(0, 1)), "ABCDEFGHIJKLMNOP") << "the newest bytes of the same range";
  journal.record(100, 3, api, here, "abc");
  EXPECT_EQ(preview(journal.find(100, 1)), "abc");
  journal.record(103, 4, api, here, "defg");
  journal.record(107, 40, api, here, "hijklmnopqrstuvwxyzhijklmnopqrstuvwxyz01");
  EXPECT_EQ(preview(journal.find(100, 1)), "abcdefghijklmnop");
}

TEST(WriteJournal, LearnsLaterWhatWasWritten) {
  WriteJournal journal;
  journal.complete(0, 4, "none");
  journal.record(8, 8, api, here, nullptr);
  EXPECT_EQ(preview(journal.find(8, 1)), "");
  journal.complete(0, 8, "01234567");
  EXPECT_EQ(preview(journal.find(8, 1)), "") << "of another range";
  journal.complete(8, 8, "abcdefgh");
  EXPECT_EQ(preview(journal.find(8, 1)), "abcdefgh");
  journal.record(16, 4, api, here, nullptr);
  journal.record(20, 4, api, here, "5678");
  EXPECT_EQ(preview(journal.find(8, 1)), "abcdefgh") << "no bytes are shown behind a gap";
}

TEST(WriteJournal, ForgetsTheOldest) {
  WriteJournal journal;
  for (std::uint64_t i = 0; i < 65; ++i) {
    journal.record(i * 100, 10, api, here, nullptr);
  }
  EXPECT_EQ(journal.find(0, 10), nullptr);
  ASSERT_NE(journal.find(100, 10), nullptr);
  EXPECT_EQ(journal.find(6400, 10)->order, 65u);
}

} // namespace
} // namespace weir::runtime
