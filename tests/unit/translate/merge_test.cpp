// Cells that are merged with the one before them: what the merged code looks like, and where nothing may be merged.
// That it does the same as the instructions is the business of tests/unit/differential.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();
auto const i64 = ValType::i64();
auto const f64 = ValType::f64();

bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Merge, AnIncrementWithTheBranchThatComparesIt) {
  auto const text =
      listing({i32, i32}, {}, {}, "loop local.get 0 i32.const 3 i32.add local.tee 0 local.get 1 i32.lt_u br_if 0 end");
  EXPECT_TRUE(has(text, "br_add_lt_u")) << text;
  EXPECT_FALSE(has(text, "i32_add ")) << text;
}

TEST(Merge, ACountdownWithItsBranch) {
  auto const text = listing({i32}, {}, {}, "loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end");
  EXPECT_TRUE(has(text, "br_add_nonzero")) << text;
}

TEST(Merge, NoIncrementBeyondSixteenBits) {
  auto const text = listing({i32, i32}, {}, {},
                            "loop local.get 0 i32.const 40000 i32.add local.tee 0 local.get 1 i32.ne br_if 0 end");
  EXPECT_FALSE(has(text, "br_add_ne")) << text;
  EXPECT_TRUE(has(text, "br_i32_ne")) << text;
}

TEST(Merge, NothingAcrossALabel) {
  // The block's end, to which br_if goes, lies between the addition and the branch.
  auto const text = listing({i32, i32}, {i32}, {},
                            "block local.get 1 br_if 0 local.get 0 i32.const 1 i32.add local.set 0 end "
                            "block local.get 0 br_if 0 i32.const 7 return end local.get 1");
  EXPECT_FALSE(has(text, "br_add_nonzero")) << text;
}

TEST(Merge, AShiftWithTheOperationThatTakesIt) {
  auto const xored = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.const 5 i32.shl i32.xor");
  EXPECT_TRUE(has(xored, "i32_xor_shl")) << xored;
  auto const added = listing({i32, i32}, {i32}, {}, "local.get 1 i32.const 37 i32.shl local.get 0 i32.add");
  EXPECT_TRUE(has(added, "i32_add_shl")) << added;
  EXPECT_TRUE(has(added, "5")) << "the amount is taken modulo 32: " << added;
  auto const wide = listing({i64, i64}, {i64}, {}, "local.get 0 local.get 1 i64.const 33 i64.shr_u i64.xor");
  EXPECT_TRUE(has(wide, "i64_xor_shr_u")) << wide;
}

TEST(Merge, NoShiftOfWhichALocalKeepsTheValue) {
  auto const text = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.const 5 i32.shl local.tee 1 i32.xor");
  EXPECT_TRUE(has(text, "i32_shl ")) << text;
  EXPECT_FALSE(has(text, "i32_xor_shl")) << text;
}

TEST(Merge, AMultiplicationWithTheSumItGoesInto) {
  auto const sum =
      listing({f64, f64}, {f64}, {{1, f64}},
              "loop local.get 2 local.get 0 local.get 1 f64.mul f64.add local.set 2 local.get 2 local.get 0 "
              "f64.lt br_if 0 end local.get 2");
  EXPECT_TRUE(has(sum, "f64_add_mul")) << sum;
  auto const difference = listing({f64, f64}, {f64}, {{1, f64}},
                                  "local.get 2 local.get 0 local.get 1 f64.mul f64.sub local.set 2 local.get 2");
  EXPECT_TRUE(has(difference, "f64_sub_mul")) << difference;
  // a * b - x is no x - a * b
  auto const other = listing({f64, f64}, {f64}, {{1, f64}},
                             "local.get 0 local.get 1 f64.mul local.get 2 f64.sub local.set 2 local.get 2");
  EXPECT_FALSE(has(other, "f64_sub_mul")) << other;
}

TEST(Merge, ArgumentsGoToTheirSlotsTwoByTwo) {
  auto const text = listing({i32, i32}, {i32}, {}, "i32.const 3 local.get 1 call 1");
  EXPECT_TRUE(has(text, "copy_twice")) << text;
}

TEST(Merge, TwoIncrementsInARow) {
  auto const text = listing({i32, i32}, {i32}, {},
                            "local.get 0 i32.const 4 i32.add local.set 0 local.get 1 i32.const -8 i32.add local.set 1 "
                            "local.get 0 local.get 1 i32.mul");
  EXPECT_TRUE(has(text, "i32_add_twice")) << text;
}

TEST(Merge, GreaterThanABecomesLessThanB) {
  auto const text = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.gt_s");
  EXPECT_TRUE(has(text, "i32_lt_s")) << text;
  auto const constant = listing({i32, i32}, {i32}, {}, "local.get 0 i32.const 9 i32.gt_s");
  EXPECT_TRUE(has(constant, "i32_gt_s")) << constant;
  // A constant that is no immediate counts as none.
  auto const large = listing({i64, i64}, {i32}, {}, "local.get 0 i64.const 0x123456789ab i64.le_u");
  EXPECT_TRUE(has(large, "i64_ge_u")) << large;
}

TEST(Merge, StoresOfSmallConstants) {
  auto const text = listing({i32}, {}, {}, "local.get 0 i32.const 1024 i32.add i32.const 255 i32.store8 0");
  EXPECT_TRUE(has(text, "store8_x")) << text;
  EXPECT_TRUE(has(text, "#-1")) << text;
  auto const large = listing({i32}, {}, {}, "local.get 0 i32.const 1024 i32.add i32.const 0x12345 i32.store 0");
  EXPECT_TRUE(has(large, "copy_int")) << large;
}

} // namespace
} // namespace weir::test
