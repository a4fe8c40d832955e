// Text on its way to a sink: buffered, indented, and escaped so that it may be shown on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <weir/types.hpp>

#include "base/bytes.hpp"
#include "text/printer.hpp"

namespace weir::text {

class TextWriter {
 public:
  // The sink must outlive the writer.
  explicit TextWriter(TextSink const& sink) : sink_(sink) {}

  // Whether the sink still takes text. What is put after it refused is lost.
  bool wanted() const noexcept { return wanted_; }

  void put(char c) {
    buffer_ += c;
    flush_if_full();
  }
  void put(std::string_view text) {
    buffer_ += text;
    flush_if_full();
  }
  // Ends the line and indents the next one. The indentation stops to grow at a depth of some dozens.
  void new_line(std::size_t depth);
  void flush();

  void number(std::uint64_t value);
  void signed_number(std::int64_t value);
  // The float of these bits, so that it reads back as the same bits.
  void f32(std::uint32_t bits);
  void f64(std::uint64_t bits);
  void value_type(ValType type);
  // `$name`, quoted where the characters demand it. Precondition: not empty, well-formed UTF-8.
  void id(std::string_view name);
  bool has_ids() const noexcept { return has_ids_; } // whether id() was called
  // A quoted string of well-formed UTF-8: visible characters as they are, everything else escaped.
  void name(std::string_view text);
  // A quoted string of bytes: visible ASCII as it is, everything else escaped.
  void bytes(base::ByteSpan bytes);

 private:
  void flush_if_full() {
    if (buffer_.size() >= 1u << 16) [[unlikely]] {
      flush();
    }
  }
  void escaped_byte(std::uint8_t byte);
  void escaped_character(std::uint32_t code_point, std::string_view bytes);

  TextSink const& sink_;
  std::string buffer_;
  bool wanted_ = true;
  bool has_ids_ = false;
};

} // namespace weir::text
