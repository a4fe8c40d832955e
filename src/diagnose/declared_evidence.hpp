// What a module says about its memory: the dylink.0 section, exports that linkers make, names, data segments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/module.hpp"

namespace weir::diagnose {

// An address that the linker gave a name.
struct Symbol {
  std::uint64_t address = 0;
  std::string source; // "the export __heap_base"
};

struct Symbols {
  std::optional<Symbol> heap_base;
  std::optional<Symbol> heap_end;
  std::optional<Symbol> data_end;
  std::optional<Symbol> stack_low;
  std::optional<Symbol> stack_high;
  std::optional<Symbol> global_base;
  std::optional<Symbol> tls_base;
  // The global called __stack_pointer.
  std::optional<std::uint32_t> stack_pointer;
  std::string stack_pointer_source;
};

// From exported globals and functions, then from the name section.
Symbols find_symbols(wasm::Module const& module);

// What the dylink.0 section's MEM_INFO asks for.
struct DynamicMemory {
  std::uint64_t size = 0;
  std::uint32_t alignment = 0; // as a power of two
};
std::optional<DynamicMemory> find_dynamic_memory(wasm::Module const& module);

// The imported global __memory_base, to which the module's addresses are relative.
std::optional<std::uint32_t> find_memory_base(wasm::Module const& module);

// A data segment whose place is known.
struct PlacedSegment {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint32_t index = 0;
  bool is_read_only = false; // by its name
};

struct Segments {
  std::vector<PlacedSegment> placed; // not empty ones; in order of address
  std::uint32_t outside = 0;         // active segments that do not fit the memory
  std::uint32_t unplaced = 0;        // active segments whose offset is not known
};

// Active segments of the memory, which has `size` bytes. The global `memory_base`, if there is one, counts as 0.
Segments find_segments(wasm::Module const& module, std::uint32_t memory, std::uint64_t size,
                       std::optional<std::uint32_t> memory_base);

// Whether a data segment's name means constants.
bool is_read_only_name(std::string_view name) noexcept;

// A constant expression's integer value: constants, sums, and immutable globals of the module. The global
// `memory_base`, if there is one, counts as 0. Nothing if the value is not known before instantiation.
std::optional<std::uint64_t> value_of(wasm::Module const& module, wasm::ConstantExpression const& expression,
                                      std::optional<std::uint32_t> memory_base = {});

} // namespace weir::diagnose
