#include "fixture.hpp"
namespace weir::test {
TEST(Probe, Show) {
  auto const i32 = ValType::i32(); auto const f64=ValType::f64();
  puts(listing({i32,i32},{i32},{}, "local.get 0 local.get 1 i32.add").c_str());
  // sum loop
  puts(listing({i32},{i32},{{2,i32}}, "block loop local.get 0 i32.eqz br_if 1 local.get 1 local.get 2 local.get 0 i32.add i32.load 8 i32.add local.set 1 local.get 0 i32.const 1 i32.sub local.set 0 br 0 end end local.get 1").c_str());
  // fib
  puts(listing({i32},{i32},{}, "local.get 0 i32.const 2 i32.lt_u if i32 local.get 0 else local.get 0 i32.const 1 i32.sub i32.const 5 call 1 local.get 0 i32.const 2 i32.sub i32.const 5 drop call 2 i32.add end").c_str());
  puts(listing({f64,f64},{f64},{{1,f64}}, "loop local.get 2 local.get 0 f64.const 1.5 f64.mul f64.add local.set 2 local.get 2 f64.const 1e9 f64.lt br_if 0 end local.get 2 local.get 1 f64.add").c_str());
}
}
