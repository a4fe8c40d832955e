#include "json.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace weir::tools {

void JsonWriter::string(std::string_view key, std::string_view value) {
  place(key);
  quote(value);
}

void JsonWriter::number(std::string_view key, std::uint64_t value) {
  place(key);
  text_ += fmt::format("{}", value);
}

void JsonWriter::null(std::string_view key) {
  place(key);
  text_ += "null";
}

std::string JsonWriter::take() && { return std::move(text_) + "\n"; }

// What stands before a value: the comma after the one before, the line break, the key.
void JsonWriter::place(std::string_view key) {
  if (depth_ != 0) {
    text_ += first_ ? "\n" : ",\n";
    text_.append(std::size_t{2} * depth_, ' ');
  }
  first_ = false;
  if (!key.empty()) {
    quote(key);
    text_ += ": ";
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
    text_ += "\n";
    text_.append(std::size_t{2} * depth_, ' ');
  }
  text_ += bracket;
  first_ = false;
}

void JsonWriter::quote(std::string_view text) {
  bool const is_utf8 = base::is_utf8(text);
  text_ += '"';
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
      text_ += fmt::format("\\u{:04x}", byte);
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

} // namespace weir::tools
