// Constant expressions, evaluated at instantiation.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
#pragma once

#include <array>
#include <cstdint>

#include "runtime/context.hpp"
#include "wasm/module.hpp"

namespace weir::engine {

using ConstantValue = std::array<std::uint64_t, 2>; // slots; v128 uses both

// Precondition: the expression is valid, and the globals and functions that it names are there.
ConstantValue evaluate(runtime::Instance const& instance, wasm::ConstantExpression const& expression);

// The same for one of several expressions that follow each other: `offset` is the position of its first byte in the
// module and becomes that of the next expression's.
ConstantValue evaluate_next(runtime::Instance const& instance, std::uint32_t& offset, std::uint32_t end);

} // namespace weir::engine
