#include "diagnose/limit_story.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "diagnose/memory_text.hpp"
#include "diagnose/trap_message.hpp"
#include "wasm/limits.hpp"

namespace weir::diagnose {

namespace {

constexpr std::uint64_t page = wasm::limits::page_bytes;

// What the guest did with the answer -1, as far as the address tells. Empty: the access tells nothing.
std::string access_clue(RefusedGrowth const& growth, MemoryAccess const& access) {
  if (growth.is_table) {
    return {};
  }
  // A guest of 32 bits that takes -1 pages for an address, and adds something to it.
  constexpr std::uint64_t minus_one_page = 0x100000000 - page;
  if (access.memory == growth.index && access.base >= minus_one_page && access.base <= 0xFFFFFFFF) {
    return "the bad pointer is made of the -1 that it gave";
  }
  if (access.base == 0) {
    return "the bad pointer is null, which allocators give when memory cannot grow";
  }
  std::uint64_t const wanted = access.memory_size + growth.by * page; // what it asked for, wherever it came to lie
  if (access.memory == growth.index && access.address >= access.memory_size && access.address < wanted &&
      growth.by < wanted) {
    return "the access lies where the memory would have been that it asked for";
  }
  return {};
}

std::string clue_text(RefusedGrowth const& growth, RefusalClues const& clues) {
  switch (clues.reason) {
  case TrapReason::out_of_bounds_memory:
    return clues.access.has_value() ? access_clue(growth, *clues.access) : std::string{};
  case TrapReason::unreachable: return "guests give up with `unreachable` when an allocation fails";
  case TrapReason::uninitialized_element:
  case TrapReason::undefined_element:
  case TrapReason::indirect_call_type_mismatch:
    return "a failed allocation leaves null pointers, and a function was called through a bad one";
  case TrapReason::out_of_bounds_table:
    return growth.is_table ? "the access is to a table that did not grow" : std::string{};
  default: return {};
  }
}

std::string cure_text(RefusedGrowth const& growth) {
  switch (growth.facts.limit) {
  case LimitKind::memory_size:
  case LimitKind::total_memory:
  case LimitKind::table_elements:
    return fmt::format("raise {}, or give the guest less to do at once", to_string(growth.facts.limit));
  case LimitKind::declared_maximum:
    return growth.is_table ? "the module declares how many elements its table may have: build it with more"
                           : "the module declares how large its memory may get: link it with a larger --max-memory";
  case LimitKind::format_maximum: return "the guest is at the end of what WebAssembly can address";
  case LimitKind::pinned: return "do not call the guest inside Memory::with_mutable";
  case LimitKind::limiter: return "the ResourceLimiter of this store decides: let it allow more";
  default: return "the machine is out of memory: give it more, or the guest less to do at once";
  }
}

std::string count_text(RefusedGrowth const& growth) {
  char const* const what = growth.is_table ? "element" : "page";
  return fmt::format("{} {}{}", growth.by, what, growth.by == 1 ? "" : "s");
}

void tell_not_reached(FaultStory& story, char const* what, std::uint64_t limit, std::uint64_t in_use) {
  if (in_use < limit) {
    story.lines.push_back(
        fmt::format("note: {} ({}) was not reached: {} in use", what, size_text(limit), size_text(in_use)));
  } else {
    story.lines.push_back(
        fmt::format("note: {} ({}) is used up, but no growth was refused in this call", what, size_text(limit)));
  }
}

} // namespace

void tell_refused_growths(FaultStory& story, RefusalClues const& clues) {
  auto const& all = story.refused_growths;
  if (all.empty() || clues.reason == TrapReason::growth_refused) {
    return; // the trap's own message says it
  }
  constexpr std::size_t most = 3;
  std::size_t const shown = std::min(all.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    auto const& growth = all[all.size() - 1 - i];
    story.lines.push_back(fmt::format("{}{} of {} was {}{}", i == 0 ? "in this call " : "before that ",
                                      growth.is_table ? "table.grow" : "memory.grow", count_text(growth),
                                      growth.refusal,
                                      growth.times == 1 ? "" : fmt::format(" ({} times)", growth.times)));
    if (!growth.frames.empty()) {
      story.lines.push_back(fmt::format("  asked by {}", frames_text(growth.frames, i == 0 ? 4 : 2)));
    }
    if (i != 0) {
      continue;
    }
    auto const clue = story.host_write.has_value() ? std::string{} : clue_text(growth, clues);
    story.is_growth_likely_cause = !clue.empty();
    if (story.is_growth_likely_cause) {
      story.lines.push_back("  that is the likely cause: " + clue);
    }
  }
  if (all.size() > shown) {
    story.lines.push_back(fmt::format("and {} more before", all.size() - shown));
  }
  if (story.is_growth_likely_cause) {
    story.lines.push_back("help: " + cure_text(all.back()));
  }
}

void tell_limits_not_reached(FaultStory& story, MemoryUse const& use) {
  if (!story.refused_growths.empty()) {
    return;
  }
  if (use.memory_limit.has_value()) {
    tell_not_reached(story, "the memory limit", *use.memory_limit, use.memory);
  }
  bool const says_more =
      use.total_limit.has_value() && (use.total_limit != use.memory_limit || use.all_memories != use.memory);
  if (says_more) {
    tell_not_reached(story, "the limit on all memories together", *use.total_limit, use.all_memories);
  }
}

} // namespace weir::diagnose
