#include "base/utf8.hpp"

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

std::string printable(std::string_view text, std::size_t max_bytes) {
  constexpr char const* digits = "0123456789abcdef";
  std::string out;
  std::size_t shown = 0;
  while (!text.empty()) {
    std::size_t const length = sequence_length(text);
    std::size_t const step = length == 0 ? 1 : length;
    if (shown + step > max_bytes) {
      out += "...";
      break;
    }
    std::uint8_t const lead = static_cast<std::uint8_t>(text[0]);
    // U+0080..U+009F are control characters too: C2 80..C2 9F.
    bool const control =
        lead < 0x20 || lead == 0x7F || (length == 2 && lead == 0xC2 && static_cast<std::uint8_t>(text[1]) < 0xA0);
    if (length == 0 || control) {
      for (std::size_t i = 0; i < step; ++i) {
        std::uint8_t const byte = static_cast<std::uint8_t>(text[i]);
        out += {'\\', digits[byte >> 4], digits[byte & 15]};
      }
    } else if (lead == '"' || lead == '\\') {
      out += {'\\', static_cast<char>(lead)};
    } else {
      out += text.substr(0, step);
    }
    text.remove_prefix(step);
    shown += step;
  }
  return out;
}

} // namespace weir::base
