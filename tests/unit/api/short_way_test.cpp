// Calls of the host go a short way if nothing has to be done before: each reason to go the long way, met where calls
// went the short one before, and what calls of either way leave to the next.
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class ShortWayTest : public ApiTest {
 protected:
  // A store whose stack is mapped and whose functions are translated: calls of `add` have nothing to be done before.
  void warm_up(Engine const& engine, StoreLimits const& limits = {}) {
    Linker linker{engine};
    ASSERT_TRUE(ok(linker.func("env", "out", [this](Caller& caller) { out_(caller); })));
    auto made = Module::from_wat(engine, R"((module
      (import "env" "out" (func $out))
      (memory (export "memory") 1)
      (data (i32.const 16) "0123456789abcdef")
      (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1)))
      (func (export "text") (result i32) (i32.const 16))
      (func (export "trap") (drop (i32.load (i32.const 65536))))
      (func (export "grow") (result i32) (memory.grow (i32.const 1)))
      (func (export "out") (call $out))))");
    ASSERT_TRUE(ok(made));
    store_ = std::make_unique<Store>(engine, limits);
    auto it = linker.instantiate(*store_, *made);
    ASSERT_TRUE(ok(it));
    it_ = *it;
    add_ = func<std::uint64_t(std::uint32_t, std::uint64_t)>(*store_, it_, "add");
    for (int i = 0; i < 3; ++i) {
      expect_sum();
    }
  }

  void expect_sum() {
    auto const sum = add_.call(*store_, 0xFFFFFFFF, 1);
    ASSERT_TRUE(ok(sum));
    EXPECT_EQ(*sum, 0x100000000u);
  }
  auto call(std::string_view name) { return func<void()>(*store_, it_, name).call(*store_); }

  std::function<void(Caller&)> out_ = [](Caller&) {};
  std::unique_ptr<Store> store_;
  Instance it_;
  TypedFunc<std::uint64_t(std::uint32_t, std::uint64_t)> add_;
};
INSTANTIATE_TEST_SUITE_P(Backends, ShortWayTest, testing::ValuesIn(backends()), backend_name);

TEST_P(ShortWayTest, AnInterruptionStopsTheNextCallOnly) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  auto const handle = *store_->interrupt_handle();
  for (int i = 0; i < 2; ++i) {
    handle.interrupt();
    EXPECT_TRUE(traps(add_.call(*store_, 1, 2), TrapReason::interrupted));
    expect_sum();
  }
}

TEST_P(ShortWayTest, ADeadlineThatPassedStopsAllCalls) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  ASSERT_TRUE(ok(store_->set_deadline(std::chrono::steady_clock::now() - std::chrono::seconds{1})));
  EXPECT_TRUE(traps(add_.call(*store_, 1, 2), TrapReason::deadline_reached));
  EXPECT_TRUE(traps(add_.call(*store_, 1, 2), TrapReason::deadline_reached));
  ASSERT_TRUE(ok(store_->clear_deadline()));
  expect_sum();
}

TEST_P(ShortWayTest, ReadOnlyDataIsLookedAtFromWhenItIsAskedFor) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  auto const memory = *it_.get_memory(*store_, "memory");
  ASSERT_TRUE(ok(store_->set_read_only_data(ReadOnlyData::trap)));
  ASSERT_TRUE(ok(memory.declare_read_only(*store_, 16, 16)));
  expect_sum();
  ASSERT_TRUE(ok(memory.write(*store_, 20, std::as_bytes(std::span{"x", 1}))));
  EXPECT_TRUE(traps(add_.call(*store_, 1, 2), TrapReason::read_only_data));
  ASSERT_TRUE(ok(store_->set_read_only_data(ReadOnlyData::off)));
  expect_sum();
}

TEST_P(ShortWayTest, ReadOnlyDataByTheConfig) {
  Engine const engine{Config{}.backend(GetParam()).read_only_data(ReadOnlyData::trap).host_writes(HostWrites::off)};
  ASSERT_NO_FATAL_FAILURE(warm_up(engine));
  auto const memory = *it_.get_memory(*store_, "memory");
  ASSERT_TRUE(ok(memory.declare_read_only(*store_, 16, 16)));
  ASSERT_TRUE(ok(memory.write(*store_, 20, std::as_bytes(std::span{"x", 1}))));
  EXPECT_TRUE(traps(add_.call(*store_, 1, 2), TrapReason::read_only_data));
}

TEST_P(ShortWayTest, WhatWasRefusedIsForgottenByTheNextCall) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_, {.memory_size = 65536}));
  auto const memory = *it_.get_memory(*store_, "memory");
  auto const grow = func<std::int32_t()>(*store_, it_, "grow");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(*grow.call(*store_), -1);
    EXPECT_EQ(memory.refused_growths(*store_)->size(), 1u);
    expect_sum();
    EXPECT_TRUE(memory.refused_growths(*store_)->empty());
  }
}

TEST_P(ShortWayTest, NoCallsAtAll) {
  Engine const engine{Config{}.backend(GetParam()).max_recursion_depth(0)};
  auto const made = Module::from_wat(engine, R"((module (func (export "f"))))");
  Store store{engine};
  auto const it = Linker{engine}.instantiate(store, *made);
  ASSERT_TRUE(ok(it));
  auto const f = func<void()>(store, *it, "f");
  EXPECT_TRUE(traps(f.call(store), TrapReason::call_stack_exhausted));
  EXPECT_TRUE(traps(f.call(store), TrapReason::call_stack_exhausted));
}

// One page of stack: 512 slots where pages have 4 KiB.
TEST_P(ShortWayTest, AStackThatHoldsSomeArgumentsOnly) {
  Engine const engine{Config{}.backend(GetParam()).max_stack_bytes(1)};
  Store store{engine};
  std::string params;
  for (int i = 0; i < 1000; ++i) {
    params += " i64";
  }
  auto const made = Module::from_wat(engine,
                                     "(module (func (export \"few\") (param i32) (result i32) (local.get 0))"
                                     "(func (export \"many\") (param" +
                                         params + ")))");
  ASSERT_TRUE(ok(made));
  auto const it = Linker{engine}.instantiate(store, *made);
  ASSERT_TRUE(ok(it));
  auto const few = func<std::int32_t(std::int32_t)>(store, *it, "few");
  auto const many = *it->get_func(store, "many");
  std::vector<Val> const args(1000, Val::default_of(ValType::i64()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*few.call(store, 7 + i), 7 + i);
    EXPECT_TRUE(traps(many.call(store, args, {}), TrapReason::call_stack_exhausted));
  }
}

TEST_P(ShortWayTest, FunctionsOfTheHost) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  auto const host = Func::wrap(*store_, [](std::int32_t n) { return n + 1; });
  ASSERT_TRUE(ok(host));
  auto const next = host->typed<std::int32_t(std::int32_t)>(*store_);
  ASSERT_TRUE(ok(next));
  EXPECT_EQ(*next->call(*store_, 41), 42);
  expect_sum();
  EXPECT_EQ(*next->call(*store_, 42), 43);
}

TEST_P(ShortWayTest, NothingIsLeftByATrap) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  for (int i = 0; i < 3; ++i) {
    auto const failed = call("trap");
    ASSERT_TRUE(traps(failed, TrapReason::out_of_bounds_memory));
    EXPECT_EQ(failed.error().trap()->frames().size(), 1u);
    expect_sum();
  }
  ASSERT_TRUE(ok(it_.reset(*store_))) << "no call is active";
  expect_sum();
}

TEST_P(ShortWayTest, CallsAreActiveWhileTheyRun) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  int outs = 0;
  out_ = [&](Caller& caller) {
    EXPECT_TRUE(fails(it_.reset(caller), ErrorKind::usage, "active"));
    EXPECT_EQ(add_.call(caller, 1, 2).value_or(0), 3u); // within a call
    auto const failed = func<void()>(caller, it_, "trap").call(caller);
    ASSERT_TRUE(traps(failed, TrapReason::out_of_bounds_memory));
    auto const frames = failed.error().trap()->frames();
    EXPECT_EQ(frames.size(), 3u); // trap, the host's, out
    EXPECT_EQ(add_.call(caller, 1, 2).value_or(0), 3u);
    ++outs;
  };
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(ok(call("out")));
    expect_sum();
  }
  EXPECT_EQ(outs, 2);
}

TEST_P(ShortWayTest, AStoreThatIsDestroyedMeanwhile) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  auto const held = std::make_shared<int>(1);
  store_->set_data(std::shared_ptr<int>{held});
  out_ = [&](Caller&) { store_.reset(); };
  auto const out = func<void()>(*store_, it_, "out");
  EXPECT_TRUE(fails(out.call(*store_), ErrorKind::usage, "destroyed"));
  EXPECT_EQ(store_, nullptr);
  EXPECT_EQ(held.use_count(), 1) << "the store is gone";
}

TEST_P(ShortWayTest, AnotherThreadIsToldFromWithin) {
  ASSERT_NO_FATAL_FAILURE(warm_up(engine_));
  out_ = [&](Caller&) {
    std::thread{[&] { EXPECT_TRUE(fails(add_.call(*store_, 1, 2), ErrorKind::usage, "another thread")); }}.join();
  };
  ASSERT_TRUE(ok(call("out")));
  std::thread{[&] { expect_sum(); }}.join(); // nobody is inside any more
  expect_sum();
}

TEST_P(ShortWayTest, FuelIsRightBehindEveryWay) {
  Engine const engine{Config{}.backend(GetParam()).consume_fuel(true)};
  auto const made = Module::from_wat(engine, R"((module
    (func (export "three") (nop) (nop) (nop))
    (func (export "trap") (nop) (unreachable))))");
  Store store{engine};
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  auto const it = Linker{engine}.instantiate(store, *made);
  ASSERT_TRUE(ok(it));
  auto const three = func<void()>(store, *it, "three");
  auto const trap = func<void()>(store, *it, "trap");
  ASSERT_TRUE(ok(three.call(store)));
  std::uint64_t const one = 1000 - *store.fuel();
  ASSERT_TRUE(ok(three.call(store)));
  ASSERT_TRUE(ok(three.call(store)));
  EXPECT_EQ(*store.fuel(), 1000 - 3 * one);
  EXPECT_TRUE(traps(trap.call(store), TrapReason::unreachable));
  std::uint64_t const by_trap = 1000 - 3 * one - *store.fuel();
  EXPECT_TRUE(traps(trap.call(store), TrapReason::unreachable));
  ASSERT_TRUE(ok(three.call(store)));
  EXPECT_EQ(*store.fuel(), 1000 - 4 * one - 2 * by_trap);
  ASSERT_TRUE(ok(store.set_fuel(one)));
  ASSERT_TRUE(ok(three.call(store)));
  EXPECT_TRUE(traps(three.call(store), TrapReason::out_of_fuel));
  EXPECT_EQ(*store.fuel(), 0u);
}

// A trap of another instance leaves the instances that called on the stack of contexts: calls that follow must not.
TEST_P(ShortWayTest, TrapsInOtherInstances) {
  Store store{engine_};
  auto const inner = instance(store, R"((module (memory 1)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))))");
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.instance(store, "inner", inner)));
  auto const outer = instance(store, R"((module (import "inner" "load" (func $load (param i32) (result i32)))
    (memory 2)
    (func (export "call") (param i32) (result i32) (i32.add (call $load (local.get 0)) (i32.load (i32.const 65536))))
    (func (export "own") (result i32) (i32.load (i32.const 131068)))))",
                              linker);
  auto const call = func<std::int32_t(std::int32_t)>(store, outer, "call");
  auto const own = func<std::int32_t()>(store, outer, "own");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*call.call(store, 8), 0);
    auto const failed = call.call(store, 65536);
    ASSERT_TRUE(traps(failed, TrapReason::out_of_bounds_memory));
    ASSERT_EQ(failed.error().trap()->frames().size(), 2u);
    EXPECT_EQ(*own.call(store), 0) << "of its own memory";
  }
}

} // namespace
} // namespace weir::test
