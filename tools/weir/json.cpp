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

void JsonWriter::boolean(std::string_view key, bool value) {
  place(key);
  text_ += value ? "true" : "false";
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
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    auto const byte = static_cast<unsigned char>(c);
    // U+0080 to U+009F are control characters in two bytes, C2 80 to C2 9F.
    bool const begins_control =
        is_utf8 && byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (begins_control) {
      text_ += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8)) {
      text_ += fmt::format("\\u{:04x}", byte);
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

} // namespace weir::tools
