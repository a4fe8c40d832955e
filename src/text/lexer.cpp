#include "text/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "wasm/limits.hpp"

namespace weir::text {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
unsigned hex_value(char c) { return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10); }

// https://webassembly.github.io/spec/core/text/values.html#text-idchar
constexpr std::array<bool, 256> make_idchars() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char const c : std::string_view{"!#$%&'*+-./:<=>?@\\^_`|~"}) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto idchars = make_idchars();
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  Result<std::vector<Token>> run();

 private:
  bool fail(std::size_t at, std::string_view what) {
    error_ = error_at(source_, static_cast<std::uint32_t>(at), ErrorKind::malformed, what);
    return false;
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  bool space();
  bool block_comment();
  bool string();
  bool escape();
  bool word();
  bool annotation();
  void add(TokenKind kind, std::size_t start) {
    if (skipping_ == 0) {
      tokens_.push_back({kind, static_cast<std::uint32_t>(start), source_.substr(start, at_ - start)});
    }
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::size_t depth_ = 0; // of parentheses, outside of annotations
  // Depth of parentheses inside an annotation, 0 outside.
  std::size_t skipping_ = 0;
  std::size_t annotation_at_ = 0;
  Error error_{ErrorKind::malformed, ""};
};

bool Lexer::block_comment() {
  std::size_t const start = at_;
  std::size_t depth = 0;
  while (at_ < source_.size()) {
    if (peek() == '(' && peek(1) == ';') {
      ++depth;
      at_ += 2;
    } else if (peek() == ';' && peek(1) == ')') {
      at_ += 2;
      if (--depth == 0) {
        return true;
      }
    } else {
      ++at_;
    }
  }
  return fail(start, "unclosed comment");
}

bool Lexer::space() {
  for (;;) {
    char const c = peek();
    if (at_ < source_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      ++at_;
    } else if (c == ';' && peek(1) == ';') {
      while (at_ < source_.size() && source_[at_] != '\n' && source_[at_] != '\r') {
        ++at_;
      }
    } else if (c == '(' && peek(1) == ';') {
      if (!block_comment()) {
        return false;
      }
    } else {
      return true;
    }
  }
}

bool Lexer::escape() {
  std::size_t const start = at_++;
  char const c = peek();
  if (c == 't' || c == 'n' || c == 'r' || c == '"' || c == '\'' || c == '\\') {
    ++at_;
    return true;
  }
  if (c == 'u') {
    if (peek(1) != '{') {
      return fail(start, "illegal escape in a string: \\u needs {");
    }
    at_ += 2;
    std::uint32_t value = 0;
    bool digits = false;
    for (; peek() != '}'; ++at_) {
      if (peek() == '_' && digits && is_hex(peek(1))) {
        continue;
      }
      if (!is_hex(peek())) {
        return fail(start, "illegal escape in a string: \\u{...} holds hexadecimal digits");
      }
      digits = true;
      value = value * 16 + hex_value(peek());
      if (value >= 0x110000) {
        return fail(start, "illegal escape in a string: the code point is not below 0x110000");
      }
    }
    ++at_;
    if (!digits || (value >= 0xD800 && value < 0xE000)) {
      return fail(start, "illegal escape in a string: not a Unicode scalar value");
    }
    return true;
  }
  if (is_hex(c) && is_hex(peek(1))) {
    at_ += 2;
    return true;
  }
  return fail(start, "illegal escape in a string");
}

bool Lexer::string() {
  std::size_t const start = at_++;
  while (at_ < source_.size()) {
    auto const c = static_cast<unsigned char>(source_[at_]);
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      if (!escape()) {
        return false;
      }
    } else if (c == '\n') {
      return fail(start, "unclosed string: it ends at the end of the line");
    } else if (c < 0x20 || c == 0x7F) {
      return fail(at_, fmt::format("illegal character \\{:02x} in a string: write it as an escape", c));
    } else {
      ++at_;
    }
  }
  return fail(start, "unclosed string");
}

// At `(@`. Of all annotations only (@custom ...) becomes tokens, and only where a module field may stand.
bool Lexer::annotation() {
  std::size_t const start = at_;
  at_ += 2;
  std::size_t const name = at_;
  bool const is_string = peek() == '"';
  if (is_string && !string()) {
    return false;
  }
  while (!is_string && is_idchar(peek())) {
    ++at_;
  }
  bool const is_empty = at_ == name || (is_string && at_ == name + 2);
  if (is_empty) {
    return fail(start, "empty annotation id");
  }
  auto const text = source_.substr(name, at_ - name);
  if (is_string && !base::is_utf8(string_value(text))) {
    return fail(start, "malformed UTF-8 encoding in an annotation id");
  }
  if (text == "custom" && depth_ <= 1) {
    ++depth_;
    tokens_.push_back({TokenKind::left, static_cast<std::uint32_t>(start), source_.substr(start, 1)});
    add(TokenKind::keyword, start + 1);
    return true;
  }
  annotation_at_ = start;
  skipping_ = 1;
  return true;
}

// A run of idchars and strings without space between them is one token.
bool Lexer::word() {
  std::size_t const start = at_;
  bool strings = false;
  bool characters = false;
  std::size_t string_at = 0;
  while (at_ < source_.size()) {
    if (is_idchar(source_[at_])) {
      characters = true;
      ++at_;
    } else if (source_[at_] == '"') {
      string_at = at_;
      strings = true;
      bool const first = at_ == start;
      if (!string()) {
        return false;
      }
      if (first && at_ < source_.size() && !is_idchar(source_[at_]) && source_[at_] != '"') {
        add(TokenKind::string, start);
        return true;
      }
      if (first && at_ == source_.size()) {
        add(TokenKind::string, start);
        return true;
      }
    } else if ((source_[at_] == ',' || source_[at_] == '[' || source_[at_] == ']' || source_[at_] == '{' ||
                source_[at_] == '}' || (source_[at_] == ';' && peek(1) != ';')) &&
               skipping_ != 0) {
      characters = true;
      ++at_;
    } else {
      break;
    }
  }
  if (at_ == start) {
    return fail(start, fmt::format("illegal character `{}`", base::printable(source_.substr(start, 1))));
  }
  auto const text = source_.substr(start, at_ - start);
  if (strings) {
    // $"..." is an identifier; anything else that a string touches is reserved.
    bool const id = characters && text[0] == '$' && string_at == start + 1 && text.size() > 2 && text.back() == '"';
    if (id) {
      auto const value = string_value(text.substr(1));
      if (value.empty()) {
        return skipping_ != 0 || fail(start, "empty identifier");
      }
      if (!base::is_utf8(value)) {
        return skipping_ != 0 || fail(start, "malformed UTF-8 encoding in an identifier");
      }
      add(TokenKind::id, start);
    } else {
      add(TokenKind::reserved, start);
    }
    return true;
  }
  char const first = text[0];
  if (first == '$') {
    if (text.size() == 1) {
      return skipping_ != 0 || fail(start, "empty identifier");
    }
    add(TokenKind::id, start);
  } else if (is_digit(first) || ((first == '+' || first == '-') && text.size() > 1)) {
    add(TokenKind::number, start);
  } else if (first >= 'a' && first <= 'z') {
    add(TokenKind::keyword, start);
  } else {
    add(TokenKind::reserved, start);
  }
  return true;
}

Result<std::vector<Token>> Lexer::run() {
  if (source_.size() > wasm::limits::module_bytes) {
    return std::unexpected(Error{ErrorKind::limit, "the text has more than 1 GiB"});
  }
  if (!base::is_utf8(source_)) {
    return std::unexpected(Error{ErrorKind::malformed, "malformed UTF-8 encoding: the text format is UTF-8"});
  }
  for (;;) {
    if (!space()) {
      return std::unexpected(std::move(error_));
    }
    if (at_ == source_.size()) {
      break;
    }
    std::size_t const start = at_;
    char const c = source_[at_];
    bool good = true;
    if (c == '(' && peek(1) == '@' && skipping_ == 0) { // inside of an annotation it is a parenthesis like others
      good = annotation();
    } else if (c == '(') {
      ++at_;
      add(TokenKind::left, start);
      ++(skipping_ != 0 ? skipping_ : depth_);
    } else if (c == ')') {
      ++at_;
      if (skipping_ != 0) {
        --skipping_;
      } else {
        add(TokenKind::right, start);
        depth_ -= depth_ != 0 ? 1 : 0;
      }
    } else {
      good = word();
    }
    if (!good) {
      return std::unexpected(std::move(error_));
    }
  }
  if (skipping_ != 0) {
    return std::unexpected(
        error_at(source_, static_cast<std::uint32_t>(annotation_at_), ErrorKind::malformed, "unclosed annotation"));
  }
  tokens_.push_back({TokenKind::end, static_cast<std::uint32_t>(at_), {}});
  return std::move(tokens_);
}

} // namespace

bool is_idchar(char c) noexcept { return idchars[static_cast<unsigned char>(c)]; }

Position position_of(std::string_view source, std::uint32_t offset) noexcept {
  auto const before = source.substr(0, offset);
  auto const lines = std::count(before.begin(), before.end(), '\n');
  auto const last = before.rfind('\n');
  auto const column = last == std::string_view::npos ? before.size() + 1 : before.size() - last;
  return {static_cast<std::uint32_t>(lines) + 1, static_cast<std::uint32_t>(column)};
}

Error error_at(std::string_view source, std::uint32_t offset, ErrorKind kind, std::string_view what) {
  auto const position = position_of(source, offset);
  return Error{kind, fmt::format("{} (line {}, column {})", what, position.line, position.column)}.at(position.line,
                                                                                                      position.column);
}

Result<std::vector<Token>> tokenize(std::string_view source) { return Lexer{source}.run(); }

std::string string_value(std::string_view literal) {
  std::string value;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    if (literal[i] != '\\') {
      value += literal[i];
      continue;
    }
    char const c = literal[++i];
    switch (c) {
    case 't': value += '\t'; break;
    case 'n': value += '\n'; break;
    case 'r': value += '\r'; break;
    case '"':
    case '\'':
    case '\\': value += c; break;
    case 'u': {
      std::uint32_t code_point = 0;
      for (i += 2; literal[i] != '}'; ++i) {
        if (literal[i] != '_') {
          code_point = code_point * 16 + hex_value(literal[i]);
        }
      }
      base::append_utf8(value, code_point);
      break;
    }
    default: value += static_cast<char>(hex_value(c) * 16 + hex_value(literal[++i])); break;
    }
  }
  return value;
}

} // namespace weir::text
