// Validation of constant expressions.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
#pragma once

#include <cstdint>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "validate/function_validator.hpp"
#include "wasm/module.hpp"

namespace weir::validate {

// Checks that the expression at the start of the range is constant and gives one value of the expected type. Functions
// that it refers to become referenced. Precondition: `facts` has room for all functions; the decoder accepted the
// range. Returns the size of the expression in bytes.
Result<std::uint32_t> validate_constant_expression(wasm::Module const& module, ModuleFacts& facts,
                                                   wasm::ByteRange range, ValType expected);

} // namespace weir::validate
