#include "base/leb128.hpp"

#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::base {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class T>
struct Read {
  LebStatus status = LebStatus::ok;
  T value = 0;
  std::size_t used = 0;
};

template <class T, unsigned Bits = sizeof(T) * 8>
Read<T> read(Bytes const& bytes) {
  std::uint8_t const* at = bytes.data();
  Read<T> result;
  result.status = read_leb<T, Bits>(at, bytes.data() + bytes.size(), result.value);
  result.used = static_cast<std::size_t>(at - bytes.data());
  return result;
}

__extension__ typedef __int128 Wide;

// By the grammar: the value of all bytes in arithmetic that holds it, and then whether it is in range.
template <class T, unsigned Bits>
Read<T> expected(Bytes const& bytes) {
  constexpr std::size_t most = (Bits + 6) / 7;
  constexpr bool is_signed = std::numeric_limits<T>::is_signed;
  Wide value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value += static_cast<Wide>(bytes[i] % 128) << (7 * i);
    if (bytes[i] < 128) {
      if (is_signed && bytes[i] >= 64) value -= Wide{1} << (7 * (i + 1));
      Wide const low = is_signed ? -(Wide{1} << (Bits - 1)) : 0;
      Wide const high = (Wide{1} << (Bits - (is_signed ? 1 : 0))) - 1;
      if (value < low || value > high) return {LebStatus::unused_bits_set, 0, 0};
      return {LebStatus::ok, static_cast<T>(value), i + 1};
    }
    if (i + 1 == most) return {LebStatus::too_long, 0, 0};
  }
  return {LebStatus::truncated, 0, 0};
}

template <class T, unsigned Bits = sizeof(T) * 8>
void compare(Bytes const& bytes) {
  auto const got = read<T, Bits>(bytes);
  auto const want = expected<T, Bits>(bytes);
  ASSERT_EQ(got.status, want.status) << testing::PrintToString(bytes) << " in " << Bits << " bits";
  if (want.status == LebStatus::ok) {
    ASSERT_EQ(got.value, want.value) << testing::PrintToString(bytes) << " in " << Bits << " bits";
    ASSERT_EQ(got.used, want.used) << testing::PrintToString(bytes) << " in " << Bits << " bits";
  }
}

void compare_all(Bytes const& bytes) {
  compare<std::uint32_t>(bytes);
  compare<std::int32_t>(bytes);
  compare<std::int64_t, 33>(bytes);
  compare<std::uint64_t>(bytes);
  compare<std::int64_t>(bytes);
}

TEST(Leb128, ReadsTheSpecificationsExamples) {
  EXPECT_EQ(read<std::uint32_t>({0x03}).value, 3u);
  EXPECT_EQ(read<std::uint32_t>({0x83, 0x00}).value, 3u);
  EXPECT_EQ(read<std::uint32_t>({0xE5, 0x8E, 0x26}).value, 624485u);
  EXPECT_EQ(read<std::int32_t>({0x7E}).value, -2);
  EXPECT_EQ(read<std::int32_t>({0xFE, 0x7F}).value, -2);
  EXPECT_EQ(read<std::int32_t>({0xFE, 0xFF, 0x7F}).value, -2);
  EXPECT_EQ(read<std::int32_t>({0x80, 0x80, 0x80, 0x80, 0x78}).value, std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ((read<std::int64_t, 33>({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).value), 0xFFFFFFFF);
}

TEST(Leb128, SaysWhatIsWrong) {
  EXPECT_EQ(read<std::uint32_t>({}).status, LebStatus::truncated);
  EXPECT_EQ(read<std::uint32_t>({0x80, 0x80}).status, LebStatus::truncated);
  EXPECT_EQ(read<std::uint32_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}).status, LebStatus::too_long);
  EXPECT_EQ(read<std::uint32_t>({0x80, 0x80, 0x80, 0x80, 0x10}).status, LebStatus::unused_bits_set);
  EXPECT_EQ(read<std::int32_t>({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).status, LebStatus::unused_bits_set);
  EXPECT_EQ(read<std::int32_t>({0x80, 0x80, 0x80, 0x80, 0x70}).status, LebStatus::unused_bits_set);
  EXPECT_EQ(read<std::uint64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}).status,
            LebStatus::unused_bits_set);
}

TEST(Leb128, DoesNotReadBehindTheInteger) {
  auto const result = read<std::uint32_t>({0x85, 0x01, 0xFF, 0xFF});
  EXPECT_EQ(result.value, 133u);
  EXPECT_EQ(result.used, 2u);
}

// All last bytes of the longest encodings, where the unused bits are.
TEST(Leb128, LongestEncodingsAgreeWithTheGrammar) {
  for (std::size_t length = 1; length <= 11; ++length) {
    for (unsigned last = 0; last < 256; ++last) {
      for (std::uint8_t const filler : {0x80, 0xFF, 0xAA}) {
        Bytes bytes(length - 1, filler);
        bytes.push_back(static_cast<std::uint8_t>(last));
        compare_all(bytes);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(Leb128, RandomBytesAgreeWithTheGrammar) {
  auto random = test::seeded_random();
  for (int i = 0; i < 100000; ++i) {
    Bytes bytes(random() % 12);
    unsigned const continued = static_cast<unsigned>(random() % 12);
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      bytes[k] = static_cast<std::uint8_t>(random() | (k < continued ? 0x80 : 0));
    }
    compare_all(bytes);
    if (HasFatalFailure()) return;
  }
}

// Length of the shortest encoding, by the number of significant bits.
std::size_t shortest(std::uint64_t value, bool with_sign_bit) {
  unsigned bits = with_sign_bit ? 1 : 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits == 0 ? 1 : (bits + 6) / 7;
}

TEST(Leb128, WritesTheShortestEncoding) {
  auto random = test::seeded_random();
  std::vector<std::uint64_t> values{0, 1, 63, 64, 127, 128, 0x3FFF, 0x4000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF};
  for (int i = 0; i < 20000; ++i) values.push_back(random() >> (random() % 64));
  for (std::uint64_t const value : values) {
    for (std::uint64_t const each : {value, ~value}) {
      Bytes bytes;
      write_uleb(bytes, each);
      ASSERT_EQ(bytes.size(), shortest(each, false)) << each;
      ASSERT_EQ(read<std::uint64_t>(bytes).value, each);
      bytes.clear();
      auto const as_signed = static_cast<std::int64_t>(each);
      write_sleb(bytes, as_signed);
      ASSERT_EQ(bytes.size(), shortest(as_signed < 0 ? ~each : each, true)) << as_signed;
      ASSERT_EQ(read<std::int64_t>(bytes).value, as_signed);
    }
  }
}

} // namespace
} // namespace weir::base
