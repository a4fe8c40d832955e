// Runs the same calls on the engine, with either backend, and on the reference interpreter, and compares everything
// that can be seen: results, traps and their place, fuel, memory, globals.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "support/module_builder.hpp"
#include "support/random_bodies.hpp"
#include "support/reference_interpreter.hpp"
#include "text/printer.hpp"

namespace weir::test {

struct DifferentialCall {
  std::uint32_t function = 0;
  std::vector<std::uint64_t> arguments;
  std::uint64_t fuel = 0;
};

// What can be seen after a call.
struct Observed {
  TrapReason trap = TrapReason::none;
  std::uint32_t trap_function = 0;
  std::uint64_t trap_offset = 0;      // 0 without fuel: the charge of a branch may be made where it leads
  std::vector<std::uint64_t> results; // NaNs are all the same one
  std::uint64_t fuel_left = 0;
  std::vector<std::uint64_t> globals;
  std::uint64_t memory_hash = 0;
  bool operator==(Observed const&) const = default;
};

inline std::uint64_t without_nan(ValType type, std::uint64_t bits) {
  if (type == ValType::f32() && std::isnan(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))) {
    return 0x7FC00000;
  }
  return type == ValType::f64() && std::isnan(std::bit_cast<double>(bits)) ? 0x7FF8000000000000 : bits;
}

inline std::uint64_t hash_of(std::span<std::uint8_t const> bytes) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = std::rotl((hash ^ word) * 0x100000001B3, 23);
  }
  return hash;
}

inline std::string to_text(Observed const& seen) {
  std::string text = std::string{"trap "} + to_string(seen.trap) + " in function " +
                     std::to_string(seen.trap_function) + " at " + std::to_string(seen.trap_offset) + ", fuel left " +
                     std::to_string(seen.fuel_left) + ", memory " + std::to_string(seen.memory_hash) + ", globals";
  for (auto const each : seen.globals) text += " " + std::to_string(each);
  text += ", results";
  for (auto const each : seen.results) text += " " + std::to_string(each);
  return text;
}

inline std::string to_text(wasm::Module const& module) {
  std::string text;
  (void)text::print_module(module, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

class Differential {
 public:
  // The module exports what export_everything() does, and has one memory of RandomModule::memory_bytes and a table
  // with all its functions.
  explicit Differential(ModuleBuilder const& builder) : bytes_(builder.bytes()), module_(builder.decode()) {}

  // Nothing, or what differs and the module's text.
  std::optional<std::string> compare(std::vector<DifferentialCall> const& calls, CompilationMode mode) {
    auto const expected = on_reference(calls);
    for (Backend const backend : {Backend::loop, Backend::tail_call}) {
      if (!Engine::has_backend(backend)) {
        continue;
      }
      auto const seen = on_engine(calls, backend, mode);
      for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i >= seen.size() || seen[i] != expected[i]) {
          return describe(calls, i, backend, expected[i], seen);
        }
      }
    }
    return std::nullopt;
  }

  std::vector<Observed> on_reference(std::vector<DifferentialCall> const& calls) {
    std::vector<std::uint64_t> globals;
    for (auto const& global : module_.globals) {
      globals.push_back(initial_value(global.type.content));
    }
    std::vector<std::uint32_t> table(module_.bodies.size());
    for (std::uint32_t i = 0; i < table.size(); ++i) table[i] = i;
    ReferenceInterpreter reference{module_, RandomModule::memory_bytes, globals, table};
    std::vector<Observed> all;
    for (auto const& call : calls) {
      auto const outcome = reference.call(call.function, call.arguments, static_cast<std::int64_t>(call.fuel));
      Observed seen;
      seen.trap = outcome.trap;
      seen.trap_function = outcome.trap_function;
      seen.trap_offset = outcome.trap == TrapReason::out_of_fuel ? 0 : outcome.trap_offset;
      seen.fuel_left = outcome.fuel_left < 0 ? 0 : static_cast<std::uint64_t>(outcome.fuel_left);
      auto const& results = module_.type_of_function(call.function).results();
      for (std::size_t i = 0; i < outcome.results.size(); ++i) {
        seen.results.push_back(without_nan(results[i], outcome.results[i]));
      }
      for (std::size_t i = 0; i < reference.globals.size(); ++i) {
        seen.globals.push_back(without_nan(module_.globals[i].type.content, reference.globals[i]));
      }
      seen.memory_hash = hash_of(reference.memory);
      all.push_back(std::move(seen));
      executed_ += outcome.executed;
    }
    return all;
  }

  std::vector<Observed> on_engine(std::vector<DifferentialCall> const& calls, Backend backend, CompilationMode mode) {
    constexpr std::uint64_t stack_bytes = std::uint64_t{1} << 30; // frames of half a megabyte, called until fuel ends
    // Without a reservation a memory moves when it grows.
    Engine const engine{Config{}
                            .backend(backend)
                            .consume_fuel(true)
                            .compilation(mode)
                            .max_stack_bytes(stack_bytes)
                            .memory_reservation(0)};
    auto const module = Module::from_bytes(engine, std::span<std::uint8_t const>{bytes_});
    if (!module.has_value()) {
      error_ = module.error().message();
      return {};
    }
    Store store{engine};
    auto const instance = Linker{engine}.instantiate(store, *module);
    if (!instance.has_value()) {
      error_ = instance.error().message();
      return {};
    }
    std::vector<Observed> all;
    for (auto const& call : calls) {
      auto seen = one_call(store, *instance, call);
      if (!seen.has_value()) {
        error_ = seen.error().message();
        break;
      }
      all.push_back(std::move(*seen));
    }
    return all;
  }

  // Instructions that the reference interpreter carried out so far.
  std::uint64_t executed() const noexcept { return executed_; }

 private:
  // RandomModule's globals start with these.
  static std::uint64_t initial_value(ValType type) {
    return type == ValType::i32() ? RandomModule::initial_i32 : type == ValType::i64() ? RandomModule::initial_i64 : 0;
  }

  static Val to_val(ValType type, std::uint64_t bits) {
    return type == ValType::i32()   ? Val{static_cast<std::uint32_t>(bits)}
           : type == ValType::i64() ? Val{bits}
           : type == ValType::f32() ? Val::f32_bits(static_cast<std::uint32_t>(bits))
                                    : Val::f64_bits(bits);
  }

  Result<Observed> one_call(Store& store, Instance const& instance, DifferentialCall const& call) const {
    auto const& type = module_.type_of_function(call.function);
    std::vector<Val> arguments;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      arguments.push_back(to_val(type.params()[i], call.arguments[i]));
    }
    auto const function = instance.get_func(store, "f" + std::to_string(call.function));
    if (!function.has_value()) return std::unexpected(function.error());
    if (auto done = store.set_fuel(call.fuel); !done.has_value()) return std::unexpected(done.error());
    auto const results = function->call(store, arguments);
    Observed seen;
    if (results.has_value()) {
      for (auto const& result : *results) seen.results.push_back(without_nan(result.type(), result.bits()));
    } else if (auto const* const trap = results.error().trap(); trap != nullptr) {
      seen.trap = trap->reason();
      seen.trap_function = trap->function().value_or(0xFFFFFFFF);
      seen.trap_offset = trap->reason() == TrapReason::out_of_fuel ? 0 : trap->offset().value_or(0);
    } else {
      return std::unexpected(results.error());
    }
    seen.fuel_left = store.fuel().value_or(0);
    for (std::size_t i = 0; i < module_.globals.size(); ++i) {
      auto const global = instance.get_global(store, "g" + std::to_string(i));
      if (!global.has_value()) return std::unexpected(global.error());
      auto const value = global->get(store);
      if (!value.has_value()) return std::unexpected(value.error());
      seen.globals.push_back(without_nan(value->type(), value->bits()));
    }
    auto const memory = instance.get_memory(store, "memory");
    if (!memory.has_value()) return std::unexpected(memory.error());
    auto const bytes = memory->unsafe_data(store);
    if (!bytes.has_value()) return std::unexpected(bytes.error());
    seen.memory_hash = hash_of({reinterpret_cast<std::uint8_t const*>(*bytes), memory->size(store).value_or(0)});
    return seen;
  }

  std::string describe(std::vector<DifferentialCall> const& calls, std::size_t index, Backend backend,
                       Observed const& expected, std::vector<Observed> const& seen) const {
    std::string text = std::string{backend == Backend::loop ? "loop" : "tail_call"} + ", call " +
                       std::to_string(index) + " of function " + std::to_string(calls[index].function) + " with fuel " +
                       std::to_string(calls[index].fuel) + " and";
    for (auto const each : calls[index].arguments) text += " " + std::to_string(each);
    text += "\nexpected: " + to_text(expected);
    text += "\nseen:     " + (index < seen.size() ? to_text(seen[index]) : error_);
    return text + "\n" + to_text(module_);
  }

  Bytes bytes_;
  wasm::Module module_;
  std::string error_;
  std::uint64_t executed_ = 0;
};

} // namespace weir::test
