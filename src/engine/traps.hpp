// From a trap in the interpreter to the error that the embedder gets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "engine/store_data.hpp"

namespace weir::engine {

// Where the host called a function that ended with a trap.
struct CallPoint {
  runtime::Function* function = nullptr;
  std::uint64_t* frame = nullptr;         // on the value stack; null if the function was not entered
  std::uint32_t context_stack_height = 0; // before the call
  bool is_host = false;                   // the function was a host function
};

// The error for a call that ended with `reason`: with backtrace and, where there are, the facts of a memory access. A
// host function's own error (store.pending) is kept and gets the backtrace; one that has a trap already is handed on.
Error trap_error(detail::StoreData& store, TrapReason reason, CallPoint const& point);

// The error that ends a host function whose guest is to stop (runtime::stop_requested), with the backtrace of now.
Error stop_error(detail::StoreData& store, TrapReason reason);

// A trap of instantiation itself.
Error segment_error(TrapReason reason, std::string message);

// The active calls of the store.
std::vector<TrapFrame> backtrace_now(detail::StoreData& store);

} // namespace weir::engine
