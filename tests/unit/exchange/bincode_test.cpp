// The codecs bincode and bincode2: byte for byte as Rust's crate documents them, and against hostile bytes.
#include <list>
#include <unordered_map>

#include "support/codec_values.hpp"
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

using exchange::bincode;
using exchange::bincode2;
using exchange::decode;
using exchange::encode;

template <class Format, class T>
void expect_bytes(Format const& format, T const& value, std::initializer_list<int> bytes) {
  auto const encoded = encode(format, value);
  ASSERT_TRUE(ok(encoded));
  EXPECT_EQ(*encoded, bytes_of(bytes));
  if constexpr (!std::is_same_v<T, std::string_view>) {
    auto const decoded = decode<T>(format, *encoded);
    ASSERT_TRUE(ok(decoded));
    EXPECT_TRUE(*decoded == value);
  }
}

TEST(Bincode, Numbers) {
  expect_bytes(bincode, std::uint8_t{255}, {255});
  expect_bytes(bincode, std::int8_t{-1}, {255});
  expect_bytes(bincode, std::uint16_t{0x1234}, {0x34, 0x12});
  expect_bytes(bincode, std::int32_t{-2}, {0xFE, 0xFF, 0xFF, 0xFF});
  expect_bytes(bincode, std::uint64_t{1} << 40, {0, 0, 0, 0, 0, 1, 0, 0});
  expect_bytes(bincode, exchange::Int128{-1},
               {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255});
  expect_bytes(bincode, 1.0f, {0, 0, 0x80, 0x3F});
  expect_bytes(bincode, -2.0, {0, 0, 0, 0, 0, 0, 0, 0xC0});
  expect_bytes(bincode, true, {1});
  expect_bytes(bincode, false, {0});
  expect_bytes(bincode, U'a', {'a'});
  expect_bytes(bincode, U'\u20AC', {0xE2, 0x82, 0xAC});
  expect_bytes(bincode, std::byte{7}, {7});
}

TEST(Bincode, Compounds) {
  expect_bytes(bincode, std::string{"hi"}, {2, 0, 0, 0, 0, 0, 0, 0, 'h', 'i'});
  expect_bytes(bincode, std::string_view{"hi"}, {2, 0, 0, 0, 0, 0, 0, 0, 'h', 'i'});
  expect_bytes(bincode, std::optional<std::uint8_t>{}, {0});
  expect_bytes(bincode, std::optional<std::uint8_t>{9}, {1, 9});
  expect_bytes(bincode, std::vector<std::uint16_t>{1, 2}, {2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0});
  expect_bytes(bincode, std::array<std::uint16_t, 2>{1, 2}, {1, 0, 2, 0});
  expect_bytes(bincode, std::tuple<std::uint8_t, bool>{3, true}, {3, 1});
  expect_bytes(bincode, std::pair<bool, std::uint8_t>{true, 3}, {1, 3});
  expect_bytes(bincode, std::monostate{}, {});
  expect_bytes(bincode, Color::blue, {2, 0, 0, 0});
  expect_bytes(bincode, Point{-1, 1.0}, {255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F});
  expect_bytes(bincode, Named{"n", Color::green}, {1, 0, 0, 0, 0, 0, 0, 0, 'n', 1, 1, 0, 0, 0});
  expect_bytes(bincode, Shapes{}, {0, 0, 0, 0});
  expect_bytes(bincode, Shapes{Point{1, 0.0}}, {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expect_bytes(bincode, std::expected<std::uint8_t, bool>{5}, {0, 0, 0, 0, 5});
  expect_bytes(bincode, std::expected<std::uint8_t, bool>{std::unexpected(true)}, {1, 0, 0, 0, 1});
  expect_bytes(bincode, std::map<std::uint8_t, bool>{{1, true}, {2, false}}, {2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0});
  expect_bytes(bincode, std::set<std::uint8_t>{4, 5}, {2, 0, 0, 0, 0, 0, 0, 0, 4, 5});
  expect_bytes(bincode, std::list<bool>{true}, {1, 0, 0, 0, 0, 0, 0, 0, 1});
  expect_bytes(bincode, std::vector<bool>{true, false}, {2, 0, 0, 0, 0, 0, 0, 0, 1, 0});
  expect_bytes(bincode, std::unordered_map<std::uint8_t, bool>{{1, true}}, {1, 0, 0, 0, 0, 0, 0, 0, 1, 1});
  auto const boxed = encode(bincode, std::make_unique<std::uint8_t>(std::uint8_t{6}));
  EXPECT_EQ(*boxed, bytes_of({6}));
  EXPECT_EQ(**decode<std::unique_ptr<std::uint8_t>>(bincode, *boxed), 6);
}

TEST(Bincode, VariableIntegers) {
  expect_bytes(bincode2, std::uint32_t{0}, {0});
  expect_bytes(bincode2, std::uint32_t{250}, {250});
  expect_bytes(bincode2, std::uint32_t{251}, {251, 251, 0});
  expect_bytes(bincode2, std::uint16_t{65535}, {251, 255, 255});
  expect_bytes(bincode2, std::uint32_t{65536}, {252, 0, 0, 1, 0});
  expect_bytes(bincode2, ~std::uint32_t{0}, {252, 255, 255, 255, 255});
  expect_bytes(bincode2, std::uint64_t{1} << 32, {253, 0, 0, 0, 0, 1, 0, 0, 0});
  expect_bytes(bincode2, exchange::UInt128{1} << 64, {254, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  expect_bytes(bincode2, std::uint8_t{255}, {255}); // a byte is a byte
  expect_bytes(bincode2, std::int8_t{-1}, {255});
  expect_bytes(bincode2, std::int16_t{-1}, {1});
  expect_bytes(bincode2, std::int16_t{1}, {2});
  expect_bytes(bincode2, std::int32_t{-126}, {251, 251, 0});
  expect_bytes(bincode2, INT64_MIN, {253, 255, 255, 255, 255, 255, 255, 255, 255});
  expect_bytes(bincode2, INT64_MAX, {253, 254, 255, 255, 255, 255, 255, 255, 255});
  expect_bytes(bincode2, std::string{"hi"}, {2, 'h', 'i'});
  expect_bytes(bincode2, Color::blue, {2});
  expect_bytes(bincode2, Shapes{Point{1, 0.0}}, {1, 2, 0, 0, 0, 0, 0, 0, 0, 0});
  expect_bytes(bincode2, std::vector<std::uint16_t>{300}, {1, 251, 44, 1});
}

TEST(Bincode, EncodedSizesAreKnownBeforehand) {
  EXPECT_EQ(*bincode.encoded_size(std::string(1000, 'x')), 1008u);
  EXPECT_EQ(*bincode2.encoded_size(std::string(1000, 'x')), 1003u);
  std::array<std::byte, 3> small{};
  EXPECT_TRUE(fails(bincode.encode_into(std::uint32_t{1}, small), ErrorKind::usage, "changed between"));
  EXPECT_TRUE(fails(bincode.encode_into(std::uint8_t{1}, small), ErrorKind::usage, "changed between"));
}

TEST(Bincode, WhatHasNoEncoding) {
  EXPECT_TRUE(fails(encode(bincode, char32_t{0xD800}), ErrorKind::usage, "0xd800 is not a Unicode scalar value"));
  EXPECT_TRUE(fails(encode(bincode, std::unique_ptr<int>{}), ErrorKind::usage,
                    "bincode 1: the value cannot be encoded: a null"));
  enum class Signed : std::int64_t { negative = -1, large = std::int64_t{1} << 32, most = 0xFFFFFFFF };
  EXPECT_TRUE(fails(encode(bincode2, Signed::negative), ErrorKind::usage, "outside of 0 .. 2^32-1"));
  EXPECT_TRUE(fails(encode(bincode2, Signed::large), ErrorKind::usage, "outside of 0 .. 2^32-1"));
  expect_bytes(bincode, Signed::most, {255, 255, 255, 255});
  Tree deep;
  for (int i = 0; i < 200; ++i) {
    Tree outer;
    outer.children.push_back(std::move(deep));
    deep = std::move(outer);
  }
  EXPECT_TRUE(fails(encode(bincode, deep), ErrorKind::limit, "nest more than 128 deep"));
}

template <class T, class Format>
void expect_refused(Format const& format, std::initializer_list<int> bytes, std::string_view message) {
  EXPECT_TRUE(fails(decode<T>(format, bytes_of(bytes)), ErrorKind::guest, message));
}

TEST(Bincode, BadBytes) {
  expect_refused<std::uint32_t>(bincode, {1, 2, 3},
                                "bincode 1: at byte 0 of 3: an integer takes 4 bytes, but only 3 follow");
  expect_refused<std::uint8_t>(bincode, {1, 2, 3}, "2 bytes follow the value");
  expect_refused<bool>(bincode, {2}, "a bool of 2, expected at most 1");
  expect_refused<std::optional<bool>>(bincode, {7}, "an option's tag of 7");
  expect_refused<Shapes>(bincode, {4, 0, 0, 0}, "an enum's tag of 4, expected at most 3");
  expect_refused<Color>(bincode, {0, 1, 0, 0}, "an enum's tag of 256, expected at most 255");
  expect_refused<std::expected<bool, bool>>(bincode2, {2, 0}, "an enum's tag of 2");
  expect_refused<char32_t>(bincode, {0xED, 0xA0, 0x80}, "no well-formed UTF-8 character");
  expect_refused<char32_t>(bincode, {}, "a character takes 1 bytes");
  expect_refused<std::string>(bincode, {1, 0, 0, 0, 0, 0, 0, 0, 0xFF}, "not UTF-8");
  expect_refused<std::uint16_t>(bincode2, {252, 0, 0, 0, 0}, "wider than its type");
  expect_refused<std::uint64_t>(bincode2, {254, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "wider than its type");
  expect_refused<exchange::UInt128>(bincode2, {255}, "wider than its type");
  expect_refused<std::uint32_t>(bincode2, {252, 1}, "but only 1 follow");
}

TEST(Bincode, LengthsAreNotTrusted) {
  expect_refused<std::string>(bincode, {255, 255, 255, 255, 255, 255, 255, 255, 'x'},
                              "at byte 8 of 9: a length of 18446744073709551615 elements of at least 1 byte each, but "
                              "only 1 bytes follow");
  expect_refused<std::vector<std::uint64_t>>(bincode, {1, 0, 0, 0, 0, 0, 0, 0x20, 1, 2, 3, 4, 5, 6, 7, 8},
                                             "elements of at least 8 bytes each");
  expect_refused<std::vector<std::string>>(bincode2, {251, 255, 255, 0}, "a length of 65535");
  expect_refused<std::map<std::string, Point>>(bincode, {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                               "elements of at least 20 bytes each");
  expect_refused<std::set<std::uint32_t>>(bincode2, {3, 1, 2}, "a length of 3");
}

TEST(Bincode, NestingIsBounded) {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 10000; ++i) {
    bytes.insert(bytes.end(), {std::byte{0}, std::byte{1}}); // value 0, one child
  }
  EXPECT_TRUE(fails(decode<Tree>(bincode2, bytes), ErrorKind::limit, "nest more than 128 deep"));
}

TEST(Bincode, Prefixes) {
  std::size_t used = 0;
  EXPECT_EQ(*bincode.decode_prefix<std::uint16_t>(bytes_of({1, 2, 3}), used), 0x0201);
  EXPECT_EQ(used, 2u);
}

TEST(Bincode, RandomValuesComeBack) {
  auto const seed = random_seed();
  SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
  Random random{seed};
  for (int i = 0; i < 500; ++i) {
    auto const value = random.value<Everything>();
    auto const first = encode(bincode, value);
    auto const second = encode(bincode2, value);
    ASSERT_TRUE(ok(first));
    ASSERT_TRUE(ok(second));
    ASSERT_TRUE(decode<Everything>(bincode, *first) == value);
    ASSERT_TRUE(decode<Everything>(bincode2, *second) == value);
    // Anything cut off is noticed, never read past.
    auto const cut = random.below(first->size());
    ASSERT_FALSE(decode<Everything>(bincode, std::span{*first}.first(cut)).has_value());
  }
}

} // namespace
} // namespace weir::test

// A class that cannot be changed, described from outside; and an enumeration with a known end.
namespace other {
class Opaque {
 public:
  int first = 0;
  bool second = false;
  explicit Opaque(int value) : first(value) {}
  Opaque() = default;
};
enum class Level : std::uint32_t { low, high };
} // namespace other

template <>
struct weir::exchange::Description<other::Opaque> {
  static constexpr auto fields(auto& self) { return std::tie(self.second, self.first); }
};
template <>
struct weir::exchange::Description<other::Level> {
  static constexpr std::uint32_t enumerators = 2;
};

namespace weir::test {
namespace {

TEST(Bincode, DescribedFromOutside) {
  auto const bytes = encode(bincode2, other::Opaque{5});
  EXPECT_EQ(*bytes, bytes_of({0, 10}));
  EXPECT_EQ(decode<other::Opaque>(bincode2, *bytes)->first, 5);
  expect_bytes(bincode2, other::Level::high, {1});
  expect_refused<other::Level>(bincode2, {2}, "an enum's tag of 2, expected at most 1");
}

TEST(Utf8, EdgesOfEveryLength) {
  using exchange::detail::is_utf8;
  for (std::string_view const good :
       {"", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "sixteen bytes of\xC3\xA9"}) {
    EXPECT_TRUE(is_utf8(good)) << testing::PrintToString(good);
  }
  for (std::string_view const bad :
       {"\x80", "\xC1\x81", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "eight by\xFE", "seventeen bytes o\xC3"}) {
    EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
  }
}

} // namespace
} // namespace weir::test
