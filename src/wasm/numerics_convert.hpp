// The conversions of WebAssembly, each once, as a pure function named as the instruction with '_' for '.'.
// https://webassembly.github.io/spec/core/exec/numerics.html#conversions
//
// Conversions that can trap return why (TrapReason::none if they did not) and write `result` only if they did not.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include <weir/error.hpp>

namespace weir::wasm::numerics {

namespace detail {

// Whether `a`, its fraction dropped, is a value of the integer type `Int`. False for NaN.
template <class Int, class Float>
constexpr bool truncates_to(Float a) noexcept {
  constexpr int value_bits = std::numeric_limits<Int>::digits;
  // 2^value_bits, and one below the least value: both are doubles. As a float the latter may round to the least value
  // itself, which then is a bound that is allowed.
  constexpr auto end = Float{2} * static_cast<Float>(Int{1} << (value_bits - 1));
  if constexpr (std::numeric_limits<Int>::min() == 0) {
    return a > Float{-1} && a < end;
  } else if constexpr (value_bits < std::numeric_limits<Float>::digits) {
    return a > -end - Float{1} && a < end;
  } else {
    return a >= -end && a < end;
  }
}

template <class Int, class Result, class Float>
constexpr TrapReason truncate(Float a, Result& result) noexcept {
  if (!truncates_to<Int>(a)) [[unlikely]] {
    return a == a ? TrapReason::integer_overflow : TrapReason::invalid_conversion_to_integer;
  }
  result = static_cast<Result>(static_cast<Int>(a));
  return TrapReason::none;
}

// NaN becomes 0, numbers out of range the nearest integer.
template <class Int, class Float>
constexpr Int truncate_saturated(Float a) noexcept {
  if (truncates_to<Int>(a)) [[likely]]
    return static_cast<Int>(a);
  if (a != a) return 0;
  return a < Float{0} ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max();
}

} // namespace detail

// Between integers
constexpr std::uint32_t i32_wrap_i64(std::uint64_t a) noexcept { return static_cast<std::uint32_t>(a); }
constexpr std::uint64_t i64_extend_i32_s(std::uint32_t a) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::int32_t>(a));
}
constexpr std::uint64_t i64_extend_i32_u(std::uint32_t a) noexcept { return a; }

// From numbers to integers; NaN and numbers out of range trap
constexpr TrapReason i32_trunc_f32_s(float a, std::uint32_t& result) noexcept {
  return detail::truncate<std::int32_t>(a, result);
}
constexpr TrapReason i32_trunc_f32_u(float a, std::uint32_t& result) noexcept {
  return detail::truncate<std::uint32_t>(a, result);
}
constexpr TrapReason i32_trunc_f64_s(double a, std::uint32_t& result) noexcept {
  return detail::truncate<std::int32_t>(a, result);
}
constexpr TrapReason i32_trunc_f64_u(double a, std::uint32_t& result) noexcept {
  return detail::truncate<std::uint32_t>(a, result);
}
constexpr TrapReason i64_trunc_f32_s(float a, std::uint64_t& result) noexcept {
  return detail::truncate<std::int64_t>(a, result);
}
constexpr TrapReason i64_trunc_f32_u(float a, std::uint64_t& result) noexcept {
  return detail::truncate<std::uint64_t>(a, result);
}
constexpr TrapReason i64_trunc_f64_s(double a, std::uint64_t& result) noexcept {
  return detail::truncate<std::int64_t>(a, result);
}
constexpr TrapReason i64_trunc_f64_u(double a, std::uint64_t& result) noexcept {
  return detail::truncate<std::uint64_t>(a, result);
}

// From numbers to integers, saturating
constexpr std::uint32_t i32_trunc_sat_f32_s(float a) noexcept {
  return static_cast<std::uint32_t>(detail::truncate_saturated<std::int32_t>(a));
}
constexpr std::uint32_t i32_trunc_sat_f32_u(float a) noexcept { return detail::truncate_saturated<std::uint32_t>(a); }
constexpr std::uint32_t i32_trunc_sat_f64_s(double a) noexcept {
  return static_cast<std::uint32_t>(detail::truncate_saturated<std::int32_t>(a));
}
constexpr std::uint32_t i32_trunc_sat_f64_u(double a) noexcept { return detail::truncate_saturated<std::uint32_t>(a); }
constexpr std::uint64_t i64_trunc_sat_f32_s(float a) noexcept {
  return static_cast<std::uint64_t>(detail::truncate_saturated<std::int64_t>(a));
}
constexpr std::uint64_t i64_trunc_sat_f32_u(float a) noexcept { return detail::truncate_saturated<std::uint64_t>(a); }
constexpr std::uint64_t i64_trunc_sat_f64_s(double a) noexcept {
  return static_cast<std::uint64_t>(detail::truncate_saturated<std::int64_t>(a));
}
constexpr std::uint64_t i64_trunc_sat_f64_u(double a) noexcept { return detail::truncate_saturated<std::uint64_t>(a); }

// From integers to numbers, rounded to nearest, ties to even
constexpr float f32_convert_i32_s(std::uint32_t a) noexcept { return static_cast<float>(static_cast<std::int32_t>(a)); }
constexpr float f32_convert_i32_u(std::uint32_t a) noexcept { return static_cast<float>(a); }
constexpr float f32_convert_i64_s(std::uint64_t a) noexcept { return static_cast<float>(static_cast<std::int64_t>(a)); }
constexpr float f32_convert_i64_u(std::uint64_t a) noexcept { return static_cast<float>(a); }
constexpr double f64_convert_i32_s(std::uint32_t a) noexcept {
  return static_cast<double>(static_cast<std::int32_t>(a));
}
constexpr double f64_convert_i32_u(std::uint32_t a) noexcept { return static_cast<double>(a); }
constexpr double f64_convert_i64_s(std::uint64_t a) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(a));
}
constexpr double f64_convert_i64_u(std::uint64_t a) noexcept { return static_cast<double>(a); }

// Between formats of numbers; NaNs come out quiet
constexpr float f32_demote_f64(double a) noexcept { return static_cast<float>(a); }
constexpr double f64_promote_f32(float a) noexcept { return static_cast<double>(a); }

// The same bits
constexpr std::uint32_t i32_reinterpret_f32(float a) noexcept { return std::bit_cast<std::uint32_t>(a); }
constexpr std::uint64_t i64_reinterpret_f64(double a) noexcept { return std::bit_cast<std::uint64_t>(a); }
constexpr float f32_reinterpret_i32(std::uint32_t a) noexcept { return std::bit_cast<float>(a); }
constexpr double f64_reinterpret_i64(std::uint64_t a) noexcept { return std::bit_cast<double>(a); }

} // namespace weir::wasm::numerics
