// Calls that may leave the instance, and what of the call protocol is not in the cells (code/frame.hpp).
#pragma once

#include <cstdint>

#include "code/frame.hpp"
#include "execute/machine.hpp"

namespace weir::execute {

// The address of a reference to a function in a slot.
WEIR_INLINE runtime::Function* function_of(std::uint64_t reference) noexcept {
  return reinterpret_cast<runtime::Function*>(static_cast<std::uintptr_t>(reference));
}

// Calls a host function from the cell at m.ip; its arguments are at `slots`.
WEIR_INLINE TrapReason call_host(Machine const& m, runtime::Function* function, std::uint64_t* slots) noexcept {
  auto& activation = *m.context->activation;
  activation.suspended_ip = m.ip;
  activation.suspended_frame = m.frame;
  activation.suspended_context = m.context;
  return function->host_call(*function, m.context, slots);
}

// Remembers the caller for the return from a function of another instance. False without memory.
bool push_context(runtime::InstanceContext* context) noexcept;

// Makes another instance's context the current one.
WEIR_INLINE void switch_context(Machine& m, runtime::InstanceContext* context) noexcept {
  context->stack_limit = m.context->stack_limit;
  context->activation = m.context->activation;
  m.context = context;
  m.memory = context->memory_base;
}

// Calls whatever the function is from the cell at m.ip, which has charged. A restore_context cell follows it.
WEIR_INLINE Word const* call_any(Machine& m, runtime::Function* function) noexcept {
  std::uint64_t* const frame = m.frame + code::field_b(m.ip);
  if (function->record == nullptr) {
    std::uint64_t* const slots = frame + code::first_slot(code::field_a(m.ip + code::call_words));
    TrapReason const reason = with_budget(m, [&] { return call_host(m, function, slots); });
    if (reason != TrapReason::none) [[unlikely]] {
      return trap(m, reason);
    }
    m.memory = m.context->memory_base;
    // A single result, if there is one, of whatever class.
    m.r[0] = slots[0];
    m.f[0] = with_lane(Vec{}, std::bit_cast<double>(slots[0]));
    return m.ip + 2 * code::call_words;
  }
  Word const* back = m.ip + 2 * code::call_words;
  if (function->context != m.context) {
    if (!push_context(m.context)) [[unlikely]] {
      return trap(m, TrapReason::host_memory);
    }
    back = m.ip + code::call_words;
    switch_context(m, function->context);
  }
  m.frame = frame;
  m.loop = back;
  return function->record->entry.load(std::memory_order_acquire);
}

} // namespace weir::execute
