// Infers what lies where in a module's memory. docs/memory.md says what counts as evidence, and in which order.
#pragma once

#include <cstdint>

#include <weir/memory_map.hpp>

#include "wasm/module.hpp"

namespace weir::diagnose {

// The map of the memory with this index. The module must be decoded and validated; its function bodies may be anything,
// for they are validated late. Nothing in the module is trusted: statements that contradict each other, or the data
// segments, are dropped and said so in the advice. Takes time and memory in proportion to the module's size.
// Precondition: memory < module.memories.size().
MemoryMap infer_memory_map(wasm::Module const& module, std::uint32_t memory);

} // namespace weir::diagnose
