// Says that read-only data of a guest was changed: where, by whom, and what to do.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <weir/memory_map.hpp>
#include <weir/types.hpp>

#include "runtime/journal.hpp"

namespace weir::diagnose {

struct ReadOnlyFacts {
  MemoryRange range; // that was changed, not empty
  std::span<std::byte const> was;
  std::span<std::byte const> is;
  bool is_by_guest = false; // else by the host
  // The host function that changed it, or before whose call the guest did; empty: none, the host outside of any call,
  // or the guest in a call that has ended.
  std::string host_function;
  runtime::WriteJournal::Entry const* write = nullptr; // the host's last one there, if one is known
};

struct ReadOnlyText {
  std::string headline;           // "96 bytes at 0x100000, in the read-only data"
  std::vector<std::string> lines; // behind it, for reports
};

ReadOnlyText read_only_text(ReadOnlyFacts const& facts, MemoryMap const& map);

} // namespace weir::diagnose
