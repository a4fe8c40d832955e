// Tells which growths were refused before a guest trapped, and whether one of them is the likely cause.
#pragma once

#include <cstdint>
#include <optional>

#include <weir/trap.hpp>

namespace weir::diagnose {

// Besides the refusals themselves, which are in the story.
struct RefusalClues {
  TrapReason reason = TrapReason::none;
  std::optional<MemoryAccess> access; // of out_of_bounds_memory
};

// Limits on the memory that was accessed, as far as there are any, and what is in use. Bytes.
struct MemoryUse {
  std::uint64_t memory = 0;
  std::uint64_t all_memories = 0;
  std::optional<std::uint64_t> memory_limit;
  std::optional<std::uint64_t> total_limit;
};

// Adds to the story's lines what story.refused_growths say, and judges the newest one. A host write that explains the
// trap (story.host_write) goes before.
void tell_refused_growths(FaultStory& story, RefusalClues const& clues);

// Adds that limits were not the cause, where none was reached and nothing was refused.
void tell_limits_not_reached(FaultStory& story, MemoryUse const& use);

} // namespace weir::diagnose
