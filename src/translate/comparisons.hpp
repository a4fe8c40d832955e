// Comparisons as a group: inverses, mirror images, and the branches that they are merged with.
#pragma once

#include <array>
#include <cstdint>

#include "code/ops.hpp"

namespace weir::translate {

namespace comparisons {

// Both widths, as values and as branches, stand in ops.def in this order: eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s
// ge_u.
inline constexpr int count = 10;
inline constexpr std::array<int, count> inverses = {1, 0, 8, 9, 6, 7, 4, 5, 2, 3};
inline constexpr std::array<int, count> mirrors = {0, 1, 4, 5, 2, 3, 8, 9, 6, 7};

constexpr code::Op op_at(code::Op first, int index) noexcept {
  return static_cast<code::Op>(static_cast<int>(first) + index);
}
constexpr int index_from(code::Op first, code::Op op) noexcept {
  return static_cast<int>(op) - static_cast<int>(first);
}

static_assert(op_at(code::Op::i32_eq, 9) == code::Op::i32_ge_u && op_at(code::Op::i32_eq, 4) == code::Op::i32_gt_s);
static_assert(op_at(code::Op::i64_eq, 9) == code::Op::i64_ge_u && op_at(code::Op::i64_eq, 4) == code::Op::i64_gt_s);
static_assert(op_at(code::Op::br_i32_eq, 9) == code::Op::br_i32_ge_u &&
              op_at(code::Op::br_i32_eq, 4) == code::Op::br_i32_gt_s);
static_assert(op_at(code::Op::br_i64_eq, 9) == code::Op::br_i64_ge_u &&
              op_at(code::Op::br_i64_eq, 4) == code::Op::br_i64_gt_s);

} // namespace comparisons

constexpr bool is_i32_comparison(code::Op op) noexcept {
  int const index = comparisons::index_from(code::Op::i32_eq, op);
  return index >= 0 && index < comparisons::count;
}

constexpr bool is_integer_comparison(code::Op op) noexcept {
  int const index = comparisons::index_from(code::Op::i64_eq, op);
  return is_i32_comparison(op) || (index >= 0 && index < comparisons::count);
}

namespace comparisons {

constexpr code::Op mapped(std::array<int, count> const& map, code::Op op) noexcept {
  code::Op const first = is_i32_comparison(op) ? code::Op::i32_eq : code::Op::i64_eq;
  return op_at(first, map[static_cast<std::size_t>(index_from(first, op))]);
}

} // namespace comparisons

// Precondition of all three: is_integer_comparison(op).

// Not (a op b).
constexpr code::Op inverted(code::Op op) noexcept { return comparisons::mapped(comparisons::inverses, op); }

// The operation with its operands exchanged.
constexpr code::Op mirrored(code::Op op) noexcept { return comparisons::mapped(comparisons::mirrors, op); }

constexpr code::Op branch_of(code::Op op) noexcept {
  bool const is_32 = is_i32_comparison(op);
  return comparisons::op_at(is_32 ? code::Op::br_i32_eq : code::Op::br_i64_eq,
                            comparisons::index_from(is_32 ? code::Op::i32_eq : code::Op::i64_eq, op));
}

// The comparison that a branch makes; nothing if it is no integer comparison.
constexpr code::Op comparison_of(code::Op branch) noexcept {
  int const index = comparisons::index_from(code::Op::br_i32_eq, branch);
  bool const is_32 = index >= 0 && index < comparisons::count;
  return comparisons::op_at(is_32 ? code::Op::i32_eq : code::Op::i64_eq,
                            is_32 ? index : comparisons::index_from(code::Op::br_i64_eq, branch));
}

// Whether the branch compares by > or <=.
constexpr bool is_mirrored_branch(code::Op op) noexcept {
  for (code::Op const first : {code::Op::br_i32_eq, code::Op::br_i64_eq}) {
    int const index = comparisons::index_from(first, op);
    if (index >= 0 && index < comparisons::count) {
      return index >= 4 && index < 8; // gt_s gt_u le_s le_u
    }
  }
  return false;
}

// a > b and a <= b have forms for constants only; with its operands exchanged the comparison is another one.
constexpr bool wants_constant(code::Op op) noexcept {
  switch (op) {
  case code::Op::i32_gt_s:
  case code::Op::i32_gt_u:
  case code::Op::i32_le_s:
  case code::Op::i32_le_u:
  case code::Op::i64_gt_s:
  case code::Op::i64_gt_u:
  case code::Op::i64_le_s:
  case code::Op::i64_le_u: return true;
  default: return false;
  }
}

static_assert(inverted(code::Op::i32_lt_u) == code::Op::i32_ge_u && inverted(code::Op::i64_le_s) == code::Op::i64_gt_s);
static_assert(mirrored(code::Op::i32_lt_u) == code::Op::i32_gt_u && mirrored(code::Op::i64_ge_s) == code::Op::i64_le_s);

} // namespace weir::translate
