// Writes JSON, indented for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::tools {

// Values are written in order; the writer puts commas, line breaks and quotes. Inside an object every value has a key,
// inside an array none.
class JsonWriter {
 public:
  void begin_object(std::string_view key = {}) { begin(key, '{'); }
  void end_object() { end('}'); }
  void begin_array(std::string_view key = {}) { begin(key, '['); }
  void end_array() { end(']'); }

  // Text is taken for UTF-8; bytes that are not, and control characters, are escaped.
  void string(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  void boolean(std::string_view key, bool value);
  void null(std::string_view key);

  // What was written, with a line feed at the end.
  std::string take() &&;

 private:
  void place(std::string_view key);
  void begin(std::string_view key, char bracket);
  void end(char bracket);
  void quote(std::string_view text);

  std::string text_;
  unsigned depth_ = 0;
  bool first_ = true;
};

} // namespace weir::tools
