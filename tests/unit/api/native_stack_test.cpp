// Guest code that runs for long needs no more native stack than guest code that runs briefly. On the tail-call backend
// that is so because every handler jumps to the next one.
#include <pthread.h>

#include <functional>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class NativeStackTest : public ApiTest {
 protected:
  // Calls of every kind, memory, floats, globals, a branch table, operations that the engine is asked for.
  static constexpr std::string_view mixture = R"((module
    (type $unary (func (param i32) (result i32)))
    (import "host" "triple" (func $triple (type $unary)))
    (memory 1) (table funcref (elem $up $down)) (global $g (mut i32) (i32.const 0))
    (func $up (type $unary) (i32.add (local.get 0) (i32.const 1)))
    (func $down (type $unary) (i32.sub (local.get 0) (i32.const 1)))
    (func (export "run") (param $n i32) (result i32) (local $sum i32) (local $f f64)
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (call $up (local.get $n))))
        (local.set $sum (i32.add (local.get $sum)
          (call_indirect (type $unary) (local.get $n) (i32.and (local.get $n) (i32.const 1)))))
        (i32.store (i32.const 8) (call $triple (local.get $n)))
        (local.set $f (f64.add (local.get $f)
          (f64.mul (f64.convert_i32_s (i32.load (i32.const 8))) (f64.const 0.5))))
        (global.set $g (i32.add (global.get $g) (i32.const 2)))
        (block $skip (block $flip (br_table $flip $skip (i32.and (local.get $n) (i32.const 1))))
          (local.set $sum (i32.xor (local.get $sum) (i32.const 0x55))))
        (memory.fill (i32.const 16) (local.get $n) (i32.const 8))
        (local.set $sum (i32.add (local.get $sum) (memory.grow (i32.const 0))))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.add (i32.add (local.get $sum) (global.get $g)) (i32.wrap_i64 (i64.trunc_sat_f64_s (local.get $f)))))))";

  static std::uint32_t expected(std::uint32_t n) {
    std::uint32_t sum = 0;
    std::uint32_t global = 0;
    std::uint64_t halves = 0;
    for (; n != 0; --n) {
      sum += n + 1;
      sum += n % 2 == 0 ? n + 1 : n - 1;
      halves += std::uint64_t{3} * n;
      global += 2;
      sum ^= n % 2 == 0 ? 0x55 : 0;
      sum += 1;
    }
    return sum + global + static_cast<std::uint32_t>(halves / 2);
  }

  // Runs on a thread whose stack has this size.
  static void on_small_stack(std::size_t bytes, std::function<void()> action) {
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
    auto const run = [](void* task) -> void* {
      (*static_cast<std::function<void()>*>(task))();
      return nullptr;
    };
    pthread_t thread{};
    ASSERT_EQ(pthread_create(&thread, &attributes, run, &action), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
    pthread_attr_destroy(&attributes);
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, NativeStackTest, testing::ValuesIn(backends()), backend_name);

TEST_P(NativeStackTest, DoesNotGrowWithTheRun) {
  Store store{engine_};
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.func("host", "triple", [](std::int32_t value) { return 3 * value; })));
  auto const run = func<std::uint32_t(std::uint32_t)>(store, instance(store, mixture, linker), "run");
  ASSERT_EQ(*run.call(store, 3), expected(3)); // translated on this thread
  // A return address for every cell would take 64 MB.
  std::uint32_t const turns = 200000;
  std::uint32_t result = 0;
  on_small_stack(std::size_t{1} << 20, [&] { result = run.call(store, turns).value_or(0); });
  EXPECT_EQ(result, expected(turns) + 2 * 3) << "the global goes on where it was";
}

} // namespace
} // namespace weir::test
