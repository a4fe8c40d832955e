#include "text/cursor.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace weir::text {

bool Cursor::unexpected(std::string_view expected) {
  return fail(at_end() ? fmt::format("unexpected end, expected {}", expected)
                       : fmt::format("unexpected token `{}`, expected {}", base::printable(peek().text, 40), expected));
}

} // namespace weir::text
