// Calls between host and guest: types, arguments, results, errors.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class CallTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, CallTest, testing::ValuesIn(backends()), backend_name);

TEST_P(CallTest, EveryNumberTypeBothWays) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (func (export "i32") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "i64") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
    (func (export "f32") (param f32) (result f32) (f32.neg (local.get 0)))
    (func (export "f64") (param f64) (result f64) (f64.neg (local.get 0)))
    (func (export "mixed") (param i32 f64 i64 f32) (result f32 i64 f64 i32)
      local.get 3 local.get 2 local.get 1 local.get 0)))");
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "i32").call(store, 41), 42);
  EXPECT_EQ(*func<std::uint32_t(std::uint32_t)>(store, it, "i32").call(store, 0xFFFFFFFFu), 0u);
  EXPECT_EQ(*func<std::int64_t(std::int64_t)>(store, it, "i64").call(store, -1), 0);
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t)>(store, it, "i64").call(store, 0xFFFFFFFFu), 0x100000000u);
  EXPECT_EQ(*func<float(float)>(store, it, "f32").call(store, 1.5f), -1.5f);
  EXPECT_EQ(*func<double(double)>(store, it, "f64").call(store, 0.0), -0.0);
  using Four = std::tuple<float, std::int64_t, double, std::int32_t>;
  auto const mixed = func<Four(std::int32_t, double, std::int64_t, float)>(store, it, "mixed");
  EXPECT_EQ(*mixed.call(store, -7, 2.5, std::int64_t{1} << 40, 0.25f), (Four{0.25f, std::int64_t{1} << 40, 2.5, -7}));
}

// Numbers of 32 bits are compared by handlers of 64: wherever one comes from, its upper half is zero.
TEST_P(CallTest, MinusOneIsTheSameWhereverItComesFrom) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "minus_one", [] { return std::int32_t{-1}; })));
  auto const it = instance(store, R"((module
    (import "env" "minus_one" (func $host (result i32)))
    (memory 1 1) (table 1 1 funcref) (data (i32.const 0) "\ff\ff\ff\ff")
    (global $global (export "global") (mut i32) (i32.const 0))
    (func $same (param i32 i32) (result i32)
      (i32.and (i32.eqz (i32.or (i32.ne (local.get 0) (local.get 1)) (i32.xor (local.get 0) (local.get 1))))
               (i32.and (i32.ge_u (local.get 0) (local.get 1)) (i32.eqz (i32.lt_u (local.get 0) (local.get 1))))))
    (func (export "count") (param $x i32) (result i32)
      (call $same (local.get $x) (call $host))
      (i32.add (call $same (local.get $x) (global.get $global)))
      (i32.add (call $same (local.get $x) (memory.grow (i32.const 1))))
      (i32.add (call $same (local.get $x) (table.grow (ref.null func) (i32.const 1))))
      (i32.add (call $same (local.get $x) (i32.load8_s (i32.const 0))))
      (i32.add (call $same (local.get $x) (i32.load16_s (i32.const 0))))
      (i32.add (call $same (local.get $x) (i32.extend8_s (i32.const 255))))
      (i32.add (call $same (local.get $x) (i32.wrap_i64 (i64.const -1))))
      (i32.add (call $same (local.get $x) (i32.trunc_f64_s (f64.const -1))))
      (i32.add (call $same (local.get $x) (i32.sub (i32.const 0) (i32.const 1))))
      (i32.add (call $same (local.get $x) (i32.shr_s (i32.const 0x80000000) (i32.const 31))))
      (i32.add (call $same (local.get $x) (i32.const -1))))))",
                           linker);
  ASSERT_TRUE(ok(it.get_global(store, "global")->set(store, std::int32_t{-1})));
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "count").call(store, -1), 12);
  auto const results = it.get_func(store, "count")->call(store, {std::int32_t{-1}});
  ASSERT_TRUE(ok(results));
  EXPECT_EQ(results->front().bits(), 12u);
}

TEST_P(CallTest, NaNPayloadsSurvive) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (func (export "f32") (param f32) (result f32) local.get 0)
    (func (export "f64") (param f64) (result f64) local.get 0)))");
  auto const f32 = it.get_func(store, "f32")->call(store, {Val::f32_bits(0x7FA12345)});
  ASSERT_TRUE(ok(f32));
  EXPECT_EQ(f32->front().bits(), 0x7FA12345u);
  auto const f64 = it.get_func(store, "f64")->call(store, {Val::f64_bits(0xFFF4000000000001)});
  ASSERT_TRUE(ok(f64));
  EXPECT_EQ(f64->front().bits(), 0xFFF4000000000001u);
}

TEST_P(CallTest, DynamicCallsCheckCountAndTypes) {
  Store store{engine_};
  auto const it = instance(store, R"((module (func (export "f") (param i32 i64) (result i64)
    (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))))");
  auto const f = *it.get_func(store, "f");
  EXPECT_EQ(f.call(store, {Val{2}, Val{std::int64_t{3}}})->front(), Val{std::int64_t{5}});
  EXPECT_TRUE(fails(f.call(store, {Val{2}}), ErrorKind::usage, "takes 2 arguments, got 1"));
  EXPECT_TRUE(fails(f.call(store, {Val{2}, Val{3}, Val{4}}), ErrorKind::usage, "got 3"));
  EXPECT_TRUE(
      fails(f.call(store, {Val{2}, Val{3}}), ErrorKind::usage, "argument 2: expected a value of type i64, got i32"));
  std::array<Val, 2> two;
  std::array<Val, 2> const args{Val{1}, Val{std::int64_t{1}}};
  EXPECT_TRUE(fails(f.call(store, args, two), ErrorKind::usage, "1 results"));
  EXPECT_TRUE(fails(f.call(store, args, std::span<Val>{}), ErrorKind::usage));
  EXPECT_TRUE(ok(f.call(store, args, std::span{two}.first(1))));
  EXPECT_EQ(two[0], Val{std::int64_t{2}});
}

TEST_P(CallTest, TypedFunctionsAreCheckedOnce) {
  Store store{engine_};
  auto const it = instance(store, R"((module (func (export "f") (param i32) (result i64) i64.const 1)))");
  EXPECT_TRUE(ok(it.get_typed_func<std::int64_t(std::int32_t)>(store, "f")));
  EXPECT_TRUE(fails(it.get_typed_func<std::int32_t(std::int32_t)>(store, "f"), ErrorKind::usage,
                    "the function has type [i32] -> [i64], not [i32] -> [i32]"));
  EXPECT_TRUE(fails(it.get_typed_func<void()>(store, "f"), ErrorKind::usage));
  EXPECT_TRUE(fails(it.get_typed_func<void()>(store, "g"), ErrorKind::usage, "no export \"g\"; it exports \"f\""));
}

TEST_P(CallTest, LambdasOfManyShapes) {
  Store store{engine_};
  Linker linker{engine_};
  int calls = 0;
  ASSERT_TRUE(ok(linker.func("env", "nothing", [&] { ++calls; })));
  ASSERT_TRUE(ok(linker.func("env", "sum", [](std::int32_t a, std::int64_t b, float c, double d) {
    return static_cast<double>(a) + static_cast<double>(b) + static_cast<double>(c) + d;
  })));
  ASSERT_TRUE(
      ok(linker.func("env", "pair", [](Caller&, std::uint32_t a) { return std::tuple{a + 1, std::uint64_t{a} * 2}; })));
  ASSERT_TRUE(ok(linker.func("env", "maybe", [](std::int32_t a) -> Result<std::int32_t> {
    if (a < 0) {
      return std::unexpected(Error{ErrorKind::host, "negative"});
    }
    return a * 2;
  })));
  ASSERT_TRUE(ok(linker.func("env", "mutable", [n = 10]() mutable noexcept { return n++; })));
  ASSERT_TRUE(ok(linker.func("env", "pointer", +[](std::int32_t a) { return -a; })));
  auto const it = instance(store, R"((module
    (import "env" "nothing" (func $nothing))
    (import "env" "sum" (func $sum (param i32 i64 f32 f64) (result f64)))
    (import "env" "pair" (func $pair (param i32) (result i32 i64)))
    (import "env" "maybe" (func $maybe (param i32) (result i32)))
    (import "env" "mutable" (func $mutable (result i32)))
    (import "env" "pointer" (func $pointer (param i32) (result i32)))
    (func (export "nothing") call $nothing call $nothing)
    (func (export "sum") (result f64) (call $sum (i32.const 1) (i64.const 2) (f32.const 0.5) (f64.const 0.25)))
    (func (export "pair") (param i32) (result i64) (local i64)
      (call $pair (local.get 0)) local.set 1 i64.extend_i32_u local.get 1 i64.add)
    (func (export "maybe") (param i32) (result i32) (i32.add (i32.const 100) (call $maybe (local.get 0))))
    (func (export "mutable") (result i32) (i32.add (i32.mul (i32.const 100) (call $mutable)) (call $mutable)))
    (func (export "pointer") (result i32) (call $pointer (i32.const 5)))))",
                           linker);
  EXPECT_TRUE(ok(func<void()>(store, it, "nothing").call(store)));
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(*func<double()>(store, it, "sum").call(store), 3.75);
  EXPECT_EQ(*func<std::int64_t(std::int32_t)>(store, it, "pair").call(store, 10), 31);
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "maybe").call(store, 4), 108);
  EXPECT_TRUE(fails(func<std::int32_t(std::int32_t)>(store, it, "maybe").call(store, -1), ErrorKind::host, "negative"));
  EXPECT_EQ(*func<std::int32_t()>(store, it, "mutable").call(store), 1011);
  EXPECT_EQ(*func<std::int32_t()>(store, it, "pointer").call(store), -5);
}

TEST_P(CallTest, HostErrorsBecomeTrapsWithABacktrace) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "fail", []() -> Result<void> {
    return std::unexpected(Error{ErrorKind::host, "the printer is out of paper"});
  })));
  auto const it = instance(store, R"((module
    (import "env" "fail" (func $fail))
    (func $inner (call $fail))
    (func $outer (export "run") (call $inner))
    (func (export "seven") (result i32) i32.const 7)))",
                           linker);
  auto const result = func<void()>(store, it, "run").call(store);
  EXPECT_TRUE(fails(result, ErrorKind::host, "the printer is out of paper"));
  ASSERT_TRUE(traps(result, TrapReason::host_error));
  auto const frames = result.error().trap()->frames();
  ASSERT_EQ(frames.size(), 3u) << result.error().trap()->report();
  EXPECT_TRUE(frames[0].is_host);
  EXPECT_EQ(frames[0].name, "env.fail");
  EXPECT_EQ(frames[1].name, "inner");
  EXPECT_EQ(frames[2].name, "outer");
  EXPECT_EQ(*func<std::int32_t()>(store, it, "seven").call(store), 7) << "the instance stays usable";
}

TEST_P(CallTest, ExceptionsAreCaughtAtTheBoundary) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "throw", [](std::int32_t what) {
    if (what == 0) {
      throw std::runtime_error{"thrown on purpose"};
    }
    if (what == 1) {
      throw 42;
    }
    throw std::bad_alloc{};
  })));
  auto const it = instance(store, R"((module (import "env" "throw" (func $throw (param i32)))
    (func (export "run") (param i32) (call $throw (local.get 0)))))",
                           linker);
  auto const run = func<void(std::int32_t)>(store, it, "run");
  EXPECT_TRUE(fails(run.call(store, 0), ErrorKind::host, "thrown on purpose"));
  EXPECT_TRUE(fails(run.call(store, 1), ErrorKind::host, "not a std::exception"));
  EXPECT_TRUE(fails(run.call(store, 2), ErrorKind::out_of_memory));
  auto const direct = Func::wrap(store, []() -> std::int32_t { throw std::runtime_error{"direct"}; });
  ASSERT_TRUE(ok(direct));
  EXPECT_TRUE(fails(direct->call(store, {}), ErrorKind::host, "direct"));
}

TEST_P(CallTest, DynamicHostFunctions) {
  Store store{engine_};
  Linker linker{engine_};
  FuncType const type{{ValType::i32(), ValType::f64()}, {ValType::f64(), ValType::i32()}};
  ASSERT_TRUE(ok(
      linker.func("env", "swap", type, [](Caller&, std::span<Val const> args, std::span<Val> results) -> Result<void> {
        EXPECT_EQ(results[0], Val{0.0}) << "results arrive as defaults";
        results[0] = args[1];
        results[1] = args[0];
        return {};
      })));
  ASSERT_TRUE(ok(linker.func("env", "wrong", FuncType{{}, {ValType::i32()}},
                             [](Caller&, std::span<Val const>, std::span<Val> results) -> Result<void> {
                               results[0] = 1.0;
                               return {};
                             })));
  auto const it = instance(store, R"((module
    (import "env" "swap" (func $swap (param i32 f64) (result f64 i32)))
    (import "env" "wrong" (func $wrong (result i32)))
    (func (export "swap") (result f64 i32) (call $swap (i32.const 3) (f64.const 1.5)))
    (func (export "wrong") (result i32) (call $wrong))))",
                           linker);
  EXPECT_EQ(*it.get_func(store, "swap")->call(store, {}), (std::vector<Val>{1.5, 3}));
  EXPECT_TRUE(fails(it.get_func(store, "wrong")->call(store, {}), ErrorKind::usage,
                    "result 1: expected a value of type i32, got f64"));
}

TEST_P(CallTest, ManyParametersAndResults) {
  Store store{engine_};
  constexpr int count = 40;
  std::string types;
  std::string gets;
  for (int i = 0; i < count; ++i) {
    types += " i32";
    gets += " local.get " + std::to_string(count - 1 - i);
  }
  Linker linker{engine_};
  std::vector<ValType> const many(count, ValType::i32());
  ASSERT_TRUE(ok(linker.func("env", "reverse", FuncType{many, many},
                             [](Caller&, std::span<Val const> args, std::span<Val> results) -> Result<void> {
                               std::ranges::reverse_copy(args, results.begin());
                               return {};
                             })));
  auto const it =
      instance(store,
               "(module (import \"env\" \"reverse\" (func $h (param" + types + ") (result" + types +
                   "))) (func (export \"f\") (param" + types + ") (result" + types + ")" + gets +
                   ") (func (export \"g\") (param" + types + ") (result" + types + ")" + gets + " call $h))",
               linker);
  std::vector<Val> args;
  for (int i = 0; i < count; ++i) {
    args.emplace_back(i);
  }
  auto reversed = args;
  std::ranges::reverse(reversed);
  EXPECT_EQ(*it.get_func(store, "f")->call(store, args), reversed);
  EXPECT_EQ(*it.get_func(store, "g")->call(store, args), args);
}

TEST_P(CallTest, VectorsCrossBetweenHostFunctions) {
  Store store{engine_};
  auto const swap = Func::wrap(store, [](V128 a, std::int32_t n, V128 b) { return std::tuple{b, n, a}; });
  ASSERT_TRUE(ok(swap));
  V128 one;
  one.bytes.fill(1);
  V128 two;
  two.bytes[15] = 2;
  auto const typed = swap->typed<std::tuple<V128, std::int32_t, V128>(V128, std::int32_t, V128)>(store);
  ASSERT_TRUE(ok(typed));
  EXPECT_EQ(*typed->call(store, one, 9, two), (std::tuple{two, 9, one}));
  EXPECT_EQ(*swap->call(store, {one, 9, two}), (std::vector<Val>{two, 9, one}));
}

TEST_P(CallTest, FunctionReferences) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "same", [](Func f) { return f; })));
  auto const it = instance(store, R"((module
    (import "env" "same" (func $same (param funcref) (result funcref)))
    (table $t 2 funcref)
    (elem declare func $five)
    (func $five (export "five") (result i32) i32.const 5)
    (func (export "get") (result funcref) (call $same (ref.func $five)))
    (func (export "null") (result i32) (ref.is_null (call $same (ref.null func))))
    (func (export "call") (param funcref) (result i32)
      (table.set $t (i32.const 0) (call $same (local.get 0)))
      (call_indirect $t (result i32) (i32.const 0)))))",
                           linker);
  auto const five = *func<Func()>(store, it, "get").call(store);
  EXPECT_EQ(five, *it.get_func(store, "five"));
  EXPECT_EQ(*five.typed<std::int32_t()>(store)->call(store), 5);
  EXPECT_EQ(*func<std::int32_t()>(store, it, "null").call(store), 1);
  auto const call = func<std::int32_t(Func)>(store, it, "call");
  EXPECT_EQ(*call.call(store, five), 5);
  EXPECT_EQ(*call.call(store, *Func::wrap(store, [] { return 17; })), 17) << "host functions are functions too";
  EXPECT_TRUE(traps(call.call(store, Func{}), TrapReason::uninitialized_element));
  EXPECT_TRUE(traps(call.call(store, *Func::wrap(store, [] {})), TrapReason::indirect_call_type_mismatch));
  Store other{engine_};
  EXPECT_TRUE(fails(call.call(store, *Func::wrap(other, [] { return 1; })), ErrorKind::usage, "another store"));
}

TEST_P(CallTest, HostObjectsAreFinalisedOnce) {
  struct Counter {
    explicit Counter(int& n) : count(&n) {}
    Counter(Counter&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
    Counter& operator=(Counter&&) = delete;
    ~Counter() {
      if (count != nullptr) {
        ++*count;
      }
    }
    int* count;
  };
  int finalised = 0;
  ExternRef kept;
  {
    Store store{engine_};
    auto const it = instance(store, R"((module
      (global $g (mut externref) (ref.null extern))
      (func (export "set") (param externref) (global.set $g (local.get 0)))
      (func (export "get") (result externref) (global.get $g))
      (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))))");
    auto const set = func<void(ExternRef)>(store, it, "set");
    auto const get = func<ExternRef()>(store, it, "get");
    ASSERT_TRUE(ok(set.call(store, ExternRef::make(Counter{finalised}))));
    auto const again = *get.call(store);
    EXPECT_NE(again.get<Counter>(), nullptr);
    EXPECT_EQ(again.get<int>(), nullptr) << "another type";
    ASSERT_TRUE(ok(set.call(store, again)));
    EXPECT_EQ(*get.call(store), again) << "the same object";
    kept = again;
    ASSERT_TRUE(ok(set.call(store, ExternRef{})));
    EXPECT_TRUE(get.call(store)->is_null());
    auto const is_null = func<std::int32_t(ExternRef)>(store, it, "is_null");
    EXPECT_EQ(*is_null.call(store, ExternRef{}), 1);
    EXPECT_EQ(*is_null.call(store, ExternRef::make(0)), 0);
    EXPECT_EQ(finalised, 0);
  }
  EXPECT_EQ(finalised, 0) << "the host still holds it";
  kept = {};
  EXPECT_EQ(finalised, 1);
}

TEST_P(CallTest, Text) {
  EXPECT_EQ(to_string(Val{-1}), "i32:-1");
  EXPECT_EQ(to_string(Val{std::int64_t{7}}), "i64:7");
  EXPECT_EQ(to_string(Val{1.5f}), "f32:1.5");
  EXPECT_EQ(to_string(Val{-std::numeric_limits<double>::infinity()}), "f64:-inf");
  EXPECT_EQ(to_string(Val::f32_bits(0xFFC00001)), "f32:-nan:0x400001");
  EXPECT_EQ(to_string(Val{Func{}}), "funcref:null");
  EXPECT_EQ(to_string(Val{ExternRef::make(1)}), "externref:object");
}

} // namespace
} // namespace weir::test
