#include "diagnose/run_time_map.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::diagnose {

namespace {

// Takes [begin, end) from the regions that are there.
void carve(std::vector<MemoryRegion>& regions, MemoryRegion const& part) {
  std::vector<MemoryRegion> result;
  for (auto const& region : regions) {
    auto before = region;
    before.end = std::min(region.end, part.begin);
    auto after = region;
    after.begin = std::max(region.begin, part.end);
    for (auto& piece : {&before, &after}) {
      if (piece->begin < piece->end) {
        result.push_back(std::move(*piece));
      }
    }
  }
  result.push_back(part);
  std::ranges::sort(result, {}, &MemoryRegion::begin);
  regions = std::move(result);
}

} // namespace

MemoryMap at_run_time(MemoryMap map, std::uint64_t size, std::vector<MemoryRange> const& host_grown) {
  if (map.layout == MemoryLayout::position_independent) {
    map.regions.clear();
    return map;
  }
  if (size > map.initial_size) {
    if (!map.regions.empty() && map.regions.back().kind == RegionKind::heap) {
      map.regions.back().end = std::max(map.regions.back().end, size);
    } else {
      map.regions.push_back({.begin = map.initial_size, .end = size, .evidence = {}});
    }
  }
  for (auto const& range : host_grown) {
    carve(map.regions, {.kind = RegionKind::host_grown,
                        .begin = range.address,
                        .end = range.address + range.size,
                        .confidence = Confidence::certain,
                        .evidence = {"the host grew the memory there (Memory::grow)"}});
  }
  return map;
}

} // namespace weir::diagnose
