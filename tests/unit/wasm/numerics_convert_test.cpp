#include "wasm/numerics_convert.hpp"

#include <string>

#include <gtest/gtest.h>

#include "exact.hpp"
#include "support/seed.hpp"
#include "wasm/numerics.hpp"

namespace weir::wasm::numerics {
namespace {

using test::bits_of;
using test::is_infinite;
using test::is_nan;
using test::is_negative;
using test::Wide;

template <class U>
constexpr Wide least(bool is_signed) {
  return is_signed ? -(Wide{1} << (test::width<U> - 1)) : 0;
}
template <class U>
constexpr Wide greatest(bool is_signed) {
  return (Wide{1} << (test::width<U> - (is_signed ? 1 : 0))) - 1;
}

// One integer type and one floating-point type: all four truncations and both conversions.
template <class U, class Float>
struct Pair {
  std::string name;
  TrapReason (*trunc_s)(Float, U&);
  TrapReason (*trunc_u)(Float, U&);
  U (*trunc_sat_s)(Float);
  U (*trunc_sat_u)(Float);
  Float (*convert_s)(U);
  Float (*convert_u)(U);

  void check_truncation(Float a) const {
    for (bool const is_signed : {true, false}) {
      std::string const at = name + (is_signed ? "_s of 0x" : "_u of 0x") + hex(bits_of(a));
      Wide const low = least<U>(is_signed);
      Wide const high = greatest<U>(is_signed);
      TrapReason expected = TrapReason::none;
      Wide value = 0;
      if (is_nan(a)) {
        expected = TrapReason::invalid_conversion_to_integer;
      } else {
        auto const whole = is_infinite(a) ? std::nullopt : test::truncated(test::exact(a));
        value = whole.value_or(is_negative(a) ? low - 1 : high + 1);
        expected = value < low || value > high ? TrapReason::integer_overflow : TrapReason::none;
        value = value < low ? low : value > high ? high : value;
      }
      U const before = static_cast<U>(0x5A5A5A5A5A5A5A5A);
      U result = before;
      ASSERT_EQ((is_signed ? trunc_s : trunc_u)(a, result), expected) << at;
      ASSERT_EQ(result, expected == TrapReason::none ? test::wrap<U>(value) : before) << at;
      ASSERT_EQ((is_signed ? trunc_sat_s : trunc_sat_u)(a), test::wrap<U>(value)) << at;
    }
  }

  void check_conversion(U a) const {
    Wide const value = test::signed_value(a);
    test::Exact const as_signed{value < 0, static_cast<test::UWide>(value < 0 ? -value : value), 0, false};
    test::Exact const as_unsigned{false, a, 0, false};
    ASSERT_EQ(bits_of(convert_s(a)), bits_of(test::rounded<Float>(as_signed))) << name << "_s of " << a;
    ASSERT_EQ(bits_of(convert_u(a)), bits_of(test::rounded<Float>(as_unsigned))) << name << "_u of " << a;
  }

  static std::string hex(std::uint64_t bits) {
    char text[32];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(bits));
    return text;
  }

  void check_edges() const {
    for (Float const a : test::float_edges<Float>()) {
      check_truncation(a);
      if (testing::Test::HasFatalFailure()) return;
    }
    for (U const a : test::integer_edges<U>()) {
      check_conversion(a);
      // Every integer's own neighbourhood, as far as the format shows it.
      for (int step = -1; step <= 1; ++step) {
        auto const bits = bits_of(convert_s(a)) + static_cast<test::BitsOf<Float>>(step);
        check_truncation(test::from_bits<Float>(bits));
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }

  void check_random(std::mt19937_64& random) const {
    for (int i = 0; i < 20000; ++i) {
      check_truncation(test::random_float<Float>(random));
      check_conversion(test::random_integer<U>(random));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
};

Pair<std::uint32_t, float> const i32_f32{"i32/f32",           i32_trunc_f32_s,   i32_trunc_f32_u,  i32_trunc_sat_f32_s,
                                         i32_trunc_sat_f32_u, f32_convert_i32_s, f32_convert_i32_u};
Pair<std::uint32_t, double> const i32_f64{"i32/f64",           i32_trunc_f64_s,   i32_trunc_f64_u,  i32_trunc_sat_f64_s,
                                          i32_trunc_sat_f64_u, f64_convert_i32_s, f64_convert_i32_u};
Pair<std::uint64_t, float> const i64_f32{"i64/f32",           i64_trunc_f32_s,   i64_trunc_f32_u,  i64_trunc_sat_f32_s,
                                         i64_trunc_sat_f32_u, f32_convert_i64_s, f32_convert_i64_u};
Pair<std::uint64_t, double> const i64_f64{"i64/f64",           i64_trunc_f64_s,   i64_trunc_f64_u,  i64_trunc_sat_f64_s,
                                          i64_trunc_sat_f64_u, f64_convert_i64_s, f64_convert_i64_u};

TEST(NumericsConvert, EdgesAgreeWithTheReference) {
  i32_f32.check_edges();
  i32_f64.check_edges();
  i64_f32.check_edges();
  i64_f64.check_edges();
}

TEST(NumericsConvert, RandomNumbersAgreeWithTheReference) {
  auto random = test::seeded_random();
  i32_f32.check_random(random);
  i32_f64.check_random(random);
  i64_f32.check_random(random);
  i64_f64.check_random(random);
}

void check_demotion(double a) {
  float const result = f32_demote_f64(a);
  if (is_nan(a)) {
    ASSERT_TRUE(test::is_canonical_nan(a) ? test::is_canonical_nan(result) : test::is_quiet_nan(result)) << bits_of(a);
  } else if (is_infinite(a)) {
    ASSERT_TRUE(is_infinite(result) && is_negative(result) == is_negative(a));
  } else {
    ASSERT_EQ(bits_of(result), bits_of(test::rounded<float>(test::exact(a)))) << a;
  }
}

void check_promotion(float a) {
  double const result = f64_promote_f32(a);
  if (is_nan(a)) {
    ASSERT_TRUE(test::is_canonical_nan(a) ? test::is_canonical_nan(result) : test::is_quiet_nan(result)) << bits_of(a);
  } else if (is_infinite(a)) {
    ASSERT_TRUE(is_infinite(result) && is_negative(result) == is_negative(a));
  } else {
    ASSERT_EQ(bits_of(result), bits_of(test::rounded<double>(test::exact(a)))) << a;
  }
}

TEST(NumericsConvert, FormatsAgreeWithTheReference) {
  for (float const a : test::float_edges<float>()) check_promotion(a);
  for (double const a : test::float_edges<double>()) check_demotion(a);
  auto random = test::seeded_random();
  for (int i = 0; i < 100000 && !HasFatalFailure(); ++i) {
    check_promotion(test::random_float<float>(random));
    check_demotion(test::random_float<double>(random));
    // Half-way between two floats, and beside it: subnormal results too.
    auto const bits = (random() % 0x0FF0000000000000u & ~std::uint64_t{0x1FFFFFFF}) | 0x10000000u;
    for (int step = -1; step <= 1; ++step) {
      check_demotion(std::bit_cast<double>(0x3600000000000000u + bits + static_cast<std::uint64_t>(step)));
    }
  }
}

TEST(NumericsConvert, IntegersOfBothWidths) {
  EXPECT_EQ(i32_wrap_i64(0x123456789ABCDEF0), 0x9ABCDEF0u);
  EXPECT_EQ(i64_extend_i32_s(0x80000000), 0xFFFFFFFF80000000u);
  EXPECT_EQ(i64_extend_i32_s(0x7FFFFFFF), 0x7FFFFFFFu);
  EXPECT_EQ(i64_extend_i32_u(0x80000000), 0x80000000u);
}

TEST(NumericsConvert, ReinterpretationKeepsEveryBit) {
  for (float const a : test::float_edges<float>()) EXPECT_EQ(i32_reinterpret_f32(a), bits_of(a));
  for (double const a : test::float_edges<double>()) EXPECT_EQ(i64_reinterpret_f64(a), bits_of(a));
  EXPECT_EQ(i32_reinterpret_f32(f32_reinterpret_i32(0x7F800001)), 0x7F800001u);
  EXPECT_EQ(i64_reinterpret_f64(f64_reinterpret_i64(0x7FF0000000000001)), 0x7FF0000000000001u);
  EXPECT_EQ(f32_reinterpret_i32(0x3F800000), 1.0F);
  EXPECT_EQ(f64_reinterpret_i64(0x4000000000000000), 2.0);
}

// Written down from the specification, so that a mistake in the reference shows too.
TEST(NumericsConvert, BoundsOfTruncation) {
  std::uint32_t result = 0;
  EXPECT_EQ(i32_trunc_f64_s(-2147483648.9, result), TrapReason::none);
  EXPECT_EQ(result, 0x80000000u);
  EXPECT_EQ(i32_trunc_f64_s(-2147483649.0, result), TrapReason::integer_overflow);
  EXPECT_EQ(i32_trunc_f64_s(2147483648.0, result), TrapReason::integer_overflow);
  EXPECT_EQ(i32_trunc_f32_s(-2147483648.0F, result), TrapReason::none);
  EXPECT_EQ(i32_trunc_f32_u(-0.9F, result), TrapReason::none);
  EXPECT_EQ(result, 0u);
  EXPECT_EQ(i32_trunc_f32_u(-1.0F, result), TrapReason::integer_overflow);
  EXPECT_EQ(i32_trunc_f64_u(4294967295.9, result), TrapReason::none);
  EXPECT_EQ(result, 0xFFFFFFFFu);
  std::uint64_t wide = 0;
  EXPECT_EQ(i64_trunc_f64_u(18446744073709549568.0, wide), TrapReason::none);
  EXPECT_EQ(wide, 18446744073709549568u);
  EXPECT_EQ(i64_trunc_f64_u(18446744073709551616.0, wide), TrapReason::integer_overflow);
  EXPECT_EQ(i64_trunc_f64_s(-9223372036854775808.0, wide), TrapReason::none);
  EXPECT_EQ(i64_trunc_f32_s(std::bit_cast<float>(0x7FC00000u), wide), TrapReason::invalid_conversion_to_integer);
  EXPECT_EQ(i64_trunc_sat_f32_s(std::bit_cast<float>(0x7FC00000u)), 0u);
  EXPECT_EQ(i32_trunc_sat_f64_s(1e300), 0x7FFFFFFFu);
  EXPECT_EQ(i64_trunc_sat_f64_u(-1e300), 0u);
  EXPECT_EQ(f32_convert_i64_u(0xFFFFFFFFFFFFFFFF), 0x1p64F);
  EXPECT_EQ(f32_convert_i32_s(0x80000000), -2147483648.0F);
}

} // namespace
} // namespace weir::wasm::numerics
