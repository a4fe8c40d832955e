// From the text format to the binary format. https://webassembly.github.io/spec/core/text/index.html
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <weir/error.hpp>

#include "text/lexer.hpp"
#include "wasm/features.hpp"

namespace weir::text {

struct ParseOptions {
  wasm::Features features;
  bool write_name_section = true; // the text's identifiers
};

// Parses one module, `(module ...)` or its fields alone, into the binary format. Errors: malformed (with line and
// column), unsupported for the syntax of proposals that Weir does not have, limit. The result may still be invalid.
Result<std::vector<std::uint8_t>> parse_wat(std::string_view source, ParseOptions const& options = {});

// The same for tokens that are already there: the fields of a module, from behind `(module $id?` up to, and not
// including, its closing parenthesis. `source` is what the tokens point into; `module_name` may be empty.
Result<std::vector<std::uint8_t>> parse_fields(std::string_view source, std::span<Token const> tokens,
                                               std::string_view module_name, ParseOptions const& options);

} // namespace weir::text
