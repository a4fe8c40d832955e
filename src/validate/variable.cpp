#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

bool BodyValidator::local_get() {
  if (!check_index("local", instruction_.index, locals_.count())) {
    return false;
  }
  push(locals_[instruction_.index]);
  return true;
}

bool BodyValidator::local_set() {
  return check_index("local", instruction_.index, locals_.count()) && pop(locals_[instruction_.index]);
}

bool BodyValidator::local_tee() {
  if (!check_index("local", instruction_.index, locals_.count())) {
    return false;
  }
  ValType const type = locals_[instruction_.index];
  if (!operands_.empty() && operands_.peek() == type) [[likely]] {
    return true;
  }
  if (!pop(type)) {
    return false;
  }
  push(type);
  return true;
}

bool BodyValidator::global_get() {
  if (!check_index("global", instruction_.index, module_.globals.size())) {
    return false;
  }
  push(module_.globals[instruction_.index].type.content);
  return true;
}

bool BodyValidator::global_set() {
  if (!check_index("global", instruction_.index, module_.globals.size())) {
    return false;
  }
  auto const& type = module_.globals[instruction_.index].type;
  if (!type.is_mutable) {
    return fail(fmt::format("immutable global: global.set cannot change global {}", instruction_.index));
  }
  return pop(type.content);
}

} // namespace weir::validate
