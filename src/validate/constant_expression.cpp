#include "validate/constant_expression.hpp"

#include <fmt/format.h>

#include <string>

#include "decode/instruction.hpp"
#include "validate/signatures.hpp"
#include "validate/subtyping.hpp"

namespace weir::validate {

namespace {

using wasm::Opcode;

class ConstantValidator {
 public:
  ConstantValidator(wasm::Module const& module, ModuleFacts& facts) : module_(module), facts_(facts) {}

  Result<std::uint32_t> run(wasm::ByteRange range, ValType expected) {
    decode::InstructionReader reader{module_.view(range), range.offset, module_.features};
    for (;;) {
      if (!reader.next(instruction_)) {
        return std::unexpected(reader.error());
      }
      if (instruction_.opcode == Opcode::end) {
        break;
      }
      auto type = value_type();
      if (!type.has_value()) {
        return std::unexpected(std::move(type).error());
      }
      // No constant instruction takes operands, so all that matters of the stack is its first type and its height.
      type_ = values_ == 0 ? *type : type_;
      ++values_;
    }
    if (values_ != 1 || !matches(type_, expected, facts_.first_equivalent)) {
      auto const found = values_ == 0   ? std::string{"nothing"}
                         : values_ == 1 ? to_string(type_)
                                        : fmt::format("{} values", values_);
      return fail(fmt::format("type mismatch: a constant expression must give one {}, it gives {}", to_string(expected),
                              found));
    }
    return reader.offset() - range.offset;
  }

 private:
  std::unexpected<Error> fail(std::string what) const {
    what += fmt::format(", at byte offset {:#x}", instruction_.offset);
    return std::unexpected(Error{ErrorKind::invalid, std::move(what), instruction_.offset});
  }

  // The type of the constant instruction's value.
  Result<ValType> value_type() {
    std::uint32_t const index = instruction_.index;
    switch (instruction_.opcode) {
    case Opcode::i32_const:
    case Opcode::i64_const:
    case Opcode::f32_const:
    case Opcode::f64_const:
    case Opcode::v128_const: return signature_of(instruction_.opcode).result_type();
    case Opcode::ref_null:
      if (instruction_.type.is_concrete_ref() && instruction_.type.heap() >= module_.types.size()) {
        return fail(fmt::format("unknown type {}: ref.null refers to it, and there are {}", instruction_.type.heap(),
                                module_.types.size()));
      }
      return instruction_.type;
    case Opcode::ref_func:
      if (index >= module_.functions.size()) {
        return fail(fmt::format("unknown function {}: ref.func refers to it, and there are {}", index,
                                module_.functions.size()));
      }
      facts_.referenced_functions[index] = true;
      return module_.features.has(wasm::Feature::function_references)
                 ? ValType::concrete_ref(module_.functions[index], false)
                 : ValType::funcref();
    case Opcode::global_get: return global_type(index);
    default:
      return fail(
          fmt::format("constant expression required: {} is not constant", wasm::info(instruction_.opcode).text));
    }
  }

  Result<ValType> global_type(std::uint32_t index) {
    if (index >= module_.globals.size()) {
      return fail(
          fmt::format("unknown global {}: global.get refers to it, and there are {}", index, module_.globals.size()));
    }
    if (index >= module_.imported_globals) {
      return fail(
          fmt::format("unknown global {}: a constant expression may use imported globals only, and there are {}", index,
                      module_.imported_globals));
    }
    if (module_.globals[index].type.is_mutable) {
      return fail(fmt::format("constant expression required: global {} is mutable", index));
    }
    return module_.globals[index].type.content;
  }

  wasm::Module const& module_;
  ModuleFacts& facts_;
  decode::Instruction instruction_;
  ValType type_;
  std::uint64_t values_ = 0;
};

} // namespace

Result<std::uint32_t> validate_constant_expression(wasm::Module const& module, ModuleFacts& facts,
                                                   wasm::ByteRange range, ValType expected) {
  return ConstantValidator{module, facts}.run(range, expected);
}

} // namespace weir::validate
