// The decoders of bincode on arbitrary bytes. The first byte chooses the format and the type. What is decoded must
// encode, and come back from that as it was; without maps and sets the fixed format has one encoding for each value.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include <weir/exchange.hpp>

#include "support/codec_values.hpp"

namespace {

using namespace weir::exchange;

// Everything that bincode 1 encodes in one way only.
struct Unique {
  bool flag = false;
  std::vector<std::tuple<std::int16_t, char32_t, weir::test::Color>> list;
  std::optional<std::string> text;
  weir::test::Tree tree;
  std::vector<weir::test::Shapes> shapes;
  std::vector<std::expected<std::uint64_t, Int128>> results;
};

template <class T, class Format>
void check(Format const& format, std::span<std::byte const> bytes, bool is_unique) {
  auto const value = decode<T>(format, bytes);
  if (!value.has_value()) {
    return;
  }
  auto const first = encode(format, *value);
  if (!first.has_value() || (is_unique && !std::ranges::equal(*first, bytes)) || first->size() > bytes.size()) {
    std::abort();
  }
  // Compared as bytes: a NaN does not equal itself.
  auto const again = decode<T>(format, *first);
  if (!again.has_value() || encode(format, *again).value() != *first) {
    std::abort();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  switch (data[0] % 8) {
  case 0: check<Unique>(bincode, bytes, true); break;
  case 1: check<Unique>(bincode2, bytes, false); break;
  case 2: check<weir::test::Everything>(bincode, bytes, false); break;
  case 3: check<weir::test::Everything>(bincode2, bytes, false); break;
  case 4: check<std::vector<std::string>>(bincode2, bytes, false); break;
  case 5: check<std::vector<std::uint32_t>>(bincode, bytes, true); break;
  case 6: check<weir::test::Tree>(bincode2, bytes, false); break;
  default: check<std::map<std::string, std::vector<bool>>>(bincode, bytes, false); break;
  }
  return 0;
}
