#include <weir/error.hpp>

#include <string>

#include <gtest/gtest.h>

#include "wasm/features.hpp"

namespace weir {
namespace {

TEST(ErrorKind, IsSpelledAsItsEnumerator) {
  EXPECT_STREQ(to_string(ErrorKind::malformed), "malformed");
  EXPECT_STREQ(to_string(ErrorKind::invalid), "invalid");
  EXPECT_STREQ(to_string(ErrorKind::unsupported), "unsupported");
  EXPECT_STREQ(to_string(ErrorKind::limit), "limit");
  EXPECT_STREQ(to_string(ErrorKind::link), "link");
  EXPECT_STREQ(to_string(ErrorKind::trap), "trap");
  EXPECT_STREQ(to_string(ErrorKind::exhausted), "exhausted");
  EXPECT_STREQ(to_string(ErrorKind::out_of_memory), "out_of_memory");
  EXPECT_STREQ(to_string(ErrorKind::usage), "usage");
  EXPECT_STREQ(to_string(ErrorKind::io), "io");
  EXPECT_STREQ(to_string(ErrorKind::host), "host");
  EXPECT_STREQ(to_string(ErrorKind::guest), "guest");
}

// The wording of the reference implementation, which scripts of the official suite compare with.
TEST(TrapReason, HasTheSpecificationsWording) {
  EXPECT_STREQ(to_string(TrapReason::unreachable), "unreachable");
  EXPECT_STREQ(to_string(TrapReason::out_of_bounds_memory), "out of bounds memory access");
  EXPECT_STREQ(to_string(TrapReason::out_of_bounds_table), "out of bounds table access");
  EXPECT_STREQ(to_string(TrapReason::uninitialized_element), "uninitialized element");
  EXPECT_STREQ(to_string(TrapReason::undefined_element), "undefined element");
  EXPECT_STREQ(to_string(TrapReason::indirect_call_type_mismatch), "indirect call type mismatch");
  EXPECT_STREQ(to_string(TrapReason::integer_divide_by_zero), "integer divide by zero");
  EXPECT_STREQ(to_string(TrapReason::integer_overflow), "integer overflow");
  EXPECT_STREQ(to_string(TrapReason::invalid_conversion_to_integer), "invalid conversion to integer");
  EXPECT_STREQ(to_string(TrapReason::call_stack_exhausted), "call stack exhausted");
}

TEST(TrapReason, HasAWordingForEveryReason) {
  auto const last = static_cast<unsigned>(TrapReason::read_only_data);
  for (unsigned i = 0; i <= last; ++i) {
    EXPECT_STRNE(to_string(static_cast<TrapReason>(i)), "unknown") << i;
  }
}

TEST(Error, CarriesWhatItWasGiven) {
  Error const plain{ErrorKind::usage, "wrong"};
  EXPECT_EQ(plain.kind(), ErrorKind::usage);
  EXPECT_EQ(plain.message(), "wrong");
  EXPECT_FALSE(plain.offset());
  EXPECT_EQ(plain.line(), 0u);
  EXPECT_EQ(plain.trap(), nullptr);
  EXPECT_EQ(Error(ErrorKind::malformed, "bad", 17).offset(), 17u);
  Error const placed = Error{ErrorKind::malformed, "bad"}.at(3, 4);
  EXPECT_EQ(placed.line(), 3u);
  EXPECT_EQ(placed.column(), 4u);
}

TEST(Features, DefaultIsWebAssembly2WithoutSimd) {
  Features const features;
  for (Feature const feature :
       {Feature::mvp, Feature::mutable_globals, Feature::sign_extension, Feature::saturating_float_to_int,
        Feature::multi_value, Feature::bulk_memory, Feature::reference_types}) {
    EXPECT_TRUE(features.has(feature)) << wasm::to_string(feature);
    EXPECT_EQ(Features::none().has(feature), feature == Feature::mvp) << wasm::to_string(feature);
  }
  for (Feature const feature :
       {Feature::simd, Feature::function_references, Feature::multi_memory, Feature::exception_handling}) {
    EXPECT_FALSE(features.has(feature)) << wasm::to_string(feature);
    EXPECT_TRUE(Features::all().has(feature)) << wasm::to_string(feature);
  }
  EXPECT_TRUE(features.with(Feature::simd).has(Feature::simd));
  EXPECT_FALSE(features.with(Feature::bulk_memory, false).has(Feature::bulk_memory));
  EXPECT_TRUE(features.with(Feature::mvp, false).has(Feature::mvp));
  EXPECT_EQ(features.with(Feature::simd).with(Feature::simd, false), features);
  for (unsigned i = 0; i < feature_count; ++i) {
    EXPECT_STRNE(wasm::to_string(static_cast<Feature>(i)), "unknown") << i;
  }
}

} // namespace
} // namespace weir
