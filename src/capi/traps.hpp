// Traps of calls, and frames.
#pragma once

#include <memory>
#include <span>

#include "capi/objects.hpp"

namespace weir::capi {

// The reference for functions that must give a trap when there is no memory for one. It has no store, and deleting it
// does nothing.
wasm_trap_t* out_of_memory_trap() noexcept;

// The trap of a call into the store that failed: never null.
wasm_trap_t* call_trap(StorePtr const& store, Error error) noexcept;
// The same as an error object.
weir_error_t* call_error(StorePtr const& store, Error error) noexcept;

// A vector of frames, each with its instance.
Result<void> frames_to_vec(StorePtr const& store, std::span<TrapFrame const> frames, wasm_frame_vec_t* out);

} // namespace weir::capi
