// Stores: host data, wrong stores, threads, destruction at awkward moments.
#include <atomic>
#include <semaphore>
#include <thread>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class StoreTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, StoreTest, testing::ValuesIn(backends()), backend_name);

struct State {
  int calls = 0;
};

TEST_P(StoreTest, HostDataIsTyped) {
  Store store{engine_};
  EXPECT_EQ(store.data<State>(), nullptr);
  store.set_data(State{}).calls = 1;
  ASSERT_NE(store.data<State>(), nullptr);
  EXPECT_EQ(store.data<int>(), nullptr);
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "count", [](Caller& caller) { return ++caller.data<State>()->calls; })));
  auto const it = instance(store, R"((module (import "env" "count" (func $c (result i32)))
    (func (export "run") (result i32) (call $c))))",
                           linker);
  EXPECT_EQ(*func<std::int32_t()>(store, it, "run").call(store), 2);
  EXPECT_EQ(store.data<State>()->calls, 2);
}

TEST_P(StoreTest, HandlesOfAnotherStoreAreErrors) {
  Store store{engine_};
  Store other{engine_};
  auto const it = instance(store, R"((module (memory (export "m") 1) (table (export "t") 1 funcref)
    (global (export "g") i32 (i32.const 1)) (func (export "f"))))");
  constexpr auto kind = ErrorKind::usage;
  EXPECT_TRUE(fails(it.get_func(other, "f"), kind, "another store"));
  EXPECT_TRUE(fails(it.exports(other), kind));
  auto const f = func<void()>(store, it, "f");
  EXPECT_TRUE(fails(f.call(other), kind, "another store"));
  EXPECT_TRUE(fails(f.func().call(other, {}), kind));
  EXPECT_TRUE(fails(f.func().type(other), kind));
  auto const memory = *it.get_memory(store, "m");
  EXPECT_TRUE(fails(memory.size(other), kind));
  EXPECT_TRUE(fails(memory.write(other, 0, "x"), kind));
  EXPECT_TRUE(fails(memory.grow(other, 1), kind));
  EXPECT_TRUE(fails(it.get_table(store, "t")->get(other, 0), kind));
  EXPECT_TRUE(fails(it.get_global(store, "g")->get(other), kind));
  EXPECT_TRUE(ok(f.call(store)));
}

TEST_P(StoreTest, NullHandlesAreErrors) {
  Store store{engine_};
  constexpr auto kind = ErrorKind::usage;
  EXPECT_TRUE(fails(Func{}.call(store, {}), kind, "null"));
  EXPECT_TRUE(fails(TypedFunc<void()>{}.call(store), kind));
  EXPECT_TRUE(fails(Memory{}.size(store), kind));
  EXPECT_TRUE(fails(Table{}.size(store), kind));
  EXPECT_TRUE(fails(Global{}.get(store), kind));
  EXPECT_TRUE(fails(Instance{}.exports(store), kind));
  Linker linker{engine_};
  EXPECT_TRUE(fails(linker.define("a", "b", Memory{}), kind));
}

TEST_P(StoreTest, HandlesThatOutliveTheirStore) {
  TypedFunc<void()> f;
  Memory memory;
  {
    Store store{engine_};
    auto const it = instance(store, R"((module (memory (export "m") 1) (func (export "f"))))");
    f = func<void()>(store, it, "f");
    memory = *it.get_memory(store, "m");
  }
  Store store{engine_};
  EXPECT_TRUE(fails(f.call(store), ErrorKind::usage));
  EXPECT_TRUE(fails(memory.size(store), ErrorKind::usage));
}

TEST_P(StoreTest, MovedFromStoresAreEmpty) {
  Store store{engine_};
  auto const it = instance(store, R"((module (func (export "f"))))");
  auto const f = func<void()>(store, it, "f");
  Store moved = std::move(store);
  EXPECT_TRUE(ok(f.call(moved)));
  // NOLINTBEGIN(bugprone-use-after-move): that is the point
  EXPECT_TRUE(fails(f.call(store), ErrorKind::usage, "moved from"));
  EXPECT_TRUE(fails(store.set_fuel(1), ErrorKind::usage));
  EXPECT_TRUE(fails(store.interrupt_handle(), ErrorKind::usage));
  EXPECT_TRUE(fails(Memory::create(store, MemoryType{}), ErrorKind::usage));
  EXPECT_EQ(store.data<int>(), nullptr);
  EXPECT_TRUE(fails(Func::wrap(store, [] {}), ErrorKind::usage));
  // NOLINTEND(bugprone-use-after-move)
}

TEST_P(StoreTest, ModulesOfAnotherEngineAreErrors) {
  Engine other{Config{}.backend(GetParam())};
  auto const foreign = Module::from_wat(other, "(module)");
  Store store{engine_};
  Linker linker{engine_};
  EXPECT_TRUE(fails(linker.instantiate(store, *foreign), ErrorKind::usage, "another engine"));
  EXPECT_TRUE(fails(linker.instantiate_pre(*foreign), ErrorKind::usage, "another engine"));
  EXPECT_TRUE(fails(Instance::create(store, *foreign, {}), ErrorKind::usage, "another engine"));
}

TEST_P(StoreTest, TwoThreadsInOneStoreAreFoundOut) {
  Store store{engine_};
  Linker linker{engine_};
  std::binary_semaphore inside{0};
  std::binary_semaphore go_on{0};
  ASSERT_TRUE(ok(linker.func("env", "wait", [&] {
    inside.release();
    go_on.acquire();
  })));
  auto const it = instance(store, R"((module (import "env" "wait" (func $wait)) (memory (export "m") 1)
    (func (export "run") (call $wait))))",
                           linker);
  auto const run = func<void()>(store, it, "run");
  auto const memory = *it.get_memory(store, "m");
  Result<void> first;
  std::thread guest{[&] { first = run.call(store); }};
  inside.acquire();
  EXPECT_TRUE(fails(run.call(store), ErrorKind::usage, "another thread"));
  EXPECT_TRUE(fails(memory.size(store), ErrorKind::usage, "another thread"));
  EXPECT_TRUE(fails(it.get_func(store, "run"), ErrorKind::usage, "another thread"));
  go_on.release();
  guest.join();
  EXPECT_TRUE(ok(first));
  EXPECT_TRUE(ok(memory.size(store))) << "afterwards another thread may use it";
}

TEST_P(StoreTest, ManyThreadsShareAModule) {
  // Functions are translated on their first call, here by several threads at once.
  std::string wat = "(module";
  for (int i = 0; i < 50; ++i) {
    wat += "(func (export \"f" + std::to_string(i) + "\") (param i32) (result i32) (i32.add (local.get 0) (i32.const " +
           std::to_string(i) + ")))";
  }
  auto const shared = module(wat + ")");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Store store{engine_};
      Linker linker{engine_};
      auto const it = linker.instantiate(store, shared);
      for (int i = 0; i < 50; ++i) {
        auto const f = it->get_typed_func<std::int32_t(std::int32_t)>(store, "f" + std::to_string(i));
        if (!f.has_value() || f->call(store, 1000) != 1000 + i) {
          ++wrong;
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST_P(StoreTest, DestroyedInAHostFunction) {
  auto store = std::make_unique<Store>(engine_);
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("env", "close", [&](Caller& caller) {
    store.reset();
    EXPECT_TRUE(fails(caller.memory(), ErrorKind::usage, "destroyed"));
  })));
  auto const it = instance(*store, R"((module (import "env" "close" (func $close)) (memory 1)
    (func (export "run") (result i32) (call $close) (i32.load (i32.const 0)))))",
                           linker);
  auto const run = func<std::int32_t()>(*store, it, "run");
  EXPECT_TRUE(fails(run.call(*store), ErrorKind::usage, "destroyed"));
  EXPECT_EQ(store, nullptr);
}

TEST_P(StoreTest, DestroyedByAnotherThread) {
  std::string told;
  Engine const engine{Config{}.backend(GetParam()).diagnostic_sink([&](std::string_view text) { told = text; })};
  auto store = std::make_unique<Store>(engine);
  Linker linker{engine};
  std::binary_semaphore inside{0};
  std::binary_semaphore go_on{0};
  ASSERT_TRUE(ok(linker.func("env", "wait", [&] {
    inside.release();
    go_on.acquire();
  })));
  auto const made = Module::from_wat(engine, R"((module (import "env" "wait" (func $wait)) (memory 1)
    (func (export "run") (call $wait) (i32.store (i32.const 0) (i32.const 1)))))");
  auto const it = linker.instantiate(*store, *made);
  auto const run = func<void()>(*store, *it, "run");
  Result<void> result;
  std::thread guest{[&, &in = *store] { result = run.call(in); }};
  inside.acquire();
  store.reset();
  EXPECT_NE(told.find("destroyed while another thread"), std::string::npos) << told;
  go_on.release();
  guest.join();
  EXPECT_TRUE(fails(result, ErrorKind::usage, "destroyed"));
}

TEST_P(StoreTest, HostFunctionsMayUseTheStoreItself) {
  Store store{engine_};
  Linker linker{engine_};
  Instance it;
  ASSERT_TRUE(ok(linker.func("env", "again", [&](Caller& caller, std::int32_t n) -> Result<std::int32_t> {
    if (n == 0) {
      return 0;
    }
    // Through the store or through the caller: both re-enter.
    auto const f = n % 2 == 0 ? it.get_typed_func<std::int32_t(std::int32_t)>(store, "run")
                              : caller.get_func("run")->typed<std::int32_t(std::int32_t)>(caller);
    return f->call(caller, n - 1);
  })));
  it = instance(store, R"((module (import "env" "again" (func $again (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (i32.const 1) (call $again (local.get 0))))))",
                linker);
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "run").call(store, 20), 21);
}

TEST_P(StoreTest, CallerKnowsItsInstance) {
  Store store{engine_};
  Linker linker{engine_};
  Instance it;
  int checks = 0;
  ASSERT_TRUE(ok(linker.func("env", "check", [&](Caller& caller) {
    EXPECT_EQ(caller.instance(), it);
    EXPECT_TRUE(ok(caller.get_memory("m")));
    EXPECT_EQ(*caller.memory(), *caller.get_memory("m"));
    EXPECT_TRUE(fails(caller.memory(1), ErrorKind::usage, "has 1 memories"));
    EXPECT_TRUE(fails(caller.get_memory("run"), ErrorKind::usage, "is a func, not a memory"));
    EXPECT_TRUE(fails(caller.get_func("nothing"), ErrorKind::usage, "no export"));
    auto const frames = caller.backtrace();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_TRUE(frames[0].is_host);
    EXPECT_EQ(frames[1].name, "run");
    ++checks;
  })));
  it = instance(store, R"((module (import "env" "check" (func $check)) (memory (export "m") 1)
    (func (export "run") (call $check))))",
                linker);
  EXPECT_TRUE(ok(func<void()>(store, it, "run").call(store)));
  EXPECT_EQ(checks, 1);
  auto const direct = Func::wrap(store, [&](Caller& caller) {
    EXPECT_FALSE(caller.instance().has_value());
    EXPECT_TRUE(fails(caller.memory(), ErrorKind::usage, "no calling instance"));
    ++checks;
  });
  EXPECT_TRUE(ok(direct->call(store, {})));
  EXPECT_EQ(checks, 2);
}

TEST_P(StoreTest, ABackendThatIsMissingIsAnError) {
  if (Engine::has_backend(Backend::tail_call)) {
    EXPECT_EQ(Engine{Config{}.backend(Backend::tail_call)}.backend(), Backend::tail_call);
    EXPECT_EQ(Engine{}.backend(), Backend::tail_call);
    return;
  }
  Engine const engine{Config{}.backend(Backend::tail_call)};
  EXPECT_TRUE(fails(Engine::create(Config{}.backend(Backend::tail_call)), ErrorKind::unsupported, "tail-call"));
  EXPECT_TRUE(fails(Module::from_wat(engine, "(module)"), ErrorKind::unsupported));
  EXPECT_TRUE(fails(Store::create(engine), ErrorKind::unsupported));
  EXPECT_EQ(Engine{}.backend(), Backend::loop);
}

} // namespace
} // namespace weir::test
