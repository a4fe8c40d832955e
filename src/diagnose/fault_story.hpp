// Tells how a bad memory access came about: which load gave the address, in which region that memory is, whether the
// host wrote there, what that write covered, and what to do.
#pragma once

#include <cstdint>
#include <span>

#include <weir/memory_map.hpp>
#include <weir/trap.hpp>

#include "diagnose/provenance.hpp"
#include "runtime/grants.hpp"
#include "runtime/journal.hpp"
#include "wasm/module.hpp"

namespace weir::diagnose {

// A function that was active, and where: at the trapping instruction, or at a call.
struct ActiveCall {
  std::uint32_t function = 0;
  std::uint32_t offset = 0; // of the instruction, from the module's first byte
  SurvivingValues values;
};

struct FaultFacts {
  MemoryAccess access;
  // May be null: not known.
  MemoryMap const* map = nullptr;
  runtime::WriteJournal const* journal = nullptr; // of the memory accessed
  runtime::Grants const* grants = nullptr;        // the same
  std::span<std::uint8_t const> bytes;            // the same, as it is now
};

// `calls` are the trapped function and its callers of the same instance, as far as they are known; at least one.
FaultStory tell_fault(wasm::Module const& module, FaultFacts const& facts, std::span<ActiveCall const> calls);

} // namespace weir::diagnose
