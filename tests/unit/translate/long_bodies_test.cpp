// Bodies with more instructions than a survey keeps: the translator reads the others itself, piece by piece, and looks
// ahead across the edges of the pieces.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();

constexpr int most_kept = static_cast<int>(decode::BodySurvey::most_kept);

// Of those that look furthest: an addition before a load, one merged with local.set, a condition, a merged local.tee.
std::string const unit =
    "local.get 0 i32.const 4 i32.add i32.load 0 local.get 1 i32.add local.set 1 "
    "local.get 0 local.get 1 i32.and if nop end local.get 1 i32.const 3 i32.mul local.tee 0 drop";

// Instructions that emit nothing still cost fuel.
std::string without_fuel(std::string const& text) {
  return std::regex_replace(text, std::regex{"fuel -?[0-9]+"}, "fuel");
}

std::string listing_behind_nops(int nops, int units) {
  return without_fuel(listing({i32, i32}, {}, {}, times(nops, "nop") + times(units, unit)));
}

// They move the edges to each place in turn.
TEST(LongBodies, EdgesChangeNothing) {
  int const units = most_kept / 10;
  std::string const expected = listing_behind_nops(0, units);
  for (int nops = 1; nops <= 20; ++nops) {
    ASSERT_EQ(listing_behind_nops(nops, units), expected) << nops;
  }
}

TEST(LongBodies, AreTranslatedAsShortOnes) {
  auto const lines_of = [](std::string const& text) { return std::ranges::count(text, '\n'); };
  auto const one = lines_of(listing_behind_nops(0, 1));
  auto const two = lines_of(listing_behind_nops(0, 2));
  EXPECT_EQ(lines_of(listing_behind_nops(0, 1000)), one + 999 * (two - one));
}

TEST(LongBodies, EndAtAnyPlace) {
  for (int nops = most_kept - 4; nops <= most_kept + 4; ++nops) {
    auto const text = listing({i32}, {i32}, {}, times(nops, "nop") + "local.get 0");
    EXPECT_EQ(without_fuel(text), without_fuel(listing({i32}, {i32}, {}, "local.get 0"))) << nops;
  }
}

// The second attempt, with a wide frame, begins from the start.
TEST(LongBodies, MayHaveWideFrames) {
  auto const text = [](int nops) {
    return without_fuel(listing({i32, i32}, {}, {{49'000, ValType::f64()}, {900, i32}},
                                times(nops, "nop") + times(most_kept / 10, unit) +
                                    times(20'000, "i32.const 1 local.get 1 ") + "call 0 " + times(39'999, "drop")));
  };
  auto const expected = text(0);
  EXPECT_TRUE(has(expected, "copy_far")) << "the frame is not wide";
  for (int nops : {1, 2, 3}) EXPECT_EQ(text(nops), expected) << nops;
}

} // namespace
} // namespace weir::test
