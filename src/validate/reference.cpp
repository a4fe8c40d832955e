#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::ref_null() {
  if (!check_type(instruction_->type)) {
    return false;
  }
  push(instruction_->type);
  return true;
}

// Bottom where the code is unreachable.
bool BodyValidator::pop_reference(ValType& found) {
  if (!pop_any(found)) {
    return false;
  }
  return found.is_bottom() || found.is_ref() ||
         fail(fmt::format("type mismatch: {} expects a reference, found {}", keyword(), to_string(found)));
}

bool BodyValidator::ref_as_non_null() {
  ValType found;
  if (!pop_reference(found)) {
    return false;
  }
  push(as_non_null(found));
  return true;
}

bool BodyValidator::ref_is_null() {
  ValType found;
  if (!pop_reference(found)) {
    return false;
  }
  push(ValType::i32());
  return true;
}

bool BodyValidator::ref_func() {
  if (!check_index("function", instruction_->index, module_.functions.size())) {
    return false;
  }
  if (!facts_.referenced_functions[instruction_->index]) {
    return fail(
        fmt::format("undeclared function reference: ref.func {} needs the function to occur outside of bodies "
                    "too, in an export, a global or an element segment",
                    instruction_->index));
  }
  push(module_.features.has(wasm::Feature::function_references)
           ? ValType::concrete_ref(module_.functions[instruction_->index], false)
           : ValType::funcref());
  return true;
}

} // namespace weir::validate
