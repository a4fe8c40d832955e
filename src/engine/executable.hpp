// What of a valid module this version cannot execute.
#pragma once

#include <optional>

#include <weir/error.hpp>

#include "wasm/module.hpp"

namespace weir::engine {

// The first thing outside of function bodies that can be decoded and validated but not executed, as an error of kind
// `unsupported`. What stands in a body is found when the body is translated.
std::optional<Error> find_unexecutable(wasm::Module const& module);

} // namespace weir::engine
