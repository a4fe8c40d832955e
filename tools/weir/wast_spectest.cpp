#include "wast_spectest.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace weir::tools {

namespace {

// Collects the first error of a chain of steps, so that the steps read as a list.
class Steps {
 public:
  template <class T>
  std::optional<T> take(Result<T> result) {
    if (result.has_value()) {
      return std::move(*result);
    }
    keep(std::move(result).error());
    return std::nullopt;
  }
  void take(Result<void> result) {
    if (!result.has_value()) {
      keep(std::move(result).error());
    }
  }
  Result<void> outcome() && { return error_ ? Result<void>{std::unexpected(*std::move(error_))} : Result<void>{}; }

 private:
  void keep(Error error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }
  std::optional<Error> error_;
};

void define_functions(Linker& linker, Steps& steps) {
  steps.take(linker.func("spectest", "print", [] {}));
  steps.take(linker.func("spectest", "print_i32", [](std::int32_t) {}));
  steps.take(linker.func("spectest", "print_i64", [](std::int64_t) {}));
  steps.take(linker.func("spectest", "print_f32", [](float) {}));
  steps.take(linker.func("spectest", "print_f64", [](double) {}));
  steps.take(linker.func("spectest", "print_i32_f32", [](std::int32_t, float) {}));
  steps.take(linker.func("spectest", "print_f64_f64", [](double, double) {}));
}

void define_global(Linker& linker, Store& store, Steps& steps, char const* name, Val const& value) {
  if (auto const global = steps.take(Global::create(store, GlobalType{value.type(), false}, value))) {
    steps.take(linker.define("spectest", name, *global));
  }
}

} // namespace

Result<void> define_spectest(Linker& linker, Store& store) {
  Steps steps;
  define_functions(linker, steps);
  define_global(linker, store, steps, "global_i32", Val{std::int32_t{666}});
  define_global(linker, store, steps, "global_i64", Val{std::int64_t{666}});
  define_global(linker, store, steps, "global_f32", Val{666.6F});
  define_global(linker, store, steps, "global_f64", Val{666.6});
  TableType const table_type{ValType::funcref(), {10, 20}, false};
  if (auto const table = steps.take(Table::create(store, table_type, Val::default_of(ValType::funcref())))) {
    steps.take(linker.define("spectest", "table", *table));
  }
  if (auto const memory = steps.take(Memory::create(store, MemoryType{{1, 2}, false, false}))) {
    steps.take(linker.define("spectest", "memory", *memory));
  }
  return std::move(steps).outcome();
}

} // namespace weir::tools
