// Fuel, deadlines, interruption.
#include <chrono>
#include <thread>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class FuelTest : public ApiTest {
 protected:
  FuelTest() : ApiTest(Config{}.consume_fuel(true)) {}

  static constexpr std::string_view loops = R"((module (memory 16384)
    (func (export "count") (param i32) (result i32) (local i32)
      (block (loop (br_if 1 (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (local.set 1 (i32.add (local.get 1) (i32.const 3))) (br 0)))
      (local.get 1))
    (func $forever (export "forever") (loop (br 0)))
    (func $some (param i32) (if (local.get 0) (then (nop) (return))))
    (func (export "call") (param i32) (result i32)
      (loop (call $some (local.get 0)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 0))
    (func $recurse (export "recurse") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
        (else (i32.add (i32.const 1) (call $recurse (i32.sub (local.get 0) (i32.const 1)))))))
    (func (export "straight") (result i32) (i32.add (i32.const 1) (i32.const 2)))
    (func (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x40000000)))))";
};
INSTANTIATE_TEST_SUITE_P(Backends, FuelTest, testing::ValuesIn(backends()), backend_name);

TEST_P(FuelTest, IsCountedInInstructions) {
  Store store{engine_};
  auto const it = instance(store, loops);
  auto const straight = func<std::int32_t()>(store, it, "straight");
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  EXPECT_EQ(*straight.call(store), 3);
  EXPECT_EQ(1000 - *store.fuel(), 3u) << "i32.const, i32.const, i32.add; the end is no instruction that counts";
}

// The call from the host goes to the instance that waits, by another one, for the host function to return.
TEST_P(FuelTest, IsRightBehindACallFromTheHostIntoAnInstanceThatWaits) {
  Store store{engine_};
  Linker linker{engine_};
  Instance outer;
  int marks = 0;
  ASSERT_TRUE(ok(linker.func("env", "again", [&](Caller& caller) {
    EXPECT_TRUE(ok(outer.get_typed_func<void()>(caller, "leaf")->call(caller)));
    EXPECT_EQ(caller.backtrace().size(), 3u) << "the host function, $middle, run";
  })));
  ASSERT_TRUE(ok(linker.func("env", "mark", [&](Caller& caller) {
    ++marks;
    EXPECT_EQ(1000 - *caller.fuel(), 5u) << "run: call, call; $middle: call; leaf: i32.const, drop";
    auto const frames = caller.backtrace();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].name, "env.mark");
    EXPECT_EQ(frames[1].name, "run");
  })));
  auto const middle = instance(store, R"((module (import "env" "again" (func $again))
    (func $middle (export "middle") (call $again))))",
                               linker);
  ASSERT_TRUE(ok(linker.instance(store, "b", middle)));
  outer = instance(store, R"((module (import "b" "middle" (func $middle)) (import "env" "mark" (func $mark))
    (func (export "leaf") (drop (i32.const 1)))
    (func (export "run") (call $middle) (call $mark))))",
                   linker);
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  EXPECT_TRUE(ok(func<void()>(store, outer, "run").call(store)));
  EXPECT_EQ(marks, 1);
  EXPECT_EQ(1000 - *store.fuel(), 5u);
}

TEST_P(FuelTest, ZeroFuelRunsNothing) {
  Store store{engine_};
  auto const it = instance(store, loops);
  EXPECT_EQ(*store.fuel(), 0u) << "a store starts without";
  auto const result = func<std::int32_t()>(store, it, "straight").call(store);
  EXPECT_TRUE(traps(result, TrapReason::out_of_fuel));
  EXPECT_TRUE(fails(result, ErrorKind::exhausted, "out of fuel"));
}

TEST_P(FuelTest, TheSameFuelStopsAtTheSamePoint) {
  Store store{engine_};
  auto const it = instance(store, loops);
  auto const count = func<std::int32_t(std::int32_t)>(store, it, "count");
  auto const recurse = func<std::int32_t(std::int32_t)>(store, it, "recurse");
  auto const call = func<std::int32_t(std::int32_t)>(store, it, "call");
  for (std::uint64_t const plenty : {std::uint64_t{1000}, std::uint64_t{10000000}}) {
    ASSERT_TRUE(ok(store.set_fuel(plenty)));
    ASSERT_TRUE(ok(count.call(store, 50)));
    std::uint64_t const needed = plenty - *store.fuel();
    ASSERT_TRUE(ok(store.set_fuel(needed)));
    EXPECT_TRUE(ok(count.call(store, 50))) << "exactly enough";
    EXPECT_EQ(*store.fuel(), 0u);
    ASSERT_TRUE(ok(store.set_fuel(needed - 1)));
    EXPECT_TRUE(traps(count.call(store, 50), TrapReason::out_of_fuel)) << "one too little";
  }
  // Linear in the work: deterministic to the instruction.
  auto const cost = [&](auto const& f, std::int32_t n) {
    EXPECT_TRUE(ok(store.set_fuel(100000000)));
    EXPECT_TRUE(ok(f.call(store, n)));
    return 100000000 - *store.fuel();
  };
  auto const one = cost(count, 1) - cost(count, 0);
  EXPECT_EQ(cost(count, 100000) - cost(count, 0), 100000 * one);
  auto const deeper = cost(recurse, 1) - cost(recurse, 0);
  EXPECT_EQ(cost(recurse, 1000) - cost(recurse, 0), 1000 * deeper);
  // So many that the budget is refilled at calls and at returns too, which then charge again.
  auto const again = cost(call, 2) - cost(call, 1);
  EXPECT_EQ(cost(call, 1000001) - cost(call, 1), 1000000 * again);
}

TEST_P(FuelTest, IsTheSameOnEveryBackend) {
  std::vector<std::uint64_t> spent;
  for (auto const backend : backends()) {
    Engine const engine{Config{}.consume_fuel(true).backend(backend)};
    Store store{engine};
    Linker linker{engine};
    auto const it = linker.instantiate(store, *Module::from_wat(engine, loops));
    ASSERT_TRUE(ok(store.set_fuel(1000000)));
    ASSERT_TRUE(ok(func<std::int32_t(std::int32_t)>(store, *it, "count").call(store, 1234)));
    ASSERT_TRUE(ok(func<std::int32_t(std::int32_t)>(store, *it, "recurse").call(store, 321)));
    spent.push_back(1000000 - *store.fuel());
  }
  for (auto const each : spent) {
    EXPECT_EQ(each, spent.front());
  }
}

TEST_P(FuelTest, StopsEndlessLoopsAndLongFills) {
  Store store{engine_};
  auto const it = instance(store, loops);
  ASSERT_TRUE(ok(store.set_fuel(5000000)));
  EXPECT_TRUE(traps(func<void()>(store, it, "forever").call(store), TrapReason::out_of_fuel));
  EXPECT_EQ(*store.fuel(), 0u);
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  EXPECT_TRUE(traps(func<void()>(store, it, "fill").call(store), TrapReason::out_of_fuel));
}

TEST_P(FuelTest, HostFunctionsSeeAndSetIt) {
  Store store{engine_};
  Linker linker{engine_};
  std::uint64_t seen = 0;
  ASSERT_TRUE(ok(linker.func("env", "look", [&](Caller& caller) { seen = *caller.fuel(); })));
  ASSERT_TRUE(ok(linker.func("env", "refuel", [](Caller& caller) { EXPECT_TRUE(ok(caller.set_fuel(500))); })));
  auto const it = instance(store, R"((module (import "env" "look" (func $look)) (import "env" "refuel" (func $refuel))
    (func (export "look") (call $look)) (func (export "refuel") (call $refuel))))",
                           linker);
  ASSERT_TRUE(ok(store.set_fuel(100)));
  ASSERT_TRUE(ok(func<void()>(store, it, "look").call(store)));
  EXPECT_EQ(seen, 99u) << "after the call instruction";
  EXPECT_EQ(*store.fuel(), 99u) << "the end of the function costs nothing";
  ASSERT_TRUE(ok(func<void()>(store, it, "refuel").call(store)));
  EXPECT_EQ(*store.fuel(), 500u);
}

TEST_P(FuelTest, NestedCallsSpendFromTheSameTank) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "nest", [](Caller& caller, std::int32_t n) -> Result<std::int32_t> {
    return caller.get_func("count")->typed<std::int32_t(std::int32_t)>(caller)->call(caller, n);
  })));
  auto const it = instance(store, R"((module (import "env" "nest" (func $nest (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $nest (local.get 0)))
    (func (export "count") (param i32) (result i32)
      (block (loop (br_if 1 (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))
      (local.get 0))))",
                           linker);
  auto const cost = [&](std::string_view name, std::int32_t n) {
    EXPECT_TRUE(ok(store.set_fuel(10000000)));
    EXPECT_TRUE(ok(func<std::int32_t(std::int32_t)>(store, it, name).call(store, n)));
    return 10000000 - *store.fuel();
  };
  EXPECT_EQ(cost("run", 100000), cost("count", 100000) + 2) << "local.get and call";
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  EXPECT_TRUE(traps(func<std::int32_t(std::int32_t)>(store, it, "run").call(store, 100000), TrapReason::out_of_fuel));
}

// The budget goes along into other instances, and is there where a trap or an error of the host ends the call.
TEST_P(FuelTest, NothingIsLostAcrossInstancesTrapsAndErrors) {
  Store store{engine_};
  Linker linker{engine_};
  auto const lib = instance(store, R"((module
    (func $spin (export "spin") (param i32)
      (block (loop (br_if 1 (i32.eqz (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0))))
    (func (export "fail") (param i32) (call $spin (local.get 0)) unreachable)))");
  ASSERT_TRUE(ok(linker.instance(store, "lib", lib)));
  ASSERT_TRUE(ok(linker.func("env", "refuse", [](Caller& caller) -> Result<void> {
    EXPECT_TRUE(ok(caller.set_fuel(77)));
    return std::unexpected(Error{ErrorKind::host, "no"});
  })));
  auto const it = instance(store, R"((module
    (import "lib" "spin" (func $spin (param i32))) (import "lib" "fail" (func $fail (param i32)))
    (import "env" "refuse" (func $refuse))
    (func (export "spin") (param i32) (call $spin (local.get 0)) (call $spin (local.get 0)))
    (func (export "fail") (param i32) (call $spin (local.get 0)) (call $fail (local.get 0)))
    (func (export "refuse") (param i32) (call $spin (local.get 0)) (call $refuse))))",
                           linker);
  auto const cost = [&](Instance const& of, std::string_view name, std::int32_t n) {
    EXPECT_TRUE(ok(store.set_fuel(10000000)));
    static_cast<void>(func<void(std::int32_t)>(store, of, name).call(store, n));
    return 10000000 - *store.fuel();
  };
  auto const turn = cost(lib, "spin", 1) - cost(lib, "spin", 0);
  EXPECT_EQ(cost(it, "spin", 60000), 2 * cost(lib, "spin", 60000) + 4);
  EXPECT_EQ(cost(it, "fail", 60000) - cost(it, "fail", 0), 2 * 60000 * turn);
  EXPECT_TRUE(traps(func<void(std::int32_t)>(store, it, "fail").call(store, 5), TrapReason::unreachable));
  EXPECT_EQ(cost(it, "refuse", 5), 10000000u - 77);
}

TEST_P(FuelTest, WithoutFuelItIsAnError) {
  Engine const engine{Config{}.backend(GetParam())};
  Store store{engine};
  EXPECT_TRUE(fails(store.set_fuel(1), ErrorKind::usage, "consume_fuel"));
  EXPECT_TRUE(fails(store.fuel(), ErrorKind::usage, "consume_fuel"));
}

class StopTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, StopTest, testing::ValuesIn(backends()), backend_name);

constexpr std::string_view endless = R"((module (memory 16384)
  (type $t (func))
  (table 1 funcref) (elem (i32.const 0) $calls)
  (func (export "loop") (loop (br 0)))
  (func $nothing)
  (func $calls (export "calls") (loop (call $nothing) (br 0)))
  (func (export "fill") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x40000000)) (br 0)))
  (func (export "seven") (result i32) (i32.const 7))))";

TEST_P(StopTest, ADeadlineStopsEveryKindOfWork) {
  Store store{engine_};
  auto const it = instance(store, endless);
  for (char const* const name : {"loop", "calls", "fill"}) {
    auto const begin = Clock::now();
    ASSERT_TRUE(ok(store.set_deadline(begin + 30ms)));
    auto const result = it.get_func(store, name)->call(store, {});
    EXPECT_TRUE(traps(result, TrapReason::deadline_reached)) << name;
    EXPECT_TRUE(fails(result, ErrorKind::exhausted)) << name;
    EXPECT_GE(Clock::now() - begin, 30ms) << name;
    EXPECT_LT(Clock::now() - begin, 10s) << name;
  }
  EXPECT_TRUE(traps(it.get_func(store, "seven")->call(store, {}), TrapReason::deadline_reached)) << "it stays";
  ASSERT_TRUE(ok(store.clear_deadline()));
  EXPECT_TRUE(ok(it.get_func(store, "seven")->call(store, {})));
  ASSERT_TRUE(ok(store.set_deadline(Clock::now() + 1h)));
  EXPECT_TRUE(ok(it.get_func(store, "seven")->call(store, {})));
}

TEST_P(StopTest, ADeadlineSaysHowLongItWas) {
  Store store{engine_};
  auto const it = instance(store, endless);
  auto const expect_facts = [](auto const& result, std::chrono::nanoseconds given) {
    ASSERT_TRUE(traps(result, TrapReason::deadline_reached));
    auto const& limit = result.error().trap()->story().limit;
    ASSERT_TRUE(limit.has_value());
    EXPECT_EQ(limit->limit, LimitKind::deadline);
    EXPECT_FALSE(limit->asked.has_value());
    auto const allowed = std::chrono::nanoseconds{limit->allowed.value_or(~std::uint64_t{0})};
    EXPECT_LE(allowed, given);
    EXPECT_GE(allowed, given / 2) << "the clock was read a little later";
    EXPECT_GE(limit->in_use, *limit->allowed);
    auto const& message = result.error().message();
    EXPECT_TRUE(message.starts_with("deadline reached: refused by Store::set_deadline: in use ")) << message;
    EXPECT_NE(message.find(" ms, allowed "), std::string::npos) << message;
  };
  ASSERT_TRUE(ok(store.set_deadline(Clock::now() + 30ms)));
  expect_facts(it.get_func(store, "loop")->call(store, {}), 30ms);
  ASSERT_TRUE(ok(store.set_deadline(Clock::now() - 1s)));
  auto const late = it.get_func(store, "seven")->call(store, {});
  ASSERT_TRUE(traps(late, TrapReason::deadline_reached));
  EXPECT_EQ(late.error().trap()->story().limit->allowed, 0u) << late.error().message();

  // A host function that looks itself.
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("host", "wait", [](Caller& caller) -> Result<void> {
    for (;;) {
      if (auto go_on = caller.check_interrupt(); !go_on.has_value()) {
        return go_on;
      }
    }
  })));
  auto const waiting = instance(store, R"((module (import "host" "wait" (func $wait))
    (func (export "f") (call $wait))))",
                                linker);
  ASSERT_TRUE(ok(store.set_deadline(Clock::now() + 30ms)));
  expect_facts(waiting.get_func(store, "f")->call(store, {}), 30ms);
}

TEST_P(StopTest, InterruptionFromAnotherThread) {
  Store store{engine_};
  auto const it = instance(store, endless);
  auto const handle = *store.interrupt_handle();
  for (char const* const name : {"loop", "calls", "fill"}) {
    std::thread other{[&] {
      std::this_thread::sleep_for(10ms);
      handle.interrupt();
    }};
    auto const result = it.get_func(store, name)->call(store, {});
    other.join();
    EXPECT_TRUE(traps(result, TrapReason::interrupted)) << name;
    EXPECT_EQ(result.error().trap()->function_name(), std::string{name} == "calls" ? "calls" : name);
  }
}

TEST_P(StopTest, InterruptionBeforeAndTwiceIsOneTrap) {
  Store store{engine_};
  auto const it = instance(store, endless);
  auto const handle = *store.interrupt_handle();
  handle.interrupt();
  handle.interrupt();
  auto const seven = it.get_func(store, "seven");
  EXPECT_TRUE(traps(seven->call(store, {}), TrapReason::interrupted));
  EXPECT_TRUE(ok(seven->call(store, {})));
}

TEST_P(StopTest, AHandleOutlivesItsStore) {
  std::optional<InterruptHandle> handle;
  {
    Store store{engine_};
    handle = *store.interrupt_handle();
  }
  handle->interrupt();
}

TEST_P(StopTest, HostFunctionsAreNotStoppedButWhatFollowsIs) {
  Store store{engine_};
  Linker linker{engine_};
  auto const handle = *store.interrupt_handle();
  int calls = 0;
  ASSERT_TRUE(ok(linker.func("env", "tick", [&] {
    if (++calls == 3) {
      handle.interrupt();
    }
  })));
  auto const it = instance(store, R"((module (import "env" "tick" (func $tick))
    (func (export "run") (loop (call $tick) (br 0)))))",
                           linker);
  EXPECT_TRUE(traps(it.get_func(store, "run")->call(store, {}), TrapReason::interrupted));
  EXPECT_GE(calls, 3);
}

} // namespace
} // namespace weir::test
