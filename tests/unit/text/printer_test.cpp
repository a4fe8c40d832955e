#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

TEST(Printer, PrintsAModule) {
  EXPECT_EQ(printed(parsed(R"((module $m
    (import "env" "log" (func $log (param i32)))
    (memory $memory 1 2)
    (global $g (mut i64) (i64.const -5))
    (export "f" (func $f))
    (func $f (param $x i32) (param f32) (result i32) (local i64 i64) (local $y f64)
      (block $out (result i32)
        (br_if $out (local.get $x) (i32.const 1))
        (if (then (call $log (i32.load offset=4 align=1 (local.get 0)))) (else (nop)))))
    (data (i32.const 8) "a\00\"\\\n\ff"))
)")),
            R"((module $m
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 f32) (result i32)))
  (import "env" "log" (func $log (;0;) (type 0) (param i32)))
  (memory $memory (;0;) 1 2)
  (global $g (;0;) (mut i64) (i64.const -5))
  (export "f" (func $f))
  (func $f (;1;) (type 1) (param $x i32) (param f32) (result i32)
    (local i64 i64)
    (local $y f64)
    block (result i32) ;; label = @1
      local.get $x
      i32.const 1
      br_if 0 (;@1;)
      if ;; label = @2
        local.get $x
        i32.load offset=4 align=1
        call $log
      else
        nop
      end
    end)
  (data (;0;) (i32.const 8) "a\00\"\\\n\ff"))
)");
}

// Text to bytes to text to bytes: the bytes are the same.
void expect_round_trip(std::string_view wat) {
  auto const bytes = parsed(wat);
  auto const text = printed(bytes);
  EXPECT_EQ(bytes, parsed(text)) << text;
}

TEST(Printer, RoundTripsEveryField) {
  expect_round_trip("");
  expect_round_trip("(module $only_a_name)");
  expect_round_trip(
      R"((type $t (func)) (type $t2 (func (param i32 i64 f32 f64 v128 funcref externref) (result i32))))");
  expect_round_trip(R"((import "a" "b" (func $f (param i32))) (import "" "" (table $t 1 externref))
                       (import "c" "d" (memory $m 0 65536)) (import "e" "f" (global $g (mut v128)))
                       (import "g" "h" (func)) (import "i" "j" (global i32)))");
  expect_round_trip(R"((table $a 0 funcref) (table 1 4294967295 externref) (memory 0))");
  expect_round_trip(R"((global i32 (i32.const -2147483648)) (global $x (mut f64) (f64.const nan:0x123))
                       (global funcref (ref.null func)) (global externref (ref.null extern)) (func $f)
                       (global funcref (ref.func $f)) (global v128 (v128.const i64x2 -1 0x123456789abcdef0)))");
  expect_round_trip(R"((func $f) (export "" (func $f)) (export "t" (table 0)) (export "m" (memory 0))
                       (export "g" (global 0)) (start $f))");
  expect_round_trip(R"((table $t 9 funcref) (table $u 9 externref) (table $v 9 funcref) (func $f)
    (elem (i32.const 0) $f 0) (elem $e (table $v) (offset i32.const 1) func $f) (elem func) (elem declare func $f)
    (elem $p funcref (ref.func $f) (ref.null func)) (elem (table $u) (i32.const 0) externref (ref.null extern))
    (elem declare externref) (elem (i32.const 0) funcref (ref.null func)) (elem (i32.const 1)))");
  expect_round_trip(R"((memory $m 1) (data (i32.const 0) "x") (data $p "\00\ff\"\\") (data) (data (i32.const 1) ""))");
}

TEST(Printer, RoundTripsEveryImmediate) {
  expect_round_trip(R"((type $t (func (param i32) (result i32 i64))) (memory $m 1) (table $a 1 funcref)
    (table $b 1 funcref) (global $g (mut i32) (i32.const 0)) (elem $e func) (data $d "x") (func $f)
    (func (param $p i32) (local $l f64)
      unreachable
      block $x end
      loop (result externref) unreachable end drop
      if (type $t) unreachable else unreachable end
      br 0 br_if 0 br_table 0 0 0 br_table 0 return
      call $f call 0 call_indirect (type $t) call_indirect $b (type $t)
      drop select select (result i32) select (result) select (result externref v128)
      local.get $p local.set $l local.tee 1 global.get $g global.set 0
      table.get $a table.set $b table.init $e table.init $b $e table.copy table.copy $a $b table.copy $b $a
      table.grow $a table.size $b table.fill elem.drop $e
      i32.load i32.load offset=4294967295 i64.load align=1 f64.store offset=1 align=2 i32.load8_u align=1
      v128.load align=16 v128.load8_lane 15 v128.store64_lane offset=2 align=1 1 i8x16.extract_lane_s 3
      memory.size memory.grow memory.init $d memory.copy memory.fill data.drop $d
      i32.const -1 i64.const -9223372036854775808 f32.const 0.1 f32.const -nan:0x1 f64.const 1e-300 f64.const -inf
      ref.null func ref.null extern ref.is_null ref.func $f
      v128.const f32x4 1 -0 nan inf i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31
      i32.trunc_sat_f64_u i64.extend32_s f64x2.sqrt)
  )");
}

TEST(Printer, RoundTripsIdentifiersOfAnyCharacters) {
  expect_round_trip(R"((module $"a b" (func $"\"" (param $"(;" i32) (param i64) (local $"\\" i32)) (func $"\u{202e}x")
    (func $"\00\n\u{1b}[31m") (func $"héllo") (func $"\u{9b}") (func $a.b!#$%&'*+-/:<=>?@\^_`|~)
    (func (call $"\u{202e}x") (call $"héllo"))))");
  auto const text = printed(parsed(R"((func $"\1b[31m\u{202e}\u{9b}\u{85}\u{feff}ok é"))"));
  EXPECT_NE(text.find(R"((func $"\1b[31m\u{202e}\u{9b}\u{85}\u{feff}ok é")"), std::string::npos) << text;
}

TEST(Printer, TextCannotCorruptATerminal) {
  std::string all;
  for (unsigned byte = 0; byte < 256; ++byte) {
    char const digits[] = "0123456789abcdef";
    all += {'\\', digits[byte / 16], digits[byte % 16]};
  }
  std::string controls;
  for (auto const* const each : {"\\00", "\\1b]0;x\\07", "\\7f", "\\u{80}", "\\u{9f}", "\\u{ad}", "\\u{200b}",
                                 "\\u{2028}", "\\u{2066}", "\\u{e0041}", "\\u{fff9}"}) {
    controls += each;
  }
  auto const text = printed(parsed("(module $\"" + controls + "\" (data \"" + all + "\") (import \"" + controls +
                                   "\" \"" + controls + "\" (func $\"" + controls + "\")) (@custom \"" + controls +
                                   "\" \"" + all + "\") (export \"" + controls + "\" (func 0)))"));
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\n'; })) << text;
  EXPECT_EQ(text.find("\x1b"), std::string::npos);
}

// The module with this name section behind it.
Bytes with_names(std::string_view wat, std::initializer_list<std::uint8_t> contents) {
  auto bytes = parsed(wat);
  Bytes section{4, 'n', 'a', 'm', 'e'};
  section.insert(section.end(), contents);
  bytes.push_back(0);
  bytes.push_back(static_cast<std::uint8_t>(section.size()));
  bytes.insert(bytes.end(), section.begin(), section.end());
  return bytes;
}
Bytes with_names(std::initializer_list<std::uint8_t> contents) {
  return with_names("(memory 1) (func (param i32 i32))", contents);
}

TEST(Printer, NamesThatAreNotUniqueGetTheirIndex) {
  auto const text = printed(with_names({2, 9, 1, 0, 2, 0, 1, 'x', 1, 1, 'x'}));
  EXPECT_NE(text.find("(param $x i32) (param $x#1 i32)"), std::string::npos) << text;
  // The suffix may be taken itself.
  auto const taken = printed(with_names({2, 11, 1, 0, 2, 0, 3, 'x', '#', '1', 1, 1, 'x'}));
  EXPECT_NE(taken.find("(param $x#1 i32) (param $x i32)"), std::string::npos) << taken;
  auto const chain = printed(with_names("(func) (func) (func)", {1, 12, 3, 0, 3, 'x', '#', '2', 1, 1, 'x', 2, 1, 'x'}));
  EXPECT_NE(chain.find("$x#2 (;0;)"), std::string::npos) << chain;
  EXPECT_NE(chain.find("$x (;1;)"), std::string::npos) << chain;
  EXPECT_NE(chain.find("$x#2#2 (;2;)"), std::string::npos) << chain;
  parsed(chain);
}

TEST(Printer, BadNamesAreLeftOut) {
  for (auto const& names : {with_names({}), with_names({1, 4, 1, 9, 1, 'x'}),      // no such function
                            with_names({1, 3, 1, 0, 0}),                           // an empty name
                            with_names({1, 4, 1, 0, 1, 0xFF}),                     // not UTF-8
                            with_names({1, 4, 9, 0, 9, 'x'}), with_names({1, 99}), // cut short
                            with_names({2, 7, 1, 0, 1, 7, 2, 'a', 'b'})}) {        // no such local
    auto const text = printed(names);
    EXPECT_NE(text.find("(func (;0;) (type 0) (param i32 i32)"), std::string::npos) << text;
    parsed(text);
  }
}

// Identifiers come from the first name section alone. What it lacks must not be found in another one the next time.
TEST(Printer, TwoNameSectionsStayTwo) {
  using Contents = std::initializer_list<std::uint8_t>;
  Contents const bad{1, 99};
  Contents const good{1, 4, 1, 0, 1, 'f'};
  Contents const other{1, 4, 1, 0, 1, 'g'};
  for (auto const& [first, second] : {std::pair{bad, good}, std::pair{good, other}, std::pair{good, bad}}) {
    for (bool const is_in_front : {false, true}) {
      auto bytes = with_names(first);
      if (is_in_front) { // of the code: the first section of all
        auto const behind = parsed("(memory 1) (func (param i32 i32))").size();
        std::ranges::rotate(bytes.begin() + 8, bytes.begin() + static_cast<std::ptrdiff_t>(behind), bytes.end());
      }
      auto const with_second = with_names("", second);
      bytes.insert(bytes.end(), with_second.begin() + 8, with_second.end());
      auto const text = printed(bytes);
      EXPECT_EQ(printed(parsed(text)), text);
      EXPECT_EQ(text.find("$f") != std::string::npos, std::ranges::equal(first, good)) << text;
      EXPECT_EQ(text.find("$g"), std::string::npos) << text;
    }
  }
}

TEST(Printer, KeepsCustomSections) {
  auto const bytes = parsed(R"((module $m (@custom "a" (before first) "\00\01") (@custom "b" (after type))
    (@custom "c" (after code) "xyz") (@custom "d" (after last)) (func $f) (memory 1) (@custom "e" "e")))");
  auto const text = printed(bytes);
  EXPECT_EQ(bytes, parsed(text)) << text;
  for (auto const* const line : {"(@custom \"a\" (before first) \"\\00\\01\")", "(@custom \"b\" (after type) \"\")",
                                 "(@custom \"c\" (after code) \"xyz\")", "(@custom \"d\" (after last) \"\")",
                                 "(@custom \"e\" (after last) \"e\")"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(Printer, PrintsWhatIsNotValid) {
  // Types, indices and signatures that do not exist; the text says the same of them.
  for (auto const* const wat :
       {"(func (type 7) local.get 9 call 99 global.set 3 drop)", "(export \"x\" (memory 3)) (start 4)",
        "(elem (table 5) (global.get 9) func 3)", "(data (offset (i32.const 0) (i32.const 1)))", "(global i32)",
        "(global i32 (i32.const 1) (i32.const 2))", "(data (offset) \"x\")",
        "(elem (offset block (result i32) i32.const 0 end) funcref (item) (item i32.const 0 block end))",
        "(func i32.add i32.load align=64 i32.load offset=4294967296 align=0x80000000)"}) {
    auto const bytes = parse(wat);
    if (bytes.has_value()) {
      expect_round_trip(wat);
    } else {
      ADD_FAILURE() << bytes.error().message();
    }
  }
}

Bytes with_body(std::initializer_list<std::uint8_t> body) {
  Bytes bytes{0x00, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10};
  bytes.push_back(static_cast<std::uint8_t>(body.size() + 2));
  bytes.push_back(1);
  bytes.push_back(static_cast<std::uint8_t>(body.size()));
  bytes.insert(bytes.end(), body);
  return bytes;
}

TEST(Printer, RefusesBodiesThatCannotBeReadBeforeItPrintsAnything) {
  EXPECT_TRUE(print(with_body({0, 0x0B})).has_value());
  EXPECT_TRUE(fails(print(with_body({0, 0xFF, 0x0B})), ErrorKind::malformed, "illegal opcode"));
  EXPECT_TRUE(fails(print(with_body({0, 0x02, 0x40, 0x0B})), ErrorKind::malformed, "unexpected end"));
  EXPECT_TRUE(fails(print(with_body({0, 0x0B, 0x01})), ErrorKind::malformed, "bytes follow the last `end`"));
  EXPECT_TRUE(fails(print(with_body({0, 0x05, 0x0B})), ErrorKind::malformed, "`else` without an `if`"));
  EXPECT_TRUE(fails(print(with_body({0, 0x04, 0x40, 0x05, 0x05, 0x0B, 0x0B})), ErrorKind::malformed, "`else`"));
  EXPECT_TRUE(fails(print(with_body({1, 0x01, 0x40, 0x0B})), ErrorKind::malformed, "locals"));
  EXPECT_TRUE(fails(print(with_body({0, 0xFB, 0x00, 0x00, 0x0B})), ErrorKind::unsupported));
  auto const module = decode(with_body({0, 0xFF, 0x0B}));
  ASSERT_TRUE(module.has_value());
  std::size_t pieces = 0;
  auto const done = text::print_module(*module, [&](std::string_view) { return ++pieces != 0; });
  EXPECT_TRUE(fails(done, ErrorKind::malformed));
  EXPECT_EQ(pieces, 0u);
}

TEST(Printer, IndentationStopsAtSomeDepth) {
  std::string wat = "(func ";
  for (int i = 0; i < 20000; ++i) {
    wat += "block ";
  }
  for (int i = 0; i < 20000; ++i) {
    wat += "end ";
  }
  auto const text = printed(parsed(wat + ")"));
  EXPECT_LT(text.size(), 40000u * 130);
  expect_round_trip(wat + ")");
}

TEST(Printer, GivesPiecesAndStopsWhenTheSinkRefuses) {
  std::string wat = "(memory 40) (data (i32.const 0) \"";
  for (int i = 0; i < 1000000; ++i) {
    wat += "\\00";
  }
  auto const module = decode(parsed(wat + "\")"));
  ASSERT_TRUE(module.has_value());
  std::size_t largest = 0;
  std::size_t pieces = 0;
  EXPECT_TRUE(text::print_module(*module, [&](std::string_view piece) {
                largest = std::max(largest, piece.size());
                ++pieces;
                return true;
              }).has_value());
  EXPECT_GT(pieces, 10u);
  EXPECT_LT(largest, 100000u);
  std::size_t taken = 0;
  EXPECT_TRUE(text::print_module(*module, [&](std::string_view) { return ++taken < 3; }).has_value());
  EXPECT_EQ(taken, 3u);
}

} // namespace
} // namespace weir::test
