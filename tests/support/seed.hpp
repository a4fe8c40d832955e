// The seed of a property test: another one in each run, printed so that a failure can be repeated.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace weir::test {

// A generator for the running test. WEIR_TEST_SEED in the environment sets its seed.
inline std::mt19937_64 seeded_random() {
  char const* const given = std::getenv("WEIR_TEST_SEED");
  std::uint64_t const seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  auto const* const test = testing::UnitTest::GetInstance()->current_test_info();
  std::printf("%s.%s: seed %llu (WEIR_TEST_SEED=%llu repeats it)\n", test->test_suite_name(), test->name(),
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
  testing::Test::RecordProperty("seed", std::to_string(seed));
  return std::mt19937_64{seed};
}

} // namespace weir::test
