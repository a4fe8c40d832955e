#include "text/numbers.hpp"

#include <bit>
#include <charconv>
#include <string>

namespace weir::text {

namespace {

bool is_digit(char c, bool hex) {
  return (c >= '0' && c <= '9') || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}
unsigned digit_value(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

bool take_hex_prefix(std::string_view& text) {
  if (text.starts_with("0x")) {
    text.remove_prefix(2);
    return true;
  }
  return false;
}

// Moves a run of digits from the text to `digits`, underscores between digits left out. False if there is none, or an
// underscore stands elsewhere.
bool take_digits(std::string_view& text, bool hex, std::string& digits) {
  bool last_is_digit = false;
  while (!text.empty()) {
    if (is_digit(text[0], hex)) {
      digits += text[0];
      last_is_digit = true;
    } else if (text[0] == '_' && last_is_digit) {
      last_is_digit = false;
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  return last_is_digit;
}

struct FloatText {
  bool negative = false;
  bool hex = false;
  std::string digits; // for from_chars: no sign, no prefix
  long magnitude = 0; // about the exponent of the leading digit, in powers of the base (2 for hex)
  bool is_zero = true;
};

bool split_float(std::string_view text, FloatText& out) {
  out.hex = take_hex_prefix(text);
  std::string whole;
  std::string fraction;
  if (!take_digits(text, out.hex, whole)) {
    return false;
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    if (!text.empty() && is_digit(text[0], out.hex) && !take_digits(text, out.hex, fraction)) {
      return false;
    }
  }
  long exponent = 0;
  std::string exponent_text;
  if (!text.empty() && (text[0] | 0x20) == (out.hex ? 'p' : 'e')) {
    text.remove_prefix(1);
    bool const minus = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
      text.remove_prefix(1);
    }
    if (!take_digits(text, false, exponent_text)) {
      return false;
    }
    for (char const c : exponent_text) {
      exponent = exponent < 100000000 ? exponent * 10 + (c - '0') : exponent;
    }
    exponent = minus ? -exponent : exponent;
  }
  if (!text.empty()) {
    return false;
  }
  std::string const all = whole + fraction;
  auto const leading = all.find_first_not_of('0');
  out.is_zero = leading == std::string::npos;
  long const unit = out.hex ? 4 : 1;
  out.magnitude = out.is_zero ? 0 : (static_cast<long>(whole.size()) - static_cast<long>(leading)) * unit + exponent;
  out.digits = whole + (fraction.empty() ? "" : "." + fraction) + (out.hex ? "p" : "e") + std::to_string(exponent);
  return true;
}

template <class Float, class Bits>
NumberStatus parse_float(std::string_view text, Bits& bits) {
  constexpr int mantissa_bits = sizeof(Float) == 4 ? 23 : 52;
  constexpr Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
  constexpr Bits infinity = (~Bits{0} >> 1) & ~((Bits{1} << mantissa_bits) - 1);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  Bits const sign_bit = negative ? sign : 0;
  if (text == "inf") {
    bits = sign_bit | infinity;
    return NumberStatus::ok;
  }
  if (text == "nan") {
    bits = sign_bit | infinity | Bits{1} << (mantissa_bits - 1);
    return NumberStatus::ok;
  }
  if (text.starts_with("nan:0x")) {
    std::uint64_t payload = 0;
    auto const status = parse_unsigned(text.substr(4), (std::uint64_t{1} << mantissa_bits) - 1, payload);
    if (status != NumberStatus::ok || payload == 0) {
      return status == NumberStatus::malformed ? status : NumberStatus::out_of_range;
    }
    bits = sign_bit | infinity | static_cast<Bits>(payload);
    return NumberStatus::ok;
  }
  FloatText parts;
  if (!split_float(text, parts)) {
    return NumberStatus::malformed;
  }
  Float value = 0;
  if (!parts.is_zero) {
    auto const* const first = parts.digits.data();
    auto const* const last = first + parts.digits.size();
    auto const done =
        std::from_chars(first, last, value, parts.hex ? std::chars_format::hex : std::chars_format::general);
    if (done.ec == std::errc::result_out_of_range) {
      if (parts.magnitude > 0) {
        return NumberStatus::out_of_range;
      }
      value = 0;
    } else if (done.ec != std::errc{} || done.ptr != last) {
      return NumberStatus::malformed;
    }
  }
  bits = std::bit_cast<Bits>(value);
  if (bits == infinity) {
    return NumberStatus::out_of_range;
  }
  bits |= sign_bit;
  return NumberStatus::ok;
}

} // namespace

NumberStatus parse_unsigned(std::string_view text, std::uint64_t most, std::uint64_t& value) noexcept {
  bool const hex = take_hex_prefix(text);
  std::uint64_t const base = hex ? 16 : 10;
  value = 0;
  bool last_is_digit = false;
  bool overflow = false;
  for (char const c : text) {
    if (is_digit(c, hex)) {
      unsigned const digit = digit_value(c);
      overflow = overflow || value > (~std::uint64_t{0} - digit) / base;
      value = value * base + digit;
      last_is_digit = true;
    } else if (c == '_' && last_is_digit) {
      last_is_digit = false;
    } else {
      return NumberStatus::malformed;
    }
  }
  if (!last_is_digit) {
    return NumberStatus::malformed;
  }
  return overflow || value > most ? NumberStatus::out_of_range : NumberStatus::ok;
}

NumberStatus parse_integer(std::string_view text, unsigned bits, std::uint64_t& value) noexcept {
  bool const negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  std::uint64_t const all = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  std::uint64_t const most = negative ? std::uint64_t{1} << (bits - 1) : all;
  auto const status = parse_unsigned(text, most, value);
  if (negative) {
    value = (0 - value) & all;
  }
  return status;
}

NumberStatus parse_f32(std::string_view text, std::uint32_t& bits) { return parse_float<float>(text, bits); }
NumberStatus parse_f64(std::string_view text, std::uint64_t& bits) { return parse_float<double>(text, bits); }

} // namespace weir::text
