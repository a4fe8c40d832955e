// Translated code: a sequence of cells, each one an operation with its operands.
//
//   word 0              the handler (a pointer of the backend that the Engine chose; later perhaps a JIT address)
//   word 1  (optional)  u16 d, u16 a, u32 b
//   word 2  (optional)  i32 t, u16 c, i16 e      or a 64-bit constant x
//   words behind that   only for operations that say so in ops.def (br_table's entries)
//
// Which words a cell has follows from its operation and operand form alone (code/ops.hpp). Slots are 8-byte units of
// the frame. Branch targets are byte distances from the cell's own first word. `e` of branch cells is the fuel charge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::code {

using Word = std::uint64_t;

// Cells are read through these functions so that no handler does arithmetic on its instruction pointer.
[[gnu::always_inline]] inline std::uint16_t field_d(Word const* ip) noexcept {
  return reinterpret_cast<std::uint16_t const*>(ip)[4];
}
[[gnu::always_inline]] inline std::uint16_t field_a(Word const* ip) noexcept {
  return reinterpret_cast<std::uint16_t const*>(ip)[5];
}
[[gnu::always_inline]] inline std::uint32_t field_b(Word const* ip) noexcept {
  return reinterpret_cast<std::uint32_t const*>(ip)[3];
}
[[gnu::always_inline]] inline std::int32_t field_t(Word const* ip) noexcept {
  return reinterpret_cast<std::int32_t const*>(ip)[4];
}
[[gnu::always_inline]] inline std::uint16_t field_c(Word const* ip) noexcept {
  return reinterpret_cast<std::uint16_t const*>(ip)[10];
}
[[gnu::always_inline]] inline std::int16_t field_e(Word const* ip) noexcept {
  return reinterpret_cast<std::int16_t const*>(ip)[11];
}
[[gnu::always_inline]] inline Word field_x(Word const* ip) noexcept { return ip[2]; }

// An operand of an operation as the translator names it.
struct Operand {
  enum class Kind : std::uint8_t { none, slot, immediate, int_register, float_register };
  Kind kind = Kind::none;
  std::int64_t value = 0; // slot index, immediate (sign-extended 32 bits), or register number

  static constexpr Operand slot(std::uint32_t index) noexcept { return {Kind::slot, index}; }
  static constexpr Operand immediate(std::int64_t value) noexcept { return {Kind::immediate, value}; }
  static constexpr Operand int_register(int number) noexcept { return {Kind::int_register, number}; }
  static constexpr Operand float_register(int number) noexcept { return {Kind::float_register, number}; }
  constexpr bool operator==(Operand const&) const noexcept = default;
};

} // namespace weir::code
