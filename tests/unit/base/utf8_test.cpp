#include "base/utf8.hpp"

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::base {
namespace {

using namespace std::string_literals;

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

// By the definition: the bits of each sequence as a number, which must be a scalar value that needs the length.
bool is_well_formed(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint8_t const lead = byte_at(text, i);
    int length = 0;
    while (length < 8 && (lead & (0x80 >> length)) != 0) ++length;
    if (length == 1 || length > 4) return false;
    std::uint32_t value = length == 0 ? lead : lead & (0x7Fu >> length);
    int const more = length == 0 ? 0 : length - 1;
    if (i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      std::uint8_t const next = byte_at(text, i + static_cast<std::size_t>(k));
      if (next / 64 != 2) return false;
      value = value * 64 + next % 64;
    }
    constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (value < least[more] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

TEST(Utf8, EveryScalarValueIsWellFormed) {
  for (std::uint32_t code = 0; code < 0x110000; ++code) {
    if (code == 0xD800) code = 0xE000;
    std::string text;
    append_utf8(text, code);
    std::size_t const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    ASSERT_EQ(text.size(), length) << code;
    ASSERT_TRUE(is_utf8(text)) << code;
    ASSERT_TRUE(is_well_formed(text)) << code;
    ASSERT_FALSE(is_utf8(text.substr(0, length - 1)) && length > 1) << code;
  }
}

TEST(Utf8, EncodesAsTheStandardShows) {
  std::string text;
  for (std::uint32_t const code : {0x4Du, 0x430u, 0x4E8Cu, 0x10302u, 0x10FFFFu}) append_utf8(text, code);
  EXPECT_EQ(text, "\x4D\xD0\xB0\xE4\xBA\x8C\xF0\x90\x8C\x82\xF4\x8F\xBF\xBF");
}

TEST(Utf8, RejectsIllFormedSequences) {
  for (std::string const& text : {"\x80"s, "\xBF"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC2"s, "\xC2\x41"s, "\xE0\x9F\xBF"s,
                                  "\xE1\x80"s, "\xE1\x80\xC0"s, "\xED\xA0\x80"s, "\xED\xBF\xBF"s, "\xF0\x8F\xBF\xBF"s,
                                  "\xF1\x80\x80"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xFE"s, "\xFF"s}) {
    EXPECT_FALSE(is_utf8(text)) << printable(text);
    EXPECT_FALSE(is_utf8("ok " + text)) << printable(text);
  }
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\0"s));
}

TEST(Utf8, ShortSequencesAgreeWithTheDefinition) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      std::string const text{static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(is_utf8(text), is_well_formed(text)) << first << " " << second;
      for (unsigned const third : {0x00u, 0x7Fu, 0x80u, 0xBFu, 0xC0u}) {
        std::string const longer = text + static_cast<char>(third);
        ASSERT_EQ(is_utf8(longer), is_well_formed(longer)) << first << " " << second << " " << third;
        ASSERT_EQ(is_utf8(longer + "\x80"), is_well_formed(longer + "\x80")) << first << " " << second << " " << third;
      }
    }
  }
}

TEST(Utf8, RandomTextsAgreeWithTheDefinition) {
  auto random = test::seeded_random();
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (std::uint64_t parts = random() % 6; parts > 0; --parts) {
      append_utf8(text, static_cast<std::uint32_t>(random() % 0xD800) >> (random() % 16));
    }
    if (random() % 2 == 0 && !text.empty()) text[random() % text.size()] = static_cast<char>(random());
    ASSERT_EQ(is_utf8(text), is_well_formed(text)) << testing::PrintToString(text);
  }
}

TEST(Printable, EscapesWhatCannotBeShown) {
  EXPECT_EQ(printable("plain text"), "plain text");
  EXPECT_EQ(printable("gr\xC3\xB6\xC3\x9F"
                      "er \xE4\xBA\x8C"),
            "gr\xC3\xB6\xC3\x9F"
            "er \xE4\xBA\x8C");
  EXPECT_EQ(printable("a\n\t\0b"s), "a\\0a\\09\\00b");
  EXPECT_EQ(printable("\x1B[31m\x7F"), "\\1b[31m\\7f");
  EXPECT_EQ(printable("\"quoted\" \\"), "\\\"quoted\\\" \\\\");
  EXPECT_EQ(printable("\xFFx\xC3"), "\\ffx\\c3");
  EXPECT_EQ(printable("\xC2\x80\xC2\x9F\xC2\xA0"), "\\c2\\80\\c2\\9f\xC2\xA0");
}

TEST(Printable, CharactersThatHideOrReorder) {
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\\e2\\80\\aeb");
  EXPECT_EQ(printable("\xE2\x80\x8B\xEF\xBB\xBF\xF3\xA0\x80\xA1"), "\\e2\\80\\8b\\ef\\bb\\bf\\f3\\a0\\80\\a1");
  EXPECT_EQ(printable("`x`"), "\\`x\\`");
  EXPECT_EQ(printable_text("`x` \"\\ \n\xFF"), "`x` \"\\ \\0a\\ff");
  EXPECT_EQ(printable_lines("`x` \"\\ \n\t\r\x1b\xFF"), "`x` \"\\ \n\t\\0d\\1b\\ff");
  for (std::uint32_t const c :
       {0x00u, 0x1Fu, 0x7Fu, 0x9Fu, 0xADu, 0x61Cu, 0x200Eu, 0x2028u, 0x202Eu, 0x2066u, 0xFEFFu}) {
    EXPECT_TRUE(is_unprintable(c)) << c;
  }
  for (std::uint32_t const c : {0x20u, 0x7Eu, 0xA0u, 0xE9u, 0x4E8Cu, 0x20ACu, 0x1F600u}) {
    EXPECT_FALSE(is_unprintable(c)) << c;
  }
}

TEST(Printable, CutUtf8) {
  EXPECT_EQ(cut_utf8("abc", 3), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("ab\xE4\xBA\x8C", 4), "ab");
  EXPECT_EQ(cut_utf8("\xFF\xFF\xFF", 2), "\xFF\xFF");
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 5), "abcde...");
  EXPECT_EQ(printable("ab\xE4\xBA\x8C", 4), "ab...");
  EXPECT_EQ(printable("ab\xE4\xBA\x8C", 5), "ab\xE4\xBA\x8C");
  EXPECT_EQ(printable("a", 0), "...");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable(std::string(201, 'x')), std::string(200, 'x') + "...");
}

TEST(Printable, WhateverComesInCanBeShown) {
  auto random = test::seeded_random();
  for (int i = 0; i < 5000; ++i) {
    std::string text(random() % 30, '\0');
    for (char& each : text) each = static_cast<char>(random());
    std::string const shown = printable(text);
    ASSERT_TRUE(is_well_formed(shown)) << testing::PrintToString(text);
    for (char const each : shown) {
      ASSERT_TRUE(static_cast<std::uint8_t>(each) >= 0x20 && each != 0x7F) << testing::PrintToString(text);
    }
  }
}

} // namespace
} // namespace weir::base
