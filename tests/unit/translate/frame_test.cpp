// Where the parts of a frame lie (code/frame.hpp), counted from its first slot.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();

// Each with the next local behind the parameters and the link, and the operands behind the locals.
TEST(Frames, BeginWithTheParameters) {
  for (std::size_t params : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
    auto const first_local = std::to_string(params);
    auto const text = listing(
        std::vector(params, i32), {i32}, {{3, i32}},
        "i32.const 1 local.get " + first_local + " i32.add local.get " + first_local + " i32.const 3 i32.add call 1",
        {}, pinless_handlers());
    EXPECT_TRUE(has(text, "frame " + std::to_string(params + 1 + 3 + 3) + " slots\n")) << text;
    EXPECT_TRUE(has(text, "zero 1 slots from slot " + std::to_string(params + 1) + ",")) << text;
    EXPECT_TRUE(has(text, "arguments at slot " + std::to_string(params + 1 + 3) + ",")) << text;
    EXPECT_TRUE(has(text, "leave1_int r0, to slot 0,")) << text;
  }
}

// Those behind the first 512 too, whose types validation looks up in another way.
TEST(Frames, ZeroLocalsThatMayBeReadBeforeTheyAreWritten) {
  for (std::string const local : {"3", "550"}) {
    auto const zeroes = [&](std::string const& instructions) {
      return has(listing({}, {}, {{600, i32}}, instructions, {}, pinless_handlers()), "zero 1 slots");
    };
    EXPECT_TRUE(zeroes("local.get " + local + " drop")) << local;
    EXPECT_FALSE(zeroes("i32.const 1 local.set " + local + " local.get " + local + " drop")) << local;
    EXPECT_FALSE(zeroes("i32.const 1 local.tee " + local + " drop local.get " + local + " drop")) << local;
  }
}

} // namespace
} // namespace weir::test
