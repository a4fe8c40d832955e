// Conditions and branches. A branch leaves each value that its label expects in its canonical slot.
// https://webassembly.github.io/spec/core/syntax/instructions.html#control-instructions
#include "translate/comparisons.hpp"
#include "translate/function_translator.hpp"

namespace weir::translate {

FunctionTranslator::Condition FunctionTranslator::pop_condition() {
  Condition condition;
  std::uint32_t const top = stack_.height() - 1;
  if (top >= stack_.settled() && stack_.at(top).kind != Entry::Kind::value && stack_.at(top).kind != Entry::Kind::add) {
    Entry const& entry = stack_.pop();
    std::uint32_t const home = slot_at(top);
    condition.kind = entry.kind;
    condition.is_negated = entry.is_negated;
    condition.op = entry.op;
    condition.a = to_value(entry.a, entry, home);
    condition.b = to_value(entry.b, entry, home);
    return condition;
  }
  condition.a = pop_value();
  return condition;
}

// Emits a branch, to be given its target, that is taken when the condition is true (`sense`) or false.
std::uint32_t FunctionTranslator::branch_on(Condition const& condition, bool sense, bool to_loop_register) {
  Operand const form = Operand::immediate(to_loop_register ? 1 : 0);
  Operand const zero = Operand::immediate(0);
  std::uint32_t cell = 0;
  switch (condition.kind) {
  case Entry::Kind::compare: cell = branch_compare(condition, sense, form); break;
  case Entry::Kind::test: {
    Op const op = sense != condition.is_negated ? Op::br_i32_test : Op::br_i32_test_not;
    Operand const a = take(condition.a, 'I');
    cell = emit(op, {form, a, take(condition.b, 'J', Width::i32), zero, zero});
    break;
  }
  default: {
    Op const op = sense ? Op::br_if : Op::br_unless;
    cell = emit(op, {form, take(condition.a, 'I'), zero, zero});
    break;
  }
  }
  return cell;
}

std::uint32_t FunctionTranslator::branch_compare(Condition const& condition, bool sense, Operand form) {
  if (!is_integer_comparison(condition.op)) {
    return branch_float(condition, sense, form);
  }
  Operand const zero = Operand::immediate(0);
  Op const op = sense ? condition.op : inverted(condition.op);
  Operand const a = take(condition.a, 'I');
  if (condition.b.is_constant() && condition.b.constant == 0 && (op == Op::i32_eq || op == Op::i32_ne)) {
    return emit(op == Op::i32_eq ? Op::br_unless : Op::br_if, {form, a, zero, zero});
  }
  Operand const b = take(condition.b, 'J');
  return emit(branch_of(op), {form, a, b, zero, zero});
}

std::uint32_t FunctionTranslator::branch_float(Condition const& condition, bool sense, Operand form) {
  bool const wanted = sense != condition.is_negated;
  Op op{};
  switch (condition.op) {
  case Op::f64_eq: op = wanted ? Op::br_f64_eq : Op::br_f64_ne; break;
  case Op::f64_ne: op = wanted ? Op::br_f64_ne : Op::br_f64_eq; break;
  case Op::f64_lt: op = wanted ? Op::br_f64_lt : Op::br_f64_not_lt; break;
  default: op = wanted ? Op::br_f64_le : Op::br_f64_not_le; break;
  }
  Operand const a = take(condition.a, 'F');
  Operand const b = take(condition.b, 'F');
  return emit(op, {form, a, b, Operand::immediate(0), Operand::immediate(0)});
}

bool FunctionTranslator::values_are_in_place(Label const& target) const noexcept {
  return target.arity() == 0 || stack_.height() - target.arity() == target.height;
}

// Copies the top values to the label's slots; the stack's books stay as they are. The values are at or above their
// targets, so that going upwards none is overwritten before it was read. Precondition: more than a few are settled.
void FunctionTranslator::move_values(Label const& target) {
  std::uint32_t const count = target.arity();
  std::uint32_t const from = stack_.height() - count;
  if (count > few_values) {
    move_range(target);
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    Operand const place = Operand::slot(slot_at(target.height + i));
    std::uint32_t const index = from + i;
    if (index < stack_.settled()) {
      copy(place, Operand::slot(slot_at(index)));
    } else {
      compute(stack_.at(index), slot_at(index), place);
    }
  }
}

// The same in one cell, however many they are. Precondition: the values are in their canonical slots.
void FunctionTranslator::move_range(Label const& target) {
  std::uint32_t const count = target.arity();
  std::uint32_t const from = stack_.height() - count;
  emit(Op::copy_range, {Operand::immediate(slot_at(target.height)),
                        Operand::immediate(std::int64_t{slot_at(from)} | std::int64_t{count} << 32)});
}

// Gives a branch cell its target and its charge.
void FunctionTranslator::goto_label(Label& target, std::uint32_t cell) {
  if (target.kind == Label::Kind::loop) {
    encoder_.set_target(cell, target.position);
    encoder_.set_charge(cell, potential_ - target.potential);
  } else {
    encoder_.chain_branch(cell, target.chain, potential_);
  }
}

void FunctionTranslator::br(Label& target) {
  if (target.kind == Label::Kind::function) {
    leave();
    set_unreachable();
    return;
  }
  if (values_are_in_place(target) || target.arity() > few_values) {
    settle_top(target.arity());
  }
  if (!values_are_in_place(target)) {
    move_values(target);
  }
  Operand const zero = Operand::immediate(0);
  goto_label(target, emit(Op::br, {Operand::immediate(target.uses_loop_register ? 1 : 0), zero, zero}));
  set_unreachable();
}

void FunctionTranslator::br_if(std::uint32_t depth) {
  Condition const condition = pop_condition();
  Label& target = label(depth);
  if (target.kind == Label::Kind::function) {
    if (target.arity() > 1) {
      settle_top(target.arity());
    }
    std::uint32_t const around = branch_on(condition, false, false);
    leave();
    encoder_.set_target(around, encoder_.position());
    return;
  }
  if (values_are_in_place(target)) {
    settle_top(target.arity());
    goto_label(target, branch_on(condition, true, target.uses_loop_register));
    return;
  }
  if (target.arity() > few_values) {
    settle_top(target.arity());
  }
  std::uint32_t const around = branch_on(condition, false, false);
  move_values(target);
  Operand const zero = Operand::immediate(0);
  goto_label(target, emit(Op::br, {Operand::immediate(target.uses_loop_register ? 1 : 0), zero, zero}));
  encoder_.set_target(around, encoder_.position());
}

void FunctionTranslator::br_table(Instruction const& instruction) {
  Value const index = pop_value();
  settle_top(label(decode::LabelReader{instruction}.next()).arity()); // all targets have the same arity
  Operand const selector = take(index, 'I');
  std::uint32_t const cell = emit(Op::br_table, {selector, Operand::immediate(instruction.count)});
  stubs_.clear();
  decode::LabelReader labels{instruction};
  for (std::uint32_t i = 0; i <= instruction.count; ++i) {
    encoder_.append(0);
    std::uint32_t const depth = labels.next();
    Label& target = label(depth);
    if (!values_are_in_place(target)) {
      if (target.stub_chain == 0) {
        stubs_.push_back(depth);
      }
      encoder_.chain_entry(cell, i, target.stub_chain, potential_);
    } else if (target.kind == Label::Kind::loop) {
      encoder_.set_entry(cell, i, target.position, potential_ - target.potential);
    } else {
      encoder_.chain_entry(cell, i, target.chain, potential_);
    }
  }
  emit_stubs();
  set_unreachable();
}

// Pieces of code that move the values for a label and go on to it: one for each label of a br_table that needs it. A
// label may be one byte of the body, so each is small: single copies are not, once slots have large numbers.
void FunctionTranslator::emit_stubs() {
  Operand const zero = Operand::immediate(0);
  for (std::uint32_t const depth : stubs_) {
    Label& target = label(depth);
    encoder_.bind(target.stub_chain, encoder_.position(), potential_);
    target.stub_chain = 0;
    move_range(target);
    goto_label(target, emit(Op::br, {Operand::immediate(target.uses_loop_register ? 1 : 0), zero, zero}));
  }
}

} // namespace weir::translate
