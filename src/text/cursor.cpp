#include "text/cursor.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace weir::text {

bool Cursor::unexpected(std::string_view expected) {
  return fail(at_end() ? fmt::format("unexpected end, expected {}", expected)
                       : fmt::format("unexpected token `{}`, expected {}", base::printable(peek().text, 40), expected));
}

bool Cursor::unclosed() {
  Token const* open = at_;
  for (std::size_t closed = 0; open != begin_;) {
    --open;
    if (open->kind == TokenKind::right) {
      ++closed;
    } else if (open->kind == TokenKind::left && closed-- == 0) {
      break;
    }
  }
  return fail_at(*open, ErrorKind::malformed, "unexpected end: this parenthesis is not closed");
}

} // namespace weir::text
