// StoreLimits and ResourceLimiter as guests and hosts see them.
#include <functional>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class LimitsTest : public ApiTest {
 protected:
  static constexpr std::string_view growing = R"((module (memory (export "m") 1 5) (table (export "t") 1 5 funcref)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) memory.size)
    (func (export "grow_table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))";
};
INSTANTIATE_TEST_SUITE_P(Backends, LimitsTest, testing::ValuesIn(backends()), backend_name);

constexpr std::uint64_t page = 65536;

struct Limiter : ResourceLimiter {
  int asked = 0;
  int failed = 0;
  std::uint64_t desired = 0;
  std::function<Result<bool>()> answer = [] { return Result<bool>{true}; };
  Result<void> on_failure;

  Result<bool> memory_growing(std::uint64_t, std::uint64_t to, std::optional<std::uint64_t>) override {
    ++asked;
    desired = to;
    return answer();
  }
  Result<bool> table_growing(std::uint64_t, std::uint64_t to, std::optional<std::uint64_t>) override {
    ++asked;
    desired = to;
    return answer();
  }
  Result<void> memory_grow_failed(Error const&) override { return ++failed, on_failure; }
  Result<void> table_grow_failed(Error const&) override { return ++failed, on_failure; }
};

TEST_P(LimitsTest, RefusedGrowthIsMinusOne) {
  Store store{engine_, {.memory_size = 3 * page, .table_elements = 3}};
  auto const it = instance(store, growing);
  auto const grow = func<std::int32_t(std::int32_t)>(store, it, "grow");
  EXPECT_EQ(*grow.call(store, 2), 1);
  EXPECT_EQ(*grow.call(store, 1), -1);
  EXPECT_EQ(*grow.call(store, 0), 3);
  EXPECT_EQ(*grow.call(store, -1), -1);
  EXPECT_EQ(*func<std::int32_t()>(store, it, "size").call(store), 3);
  auto const grow_table = func<std::int32_t(std::int32_t)>(store, it, "grow_table");
  EXPECT_EQ(*grow_table.call(store, 2), 1);
  EXPECT_EQ(*grow_table.call(store, 1), -1);
  auto const memory = *it.get_memory(store, "m");
  EXPECT_TRUE(fails(memory.grow(store, 1), ErrorKind::limit,
                    "refused by StoreLimits::memory_size: asked 262144 bytes (4 pages), in use 196608 bytes (3 pages), "
                    "allowed 196608 "
                    "bytes (3 pages); asked by the host (Memory::grow)"));
  EXPECT_TRUE(
      fails(it.get_table(store, "t")->grow(store, 1, Func{}), ErrorKind::limit,
            "StoreLimits::table_elements: asked 4 elements, in use 3 elements, allowed 3 elements; asked by the host"));
  ASSERT_TRUE(ok(store.set_limits({})));
  EXPECT_EQ(*grow.call(store, 2), 3);
  EXPECT_EQ(*grow.call(store, 1), -1) << "the own maximum";
  EXPECT_TRUE(fails(memory.grow(store, 1), ErrorKind::limit,
                    "refused by the declared maximum: asked 393216 bytes (6 pages), in use 327680 bytes (5 "
                    "pages), allowed 327680 bytes (5 pages)"));
}

TEST_P(LimitsTest, TrapOnGrowFailure) {
  Store store{engine_, {.memory_size = 3 * page, .table_elements = 2, .trap_on_grow_failure = true}};
  auto const it = instance(store, growing);
  auto const grow = func<std::int32_t(std::int32_t)>(store, it, "grow");
  auto const refused = grow.call(store, 3);
  EXPECT_TRUE(traps(refused, TrapReason::growth_refused));
  EXPECT_TRUE(
      fails(refused, ErrorKind::trap,
            "growth refused: memory.grow of 3 pages was refused by StoreLimits::memory_size: asked 262144 bytes "
            "(4 pages), in use 65536 bytes (1 page), allowed 196608 bytes (3 pages)"));
  auto const& story = refused.error().trap()->story();
  ASSERT_TRUE(story.limit.has_value());
  EXPECT_EQ(story.limit->limit, LimitKind::memory_size);
  EXPECT_EQ(story.limit->asked, 4 * page);
  EXPECT_EQ(story.limit->allowed, 3 * page);
  EXPECT_TRUE(story.lines.empty()) << "the message says it all";
  EXPECT_EQ(refused.error().trap()->function_name(), "grow");
  EXPECT_TRUE(traps(grow.call(store, 100), TrapReason::growth_refused));
  EXPECT_EQ(*grow.call(store, 0), 1) << "growing by 0 never asks";
  EXPECT_TRUE(
      traps(func<std::int32_t(std::int32_t)>(store, it, "grow_table").call(store, 2), TrapReason::growth_refused));
  ASSERT_TRUE(ok(store.set_limits({.trap_on_grow_failure = true})));
  EXPECT_TRUE(traps(grow.call(store, 5), TrapReason::growth_refused)) << "the own maximum traps too";
  EXPECT_EQ(*grow.call(store, 4), 1);
}

TEST_P(LimitsTest, InitialSizes) {
  Store store{engine_, {.memory_size = 2 * page, .total_memory = 3 * page, .table_elements = 10}};
  Linker linker{engine_};
  auto const instantiate = [&](std::string_view wat) { return linker.instantiate(store, module(wat)); };
  EXPECT_TRUE(fails(
      instantiate("(module (memory 3))"), ErrorKind::limit,
      "creating a memory of 3 pages was refused by StoreLimits::memory_size: asked 196608 bytes (3 pages), in use 0 "
      "bytes, allowed 131072 bytes (2 pages); asked by instantiating the module for its memory 0"));
  EXPECT_TRUE(fails(instantiate("(module $m (table 11 funcref))"), ErrorKind::limit,
                    "creating a table of 11 elements was refused by StoreLimits::table_elements: asked 11 elements, in "
                    "use 0 elements, allowed 10 elements; asked by instantiating module `m` for its table 0"));
  EXPECT_TRUE(ok(instantiate("(module (memory 2) (table 10 funcref))")));
  EXPECT_TRUE(fails(instantiate("(module (memory 2))"), ErrorKind::limit,
                    "StoreLimits::total_memory: asked 262144 bytes (4 pages), in use 131072 bytes (2 pages), allowed "
                    "196608 bytes (3 pages)"));
  EXPECT_TRUE(ok(instantiate("(module (memory 1))")));
  EXPECT_TRUE(
      fails(Memory::create(store, {.limits = {1, std::nullopt}}), ErrorKind::limit, "StoreLimits::total_memory"));
}

TEST_P(LimitsTest, FailedInstantiationGivesBackWhatItTook) {
  Store store{engine_,
              {.memory_size = 1 * page, .total_memory = 2 * page, .memories = 2, .trap_on_grow_failure = false}};
  Linker linker{engine_};
  auto const good = module("(module (memory 1))");
  auto const bad = module("(module (memory 1) (table 20000000 funcref))");
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(fails(linker.instantiate(store, bad), ErrorKind::limit)) << i;
  }
  EXPECT_TRUE(ok(linker.instantiate(store, good)));
  EXPECT_TRUE(ok(linker.instantiate(store, good)));
  EXPECT_TRUE(fails(linker.instantiate(store, good), ErrorKind::limit, "StoreLimits::memories"));
}

TEST_P(LimitsTest, Counts) {
  Store store{engine_, {.instances = 2, .tables = 1, .memories = 1}};
  Linker linker{engine_};
  EXPECT_TRUE(ok(linker.instantiate(store, module("(module (memory 0) (table 0 funcref))"))));
  EXPECT_TRUE(fails(linker.instantiate(store, module("(module (memory 0))")), ErrorKind::limit,
                    "one more memory was refused by StoreLimits::memories: asked 2, in use 1, allowed 1"));
  EXPECT_TRUE(
      fails(linker.instantiate(store, module("(module (table 0 funcref))")), ErrorKind::limit, "StoreLimits::tables"));
  EXPECT_TRUE(ok(linker.instantiate(store, module("(module)"))));
  EXPECT_TRUE(fails(
      linker.instantiate(store, module("(module)")), ErrorKind::limit,
      "one more instance was refused by StoreLimits::instances: asked 3, in use 2, allowed 2; asked by instantiating "
      "the module"));
}

TEST_P(LimitsTest, TheEmbeddersLimiter) {
  Store store{engine_};
  auto const limiter = std::make_shared<Limiter>();
  ASSERT_TRUE(ok(store.set_limiter(limiter)));
  auto const it = instance(store, growing);
  EXPECT_EQ(limiter->asked, 2) << "once for the memory, once for the table";
  auto const grow = func<std::int32_t(std::int32_t)>(store, it, "grow");
  EXPECT_EQ(*grow.call(store, 0), 1);
  EXPECT_EQ(limiter->asked, 2);
  EXPECT_EQ(*grow.call(store, 1), 1);
  EXPECT_EQ(limiter->asked, 3);
  EXPECT_EQ(limiter->desired, 2 * page);

  EXPECT_EQ(*grow.call(store, 50), -1) << "asked first, then refused by the own maximum";
  EXPECT_EQ(limiter->asked, 4);
  EXPECT_EQ(limiter->desired, 52 * page);
  EXPECT_EQ(limiter->failed, 1);

  limiter->answer = [] { return Result<bool>{false}; };
  EXPECT_EQ(*grow.call(store, 1), -1);
  EXPECT_EQ(limiter->failed, 1) << "a refusal is no failure";

  limiter->answer = [] { return Result<bool>{std::unexpected(Error{ErrorKind::host, "over quota"})}; };
  auto const trapped = grow.call(store, 1);
  EXPECT_TRUE(traps(trapped, TrapReason::growth_refused));
  EXPECT_TRUE(fails(trapped, ErrorKind::trap, "over quota"));
  EXPECT_TRUE(fails(it.get_memory(store, "m")->grow(store, 1), ErrorKind::host, "over quota"));

  limiter->answer = [] { return Result<bool>{true}; };
  limiter->on_failure = std::unexpected(Error{ErrorKind::host, "too much"});
  EXPECT_TRUE(traps(grow.call(store, 50), TrapReason::growth_refused));

  ASSERT_TRUE(ok(store.set_limiter(nullptr)));
  EXPECT_EQ(*grow.call(store, 50), -1);
}

TEST_P(LimitsTest, StoreLimitsAreAskedBeforeTheLimiter) {
  Store store{engine_, {.memory_size = 1 * page}};
  auto const limiter = std::make_shared<Limiter>();
  ASSERT_TRUE(ok(store.set_limiter(limiter)));
  auto const it = instance(store, growing);
  limiter->asked = 0;
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "grow").call(store, 1), -1);
  EXPECT_EQ(limiter->asked, 0);
}

TEST_P(LimitsTest, TheLimiterCannotUseItsStore) {
  Store store{engine_};
  auto const limiter = std::make_shared<Limiter>();
  auto const it = instance(store, growing);
  ASSERT_TRUE(ok(store.set_limiter(limiter)));
  auto const memory = *it.get_memory(store, "m");
  int checks = 0;
  limiter->answer = [&] {
    EXPECT_TRUE(fails(memory.grow(store, 1), ErrorKind::usage, "must not use the store"));
    EXPECT_TRUE(fails(it.get_func(store, "grow"), ErrorKind::usage));
    ++checks;
    return Result<bool>{true};
  };
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "grow").call(store, 1), 1);
  EXPECT_EQ(*memory.grow(store, 1), 2u);
  EXPECT_EQ(checks, 2);
}

TEST_P(LimitsTest, StartFunctionsCanBeForbidden) {
  Engine const strict{Config{}.backend(GetParam()).allow_start(false)};
  Store store{strict};
  Linker linker{strict};
  auto const with = Module::from_wat(strict, "(module (func $s) (start $s))");
  ASSERT_TRUE(ok(with));
  EXPECT_TRUE(fails(linker.instantiate(store, *with), ErrorKind::link, "start function"));
  EXPECT_TRUE(ok(linker.instantiate(store, *Module::from_wat(strict, "(module (func $s))"))));
}

} // namespace
} // namespace weir::test
