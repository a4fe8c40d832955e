// What lies where in a guest's linear memory: shadow stack, static data, .bss, heap. A module does not say so itself;
// the map is inferred from what it offers, and every region carries its evidence. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <weir/export.hpp>

namespace weir {

enum class RegionKind : std::uint8_t {
  null_page,      // below the first byte that the guest uses, so that a null pointer points nowhere
  stack,          // the compiler's shadow stack; grows down
  static_data,    // initialised by data segments (constants and variables)
  read_only_data, // the same, and by name only constants
  bss,            // zero at the start, for variables: the allocator's state is usually among them
  heap,           // handed out by the guest's allocator
  host_grown,     // added by the host with Memory::grow; known at run time only
  unknown,        // nothing tells
};
// "stack", "static data", ".bss", ...
WEIR_API char const* to_string(RegionKind kind) noexcept;

// How far a statement of the map can be trusted.
enum class Confidence : std::uint8_t {
  guess,   // plausible, by what compilers usually do
  likely,  // several signs agree, or code shows it
  certain, // the module says so, by its linker's symbols or its data segments
};
WEIR_API char const* to_string(Confidence confidence) noexcept;

// [begin, end), never empty.
struct MemoryRegion {
  RegionKind kind = RegionKind::unknown;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Confidence confidence = Confidence::guess;
  std::vector<std::string> evidence; // sentences without control characters, the strongest first

  std::uint64_t size() const noexcept { return end - begin; }
  bool contains(std::uint64_t address) const noexcept { return address >= begin && address < end; }
};

enum class MemoryLayout : std::uint8_t {
  unknown,
  stack_first,          // stack, data, heap: a stack overflow passes address 0 and traps
  data_first,           // data, stack, heap: a stack overflow silently overwrites data
  no_stack,             // no shadow stack was found
  position_independent, // placed by whoever instantiates the module; addresses are relative to __memory_base
};
WEIR_API char const* to_string(MemoryLayout layout) noexcept;

struct StackPointer {
  std::uint32_t global = 0;
  std::optional<std::uint64_t> initial; // nothing if the global is imported
  Confidence confidence = Confidence::guess;
  std::uint32_t functions = 0;     // that make room on the stack through it
  std::uint64_t largest_frame = 0; // bytes, of those functions
  std::string evidence;
};

// Exported functions that look like an allocator, by name and signature.
struct AllocatorCandidate {
  std::string allocate;
  std::string release;    // empty: none was found
  std::string reallocate; // empty: none was found
  // Whether the names mean an allocator by themselves (malloc and free); init and deinit may be anything.
  bool is_unambiguous = false;
};

// What would make the guest safer to embed, or easier to diagnose.
struct MemoryAdvice {
  std::string id; // a short name that stays the same: "data-first"
  std::string text;
};

// The map of one memory of a module, as it is after instantiation.
struct MemoryMap {
  std::uint32_t memory = 0;
  bool is_64 = false;
  std::uint64_t initial_size = 0;            // bytes
  std::optional<std::uint64_t> maximum_size; // bytes
  MemoryLayout layout = MemoryLayout::unknown;
  // In order of address. Without gaps from 0 to initial_size; for position-independent modules from 0 to the size that
  // the module asks for, relative to __memory_base.
  std::vector<MemoryRegion> regions;

  std::optional<StackPointer> stack_pointer;
  std::optional<std::uint64_t> data_end;      // the first address behind static data and .bss
  std::optional<std::uint64_t> heap_base;     // the first address of the heap
  std::string toolchain;                      // "rustc 1.63.0"; empty if nothing tells
  std::vector<AllocatorCandidate> allocators; // the most trustworthy first
  std::vector<MemoryAdvice> advice;

  // The region that holds the address. Behind the initial size that is the heap, if it reaches so far: the guest has
  // grown its memory. Null: no region holds it.
  MemoryRegion const* find(std::uint64_t address) const noexcept {
    for (auto const& region : regions) {
      if (region.contains(address)) {
        return &region;
      }
    }
    bool const is_grown = !regions.empty() && address >= initial_size && regions.back().kind == RegionKind::heap &&
                          layout != MemoryLayout::position_independent;
    return is_grown ? &regions.back() : nullptr;
  }
};

} // namespace weir
