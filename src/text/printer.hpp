// From the binary format to the text format. https://webassembly.github.io/spec/core/text/index.html
#pragma once

#include <functional>
#include <string_view>

#include <weir/error.hpp>

#include "wasm/module.hpp"

namespace weir::text {

// Takes the text piece by piece, in order. Answers false when it wants no more.
using TextSink = std::function<bool(std::string_view)>;

// Prints a decoded module, which need not be valid: one instruction a line, indented by nesting; identifiers from the
// name section, numbers where it has none. The memory it takes does not grow with the text.
//
// parse_wat() turns the text of a valid module into a module that means the same, and gives back the bytes of a module
// that it made itself. Two texts do not parse: those of modules that are invalid in ways that the text format cannot
// say, and those with more than limits::text_nesting nested blocks.
//
// Errors: malformed, unsupported or limit, for a function body that cannot be read, with its byte offset; nothing is
// printed then. A sink that answers false ends the printing, which is no error of the module's.
Result<void> print_module(wasm::Module const& module, TextSink const& sink);

} // namespace weir::text
