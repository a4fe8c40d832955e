#include "execute/entry.hpp"

#include <algorithm>
#include <utility>

#include "code/frame.hpp"
#include "code/sharing.hpp"
#include "execute/dispatch.hpp"
#include "execute/loop.hpp"

namespace weir::execute {

namespace {

// What a backend is made of.
struct Tables {
  code::HandlerTable handlers;
  Exits exits;
};

Exits make_exits(code::HandlerTable const& handlers, ExitHandlers const& words) noexcept {
  Exits exits{};
  for (std::size_t reason = 0; reason < trap_reasons; ++reason) {
    exits.trap[reason][0] = words.trap;
    exits.trap[reason][1] = reason;
  }
  exits.expired[0] = words.expired;
  exits.retry[0] = words.retry;
  exits.call[0] = words.call;
  exits.exhausted[0] = words.exhausted;
  exits.copy[0] = words.copy;
  exits.fill[0] = words.fill;
  exits.first_call[0] = handlers.handler(Op::unreachable, 0);
  exits.stop = handlers.handler(Op::stop, 0);
  exits.restore_context = handlers.handler(Op::restore_context, 0);
  return exits;
}

Tables loop_tables() noexcept {
  Tables tables;
  tables.handlers = loop_table();
  tables.exits = make_exits(tables.handlers, loop_exits());
  return tables;
}

Tables tail_tables() noexcept {
  Tables tables;
  if (has_tail_calls) {
    tables.handlers.families = {numeric_table(),  conversion_table(), floating_table(), memory_table(), indexed_table(),
                                variable_table(), control_table(),    branch_table(),   bulk_table()};
    tables.handlers.int_pins = code::int_pins;
    tables.handlers.float_pins = code::float_pins;
    tables.handlers.pairs = tail_pairs();
    tables.exits = make_exits(tables.handlers, tail_exits());
  }
  return tables;
}

Tables const& tables(Backend backend) noexcept {
  if (backend == Backend::loop) {
    static Tables const loop = loop_tables();
    return loop;
  }
  static Tables const tail = tail_tables();
  return tail;
}

} // namespace

bool has_backend(Backend backend) noexcept { return has_tail_calls || backend == Backend::loop; }

code::HandlerTable const& handlers(Backend backend) noexcept { return tables(backend).handlers; }

void set_exits(Backend backend, runtime::InstanceContext& context) noexcept {
  context.exits = reinterpret_cast<Word const*>(&tables(backend).exits);
}

namespace {

// Where the budget of an entry comes from and goes to: the suspended caller's, if there is one.
inline std::int64_t& lender(runtime::ExecutionState& execution, runtime::Activation const* previous) noexcept {
  if (previous != nullptr) [[unlikely]] {
    return previous->suspended_context->budget;
  }
  return execution.budget;
}

} // namespace

TrapReason enter(Backend backend, runtime::ExecutionState& execution, runtime::Function& function,
                 std::uint64_t* frame) noexcept {
  auto& context = *function.context;
  auto const& exits = *reinterpret_cast<Exits const*>(context.exits);
  runtime::Activation activation;
  activation.previous = execution.activation;
  activation.frame = frame;
  activation.context_stack_height = static_cast<std::uint32_t>(execution.context_stack.size());
  // Handed on as a value: what one call leaves of it is what the next one needs first.
  std::int64_t const budget = lender(execution, activation.previous);
  context.stack_limit = execution.stack_limit;
  context.activation = &activation;
  execution.activation = &activation;

  Word const* const first = function.record->entry.load(std::memory_order_acquire);
  if (backend == Backend::tail_call) [[likely]] {
    start_tail_calls(first, frame, &context, &exits.stop, budget);
  } else {
    run_loop(first, frame, &context, &exits.stop, budget);
  }

  execution.activation = activation.previous;
  if (activation.previous != nullptr) [[unlikely]] {
    activation.previous->suspended_context->activation = activation.previous;
  }
  TrapReason const reason = execution.trap.reason;
  if (reason == TrapReason::none) [[likely]] {
    lender(execution, activation.previous) = context.budget;
    return TrapReason::none;
  }
  lender(execution, activation.previous) = execution.trap.context->budget;
  execution.trap.reason = TrapReason::none;
  execution.ended_height = activation.context_stack_height;
  return reason;
}

TrapReason end_outermost(runtime::ExecutionState& execution) noexcept {
  execution.budget = execution.trap.context->budget;
  execution.ended_height = 0;
  return std::exchange(execution.trap.reason, TrapReason::none);
}

CellInfo identify(Backend backend, code::Word const* cell) noexcept {
  static_assert(code::op_count <= 0xFFFF);
  auto const& table = tables(backend).handlers;
  CellInfo found;
  Word handler = *cell;
  Word const* const first_pair = table.pairs.handlers;
  Word const* const last_pair = first_pair + table.pairs.count;
  if (Word const* const at = std::find(first_pair, last_pair, handler); at != last_pair) {
    OpForm const which = table.pairs.pairs[at - first_pair].first;
    handler = table.handler(which.op, which.form);
  }
  for (std::size_t i = 0; i < code::op_count; ++i) {
    auto const op = static_cast<Op>(i);
    int const forms = code::form_count(op);
    Word const* const first = table.families[static_cast<std::size_t>(code::info(op).family)] + code::form_bases[i];
    Word const* const last = first + forms;
    if (Word const* const at = std::find(first, last, handler); at != last) {
      OpForm const own = code::handler_of({op, static_cast<int>(at - first)});
      found.op = own.op;
      found.form = own.form;
      break;
    }
  }
  found.words = code::cell_words(found.op, found.form);
  if (found.op == Op::enter) {
    found.words = static_cast<int>(code::enter_words);
  } else if (found.op == Op::br_table) {
    found.words += static_cast<int>(code::field_b(cell)) + 1;
  }
  return found;
}

} // namespace weir::execute
