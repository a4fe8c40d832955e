// From a validated function body to translated code.
#pragma once

#include <cstdint>
#include <span>

#include <weir/error.hpp>

#include "code/function_code.hpp"
#include "code/handler_table.hpp"
#include "decode/body_survey.hpp"
#include "wasm/module.hpp"

namespace weir::translate {

// What the translator needs to know of the module beyond its syntax.
struct Environment {
  wasm::Module const* module = nullptr;
  code::HandlerTable const* handlers = nullptr;
  // Of the functions defined in the module, by index minus imported_functions. Their addresses go into call cells.
  code::FunctionRecord* records = nullptr;
  // Canonical ids of the module's types, by type index (call_indirect).
  std::span<std::uint32_t const> type_ids;
};

// Translates functions one after the other, reusing its buffers. One translator belongs to one thread; several may work
// on different functions of one module.
class Translator {
 public:
  explicit Translator(Environment const& environment);
  ~Translator();
  Translator(Translator const&) = delete;
  Translator& operator=(Translator const&) = delete;

  // To be handed to the validation of a body that is translated next.
  decode::BodySurvey& survey() noexcept;

  // Precondition: the function's body was found valid, and the survey was made of it. Errors: kind `unsupported` for
  // instructions that the engine has no handlers for, kind `limit` for frames or code beyond what the encoding can
  // hold.
  Result<code::FunctionCode> translate(std::uint32_t function_index);

 private:
  struct State;
  State* state_;
};

} // namespace weir::translate
