// A position in a list of tokens, and the errors that belong there.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "text/lexer.hpp"

namespace weir::text {

// The functions that can fail answer false and leave the error here: the first one counts.
class Cursor {
 public:
  // The tokens must be followed by one more token in memory (of kind end or right).
  Cursor(std::string_view source, std::span<Token const> tokens)
      : source_(source), begin_(tokens.data()), at_(begin_), end_(begin_ + tokens.size()) {}

  bool at_end() const { return at_ == end_; }
  Token const& peek(std::size_t ahead = 0) const { return at_ + ahead < end_ ? at_[ahead] : *end_; }
  TokenKind kind(std::size_t ahead = 0) const { return at_ + ahead < end_ ? at_[ahead].kind : TokenKind::end; }
  bool is_keyword(std::string_view text, std::size_t ahead = 0) const {
    return kind(ahead) == TokenKind::keyword && peek(ahead).text == text;
  }
  // Whether `(keyword` comes next.
  bool is_form(std::string_view keyword) const { return kind() == TokenKind::left && is_keyword(keyword, 1); }
  void skip(std::size_t count = 1) { at_ += count; }
  Token const* position() const { return at_; }
  void set_position(Token const* at) { at_ = at; }

  bool take_form(std::string_view keyword) {
    if (!is_form(keyword)) {
      return false;
    }
    skip(2);
    return true;
  }
  bool take_keyword(std::string_view text) {
    if (!is_keyword(text)) {
      return false;
    }
    skip();
    return true;
  }
  bool expect(TokenKind wanted, std::string_view what) {
    if (kind() != wanted) {
      return unexpected(what);
    }
    skip();
    return true;
  }
  bool close() { return expect(TokenKind::right, "`)`"); }

  // Precondition: the cursor is behind a left parenthesis whose form is not to be read. Skips to behind its right one.
  bool skip_form() {
    for (std::size_t depth = 1; depth != 0; skip()) {
      if (at_end()) {
        return unclosed();
      }
      depth += kind() == TokenKind::left ? 1u : 0u;
      depth -= kind() == TokenKind::right ? 1u : 0u;
    }
    return true;
  }

  bool fail_at(Token const& token, ErrorKind kind, std::string_view what) {
    if (!failed_) {
      failed_ = true;
      error_ = error_at(source_, token.offset, kind, what);
    }
    return false;
  }
  bool fail(std::string_view what) { return fail_at(peek(), ErrorKind::malformed, what); }
  bool unexpected(std::string_view expected);
  // Precondition: at the end, in a form. Fails at the innermost parenthesis that is open.
  bool unclosed();
  bool failed() const { return failed_; }
  Error take_error() { return std::move(error_); }
  std::string_view source() const { return source_; }

 private:
  std::string_view source_;
  Token const* begin_;
  Token const* at_;
  Token const* end_;
  bool failed_ = false;
  Error error_{ErrorKind::malformed, ""};
};

// The name of an identifier token: without `$`, the quoted form resolved.
inline std::string id_name(std::string_view token) {
  return token.size() > 1 && token[1] == '"' ? string_value(token.substr(1)) : std::string{token.substr(1)};
}

} // namespace weir::text
