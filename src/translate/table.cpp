// Table and reference instructions: https://webassembly.github.io/spec/core/syntax/instructions.html#table-instructions
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

using wasm::Opcode;

void FunctionTranslator::table_get(std::uint32_t table) {
  Operand const index = take(pop_value(), 'S');
  Destination const d = destination(ValueClass::integer, 'S');
  emit(Op::table_get, {d.at(), index, Operand::immediate(table)});
  finish(d);
}

void FunctionTranslator::table_set(std::uint32_t table) {
  Value const value = pop_value();
  Value const index = pop_value();
  Operand const d = take(index, 'S');
  Operand const a = take(value, 'S');
  emit(Op::table_set, {d, a, Operand::immediate(table)});
}

void FunctionTranslator::table_grow(std::uint32_t table) {
  Value const delta = pop_value();
  Value const value = pop_value();
  Operand const a = take(value, 'S');
  Operand const c = take(delta, 'S');
  Destination const d = destination(ValueClass::integer, 'S');
  emit(Op::table_grow, {d.at(), a, c, Operand::immediate(table)});
  finish(d);
}

bool FunctionTranslator::step_table(Instruction const& instruction) {
  std::uint32_t const index = instruction.index;
  std::uint32_t const index2 = instruction.index2;
  switch (instruction.opcode) {
  case Opcode::table_get: table_get(index); return true;
  case Opcode::table_set: table_set(index); return true;
  case Opcode::table_size: size_of(Op::table_size, index); return true;
  case Opcode::table_grow: table_grow(index); return true;
  case Opcode::table_fill: bulk_three(Op::table_fill, index, std::nullopt); return true;
  case Opcode::table_copy: bulk_three(Op::table_copy, index, index2); return true;
  case Opcode::table_init: bulk_three(Op::table_init, index2, index); return true;
  case Opcode::elem_drop: emit(Op::elem_drop, {Operand::immediate(index)}); return true;
  default: return false;
  }
}

} // namespace weir::translate
