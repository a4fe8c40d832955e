// The map of a memory as it is while its guest runs.
#pragma once

#include <cstdint>
#include <vector>

#include <weir/memory_map.hpp>
#include <weir/types.hpp>

namespace weir::diagnose {

// The module's map, brought up to the memory's size: what the guest grew goes on as its heap, what the host grew is
// `host_grown` (in the order of addresses). Without regions if the module's addresses are relative.
MemoryMap at_run_time(MemoryMap map, std::uint64_t size, std::vector<MemoryRange> const& host_grown);

} // namespace weir::diagnose
