// Input that is large rather than wrong: accepted or refused by name, without native recursion and without memory out
// of proportion.
#include "wasm/limits.hpp"
#include "fixture.hpp"
#include "support/allocation_meter.inc"

namespace weir::test {
namespace {

TEST(Limits, Locals) {
  expect_failure(check(module_of_body(cat({{1}, leb(0xFFFFFFFF), {0x7E, 0x0B}}))), ErrorKind::limit,
                 "4294967295 parameters and locals, at most 50000 are allowed");
  expect_failure(check(module_of_body(cat({{1}, leb(50001), {0x7E, 0x0B}}))), ErrorKind::limit, "50001 parameters");
  expect_valid(module_of_body(cat({{1}, leb(50000), {0x7E, 0x0B}})));
  // Those behind the first ones are found, and have their types.
  auto const last = [](std::uint8_t eqz) {
    return module_of_body(cat({{3},
                               leb(600),
                               {0x7F},
                               leb(40000),
                               {0x7E},
                               leb(9400),
                               {0x7F, 0x20},
                               leb(40599),
                               {eqz, 0x1A, 0x20},
                               leb(40600),
                               {0x45, 0x1A, 0x20},
                               leb(599),
                               {0x45, 0x1A, 0x0B}}));
  };
  expect_valid(last(0x50));
  expect_invalid(last(0x45), "i32.eqz expects i32, found i64");
}

TEST(Limits, LocalsInManyGroups) {
  expect_valid(module_of_body(cat({leb(50000), times(25000, {1, 0x7F, 1, 0x7C}), {0x20}, leb(49999), {0x1A, 0x0B}})));
  expect_valid(module_of_body(cat({leb(1000000), times(1000000, {0, 0x7F}), {0x0B}})));
}

TEST(Limits, BranchTables) {
  auto const table = [](std::size_t targets) {
    return module_of_body(cat({{0, 0x41, 0, 0x0E}, leb(targets), Bytes(targets + 1, 0), {0x0B}}));
  };
  expect_valid(table(65520));
  expect_failure(check(table(200000)), ErrorKind::limit, "`br_table` has 200000 targets, at most 65520");
}

TEST(Limits, LargeBody) {
  expect_valid(module_of_body(cat({{0}, Bytes(7000000, 0x01), {0x0B}})));
  expect_failure(check(module_of_body(cat({{0}, Bytes(8000000, 0x01), {0x0B}}))), ErrorKind::limit, "8000002 bytes");
}

TEST(Limits, NestedBlocks) {
  for (std::uint8_t const opcode : {0x02, 0x03}) {
    expect_valid(module_of_body(cat({{0}, times(100000, {opcode, 0x40}), Bytes(100000, 0x0B), {0x0B}})));
  }
  expect_valid(module_of_body(cat({{0}, times(100000, {0x41, 0, 0x04, 0x40}), times(100000, {0x05, 0x0B}), {0x0B}})));
  auto const nested = [](std::size_t depth) {
    return module_of_body(cat({{0}, times(depth, {0x02, 0x40}), Bytes(depth + 1, 0x0B)}));
  };
  expect_valid(nested(wasm::limits::control_depth));
  expect_failure(check(nested(wasm::limits::control_depth + 1)), ErrorKind::limit, "more than 1000000 nested blocks");
  expect_failure(check(module_of_body(cat({{0}, times(1000000, {0x02, 0x40})}))), ErrorKind::malformed,
                 "unexpected end");
}

TEST(Limits, OperandStack) {
  auto const pushed = [](std::size_t operands) {
    return module_of_body(cat({{0}, times(operands, {0x41, 0}), Bytes(operands, 0x1A), {0x0B}}));
  };
  expect_valid(pushed(1000000));
  expect_failure(check(pushed(1000001)), ErrorKind::limit, "more than 1000000 operands");
}

// Two bytes of code push a thousand operands: that must not add up.
TEST(Limits, OperandsOfCalls) {
  auto const calls = [](std::size_t number) {
    return module_of({section(type_section, cat({{2, 0x60, 0, 0, 0x60, 0}, leb(1000), Bytes(1000, 0x7E)})),
                      section(import_section, {1, 0, 0, 0, 1}), section(function_section, {1, 0}),
                      section(code_section, cat({{1}, sized(cat({{0}, times(number, {0x10, 0}), {0x00, 0x0B}}))}))});
  };
  expect_valid(calls(1000));
  auto const bytes = calls(1000000);
  AllocationMeter const meter;
  expect_failure(check(bytes), ErrorKind::limit, "more than 1000000 operands");
  EXPECT_LT(meter.bytes(), 40u * 1000 * 1000);
  // The same through blocks in unreachable code.
  auto const blocks = module_of(
      {section(type_section, cat({{2, 0x60, 0, 0, 0x60, 0}, leb(1000), Bytes(1000, 0x7E)})),
       section(function_section, {1, 0}),
       section(code_section, cat({{1}, sized(cat({{0}, times(1000000, {0x02, 1, 0x00, 0x0B}), {0x00, 0x0B}}))}))});
  expect_failure(check(blocks), ErrorKind::limit, "more than 1000000 operands");
}

TEST(Limits, ConstantExpressions) {
  // Two hundred thousand values: well-formed, small enough, and wrong.
  expect_invalid(module_of({section(global_section, cat({{1, 0x7F, 0}, times(200000, {0x41, 0}), {0x0B}}))}),
                 "it gives 200000 values");
}

TEST(Limits, ManyTypesFunctionsAndExports) {
  expect_valid(module_of({section(type_section, cat({leb(200000), times(200000, {0x60, 0, 0})}))}));
  expect_valid(module_of({section(table_section, cat({leb(100000), times(100000, {0x70, 0, 0})}))}));
  constexpr std::size_t count = 100000;
  Bytes exports = leb(count);
  for (std::size_t i = 0; i < count; ++i) {
    write_bytes(exports, cat({name(std::to_string(i)), {0, 0}}));
  }
  expect_valid(module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0}),
                          section(export_section, exports), section(code_section, {1, 2, 0, 0x0B})}));
}

TEST(Limits, MemoryAndTableOfFullSize) { expect_valid("(module (memory 65536) (table 0xffff_ffff externref))"); }

TEST(Limits, ElementsOfExpressions) {
  expect_valid(
      module_of({section(element_section, cat({{1, 5, 0x70}, leb(100000), times(100000, {0xD0, 0x70, 0x0B})}))}));
}

} // namespace
} // namespace weir::test
