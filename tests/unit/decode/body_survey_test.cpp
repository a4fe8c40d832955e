// What a survey makes of what it is told.
#include <gtest/gtest.h>

#include <vector>

#include "decode/body_survey.hpp"

namespace weir::test {
namespace {

using decode::BodySurvey;

std::vector<std::uint32_t> named(BodySurvey const& survey) {
  return {survey.named_locals().begin(), survey.named_locals().end()};
}

TEST(BodySurvey, NamesLocalsInTheOrderOfTheirFirstUse) {
  BodySurvey survey;
  survey.begin(0);
  for (std::uint32_t const index : {7u, 2u, 7u, 40'000u, 2u}) survey.use_local(index, true);
  EXPECT_EQ(named(survey), (std::vector<std::uint32_t>{7, 2, 40'000}));
}

TEST(BodySurvey, WeighsUsesByTheDepthOfLoops) {
  BodySurvey survey;
  survey.begin(1);
  survey.use_local(0, false);
  for (int depth = 1; depth <= 10; ++depth) {
    survey.enter_block(true);
    survey.enter_block(false); // counts for nothing
    survey.use_local(static_cast<std::uint32_t>(depth), true);
  }
  EXPECT_EQ(survey.local(0).weight, 1u);
  EXPECT_EQ(survey.local(1).weight, 8u);
  EXPECT_EQ(survey.local(2).weight, 64u);
  EXPECT_EQ(survey.local(8).weight, 1u << 24);
  EXPECT_EQ(survey.local(10).weight, 1u << 24) << "loops deeper than 8 count as 8";
  for (int i = 0; i < 20; ++i) survey.leave_block();
  survey.use_local(0, false);
  EXPECT_EQ(survey.local(0).weight, 2u);
}

TEST(BodySurvey, FindsLocalsThatMayBeReadBeforeTheyAreWritten) {
  BodySurvey survey;
  survey.begin(1);
  survey.use_local(0, false); // a parameter
  survey.use_local(1, true);
  survey.use_local(1, false);
  survey.use_local(2, false);
  survey.enter_block(false);
  survey.use_local(3, true);
  survey.use_local(4, true);
  survey.meet_else();
  survey.use_local(3, false);
  survey.leave_block();
  survey.use_local(4, true);
  survey.use_local(4, false);
  std::vector<bool> needs_zero;
  for (std::uint32_t i = 0; i < 5; ++i) needs_zero.push_back(survey.local(i).needs_zero);
  EXPECT_EQ(needs_zero, (std::vector<bool>{false, false, true, true, false}));
}

TEST(BodySurvey, KnowsWhichLoopsAreInnermostAndFreeOfCalls) {
  BodySurvey survey;
  survey.begin(0);
  survey.enter_block(true);  // 0, around 1
  survey.enter_block(true);  // 1
  survey.enter_block(false); // no loop
  survey.leave_block();
  survey.leave_block();
  survey.leave_block();
  survey.enter_block(true); // 2
  survey.enter_block(false);
  survey.meet_call();
  survey.leave_block();
  survey.leave_block();
  survey.enter_block(true); // 3
  survey.leave_block();
  survey.leave_block(); // the end of the body
  EXPECT_FALSE(survey.is_simple_loop(0));
  EXPECT_TRUE(survey.is_simple_loop(1));
  EXPECT_FALSE(survey.is_simple_loop(2));
  EXPECT_TRUE(survey.is_simple_loop(3));
}

TEST(BodySurvey, ListsGlobalsAndConstantsThatLoopsUse) {
  BodySurvey survey;
  survey.begin(0);
  survey.use_global(9);
  survey.use_constant(1, true);
  EXPECT_TRUE(survey.hot_globals().empty());
  EXPECT_TRUE(survey.hot_constants().empty());
  survey.enter_block(true);
  for (std::uint32_t i = 0; i < 20; ++i) {
    survey.use_global(i % 10);
    survey.use_constant(i % 10, i % 2 == 0);
  }
  survey.use_constant(0, false); // another one than that of twice the size
  ASSERT_EQ(survey.hot_globals().size(), 6u);
  ASSERT_EQ(survey.hot_constants().size(), 6u);
  for (std::uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(survey.hot_globals()[i].index, i);
    EXPECT_EQ(survey.hot_globals()[i].weight, 16u);
    EXPECT_EQ(survey.hot_constants()[i].bits, i);
    EXPECT_EQ(survey.hot_constants()[i].is_double, i % 2 == 0);
    EXPECT_EQ(survey.hot_constants()[i].weight, 16u);
  }
  survey.meet_call();
  EXPECT_TRUE(survey.hot_globals().empty()) << "who is called may write them";
  EXPECT_EQ(survey.hot_constants().size(), 6u);
}

TEST(BodySurvey, ForgetsTheBodyBefore) {
  BodySurvey survey;
  survey.begin(0);
  survey.enter_block(true);
  survey.use_local(3, true);
  survey.use_global(1);
  survey.use_constant(1, true);
  survey.meet_call();
  ASSERT_EQ(survey.room_for(5).size(), 5u);
  survey.keep(5, 77);
  EXPECT_EQ(survey.instructions().size(), 5u);
  EXPECT_EQ(survey.rest(), 77u);

  survey.begin(4);
  EXPECT_TRUE(survey.instructions().empty());
  EXPECT_TRUE(survey.named_locals().empty());
  survey.use_local(3, false);
  EXPECT_EQ(survey.local(3).weight, 1u) << "no loop is open";
  EXPECT_FALSE(survey.local(3).needs_zero) << "it is a parameter now";
  EXPECT_TRUE(survey.hot_globals().empty());
  EXPECT_TRUE(survey.hot_constants().empty());
  survey.enter_block(true);
  survey.use_global(1);
  EXPECT_EQ(survey.hot_globals().size(), 1u) << "this body calls nobody";
  survey.leave_block();
  EXPECT_TRUE(survey.is_simple_loop(0));
}

} // namespace
} // namespace weir::test
