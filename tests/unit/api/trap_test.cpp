// Traps: reasons, memory facts, backtraces, deep recursion, nested calls.
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class TrapTest : public ApiTest {
 protected:
  // The memory facts of a call that traps.
  MemoryAccess access(Store& store, Instance const& of, std::string_view name) {
    auto const result = of.get_func(store, name)->call(store, {});
    EXPECT_TRUE(traps(result, TrapReason::out_of_bounds_memory)) << name;
    if (result.has_value() || result.error().trap() == nullptr || result.error().trap()->memory_access() == nullptr) {
      ADD_FAILURE() << name << ": no facts";
      return {};
    }
    return *result.error().trap()->memory_access();
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TrapTest, testing::ValuesIn(backends()), backend_name);

void expect_equal(MemoryAccess const& a, MemoryAccess const& b, char const* what) {
  EXPECT_EQ(a.memory, b.memory) << what;
  EXPECT_EQ(a.address, b.address) << what;
  EXPECT_EQ(a.base, b.base) << what;
  EXPECT_EQ(a.offset, b.offset) << what;
  EXPECT_EQ(a.size, b.size) << what;
  EXPECT_EQ(a.memory_size, b.memory_size) << what;
  EXPECT_EQ(a.is_store, b.is_store) << what;
}

// The first cell of these functions has one handler with the next, which must not be executed without room.
TEST_P(TrapTest, TheStackMayEndInFrontOfAPair) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory 1)
    (func $down (export "down") (param i32) (result i32)
      (i32.load (local.get 0))
      (if (then (drop (i32.load (i32.const 0x10000)))))
      (i32.add (call $down (local.get 0)) (i32.const 1)))
    (func (export "past") (param i32) (result i32)
      (i32.load (local.get 0)))))");
  auto const down = func<std::int32_t(std::int32_t)>(store, it, "down");
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(traps(down.call(store, 0), TrapReason::call_stack_exhausted));
    EXPECT_TRUE(traps(down.call(store, 0x10000), TrapReason::out_of_bounds_memory));
  }
  auto const past = func<std::int32_t(std::int32_t)>(store, it, "past");
  EXPECT_TRUE(traps(past.call(store, 0x10000), TrapReason::out_of_bounds_memory));
  EXPECT_EQ(*past.call(store, 0), 0);
}

TEST_P(TrapTest, FactsOfAnAccess) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory 2)
    (func (export "constant") (drop (i32.load offset=4 (i32.const 0x41414141))))
    (func (export "local") (local i32) (local.set 0 (i32.const 0x20000)) (drop (i64.load (local.get 0))))
    (func (export "sum") (local i32 i32) (local.set 0 (i32.const 0x1ffff)) (local.set 1 (i32.const -16))
      (f64.store offset=32 (i32.add (local.get 0) (local.get 1)) (f64.const 1)))
    (func (export "computed") (local i32) (local.set 0 (i32.const 7))
      (i32.store8 offset=1 (i32.mul (local.get 0) (i32.const 0x10000000)) (i32.const 1)))
    (func (export "loaded") (i32.store (i32.const 8) (i32.const 0x41414141))
      (drop (i32.load16_u offset=4 (i32.load (i32.const 8)))))
    (func (export "last") (drop (i32.load offset=0xffffffff (i32.const -1))))
    (func (export "fill") (memory.fill (i32.const 0x1fff0) (i32.const 0) (i32.const 17)))
    (func (export "copy_from") (memory.copy (i32.const 0) (i32.const 0x1ffff) (i32.const 2)))
    (func (export "copy_to") (memory.copy (i32.const 0x1ffff) (i32.const 0) (i32.const 2)))))");
  constexpr std::uint64_t size = 0x20000;
  expect_equal(access(store, it, "constant"), {0, 0x41414145, 0x41414141, 4, 4, size, false}, "constant");
  expect_equal(access(store, it, "local"), {0, 0x20000, 0x20000, 0, 8, size, false}, "local");
  expect_equal(access(store, it, "sum"), {0, 0x2000F, 0x1FFEF, 32, 8, size, true}, "sum");
  expect_equal(access(store, it, "computed"), {0, 0x70000001, 0x70000000, 1, 1, size, true}, "computed");
  expect_equal(access(store, it, "loaded"), {0, 0x41414145, 0x41414141, 4, 2, size, false}, "loaded");
  expect_equal(access(store, it, "last"), {0, 0x1FFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 4, size, false}, "last");
  expect_equal(access(store, it, "fill"), {0, 0x1FFF0, 0x1FFF0, 0, 17, size, true}, "fill");
  expect_equal(access(store, it, "copy_from"), {0, 0x1FFFF, 0x1FFFF, 0, 2, size, false}, "copy_from");
  expect_equal(access(store, it, "copy_to"), {0, 0x1FFFF, 0x1FFFF, 0, 2, size, true}, "copy_to");
}

TEST_P(TrapTest, MessagesBeginWithTheSpecificationsWording) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory 1) (table 2 funcref) (type $t (func))
    (func (export "memory") (drop (i32.load (i32.const 65533))))
    (func (export "unreachable") unreachable)
    (func (export "zero") (drop (i32.div_s (i32.const 1) (i32.const 0))))
    (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
    (func (export "remainder") (drop (i32.rem_s (i32.const 0x80000000) (i32.const -1))))
    (func (export "conversion") (drop (i32.trunc_f32_s (f32.const nan))))
    (func (export "undefined") (call_indirect (type $t) (i32.const 2)))
    (func (export "uninitialized") (call_indirect (type $t) (i32.const 0)))
    (func (export "table") (drop (table.get (i32.const 2))))))");
  auto const message = [&](std::string_view name) {
    auto const result = it.get_func(store, name)->call(store, {});
    return result.has_value() ? std::string{"no trap"} : result.error().message();
  };
  EXPECT_EQ(message("memory"),
            "out of bounds memory access: 4-byte load at 0xfffd; memory 0 is 0x10000 bytes (1 page)");
  EXPECT_EQ(message("unreachable"), "unreachable");
  EXPECT_EQ(message("zero"), "integer divide by zero");
  EXPECT_EQ(message("overflow"), "integer overflow");
  EXPECT_EQ(message("remainder"), "no trap");
  EXPECT_EQ(message("conversion"), "invalid conversion to integer");
  EXPECT_EQ(message("undefined"), "undefined element 2: table 0 has 2 elements");
  EXPECT_EQ(message("uninitialized"), "uninitialized element 0: table 0 has 2 elements");
  EXPECT_EQ(message("table"), "out of bounds table access");
}

// What host functions quote may be the guest's.
TEST_P(TrapTest, MessagesHoldNothingThatATerminalObeys) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("host", "fail", [](Caller& caller, std::uint32_t at, std::uint32_t size) -> Result<void> {
    auto const bytes = caller.memory()->copy_out(caller, at, size).value();
    std::string text = "no such file:\n\t";
    for (auto const each : bytes) {
      text += static_cast<char>(each);
    }
    return std::unexpected(Error{ErrorKind::host, text});
  })));
  auto const it = instance(store, R"((module (import "host" "fail" (func $fail (param i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "\1b[2J\ff\00\e2\80\aeh\c3\a9\07")
    (func (export "f") (call $fail (i32.const 0) (i32.const 13)))))",
                           linker);
  auto const result = it.get_func(store, "f")->call(store, {});
  ASSERT_TRUE(traps(result, TrapReason::host_error));
  std::string const expected = "no such file:\n\t\\1b[2J\\ff\\00\\e2\\80\\aeh\u00e9\\07";
  EXPECT_EQ(result.error().message(), expected);
  EXPECT_EQ(result.error().trap()->message(), expected);
}

TEST_P(TrapTest, Backtraces) {
  Store store{engine_};
  auto const it = instance(store, R"((module $guest
    (memory 1)
    (func $inner (param i32) (result i32) (i32.load (local.get 0)))
    (func (param i32) (result i32) (i32.add (i32.const 1) (call $inner (local.get 0))))
    (func $outer (export "run") (param i32) (result i32) (local i64 f64)
      (i32.add (i32.const 2) (call 1 (i32.add (local.get 0) (i32.const 1)))))))");
  auto const run = func<std::int32_t(std::int32_t)>(store, it, "run");
  EXPECT_EQ(*run.call(store, 0), 3);
  auto const result = run.call(store, 0x10000);
  ASSERT_TRUE(traps(result, TrapReason::out_of_bounds_memory));
  auto const& trap = *result.error().trap();
  ASSERT_EQ(trap.frames().size(), 3u) << trap.report();
  EXPECT_EQ(trap.function(), 0u);
  EXPECT_EQ(trap.function_name(), "inner");
  EXPECT_EQ(trap.frames()[1].function, 1u);
  EXPECT_EQ(trap.frames()[1].name, "");
  EXPECT_EQ(trap.frames()[2].function, 2u);
  EXPECT_EQ(trap.frames()[2].name, "outer");
  EXPECT_EQ(trap.frames()[2].module, "guest");
  // The offsets name the instructions: their opcodes stand there.
  auto const bytes = it.module(store)->bytes();
  EXPECT_EQ(bytes[trap.frames()[0].offset], 0x28) << "i32.load";
  EXPECT_EQ(bytes[trap.frames()[1].offset], 0x10) << "call";
  EXPECT_EQ(bytes[trap.frames()[2].offset], 0x10) << "call";
  EXPECT_EQ(bytes[*trap.offset()], 0x28);
}

TEST_P(TrapTest, NamesFallBackToExports) {
  Engine const nameless{Config{}.backend(GetParam()).keep_names(false)};
  Store store{nameless};
  Linker linker{nameless};
  auto const it = linker.instantiate(store, *Module::from_wat(nameless, R"((module
    (func $inner unreachable) (func $outer (export "run") (call $inner))))"));
  ASSERT_TRUE(ok(it));
  auto const result = it->get_func(store, "run")->call(store, {});
  ASSERT_TRUE(traps(result, TrapReason::unreachable));
  auto const frames = result.error().trap()->frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].name, "");
  EXPECT_EQ(frames[1].name, "run");
}

TEST_P(TrapTest, BacktracesAcrossInstancesAndIndirectCalls) {
  Store store{engine_};
  Linker linker{engine_};
  auto const inner = instance(store, R"((module $b (memory 1) (func $deep (param i32) (result i32)
      (i32.load (local.get 0)))
    (func $entry (export "entry") (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))))",
                              linker);
  ASSERT_TRUE(ok(linker.instance(store, "b", inner)));
  auto const outer = instance(store, R"((module $a (import "b" "entry" (func $entry (param i32) (result i32)))
    (type $t (func (param i32) (result i32)))
    (table 2 funcref) (elem (i32.const 0) $entry $local)
    (func $local (param i32) (result i32) (i32.add (call $entry (local.get 0)) (i32.const 10)))
    (func $run (export "run") (param i32 i32) (result i32)
      (i32.add (call_indirect (type $t) (local.get 0) (local.get 1)) (i32.const 100)))))",
                              linker);
  auto const run = func<std::int32_t(std::int32_t, std::int32_t)>(store, outer, "run");
  EXPECT_EQ(*run.call(store, 0, 0), 101);
  EXPECT_EQ(*run.call(store, 0, 1), 111);
  auto const names = [&](std::int32_t through) {
    auto const result = run.call(store, -1, through);
    std::string text;
    if (!result.has_value() && result.error().trap() != nullptr) {
      for (auto const& frame : result.error().trap()->frames()) {
        text += frame.module + "." + frame.name + " ";
      }
    }
    return text;
  };
  EXPECT_EQ(names(0), "b.deep b.entry a.run ");
  EXPECT_EQ(names(1), "b.deep b.entry a.local a.run ");
  EXPECT_EQ(*run.call(store, 0, 1), 111) << "both instances stay usable";
}

TEST_P(TrapTest, NestedTrapsShowBothSides) {
  Store store{engine_};
  Linker linker{engine_};
  bool swallow = false;
  ASSERT_TRUE(ok(linker.func("env", "nest", [&](Caller& caller) -> Result<void> {
    auto result = caller.get_func("inner")->typed<void()>(caller)->call(caller);
    EXPECT_TRUE(traps(result, TrapReason::unreachable));
    return swallow ? Result<void>{} : result;
  })));
  auto const it = instance(store, R"((module (import "env" "nest" (func $nest))
    (func $inner (export "inner") unreachable)
    (func $outer (export "run") (result i32) (call $nest) (i32.const 3))))",
                           linker);
  auto const run = func<std::int32_t()>(store, it, "run");
  auto const result = run.call(store);
  ASSERT_TRUE(traps(result, TrapReason::unreachable)) << "handed on as it was";
  auto const frames = result.error().trap()->frames();
  ASSERT_EQ(frames.size(), 3u) << result.error().trap()->report();
  EXPECT_EQ(frames[0].name, "inner");
  EXPECT_TRUE(frames[1].is_host);
  EXPECT_EQ(frames[1].name, "env.nest");
  EXPECT_EQ(frames[2].name, "outer");
  swallow = true;
  EXPECT_EQ(*run.call(store), 3) << "a trap in a nested call leaves the outer one usable";
}

// The callers of other instances that the inner call leaves behind are dropped, those of the outer one stay.
TEST_P(TrapTest, NestedTrapsAcrossInstancesLeaveTheOuterCallUsable) {
  Store store{engine_};
  Linker linker{engine_};
  Instance outer;
  ASSERT_TRUE(ok(linker.func("env", "try", [&](Caller& caller) {
    auto const result = outer.get_typed_func<std::int32_t(std::int32_t)>(caller, "run")->call(caller, 0);
    EXPECT_TRUE(traps(result, TrapReason::unreachable));
    EXPECT_EQ(result.error().trap()->frames().size(), 5u) << result.error().trap()->report();
  })));
  auto const inner = instance(store, R"((module $b (import "env" "try" (func $try))
    (func $bad (export "bad") unreachable)
    (func $good (export "good") (result i32) (call $try) (i32.const 1))))",
                              linker);
  ASSERT_TRUE(ok(linker.instance(store, "b", inner)));
  outer = instance(store,
                   R"((module $a (import "b" "bad" (func $bad)) (import "b" "good" (func $good (result i32))) (memory 1)
    (func (export "run") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (call $bad)))
      (i32.store (i32.const 8) (i32.add (call $good) (local.get 0)))
      (i32.load (i32.const 8)))))",
                   linker);
  auto const run = func<std::int32_t(std::int32_t)>(store, outer, "run");
  for (std::int32_t round = 1; round <= 3; ++round) {
    EXPECT_EQ(*run.call(store, round), round + 1);
  }
}

// The second call of the host is told, not the first: the instance that waited was entered again in between.
TEST_P(TrapTest, WhereTheGuestIsAfterACallFromTheHostIntoTheSameInstance) {
  Store store{engine_};
  Linker linker{engine_};
  int marks = 0;
  ASSERT_TRUE(ok(linker.func("env", "again",
                             [&](Caller& caller) { EXPECT_TRUE(ok(caller.get_func("leaf")->call(caller, {}))); })));
  ASSERT_TRUE(ok(linker.func("env", "mark", [&](Caller& caller) {
    ++marks;
    auto const frames = caller.backtrace();
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(frames[0].name, "env.mark");
    EXPECT_EQ(frames[1].name, "second");
    EXPECT_EQ(frames[2].name, "run");
  })));
  auto const it = instance(store, R"((module (import "env" "again" (func $again)) (import "env" "mark" (func $mark))
    (func (export "leaf"))
    (func $second (call $mark))
    (func (export "run") (call $again) (call $second))))",
                           linker);
  EXPECT_TRUE(ok(func<void()>(store, it, "run").call(store)));
  EXPECT_EQ(marks, 1);
}

// Not of what an earlier call trapped at, nor of what a call inside a host function did.
TEST_P(TrapTest, CallsThatDoNotBeginTellOfNoOtherTrap) {
  Store store{engine_};
  Linker linker{engine_};
  auto const handle = *store.interrupt_handle();
  ASSERT_TRUE(ok(linker.func("env", "stop", [&](Caller& caller) {
    EXPECT_TRUE(traps(caller.get_func("bad")->call(caller, {}), TrapReason::unreachable));
    handle.interrupt();
    auto const result = caller.get_func("good")->call(caller, {});
    ASSERT_TRUE(traps(result, TrapReason::interrupted));
    auto const frames = result.error().trap()->frames();
    ASSERT_EQ(frames.size(), 2u) << result.error().trap()->report();
    EXPECT_EQ(frames[0].name, "env.stop");
    EXPECT_EQ(frames[1].name, "run");
  })));
  auto const it = instance(store, R"((module (import "env" "stop" (func $stop))
    (func (export "bad") unreachable)
    (func (export "good"))
    (func (export "run") (call $stop))))",
                           linker);
  EXPECT_TRUE(ok(func<void()>(store, it, "run").call(store)));
  EXPECT_TRUE(traps(func<void()>(store, it, "bad").call(store), TrapReason::unreachable));
  handle.interrupt();
  auto const result = func<void()>(store, it, "good").call(store);
  ASSERT_TRUE(traps(result, TrapReason::interrupted));
  EXPECT_TRUE(result.error().trap()->frames().empty()) << result.error().trap()->report();
}

TEST_P(TrapTest, InfiniteRecursion) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (type $t (func (result i32)))
    (table 1 funcref) (elem (i32.const 0) $indirect)
    (func $direct (export "direct") (result i32) (i32.add (call $direct) (i32.const 1)))
    (func $indirect (export "indirect") (result i32) (i32.add (call_indirect (type $t) (i32.const 0)) (i32.const 1)))
    (func $a (export "mutual") (result i32) (i32.add (call $b) (i32.const 1)))
    (func $b (result i32) (i32.add (call $a) (i32.const 1)))
    (func $args (export "args") (param i64 i64 i64 i64) (result i32)
      (i32.add (call $args (local.get 0) (local.get 1) (local.get 2) (local.get 3)) (i32.const 1)))
    (func (export "seven") (result i32) (i32.const 7))))");
  for (char const* const name : {"direct", "indirect", "mutual"}) {
    auto const result = it.get_func(store, name)->call(store, {});
    EXPECT_TRUE(traps(result, TrapReason::call_stack_exhausted)) << name;
    EXPECT_TRUE(fails(result, ErrorKind::exhausted, "call stack exhausted")) << name;
    auto const& trap = *result.error().trap();
    EXPECT_GT(trap.frames().size(), 10u) << name;
    EXPECT_LT(trap.frames().size(), 200u) << name;
    EXPECT_GT(trap.omitted_frames(), 1000u) << name;
    EXPECT_EQ(trap.frames().back().name, std::string{name} == "mutual" ? "a" : name) << name;
  }
  auto const args =
      it.get_func(store, "args")
          ->call(store, {Val{std::int64_t{1}}, Val{std::int64_t{2}}, Val{std::int64_t{3}}, Val{std::int64_t{4}}});
  EXPECT_TRUE(traps(args, TrapReason::call_stack_exhausted));
  EXPECT_EQ(it.get_func(store, "seven")->call(store, {})->front(), Val{7});
}

TEST_P(TrapTest, RecursionWithManyLocals) {
  Store store{engine_};
  std::string locals;
  for (int i = 0; i < 5000; ++i) {
    locals += " i64";
  }
  auto const it =
      instance(store, "(module (func $f (export \"f\") (result i32) (local" + locals +
                          ") (i32.add (call $f) (i32.const 1))) (func (export \"once\") (local" + locals + ")))");
  EXPECT_TRUE(traps(it.get_func(store, "f")->call(store, {}), TrapReason::call_stack_exhausted));
  EXPECT_TRUE(ok(it.get_func(store, "once")->call(store, {})));
}

TEST_P(TrapTest, ATinyStackTrapsAtOnce) {
  Engine const tiny{Config{}.backend(GetParam()).max_stack_bytes(1)};
  Store store{tiny};
  Linker linker{tiny};
  std::string locals;
  for (int i = 0; i < 1000; ++i) {
    locals += " i64";
  }
  auto const it = linker.instantiate(
      store, *Module::from_wat(tiny, "(module (func (export \"f\") (local" + locals + ")) (func (export \"g\")))"));
  ASSERT_TRUE(ok(it));
  EXPECT_TRUE(traps(it->get_func(store, "f")->call(store, {}), TrapReason::call_stack_exhausted));
  EXPECT_TRUE(ok(it->get_func(store, "g")->call(store, {})));
}

TEST_P(TrapTest, RecursionThroughTheHost) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "again", [](Caller& caller, std::int32_t n) -> Result<void> {
    return caller.get_func("run")->typed<void(std::int32_t)>(caller)->call(caller, n - 1);
  })));
  auto const it = instance(store, R"((module (import "env" "again" (func $again (param i32)))
    (func $run (export "run") (param i32)
      (if (i32.eqz (local.get 0)) (then (return))) (call $again (local.get 0)))))",
                           linker);
  auto const run = func<void(std::int32_t)>(store, it, "run");
  EXPECT_TRUE(ok(run.call(store, 50)));
  auto const result = run.call(store, 1000000);
  EXPECT_TRUE(traps(result, TrapReason::call_stack_exhausted));
  EXPECT_TRUE(fails(result, ErrorKind::exhausted));
  EXPECT_TRUE(ok(run.call(store, 50)));

  // The host calling itself through the store.
  Func self;
  self = *Func::wrap(store, [&](Caller& caller) -> Result<void> { return self.typed<void()>(caller)->call(caller); });
  EXPECT_TRUE(traps(self.call(store, {}), TrapReason::call_stack_exhausted));
}

TEST_P(TrapTest, LazyValidationTrapsAtTheFirstCall) {
  // (module (func (export "bad") (result i32))): the body leaves no result.
  static constexpr std::uint8_t bytes[] = {0, 'a', 's', 'm', 1, 0, 0,   0,   1,   5, 1, 0x60, 0, 1, 0x7F, 3, 2,
                                           1, 0,   7,   7,   1, 3, 'b', 'a', 'd', 0, 0, 10,   4, 1, 2,    0, 0x0B};
  EXPECT_TRUE(fails(Module::from_bytes(engine_, bytes), ErrorKind::invalid, "type mismatch"));
  Engine const lazy{Config{}.backend(GetParam()).compilation(CompilationMode::lazy)};
  auto const made = Module::from_bytes(lazy, bytes);
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(fails(Module::validate(lazy, bytes), ErrorKind::invalid, "type mismatch"));
  Store store{lazy};
  Linker linker{lazy};
  auto const it = linker.instantiate(store, *made);
  ASSERT_TRUE(ok(it));
  for (int i = 0; i < 2; ++i) {
    auto const result = it->get_func(store, "bad")->call(store, {});
    EXPECT_TRUE(traps(result, TrapReason::untranslatable));
    EXPECT_TRUE(fails(result, ErrorKind::trap, "type mismatch"));
  }
}

TEST_P(TrapTest, AllCompilationModesGiveTheSameResults) {
  for (auto const mode : {CompilationMode::eager, CompilationMode::lazy_translation, CompilationMode::lazy}) {
    Engine const engine{Config{}.backend(GetParam()).compilation(mode)};
    Store store{engine};
    Linker linker{engine};
    auto const it = linker.instantiate(store, *Module::from_wat(engine, R"((module
      (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
          (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                         (call $fib (i32.sub (local.get 0) (i32.const 2)))))))))"));
    ASSERT_TRUE(ok(it));
    EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, *it, "fib").call(store, 20), 6765);
  }
}

} // namespace
} // namespace weir::test
