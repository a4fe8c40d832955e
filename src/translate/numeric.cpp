// Numeric instructions: https://webassembly.github.io/spec/core/syntax/instructions.html#numeric-instructions
#include <array>
#include <utility>

#include "translate/comparisons.hpp"
#include "translate/function_translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Opcode;

// Loads that have an indexed form: they take a pending addition as their address.
constexpr bool is_indexed_load(Opcode opcode) noexcept {
  switch (opcode) {
  case Opcode::i32_load:
  case Opcode::i64_load:
  case Opcode::f64_load:
  case Opcode::i32_load8_u:
  case Opcode::i32_load16_u:
  case Opcode::i64_load8_u:
  case Opcode::i64_load16_u:
  case Opcode::i64_load32_u: return true;
  default: return false;
  }
}

// Instructions that push a value without consuming one: behind an addition they begin the value of a store.
constexpr bool is_plain_push(Opcode opcode) noexcept {
  switch (opcode) {
  case Opcode::local_get:
  case Opcode::global_get:
  case Opcode::i32_const:
  case Opcode::i64_const:
  case Opcode::f64_const: return true;
  default: return false;
  }
}

// The operation with a constant of 64 bits.
constexpr std::optional<code::Op> with_wide_constant(code::Op op) noexcept {
  switch (op) {
  case code::Op::i64_add: return code::Op::i64_add_const;
  case code::Op::i64_mul: return code::Op::i64_mul_const;
  case code::Op::i64_and: return code::Op::i64_and_const;
  case code::Op::i64_xor: return code::Op::i64_xor_const;
  default: return std::nullopt;
  }
}

} // namespace

void FunctionTranslator::emit_binary(Op op, Value const& a, Value const& b, Width width, ValueClass result) {
  Operand const first = take(a, code::role_of(op, 1), width);
  auto const with_constant = with_wide_constant(op);
  if (with_constant && b.is_constant() && !fits_immediate(b.constant)) {
    Destination const d = destination(result, code::role_of(*with_constant, 0));
    emit(*with_constant, {d.at(), first, Operand::immediate(static_cast<std::int64_t>(b.constant))});
    finish(d);
    return;
  }
  Operand const second = take(b, code::role_of(op, 2), width);
  Destination const d = destination(result, code::role_of(op, 0));
  emit(op, {d.at(), first, second});
  finish(d);
}

void FunctionTranslator::binary(Op op, Width width, ValueClass result) {
  Value const b = pop_value();
  Value const a = pop_value();
  emit_binary(op, a, b, width, result);
}

// A constant goes to b, where it can be an immediate.
void FunctionTranslator::commutative(Op op, Width width) {
  Value b = pop_value();
  Value a = pop_value();
  if (a.is_constant()) {
    std::swap(a, b);
  }
  emit_binary(op, a, b, width, ValueClass::integer);
}

// An addition may wait for the load or store whose address it is. One of 0 to a local is the local.
void FunctionTranslator::add(Op op, Width width) {
  if (is_zero_added_to_local()) {
    stack_.truncate(stack_.height() - 1);
    return;
  }
  if (width == Width::i32) {
    Opcode const next = next_opcode();
    bool const next_consumes = is_indexed_load(next);
    if (next_consumes || is_plain_push(next)) {
      Value b = pop_value();
      Value a = pop_value();
      if (a.is_constant()) {
        std::swap(a, b);
      }
      if (!push_if_pending(Entry::Kind::add, op, a, b, width, next_consumes)) {
        emit_binary(op, a, b, width, ValueClass::integer);
      }
      return;
    }
  }
  commutative(op, width);
}

bool FunctionTranslator::is_zero_added_to_local() {
  std::uint32_t const height = stack_.height();
  if (height < stack_.settled() + 2) {
    return false;
  }
  Entry const& b = stack_.at(height - 1);
  Entry const& a = stack_.at(height - 2);
  return b.kind == Entry::Kind::value && b.a.kind() == Atom::Kind::constant && b.constant == 0 &&
         a.kind == Entry::Kind::value && a.a.kind() == Atom::Kind::local;
}

// Subtraction of a constant is an addition.
void FunctionTranslator::subtract(Op op, Op add_op, Width width) {
  Value b = pop_value();
  Value const a = pop_value();
  if (b.is_constant() && !a.is_constant()) {
    std::uint64_t const negated = 0 - b.constant;
    b.constant = width == Width::i32 ? static_cast<std::uint32_t>(negated) : negated;
    emit_binary(add_op, a, b, width, ValueClass::integer);
    return;
  }
  emit_binary(op, a, b, width, ValueClass::integer);
}

// Rotation to the right by a constant is one to the left.
void FunctionTranslator::rotate_right(Op op, Op left_op, Width width) {
  Value b = pop_value();
  Value const a = pop_value();
  if (b.is_constant()) {
    b.constant = (0 - b.constant) & (width == Width::i32 ? 31u : 63u);
    emit_binary(left_op, a, b, width, ValueClass::integer);
    return;
  }
  emit_binary(op, a, b, width, ValueClass::integer);
}

void FunctionTranslator::bitwise_and(Op op, Width width) {
  Value b = pop_value();
  Value a = pop_value();
  if (a.is_constant()) {
    std::swap(a, b);
  }
  if (width == Width::i32 && next_is_condition() && push_if_pending(Entry::Kind::test, op, a, b, width, true)) {
    return;
  }
  emit_binary(op, a, b, width, ValueClass::integer);
}

bool FunctionTranslator::next_is_condition() const noexcept {
  Opcode const next = next_opcode();
  return next == Opcode::br_if || next == Opcode::if_ || next == Opcode::i32_eqz;
}

// Pushes a pending operation if its operands are such that it can wait. With `next_consumes` the very next instruction
// takes it off again, so that no slot above the stack is in danger.
bool FunctionTranslator::push_if_pending(Entry::Kind kind, Op op, Value const& a, Value const& b, Width width,
                                         bool next_consumes) {
  std::uint32_t const own_slot = slot_at(stack_.height());
  auto const may_wait = [&](Value const& value) {
    return value.atom.kind() != Atom::Kind::slot || next_consumes || value.atom.number() == own_slot;
  };
  if (a.is_constant() || !may_wait(a) || !may_wait(b)) {
    return false;
  }
  std::uint64_t constant = b.constant;
  if (b.is_constant()) {
    auto const immediate = static_cast<std::int32_t>(static_cast<std::uint32_t>(constant));
    if (width == Width::i64 && static_cast<std::int64_t>(constant) != immediate) {
      return false;
    }
    constant = static_cast<std::uint64_t>(std::int64_t{immediate});
  }
  stack_.push_pending(kind, op, a.atom, b.atom, constant);
  return true;
}

void FunctionTranslator::compare(Op op, Width width) {
  Value b = pop_value();
  Value a = pop_value();
  bool const is_exchanged = !b.is_constant() && (a.is_constant() || wants_constant(op));
  if (is_exchanged) {
    std::swap(a, b);
    op = mirrored(op);
  }
  if (next_is_condition() && push_if_pending(Entry::Kind::compare, op, a, b, width, true)) {
    return;
  }
  emit_binary(op, a, b, width, ValueClass::integer);
}

// a > b is b < a (`swapped`). Only comparisons of f64 can be merged with a branch.
void FunctionTranslator::compare_float(Op op, bool swapped, bool may_pend) {
  Value b = pop_value();
  Value a = pop_value();
  if (swapped) {
    std::swap(a, b);
  }
  if (may_pend && next_is_condition()) {
    for (Value* const value : {&a, &b}) {
      if (value->is_constant()) {
        value->atom = {Atom::Kind::slot, static_cast<std::uint32_t>(bring_home(*value).value)};
      }
    }
    push_if_pending(Entry::Kind::compare, op, a, b, Width::i64, true);
    return;
  }
  emit_binary(op, a, b, Width::i64, ValueClass::integer);
}

void FunctionTranslator::equals_zero(Op compare_op, Width width) {
  std::uint32_t const top = stack_.height() - 1;
  if (width == Width::i32 && top >= stack_.settled()) {
    Entry& entry = stack_.at(top);
    if (entry.kind == Entry::Kind::compare || entry.kind == Entry::Kind::test) {
      if (entry.kind == Entry::Kind::compare && is_integer_comparison(entry.op)) {
        entry.op = inverted(entry.op);
      } else {
        entry.is_boolean = entry.is_negated;
        entry.is_negated = !entry.is_negated;
      }
      if (!next_is_condition()) {
        Entry const& taken = stack_.pop();
        Destination const d = destination(ValueClass::integer, 'r');
        compute_operation(taken, slot_at(top), d.at());
        finish(d);
      }
      return;
    }
  }
  Value const a = pop_value();
  Value const zero{{Atom::Kind::constant, 0}, ValueClass::integer, a.home, 0};
  if (next_is_condition() && push_if_pending(Entry::Kind::compare, compare_op, a, zero, width, true)) {
    return;
  }
  emit_binary(compare_op, a, zero, width, ValueClass::integer);
}

void FunctionTranslator::unary(Op op, ValueClass result) {
  Operand const a = take(pop_value(), code::role_of(op, 1));
  Destination const d = destination(result, code::role_of(op, 0));
  emit(op, {d.at(), a});
  finish(d);
}

bool FunctionTranslator::step_integer(Instruction const& instruction) {
  constexpr auto integer = ValueClass::integer;
  switch (instruction.opcode) {
  case Opcode::i32_const: stack_.push_constant(instruction.value & 0xFFFFFFFF, integer); return true;
  case Opcode::i64_const: stack_.push_constant(instruction.value, integer); return true;

  case Opcode::i32_eqz: equals_zero(Op::i32_eq, Width::i32); return true;
  case Opcode::i64_eqz: equals_zero(Op::i64_eq, Width::i64); return true;
#define COMPARE(width, name) \
  case Opcode::width##_##name: compare(Op::width##_##name, Width::width); return true;
#define COMPARE_BOTH(name) COMPARE(i32, name) COMPARE(i64, name)
    COMPARE_BOTH(eq)
    COMPARE_BOTH(ne)
    COMPARE_BOTH(lt_s)
    COMPARE_BOTH(lt_u)
    COMPARE_BOTH(gt_s)
    COMPARE_BOTH(gt_u)
    COMPARE_BOTH(le_s)
    COMPARE_BOTH(le_u)
    COMPARE_BOTH(ge_s)
    COMPARE_BOTH(ge_u)
#undef COMPARE_BOTH
#undef COMPARE

  case Opcode::i32_add: add(Op::i32_add, Width::i32); return true;
  case Opcode::i64_add: add(Op::i64_add, Width::i64); return true;
  case Opcode::i32_sub: subtract(Op::i32_sub, Op::i32_add, Width::i32); return true;
  case Opcode::i64_sub: subtract(Op::i64_sub, Op::i64_add, Width::i64); return true;
  case Opcode::i32_and: bitwise_and(Op::i32_and, Width::i32); return true;
  case Opcode::i64_and: bitwise_and(Op::i64_and, Width::i64); return true;
  case Opcode::i32_rotr: rotate_right(Op::i32_rotr, Op::i32_rotl, Width::i32); return true;
  case Opcode::i64_rotr: rotate_right(Op::i64_rotr, Op::i64_rotl, Width::i64); return true;
#define COMMUTATIVE(name)                                                        \
  case Opcode::i32_##name: commutative(Op::i32_##name, Width::i32); return true; \
  case Opcode::i64_##name: commutative(Op::i64_##name, Width::i64); return true;
    COMMUTATIVE(mul)
    COMMUTATIVE(or)
    COMMUTATIVE(xor)
#undef COMMUTATIVE
#define BINARY(name)                                                                 \
  case Opcode::i32_##name: binary(Op::i32_##name, Width::i32, integer); return true; \
  case Opcode::i64_##name: binary(Op::i64_##name, Width::i64, integer); return true;
    BINARY(shl)
    BINARY(shr_s)
    BINARY(shr_u)
    BINARY(rotl)
    BINARY(div_s)
    BINARY(div_u)
    BINARY(rem_s)
    BINARY(rem_u)
#undef BINARY

  // The upper half of an i32 is zero wherever it is kept.
  case Opcode::i64_extend_i32_u: return true;
  case Opcode::i64_extend_i32_s: unary(Op::i64_extend32_s, integer); return true;
#define UNARY(name) \
  case Opcode::name: unary(Op::name, integer); return true;
    UNARY(i32_clz)
    UNARY(i32_ctz)
    UNARY(i32_popcnt)
    UNARY(i64_clz)
    UNARY(i64_ctz)
    UNARY(i64_popcnt)
    UNARY(i32_extend8_s)
    UNARY(i32_extend16_s)
    UNARY(i64_extend8_s)
    UNARY(i64_extend16_s)
    UNARY(i64_extend32_s)
    UNARY(i32_wrap_i64)
    UNARY(i32_trunc_f32_s)
    UNARY(i32_trunc_f32_u)
    UNARY(i32_trunc_f64_s)
    UNARY(i32_trunc_f64_u)
    UNARY(i64_trunc_f32_s)
    UNARY(i64_trunc_f32_u)
    UNARY(i64_trunc_f64_s)
    UNARY(i64_trunc_f64_u)
    UNARY(i32_trunc_sat_f32_s)
    UNARY(i32_trunc_sat_f32_u)
    UNARY(i32_trunc_sat_f64_s)
    UNARY(i32_trunc_sat_f64_u)
    UNARY(i64_trunc_sat_f32_s)
    UNARY(i64_trunc_sat_f32_u)
    UNARY(i64_trunc_sat_f64_s)
    UNARY(i64_trunc_sat_f64_u)
    UNARY(i32_reinterpret_f32)
    UNARY(i64_reinterpret_f64)
#undef UNARY
  default: return false;
  }
}

bool FunctionTranslator::step_float(Instruction const& instruction) {
  constexpr auto floating = ValueClass::floating;
  switch (instruction.opcode) {
  case Opcode::f32_const: push_float_constant(instruction.value & 0xFFFFFFFF, false); return true;
  case Opcode::f64_const: push_float_constant(instruction.value, true); return true;

  case Opcode::f32_eq: compare_float(Op::f32_eq, false, false); return true;
  case Opcode::f32_ne: compare_float(Op::f32_ne, false, false); return true;
  case Opcode::f32_lt: compare_float(Op::f32_lt, false, false); return true;
  case Opcode::f32_gt: compare_float(Op::f32_lt, true, false); return true;
  case Opcode::f32_le: compare_float(Op::f32_le, false, false); return true;
  case Opcode::f32_ge: compare_float(Op::f32_le, true, false); return true;
  case Opcode::f64_eq: compare_float(Op::f64_eq, false, true); return true;
  case Opcode::f64_ne: compare_float(Op::f64_ne, false, true); return true;
  case Opcode::f64_lt: compare_float(Op::f64_lt, false, true); return true;
  case Opcode::f64_gt: compare_float(Op::f64_lt, true, true); return true;
  case Opcode::f64_le: compare_float(Op::f64_le, false, true); return true;
  case Opcode::f64_ge: compare_float(Op::f64_le, true, true); return true;

#define BINARY(name)                                                                  \
  case Opcode::f32_##name: binary(Op::f32_##name, Width::i64, floating); return true; \
  case Opcode::f64_##name: binary(Op::f64_##name, Width::i64, floating); return true;
    BINARY(add)
    BINARY(sub)
    BINARY(mul)
    BINARY(div)
    BINARY(min)
    BINARY(max)
    BINARY(copysign)
#undef BINARY
#define UNARY(name) \
  case Opcode::name: unary(Op::name, floating); return true;
#define UNARY_BOTH(name) UNARY(f32_##name) UNARY(f64_##name)
    UNARY_BOTH(abs)
    UNARY_BOTH(neg)
    UNARY_BOTH(ceil)
    UNARY_BOTH(floor)
    UNARY_BOTH(trunc)
    UNARY_BOTH(nearest)
    UNARY_BOTH(sqrt)
    UNARY(f32_convert_i32_s)
    UNARY(f32_convert_i32_u)
    UNARY(f32_convert_i64_s)
    UNARY(f32_convert_i64_u)
    UNARY(f32_demote_f64)
    UNARY(f64_convert_i32_s)
    UNARY(f64_convert_i32_u)
    UNARY(f64_convert_i64_s)
    UNARY(f64_convert_i64_u)
    UNARY(f64_promote_f32)
    UNARY(f32_reinterpret_i32)
    UNARY(f64_reinterpret_i64)
#undef UNARY_BOTH
#undef UNARY
  default: return false;
  }
}

} // namespace weir::translate
