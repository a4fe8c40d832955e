#include "platform/virtual_memory.hpp"

#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::platform {
namespace {

TEST(Reservation, CommitsAtOnceAndLater) {
  std::size_t const page = page_bytes();
  auto reservation = Reservation::reserve(16 * page, 2 * page);
  ASSERT_NE(reservation.base(), nullptr);
  EXPECT_EQ(reservation.size(), 16 * page);
  EXPECT_EQ(reservation.committed(), 2 * page);
  for (std::size_t i = 0; i < 2 * page; i += 512) {
    EXPECT_EQ(reservation.base()[i], 0);
  }
  std::memset(reservation.base(), 0x5A, 2 * page);
  ASSERT_TRUE(reservation.commit(9 * page + 1));
  EXPECT_EQ(reservation.committed(), 10 * page);
  EXPECT_EQ(reservation.base()[2 * page - 1], 0x5A);
  EXPECT_EQ(reservation.base()[10 * page - 1], 0);
  reservation.base()[10 * page - 1] = 1;
  EXPECT_TRUE(reservation.commit(page)) << "never shrinks";
  EXPECT_EQ(reservation.committed(), 10 * page);
}

TEST(Reservation, RefusesWhatCannotBe) {
  std::size_t const page = page_bytes();
  auto reservation = Reservation::reserve(4 * page, page);
  ASSERT_NE(reservation.base(), nullptr);
  EXPECT_FALSE(reservation.commit(4 * page + 1));
  EXPECT_EQ(reservation.committed(), page);
  EXPECT_EQ(Reservation::reserve(~std::size_t{0}, 0).base(), nullptr);
  EXPECT_EQ(Reservation::reserve(page, 2 * page).base(), nullptr);
}

TEST(Reservation, OfNothingStillHasABase) {
  auto const reservation = Reservation::reserve(0, 0);
  EXPECT_NE(reservation.base(), nullptr);
  EXPECT_EQ(reservation.committed(), 0u);
}

TEST(Reservation, TakesManyGigabytesWithoutMemory) {
  auto reservation = Reservation::reserve(std::size_t{64} << 30, 0);
  ASSERT_NE(reservation.base(), nullptr);
  EXPECT_TRUE(reservation.commit(std::size_t{8} << 30));
  reservation.base()[(std::size_t{8} << 30) - 1] = 7;
}

// A released range may be given out again: it must look like a new one.
TEST(Reservation, ForgetsWhatItsRangeHeldBefore) {
  std::size_t const page = page_bytes();
  std::size_t const size = 1237 * page; // no other test uses it
  for (std::size_t const pages : {std::size_t{3}, std::size_t{3}, std::size_t{1}, std::size_t{5}, std::size_t{1237}}) {
    auto reservation = Reservation::reserve(size, pages * page);
    ASSERT_NE(reservation.base(), nullptr);
    EXPECT_EQ(reservation.size(), size);
    EXPECT_EQ(reservation.committed(), pages * page);
    for (std::size_t i = 0; i < pages; ++i) {
      EXPECT_EQ(reservation.base()[i * page], 0) << "page " << i << " of " << pages;
    }
    std::memset(reservation.base(), 0x5A, pages * page);
  }
}

// Small ranges in constant use keep their memory: more of them than that may be, all at once and one after the other.
TEST(Reservation, ForgetsWhatManySmallRangesHeldBefore) {
  std::size_t const page = page_bytes();
  std::size_t const size = 1236 * page;
  for (int round = 0; round < 4; ++round) {
    std::vector<Reservation> all;
    for (std::size_t i = 0; i < 20; ++i) {
      all.push_back(Reservation::reserve(size, (1 + i % 3) * page));
      ASSERT_NE(all.back().base(), nullptr);
    }
    for (auto const& one : all) {
      for (std::size_t i = 0; i < one.committed(); i += 64) {
        ASSERT_EQ(one.base()[i], 0) << "byte " << i << " in round " << round;
      }
      std::memset(one.base(), 0x5A, one.committed());
    }
  }
}

TEST(ReservationDeathTest, WhatIsNotCommittedCannotBeTouchedInARangeUsedBefore) {
  std::size_t const page = page_bytes();
  std::size_t const size = 1238 * page;
  {
    auto const first = Reservation::reserve(size, 4 * page);
  }
  auto const second = Reservation::reserve(size, page);
  ASSERT_NE(second.base(), nullptr);
  EXPECT_DEATH(*static_cast<std::uint8_t volatile*>(second.base() + page) = 1, "");
}

TEST(Reservation, IsReleasedOnce) {
  std::size_t const before = live_reservations();
  {
    auto first = Reservation::reserve(page_bytes(), page_bytes());
    auto second = std::move(first);
    EXPECT_EQ(first.base(), nullptr); // NOLINT(bugprone-use-after-move): that is the point
    EXPECT_EQ(live_reservations(), before + 1);
    Reservation third;
    third = std::move(second);
    EXPECT_EQ(live_reservations(), before + 1);
  }
  EXPECT_EQ(live_reservations(), before);
}

std::atomic<int> requests_until_refusal{0};
bool refuse_the_nth() noexcept { return --requests_until_refusal == 0; }

TEST(Reservation, SurvivesRefusal) {
  std::size_t const before = live_reservations();
  std::size_t const size = 1239 * page_bytes(); // no other test uses it, so that nothing is committed beforehand
  set_refuse_hook(&refuse_the_nth);
  requests_until_refusal = 1; // the mapping
  EXPECT_EQ(Reservation::reserve(size, page_bytes()).base(), nullptr);
  requests_until_refusal = 2; // committing its first page
  EXPECT_EQ(Reservation::reserve(size, page_bytes()).base(), nullptr);
  EXPECT_EQ(live_reservations(), before);
  requests_until_refusal = 3; // committing more
  auto reservation = Reservation::reserve(size, page_bytes());
  ASSERT_NE(reservation.base(), nullptr);
  EXPECT_FALSE(reservation.commit(2 * page_bytes()));
  EXPECT_TRUE(reservation.commit(2 * page_bytes()));
  set_refuse_hook(nullptr);
}

TEST(LargePages, CanBeWrittenAndRefused) {
  constexpr std::size_t size = 4u << 20;
  auto first = LargePages::allocate(size);
  ASSERT_NE(first.base(), nullptr);
  auto* const bytes = static_cast<unsigned char*>(first.base());
  EXPECT_EQ(bytes[0] + bytes[size / 2] + bytes[size - 1], 0);
  std::memset(bytes, 0x5A, size);
  auto second = std::move(first);
  EXPECT_EQ(first.base(), nullptr); // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_EQ(second.base(), bytes);
  EXPECT_EQ(bytes[size - 1], 0x5A);
  set_refuse_hook(&refuse_the_nth);
  requests_until_refusal = 1;
  second = LargePages::allocate(size);
  set_refuse_hook(nullptr);
  EXPECT_EQ(second.base(), nullptr);
}

} // namespace
} // namespace weir::platform
