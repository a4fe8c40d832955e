// Host functions: what the embedder defined, and the entity that stands for it in a store.
#pragma once

#include <memory>
#include <span>

#include <weir/weir.hpp>

#include "engine/type_registry.hpp"
#include "runtime/entities.hpp"

namespace weir::engine {

// A callable with its type, independent of any store. Shared by a linker, its InstancePres and the stores that use it.
struct HostDefinition {
  HostDefinition(std::shared_ptr<TypeRegistry> registry, FuncType its_type, detail::HostCallable taken);
  HostDefinition(HostDefinition const&) = delete;
  HostDefinition& operator=(HostDefinition const&) = delete;
  ~HostDefinition();

  detail::HostCallable callable;
  FuncType type;
  TypeIds ids; // one id: the type's
  std::uint32_t param_slots = 0;
  std::uint32_t result_slots = 0;
  std::uint32_t most_slots = 0; // the larger of the two
};

// Takes the callable over, whatever the outcome. An error of kind usage when the types are not ones that a function
// can have, and out_of_memory also when the callable has no closure (see detail::make_closure).
Result<std::shared_ptr<HostDefinition>> define_host(std::shared_ptr<TypeRegistry> const& registry,
                                                    std::span<ValType const> params, std::span<ValType const> results,
                                                    detail::HostCallable callable);

// In a store. Its host_data is the definition.
struct HostFunction : runtime::Function {
  std::shared_ptr<HostDefinition const> definition;
};

// The runtime::HostCall of every host function.
TrapReason call_host(runtime::Function& function, runtime::InstanceContext* caller, std::uint64_t* slots) noexcept;

// Number of slots that values of these types take.
std::uint32_t slots_of(std::span<ValType const> types) noexcept;

} // namespace weir::engine
