// JSON, CBOR and MessagePack.
#include <cmath>
#include <limits>

#include <weir/exchange/json.hpp>

#include "support/codec_values.hpp"
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

using exchange::cbor;
using exchange::decode;
using exchange::encode;
using exchange::json;
using exchange::msgpack;

std::span<std::byte const> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

template <class T>
void expect_text(T const& value, std::string_view text) {
  auto const encoded = encode(json, value);
  ASSERT_TRUE(ok(encoded));
  EXPECT_EQ(exchange::detail::as_text(*encoded), text);
  auto const decoded = decode<T>(json, *encoded);
  ASSERT_TRUE(ok(decoded));
  EXPECT_TRUE(*decoded == value) << text;
}

TEST(Json, Values) {
  expect_text(true, "true");
  expect_text(std::int8_t{-5}, "-5");
  expect_text(~std::uint64_t{0}, "18446744073709551615");
  expect_text(INT64_MIN, "-9223372036854775808");
  expect_text(exchange::UInt128{7}, "7");
  expect_text(exchange::Int128{-7}, "-7");
  expect_text(0.5, "0.5");
  expect_text(U'\u00E9', "\"\u00E9\"");
  expect_text(std::string{"a\"b"}, "\"a\\\"b\"");
  expect_text(Color::green, "1");
  expect_text(std::optional<int>{}, "null");
  expect_text(std::optional<int>{3}, "3");
  expect_text(std::monostate{}, "null");
  expect_text(std::vector<int>{1, 2}, "[1,2]");
  expect_text(std::vector<bool>{true}, "[true]");
  expect_text(bytes_of({1, 255}), "[1,255]");
  expect_text(std::map<std::string, int>{{"k", 1}}, "{\"k\":1}");
  expect_text(std::map<int, bool>{{2, true}}, "[[2,true]]");
  expect_text(Named{"n", Color::blue}, "{\"color\":2,\"name\":\"n\"}");
  expect_text(Point{1, 0.5}, "[1,0.5]"); // told no names
  expect_text(Shapes{Point{1, 0.5}}, "[1,[1,0.5]]");
  expect_text(std::expected<int, std::string>{4}, "{\"Ok\":4}");
  expect_text(std::expected<int, std::string>{std::unexpected("no")}, "{\"Err\":\"no\"}");
  expect_text(nlohmann::json::parse("{\"any\":[1,null]}"), "{\"any\":[1,null]}");
}

TEST(Json, ObjectsAreReadLeniently) {
  EXPECT_EQ(*decode<Named>(json, bytes("{\"name\":\"n\",\"more\":[1]}")), (Named{"n", {}}));
  EXPECT_EQ(*decode<Named>(json, bytes("[\"n\",1]")), (Named{"n", Color::green}));
  EXPECT_EQ(*decode<double>(json, bytes(" 3 ")), 3.0);
}

TEST(Json, BytesAreBytesInBinaryForms) {
  EXPECT_EQ(*encode(cbor, bytes_of({1, 2})), bytes_of({0x42, 1, 2}));
  EXPECT_EQ(*encode(msgpack, bytes_of({1, 2})), bytes_of({0xC4, 2, 1, 2}));
  EXPECT_EQ(*decode<std::vector<std::uint8_t>>(cbor, bytes_of({0x42, 1, 2})), (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(*decode<std::vector<std::byte>>(cbor, bytes_of({0x82, 1, 2})), bytes_of({1, 2}));
  EXPECT_EQ(*encode(cbor, Named{"n", {}}),
            bytes_of({0xA2, 0x65, 'c', 'o', 'l', 'o', 'r', 0xF6, 0x64, 'n', 'a', 'm', 'e', 0x61, 'n'}));
}

template <class T>
testing::AssertionResult refuses(std::string_view text, std::string_view message) {
  return fails(decode<T>(json, bytes(text)), ErrorKind::guest, message);
}

TEST(Json, ErrorsSayWhere) {
  EXPECT_TRUE(refuses<int>("\"x\"", "JSON: expected an integer, found string"));
  EXPECT_TRUE(refuses<Named>("{\"name\":5}", "JSON: at /name: expected text, found number"));
  EXPECT_TRUE(refuses<Named>("{}", "JSON: the field name is missing"));
  EXPECT_TRUE(refuses<std::vector<Named>>("[{\"name\":\"a\"},{\"name\":\"b\",\"color\":-1}]",
                                          "JSON: at /1/color: an integer that is wider than its type"));
  EXPECT_TRUE(refuses<std::uint8_t>("256", "wider than its type"));
  EXPECT_TRUE(refuses<exchange::UInt128>("-1", "a negative integer"));
  EXPECT_TRUE(refuses<int>("1.5", "expected an integer"));
  EXPECT_TRUE(refuses<int>("[1", "JSON: not well-formed at byte"));
  EXPECT_TRUE(refuses<int>("1 2", "not well-formed at byte 3 of 3"));
  EXPECT_TRUE(refuses<int>("", "not well-formed"));
  EXPECT_TRUE(refuses<std::string>("\"\xFF\"", "not well-formed"));
  EXPECT_TRUE((refuses<std::array<int, 2>>("[1]", "an array of the right length")));
  EXPECT_TRUE((refuses<std::tuple<int, int>>("[1]", "an array with an element for each field")));
  EXPECT_TRUE(refuses<Shapes>("[9,null]", "a variant's index of 9"));
  EXPECT_TRUE(refuses<char32_t>("\"ab\"", "expected one character"));
  EXPECT_TRUE(refuses<char32_t>("\"\"", "expected one character"));
  EXPECT_TRUE((refuses<std::expected<int, int>>("{\"Maybe\":1}", "either Ok or Err")));
  EXPECT_TRUE((refuses<std::map<int, int>>("[[1]]", "at /0: expected a pair")));
  EXPECT_TRUE(refuses<Point>("{\"x\":1}", "an array with an element for each field"));
}

TEST(Json, WhatHasNoEncoding) {
  EXPECT_TRUE(
      fails(encode(json, std::vector<double>{1, std::nan("")}), ErrorKind::usage, "JSON: at /1: a float that is not"));
  EXPECT_TRUE(ok(encode(cbor, std::numeric_limits<double>::infinity())));
  EXPECT_TRUE(fails(encode(msgpack, std::string{"\xFF"}), ErrorKind::usage, "MessagePack: text that is not UTF-8"));
  EXPECT_TRUE(fails(encode(json, exchange::UInt128{1} << 64), ErrorKind::usage, "more than 64 bits"));
  EXPECT_TRUE(fails(encode(json, -(exchange::Int128{1} << 64)), ErrorKind::usage, "more than 64 bits"));
  EXPECT_TRUE(fails(encode(json, std::unique_ptr<int>{}), ErrorKind::usage, "a null std::unique_ptr"));
  Tree deep;
  for (int i = 0; i < 200; ++i) {
    Tree outer;
    outer.children.push_back(std::move(deep));
    deep = std::move(outer);
  }
  EXPECT_TRUE(fails(encode(json, deep), ErrorKind::limit, "nest more than 128 deep"));
}

TEST(Json, NestingIsBounded) {
  constexpr std::size_t many = 1'000'000;
  using Any = nlohmann::json;
  EXPECT_TRUE(fails(decode<Any>(json, bytes(std::string(many, '['))), ErrorKind::limit, "nest too deep"));
  EXPECT_TRUE(fails(decode<Any>(cbor, bytes(std::string(many, '\x81'))), ErrorKind::limit, "nest more than 128"));
  EXPECT_TRUE(fails(decode<Any>(cbor, bytes(std::string(many, '\x9F'))), ErrorKind::limit, "nest more than 128"));
  EXPECT_TRUE(fails(decode<Any>(msgpack, bytes(std::string(many, '\x91'))), ErrorKind::limit, "nest too deep"));
  EXPECT_TRUE(fails(decode<Any>(cbor, bytes(std::string(many, '\x7F'))), ErrorKind::guest, "CBOR: at byte 2"));
  EXPECT_TRUE(fails(decode<Any>(cbor, bytes(std::string(many, '\xC1'))), ErrorKind::guest, "tags are not supported"));
  EXPECT_TRUE(ok(decode<Any>(json, bytes(std::string(100, '[') + std::string(100, ']')))));
}

TEST(Json, LengthsAreNotTrusted) {
  using Any = nlohmann::json;
  auto const expect_refused = [](auto const& format, std::initializer_list<int> input) {
    EXPECT_TRUE(fails(decode<Any>(format, bytes_of(input)), ErrorKind::guest, format.name));
  };
  expect_refused(cbor, {0x9B, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1});
  expect_refused(cbor, {0xBB, 255, 255, 255, 255, 255, 255, 255, 255, 1});
  expect_refused(cbor, {0x7A, 255, 255, 255, 255, 'x'});
  expect_refused(cbor, {0x5B, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  expect_refused(msgpack, {0xDD, 255, 255, 255, 255, 1});
  expect_refused(msgpack, {0xDB, 255, 255, 255, 255, 'x'});
  expect_refused(msgpack, {0xC6, 255, 255, 255, 255, 1});
  expect_refused(cbor, {});
  expect_refused(cbor, {1, 2});
  expect_refused(cbor, {0xFF});
  expect_refused(cbor, {0x9F, 1});
  expect_refused(cbor, {0xBF, 0x61, 'a', 0xFF});
  expect_refused(cbor, {0x7F, 0x41, 'a', 0xFF});
  expect_refused(cbor, {0x1C});
  expect_refused(cbor, {0x3F});
  expect_refused(msgpack, {1, 2});
  EXPECT_EQ(*decode<std::string>(cbor, bytes_of({0x7F, 0x61, 'a', 0x62, 'b', 'c', 0xFF})), "abc");
  EXPECT_EQ(*decode<std::vector<int>>(cbor, bytes_of({0x9F, 1, 0x20, 0xFF})), (std::vector<int>{1, -1}));
}

TEST(Json, RandomValuesComeBack) {
  auto const seed = random_seed();
  SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
  Random random{seed};
  for (int i = 0; i < 200; ++i) {
    auto value = random.value<Everything>();
    // Of 128 bits only 64 have a number in JSON.
    std::get<1>(value.wide) = static_cast<std::int64_t>(random.bits());
    std::get<2>(value.wide) = random.bits();
    auto const check = [&](auto const& format) {
      auto const encoded = encode(format, value);
      ASSERT_TRUE(ok(encoded));
      auto const decoded = decode<Everything>(format, *encoded);
      ASSERT_TRUE(ok(decoded));
      ASSERT_TRUE(*decoded == value);
      (void)decode<Everything>(format, std::span{*encoded}.first(random.below(encoded->size())));
    };
    check(json);
    check(cbor);
    check(msgpack);
  }
}

} // namespace
} // namespace weir::test
