// Runs the guests of this folder, at two levels of optimisation, on each backend, and compares every result with the
// same C code compiled natively.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "native.hpp"

namespace {

// An instance of one guest module.
class Guest {
 public:
  explicit Guest(weir::Engine const& engine) : store_(engine) {}

  // Null when the guest could not be made; the test has failed then.
  static std::unique_ptr<Guest> create(weir::Engine const& engine, std::string const& path) {
    auto guest = std::make_unique<Guest>(engine);
    auto const module = weir::Module::from_file(engine, path);
    if (!module) {
      ADD_FAILURE() << path << ": " << module.error().message();
      return nullptr;
    }
    auto const instance = weir::Linker{engine}.instantiate(guest->store_, *module);
    if (!instance) {
      ADD_FAILURE() << path << ": " << instance.error().message();
      return nullptr;
    }
    guest->instance_ = *instance;
    auto const memory = instance->get_memory(guest->store_, "memory");
    if (!memory) {
      ADD_FAILURE() << path << ": " << memory.error().message();
      return nullptr;
    }
    guest->memory_ = *memory;
    return guest;
  }

  // Calls an export. Nothing when it fails; the test has failed then.
  template <class R, class... Args>
  std::optional<R> call(std::string const& name, Args... args) {
    auto const function = instance_.get_typed_func<R(Args...)>(store_, name);
    if (!function) {
      ADD_FAILURE() << function.error().message();
      return std::nullopt;
    }
    auto const result = function->call(store_, args...);
    if (!result) {
      ADD_FAILURE() << name << ": " << result.error().message();
      return std::nullopt;
    }
    return *result;
  }

  template <class... Args>
  void run(std::string const& name, Args... args) {
    auto const function = instance_.get_typed_func<void(Args...)>(store_, name);
    ASSERT_TRUE(function) << function.error().message();
    auto const result = function->call(store_, args...);
    ASSERT_TRUE(result) << name << ": " << result.error().message();
  }

  void write(std::uint32_t address, std::vector<std::uint8_t> const& bytes) {
    auto const written = memory_.write(store_, address, std::as_bytes(std::span{bytes}));
    ASSERT_TRUE(written) << written.error().message();
  }

  // Compares objects at the guest's address with the native ones, bit by bit.
  template <class T>
  void expect_memory(std::optional<std::uint32_t> address, T const* native, std::size_t count) {
    ASSERT_TRUE(address);
    auto const bytes = memory_.copy_out(store_, *address, count * sizeof(T));
    ASSERT_TRUE(bytes) << bytes.error().message();
    for (std::size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, bytes->data() + i * sizeof(T), sizeof(T));
      ASSERT_EQ(std::memcmp(&value, native + i, sizeof(T)), 0)
          << "element " << i << ": " << value << ", natively " << native[i];
    }
  }

 private:
  weir::Store store_;
  weir::Instance instance_;
  weir::Memory memory_;
};

// Floats by their bits, so that -0.0 and 0.0 differ; every NaN is the same one, since WebAssembly leaves its bits open.
std::uint64_t comparable(double value) {
  return value != value ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value);
}
std::uint64_t comparable(float value) {
  return value != value ? ~std::uint64_t{0} : std::bit_cast<std::uint32_t>(value);
}
std::uint64_t comparable(std::uint32_t value) { return value; }
std::uint64_t comparable(std::uint64_t value) { return value; }
std::uint64_t comparable(std::int64_t value) { return static_cast<std::uint64_t>(value); }

// Calls an export and the native function with the same arguments.
template <class R, class... Args>
void expect_same(Guest& guest, std::string const& name, R (*native)(Args...), std::type_identity_t<Args>... args) {
  auto const result = guest.call<R, Args...>(name, args...);
  ASSERT_TRUE(result) << name;
  R const expected = native(args...);
  ASSERT_EQ(comparable(*result), comparable(expected))
      << name << ::testing::PrintToString(std::tuple{args...}) << " gives " << *result << ", natively " << expected;
}

using Variant = std::tuple<weir::Backend, char const*>;

class Guests : public ::testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    auto const backend = std::get<0>(GetParam());
    if (!weir::Engine::has_backend(backend)) {
      GTEST_SKIP() << "this build of Weir has no such backend";
    }
    auto engine = weir::Engine::create(weir::Config{}.backend(backend));
    ASSERT_TRUE(engine) << engine.error().message();
    engine_ = *engine;
    ASSERT_EQ(engine_->backend(), backend);
  }

  std::unique_ptr<Guest> guest(std::string const& name) {
    return Guest::create(*engine_,
                         std::string{WEIR_GUEST_MODULES "/"} + name + "." + std::get<1>(GetParam()) + ".wasm");
  }

 private:
  std::optional<weir::Engine> engine_;
};

std::vector<std::uint8_t> pseudo_random_bytes(std::size_t count, std::uint32_t seed) {
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  return bytes;
}

TEST_P(Guests, sha256) {
  auto const guest = this->guest("sha256");
  ASSERT_TRUE(guest);
  auto const buffer = guest->call<std::uint32_t>("sha256_buffer");
  auto const digest = guest->call<std::uint32_t>("sha256_digest");
  ASSERT_TRUE(buffer && digest);
  for (std::uint32_t const length : {0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100000}) {
    auto const message = pseudo_random_bytes(length, length + 1);
    guest->write(*buffer, message);
    std::ranges::copy(message, sha256_buffer());
    expect_same(*guest, "sha256_hash", sha256_hash, length);
    guest->expect_memory(digest, sha256_digest(), 32);
  }
  expect_same(*guest, "sha256_hash", sha256_hash, 0xffffffffu); // longer than the buffer
}

// The native code is an oracle only if it is right itself: FIPS 180-2's example.
TEST(NativeGuests, sha256_of_abc) {
  std::memcpy(sha256_buffer(), "abc", 3);
  ASSERT_EQ(sha256_hash(3), 1u);
  std::uint8_t const expected[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  EXPECT_EQ(std::memcmp(sha256_digest(), expected, sizeof expected), 0);
}

TEST_P(Guests, sort) {
  auto const guest = this->guest("sort");
  ASSERT_TRUE(guest);
  auto const numbers = guest->call<std::uint32_t>("sort_numbers");
  for (std::uint32_t const count : {0u, 1u, 2u, 12u, 13u, 100u, 20000u}) {
    guest->run("sort_fill", count, count + 1);
    guest->run("sort_quick", count);
    sort_fill(count, count + 1);
    sort_quick(count);
    guest->expect_memory(numbers, sort_numbers(), count);
    for (std::uint32_t const order : {0u, 1u, 2u}) {
      guest->run("sort_heap", count / 4, order);
      sort_heap(count / 4, order);
      guest->expect_memory(numbers, sort_numbers(), count);
    }
  }
}

TEST_P(Guests, matrix) {
  auto const guest = this->guest("matrix");
  ASSERT_TRUE(guest);
  constexpr std::size_t order = 48;
  for (std::uint32_t const seed : {1u, 77u}) {
    guest->run("matrix_fill", seed);
    matrix_fill(seed);
    guest->expect_memory(guest->call<std::uint32_t>("matrix_multiply"), matrix_multiply(), order * order);
    guest->expect_memory(guest->call<std::uint32_t>("matrix_multiply_f32"), matrix_multiply_f32(), order * order);
    expect_same(*guest, "matrix_solve", matrix_solve);
    guest->expect_memory(guest->call<std::uint32_t>("matrix_solution"), matrix_solution(), order);
  }
}

// The machine's operations by number, as machine.c numbers them.
enum Operation : std::uint8_t {
  halt,
  push,
  load,
  store,
  add,
  subtract,
  multiply,
  divide,
  jump = 17,
  jump_if,
  duplicate
};

// variable 0 = 1 * 2 * ... * 20, variable 1 counts down.
std::vector<std::uint8_t> factorial_program() {
  return {push,     1,         0,     0, 0,        store, 0,
          push,     20,        0,     0, 0,        store, 1, // 0: product = 1, counter = 20
          load,     0,         load,  1, multiply, store, 0, // 14: product *= counter
          load,     1,         push,  1, 0,        0,     0,
          subtract, duplicate, store, 1, jump_if,  14,    0, // 21: until --counter == 0
          halt};
}

TEST_P(Guests, machine) {
  auto const guest = this->guest("machine");
  ASSERT_TRUE(guest);
  auto const code = guest->call<std::uint32_t>("machine_code");
  ASSERT_TRUE(code);
  auto const run_both = [&](std::vector<std::uint8_t> const& program, std::uint32_t steps) {
    guest->write(*code, program);
    std::ranges::copy(program, machine_code());
    expect_same(*guest, "machine_run", machine_run, steps);
    for (std::uint32_t i = 0; i < 16; ++i) {
      expect_same(*guest, "machine_variable", machine_variable, i);
    }
  };
  run_both(factorial_program(), 1000);
  EXPECT_EQ(machine_variable(0), 2432902008176640000); // 20!
  run_both(factorial_program(), 100);                  // too few steps
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    auto program = pseudo_random_bytes(1024, seed);
    for (std::size_t i = 0; i < program.size(); ++i) {
      // Mostly operations that exist, and a few pushes before everything, so that programs get somewhere.
      program[i] = i < 20 ? (i % 5 == 0 ? std::uint8_t{push} : program[i])
                          : static_cast<std::uint8_t>(program[i] % (seed % 8 == 0 ? 26 : 22));
    }
    run_both(program, 5000);
    if (HasFatalFailure()) {
      FAIL() << "random program " << seed;
    }
  }
}

TEST_P(Guests, recursion) {
  auto const guest = this->guest("recursion");
  ASSERT_TRUE(guest);
  expect_same(*guest, "recursion_fibonacci", recursion_fibonacci, 20u);
  expect_same(*guest, "recursion_ackermann", recursion_ackermann, 2u, 9u);
  expect_same(*guest, "recursion_ackermann", recursion_ackermann, 3u, 4u);
  expect_same(*guest, "recursion_hofstadter", recursion_hofstadter, 60u);
  expect_same(*guest, "recursion_queens", recursion_queens, 7u);
  expect_same(*guest, "recursion_rotate", recursion_rotate, 13u, -5, 1.5, -2.25f, 1000000007);
  expect_same(*guest, "recursion_rotate", recursion_rotate, 200u, INT64_MIN + 5, -1e300, 1e30f, INT32_MAX);
  expect_same(*guest, "recursion_descend", recursion_descend, 0u);
  expect_same(*guest, "recursion_descend", recursion_descend, 700u);
}

TEST_P(Guests, numbers) {
  auto const guest = this->guest("numbers");
  ASSERT_TRUE(guest);
  std::uint64_t const integers[] = {0,
                                    1,
                                    2,
                                    7,
                                    31,
                                    32,
                                    63,
                                    64,
                                    100,
                                    0x7f,
                                    0x80,
                                    0x7fff,
                                    0x8000,
                                    0x7fffffff,
                                    0x80000000,
                                    0x80000001,
                                    0xffffffff,
                                    0x100000000,
                                    0x12345678,
                                    1u << 30,
                                    ~0ull,
                                    ~0ull - 1,
                                    1ull << 62,
                                    1ull << 63,
                                    INT64_MAX,
                                    0xaaaaaaaa,
                                    0x5555555555,
                                    1ull << 53,
                                    (1ull << 53) + 1,
                                    0xfedcba9876543210};
  double const floats[] = {0.0,           -0.0,          1.0,    -1.0,         0.5,          -0.5,         0.99999999,
                           3.999,         1e10,          -1e10,  2147483647.0, 2147483648.0, 4294967295.0, 4294967296.0,
                           -2147483648.0, -2147483649.0, 1e18,   -1e18,        9.3e18,       1.7e19,       1e300,
                           -1e300,        5e-324,        1e-310, 1.0 / 3,      1e-300,       3.4e38,       1.17e-38};
  for (std::uint64_t const a : integers) {
    for (std::uint64_t const b : integers) {
      for (std::uint32_t operation = 0; operation <= 18; ++operation) {
        expect_same(*guest, "numbers_i32", numbers_i32, operation, static_cast<std::uint32_t>(a),
                    static_cast<std::uint32_t>(b));
        expect_same(*guest, "numbers_i64", numbers_i64, operation, a, b);
      }
    }
    for (std::uint32_t operation = 0; operation <= 7; ++operation) {
      expect_same(*guest, "numbers_convert", numbers_convert, operation, a);
    }
  }
  for (double const a : floats) {
    for (double const b : floats) {
      for (std::uint32_t operation = 0; operation <= 9; ++operation) {
        expect_same(*guest, "numbers_f64", numbers_f64, operation, a, b);
        // What is too large for a float is cut to its range: the conversion would be undefined in C++.
        auto const narrow = [](double x) { return x > 3e38 ? 3e38f : x < -3e38 ? -3e38f : static_cast<float>(x); };
        expect_same(*guest, "numbers_f32", numbers_f32, operation, narrow(a), narrow(b));
      }
    }
    for (std::uint32_t operation = 0; operation <= 3; ++operation) {
      expect_same(*guest, "numbers_truncate", numbers_truncate, operation, a);
    }
  }
}

TEST_P(Guests, lz) {
  auto const guest = this->guest("lz");
  ASSERT_TRUE(guest);
  auto const plain = guest->call<std::uint32_t>("lz_plain");
  auto const packed = guest->call<std::uint32_t>("lz_packed");
  ASSERT_TRUE(plain && packed);
  for (std::uint32_t const length : {0u, 1u, 5u, 1000u, 60000u}) {
    auto text = pseudo_random_bytes(length, 9);
    for (std::size_t i = 0; i < text.size(); ++i) {
      // Runs and repetitions between stretches that do not pack.
      text[i] = i % 1000 < 200 ? text[i] : static_cast<std::uint8_t>('a' + (i / 7 * 5 + i % 3) % 11);
    }
    guest->write(*plain, text);
    std::ranges::copy(text, lz_plain());
    expect_same(*guest, "lz_pack", lz_pack, length);
    std::uint32_t const size = lz_pack(length);
    guest->expect_memory(packed, lz_packed(), size);
    expect_same(*guest, "lz_unpack", lz_unpack, size);
    expect_same(*guest, "lz_same", lz_same, length);
    EXPECT_EQ(lz_same(length), 1u);
  }
  // Damaged input: the same verdict and the same bytes so far.
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    auto const noise = pseudo_random_bytes(300, seed);
    guest->write(*packed, noise);
    std::ranges::copy(noise, lz_packed());
    expect_same(*guest, "lz_unpack", lz_unpack, 300u);
    guest->expect_memory(guest->call<std::uint32_t>("lz_unpacked"), lz_unpacked(), 5000);
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, Guests,
                         ::testing::Combine(::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                                            ::testing::Values("O0", "O2")),
                         [](::testing::TestParamInfo<Variant> const& variant) {
                           bool const is_loop = std::get<0>(variant.param) == weir::Backend::loop;
                           return std::string{is_loop ? "loop_" : "tail_call_"} + std::get<1>(variant.param);
                         });

} // namespace
