// Forms that need no handler of their own, because another form's handler does what they do.
//
// Two operands that may be exchanged stand in one order: slot, r0, r1.. The encoder sees to that, and the forms of the
// other order are never written.
//
// An i32 lives zero-extended in 64 bits, so bitwise operations, comparisons for equality and unsigned comparisons of
// 32 bits are those of 64. Not with an immediate, which is sign-extended to 64 bits: but for `and`, whose other operand
// has zeros there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "code/ops.hpp"

namespace weir::code {

// The first of two operands, one behind the other, that may be exchanged; -1 if the operation has none.
constexpr int first_exchangeable(Op op) noexcept {
  switch (op) {
  case Op::i32_add:
  case Op::i32_mul:
  case Op::i32_and:
  case Op::i32_or:
  case Op::i32_xor:
  case Op::i32_xor_mul:
  case Op::i32_eq:
  case Op::i32_ne:
  case Op::i64_add:
  case Op::i64_mul:
  case Op::i64_and:
  case Op::i64_or:
  case Op::i64_xor:
  case Op::i64_eq:
  case Op::i64_ne:
  case Op::f32_add:
  case Op::f32_mul:
  case Op::f32_eq:
  case Op::f32_ne:
  case Op::f64_add:
  case Op::f64_mul:
  case Op::f64_eq:
  case Op::f64_ne:
  case Op::f64_add_mul:
  case Op::f64_sub_mul:
  case Op::br_i32_eq:
  case Op::br_i32_ne:
  case Op::br_i32_test:
  case Op::br_i32_test_not:
  case Op::br_i64_eq:
  case Op::br_i64_ne:
  case Op::br_f64_eq:
  case Op::br_f64_ne:
  case Op::load8_u_x:
  case Op::load16_u_x:
  case Op::load32_u_x:
  case Op::load64_x:
  case Op::f64_load_x: return 1;
  case Op::store8_x:
  case Op::store32_x:
  case Op::store64_x:
  case Op::f64_store_x: return 0;
  default: return -1;
  }
}

// Whether two operands that may be exchanged stand in the other order. An immediate is always the second.
constexpr bool is_out_of_order(Operand const& first, Operand const& second) noexcept {
  using Kind = Operand::Kind;
  return second.kind != Kind::immediate && first.kind != Kind::slot &&
         (second.kind == Kind::slot || second.value < first.value);
}

constexpr Operand operand_at(Place const& place) noexcept { return {place.kind, place.number}; }

// Whether the form is never written, since its operands stand in the other order.
constexpr bool is_out_of_order(OpForm which) noexcept {
  int const first = first_exchangeable(which.op);
  if (first < 0) {
    return false;
  }
  Layout const layout = layout_of(which.op, which.form);
  return is_out_of_order(operand_at(place_in(layout, first)), operand_at(place_in(layout, first + 1)));
}

// The operation of 64 bits whose handlers execute one of 32 bits, for all forms or for those without an immediate.
constexpr Op wider(Op op) noexcept {
  switch (op) {
  case Op::i32_and: return Op::i64_and;
  case Op::i32_or: return Op::i64_or;
  case Op::i32_xor: return Op::i64_xor;
  case Op::i32_xor_shr_u: return Op::i64_xor_shr_u;
  case Op::i32_eq: return Op::i64_eq;
  case Op::i32_ne: return Op::i64_ne;
  case Op::i32_lt_u: return Op::i64_lt_u;
  case Op::i32_ge_u: return Op::i64_ge_u;
  case Op::br_i32_eq: return Op::br_i64_eq;
  case Op::br_i32_ne: return Op::br_i64_ne;
  case Op::br_i32_lt_u: return Op::br_i64_lt_u;
  case Op::br_i32_ge_u: return Op::br_i64_ge_u;
  default: return op;
  }
}

// Whether the operation is executed by the handler of its wider one, given its last operand.
constexpr bool is_widened(Op op, Operand::Kind last) noexcept {
  return wider(op) != op && (op == Op::i32_and || op == Op::i32_xor_shr_u || last != Operand::Kind::immediate);
}

// The form whose handler executes this one; most often itself.
constexpr OpForm handler_of(OpForm which) noexcept {
  Op const wide = wider(which.op);
  if (wide == which.op) {
    return which;
  }
  int const last = info(which.op).family == OpFamily::branch ? 2 : shape_of(which.op).count - 1;
  auto const kind = place_in(layout_of(which.op, which.form), last).kind;
  return is_widened(which.op, kind) ? OpForm{wide, which.form} : which;
}
constexpr bool has_own_handler(OpForm which) noexcept {
  return !is_out_of_order(which) && handler_of(which).op == which.op;
}

static_assert([] {
  for (std::size_t i = 0; i < op_count; ++i) {
    if (info(static_cast<Op>(i)).shape != info(wider(static_cast<Op>(i))).shape) {
      return false;
    }
  }
  return true;
}());

// Calls visit(form) for the forms that a handler executes: its own, and that of a narrower operation.
template <class Visit>
constexpr void for_each_executed(OpForm handler, Visit const& visit) noexcept {
  constexpr auto narrower = [] {
    std::array<Op, op_count> narrower{};
    for (std::size_t i = 0; i < op_count; ++i) {
      narrower[i] = static_cast<Op>(i);
    }
    for (std::size_t i = 0; i < op_count; ++i) {
      if (Op const wide = wider(static_cast<Op>(i)); wide != static_cast<Op>(i)) {
        narrower[static_cast<std::size_t>(wide)] = static_cast<Op>(i);
      }
    }
    return narrower;
  }();
  visit(handler);
  OpForm const narrow{narrower[static_cast<std::size_t>(handler.op)], handler.form};
  if (narrow.op != handler.op && handler_of(narrow) == handler) {
    visit(narrow);
  }
}

// What a cell with this handler is called: "int_xor" where the handler is for both widths.
inline std::string handler_name(OpForm which) {
  std::string name{info(which.op).name};
  for (std::size_t i = 0; i < op_count; ++i) {
    OpForm const narrow{static_cast<Op>(i), which.form};
    if (narrow.op != which.op && wider(narrow.op) == which.op && handler_of(narrow) == which) {
      name.replace(name.find("i64"), 3, "int");
    }
  }
  return name;
}

} // namespace weir::code
