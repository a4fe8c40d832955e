#include "text/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

using text::TokenKind;
using namespace std::string_view_literals;

std::vector<std::string> words(std::string_view source) {
  auto const tokens = text::tokenize(source);
  if (!tokens) {
    return {"error: " + tokens.error().message()};
  }
  std::vector<std::string> all;
  for (auto const& token : *tokens) {
    all.emplace_back(token.text);
  }
  return all;
}

std::vector<TokenKind> kinds(std::string_view source) {
  auto const tokens = text::tokenize(source);
  std::vector<TokenKind> all;
  if (tokens) {
    for (auto const& token : *tokens) {
      all.push_back(token.kind);
    }
  }
  return all;
}

using Words = std::vector<std::string>;
using Kinds = std::vector<TokenKind>;

TEST(Lexer, SplitsIntoTokensOfTheirKinds) {
  EXPECT_EQ(words("(i32.const $x -0x1_f \"a b\")"), (Words{"(", "i32.const", "$x", "-0x1_f", "\"a b\"", ")", ""}));
  EXPECT_EQ(kinds("(i32.const $x -0x1_f +1 \"a b\")"),
            (Kinds{TokenKind::left, TokenKind::keyword, TokenKind::id, TokenKind::number, TokenKind::number,
                   TokenKind::string, TokenKind::right, TokenKind::end}));
  EXPECT_EQ(kinds("- + .5 Abc @x"), (Kinds{TokenKind::reserved, TokenKind::reserved, TokenKind::reserved,
                                           TokenKind::reserved, TokenKind::reserved, TokenKind::end}));
  EXPECT_EQ(words("a(b)c"), (Words{"a", "(", "b", ")", "c", ""}));
  EXPECT_EQ(words("$!#$%&'*+-./:<=>?@\\^_`|~9aZ"), (Words{"$!#$%&'*+-./:<=>?@\\^_`|~9aZ", ""}));
}

TEST(Lexer, TakesTheEmptyInput) {
  EXPECT_EQ(words(""), Words{""});
  EXPECT_EQ(words(" \t\r\n"), Words{""});
}

TEST(Lexer, PassesOverComments) {
  EXPECT_EQ(words("a;; b ( \" \nc"), (Words{"a", "c", ""}));
  EXPECT_EQ(words("a;; b\rc"), (Words{"a", "c", ""}));
  EXPECT_EQ(words("a;;"), (Words{"a", ""}));
  EXPECT_EQ(words("a(;b(;c;)\" ;;;)d"), (Words{"a", "d", ""}));
  EXPECT_EQ(words("(;;)"), Words{""});
  EXPECT_EQ(words("(;;;)x"), (Words{"x", ""}));
  EXPECT_TRUE(fails(text::tokenize("a\n  (; (; ;)"), ErrorKind::malformed, "unclosed comment (line 2, column 3)"));
}

TEST(Lexer, NestsCommentsWithoutTheNativeStack) {
  std::string source;
  for (int i = 0; i < 1000000; ++i) {
    source += "(;";
  }
  EXPECT_TRUE(fails(text::tokenize(source), ErrorKind::malformed, "unclosed comment"));
  for (int i = 0; i < 1000000; ++i) {
    source += ";)";
  }
  EXPECT_EQ(words(source), Words{""});
}

TEST(Lexer, WordsThatTouchStringsAreReserved) {
  EXPECT_EQ(kinds("\"a\"\"b\""), (Kinds{TokenKind::reserved, TokenKind::end}));
  EXPECT_EQ(kinds("\"a\"x"), (Kinds{TokenKind::reserved, TokenKind::end}));
  EXPECT_EQ(kinds("x\"a\""), (Kinds{TokenKind::reserved, TokenKind::end}));
  EXPECT_EQ(kinds("$x\"a\""), (Kinds{TokenKind::reserved, TokenKind::end}));
  EXPECT_EQ(kinds("\"a\" \"b\""), (Kinds{TokenKind::string, TokenKind::string, TokenKind::end}));
}

TEST(Lexer, ReadsQuotedIdentifiers) {
  EXPECT_EQ(kinds("$\"a b\""), (Kinds{TokenKind::id, TokenKind::end}));
  EXPECT_TRUE(fails(text::tokenize("$"), ErrorKind::malformed, "empty identifier"));
  EXPECT_TRUE(fails(text::tokenize("$\"\""), ErrorKind::malformed, "empty identifier"));
  EXPECT_TRUE(fails(text::tokenize("$\"\\ff\""), ErrorKind::malformed, "UTF-8"));
}

TEST(Lexer, ResolvesEscapes) {
  EXPECT_EQ(text::string_value(R"("a\t\n\r\"\'\\\00\fFz")"), "a\t\n\r\"'\\\0\xFFz"sv);
  EXPECT_EQ(text::string_value(R"("\u{41}\u{e9}\u{20_AC}\u{10ffff}")"), "A\xC3\xA9\xE2\x82\xAC\xF4\x8F\xBF\xBF");
  EXPECT_EQ(text::string_value("\"\""), "");
}

TEST(Lexer, RefusesBadStrings) {
  EXPECT_TRUE(fails(text::tokenize("\"abc"), ErrorKind::malformed, "unclosed string"));
  EXPECT_TRUE(fails(text::tokenize("\"abc\\"), ErrorKind::malformed, "illegal escape"));
  EXPECT_TRUE(fails(text::tokenize("\"a\nb\""), ErrorKind::malformed, "unclosed string"));
  EXPECT_TRUE(fails(text::tokenize("\"\tb\""), ErrorKind::malformed, "illegal character \\09"));
  EXPECT_TRUE(fails(text::tokenize("\"\x7f\""), ErrorKind::malformed, "illegal character \\7f"));
  EXPECT_TRUE(fails(text::tokenize("\"\0\""sv), ErrorKind::malformed, "illegal character \\00"));
  for (auto const* const text :
       {R"("\x")", R"("\0")", R"("\0g")", R"("\u41")", R"("\u{}")", R"("\u{110000}")", R"("\u{d800}")", R"("\u{dfff}")",
        R"("\u{_1}")", R"("\u{1_}")", R"("\u{1__1}")", R"("\u{41")", R"("\u{ffffffffffffffffffff}")"}) {
    EXPECT_TRUE(fails(text::tokenize(text), ErrorKind::malformed, "illegal escape")) << text;
  }
}

TEST(Lexer, RefusesBytesThatAreNoCharacters) {
  EXPECT_TRUE(fails(text::tokenize("\0"sv), ErrorKind::malformed, "illegal character `\\00`"));
  EXPECT_TRUE(fails(text::tokenize("(module)\x01"), ErrorKind::malformed, "(line 1, column 9)"));
  EXPECT_TRUE(fails(text::tokenize("a\xff"), ErrorKind::malformed, "UTF-8"));
  EXPECT_TRUE(fails(text::tokenize("\xC0\x80"), ErrorKind::malformed, "UTF-8"));
  EXPECT_TRUE(fails(text::tokenize(";; \xED\xA0\x80"), ErrorKind::malformed, "UTF-8"));
  EXPECT_TRUE(fails(text::tokenize("\xC3\xA9"), ErrorKind::malformed, "illegal character"));
  EXPECT_TRUE(fails(text::tokenize("\xEF\xBB\xBF(module)"), ErrorKind::malformed, "illegal character"));
  for (char const c : {',', '[', ']', '{', '}', ';'}) {
    EXPECT_TRUE(fails(text::tokenize(std::string{c}), ErrorKind::malformed, "illegal character")) << c;
  }
}

TEST(Lexer, PassesOverAnnotations) {
  EXPECT_EQ(words("a (@x (y) \")\" (@z) ({[,;]}) (; ) ;)) b"), (Words{"a", "b", ""}));
  EXPECT_EQ(words("a (@\"x y\") b"), (Words{"a", "b", ""}));
  EXPECT_EQ(words("((((@custom \"x\"))))"), (Words{"(", "(", "(", ")", ")", ")", ""}));
  EXPECT_EQ(words("(m (@custom \"x\"))"), (Words{"(", "m", "(", "@custom", "\"x\"", ")", ")", ""}));
  EXPECT_TRUE(fails(text::tokenize("(@)"), ErrorKind::malformed, "empty annotation id"));
  EXPECT_TRUE(fails(text::tokenize("(@\"\")"), ErrorKind::malformed, "empty annotation id"));
  EXPECT_TRUE(fails(text::tokenize("(@\"\\ff\")"), ErrorKind::malformed, "UTF-8"));
  EXPECT_TRUE(fails(text::tokenize("\n (@x (y)"), ErrorKind::malformed, "unclosed annotation (line 2, column 2)"));
}

TEST(Lexer, CountsLinesAndColumnsFromOne) {
  std::string_view const source = "ab\nc\n\nd";
  auto const at = [&](std::uint32_t offset) {
    auto const position = text::position_of(source, offset);
    return std::pair{position.line, position.column};
  };
  EXPECT_EQ(at(0), std::pair(1u, 1u));
  EXPECT_EQ(at(1), std::pair(1u, 2u));
  EXPECT_EQ(at(3), std::pair(2u, 1u));
  EXPECT_EQ(at(6), std::pair(4u, 1u));
  EXPECT_EQ(at(7), std::pair(4u, 2u));
  auto const error = text::error_at(source, 6, ErrorKind::limit, "what");
  EXPECT_EQ(error.line(), 4u);
  EXPECT_EQ(error.column(), 1u);
  EXPECT_EQ(error.message(), "what (line 4, column 1)");
}

} // namespace
} // namespace weir::test
