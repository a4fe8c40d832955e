// Linker, InstancePre and the types of imports.
#include <array>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class LinkTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, LinkTest, testing::ValuesIn(backends()), backend_name);

// The same global under two names: what is written by one is read by the other, in code that keeps globals in
// registers.
TEST_P(LinkTest, TwoImportedGlobalsMayBeOne) {
  auto const counting = module(R"((module
    (import "env" "a" (global $a (mut i32)))
    (import "env" "b" (global $b (mut i32)))
    (func (export "count") (param $n i32) (result i32)
      (loop $next
        (global.set $a (i32.add (global.get $a) (i32.const 1)))
        (global.set $b (i32.add (global.get $b) (i32.const 2)))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (global.get $a))))");
  Store store{engine_};
  Linker linker{engine_};
  auto const one = *Global::create(store, {ValType::i32(), true}, 100);
  ASSERT_TRUE(ok(linker.define("env", "a", one)));
  ASSERT_TRUE(ok(linker.define("env", "b", one)));
  auto const instance = *linker.instantiate(store, counting);
  auto const count = *instance.get_typed_func<std::int32_t(std::int32_t)>(store, "count");
  EXPECT_EQ(*count.call(store, 10), 130);
  EXPECT_EQ(one.get(store)->i32(), 130);
}

// Own globals lie in an array of the instance, imported ones elsewhere; each is reached by another way.
TEST_P(LinkTest, OwnAndImportedGlobalsAreToldApart) {
  Store store{engine_};
  Linker linker{engine_};
  auto const exporting = module(R"((module
    (global (export "i") (mut i32) (i32.const 1)) (global (export "f") (mut f64) (f64.const 2))
    (global (export "c") i64 (i64.const 3))))");
  auto const exporter = *linker.instantiate(store, exporting);
  ASSERT_TRUE(ok(linker.instance(store, "env", exporter)));
  auto const using_both = module(R"((module
    (import "env" "i" (global $i (mut i32))) (import "env" "f" (global $f (mut f64))) (import "env" "c" (global $c i64))
    (global $own_i (export "own_i") (mut i32) (i32.const 10)) (global $own_f (export "own_f") (mut f64) (f64.const 20))
    (global $own_c (mut i64) (global.get $c))
    (func (export "straight")
      (global.set $i (i32.add (global.get $i) (global.get $own_i)))
      (global.set $own_i (i32.mul (global.get $own_i) (i32.const 3)))
      (global.set $f (f64.add (global.get $f) (global.get $own_f)))
      (global.set $own_f (f64.add (global.get $own_f) (f64.const 0.5)))
      (global.set $own_c (i64.add (global.get $own_c) (global.get $c))))
    (func (export "loop") (param $n i32)
      (loop $again
        (global.set $i (i32.add (global.get $i) (i32.const 2)))
        (global.set $own_i (i32.add (global.get $own_i) (i32.wrap_i64 (global.get $c))))
        (global.set $own_f (f64.add (global.get $own_f) (global.get $f)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "sum") (result i64)
      (i64.add (i64.add (global.get $c) (global.get $own_c)) (i64.extend_i32_u (i32.add (global.get $i) (global.get $own_i)))))))");
  auto const user = *linker.instantiate(store, using_both);
  auto const value = [&](Instance const& instance, char const* name) {
    return *instance.get_global(store, name)->get(store);
  };
  ASSERT_TRUE(ok(user.get_typed_func<void()>(store, "straight")->call(store)));
  EXPECT_EQ(value(exporter, "i").i32(), 11);
  EXPECT_EQ(value(user, "own_i").i32(), 30);
  EXPECT_EQ(value(exporter, "f").f64(), 22.0);
  EXPECT_EQ(value(user, "own_f").f64(), 20.5);
  ASSERT_TRUE(ok(user.get_typed_func<void(std::int32_t)>(store, "loop")->call(store, 5)));
  EXPECT_EQ(value(exporter, "i").i32(), 21);
  EXPECT_EQ(value(user, "own_i").i32(), 45);
  EXPECT_EQ(value(exporter, "f").f64(), 22.0);
  EXPECT_EQ(value(user, "own_f").f64(), 130.5);
  EXPECT_EQ(*user.get_typed_func<std::int64_t()>(store, "sum")->call(store), 3 + 6 + 21 + 45);
}

TEST_P(LinkTest, EveryProblemIsListed) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "log", [](std::int64_t) {})));
  ASSERT_TRUE(ok(linker.define("env", "memory", *Memory::create(store, {.limits = {1, 2}}))));
  ASSERT_TRUE(ok(linker.define("env", "counter", *Global::create(store, {ValType::i32(), true}, 1))));
  auto const needy = module(R"((module
    (import "env" "log" (func (param i32)))
    (import "env" "gone" (func (param f32) (result f64)))
    (import "other" "table" (table 3 funcref))
    (import "env" "memory" (memory 2))))");
  auto const result = linker.instantiate(store, needy);
  ASSERT_TRUE(fails(result, ErrorKind::link));
  EXPECT_EQ(result.error().message(),
            "incompatible import type: \"env\" \"log\" is func [i64] -> []; expected func [i32] -> []\n"
            "unknown import: \"env\" \"gone\" is not defined; expected func [f32] -> [f64]\n"
            "unknown import: \"other\" \"table\" is not defined; expected table 3.. funcref");
  auto const sizes = module(R"((module (import "env" "memory" (memory 2)) (import "env" "counter" (global i32))))");
  auto const second = linker.instantiate(store, sizes);
  ASSERT_TRUE(fails(second, ErrorKind::link));
  EXPECT_EQ(second.error().message(),
            "incompatible import type: \"env\" \"memory\" is memory 1..2 pages; expected memory 2.. pages\n"
            "incompatible import type: \"env\" \"counter\" is global (mut i32); expected global i32");
  EXPECT_TRUE(fails(linker.instantiate(store, module(R"((module (import "env" "log" (memory 1))))")), ErrorKind::link,
                    "is func [i64] -> []; expected memory 1.. pages"));
  EXPECT_TRUE(fails(linker.instantiate(store, module(R"((module (import "env" "memory" (func))))")), ErrorKind::link,
                    "is a memory; expected func"));
}

TEST_P(LinkTest, SizesAreThoseOfTheMoment) {
  Store store{engine_};
  Linker linker{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 5}});
  ASSERT_TRUE(ok(linker.define("env", "memory", memory)));
  auto const needs_three = module(R"((module (import "env" "memory" (memory 3 5))))");
  auto const pre = linker.instantiate_pre(needs_three);
  ASSERT_TRUE(ok(pre)) << "what depends on the store is checked later";
  EXPECT_TRUE(fails(pre->instantiate(store), ErrorKind::link, "memory 1..5 pages"));
  ASSERT_TRUE(ok(memory.grow(store, 2)));
  EXPECT_TRUE(ok(pre->instantiate(store)));
  EXPECT_TRUE(
      fails(linker.instantiate(store, module(R"((module (import "env" "memory" (memory 1 4))))")), ErrorKind::link));
}

TEST_P(LinkTest, InstancesByName) {
  Store store{engine_};
  Linker linker{engine_};
  auto const provider = instance(store, R"((module (func (export "two") (result i32) i32.const 2)
    (global (export "g") (mut i32) (i32.const 40)) (memory (export "m") 1) (table (export "t") 1 funcref)))",
                                 linker);
  ASSERT_TRUE(ok(linker.instance(store, "provider", provider)));
  auto const user = instance(store, R"((module
    (import "provider" "two" (func $two (result i32))) (import "provider" "g" (global $g (mut i32)))
    (import "provider" "m" (memory 1)) (import "provider" "t" (table 1 funcref))
    (func (export "run") (result i32) (i32.add (call $two) (global.get $g)))))",
                             linker);
  auto const run = func<std::int32_t()>(store, user, "run");
  EXPECT_EQ(*run.call(store), 42);
  ASSERT_TRUE(ok(provider.get_global(store, "g")->set(store, 0)));
  EXPECT_EQ(*run.call(store), 2);
}

TEST_P(LinkTest, ShadowingAndAliases) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("a", "f", [] { return 1; })));
  EXPECT_TRUE(fails(linker.func("a", "f", [] { return 2; }), ErrorKind::link, "\"a\" \"f\" is defined already"));
  ASSERT_TRUE(ok(linker.alias("a", "f", "b", "g")));
  ASSERT_TRUE(ok(linker.alias_module("a", "c")));
  EXPECT_TRUE(fails(linker.alias("x", "f", "y", "f"), ErrorKind::link, "not defined"));
  EXPECT_TRUE(fails(linker.alias_module("x", "y"), ErrorKind::link));
  EXPECT_TRUE(fails(linker.alias("a", "f", "b", "g"), ErrorKind::link));
  linker.allow_shadowing(true);
  ASSERT_TRUE(ok(linker.func("a", "f", [] { return 2; })));
  auto const call = [&](std::string_view module, std::string_view name) {
    return std::get<Func>(**linker.get(store, module, name)).typed<std::int32_t()>(store)->call(store);
  };
  EXPECT_EQ(*call("a", "f"), 2);
  EXPECT_EQ(*call("b", "g"), 1) << "an alias keeps what it was made of";
  EXPECT_EQ(*call("c", "f"), 1);
  EXPECT_EQ(linker.get(store, "a", "nothing")->has_value(), false);
}

TEST_P(LinkTest, UnknownImportsAsTraps) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "known", [] { return 7; })));
  auto const needy = module(R"((module
    (import "env" "known" (func $known (result i32))) (import "env" "gone" (func $gone (param i32) (result i32)))
    (func (export "known") (result i32) (call $known)) (func (export "gone") (result i32) (call $gone (i32.const 1)))))");
  ASSERT_TRUE(ok(linker.define_unknown_imports_as_traps(needy)));
  auto const it = linker.instantiate(store, needy);
  ASSERT_TRUE(ok(it));
  EXPECT_EQ(*func<std::int32_t()>(store, *it, "known").call(store), 7);
  auto const gone = func<std::int32_t()>(store, *it, "gone").call(store);
  EXPECT_TRUE(traps(gone, TrapReason::host_error));
  EXPECT_TRUE(fails(gone, ErrorKind::link, "\"env\" \"gone\" is not defined"));
}

TEST_P(LinkTest, InstancePreServesManyStores) {
  Linker linker{engine_};
  int calls = 0;
  ASSERT_TRUE(ok(linker.func("env", "tick", [&] { ++calls; })));
  auto const pre = linker.instantiate_pre(module(R"((module (import "env" "tick" (func $tick)) (memory 1)
    (global $g (mut i32) (i32.const 0))
    (func (export "run") (result i32) (call $tick) (global.set $g (i32.add (global.get $g) (i32.const 1)))
      (global.get $g))))"));
  ASSERT_TRUE(ok(pre));
  for (int i = 0; i < 20; ++i) {
    Store store{engine_};
    for (int j = 0; j < 2; ++j) {
      auto const it = pre->instantiate(store);
      ASSERT_TRUE(ok(it));
      EXPECT_EQ(*func<std::int32_t()>(store, *it, "run").call(store), 1);
    }
  }
  EXPECT_EQ(calls, 40);
  EXPECT_TRUE(
      fails(linker.instantiate_pre(module(R"((module (import "a" "b" (func))))")), ErrorKind::link, "unknown import"));
}

TEST_P(LinkTest, ObjectsOfAnotherStoreDoNotLink) {
  Store store{engine_};
  Store other{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.define("env", "memory", *Memory::create(other, {.limits = {1, 1}}))));
  auto const needy = module(R"((module (import "env" "memory" (memory 1))))");
  EXPECT_TRUE(fails(linker.instantiate(store, needy), ErrorKind::usage, "another store"));
  EXPECT_TRUE(ok(linker.instantiate(other, needy)));
  EXPECT_TRUE(fails(linker.get(store, "env", "memory"), ErrorKind::usage));
}

TEST_P(LinkTest, ImportsInOrder) {
  Store store{engine_};
  auto const needy = module(R"((module (import "a" "b" (func $f (result i32))) (import "c" "d" (memory 1))
    (func (export "run") (result i32) (call $f))))");
  auto const f = *Func::wrap(store, [] { return 5; });
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  auto const it = Instance::create(store, needy, std::array<Extern, 2>{f, memory});
  ASSERT_TRUE(ok(it));
  EXPECT_EQ(*func<std::int32_t()>(store, *it, "run").call(store), 5);
  EXPECT_TRUE(fails(Instance::create(store, needy, {}), ErrorKind::usage, "has 2 imports, and 0 were given"));
  EXPECT_TRUE(fails(Instance::create(store, needy, std::array<Extern, 2>{memory, f}), ErrorKind::link));
  EXPECT_TRUE(fails(Instance::create(store, needy, std::array<Extern, 2>{Func{}, memory}), ErrorKind::usage));
}

TEST_P(LinkTest, HostFunctionsAreDestroyedOnceWithTheirLastUser) {
  auto const counted = std::make_shared<int>(0);
  {
    Store store{engine_};
    {
      Linker linker{engine_};
      ASSERT_TRUE(ok(linker.func("env", "f", [counted] { return ++*counted; })));
      EXPECT_FALSE(linker.func("env", "f", [counted] {}).has_value());
      EXPECT_EQ(counted.use_count(), 2);
      auto const it = instance(store, R"((module (import "env" "f" (func $f (result i32)))
        (func (export "run") (result i32) (call $f))))",
                               linker);
      EXPECT_EQ(*func<std::int32_t()>(store, it, "run").call(store), 1);
    }
    EXPECT_EQ(counted.use_count(), 2) << "the store keeps it";
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_P(LinkTest, NamesAreShownHarmlessly) {
  Store store{engine_};
  Linker linker{engine_};
  auto const result = linker.instantiate(store, module("(module (import \"\\1b[31m\" \"\\0a\" (func)))"));
  ASSERT_TRUE(fails(result, ErrorKind::link));
  for (char const c : result.error().message()) {
    EXPECT_GE(c, ' ');
  }
}

} // namespace
} // namespace weir::test
