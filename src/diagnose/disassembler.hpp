// Translated code as text: one line a cell, for `weir dump`, for tests, and for whoever looks for a fault.
//
//       0  0x0025  enter            pins r1=slot 0, zero slot 2..3, frame 9 slots
//   L1:
//       5          set_loop
//       6  0x002f  i32_add          r1, r1, #1
//
// The columns are the cell's position in words from the function's first one, the Wasm offset where the source map has
// an entry for the cell, the operation, and its operands by place: slots, registers, immediates. Branch targets are
// labels; `loop` marks branches that go through the loop register.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "code/cell.hpp"
#include "code/function_code.hpp"
#include "code/ops.hpp"
#include "code/source_map.hpp"

namespace weir::diagnose {

// What a cell is; the backend that it was encoded for knows.
struct CellIdentity {
  code::Op op{};
  int form = 0;
  int words = 1; // of the whole cell, entries behind it included
};
using IdentifyCell = std::function<CellIdentity(code::Word const* cell)>;

// The name of the local that lives in a slot, or nothing.
using NameSlot = std::function<std::string(std::uint32_t slot)>;

struct DisassemblyInput {
  std::span<code::Word const> words;
  code::SourceMap const* source_map = nullptr; // may be null
  NameSlot name_slot;                          // may be empty
  std::uint32_t param_slots = 0;               // slots are counted from the frame's first one, whose number this tells
  std::uint32_t imported_globals = 0;          // the instance's own are counted behind these
};

// Preconditions: the words are whole cells; records that call cells name are alive.
std::string disassemble(DisassemblyInput const& input, IdentifyCell const& identify);

} // namespace weir::diagnose
