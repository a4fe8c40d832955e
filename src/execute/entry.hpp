// The way into the interpreter.
#pragma once

#include <cstdint>

#include <weir/error.hpp>

#include "code/handler_table.hpp"
#include "execute/dispatch_start.hpp"
#include "runtime/context.hpp"

namespace weir::execute {

enum class Backend : std::uint8_t { tail_call, loop };

// Whether this build has the backend (tail calls need clang 19 or newer).
bool has_backend(Backend backend) noexcept;

// Precondition: has_backend(backend).
code::HandlerTable const& handlers(Backend backend) noexcept;

// Tells an instance's context where its code goes when it can't go on by itself: once, before any of it runs.
// Precondition: has_backend(backend), the one that the code is encoded for.
void set_exits(Backend backend, runtime::InstanceContext& context) noexcept;

// Calls a function of an instance. Arguments are in frame[0..] and results will be there; `frame` is at or above the
// end of everything in use on the store's value stack and below its limit. An Activation is linked in for the duration.
// Answers none, or the trap's reason, with the details in context.execution->trap. Never throws.
//
// Preconditions: function.record is not null; its context has been told its exits for this backend, and its execution
// state is `execution`. (Who calls has that at hand. What is stored there would else wait for the function's context.)
TrapReason enter(Backend backend, runtime::ExecutionState& execution, runtime::Function& function,
                 std::uint64_t* frame) noexcept;

// The rest of enter_outermost where the guest has ended with a trap.
TrapReason end_outermost(runtime::ExecutionState& execution) noexcept;

// enter, where no activation is suspended and the backend is tail calls: a part of its caller, which may have saved its
// registers anyway.
[[gnu::always_inline]] inline TrapReason enter_outermost(runtime::ExecutionState& execution,
                                                         runtime::Function& function, std::uint64_t* frame) noexcept {
  auto* const context = function.context;
  runtime::Activation activation;
  activation.frame = frame;
  context->stack_limit = execution.stack_limit;
  context->activation = &activation;
  execution.activation = &activation;
  start_tail_calls(function.entry, frame, context, &reinterpret_cast<Exits const*>(context->exits)->stop,
                   execution.budget);
  execution.activation = nullptr;
  if (execution.trap.reason != TrapReason::none) [[unlikely]] {
    return end_outermost(execution);
  }
  execution.budget = context->budget;
  return TrapReason::none;
}

// Which operation and form a cell holds. `backend` is the one that the code was encoded for.
struct CellInfo {
  code::Op op{};
  int form = 0;
  int words = 1; // of the whole cell, entries behind it included
};
CellInfo identify(Backend backend, code::Word const* cell) noexcept;

} // namespace weir::execute
