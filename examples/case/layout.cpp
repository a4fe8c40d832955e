#include "layout.hpp"

#include <algorithm>
#include <cstdio>
#include <span>

namespace {

// Reads a module that has been validated. What does not fit the few forms that are looked for ends the reading.
class Reader {
 public:
  explicit Reader(std::span<std::uint8_t const> bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) {
      return 0;
    }
    std::uint8_t const value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }

  // LEB128, 32 bits; the sign bit of a signed number is not extended past them.
  std::uint32_t leb(bool is_signed = false) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t last = 0x80;
    while ((last & 0x80) != 0 && shift < 35 && !bytes_.empty()) {
      last = byte();
      value |= std::uint64_t{last & 0x7fu} << shift;
      shift += 7;
    }
    if (is_signed && (last & 0x40) != 0) {
      value |= ~std::uint64_t{0} << shift;
    }
    return static_cast<std::uint32_t>(value);
  }

  Reader part(std::uint32_t size) {
    std::size_t const taken = std::min<std::size_t>(size, bytes_.size());
    Reader const result{bytes_.first(taken)};
    bytes_ = bytes_.subspan(taken);
    return result;
  }

  // `i32.const x end`; nothing when it is another expression.
  std::optional<std::uint32_t> i32_const() {
    if (byte() != 0x41) {
      return std::nullopt;
    }
    std::uint32_t const value = leb(true);
    return byte() == 0x0b ? std::optional{value} : std::nullopt;
  }

 private:
  std::span<std::uint8_t const> bytes_;
};

std::optional<std::uint64_t> first_global(Reader section) {
  if (section.leb() == 0 || section.byte() != 0x7f || section.byte() != 1) {
    return std::nullopt; // not a mutable i32
  }
  return section.i32_const();
}

std::vector<Range> active_segments(Reader section) {
  std::vector<Range> segments;
  for (std::uint32_t left = section.leb(); left > 0 && !section.at_end(); --left) {
    std::uint32_t const kind = section.leb();
    std::optional<std::uint32_t> offset;
    if (kind == 2) {
      section.leb(); // the memory's index
    }
    if (kind != 1) {
      offset = section.i32_const();
      if (!offset) {
        break;
      }
    }
    std::uint32_t const size = section.leb();
    section.part(size);
    if (offset) {
      segments.push_back({*offset, std::uint64_t{*offset} + size});
    }
  }
  return segments;
}

std::optional<std::uint64_t> exported_i32(weir::StoreContext store, weir::Instance const& instance, char const* name) {
  auto const global = instance.get_global(store, name);
  auto const value = global ? global->get(store) : std::unexpected(global.error());
  if (!value || !value->i32()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*value->i32());
}

void print_range(char const* what, std::uint64_t begin, std::uint64_t end, std::string const& note) {
  std::printf("     %-12s [0x%llx, 0x%llx)   %s\n", what, static_cast<unsigned long long>(begin),
              static_cast<unsigned long long>(end), note.c_str());
}

} // namespace

std::optional<Range> Layout::static_data() const {
  if (segments.empty()) {
    return std::nullopt;
  }
  Range hull = segments.front();
  for (Range const& segment : segments) {
    hull.begin = std::min(hull.begin, segment.begin);
    hull.end = std::max(hull.end, segment.end);
  }
  return hull;
}

Layout read_layout(weir::Module const& module, weir::StoreContext store, weir::Instance const& instance) {
  Layout layout;
  if (auto const memories = module.memories(); !memories.empty()) {
    layout.pages = memories.front().limits.min;
    layout.maximum = memories.front().limits.max;
  }
  for (auto const& entry : module.exports()) {
    layout.exports.push_back(entry.name);
  }
  layout.data_end = exported_i32(store, instance, "__data_end");
  layout.heap_base = exported_i32(store, instance, "__heap_base");

  constexpr std::uint8_t global_section = 6;
  constexpr std::uint8_t data_section = 11;
  Reader reader{module.bytes()};
  reader.part(8); // magic and version
  while (!reader.at_end()) {
    std::uint8_t const id = reader.byte();
    Reader const section = reader.part(reader.leb());
    if (id == global_section) {
      layout.stack_top = first_global(section);
    } else if (id == data_section) {
      layout.segments = active_segments(section);
    }
  }
  return layout;
}

void print_layout(Layout const& layout) {
  std::string exports;
  for (std::string const& name : layout.exports) {
    exports += ' ' + name;
  }
  std::printf("   The guest's memory, as far as its module tells:\n");
  auto const data = layout.static_data();
  if (layout.stack_top) {
    print_range("stack", 0, *layout.stack_top, "global 0, a mutable i32, starts at its end: the stack pointer");
  }
  if (data) {
    std::size_t const count = layout.segments.size();
    print_range("static data", data->begin, data->end,
                std::to_string(count) + (count == 1 ? " data segment" : " data segments"));
  }
  if (layout.data_end || layout.heap_base) {
    std::printf("     exported     __data_end 0x%llx, __heap_base 0x%llx\n",
                static_cast<unsigned long long>(layout.data_end.value_or(0)),
                static_cast<unsigned long long>(layout.heap_base.value_or(0)));
  } else {
    std::printf("     then         .bss and heap: no export says where the one ends and the other begins\n");
  }
  std::printf("     at the start 0x%llx bytes (%llu pages), %s\n", static_cast<unsigned long long>(layout.pages << 16),
              static_cast<unsigned long long>(layout.pages),
              layout.maximum ? ("at most " + std::to_string(*layout.maximum) + " pages").c_str() : "no maximum");
  std::printf("     exports     %s\n", exports.c_str());
}
