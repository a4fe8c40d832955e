#include "engine/executable.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace weir::engine {

namespace {

Error unsupported(std::string_view what) {
  return Error{ErrorKind::unsupported, fmt::format("the module is valid, but has {}, which this version of Weir cannot "
                                                   "execute yet",
                                                   what)};
}

// References to types are compared between modules when they are linked, and hosts must not give null where there is
// none: neither is known to the engine.
bool is_executable(ValType type) noexcept { return !type.is_ref() || (type.is_nullable() && !type.is_concrete_ref()); }

} // namespace

std::optional<Error> find_unexecutable(wasm::Module const& module) {
  if (!module.tags.empty()) {
    return unsupported("tags");
  }
  if (module.memories.size() > 1) {
    return unsupported(fmt::format("{} memories", module.memories.size()));
  }
  auto const typed = [](std::string_view what, std::size_t index, ValType type) {
    return unsupported(fmt::format("typed function references: {} {} with the type {}", what, index, to_string(type)));
  };
  for (std::size_t i = 0; i < module.types.size(); ++i) {
    for (auto const* list : {&module.types[i].params(), &module.types[i].results()}) {
      for (auto const each : *list) {
        if (!is_executable(each)) {
          return typed("function type", i, each);
        }
      }
    }
  }
  for (std::size_t i = 0; i < module.tables.size(); ++i) {
    if (auto const type = module.tables[i].type.element; !is_executable(type)) {
      return typed("table", i, type);
    }
  }
  for (std::size_t i = 0; i < module.globals.size(); ++i) {
    if (auto const type = module.globals[i].type.content; !is_executable(type)) {
      return typed("global", i, type);
    }
  }
  return std::nullopt;
}

} // namespace weir::engine
