// What the interpreter asks of the engine while a guest runs.
#pragma once

#include "runtime/context.hpp"

namespace weir::engine {

// Translation, budget, growth of memories and tables.
runtime::Hooks hooks() noexcept;

} // namespace weir::engine
