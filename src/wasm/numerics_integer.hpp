// The integer operations of WebAssembly, each once, as a pure function named as the instruction with '_' for '.'.
// https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations
//
// Integers are unsigned throughout; the functions that the specification reads as signed convert inside. Operations
// that can trap return why (TrapReason::none if they did not) and write `result` only if they did not.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include <weir/error.hpp>

namespace weir::wasm::numerics {

// i32: tests and comparisons
constexpr bool i32_eqz(std::uint32_t a) noexcept { return a == 0; }
constexpr bool i32_eq(std::uint32_t a, std::uint32_t b) noexcept { return a == b; }
constexpr bool i32_ne(std::uint32_t a, std::uint32_t b) noexcept { return a != b; }
constexpr bool i32_lt_s(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b);
}
constexpr bool i32_lt_u(std::uint32_t a, std::uint32_t b) noexcept { return a < b; }
constexpr bool i32_gt_s(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a) > static_cast<std::int32_t>(b);
}
constexpr bool i32_gt_u(std::uint32_t a, std::uint32_t b) noexcept { return a > b; }
constexpr bool i32_le_s(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a) <= static_cast<std::int32_t>(b);
}
constexpr bool i32_le_u(std::uint32_t a, std::uint32_t b) noexcept { return a <= b; }
constexpr bool i32_ge_s(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a) >= static_cast<std::int32_t>(b);
}
constexpr bool i32_ge_u(std::uint32_t a, std::uint32_t b) noexcept { return a >= b; }

// i32: unary operations
constexpr std::uint32_t i32_clz(std::uint32_t a) noexcept { return static_cast<std::uint32_t>(std::countl_zero(a)); }
constexpr std::uint32_t i32_ctz(std::uint32_t a) noexcept { return static_cast<std::uint32_t>(std::countr_zero(a)); }
// Sums of pairs, of nibbles, of bytes: compilers without a population count instruction at hand would call libgcc.
constexpr std::uint32_t i32_popcnt(std::uint32_t a) noexcept {
  a -= (a >> 1) & 0x55555555;
  a = (a & 0x33333333) + ((a >> 2) & 0x33333333);
  a = (a + (a >> 4)) & 0x0F0F0F0F;
  return (a * 0x01010101) >> 24;
}
constexpr std::uint32_t i32_extend8_s(std::uint32_t a) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::int8_t>(a));
}
constexpr std::uint32_t i32_extend16_s(std::uint32_t a) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::int16_t>(a));
}

// i32: binary operations
constexpr std::uint32_t i32_add(std::uint32_t a, std::uint32_t b) noexcept { return a + b; }
constexpr std::uint32_t i32_sub(std::uint32_t a, std::uint32_t b) noexcept { return a - b; }
constexpr std::uint32_t i32_mul(std::uint32_t a, std::uint32_t b) noexcept { return a * b; }
constexpr std::uint32_t i32_and(std::uint32_t a, std::uint32_t b) noexcept { return a & b; }
constexpr std::uint32_t i32_or(std::uint32_t a, std::uint32_t b) noexcept { return a | b; }
constexpr std::uint32_t i32_xor(std::uint32_t a, std::uint32_t b) noexcept { return a ^ b; }
constexpr std::uint32_t i32_shl(std::uint32_t a, std::uint32_t b) noexcept { return a << (b & 31); }
constexpr std::uint32_t i32_shr_s(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(a) >> (b & 31));
}
constexpr std::uint32_t i32_shr_u(std::uint32_t a, std::uint32_t b) noexcept { return a >> (b & 31); }
constexpr std::uint32_t i32_rotl(std::uint32_t a, std::uint32_t b) noexcept {
  return std::rotl(a, static_cast<int>(b & 31));
}
constexpr std::uint32_t i32_rotr(std::uint32_t a, std::uint32_t b) noexcept {
  return std::rotr(a, static_cast<int>(b & 31));
}

// i32: binary operations that can trap
constexpr TrapReason i32_div_s(std::uint32_t a, std::uint32_t b, std::uint32_t& result) noexcept {
  auto const dividend = static_cast<std::int32_t>(a);
  auto const divisor = static_cast<std::int32_t>(b);
  if (divisor == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  if (divisor == -1 && dividend == std::numeric_limits<std::int32_t>::min()) [[unlikely]]
    return TrapReason::integer_overflow;
  result = static_cast<std::uint32_t>(dividend / divisor);
  return TrapReason::none;
}
constexpr TrapReason i32_rem_s(std::uint32_t a, std::uint32_t b, std::uint32_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  // The least integer divided by -1 has remainder 0, though its quotient is out of range.
  auto const divisor = static_cast<std::int32_t>(b);
  result = divisor == -1 ? 0 : static_cast<std::uint32_t>(static_cast<std::int32_t>(a) % divisor);
  return TrapReason::none;
}
constexpr TrapReason i32_div_u(std::uint32_t a, std::uint32_t b, std::uint32_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  result = a / b;
  return TrapReason::none;
}
constexpr TrapReason i32_rem_u(std::uint32_t a, std::uint32_t b, std::uint32_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  result = a % b;
  return TrapReason::none;
}

// i64: tests and comparisons
constexpr bool i64_eqz(std::uint64_t a) noexcept { return a == 0; }
constexpr bool i64_eq(std::uint64_t a, std::uint64_t b) noexcept { return a == b; }
constexpr bool i64_ne(std::uint64_t a, std::uint64_t b) noexcept { return a != b; }
constexpr bool i64_lt_s(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
}
constexpr bool i64_lt_u(std::uint64_t a, std::uint64_t b) noexcept { return a < b; }
constexpr bool i64_gt_s(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::int64_t>(a) > static_cast<std::int64_t>(b);
}
constexpr bool i64_gt_u(std::uint64_t a, std::uint64_t b) noexcept { return a > b; }
constexpr bool i64_le_s(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::int64_t>(a) <= static_cast<std::int64_t>(b);
}
constexpr bool i64_le_u(std::uint64_t a, std::uint64_t b) noexcept { return a <= b; }
constexpr bool i64_ge_s(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::int64_t>(a) >= static_cast<std::int64_t>(b);
}
constexpr bool i64_ge_u(std::uint64_t a, std::uint64_t b) noexcept { return a >= b; }

// i64: unary operations
constexpr std::uint64_t i64_clz(std::uint64_t a) noexcept { return static_cast<std::uint64_t>(std::countl_zero(a)); }
constexpr std::uint64_t i64_ctz(std::uint64_t a) noexcept { return static_cast<std::uint64_t>(std::countr_zero(a)); }
constexpr std::uint64_t i64_popcnt(std::uint64_t a) noexcept {
  a -= (a >> 1) & 0x5555555555555555;
  a = (a & 0x3333333333333333) + ((a >> 2) & 0x3333333333333333);
  a = (a + (a >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return (a * 0x0101010101010101) >> 56;
}
constexpr std::uint64_t i64_extend8_s(std::uint64_t a) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::int8_t>(a));
}
constexpr std::uint64_t i64_extend16_s(std::uint64_t a) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::int16_t>(a));
}
constexpr std::uint64_t i64_extend32_s(std::uint64_t a) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::int32_t>(a));
}

// i64: binary operations
constexpr std::uint64_t i64_add(std::uint64_t a, std::uint64_t b) noexcept { return a + b; }
constexpr std::uint64_t i64_sub(std::uint64_t a, std::uint64_t b) noexcept { return a - b; }
constexpr std::uint64_t i64_mul(std::uint64_t a, std::uint64_t b) noexcept { return a * b; }
constexpr std::uint64_t i64_and(std::uint64_t a, std::uint64_t b) noexcept { return a & b; }
constexpr std::uint64_t i64_or(std::uint64_t a, std::uint64_t b) noexcept { return a | b; }
constexpr std::uint64_t i64_xor(std::uint64_t a, std::uint64_t b) noexcept { return a ^ b; }
constexpr std::uint64_t i64_shl(std::uint64_t a, std::uint64_t b) noexcept { return a << (b & 63); }
constexpr std::uint64_t i64_shr_s(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) >> (b & 63));
}
constexpr std::uint64_t i64_shr_u(std::uint64_t a, std::uint64_t b) noexcept { return a >> (b & 63); }
constexpr std::uint64_t i64_rotl(std::uint64_t a, std::uint64_t b) noexcept {
  return std::rotl(a, static_cast<int>(b & 63));
}
constexpr std::uint64_t i64_rotr(std::uint64_t a, std::uint64_t b) noexcept {
  return std::rotr(a, static_cast<int>(b & 63));
}

// i64: binary operations that can trap
constexpr TrapReason i64_div_s(std::uint64_t a, std::uint64_t b, std::uint64_t& result) noexcept {
  auto const dividend = static_cast<std::int64_t>(a);
  auto const divisor = static_cast<std::int64_t>(b);
  if (divisor == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  if (divisor == -1 && dividend == std::numeric_limits<std::int64_t>::min()) [[unlikely]]
    return TrapReason::integer_overflow;
  result = static_cast<std::uint64_t>(dividend / divisor);
  return TrapReason::none;
}
constexpr TrapReason i64_rem_s(std::uint64_t a, std::uint64_t b, std::uint64_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  auto const divisor = static_cast<std::int64_t>(b);
  result = divisor == -1 ? 0 : static_cast<std::uint64_t>(static_cast<std::int64_t>(a) % divisor);
  return TrapReason::none;
}
constexpr TrapReason i64_div_u(std::uint64_t a, std::uint64_t b, std::uint64_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  result = a / b;
  return TrapReason::none;
}
constexpr TrapReason i64_rem_u(std::uint64_t a, std::uint64_t b, std::uint64_t& result) noexcept {
  if (b == 0) [[unlikely]]
    return TrapReason::integer_divide_by_zero;
  result = a % b;
  return TrapReason::none;
}

} // namespace weir::wasm::numerics
