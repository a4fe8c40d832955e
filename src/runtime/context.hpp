// What the handlers see: an instance's context and the store's execution state.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include <weir/error.hpp>

#include "code/registers.hpp"
#include "runtime/entities.hpp"

namespace weir::runtime {

struct Instance;

// 128 bits of a float register.
struct alignas(16) FloatBits {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// Where and why the guest stopped. Written on the cold path by the handlers; everything else (function, Wasm offset,
// backtrace, memory facts) is worked out from it by diagnosis.
struct TrapRecord {
  TrapReason reason = TrapReason::none;
  code::Word const* ip = nullptr; // the cell that trapped; registers are as they were before it
  std::uint64_t* frame = nullptr;
  InstanceContext* context = nullptr;
  std::uint64_t int_registers[code::int_registers] = {};
  FloatBits float_registers[code::float_registers] = {};
};

// One entry of the interpreter from the host, on the native stack. They form a chain, innermost first.
struct Activation {
  Activation* previous = nullptr;
  std::uint64_t* frame = nullptr; // of the function that was entered
  // Where this activation is suspended in a host call. While it runs they are what they were, until it asks for a hook.
  code::Word const* suspended_ip = nullptr; // the calling cell; null in a hook
  std::uint64_t* suspended_frame; // these two are set with the cell; to write them before would only take time
  InstanceContext* suspended_context;
  std::uint32_t context_stack_height = 0;
};

// Where guest code is that asks the engine for something.
struct GuestPlace {
  code::Word const* ip = nullptr;
  std::uint64_t* frame = nullptr;
};

// A guest's request to the engine that may take long or fail; installed by the engine so that `execute` need not know
// the rooms above it. A hook answers none, or the reason to trap with.
struct Hooks {
  // Has the function translated and its entry published.
  TrapReason (*translate)(InstanceContext& context, code::FunctionRecord& record) = nullptr;
  // The budget is below 0: refills it, or says out_of_fuel, interrupted or deadline_reached.
  TrapReason (*budget_expired)(InstanceContext& context) = nullptr;
  // https://webassembly.github.io/spec/core/exec/instructions.html#exec-memory-grow
  // `result` gets the old size or -1. A refused growth traps only under trap_on_grow_failure.
  TrapReason (*memory_grow)(InstanceContext& context, GuestPlace place, std::uint32_t memory, std::uint64_t delta,
                            std::uint64_t& result) = nullptr;
  TrapReason (*table_grow)(InstanceContext& context, GuestPlace place, std::uint32_t table, std::uint64_t value,
                           std::uint64_t delta, std::uint64_t& result) = nullptr;
};

// Per store: what all instances of a running computation share.
struct ExecutionState {
  Hooks hooks;
  std::uint64_t* stack_base = nullptr;
  std::uint64_t* stack_limit = nullptr;        // first slot that must not be used
  Activation* activation = nullptr;            // innermost
  std::uint32_t ended_height = 0;              // context_stack_height of the activation that ended with `trap`
  std::vector<InstanceContext*> context_stack; // callers of other instances (code/frame.hpp)

  // Fuel and interruption. While the guest runs, its budget is a part taken from fuel_left (fuel on) or a slice (fuel
  // off). Handlers keep it in a register; where they call anything else it is the current context's `budget`.
  bool fuel_on = false;
  std::int64_t fuel_left = 0;  // not counting what is in `budget`
  std::int64_t fuel_given = 0; // when it was set last
  std::int64_t fuel_short = 0; // what the instruction that ran out of fuel wanted more than there was
  std::int64_t budget = 0;     // while no guest code runs: what the last context left
  std::atomic<bool> interrupt{false};
  bool has_deadline = false;
  std::uint64_t deadline_ns = 0;     // of the monotonic clock
  std::uint64_t deadline_set_ns = 0; // when it was set, by the same clock

  TrapRecord trap;
  // Told of every cell before it is executed, where it is set and the build has WEIR_COUNT_OPS.
  void (*watch)(void* watcher, code::Word const* cell) = nullptr;
  void* watcher = nullptr;
  Store* store = nullptr;
};

// Bytes of memory 0 that are to be copied, or filled with the lowest byte of `from`.
struct ByteRange {
  std::uint64_t to = 0;
  std::uint64_t from = 0;
  std::uint64_t bytes = 0;
};

// What the handlers see of an instance. The context register points here; hot members first.
struct InstanceContext {
  std::uint8_t* memory_base = nullptr; // of memory 0; null without one
  std::uint64_t access_ends[4] = {};   // an access to memory 0 of 1 << i bytes is inside if it starts below the i-th
  std::uint64_t* stack_limit = nullptr;
  Global* own_globals = nullptr;        // the instance's own, in their order
  Global* const* globals = nullptr;     // by global index
  Function* const* functions = nullptr; // by function index
  Table* const* tables = nullptr;
  Memory* const* memories = nullptr;
  ExecutionState* execution = nullptr;
  Instance* instance = nullptr;
  std::uint64_t memory_size = 0;    // bytes
  std::int64_t budget = 0;          // see ExecutionState
  Activation* activation = nullptr; // execution's, at hand; of a context whose function runs, or waits for the host

  void set_memory(std::uint8_t* base, std::uint64_t size) noexcept {
    memory_base = base;
    memory_size = size;
    for (unsigned i = 0; i < std::size(access_ends); ++i) {
      access_ends[i] = size >> i == 0 ? 0 : size - (std::uint64_t{1} << i) + 1;
    }
  }

  // Of `execute` alone: the cells that guest code goes to when it can't go on by itself, and what it leaves for them.
  code::Word const* exits = nullptr;
  code::Word const* stopped_at = nullptr; // the cell that can't go on
  code::Word const* resume = nullptr;     // where to go on after a look at the budget
  std::int64_t charge = 0;                // what that cell will charge again
  Function* callee = nullptr;             // whom it wanted to call
  ByteRange range;                        // the bytes that it wanted to move
};

// A module instance. https://webassembly.github.io/spec/core/exec/runtime.html#module-instances
struct Instance {
  InstanceContext context;
  wasm::Module const* module = nullptr;
  std::shared_ptr<void const> code; // the compiled module, kept alive
  std::vector<Function*> functions;
  std::vector<Table*> tables;
  std::vector<Memory*> memories;
  std::vector<Global*> globals; // behind the imported ones the instance's own, which lie in one array
  // Passive segments. A dropped segment is empty.
  std::vector<base::ByteSpan> data;
  std::vector<std::vector<std::uint64_t>> elements;
  Store* store = nullptr;
};

} // namespace weir::runtime
