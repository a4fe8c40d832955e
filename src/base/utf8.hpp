// UTF-8 as the specification's names demand it. https://webassembly.github.io/spec/core/binary/values.html#names
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::base {

// Whether the whole text is well-formed UTF-8 (no overlong form, no surrogate, nothing above U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

// Appends the code point (below 0x110000, not a surrogate) to out.
void append_utf8(std::string& out, std::uint32_t code_point);

// The text made fit to be shown: control characters and ill-formed bytes become \xx escapes, quotes and backslashes
// are escaped, and at most `max_bytes` of the input are shown ("..." marks the cut).
std::string printable(std::string_view text, std::size_t max_bytes = 200);

} // namespace weir::base
