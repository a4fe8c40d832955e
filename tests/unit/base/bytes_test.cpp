#include "base/bytes.hpp"

#include <array>

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Bytes, LoadsLittleEndianAtAnyAddress) {
  std::array<std::uint8_t, 16> const bytes{0x00, 0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07,
                                           0x88, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F};
  EXPECT_EQ(load_le<std::uint8_t>(bytes.data() + 4), 0x84);
  EXPECT_EQ(load_le<std::uint16_t>(bytes.data() + 3), 0x8403);
  EXPECT_EQ(load_le<std::int16_t>(bytes.data() + 3), static_cast<std::int16_t>(0x8403));
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 1), 0x84030201u);
  EXPECT_EQ(load_le<std::uint64_t>(bytes.data() + 1), 0x8807060584030201u);
}

TEST(Bytes, StoresWhatItLoads) {
  std::array<std::uint8_t, 16> bytes{};
  store_le<std::uint32_t>(bytes.data() + 3, 0xAABBCCDD);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 16>{0, 0, 0, 0xDD, 0xCC, 0xBB, 0xAA}));
  store_le(bytes.data() + 5, 1.5);
  EXPECT_EQ(load_le<double>(bytes.data() + 5), 1.5);
  EXPECT_EQ(bytes[4], 0xCC);
  EXPECT_EQ(bytes[13], 0);
}

TEST(Bytes, TextAndBytesAreTheSameMemory) {
  std::string_view const text = "a\0\xFF";
  ByteSpan const bytes = as_bytes(text);
  EXPECT_EQ(static_cast<void const*>(bytes.data()), text.data());
  EXPECT_EQ(bytes.size(), text.size());
  EXPECT_EQ(as_text(bytes).data(), text.data());
  EXPECT_EQ(as_text(bytes), text);
  EXPECT_TRUE(as_bytes("").empty());
}

} // namespace
} // namespace weir::base
