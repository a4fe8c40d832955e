#include "validate/function_validator.hpp"

#include "validate/body_validator.hpp"

namespace weir::validate {

FunctionValidator::FunctionValidator(wasm::Module const& module, ModuleFacts const& facts)
    : body_(std::make_unique<BodyValidator>(module, facts)) {}

FunctionValidator::~FunctionValidator() = default;

Result<void> FunctionValidator::validate(std::uint32_t function, decode::BodySurvey* survey) {
  return body_->validate(function, survey);
}

} // namespace weir::validate
