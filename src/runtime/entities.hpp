// The entities of a store as data: what handlers, the engine and diagnosis see of them.
// https://webassembly.github.io/spec/core/exec/runtime.html
//
// All of them are owned by their store (runtime/store.hpp) and live until it is destroyed, so plain pointers between
// them are safe. A reference value is such a pointer (or null) in 64 bits.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "code/cell.hpp"
#include "code/function_code.hpp"
#include "wasm/module.hpp"

namespace weir::runtime {

struct InstanceContext;
struct Store;

// A linear memory. The bytes live in a reservation of address space so that the base rarely moves.
struct Memory {
  std::uint8_t* base = nullptr;
  std::uint64_t size = 0; // bytes, a multiple of the page size
  MemoryType type;
  std::uint64_t reserved = 0;   // bytes of address space behind base
  std::uint64_t generation = 0; // counts growths, so that views can tell that they are stale
  Store* store = nullptr;
  // Contexts of the instances whose memory 0 this is: a growth by anyone updates what they know of it.
  std::vector<InstanceContext*> contexts;
};

struct Table {
  std::vector<std::uint64_t> elements; // references; data() is what handlers use
  TableType type;
  Store* store = nullptr;
};

struct Global {
  std::uint64_t value[2] = {0, 0}; // v128 uses both
  GlobalType type;
  Store* store = nullptr;
};

// How a host function is called: arguments are in slots[0..], results go to slots[0..] (slot widths as in
// code/frame.hpp, values as in code/ops.def). Answers TrapReason::none, or the reason, having left details with the
// store's ExecutionState. `caller` is the calling instance's context, null when the host called.
struct Function;
using HostCall = TrapReason (*)(Function& function, InstanceContext* caller, std::uint64_t* slots) noexcept;

struct Function {
  std::uint32_t type_id = 0;              // canonical type of the Engine: equal ids are equal types
  code::FunctionRecord* record = nullptr; // null for host functions
  code::Word const* entry = nullptr;      // what record->entry was when this function was last looked at
  InstanceContext* context = nullptr;     // of the instance that it belongs to; null for host functions
  HostCall host_call = nullptr;
  void* host_data = nullptr; // owned by the store's registry
  FuncType const* type = nullptr;
  Store* store = nullptr;
};

} // namespace weir::runtime
