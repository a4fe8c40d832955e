// Walks the value stack: which calls are active, innermost first. What it relies on stands in code/frame.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "code/function_code.hpp"
#include "runtime/context.hpp"

namespace weir::diagnose {

// One active guest call.
struct StackFrame {
  runtime::Instance const* instance = nullptr;
  code::FunctionRecord const* record = nullptr;
  code::Word const* cell = nullptr; // where it is: the trapping or the calling cell
  std::uint64_t* frame = nullptr;
  std::optional<std::uint32_t> offset; // of the Wasm instruction, from the module's first byte
  bool calls_host = false;             // a host function was called here and stands above this frame
};

// The guest calls of an entry that has ended with a trap: they are not in the chain of activations any more.
struct EndedEntry {
  std::uint64_t* first_frame = nullptr;   // of the function that was entered
  std::uint32_t context_stack_height = 0; // at the entry
  bool in_host = false;                   // it ended in a host function
};

struct Walk {
  runtime::ExecutionState const* execution = nullptr;
  // The handler of restore_context cells in this store's code.
  code::Word restore_context = 0;
  // The function of an instance's module whose code holds the cell; null if none does.
  code::FunctionRecord const* (*find_code)(runtime::Instance const& instance, code::Word const* cell) = nullptr;
};

// Whether the walk is to go on.
using Visit = std::function<bool(StackFrame const&)>;

// Visits every active guest call, innermost first: of the ended entry (its trap is in execution->trap), if one is
// given, then of the chain of activations. Stops early where the stack makes no sense.
void walk_stack(Walk const& walk, EndedEntry const* ended, Visit const& visit);

// The same while guest code runs: from `place`, which is of an instance with this context.
void walk_running_stack(Walk const& walk, runtime::GuestPlace place, runtime::InstanceContext const& context,
                        Visit const& visit);

} // namespace weir::diagnose
