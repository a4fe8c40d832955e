// Both dispatch backends do the same with the same code, whatever it is. The first byte of an input says what the rest
// is: a module in the binary format, whose exports are called in turn with little fuel and tight limits; or the choices
// of the generator of random function bodies, which are compared with the reference interpreter too.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "support/differential.hpp"

namespace {

using weir::Val;

// Everything that can be seen of a module's execution, as text.
class Transcript {
 public:
  Transcript(std::span<std::uint8_t const> bytes, weir::Backend backend, weir::CompilationMode mode) {
    weir::Engine const engine{weir::Config{}
                                  .backend(backend)
                                  .compilation(mode)
                                  .consume_fuel(true)
                                  .max_stack_bytes(std::uint64_t{256} << 10)
                                  .memory_reservation(std::uint64_t{1} << 18)};
    auto const module = weir::Module::from_bytes(engine, bytes);
    if (!module.has_value()) {
      return;
    }
    is_module_ = true;
    constexpr std::uint64_t memory = std::uint64_t{1} << 20;
    weir::Store store{engine, {.memory_size = memory, .total_memory = memory * 4, .table_elements = 2000}};
    weir::Linker linker{engine};
    fuel(store);
    if (auto const defined = linker.define_unknown_imports_as_traps(*module); !defined.has_value()) {
      add(defined.error());
      return;
    }
    auto const instance = linker.instantiate(store, *module);
    if (!instance.has_value()) {
      add(instance.error());
      return;
    }
    auto const exports = instance->exports(store);
    if (!exports.has_value()) {
      add(exports.error());
      return;
    }
    for (auto const& each : *exports) {
      if (auto const* const function = std::get_if<weir::Func>(&each.value)) {
        call(store, *function);
      }
    }
    for (auto const& each : *exports) {
      look(store, each.value);
    }
  }

  bool is_module() const noexcept { return is_module_; }
  std::string const& text() const noexcept { return text_; }

 private:
  static void fuel(weir::Store& store) { (void)store.set_fuel(20000); }

  void add(weir::Error const& error) {
    text_ += std::string{"error "} + to_string(error.kind());
    if (auto const* const trap = error.trap(); trap != nullptr) {
      text_ += " " + trap->message();
      for (auto const& frame : trap->frames()) {
        text_ += " " + std::to_string(frame.function) + "@" + std::to_string(frame.offset);
      }
    }
    text_ += "\n";
  }

  void add(Val const& value) {
    if (value.type() == weir::ValType::funcref()) {
      text_ += value.funcref()->is_null() ? "null function " : "function ";
    } else {
      text_ += std::to_string(weir::test::without_nan(value.type(), value.bits())) + " ";
    }
  }

  void call(weir::Store& store, weir::Func const& function) {
    auto const type = function.type(store);
    if (!type.has_value()) {
      add(type.error());
      return;
    }
    // Zeros, then numbers of some size.
    for (std::uint64_t const seed : {std::uint64_t{0}, std::uint64_t{0xFEDC}}) {
      std::vector<Val> arguments;
      for (auto const parameter : type->params()) {
        arguments.push_back(argument(parameter, seed * (arguments.size() + 1)));
      }
      fuel(store);
      auto const results = function.call(store, arguments);
      if (results.has_value()) {
        for (auto const& result : *results) {
          add(result);
        }
      } else {
        add(results.error());
      }
      text_ += "fuel " + std::to_string(store.fuel().value_or(0)) + "\n";
    }
  }

  static Val argument(weir::ValType type, std::uint64_t seed) {
    return type == weir::ValType::i32()   ? Val{static_cast<std::uint32_t>(seed)}
           : type == weir::ValType::i64() ? Val{seed << 20}
           : type == weir::ValType::f32() ? Val{static_cast<float>(seed)}
           : type == weir::ValType::f64() ? Val{static_cast<double>(seed) / 3}
                                          : Val::default_of(type);
  }

  void look(weir::Store& store, weir::Extern const& object) {
    if (auto const* const global = std::get_if<weir::Global>(&object)) {
      if (auto const value = global->get(store); value.has_value()) {
        add(*value);
      }
    } else if (auto const* const table = std::get_if<weir::Table>(&object)) {
      text_ += "table " + std::to_string(table->size(store).value_or(0)) + "\n";
    } else if (auto const* const memory = std::get_if<weir::Memory>(&object)) {
      auto const size = memory->size(store).value_or(0);
      auto const data = memory->unsafe_data(store);
      if (data.has_value()) {
        std::uint64_t const hash = weir::test::hash_of({reinterpret_cast<std::uint8_t const*>(*data), size});
        text_ += "memory " + std::to_string(size) + " " + std::to_string(hash) + "\n";
      }
    }
  }

  bool is_module_ = false;
  std::string text_;
};

[[noreturn]] void fail(std::string const& what) {
  std::fprintf(stderr, "execute_fuzz: %s\n", what.c_str());
  std::abort();
}

void run_module(std::span<std::uint8_t const> bytes, weir::CompilationMode mode) {
  Transcript const loop{bytes, weir::Backend::loop, mode};
  if (!loop.is_module() || !weir::Engine::has_backend(weir::Backend::tail_call)) {
    return;
  }
  Transcript const tail{bytes, weir::Backend::tail_call, mode};
  if (loop.text() != tail.text()) {
    fail("the backends differ.\nloop:\n" + loop.text() + "tail_call:\n" + tail.text());
  }
}

void run_choices(std::span<std::uint8_t const> bytes, weir::CompilationMode mode) {
  // Two bytes a choice; then random ones, always the same.
  std::mt19937_64 rest{1};
  std::size_t at = 0;
  auto const source = [&]() -> std::uint64_t {
    if (at + 2 > bytes.size()) {
      return rest();
    }
    at += 2;
    return bytes[at - 2] | std::uint64_t{bytes[at - 1]} << 8;
  };
  weir::test::RandomModule random{source};
  weir::test::Differential differential{random.build()};
  std::vector<weir::test::DifferentialCall> calls;
  for (std::uint32_t function = 0; function < random.function_count(); ++function) {
    calls.push_back({function, random.arguments(function), 5000});
    calls.push_back({function, random.arguments(function), source() % 100});
  }
  if (auto const difference = differential.compare(calls, mode); difference.has_value()) {
    fail(*difference);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  auto const mode = (data[0] & 2) != 0 ? weir::CompilationMode::eager : weir::CompilationMode::lazy;
  std::span<std::uint8_t const> const rest{data + 1, size - 1};
  if ((data[0] & 1) == 0) {
    run_module(rest, mode);
  } else {
    run_choices(rest, mode);
  }
  return 0;
}
