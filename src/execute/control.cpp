#include "execute/control.hpp"

#include "execute/bulk.hpp"
#include "execute/dispatch.hpp"
#include "platform/alloc_guard.hpp"

namespace weir::execute {

bool push_context(runtime::InstanceContext* context) noexcept {
  return platform::had_memory([&] { context->execution->context_stack.push_back(context); });
}

namespace control {

TrapReason translate(runtime::InstanceContext& context, code::FunctionRecord& record) noexcept {
  return context.execution->hooks.translate(context, record);
}

TrapReason ask_for_budget(runtime::InstanceContext& context) noexcept {
  return context.execution->hooks.budget_expired(context);
}

} // namespace control

Word const* control_table() noexcept { return family_table<code::OpFamily::control, control::Body>(); }

ExitHandlers tail_exits() noexcept {
  ExitHandlers exits;
  exits.trap = tail_handler_of<control::TrapExit>();
  exits.expired = tail_handler_of<control::Expired>();
  exits.retry = tail_handler_of<control::Retry>();
  exits.call = tail_handler_of<control::CallExit>();
  exits.exhausted = tail_handler_of<control::Exhausted>();
  exits.copy = tail_handler_of<bulk::MoveExit<Op::copy_bytes>>();
  exits.fill = tail_handler_of<bulk::MoveExit<Op::fill_bytes>>();
  return exits;
}

} // namespace weir::execute
