// Variable and parametric instructions:
// https://webassembly.github.io/spec/core/syntax/instructions.html#variable-instructions
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

using wasm::Opcode;

void FunctionTranslator::local_get(Instruction const& instruction) {
  if (locals_.known(instruction.index).is_vector) {
    fail_unsupported(instruction, "a v128 local");
    return;
  }
  stack_.push_local(instruction.index);
}

void FunctionTranslator::local_set(Instruction const& instruction, bool is_tee) {
  std::uint32_t const local = instruction.index;
  if (locals_.known(local).is_vector) {
    fail_unsupported(instruction, "a v128 local");
    return;
  }
  Entry const& entry = stack_.pop();
  write_local(local, entry, slot_at(stack_.height()));
  bool const is_value = entry.kind == Entry::Kind::value;
  if (is_tee && is_value && entry.a.kind() == Atom::Kind::constant) {
    stack_.push_constant(entry.constant, entry.value_class);
  } else if (is_tee) {
    stack_.push_local(local);
  }
}

// Writes an entry that was taken off the stack to a local, which others may still be waiting to read.
void FunctionTranslator::write_local(std::uint32_t local, Entry const& entry, std::uint32_t home) {
  bool const is_local = entry.kind == Entry::Kind::value && entry.a.kind() == Atom::Kind::local;
  if (!is_local || entry.a.number() != local) {
    settle_readers(local);
    compute(entry, home, place_of(local));
  }
}

// The local as which the global is pinned; none if it isn't.
std::uint32_t FunctionTranslator::pinned_global(std::uint32_t index) const noexcept {
  for (PinnedGlobal const& global : pinned_globals_) {
    if (global.index == index) {
      return global.local;
    }
  }
  return none;
}

// The operations for own globals count these from the first of them.
void FunctionTranslator::load_global(std::uint32_t index, Operand place) {
  bool const is_float = module_->globals[index].type.content.is_float();
  if (std::uint32_t const imported = module_->imported_globals; index < imported) {
    emit(is_float ? Op::imported_global_get_float : Op::imported_global_get_int, {place, Operand::immediate(index)});
  } else {
    emit(is_float ? Op::global_get_float : Op::global_get_int, {place, Operand::immediate(index - imported)});
  }
}

void FunctionTranslator::store_global(std::uint32_t index, Operand value) {
  bool const is_float = module_->globals[index].type.content.is_float();
  if (std::uint32_t const imported = module_->imported_globals; index < imported) {
    emit(is_float ? Op::imported_global_set_float : Op::imported_global_set_int, {Operand::immediate(index), value});
  } else {
    emit(is_float ? Op::global_set_float : Op::global_set_int, {Operand::immediate(index - imported), value});
  }
}

void FunctionTranslator::global_get(Instruction const& instruction) {
  if (std::uint32_t const local = pinned_global(instruction.index); local != none) {
    stack_.push_local(local);
    return;
  }
  ValType const type = module_->globals[instruction.index].type.content;
  if (type.is_vec()) {
    fail_unsupported(instruction, "a v128 global");
    return;
  }
  ValueClass const value_class = class_of(type);
  Op const op = type.is_float() ? Op::global_get_float : Op::global_get_int;
  Destination const d = destination(value_class, code::role_of(op, 0));
  load_global(instruction.index, d.at());
  finish(d);
}

void FunctionTranslator::global_set(Instruction const& instruction) {
  if (std::uint32_t const local = pinned_global(instruction.index); local != none) {
    Entry const& entry = stack_.pop();
    write_local(local, entry, slot_at(stack_.height()));
    store_global(instruction.index, place_of(local));
    return;
  }
  ValType const type = module_->globals[instruction.index].type.content;
  if (type.is_vec()) {
    fail_unsupported(instruction, "a v128 global");
    return;
  }
  Op const op = type.is_float() ? Op::global_set_float : Op::global_set_int;
  Operand const value = take(pop_value(), code::role_of(op, 1));
  store_global(instruction.index, value);
}

// Where nothing is known of either value both are in slots, and 64 bits of whatever kind are chosen between.
void FunctionTranslator::select() {
  Value const condition = pop_value();
  Value const b = pop_value();
  Value const a = pop_value();
  ValueClass const value_class = a.value_class == ValueClass::unknown ? b.value_class : a.value_class;
  Op const op = value_class == ValueClass::floating ? Op::select_float : Op::select_int;
  Operand const first = take(a, code::role_of(op, 1));
  Operand const second = take(b, code::role_of(op, 2));
  Operand const chooser = take(condition, code::role_of(op, 3));
  Destination const d = destination(value_class, code::role_of(op, 0));
  emit(op, {d.at(), first, second, chooser});
  finish(d);
}

bool FunctionTranslator::step_variable(Instruction const& instruction) {
  switch (instruction.opcode) {
  case Opcode::local_set: local_set(instruction, false); return true;
  case Opcode::local_tee: local_set(instruction, true); return true;
  case Opcode::global_get: global_get(instruction); return true;
  case Opcode::global_set: global_set(instruction); return true;
  case Opcode::drop: stack_.truncate(stack_.height() - 1); return true;
  case Opcode::select:
  case Opcode::select_t: select(); return true;
  default: return false;
  }
}

} // namespace weir::translate
