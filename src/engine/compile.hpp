// From bytes to a module that can be instantiated.
#pragma once

#include <memory>

#include <weir/weir.hpp>

#include "code/function_code.hpp"
#include "engine/module_data.hpp"
#include "wasm/module.hpp"

namespace weir::engine {

// Decodes, validates and, as the Config says, translates.
Result<std::shared_ptr<detail::ModuleData const>> compile(Engine const& engine,
                                                          std::shared_ptr<wasm::ModuleBytes const> bytes);

// Decodes and validates everything, and keeps nothing.
Result<void> check(Engine const& engine, std::shared_ptr<wasm::ModuleBytes const> bytes);

// Has a function translated (and validated, in CompilationMode::lazy) and its entry published; does nothing when it was
// before. Any thread, any number of times.
Result<void> translate_function(code::FunctionRecord& record);

} // namespace weir::engine
