// Memory maps, drawn for people and written for programs.
#pragma once

#include <span>
#include <string>

#include <weir/memory_map.hpp>

#include "base/json_writer.hpp"

namespace weir::tools {

// A table with a bar for each region, its evidence, and the advice. Empty if there are no maps.
std::string draw_memory_maps(std::span<MemoryMap const> maps);

// The array "memory_maps".
void write_memory_maps(base::JsonWriter& json, std::span<MemoryMap const> maps);

} // namespace weir::tools
