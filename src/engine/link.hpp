// Imports: what is defined under a name, and whether it fits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <weir/weir.hpp>

#include "engine/host_function.hpp"
#include "engine/instantiate.hpp"
#include "engine/module_data.hpp"
#include "engine/store_data.hpp"

namespace weir::engine {

// A host function (for any store), or an object of one store.
struct Definition {
  std::shared_ptr<HostDefinition const> host;
  Extern value;
};

// The object with its present size as minimum.
ExternType type_of(ExternKind kind, ImportedEntity entity);

// The entity of an Extern; an error of kind usage if it is of another store or null.
Result<ImportedEntity> entity_of(detail::StoreData& store, Extern const& value);
Extern extern_for(detail::StoreData const& store, ExternKind kind, ImportedEntity entity) noexcept;

// Collects what is wrong with the imports of a module.
class LinkErrors {
 public:
  void missing(wasm::Module const& module, wasm::Import const& import);
  void mismatch(wasm::Module const& module, wasm::Import const& import, ExternType const& found);
  // The same where only the kind of what was found can be told (without a store).
  void mismatch_kind(wasm::Module const& module, wasm::Import const& import, ExternKind found);

  // The error that lists them, if there are any.
  Result<void> result() const;

 private:
  std::string text_;
};

// Whether what is found may stand for an import of the module.
// https://webassembly.github.io/spec/core/valid/types.html#match
bool matches(ExternType const& expected, ExternType const& found);

} // namespace weir::engine

namespace weir::detail {

struct LinkerData {
  explicit LinkerData(Engine of, std::shared_ptr<EngineData const> data) noexcept
      : engine(std::move(of)), engine_data(std::move(data)) {}

  using Names = std::map<std::string, engine::Definition, std::less<>>;

  engine::Definition const* find(std::string_view module, std::string_view name) const noexcept;
  Result<void> add(std::string_view module, std::string_view name, engine::Definition definition);

  Engine engine;
  std::shared_ptr<EngineData const> engine_data;
  std::map<std::string, Names, std::less<>> modules;
  bool allow_shadowing = false;
};

struct PreData {
  explicit PreData(Module of) noexcept : module(std::move(of)) {}
  Module module;
  std::vector<engine::Definition> imports; // in the module's order
};

} // namespace weir::detail
