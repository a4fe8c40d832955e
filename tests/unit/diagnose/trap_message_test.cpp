#include "diagnose/trap_message.hpp"

#include <gtest/gtest.h>

namespace weir::diagnose {
namespace {

MemoryAccess const the_case{0, 0x41414145, 0x41414141, 4, 4, 0x110000, false};

TEST(TrapMessage, BeginsWithTheSpecificationsWording) {
  EXPECT_EQ(
      trap_message(TrapReason::out_of_bounds_memory, the_case, ""),
      "out of bounds memory access: 4-byte load at 0x41414145 = 0x41414141 + offset 4; memory 0 is 0x110000 bytes "
      "(17 pages)");
  EXPECT_EQ(trap_message(TrapReason::unreachable, std::nullopt, ""), to_string(TrapReason::unreachable));
  EXPECT_EQ(trap_message(TrapReason::growth_refused, std::nullopt, "why"),
            std::string{to_string(TrapReason::growth_refused)} + ": why");
}

TEST(TrapMessage, OfManyCallsTheInnermostAndTheOutermost) {
  TrapFrame const frames[] = {{false, 4, "grow", "", 0, 0, {}},
                              {false, 3, "", "", 0, 0, {}},
                              {false, 2, "", "", 0, 0, {}},
                              {false, 1, "f", "", 0, 0, {}}};
  EXPECT_EQ(frames_text(std::span{frames}.first(2), 2),
            "function 4 `grow` (+0x0, module offset 0x0), called from function 3 (+0x0, module offset 0x0)");
  EXPECT_EQ(frames_text(frames, 2),
            "function 4 `grow` (+0x0, module offset 0x0), ..., called from function 1 `f` (+0x0, module offset 0x0)");
  EXPECT_EQ(frames_text({}, 2), "");
}

TEST(TrapReport, ShowsEveryFrame) {
  Trap const trap{TrapReason::out_of_bounds_memory,
                  "out of bounds memory access",
                  {{false, 86, "", "", 0x1234, 0x1b3, {}}, {false, 3, "deserialize", "guest", 0x2000, 0x10, {}}},
                  the_case};
  EXPECT_EQ(trap.report(),
            "error: out of bounds memory access\n"
            "  4-byte load at 0x41414145 = 0x41414141 + offset 4; memory 0 is 0x110000 bytes (17 pages)\n"
            "  in function 86 (+0x1b3, module offset 0x1234)\n"
            "  called from function 3 `deserialize` of module `guest` (+0x10, module offset 0x2000)");
  EXPECT_EQ(trap.function(), 86u);
  EXPECT_EQ(trap.function_name(), "");
  EXPECT_EQ(trap.offset(), 0x1234u);
  EXPECT_EQ(trap.memory_access()->base, 0x41414141u);
}

TEST(TrapReport, HostFramesAndOmittedFrames) {
  TrapFrame host;
  host.is_host = true;
  host.name = "env.f";
  TrapFrame guest;
  guest.function = 1;
  Trap const trap{TrapReason::host_error, "it failed", {host, guest}, std::nullopt, 12};
  EXPECT_EQ(trap.report(),
            "error: it failed\n"
            "  in host function env.f\n"
            "  ... 12 calls left out ...\n"
            "  called from function 1 (+0x0, module offset 0x0)");
  EXPECT_EQ(trap.function(), 1u);
}

} // namespace
} // namespace weir::diagnose
