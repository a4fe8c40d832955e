// Floating-point constants that loops use live in slots or registers while the function runs.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();
auto const f32 = ValType::f32();
auto const f64 = ValType::f64();

TEST(Constants, OfLoopsAreLoadedInFrontOfThem) {
  std::string const body =
      "loop local.get 1 f64.const 2.5 f64.mul f64.const 2.5 f64.add local.set 1 local.get 2 "
      "f32.const 2.5 f32.mul local.set 2 local.get 0 br_if 0 end local.get 1";
  auto const text = listing({i32, f64, f32}, {f64}, {}, body, {}, pinless_handlers());
  auto const loop = text.find("L1:");
  ASSERT_NE(loop, std::string::npos) << text;
  std::size_t loaded = 0;
  for (std::size_t at = text.find("const_int"); at != std::string::npos; at = text.find("const_int", at + 1)) {
    EXPECT_LT(at, loop) << text;
    ++loaded;
  }
  // The f32's bits fit a copy_int.
  EXPECT_EQ(loaded, 1u) << text;
  EXPECT_LT(text.find("copy_int"), loop) << text;
  EXPECT_EQ(text.find("copy_int", loop), std::string::npos) << text;
  // Outside of loops a constant is made where it is used.
  auto const once = listing({f64}, {f64}, {}, "local.get 0 f64.const 2.5 f64.mul");
  EXPECT_LT(once.find("const_int"), once.find("f64_mul")) << once;
}

TEST(Constants, ThatALocalIsSetToAreLeftAlone) {
  auto const text = listing({i32, f64}, {f64}, {}, "loop f64.const 2.5 local.set 1 local.get 0 br_if 0 end local.get 1",
                            {}, pinless_handlers());
  EXPECT_GT(text.find("const_int"), text.find("L1:")) << text;
}

// They are wanted as often as a local of the loop: there are registers for both.
TEST(Constants, OfLoopsMayBePinned) {
  if (code::float_pins < 2) {
    GTEST_SKIP() << "the small table of handlers has a pin for one of the two";
  }
  auto const text = listing({i32, f64}, {f64}, {},
                            "loop local.get 1 f64.const 2.5 f64.mul local.set 1 local.get 0 br_if 0 end local.get 1");
  EXPECT_TRUE(has(text, "const_float f2, #0x4004000000000000")) << text;
  EXPECT_TRUE(has(text, "f64_mul f1, f1, f2")) << text;
}

} // namespace
} // namespace weir::test
