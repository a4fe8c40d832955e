#include "runtime/budget.hpp"

#include <gtest/gtest.h>

#include "platform/clock.hpp"

namespace weir::runtime {
namespace {

TEST(Budget, WithoutFuelASliceFollowsAnother) {
  ExecutionState execution;
  std::int64_t budget = -5;
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::none);
  EXPECT_EQ(budget, budget_slice);
}

TEST(Budget, FuelIsExactAcrossSlices) {
  ExecutionState execution;
  execution.fuel_on = true;
  std::int64_t budget = 0;
  std::uint64_t const fuel = 3 * static_cast<std::uint64_t>(budget_slice) + 17;
  set_fuel(execution, budget, fuel);
  EXPECT_EQ(fuel_left(execution, budget), fuel);
  // Spend in odd pieces until it is out; what was spent must be what was given.
  std::uint64_t spent = 0;
  for (;;) {
    budget -= 7;
    if (budget < 0 && refill_budget(execution, budget) != TrapReason::none) {
      break;
    }
    spent += 7;
    ASSERT_EQ(fuel_left(execution, budget), fuel - spent);
  }
  EXPECT_EQ(spent, fuel / 7 * 7);
  EXPECT_EQ(fuel_left(execution, budget), 0u);
}

TEST(Budget, NoFuelMeansNotOneInstruction) {
  ExecutionState execution;
  execution.fuel_on = true;
  std::int64_t budget = 0;
  set_fuel(execution, budget, 0);
  budget -= 1;
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::out_of_fuel);
}

TEST(Budget, AllTheFuelInTheWorld) {
  ExecutionState execution;
  execution.fuel_on = true;
  std::int64_t budget = 0;
  set_fuel(execution, budget, ~std::uint64_t{0});
  EXPECT_EQ(fuel_left(execution, budget), most_fuel);
}

TEST(Budget, AnInterruptionIsAnsweredOnce) {
  ExecutionState execution;
  std::int64_t budget = -1;
  execution.interrupt = true;
  execution.interrupt = true;
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::interrupted);
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::none);
}

TEST(Budget, ADeadlineStays) {
  ExecutionState execution;
  std::int64_t budget = -1;
  execution.has_deadline = true;
  execution.deadline_ns = platform::monotonic_ns() + std::uint64_t{3600} * 1000000000;
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::none);
  execution.deadline_ns = platform::monotonic_ns();
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::deadline_reached);
  EXPECT_EQ(refill_budget(execution, budget), TrapReason::deadline_reached);
}

} // namespace
} // namespace weir::runtime
