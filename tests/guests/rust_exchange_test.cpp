// bincode of exchange against Rust's own crate, inside a guest.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <weir/exchange.hpp>

#include "support/codec_values.hpp"

namespace {

using weir::exchange::bincode;
using weir::exchange::bincode2;
using weir::exchange::decode;
using weir::exchange::encode;
using weir::exchange::GuestAllocator;
using weir::exchange::Returns;

using Shape = std::variant<std::monostate, std::uint64_t, std::tuple<std::int16_t, std::string>>;

// The guest's type of the same name.
struct Record {
  std::tuple<bool, std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t,
             std::int64_t, weir::exchange::UInt128, weir::exchange::Int128>
      integers;
  std::tuple<float, double, char32_t, std::string> others;
  std::vector<std::uint16_t> numbers;
  std::vector<std::byte> bytes;
  std::array<std::int32_t, 3> triple{};
  std::optional<std::pair<std::uint8_t, std::string>> boxed;
  std::map<std::string, std::int64_t> map;
  std::set<std::uint32_t> set;
  std::vector<std::expected<std::uint64_t, std::string>> results;
  std::vector<Shape> shapes;
  std::monostate nothing;
  bool operator==(Record const& other) const {
    return integers == other.integers && others == other.others && numbers == other.numbers && bytes == other.bytes &&
           triple == other.triple && boxed == other.boxed && map == other.map && set == other.set &&
           results == other.results && shapes == other.shapes;
  }
};

// As the guest's `make` makes it.
Record known_record() {
  Record record;
  record.integers = {true,
                     200,
                     -100,
                     60000,
                     -30000,
                     4000000000u,
                     -2000000000,
                     ~std::uint64_t{0},
                     INT64_MIN,
                     ~weir::exchange::UInt128{0} - 1,
                     static_cast<weir::exchange::Int128>(weir::exchange::UInt128{1} << 127)};
  record.others = {0.5f, -2.25, U'\u20AC', "h\xC3\xA9llo"};
  record.numbers = {0, 250, 251, 65535};
  record.bytes = {std::byte{1}, std::byte{2}, std::byte{255}};
  record.triple = {-1, 0, 1};
  record.boxed = {7, "boxed"};
  record.map = {{"one", 1}, {"minus", -1}};
  record.set = {1, 2, 3};
  record.results = {5, std::unexpected("no")};
  record.shapes = {std::monostate{}, std::uint64_t{1} << 40, std::tuple<std::int16_t, std::string>{-2, "two"}};
  return record;
}

class RustExchange : public ::testing::TestWithParam<weir::Backend> {
 protected:
  void SetUp() override {
    if (!weir::Engine::has_backend(GetParam())) {
      GTEST_SKIP() << "this build of Weir has no such backend";
    }
    auto const module = weir::Module::from_file(engine_, WEIR_RUST_EXCHANGE_GUEST);
    ASSERT_TRUE(module) << module.error().message();
    auto const instance = weir::Linker{engine_}.instantiate(store_, *module);
    ASSERT_TRUE(instance) << instance.error().message();
    EXPECT_FALSE(GuestAllocator::discover(store_, *instance));
    auto guest = GuestAllocator::named(store_, *instance, "alloc", "dealloc");
    ASSERT_TRUE(guest) << guest.error().message();
    guest_ = *std::move(guest);
  }

  // What the guest makes of the record: decoded, and encoded again.
  template <class Format>
  void expect_echo(Format const& format, std::uint32_t number, Record const& record) {
    auto const put = guest_->put(format(record));
    ASSERT_TRUE(put) << put.error().message();
    auto const range = guest_->call("echo", Returns::packed_high(), {number, put->ptr(), put->len()});
    ASSERT_TRUE(range) << range.error().message();
    auto const back = guest_->adopt(*range);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back->copy_out(), *encode(format, record));
    auto const decoded = back->template decode<Record>(format);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_TRUE(*decoded == record);
  }

  weir::Engine engine_{
      weir::Config{}.backend(weir::Engine::has_backend(GetParam()) ? GetParam() : weir::Backend::automatic)};
  weir::Store store_{engine_};
  std::optional<GuestAllocator> guest_;
};

TEST_P(RustExchange, KnownRecordsComeAsKnown) {
  auto const expect_known = [&](auto const& format, std::uint32_t number) {
    auto const range = guest_->call("make", Returns::packed_high(), {number});
    ASSERT_TRUE(range) << range.error().message();
    auto const made = guest_->adopt(*range);
    ASSERT_TRUE(made) << made.error().message();
    auto const decoded = made->template decode<Record>(format);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_TRUE(*decoded == known_record());
    EXPECT_EQ(*made->copy_out(), *encode(format, known_record()));
  };
  expect_known(bincode, 0);
  expect_known(bincode2, 1);
}

TEST_P(RustExchange, RandomRecordsComeBack) {
  auto const seed = weir::test::random_seed();
  SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
  weir::test::Random random{seed};
  for (int i = 0; i < 200; ++i) {
    auto const record = random.value<Record>(8);
    ASSERT_NO_FATAL_FAILURE(expect_echo(bincode, 0, record));
    ASSERT_NO_FATAL_FAILURE(expect_echo(bincode2, 1, record));
  }
  EXPECT_TRUE(guest_->memory().grants(store_)->empty());
}

TEST_P(RustExchange, BothSidesRefuseTheSameBytes) {
  auto const bytes = *encode(bincode, known_record());
  auto const cut = std::span{bytes}.first(bytes.size() - 1);
  EXPECT_FALSE(decode<Record>(bincode, cut));
  auto put = guest_->put(cut);
  ASSERT_TRUE(put);
  auto const refused = guest_->call("echo", Returns::packed_high(), {std::uint32_t{0}, put->ptr(), put->len()});
  ASSERT_FALSE(refused);
  ASSERT_NE(refused.error().trap(), nullptr) << refused.error().message();
  EXPECT_EQ(refused.error().trap()->reason(), weir::TrapReason::unreachable);
  (void)put->release(); // not to a guest that panicked
}

INSTANTIATE_TEST_SUITE_P(Everywhere, RustExchange, ::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                         [](auto const& info) { return info.param == weir::Backend::loop ? "loop" : "tail_call"; });

} // namespace
