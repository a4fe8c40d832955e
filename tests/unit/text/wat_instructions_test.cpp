// Instructions: folded and abbreviated forms give the bytes of the plain ones.
// https://webassembly.github.io/spec/core/text/instructions.html
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "base/leb128.hpp"
#include "unit/text/fixture.hpp"
#include "wasm/limits.hpp"
#include "wasm/opcode.hpp"

namespace weir::test {
namespace {

constexpr std::string_view around =
    "(type $v (func)) (type $t (func (param i32) (result i32))) (memory $m 1) (table $a 1 funcref) (table $b 1 funcref)"
    "(global $g (mut i32) (i32.const 0)) (elem $e func) (data $d) (func $f (type $v))"
    "(func $body (param $x i32) (local $y i32) ";

std::string in_body(std::string_view instructions) { return std::string{around}.append(instructions).append("\n)"); }

void expect_same(std::string_view a, std::string_view b) {
  EXPECT_EQ(parsed(in_body(a)), parsed(in_body(b))) << a << "\n" << b;
}

testing::AssertionResult refused(std::string_view instructions, std::string_view why,
                                 ErrorKind kind = ErrorKind::malformed) {
  return fails(parse(in_body(instructions)), kind, why) << " for " << instructions;
}

// The instructions of the last function, which has neither parameters nor locals.
Bytes code(std::string_view instructions) {
  auto const bytes = text::parse_wat("(func " + std::string{instructions} + ")", {all_features(), false});
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message();
    return {};
  }
  auto const module = decode(*bytes);
  if (!module || module->bodies.empty()) {
    ADD_FAILURE() << "does not decode";
    return {};
  }
  auto const body = module->view(module->bodies.back().code);
  return {body.begin() + 1, body.end() - 1};
}

TEST(WatInstructions, EveryKeywordIsWrittenAsItsOpcode) {
  std::size_t plain = 0;
  for (auto const& row : wasm::opcode_infos) {
    if (row.immediates != wasm::Immediates::none || row.text == "end" || row.text == "else") {
      continue;
    }
    Bytes expected;
    if (row.prefix == 0) {
      expected.push_back(static_cast<std::uint8_t>(row.code));
    } else {
      expected.push_back(row.prefix);
      base::write_uleb(expected, row.code);
    }
    EXPECT_EQ(code(row.text), expected) << row.text;
    ++plain;
  }
  EXPECT_GT(plain, 300u);
}

TEST(WatInstructions, FoldedFormsGiveTheOrderOfExecution) {
  expect_same("(i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))) drop",
              "i32.const 1 i32.const 2 i32.const 3 i32.mul i32.add drop");
  expect_same("(drop (i32.const 1)) (nop)", "i32.const 1 drop nop");
  expect_same("i32.const 1 (i32.add (i32.const 2)) drop", "i32.const 1 i32.const 2 i32.add drop");
  expect_same("(block (drop (i32.const 1)) nop)", "block i32.const 1 drop nop end");
  expect_same("(loop $l (br_if $l (local.get $x)))", "loop local.get 0 br_if 0 end");
  expect_same("(drop (block (result i32) (i32.const 1)))", "block (result i32) i32.const 1 end drop");
  expect_same("(drop (i32.add (block (result i32) (i32.const 1)) (loop (result i32) i32.const 2)))",
              "block (result i32) i32.const 1 end loop (result i32) i32.const 2 end i32.add drop");
}

TEST(WatInstructions, FoldedIf) {
  expect_same("(if (local.get $x) (then nop))", "local.get 0 if nop end");
  expect_same("(if (local.get $x) (then nop) (else))", "local.get 0 if nop else end");
  expect_same("(if (then))", "if end");
  expect_same("(drop (if (result i32) (local.get $x) (then (i32.const 1)) (else (i32.const 2))))",
              "local.get 0 if (result i32) i32.const 1 else i32.const 2 end drop");
  expect_same("(if (i32.const 1) (i32.eqz) (then))", "i32.const 1 i32.eqz if end");
  expect_same("(if (if (result i32) (local.get $x) (then (i32.const 1)) (else (i32.const 0))) (then (if (then))))",
              "local.get 0 if (result i32) i32.const 1 else i32.const 0 end if if end end");
  EXPECT_TRUE(refused("(if (local.get $x))", "expected `(then`"));
  EXPECT_TRUE(refused("(if (local.get $x) (else) (then))", "not folded"));
  EXPECT_TRUE(refused("(if (then) (then))", "expected `else` or `)`"));
  EXPECT_TRUE(refused("(if (then) (else) (else))", "expected `)`"));
  EXPECT_TRUE(refused("(if (then) nop)", "expected"));
  EXPECT_TRUE(refused("(if nop (then))", "expected"));
  EXPECT_TRUE(refused("(then)", "unknown operator `then`"));
  EXPECT_TRUE(refused("(end)", "not folded"));
  EXPECT_TRUE(refused("(nop nop)", "operands of a folded instruction are folded"));
}

TEST(WatInstructions, PlainBlocksRepeatTheirLabels) {
  expect_same("block $l br $l end $l", "block br 0 end");
  expect_same("if $l nop else $l nop end $l", "if nop else nop end");
  EXPECT_TRUE(refused("block $l end $k", "mismatching label"));
  EXPECT_TRUE(refused("block end $k", "mismatching label"));
  EXPECT_TRUE(refused("if $l else $k end", "mismatching label"));
  EXPECT_TRUE(refused("block", "expected `end`"));
  EXPECT_TRUE(refused("(block block)", "expected `end`"));
  EXPECT_TRUE(refused("end", "`end` without a block"));
  EXPECT_TRUE(refused("(block end)", "`end` without a block"));
  EXPECT_TRUE(refused("else", "`else` without `if`"));
  EXPECT_TRUE(refused("block else end", "`else` without `if`"));
  EXPECT_TRUE(refused("if else else end", "`else` without `if`"));
  EXPECT_TRUE(refused("(if (then else))", "`else` without `if`"));
}

TEST(WatInstructions, LabelsAreTheInnermostOfTheirName) {
  expect_same("(block $a (block $b (br $a) (br $b)))", "block block br 1 br 0 end end");
  expect_same("(block $a (block $a (br $a)) (br $a))", "block block br 0 end br 0 end");
  expect_same("block $a loop $b if $c br $a br $b br $c end end end", "block loop if br 2 br 1 br 0 end end end");
  expect_same("(block $a block $b (br $a) (loop $c br $b) end)", "block block br 1 loop br 1 end end end");
  expect_same("(block $a (br_table $a 0 1 $a (i32.const 0)))", "block i32.const 0 br_table 0 0 1 0 end");
  EXPECT_TRUE(refused("br $nowhere", "unknown label $nowhere"));
  EXPECT_TRUE(refused("(block $a) br $a", "unknown label $a"));
}

TEST(WatInstructions, ALabelOfIfIsNotInScopeOfItsCondition) {
  expect_same("(block $l (if $l (br_if $l (i32.const 1)) (then (br $l)) (else (br $l))))",
              "block i32.const 1 br_if 0 if br 0 else br 0 end end");
  expect_same("(block $o (if $i (block $c (result i32) (br $o) (br $c (i32.const 1))) (then (br $o) (br $i))))",
              "block block (result i32) br 1 i32.const 1 br 0 end if br 1 br 0 end end");
  expect_same(
      "(block $o (if (if (result i32) (then (br $o) (i32.const 1)) (else (br $o) (i32.const 1))) (then (br $o))))",
      "block if (result i32) br 1 i32.const 1 else br 1 i32.const 1 end if br 1 end end");
  expect_same(
      "(block $o (drop (i32.add (br $o) (if (result i32) (br $o) (then (br $o) i32.const 1) (else i32.const 1)))))",
      "block br 0 br 0 if (result i32) br 1 i32.const 1 else i32.const 1 end i32.add drop end");
  EXPECT_TRUE(refused("(if $l (br $l) (then))", "unknown label $l"));
}

TEST(WatInstructions, BlockTypes) {
  EXPECT_EQ(code("block end"), (Bytes{0x02, 0x40, 0x0B}));
  EXPECT_EQ(code("block (result) end"), (Bytes{0x02, 0x40, 0x0B}));
  EXPECT_EQ(code("loop (result i64) i64.const 0 end"), (Bytes{0x03, 0x7E, 0x42, 0x00, 0x0B}));
  EXPECT_EQ(code("block (param i32) (result) drop end"), (Bytes{0x02, 0x01, 0x1A, 0x0B}));
  expect_same("block (type $t) end", "block (type 1) (param i32) (result i32) end");
  expect_same("block (type $v) end", "block (type 0) end");
  expect_same("block (result i32) (result i64) unreachable end", "block (result i32 i64) unreachable end");
  expect_same("block (param i32) (param i64) (result) drop drop end", "block (param i32 i64) drop drop end");
  EXPECT_TRUE(refused("block (param $x i32) end", "parameters have no names here"));
  EXPECT_TRUE(refused("block (result i32) (param i32) end", "stand in this order"));
  EXPECT_TRUE(refused("block (type $t) (result i32) end", "differs from type"));
}

TEST(WatInstructions, MemoryArguments) {
  EXPECT_EQ(code("i32.load"), (Bytes{0x28, 2, 0}));
  EXPECT_EQ(code("i32.load offset=300 align=1"), (Bytes{0x28, 0, 0xAC, 0x02}));
  expect_same("(i32.load offset=0x1_0 align=0x2 (i32.const 0)) drop", "i32.const 0 i32.load offset=16 align=2 drop");
  expect_same("(i64.load8_u 0 (i32.const 0)) drop", "i32.const 0 i64.load8_u drop");
  expect_same("(i64.load8_u $m offset=4 (i32.const 0)) drop", "i32.const 0 i64.load8_u offset=4 drop");
  EXPECT_TRUE(refused("i32.load align=1 offset=1", "unknown operator `offset=1`"));
  EXPECT_TRUE(refused("i32.load offset=-1", "offset=number"));
  EXPECT_TRUE(refused("i32.load offset=", "offset=number"));
  EXPECT_TRUE(refused("i32.load offset=18446744073709551616", "out of range"));
  EXPECT_TRUE(refused("i32.load align=3", "power of two"));
  EXPECT_TRUE(refused("i32.load align=0", "power of two"));
  EXPECT_TRUE(refused("i32.load align=x", "align=number"));
  EXPECT_TRUE(refused("i32.load $nowhere", "unknown memory $nowhere"));
}

TEST(WatInstructions, LanesBehindMemoryArguments) {
  EXPECT_EQ(code("v128.load8_lane 3"), (Bytes{0xFD, 0x54, 0, 0, 3}));
  EXPECT_EQ(code("v128.load8_lane 3 nop"), (Bytes{0xFD, 0x54, 0, 0, 3, 0x01}));
  EXPECT_EQ(code("v128.store16_lane offset=1 align=1 7"), (Bytes{0xFD, 0x59, 0, 1, 7}));
  EXPECT_EQ(code("v128.load64_lane 0 1"), (Bytes{0xFD, 0x57, 3, 0, 1}));
  EXPECT_EQ(code("v128.load64_lane 0 offset=9 1"), (Bytes{0xFD, 0x57, 3, 9, 1}));
  expect_same("v128.load32_lane $m 2", "v128.load32_lane 2");
  EXPECT_TRUE(refused("v128.load8_lane", "malformed lane index"));
  EXPECT_TRUE(refused("v128.load8_lane 256", "malformed lane index"));
  EXPECT_TRUE(refused("i8x16.extract_lane_s -1", "malformed lane index"));
}

TEST(WatInstructions, IndicesThatMayBeLeftOut) {
  expect_same("table.get", "table.get $a");
  expect_same("table.set", "table.set 0");
  expect_same("table.size table.grow table.fill", "table.size $a table.grow $a table.fill $a");
  expect_same("table.copy", "table.copy $a $a");
  expect_same("table.copy $b 0", "table.copy 1 $a");
  expect_same("table.init $e", "table.init $a $e");
  expect_same("table.init $b $e", "table.init 1 0");
  expect_same("memory.size memory.grow memory.fill", "memory.size $m memory.grow 0 memory.fill $m");
  expect_same("memory.copy", "memory.copy $m $m");
  expect_same("memory.init $d", "memory.init $m $d");
  expect_same("call_indirect (type $t)", "call_indirect $a (type 1) (param i32) (result i32)");
  expect_same("call_indirect", "call_indirect (type $v)");
  expect_same("(call_indirect $b (param i32) (result i32) (i32.const 0) (i32.const 0))",
              "i32.const 0 i32.const 0 call_indirect 1 (type $t)");
  EXPECT_TRUE(refused("table.copy $b", "expected a table index"));
  EXPECT_TRUE(refused("call_indirect (param $x i32)", "parameters have no names here"));
  EXPECT_TRUE(refused("call", "expected a function index"));
  EXPECT_TRUE(refused("local.get $z", "unknown local $z"));
  EXPECT_TRUE(refused("local.get 4294967296", "out of range"));
  EXPECT_TRUE(refused("local.get -1", "unsigned number"));
  EXPECT_TRUE(refused("br_table", "expected a number"));
}

TEST(WatInstructions, ALaterDataCountIsWrittenWhenItIsNeeded) {
  auto const with = decode(parsed("(memory 1) (data \"a\") (data \"b\") (func data.drop 1)"));
  auto const without = decode(parsed("(memory 1) (data \"a\") (data \"b\") (func)"));
  ASSERT_TRUE(with.has_value());
  ASSERT_TRUE(without.has_value());
  EXPECT_EQ(with->data_count, 2u);
  EXPECT_FALSE(without->data_count.has_value());
}

TEST(WatInstructions, Select) {
  EXPECT_EQ(code("select"), (Bytes{0x1B}));
  EXPECT_EQ(code("select (result i32)"), (Bytes{0x1C, 1, 0x7F}));
  EXPECT_EQ(code("select (result i32) (result externref i64)"), (Bytes{0x1C, 3, 0x7F, 0x6F, 0x7E}));
  EXPECT_EQ(code("select (result)"), (Bytes{0x1C, 0}));
  expect_same("(select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)) drop",
              "i32.const 1 i32.const 2 i32.const 3 select (result i32) drop");
}

TEST(WatInstructions, Constants) {
  EXPECT_EQ(code("i32.const 0xffffffff"), (Bytes{0x41, 0x7F}));
  EXPECT_EQ(code("i32.const -2147483648"), (Bytes{0x41, 0x80, 0x80, 0x80, 0x80, 0x78}));
  EXPECT_EQ(code("i64.const 0x8000000000000000"),
            (Bytes{0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F}));
  EXPECT_EQ(code("f32.const -nan:0x200000"), (Bytes{0x43, 0x00, 0x00, 0xA0, 0xFF}));
  EXPECT_EQ(code("f32.const 1"), (Bytes{0x43, 0x00, 0x00, 0x80, 0x3F}));
  EXPECT_EQ(code("f64.const -inf"), (Bytes{0x44, 0, 0, 0, 0, 0, 0, 0xF0, 0xFF}));
  EXPECT_EQ(code("ref.null extern"), (Bytes{0xD0, 0x6F}));
  EXPECT_EQ(code("ref.null func ref.is_null"), (Bytes{0xD0, 0x70, 0xD1}));
  EXPECT_TRUE(refused("i32.const", "expected a number"));
  EXPECT_TRUE(refused("i32.const 1.0", "not a number of this type"));
  EXPECT_TRUE(refused("i32.const nan", "not a number of this type"));
  EXPECT_TRUE(refused("i32.const 4294967296", "constant out of range"));
  EXPECT_TRUE(refused("f32.const 1e39", "constant out of range"));
  EXPECT_TRUE(refused("f32.const nan:0x0", "constant out of range"));
  EXPECT_TRUE(refused("f32.const nan:canonical", "not a number of this type"));
}

TEST(WatInstructions, VectorConstantsAndShuffles) {
  Bytes counted{0xFD, 0x0C};
  for (std::uint8_t i = 0; i < 16; ++i) {
    counted.push_back(i);
  }
  EXPECT_EQ(code("v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), counted);
  EXPECT_EQ(code("v128.const i16x8 0x100 0x302 0x504 0x706 0x908 0xb0a 0xd0c 0xf0e"), counted);
  EXPECT_EQ(code("v128.const i32x4 0x03020100 0x07060504 0x0b0a0908 0x0f0e0d0c"), counted);
  EXPECT_EQ(code("v128.const i64x2 0x0706050403020100 0x0f0e0d0c0b0a0908"), counted);
  EXPECT_EQ(code("v128.const f32x4 1 -0 inf nan"),
            (Bytes{0xFD, 0x0C, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x80, 0, 0, 0x80, 0x7F, 0, 0, 0xC0, 0x7F}));
  EXPECT_EQ(code("v128.const f64x2 1 -1"),
            (Bytes{0xFD, 0x0C, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0xF0, 0xBF}));
  counted[1] = 0x0D;
  EXPECT_EQ(code("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), counted);
  EXPECT_TRUE(refused("v128.const i32x4 1 2 3", "wrong number of lane literals"));
  EXPECT_TRUE(refused("v128.const i8x16 256 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", "constant out of range"));
  EXPECT_TRUE(refused("v128.const 1 2 3 4", "expected a lane shape"));
  EXPECT_TRUE(refused("i8x16.shuffle 0 1", "malformed lane index"));
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

TEST(WatInstructions, NestsUpToItsLimitAndNotBeyond) {
  constexpr std::size_t limit = wasm::limits::text_nesting;
  constexpr std::pair<std::string_view, std::string_view> forms[] = {
      {"(block ", ")"}, {"(loop ", ")"}, {"(if (i32.const 0) (then ", "))"}, {"(drop ", ")"}, {"(if ", "(then))"}};
  for (auto const& [open, close] : forms) {
    EXPECT_TRUE(refused(repeated(open, limit + 1), "unexpected end"));
    auto const closed = repeated(open, limit + 1) + repeated(close, limit + 1);
    EXPECT_TRUE(fails(parse(in_body(closed)), ErrorKind::limit, "more than 100000 nested instructions")) << open;
  }
  EXPECT_TRUE(refused(repeated("block ", limit + 1) + repeated("end ", limit + 1), "nested", ErrorKind::limit));
  auto const deep = parsed(in_body(repeated("block ", limit) + repeated("end ", limit)));
  EXPECT_EQ(deep, parsed(printed(deep)));
  auto const half = limit / 2 - 1; // each is a form and a label
  EXPECT_EQ(parsed(in_body(repeated("(block ", half) + repeated(")", half))),
            parsed(in_body(repeated("block ", half) + repeated("end ", half))));
}

TEST(WatInstructions, ParenthesesOutsideOfInstructionsNestWithoutTheNativeStack) {
  EXPECT_FALSE(parse(repeated("(", 1000000)).has_value());
  EXPECT_FALSE(parse(repeated("(", 1000000) + repeated(")", 1000000)).has_value());
  EXPECT_FALSE(parse("(module " + repeated("(", 1000000) + repeated(")", 1000001)).has_value());
  EXPECT_FALSE(parse("(type " + repeated("(", 100000) + repeated(")", 100001)).has_value());
  EXPECT_FALSE(parse("(global i32 " + repeated("(i32.eqz ", 200000) + repeated(")", 200001)).has_value());
  EXPECT_FALSE(parse(repeated(")", 1000000)).has_value());
}

} // namespace
} // namespace weir::test
