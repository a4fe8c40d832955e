// Tokens of the text format. https://webassembly.github.io/spec/core/text/lexical.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <weir/error.hpp>

namespace weir::text {

enum class TokenKind : std::uint8_t {
  left,     // (
  right,    // )
  keyword,  // begins with a lower-case letter; also @custom
  id,       // $name or $"name"
  string,   // "..."
  number,   // begins with a digit or a sign
  reserved, // anything else that the grammar keeps for later
  end,      // of the input
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t offset = 0; // of its first byte in the source
  std::string_view text;    // as written
};

// 1-based line and column (in bytes) of an offset.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};
Position position_of(std::string_view source, std::uint32_t offset) noexcept;

// The whole source as tokens, the last one of kind end. Comments are passed over; annotations (`(@name ...)`) too, with
// one exception: `(@custom ...)` in at most one pair of parentheses gives tokens, the keyword is `@custom`.
// Errors: kind malformed, with line and column.
Result<std::vector<Token>> tokenize(std::string_view source);

// Whether the character may stand in a keyword or an identifier without quotes.
bool is_idchar(char c) noexcept;

// Precondition: the token is a string that tokenize() accepted. Its bytes with the escapes resolved.
std::string string_value(std::string_view literal);

// The error with its line and column.
Error error_at(std::string_view source, std::uint32_t offset, ErrorKind kind, std::string_view what);

} // namespace weir::text
