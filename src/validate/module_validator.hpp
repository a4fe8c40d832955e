// Validation of a module. https://webassembly.github.io/spec/core/valid/modules.html
#pragma once

#include <weir/error.hpp>

#include "validate/function_validator.hpp"
#include "wasm/module.hpp"

namespace weir::validate {

// Checks everything but the function bodies, and gives what their validation needs.
Result<ModuleFacts> validate_module(wasm::Module const& module);

} // namespace weir::validate
