// Validation of function bodies. https://webassembly.github.io/spec/core/valid/modules.html#functions
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <weir/error.hpp>

#include "decode/body_survey.hpp"
#include "wasm/module.hpp"

namespace weir::validate {

// What all bodies of a module need to know of it: function references that may be taken (ref.func), and
// which types are the same.
struct ModuleFacts {
  std::vector<bool> referenced_functions; // by function index
  // By type index, the first equivalent type; empty where there are no references to types.
  std::vector<std::uint32_t> first_equivalent;
};

class BodyValidator;

// Validates functions one after the other, reusing its buffers. One validator belongs to one thread; several may work
// on different functions of one module. Module and facts must outlive it.
class FunctionValidator {
 public:
  FunctionValidator(wasm::Module const& module, ModuleFacts const& facts);
  ~FunctionValidator();
  FunctionValidator(FunctionValidator const&) = delete;
  FunctionValidator& operator=(FunctionValidator const&) = delete;

  // Precondition: validate_module() accepted the module; the function is defined in it. Checks the body's binary format
  // too. Errors: malformed, invalid, unsupported, limit, with the byte offset. A survey, if there is one, is told what
  // the body consists of; after an error it says nothing.
  Result<void> validate(std::uint32_t function, decode::BodySurvey* survey = nullptr);

 private:
  std::unique_ptr<BodyValidator> body_;
};

} // namespace weir::validate
