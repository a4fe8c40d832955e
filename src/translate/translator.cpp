#include "translate/translator.hpp"

#include "translate/function_translator.hpp"

namespace weir::translate {

struct Translator::State {
  FunctionTranslator translator;
};

Translator::Translator(Environment const& environment) : state_(new State{FunctionTranslator{environment}}) {}

Translator::~Translator() { delete state_; }

decode::BodySurvey& Translator::survey() noexcept { return state_->translator.survey(); }

Result<code::FunctionCode> Translator::translate(std::uint32_t function_index) {
  return state_->translator.translate(function_index);
}

} // namespace weir::translate
