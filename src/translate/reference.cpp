// Reference instructions: https://webassembly.github.io/spec/core/syntax/instructions.html#reference-instructions
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

using wasm::Opcode;

void FunctionTranslator::ref_func(std::uint32_t function) {
  Destination const d = destination(ValueClass::integer, 'S');
  emit(Op::ref_func, {d.at(), Operand::immediate(function)});
  finish(d);
}

bool FunctionTranslator::step_reference(Instruction const& instruction) {
  switch (instruction.opcode) {
  // The null reference is 0 in 64 bits.
  case Opcode::ref_null: stack_.push_constant(0, ValueClass::integer); return true;
  case Opcode::ref_is_null: equals_zero(Op::i64_eq, Width::i64); return true;
  case Opcode::ref_func: ref_func(instruction.index); return true;
  default: return false;
  }
}

} // namespace weir::translate
