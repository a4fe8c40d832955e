// lz4-wasm (Rust, wasm-bindgen): what the guest packs, a decoder of the test's own unpacks, and the other way round.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "package_test.hpp"

namespace {

using weir::exchange::GuestAllocator;
using Bytes = std::vector<std::byte>;

std::uint32_t number_at(Bytes const& bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number |= std::to_integer<std::uint32_t>(bytes.at(at + i)) << (8 * i);
  }
  return number;
}

// A length in LZ4's way: four bits, and bytes that go on while they are 255.
std::size_t length(Bytes const& in, std::size_t& at, unsigned nibble) {
  std::size_t sum = nibble;
  for (unsigned more = nibble == 15 ? 255 : 0; more == 255;) {
    more = std::to_integer<unsigned>(in.at(at++));
    sum += more;
  }
  return sum;
}

// The package's format: the size in four bytes, then one LZ4 block.
Bytes unpack(Bytes const& in) {
  Bytes out;
  std::size_t at = 4;
  while (at < in.size()) {
    auto const token = std::to_integer<unsigned>(in[at++]);
    for (std::size_t n = length(in, at, token >> 4); n > 0; --n) {
      out.push_back(in.at(at++));
    }
    if (at == in.size()) {
      break;
    }
    std::size_t const distance = number_at(in, at, 2);
    at += 2;
    for (std::size_t n = length(in, at, token & 15) + 4; n > 0; --n) {
      out.push_back(out.at(out.size() - distance));
    }
  }
  EXPECT_EQ(out.size(), number_at(in, 0, 4));
  return out;
}

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

class Lz4 : public weir::test::PackageTest {
 protected:
  Lz4() : PackageTest("lz4-wasm", "lz4_wasm_bg.wasm") {}

  void SetUp() override {
    PackageTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    // The one import makes an error message into an object of the host's.
    auto const defined = linker().func("./lz4_wasm_bg.js", "__wbindgen_string_new",
                                       [this](weir::Caller& caller, std::uint32_t at, std::uint32_t size) {
                                         message_ = caller.get_memory("memory")->read_string(caller, at, size).value();
                                         return std::uint32_t{36};
                                       });
    ASSERT_TRUE(defined.has_value());
    instantiate();
    auto guest = GuestAllocator::named(store(), instance(), "__wbindgen_malloc", "__wbindgen_free");
    ASSERT_TRUE(guest.has_value()) << guest.error().message();
    guest_ = *std::move(guest);
  }

  // Calls `compress` or `decompress`: input is handed over, four words come back: pointer, length, error, whether.
  Bytes convert(char const* function, Bytes const& input) {
    auto buffer = guest_->put(input);
    EXPECT_TRUE(buffer.has_value());
    weir::Val const result = call("__wbindgen_add_to_stack_pointer", {weir::Val{-16}});
    call(function, {result, weir::Val{buffer->ptr()}, weir::Val{buffer->len()}});
    buffer->release();
    std::array<std::uint32_t, 4> const words = guest_->get<std::array<std::uint32_t, 4>>(*result.i32()).value();
    call("__wbindgen_add_to_stack_pointer", {weir::Val{16}});
    if (function == std::string_view{"decompress"} && words[3] != 0) {
      return {};
    }
    auto const output = guest_->adopt({words[0], words[1]});
    EXPECT_TRUE(output.has_value()) << output.error().message();
    return output->copy_out().value();
  }

  std::string message_;
  std::optional<GuestAllocator> guest_;
};

TEST_P(Lz4, PacksWhatAnotherDecoderUnpacks) {
  Bytes text = bytes_of("The quick brown fox jumps over the lazy dog. ");
  while (text.size() < 300000) {
    text.insert(text.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.size()));
    text.push_back(static_cast<std::byte>(text.size() >> 3));
  }
  auto const packed = convert("compress", text);
  EXPECT_LT(packed.size(), text.size() / 20);
  EXPECT_TRUE(unpack(packed) == text);
  EXPECT_TRUE(convert("decompress", packed) == text);

  Bytes noise;
  for (std::uint32_t state = 1; noise.size() < 100000;) {
    state = state * 1664525 + 1013904223;
    noise.push_back(static_cast<std::byte>(state >> 24));
  }
  auto const packed_noise = convert("compress", noise);
  EXPECT_TRUE(unpack(packed_noise) == noise);
  EXPECT_TRUE(convert("decompress", packed_noise) == noise);
}

TEST_P(Lz4, UnpacksAKnownBlock) {
  using namespace std::literals;
  // Size 20; four literals, a match of 11 at distance 4, and five literals at the end.
  auto const block = bytes_of("\x14\0\0\0\x47wabc\x04\0\x50tail!"sv);
  EXPECT_TRUE(convert("decompress", block) == bytes_of("wabcwabcwabcwabtail!"));
}

TEST_P(Lz4, RefusesADamagedBlock) {
  using namespace std::literals;
  EXPECT_TRUE(convert("decompress", bytes_of("\x14\0\0\0\x47wabc\x99\0\x50tail!"sv)).empty());
  EXPECT_NE(message_, "");
}

INSTANTIATE_TEST_SUITE_P(Backends, Lz4, ::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                         weir::test::backend_name);

} // namespace
