#include "base/utf8.hpp"

#include <algorithm>

namespace weir::base {

namespace {

// The length of the well-formed sequence at the start of the text, 0 when it is ill-formed.
// https://www.unicode.org/versions/latest/ table 3-7.
std::size_t sequence_length(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  auto const continues = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  std::uint8_t const lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    std::uint8_t const low = lead == 0xE0 ? 0xA0 : 0x80;
    std::uint8_t const high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    std::uint8_t const low = lead == 0xF0 ? 0x90 : 0x80;
    std::uint8_t const high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

} // namespace

Character first_character(std::string_view text) noexcept {
  auto const lead = static_cast<std::uint8_t>(text[0]);
  std::size_t const length = sequence_length(text);
  if (length <= 1) {
    return {lead, 1, length == 1};
  }
  std::uint32_t value = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3Fu);
  }
  return {value, length, true};
}

// Control characters, and of Unicode's format characters those that hide text or change its order.
bool is_unprintable(std::uint32_t c) noexcept {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  static constexpr Range ranges[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},   {0x61C, 0x61C},   {0x115F, 0x1160},
      {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
      {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A},
      {0xE000, 0xF8FF}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}};
  return std::ranges::any_of(ranges, [c](Range const& range) { return c >= range.first && c <= range.last; });
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t const length = sequence_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  auto const put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) {
    return text;
  }
  std::size_t end = 0;
  while (end < max_bytes) {
    std::size_t const length = first_character(text.substr(end)).length;
    if (end + length > max_bytes) {
      break;
    }
    end += length;
  }
  return text.substr(0, end);
}

namespace {

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr char const* digits = "0123456789abcdef";
  for (char const each : bytes) {
    auto const byte = static_cast<std::uint8_t>(each);
    out += {'\\', digits[byte >> 4], digits[byte & 15]};
  }
}

} // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  std::size_t shown = 0;
  while (!text.empty()) {
    auto const character = first_character(text);
    if (shown + character.length > max_bytes) {
      out += "...";
      break;
    }
    auto const bytes = text.substr(0, character.length);
    if (!character.is_well_formed || is_unprintable(character.code_point)) {
      append_escaped(out, bytes);
    } else if (bytes == "\"" || bytes == "\\" || bytes == "`") {
      out += {'\\', bytes[0]};
    } else {
      out += bytes;
    }
    text.remove_prefix(character.length);
    shown += character.length;
  }
  return out;
}

namespace {

// The text with what is unprintable escaped, but for the characters in `kept`.
std::string escaped_text(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    auto const character = first_character(text);
    auto const bytes = text.substr(0, character.length);
    bool const is_unfit = !character.is_well_formed || is_unprintable(character.code_point);
    if (is_unfit && !kept.contains(bytes)) {
      append_escaped(out, bytes);
    } else {
      out += bytes;
    }
    text.remove_prefix(character.length);
  }
  return out;
}

} // namespace

std::string printable_text(std::string_view text) { return escaped_text(text, {}); }

std::string printable_lines(std::string_view text) { return escaped_text(text, "\n\t"); }

} // namespace weir::base
