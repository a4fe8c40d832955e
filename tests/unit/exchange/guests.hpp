// Guests in the text format for the tests of allocators: an honest one, and one that answers what it is told to.
#pragma once

#include <string>
#include <string_view>

#include "unit/api/fixture.hpp"

namespace weir::test {

// Allocates upwards and never reuses; counts the bytes that were not given back in the global `live`, and keeps the
// arguments of the last function that frees in `freed`, `freed_size`, `freed_align`. {} is where a test adds exports.
inline std::string honest_guest(std::string_view exports) {
  return R"((module
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (global $live (export "live") (mut i32) (i32.const 0))
    (global $freed (export "freed") (mut i32) (i32.const 0))
    (global $freed_size (export "freed_size") (mut i32) (i32.const 0))
    (global $freed_align (export "freed_align") (mut i32) (i32.const 0))
    (func $alloc (param $size i32) (param $align i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.add (local.get $align) (i32.const 15)))
                              (i32.sub (i32.const 0) (local.get $align))))
      ;; the size lies in front of the bytes
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1)
          (i32.shr_u (local.get $size) (i32.const 16))))))
        (return (i32.const 0)))
      (i32.store (i32.sub (local.get $at) (i32.const 8)) (local.get $size))
      (global.set $live (i32.add (global.get $live) (local.get $size)))
      (local.get $at))
    (func $free (param $at i32) (param $size i32) (param $align i32)
      (global.set $freed (local.get $at))
      (global.set $freed_size (local.get $size))
      (global.set $freed_align (local.get $align))
      (global.set $live (i32.sub (global.get $live) (i32.load (i32.sub (local.get $at) (i32.const 8))))))
    )" + std::string{exports} +
         ")";
}

constexpr std::string_view malloc_exports = R"(
    (func (export "malloc") (param i32) (result i32) (call $alloc (local.get 0) (i32.const 8)))
    (func (export "free") (param i32) (call $free (local.get 0) (i32.const 0) (i32.const 0)))
    (func (export "sum") (param $at i32) (param $size i32) (result i32) (local $sum i32)
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $size)))
        (local.set $size (i32.sub (local.get $size) (i32.const 1)))
        (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (local.get $at) (local.get $size)))))
        (br $next)))
      (local.get $sum)))";

// `malloc` answers the global `answer`; `free` traps when `angry` is not 0.
constexpr std::string_view hostile_guest = R"((module
    (memory (export "memory") 1 4)
    (global $answer (export "answer") (mut i32) (i32.const 0))
    (global $freed (export "freed") (mut i32) (i32.const 0))
    (global $angry (export "angry") (mut i32) (i32.const 0))
    (func (export "malloc") (param i32) (result i32) (global.get $answer))
    (func (export "realloc") (param i32 i32) (result i32) (global.get $answer))
    (func (export "free") (param i32)
      (if (global.get $angry) (then unreachable))
      (global.set $freed (local.get 0)))))";

class ExchangeTest : public ApiTest {
 protected:
  // A base class's constructor runs before this class's members are made; the sink is called much later.
  ExchangeTest() : ApiTest(Config{}.diagnostic_sink([this](std::string_view text) { told_.emplace_back(text); })) {}

  std::int32_t global(StoreContext store, Instance const& of, std::string_view name) {
    auto const found = of.get_global(store, name);
    EXPECT_TRUE(ok(found));
    return found.has_value() ? found->get(store)->i32().value_or(-1) : -1;
  }
  void set_global(StoreContext store, Instance const& of, std::string_view name, std::uint32_t value) {
    auto const found = of.get_global(store, name);
    ASSERT_TRUE(ok(found));
    EXPECT_TRUE(ok(found->set(store, Val{value})));
  }

  std::vector<std::string> told_; // by the diagnostic sink
};

} // namespace weir::test
