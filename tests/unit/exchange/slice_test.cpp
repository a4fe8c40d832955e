// Guest memory as parameters of host functions.
#include "support/codec_values.hpp"
#include "unit/exchange/guests.hpp"

namespace weir::test {
namespace {

using exchange::BincodeFormat;
using exchange::BincodeIntegers;
using exchange::Decoded;
using exchange::Pointee;

class SliceTest : public ExchangeTest {
 protected:
  // Calls the host function `f`, which takes a pointer and a length, from a guest whose memory holds `data` at 16.
  template <class F>
  Result<void> pass(std::uint32_t pointer, std::uint32_t length, std::string_view data, F&& function) {
    Store store{engine_};
    Linker linker{engine_};
    EXPECT_TRUE(ok(linker.func("env", "f", std::forward<F>(function))));
    auto const it = instance(store, R"((module (import "env" "f" (func $f (param i32 i32)))
      (memory (export "memory") 1 3)
      (func (export "run") (param i32 i32) (call $f (local.get 0) (local.get 1)))
      (func (export "grow") (drop (memory.grow (i32.const 1))))))",
                             linker);
    EXPECT_TRUE(ok(it.get_memory(store, "memory")->write(store, 16, data)));
    return func<void(std::uint32_t, std::uint32_t)>(store, it, "run").call(store, pointer, length);
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, SliceTest, testing::ValuesIn(backends()), backend_name);

TEST_P(SliceTest, Text) {
  std::string seen;
  ASSERT_TRUE(ok(pass(18, 3, "abcdefg", [&](Slice<char const> text) { seen = *text.text(); })));
  EXPECT_EQ(seen, "cde");
  ASSERT_TRUE(ok(pass(65536, 0, "", [&](Slice<char const> text) { seen = *text.text(); })));
  EXPECT_EQ(seen, "");
}

TEST_P(SliceTest, OutOfBoundsMakesTheGuestTrap) {
  auto const never = [](Slice<char const>) { FAIL() << "the host function was called"; };
  auto const far = pass(65530, 7, "", never);
  EXPECT_TRUE(traps(far, TrapReason::host_error));
  EXPECT_TRUE(fails(far, ErrorKind::guest,
                    "env.f: parameters 0 and 1: out of bounds: 7 bytes at 0xfffa in a memory of 0x10000 bytes"));
  EXPECT_TRUE(fails(pass(0xFFFFFFFF, 0xFFFFFFFF, "", never), ErrorKind::guest, "4294967295 bytes at 0xffffffff"));
  EXPECT_TRUE(fails(pass(65537, 0, "", never), ErrorKind::guest, "0 bytes at 0x10001"));
  EXPECT_TRUE(fails(pass(0, 8193, "", [](Slice<std::uint64_t const>) { FAIL(); }), ErrorKind::guest,
                    "65544 bytes at 0x0 in a memory of 0x10000 bytes (8193 elements of 8 bytes)"));
  EXPECT_TRUE(
      fails(pass(0, 0xFFFFFFFF, "", [](Slice<Point const>) { FAIL(); }), ErrorKind::guest, "elements of 16 bytes"));
}

TEST_P(SliceTest, Elements) {
  ASSERT_TRUE(ok(pass(17, 2, std::string_view{"?\1\0\2\0\3\0", 7}, [](Slice<std::uint16_t const> numbers) {
    EXPECT_EQ(numbers.size(), 2u);
    EXPECT_EQ(numbers.address(), 17u);
    EXPECT_EQ(*numbers.copy(), (std::vector<std::uint16_t>{1, 2}));
    EXPECT_EQ(*numbers.get(1), 2);
    EXPECT_TRUE(fails(numbers.get(2), ErrorKind::usage, "1 element(s) from 2 on are not within the guest's 2"));
    EXPECT_EQ(numbers.bytes()->size(), 4u);
  })));
}

TEST_P(SliceTest, GrowthIsNoticed) {
  ASSERT_TRUE(ok(pass(16, 3, "abc", [](Caller& caller, Slice<char const> text) -> Result<void> {
    EXPECT_TRUE(text.is_valid());
    auto const grown = caller.get_func("grow")->call(caller, {});
    EXPECT_TRUE(ok(grown));
    EXPECT_FALSE(text.is_valid());
    EXPECT_TRUE(fails(text.text(), ErrorKind::usage, "stale"));
    EXPECT_TRUE(fails(text.copy(), ErrorKind::usage, "stale"));
    EXPECT_TRUE(fails(text.get(0), ErrorKind::usage, "stale"));
    return {};
  })));
}

TEST_P(SliceTest, Writing) {
  ASSERT_TRUE(ok(pass(16, 2, "abcdefghi", [](Caller& caller, Slice<std::uint32_t> numbers) -> Result<void> {
    std::array<std::uint32_t, 1> const one{0x34333231};
    EXPECT_TRUE(ok(numbers.write(caller, 1, one)));
    EXPECT_TRUE(fails(numbers.write(caller, 2, one), ErrorKind::usage, "1 element(s) from 2 on"));
    EXPECT_EQ(*caller.memory()->read_string(caller, 16, 9), "abcd1234i");
    EXPECT_TRUE(ok(caller.get_func("grow")->call(caller, {})));
    return numbers.write(caller, 0, one); // a write needs no fresh view
  })));
}

TEST_P(SliceTest, Strings) {
  std::string seen;
  ASSERT_TRUE(ok(pass(16, 2, "\xC3\xA9", [&](GuestString text) { seen = *text.text(); })));
  EXPECT_EQ(seen, "\xC3\xA9");
  ASSERT_TRUE(ok(pass(16, 2, "\xC3\xA9", [&](std::string text) { seen = "copy of " + text; })));
  EXPECT_EQ(seen, "copy of \xC3\xA9");
  ASSERT_TRUE(ok(pass(16, 2, "\xC3\xA9", [&](std::string const& text) { seen = text; })));
  EXPECT_TRUE(fails(pass(16, 1, "\xC3\xA9", [](GuestString) { FAIL(); }), ErrorKind::guest,
                    "env.f: parameters 0 and 1: a text of 1 bytes is not UTF-8"));
  EXPECT_TRUE(fails(pass(16, 1, "\xFF", [](std::string) { FAIL(); }), ErrorKind::guest, "not UTF-8"));
  EXPECT_TRUE(fails(pass(1, 65536, "", [](std::string) { FAIL(); }), ErrorKind::guest, "out of bounds"));
}

TEST_P(SliceTest, DecodedValues) {
  using Numbers = Decoded<std::vector<std::uint16_t>, BincodeFormat<BincodeIntegers::varint>>;
  std::vector<std::uint16_t> seen;
  ASSERT_TRUE(ok(pass(16, 3, "\2\7\10", [&](Numbers const& numbers) { seen = *numbers; })));
  EXPECT_EQ(seen, (std::vector<std::uint16_t>{7, 8}));
  EXPECT_TRUE(fails(pass(16, 2, "\2\7\10", [](Numbers const&) { FAIL(); }), ErrorKind::guest,
                    "env.f: parameters 0 and 1: bincode 2: at byte 1 of 2: a length of 2"));
}

TEST_P(SliceTest, Pointees) {
  ASSERT_TRUE(ok(pass(17, 7, std::string_view{"?\1\2\3\4", 5}, [](Pointee<std::uint32_t> number, std::uint32_t other) {
    EXPECT_EQ(*number, 0x04030201u);
    EXPECT_EQ(number.address, 17u);
    EXPECT_EQ(other, 7u);
  })));
  EXPECT_TRUE(fails(pass(65533, 7, "", [](Pointee<std::uint32_t>, std::uint32_t) { FAIL(); }), ErrorKind::guest,
                    "env.f: parameter 0: out of bounds: 4 bytes at 0xfffd"));
  EXPECT_TRUE(fails(pass(1, 65533, "", [](std::uint32_t, Pointee<std::uint32_t>) { FAIL(); }), ErrorKind::guest,
                    "env.f: parameter 1: out of bounds"));
}

TEST_P(SliceTest, WithoutAGuestThereIsNoMemory) {
  Store store{engine_};
  auto const host = Func::wrap(store, [](Slice<char const>) { FAIL(); });
  ASSERT_TRUE(ok(host));
  EXPECT_FALSE(host->call(store, {0, 0}).has_value());
}

} // namespace
} // namespace weir::test
