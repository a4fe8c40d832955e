// Memory maps.
#include <memory>

#include "capi/objects.hpp"

struct weir_memory_map_t {
  weir::MemoryMap map;
};

namespace weir::capi {

namespace {

// Whether there is a region to tell of; if not, `out` is zeroed.
bool tell(MemoryRegion const* region, weir_memory_region_t* out) noexcept {
  if (out != nullptr) {
    *out = {};
    out->evidence = "";
    if (region != nullptr) {
      out->begin = region->begin;
      out->end = region->end;
      out->kind = static_cast<weir_region_kind_t>(region->kind);
      out->confidence = static_cast<weir_confidence_t>(region->confidence);
      if (!region->evidence.empty()) {
        out->evidence = region->evidence.front().c_str();
      }
    }
  }
  return region != nullptr;
}

bool tell(std::optional<std::uint64_t> const& address, uint64_t* out) noexcept {
  if (out != nullptr) {
    *out = address.value_or(0);
  }
  return address.has_value();
}

static_assert(WEIR_REGION_NULL_PAGE == static_cast<int>(RegionKind::null_page));
static_assert(WEIR_REGION_UNKNOWN == static_cast<int>(RegionKind::unknown));
static_assert(WEIR_CONFIDENCE_CERTAIN == static_cast<int>(Confidence::certain));

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

weir_error_t* weir_memory_map_new(wasm_module_t const* module, uint32_t memory, weir_memory_map_t** out) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> weir::Result<void> {
    if (module == nullptr) {
      return std::unexpected(null_argument("weir_memory_map_new", "module"));
    }
    auto map = module->object->module.memory_map(memory);
    if (!map.has_value()) {
      return std::unexpected(std::move(map).error());
    }
    if (out != nullptr) {
      *out = std::make_unique<weir_memory_map_t>(*std::move(map)).release();
    }
    return {};
  });
}

void weir_memory_map_delete(weir_memory_map_t* map) { delete map; }

char const* weir_region_kind_name(weir_region_kind_t kind) {
  return kind <= WEIR_REGION_UNKNOWN ? to_string(static_cast<weir::RegionKind>(kind)) : "";
}

size_t weir_memory_map_region_count(weir_memory_map_t const* map) {
  return map != nullptr ? map->map.regions.size() : 0;
}

bool weir_memory_map_region(weir_memory_map_t const* map, size_t index, weir_memory_region_t* out) {
  return tell(map != nullptr && index < map->map.regions.size() ? &map->map.regions[index] : nullptr, out);
}

bool weir_memory_map_find(weir_memory_map_t const* map, uint64_t address, weir_memory_region_t* out) {
  return tell(map != nullptr ? map->map.find(address) : nullptr, out);
}

bool weir_memory_map_data_end(weir_memory_map_t const* map, uint64_t* out) {
  return tell(map != nullptr ? map->map.data_end : std::nullopt, out);
}

bool weir_memory_map_heap_base(weir_memory_map_t const* map, uint64_t* out) {
  return tell(map != nullptr ? map->map.heap_base : std::nullopt, out);
}

char const* weir_memory_map_toolchain(weir_memory_map_t const* map) {
  return map != nullptr ? map->map.toolchain.c_str() : "";
}

char const* weir_memory_map_layout(weir_memory_map_t const* map) {
  return map != nullptr ? to_string(map->map.layout) : "";
}

char const* weir_memory_map_advice(weir_memory_map_t const* map, size_t index) {
  return map != nullptr && index < map->map.advice.size() ? map->map.advice[index].text.c_str() : nullptr;
}

} // extern "C"
