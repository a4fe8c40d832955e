// Data across the boundary: a struct into guest memory, text out of it, and a host function that takes guest text.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <weir/exchange.hpp>

// An aggregate takes part in encodings as it is.
struct Order {
  std::string customer;
  std::vector<std::uint32_t> amounts;
};

// A guest with an allocator that only goes up. `total` adds the amounts of an encoded Order up; `greet` hands text
// back.
constexpr char text[] = R"((module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "hello from the guest")
  (global $top (mut i32) (i32.const 1024))
  (func (export "malloc") (param $size i32) (result i32)
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))))
  (func (export "free") (param i32))
  (func (export "total") (param $at i32) (param $size i32) (result i32) (local $count i32) (local $sum i32)
    (call $log (i32.add (local.get $at) (i32.const 8)) (i32.load (local.get $at)))
    (local.set $at (i32.add (local.get $at) (i32.add (i32.const 8) (i32.load (local.get $at)))))
    (local.set $count (i32.load (local.get $at)))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=8
        (i32.add (local.get $at) (i32.mul (local.get $count) (i32.const 4))))))
      (br $next)))
    (local.get $sum))
  (func (export "greet") (result i32 i32) (i32.const 64) (i32.const 20))))";

int main() try {
  using namespace weir::exchange;
  weir::Engine engine;
  auto module = weir::Module::from_wat(engine, text).value();
  weir::Store store{engine};
  weir::Linker linker{engine};
  linker.func("host", "log", [](std::string const& line) { std::printf("log: %s\n", line.c_str()); }).value();
  auto instance = linker.instantiate(store, module).value();

  auto guest = GuestAllocator::discover(store, instance).value();
  auto order = guest.put(bincode(Order{"Ada", {10, 20, 12}})).value(); // given back when it goes out of scope
  auto total = instance.get_typed_func<std::uint32_t(std::uint32_t, std::uint32_t)>(store, "total").value();
  std::printf("total: %u\n", total.call(store, order.ptr(), order.len()).value());

  auto greeting = guest.call("greet", Returns::pair(), {}).value();
  std::printf("%s\n", guest.get_string(greeting).value().c_str());
} catch (std::bad_expected_access<weir::Error> const& failure) {
  std::fprintf(stderr, "%s\n", failure.error().message().c_str());
  return 1;
}
