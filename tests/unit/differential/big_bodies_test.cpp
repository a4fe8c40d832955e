// Bodies of a size that only a generator writes: many values in a branch, many pending operands, many bytes.
#include <cstdint>
#include <functional>

#include <gtest/gtest.h>

#include "support/differential.hpp"
#include "wasm/limits.hpp"

namespace weir::test {
namespace {

using wasm::Opcode;
auto const i32 = ValType::i32();

class Body {
 public:
  Body& op(Opcode opcode) { return write_opcode(bytes_, opcode), *this; }
  Body& op(Opcode opcode, std::uint64_t immediate) {
    write_opcode(bytes_, opcode);
    return write_u32(bytes_, immediate), *this;
  }
  Body& constant(std::int32_t value) {
    write_opcode(bytes_, Opcode::i32_const);
    return base::write_sleb(bytes_, value), *this;
  }
  // A block with a function type.
  Body& block(Opcode opcode, std::uint32_t type) {
    write_opcode(bytes_, opcode);
    return base::write_sleb(bytes_, type), *this;
  }
  Body& number(std::uint64_t value) { return write_u32(bytes_, value), *this; }
  std::size_t size() const { return bytes_.size(); }
  Bytes end() && { return op(Opcode::end), std::move(bytes_); }

 private:
  Bytes bytes_;
};

// A module of one function with a memory.
void check(FuncType const& type, std::vector<FuncType> const& more_types, Bytes const& body,
           std::vector<std::vector<std::uint64_t>> const& arguments, std::uint64_t fuel) {
  ModuleBuilder builder;
  auto const own = builder.type(type.params(), type.results());
  for (auto const& each : more_types) { // types 1, 2, ...
    builder.type(each.params(), each.results());
  }
  builder.memory(1);
  builder.function(own, {{2, i32}}, body);
  builder.export_everything();
  Differential differential{builder};
  std::vector<DifferentialCall> calls;
  for (auto const& each : arguments) {
    calls.push_back({0, each, fuel});
    calls.push_back({0, each, fuel / 3});
  }
  auto const difference = differential.compare(calls, CompilationMode::eager);
  EXPECT_FALSE(difference.has_value()) << difference->substr(0, 1000);
  EXPECT_EQ(differential.on_reference(calls)[0].trap, TrapReason::none);
}

constexpr std::uint32_t thousand = 1000;

TEST(BigBodies, BranchesWithAThousandValues) {
  std::vector<ValType> const many(thousand, i32);
  // Forwards: taken and not taken, the values in another place each time.
  Body forwards;
  forwards.block(Opcode::block, 1).constant(7);
  for (std::uint32_t i = 0; i < thousand; ++i) {
    i % 3 == 0 ? forwards.op(Opcode::local_get, 0) : forwards.constant(static_cast<std::int32_t>(i * 70000));
  }
  forwards.op(Opcode::local_get, 0).op(Opcode::br_if, 0);
  forwards.constant(3).op(Opcode::local_set, 0).op(Opcode::local_get, 0).op(Opcode::br, 0).op(Opcode::end);
  // ... the last value moved out of the way: 1,000 values above the constant 7 and one more
  check({{i32}, many}, {{{}, many}}, std::move(forwards).end(), {{0}, {1}}, 100000);

  // Backwards, with all values as parameters of the loop.
  Body backwards;
  for (std::uint32_t i = 0; i < thousand; ++i) backwards.constant(static_cast<std::int32_t>(i));
  backwards.block(Opcode::loop, 1);
  backwards.constant(5).op(Opcode::i32_add).op(Opcode::local_set, 1); // the top changes each time round
  backwards.op(Opcode::local_get, 1);
  backwards.op(Opcode::local_get, 0).constant(1).op(Opcode::i32_sub).op(Opcode::local_tee, 0);
  backwards.op(Opcode::br_if, 0).op(Opcode::end);
  check({{i32}, many}, {{many, many}}, std::move(backwards).end(), {{1}, {9}}, 100000);

  // Through a table to labels at different heights.
  Body table;
  table.constant(1).block(Opcode::block, 1).constant(2).constant(3).block(Opcode::block, 1);
  for (std::uint32_t i = 0; i < thousand; ++i) table.constant(static_cast<std::int32_t>(i));
  table.op(Opcode::local_get, 0).op(Opcode::br_table).number(3).number(0).number(1).number(2).number(1);
  table.op(Opcode::end).op(Opcode::br, 0).op(Opcode::end).op(Opcode::return_);
  check({{i32}, many}, {{{}, many}}, std::move(table).end(), {{0}, {1}, {2}, {3}, {0xFFFFFFFF}}, 100000);
}

TEST(BigBodies, AHundredThousandPendingOperands) {
  constexpr std::uint32_t half = 50000;
  Body body;
  for (std::uint32_t i = 0; i < half; ++i) body.op(Opcode::local_get, i % 2);
  body.constant(1000).op(Opcode::local_set, 0); // all reads of local 0 are pending
  for (std::uint32_t i = 0; i < half; ++i) body.op(Opcode::local_get, i % 2);
  for (std::uint32_t i = 1; i < 2 * half; ++i) body.op(i % 5 == 0 ? Opcode::i32_sub : Opcode::i32_add);
  check({{i32, i32}, {i32}}, {}, std::move(body).end(), {{3, 4}, {0xFFFFFFFF, 9}}, 1000000);
}

TEST(BigBodies, PendingReadsOfOneLocalThatIsWrittenAgainAndAgain) {
  constexpr std::uint32_t rounds = 5000;
  Body body;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    body.op(Opcode::local_get, 0).op(Opcode::local_get, 0).constant(1).op(Opcode::i32_add).op(Opcode::local_set, 0);
  }
  for (std::uint32_t i = 1; i < rounds; ++i) body.op(Opcode::i32_xor);
  check({{i32}, {i32}}, {}, std::move(body).end(), {{0}, {77}}, 1000000);
}

// In three manners, the first as long as a body may be. The time is bounded by the test's own time limit.
TEST(BigBodies, MillionsOfBytes) {
  std::vector<std::function<void(Body&)>> const manners = {
      [](Body& body) { body.op(Opcode::local_get, 0).constant(7).op(Opcode::i32_mul).op(Opcode::local_set, 1); },
      [](Body& body) {
        body.op(Opcode::block).number(0x40).op(Opcode::local_get, 1).op(Opcode::br_if, 0).op(Opcode::end);
      },
      [](Body& body) {
        body.op(Opcode::local_get, 1).op(Opcode::local_get, 1);
        body.op(Opcode::i32_load).number(0).number(4).op(Opcode::i32_store).number(0).number(8);
      }};
  std::size_t most = wasm::limits::function_bytes - 100;
  for (auto const& manner : manners) {
    Body body;
    while (body.size() < most) manner(body);
    most = std::size_t{1} << 20;
    body.op(Opcode::local_get, 1);
    check({{i32}, {i32}}, {}, std::move(body).end(), {{5}}, 10000000);
  }
}

} // namespace
} // namespace weir::test
