// Random function bodies: the engine does with both backends what the reference interpreter does.
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/differential.hpp"
#include "support/seed.hpp"

namespace weir::test {
namespace {

// Each function is called twice with plenty of fuel and once with little, on one instance.
std::vector<DifferentialCall> calls_of(RandomModule& random, std::mt19937_64& choices, std::uint64_t fuel) {
  std::vector<DifferentialCall> calls;
  for (std::uint32_t function = 0; function < random.function_count(); ++function) {
    calls.push_back({function, random.arguments(function), fuel});
    calls.push_back({function, random.arguments(function), fuel});
    calls.push_back({function, random.arguments(function), choices() % 200});
  }
  return calls;
}

TEST(RandomBodies, DoTheSameOnEveryBackend) {
  constexpr int modules = 1000;
  auto choices = seeded_random();
  std::uint64_t executed = 0;
  int called = 0;
  for (int i = 0; i < modules; ++i) {
    std::uint64_t const seed = choices();
    RandomModule random{seed};
    Differential differential{random.build()};
    auto const calls = calls_of(random, choices, 20000);
    auto const mode = i % 2 == 0 ? CompilationMode::eager : CompilationMode::lazy;
    auto const difference = differential.compare(calls, mode);
    ASSERT_FALSE(difference.has_value()) << "module " << i << ", its seed " << seed << ": " << *difference;
    executed += differential.executed();
    called += static_cast<int>(calls.size());
  }
  std::printf("%d calls, %llu instructions\n", called, static_cast<unsigned long long>(executed));
  EXPECT_GT(executed, 1000u * modules) << "the bodies hardly do anything";
}

// Slots that no 16-bit field can name, on both sides of operands that it can.
TEST(RandomBodies, WideFramesDoTheSame) {
  constexpr int modules = 40;
  auto choices = seeded_random();
  for (int i = 0; i < modules; ++i) {
    std::uint64_t const seed = choices();
    RandomModule random{seed, RandomModule::Frames::wide};
    Differential differential{random.build()};
    auto const calls = calls_of(random, choices, 150000);
    auto const difference = differential.compare(calls, CompilationMode::lazy_translation);
    ASSERT_FALSE(difference.has_value()) << "module " << i << ", its seed " << seed << ": "
                                         << difference->substr(0, 2000);
  }
}

// The return of several values, which overwrite the frame's link, with too little fuel: the backtrace is whole.
TEST(RandomBodies, LackOfFuelAtAReturnIsSeenBeforeTheReturn) {
  ModuleBuilder builder;
  auto const i64 = ValType::i64();
  auto const type = builder.type({}, {i64, i64, i64, i64});
  Bytes body;
  for (int i = 0; i < 4; ++i) {
    write_opcode(body, wasm::Opcode::i64_const);
    base::write_sleb(body, 0x41414141 + i);
  }
  write_opcode(body, wasm::Opcode::end);
  builder.memory(1);
  builder.function(type, {}, body);
  builder.export_everything();
  Differential differential{builder};
  for (std::uint64_t fuel = 0; fuel <= 4; ++fuel) {
    auto const difference = differential.compare({{0, {}, fuel}}, CompilationMode::eager);
    EXPECT_FALSE(difference.has_value()) << *difference;
    EXPECT_EQ(differential.on_reference({{0, {}, fuel}})[0].trap,
              fuel < 4 ? TrapReason::out_of_fuel : TrapReason::none);
  }
}

} // namespace
} // namespace weir::test
