#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::ref_null() {
  push(instruction_.type);
  return true;
}

bool BodyValidator::ref_is_null() {
  ValType found;
  if (!pop_any(found)) {
    return false;
  }
  if (!found.is_bottom() && !found.is_ref()) {
    return fail(fmt::format("type mismatch: ref.is_null expects a reference, found {}", to_string(found)));
  }
  push(ValType::i32());
  return true;
}

bool BodyValidator::ref_func() {
  if (!check_index("function", instruction_.index, module_.functions.size())) {
    return false;
  }
  if (!facts_.referenced_functions[instruction_.index]) {
    return fail(
        fmt::format("undeclared function reference: ref.func {} needs the function to occur outside of bodies "
                    "too, in an export, a global or an element segment",
                    instruction_.index));
  }
  push(ValType::funcref());
  return true;
}

} // namespace weir::validate
