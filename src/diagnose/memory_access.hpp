// The facts of a memory access that trapped: recovered from the cell, the registers and the Wasm instruction.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/trap.hpp>

#include "code/ops.hpp"
#include "runtime/context.hpp"

namespace weir::diagnose {

// The trapped cell's operation and form, and the Wasm instruction's offset in the module's bytes. Nothing if the cell
// is no memory access, or its access was inside (memory.init may also trap for its data segment).
std::optional<MemoryAccess> find_memory_access(runtime::TrapRecord const& trap, code::Op op, int form,
                                               std::uint32_t wasm_offset);

// The element of a table that a trapped call_indirect asked for. Nothing if the cell is something else.
struct ElementAccess {
  std::uint32_t table = 0;
  std::uint64_t element = 0;
  std::uint64_t table_size = 0;
};
std::optional<ElementAccess> find_element_access(runtime::TrapRecord const& trap, code::Op op, int form);

} // namespace weir::diagnose
