#include "memory_maps.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace weir::tools {

namespace {

constexpr std::size_t bar_width = 40;
constexpr std::size_t most_evidence = 4;

// "576 bytes", "64 KiB", "1.1 MiB"
std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) {
    return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  }
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < std::size(units)) {
    size /= 1024;
    ++unit;
  }
  std::string number = fmt::format("{:.1f}", size);
  if (number.ends_with(".0")) {
    number.resize(number.size() - 2);
  }
  return fmt::format("{} {}", number, units[unit]);
}

std::uint64_t end_of(MemoryMap const& map) noexcept { return map.regions.empty() ? 0 : map.regions.back().end; }

std::string bar(MemoryRegion const& region, std::uint64_t whole) {
  // In order not to overflow, by shares of the whole.
  double const share = static_cast<double>(region.size()) / static_cast<double>(whole);
  auto const width = static_cast<std::size_t>(std::lround(share * bar_width));
  return std::string(std::max<std::size_t>(width, 1), '#');
}

void draw_regions(MemoryMap const& map, std::string& out) {
  std::size_t const digits = fmt::format("{:#x}", end_of(map)).size();
  for (auto const& region : map.regions) {
    out += fmt::format("  {:<18}{:>{}} - {:<{}}  {:>11}  {:<7}  {}\n", to_string(region.kind),
                       fmt::format("{:#x}", region.begin), digits, fmt::format("{:#x}", region.end), digits,
                       size_text(region.size()), to_string(region.confidence), bar(region, end_of(map)));
    for (std::size_t i = 0; i < std::min(region.evidence.size(), most_evidence); ++i) {
      out += fmt::format("      {}\n", region.evidence[i]);
    }
  }
}

void draw(MemoryMap const& map, std::string& out) {
  out += fmt::format("memory map {}: {}", map.memory, to_string(map.layout));
  if (map.layout == MemoryLayout::position_independent) {
    out += fmt::format(", {} relative to __memory_base\n", size_text(end_of(map)));
  } else {
    out += fmt::format(", {} at the start\n", size_text(map.initial_size));
  }
  draw_regions(map, out);
  if (map.stack_pointer.has_value()) {
    auto const& pointer = *map.stack_pointer;
    out += fmt::format("  stack pointer: global {} ({}), used by {} function{}", pointer.global,
                       to_string(pointer.confidence), pointer.functions, pointer.functions == 1 ? "" : "s");
    if (pointer.largest_frame != 0) {
      out += fmt::format(", the largest frame has {}", size_text(pointer.largest_frame));
    }
    out += "\n";
  }
  if (map.memory == 0 && !map.toolchain.empty()) {
    out += fmt::format("  toolchain: {}\n", map.toolchain);
  }
  for (auto const& each : map.memory == 0 ? map.allocators : std::vector<AllocatorCandidate>{}) {
    out += fmt::format("  allocator: `{}`{}{}\n", each.allocate,
                       each.release.empty() ? "" : fmt::format(" and `{}`", each.release),
                       each.is_unambiguous ? "" : ", to be confirmed");
  }
  for (auto const& each : map.advice) {
    out += fmt::format("  advice: {} [{}]\n", each.text, each.id);
  }
}

void write_optional(base::JsonWriter& json, std::string_view key, std::optional<std::uint64_t> value) {
  if (value.has_value()) {
    json.number(key, *value);
  } else {
    json.null(key);
  }
}

void write_stack_pointer(base::JsonWriter& json, std::optional<StackPointer> const& pointer) {
  if (!pointer.has_value()) {
    json.null("stack_pointer");
    return;
  }
  json.begin_object("stack_pointer");
  json.number("global", pointer->global);
  write_optional(json, "initial", pointer->initial);
  json.string("confidence", to_string(pointer->confidence));
  json.number("functions", pointer->functions);
  json.number("largest_frame", pointer->largest_frame);
  json.string("evidence", pointer->evidence);
  json.end_object();
}

void write_regions(base::JsonWriter& json, MemoryMap const& map) {
  json.begin_array("regions");
  for (auto const& region : map.regions) {
    json.begin_object();
    json.string("kind", to_string(region.kind));
    json.number("begin", region.begin);
    json.number("end", region.end);
    json.string("confidence", to_string(region.confidence));
    json.begin_array("evidence");
    for (auto const& each : region.evidence) {
      json.string({}, each);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

} // namespace

std::string draw_memory_maps(std::span<MemoryMap const> maps) {
  std::string out;
  for (auto const& map : maps) {
    draw(map, out);
  }
  return out;
}

void write_memory_maps(base::JsonWriter& json, std::span<MemoryMap const> maps) {
  json.begin_array("memory_maps");
  for (auto const& map : maps) {
    json.begin_object();
    json.number("memory", map.memory);
    json.boolean("is_64", map.is_64);
    json.string("layout", to_string(map.layout));
    json.number("initial_size", map.initial_size);
    write_optional(json, "maximum_size", map.maximum_size);
    write_regions(json, map);
    write_stack_pointer(json, map.stack_pointer);
    write_optional(json, "data_end", map.data_end);
    write_optional(json, "heap_base", map.heap_base);
    json.string("toolchain", map.toolchain);
    json.begin_array("allocators");
    for (auto const& each : map.allocators) {
      json.begin_object();
      json.string("allocate", each.allocate);
      json.string("release", each.release);
      json.string("reallocate", each.reallocate);
      json.boolean("is_unambiguous", each.is_unambiguous);
      json.end_object();
    }
    json.end_array();
    json.begin_array("advice");
    for (auto const& each : map.advice) {
      json.begin_object();
      json.string("id", each.id);
      json.string("text", each.text);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

} // namespace weir::tools
