#include "diagnose/memory_text.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace weir::diagnose {

namespace {

std::string name_of(RegionKind kind) {
  return kind == RegionKind::host_grown ? "the pages that the host added"
                                        : fmt::format("{}{}", kind == RegionKind::bss ? "" : "the ", to_string(kind));
}

} // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr char const* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(units); ++unit) {
    size /= 1024;
  }
  std::string number = fmt::format("{:.1f}", size);
  if (number.ends_with(".0")) {
    number.resize(number.size() - 2);
  }
  return fmt::format("{} {}", number, units[unit]);
}

std::string place_text(MemoryMap const& map, std::uint64_t address) {
  auto const* const region = map.find(address);
  if (region == nullptr || region->kind == RegionKind::unknown) {
    return {};
  }
  std::string text = ", in " + name_of(region->kind);
  bool const has_before = region != map.regions.data();
  if (has_before && (region->kind == RegionKind::bss || region->kind == RegionKind::heap)) {
    text += fmt::format(" ({} bytes past the {})", address - region->begin, to_string((region - 1)->kind));
  }
  return text;
}

std::string covered_text(MemoryMap const& map, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::string> parts;
  bool is_any_known = false;
  for (auto const& region : map.regions) {
    std::uint64_t const first = std::max(begin, region.begin);
    bool const is_last = &region == &map.regions.back();
    std::uint64_t const last = is_last ? end : std::min(end, region.end); // a heap goes on where memory was grown
    if (first >= last) {
      continue;
    }
    is_any_known |= region.kind != RegionKind::unknown;
    std::string const name = name_of(region.kind);
    std::string const range = fmt::format("[{:#x}, {:#x})", region.begin, region.end);
    if (first == region.begin && last >= region.end) {
      parts.push_back(fmt::format("{} {}", name, range));
    } else {
      std::string_view const which = first == region.begin ? "the first " : last == region.end ? "the last " : "";
      parts.push_back(fmt::format("{}{} bytes of {}", which, last - first, name));
    }
  }
  if (!is_any_known) {
    return {};
  }
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

bool harms_more_than_heap(MemoryMap const& map, std::uint64_t begin, std::uint64_t end) {
  for (auto const& region : map.regions) {
    bool const is_own = region.kind == RegionKind::stack || region.kind == RegionKind::static_data ||
                        region.kind == RegionKind::read_only_data || region.kind == RegionKind::bss;
    if (is_own && region.begin < end && begin < region.end) {
      return true;
    }
  }
  return false;
}

std::string outside_text(MemoryRange const& write, std::optional<MemoryRange> const& granted) {
  if (!granted.has_value()) {
    return "no known allocation covers it";
  }
  std::uint64_t const room = granted->size - (write.address - granted->address);
  return fmt::format("it passes the end of the {} bytes at {:#x}, which the guest handed out, by {} bytes",
                     granted->size, granted->address, write.size - room);
}

std::string host_grown_text(MemoryMap const& map, std::uint64_t begin, std::uint64_t end) {
  bool const is_touched = std::ranges::any_of(map.regions, [&](MemoryRegion const& region) {
    return region.kind == RegionKind::host_grown && region.begin < end && begin < region.end;
  });
  return is_touched ? "growing a memory does not reserve it: the guest's allocator may hand out the same pages" : "";
}

std::string cure_text(MemoryMap const& map) {
  if (map.allocators.empty()) {
    return "write only where the guest lets you; it exports no allocator that could give you room";
  }
  auto const& first = map.allocators.front();
  std::string const names = first.release.empty() ? fmt::format("`{}`", first.allocate)
                                                  : fmt::format("`{}`/`{}`", first.allocate, first.release);
  return first.is_unambiguous
             ? fmt::format("let the guest allocate. It exports {}", names)
             : fmt::format("let the guest allocate. It exports {}, which look like an allocator", names);
}

namespace {

bool is_text(std::byte byte) noexcept {
  auto const value = std::to_integer<unsigned>(byte);
  return value >= 0x20 && value < 0x7F && value != '"' && value != '\\';
}

} // namespace

std::string bytes_text(std::span<std::byte const> bytes) {
  constexpr std::ptrdiff_t shortest_text = 4;
  std::string text;
  for (auto at = bytes.begin(); at != bytes.end();) {
    auto const end = std::find_if_not(at, bytes.end(), is_text);
    text += text.empty() ? "" : " ";
    if (end - at < shortest_text) {
      text += fmt::format("{:02x}", std::to_integer<unsigned>(*at++));
      continue;
    }
    text += '"';
    for (; at != end; ++at) {
      text += static_cast<char>(*at);
    }
    text += '"';
  }
  return text;
}

std::string source_text(std::source_location const& where) {
  if (where.line() == 0) {
    return {};
  }
  std::string_view file = where.file_name();
  file.remove_prefix(file.find_last_of("/\\") + 1); // npos + 1 is 0
  return fmt::format("{}:{}", file, where.line());
}

} // namespace weir::diagnose
