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

// A character at the start of a text that is not empty.
struct Character {
  std::uint32_t code_point = 0; // of an ill-formed byte: the byte
  std::size_t length = 1;       // bytes
  bool is_well_formed = false;
};
Character first_character(std::string_view text) noexcept;

// Characters that must not be shown as they are: controls, and such as hide text or change its order (bidirectional
// controls, zero-width ones, line separators, private ones).
bool is_unprintable(std::uint32_t code_point) noexcept;

// The first `max_bytes` of a text at the most, not ending inside of a well-formed sequence.
std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) noexcept;

// The text made fit to be shown: the bytes of unprintable characters and of ill-formed sequences become \xx escapes,
// quotes, backquotes and backslashes are escaped; at most `max_bytes` of the input are shown ("..." marks the cut).
std::string printable(std::string_view text, std::size_t max_bytes = 200);

// The same without a cut, and with quotes, backquotes and backslashes as they are: for text that quotes already.
std::string printable_text(std::string_view text);

// The same of a text of several lines, which stay apart; tabulators stay too.
std::string printable_lines(std::string_view text);

} // namespace weir::base
