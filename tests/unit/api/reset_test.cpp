// Instance::reset: what it puts back, what it leaves alone, and when it refuses.
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class ResetTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ResetTest, testing::ValuesIn(backends()), backend_name);

constexpr char everything[] = R"((module
  (memory (export "m") 1 40)
  (table (export "t") 2 8 funcref)
  (global (export "g") (mut i32) (i32.const 7))
  (global $hidden (mut i64) (i64.const 9))
  (func $f (export "f") (result i32) (i32.const 5))
  (func $other (result i32) (i32.const 6))
  (data (i32.const 100) "first")
  (data $passive "later")
  (elem (i32.const 1) $f)
  (elem $elements func $other $f)
  (func (export "spoil") (result i32) (local $end i32)
    (drop (memory.grow (i32.const 30)))
    (memory.fill (i32.const 0) (i32.const 0xFF) (i32.mul (memory.size) (i32.const 65536)))
    (global.set 0 (i32.const -1))
    (global.set $hidden (i64.const -1))
    (drop (table.grow (ref.func $other) (i32.const 3)))
    (table.set (i32.const 0) (ref.func $other))
    (table.set (i32.const 1) (ref.null func))
    (data.drop $passive)
    (elem.drop $elements)
    (memory.size))
  (func (export "use_segments") (result i32)
    (memory.init $passive (i32.const 200) (i32.const 0) (i32.const 5))
    (table.init $elements (i32.const 0) (i32.const 0) (i32.const 2))
    (call_indirect (result i32) (i32.const 0)))
  (func (export "hidden") (result i64) (global.get $hidden))
  (func (export "size") (result i32) (memory.size))
  (func (export "last") (param i32) (result i32) (i32.load8_u (local.get 0)))))";

TEST_P(ResetTest, PutsBackWhatTheModuleDefines) {
  Store store{engine_};
  auto const it = instance(store, everything);
  auto const memory = *it.get_memory(store, "m");
  auto const table = *it.get_table(store, "t");
  auto const f = *it.get_func(store, "f");
  auto const spoil = func<std::int32_t()>(store, it, "spoil");
  auto const use_segments = func<std::int32_t()>(store, it, "use_segments");
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(*spoil.call(store), 31);
    ASSERT_TRUE(traps(use_segments.call(store), TrapReason::out_of_bounds_memory)) << "they were dropped";
    ASSERT_TRUE(ok(it.reset(store)));
    EXPECT_EQ(*memory.pages(store), 1U);
    EXPECT_EQ(*memory.read_string(store, 98, 9), std::string("\0\0first\0\0", 9));
    EXPECT_EQ(*memory.read_string(store, 0, 98), std::string(98, '\0'));
    EXPECT_EQ(*memory.read_string(store, 105, 65536 - 105), std::string(65536 - 105, '\0'));
    EXPECT_EQ(*it.get_global(store, "g")->get(store), Val{7});
    EXPECT_EQ(*func<std::int64_t()>(store, it, "hidden").call(store), 9);
    EXPECT_EQ(*table.size(store), 2U);
    EXPECT_EQ(*table.get(store, 0), Val{Func{}});
    EXPECT_EQ(*table.get(store, 1), Val{f});
    EXPECT_EQ(*func<std::int32_t()>(store, it, "size").call(store), 1) << "guest code sees the size too";
    EXPECT_TRUE(traps(func<std::int32_t(std::int32_t)>(store, it, "last").call(store, 65536),
                      TrapReason::out_of_bounds_memory));
    EXPECT_EQ(*use_segments.call(store), 6);
    EXPECT_EQ(*memory.read_string(store, 200, 5), "later");
    EXPECT_EQ(*f.typed<std::int32_t()>(store)->call(store), 5) << "handles stay good";
  }
}

TEST_P(ResetTest, GrowsWithZerosAfterwards) {
  Store store{engine_};
  auto const it = instance(store, everything);
  auto const memory = *it.get_memory(store, "m");
  ASSERT_TRUE(ok(func<std::int32_t()>(store, it, "spoil").call(store)));
  ASSERT_TRUE(ok(it.reset(store)));
  EXPECT_EQ(*memory.grow(store, 39), 1U);
  auto const text = *memory.read_string(store, 65536, 39 * 65536);
  EXPECT_EQ(text.find_first_not_of('\0'), std::string::npos);
}

TEST_P(ResetTest, GivesBackWhatLimitsCount) {
  Store store{engine_, StoreLimits{.total_memory = 32 * 65536}};
  auto const it = instance(store, everything);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(*func<std::int32_t()>(store, it, "spoil").call(store), 31) << "round " << round;
    ASSERT_TRUE(ok(it.reset(store)));
  }
}

TEST_P(ResetTest, RunsTheStartFunctionAgain) {
  Store store{engine_};
  Linker linker{engine_};
  std::vector<std::int32_t> seen;
  ASSERT_TRUE(ok(linker.func("env", "tell", [&](std::int32_t x) { seen.push_back(x); })));
  auto const it = instance(store, R"((module (import "env" "tell" (func $tell (param i32)))
    (global $g (export "g") (mut i32) (i32.const 1))
    (memory (export "m") 1) (data (i32.const 0) "\01")
    (func $start (global.set $g (i32.add (global.get $g) (i32.load8_u (i32.const 0)))) (call $tell (global.get $g))
      (if (i32.eq (i32.load8_u (i32.const 1)) (i32.const 1)) (then unreachable)))
    (start $start)))",
                           linker);
  ASSERT_TRUE(ok(it.get_memory(store, "m")->write(store, 0, "\x05\x01")));
  EXPECT_TRUE(ok(it.reset(store)));
  EXPECT_EQ(seen, (std::vector<std::int32_t>{2, 2})) << "after memory and globals were put back";
}

TEST_P(ResetTest, AStartFunctionThatTrapsIsTheError) {
  Store store{engine_};
  Linker linker{engine_};
  bool refuse = false;
  ASSERT_TRUE(ok(linker.func("env", "may", [&]() -> std::int32_t { return refuse ? 0 : 1; })));
  auto const it = instance(store, R"((module (import "env" "may" (func $may (result i32)))
    (global $g (export "g") (mut i32) (i32.const 1))
    (func $start (global.set $g (i32.const 2)) (if (i32.eqz (call $may)) (then unreachable)))
    (start $start)))",
                           linker);
  refuse = true;
  EXPECT_TRUE(traps(it.reset(store), TrapReason::unreachable));
  EXPECT_EQ(*it.get_global(store, "g")->get(store), Val{2});
  refuse = false;
  EXPECT_TRUE(ok(it.reset(store)));
}

TEST_P(ResetTest, LeavesAloneWhatIsImported) {
  Store store{engine_};
  Linker linker{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 2}});
  auto const table = *Table::create(store, {.limits = {2, 4}}, Func{});
  auto const global = *Global::create(store, {ValType::i32(), true}, 3);
  ASSERT_TRUE(ok(linker.define("env", "m", memory)));
  ASSERT_TRUE(ok(linker.define("env", "t", table)));
  ASSERT_TRUE(ok(linker.define("env", "g", global)));
  auto const it = instance(store, R"((module (import "env" "m" (memory 1)) (import "env" "t" (table 2 funcref))
    (import "env" "g" (global (mut i32)))
    (table $own 1 funcref) (func $f) (data (i32.const 0) "abc") (elem (table 0) (i32.const 0) func $f)
    (elem (table $own) (i32.const 0) func $f)))",
                           linker);
  ASSERT_EQ(*memory.read_string(store, 0, 3), "abc");
  ASSERT_TRUE(ok(memory.write(store, 0, "xyz")));
  ASSERT_TRUE(ok(memory.grow(store, 1)));
  ASSERT_TRUE(ok(table.set(store, 0, Func{})));
  ASSERT_TRUE(ok(global.set(store, 4)));
  ASSERT_TRUE(ok(it.reset(store)));
  EXPECT_EQ(*memory.read_string(store, 0, 3), "xyz");
  EXPECT_EQ(*memory.pages(store), 2U);
  EXPECT_EQ(*table.get(store, 0), Val{Func{}});
  EXPECT_EQ(*global.get(store), Val{4});
}

TEST_P(ResetTest, OthersThatImportSeeIt) {
  Store store{engine_};
  Linker linker{engine_};
  auto const owner = instance(store, everything);
  ASSERT_TRUE(ok(linker.instance(store, "owner", owner)));
  auto const user = instance(store, R"((module (import "owner" "m" (memory 1))
    (func (export "size") (result i32) (memory.size))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))))",
                             linker);
  ASSERT_TRUE(ok(func<std::int32_t()>(store, owner, "spoil").call(store)));
  ASSERT_EQ(*func<std::int32_t()>(store, user, "size").call(store), 31);
  ASSERT_TRUE(ok(owner.reset(store)));
  EXPECT_EQ(*func<std::int32_t()>(store, user, "size").call(store), 1);
  auto const load = func<std::int32_t(std::int32_t)>(store, user, "load");
  EXPECT_EQ(*load.call(store, 100), 'f');
  EXPECT_TRUE(traps(load.call(store, 65536), TrapReason::out_of_bounds_memory));
}

TEST_P(ResetTest, RefusesWhereItCannotBe) {
  Store store{engine_};
  Linker linker{engine_};
  Instance it;
  Result<void> inside;
  ASSERT_TRUE(ok(linker.func("env", "reset", [&](Caller& caller) { inside = it.reset(caller); })));
  it = instance(store, R"((module (import "env" "reset" (func $reset)) (memory (export "m") 1)
    (func (export "f") (call $reset))))",
                linker);
  ASSERT_TRUE(ok(func<void()>(store, it, "f").call(store)));
  EXPECT_TRUE(fails(inside, ErrorKind::usage, "while a call into its store is active"));
  auto const memory = *it.get_memory(store, "m");
  ASSERT_TRUE(ok(memory.with_mutable(store, 0, 4, [&](std::span<std::byte>) { inside = it.reset(store); })));
  EXPECT_TRUE(fails(inside, ErrorKind::usage, "with_mutable gives access to its memory 0"));
  EXPECT_TRUE(ok(it.reset(store)));
  Store other{engine_};
  EXPECT_TRUE(fails(it.reset(other), ErrorKind::usage));
  EXPECT_TRUE(fails(Instance{}.reset(store), ErrorKind::usage));
}

TEST_P(ResetTest, ViewsBecomeStale) {
  Store store{engine_};
  auto const it = instance(store, everything);
  auto const memory = *it.get_memory(store, "m");
  auto const view = *memory.view(store);
  ASSERT_TRUE(ok(it.reset(store)));
  EXPECT_FALSE(view.is_valid());
  EXPECT_TRUE(fails(view.bytes(), ErrorKind::usage, "was reset"));
  auto const newer = *memory.view(store);
  EXPECT_TRUE(newer.is_valid());
  ASSERT_TRUE(ok(memory.grow(store, 1)));
  EXPECT_TRUE(fails(newer.bytes(), ErrorKind::usage, "has grown"));
}

TEST_P(ResetTest, ForgetsWhatTheHostMayWriteTo) {
  Store store{engine_};
  ASSERT_TRUE(ok(store.set_host_writes(HostWrites::deny)));
  auto const it = instance(store, everything);
  auto const memory = *it.get_memory(store, "m");
  ASSERT_TRUE(ok(memory.allow_host_writes(store, 300, 8)));
  ASSERT_TRUE(ok(memory.write(store, 300, "x")));
  ASSERT_TRUE(ok(it.reset(store)));
  EXPECT_FALSE(memory.write(store, 300, "x").has_value());
}

} // namespace
} // namespace weir::test
