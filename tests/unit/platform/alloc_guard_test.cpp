#include "platform/alloc_guard.hpp"

#include <atomic>
#include <new>
#include <vector>

#include <gtest/gtest.h>

#include "platform/clock.hpp"
#include "platform/threads.hpp"

namespace weir::platform {
namespace {

TEST(AllocGuard, PassesResultsThrough) {
  EXPECT_EQ(guard_allocation([] { return 7; }, [] { return -1; }), 7);
  EXPECT_TRUE(had_memory([] {}));
}

TEST(AllocGuard, TurnsFailureIntoAResult) {
  EXPECT_EQ(guard_allocation([]() -> int { throw std::bad_alloc{}; }, [] { return -1; }), -1);
  volatile std::size_t const too_long = ~std::size_t{0}; // more than max_size()
  EXPECT_FALSE(had_memory([&] { std::vector<char>{}.reserve(too_long); }));
}

TEST(AllocGuard, RunsDestructorsOnTheWay) {
  struct Counter {
    int& count;
    ~Counter() { ++count; }
  };
  int count = 0;
  EXPECT_FALSE(had_memory([&] {
    Counter const counter{count};
    throw std::bad_alloc{};
  }));
  EXPECT_EQ(count, 1);
}

TEST(Threads, DoEveryPieceOnce) {
  std::vector<std::atomic<int>> done(9);
  run_parallel(9, [&](unsigned i) { ++done[i]; });
  for (auto const& each : done) {
    EXPECT_EQ(each, 1);
  }
  run_parallel(0, [](unsigned) { FAIL(); });
  EXPECT_GE(core_count(), 1u);
}

TEST(Clock, NeverGoesBack) {
  auto const before = monotonic_ns();
  EXPECT_GE(monotonic_ns(), before);
}

} // namespace
} // namespace weir::platform
