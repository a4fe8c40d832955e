#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::check_element_segment() {
  return check_index("elem segment", instruction_->index, module_.elements.size());
}

bool BodyValidator::table_get() {
  if (!check_table(instruction_->index) || !pop(ValType::i32())) {
    return false;
  }
  push(module_.tables[instruction_->index].type.element);
  return true;
}

bool BodyValidator::table_set() {
  return check_table(instruction_->index) && pop(module_.tables[instruction_->index].type.element) &&
         pop(ValType::i32());
}

bool BodyValidator::table_size() {
  if (!check_table(instruction_->index)) {
    return false;
  }
  push(ValType::i32());
  return true;
}

bool BodyValidator::table_grow() {
  if (!check_table(instruction_->index) || !pop(ValType::i32()) ||
      !pop(module_.tables[instruction_->index].type.element)) {
    return false;
  }
  push(ValType::i32());
  return true;
}

bool BodyValidator::table_fill() {
  return check_table(instruction_->index) && pop(ValType::i32()) &&
         pop(module_.tables[instruction_->index].type.element) && pop(ValType::i32());
}

bool BodyValidator::table_copy() {
  if (!check_table(instruction_->index) || !check_table(instruction_->index2)) {
    return false;
  }
  auto const destination = module_.tables[instruction_->index].type.element;
  auto const source = module_.tables[instruction_->index2].type.element;
  if (!is_good(source, destination)) {
    return fail(fmt::format("type mismatch: table.copy from table {} of {} to table {} of {}", instruction_->index2,
                            to_string(source), instruction_->index, to_string(destination)));
  }
  return pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32());
}

bool BodyValidator::table_init() {
  if (!check_table(instruction_->index2) || !check_element_segment()) {
    return false;
  }
  auto const destination = module_.tables[instruction_->index2].type.element;
  auto const source = type_of_segment(module_, module_.elements[instruction_->index]);
  if (!is_good(source, destination)) {
    return fail(fmt::format("type mismatch: table.init from elem segment {} of {} to table {} of {}",
                            instruction_->index, to_string(source), instruction_->index2, to_string(destination)));
  }
  return pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32());
}

bool BodyValidator::elem_drop() { return check_element_segment(); }

} // namespace weir::validate
