// Guest values as people write and read them on a command line.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <weir/weir.hpp>

namespace weir::tools {

// Reads an argument of the given type: integers in decimal or 0x hexadecimal, signed or unsigned; floats also as inf,
// nan and nan:0x1, and in hexadecimal; references only as "null". The error says what was expected instead.
std::expected<Val, std::string> parse_value(ValType type, std::string_view text);

// The value as `weir run` prints it, in a form that parse_value() reads back: integers signed, floats by their shortest
// exact digits. References that are not null print as their type.
std::string format_value(Val const& value);

} // namespace weir::tools
