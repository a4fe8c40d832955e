// What translation makes of a function, and the record by which calls find it.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "code/cell.hpp"
#include "code/source_map.hpp"

namespace weir::code {

// The translated code of one function, as the translator leaves it: position-independent (branch distances are
// relative). Words and source map are the translator's, until it translates the next function.
struct FunctionCode {
  std::span<Word const> words;
  SourceMap source_map;
  std::uint32_t frame_slots = 0; // whole frame
  std::uint32_t param_slots = 0; // of these, the parameters'
  std::uint32_t first_local = 0; // slot of the first declared local
  std::uint32_t first_operand = 0;
};

// One per function defined in a module; owned by the module's code, shared by all instances and threads. Call cells
// hold its address. `entry` first leads to the record's own `stub` (a translate cell: lazy translation); the engine
// publishes the real entry with release order, once. Cells are never patched.
struct FunctionRecord {
  std::atomic<Word const*> entry{nullptr};
  Word stub[2]{};             // the translate cell: handler; b = function index
  void* module = nullptr;     // the engine's compiled module (for the translate hook)
  std::uint32_t function = 0; // index in the module's function index space
  std::uint32_t type_id = 0;  // canonical type of the Engine

  // Filled before `entry` is published; stack walking and diagnosis use them.
  Word const* code_begin = nullptr;
  Word const* code_end = nullptr;
  SourceMap source_map;
  std::uint32_t frame_slots = 0;
  std::uint32_t param_slots = 0;
  std::uint32_t first_local = 0;
  std::uint32_t first_operand = 0;
};

} // namespace weir::code
