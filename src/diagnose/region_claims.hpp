// Claims on ranges of memory, made one after the other: a later one gets only what is still free.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/memory_map.hpp>

namespace weir::diagnose {

class RegionClaims {
 public:
  // Claims the free parts of region's range, all with its evidence. Nothing if the range is empty.
  void add(MemoryRegion region);

  // Covers [0, size): what nobody claimed becomes `unknown`, what is behind `size` is cut off, and touching regions of
  // one kind that rest on the same evidence are joined.
  std::vector<MemoryRegion> take(std::uint64_t size) &&;

 private:
  std::vector<MemoryRegion> regions_; // in order of address, disjoint
};

} // namespace weir::diagnose
