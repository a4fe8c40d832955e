#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::bad_memarg(Signature const& signature) {
  if (!check_memory(instruction_->index)) {
    return false;
  }
  if (instruction_->align >= 0x40) {
    return fail(
        fmt::format("alignment must not be larger than natural: 2^{} of {}, at most 2^{} (bit 6 would announce "
                    "a memory index, where the feature multi_memory is switched on)",
                    instruction_->align, keyword(), signature.access));
  }
  if (instruction_->align > signature.access) {
    return fail(fmt::format("alignment must not be larger than natural: 2^{} of {}, at most 2^{}", instruction_->align,
                            keyword(), signature.access));
  }
  return fail(
      fmt::format("offset out of range: {} of {} in a memory with 32-bit addresses", instruction_->value, keyword()));
}

// Precondition: the module has a data count section; the reader sees to that.
bool BodyValidator::check_data_segment() {
  return check_index("data segment", instruction_->index, module_.data_count.value_or(0));
}

bool BodyValidator::memory_init() {
  return check_memory(instruction_->index2) && check_data_segment() && pop(ValType::i32()) && pop(ValType::i32()) &&
         pop(ValType::i32());
}

bool BodyValidator::memory_copy() {
  return check_memory(instruction_->index) && check_memory(instruction_->index2) && pop(ValType::i32()) &&
         pop(ValType::i32()) && pop(ValType::i32());
}

bool BodyValidator::memory_fill() {
  return check_memory(instruction_->index) && pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32());
}

bool BodyValidator::data_drop() { return check_data_segment(); }

} // namespace weir::validate
