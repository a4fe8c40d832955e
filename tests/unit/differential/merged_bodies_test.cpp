// Bodies whose instructions the translator merges: results, traps and their places are those of the single ones, also
// where sources and destination are the same local, and where slots need a wide frame.
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/assembler.hpp"
#include "support/differential.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();
auto const i64 = ValType::i64();
auto const f64 = ValType::f64();

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// Runs a function of [i32 i32 i64 i64 f64 f64] -> [result] with a local 6 of type i32 on several arguments and with too
// little fuel. `below`: so many operands lie below the body's.
void check(ValType result, std::string const& instructions, std::vector<ModuleBuilder::LocalGroup> const& more_locals,
           std::uint32_t below) {
  Bytes body;
  for (std::uint32_t i = 0; i < below; ++i) {
    write_opcode(body, wasm::Opcode::local_get);
    write_u32(body, 0);
  }
  Bytes const own = assemble(instructions + " return");
  body.insert(body.end(), own.begin(), own.end());
  ModuleBuilder builder;
  auto const type = builder.type({i32, i32, i64, i64, f64, f64}, {result});
  builder.memory(1);
  builder.global(i32, RandomModule::initial_i32);
  builder.global(i64, RandomModule::initial_i64);
  builder.global(f64, 0);
  std::vector<ModuleBuilder::LocalGroup> locals{{2, i32}};
  locals.insert(locals.end(), more_locals.begin(), more_locals.end());
  builder.function(type, locals, body);
  builder.export_everything();
  std::vector<DifferentialCall> calls;
  for (std::uint64_t const fuel : {below + 1000u, below + 3u, below + 7u, below + 12u}) {
    calls.push_back({0, {5, 0xFFFFFFF8, 0x123456789ABCDEF0, 3, bits(2.5), bits(-0.125)}, fuel});
    calls.push_back({0, {0x80000000, 16, ~std::uint64_t{0}, 0x8000000000000001, bits(1e300), bits(7)}, fuel});
    calls.push_back({0, {65528, 65536, 7, 0, bits(0), bits(-0.0)}, fuel});
    calls.push_back({0, {65529, 1, 7, 0, bits(3), bits(4)}, fuel});
  }
  Differential differential{builder};
  auto const difference = differential.compare(calls, below == 0 ? CompilationMode::eager : CompilationMode::lazy);
  EXPECT_FALSE(difference.has_value()) << instructions << "\n" << difference->substr(0, 1500);
}

void check(ValType result, std::string const& instructions) { check(result, instructions, {}, 0); }

// The operands lie where no 16-bit field reaches.
void check_wide(ValType result, std::string const& instructions) { check(result, instructions, {{49980, i64}}, 15700); }

TEST(MergedBodies, WideFrames) {
  check_wide(i64,
             "local.get 2 i64.const 6364136223846793005 i64.mul local.get 2 i64.const 3 i64.rotl "
             "i64.const -6364136223846793005 i64.xor i64.add");
  check_wide(i32, "local.get 0 i32.const 9 i32.gt_s local.set 6 local.get 1 local.get 0 i32.mul local.get 6 i32.add");
  check_wide(i32,
             "local.get 1 local.get 0 i32.mul local.get 0 i32.const 5 i32.rotl i32.const 300 i32.and local.get 6 "
             "i32.add memory.fill 0 local.get 0 local.get 1 i32.const 30 memory.copy 0 0 i32.const 1001 i32.load 0");
  check_wide(i32, "i32.const 40 local.get 1 local.get 0 i32.add i32.const 40000 memory.copy 0 0 i32.const 3");
  check_wide(i32,
             "loop global.get 0 local.get 0 i32.add global.set 0 local.get 6 i32.const 1 i32.add local.tee 6 "
             "i32.const 9 i32.lt_u br_if 0 end global.get 0");
  check_wide(f64, "local.get 5 local.get 5 f64.mul local.get 4 local.get 0 f64.load 8 f64.mul f64.add");
  check_wide(i32,
             "local.get 0 i32.const -2 i32.add local.tee 6 local.set 0 local.get 6 local.get 0 i32.mul local.get 1 "
             "i32.const 5 i32.rotl i32.xor i32.const 3 i32.shr_u i32.const 77 i32.and");
}

TEST(MergedBodies, ShiftsAndTheirTakers) {
  for (std::string const taker : {"i32.xor", "i32.or", "i32.add"}) {
    for (std::string const shift : {"i32.shl", "i32.shr_u", "i32.rotl", "i32.rotr"}) {
      std::string const operation = "i32.const 37 " + shift + " ";
      check(i32, "local.get 0 local.get 1 " + operation + taker);
      check(i32, "local.get 1 " + operation + "local.get 0 " + taker);
      check(i32, "local.get 0 local.get 0 " + operation + taker + " local.tee 0 local.get 0 i32.mul");
      check(i32, "local.get 0 local.get 1 " + operation + "local.tee 1 " + taker + " local.get 1 i32.sub");
      // The first operand takes the temporary: the shifted one is in its slot.
      check(i32, "local.get 0 i32.const 3 i32.mul local.get 1 " + operation + "local.get 0 " + taker + " i32.sub");
    }
  }
  for (std::string const shift : {"i64.shl", "i64.shr_u"}) {
    check(i64, "local.get 2 i64.const 9 i64.rotl local.get 3 i64.const 97 " + shift + " local.get 3 i64.xor i64.mul");
  }
}

// A value of 64 bits that becomes one of 32 has no upper half, whichever operation takes it.
TEST(MergedBodies, NarrowedValues) {
  for (std::string const operation : {"xor", "or", "and", "add", "mul", "shr_u", "rotl", "eq", "lt_u", "ge_u"}) {
    for (std::string const other : {"local.get 3 i32.wrap_i64 ", "local.get 1 ", "i32.const -5 ", "i32.const 5 "}) {
      std::string const narrow = "local.get 2 i32.wrap_i64 ";
      check(i64, narrow + other + "i32." + operation + " i64.extend_i32_u local.get 2 i64.add");
      check(i64, other + narrow + "i32." + operation + " i64.extend_i32_u local.get 2 i64.add");
      check(i64, "local.get 0 " + narrow + other + "i32." + operation + " i32.xor i64.extend_i32_u");
    }
  }
  for (std::string const shift : {"i32.shl", "i32.shr_u", "i32.rotl"}) {
    check(i64, "local.get 2 i32.wrap_i64 i32.const 7 " + shift + " local.get 0 i32.xor i64.extend_i32_u");
  }
}

TEST(MergedBodies, PairsWithConstants) {
  for (std::string const local : {"local.get 0 ", "local.get 1 "}) {
    check(i32, local + "i32.const 40 i32.shr_u i32.const -16 i32.and");
    check(i32, local + "i32.const 4 i32.shr_u i32.const 255 i32.and local.tee 0 local.get 0 i32.add");
    check(i32, local + "i32.const 0x7FF0 i32.and i32.const 33 i32.shl local.set 1 local.get 1");
    check(i32, local + "local.get 1 i32.xor i32.const 16777619 i32.mul local.tee 1 local.get 0 i32.add");
    check(i32, local + "i32.const -2 i32.add local.tee 6 local.set 0 local.get 6 local.get 0 i32.mul");
    check(i32, local + "i32.const -2 i32.add local.tee 0 local.set 6 local.get 6 local.get 0 i32.mul");
    check(i32, local + "i32.const 0 i32.add local.get 0 i32.const 1 i32.add local.set 0 local.get 0 i32.mul");
  }
}

TEST(MergedBodies, ComparisonsGoToLocals) {
  for (std::string const compare : {"gt_s", "gt_u", "le_s", "le_u", "lt_s", "ge_u"}) {
    std::string const loop = "loop local.get 6 local.get 6 local.get 6 i32.mul drop drop end ";
    std::string const tail = " local.set 6 " + loop + "local.get 6 local.get 0 i32.mul";
    check(i32, "local.get 0 i32.const 9 i32." + compare + tail);
    check(i32, "local.get 0 local.get 1 i32." + compare + tail);
    check(i32, "i32.const 9 local.get 1 i32." + compare + tail);
    check(i32, "local.get 0 local.get 1 i32." + compare + " i32.eqz" + tail);
    check(i32, "local.get 2 i64.const 0x123456789ab i64." + compare + tail);
  }
}

TEST(MergedBodies, WideConstants) {
  for (std::string const op : {"add", "sub", "mul", "and", "xor", "or"}) {
    std::string const constant = "i64.const 6364136223846793005 ";
    check(i64, "local.get 2 " + constant + "i64." + op);
    check(i64, constant + "local.get 3 i64." + op);
    check(i64, "local.get 2 " + constant + "i64." + op + " local.tee 2 local.get 2 i64.mul");
    check(i64, constant + constant + "i64." + op);
  }
}

TEST(MergedBodies, WideValuesInNarrowOperations) {
  for (std::string const op : {"add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl"}) {
    check(i32, "local.get 0 local.get 2 i32.wrap_i64 i32." + op);
    check(i32, "local.get 2 i32.wrap_i64 local.get 0 i32." + op);
    check(i64, "local.get 3 local.get 2 i64.add i32.wrap_i64 local.get 0 i32." + op + " i64.extend_i32_u");
    // In a loop the wide value is in a register, which not every operation takes.
    check(i32, "loop local.get 0 local.get 2 i32.wrap_i64 i32." + op +
                   " local.set 0 local.get 2 local.get 2 i64.add local.set 2 end local.get 0");
  }
}

TEST(MergedBodies, LoadsAndTheirTakers) {
  for (std::string const op : {"add", "sub", "mul"}) {
    for (std::string const address : {"local.get 0 f64.load 0", "local.get 0 i32.const -8 i32.add f64.load 8",
                                      "local.get 1 f64.load 4294967295", "i32.const 65528 f64.load 0"}) {
      std::string const store = "i32.const 65528 local.get 4 f64.store 0 ";
      check(f64, store + "local.get 5 " + address + " f64." + op);
      check(f64, store + address + " local.get 5 f64." + op);
      check(f64, store + "local.get 4 local.get 5 f64.add " + address + " f64." + op + " local.tee 4");
      check(f64, store + "local.get 5 " + address + " local.tee 4 f64." + op + " local.get 4 f64.add");
      // Three values are waiting: more than there are temporaries.
      check(f64, store +
                     "local.get 4 local.get 5 f64.mul local.get 5 local.get 5 f64.mul local.get 4 local.get 4 "
                     "f64.mul " +
                     address + " f64." + op + " f64.add f64.add");
    }
  }
}

TEST(MergedBodies, HotGlobals) {
  // Read, write, read before write, read of what was stored, and a trap in between: what was stored stays.
  check(i32,
        "loop global.get 0 local.get 0 i32.add global.set 0 global.get 0 global.get 0 i32.const 3 i32.mul "
        "global.set 0 local.set 1 local.get 6 i32.const 1 i32.add local.tee 6 i32.const 9 i32.lt_u br_if 0 end "
        "global.get 0 local.get 1 i32.add");
  check(i64,
        "loop global.get 1 local.get 2 i64.const 0x1234567812345 i64.mul i64.xor global.set 1 "
        "local.get 6 i32.const 1 i32.add local.tee 6 i32.const 9 i32.lt_u br_if 0 end global.get 1");
  check(f64,
        "loop global.get 2 local.get 4 f64.add global.set 2 global.get 2 local.get 5 f64.mul global.set 2 "
        "local.get 6 i32.const 1 i32.add local.tee 6 i32.const 9 i32.lt_u br_if 0 end global.get 2");
  check(i32,
        "loop global.get 0 local.get 0 i32.add global.set 0 global.get 0 i32.load 0 global.set 0 "
        "global.get 0 i32.const 1 i32.add global.set 0 local.get 0 local.get 6 i32.div_u drop br 0 end "
        "global.get 0");
}

TEST(MergedBodies, Ranges) {
  for (std::string const length :
       {"local.get 0", "i32.const 0", "i32.const 1", "i32.const 2", "i32.const 3", "i32.const 7", "i32.const 8",
        "i32.const 15", "i32.const 16", "i32.const 17", "i32.const 31", "i32.const 32", "i32.const 33", "i32.const 64",
        "i32.const 300", "i32.const 40000", "i32.const -1"}) {
    for (std::string const to : {"i32.const 1003", "i32.const 990", "local.get 1"}) {
      check(i32,
            "i32.const 1000 i64.load 0 drop i32.const 1000 local.get 2 i64.store 0 "
            "i32.const 1009 local.get 3 i64.store 0 i32.const 1030 local.get 2 i64.store 0 " +
                to + " i32.const 1000 " + length + " memory.copy 0 0 i32.const 1001 i32.load 0");
      check(i32, to + " local.get 1 " + length + " memory.fill 0 i32.const 1001 i32.load 0");
    }
  }
}

} // namespace
} // namespace weir::test
