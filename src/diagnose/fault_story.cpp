#include "diagnose/fault_story.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "decode/instruction.hpp"
#include "diagnose/memory_text.hpp"

namespace weir::diagnose {

namespace {

// What the bits of a bad pointer look like.
std::string pattern_text(MemoryAccess const& access, bool is_64) {
  std::uint64_t const base = access.base;
  auto const value = static_cast<std::uint32_t>(base);
  if (!is_64 && value == 0xFFFFFFFF) {
    return "the pointer is -1, which is what a failed memory.grow gives";
  }
  if (base == 0 && access.offset != 0) {
    return "the pointer is null";
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
    if (auto text = pattern_text(facts_.access, is_64); !text.empty()) {
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
    if (!story_.origin.has_value()) {
      tell_same_bytes(is_64);
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
      tell_write(*write, facts_.journal->is_whole() ? "those bytes were last written by the host"
                                                    : "those bytes were written by the host");
    } else if (facts_.journal != nullptr && !facts_.journal->is_whole()) {
      line(
          "note: the host made small writes, which are not remembered; Config::keep_write_journal(true) would tell of "
          "them");
    }
  }

  // Where the pointer was is not known. Bytes like its own that the host wrote to where nothing was handed out are a
  // strong sign all the same, if they are no number that a guest has for other reasons.
  void tell_same_bytes(bool is_64) {
    constexpr std::uint64_t small = 0x10000;
    std::uint64_t const pointer = facts_.access.base;
    std::uint64_t const most = is_64 ? ~std::uint64_t{0} : 0xFFFFFFFF;
    if (facts_.journal == nullptr || pointer < facts_.access.memory_size || pointer > most - small) {
      return;
    }
    std::array<std::uint8_t, 8> pattern{};
    std::size_t const width = is_64 ? 8 : 4;
    for (std::size_t i = 0; i < width; ++i) {
      pattern[i] = static_cast<std::uint8_t>(pointer >> 8 * i);
    }
    auto const* const write = facts_.journal->find_if([&](runtime::WriteJournal::Entry const& entry) {
      bool const is_inside = entry.address <= facts_.bytes.size() && entry.size <= facts_.bytes.size() - entry.address;
      if (!is_inside || is_granted({entry.address, entry.size})) {
        return false;
      }
      auto const written = facts_.bytes.subspan(entry.address, entry.size);
      return !std::ranges::search(written, std::span{pattern}.first(width)).empty();
    });
    if (write != nullptr) {
      tell_write(*write, "the same bytes were written by the host");
    }
  }

  std::optional<MemoryRange> grant_of(std::uint64_t address) const {
    return facts_.grants != nullptr ? facts_.grants->find(address) : std::nullopt;
  }
  bool is_granted(MemoryRange const& range) const { return facts_.grants != nullptr && facts_.grants->covers(range); }

  void tell_write(runtime::WriteJournal::Entry const& write, std::string_view lead) {
    MemoryRange const range{write.address, write.size};
    bool const is_allowed = is_granted(range) || write.guest_chose;
    keep_write(write, is_granted(range));
    std::string const where = source_text(write.where);
    line(fmt::format("{}: {} at offset {:#x}, length {:#x}{}{}", lead, write.api, range.address, range.size,
                     where.empty() ? "" : ", at ", where));
    if (auto const first = bytes_text(write.first_bytes()); !first.empty()) {
      line(write.writes == 1 ? fmt::format("  it starts with {}", first)
                             : fmt::format("  these are {} writes in a row, starting with {}", write.writes, first));
    }
    std::uint64_t const end = range.address + range.size;
    bool is_harmful = false;
    std::string grown;
    if (facts_.map != nullptr) {
      is_harmful = harms_more_than_heap(*facts_.map, range.address, end);
      grown = host_grown_text(*facts_.map, range.address, end);
      if (auto const covered = covered_text(*facts_.map, range.address, end); !covered.empty()) {
        line(fmt::format("  this write covered {}", covered));
      }
    }
    bool const has_grants = facts_.grants != nullptr && !facts_.grants->is_empty();
    if (write.guest_chose) {
      line("  the guest itself passed the address");
    }
    if (is_allowed || (!is_harmful && !has_grants && grown.empty())) {
      return;
    }
    line("  " + outside_text(range, grant_of(range.address)));
    if (!grown.empty()) {
      line("  " + grown);
    }
    if (facts_.map != nullptr) {
      line("help: " + cure_text(*facts_.map));
    }
  }

  void keep_write(runtime::WriteJournal::Entry const& write, bool is_allowed) {
    std::string const where = source_text(write.where);
    HostWrite kept{.address = write.address, .size = write.size, .api = write.api};
    kept.file = where.substr(0, where.rfind(':'));
    kept.line = write.where.line();
    auto const first = write.first_bytes();
    kept.preview.assign(reinterpret_cast<char const*>(first.data()), first.size());
    kept.writes = write.writes;
    kept.is_granted = is_allowed;
    story_.host_write = std::move(kept);
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
