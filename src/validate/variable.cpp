#include <fmt/format.h>

#include "validate/body_validator.hpp"

namespace weir::validate {

void BodyValidator::initialise(std::uint32_t local) {
  if (local >= params_ && initialised_.insert(local).second) {
    initialised_order_.push_back(local);
  }
}

// What was set inside of a block counts as not set behind it.
void BodyValidator::forget_initialised(std::uint32_t height) {
  while (initialised_order_.size() > height) {
    initialised_.erase(initialised_order_.back());
    initialised_order_.pop_back();
  }
}

bool BodyValidator::local_get() {
  if (!check_index("local", instruction_->index, locals_.count())) {
    return false;
  }
  survey_local(false);
  ValType const type = locals_[instruction_->index];
  if (!type.is_defaultable() && instruction_->index >= params_ && !initialised_.contains(instruction_->index))
      [[unlikely]] {
    return fail(fmt::format("uninitialized local {}: {} has no default value and may not have been set",
                            instruction_->index, to_string(type)));
  }
  push(type);
  return true;
}

bool BodyValidator::local_set() {
  if (!check_index("local", instruction_->index, locals_.count())) {
    return false;
  }
  survey_local(true);
  ValType const type = locals_[instruction_->index];
  if (!type.is_defaultable()) [[unlikely]] {
    initialise(instruction_->index);
  }
  return pop(type);
}

bool BodyValidator::local_tee() {
  if (!check_index("local", instruction_->index, locals_.count())) {
    return false;
  }
  survey_local(true);
  ValType const type = locals_[instruction_->index];
  if (!type.is_defaultable()) [[unlikely]] {
    initialise(instruction_->index);
  }
  if (operands_.has_top(type)) [[likely]] {
    return true;
  }
  if (!pop(type)) {
    return false;
  }
  push(type);
  return true;
}

bool BodyValidator::global_get() {
  if (!check_index("global", instruction_->index, module_.globals.size())) {
    return false;
  }
  if (survey_ != nullptr) {
    survey_->use_global(instruction_->index);
  }
  push(module_.globals[instruction_->index].type.content);
  return true;
}

bool BodyValidator::global_set() {
  if (!check_index("global", instruction_->index, module_.globals.size())) {
    return false;
  }
  if (survey_ != nullptr) {
    survey_->use_global(instruction_->index);
  }
  auto const& type = module_.globals[instruction_->index].type;
  if (!type.is_mutable) {
    return fail(fmt::format("immutable global: global.set cannot change global {}", instruction_->index));
  }
  return pop(type.content);
}

} // namespace weir::validate
