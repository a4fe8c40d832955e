#include "runtime/budget.hpp"

#include <algorithm>

#include "platform/clock.hpp"

namespace weir::runtime {

std::uint64_t fuel_left(ExecutionState const& execution, std::int64_t budget) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(execution.fuel_left + budget, 0));
}

void set_fuel(ExecutionState& execution, std::int64_t& budget, std::uint64_t fuel) noexcept {
  auto const all = static_cast<std::int64_t>(std::min(fuel, most_fuel));
  budget = std::min(all, budget_slice);
  execution.fuel_left = all - budget;
  execution.fuel_given = all;
}

TrapReason stop_if_due(ExecutionState& execution) noexcept {
  if (execution.interrupt.load(std::memory_order_relaxed) &&
      execution.interrupt.exchange(false, std::memory_order_acq_rel)) {
    return TrapReason::interrupted;
  }
  if (execution.has_deadline && platform::monotonic_ns() >= execution.deadline_ns) {
    return TrapReason::deadline_reached;
  }
  return TrapReason::none;
}

TrapReason refill_budget(ExecutionState& execution, std::int64_t& budget) noexcept {
  if (auto const stop = stop_requested(execution); stop != TrapReason::none) {
    return stop;
  }
  if (!execution.fuel_on) {
    budget = budget_slice;
    return TrapReason::none;
  }
  std::int64_t const all = execution.fuel_left + budget;
  if (all < 0) {
    execution.fuel_left = 0;
    execution.fuel_short = -all;
    budget = 0;
    return TrapReason::out_of_fuel;
  }
  budget = std::min(all, budget_slice);
  execution.fuel_left = all - budget;
  return TrapReason::none;
}

} // namespace weir::runtime
