#include "engine/constant.hpp"

#include "base/bytes.hpp"
#include "decode/instruction.hpp"

namespace weir::engine {

ConstantValue evaluate_next(runtime::Instance const& instance, std::uint32_t& offset, std::uint32_t end) {
  auto const& module = *instance.module;
  decode::InstructionReader reader{module.view({offset, end - offset}), offset, module.features};
  decode::Instruction instruction;
  ConstantValue value{};
  // One operand is all the stack that the constant instructions so far need.
  while (reader.next(instruction) && instruction.opcode != wasm::Opcode::end) {
    switch (instruction.opcode) {
    case wasm::Opcode::i32_const:
    case wasm::Opcode::f32_const: value = {static_cast<std::uint32_t>(instruction.value), 0}; break;
    case wasm::Opcode::i64_const:
    case wasm::Opcode::f64_const: value = {instruction.value, 0}; break;
    case wasm::Opcode::v128_const:
      value = {base::load_le<std::uint64_t>(instruction.bytes()),
               base::load_le<std::uint64_t>(instruction.bytes() + 8)};
      break;
    case wasm::Opcode::ref_func:
      value = {reinterpret_cast<std::uintptr_t>(instance.functions[instruction.index]), 0};
      break;
    case wasm::Opcode::global_get: {
      auto const& global = *instance.globals[instruction.index];
      value = {global.value[0], global.value[1]};
      break;
    }
    default: value = {}; // ref.null
    }
  }
  offset = reader.offset();
  return value;
}

ConstantValue evaluate(runtime::Instance const& instance, wasm::ConstantExpression const& expression) {
  std::uint32_t offset = expression.code.offset;
  return evaluate_next(instance, offset, expression.code.offset + expression.code.size);
}

} // namespace weir::engine
