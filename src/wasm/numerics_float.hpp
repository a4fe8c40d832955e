// The floating-point operations of WebAssembly, each once, as a pure function named as the instruction with '_' for
// '.'. https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations
//
// They need IEEE 754 arithmetic in the type's own format, rounding to nearest, without flushing of subnormals. Where
// the specification asks for an arithmetic NaN the result is a quiet NaN; abs, neg and copysign change the sign bit
// and nothing else. None calls the mathematical library: they stand in interpreter handlers, where a call would have
// every register saved (sqrt is one instruction if the compiler need not set errno: -fno-math-errno).
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace weir::wasm::numerics {

namespace detail {

template <class Float>
using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

template <class Float>
inline constexpr Bits<Float> sign_bit = Bits<Float>{1} << (8 * sizeof(Float) - 1);

template <class Float>
constexpr Bits<Float> bits(Float a) noexcept {
  return std::bit_cast<Bits<Float>>(a);
}

template <class Float>
constexpr Float absolute(Float a) noexcept {
  return std::bit_cast<Float>(bits(a) & ~sign_bit<Float>);
}

// `magnitude` with the sign of `a`: bit operations, without a call.
template <class Float>
constexpr Float give_sign(Float magnitude, Float a) noexcept {
  if constexpr (sizeof(Float) == 4) {
    return __builtin_copysignf(magnitude, a);
  } else {
    return __builtin_copysign(magnitude, a);
  }
}

// From here on every number is an integer: 2^23, 2^52. Adding it to a smaller number rounds that to an integer.
template <class Float>
inline constexpr Float integers_from = sizeof(Float) == 4 ? Float(0x1p23F) : Float(0x1p52);

// What rounding makes of numbers that are integers already, infinities and NaNs: themselves, NaNs quieted.
template <class Float>
constexpr Float round_large(Float a) noexcept {
  return a == a ? a : a + a;
}

template <class Float>
constexpr bool is_large(Float a) noexcept {
  return !(absolute(a) < integers_from<Float>);
}

// |a| rounded to an integer, ties to even. Precondition: !is_large(a).
template <class Float>
constexpr Float round_magnitude(Float a) noexcept {
  return absolute(a) + integers_from<Float> - integers_from<Float>;
}

template <class Float>
constexpr Float nearest(Float a) noexcept {
  if (is_large(a)) [[unlikely]]
    return round_large(a);
  return give_sign(round_magnitude(a), a);
}

template <class Float>
constexpr Float trunc(Float a) noexcept {
  if (is_large(a)) [[unlikely]]
    return round_large(a);
  Float const rounded = round_magnitude(a);
  return give_sign(rounded - (rounded > absolute(a) ? Float{1} : Float{0}), a);
}

template <class Float>
constexpr Float floor(Float a) noexcept {
  if (is_large(a)) [[unlikely]]
    return round_large(a);
  Float const rounded = give_sign(round_magnitude(a), a);
  return rounded - (rounded > a ? Float{1} : Float{0});
}

// Numbers in (-1, 0] come out of the addition as +0 and must be -0, if they had the sign; all others have theirs.
template <class Float>
constexpr Float ceil(Float a) noexcept {
  if (is_large(a)) [[unlikely]]
    return round_large(a);
  Float const rounded = give_sign(round_magnitude(a), a);
  return give_sign(rounded + (rounded < a ? Float{1} : Float{0}), a);
}

// Both orders of the comparison give the same number except for zeros of unequal signs, where each gives its second;
// the disjunction of their bits is then -0, the conjunction +0.
template <class Float>
constexpr Float min(Float a, Float b) noexcept {
  if (a != a || b != b) [[unlikely]]
    return a + b;
  return std::bit_cast<Float>(bits(a < b ? a : b) | bits(b < a ? b : a));
}

template <class Float>
constexpr Float max(Float a, Float b) noexcept {
  if (a != a || b != b) [[unlikely]]
    return a + b;
  return std::bit_cast<Float>(bits(a > b ? a : b) & bits(b > a ? b : a));
}

} // namespace detail

// f32: comparisons
constexpr bool f32_eq(float a, float b) noexcept { return a == b; }
constexpr bool f32_ne(float a, float b) noexcept { return a != b; }
constexpr bool f32_lt(float a, float b) noexcept { return a < b; }
constexpr bool f32_gt(float a, float b) noexcept { return a > b; }
constexpr bool f32_le(float a, float b) noexcept { return a <= b; }
constexpr bool f32_ge(float a, float b) noexcept { return a >= b; }

// f32: unary operations
constexpr float f32_abs(float a) noexcept { return detail::absolute(a); }
constexpr float f32_neg(float a) noexcept { return std::bit_cast<float>(detail::bits(a) ^ detail::sign_bit<float>); }
constexpr float f32_ceil(float a) noexcept { return detail::ceil(a); }
constexpr float f32_floor(float a) noexcept { return detail::floor(a); }
constexpr float f32_trunc(float a) noexcept { return detail::trunc(a); }
constexpr float f32_nearest(float a) noexcept { return detail::nearest(a); }
inline float f32_sqrt(float a) noexcept { return __builtin_sqrtf(a); }

// f32: binary operations
constexpr float f32_add(float a, float b) noexcept { return a + b; }
constexpr float f32_sub(float a, float b) noexcept { return a - b; }
constexpr float f32_mul(float a, float b) noexcept { return a * b; }
constexpr float f32_div(float a, float b) noexcept { return a / b; }
constexpr float f32_min(float a, float b) noexcept { return detail::min(a, b); }
constexpr float f32_max(float a, float b) noexcept { return detail::max(a, b); }
constexpr float f32_copysign(float a, float b) noexcept { return detail::give_sign(a, b); }

// f64: comparisons
constexpr bool f64_eq(double a, double b) noexcept { return a == b; }
constexpr bool f64_ne(double a, double b) noexcept { return a != b; }
constexpr bool f64_lt(double a, double b) noexcept { return a < b; }
constexpr bool f64_gt(double a, double b) noexcept { return a > b; }
constexpr bool f64_le(double a, double b) noexcept { return a <= b; }
constexpr bool f64_ge(double a, double b) noexcept { return a >= b; }

// f64: unary operations
constexpr double f64_abs(double a) noexcept { return detail::absolute(a); }
constexpr double f64_neg(double a) noexcept {
  return std::bit_cast<double>(detail::bits(a) ^ detail::sign_bit<double>);
}
constexpr double f64_ceil(double a) noexcept { return detail::ceil(a); }
constexpr double f64_floor(double a) noexcept { return detail::floor(a); }
constexpr double f64_trunc(double a) noexcept { return detail::trunc(a); }
constexpr double f64_nearest(double a) noexcept { return detail::nearest(a); }
inline double f64_sqrt(double a) noexcept { return __builtin_sqrt(a); }

// f64: binary operations
constexpr double f64_add(double a, double b) noexcept { return a + b; }
constexpr double f64_sub(double a, double b) noexcept { return a - b; }
constexpr double f64_mul(double a, double b) noexcept { return a * b; }
constexpr double f64_div(double a, double b) noexcept { return a / b; }
constexpr double f64_min(double a, double b) noexcept { return detail::min(a, b); }
constexpr double f64_max(double a, double b) noexcept { return detail::max(a, b); }
constexpr double f64_copysign(double a, double b) noexcept { return detail::give_sign(a, b); }

} // namespace weir::wasm::numerics
