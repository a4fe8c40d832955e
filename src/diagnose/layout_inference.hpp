// The reasoning from evidence to regions, step by step. region_map.cpp goes through the steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <weir/memory_map.hpp>

#include "diagnose/code_evidence.hpp"
#include "diagnose/declared_evidence.hpp"
#include "wasm/module.hpp"

namespace weir::diagnose {

// An address, and how it is known.
struct Bound {
  std::uint64_t address = 0;
  Confidence confidence = Confidence::guess;
  std::string evidence;
};

inline constexpr std::uint64_t stack_alignment = 16;    // of LLVM's stacks and heaps
inline constexpr std::uint64_t default_stack = 0x10000; // of LLVM's linker, in bytes
inline constexpr std::uint64_t default_data = 1024; // where LLVM's linker puts the first data, without --stack-first

// Saturates.
std::uint64_t align_up(std::uint64_t address, std::uint64_t alignment) noexcept;

// The global that is the stack pointer: by name, else by use. Statements that the memory's size or the data segments
// refute do not count. `is_llvm`: LLVM's linker made the module, which defines that global before all others, used or
// not. `dropped` is told of a name that cannot be true.
std::optional<StackPointer> find_stack_pointer(wasm::Module const& module, Symbols const& symbols,
                                               CodeEvidence const& code, std::span<PlacedSegment const> segments,
                                               std::uint64_t size, bool is_llvm, std::vector<std::string>& dropped);

// Where the last variable in [begin, end) that code mentions ends. `heap_ends_there`: a heap may lie between, up to
// `end`.
std::optional<Bound> find_bss_end(CodeEvidence const& code, std::uint64_t begin, std::uint64_t end,
                                  bool heap_ends_there);

// Where a stack that grows down from `high`, behind data and .bss from `data_end` on, ends.
Bound find_stack_low(CodeEvidence const& code, std::uint64_t high, std::uint64_t data_end, StackPointerUse const* use);

// Drops symbols that contradict the size or the segments, or each other, and says so.
void drop_false_symbols(Symbols& symbols, std::span<PlacedSegment const> segments, std::uint64_t size,
                        std::vector<std::string>& dropped);

} // namespace weir::diagnose
