// Cells that are merged with the cell before them, when that one is still the last and nothing can branch in between.
#include <array>
#include <optional>

#include "code/sharing.hpp"
#include "translate/comparisons.hpp"
#include "translate/function_translator.hpp"

namespace weir::translate {

namespace {

using code::Op;
using code::Operand;

// Whether an immediate fits a field of 16 bits; other operands do.
constexpr bool fits_narrow(Operand const& operand) noexcept {
  return operand.kind != Operand::Kind::immediate ||
         operand.value == static_cast<std::int16_t>(static_cast<std::uint16_t>(operand.value));
}

constexpr bool is_immediate(Operand const& operand) noexcept { return operand.kind == Operand::Kind::immediate; }

constexpr std::optional<Op> shifted(Op op, Op shift) noexcept {
  switch (shift) {
  case Op::i32_shl:
    return op == Op::i32_add   ? std::optional{Op::i32_add_shl}
           : op == Op::i32_or  ? std::optional{Op::i32_or_shl}
           : op == Op::i32_xor ? std::optional{Op::i32_xor_shl}
                               : std::nullopt;
  case Op::i32_shr_u: return op == Op::i32_xor ? std::optional{Op::i32_xor_shr_u} : std::nullopt;
  case Op::i32_rotl: return op == Op::i32_xor ? std::optional{Op::i32_xor_rotl} : std::nullopt;
  case Op::i64_shl: return op == Op::i64_xor ? std::optional{Op::i64_xor_shl} : std::nullopt;
  case Op::i64_shr_u: return op == Op::i64_xor ? std::optional{Op::i64_xor_shr_u} : std::nullopt;
  case Op::i64_rotl: return op == Op::i64_xor ? std::optional{Op::i64_xor_rotl} : std::nullopt;
  default: return std::nullopt;
  }
}

// Whether an operation of 32 bits may have one operand of 64: not if its handler has 64 bits too (a shift to the right
// may become part of such a one), but `and` makes zeros of the rest unless its immediate is negative.
constexpr bool may_be_wide(Op op, Operand const& last) noexcept {
  return op == Op::i32_and ? !is_immediate(last) || last.value >= 0
                           : op != Op::i32_shr_u && !code::is_widened(op, last.kind);
}

// Whether one operand may be of 64 bits, of which the upper half is ignored.
constexpr bool takes_wrapped(Op op) noexcept { return op <= Op::i32_rotl; }

// Whether merge() looks at the cell before: what it has a case for.
constexpr bool may_merge(Op op) noexcept {
  switch (op) {
  case Op::br_if:
  case Op::br_i32_ne:
  case Op::br_i32_lt_s:
  case Op::br_i32_lt_u:
  case Op::f64_add:
  case Op::f64_sub:
  case Op::f64_mul:
  case Op::copy_int:
  case Op::i64_xor: return true;
  default: return takes_wrapped(op);
  }
}

} // namespace

// Whether nobody reads a value behind the cell that takes it as an operand: its entry was taken off the stack.
bool FunctionTranslator::is_dying(Operand const& operand) const noexcept {
  return operand.kind == Operand::Kind::slot && operand.value >= operand_base_;
}

// x = x + c; branch on x
std::optional<std::uint32_t> FunctionTranslator::merge_increment(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  Operand const x = last.operands[0];
  if (last.op != Op::i32_add || last.operands[1] != x || operands[1] != x || !code::role_holds('P', x) ||
      !fits_narrow(last.operands[2])) {
    return std::nullopt;
  }
  Operand const increment = last.operands[2];
  if (!is_immediate(increment) && (op == Op::br_i32_ne || op == Op::br_i32_lt_s)) {
    return std::nullopt;
  }
  encoder_.retract();
  if (op == Op::br_if) {
    return encoder_.emit(Op::br_add_nonzero, {operands[0], x, increment, operands[2], operands[3]});
  }
  Op const merged = op == Op::br_i32_ne ? Op::br_add_ne : op == Op::br_i32_lt_s ? Op::br_add_lt_s : Op::br_add_lt_u;
  return encoder_.emit(merged, {operands[0], x, increment, operands[2], operands[3], operands[4]});
}

// d = (a >> c) & b, d = (a & b) << c, d = (a ^ b) * c; b, the amount of the shift and the factor being constants
std::optional<std::uint32_t> FunctionTranslator::merge_constants(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  if (operands[1] != last.operands[0] || !is_immediate(operands[2]) || !is_dying(operands[1])) {
    return std::nullopt;
  }
  Operand const place = operands[0];
  Operand const a = last.operands[1];
  Operand const b = last.operands[2];
  if (op == Op::i32_and && last.op == Op::i32_shr_u && is_immediate(b)) {
    encoder_.retract();
    return encoder_.emit(Op::i32_shr_u_and, {place, a, operands[2], Operand::immediate(b.value & 31)});
  }
  if (op == Op::i32_shl && last.op == Op::i32_and && is_immediate(b)) {
    encoder_.retract();
    return encoder_.emit(Op::i32_and_shl, {place, a, b, Operand::immediate(operands[2].value & 31)});
  }
  if (op == Op::i32_mul && last.op == Op::i32_xor && !is_immediate(b)) {
    encoder_.retract();
    return encoder_.emit(Op::i32_xor_mul, {place, a, b, operands[2]});
  }
  return std::nullopt;
}

// Takes the wrapped value as it was.
std::optional<std::uint32_t> FunctionTranslator::merge_wrap(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  Operand const between = last.operands[0];
  if (last.op != Op::i32_wrap_i64 || !is_dying(between) || !may_be_wide(op, operands[2]) ||
      (operands[1] != between && operands[2] != between)) {
    return std::nullopt;
  }
  Operand const source = last.operands[1];
  if (operands[2] == between && !code::role_holds(code::role_of(op, 2), source)) {
    return std::nullopt;
  }
  encoder_.retract();
  return encoder_.emit(
      op, {operands[0], operands[1] == between ? source : operands[1], operands[2] == between ? source : operands[2]});
}

// d = a op (f64 in memory)
std::optional<std::uint32_t> FunctionTranslator::merge_load(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  bool const is_indexed = last.op == Op::f64_load_x;
  if (last.op != Op::f64_load && !is_indexed) {
    return std::nullopt;
  }
  Operand const between = last.operands[0];
  Operand const base = last.operands[1];
  Operand const index = is_indexed ? last.operands[2] : Operand::immediate(0);
  Operand const offset = last.operands[is_indexed ? 3 : 2];
  bool const is_second = operands[2] == between;
  Operand const other = is_second ? operands[1] : operands[2];
  if (!is_dying(between) || other == between || (!is_second && (op == Op::f64_sub || operands[1] != between)) ||
      !is_immediate(index) || !code::role_holds('P', base)) {
    return std::nullopt;
  }
  Op const merged = op == Op::f64_add ? Op::f64_add_load : op == Op::f64_sub ? Op::f64_sub_load : Op::f64_mul_load;
  encoder_.retract();
  return encoder_.emit(merged, {operands[0], other, base, index, offset});
}

// d = a op (b shift c), the shifted value being of no further use
std::optional<std::uint32_t> FunctionTranslator::merge_shift(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  auto const merged = shifted(op, last.op);
  Operand const between = last.operands[0];
  if (!merged || !is_dying(between) || !is_immediate(last.operands[2])) {
    return std::nullopt;
  }
  bool const is_first = operands[1] == between;
  Operand const other = is_first ? operands[2] : operands[1];
  if ((!is_first && operands[2] != between) || other == between || is_immediate(other)) {
    return std::nullopt;
  }
  bool const is_64 = op == Op::i64_xor;
  Operand const amount = Operand::immediate(last.operands[2].value & (is_64 ? 63 : 31));
  Operand const source = last.operands[1];
  if (!code::role_holds(code::role_of(*merged, 0), operands[0]) ||
      !code::role_holds(code::role_of(*merged, 1), other)) {
    return std::nullopt;
  }
  encoder_.retract();
  return encoder_.emit(*merged, {operands[0], other, source, amount});
}

// d = d + a * b, d = d - a * b
std::optional<std::uint32_t> FunctionTranslator::merge_multiplication(Op op, Operand const* operands) {
  auto const& last = *encoder_.last();
  Operand const product = last.operands[0];
  if (last.op != Op::f64_mul || !is_dying(product)) {
    return std::nullopt;
  }
  bool const accumulates = operands[0] == operands[1] && operands[2] == product && operands[1] != product;
  bool const exchanged =
      op == Op::f64_add && operands[0] == operands[2] && operands[1] == product && operands[2] != product;
  if (!accumulates && !exchanged) {
    return std::nullopt;
  }
  Operand const a = last.operands[1];
  Operand const b = last.operands[2];
  encoder_.retract();
  return encoder_.emit(op == Op::f64_add ? Op::f64_add_mul : Op::f64_sub_mul, {operands[0], a, b});
}

// Two copies to slots; or a copy of a sum that was only just computed.
std::optional<std::uint32_t> FunctionTranslator::merge_copies(Operand const* operands) {
  auto const& last = *encoder_.last();
  auto const is_slot = [](Operand const& operand) { return operand.kind == Operand::Kind::slot; };
  if (last.op == Op::i32_add && is_immediate(last.operands[2]) && last.operands[0] == operands[1] &&
      code::role_holds('P', operands[0]) && code::role_holds('P', operands[1])) {
    Operand const addend = last.operands[1];
    Operand const increment = last.operands[2];
    encoder_.retract();
    return encoder_.emit(Op::i32_add_copy, {operands[1], addend, increment, operands[0]});
  }
  if (last.op != Op::copy_int || !is_slot(last.operands[0]) || !is_slot(operands[0]) ||
      !fits_narrow(last.operands[1])) {
    return std::nullopt;
  }
  Operand const first = last.operands[0];
  Operand const source = last.operands[1];
  encoder_.retract();
  return encoder_.emit(Op::copy_twice, {first, source, operands[0], operands[1]});
}

std::optional<std::uint32_t> FunctionTranslator::merge(Op op, Operand const* operands) {
  auto const* const last = encoder_.last();
  if (last == nullptr) {
    return std::nullopt;
  }
  if (last->op == Op::i32_wrap_i64) {
    return takes_wrapped(op) ? merge_wrap(op, operands) : std::nullopt;
  }
  switch (op) {
  case Op::br_if:
  case Op::br_i32_ne:
  case Op::br_i32_lt_s:
  case Op::br_i32_lt_u: return merge_increment(op, operands);
  case Op::f64_add:
  case Op::f64_sub: {
    auto const merged = merge_multiplication(op, operands);
    return merged ? merged : merge_load(op, operands);
  }
  case Op::f64_mul: return merge_load(op, operands);
  case Op::i32_and:
  case Op::i32_shl:
  case Op::i32_mul: return merge_constants(op, operands);
  case Op::copy_int: return merge_copies(operands);
  case Op::i32_add: {
    Operand const x = operands[0];
    Operand const y = last->operands[0];
    if (last->op == Op::i32_add && x == operands[1] && y == last->operands[1] && x != y && is_immediate(operands[2]) &&
        is_immediate(last->operands[2]) && code::role_holds('P', x) && code::role_holds('P', y)) {
      Operand const first = last->operands[2];
      encoder_.retract();
      return encoder_.emit(Op::i32_add_twice, {y, first, x, operands[2]});
    }
    return merge_shift(op, operands);
  }
  case Op::i32_or:
  case Op::i32_xor:
  case Op::i64_xor: return merge_shift(op, operands);
  default: return std::nullopt;
  }
}

namespace {

// Operations that emit() has nothing to look at for. merge() may merge the others.
constexpr auto is_plain = [] {
  std::array<bool, code::op_count> plain{};
  for (std::size_t i = 0; i < code::op_count; ++i) {
    auto const op = static_cast<Op>(i);
    plain[i] = !wants_constant(op) && !is_mirrored_branch(op) && !may_merge(op);
  }
  return plain;
}();

} // namespace

// Emits a cell, merged with the one before it where that can be. Gives its position.
std::uint32_t FunctionTranslator::emit(Op op, std::initializer_list<Operand> operands) {
  if (is_plain[static_cast<std::size_t>(op)]) {
    return encoder_.emit(op, operands);
  }
  Operand const* const o = operands.begin();
  if (wants_constant(op) && !is_immediate(o[2])) {
    return emit(mirrored(op), {o[0], o[2], o[1]});
  }
  if (operands.size() == 5 && is_mirrored_branch(op) && !is_immediate(o[2])) {
    return emit(branch_of(mirrored(comparison_of(op))), {o[0], o[2], o[1], o[3], o[4]});
  }
  if (auto const merged = merge(op, o); merged.has_value()) {
    return *merged;
  }
  return encoder_.emit(op, operands);
}

} // namespace weir::translate
