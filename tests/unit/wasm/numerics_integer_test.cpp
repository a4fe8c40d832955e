#include "wasm/numerics_integer.hpp"

#include <string>

#include <gtest/gtest.h>

#include "exact.hpp"
#include "support/seed.hpp"

namespace weir::wasm::numerics {
namespace {

using test::signed_value;
using test::Wide;
using test::width;
using test::wrap;

template <class U>
using Unary = U (*)(U);
template <class U>
using Binary = U (*)(U, U);
template <class U>
using Comparison = bool (*)(U, U);
template <class U>
using Trapping = TrapReason (*)(U, U, U&);

// What the division or remainder of the specification gives: a value or a trap.
struct Outcome {
  TrapReason trap = TrapReason::none;
  Wide value = 0;
};

template <class U>
struct NamedUnary {
  char const* name;
  Unary<U> function;
  Unary<U> reference;
};
template <class U>
struct NamedBinary {
  char const* name;
  Binary<U> function;
  Binary<U> reference;
};
template <class U>
struct NamedComparison {
  char const* name;
  Comparison<U> function;
  Comparison<U> reference;
};
template <class U>
struct NamedTrapping {
  char const* name;
  Trapping<U> function;
  Outcome (*reference)(U, U);
};

template <class U>
U bit_at(U a, int position) {
  return a >> position & 1;
}
template <class U>
U leading_zeros(U a) {
  U count = 0;
  for (int i = width<U> - 1; i >= 0 && bit_at(a, i) == 0; --i) ++count;
  return count;
}
template <class U>
U trailing_zeros(U a) {
  U count = 0;
  for (int i = 0; i < width<U> && bit_at(a, i) == 0; ++i) ++count;
  return count;
}
template <class U>
U ones(U a) {
  U count = 0;
  for (int i = 0; i < width<U>; ++i) count += bit_at(a, i);
  return count;
}
template <class U, int Bits>
U extended(U a) {
  Wide const low = a & ((Wide{1} << Bits) - 1);
  return wrap<U>(bit_at(a, Bits - 1) != 0 ? low - (Wide{1} << Bits) : low);
}
template <class U>
U rotated_left(U a, U b) {
  U result = 0;
  for (int i = 0; i < width<U>; ++i) {
    result |= static_cast<U>(bit_at(a, i) << ((static_cast<unsigned>(i) + b % width<U>) % width<U>));
  }
  return result;
}
template <class U>
Wide power(U b) {
  return Wide{1} << (b % width<U>);
}
// Division towards minus infinity, by a positive number.
constexpr Wide floor_divided(Wide a, Wide b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

template <class U>
std::vector<NamedBinary<U>> common_binary(Binary<U> add, Binary<U> sub, Binary<U> mul, Binary<U> shl, Binary<U> shr_s,
                                          Binary<U> shr_u, Binary<U> rotl, Binary<U> rotr, Binary<U> conjunction,
                                          Binary<U> disjunction, Binary<U> exclusive) {
  return {
      {"add", add, [](U a, U b) { return wrap<U>(Wide{a} + b); }},
      {"sub", sub, [](U a, U b) { return wrap<U>(Wide{a} - b); }},
      {"mul", mul,
       [](U a, U b) {
         U sum = 0;
         for (int i = 0; i < width<U>; ++i) sum = wrap<U>(Wide{sum} + (Wide{static_cast<U>(a << i)} * bit_at(b, i)));
         return sum;
       }},
      {"shl", shl, [](U a, U b) { return wrap<U>(static_cast<Wide>(static_cast<test::UWide>(a) << (b % width<U>))); }},
      {"shr_s", shr_s, [](U a, U b) { return wrap<U>(floor_divided(signed_value(a), power(b))); }},
      {"shr_u", shr_u, [](U a, U b) { return wrap<U>(Wide{a} / power(b)); }},
      {"rotl", rotl, [](U a, U b) { return rotated_left<U>(a, b); }},
      {"rotr", rotr, [](U a, U b) { return rotated_left<U>(a, static_cast<U>(width<U> - b % width<U>)); }},
      {"and", conjunction, [](U a, U b) { return static_cast<U>(~(~a | ~b)); }},
      {"or", disjunction, [](U a, U b) { return static_cast<U>(~(~a & ~b)); }},
      {"xor", exclusive, [](U a, U b) { return static_cast<U>((a | b) - (a & b)); }},
  };
}

template <class U>
std::vector<NamedComparison<U>> comparisons(std::array<Comparison<U>, 10> functions) {
  return {
      {"eq", functions[0], [](U a, U b) { return (a ^ b) == 0; }},
      {"ne", functions[1], [](U a, U b) { return (a ^ b) != 0; }},
      {"lt_s", functions[2], [](U a, U b) { return signed_value(b) - signed_value(a) > 0; }},
      {"lt_u", functions[3], [](U a, U b) { return Wide{b} - Wide{a} > 0; }},
      {"gt_s", functions[4], [](U a, U b) { return signed_value(a) - signed_value(b) > 0; }},
      {"gt_u", functions[5], [](U a, U b) { return Wide{a} - Wide{b} > 0; }},
      {"le_s", functions[6], [](U a, U b) { return signed_value(b) - signed_value(a) >= 0; }},
      {"le_u", functions[7], [](U a, U b) { return Wide{b} - Wide{a} >= 0; }},
      {"ge_s", functions[8], [](U a, U b) { return signed_value(a) - signed_value(b) >= 0; }},
      {"ge_u", functions[9], [](U a, U b) { return Wide{a} - Wide{b} >= 0; }},
  };
}

constexpr Outcome by_zero{TrapReason::integer_divide_by_zero, 0};

template <class U>
std::vector<NamedTrapping<U>> divisions(std::array<Trapping<U>, 4> functions) {
  return {
      {"div_s", functions[0],
       [](U a, U b) -> Outcome {
         if (b == 0) return by_zero;
         Wide const quotient = signed_value(a) / signed_value(b);
         return quotient >= Wide{1} << (width<U> - 1) ? Outcome{TrapReason::integer_overflow, 0}
                                                      : Outcome{TrapReason::none, quotient};
       }},
      {"div_u", functions[1],
       [](U a, U b) -> Outcome { return b == 0 ? by_zero : Outcome{TrapReason::none, Wide{a} / Wide{b}}; }},
      {"rem_s", functions[2],
       [](U a, U b) -> Outcome {
         return b == 0 ? by_zero : Outcome{TrapReason::none, signed_value(a) % signed_value(b)};
       }},
      {"rem_u", functions[3],
       [](U a, U b) -> Outcome { return b == 0 ? by_zero : Outcome{TrapReason::none, Wide{a} % Wide{b}}; }},
  };
}

template <class U>
struct Operations;

template <>
struct Operations<std::uint32_t> {
  using U = std::uint32_t;
  std::vector<NamedUnary<U>> unary{{"clz", i32_clz, leading_zeros<U>},
                                   {"ctz", i32_ctz, trailing_zeros<U>},
                                   {"popcnt", i32_popcnt, ones<U>},
                                   {"extend8_s", i32_extend8_s, extended<U, 8>},
                                   {"extend16_s", i32_extend16_s, extended<U, 16>}};
  std::vector<NamedBinary<U>> binary = common_binary<U>(i32_add, i32_sub, i32_mul, i32_shl, i32_shr_s, i32_shr_u,
                                                        i32_rotl, i32_rotr, i32_and, i32_or, i32_xor);
  std::vector<NamedComparison<U>> compare =
      comparisons<U>({i32_eq, i32_ne, i32_lt_s, i32_lt_u, i32_gt_s, i32_gt_u, i32_le_s, i32_le_u, i32_ge_s, i32_ge_u});
  std::vector<NamedTrapping<U>> divide = divisions<U>({i32_div_s, i32_div_u, i32_rem_s, i32_rem_u});
  bool (*eqz)(U) = i32_eqz;
};

template <>
struct Operations<std::uint64_t> {
  using U = std::uint64_t;
  std::vector<NamedUnary<U>> unary{{"clz", i64_clz, leading_zeros<U>},
                                   {"ctz", i64_ctz, trailing_zeros<U>},
                                   {"popcnt", i64_popcnt, ones<U>},
                                   {"extend8_s", i64_extend8_s, extended<U, 8>},
                                   {"extend16_s", i64_extend16_s, extended<U, 16>},
                                   {"extend32_s", i64_extend32_s, extended<U, 32>}};
  std::vector<NamedBinary<U>> binary = common_binary<U>(i64_add, i64_sub, i64_mul, i64_shl, i64_shr_s, i64_shr_u,
                                                        i64_rotl, i64_rotr, i64_and, i64_or, i64_xor);
  std::vector<NamedComparison<U>> compare =
      comparisons<U>({i64_eq, i64_ne, i64_lt_s, i64_lt_u, i64_gt_s, i64_gt_u, i64_le_s, i64_le_u, i64_ge_s, i64_ge_u});
  std::vector<NamedTrapping<U>> divide = divisions<U>({i64_div_s, i64_div_u, i64_rem_s, i64_rem_u});
  bool (*eqz)(U) = i64_eqz;
};

template <class U>
class NumericsInteger : public testing::Test {
 protected:
  // Every operation with these operands, by the reference. The first difference ends the test.
  void compare(U a, U b) {
    std::string const at = "a = " + std::to_string(a) + ", b = " + std::to_string(b);
    for (auto const& op : operations_.unary) ASSERT_EQ(op.function(a), op.reference(a)) << op.name << ": " << at;
    for (auto const& op : operations_.binary) ASSERT_EQ(op.function(a, b), op.reference(a, b)) << op.name << ": " << at;
    for (auto const& op : operations_.compare) {
      ASSERT_EQ(op.function(a, b), op.reference(a, b)) << op.name << ": " << at;
    }
    for (auto const& op : operations_.divide) {
      Outcome const expected = op.reference(a, b);
      U const before = static_cast<U>(0xA5A5A5A5A5A5A5A5);
      U result = before;
      ASSERT_EQ(op.function(a, b, result), expected.trap) << op.name << ": " << at;
      ASSERT_EQ(result, expected.trap == TrapReason::none ? wrap<U>(expected.value) : before) << op.name << ": " << at;
    }
    ASSERT_EQ(operations_.eqz(a), a + 1 == 1) << at;
  }

  Operations<U> operations_;
};

using Widths = testing::Types<std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(NumericsInteger, Widths);

TYPED_TEST(NumericsInteger, EdgesAgreeWithTheReference) {
  auto const edges = test::integer_edges<TypeParam>();
  for (TypeParam const a : edges) {
    for (TypeParam const b : edges) {
      this->compare(a, b);
      if (this->HasFatalFailure()) return;
    }
  }
}

TYPED_TEST(NumericsInteger, RandomOperandsAgreeWithTheReference) {
  auto random = test::seeded_random();
  for (int i = 0; i < 20000; ++i) {
    auto const a = test::random_integer<TypeParam>(random);
    this->compare(a, test::random_integer<TypeParam>(random));
    if (this->HasFatalFailure()) return;
  }
}

// Written down from the specification, so that a mistake in the reference shows too.
TEST(NumericsIntegerFacts, Traps) {
  std::uint32_t result = 7;
  EXPECT_EQ(i32_div_s(1, 0, result), TrapReason::integer_divide_by_zero);
  EXPECT_EQ(i32_div_u(1, 0, result), TrapReason::integer_divide_by_zero);
  EXPECT_EQ(i32_rem_s(1, 0, result), TrapReason::integer_divide_by_zero);
  EXPECT_EQ(i32_rem_u(1, 0, result), TrapReason::integer_divide_by_zero);
  EXPECT_EQ(i32_div_s(0x80000000, 0xFFFFFFFF, result), TrapReason::integer_overflow);
  EXPECT_EQ(result, 7u);
  EXPECT_EQ(i32_rem_s(0x80000000, 0xFFFFFFFF, result), TrapReason::none);
  EXPECT_EQ(result, 0u);
  EXPECT_EQ(i32_div_u(0x80000000, 0xFFFFFFFF, result), TrapReason::none);
  EXPECT_EQ(result, 0u);
  EXPECT_EQ(i32_div_s(static_cast<std::uint32_t>(-7), 2, result), TrapReason::none);
  EXPECT_EQ(result, static_cast<std::uint32_t>(-3));
  EXPECT_EQ(i32_rem_s(static_cast<std::uint32_t>(-7), 2, result), TrapReason::none);
  EXPECT_EQ(result, static_cast<std::uint32_t>(-1));
  std::uint64_t wide = 7;
  EXPECT_EQ(i64_div_s(std::uint64_t{1} << 63, ~std::uint64_t{0}, wide), TrapReason::integer_overflow);
  EXPECT_EQ(i64_rem_s(std::uint64_t{1} << 63, ~std::uint64_t{0}, wide), TrapReason::none);
  EXPECT_EQ(wide, 0u);
}

TEST(NumericsIntegerFacts, CountsAndShifts) {
  EXPECT_EQ(i32_clz(0), 32u);
  EXPECT_EQ(i32_ctz(0), 32u);
  EXPECT_EQ(i64_clz(0), 64u);
  EXPECT_EQ(i64_ctz(0), 64u);
  EXPECT_EQ(i32_popcnt(0xFFFFFFFF), 32u);
  EXPECT_EQ(i64_popcnt(~std::uint64_t{0}), 64u);
  EXPECT_EQ(i32_shl(1, 33), 2u);
  EXPECT_EQ(i32_shr_s(0x80000000, 31), 0xFFFFFFFFu);
  EXPECT_EQ(i32_shr_u(0x80000000, 31), 1u);
  EXPECT_EQ(i64_shl(1, 65), 2u);
  EXPECT_EQ(i32_rotl(0xABCD9876, 4), 0xBCD9876Au);
  EXPECT_EQ(i32_rotr(0xB0C1D2E3, 5), 0x1D860E97u);
  EXPECT_EQ(i32_extend8_s(0x180), 0xFFFFFF80u);
  EXPECT_EQ(i64_extend32_s(0x80000000), 0xFFFFFFFF80000000u);
}

static_assert(i32_add(0xFFFFFFFF, 1) == 0 && i64_rotr(1, 1) == std::uint64_t{1} << 63);

} // namespace
} // namespace weir::wasm::numerics
