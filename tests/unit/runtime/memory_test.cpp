#include "runtime/memory.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "runtime/context.hpp"
#include "runtime/table.hpp"

namespace weir::runtime {
namespace {

constexpr std::uint64_t page = 65536;

MemoryType memory_type(std::uint64_t min, std::optional<std::uint64_t> max = std::nullopt) {
  MemoryType type;
  type.limits = {min, max};
  return type;
}

// Remembers the questions and gives prepared answers.
struct Recorder : ResourceLimiter {
  struct Question {
    std::uint64_t current;
    std::uint64_t desired;
    std::optional<std::uint64_t> maximum;
    bool operator==(Question const&) const = default;
  };
  std::vector<Question> asked;
  std::vector<std::string> failed;
  Result<bool> answer = true;
  Result<void> failure_answer;

  Result<bool> memory_growing(std::uint64_t current, std::uint64_t desired,
                              std::optional<std::uint64_t> maximum) override {
    asked.push_back({current, desired, maximum});
    return answer;
  }
  Result<bool> table_growing(std::uint64_t current, std::uint64_t desired,
                             std::optional<std::uint64_t> maximum) override {
    asked.push_back({current, desired, maximum});
    return answer;
  }
  Result<void> memory_grow_failed(Error const& why) override {
    failed.push_back(why.message());
    return failure_answer;
  }
  Result<void> table_grow_failed(Error const& why) override {
    failed.push_back(why.message());
    return failure_answer;
  }
};

TEST(Memory, GrowsInPlaceWithinItsReservation) {
  Resources resources;
  auto memory = create_memory(resources, memory_type(1, 10), std::uint64_t{4} << 30);
  ASSERT_TRUE(memory.has_value());
  auto& it = **memory;
  EXPECT_EQ(it.reserved, 10 * page) << "no more than the type permits";
  auto* const base = it.base;
  base[page - 1] = 9;
  EXPECT_EQ(*grow_memory(resources, it, 3), 1u);
  EXPECT_EQ(it.base, base);
  EXPECT_EQ(it.size, 4 * page);
  EXPECT_EQ(it.base[page - 1], 9);
  EXPECT_EQ(it.base[4 * page - 1], 0);
  EXPECT_EQ(it.generation, 1u);
  EXPECT_EQ(*grow_memory(resources, it, 0), 4u);
  EXPECT_EQ(it.generation, 1u);
  EXPECT_EQ(*grow_memory(resources, it, 6), 4u);
  EXPECT_FALSE(grow_memory(resources, it, 1).has_value());
  EXPECT_EQ(resources.in_use().total_memory, 10 * page);
}

TEST(Memory, MovesWhenItsReservationIsTooSmall) {
  Resources resources;
  auto memory = create_memory(resources, memory_type(1), 0);
  ASSERT_TRUE(memory.has_value());
  auto& it = **memory;
  InstanceContext context;
  it.contexts.push_back(&context);
  it.base[0] = 1;
  it.base[page - 1] = 2;
  ASSERT_EQ(*grow_memory(resources, it, 5), 1u);
  EXPECT_EQ(it.size, 6 * page);
  EXPECT_EQ(it.base[0], 1);
  EXPECT_EQ(it.base[page - 1], 2);
  EXPECT_EQ(it.base[6 * page - 1], 0);
  EXPECT_EQ(context.memory_base, it.base);
  EXPECT_EQ(context.memory_size, it.size);
}

// Of an access of so many bytes the first one must lie below its end.
TEST(Context, KnowsWhereAccessesEnd) {
  InstanceContext context;
  auto const ends = [&](std::uint64_t size) {
    context.set_memory(nullptr, size);
    return std::vector<std::uint64_t>(std::begin(context.access_ends), std::end(context.access_ends));
  };
  using Ends = std::vector<std::uint64_t>;
  EXPECT_EQ(ends(0), (Ends{0, 0, 0, 0}));
  EXPECT_EQ(ends(1), (Ends{1, 0, 0, 0}));
  EXPECT_EQ(ends(7), (Ends{7, 6, 4, 0}));
  EXPECT_EQ(ends(8), (Ends{8, 7, 5, 1}));
  EXPECT_EQ(ends(page), (Ends{page, page - 1, page - 3, page - 7}));
  EXPECT_EQ(ends(std::uint64_t{1} << 32), (Ends{1ull << 32, (1ull << 32) - 1, (1ull << 32) - 3, (1ull << 32) - 7}));
}

TEST(Memory, DoesNotMoveWhilePinned) {
  Resources resources;
  auto memory = create_memory(resources, memory_type(1), 2 * page);
  ASSERT_TRUE(memory.has_value());
  auto& it = **memory;
  ++it.pins;
  EXPECT_TRUE(grow_memory(resources, it, 1).has_value()) << "in place is fine";
  auto refused = grow_memory(resources, it, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().must_trap);
  --it.pins;
  EXPECT_TRUE(grow_memory(resources, it, 1).has_value());
}

TEST(Memory, TheLimiterIsAskedFirstAndAboutInitialSizesToo) {
  Resources resources;
  auto limiter = std::make_shared<Recorder>();
  resources.limiter = limiter;
  auto memory = create_memory(resources, memory_type(2, 3), 0);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(limiter->asked, (std::vector<Recorder::Question>{{0, 2 * page, 3 * page}}));
  limiter->asked.clear();

  EXPECT_TRUE(grow_memory(resources, **memory, 0).has_value());
  EXPECT_TRUE(limiter->asked.empty()) << "growing by 0 never asks";

  // Beyond the own maximum: asked all the same, then told of the failure.
  EXPECT_FALSE(grow_memory(resources, **memory, 2).has_value());
  EXPECT_EQ(limiter->asked, (std::vector<Recorder::Question>{{2 * page, 4 * page, 3 * page}}));
  EXPECT_EQ(limiter->failed.size(), 1u);

  // A refusal is no failure.
  limiter->answer = false;
  limiter->failed.clear();
  auto refused = grow_memory(resources, **memory, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().must_trap);
  EXPECT_TRUE(limiter->failed.empty());
  EXPECT_EQ((*memory)->size, 2 * page);

  // An error traps, and says what the limiter said.
  limiter->answer = std::unexpected(Error{ErrorKind::host, "not today"});
  refused = grow_memory(resources, **memory, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().must_trap);
  EXPECT_EQ(refused.error().error.message(), "not today");

  // The limiter may turn a failure into a trap.
  limiter->answer = true;
  limiter->failure_answer = std::unexpected(Error{ErrorKind::host, "enough"});
  refused = grow_memory(resources, **memory, 100);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().must_trap);
  EXPECT_EQ(refused.error().error.message(), "enough");
}

TEST(Memory, AHugeDeltaDoesNotWrapAround) {
  Resources resources;
  auto limiter = std::make_shared<Recorder>();
  resources.limiter = limiter;
  auto memory = create_memory(resources, memory_type(1), 0);
  ASSERT_TRUE(memory.has_value());
  EXPECT_FALSE(grow_memory(resources, **memory, ~std::uint64_t{0}).has_value());
  EXPECT_EQ(limiter->asked.back().desired, ~std::uint64_t{0}) << "saturated, never small";
  EXPECT_EQ((*memory)->size, page);
}

TEST(Memory, StoreLimits) {
  Resources resources;
  resources.limits.memory_size = 4 * page;
  resources.limits.total_memory = 6 * page;
  resources.limits.memories = 2;
  auto first = create_memory(resources, memory_type(2), 0);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(grow_memory(resources, **first, 2).has_value());
  auto refused = grow_memory(resources, **first, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().must_trap);
  EXPECT_EQ(refused.error().error.kind(), ErrorKind::limit);
  EXPECT_NE(
      refused.error().error.message().find("refused by StoreLimits::memory_size: asked 327680 bytes (5 pages), in use "
                                           "262144 bytes (4 pages), allowed 262144 bytes (4 pages)"),
      std::string::npos)
      << refused.error().error.message();

  auto too_big = create_memory(resources, memory_type(3), 0);
  ASSERT_FALSE(too_big.has_value());
  EXPECT_NE(
      too_big.error().message().find("StoreLimits::total_memory: asked 458752 bytes (7 pages), in use 262144 bytes"),
      std::string::npos)
      << too_big.error().message();
  auto second = create_memory(resources, memory_type(2), 0);
  ASSERT_TRUE(second.has_value());
  auto third = create_memory(resources, memory_type(0), 0);
  ASSERT_FALSE(third.has_value());
  EXPECT_NE(third.error().message().find("StoreLimits::memories: asked 3, in use 2, allowed 2"), std::string::npos)
      << third.error().message();

  resources.limits.trap_on_grow_failure = true;
  EXPECT_TRUE(grow_memory(resources, **first, 1).error().must_trap);
  EXPECT_TRUE(grow_memory(resources, **first, 0).has_value());
}

TEST(Memory, TrapOnGrowFailureCoversTheOwnMaximumAndTheSystem) {
  Resources resources;
  resources.limits.trap_on_grow_failure = true;
  auto memory = create_memory(resources, memory_type(1, 2), 0);
  ASSERT_TRUE(memory.has_value());
  auto refused = grow_memory(resources, **memory, 2);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().must_trap);

  platform::set_refuse_hook([]() noexcept { return true; });
  refused = grow_memory(resources, **memory, 1);
  platform::set_refuse_hook(nullptr);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().must_trap);
  EXPECT_EQ(refused.error().error.kind(), ErrorKind::out_of_memory);
  EXPECT_TRUE(grow_memory(resources, **memory, 1).has_value());
}

TEST(Memory, WithoutAddressSpaceTheInitialSizeIsEnough) {
  static int requests;
  requests = 0;
  platform::set_refuse_hook([]() noexcept { return ++requests == 1; });
  Resources resources;
  auto memory = create_memory(resources, memory_type(1), std::uint64_t{4} << 30);
  platform::set_refuse_hook(nullptr);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ((*memory)->reserved, page);
}

TEST(Memory, A65536PageMemoryIsLazy) {
  Resources resources;
  auto memory = create_memory(resources, memory_type(65536), 0);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ((*memory)->size, std::uint64_t{4} << 30);
  (*memory)->base[(std::uint64_t{4} << 30) - 1] = 1;
}

TEST(Table, GrowsAndAsks) {
  Resources resources;
  auto limiter = std::make_shared<Recorder>();
  resources.limiter = limiter;
  TableType type;
  type.limits = {2, 5};
  auto table = create_table(resources, type, 7);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(limiter->asked, (std::vector<Recorder::Question>{{0, 2, 5}}));
  EXPECT_EQ((*table)->elements, (std::vector<std::uint64_t>{7, 7}));
  limiter->asked.clear();
  EXPECT_EQ(*grow_table(resources, **table, 0, 0), 2u);
  EXPECT_TRUE(limiter->asked.empty());
  EXPECT_EQ(*grow_table(resources, **table, 3, 8), 2u);
  EXPECT_EQ((*table)->elements, (std::vector<std::uint64_t>{7, 7, 8, 8, 8}));
  EXPECT_FALSE(grow_table(resources, **table, 1, 0).has_value());
  EXPECT_EQ(limiter->asked.back(), (Recorder::Question{5, 6, 5}));
  EXPECT_EQ(limiter->failed.size(), 1u);
}

TEST(Table, OfFourBillionElementsIsALimitError) {
  Resources resources;
  TableType type;
  type.limits = {0xFFFFFFFF, std::nullopt};
  auto table = create_table(resources, type, 0);
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().kind(), ErrorKind::limit);
  type.limits.min = 1;
  auto small = create_table(resources, type, 0);
  ASSERT_TRUE(small.has_value());
  EXPECT_FALSE(grow_table(resources, **small, 0xFFFFFFFE, 0).has_value());
  EXPECT_FALSE(grow_table(resources, **small, ~std::uint64_t{0}, 0).has_value());
  resources.limits.table_elements = 10;
  EXPECT_TRUE(grow_table(resources, **small, 9, 0).has_value());
  auto refused = grow_table(resources, **small, 1, 0);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().error.message().find("StoreLimits::table_elements: asked 11 elements, in use 10 elements, "
                                                 "allowed 10 elements"),
            std::string::npos);
}

} // namespace
} // namespace weir::runtime
