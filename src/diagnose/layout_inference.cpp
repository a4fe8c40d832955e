#include "diagnose/layout_inference.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace weir::diagnose {

std::uint64_t align_up(std::uint64_t address, std::uint64_t alignment) noexcept {
  std::uint64_t const up = address + (alignment - 1);
  return up < address ? address : up & ~(alignment - 1);
}

namespace {

// The segment that holds the bytes on both sides of the address.
bool is_inside_a_segment(std::span<PlacedSegment const> segments, std::uint64_t address) {
  auto const found = std::ranges::upper_bound(segments, address, {}, &PlacedSegment::begin);
  return found != segments.begin() && (found - 1)->begin < address && address < (found - 1)->end;
}

StackPointerUse const* use_of(CodeEvidence const& code, std::uint32_t global) {
  auto const found = std::ranges::find(code.stack_pointers, global, &StackPointerUse::global);
  return found != code.stack_pointers.end() ? &*found : nullptr;
}

StackPointer describe_use(StackPointerUse const& use, std::optional<std::uint64_t> initial) {
  StackPointer pointer;
  pointer.global = use.global;
  pointer.initial = initial;
  pointer.functions = use.functions;
  pointer.largest_frame = use.largest_frame;
  pointer.confidence = use.functions >= 2 && use.accesses != 0 ? Confidence::likely : Confidence::guess;
  pointer.evidence =
      fmt::format("global {} is the stack pointer by its use: {} function{} subtract{} a constant from it", use.global,
                  use.functions, use.functions == 1 ? "" : "s", use.functions == 1 ? "s" : "");
  return pointer;
}

} // namespace

std::optional<StackPointer> find_stack_pointer(wasm::Module const& module, Symbols const& symbols,
                                               CodeEvidence const& code, std::span<PlacedSegment const> segments,
                                               std::uint64_t size, bool is_llvm, std::vector<std::string>& dropped) {
  auto const initial_of = [&](std::uint32_t global) -> std::optional<std::uint64_t> {
    return global < module.imported_globals ? std::nullopt : value_of(module, module.globals[global].init);
  };
  auto const is_plausible = [&](std::optional<std::uint64_t> initial) {
    return initial.has_value() && *initial >= stack_alignment && *initial <= size && *initial % 4 == 0 &&
           !is_inside_a_segment(segments, *initial);
  };
  if (symbols.stack_pointer.has_value()) {
    std::uint32_t const global = *symbols.stack_pointer;
    auto const initial = initial_of(global);
    if (global < module.imported_globals || is_plausible(initial)) {
      auto const* const use = use_of(code, global);
      auto pointer = use != nullptr ? describe_use(*use, initial) : StackPointer{};
      pointer.global = global;
      pointer.initial = initial;
      pointer.confidence = Confidence::certain;
      pointer.evidence = fmt::format("{} is global {}", symbols.stack_pointer_source, global);
      return pointer;
    }
    dropped.push_back(fmt::format("{} cannot be a stack pointer: its first value is no place for a stack",
                                  symbols.stack_pointer_source));
  }
  // The most used ones come first; what is no stack pointer for a stranger reason than these can be told by is not
  // looked for further down.
  for (auto const& use : std::span{code.stack_pointers}.first(std::min<std::size_t>(16, code.stack_pointers.size()))) {
    auto const initial = initial_of(use.global);
    bool const is_used_as_one = use.accesses != 0 || (use.functions >= 2 && use.writers != 0);
    if (is_used_as_one && is_plausible(initial)) {
      return describe_use(use, initial);
    }
  }
  std::uint32_t const first = module.imported_globals;
  bool const is_linkers_own =
      is_llvm && first < module.globals.size() && module.globals[first].type.is_mutable &&
      std::ranges::none_of(code.stack_pointers, [&](StackPointerUse const& use) { return use.global == first; });
  if (auto const initial = is_linkers_own ? initial_of(first) : std::nullopt; is_plausible(initial)) {
    StackPointer pointer;
    pointer.global = first;
    pointer.initial = initial;
    pointer.evidence =
        fmt::format("global {} is where LLVM's linker has its stack pointer, though no code uses it", first);
    return pointer;
  }
  return std::nullopt;
}

namespace {

// How far the uses in [begin, end) reach from `begin` on, and which of them reaches furthest.
struct Reach {
  std::uint64_t end = 0;
  AddressUse const* last = nullptr;
  bool is_open = false; // it may be a part of something larger, which began just before
};

Reach reach_of(CodeEvidence const& code, std::uint64_t begin, std::uint64_t end) {
  // Objects of a .bss follow each other; a number that merely looks like an address lies further away.
  constexpr std::uint64_t greatest_gap = 4096;
  // So many bytes behind the start of an array, an element of it may be used by itself.
  constexpr std::uint64_t first_elements = 64;
  Reach reach{begin, nullptr, false};
  std::optional<std::uint64_t> open_object;
  auto const extend = [&](AddressUse const& use) {
    // An object of unknown size begins at the end of what is known so far.
    if (use.address + use.size > reach.end || (use.size == 0 && use.address == reach.end)) {
      bool const is_open = open_object.has_value() && use.address - *open_object < first_elements;
      reach = {use.address + use.size, &use, use.size == 0 || is_open};
    }
    if (use.size == 0) {
      open_object = use.address;
    }
  };
  auto const in_range = [&](AddressUse const& use) {
    return use.address >= begin && use.address < end && use.size <= end - use.address;
  };
  for (auto const& use : code.uses) {
    if (in_range(use) && use.kind != Reference::weak) {
      extend(use);
    }
  }
  if (reach.last != nullptr && !code.is_linked) {
    for (auto const& use : code.uses) {
      if (in_range(use) && use.address >= reach.end && use.address - reach.end <= greatest_gap &&
          use.address % 4 == 0) {
        extend(use);
      }
    }
  }
  return reach;
}

} // namespace

std::optional<Bound> find_bss_end(CodeEvidence const& code, std::uint64_t begin, std::uint64_t end,
                                  bool heap_ends_there) {
  // dlmalloc marks the end of its first chunk, which is the end of the memory, by a header of its own there.
  constexpr std::uint64_t footer = 64;
  auto reach = reach_of(code, begin, end);
  if (heap_ends_there && reach.last != nullptr && end - reach.last->address <= footer && end - begin > footer) {
    auto const without = reach_of(code, begin, end - footer);
    if (without.last != nullptr && end - without.end > 16 * footer) {
      reach = without;
    }
  }
  if (reach.last == nullptr) {
    return std::nullopt;
  }
  // The allocator's first chunk: its address is stored in a variable, and only its header is accessed directly.
  for (auto const& [where, what] : code.stored_addresses) {
    if (what > begin && what <= reach.end && reach.end - what <= stack_alignment && where < what) {
      return Bound{what, Confidence::likely,
                   fmt::format("code stores the address {:#x} at {:#x}, and mentions nothing further on", what, where)};
    }
  }
  auto const& last = *reach.last;
  if (last.size == 0) {
    return Bound{reach.end, Confidence::guess,
                 fmt::format("the last address that code mentions is {:#x}, of an object of unknown size", reach.end)};
  }
  return Bound{reach.end, last.kind == Reference::weak || reach.is_open ? Confidence::guess : Confidence::likely,
               fmt::format("the last variable that code mentions is at {:#x}, {} byte{} long", last.address, last.size,
                           last.size == 1 ? "" : "s")};
}

Bound find_stack_low(CodeEvidence const& code, std::uint64_t high, std::uint64_t data_end, StackPointerUse const* use) {
  if (use != nullptr && use->compared_with >= data_end && use->compared_with < high && use->compared_with != 0) {
    return {use->compared_with, Confidence::likely,
            fmt::format("code compares the stack pointer with {:#x}", use->compared_with)};
  }
  std::uint64_t const least = align_up(data_end, stack_alignment);
  if (least >= high) {
    return {std::min(data_end, high), Confidence::guess, "it begins behind the static data"};
  }
  // Stacks have round sizes. One that fits to the byte behind the variables below it is no accident, whatever else
  // looks like an address. The linker's own size comes first, then greater ones, then smaller ones.
  std::uint64_t const room = high - least;
  auto const fits = [&](std::uint64_t size) {
    auto const bss = size <= room ? find_bss_end(code, data_end, high - size, false) : std::nullopt;
    std::uint64_t const below = bss.has_value() ? align_up(bss->address, stack_alignment) : least;
    return size <= room && high - size >= below && high - size - below < stack_alignment;
  };
  auto const low_of = [&](std::uint64_t size) {
    return Bound{high - size, Confidence::likely,
                 fmt::format("a stack of {:#x} bytes just fits behind the data", size)};
  };
  if (fits(default_stack)) {
    return low_of(default_stack);
  }
  for (std::uint64_t size = 2 * default_stack; size <= room && size != 0; size *= 2) {
    if (fits(size)) {
      return low_of(size);
    }
  }
  for (std::uint64_t size = default_stack / 2; size >= 1024; size /= 2) {
    if (fits(size)) {
      return low_of(size);
    }
  }
  auto const bss = find_bss_end(code, data_end, high, true);
  std::uint64_t const lowest = bss.has_value() ? align_up(bss->address, stack_alignment) : least;
  // Code may compute with addresses a little past an object's end.
  constexpr std::uint64_t slack = 1024;
  if (room >= default_stack && (lowest >= high || lowest <= high - default_stack + slack)) {
    return {high - default_stack, Confidence::guess, "the linker's own stack size is 64 KiB"};
  }
  if (bss.has_value() && lowest < high) {
    return {lowest, Confidence::guess, "it begins behind .bss: " + bss->evidence};
  }
  return {least, Confidence::guess, "it begins behind the static data"};
}

void drop_false_symbols(Symbols& symbols, std::span<PlacedSegment const> segments, std::uint64_t size,
                        std::vector<std::string>& dropped) {
  std::uint64_t const segments_end = segments.empty() ? 0 : std::ranges::max(segments, {}, &PlacedSegment::end).end;
  auto const check = [&](std::optional<Symbol>& symbol, bool is_true, std::string_view why) {
    if (symbol.has_value() && !is_true) {
      dropped.push_back(fmt::format("{} says {:#x}, but {}", symbol->source, symbol->address, why));
      symbol.reset();
    }
  };
  auto const check_size = [&](std::optional<Symbol>& symbol) {
    check(symbol, symbol.has_value() && symbol->address <= size,
          fmt::format("the memory begins with {:#x} bytes", size));
  };
  for (auto* const each : {&symbols.heap_base, &symbols.heap_end, &symbols.data_end, &symbols.stack_low,
                           &symbols.stack_high, &symbols.global_base, &symbols.tls_base}) {
    check_size(*each);
  }
  check(symbols.data_end, symbols.data_end.has_value() && symbols.data_end->address >= segments_end,
        fmt::format("data segments reach to {:#x}", segments_end));
  check(symbols.heap_base, symbols.heap_base.has_value() && symbols.heap_base->address >= segments_end,
        fmt::format("data segments reach to {:#x}", segments_end));
  check(symbols.data_end,
        symbols.data_end.has_value() &&
            (!symbols.heap_base.has_value() || symbols.data_end->address <= symbols.heap_base->address),
        "the heap begins before");
  check(symbols.stack_low,
        symbols.stack_low.has_value() &&
            (!symbols.stack_high.has_value() || symbols.stack_low->address < symbols.stack_high->address),
        "the stack's other end is not above it");
  auto const cuts_data = [&](std::optional<Symbol> const& symbol) {
    return symbol.has_value() && is_inside_a_segment(segments, symbol->address);
  };
  check(symbols.stack_low, !cuts_data(symbols.stack_low), "a data segment lies there");
  check(symbols.stack_high, !cuts_data(symbols.stack_high), "a data segment lies there");
}

} // namespace weir::diagnose
