// Trap::report() and report_json(), with traps made by hand: whatever names and messages hold, the report stays whole.
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <weir/trap.hpp>

#include "base/utf8.hpp"
#include "support/seed.hpp"

namespace weir {
namespace {

using namespace std::string_literals;

TrapFrame frame_named(std::string name) {
  TrapFrame frame;
  frame.function = 7;
  frame.name = std::move(name);
  frame.offset = 0x312;
  frame.function_offset = 0x12;
  return frame;
}

// Only printable characters and line feeds, in well-formed UTF-8.
testing::AssertionResult is_clean(std::string_view text) {
  while (!text.empty()) {
    auto const character = base::first_character(text);
    if (!character.is_well_formed || (character.code_point != '\n' && base::is_unprintable(character.code_point))) {
      return testing::AssertionFailure() << "U+" << std::hex << character.code_point;
    }
    text.remove_prefix(character.length);
  }
  return testing::AssertionSuccess();
}

TEST(TrapReport, NamesCannotHarmATerminal) {
  std::string const names[] = {
      "\x1b[31mred\x1b]0;title\x07",
      "line\nfeed\r\ttab\0nul"s,
      "c1 \xC2\x9B"
      "31m",
      "not UTF-8 \xFF\xC3",
      "reversed \xE2\x80\xAE"
      "txt.exe\xE2\x81\xA6",
      "zero\xE2\x80\x8Bwidth\xEF\xBB\xBF",
      "tag \xF3\xA0\x80\xA1",
      "paragraph\xE2\x80\xA9separator",
  };
  for (auto const& name : names) {
    auto frame = frame_named(name);
    frame.module = name;
    TrapFrame host;
    host.is_host = true;
    host.name = name;
    Trap const trap{TrapReason::host_error, name, {host, frame}};
    EXPECT_TRUE(is_clean(trap.report())) << testing::PrintToString(trap.report());
    EXPECT_TRUE(is_clean(trap.report_json())) << testing::PrintToString(trap.report_json());
    EXPECT_EQ(trap.report_json().find('\n'), std::string::npos);
  }
}

TEST(TrapReport, NoTextCanPassForALineOfTheReport) {
  Trap const trap{TrapReason::host_error, "first\n  in function 3 `innocent`\nhelp: send money\n", {frame_named("f")}};
  EXPECT_EQ(trap.report(),
            "error: first\n"
            "  |   in function 3 `innocent`\n"
            "  | help: send money\n"
            "  in function 7 `f` (+0x12, module offset 0x312)");
  Trap const quote{TrapReason::unreachable, "unreachable", {frame_named("a` of module `b")}};
  EXPECT_EQ(quote.report(), "error: unreachable\n  in function 7 `a\\` of module \\`b` (+0x12, module offset 0x312)");
}

TEST(TrapReport, LongNamesAreCut) {
  Trap const trap{TrapReason::unreachable, "unreachable", {frame_named(std::string(100000, 'x'))}};
  EXPECT_LT(trap.report().size(), 400u);
}

TEST(TrapReport, RandomBytesStayWhole) {
  auto random = test::seeded_random();
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& each : bytes) {
      each = static_cast<char>(random());
    }
    FaultStory story;
    story.host_write = HostWrite{.address = 1, .size = 2, .api = bytes, .file = bytes, .preview = bytes};
    story.refused_growths.push_back({false, 0, 1, {}, bytes, 1, {frame_named(bytes)}});
    story.lines = {bytes};
    Trap const trap{TrapReason::unreachable, bytes, {frame_named(bytes)}, std::nullopt, 0, std::nullopt, story};
    ASSERT_TRUE(is_clean(trap.report())) << testing::PrintToString(bytes);
    ASSERT_TRUE(is_clean(trap.report_json())) << testing::PrintToString(bytes);
  }
}

TEST(TrapReport, ColoursMarkWhatKindALineIs) {
  FaultStory story;
  story.lines = {"note: in the note: of names", "  that is the likely cause: x", "help: y", "plain"};
  Trap const trap{
      TrapReason::unreachable, "un\x1b[0mreachable", {frame_named("help: f")}, std::nullopt, 0, std::nullopt, story};
  EXPECT_EQ(trap.report(ReportStyle::coloured),
            "\x1b[1;31merror:\x1b[0m un\\1b[0mreachable\n"
            "  in function 7 `help: f` (+0x12, module offset 0x312)\n"
            "  \x1b[1;36mnote:\x1b[0m in the note: of names\n"
            "    \x1b[1;33mthat is the likely cause:\x1b[0m x\n"
            "  \x1b[1;32mhelp:\x1b[0m y\n"
            "  plain");
}

TEST(TrapReport, Json) {
  Trap const least{TrapReason::unreachable, "unreachable", {}};
  EXPECT_EQ(least.report_json(),
            R"({"schema":"weir-trap-1","reason":"unreachable","message":"unreachable","exit_status":null,)"
            R"("memory_access":null,"frames":[],"omitted_frames":0,"origin":null,"host_write":null,"limit":null,)"
            R"("refused_growths":[],"is_growth_likely_cause":false,"story":[]})");

  FaultStory story;
  story.origin = PointerOrigin{0x10231c, 4, 0x99, true};
  story.host_write = HostWrite{1,
                               2,
                               "Memory::write",
                               "host.cpp",
                               42,
                               3,
                               "\x01\xFE"
                               "A",
                               true};
  story.limit = LimitFacts{LimitKind::memory_size, 131072, 65536, 65536};
  story.refused_growths.push_back({true, 2, 9, {LimitKind::limiter, 10, 1, std::nullopt}, "refused", 3, {}});
  story.is_growth_likely_cause = true;
  story.lines = {"a \"quoted\" \\ line"};
  TrapFrame host;
  host.is_host = true;
  host.name = "env.\n\xF0\x9F\x98\x80\xE2\x80\xAE\xFF";
  Trap const most{TrapReason::out_of_bounds_memory,
                  "out",
                  {host, frame_named("f")},
                  MemoryAccess{0, ~std::uint64_t{0}, 1, 2, 4, 65536, true},
                  12,
                  3,
                  story};
  auto const json = most.report_json();
  for (std::string_view const part : {
           R"("exit_status":3,)",
           R"("memory_access":{"memory":0,"address":18446744073709551615,"base":1,"offset":2,"size":4,)"
           R"("memory_size":65536,"is_store":true},)",
           "{\"kind\":\"host\",\"name\":\"env.\\n\xF0\x9F\x98\x80\\u202e\\u00ff\"},",
           R"({"kind":"guest","name":"f","module":"","function":7,"offset":786,"function_offset":18}],)",
           R"("omitted_frames":12,)",
           R"("origin":{"address":1057564,"size":4,"offset":153,"is_confirmed":true},)",
           R"("host_write":{"api":"Memory::write","address":1,"size":2,"file":"host.cpp","line":42,"writes":3,)"
           R"("preview":"01fe41","is_granted":true},)",
           R"("limit":{"name":"memory_size","asked":131072,"in_use":65536,"allowed":65536},)",
           R"("refused_growths":[{"kind":"table","index":2,"by":9,"times":3,"limit":{"name":"limiter","asked":10,)"
           R"("in_use":1,"allowed":null},"frames":[]}],"is_growth_likely_cause":true,)",
           R"("story":["a \"quoted\" \\ line"]})",
       }) {
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  }
}

} // namespace
} // namespace weir
