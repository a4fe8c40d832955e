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

TrapReason enter(Backend backend, runtime::Function& function, std::uint64_t* frame) noexcept {
  auto& context = *function.context;
  auto& execution = *context.execution;
  auto const& parts = tables(backend);
  runtime::Activation activation;
  activation.previous = execution.activation;
  activation.context = &context;
  activation.frame = frame;
  activation.context_stack_height = static_cast<std::uint32_t>(execution.context_stack.size());
  // The budget is the suspended caller's, if there is one.
  std::int64_t& lender =
      activation.previous != nullptr ? activation.previous->suspended_context->budget : execution.budget;
  context.budget = lender;
  context.stack_limit = execution.stack_limit;
  context.exits = reinterpret_cast<Word const*>(&parts.exits);
  context.activation = &activation;
  execution.activation = &activation;
  ++execution.native_depth;

  Word const* const first = function.record->entry.load(std::memory_order_acquire);
  if (backend == Backend::tail_call) {
    start_tail_calls(first, frame, &context, &parts.exits.stop);
  } else {
    run_loop(first, frame, &context, &parts.exits.stop);
  }

  TrapReason const reason = std::exchange(execution.trap.reason, TrapReason::none);
  lender = reason == TrapReason::none ? context.budget : execution.trap.context->budget;
  execution.activation = activation.previous;
  if (activation.previous != nullptr) {
    activation.previous->suspended_context->activation = activation.previous;
  }
  --execution.native_depth;
  return reason;
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
