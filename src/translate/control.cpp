// Blocks, calls, returns: https://webassembly.github.io/spec/core/syntax/instructions.html#control-instructions
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Opcode;

// Calls with more values than this bring the whole stack home, so that their values need no entries.
constexpr std::uint32_t many_values = 8;

} // namespace

// Fills in the numbers of parameters and results. False after an error.
bool FunctionTranslator::read_block_type(Instruction const& instruction, Label& label) {
  decode::BlockType const& type = instruction.block;
  switch (type.kind) {
  case decode::BlockType::Kind::empty: return true;
  case decode::BlockType::Kind::value:
    if (type.value.is_vec()) {
      fail_unsupported(instruction, "a block with a v128 result");
      return false;
    }
    label.results = 1;
    return true;
  case decode::BlockType::Kind::type_index: break;
  }
  TypeFacts const& known = facts(type.type_index);
  if (known.params_have_vectors || known.results_have_vectors) {
    fail_unsupported(instruction, "a block type with v128");
    return false;
  }
  FuncType const& function = module_->types[type.type_index];
  label.params = static_cast<std::uint32_t>(function.params().size());
  label.results = static_cast<std::uint32_t>(function.results().size());
  return true;
}

void FunctionTranslator::begin_block(Instruction const& instruction, Label::Kind kind) {
  Label label;
  label.kind = kind;
  if (!read_block_type(instruction, label)) {
    return;
  }
  settle_all();
  label.height = stack_.height() - label.params;
  if (kind == Label::Kind::loop) {
    label.uses_loop_register = survey_.is_simple_loop(loops_++);
    if (label.uses_loop_register) {
      emit(Op::set_loop, {});
    }
    encoder_.set_barrier();
    label.position = encoder_.position();
    label.potential = potential_;
  }
  labels_.push_back(label);
}

void FunctionTranslator::begin_if(Instruction const& instruction) {
  Label label;
  label.kind = Label::Kind::if_;
  if (!read_block_type(instruction, label)) {
    return;
  }
  Condition const condition = pop_condition();
  settle_all();
  label.height = stack_.height() - label.params;
  label.potential = potential_;
  encoder_.chain_branch(branch_on(condition, false, false), label.if_false, potential_);
  labels_.push_back(label);
}

void FunctionTranslator::begin_else() {
  Label& label = labels_.back();
  if (reachable_) {
    settle_all();
    Operand const zero = Operand::immediate(0);
    encoder_.chain_branch(emit(Op::br, {zero, zero, zero}), label.chain, potential_);
  }
  potential_ = label.potential;
  encoder_.bind(label.if_false, encoder_.position(), potential_);
  label.if_false = 0;
  label.kind = Label::Kind::else_;
  stack_.truncate(label.height);
  stack_.push_settled(label.params);
  reachable_ = true;
}

void FunctionTranslator::end_block() {
  Label const label = labels_.back();
  if (label.kind == Label::Kind::function) {
    end_function();
    return;
  }
  // Where nothing else leads here, everything stays as it is, pending values and unreachability included.
  if (label.chain != 0 || label.if_false != 0) {
    if (reachable_) {
      settle_all();
    } else {
      stack_.truncate(label.height);
      stack_.push_settled(label.results);
      reachable_ = true;
    }
    encoder_.bind(label.chain, encoder_.position(), potential_);
    encoder_.bind(label.if_false, encoder_.position(), potential_);
  }
  labels_.pop_back();
}

void FunctionTranslator::end_function() {
  Label const label = labels_.back();
  if (label.chain != 0) {
    if (reachable_) {
      settle_all();
    } else {
      stack_.truncate(0);
      stack_.push_settled(label.results);
      reachable_ = true;
    }
    encoder_.bind(label.chain, encoder_.position(), potential_);
  }
  if (reachable_) {
    leave();
  }
  labels_.pop_back();
  is_done_ = true;
}

// Code that nothing can reach follows, up to the end of the block.
void FunctionTranslator::set_unreachable() {
  reachable_ = false;
  skipped_blocks_ = 0;
  stack_.truncate(labels_.back().height);
}

// Returns from the function with the top values. The stack's books stay as they are, but for values brought home.
void FunctionTranslator::leave() {
  Operand const ints = Operand::immediate(int_pins_);
  Operand const floats = Operand::immediate(float_pins_);
  Operand const first = Operand::immediate(locals_.first_slot());
  Operand const fuel = Operand::immediate(potential_);
  std::uint32_t const count = labels_.front().results;
  if (count == 0) {
    emit(Op::leave0, {ints, floats, fuel});
  } else if (count == 1) {
    leave_with_one();
  } else {
    settle_top(count);
    emit(Op::leave_n, {ints, floats, first, fuel,
                       Operand::immediate(std::int64_t{slot_at(stack_.height() - count)} | std::int64_t{count} << 32)});
  }
}

void FunctionTranslator::leave_with_one() {
  bool const is_float = type_->results().front().is_float();
  std::uint32_t const index = stack_.height() - 1;
  std::uint32_t const home = slot_at(index);
  Operand result = Operand::slot(home);
  if (index >= stack_.settled()) {
    Entry const& entry = stack_.at(index);
    if (entry.kind == Entry::Kind::value) {
      result = take(to_value(entry.a, entry, home), is_float ? 'F' : 'J');
    } else {
      compute(entry, home, result);
    }
  }
  Operand const ints = Operand::immediate(int_pins_);
  Operand const floats = Operand::immediate(float_pins_);
  emit(is_float ? Op::leave1_float : Op::leave1_int,
       {ints, floats, result, Operand::immediate(locals_.first_slot()), Operand::immediate(potential_)});
}

// Brings the arguments to their slots. False after an error.
bool FunctionTranslator::prepare_call(Instruction const& instruction, std::uint32_t type_index) {
  TypeFacts const& known = facts(type_index);
  if (known.params_have_vectors || known.results_have_vectors) {
    fail_unsupported(instruction, "a call with a v128 parameter or result");
    return false;
  }
  FuncType const& type = module_->types[type_index];
  auto const params = static_cast<std::uint32_t>(type.params().size());
  if (params > many_values || type.results().size() > many_values) {
    settle_all();
  } else {
    settle_from(stack_.height() - params);
  }
  stack_.truncate(stack_.height() - params);
  return true;
}

void FunctionTranslator::push_results(std::uint32_t type_index) {
  auto const& results = module_->types[type_index].results();
  if (results.size() > many_values) {
    stack_.push_settled(static_cast<std::uint32_t>(results.size()));
    return;
  }
  if (results.size() == 1 && results.front().is_num()) {
    ValueClass const value_class = class_of(results.front());
    std::uint32_t const slot = slot_at(stack_.height());
    value_class == ValueClass::floating ? encoder_.set_float_copy(slot) : encoder_.set_int_copy(slot);
  }
  for (ValType const type : results) {
    stack_.push_slot(class_of(type), slot_at(stack_.height()));
  }
}

void FunctionTranslator::call(Instruction const& instruction) {
  std::uint32_t const function = instruction.index;
  std::uint32_t const type_index = module_->functions[function];
  if (!prepare_call(instruction, type_index)) {
    return;
  }
  std::uint32_t const param_slots = facts(type_index).param_slots;
  Operand const distance = Operand::immediate(slot_at(stack_.height()) - code::first_slot(param_slots));
  Operand const params = Operand::immediate(param_slots);
  Operand const fuel = Operand::immediate(potential_);
  if (function < module_->imported_functions) {
    emit(Op::call_import, {distance, fuel, Operand::immediate(function)});
    emit(Op::restore_context, {distance, params, Operand::immediate(0)});
  } else {
    auto const* const record = environment_.records + (function - module_->imported_functions);
    emit(Op::call, {distance, fuel, params,
                    Operand::immediate(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(record)))});
  }
  potential_ = 0;
  push_results(type_index);
}

void FunctionTranslator::call_indirect(Instruction const& instruction) {
  Value const index = pop_value();
  if (!prepare_call(instruction, instruction.index)) {
    return;
  }
  Operand const element = take(index, 'I');
  std::uint32_t const param_slots = facts(instruction.index).param_slots;
  Operand const distance = Operand::immediate(slot_at(stack_.height()) - code::first_slot(param_slots));
  std::int64_t const type_id = environment_.type_ids[instruction.index];
  emit(Op::call_indirect, {element, distance, Operand::immediate(potential_),
                           Operand::immediate(std::int64_t{instruction.index2} | type_id << 32)});
  emit(Op::restore_context, {distance, Operand::immediate(param_slots), Operand::immediate(0)});
  potential_ = 0;
  push_results(instruction.index);
}

bool FunctionTranslator::step_control(Instruction const& instruction) {
  switch (instruction.opcode) {
  case Opcode::unreachable:
    emit(Op::unreachable, {});
    set_unreachable();
    return true;
  case Opcode::nop: return true;
  case Opcode::block: begin_block(instruction, Label::Kind::block); return true;
  case Opcode::loop: begin_block(instruction, Label::Kind::loop); return true;
  case Opcode::if_: begin_if(instruction); return true;
  case Opcode::else_: begin_else(); return true;
  case Opcode::end: end_block(); return true;
  case Opcode::br: br(label(instruction.index)); return true;
  case Opcode::br_if: br_if(instruction.index); return true;
  case Opcode::br_table: br_table(instruction); return true;
  case Opcode::return_: br(labels_.front()); return true;
  case Opcode::call: call(instruction); return true;
  case Opcode::call_indirect: call_indirect(instruction); return true;
  default: return false;
  }
}

} // namespace weir::translate
