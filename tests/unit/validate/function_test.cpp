// Function bodies that are invalid, and some that only look so.
#include "validate/function_validator.hpp"

#include "fixture.hpp"

namespace weir::test {
namespace {

TEST(Indices, InBodies) {
  for (std::string const far : {"", "4294967295"}) {
    auto const at = [&](std::string const& one_past) { return far.empty() ? one_past : far; };
    expect_invalid_body("br " + at("1"), "unknown label " + at("1") + ": br refers to it, and 1 blocks are open");
    expect_invalid_body("(br_if " + at("1") + " (i32.const 0))", "unknown label");
    expect_invalid_body("(block (br_table 0 1 " + at("2") + " (i32.const 0)))", "unknown label " + at("2"));
    expect_invalid_body("(block (br_table " + at("2") + " 0 (i32.const 0)))", "unknown label " + at("2"));
    expect_invalid_body("(drop (local.get " + at("0") + "))", "unknown local " + at("0"));
    expect_invalid_body("(local.set " + at("0") + " (i32.const 0))", "unknown local");
    expect_invalid_body("(drop (local.tee " + at("0") + " (i32.const 0)))", "unknown local");
    expect_invalid_body("(drop (global.get " + at("1") + "))", "unknown global " + at("1"));
    expect_invalid_body("(global.set " + at("1") + " (i32.const 0))", "unknown global");
    expect_invalid_body("call " + at("1"), "unknown function " + at("1"));
    expect_invalid_body("(drop (ref.func " + at("1") + "))", "unknown function " + at("1"));
    expect_invalid_body("(drop (table.get " + at("1") + " (i32.const 0)))", "unknown table " + at("1"));
    expect_invalid_body("(table.set " + at("1") + " (i32.const 0) (ref.null func))", "unknown table");
    expect_invalid_body("(drop (table.size " + at("1") + "))", "unknown table");
    expect_invalid_body("(drop (table.grow " + at("1") + " (ref.null func) (i32.const 0)))", "unknown table");
    expect_invalid_body("(table.fill " + at("1") + " (i32.const 0) (ref.null func) (i32.const 0))", "unknown table");
    expect_invalid_body("(table.copy " + at("1") + " 0 (i32.const 0) (i32.const 0) (i32.const 0))", "unknown table");
    expect_invalid_body("(table.copy 0 " + at("1") + " (i32.const 0) (i32.const 0) (i32.const 0))", "unknown table");
    expect_invalid_body("(table.init " + at("0") + " (i32.const 0) (i32.const 0) (i32.const 0))",
                        "unknown elem segment " + at("0"));
    expect_invalid_body("(elem.drop " + at("0") + ")", "unknown elem segment");
    expect_invalid_body("(memory.init " + at("0") + " (i32.const 0) (i32.const 0) (i32.const 0))",
                        "unknown data segment " + at("0"));
    expect_invalid_body("(data.drop " + at("0") + ")", "unknown data segment");
    expect_invalid_body("(call_indirect " + at("1") + " (type 0) (i32.const 0))", "unknown table");
  }
}

TEST(Indices, OfTypesInBodies) {
  for (Bytes const& index : {Bytes{1}, Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}}) {
    std::string const what = fmt::format("unknown type {}", index.size() == 1 ? "1" : "4294967295");
    expect_invalid(module_of_body(cat({{0, 0x02}, index, {0x0B, 0x0B}})), what);
    Bytes const table = section(table_section, {1, 0x70, 0, 1});
    expect_invalid(module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0}), table,
                              section(code_section, cat({{1}, sized(cat({{0, 0x41, 0, 0x11}, index, {0, 0x0B}}))}))}),
                   what);
  }
}

TEST(Operands, Underflow) {
  expect_invalid_body("drop", "type mismatch: drop expects a value, found nothing: no operand is left in this block");
  expect_invalid_body("i32.const 1 i32.add drop", "i32.add expects i32, found nothing");
  expect_invalid_body("i32.const 1 (block drop)", "found nothing");
  expect_invalid_body("i32.const 1 (block i32.eqz drop) drop", "found nothing");
  expect_invalid_body("i32.const 0 i32.store", "i32.store expects i32, found nothing");
  expect_invalid_body("select", "found nothing");
  expect_invalid_body("return (block (result i32)) drop", "end expects i32, found nothing");
  expect_invalid("(module (func (result i32)))", "end expects i32, found nothing");
  expect_invalid("(module (func (param i32)) (func (call 0)))", "call expects i32, found nothing");
  expect_invalid_body("if end", "if expects i32, found nothing");
}

TEST(Operands, Mismatch) {
  expect_invalid_body("(drop (i32.add (i32.const 0) (i64.const 0)))", "i32.add expects i32, found i64");
  expect_invalid_body("(drop (i32.add (f32.const 0) (i32.const 0)))", "i32.add expects i32, found f32");
  expect_invalid_body("(drop (i64.eqz (i32.const 0)))", "i64.eqz expects i64, found i32");
  expect_invalid_body("(drop (i32.load (i64.const 0)))", "i32.load expects i32, found i64");
  expect_invalid_body("(i64.store (i32.const 0) (i32.const 0))", "i64.store expects i64, found i32");
  expect_invalid_body("(global.set 0 (i64.const 0))", "global.set expects i32, found i64");
  expect_invalid_body("(drop (select (i32.const 0) (i64.const 0) (i32.const 0)))", "found i32 and i64");
  expect_invalid_body("(drop (select (ref.null func) (ref.null func) (i32.const 0)))", "select without a type");
  expect_invalid_body("(drop (ref.is_null (i32.const 0)))", "ref.is_null expects a reference, found i32");
  expect_invalid_body("(table.set 0 (i32.const 0) (ref.null extern))", "expects funcref, found externref");
  expect_invalid("(module (func (result i32) (i64.const 0)))", "end expects i32, found i64");
  expect_invalid("(module (func (param i32 i64)) (func (call 0 (i64.const 0) (i64.const 0))))",
                 "call expects [i32 i64], found [i64 i64]");
  expect_invalid("(module (func (local i64) (local.set 0 (i32.const 0))))", "local.set expects i64, found i32");
  expect_invalid("(module (table 1 externref) (func (call_indirect (i32.const 0))))",
                 "call_indirect expects a table of funcref, table 0 holds externref");
  expect_invalid(
      "(module (table 1 externref) (table 1 funcref) (func (table.copy 0 1 (i32.const 0) (i32.const 0) "
      "(i32.const 0))))",
      "table.copy from table 1 of funcref to table 0 of externref");
}

TEST(Operands, LeftOver) {
  expect_invalid_body("i32.const 0", "1 values at the end of a block whose type has 0");
  expect_invalid_body("(block i32.const 0)", "1 values at the end of a block");
  expect_invalid_body("(loop i32.const 0 i32.const 0)", "2 values at the end");
  expect_invalid("(module (func (result i32) (i32.const 0) (i32.const 0)))",
                 "2 values at the end of a block whose type has 1");
}

TEST(Conditionals, NeedBothArms) {
  expect_invalid_body("(drop (if (result i32) (i32.const 1) (then (i32.const 2))))",
                      "an if without else must leave on the stack what it finds there");
  // [i32] -> [i32]: the other arm is the identity.
  expect_valid_body("i32.const 1 i32.const 1 (if (param i32) (result i32) (then)) drop");
  expect_invalid(module_of_body({0, 0x05, 0x0B}), "else without if");
  expect_invalid(module_of_body({0, 0x02, 0x40, 0x05, 0x0B, 0x0B}), "else without if");
  expect_invalid(module_of_body({0, 0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0B, 0x0B}), "else without if");
}

TEST(Branches, TakeTheirLabelsValues) {
  expect_invalid_body("(drop (block (result i32) (br 0)))", "br expects i32, found nothing");
  expect_invalid_body("(drop (block (result i32) (br 0 (i64.const 0))))", "br expects i32, found i64");
  expect_valid_body("(loop (result i32) (br 0)) drop"); // a loop's label takes its parameters
  expect_invalid_body("(block (drop (block (result i32) (br_table 0 1 (i32.const 0) (i32.const 0)))))",
                      "the labels of br_table take 1 and 0 values");
  expect_invalid_body(
      "(drop (block (result i32) (drop (block (result i64) (br_table 0 1 (i32.const 0) (i32.const "
      "0)))) (i32.const 0)))",
      "br_table expects [i64], found [i32]");
  // br_if leaves what it was given, as the label's type.
  expect_valid_body("(block (result i32) (br_if 0 (i32.const 1) (i32.const 1)) drop (i32.const 2)) drop");
}

// What is behind a branch has any operands, and must still be right.
TEST(Unreachable, CodeIsChecked) {
  expect_valid_body("unreachable i32.add drop");
  expect_valid_body("(drop (i64.add (unreachable)))");
  expect_valid_body("unreachable select drop");
  expect_valid_body("unreachable (select (i64.const 0) (i32.const 1)) drop");
  expect_valid_body("(block (result i32) (br 0 (i32.const 1)) i32.eqz) drop");
  expect_valid_body("(drop (block (result i32) unreachable (br_table 0 0)))");
  expect_invalid_body("unreachable (i32.add (i64.const 0)) drop", "i32.add expects i32, found i64");
  expect_invalid_body("unreachable (i64.const 0) i32.eqz drop", "i32.eqz expects i32, found i64");
  expect_invalid_body("(br 0) (i32.const 0)", "values at the end of a block");
  expect_invalid_body("unreachable (block drop)", "found nothing"); // a new block has no operands from outside
  expect_invalid_body("unreachable (local.get 0) drop", "unknown local");
  expect_invalid_body("unreachable (br 5)", "unknown label");
  expect_invalid_body("(unreachable) (select (i64.const 0) (i32.const 0) (i32.const 0)) drop", "found i64 and i32");
  expect_invalid_body("unreachable (drop (ref.is_null (i32.const 0)))", "expects a reference");
}

TEST(Memory, InstructionsNeedOne) {
  for (auto const* instructions :
       {"(drop (i32.load (i32.const 0)))", "(i32.store (i32.const 0) (i32.const 0))", "(drop (memory.size))",
        "(drop (memory.grow (i32.const 0)))", "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
        "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))"}) {
    expect_invalid(fmt::format("(module (func {}))", instructions), "unknown memory 0");
  }
  expect_invalid("(module (data \"\") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))",
                 "unknown memory 0");
}

// Every plain memory instruction of the table: aligned naturally it is fine, above that it is not.
TEST(Memory, AlignmentIsAtMostNatural) {
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const& info = wasm::opcode_infos[i];
    if (info.immediates != wasm::Immediates::memarg) {
      continue;
    }
    SCOPED_TRACE(info.text);
    bool const is_store = info.signature.ends_with(":");
    auto const with = [&](unsigned align) {
      Bytes instruction;
      write_opcode(instruction, static_cast<wasm::Opcode>(i));
      // The operands come from unreachable code, and so does what becomes of the result.
      return module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0}),
                        section(memory_section, {1, 0, 1}),
                        section(code_section, cat({{1},
                                                   sized(cat({{0, 0x00},
                                                              instruction,
                                                              {static_cast<std::uint8_t>(align), 0},
                                                              is_store ? Bytes{} : Bytes{0x1A},
                                                              {0x0B}}))}))});
    };
    auto const natural = static_cast<unsigned>(info.access);
    for (unsigned align = 0; align <= natural; ++align) {
      expect_valid(with(align));
    }
    for (unsigned const align : {natural + 1, 31u, 32u, 63u}) {
      expect_invalid(with(align), "alignment must not be larger than natural");
    }
  }
}

TEST(Memory, OffsetsHave32Bits) {
  expect_valid_body("(drop (i32.load offset=0xffff_ffff (i32.const 0)))");
  expect_invalid_body("(drop (i32.load offset=0x1_0000_0000 (i32.const 0)))",
                      "offset out of range: 4294967296 of i32.load");
}

TEST(Globals, ImmutableOnesStay) {
  expect_invalid("(module (global i32 (i32.const 0)) (func (global.set 0 (i32.const 1))))",
                 "immutable global: global.set cannot change global 0");
}

TEST(Select, HasOneType) {
  expect_invalid(module_of_body({0, 0x00, 0x1C, 0, 0x1A, 0x0B}), "invalid result arity: select with 0 types");
  expect_invalid(module_of_body({0, 0x00, 0x1C, 2, 0x7F, 0x7F, 0x1A, 0x0B}),
                 "invalid result arity: select with 2 types");
}

// --- messages

TEST(Messages, SayWhereAndInWhichFunction) {
  auto const valid = check_text("(module (func $fine) (func $broken (nop) (drop (i32.eqz (i64.const 1)))))");
  ASSERT_FALSE(valid.has_value());
  auto const& error = valid.error();
  EXPECT_NE(error.message().find("type mismatch: i32.eqz expects i32, found i64"), std::string::npos);
  EXPECT_NE(error.message().find("in function 1 (`broken`)"), std::string::npos) << error.message();
  expect_error(error, ErrorKind::invalid, "byte offset");
}

TEST(Messages, OfMalformedBodiesToo) {
  expect_failure(check(module_of_body({0, 0xFF, 0x0B})), ErrorKind::malformed,
                 "illegal opcode 0xff, in function 0 at byte offset 0x17");
  expect_failure(check(module_of_body({1, 1, 0x40, 0x0B})), ErrorKind::malformed,
                 "malformed value type 0x40 in the declarations of locals, in function 0 at byte offset 0x18");
  expect_failure(check(module_of_body({0, 0x0B, 0x0B})), ErrorKind::malformed, "section size mismatch");
  expect_failure(check(module_of_body({0})), ErrorKind::malformed, "unexpected end");
  expect_failure(check(module_of_body({0, 0x41})), ErrorKind::malformed, "unexpected end in `i32.const`");
}

// A body that is not well-formed is malformed, whatever is wrong in front of that place.
TEST(Messages, MalformedWinsInOneBody) {
  expect_failure(check(module_of_body({0, 0x1A, 0xFF, 0x0B})), ErrorKind::malformed, "illegal opcode 0xff");
  expect_invalid(module_of_body({0, 0x1A, 0x01, 0x0B}), "drop expects a value");
}

} // namespace
} // namespace weir::test
