// Tells how a bad memory access came about: which load gave the address, in which region that memory is, whether the
// host wrote there, what that write covered, and what to do.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/memory_map.hpp>
#include <weir/trap.hpp>

#include "diagnose/provenance.hpp"
#include "runtime/journal.hpp"
#include "wasm/module.hpp"

namespace weir::diagnose {

struct FaultFacts {
  std::uint32_t function = 0;
  std::uint32_t offset = 0; // of the instruction, from the module's first byte
  MemoryAccess access;
  // May be null: not known.
  MemoryMap const* map = nullptr;
  runtime::WriteJournal const* journal = nullptr; // of the memory accessed
  // A limit on the memory, if there is one: bytes.
  std::optional<std::uint64_t> memory_limit;
};

FaultStory tell_fault(wasm::Module const& module, FaultFacts const& facts, SurvivingValues const& values);

} // namespace weir::diagnose
