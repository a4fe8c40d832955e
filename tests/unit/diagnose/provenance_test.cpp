// Where addresses come from, in functions as compilers write them.
#include "diagnose/provenance.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "decode/function_reader.hpp"
#include "support/memory_modules.hpp"

namespace weir::diagnose {
namespace {

using wasm::Opcode;

// A module, and the values that survive in it.
struct Scene {
  explicit Scene(std::string const& wat) : module(test::decoded(test::binary_of(wat))) {
    values.value_of_local = [this](std::uint32_t local) { return find(locals, local); };
    values.value_of_global = [this](std::uint32_t global) { return find(globals, global); };
    values.read_memory = [this](std::uint32_t, std::uint64_t address, std::uint32_t size) {
      auto const found = find(memory, address);
      return found.has_value() && size < 8 ? std::optional{*found & ((std::uint64_t{1} << 8 * size) - 1)} : found;
    };
  }

  template <class Key>
  static std::optional<std::uint64_t> find(std::map<Key, std::uint64_t> const& map, Key key) {
    auto const found = map.find(key);
    return found != map.end() ? std::optional{found->second} : std::nullopt;
  }

  // The offset of the n-th instruction with this opcode.
  std::uint32_t offset_of(Opcode opcode, int n = 0) const {
    auto reader = decode::FunctionReader{module, function}.instructions();
    decode::Instruction instruction;
    while (reader.next(instruction)) {
      if (instruction.opcode == opcode && n-- == 0) {
        return instruction.offset;
      }
    }
    ADD_FAILURE() << "no such instruction";
    return 0;
  }

  std::optional<Provenance> ask(Opcode opcode, int n, std::optional<std::uint64_t> value,
                                std::uint32_t operand = 0) const {
    return find_provenance(module, {function, offset_of(opcode, n), operand, value}, values);
  }

  wasm::Module module;
  std::uint32_t function = 0;
  std::map<std::uint32_t, std::uint64_t> locals;
  std::map<std::uint32_t, std::uint64_t> globals;
  std::map<std::uint64_t, std::uint64_t> memory; // by the address of each object
  SurvivingValues values;
};

// The allocator of the founding case walks its free list.
constexpr char const* free_list = R"((module (memory 17) (func (param $size i32) (local $link i32) (local $chunk i32)
  (loop $again
    (local.set $link (i32.const 0x10231c))
    (block $none
      (loop $next
        (br_if $none (i32.eqz (local.tee $chunk (i32.load (local.get $link)))))
        (if (i32.lt_u (i32.load offset=4 (local.get $chunk)) (local.get $size))
          (then (local.set $link (local.get $chunk)) (br $next)))))
    (br_if $again (local.get $size))))))";

TEST(Provenance, OfTheCase) {
  Scene scene{free_list};
  scene.locals = {{0, 100}, {1, 0x10231c}, {2, 0x41414141}};
  scene.memory = {{0x10231c, 0x41414141}};
  auto const found = scene.ask(Opcode::i32_load, 1, 0x41414141);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Provenance::Kind::loaded);
  ASSERT_EQ(found->loads.size(), 1u);
  EXPECT_EQ(found->loads[0].address, 0x10231cu);
  EXPECT_EQ(found->loads[0].size, 4u);
  EXPECT_EQ(found->loads[0].value, 0x41414141u);
  EXPECT_TRUE(found->loads[0].is_confirmed);
  EXPECT_EQ(found->loads[0].offset, scene.offset_of(Opcode::i32_load, 0));
  EXPECT_EQ(found->how.substr(0, 12), "i32.load at ");
  EXPECT_TRUE(found->how.ends_with(" through local 1")) << found->how;
}

TEST(Provenance, WhatWasOverwrittenSinceIsNotConfirmed) {
  Scene scene{free_list};
  scene.locals = {{0, 100}, {1, 0x10231c}, {2, 0x41414141}};
  scene.memory = {{0x10231c, 0}};
  auto const found = scene.ask(Opcode::i32_load, 1, 0x41414141);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 0x10231cu);
  EXPECT_FALSE(found->loads[0].is_confirmed);
}

TEST(Provenance, NeedsTheAddressOfTheLoad) {
  Scene scene{free_list};
  scene.memory = {{0x10231c, 0x41414141}};
  EXPECT_FALSE(scene.ask(Opcode::i32_load, 1, 0x41414141).has_value()) << "the local is not known";
}

TEST(Provenance, AddressesInTheCode) {
  Scene scene{R"((module (memory 1) (func (result i32)
    (i32.load offset=8 (i32.add (i32.load offset=0x5000 (i32.const 0)) (i32.const 16))))))"};
  scene.memory = {{0x5000, 0xFFFFFF00}};
  auto const found = scene.ask(Opcode::i32_load, 1, 0xFFFFFF10);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 0x5000u);
  EXPECT_TRUE(found->loads[0].is_confirmed);
}

TEST(Provenance, ChainsOfPointers) {
  Scene scene{R"((module (memory 1) (global (mut i32) (i32.const 0x8000)) (func (local $f i32)
    (local.set $f (i32.sub (global.get 0) (i32.const 32)))
    (i32.store offset=12 (i32.load offset=4 (i32.load offset=8 (local.get $f))) (i32.const 1)))))"};
  scene.locals = {{0, 0x7fe0}};
  scene.memory = {{0x7fe8, 0x9000}, {0x9004, 0x7fffffff}};
  auto const found = scene.ask(Opcode::i32_store, 0, 0x7fffffff);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->loads.size(), 2u);
  EXPECT_EQ(found->loads[0].address, 0x9004u);
  EXPECT_EQ(found->loads[1].address, 0x7fe8u);
  EXPECT_TRUE(found->loads[0].is_confirmed);
}

TEST(Provenance, OfGlobalsThatNobodyWroteSince) {
  Scene scene{R"((module (memory 1) (global (mut i32) (i32.const 0x8000)) (func
    (drop (i32.load (i32.load offset=4 (global.get 0))))
    (global.set 0 (i32.const 5))
    (drop (i32.load (i32.load offset=4 (global.get 0)))))))"};
  scene.globals = {{0, 0x7000}};
  scene.memory = {{0x7004, 0x99999999}, {9, 0x88888888}};
  auto found = scene.ask(Opcode::i32_load, 1, 0x99999999);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 0x7004u);
  found = scene.ask(Opcode::i32_load, 3, 0x88888888);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 9u) << "the constant that was written";
}

TEST(Provenance, OfAnElement) {
  // a[i], both loaded: the pointer is wider than the index.
  Scene scene{R"((module (memory 1) (func (param $s i32) (result i32)
    (i32.load (i32.add (i32.load offset=4 (local.get $s)) (i32.shl (i32.load16_u (local.get $s)) (i32.const 2)))))))"};
  scene.locals = {{0, 0x100}};
  scene.memory = {{0x100, 7}, {0x104, 0x60000000}};
  auto const found = scene.ask(Opcode::i32_load, 1, 0x6000001c);
  ASSERT_TRUE(found.has_value());
  ASSERT_FALSE(found->loads.empty());
  EXPECT_EQ(found->loads[0].address, 0x104u);
  EXPECT_TRUE(found->loads[0].is_confirmed);
}

TEST(Provenance, NarrowAndSignedLoads) {
  Scene scene{R"((module (memory 1) (func (param i32) (result i32)
    (i32.load8_u (i32.load8_s offset=1 (local.get 0))))))"};
  scene.locals = {{0, 0x10}};
  scene.memory = {{0x11, 0xFE}};
  auto const found = scene.ask(Opcode::i32_load8_u, 0, 0xFFFFFFFE);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->loads[0].is_confirmed);
}

TEST(Provenance, OfWhatTheCallerPassed) {
  Scene scene{R"((module (memory 1) (func (param i32 i32) (result i32)
    (i32.load (i32.add (local.get 1) (i32.const 4))))))"};
  auto const found = scene.ask(Opcode::i32_load, 0, 0x90000004);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Provenance::Kind::parameter);
  EXPECT_EQ(found->index, 1u);
}

TEST(Provenance, OfCallsConstantsAndGlobals) {
  Scene scene{R"((module (import "m" "f" (func $f (result i32))) (memory 1) (global (mut i32) (i32.const 0))
    (func (drop (i32.load (call $f))) (drop (i32.load (i32.const -8)))
      (drop (i32.load (i32.add (global.get 0) (i32.const 8)))))))"};
  scene.function = 1;
  auto found = scene.ask(Opcode::i32_load, 0, 1);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Provenance::Kind::call_result);
  EXPECT_EQ(found->index, 0u);
  found = scene.ask(Opcode::i32_load, 1, 0xFFFFFFF8);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Provenance::Kind::constant);
  found = scene.ask(Opcode::i32_load, 2, 5);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Provenance::Kind::global);
}

TEST(Provenance, OfArguments) {
  // What was passed to a call, and what to memory.copy.
  Scene scene{R"((module (memory 1) (func $g (param i32 i32)) (func (param i32)
    (call $g (i32.const 1) (i32.load offset=8 (local.get 0)))
    (memory.copy (i32.load (local.get 0)) (i32.load offset=4 (local.get 0)) (i32.const 9)))))"};
  scene.function = 1;
  scene.locals = {{0, 0x40}};
  scene.memory = {{0x40, 1}, {0x44, 2}, {0x48, 3}};
  EXPECT_EQ(scene.ask(Opcode::call, 0, 3, 1)->loads[0].address, 0x48u);
  EXPECT_EQ(scene.ask(Opcode::memory_copy, 0, 1, 0)->loads[0].address, 0x40u);
  EXPECT_EQ(scene.ask(Opcode::memory_copy, 0, 2, 1)->loads[0].address, 0x44u);
  EXPECT_FALSE(scene.ask(Opcode::call, 0, 3, 2).has_value()) << "it has two arguments";
}

TEST(Provenance, OnlyWhatHoldsOnEveryPath) {
  // Which of the two loads it was is not known, and neither is claimed.
  Scene scene{R"((module (memory 1) (func (param i32 i32) (local i32)
    (if (local.get 0)
      (then (local.set 2 (i32.load offset=4 (local.get 1))))
      (else (local.set 2 (i32.load offset=8 (local.get 1)))))
    (i32.store (local.get 2) (i32.const 1)))))"};
  scene.locals = {{0, 1}, {1, 0x10}, {2, 0x77777777}};
  scene.memory = {{0x14, 0x77777777}, {0x18, 0x77777777}};
  EXPECT_FALSE(scene.ask(Opcode::i32_store, 0, 0x77777777).has_value());
}

TEST(Provenance, LocalsThatABlockLeavesAloneKeepTheirOrigin) {
  Scene scene{R"((module (memory 1) (func (param i32) (local $p i32) (local $i i32)
    (local.set $p (i32.load (local.get 0)))
    (loop $l
      (block $b (br_if $b (local.get $i)) (local.set $i (i32.const 1)))
      (i32.store (i32.add (local.get $p) (local.get $i)) (i32.const 1))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l)))))"};
  scene.locals = {{0, 0x20}, {1, 0x66660000}, {2, 3}};
  scene.memory = {{0x20, 0x66660000}};
  auto const found = scene.ask(Opcode::i32_store, 0, 0x66660003);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 0x20u);
  EXPECT_TRUE(found->loads[0].is_confirmed);
}

TEST(Provenance, OfUnoptimisedCode) {
  // clang -O0 copies everything through locals of their own.
  Scene scene{R"((module (memory 1) (global (mut i32) (i32.const 0x8000)) (func (local i32 i32 i32 i32 i32)
    (local.set 0 (global.get 0)) (local.set 1 (i32.const 16)) (local.set 2 (i32.sub (local.get 0) (local.get 1)))
    (local.set 3 (i32.load offset=12 (local.get 2)))
    (local.set 4 (i32.load offset=4 (local.get 3))))))"};
  scene.locals = {{0, 0x8000}, {1, 16}, {2, 0x7ff0}, {3, 0xABABABAB}};
  scene.memory = {{0x7ffc, 0xABABABAB}};
  auto const found = scene.ask(Opcode::i32_load, 1, 0xABABABAB);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->loads[0].address, 0x7ffcu);
}

TEST(Provenance, OffsetsThatAreNoInstruction) {
  Scene const scene{free_list};
  auto const offset = scene.offset_of(Opcode::i32_load, 1);
  EXPECT_FALSE(find_provenance(scene.module, {0, offset + 1, 0, {}}, scene.values).has_value());
  EXPECT_FALSE(find_provenance(scene.module, {0, 0xFFFFFFFF, 0, {}}, scene.values).has_value());
  EXPECT_FALSE(find_provenance(scene.module, {7, offset, 0, {}}, scene.values).has_value());
}

TEST(Provenance, DeepTermsAndNestsAreBounded) {
  // A sum of 30,000 terms, and blocks nested so deeply that following their assignments would be quadratic.
  std::string sum = "(local.get 0)";
  std::string body = "local.get 0 ";
  for (int i = 0; i < 30000; ++i) {
    body += "local.get 0 i32.add ";
  }
  Scene const deep{"(module (memory 1) (func (param i32) " + body + " i32.load drop))"};
  EXPECT_TRUE(deep.ask(Opcode::i32_load, 0, 1).has_value()) << "as far as it looks, it is the parameter";
  std::string nest = "(module (memory 1) (func (param i32) (local i32) ";
  for (int i = 0; i < 20000; ++i) {
    nest += "block local.get 0 br_if 0 local.get 0 local.set 1 ";
  }
  for (int i = 0; i < 20000; ++i) {
    nest += "end ";
  }
  Scene const nested{nest + "local.get 1 i32.load drop))"};
  EXPECT_FALSE(nested.ask(Opcode::i32_load, 0, 1).has_value());
}

// Changed bytes make bodies that no validator has seen: whatever they are, an answer comes.
TEST(Provenance, BodiesThatAreInvalid) {
  for (std::uint32_t seed = 7000; seed < 8000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    auto bytes = test::binary_of(free_list);
    auto const body = test::decoded(bytes).bodies[0].code;
    for (int i = 0; i < 4; ++i) {
      bytes[body.offset + 1 + random() % (body.size - 1)] = static_cast<std::uint8_t>(random());
    }
    auto const module = test::decoded(bytes);
    Scene const scene{free_list};
    for (std::uint32_t offset = body.offset; offset < body.offset + body.size; ++offset) {
      auto const found = find_provenance(module, {0, offset, 0, 5}, scene.values);
      EXPECT_TRUE(!found.has_value() || !found->how.empty());
    }
  }
}

} // namespace
} // namespace weir::diagnose
