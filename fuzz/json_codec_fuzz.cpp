// The decoders of JSON, CBOR and MessagePack on arbitrary bytes. The first byte chooses the format and the type. What
// is decoded must encode, and come back from that as it was.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include <weir/exchange/json.hpp>

#include "support/codec_values.hpp"

namespace {

using namespace weir::exchange;

template <class T, class Format>
void check(Format const& format, std::span<std::byte const> bytes) {
  auto const value = decode<T>(format, bytes);
  if (!value.has_value()) {
    return;
  }
  auto const first = encode(format, *value);
  if (!first.has_value()) {
    std::abort();
  }
  // Compared as bytes: a NaN does not equal itself.
  auto const again = decode<T>(format, *first);
  if (!again.has_value() || encode(format, *again).value() != *first) {
    std::abort();
  }
}

template <class Format>
void check_types(Format const& format, std::span<std::byte const> bytes, unsigned type) {
  switch (type) {
  case 0: check<nlohmann::json>(format, bytes); break;
  case 1: check<weir::test::Everything>(format, bytes); break;
  case 2: check<std::map<std::string, weir::test::Shapes>>(format, bytes); break;
  default: check<std::vector<std::expected<weir::test::Tree, weir::test::Named>>>(format, bytes); break;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  auto const bytes = std::as_bytes(std::span{data, size}).subspan(1);
  unsigned const type = data[0] / 3 % 4;
  switch (data[0] % 3) {
  case 0: check_types(json, bytes, type); break;
  case 1: check_types(cbor, bytes, type); break;
  default: check_types(msgpack, bytes, type); break;
  }
  return 0;
}
