#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::drop() {
  ValType ignored;
  return pop_any(ignored);
}

bool BodyValidator::select() {
  ValType second;
  ValType first;
  if (!pop(ValType::i32()) || !pop_any(second) || !pop_any(first)) {
    return false;
  }
  for (auto const type : {first, second}) {
    if (type.is_ref()) {
      return fail(fmt::format("type mismatch: select without a type chooses between numbers or vectors, found {}",
                              to_string(type)));
    }
  }
  if (first != second && !first.is_bottom() && !second.is_bottom()) {
    return fail(fmt::format("type mismatch: select expects two values of one type, found {} and {}", to_string(first),
                            to_string(second)));
  }
  push(first.is_bottom() ? second : first);
  return true;
}

bool BodyValidator::select_typed() {
  if (instruction_->count != 1) {
    return fail(fmt::format("invalid result arity: select with {} types, expected 1", instruction_->count));
  }
  ValType const type = instruction_->type;
  if (!check_type(type) || !pop(ValType::i32()) || !pop(type) || !pop(type)) {
    return false;
  }
  push(type);
  return true;
}

} // namespace weir::validate
