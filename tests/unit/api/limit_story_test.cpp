// What trap reports tell of limits: which growths were refused before the trap, by what, to whom, and whether that is
// the likely cause; and what of the stack and of fuel was in use.
#include <algorithm>
#include <optional>
#include <string>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

constexpr std::uint64_t page = 65536;

class LimitStoryTest : public ApiTest {
 protected:
  LimitStoryTest() : ApiTest(Config{}.max_stack_bytes(64 << 10)) {}

  // Calls `f` of the guest; what it ended with.
  Trap const* run(std::string_view wat, std::uint32_t argument, StoreLimits const& limits = {.memory_size = 2 * page}) {
    store_.emplace(engine_, limits);
    auto const it = instance(*store_, wat);
    return call(it, argument);
  }

  Trap const* call(Instance const& it, std::uint32_t argument) {
    auto const done = func<std::int32_t(std::uint32_t)>(*store_, it, "f").call(*store_, argument);
    EXPECT_FALSE(done.has_value());
    error_ = done.has_value() ? std::nullopt : std::optional{done.error()};
    return error_.has_value() ? error_->trap() : nullptr;
  }

  static bool tells(Trap const& trap, std::string_view line) {
    return std::ranges::find(trap.story().lines, line) != trap.story().lines.end();
  }

  std::optional<Store> store_;
  std::optional<Error> error_;
};
INSTANTIATE_TEST_SUITE_P(Backends, LimitStoryTest, testing::ValuesIn(backends()), backend_name);

// An allocator that gives null when memory cannot grow, and a caller that does not look.
constexpr char const* careless = R"((module $guest (memory (export "memory") 1)
  (func $more (param $pages i32) (result i32) (memory.grow (local.get $pages)))
  (func $alloc (param $pages i32) (result i32) (local $old i32)
    (if (result i32) (i32.eq (local.tee $old (call $more (local.get $pages))) (i32.const -1))
      (then (i32.const 0)) (else (i32.shl (local.get $old) (i32.const 16)))))
  (func (export "f") (param $pages i32) (result i32)
    (i32.load offset=70000 (call $alloc (local.get $pages)))))";

TEST_P(LimitStoryTest, NullAfterARefusedGrowth) {
  auto const* const trap = run(std::string{careless} + ")", 10);
  ASSERT_NE(trap, nullptr);
  auto const& story = trap->story();
  ASSERT_EQ(story.refused_growths.size(), 1u);
  auto const& growth = story.refused_growths.front();
  EXPECT_FALSE(growth.is_table);
  EXPECT_EQ(growth.by, 10u);
  EXPECT_EQ(growth.times, 1u);
  EXPECT_EQ(growth.facts.limit, LimitKind::memory_size);
  EXPECT_EQ(growth.facts.asked, 11 * page);
  EXPECT_EQ(growth.facts.in_use, page);
  EXPECT_EQ(growth.facts.allowed, 2 * page);
  ASSERT_EQ(growth.frames.size(), 3u);
  EXPECT_EQ(growth.frames[0].name, "more");
  EXPECT_EQ(growth.frames[1].name, "alloc");
  EXPECT_EQ(growth.frames[2].name, "f");
  EXPECT_TRUE(story.is_growth_likely_cause);
  auto const report = trap->report();
  EXPECT_NE(
      report.find("\n  in this call memory.grow of 10 pages was refused by StoreLimits::memory_size: asked 720896 "
                  "bytes (11 pages), in use 65536 bytes (1 page), allowed 131072 bytes (2 pages)\n"
                  "    asked by function 0 `more` of module `guest` (+0x3, module offset "),
      std::string::npos)
      << report;
  EXPECT_NE(report.find("\n    that is the likely cause: the bad pointer is null, which allocators give when memory "
                        "cannot grow\n  help: raise StoreLimits::memory_size"),
            std::string::npos)
      << report;
}

// Its frames are those of the growth alone, not those of an earlier call of the host too.
TEST_P(LimitStoryTest, AGrowthBehindACallOfTheHost) {
  store_.emplace(engine_, StoreLimits{.memory_size = page});
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "host", [] {})));
  auto const it = instance(*store_, R"((module (import "env" "host" (func $host)) (memory 1)
    (func $first (call $host))
    (func $more (drop (memory.grow (i32.const 10))))
    (func (export "f") (param i32) (result i32) (call $first) (call $more) unreachable)))",
                           linker);
  auto const* const trap = call(it, 0);
  ASSERT_NE(trap, nullptr);
  auto const& story = trap->story();
  ASSERT_EQ(story.refused_growths.size(), 1u);
  auto const& frames = story.refused_growths.front().frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].name, "more");
  EXPECT_EQ(frames[1].name, "f");
}

TEST_P(LimitStoryTest, EveryLimitIsNamed) {
  struct Case {
    StoreLimits limits;
    std::string_view type;
    LimitKind limit;
    std::string_view help;
  };
  Case const cases[] = {
      {{.memory_size = page}, "1", LimitKind::memory_size, "help: raise StoreLimits::memory_size"},
      {{.total_memory = page + 5}, "1", LimitKind::total_memory, "help: raise StoreLimits::total_memory"},
      {{}, "1 3", LimitKind::declared_maximum, "help: the module declares how large"},
  };
  for (auto const& each : cases) {
    auto const wat = "(module (memory " + std::string{each.type} +
                     ") (func (export \"f\") (param i32) (result i32)"
                     " (drop (memory.grow (local.get 0))) unreachable))";
    auto const* const trap = run(wat, 5, each.limits);
    ASSERT_NE(trap, nullptr);
    ASSERT_EQ(trap->story().refused_growths.size(), 1u);
    EXPECT_EQ(trap->story().refused_growths.front().facts.limit, each.limit);
    EXPECT_TRUE(trap->story().is_growth_likely_cause);
    EXPECT_NE(trap->report().find(each.help), std::string::npos) << trap->report();
    EXPECT_NE(trap->report().find(to_string(each.limit)), std::string::npos) << trap->report();
  }
}

TEST_P(LimitStoryTest, TheLimiterIsNamed) {
  struct Never : ResourceLimiter {
    bool allows = true;
    Result<bool> memory_growing(std::uint64_t, std::uint64_t, std::optional<std::uint64_t>) override { return allows; }
    Result<bool> table_growing(std::uint64_t, std::uint64_t, std::optional<std::uint64_t>) override { return allows; }
  };
  auto const limiter = std::make_shared<Never>();
  store_.emplace(engine_);
  ASSERT_TRUE(ok(store_->set_limiter(limiter)));
  auto const it = instance(*store_, std::string{careless} + ")");
  limiter->allows = false;
  auto const* const trap = call(it, 2);
  ASSERT_NE(trap, nullptr);
  ASSERT_EQ(trap->story().refused_growths.size(), 1u);
  EXPECT_EQ(trap->story().refused_growths.front().facts.limit, LimitKind::limiter);
  EXPECT_NE(trap->report().find("refused by the ResourceLimiter: asked 196608 bytes (3 pages)"), std::string::npos)
      << trap->report();
}

TEST_P(LimitStoryTest, MinusOneAsAnAddress) {
  auto const* const trap = run(R"((module (memory 1) (func (export "f") (param i32) (result i32)
    (i32.load offset=8 (i32.shl (memory.grow (local.get 0)) (i32.const 16))))))",
                               7);
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(tells(*trap, "  that is the likely cause: the bad pointer is made of the -1 that it gave"))
      << trap->report();
}

TEST_P(LimitStoryTest, MemoryThatIsNotThere) {
  auto const* const trap = run(R"((module (memory 1) (func (export "f") (param i32) (result i32)
    (drop (memory.grow (local.get 0))) (i32.load (i32.const 0x20000)))))",
                               7);
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(
      tells(*trap, "  that is the likely cause: the access lies where the memory would have been that it asked for"))
      << trap->report();
}

TEST_P(LimitStoryTest, CallsThroughNull) {
  auto const* const trap = run(R"((module (memory 1) (table 1 funcref) (type $v (func))
    (func (export "f") (param i32) (result i32)
      (drop (memory.grow (local.get 0))) (call_indirect (type $v) (i32.load (i32.const 0))) (i32.const 0))))",
                               7);
  ASSERT_NE(trap, nullptr);
  EXPECT_EQ(trap->reason(), TrapReason::uninitialized_element);
  EXPECT_TRUE(trap->story().is_growth_likely_cause);
}

TEST_P(LimitStoryTest, Tables) {
  auto const* const trap = run(R"((module (table 1 2 funcref) (func (export "f") (param i32) (result i32)
    (drop (table.grow (ref.null func) (local.get 0))) (table.set 0 (i32.const 5) (ref.null func)) (i32.const 0))))",
                               7);
  ASSERT_NE(trap, nullptr);
  ASSERT_EQ(trap->story().refused_growths.size(), 1u);
  EXPECT_TRUE(trap->story().refused_growths.front().is_table);
  EXPECT_TRUE(trap->story().is_growth_likely_cause);
  EXPECT_NE(trap->report().find("in this call table.grow of 7 elements was refused by the declared maximum: asked 8 "
                                "elements, in use 1 element, allowed 2 elements"),
            std::string::npos)
      << trap->report();
}

TEST_P(LimitStoryTest, OtherTrapsTellWithoutBlaming) {
  auto const* const trap = run(R"((module (memory 1) (func (export "f") (param i32) (result i32)
    (drop (memory.grow (local.get 0))) (i32.div_u (i32.const 1) (i32.const 0)))))",
                               7);
  ASSERT_NE(trap, nullptr);
  ASSERT_EQ(trap->story().refused_growths.size(), 1u);
  EXPECT_FALSE(trap->story().is_growth_likely_cause);
  EXPECT_EQ(trap->report().find("likely cause"), std::string::npos);
  EXPECT_NE(trap->report().find("in this call memory.grow of 7 pages was refused"), std::string::npos);
}

TEST_P(LimitStoryTest, RepeatedAndManyRefusals) {
  // The same again and again, and then 20 different ones.
  auto const* const trap = run(R"((module (memory 1) (func (export "f") (param i32) (result i32) (local $i i32)
    (loop $l (drop (memory.grow (i32.const 99)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
    (loop $l (drop (memory.grow (local.get $i)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 60))))
    unreachable)))",
                               40);
  ASSERT_NE(trap, nullptr);
  auto const& all = trap->story().refused_growths;
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all.back().by, 59u);
  EXPECT_EQ(all.front().by, 52u);
  EXPECT_TRUE(tells(*trap, "and 5 more before")) << trap->report();

  auto const* const repeated = run(R"((module (memory 1) (func (export "f") (param i32) (result i32)
    (loop $l (drop (memory.grow (i32.const 99))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    unreachable)))",
                                   40);
  ASSERT_NE(repeated, nullptr);
  ASSERT_EQ(repeated->story().refused_growths.size(), 1u);
  EXPECT_EQ(repeated->story().refused_growths.front().times, 40u);
  EXPECT_NE(repeated->report().find("(40 times)"), std::string::npos) << repeated->report();
}

TEST_P(LimitStoryTest, RefusalsOfEarlierCallsAreForgotten) {
  store_.emplace(engine_, StoreLimits{.memory_size = page});
  auto const it = instance(*store_, R"((module (memory 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "f") (param i32) (result i32) unreachable)))");
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(*store_, it, "grow").call(*store_, 3), -1);
  auto const* const trap = call(it, 0);
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(trap->story().refused_growths.empty());
}

TEST_P(LimitStoryTest, HostsCanAskForThem) {
  store_.emplace(engine_, StoreLimits{.memory_size = page});
  auto const it = instance(*store_, R"((module (memory (export "m") 1) (table 1 1 funcref)
    (func (export "grow") (param i32) (result i32)
      (drop (table.grow (ref.null func) (i32.const 9))) (memory.grow (local.get 0)))))");
  auto const memory = *it.get_memory(*store_, "m");
  EXPECT_TRUE(memory.refused_growths(*store_)->empty());
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(*store_, it, "grow").call(*store_, 3), -1);
  auto const refused = memory.refused_growths(*store_);
  ASSERT_TRUE(ok(refused));
  ASSERT_EQ(refused->size(), 1u);
  EXPECT_EQ(refused->front().by, 3u);
  EXPECT_EQ(refused->front().frames.front().name, "grow");
}

TEST_P(LimitStoryTest, RefusalsInCallsOfHostFunctionsAreRemembered) {
  store_.emplace(engine_, StoreLimits{.memory_size = page});
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("host", "twice", [](Caller& caller, std::uint32_t pages) -> Result<std::uint32_t> {
    auto const grow = caller.get_func("grow");
    auto const typed = grow->typed<std::uint32_t(std::uint32_t)>(caller);
    return typed->call(caller, pages);
  })));
  auto const it = instance(*store_, R"((module (import "host" "twice" (func $twice (param i32) (result i32)))
    (memory 1)
    (func $grow (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "f") (param i32) (result i32) (drop (call $twice (local.get 0))) unreachable)))",
                           linker);
  auto const* const trap = call(it, 3);
  ASSERT_NE(trap, nullptr);
  ASSERT_EQ(trap->story().refused_growths.size(), 1u);
  auto const& frames = trap->story().refused_growths.front().frames;
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].name, "grow");
  EXPECT_TRUE(frames[1].is_host);
  EXPECT_EQ(frames[1].name, "host.twice");
  EXPECT_EQ(frames[2].name, "f");
}

TEST_P(LimitStoryTest, LimitsThatWereNotTheCause) {
  constexpr char const* wat = R"((module (memory 1) (func (export "f") (param i32) (result i32)
    (i32.load (local.get 0)))))";
  auto const* trap = run(wat, 70000, {.memory_size = 1u << 30, .total_memory = 3u << 20});
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(tells(*trap, "note: the memory limit (1 GiB) was not reached: 64 KiB in use")) << trap->report();
  EXPECT_TRUE(tells(*trap, "note: the limit on all memories together (3 MiB) was not reached: 64 KiB in use"))
      << trap->report();
  trap = run(wat, 70000, {.memory_size = page});
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(tells(*trap, "note: the memory limit (64 KiB) is used up, but no growth was refused in this call"));
  trap = run(std::string{careless} + ")", 10);
  ASSERT_NE(trap, nullptr);
  EXPECT_EQ(trap->report().find("was not reached"), std::string::npos);
}

TEST_P(LimitStoryTest, TheStack) {
  auto const* trap = run(R"((module (func $f (export "f") (param i32) (result i32) (call $f (local.get 0)))))", 0);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().limit.has_value());
  auto const& facts = *trap->story().limit;
  EXPECT_EQ(facts.limit, LimitKind::stack);
  EXPECT_EQ(facts.allowed, 64u << 10);
  EXPECT_EQ(facts.in_use, 4095u * 16); // an argument and a link for each call
  ASSERT_TRUE(facts.asked.has_value());
  EXPECT_GT(*facts.asked, 64u << 10);
  EXPECT_LT(*facts.asked, 65u << 10);
  EXPECT_EQ(trap->message(), "call stack exhausted: refused by Config::max_stack_bytes: asked " +
                                 std::to_string(*facts.asked) + " bytes, in use " + std::to_string(facts.in_use) +
                                 " bytes, allowed 65536 bytes");
  // By way of a table the code does not say whom it calls.
  trap = run(R"((module (table funcref (elem $f)) (type $t (func (param i32) (result i32)))
    (func $f (export "f") (param i32) (result i32) (call_indirect (type $t) (local.get 0) (i32.const 0)))))",
             0);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().limit.has_value());
  EXPECT_EQ(trap->story().limit->in_use, 4095u * 16);
  EXPECT_FALSE(trap->story().limit->asked.has_value());
  EXPECT_GT(trap->story().limit->in_use, 63u << 10);
}

TEST_P(LimitStoryTest, AFrameThatNeverFits) {
  std::string wat = "(module (func (export \"f\") (param i32) (result i32) (local";
  for (int i = 0; i < 20000; ++i) {
    wat += " i64";
  }
  auto const* const trap = run(wat + ") (i32.const 0)))", 0);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().limit.has_value());
  EXPECT_EQ(trap->story().limit->in_use, 0u);
  ASSERT_TRUE(trap->story().limit->asked.has_value());
  EXPECT_GE(*trap->story().limit->asked, 160000u);
}

TEST_P(LimitStoryTest, CallsWithinCalls) {
  Engine const engine{Config{}.backend(GetParam()).max_recursion_depth(5)};
  Store store{engine};
  Linker linker{engine};
  ASSERT_TRUE(ok(linker.func("host", "again", [](Caller& caller, std::uint32_t x) -> Result<std::uint32_t> {
    return caller.get_func("f")->typed<std::uint32_t(std::uint32_t)>(caller)->call(caller, x);
  })));
  auto const module = Module::from_wat(engine, R"((module
    (import "host" "again" (func $again (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $again (local.get 0)))))");
  ASSERT_TRUE(ok(module));
  auto const it = linker.instantiate(store, *module);
  ASSERT_TRUE(ok(it));
  auto const done = it->get_typed_func<std::uint32_t(std::uint32_t)>(store, "f")->call(store, 0u);
  ASSERT_TRUE(traps(done, TrapReason::call_stack_exhausted));
  EXPECT_TRUE(fails(done, ErrorKind::exhausted,
                    "call stack exhausted: refused by Config::max_recursion_depth: asked 6, in use 5, allowed 5"));
  EXPECT_EQ(done.error().trap()->story().limit->limit, LimitKind::recursion);
}

TEST_P(LimitStoryTest, Fuel) {
  Engine const engine{Config{}.backend(GetParam()).consume_fuel(true)};
  Store store{engine};
  ASSERT_TRUE(ok(store.set_fuel(1000)));
  auto const module = Module::from_wat(engine, R"((module (memory 1)
    (func (export "f") (param i32) (result i32) (loop (br 0)) (i32.const 0))
    (func (export "fill") (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)))))");
  ASSERT_TRUE(ok(module));
  auto const it = Linker{engine}.instantiate(store, *module);
  ASSERT_TRUE(ok(it));
  auto const endless = it->get_typed_func<std::uint32_t(std::uint32_t)>(store, "f")->call(store, 0u);
  EXPECT_TRUE(fails(endless, ErrorKind::exhausted,
                    "out of fuel: refused by Store::set_fuel: asked 1001 instructions, in use 1000 instructions, "
                    "allowed 1000 instructions"));
  ASSERT_TRUE(ok(store.set_fuel(100)));
  auto const fill = it->get_typed_func<void()>(store, "fill")->call(store);
  ASSERT_TRUE(traps(fill, TrapReason::out_of_fuel));
  EXPECT_GT(*fill.error().trap()->story().limit->asked, 1000u) << "one unit for every 64 bytes";
}

TEST_P(LimitStoryTest, HostsThatAskInHostFunctions) {
  store_.emplace(engine_, StoreLimits{.memory_size = page});
  Linker linker{engine_};
  std::string message;
  ASSERT_TRUE(ok(linker.func("host", "grow", [&message](Caller& caller) {
    auto const memory = caller.memory(0);
    auto const grown = memory->grow(caller, 2);
    message = grown.has_value() ? "" : grown.error().message();
  })));
  auto const it = instance(*store_, R"((module (import "host" "grow" (func $grow)) (memory 1)
    (func (export "f") (param i32) (result i32) (call $grow) (i32.const 0))))",
                           linker);
  EXPECT_TRUE(ok(func<std::int32_t(std::int32_t)>(*store_, it, "f").call(*store_, 0)));
  EXPECT_NE(message.find("growing a memory by 2 pages was refused by StoreLimits::memory_size: asked 196608 bytes (3 "
                         "pages), in use 65536 bytes (1 page), allowed 65536 bytes (1 page); asked by the host in host "
                         "function host.grow, called from function 1 `f` (+0x"),
            std::string::npos)
      << message;
  EXPECT_TRUE(message.ends_with(" (Memory::grow)")) << message;
}

} // namespace
} // namespace weir::test
