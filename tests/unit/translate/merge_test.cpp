// Cells that are merged with the one before them: what the merged code looks like, and where nothing may be merged.
// That it does the same as the instructions is the business of tests/unit/differential.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();
auto const i64 = ValType::i64();
auto const f64 = ValType::f64();

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
  EXPECT_TRUE(has(wide, "int_xor_shr_u")) << wide;
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

// Operands in their slots die where they are taken, as temporaries do: here the first temporary is taken.
TEST(Merge, AShiftOfASecondOperand) {
  auto const text = listing({i64, i64}, {i64}, {},
                            "local.get 0 i64.const 3 i64.rotl local.get 1 i64.const 33 i64.shr_u local.get 1 i64.xor "
                            "i64.sub");
  EXPECT_TRUE(has(text, "int_xor_shr_u")) << text;
}

TEST(Merge, ARotationWithTheXorThatTakesIt) {
  auto const text = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.const 7 i32.rotr i32.xor");
  EXPECT_TRUE(has(text, "i32_xor_rotl")) << text;
  auto const kept = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.const 7 i32.rotl local.tee 1 i32.xor");
  EXPECT_FALSE(has(kept, "i32_xor_rotl")) << kept;
  auto const wide =
      listing({i64, i64}, {i64}, {},
              "local.get 0 i64.const 3 i64.rotl local.get 1 i64.const 33 i64.rotr i64.xor i64.const 1 i64.or");
  EXPECT_TRUE(has(wide, "i64_xor_rotl")) << wide;
  EXPECT_TRUE(has(wide, "index 31") || has(wide, "#31")) << wide;
}

TEST(Merge, TwoOperationsWithConstants) {
  auto const bits = listing({i32}, {i32}, {}, "local.get 0 i32.const 40 i32.shr_u i32.const 1023 i32.and");
  EXPECT_TRUE(has(bits, "i32_shr_u_and r0, slot 0, #1023, index 8")) << bits;
  auto const scaled = listing({i32}, {i32}, {}, "local.get 0 i32.const -8 i32.and i32.const 34 i32.shl");
  EXPECT_TRUE(has(scaled, "i32_and_shl r0, slot 0, #-8, index 2")) << scaled;
  auto const hash = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.xor i32.const 16777619 i32.mul");
  EXPECT_TRUE(has(hash, "i32_xor_mul r0, slot 0, slot 1, #16777619")) << hash;
  // A variable amount, or a value that a local keeps.
  auto const variable = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.shr_u i32.const 3 i32.and");
  EXPECT_FALSE(has(variable, "i32_shr_u_and")) << variable;
  auto const kept = listing({i32}, {i32}, {}, "local.get 0 i32.const 8 i32.shr_u local.tee 0 i32.const 3 i32.and");
  EXPECT_FALSE(has(kept, "i32_shr_u_and")) << kept;
}

TEST(Merge, ASumThatTwoLocalsKeep) {
  auto const text = listing({i32}, {i32}, {{1, i32}},
                            "local.get 0 i32.const -2 i32.add local.tee 1 local.set 0 local.get 0 local.get 1 i32.mul");
  EXPECT_TRUE(has(text, "i32_add_copy")) << text;
}

TEST(Merge, AddingNothingToALocalIsTheLocal) {
  auto const text = listing({i32}, {i32}, {}, "local.get 0 i32.const 0 i32.add");
  EXPECT_FALSE(has(text, "i32_add")) << text;
}

TEST(Merge, ConstantsOfSixtyFourBits) {
  auto const text = listing({i64}, {i64}, {}, "local.get 0 i64.const 6364136223846793005 i64.mul");
  EXPECT_TRUE(has(text, "i64_mul_const")) << text;
  EXPECT_FALSE(has(text, "const_int")) << text;
  // A difference becomes a sum; where there is no such operation the constant is an operand like others.
  auto const difference = listing({i64}, {i64}, {}, "local.get 0 i64.const 0x123456789ab i64.sub");
  EXPECT_TRUE(has(difference, "i64_add_const")) << difference;
  auto const other = listing({i64}, {i64}, {}, "local.get 0 i64.const 0x123456789ab i64.or");
  EXPECT_TRUE(has(other, "const_int")) << other;
}

TEST(Merge, NarrowOperationsTakeTheWideValue) {
  for (std::string const operation : {"local.get 0 i32.mul", "i32.const 5 i32.xor", "local.get 0 i32.and"}) {
    auto const text = listing({i32, i64}, {i32}, {}, "local.get 1 i32.wrap_i64 " + operation);
    EXPECT_FALSE(has(text, "i32_wrap_i64")) << text;
  }
  // Nor does one whose handler has 64 bits.
  for (std::string const operation : {"local.get 0 i32.xor", "i32.const -5 i32.and", "i32.const 5 i32.shr_u"}) {
    auto const text = listing({i32, i64}, {i32}, {}, "local.get 1 i32.wrap_i64 " + operation);
    EXPECT_TRUE(has(text, "i32_wrap_i64")) << text;
  }
  // What looks at the upper half still needs them cleared.
  auto const stored = listing({i64}, {i64}, {}, "local.get 0 i32.wrap_i64 i64.extend_i32_u i64.const 3 i64.add");
  EXPECT_TRUE(has(stored, "i32_wrap_i64")) << stored;
}

TEST(Merge, ALoadWithTheArithmeticThatTakesIt) {
  auto const product = listing({f64, i32}, {f64}, {}, "local.get 0 local.get 1 f64.load 16 f64.mul");
  EXPECT_TRUE(has(product, "f64_mul_load f0, slot 0, slot 1, #0, +16")) << product;
  auto const indexed =
      listing({f64, i32}, {f64}, {}, "local.get 1 i32.const -8 i32.add f64.load 0 local.get 0 f64.add");
  EXPECT_TRUE(has(indexed, "f64_add_load f0, slot 0, slot 1, #-8, +0")) << indexed;
  auto const difference = listing({f64, i32}, {f64}, {}, "local.get 0 local.get 1 f64.load 0 f64.sub");
  EXPECT_TRUE(has(difference, "f64_sub_load")) << difference;
  for (char const* const body : {
           "local.get 1 f64.load 0 local.get 0 f64.sub",                     // the other way round
           "local.get 0 local.get 1 f64.load 0 local.tee 0 f64.mul",         // a local keeps it
           "local.get 0 local.get 1 local.get 1 i32.add f64.load 0 f64.mul", // no constant index
           "local.get 0 i32.const 64 f64.load 0 f64.mul",                    // no base
           "local.get 1 f64.load 0 local.get 1 f64.load 8 local.get 0 f64.add f64.mul drop local.get 0 "
           "local.get 1 f64.load 0 block end f64.div",
       }) {
    auto const text = listing({f64, i32}, {f64}, {}, body);
    EXPECT_FALSE(has(text, "f64_mul_load") || has(text, "f64_sub_load")) << text;
  }
}

TEST(Merge, RangesOfTheFirstMemory) {
  auto const copied = listing({i32}, {}, {}, "i32.const 1000 i32.const 2000 local.get 0 memory.copy 0 0");
  EXPECT_TRUE(has(copied, "copy_bytes #1000, #2000, slot 0")) << copied;
  auto const filled = listing({i32}, {}, {}, "local.get 0 i32.const 0 i32.const 64 memory.fill 0");
  EXPECT_TRUE(has(filled, "fill_bytes slot 0, #0, #64")) << filled;
  auto const large = listing({i32}, {}, {}, "local.get 0 i32.const 0 i32.const 40000 memory.fill 0");
  EXPECT_TRUE(has(large, "#40000")) << large;
  EXPECT_TRUE(has(large, "fill_bytes slot 0, #0, r0")) << large;
}

// The hottest of all in its function, so that it has the first pin, and the only one of a small table of handlers.
std::string const global_loop =
    "loop global.get 0 i32.const 3 i32.add global.set 0 global.get 0 i32.const 100 i32.lt_s br_if 0 end ";

TEST(HotGlobals, LiveInRegisters) {
  auto const text = listing({i32}, {i32}, {}, global_loop + "global.get 0");
  EXPECT_TRUE(has(text, "global_get_int r1, global 0")) << text;
  EXPECT_TRUE(has(text, "i32_add r1, r1, #3")) << text;
  EXPECT_TRUE(has(text, "global_set_int global 0, r1")) << text;
}

TEST(HotGlobals, NotWhereSomebodyElseMayWriteThem) {
  auto const text = listing({i32}, {i32}, {}, global_loop + "local.get 0 local.get 0 call 1");
  EXPECT_FALSE(has(text, "global_get_int r1")) << text;
  auto const indirect =
      listing({i32}, {i32}, {}, global_loop + "local.get 0 local.get 0 local.get 0 call_indirect 0 0");
  EXPECT_FALSE(has(indirect, "global_get_int r1")) << indirect;
}

TEST(HotGlobals, NotOutsideOfLoops) {
  auto const text = listing({}, {i32}, {}, "global.get 0 global.get 0 i32.add global.set 0 global.get 0");
  EXPECT_FALSE(has(text, "pins")) << text;
}

// A pending read is carried out before the global is written.
TEST(HotGlobals, AreReadBeforeTheyAreWritten) {
  auto const text =
      listing({i32}, {i32}, {{1, i32}},
              "loop global.get 0 i32.const 5 global.set 0 local.set 1 local.get 0 br_if 0 end local.get 1");
  EXPECT_TRUE(has(text, ", r1\ncopy_int r1, #5\nglobal_set_int")) << text;
}

TEST(CallResults, AreTakenFromTheTemporary) {
  auto const text = listing({i32}, {i32}, {}, "i32.const 1 i32.const 2 call 1 local.get 0 i32.add");
  EXPECT_TRUE(has(text, "i32_add r0, slot 0, r0") || has(text, "i32_add r0, r0, slot 0")) << text;
}

// The canonical slot has the result too: bringing it there before the next call costs nothing.
TEST(CallResults, AreAtHomeAlready) {
  auto const text = listing({i32}, {i32}, {}, "local.get 0 i32.const 1 call 1 i32.const 2 i32.const 3 call 1 i32.mul");
  EXPECT_TRUE(has(text, "i32_mul r0, slot 2, r0")) << text;
  EXPECT_FALSE(has(text, "copy_int")) << text;
  // So has another value that wants the temporary.
  auto const sum = listing(
      {i32}, {i32}, {}, "local.get 0 i32.const 1 call 1 local.get 0 i32.const 7 i32.mul i32.const 9 i32.xor i32.add");
  EXPECT_TRUE(has(sum, "i32_xor r0, r0, #9")) << sum;
}

TEST(Merge, GreaterThanABecomesLessThanB) {
  auto const text = listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 i32.gt_s");
  EXPECT_TRUE(has(text, "i32_lt_s")) << text;
  auto const constant = listing({i32, i32}, {i32}, {}, "local.get 0 i32.const 9 i32.gt_s");
  EXPECT_TRUE(has(constant, "i32_gt_s")) << constant;
  // A constant that is no immediate counts as none.
  auto const large = listing({i64, i64}, {i32}, {}, "local.get 0 i64.const 0x123456789ab i64.le_u");
  EXPECT_TRUE(has(large, "int_ge_u")) << large;
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
