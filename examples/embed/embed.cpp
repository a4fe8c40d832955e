// Embedding Weir: a guest in the text format that calls a host function, and is called itself.
#include <cstdint>
#include <cstdio>
#include <weir/weir.hpp>

constexpr char text[] = R"((module
  (import "host" "print" (func $print (param i32)))
  (func (export "triangle") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (call $print (local.get $sum))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))))";

int main() try {
  weir::Engine engine;
  auto module = weir::Module::from_wat(engine, text).value();
  weir::Store store{engine};
  weir::Linker linker{engine};
  linker.func("host", "print", [](std::int32_t x) { std::printf("the guest says %d\n", x); }).value();
  auto instance = linker.instantiate(store, module).value();
  auto triangle = instance.get_typed_func<std::int32_t(std::int32_t)>(store, "triangle").value();
  std::printf("triangle(4) = %d\n", triangle.call(store, 4).value());
} catch (std::bad_expected_access<weir::Error> const& failure) {
  std::fprintf(stderr, "%s\n", failure.error().message().c_str());
  return 1;
}
