#include "wasm/numerics_float.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "exact.hpp"
#include "support/seed.hpp"

namespace weir::wasm::numerics {
namespace {

using test::bits_of;
using test::Exact;
using test::is_infinite;
using test::is_nan;
using test::is_negative;
using test::with_sign;

template <class Float>
struct Unary {
  char const* name;
  Float (*function)(Float);
  Float (*reference)(Float); // of operands that are not NaN; NaN: any that is permitted
};
template <class Float>
struct Binary {
  char const* name;
  Float (*function)(Float, Float);
  Float (*reference)(Float, Float);
};
template <class Float>
struct Comparison {
  char const* name;
  bool (*function)(Float, Float);
  bool (*reference)(Float, Float);
};

template <class Float>
constexpr Float nan = std::numeric_limits<Float>::quiet_NaN();
template <class Float>
constexpr Float infinity = std::numeric_limits<Float>::infinity();

template <class Float>
bool is_zero(Float a) {
  return test::magnitude_bits(a) == 0;
}

// An integer that orders numbers; equal for both zeros.
template <class Float>
std::int64_t rank(Float a) {
  auto const magnitude = static_cast<std::int64_t>(test::magnitude_bits(a));
  return is_negative(a) ? -magnitude : magnitude;
}

template <class Float>
Float sum(Float a, Float b) {
  if (is_infinite(a)) return is_infinite(b) && is_negative(a) != is_negative(b) ? nan<Float> : a;
  if (is_infinite(b)) return b;
  if (is_zero(a) && is_zero(b)) return with_sign(a, is_negative(a) && is_negative(b));
  return test::rounded<Float>(test::exact_sum(test::exact(a), test::exact(b)));
}

template <class Float>
Float product(Float a, Float b) {
  if (is_infinite(a) || is_infinite(b)) {
    return is_zero(a) || is_zero(b) ? nan<Float> : with_sign(infinity<Float>, is_negative(a) != is_negative(b));
  }
  return test::rounded<Float>(test::exact_product(test::exact(a), test::exact(b)));
}

template <class Float>
Float quotient(Float a, Float b) {
  bool const negative = is_negative(a) != is_negative(b);
  if (is_infinite(a)) return is_infinite(b) ? nan<Float> : with_sign(infinity<Float>, negative);
  if (is_zero(b)) return is_zero(a) ? nan<Float> : with_sign(infinity<Float>, negative);
  if (is_infinite(b) || is_zero(a)) return with_sign(Float{0}, negative);
  return test::rounded<Float>(test::exact_quotient(test::exact(a), test::exact(b)));
}

template <class Float>
Float root(Float a) {
  if (is_zero(a)) return a;
  if (is_negative(a)) return nan<Float>;
  return is_infinite(a) ? a : test::rounded<Float>(test::exact_root(test::exact(a)));
}

template <class Float>
Float lesser(Float a, Float b) {
  return rank(a) < rank(b) || (rank(a) == rank(b) && is_negative(a)) ? a : b;
}

template <class Float>
Float greater(Float a, Float b) {
  return rank(a) > rank(b) || (rank(a) == rank(b) && !is_negative(a)) ? a : b;
}

template <class Float>
std::vector<Unary<Float>> rounding(Float (*ceil)(Float), Float (*floor)(Float), Float (*trunc)(Float),
                                   Float (*nearest)(Float), Float (*sqrt)(Float)) {
  return {{"ceil", ceil, [](Float a) { return std::ceil(a); }},
          {"floor", floor, [](Float a) { return std::floor(a); }},
          {"trunc", trunc, [](Float a) { return std::trunc(a); }},
          {"nearest", nearest, [](Float a) { return std::nearbyint(a); }},
          {"sqrt", sqrt, root<Float>}};
}

template <class Float>
std::vector<Binary<Float>> arithmetic(std::array<Float (*)(Float, Float), 6> functions) {
  return {{"add", functions[0], sum<Float>},
          {"sub", functions[1], [](Float a, Float b) { return sum(a, with_sign(b, !is_negative(b))); }},
          {"mul", functions[2], product<Float>},
          {"div", functions[3], quotient<Float>},
          {"min", functions[4], lesser<Float>},
          {"max", functions[5], greater<Float>}};
}

template <class Float>
std::vector<Comparison<Float>> comparisons(std::array<bool (*)(Float, Float), 6> functions) {
  return {{"eq", functions[0], [](Float a, Float b) { return rank(a) == rank(b); }},
          {"ne", functions[1], [](Float a, Float b) { return rank(a) != rank(b); }},
          {"lt", functions[2], [](Float a, Float b) { return rank(a) < rank(b); }},
          {"gt", functions[3], [](Float a, Float b) { return rank(a) > rank(b); }},
          {"le", functions[4], [](Float a, Float b) { return rank(a) <= rank(b); }},
          {"ge", functions[5], [](Float a, Float b) { return rank(a) >= rank(b); }}};
}

template <class Float>
struct Operations;

template <>
struct Operations<float> {
  std::vector<Unary<float>> unary = rounding<float>(f32_ceil, f32_floor, f32_trunc, f32_nearest, f32_sqrt);
  std::vector<Binary<float>> binary = arithmetic<float>({f32_add, f32_sub, f32_mul, f32_div, f32_min, f32_max});
  std::vector<Comparison<float>> compare = comparisons<float>({f32_eq, f32_ne, f32_lt, f32_gt, f32_le, f32_ge});
  float (*abs)(float) = f32_abs;
  float (*neg)(float) = f32_neg;
  float (*copysign)(float, float) = f32_copysign;
};

template <>
struct Operations<double> {
  std::vector<Unary<double>> unary = rounding<double>(f64_ceil, f64_floor, f64_trunc, f64_nearest, f64_sqrt);
  std::vector<Binary<double>> binary = arithmetic<double>({f64_add, f64_sub, f64_mul, f64_div, f64_min, f64_max});
  std::vector<Comparison<double>> compare = comparisons<double>({f64_eq, f64_ne, f64_lt, f64_gt, f64_le, f64_ge});
  double (*abs)(double) = f64_abs;
  double (*neg)(double) = f64_neg;
  double (*copysign)(double, double) = f64_copysign;
};

template <class Float>
class NumericsFloat : public testing::Test {
 protected:
  static std::string shown(Float a) {
    char text[64];
    std::snprintf(text, sizeof text, "%a (0x%llx)", static_cast<double>(a),
                  static_cast<unsigned long long>(bits_of(a)));
    return text;
  }

  template <class... Operands>
  static bool is_right(Float result, Float expected, Operands... operands) {
    return is_nan(expected) ? test::is_permitted_nan(result, operands...) : bits_of(result) == bits_of(expected);
  }

  // Every operation with these operands, by the reference. The first difference ends the test.
  void compare(Float a, Float b) {
    bool const unordered = is_nan(a) || is_nan(b);
    for (auto const& op : operations_.unary) {
      Float const result = op.function(a);
      Float const expected = is_nan(a) ? nan<Float> : op.reference(a);
      ASSERT_TRUE(is_right(result, expected, a)) << op.name << " of " << shown(a) << ": " << shown(result);
    }
    for (auto const& op : operations_.binary) {
      Float const result = op.function(a, b);
      Float const expected = unordered ? nan<Float> : op.reference(a, b);
      ASSERT_TRUE(is_right(result, expected, a, b)) << op.name << " of " << shown(a) << " and " << shown(b) << ": "
                                                    << shown(result) << ", expected " << shown(expected);
    }
    for (auto const& op : operations_.compare) {
      bool const expected = unordered ? std::string{op.name} == "ne" : op.reference(a, b);
      ASSERT_EQ(op.function(a, b), expected) << op.name << " of " << shown(a) << " and " << shown(b);
    }
    // These touch the sign alone, of NaNs too.
    ASSERT_EQ(bits_of(operations_.abs(a)), bits_of(with_sign(a, false))) << shown(a);
    ASSERT_EQ(bits_of(operations_.neg(a)), bits_of(with_sign(a, !is_negative(a)))) << shown(a);
    ASSERT_EQ(bits_of(operations_.copysign(a, b)), bits_of(with_sign(a, is_negative(b))))
        << shown(a) << ", " << shown(b);
  }

  Operations<Float> operations_;
};

using Formats = testing::Types<float, double>;
TYPED_TEST_SUITE(NumericsFloat, Formats);

TYPED_TEST(NumericsFloat, EdgesAgreeWithTheReference) {
  auto const edges = test::float_edges<TypeParam>();
  for (TypeParam const a : edges) {
    for (TypeParam const b : edges) {
      this->compare(a, b);
      if (this->HasFatalFailure()) return;
    }
  }
}

TYPED_TEST(NumericsFloat, RandomOperandsAgreeWithTheReference) {
  auto random = test::seeded_random();
  for (int i = 0; i < 20000; ++i) {
    auto const a = test::random_float<TypeParam>(random);
    this->compare(a, test::random_float<TypeParam>(random));
    if (this->HasFatalFailure()) return;
  }
}

// Written down from the specification, so that a mistake in the reference shows too.
TEST(NumericsFloatFacts, RoundingKeepsTheSignOfZero) {
  EXPECT_EQ(bits_of(f64_ceil(-0.5)), bits_of(-0.0));
  EXPECT_EQ(bits_of(f64_trunc(-0.5)), bits_of(-0.0));
  EXPECT_EQ(bits_of(f64_nearest(-0.5)), bits_of(-0.0));
  EXPECT_EQ(bits_of(f64_floor(-0.0)), bits_of(-0.0));
  EXPECT_EQ(bits_of(f64_floor(0.5)), bits_of(0.0));
  EXPECT_EQ(bits_of(f32_ceil(-0.5F)), bits_of(-0.0F));
}

TEST(NumericsFloatFacts, NearestTiesToEven) {
  EXPECT_EQ(f64_nearest(0.5), 0.0);
  EXPECT_EQ(f64_nearest(1.5), 2.0);
  EXPECT_EQ(f64_nearest(2.5), 2.0);
  EXPECT_EQ(f64_nearest(-3.5), -4.0);
  EXPECT_EQ(f32_nearest(8388607.5F), 8388608.0F);
  EXPECT_EQ(f64_nearest(4503599627370495.5), 4503599627370496.0);
}

TEST(NumericsFloatFacts, MinimumAndMaximumOfZeros) {
  for (float const zero : {0.0F, -0.0F}) {
    EXPECT_EQ(bits_of(f32_min(zero, -zero)), bits_of(-0.0F));
    EXPECT_EQ(bits_of(f32_max(zero, -zero)), bits_of(0.0F));
    EXPECT_EQ(bits_of(f32_min(zero, zero)), bits_of(zero));
  }
  EXPECT_TRUE(is_nan(f64_min(infinity<double>, nan<double>)));
  EXPECT_TRUE(is_nan(f64_max(nan<double>, -infinity<double>)));
}

TEST(NumericsFloatFacts, SignallingNansBecomeQuiet) {
  // Not a constant, so that the operation itself is what is tested.
  for (std::uint32_t const bits : {0x7F800001u, 0xFFA00000u, 0x7FBFFFFFu}) {
    float const signalling = std::bit_cast<float>(bits);
    for (float const result : {f32_ceil(signalling), f32_floor(signalling), f32_trunc(signalling),
                               f32_nearest(signalling), f32_sqrt(signalling), f32_add(signalling, 1),
                               f32_min(signalling, 1), f32_max(1, signalling), f32_mul(signalling, signalling)}) {
      EXPECT_TRUE(test::is_quiet_nan(result)) << std::hex << bits_of(result);
    }
    EXPECT_EQ(bits_of(f32_neg(f32_neg(signalling))), bits);
    EXPECT_EQ(bits_of(f32_abs(signalling)), bits & 0x7FFFFFFF);
  }
}

static_assert(f64_floor(-1.5) == -2 && f32_trunc(2.75F) == 2 && f64_min(1, 2) == 1 && f32_copysign(1, -2) == -1);

} // namespace
} // namespace weir::wasm::numerics
