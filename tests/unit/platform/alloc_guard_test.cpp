#include "platform/alloc_guard.hpp"

#include <atomic>
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
  // More than any address space holds, and more than max_size(). The data is looked at, or the compiler may do without.
  volatile std::size_t much = std::size_t{1} << 60;
  char const* volatile data = nullptr;
  EXPECT_EQ(guard_allocation(
                [&] {
                  std::vector<char> const v(much);
                  data = v.data();
                  return static_cast<int>(v.size());
                },
                [] { return -1; }),
            -1);
  much = ~std::size_t{0};
  EXPECT_FALSE(had_memory([&] { std::vector<char>{}.reserve(much); }));
  EXPECT_EQ(data, nullptr);
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
