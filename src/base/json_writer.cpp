#include "base/json_writer.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace weir::base {

void JsonWriter::string(std::string_view key, std::string_view value) {
  place(key);
  quote(value);
}

void JsonWriter::number(std::string_view key, std::uint64_t value) {
  place(key);
  text_ += fmt::format("{}", value);
}

void JsonWriter::boolean(std::string_view key, bool value) {
  place(key);
  text_ += value ? "true" : "false";
}

void JsonWriter::null(std::string_view key) {
  place(key);
  text_ += "null";
}

std::string JsonWriter::take() && {
  if (layout_ == Layout::indented) {
    text_ += '\n';
  }
  return std::move(text_);
}

void JsonWriter::break_line() {
  if (layout_ == Layout::indented) {
    text_ += '\n';
    text_.append(std::size_t{2} * depth_, ' ');
  }
}

// What stands before a value: the comma after the one before, the line break, the key.
void JsonWriter::place(std::string_view key) {
  if (depth_ != 0) {
    text_ += first_ ? "" : ",";
    break_line();
  }
  first_ = false;
  if (!key.empty()) {
    quote(key);
    text_ += layout_ == Layout::indented ? ": " : ":";
  }
}

void JsonWriter::begin(std::string_view key, char bracket) {
  place(key);
  text_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) {
    break_line();
  }
  text_ += bracket;
  first_ = false;
}

void JsonWriter::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    auto const character = first_character(text);
    std::uint32_t const c = character.code_point;
    if (c == '"' || c == '\\') {
      text_ += {'\\', static_cast<char>(c)};
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (character.is_well_formed && !is_unprintable(c)) {
      text_ += text.substr(0, character.length);
    } else if (c < 0x10000) {
      text_ += fmt::format("\\u{:04x}", c);
    } else {
      text_ += fmt::format("\\u{:04x}\\u{:04x}", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF)); // surrogates
    }
    text.remove_prefix(character.length);
  }
  text_ += '"';
}

} // namespace weir::base
