// hash-wasm (C without a library, modules inside of JavaScript): digests of 100,000 bytes that go in by pieces. What is
// expected comes from Python's hashlib and zlib.
#include <cstdint>
#include <string>
#include <vector>

#include "package_test.hpp"

namespace {

struct Algorithm {
  char const* module;
  std::vector<std::uint32_t> init; // arguments of Hash_Init
  std::vector<std::uint32_t> final;
  char const* digest;
};

Algorithm const algorithms[] = {
    {"adler32", {}, {}, "d43b9aef"},
    {"crc32", {0xEDB88320}, {}, "e72bddc1"},
    {"md5", {}, {}, "2dc29e5babf440db9204914bcbe05fbf"},
    {"ripemd160", {}, {}, "b93484dcc4f23d67d6a61b6ea4fe9c99daf09c76"},
    {"sm3", {}, {}, "7b95b66f176e0a14495af84a321b06becee980bac6895e5098cdf076d3636957"},
    {"sha1", {}, {}, "557878b8118e7a9bdc75bcfc419f9b082ce073e6"},
    {"sha256", {224}, {}, "3fec9f781e81240b2156818fbc9025726ea056576253c641506dd55e"},
    {"sha256", {256}, {}, "55af394c980c7a7fb68aa904c4afdd93d76e5f826487105fc06f92a25bab8cbe"},
    {"sha512",
     {512},
     {},
     "5c917cb5cb57ecad27bdd6bf4c102ccbbd4b07807a73850068774e4abe25a3e1"
     "efc88656d51292a7c22a85b88ea703cee4838df4a07dd5e68b26f240f7090d4b"},
    {"sha3",
     {512},
     {6}, // the padding: 6 is SHA-3's, 1 the first Keccak's
     "151cd2f463f2ba31bdea627ab79c837f87a1c1f18de23d9934d0780333c11de0"
     "259ea0e29a1b0627bb2b90989481c173c3bb60731d1d798fab0d0b7d85ce780f"},
    {"blake2b",
     {512},
     {},
     "057b0c61eefff4defa42c7b40ba080e3cde2ec51748fe92abe5e78000bebba0d"
     "8bd016e33aece09d8827794d4bd1bc1f9b66e6045ae8a4176c21b95d80b86614"},
    {"blake2s", {256}, {}, "246cdb83fca7ea8e362ea0568cebbc8a0c48a45a388e8ea4f82548982be5b6f3"},
};

std::vector<std::byte> input() {
  std::vector<std::byte> bytes(100000);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(i * 7 + (i >> 8));
  }
  return bytes;
}

std::vector<weir::Val> values(std::vector<std::uint32_t> const& numbers) { return {numbers.begin(), numbers.end()}; }

// The digest, or what went wrong.
weir::Result<std::string> digest(weir::Engine const& engine, Algorithm const& algorithm) {
  auto const path = std::string{WEIR_PACKAGES} + "/hash-wasm/modules/" + algorithm.module + ".wasm";
  auto const module = weir::Module::from_file(engine, path);
  if (!module.has_value()) {
    return std::unexpected(module.error());
  }
  weir::Store store{engine};
  auto const instance = weir::Linker{engine}.instantiate(store, *module);
  if (!instance.has_value()) {
    return std::unexpected(instance.error());
  }
  auto const run = [&](char const* name, std::vector<weir::Val> const& arguments, std::span<weir::Val> results = {}) {
    auto const function = instance->get_func(store, name);
    return function.has_value() ? function->call(store, arguments, results) : std::unexpected(function.error());
  };
  weir::Val buffer;
  auto done = run("Hash_GetBuffer", {}, {&buffer, 1});
  if (done.has_value()) {
    done = run("Hash_Init", values(algorithm.init));
  }
  auto const bytes = input();
  auto const memory = instance->get_memory(store, "memory");
  constexpr std::size_t piece = 16 * 1024;
  for (std::size_t at = 0; at < bytes.size() && done.has_value(); at += piece) {
    auto const part = std::span{bytes}.subspan(at, std::min(piece, bytes.size() - at));
    done = memory->write(store, *buffer.i32(), part);
    if (done.has_value()) {
      done = run("Hash_Update", {weir::Val{static_cast<std::uint32_t>(part.size())}});
    }
  }
  if (done.has_value()) {
    done = run("Hash_Final", values(algorithm.final));
  }
  if (!done.has_value()) {
    return std::unexpected(done.error());
  }
  return weir::test::hex(
      memory->copy_out(store, *buffer.i32(), std::char_traits<char>::length(algorithm.digest) / 2).value());
}

class HashWasm : public weir::test::PackageTest {
 protected:
  HashWasm() : PackageTest("hash-wasm", "modules/md5.wasm") {}
};

TEST_P(HashWasm, DigestsAreThoseOfOtherImplementations) {
  for (auto const& algorithm : algorithms) {
    auto const got = digest(store().engine(), algorithm);
    ASSERT_TRUE(got.has_value()) << algorithm.module << ": " << got.error().message();
    EXPECT_EQ(*got, algorithm.digest) << algorithm.module;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, HashWasm, ::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                         weir::test::backend_name);

} // namespace
