// Arguments, environment, clocks, randomness, the end of a program; and what every function does with wild addresses.
#include <chrono>
#include <limits>
#include <thread>

#include "unit/wasi/fixture.hpp"

namespace weir::wasi::test {
namespace {

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

TEST(Arguments, AreStoredWithPointers) {
  Guest guest{Config{}.arg("program").args({"", "two words"}).env("A", "1").env("B", "x=y").env("A", "2")};
  EXPECT_EQ(guest.call("args_sizes_get", 0, 4), Errno::success);
  EXPECT_EQ(guest.u32(0), 3u);
  EXPECT_EQ(guest.u32(4), 8u + 1u + 10u);
  EXPECT_EQ(guest.call("args_get", 100, 200), Errno::success);
  EXPECT_EQ(guest.text(200, 19), (std::string{"program\0\0two words\0", 19}));
  EXPECT_EQ(guest.u32(100), 200u);
  EXPECT_EQ(guest.u32(104), 208u);
  EXPECT_EQ(guest.u32(108), 209u);
  EXPECT_EQ(guest.call("environ_sizes_get", 0, 4), Errno::success);
  EXPECT_EQ(guest.u32(0), 2u);
  EXPECT_EQ(guest.u32(4), 4u + 6u);
  EXPECT_EQ(guest.call("environ_get", 101, 203), Errno::success); // unaligned
  EXPECT_EQ(guest.text(203, 10), (std::string{"A=2\0B=x=y\0", 10}));
}

TEST(Arguments, FitUpToTheLastByteAndNotBeyond) {
  Guest guest{Config{}.arg("abc")};
  EXPECT_EQ(guest.call("args_get", 0, memory_bytes - 4), Errno::success);
  guest.set<std::uint32_t>(0, 77);
  EXPECT_EQ(guest.call("args_get", 0, memory_bytes - 3), Errno::fault);
  EXPECT_EQ(guest.call("args_get", memory_bytes - 3, 0), Errno::fault);
  EXPECT_EQ(guest.u32(0), 77u) << "nothing may be written before everything is checked";
}

TEST(Arguments, AnEnvironmentOfAMegabyteIsToldByItsSize) {
  Guest guest{Config{}.env("BIG", std::string(1 << 20, 'x'))};
  EXPECT_EQ(guest.call("environ_sizes_get", 0, 4), Errno::success);
  EXPECT_EQ(guest.u32(4), (1u << 20) + 5);
  EXPECT_EQ(guest.call("environ_get", 0, 64), Errno::fault); // memory is smaller
  Guest roomy{Config{}.env("BIG", std::string(1 << 20, 'x')), "wasi_snapshot_preview1",
              "(memory (export \"memory\") 17)"};
  ASSERT_EQ(roomy.call("environ_get", 0, 64), Errno::success);
  EXPECT_EQ(roomy.u32(0), 64u);
  EXPECT_EQ(roomy.text(64, (1 << 20) + 5), "BIG=" + std::string(1 << 20, 'x') + '\0');
}

TEST(Arguments, WhatCannotBeToldIsRefused) {
  auto const refused = [](Config const& config) {
    auto const context = Context::create(config);
    return !context.has_value() && context.error().kind() == ErrorKind::usage;
  };
  EXPECT_TRUE(refused(Config{}.arg(std::string("a\0b", 3))));
  EXPECT_TRUE(refused(Config{}.env("", "x")));
  EXPECT_TRUE(refused(Config{}.env("A=B", "x")));
  EXPECT_TRUE(refused(Config{}.max_descriptors(2)));
  EXPECT_TRUE(refused(Config{}.preopen(".", "")));
  auto const missing = Context::create(Config{}.preopen("/no/such/folder", "/"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind(), ErrorKind::io);
  EXPECT_NE(missing.error().message().find("/no/such/folder"), std::string::npos);
}

TEST(Arguments, TheHostsEnvironmentCanBeInherited) {
  ::setenv("WEIR_TEST_VARIABLE", "of the host", 1);
  Guest guest{Config{}.inherit_env()};
  ASSERT_EQ(guest.call("environ_sizes_get", 0, 4), Errno::success);
  auto const size = guest.u32(4);
  ASSERT_EQ(guest.call("environ_get", 100, 40000), Errno::success);
  EXPECT_NE(guest.text(40000, size).find("WEIR_TEST_VARIABLE=of the host"), std::string::npos);
}

TEST(Clocks, TellTheSystemsTime) {
  Guest guest{Config{}};
  ASSERT_EQ(guest.call("clock_time_get", 0, 0, 8), Errno::success);
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  auto const told = std::chrono::nanoseconds{guest.u64(8)};
  EXPECT_LT(std::chrono::abs(now - told), std::chrono::seconds{5});
  for (unsigned id = 0; id < 4; ++id) {
    EXPECT_EQ(guest.call("clock_time_get", id, 1, 8), Errno::success) << id;
    EXPECT_EQ(guest.call("clock_res_get", id, 8), Errno::success) << id;
    EXPECT_GT(guest.u64(8), 0u);
  }
  EXPECT_EQ(guest.call("clock_time_get", 99, 0, 8), Errno::inval);
  EXPECT_EQ(guest.call("clock_res_get", 99, 8), Errno::inval);
  EXPECT_EQ(guest.call("clock_time_get", 0, 0, memory_bytes - 7), Errno::fault);
  EXPECT_EQ(guest.call("clock_time_get", 0, 0, memory_bytes - 8), Errno::success);
}

TEST(Clocks, CanBeTheEmbedders) {
  auto const clock = std::make_shared<ManualClock>(5'000'000'000, 7);
  Guest guest{Config{}.clock(clock)};
  ASSERT_EQ(guest.call("clock_time_get", 0, 0, 8), Errno::success);
  EXPECT_EQ(guest.u64(8), 5'000'000'000u);
  ASSERT_EQ(guest.call("clock_time_get", 1, 0, 8), Errno::success);
  EXPECT_EQ(guest.u64(8), 7u);
  ASSERT_EQ(guest.call("clock_res_get", 1, 8), Errno::success);
  EXPECT_EQ(guest.u64(8), 1u);
}

TEST(Randomness, FillsExactlyTheRange) {
  Guest guest{Config{}};
  ASSERT_EQ(guest.call("random_get", 100, 64), Errno::success);
  EXPECT_EQ(guest.text(92, 8), std::string(8, '\0'));
  EXPECT_NE(guest.text(100, 64), std::string(64, '\0'));
  EXPECT_EQ(guest.text(164, 8), std::string(8, '\0'));
  EXPECT_EQ(guest.call("random_get", 0, 0), Errno::success);
  EXPECT_EQ(guest.call("random_get", memory_bytes, 0), Errno::success);
  EXPECT_EQ(guest.call("random_get", 1, top), Errno::fault);
  EXPECT_EQ(guest.call("random_get", 0, memory_bytes + 1), Errno::fault);
}

TEST(Randomness, OfASeedIsTheSameEachTime) {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    Guest guest{Config{}.random(seeded_random(42))};
    ASSERT_EQ(guest.call("random_get", 0, 1000), Errno::success);
    auto const bytes = guest.text(0, 1000);
    EXPECT_TRUE(first.empty() || first == bytes);
    first = bytes;
  }
  Guest other{Config{}.random(seeded_random(43))};
  ASSERT_EQ(other.call("random_get", 0, 1000), Errno::success);
  EXPECT_NE(other.text(0, 1000), first);
}

TEST(Randomness, OfAGibibyteCanBeInterrupted) {
  Guest guest{Config{}, "wasi_snapshot_preview1", "(memory (export \"memory\") 65536)"};
  for (std::uint32_t const length : {1u << 30, 0xFFFFFFFFu}) {
    auto const begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(guest.store().set_deadline(begin + std::chrono::milliseconds{50}).has_value());
    auto const result = guest.try_call("random_get", 0, length);
    ASSERT_FALSE(result.has_value());
    ASSERT_NE(result.error().trap(), nullptr);
    EXPECT_EQ(result.error().trap()->reason(), TrapReason::deadline_reached);
    EXPECT_EQ(result.error().kind(), ErrorKind::exhausted);
  }
}

TEST(Process, ExitIsAStatus) {
  Guest guest{Config{}};
  for (std::uint32_t const status : {0u, 1u, 42u, 255u, 0xFFFFFFFFu}) {
    auto const result = guest.try_call("proc_exit", status);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(exit_status(result.error()), status);
    EXPECT_EQ(result.error().kind(), ErrorKind::host);
    ASSERT_NE(result.error().trap(), nullptr);
    EXPECT_EQ(result.error().trap()->reason(), TrapReason::host_error);
  }
  EXPECT_EQ(guest.call("sched_yield"), Errno::success); // the instance is still good
}

TEST(Process, ExitInTheStartFunctionEndsInstantiation) {
  Engine engine;
  Linker linker{engine};
  ASSERT_TRUE(add_to_linker(linker).has_value());
  Store store{engine};
  store.set_data(Context::create(Config{}).value());
  auto const module = Module::from_wat(engine, R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (func $start (call $exit (i32.const 7)) unreachable) (start $start)))");
  auto const made = linker.instantiate(store, module.value());
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(exit_status(made.error()), 7u);
}

TEST(Process, ExitPassesThroughHostFunctions) {
  Engine engine;
  Linker linker{engine};
  ASSERT_TRUE(add_to_linker(linker).has_value());
  ASSERT_TRUE(linker
                  .func("host", "again",
                        [](Caller& caller) -> Result<void> {
                          auto done = caller.get_func("inner").value().call(caller, {});
                          return done.has_value() ? Result<void>{} : std::unexpected(std::move(done).error());
                        })
                  .has_value());
  Store store{engine};
  store.set_data(Context::create(Config{}).value());
  auto const instance = linker.instantiate(store, Module::from_wat(engine, R"((module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "host" "again" (func $again))
    (func (export "outer") (call $again))
    (func (export "inner") (call $exit (i32.const 9)))))")
                                                      .value());
  ASSERT_TRUE(instance.has_value());
  auto const result = instance->get_func(store, "outer").value().call(store, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(exit_status(result.error()), 9u);
}

TEST(Process, SignalsAreNotSupported) {
  Guest guest{Config{}};
  EXPECT_EQ(guest.call("proc_raise", 6), Errno::notsup);
  EXPECT_EQ(guest.call("proc_raise", top), Errno::notsup);
}

TEST(Linking, AStoreWithoutAContextSaysSo) {
  Engine engine;
  Linker linker{engine};
  ASSERT_TRUE(add_to_linker(linker).has_value());
  Store store{engine};
  auto const instance =
      linker.instantiate(store, Module::from_wat(engine, wrapper("wasi_snapshot_preview1", one_page)).value());
  ASSERT_TRUE(instance.has_value());
  auto const result = instance->get_func(store, "sched_yield").value().call(store, {});
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message().find("set_data"), std::string::npos) << result.error().message();
}

TEST(Linking, OneLinkerServesManyStores) {
  Engine engine;
  Linker linker{engine};
  ASSERT_TRUE(add_to_linker(linker).has_value());
  auto const pre =
      linker.instantiate_pre(Module::from_wat(engine, wrapper("wasi_snapshot_preview1", one_page)).value());
  ASSERT_TRUE(pre.has_value());
  for (std::string const name : {"one", "two", "three"}) {
    Store store{engine};
    store.set_data(Context::create(Config{}.arg(name)).value());
    auto const first = pre->instantiate(store).value();
    auto const second = pre->instantiate(store).value(); // shares the context, has a memory of its own
    for (auto const& instance : {first, second, first}) {
      auto const result = instance.get_func(store, "args_get").value().call(store, {Val{0}, Val{100}});
      ASSERT_TRUE(result.has_value());
      EXPECT_EQ(instance.get_memory(store, "memory").value().read_string(store, 100, name.size()).value(), name);
    }
  }
}

TEST(Linking, TheContextMayBeElsewhere) {
  Engine engine;
  Linker linker{engine};
  auto context = Context::create(Config{}.arg("elsewhere")).value();
  ASSERT_TRUE(add_to_linker(linker, [&context](Caller&) { return &context; }).has_value());
  Store store{engine};
  auto const instance =
      linker.instantiate(store, Module::from_wat(engine, wrapper("wasi_snapshot_preview1", one_page)).value()).value();
  ASSERT_TRUE(instance.get_func(store, "args_get").value().call(store, {Val{0}, Val{100}}).has_value());
  EXPECT_EQ(instance.get_memory(store, "memory").value().read_string(store, 100, 9).value(), "elsewhere");
}

// Without a memory, and with every argument at its largest: an error number or success, never a trap.
TEST(Abi, SurvivesWildArguments) {
  for (std::string_view const memory :
       {std::string_view{}, one_page, std::string_view{"(memory (export \"memory\") 0)"},
        std::string_view{"(global (export \"memory\") i32 (i32.const 0))"}}) {
    for (std::uint64_t const value :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{memory_bytes - 1}, std::uint64_t{1} << 31,
          std::uint64_t{1} << 63, top}) {
      TemporaryFolder folder;
      Guest guest{Config{}.preopen(folder.path(), "/"), "wasi_snapshot_preview1", memory};
      for (auto const& [name, letters] : signatures()) {
        if (name == "proc_exit" || name == "fd_close" || name == "fd_renumber" || name == "fd_fdstat_set_rights") {
          continue;
        }
        for (std::uint64_t const first : {value, std::uint64_t{3}, std::uint64_t{1}}) {
          std::array<std::uint64_t, 9> all;
          all.fill(value);
          all[0] = first;
          Result<std::vector<Val>> result = [&]<std::size_t... I>(std::index_sequence<I...>) {
            switch (letters.size()) {
            case 0: return guest.try_call(name);
            case 1: return guest.try_call(name, all[0]);
            case 2: return guest.try_call(name, all[0], all[1]);
            case 3: return guest.try_call(name, all[0], all[1], all[2]);
            case 4: return guest.try_call(name, all[0], all[1], all[2], all[3]);
            case 5: return guest.try_call(name, all[0], all[1], all[2], all[3], all[4]);
            case 6: return guest.try_call(name, all[0], all[1], all[2], all[3], all[4], all[5]);
            case 7: return guest.try_call(name, all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
            default: return guest.try_call(name, all[I]...);
            }
          }(std::make_index_sequence<9>{});
          ASSERT_TRUE(result.has_value()) << name << " " << value << ": " << result.error().message();
          EXPECT_LE(result->at(0).bits(), 76u) << name;
        }
      }
      if (value >= memory_bytes - 1) { // smaller ones are good addresses
        EXPECT_TRUE(fs::is_empty(folder.path())) << "something was made in spite of errors, at " << value;
      }
    }
  }
}

} // namespace
} // namespace weir::wasi::test
