// Checks writes of the host to guest memory against the store's HostWrites policy.
#pragma once

#include <optional>
#include <source_location>

#include <weir/weir.hpp>

#include "engine/store_data.hpp"

namespace weir::engine {

// The policy that the environment asks for. One that it misspells is told to the Config's diagnostic sink.
std::optional<HostWrites> host_writes_of_environment(detail::EngineData const& engine);

// The policy of a new store.
HostWrites default_host_writes(detail::EngineData const& engine) noexcept;

// Sets the store's policy, and which writes are remembered.
void set_host_writes(detail::StoreData& store, HostWrites policy) noexcept;

// A write that the host is about to make.
struct HostWriteRequest {
  MemoryRange range;
  char const* api = nullptr; // a static text
  std::source_location where;
};

// Nothing if the write may be done: it is allowed, or the policy is to warn and the sink has been told. Else the error
// that explains it. Preconditions: the policy is not off, the range is inside the memory and not empty.
Result<void> check_host_write(detail::StoreData& store, runtime::OwnedMemory& memory, HostWriteRequest const& write);

// Forgets what the guest passed to this call, which has ended.
void end_passed_ranges(detail::StoreData& store, Caller const& call) noexcept;

// What is where in the memory at this moment, by the module that defines it, or else one that imports it. Without
// regions if there is none, or if the module is laid out when it is instantiated.
MemoryMap map_of(detail::StoreData const& store, runtime::OwnedMemory const& memory);

} // namespace weir::engine
