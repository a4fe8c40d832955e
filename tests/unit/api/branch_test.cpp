// Branches that carry values to labels whose places for them are elsewhere.
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class BranchTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, BranchTest, testing::ValuesIn(backends()), backend_name);

TEST_P(BranchTest, TablesLeaveValuesWhereEachLabelWantsThem) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (func (export "one") (param $to i32) (result i32)
      (i32.const 1000)
      (block $out (result i32)
        (i32.const 50)
        (block $in (result i32) (i32.const 1) (i32.const 2) (local.get $to) (br_table $in $out $in))
        (i32.sub))
      (i32.add))
    (func (export "two") (param $to i32) (result i64)
      (i64.const 1000)
      (block $out (result i64 i64)
        (i64.const 50)
        (block $in (result i64 i64)
          (i64.const 1) (i64.const 2) (i64.const 3) (local.get $to) (br_table $in $out $out))
        (i64.mul) (i64.sub) (i64.const 9))
      (i64.mul) (i64.add))
    (func (export "three") (param $to i32) (result f64) (local $x f64) (local $y f64)
      (f64.const 1000)
      (block $out (result f64 i32 f64)
        (i32.const 5)
        (block $in (result f64 i32 f64)
          (f64.const 0) (f64.const 0.5) (local.get $to) (f64.const 4) (local.get $to) (br_table $in $out $in $out))
        (local.set $y) (f64.convert_i32_s) (local.get $y) (f64.mul) (f64.add)
        (local.set $x) (f64.convert_i32_s) (local.get $x) (f64.add) (i32.const 1) (f64.const 10))
      (local.set $y) (f64.convert_i32_s) (local.get $y) (f64.mul) (f64.add) (f64.add))))");
  auto const one = func<std::int32_t(std::int32_t)>(store, it, "one");
  EXPECT_EQ(*one.call(store, 0), 1048);
  EXPECT_EQ(*one.call(store, 1), 1002);
  EXPECT_EQ(*one.call(store, 2), 1048);
  auto const two = func<std::int64_t(std::int32_t)>(store, it, "two");
  EXPECT_EQ(*two.call(store, 0), 1396);
  EXPECT_EQ(*two.call(store, 1), 1006);
  EXPECT_EQ(*two.call(store, -1), 1006);
  auto const three = func<double(std::int32_t)>(store, it, "three");
  EXPECT_EQ(*three.call(store, 0), 1015.5);
  EXPECT_EQ(*three.call(store, 1), 1004.5);
  EXPECT_EQ(*three.call(store, 2), 1023.5);
  EXPECT_EQ(*three.call(store, 3), 1012.5);
}

} // namespace
} // namespace weir::test
