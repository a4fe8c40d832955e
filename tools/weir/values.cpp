#include "values.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

namespace weir::tools {

namespace {

template <class Float>
struct Layout;
template <>
struct Layout<float> {
  using Bits = std::uint32_t;
  static constexpr unsigned mantissa = 23;
};
template <>
struct Layout<double> {
  using Bits = std::uint64_t;
  static constexpr unsigned mantissa = 52;
};

// Takes `prefix` off the front, if it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

struct Magnitude {
  bool negative;
  std::string_view digits;
  int base;
};

Magnitude split_number(std::string_view text) {
  Magnitude number{};
  number.negative = take(text, "-");
  if (!number.negative) {
    take(text, "+");
  }
  number.base = take(text, "0x") || take(text, "0X") ? 16 : 10;
  number.digits = text;
  return number;
}

std::optional<std::uint64_t> parse_digits(std::string_view digits, int base) {
  std::uint64_t value = 0;
  auto const [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (code != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

// As the text format has it: any value that fits as signed or as unsigned.
template <class Unsigned>
std::expected<Val, std::string> parse_integer(std::string_view text) {
  using Signed = std::make_signed_t<Unsigned>;
  constexpr std::uint64_t highest = std::numeric_limits<Unsigned>::max();
  constexpr std::uint64_t lowest = highest / 2 + 1; // the magnitude of the most negative value
  auto const number = split_number(text);
  auto const magnitude = parse_digits(number.digits, number.base);
  if (!magnitude.has_value() || *magnitude > (number.negative ? lowest : highest)) {
    return std::unexpected(fmt::format("expected a whole number from {} to {}, decimal or with 0x",
                                       std::numeric_limits<Signed>::min(), highest));
  }
  auto const value = static_cast<Unsigned>(*magnitude);
  return Val{static_cast<Unsigned>(number.negative ? Unsigned{0} - value : value)};
}

// digits [. digits] [exponent], with at least one digit before the exponent.
bool is_number(std::string_view text, int base) {
  auto const skip_digits = [&text, base] {
    auto const end = std::ranges::find_if_not(text, [base](char c) {
      return (c >= '0' && c <= '9') || (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
    });
    auto const count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
  };
  std::size_t digits = skip_digits();
  if (take(text, ".")) {
    digits += skip_digits();
  }
  if (digits == 0) {
    return false;
  }
  bool const exponent = base == 16 ? take(text, "p") || take(text, "P") : take(text, "e") || take(text, "E");
  if (exponent) {
    if (!take(text, "-")) {
      take(text, "+");
    }
    base = 10;
    return skip_digits() != 0 && text.empty();
  }
  return text.empty();
}

float to_float(char const* text, float) { return std::strtof(text, nullptr); }
double to_float(char const* text, double) { return std::strtod(text, nullptr); }

template <class Float>
Val from_bits(typename Layout<Float>::Bits bits) {
  if constexpr (std::is_same_v<Float, float>) {
    return Val::f32_bits(bits);
  } else {
    return Val::f64_bits(bits);
  }
}

template <class Float>
std::expected<Val, std::string> parse_float(std::string_view text) {
  using Bits = typename Layout<Float>::Bits;
  constexpr Bits sign_bit = Bits{1} << (sizeof(Bits) * 8 - 1);
  constexpr Bits quiet_bit = Bits{1} << (Layout<Float>::mantissa - 1);
  constexpr Bits payload_mask = quiet_bit * 2 - 1;
  constexpr auto infinity = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());

  auto const number = split_number(text);
  Bits const sign = number.negative ? sign_bit : 0;
  std::string_view word = number.digits;
  if (number.base == 10 && take(word, "nan")) {
    if (word.empty()) {
      return from_bits<Float>(sign | infinity | quiet_bit);
    }
    auto const payload = take(word, ":0x") ? parse_digits(word, 16) : std::nullopt;
    if (!payload.has_value() || *payload == 0 || *payload > payload_mask) {
      return std::unexpected(fmt::format("the payload behind nan: goes from 0x1 to {:#x}", payload_mask));
    }
    return from_bits<Float>(static_cast<Bits>(sign | infinity | *payload));
  }
  if (number.base == 10 && word == "inf") {
    return from_bits<Float>(sign | infinity);
  }
  if (!is_number(word, number.base)) {
    return std::unexpected("expected a number such as 1.5, -2e10, 0x1.8p3, inf, nan or nan:0x1");
  }
  // The C library rounds once, to nearest, whatever the base.
  Float const value = to_float(std::string{text}.c_str(), Float{});
  if (std::isinf(value)) {
    return std::unexpected(
        fmt::format("too large: the largest is {}; infinity is written inf", std::numeric_limits<Float>::max()));
  }
  return Val{value};
}

template <class Float>
std::string format_float(typename Layout<Float>::Bits bits) {
  using Bits = typename Layout<Float>::Bits;
  constexpr Bits quiet_bit = Bits{1} << (Layout<Float>::mantissa - 1);
  Float const value = std::bit_cast<Float>(bits);
  if (!std::isnan(value)) {
    return fmt::format("{}", value);
  }
  Bits const payload = bits & (quiet_bit * 2 - 1);
  std::string text = std::signbit(value) ? "-nan" : "nan";
  if (payload != quiet_bit) {
    text += fmt::format(":{:#x}", payload);
  }
  return text;
}

std::string format_vector(V128 const& value) {
  std::string text = "0x";
  for (std::size_t i = value.bytes.size(); i-- > 0;) {
    text += fmt::format("{:02x}", value.bytes[i]);
  }
  return text;
}

std::expected<Val, std::string> parse_vector(std::string_view text) {
  auto const number = split_number(text);
  if (number.negative || number.base != 16 || number.digits.empty() || number.digits.size() > 32) {
    return std::unexpected("expected 0x and up to 32 hexadecimal digits, the highest lane first");
  }
  std::string const padded = std::string(32 - number.digits.size(), '0') + std::string{number.digits};
  V128 value;
  for (std::size_t i = 0; i < value.bytes.size(); ++i) {
    auto const byte = parse_digits(std::string_view{padded}.substr(30 - 2 * i, 2), 16);
    if (!byte.has_value()) {
      return std::unexpected("expected 0x and up to 32 hexadecimal digits, the highest lane first");
    }
    value.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return Val{value};
}

} // namespace

std::expected<Val, std::string> parse_value(ValType type, std::string_view text) {
  if (type == ValType::i32()) {
    return parse_integer<std::uint32_t>(text);
  }
  if (type == ValType::i64()) {
    return parse_integer<std::uint64_t>(text);
  }
  if (type == ValType::f32()) {
    return parse_float<float>(text);
  }
  if (type == ValType::f64()) {
    return parse_float<double>(text);
  }
  if (type == ValType::v128()) {
    return parse_vector(text);
  }
  if (text != "null") {
    return std::unexpected("the only reference that can be written on a command line is null");
  }
  if (!type.is_nullable()) {
    return std::unexpected("a reference of this type is never null, and no other can be written on a command line");
  }
  return Val::default_of(type);
}

std::string format_value(Val const& value) {
  ValType const type = value.type();
  if (type == ValType::i32()) {
    return fmt::format("{}", *value.i32());
  }
  if (type == ValType::i64()) {
    return fmt::format("{}", *value.i64());
  }
  if (type == ValType::f32()) {
    return format_float<float>(static_cast<std::uint32_t>(value.bits()));
  }
  if (type == ValType::f64()) {
    return format_float<double>(value.bits());
  }
  if (type == ValType::v128()) {
    return format_vector(*value.v128());
  }
  return value == Val::default_of(type) ? "null" : to_string(type);
}

} // namespace weir::tools
