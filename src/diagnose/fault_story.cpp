#include "diagnose/fault_story.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decode/instruction.hpp"

namespace weir::diagnose {

namespace {

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

// "in .bss (436 bytes past the static data)"
std::string place_text(MemoryMap const& map, std::uint64_t address) {
  auto const* const region = map.find(address);
  if (region == nullptr || region->kind == RegionKind::unknown) {
    return {};
  }
  std::string text = fmt::format(", in {}{}", region->kind == RegionKind::bss ? "" : "the ", to_string(region->kind));
  bool const has_before = region != map.regions.data();
  if (has_before && (region->kind == RegionKind::bss || region->kind == RegionKind::heap)) {
    text += fmt::format(" ({} bytes past the {})", address - region->begin, to_string((region - 1)->kind));
  }
  return text;
}

// What a range covers: "the stack [0x0, 0x100000), the static data [0x100000, 0x102168) and the first 96 bytes of the
// heap". Empty if nothing is known of it.
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
    std::string const name = fmt::format("{}{}", region.kind == RegionKind::bss ? "" : "the ", to_string(region.kind));
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

// Whether the guest's own data is among it: not only memory that its allocator hands out.
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

std::string help_text(MemoryMap const& map) {
  if (map.allocators.empty()) {
    return "help: write only where the guest lets you; it exports no allocator that could give you room";
  }
  auto const& first = map.allocators.front();
  std::string const names = first.release.empty() ? fmt::format("`{}`", first.allocate)
                                                  : fmt::format("`{}`/`{}`", first.allocate, first.release);
  return first.is_unambiguous
             ? fmt::format("help: let the guest allocate. It exports {}", names)
             : fmt::format("help: let the guest allocate. It exports {}, which look like an allocator", names);
}

// What the bits of a bad pointer look like.
std::string pattern_text(std::uint64_t base, bool is_64) {
  auto const value = static_cast<std::uint32_t>(base);
  if (!is_64 && value == 0xFFFFFFFF) {
    return "the pointer is -1, which is what a failed memory.grow gives";
  }
  std::string text;
  for (int i = 0; i < 4; ++i) {
    auto const byte = static_cast<char>(value >> 8 * i & 0xFF);
    bool const is_text = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
    if (!is_text) {
      return {};
    }
    text += byte;
  }
  return fmt::format("the pointer is the text \"{}\"", text);
}

class Story {
 public:
  Story(wasm::Module const& module, FaultFacts const& facts, std::span<ActiveCall const> calls)
      : module_(module), facts_(facts), calls_(calls) {}

  FaultStory tell() {
    bool const is_64 = facts_.access.memory < module_.memories.size() && module_.memories[facts_.access.memory].is_64;
    if (auto text = pattern_text(facts_.access.base, is_64); !text.empty()) {
      line(std::move(text));
    }
    auto found = find_provenance(module_, query(), calls_.front().values);
    // What was passed is followed to whoever passed it.
    std::size_t depth = 0;
    while (found.has_value() && found->kind == Provenance::Kind::parameter && depth + 1 < calls_.size()) {
      auto const& caller = calls_[depth + 1];
      auto next =
          find_provenance(module_, {caller.function, caller.offset, found->index, found->passed}, caller.values);
      if (!next.has_value()) {
        break;
      }
      found = std::move(next);
      ++depth;
    }
    if (found.has_value()) {
      tell_origin(*found, depth);
    }
    if (story_.host_write.has_value() && facts_.memory_limit.has_value() &&
        facts_.access.memory_size <= *facts_.memory_limit) {
      line(fmt::format("note: the memory limit ({}) was not reached: {} in use", size_text(*facts_.memory_limit),
                       size_text(facts_.access.memory_size)));
    }
    return std::move(story_);
  }

 private:
  void line(std::string text) { story_.lines.push_back(std::move(text)); }

  ProvenanceQuery query() const {
    std::uint32_t const offset = calls_.front().offset;
    ProvenanceQuery query{calls_.front().function, offset, 0, facts_.access.base};
    decode::InstructionReader reader{module_.bytes.subspan(offset), offset, module_.features};
    decode::Instruction instruction;
    if (reader.next(instruction) && instruction.opcode == wasm::Opcode::memory_copy && !facts_.access.is_store) {
      query.operand = 1;
    }
    return query;
  }

  std::string place(std::uint64_t address) const {
    return facts_.map != nullptr ? place_text(*facts_.map, address) : std::string{};
  }

  // `depth` calls out from the trapped function.
  void tell_origin(Provenance const& found, std::size_t depth) {
    std::string const function = depth == 0 ? "the function" : fmt::format("function {}", calls_[depth].function);
    if (found.kind == Provenance::Kind::parameter) {
      line(fmt::format("the pointer was passed to {} as parameter {}", function, found.index));
      return;
    }
    if (depth != 0) {
      line(fmt::format("the pointer was passed down by {}", function));
    }
    if (found.kind != Provenance::Kind::loaded) {
      line(fmt::format("the pointer comes from {}", found.how));
      return;
    }
    // The host may have written the pointer, or the pointer to where the pointer was.
    std::size_t last = 0;
    runtime::WriteJournal::Entry const* write = nullptr;
    for (std::size_t i = 0; i < found.loads.size() && write == nullptr && facts_.journal != nullptr; ++i) {
      auto const& load = found.loads[i];
      write = load.memory == facts_.access.memory ? facts_.journal->find(load.address, load.size) : nullptr;
      last = write != nullptr ? i : last;
    }
    auto const& first = found.loads.front();
    story_.origin = PointerOrigin{first.address, first.size, first.offset, first.is_confirmed};
    for (std::size_t i = 0; i <= last; ++i) {
      auto const& load = found.loads[i];
      line(fmt::format("{} was read from {:#x}{}{}", i == 0 ? "the pointer" : "that address", load.address,
                       load.memory == facts_.access.memory ? place(load.address) : std::string{},
                       i == 0 && !load.is_confirmed ? "; something else is there now" : ""));
    }
    if (write != nullptr) {
      tell_write(*write);
    }
  }

  void tell_write(runtime::WriteJournal::Entry const& write) {
    story_.host_write = HostWrite{write.address, write.size, write.api};
    line(fmt::format("those bytes were last written by the host: {} at offset {:#x}, length {:#x}", write.api,
                     write.address, write.size));
    if (facts_.map == nullptr) {
      return;
    }
    std::uint64_t const end = write.address + write.size;
    if (auto const covered = covered_text(*facts_.map, write.address, end); !covered.empty()) {
      line(fmt::format("  this write covered {}", covered));
    }
    if (harms_more_than_heap(*facts_.map, write.address, end)) {
      line(help_text(*facts_.map));
    }
  }

  wasm::Module const& module_;
  FaultFacts const& facts_;
  std::span<ActiveCall const> calls_;
  FaultStory story_;
};

} // namespace

FaultStory tell_fault(wasm::Module const& module, FaultFacts const& facts, std::span<ActiveCall const> calls) {
  if (calls.empty() || calls.front().offset >= module.bytes.size()) {
    return {};
  }
  return Story{module, facts, calls}.tell();
}

} // namespace weir::diagnose
