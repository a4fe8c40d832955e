// memory.copy and memory.fill of the first memory: every way that bytes go.
#include <algorithm>
#include <cstring>
#include <vector>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

constexpr std::uint32_t memory_bytes = 0x10000;

class BulkTest : public ApiTest {
 protected:
  BulkTest() : ApiTest(Config{}.consume_fuel(true)) {}

  void SetUp() override {
    it_ = instance(store_, R"((module (memory (export "memory") 1)
      (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
      (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
      ;; The value and the length are hot.
      (func (export "fill_in_loop") (param $value i32) (param $length i32) (param $n i32)
        (loop $again
          (memory.fill (i32.const 1000) (i32.add (local.get $value) (local.get $n)) (local.get $length))
          (memory.fill (i32.const 3000) (local.get $value) (local.get $length))
          (memory.copy (i32.const 5000) (i32.const 1000) (local.get $length))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))");
    memory_ = *it_->get_memory(store_, "memory");
    give_fuel(1000000000);
  }

  void give_fuel(std::uint64_t fuel) { ASSERT_TRUE(ok(store_.set_fuel(fuel))); }

  auto three(std::string_view name) {
    return func<void(std::uint32_t, std::uint32_t, std::uint32_t)>(store_, *it_, std::string{name});
  }

  std::vector<std::uint8_t> bytes() {
    std::vector<std::uint8_t> all(memory_bytes);
    EXPECT_TRUE(ok(memory_.read(store_, 0, std::as_writable_bytes(std::span{all}))));
    return all;
  }

  // Other bytes everywhere.
  std::vector<std::uint8_t> renew() {
    std::vector<std::uint8_t> all(memory_bytes);
    for (auto& byte : all) {
      state_ = state_ * 1664525 + 1013904223;
      byte = static_cast<std::uint8_t>(state_ >> 24);
    }
    EXPECT_TRUE(ok(memory_.write(store_, 0, std::as_bytes(std::span{all}))));
    return all;
  }

  Store store_{engine_};
  std::optional<Instance> it_;
  Memory memory_;
  std::uint32_t state_ = 1;
};
INSTANTIATE_TEST_SUITE_P(Backends, BulkTest, testing::ValuesIn(backends()), backend_name);

constexpr std::uint32_t lengths[] = {0,   1,   2,   3,   4,   7,    8,    9,    15,   16,   17,   31,  32,  33,
                                     47,  63,  64,  65,  95,  96,   97,   127,  128,  129,  160,  255, 300, 511,
                                     640, 895, 896, 897, 961, 1000, 1024, 2047, 2048, 2049, 4096, 9000};

TEST_P(BulkTest, CopiesAsMemmoveDoes) {
  auto const copy = three("copy");
  auto expected = renew();
  for (std::uint32_t const length : lengths) {
    for (std::int32_t const distance :
         {-9001, -2049, -300, -64, -33, -32, -31, -7, -1, 0, 1, 5, 16, 31, 32, 33, 63, 64, 65, 100, 897, 2048, 20000}) {
      std::uint32_t const from = 12000 + length % 61;
      auto const to = static_cast<std::uint32_t>(static_cast<std::int32_t>(from) + distance);
      ASSERT_TRUE(ok(copy.call(store_, to, from, length)));
      std::memmove(expected.data() + to, expected.data() + from, length);
      ASSERT_EQ(bytes(), expected) << length << " bytes from " << from << " to " << to;
      expected = renew();
    }
  }
}

TEST_P(BulkTest, FillsAsMemsetDoes) {
  auto const fill = three("fill");
  auto expected = renew();
  for (std::uint32_t const length : lengths) {
    for (std::uint32_t const to : {0u, 1u, 31u, 1000u, memory_bytes - length}) {
      std::uint32_t const value = 0xABCD00 + length + to; // only the lowest byte counts
      ASSERT_TRUE(ok(fill.call(store_, to, value, length)));
      std::memset(expected.data() + to, static_cast<int>(value & 0xFF), length);
      ASSERT_EQ(bytes(), expected) << length << " bytes at " << to;
      expected = renew();
    }
  }
}

TEST_P(BulkTest, NeitherTouchesAnythingIfAByteIsOutside) {
  auto const copy = three("copy");
  auto const fill = three("fill");
  auto const expected = renew();
  for (std::uint32_t const length : lengths) {
    std::uint32_t const first_outside = memory_bytes - length + 1;
    EXPECT_TRUE(traps(copy.call(store_, first_outside, 0, length), TrapReason::out_of_bounds_memory)) << length;
    EXPECT_TRUE(traps(copy.call(store_, 0, first_outside, length), TrapReason::out_of_bounds_memory)) << length;
    EXPECT_TRUE(traps(fill.call(store_, first_outside, 0, length), TrapReason::out_of_bounds_memory)) << length;
    EXPECT_TRUE(traps(fill.call(store_, 0xFFFFFFFF, 0, length), TrapReason::out_of_bounds_memory)) << length;
  }
  EXPECT_TRUE(traps(fill.call(store_, 1, 0, 0xFFFFFFFF), TrapReason::out_of_bounds_memory));
  ASSERT_EQ(bytes(), expected);
  for (std::uint32_t const length : lengths) {
    EXPECT_TRUE(ok(copy.call(store_, memory_bytes - length, 0, length))) << length << ", just inside";
    EXPECT_TRUE(ok(copy.call(store_, 0, memory_bytes - length, length))) << length << ", just inside";
  }
}

// A unit of fuel for 64 bytes, however they went; with too little of it nothing is moved.
TEST_P(BulkTest, CostTheSameFuelPerByte) {
  for (std::string_view const name : {"copy", "fill"}) {
    auto const move = three(name);
    auto const cost = [&](std::uint32_t length) {
      give_fuel(100000);
      EXPECT_TRUE(ok(move.call(store_, 100, 20000, length)));
      return 100000 - *store_.fuel();
    };
    auto const own = cost(0);
    for (std::uint32_t const length : lengths) {
      EXPECT_EQ(cost(length) - own, length / 64) << name << " of " << length;
      if (length >= 64) {
        auto const before = renew();
        give_fuel(length / 64 - 1); // the function's own is charged at its end
        EXPECT_TRUE(traps(move.call(store_, 100, 20000, length), TrapReason::out_of_fuel)) << name << " of " << length;
        EXPECT_EQ(bytes(), before) << name << " of " << length;
        give_fuel(own + length / 64);
        EXPECT_TRUE(ok(move.call(store_, 100, 20000, length))) << name << " of " << length << ", just enough";
      }
    }
  }
}

TEST_P(BulkTest, TakeTheirOperandsFromRegisters) {
  auto const fill = three("fill_in_loop");
  for (std::uint32_t const length : lengths) {
    if (length > 2000) {
      continue; // the ranges would meet
    }
    auto expected = renew();
    ASSERT_TRUE(ok(fill.call(store_, length + 3, length, 9)));
    std::memset(expected.data() + 1000, static_cast<std::uint8_t>(length + 3 + 1), length);
    std::memset(expected.data() + 3000, static_cast<std::uint8_t>(length + 3), length);
    std::memcpy(expected.data() + 5000, expected.data() + 1000, length);
    ASSERT_EQ(bytes(), expected) << length;
  }
}

} // namespace
} // namespace weir::test
