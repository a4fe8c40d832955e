// Says what is wrong with a write of the host, and how it is done right.
#pragma once

#include <optional>
#include <source_location>
#include <string>

#include <weir/memory_map.hpp>
#include <weir/types.hpp>

namespace weir::diagnose {

struct HostWriteFacts {
  MemoryRange write;                  // not empty
  std::optional<MemoryRange> granted; // the range that the guest handed out and that holds the first byte
  char const* api = nullptr;          // "Memory::write"
  std::source_location where;
  bool is_denied = false; // else only warned of
};

// Of a write that nothing allows: which regions it destroys, by the map, and the cure. Several lines.
std::string host_write_text(HostWriteFacts const& facts, MemoryMap const& map);

} // namespace weir::diagnose
