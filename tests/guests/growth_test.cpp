// A growth is refused by a limit, the guest's allocator gives NULL, and the guest traps later: the report tells of the
// refusal, by whom it was asked for, and that it is the likely cause. Guests in C, C++ and Rust, each also stripped.
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <weir/weir.hpp>

#include "support/seed.hpp"

namespace {

constexpr std::uint64_t page = 65536;

using Variant = std::tuple<weir::Backend, std::string>; // and the guest's file name

class GrowthTest : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    if (!weir::Engine::has_backend(std::get<0>(GetParam()))) {
      GTEST_SKIP() << "this build has no tail calls";
    }
    engine_ = weir::Engine{weir::Config{}.backend(std::get<0>(GetParam()))};
  }

  bool is_stripped() const { return std::get<1>(GetParam()).find("stripped") != std::string::npos; }

  // The trap of a call of an export with one number; null if there was none.
  weir::Trap const* run(char const* name, std::uint32_t argument, weir::StoreLimits const& limits) {
    auto const module = weir::Module::from_file(engine_, std::string{WEIR_GROWTH_GUESTS "/"} + std::get<1>(GetParam()));
    EXPECT_TRUE(module.has_value()) << module.error().message();
    store_.emplace(engine_, limits);
    auto const instance = weir::Linker{engine_}.instantiate(*store_, *module);
    EXPECT_TRUE(instance.has_value()) << instance.error().message();
    auto const function = instance->get_typed_func<std::int32_t(std::uint32_t)>(*store_, name);
    EXPECT_TRUE(function.has_value()) << function.error().message();
    auto const done = function->call(*store_, argument);
    error_ = done.has_value() ? std::nullopt : std::optional{done.error()};
    return error_.has_value() ? error_->trap() : nullptr;
  }

  weir::Engine engine_;
  std::optional<weir::Store> store_;
  std::optional<weir::Error> error_;
};

TEST_P(GrowthTest, the_refusal_is_the_likely_cause) {
  struct Case {
    char const* function;
    weir::TrapReason reason;
  };
  auto random = weir::test::seeded_random();
  for (Case const& each :
       {Case{"fill", weir::TrapReason::out_of_bounds_memory}, Case{"checked", weir::TrapReason::unreachable},
        Case{"call", weir::TrapReason::uninitialized_element}}) {
    SCOPED_TRACE(each.function);
    std::uint64_t const limit = page * (20 + random() % 100);
    auto const asked = static_cast<std::uint32_t>(limit + random() % (1 << 20));
    auto const* const trap = run(each.function, asked, {.memory_size = limit});
    ASSERT_NE(trap, nullptr);
    EXPECT_EQ(trap->reason(), each.reason) << trap->report();
    auto const& story = trap->story();
    ASSERT_EQ(story.refused_growths.size(), 1u);
    auto const& growth = story.refused_growths.front();
    EXPECT_EQ(growth.facts.limit, weir::LimitKind::memory_size);
    EXPECT_EQ(growth.facts.allowed, limit);
    EXPECT_GT(growth.facts.asked.value_or(0), limit);
    EXPECT_EQ(growth.facts.in_use + growth.by * page, growth.facts.asked.value_or(0));
    EXPECT_TRUE(story.is_growth_likely_cause) << trap->report();
    auto const report = trap->report();
    EXPECT_NE(report.find("was refused by StoreLimits::memory_size: asked "), std::string::npos) << report;
    EXPECT_NE(report.find("that is the likely cause: "), std::string::npos) << report;
    EXPECT_NE(report.find("help: raise StoreLimits::memory_size"), std::string::npos) << report;
    ASSERT_GE(growth.frames.size(), 2u);
    if (is_stripped()) {
      EXPECT_NE(report.find("asked by function " + std::to_string(growth.frames[0].function) + " (+0x"),
                std::string::npos)
          << report;
    } else {
      EXPECT_NE(growth.frames[0].name.find("allocate"), std::string::npos) << report;
    }
    EXPECT_TRUE(growth.frames.back().name.starts_with(each.function)) << report;
  }
}

TEST_P(GrowthTest, with_room_nothing_traps) {
  for (char const* const function : {"fill", "checked", "call"}) {
    EXPECT_EQ(run(function, 100000, {.memory_size = 20 * page}), nullptr) << function;
  }
}

INSTANTIATE_TEST_SUITE_P(Guests, GrowthTest,
                         testing::Combine(testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                                          testing::Values("growth.c.wasm", "growth.c.stripped.wasm", "growth.cpp.wasm",
                                                          "growth.cpp.stripped.wasm")),
                         [](testing::TestParamInfo<Variant> const& variant) {
                           auto name = std::get<1>(variant.param);
                           std::erase(name, '.');
                           return (std::get<0>(variant.param) == weir::Backend::loop ? "loop_" : "tail_call_") + name;
                         });

// Rust's own allocator, and what its runtime does when that fails.
class RustGrowthTest : public testing::TestWithParam<weir::Backend> {};

TEST_P(RustGrowthTest, the_refusal_is_the_likely_cause) {
  std::string const guest = WEIR_CASE_RUST_GUEST;
  if (guest.empty() || !weir::Engine::has_backend(GetParam())) {
    GTEST_SKIP() << "the Rust guest was not built (examples/case/build_guest --check), or there are no tail calls";
  }
  weir::Engine const engine{weir::Config{}.backend(GetParam())};
  auto const module = weir::Module::from_file(engine, guest);
  ASSERT_TRUE(module.has_value()) << module.error().message();
  weir::Store store{engine, {.memory_size = 2 << 20}};
  auto const instance = weir::Linker{engine}.instantiate(store, *module);
  ASSERT_TRUE(instance.has_value()) << instance.error().message();
  auto const init = instance->get_typed_func<std::uint32_t(std::uint32_t)>(store, "init");
  ASSERT_TRUE(init.has_value());
  auto const done = init->call(store, 64u << 20);
  ASSERT_FALSE(done.has_value());
  auto const* const trap = done.error().trap();
  ASSERT_NE(trap, nullptr) << done.error().message();
  EXPECT_TRUE(trap->story().is_growth_likely_cause) << trap->report();
  EXPECT_NE(trap->report().find("was refused by StoreLimits::memory_size: asked "), std::string::npos)
      << trap->report();
}

INSTANTIATE_TEST_SUITE_P(Guests, RustGrowthTest, testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                         [](testing::TestParamInfo<weir::Backend> const& backend) {
                           return std::string{backend.param == weir::Backend::loop ? "loop" : "tail_call"};
                         });

} // namespace
