// What a module's code shows of its memory: which global is the stack pointer, and which addresses it uses.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "wasm/module.hpp"

namespace weir::diagnose {

// How a constant shows itself to be an address.
enum class Reference : std::uint8_t {
  weak,   // it could be a number as well
  used,   // it is the address of a load or store, or big and added to one
  linked, // a linker wrote it into a field of the widest size, as it does for addresses only
};

// A constant that falls into the range searched.
struct AddressUse {
  std::uint64_t address = 0;
  std::uint32_t size = 0; // bytes accessed there; 0 if only the address was taken, or something was added to it
  Reference kind = Reference::weak;
};

// How the code uses a mutable global.
struct StackPointerUse {
  std::uint32_t global = 0;
  std::uint32_t functions = 0;     // that subtract a constant from it
  std::uint32_t writers = 0;       // of these, those that write the difference back
  std::uint32_t accesses = 0;      // loads and stores at such a difference
  std::uint64_t largest_frame = 0; // the greatest constant subtracted
  std::uint64_t compared_with = 0; // the constant that it is most lately compared with; 0: none
};

struct CodeEvidence {
  std::vector<StackPointerUse> stack_pointers; // candidates, the most used first
  std::vector<AddressUse> uses;                // in order of address, one for each address and size
  bool is_linked = false;                      // addresses carry a linker's mark, so others are numbers
  bool grows = false;                          // memory.grow occurs
  bool uses_low_addresses = false;             // loads or stores at constant addresses below the range `low`
  // Constants, in the range searched, that are stored at constant addresses: (where to, what).
  std::vector<std::pair<std::uint64_t, std::uint64_t>> stored_addresses;
  // Ranges that memory.init and memory.fill write at constant addresses (programs with threads are set up so).
  std::vector<std::pair<std::uint64_t, std::uint64_t>> initialised;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> zeroed;
};

struct CodeQuery {
  std::uint32_t memory = 0;
  std::uint64_t begin = 0; // of the range in which addresses are collected
  std::uint64_t end = 0;
  std::uint64_t low = 0; // where the guest's memory seems to begin
};

// Reads all function bodies once. Ill-formed ones count up to where they are well-formed.
CodeEvidence read_code(wasm::Module const& module, CodeQuery const& query);

} // namespace weir::diagnose
