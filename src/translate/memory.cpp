// Memory instructions: https://webassembly.github.io/spec/core/syntax/instructions.html#memory-instructions
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Opcode;

constexpr std::uint64_t max_narrow_length = 0x7FFF;

constexpr std::uint64_t max_address = 0xFFFFFFFF;

} // namespace

// The address operand of a plain (not indexed) access. A constant address goes into the offset where it fits; where it
// does not the access is out of bounds, and traps in the ordinary way.
code::Operand FunctionTranslator::take_address(Value const& address, std::uint64_t& offset) {
  if (!address.is_constant()) {
    return take(address, 'J');
  }
  if (address.constant + offset <= max_address) {
    offset += address.constant;
    return Operand::immediate(0);
  }
  return bring_home(address);
}

// The value of an indexed store. Its field has 16 bits only: as an immediate it must fit them.
code::Operand FunctionTranslator::take_stored(Value const& value, Op op, Width width) {
  char const role = code::role_of(op, 3);
  if (!value.is_constant()) {
    return take(value, role, width);
  }
  std::uint64_t const constant = value.constant;
  std::int64_t const seen = op == Op::store8_x    ? static_cast<std::int8_t>(static_cast<std::uint8_t>(constant))
                            : op == Op::store32_x ? static_cast<std::int32_t>(static_cast<std::uint32_t>(constant))
                                                  : static_cast<std::int64_t>(constant);
  bool const is_integer = role == 'J' || role == 'j';
  if (is_integer && seen == static_cast<std::int16_t>(seen)) {
    return Operand::immediate(seen);
  }
  return bring_home(value);
}

bool FunctionTranslator::is_pending_addition() {
  std::uint32_t const top = stack_.height() - 1;
  return top >= stack_.settled() && stack_.at(top).kind == Entry::Kind::add;
}

void FunctionTranslator::load(Instruction const& instruction, Op op, std::optional<Op> indexed_op, ValueClass result) {
  if (instruction.index != 0) {
    fail_unsupported(instruction, "a memory other than the first");
    return;
  }
  std::uint64_t offset = instruction.value;
  if (indexed_op && is_pending_addition()) {
    Entry const& entry = stack_.pop();
    std::uint32_t const home = slot_at(stack_.height());
    Operand const a = take(to_value(entry.a, entry, home), 'I');
    Operand const b = take(to_value(entry.b, entry, home), 'J', Width::i32);
    Destination const d = destination(result, code::role_of(*indexed_op, 0));
    emit(*indexed_op, {d.at(), a, b, Operand::immediate(static_cast<std::int64_t>(offset))});
    finish(d);
    return;
  }
  Operand const address = take_address(pop_value(), offset);
  Destination const d = destination(result, code::role_of(op, 0));
  emit(op, {d.at(), address, Operand::immediate(static_cast<std::int64_t>(offset))});
  finish(d);
}

void FunctionTranslator::store(Instruction const& instruction, Op op, std::optional<Op> indexed_op, Width width) {
  if (instruction.index != 0) {
    fail_unsupported(instruction, "a memory other than the first");
    return;
  }
  std::uint64_t offset = instruction.value;
  Value const value = pop_value();
  if (indexed_op && is_pending_addition()) {
    Entry const& entry = stack_.pop();
    std::uint32_t const home = slot_at(stack_.height());
    Operand const a = take(to_value(entry.a, entry, home), 'I');
    Operand const b = take(to_value(entry.b, entry, home), 'J', Width::i32);
    Operand const stored = take_stored(value, *indexed_op, width);
    emit(*indexed_op, {a, b, Operand::immediate(static_cast<std::int64_t>(offset)), stored});
  } else {
    Operand const address = take_address(pop_value(), offset);
    Operand const stored = take(value, code::role_of(op, 2), width);
    emit(op, {address, Operand::immediate(static_cast<std::int64_t>(offset)), stored});
  }
}

// memory.grow and table.grow may trap; like all rare operations they work on slots.
void FunctionTranslator::memory_grow(std::uint32_t memory) {
  Operand const delta = take(pop_value(), 'S');
  Destination const d = destination(ValueClass::integer, 'S');
  emit(Op::memory_grow, {d.at(), delta, Operand::immediate(memory)});
  finish(d);
}

// memory.size and table.size
void FunctionTranslator::size_of(Op op, std::uint32_t index) {
  Destination const d = destination(ValueClass::integer, 'S');
  emit(op, {d.at(), Operand::immediate(index)});
  finish(d);
}

// memory.copy and memory.fill of the first memory. The length's field has 16 bits only.
void FunctionTranslator::copy_or_fill(Op op) {
  Value const length = pop_value();
  Value const source = pop_value();
  Value const destination = pop_value();
  bool const is_narrow = length.is_constant() && length.constant <= max_narrow_length;
  Operand const c = is_narrow || !length.is_constant() ? take(length, 'J', Width::i32) : bring_home(length);
  Operand const b = take(destination, 'D', Width::i32);
  Operand const t = take(source, code::role_of(op, 1), Width::i32);
  emit(op, {b, t, c});
}

// Operations with the three operands of memory.copy: d, a, c from the bottom of the stack up.
void FunctionTranslator::bulk_three(Op op, std::uint32_t b, std::optional<std::uint32_t> t) {
  Value const third = pop_value();
  Value const second = pop_value();
  Value const first = pop_value();
  Operand const d = take(first, 'S');
  Operand const a = take(second, 'S');
  Operand const c = take(third, 'S');
  if (t) {
    emit(op, {d, a, c, Operand::immediate(b), Operand::immediate(*t)});
  } else {
    emit(op, {d, a, c, Operand::immediate(b)});
  }
}

bool FunctionTranslator::step_memory(Instruction const& instruction) {
  constexpr auto integer = ValueClass::integer;
  constexpr auto floating = ValueClass::floating;
  switch (instruction.opcode) {
#define LOAD(name, op) \
  case Opcode::name: load(instruction, Op::op, std::nullopt, integer); return true;
#define LOAD_X(name, op) \
  case Opcode::name: load(instruction, Op::op, Op::op##_x, integer); return true;
    LOAD_X(i32_load, load32_u)
    LOAD_X(i64_load, load64)
    LOAD(i32_load8_s, i32_load8_s)
    LOAD_X(i32_load8_u, load8_u)
    LOAD(i32_load16_s, i32_load16_s)
    LOAD_X(i32_load16_u, load16_u)
    LOAD(i64_load8_s, i64_load8_s)
    LOAD_X(i64_load8_u, load8_u)
    LOAD(i64_load16_s, i64_load16_s)
    LOAD_X(i64_load16_u, load16_u)
    LOAD(i64_load32_s, i64_load32_s)
    LOAD_X(i64_load32_u, load32_u)
#undef LOAD_X
#undef LOAD
  case Opcode::f32_load: load(instruction, Op::f32_load, std::nullopt, floating); return true;
  case Opcode::f64_load: load(instruction, Op::f64_load, Op::f64_load_x, floating); return true;

  // Narrow stores look at the low bits only, whatever the width of the value.
  case Opcode::i32_store: store(instruction, Op::store32, Op::store32_x, Width::i32); return true;
  case Opcode::i64_store: store(instruction, Op::store64, Op::store64_x, Width::i64); return true;
  case Opcode::f32_store: store(instruction, Op::f32_store, std::nullopt, Width::i64); return true;
  case Opcode::f64_store: store(instruction, Op::f64_store, Op::f64_store_x, Width::i64); return true;
  case Opcode::i32_store8:
  case Opcode::i64_store8: store(instruction, Op::store8, Op::store8_x, Width::i32); return true;
  case Opcode::i32_store16:
  case Opcode::i64_store16: store(instruction, Op::store16, std::nullopt, Width::i32); return true;
  case Opcode::i64_store32: store(instruction, Op::store32, Op::store32_x, Width::i32); return true;

  case Opcode::memory_size: size_of(Op::memory_size, instruction.index); return true;
  case Opcode::memory_grow: memory_grow(instruction.index); return true;
  case Opcode::memory_copy:
    if (instruction.index == 0 && instruction.index2 == 0 && !module_->memories.front().is_64) {
      copy_or_fill(Op::copy_bytes);
      return true;
    }
    bulk_three(Op::memory_copy, instruction.index, instruction.index2);
    return true;
  case Opcode::memory_fill:
    if (instruction.index == 0 && !module_->memories.front().is_64) {
      copy_or_fill(Op::fill_bytes);
      return true;
    }
    bulk_three(Op::memory_fill, instruction.index, std::nullopt);
    return true;
  case Opcode::memory_init: bulk_three(Op::memory_init, instruction.index2, instruction.index); return true;
  case Opcode::data_drop: emit(Op::data_drop, {Operand::immediate(instruction.index)}); return true;
  default: return false;
  }
}

} // namespace weir::translate
