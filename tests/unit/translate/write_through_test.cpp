// Results are written to slots and to the first temporary: what a cell may take from there instead of the slot, and
// which result need not be written to the slot at all. That it does the same is the business of
// tests/unit/differential.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();
auto const i64 = ValType::i64();
auto const f64 = ValType::f64();

std::string loop_listing(std::vector<ValType> params, std::vector<ValType> results,
                         std::vector<ModuleBuilder::LocalGroup> locals, std::string const& instructions) {
  return listing(std::move(params), std::move(results), std::move(locals), instructions, {}, pinless_handlers());
}

TEST(WriteThrough, ALocalIsTakenFromTheTemporaryJustAfterItWasWritten) {
  auto const text = loop_listing(
      {i64, i64}, {i64}, {},
      "local.get 0 local.get 1 i64.add local.set 0 local.get 0 local.get 0 i64.mul local.set 1 local.get 0");
  EXPECT_TRUE(has(text, "i64_add slot 0, slot 0, slot 1\n")) << text;
  EXPECT_TRUE(has(text, "i64_mul slot 1, r0, r0\n")) << text;
  EXPECT_TRUE(has(text, "leave1_int slot 0,")) << "r0 holds local 1: " << text;
}

TEST(WriteThrough, ADoubleHasATemporaryOfItsOwn) {
  auto const text = loop_listing({f64, i32}, {f64}, {},
                                 "local.get 0 local.get 0 f64.add local.set 0 local.get 1 i32.const 1 i32.add "
                                 "local.set 1 local.get 0 local.get 1 f64.convert_i32_s f64.mul");
  EXPECT_TRUE(has(text, "f64_convert_i32_s f0, r0\n")) << "r0 holds local 1: " << text;
  EXPECT_TRUE(has(text, "f64_mul f0, slot 0, f0\n")) << "f0 holds the converted value: " << text;
}

TEST(WriteThrough, StoresAndBranchesNotTakenKeepTheTemporary) {
  auto const text =
      loop_listing({i32, i32}, {i32}, {},
                   "block local.get 0 i32.const 1 i32.add local.set 0 local.get 1 local.get 0 i32.store 0 "
                   "local.get 1 br_if 0 local.get 0 local.get 1 i32.sub return end i32.const 5");
  EXPECT_TRUE(has(text, "store32 slot 1, +0, r0\n")) << text;
  EXPECT_TRUE(has(text, ", r0, slot 1\n")) << text;
}

TEST(WriteThrough, NothingIsKnownBehindALabel) {
  auto const text = loop_listing({i32, i32}, {i32}, {},
                                 "block local.get 1 br_if 0 local.get 0 i32.const 1 i32.add local.set 0 end "
                                 "local.get 0 i32.const 3 i32.mul");
  EXPECT_TRUE(has(text, ", slot 0, #3\n")) << text;
  EXPECT_FALSE(has(text, "r0, #3")) << text;
}

TEST(WriteThrough, TwoCopiesInACellReadWhatTheFirstWrote) {
  // r0 holds what local 1 was before the first copy.
  auto const text = loop_listing(
      {i32, i32, i32, i32}, {i32}, {},
      "local.get 0 i32.const 1 i32.add local.set 1 local.get 2 local.set 1 local.get 1 local.set 3 local.get 3");
  EXPECT_TRUE(has(text, "copy_twice slot 1, slot 2, slot 3, slot 1\n")) << text;
}

TEST(WriteThrough, AMergedCellReadsWhatWasThereBeforeTheFirstOfTheTwo) {
  // The shift is taken back and becomes part of the xor: r0 is what the addition left.
  auto const text = loop_listing({i32, i32}, {i32}, {},
                                 "local.get 0 i32.const 7 i32.add local.set 0 "
                                 "local.get 1 local.get 0 i32.const 5 i32.shl i32.xor");
  EXPECT_TRUE(has(text, "i32_xor_shl")) << text;
  EXPECT_TRUE(has(text, ", slot 1, r0, index 5\n")) << text;
}

TEST(WriteThrough, WhatABranchComparesWithIsReadFromItsSlot) {
  // The cell adds, and leaves its sum in r0, before it compares.
  auto const text = loop_listing({i32, i32, i32}, {}, {},
                                 "loop local.get 2 i32.const 9 i32.mul local.set 1 "
                                 "local.get 0 i32.const 3 i32.add local.tee 0 local.get 1 i32.lt_u br_if 0 end");
  EXPECT_TRUE(has(text, "br_add_lt_u slot 0, #3, slot 1,")) << text;
}

TEST(WriteThrough, ACallsResultIsInTheTemporary) {
  auto const text = loop_listing({i32, i32}, {i32}, {}, "local.get 0 local.get 1 call 1 i32.const 2 i32.add");
  EXPECT_TRUE(has(text, ", r0, #2\n")) << text;
}

TEST(WriteThrough, HotGlobalsAreKeptInSlots) {
  auto const text = loop_listing({i32}, {i32}, {},
                                 "loop global.get 0 i32.const 3 i32.add global.set 0 global.get 0 i32.const 100 "
                                 "i32.lt_s br_if 0 end global.get 0");
  EXPECT_EQ(text.find("global_get_int"), text.rfind("global_get_int")) << text;
  EXPECT_TRUE(has(text, "global_set_int")) << text;
}

TEST(WriteThrough, AResultThatTheNextCellTakesIsNotWrittenToItsSlot) {
  auto const text = loop_listing({i32, f64}, {f64}, {},
                                 "local.get 0 i32.const 1 i32.add i32.const 2 i32.shr_u i32.load8_u 0 "
                                 "f64.convert_i32_s local.get 1 f64.mul");
  EXPECT_TRUE(has(text, "i32_add r0, slot 0, #1\n")) << text;
  EXPECT_TRUE(has(text, "i32_shr_u r0, r0, #2\n")) << text;
  EXPECT_TRUE(has(text, "load8_u r0, r0, +0\n")) << text;
  EXPECT_TRUE(has(text, "f64_convert_i32_s f0, r0\n")) << text;
  EXPECT_TRUE(has(text, "f64_mul f0, slot 1, f0\n")) << text;
}

TEST(WriteThrough, AResultThatWaitsIsWritten) {
  auto const text =
      loop_listing({i32, i32}, {i32}, {}, "local.get 0 i32.const 1 i32.add local.get 1 i32.const 2 i32.add i32.mul");
  EXPECT_TRUE(has(text, "i32_add slot 4, slot 1, #2\n")) << text;
  EXPECT_TRUE(has(text, "i32_add r0, slot 0, #1\n")) << text;
  EXPECT_TRUE(has(text, "i32_mul r0, slot 4, r0\n")) << text;
}

TEST(WriteThrough, AMergedCellTakesThePlaceOfAShorterOneToo) {
  // The sum went to r0 for the shift's sake; the merged cell takes it from there as well.
  auto const text =
      loop_listing({i32, i32}, {i32}, {}, "local.get 1 local.get 0 i32.const 7 i32.add i32.const 5 i32.shl i32.xor");
  EXPECT_TRUE(has(text, "i32_add r0, slot 0, #7\n")) << text;
  EXPECT_TRUE(has(text, "i32_xor_shl r0, slot 1, r0, index 5\n")) << text;
}

} // namespace
} // namespace weir::test
