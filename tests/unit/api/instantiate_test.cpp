// Instantiation that goes wrong (group D of the hostile inputs).
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class InstantiateTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, InstantiateTest, testing::ValuesIn(backends()), backend_name);

TEST_P(InstantiateTest, DataOutOfBoundsTrapsAndEarlierWritesStay) {
  Store store{engine_};
  Linker linker{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  ASSERT_TRUE(ok(linker.define("env", "m", memory)));
  auto const result = linker.instantiate(store, module(R"((module (import "env" "m" (memory 1))
    (data (i32.const 10) "first") (data (i32.const 65534) "abc") (data (i32.const 20) "never")))"));
  EXPECT_TRUE(traps(result, TrapReason::out_of_bounds_memory));
  EXPECT_TRUE(fails(result, ErrorKind::trap, "data segment 1 puts 3 bytes at 0xfffe"));
  EXPECT_EQ(*memory.read_string(store, 10, 5), "first");
  EXPECT_EQ(*memory.read_string(store, 20, 5), std::string(5, '\0'));
  EXPECT_EQ(*memory.read_string(store, 65534, 2), std::string(2, '\0')) << "no partial write";
}

TEST_P(InstantiateTest, NegativeOffsetsAreHuge) {
  Store store{engine_};
  Linker linker{engine_};
  EXPECT_TRUE(traps(linker.instantiate(store, module(R"((module (memory 1) (data (i32.const -1) "a")))")),
                    TrapReason::out_of_bounds_memory));
  EXPECT_TRUE(traps(linker.instantiate(store, module(R"((module (table 1 funcref) (func $f)
    (elem (i32.const -1) $f)))")),
                    TrapReason::out_of_bounds_table));
  EXPECT_TRUE(ok(linker.instantiate(store, module(R"((module (memory 1) (data (i32.const 65536) "")))"))))
      << "nothing at the end is inside";
  EXPECT_TRUE(traps(linker.instantiate(store, module(R"((module (memory 1) (data (i32.const 65537) "")))")),
                    TrapReason::out_of_bounds_memory));
  EXPECT_TRUE(ok(linker.instantiate(store, module("(module (table 1 funcref) (elem (i32.const 1)))"))));
  EXPECT_TRUE(traps(linker.instantiate(store, module("(module (table 1 funcref) (elem (i32.const 2)))")),
                    TrapReason::out_of_bounds_table));
}

TEST_P(InstantiateTest, FunctionsOfAFailedInstanceStayCallable) {
  Store store{engine_};
  Linker linker{engine_};
  auto const table = *Table::create(store, {.limits = {4, 4}}, Func{});
  ASSERT_TRUE(ok(linker.define("env", "t", table)));
  auto const elements = linker.instantiate(store, module(R"((module (import "env" "t" (table 4 funcref))
    (memory 1) (func $f (result i32) (i32.store (i32.const 0) (i32.const 5)) (i32.load (i32.const 0)))
    (elem (i32.const 0) $f) (elem (i32.const 4) $f)))"));
  EXPECT_TRUE(traps(elements, TrapReason::out_of_bounds_table));
  EXPECT_EQ(*table.get(store, 0)->funcref()->typed<std::int32_t()>(store)->call(store), 5);

  auto const start = linker.instantiate(store, module(R"((module (import "env" "t" (table 4 funcref))
    (global $g (mut i32) (i32.const 0))
    (func $f (result i32) (global.get $g))
    (func $start (global.set $g (i32.const 6)) (table.set (i32.const 1) (ref.func $f)) unreachable)
    (elem declare func $f) (start $start)))"));
  EXPECT_TRUE(traps(start, TrapReason::unreachable));
  EXPECT_EQ(*table.get(store, 1)->funcref()->typed<std::int32_t()>(store)->call(store), 6);
}

TEST_P(InstantiateTest, RecursiveStart) {
  Store store{engine_};
  Linker linker{engine_};
  std::optional<Module> self;
  int depth = 0;
  ASSERT_TRUE(ok(linker.func("env", "again", [&](Caller& caller) -> Result<void> {
    ++depth;
    auto it = linker.instantiate(caller, *self);
    if (!it.has_value()) {
      return std::unexpected(std::move(it).error());
    }
    return {};
  })));
  self = module(R"((module (import "env" "again" (func $again)) (func $start (call $again)) (start $start)))");
  auto const result = linker.instantiate(store, *self);
  EXPECT_TRUE(traps(result, TrapReason::call_stack_exhausted));
  EXPECT_TRUE(fails(result, ErrorKind::exhausted));
  EXPECT_GT(depth, 10);
  EXPECT_LT(depth, 1000);
  EXPECT_TRUE(ok(linker.instantiate(store, module("(module (func $s) (start $s))")))) << "the store stays usable";
}

TEST_P(InstantiateTest, StartFunctionsRun) {
  Store store{engine_};
  Linker linker{engine_};
  int calls = 0;
  ASSERT_TRUE(ok(linker.func("env", "tick", [&] { ++calls; })));
  EXPECT_TRUE(ok(linker.instantiate(store, module(R"((module (import "env" "tick" (func $t)) (start $t)))"))));
  EXPECT_EQ(calls, 1) << "an imported start function";
}

TEST_P(InstantiateTest, InitialValues) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.define("env", "base", *Global::create(store, {ValType::i32(), false}, 100))));
  auto const it = instance(store, R"((module
    (import "env" "base" (global $base i32))
    (memory (export "m") 1)
    (table (export "t") 3 funcref)
    (func $f (export "f"))
    (global (export "copy") i32 (global.get $base))
    (global (export "ref") funcref (ref.func $f))
    (global (export "null") externref (ref.null extern))
    (global (export "f64") f64 (f64.const -0.5))
    (data (global.get $base) "hi")
    (elem (i32.const 1) funcref (ref.func $f) (ref.null func))))",
                           linker);
  EXPECT_EQ(*it.get_global(store, "copy")->get(store), Val{100});
  EXPECT_EQ(*it.get_global(store, "f64")->get(store), Val{-0.5});
  EXPECT_EQ(*it.get_global(store, "null")->get(store), Val{ExternRef{}});
  auto const f = *it.get_func(store, "f");
  EXPECT_EQ(*it.get_global(store, "ref")->get(store), Val{f});
  EXPECT_EQ(*it.get_memory(store, "m")->read_string(store, 100, 2), "hi");
  auto const table = *it.get_table(store, "t");
  EXPECT_EQ(*table.get(store, 0), Val{Func{}});
  EXPECT_EQ(*table.get(store, 1), Val{f});
  EXPECT_EQ(*table.get(store, 2), Val{Func{}});
}

TEST_P(InstantiateTest, PassiveSegmentsAreThereEvenWhenAnEarlierActiveOneFails) {
  Store store{engine_};
  Linker linker{engine_};
  auto const table = *Table::create(store, {.limits = {2, 2}}, Func{});
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  ASSERT_TRUE(ok(linker.define("env", "t", table)));
  ASSERT_TRUE(ok(linker.define("env", "m", memory)));
  auto const result = linker.instantiate(store, module(R"((module
    (import "env" "t" (table 2 funcref)) (import "env" "m" (memory 1))
    (func $f (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 4)))
    (elem (i32.const 0) $f)
    (data (i32.const 65536) "x") (data "late")))"));
  EXPECT_TRUE(traps(result, TrapReason::out_of_bounds_memory));
  EXPECT_TRUE(ok(table.get(store, 0)->funcref()->call(store, {})));
  EXPECT_EQ(*memory.read_string(store, 0, 4), "late");
}

TEST_P(InstantiateTest, DroppedSegments) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory 1) (table 2 funcref) (func $f)
    (data $d "abc") (elem $e func $f)
    (func (export "data") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "drop_data") (data.drop $d))
    (func (export "elem") (param i32) (table.init $e (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "drop_elem") (elem.drop $e))))");
  auto const data = func<void(std::int32_t)>(store, it, "data");
  EXPECT_TRUE(ok(data.call(store, 3)));
  EXPECT_TRUE(traps(data.call(store, 4), TrapReason::out_of_bounds_memory));
  EXPECT_TRUE(ok(func<void()>(store, it, "drop_data").call(store)));
  EXPECT_TRUE(ok(data.call(store, 0)));
  EXPECT_TRUE(traps(data.call(store, 1), TrapReason::out_of_bounds_memory));
  auto const elem = func<void(std::int32_t)>(store, it, "elem");
  EXPECT_TRUE(ok(elem.call(store, 1)));
  EXPECT_TRUE(ok(func<void()>(store, it, "drop_elem").call(store)));
  EXPECT_TRUE(traps(elem.call(store, 1), TrapReason::out_of_bounds_table));
}

} // namespace
} // namespace weir::test
