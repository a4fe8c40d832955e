// Reference arithmetic for the tests of numerics: integers in 128 bits, floating-point numbers as exact integers times
// powers of two that are rounded once, by the definition. Nothing here uses the operation that it is a reference for.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <type_traits>
#include <vector>

namespace weir::test {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UWide;

// ---- integers

template <class U>
inline constexpr int width = std::numeric_limits<U>::digits;

template <class U>
constexpr Wide signed_value(U a) {
  return (a >> (width<U> - 1)) != 0 ? Wide{a} - (Wide{1} << width<U>) : Wide{a};
}

template <class U>
constexpr U wrap(Wide value) {
  return static_cast<U>(static_cast<UWide>(value) & ((UWide{1} << width<U>)-1));
}

// Values at which something changes, and their neighbours.
template <class U>
std::vector<U> integer_edges() {
  std::vector<U> values;
  for (int bit = 0; bit < width<U>; bit += bit < 8 || bit > width<U> - 3 ? 1 : 7) {
    U const power = static_cast<U>(U{1} << bit);
    for (U const value : {power, static_cast<U>(power - 1), static_cast<U>(power + 1)}) {
      values.push_back(value);
      values.push_back(static_cast<U>(~value));
    }
  }
  for (int const power : {15, 16, 31, 32}) {
    values.push_back(static_cast<U>((std::uint64_t{1} << power) - 1));
    values.push_back(static_cast<U>(std::uint64_t{1} << power));
  }
  return values;
}

// Any number of significant bits is as likely as any other.
template <class U>
U random_integer(std::mt19937_64& random) {
  U const value = static_cast<U>(random() >> (random() % 64));
  return (random() & 1) != 0 ? value : static_cast<U>(~value);
}

// ---- floating-point numbers

template <class Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

template <class Float>
struct Format {
  static constexpr int precision = std::numeric_limits<Float>::digits;     // significand, with the hidden bit
  static constexpr int least_exponent = sizeof(Float) == 4 ? -149 : -1074; // of the least subnormal
  static constexpr BitsOf<Float> fraction = (BitsOf<Float>{1} << (precision - 1)) - 1;
  static constexpr BitsOf<Float> quiet = BitsOf<Float>{1} << (precision - 2);
  static constexpr BitsOf<Float> sign = BitsOf<Float>{1} << (8 * sizeof(Float) - 1);
  static constexpr BitsOf<Float> infinity = static_cast<BitsOf<Float>>(sign - 1) & ~fraction;
  static constexpr BitsOf<Float> canonical_nan = infinity | quiet;
};

template <class Float>
BitsOf<Float> bits_of(Float a) {
  return std::bit_cast<BitsOf<Float>>(a);
}
template <class Float>
Float from_bits(BitsOf<Float> bits) {
  return std::bit_cast<Float>(bits);
}
template <class Float>
bool is_negative(Float a) {
  return (bits_of(a) & Format<Float>::sign) != 0;
}
template <class Float>
BitsOf<Float> magnitude_bits(Float a) {
  return bits_of(a) & ~Format<Float>::sign;
}
template <class Float>
bool is_nan(Float a) {
  return magnitude_bits(a) > Format<Float>::infinity;
}
template <class Float>
bool is_infinite(Float a) {
  return magnitude_bits(a) == Format<Float>::infinity;
}
template <class Float>
bool is_canonical_nan(Float a) {
  return magnitude_bits(a) == Format<Float>::canonical_nan;
}
template <class Float>
bool is_quiet_nan(Float a) {
  return is_nan(a) && (bits_of(a) & Format<Float>::quiet) != 0;
}
template <class Float>
Float with_sign(Float a, bool negative) {
  return from_bits<Float>(magnitude_bits(a) | (negative ? Format<Float>::sign : 0));
}

// mantissa * 2^exponent, plus a part of one unit of the mantissa if `more`.
struct Exact {
  bool negative = false;
  UWide mantissa = 0;
  int exponent = 0;
  bool more = false;
};

inline int bit_length(UWide value) {
  int length = 0;
  for (; value != 0; value >>= 1) ++length;
  return length;
}

// Precondition: finite.
template <class Float>
Exact exact(Float a) {
  BitsOf<Float> const magnitude = magnitude_bits(a);
  int const field = static_cast<int>(magnitude >> (Format<Float>::precision - 1));
  Exact result{is_negative(a), magnitude & Format<Float>::fraction, Format<Float>::least_exponent, false};
  if (field != 0) {
    result.mantissa |= UWide{1} << (Format<Float>::precision - 1);
    result.exponent += field - 1;
  }
  return result;
}

// To nearest, ties to even. Precondition: a mantissa of more bits than the format's, if `more`.
template <class Float>
Float rounded(Exact const& value) {
  int const length = bit_length(value.mantissa);
  int const lowest = value.exponent + length - Format<Float>::precision;
  int const unit = lowest > Format<Float>::least_exponent ? lowest : Format<Float>::least_exponent;
  int const shift = unit - value.exponent;
  UWide mantissa = 0;
  if (shift <= 0) {
    mantissa = value.mantissa << -shift;
  } else if (shift <= length) {
    bool const half = (value.mantissa >> (shift - 1) & 1) != 0;
    bool const rest = value.more || (value.mantissa & ((UWide{1} << (shift - 1)) - 1)) != 0;
    mantissa = shift == 128 ? 0 : value.mantissa >> shift;
    mantissa += half && (rest || (mantissa & 1) != 0) ? 1u : 0u;
  }
  Float const magnitude = std::ldexp(static_cast<Float>(static_cast<std::uint64_t>(mantissa)), unit);
  return with_sign(magnitude, value.negative);
}

// Precondition: not both zero.
inline Exact exact_sum(Exact a, Exact b) {
  if (a.mantissa == 0) return b;
  if (b.mantissa == 0) return a;
  if (a.exponent < b.exponent) std::swap(a, b);
  int const distance = a.exponent - b.exponent;
  if (distance > 70) { // far below a's last bit: only its sign matters
    a.mantissa <<= 4;
    a.exponent -= 4;
    b.mantissa = 1;
  } else {
    a.mantissa <<= distance;
    a.exponent -= distance;
  }
  Wide const sum = (a.negative ? -static_cast<Wide>(a.mantissa) : static_cast<Wide>(a.mantissa)) +
                   (b.negative ? -static_cast<Wide>(b.mantissa) : static_cast<Wide>(b.mantissa));
  return {sum < 0, static_cast<UWide>(sum < 0 ? -sum : sum), a.exponent, false};
}

inline Exact exact_product(Exact const& a, Exact const& b) {
  return {a.negative != b.negative, a.mantissa * b.mantissa, a.exponent + b.exponent, false};
}

// Precondition: neither is zero.
inline Exact exact_quotient(Exact a, Exact const& b) {
  int const shift = 124 - bit_length(a.mantissa);
  a.mantissa <<= shift;
  return {a.negative != b.negative, a.mantissa / b.mantissa, a.exponent - shift - b.exponent,
          a.mantissa % b.mantissa != 0};
}

// Precondition: not negative, not zero.
inline Exact exact_root(Exact a) {
  int shift = 124 - bit_length(a.mantissa);
  shift -= (a.exponent - shift) % 2 != 0 ? 1 : 0;
  a.mantissa <<= shift;
  UWide root = 0;
  for (UWide bit = UWide{1} << 62; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= a.mantissa) root |= bit;
  }
  return {false, root, (a.exponent - shift) / 2, root * root != a.mantissa};
}

// The number without its fraction; nothing if 2^100 or more.
inline std::optional<Wide> truncated(Exact const& value) {
  if (value.exponent + bit_length(value.mantissa) > 100) return std::nullopt;
  UWide const magnitude = value.exponent >= 0     ? value.mantissa << value.exponent
                          : value.exponent > -128 ? value.mantissa >> -value.exponent
                                                  : 0;
  return value.negative ? -static_cast<Wide>(magnitude) : static_cast<Wide>(magnitude);
}

template <class Float>
std::vector<Float> float_edges() {
  using F = Format<Float>;
  std::vector<Float> values;
  for (BitsOf<Float> const bits :
       {BitsOf<Float>{0}, BitsOf<Float>{1}, F::fraction, static_cast<BitsOf<Float>>(F::fraction + 1),
        static_cast<BitsOf<Float>>(F::infinity - 1), F::infinity, F::canonical_nan,
        static_cast<BitsOf<Float>>(F::canonical_nan | 5), static_cast<BitsOf<Float>>(F::infinity | 1),
        static_cast<BitsOf<Float>>(F::infinity | F::fraction),
        static_cast<BitsOf<Float>>(F::infinity | (F::quiet >> 1))}) {
    values.push_back(from_bits<Float>(bits));
  }
  for (double const number :
       {0.25,   0.5,    0.75,   1.0,    1.5,    2.0,    2.5,    3.0,    3.5,    1e10,   0x1p7,  0x1p8,  0x1p15,
        0x1p16, 0x1p22, 0x1p23, 0x1p24, 0x1p31, 0x1p32, 0x1p51, 0x1p52, 0x1p53, 0x1p62, 0x1p63, 0x1p64, 0x1p100}) {
    auto const value = static_cast<Float>(number);
    BitsOf<Float> const bits = bits_of(value);
    for (int step = -2; step <= 2; ++step) {
      values.push_back(from_bits<Float>(bits + static_cast<BitsOf<Float>>(step)));
    }
  }
  // Integers that only doubles hold, with the numbers around them.
  for (double const number : {2147483647.0, 2147483647.5, 2147483648.5, 2147483649.0, 4294967295.0, 4294967295.5}) {
    values.push_back(static_cast<Float>(number));
  }
  for (std::size_t i = 0, count = values.size(); i < count; ++i) {
    values.push_back(with_sign(values[i], true));
  }
  return values;
}

// A number of one of several kinds: any bits, integers and halves, numbers near to each other.
template <class Float>
Float random_float(std::mt19937_64& random) {
  switch (random() % 4) {
  case 0: return from_bits<Float>(static_cast<BitsOf<Float>>(random()));
  case 1: return static_cast<Float>(static_cast<std::int64_t>(random()) >> (random() % 64)) / 2;
  case 2: return std::ldexp(static_cast<Float>(random()), -static_cast<int>(random() % 80));
  default:
    return with_sign(from_bits<Float>(bits_of(Float{1}) + static_cast<BitsOf<Float>>(random() % 4096)),
                     (random() & 1) != 0);
  }
}

// Whether a NaN may be the result of an operation on these operands:
// https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation
template <class Float, class... Operands>
bool is_permitted_nan(Float result, Operands... operands) {
  bool const all_canonical = ((!is_nan(operands) || is_canonical_nan(operands)) && ...);
  return all_canonical ? is_canonical_nan(result) : is_quiet_nan(result);
}

} // namespace weir::test
