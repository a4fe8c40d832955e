// Values that wait on the stack: when they are brought home, and that a write looks at few of them.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace weir::test {
namespace {

auto const i32 = ValType::i32();

// Copies of the local in slot 0, two of which may be in one cell.
int copies_of_local(std::string const& text) {
  int count = 0;
  for (std::size_t at = text.find("slot 0"); at != std::string::npos; at = text.find("slot 0", at + 1)) ++count;
  return count;
}

std::string body(std::string const& instructions) {
  return listing({i32, i32}, {}, {}, instructions, {}, pinless_handlers());
}

TEST(Waiting, ReadsThatNobodyWantsCostNothing) {
  EXPECT_EQ(copies_of_local(body(times(64, "local.get 0") + times(64, "drop"))), 0);
}

TEST(Waiting, AreBroughtHomeOnceTheyAreMany) {
  EXPECT_EQ(copies_of_local(body(times(65, "local.get 0") + times(65, "drop"))), 65);
  EXPECT_EQ(copies_of_local(body(times(129, "local.get 0") + times(129, "drop"))), 65);
  EXPECT_EQ(copies_of_local(body(times(130, "local.get 0") + times(130, "drop"))), 130);
}

TEST(Waiting, AWriteBringsItsReadersHomeAndNoOthers) {
  auto const text = body("local.get 0 local.get 1 local.get 0 i32.const 7 local.set 0 drop drop drop");
  EXPECT_EQ(copies_of_local(text), 3) << "two reads and the write: " << text;
  EXPECT_FALSE(has(text, "slot 1")) << text;
}

TEST(Waiting, ASecondWriteFindsNoReaders) {
  auto const text = body("local.get 0 i32.const 7 local.set 0 i32.const 8 local.set 0 drop");
  EXPECT_EQ(copies_of_local(text), 3) << text;
}

// Both operands of an addition that waits for a load read the local.
TEST(Waiting, APendingAdditionReadsTwice) {
  auto const text = body("local.get 0 local.get 0 i32.add i32.const 7 local.set 0 i32.load 0 drop");
  EXPECT_TRUE(has(text, "i32_add")) << text;
  EXPECT_LT(text.find("i32_add"), text.find("#7")) << text;
}

} // namespace
} // namespace weir::test
