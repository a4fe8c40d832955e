#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

TEST(Printer, PrintsAModule) {
  EXPECT_EQ(printed(parsed(R"((module $m
    (import "env" "log" (func $log (param i32)))
    (memory $memory 1 2)
    (global $g (mut i64) (i64.const -5))
    (export "f" (func $f))
    (func $f (param $x i32) (param f32) (result i32) (local i64 i64) (local $y f64)
      (block $out (result i32)
        (br_if $out (local.get $x) (i32.const 1))
        (if (then (call $log (i32.load offset=4 align=1 (local.get 0)))) (else (nop)))))
    (data (i32.const 8) "a\00\"\\\n\ff"))
)")),
            R"((module $m
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 f32) (result i32)))
  (import "env" "log" (func $log (;0;) (type 0) (param i32)))
  (memory $memory (;0;) 1 2)
  (global $g (;0;) (mut i64) (i64.const -5))
  (export "f" (func $f))
  (func $f (;1;) (type 1) (param $x i32) (param f32) (result i32)
    (local i64 i64)
    (local $y f64)
    block (result i32) ;; label = @1
      local.get $x
      i32.const 1
      br_if 0 (;@1;)
      if ;; label = @2
        local.get $x
        i32.load offset=4 align=1
        call $log
      else
        nop
      end
    end)
  (data (;0;) (i32.const 8) "a\00\"\\\n\ff"))
)");
}

} // namespace
} // namespace weir::test
