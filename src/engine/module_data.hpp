// A module as the engine keeps it: decoded, validated, and its translated code.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <weir/weir.hpp>

#include "code/function_code.hpp"
#include "engine/code_arena.hpp"
#include "engine/engine_data.hpp"
#include "engine/type_registry.hpp"
#include "translate/translator.hpp"
#include "validate/module_validator.hpp"
#include "wasm/module.hpp"

namespace weir::engine {

// Names of the name section, read when the first one is wanted.
struct Names {
  std::string module;
  std::unordered_map<std::uint32_t, std::string> functions;
};

} // namespace weir::engine

namespace weir::detail {

struct ModuleData {
  explicit ModuleData(std::shared_ptr<EngineData const> of, Engine handle)
      : engine(std::move(handle)), engine_data(std::move(of)), type_ids(engine_data->types) {}

  std::uint32_t defined_functions() const noexcept { return static_cast<std::uint32_t>(module.bodies.size()); }

  Engine engine;
  std::shared_ptr<EngineData const> engine_data;
  wasm::Module module;
  validate::ModuleFacts facts; // for validation at the first call
  std::optional<wasm::ByteRange> name_section;
  engine::TypeIds type_ids;                                    // by type index
  std::unordered_map<std::string_view, std::uint32_t> exports; // name -> index in module.exports

  // By index minus imported_functions. Records are the module's shared mutable state: they change once, when their
  // function is translated.
  std::unique_ptr<code::FunctionRecord[]> records;
  mutable engine::CodeArena code; // what the records point into

  // Translation. A function's lock is chosen by its index.
  mutable std::array<std::mutex, 16> translation_locks;
  mutable std::mutex idle_lock;
  mutable std::vector<std::unique_ptr<translate::Translator>> idle; // translators between two functions

  mutable std::mutex maps_lock;
  mutable std::vector<std::unique_ptr<MemoryMap const>> maps; // by memory; null until wanted

  mutable std::mutex names_lock;
  mutable std::unique_ptr<engine::Names const> names; // null until read
};

} // namespace weir::detail

namespace weir::engine {

// The name section's names; empty if there is none, it is ill-formed, or Config::keep_names is off.
Names const& names_of(detail::ModuleData const& module);

// The memory's map, made when it is first wanted. Precondition: the module has the memory.
MemoryMap const& memory_map_of(detail::ModuleData const& module, std::uint32_t memory);

// The name section's name, else the name of an export; empty if there is neither.
std::string function_name(detail::ModuleData const& module, std::uint32_t function);

// The defined function whose translated code holds this cell; null if none does.
code::FunctionRecord const* find_code(detail::ModuleData const& module, code::Word const* cell) noexcept;

// The type of an import or an export.
ExternType type_of_entity(wasm::Module const& module, ExternKind kind, std::uint32_t index);

} // namespace weir::engine
