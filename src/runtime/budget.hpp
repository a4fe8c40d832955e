// Fuel, interruption and deadlines: one counter for all three (runtime/context.hpp).
#pragma once

#include <cstdint>

#include <weir/error.hpp>

#include "runtime/context.hpp"

namespace weir::runtime {

// Wasm instructions that a guest runs between two looks at the interrupt flag and the clock.
inline constexpr std::int64_t budget_slice = 50000;

// More fuel than this counts as this much.
inline constexpr std::uint64_t most_fuel = std::uint64_t{1} << 62;

// All the fuel that is left. `budget` is the current budget: ExecutionState's, or a running context's.
std::uint64_t fuel_left(ExecutionState const& execution, std::int64_t budget) noexcept;
void set_fuel(ExecutionState& execution, std::int64_t& budget, std::uint64_t fuel) noexcept;

// Whether an interruption or a deadline may be due.
inline bool may_stop(ExecutionState const& execution) noexcept {
  return execution.interrupt.load(std::memory_order_relaxed) || execution.has_deadline;
}
// stop_requested, where it may be.
TrapReason stop_if_due(ExecutionState& execution) noexcept;
// Whether the guest is to stop now: interrupted (asked for once, answered once), deadline_reached, or none.
inline TrapReason stop_requested(ExecutionState& execution) noexcept {
  if (may_stop(execution)) [[unlikely]] {
    return stop_if_due(execution);
  }
  return TrapReason::none;
}

// The budget fell below 0: gives it a new slice, or says why the guest stops. Out of fuel leaves no fuel.
TrapReason refill_budget(ExecutionState& execution, std::int64_t& budget) noexcept;

} // namespace weir::runtime
