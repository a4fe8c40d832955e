// Instantiation. https://webassembly.github.io/spec/core/exec/modules.html#instantiation
#pragma once

#include <span>

#include <weir/weir.hpp>

#include "engine/module_data.hpp"
#include "engine/store_data.hpp"
#include "runtime/entities.hpp"

namespace weir::engine {

// What an import stands for in a store. The member that the import's kind names is set.
union ImportedEntity {
  runtime::Function* function = nullptr;
  runtime::Table* table;
  runtime::Memory* memory;
  runtime::Global* global;
};

// Makes an instance of the module and runs its start function. The imports are of the store, in the module's order, and
// fit (engine/link.hpp). When a segment is out of bounds or the start function traps, that is the error; what was
// written before stays, and functions that found their way into imported tables stay callable.
Result<runtime::OwnedInstance*> instantiate(detail::StoreData& store,
                                            std::shared_ptr<detail::ModuleData const> const& module,
                                            std::span<ImportedEntity const> imports);

// Puts what the instance defines itself back to what it was when it was made, and runs the start function. When that
// fails, the instance is as far as it came. Preconditions: no call into the store is active, and none of the instance's
// own memories is pinned.
Result<void> reset(detail::StoreData& store, runtime::OwnedInstance& instance);

} // namespace weir::engine
