// Operations that are merged out of two give what the two would.
#include <bit>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class MergedTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, MergedTest, testing::ValuesIn(backends()), backend_name);

TEST_P(MergedTest, SumsOfRotations) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (func (export "sigma") (param i64) (result i64)
      (i64.xor (i64.xor (i64.rotr (local.get 0) (i64.const 14)) (i64.rotl (local.get 0) (i64.const 46)))
        (i64.rotr (local.get 0) (i64.const 105))))
    (func (export "swapped") (param i64 i64) (result i64)
      (i64.xor (i64.rotl (local.get 0) (i64.const 64)) (i64.add (local.get 1) (i64.const 1))))
    (func (export "same") (param i64) (result i64)
      (i64.xor (local.get 0) (i64.rotl (local.get 0) (i64.const 63))))
    (func (export "kept") (param i64) (result i64) (local i64)
      (i64.xor (i64.const -1) (local.tee 1 (i64.rotl (local.get 0) (i64.const 8))))
      (local.set 0)
      (i64.add (local.get 0) (local.get 1)))
    (func (export "loop") (param $n i64) (result i64) (local $x i64)
      (loop $next
        (local.set $x (i64.xor (local.get $x) (i64.rotl (i64.add (local.get $x) (local.get $n)) (i64.const 7))))
        (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
      (local.get $x))))");
  std::uint64_t const x = 0x0123456789ABCDEF;
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t)>(store, it, "sigma").call(store, x),
            std::rotr(x, 14) ^ std::rotl(x, 46) ^ std::rotr(x, 41));
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t, std::uint64_t)>(store, it, "swapped").call(store, x, 41), x ^ 42);
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t)>(store, it, "same").call(store, x), x ^ std::rotl(x, 63));
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t)>(store, it, "kept").call(store, x), ~std::uint64_t{0});
  std::uint64_t expected = 0;
  for (std::uint64_t n = 1000; n != 0; --n) {
    expected ^= std::rotl(expected + n, 7);
  }
  EXPECT_EQ(*func<std::uint64_t(std::uint64_t)>(store, it, "loop").call(store, 1000), expected);
}

} // namespace
} // namespace weir::test
