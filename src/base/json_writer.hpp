// Writes JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::base {

// Values are written in order; the writer puts commas, line breaks and quotes. Inside an object every value has a key,
// inside an array none.
class JsonWriter {
 public:
  enum class Layout : std::uint8_t { indented, one_line };

  explicit JsonWriter(Layout layout = Layout::indented) noexcept : layout_(layout) {}

  void begin_object(std::string_view key = {}) { begin(key, '{'); }
  void end_object() { end('}'); }
  void begin_array(std::string_view key = {}) { begin(key, '['); }
  void end_array() { end(']'); }

  // What is written is well-formed UTF-8 without unprintable characters, whatever the text is: those are escaped, and
  // bytes that are not UTF-8 become U+0080 to U+00FF.
  void string(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  void boolean(std::string_view key, bool value);
  void null(std::string_view key);

  // What was written; indented, with a line feed at the end.
  std::string take() &&;

 private:
  void place(std::string_view key);
  void begin(std::string_view key, char bracket);
  void end(char bracket);
  void quote(std::string_view text);
  void break_line();

  std::string text_;
  Layout layout_;
  unsigned depth_ = 0;
  bool first_ = true;
};

} // namespace weir::base
