// Where a bad address came from, told after the fact by the code of the function that used it and by what survives: a
// memory instruction's address operand is followed back to the load that produced it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wasm/module.hpp"

namespace weir::diagnose {

// What is known of the function's values at the instruction. Functions that are not set know nothing.
struct SurvivingValues {
  std::function<std::optional<std::uint64_t>(std::uint32_t local)> value_of_local;
  std::function<std::optional<std::uint64_t>(std::uint32_t global)> value_of_global;
  // Reads `size` bytes (1 to 8), little endian; nothing if they are not in the memory.
  std::function<std::optional<std::uint64_t>(std::uint32_t memory, std::uint64_t address, std::uint32_t size)>
      read_memory;
};

// Which value is asked for: an operand of an instruction. Of loads and stores, operand 0 is the address; of bulk
// operations it is the destination, and 1 the source; of calls these are the arguments.
struct ProvenanceQuery {
  std::uint32_t function = 0; // defined in the module
  std::uint32_t offset = 0;   // of the instruction, from the module's first byte
  std::uint32_t operand = 0;
  std::optional<std::uint64_t> value; // what the operand was, if that is known
};

// A load that a value came from.
struct LoadOrigin {
  std::uint32_t offset = 0; // of the load, from the module's first byte
  std::uint32_t memory = 0;
  std::uint64_t address = 0;          // it read from here
  std::uint32_t size = 0;             // bytes
  std::optional<std::uint64_t> value; // what is there now
  // What is there now gives the operand's value. Otherwise something was written there since.
  bool is_confirmed = false;
};

struct Provenance {
  enum class Kind : std::uint8_t {
    loaded,      // loads: the first one gave the value, the second one the address of the first, and so on
    parameter,   // index: passed by the caller, perhaps with something added
    call_result, // index: the function that returned it
    constant,    // the code itself has it
    global,      // index
  };
  Kind kind = Kind::loaded;
  std::uint32_t index = 0;
  std::optional<std::uint64_t> passed; // parameter: its value, if that is still known
  std::vector<LoadOrigin> loads;
  std::string how; // in words: "i32.load at 0x1b3 through local 3"
};

// Nothing if the code does not tell. Time is bounded by the function's size. Never more than a few loads.
std::optional<Provenance> find_provenance(wasm::Module const& module, ProvenanceQuery const& query,
                                          SurvivingValues const& values);

} // namespace weir::diagnose
