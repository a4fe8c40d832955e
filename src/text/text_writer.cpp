#include "text/text_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "text/lexer.hpp"

namespace weir::text {

namespace {

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};

// Characters that are not to be seen, or that change how others are shown: controls, formats (directions among them),
// line separators, surrogates' neighbours for private use and tags.
constexpr std::array invisible = std::to_array<CodePoints>({
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},        {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},      {0x115F, 0x1160},   {0x1680, 0x1680},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},    {0x2028, 0x202F},   {0x205F, 0x206F},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xE000, 0xF8FF},    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},    {0x110BD, 0x110BD}, {0x13430, 0x1345F},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF},
});

bool is_visible(std::uint32_t code_point) {
  auto const next = std::ranges::upper_bound(invisible, code_point, {}, &CodePoints::first);
  return next == invisible.begin() || code_point > std::prev(next)->last;
}

constexpr std::size_t deepest_indentation = 40;

template <class Float, class Bits>
std::string float_text(Bits bits) {
  constexpr int mantissa_bits = sizeof(Float) == 4 ? 23 : 52;
  constexpr Bits mantissa = (Bits{1} << mantissa_bits) - 1;
  constexpr Bits infinity = (~Bits{0} >> 1) & ~mantissa;
  if ((bits & infinity) != infinity) {
    return fmt::format("{}", std::bit_cast<Float>(bits)); // the shortest decimal that reads back the same
  }
  char const* const sign = (bits & ~(~Bits{0} >> 1)) != 0 ? "-" : "";
  Bits const payload = bits & mantissa;
  if (payload == 0) {
    return fmt::format("{}inf", sign);
  }
  constexpr Bits canonical = Bits{1} << (mantissa_bits - 1);
  return payload == canonical ? fmt::format("{}nan", sign) : fmt::format("{}nan:{:#x}", sign, payload);
}

} // namespace

void TextWriter::flush() {
  wanted_ = wanted_ && (buffer_.empty() || sink_(buffer_));
  buffer_.clear();
}

void TextWriter::new_line(std::size_t depth) {
  buffer_ += '\n';
  buffer_.append(2 * std::min(depth, deepest_indentation), ' ');
  flush_if_full();
}

void TextWriter::number(std::uint64_t value) { fmt::format_to(std::back_inserter(buffer_), "{}", value); }
void TextWriter::signed_number(std::int64_t value) { fmt::format_to(std::back_inserter(buffer_), "{}", value); }
void TextWriter::f32(std::uint32_t bits) { put(float_text<float>(bits)); }
void TextWriter::f64(std::uint64_t bits) { put(float_text<double>(bits)); }
void TextWriter::value_type(ValType type) { put(to_string(type)); }

void TextWriter::id(std::string_view text) {
  has_ids_ = true;
  put('$');
  if (std::ranges::all_of(text, is_idchar)) {
    put(text);
  } else {
    name(text);
  }
}

void TextWriter::escaped_byte(std::uint8_t byte) {
  switch (byte) {
  case '"': put("\\\""); break;
  case '\\': put("\\\\"); break;
  case '\t': put("\\t"); break;
  case '\n': put("\\n"); break;
  case '\r': put("\\r"); break;
  default:
    if (byte >= 0x20 && byte < 0x7F) {
      put(static_cast<char>(byte));
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      put('\\');
      put(digits[byte >> 4]);
      put(digits[byte & 15]);
    }
  }
}

void TextWriter::escaped_character(std::uint32_t code_point, std::string_view bytes) {
  if (code_point < 0x80) {
    escaped_byte(static_cast<std::uint8_t>(code_point));
  } else if (is_visible(code_point)) {
    put(bytes);
  } else {
    fmt::format_to(std::back_inserter(buffer_), "\\u{{{:x}}}", code_point);
  }
}

void TextWriter::name(std::string_view text) {
  put('"');
  while (!text.empty()) {
    auto const lead = static_cast<std::uint8_t>(text[0]);
    std::size_t const length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code_point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      code_point = code_point << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3Fu);
    }
    escaped_character(code_point, text.substr(0, length));
    text.remove_prefix(length);
  }
  put('"');
}

void TextWriter::bytes(base::ByteSpan bytes) {
  put('"');
  for (std::uint8_t const byte : bytes) {
    escaped_byte(byte);
  }
  put('"');
}

} // namespace weir::text
