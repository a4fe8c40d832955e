#include "diagnose/region_claims.hpp"

#include <algorithm>
#include <utility>

namespace weir::diagnose {

void RegionClaims::add(MemoryRegion region) {
  auto at = std::ranges::lower_bound(regions_, region.begin, {}, &MemoryRegion::end);
  while (region.begin < region.end) {
    if (at != regions_.end() && at->begin <= region.begin) {
      region.begin = std::max(region.begin, at->end);
      ++at;
      continue;
    }
    MemoryRegion free = region;
    free.end = at == regions_.end() ? region.end : std::min(region.end, at->begin);
    region.begin = free.end;
    at = regions_.insert(at, std::move(free)) + 1;
  }
}

std::vector<MemoryRegion> RegionClaims::take(std::uint64_t size) && {
  std::vector<MemoryRegion> covered;
  std::uint64_t at = 0;
  auto const fill = [&](std::uint64_t end) {
    if (at < end) {
      covered.push_back({RegionKind::unknown, at, end, Confidence::guess, {"nothing in the module tells what it is"}});
      at = end;
    }
  };
  for (auto& region : regions_) {
    if (region.begin >= size) {
      break;
    }
    fill(region.begin);
    region.end = std::min(region.end, size);
    at = region.end;
    bool const joins = !covered.empty() && covered.back().kind == region.kind && covered.back().end == region.begin &&
                       covered.back().evidence == region.evidence;
    if (joins) {
      covered.back().end = region.end;
    } else {
      covered.push_back(std::move(region));
    }
  }
  fill(size);
  return covered;
}

} // namespace weir::diagnose
