// The store as data: everything that lives until the store is destroyed.
// https://webassembly.github.io/spec/core/exec/runtime.html#store
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "platform/virtual_memory.hpp"
#include "runtime/context.hpp"
#include "runtime/entities.hpp"
#include "runtime/memory.hpp"
#include "runtime/resources.hpp"

namespace weir::detail {

// What an InterruptHandle shares with its store. It outlives the store in the hands of handles.
struct InterruptState : runtime::ExecutionState {};

} // namespace weir::detail

namespace weir::runtime {

// An instance with what it owns. Functions of the module are one array, so that making an instance costs few
// allocations.
struct OwnedInstance : Instance {
  std::unique_ptr<Function[]> own_functions;
};

struct Store {
  Store() = default;
  Store(Store const&) = delete;
  Store& operator=(Store const&) = delete;

  std::uint64_t id = 0; // never used again by another store of this process
  std::shared_ptr<detail::InterruptState> execution;
  Resources resources;

  // The value stack, mapped at the first call. `stack_top` is the first slot that a new call from the host may use.
  platform::Reservation stack;
  std::uint64_t* stack_top = nullptr;

  std::vector<std::unique_ptr<OwnedMemory>> memories;
  std::vector<std::unique_ptr<Table>> tables;
  std::vector<std::unique_ptr<Global[]>> globals; // those of an instance, or one of the host
  std::vector<std::unique_ptr<OwnedInstance>> instances;
};

// Maps the value stack. False when the system refuses.
bool map_stack(Store& store, std::uint64_t bytes) noexcept;

} // namespace weir::runtime
