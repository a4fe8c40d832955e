// A user of an installed Weir without exceptions: a guest that calls the host, a trap, an error, a limiter of its own,
// a value passed through the guest's allocator.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <weir/exchange.hpp>

namespace {

constexpr std::string_view guest = R"((module
  (import "host" "twice" (func $twice (param i32) (result i32)))
  (func (export "run") (param i32) (result i32) (call $twice (local.get 0)))
  (memory (export "memory") 1)
  (func (export "malloc") (param i32) (result i32) (i32.const 64))
  (func (export "free") (param i32))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "fail") unreachable)))";

// Embedders derive from the library's interfaces, with or without run-time type information.
class Limiter final : public weir::ResourceLimiter {
 public:
  weir::Result<bool> memory_growing(std::uint64_t, std::uint64_t desired, std::optional<std::uint64_t>) override {
    return desired <= 65536;
  }
  weir::Result<bool> table_growing(std::uint64_t, std::uint64_t, std::optional<std::uint64_t>) override { return true; }
};

int failed(char const* what) {
  std::printf("failed: %s\n", what);
  return 1;
}

} // namespace

int main() {
  weir::Engine engine;
  if (weir::Module::from_wat(engine, "(module (func (result i32)))").has_value()) return failed("validation");
  auto module = weir::Module::from_wat(engine, guest);
  if (!module) return failed(module.error().message().c_str());

  weir::Store store{engine};
  if (!store.set_limiter(std::make_shared<Limiter>())) return failed("the limiter");
  weir::Linker linker{engine};
  if (linker.instantiate(store, *module).has_value()) return failed("a missing import was not noticed");
  auto defined = linker.func("host", "twice", [](std::int32_t x) { return 2 * x; });
  if (!defined) return failed(defined.error().message().c_str());
  auto instance = linker.instantiate(store, *module);
  if (!instance) return failed(instance.error().message().c_str());

  auto run = instance->get_typed_func<std::int32_t(std::int32_t)>(store, "run");
  auto fail = instance->get_typed_func<void()>(store, "fail");
  if (!run || !fail) return failed("an export is missing");
  auto result = run->call(store, 21);
  if (!result || *result != 42) return failed("the guest's call of the host");
  auto grow = instance->get_typed_func<std::int32_t()>(store, "grow");
  if (!grow || grow->call(store) != -1) return failed("the limiter was not asked");
  auto allocator = weir::exchange::GuestAllocator::discover(store, *instance);
  if (!allocator) return failed(allocator.error().message().c_str());
  auto buffer = allocator->put(weir::exchange::bincode2(std::string{"over there"}));
  if (!buffer || buffer->decode<std::string>(weir::exchange::bincode2).value_or("") != "over there") {
    return failed("a string through the guest's memory");
  }
  auto trapped = fail->call(store);
  if (trapped || trapped.error().kind() != weir::ErrorKind::trap) return failed("the trap");
  std::printf("weir %s: %d\n", weir::version(), *result);
  return 0;
}
