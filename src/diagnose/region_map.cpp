#include "diagnose/region_map.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "diagnose/layout_advice.hpp"
#include "diagnose/layout_inference.hpp"
#include "diagnose/region_claims.hpp"
#include "diagnose/toolchain.hpp"
#include "wasm/limits.hpp"

namespace weir::diagnose {

namespace {

constexpr std::uint64_t greatest_null_page = 0x10000;
// Data segments further apart than this are no neighbours, unless LLVM's linker placed them.
constexpr std::uint64_t greatest_segment_gap = 0x10000;
constexpr std::size_t most_data_regions = 64;

std::uint64_t bytes_of(std::uint64_t pages) noexcept {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return pages > most / wasm::limits::page_bytes ? most : pages * wasm::limits::page_bytes;
}

// A run of data segments that makes one region.
struct DataRun {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t segments = 0;
  bool is_read_only = false;
};

class Inference {
 public:
  Inference(wasm::Module const& module, std::uint32_t memory) : module_(module) {
    auto const& type = module.memories[memory];
    map_.memory = memory;
    map_.is_64 = type.is_64;
    map_.initial_size = bytes_of(type.limits.min);
    if (type.limits.max.has_value()) {
      map_.maximum_size = bytes_of(*type.limits.max);
    }
    size_ = map_.initial_size;
  }

  MemoryMap run() {
    gather();
    map_.allocators = find_allocators(module_, map_.is_64);
    claim_data();
    if (map_.layout == MemoryLayout::position_independent) {
      claim_relative_bss();
    } else {
      claim_stack_and_bss();
      if (variables_end_ != 0) {
        map_.data_end = variables_end_;
      }
      claim_heap();
      claim_null_page();
    }
    map_.regions = std::move(claims_).take(size_);
    map_.advice = advise(module_, map_,
                         {.heap_base_is_declared = symbols_.heap_base.has_value(),
                          .is_llvm = is_llvm(),
                          .segments_outside = segments_.outside,
                          .dropped = std::move(dropped_)});
    return std::move(map_);
  }

 private:
  void gather();
  void add_initialised_segments();
  std::vector<DataRun> data_runs() const;
  void claim_data();
  void claim_padding(std::uint64_t begin, std::uint64_t end);
  void claim_relative_bss();
  void claim_stack_and_bss();
  void claim_declared_stack();
  void claim_stack_first(StackPointer const& pointer);
  void claim_data_first(StackPointer const& pointer);
  void claim_bss(std::uint64_t begin, Bound const& end);
  std::optional<Bound> bss_end(std::uint64_t begin, std::uint64_t end) const;
  void claim_heap();
  std::optional<Bound> heap_base_by_global(std::uint64_t behind) const;
  void claim_null_page();

  bool is_llvm() const noexcept { return toolchain_ == ToolchainKind::llvm || toolchain_ == ToolchainKind::rustc; }
  bool has_data() const noexcept { return !segments_.placed.empty(); }
  StackPointerUse const* use_of_stack_pointer() const;

  wasm::Module const& module_;
  MemoryMap map_;
  std::uint64_t size_ = 0;
  Symbols symbols_;
  Segments segments_;
  CodeEvidence code_;
  ToolchainKind toolchain_ = ToolchainKind::unknown;
  std::vector<std::string> dropped_;
  RegionClaims claims_;
  MemoryRegion last_data_;       // of static data, as claimed
  std::uint64_t data_begin_ = 0; // of static data; 0 without any
  std::uint64_t data_end_ = 0;
  std::uint64_t variables_end_ = 0; // of static data and .bss
  std::uint64_t used_end_ = 0;      // behind everything claimed but the heap
  std::string used_evidence_;       // what used_end_ rests on
  Confidence used_confidence_ = Confidence::guess;
};

void Inference::gather() {
  if (module_.bytes.empty()) {
    return;
  }
  std::optional<std::uint32_t> memory_base;
  // Linkers know of memory 0 only.
  if (map_.memory == 0) {
    memory_base = find_memory_base(module_);
    if (memory_base.has_value()) {
      map_.layout = MemoryLayout::position_independent;
      auto const dynamic = find_dynamic_memory(module_);
      size_ = dynamic.has_value() ? dynamic->size : 0;
      std::uint64_t const most = map_.is_64 ? std::numeric_limits<std::uint64_t>::max() : std::uint64_t{1} << 32;
      if (size_ > most) {
        dropped_.push_back(
            fmt::format("the dylink.0 section asks for {:#x} bytes, more than a memory can have", size_));
        size_ = 0;
      }
    }
    symbols_ = find_symbols(module_);
  }
  segments_ = find_segments(module_, map_.memory, size_, memory_base);
  std::uint64_t const begin = has_data() ? segments_.placed.front().begin : 0;
  std::uint64_t end = 0;
  for (auto const& each : segments_.placed) {
    end = std::max(end, each.end);
  }
  code_ =
      read_code(module_, {.memory = map_.memory, .begin = end != 0 ? end : default_data, .end = size_, .low = begin});
  auto toolchain = find_toolchain(module_, code_.is_linked);
  toolchain_ = toolchain.kind;
  map_.toolchain = std::move(toolchain.text);
  add_initialised_segments();
  drop_false_symbols(symbols_, segments_.placed, size_, dropped_);
  if (map_.memory == 0) {
    map_.stack_pointer = find_stack_pointer(module_, symbols_, code_, segments_.placed, size_, is_llvm(), dropped_);
  }
}

// Programs with threads keep their data in passive segments, and write it where it belongs when they start.
void Inference::add_initialised_segments() {
  for (auto const& [begin, end] : code_.initialised) {
    if (end <= size_) {
      segments_.placed.push_back({begin, end, 0, false});
    }
  }
  if (!code_.initialised.empty()) {
    std::ranges::sort(segments_.placed, {}, &PlacedSegment::begin);
  }
  if (has_data()) {
    data_begin_ = segments_.placed.front().begin;
    for (auto const& each : segments_.placed) {
      data_end_ = std::max(data_end_, each.end);
    }
  }
}

StackPointerUse const* Inference::use_of_stack_pointer() const {
  auto const found = map_.stack_pointer.has_value()
                         ? std::ranges::find(code_.stack_pointers, map_.stack_pointer->global, &StackPointerUse::global)
                         : code_.stack_pointers.end();
  return found != code_.stack_pointers.end() ? &*found : nullptr;
}

std::vector<DataRun> Inference::data_runs() const {
  auto const stack = map_.stack_pointer.has_value() ? map_.stack_pointer->initial : std::nullopt;
  // Scattered data is told apart less finely, until few regions are left.
  enum class Detail : std::uint8_t { kinds, gaps, none };
  std::vector<DataRun> runs;
  for (auto const detail : {Detail::kinds, Detail::gaps, Detail::none}) {
    auto const joins = [&](DataRun const& run, PlacedSegment const& next) {
      if (next.begin <= run.end) {
        return true;
      }
      bool const holds_stack = stack.has_value() && *stack > run.end && *stack <= next.begin;
      bool const is_near = code_.is_linked || next.begin - run.end <= greatest_segment_gap;
      return !holds_stack && (is_near || detail == Detail::none);
    };
    runs.clear();
    for (auto const& each : segments_.placed) {
      bool const is_read_only = each.is_read_only && detail == Detail::kinds;
      if (!runs.empty() && joins(runs.back(), each)) {
        if (runs.back().is_read_only == is_read_only) {
          runs.back().end = std::max(runs.back().end, each.end);
          ++runs.back().segments;
          continue;
        }
        runs.back().end = std::max(runs.back().end, each.begin); // padding
      }
      runs.push_back({each.begin, each.end, 1, is_read_only});
    }
    if (runs.size() <= most_data_regions) {
      break;
    }
  }
  return runs;
}

void Inference::claim_data() {
  auto const runs = data_runs();
  for (auto const& run : runs) {
    MemoryRegion region{run.is_read_only ? RegionKind::read_only_data : RegionKind::static_data,
                        run.begin,
                        run.end,
                        Confidence::certain,
                        {}};
    bool const is_passive = !code_.initialised.empty();
    region.evidence.push_back(fmt::format("{} {} data segment{}", run.segments, is_passive ? "initialised" : "active",
                                          run.segments == 1 ? "" : "s"));
    if (run.is_read_only) {
      region.evidence.emplace_back("the name section calls them constants");
    }
    if (symbols_.global_base.has_value() && symbols_.global_base->address == run.begin) {
      region.evidence.push_back(symbols_.global_base->source);
    }
    claims_.add(region);
    last_data_ = std::move(region);
  }
  used_end_ = data_end_;
  variables_end_ = data_end_;
  used_evidence_ = "the static data ends there";
}

// Bytes behind static data that only align what follows.
void Inference::claim_padding(std::uint64_t begin, std::uint64_t end) {
  if (last_data_.end == begin) {
    auto padding = last_data_;
    padding.begin = begin;
    padding.end = end;
    claims_.add(std::move(padding));
  }
}

void Inference::claim_relative_bss() {
  claims_.add(
      {RegionKind::bss,
       data_end_,
       size_,
       Confidence::certain,
       {fmt::format("the dylink.0 section asks for {:#x} bytes; data segments fill {:#x} of them", size_, data_end_)}});
  if (size_ != 0) {
    map_.data_end = size_;
  }
}

void Inference::claim_bss(std::uint64_t begin, Bound const& end) {
  if (begin >= end.address) {
    return;
  }
  // What is left to align the heap, or the stack, is nobody's; it makes no region of its own.
  std::uint64_t padded = end.address;
  auto const align_to = [&](std::uint64_t next) {
    if (next > end.address && next - end.address < stack_alignment) {
      padded = next;
    }
  };
  if (symbols_.heap_base.has_value()) {
    align_to(symbols_.heap_base->address);
  } else if (code_.is_linked) {
    align_to(std::min(align_up(end.address, stack_alignment), size_));
  }
  claims_.add({RegionKind::bss, begin, padded, end.confidence, {end.evidence}});
  if (end.address > variables_end_) {
    variables_end_ = end.address;
  }
  if (padded > used_end_) {
    used_end_ = padded;
    used_evidence_ = end.evidence;
    used_confidence_ = end.confidence;
  }
}

// The end of the .bss that begins at `begin` and ends before `end`, by the linker's word or by use.
std::optional<Bound> Inference::bss_end(std::uint64_t begin, std::uint64_t end) const {
  if (symbols_.data_end.has_value() && symbols_.data_end->address >= begin && symbols_.data_end->address <= end) {
    return Bound{symbols_.data_end->address, Confidence::certain, symbols_.data_end->source};
  }
  for (auto const& [zero_begin, zero_end] : code_.zeroed) {
    if (zero_begin >= begin && zero_begin - begin < greatest_segment_gap && zero_end <= end) {
      return Bound{zero_end, Confidence::likely, "code fills it with zeros when the program starts"};
    }
  }
  return find_bss_end(code_, begin, end, true);
}

void Inference::claim_stack_and_bss() {
  if (symbols_.stack_low.has_value() && symbols_.stack_high.has_value()) {
    claim_declared_stack();
    return;
  }
  if (!map_.stack_pointer.has_value() || !map_.stack_pointer->initial.has_value()) {
    map_.layout =
        has_data() || map_.stack_pointer.has_value() || code_.grows ? MemoryLayout::no_stack : MemoryLayout::unknown;
    if (map_.stack_pointer.has_value()) {
      map_.layout = MemoryLayout::unknown; // there is one, somewhere
    }
    if (has_data()) {
      if (auto const end = bss_end(data_end_, size_)) {
        claim_bss(data_end_, *end);
      }
    }
    return;
  }
  auto const& pointer = *map_.stack_pointer;
  std::uint64_t const high = *pointer.initial;
  // Without data, LLVM's linker leaves 1 KiB and the .bss below a stack of its own size, which then ends at no round
  // address.
  bool const is_stack_first =
      has_data() ? high <= data_begin_ : high % 4096 == 0 || high < default_stack + default_data;
  if (is_stack_first) {
    claim_stack_first(pointer);
  } else {
    claim_data_first(pointer);
  }
}

void Inference::claim_declared_stack() {
  auto const& low = *symbols_.stack_low;
  auto const& high = *symbols_.stack_high;
  claims_.add({RegionKind::stack, low.address, high.address, Confidence::certain, {low.source, high.source}});
  bool const is_stack_first = has_data() ? high.address <= data_begin_ : low.address < default_data;
  map_.layout = is_stack_first ? MemoryLayout::stack_first : MemoryLayout::data_first;
  if (is_stack_first) {
    std::uint64_t const begin = std::max(data_end_, high.address);
    if (auto const end = bss_end(begin, size_)) {
      claim_bss(begin, *end);
    }
    used_end_ = std::max(used_end_, begin);
  } else {
    claim_bss(has_data() ? data_end_ : std::min(default_data, low.address),
              {low.address, Confidence::certain, low.source});
    used_end_ = std::max(used_end_, high.address);
    used_evidence_ = high.source;
    used_confidence_ = Confidence::certain;
  }
}

void Inference::claim_stack_first(StackPointer const& pointer) {
  map_.layout = MemoryLayout::stack_first;
  std::uint64_t const high = *pointer.initial;
  claims_.add({RegionKind::stack,
               0,
               high,
               pointer.confidence,
               {pointer.evidence, fmt::format("it begins at {:#x}, below all data", high)}});
  std::uint64_t const begin = std::max(data_end_, high);
  used_end_ = begin;
  used_evidence_ = has_data() ? "the static data ends there" : "the stack ends there";
  used_confidence_ = has_data() ? Confidence::likely : pointer.confidence;
  std::uint64_t const limit = symbols_.heap_base.has_value() ? symbols_.heap_base->address : size_;
  auto end = bss_end(begin, limit);
  if (symbols_.heap_base.has_value() && (!end.has_value() || end->confidence != Confidence::certain)) {
    end = Bound{limit, Confidence::certain, symbols_.heap_base->source};
  }
  if (end.has_value()) {
    claim_bss(begin, *end);
  }
}

void Inference::claim_data_first(StackPointer const& pointer) {
  map_.layout = MemoryLayout::data_first;
  std::uint64_t const high = *pointer.initial;
  // Data may lie on both sides of a stack that no linker placed.
  std::uint64_t data_end = 0;
  for (auto const& each : segments_.placed) {
    if (each.end <= high) {
      data_end = std::max(data_end, each.end);
    }
  }
  std::uint64_t const bss_begin = has_data() ? data_end : std::min(default_data, high);
  auto const bss = bss_end(bss_begin, high);
  Bound low;
  if (symbols_.stack_low.has_value() && symbols_.stack_low->address < high) {
    low = {symbols_.stack_low->address, Confidence::certain, symbols_.stack_low->source};
  } else if (bss.has_value() && bss->confidence == Confidence::certain) {
    low = {std::min(align_up(bss->address, stack_alignment), high), Confidence::certain, bss->evidence};
  } else {
    low = find_stack_low(code_, high, bss_begin, use_of_stack_pointer());
  }
  claims_.add({RegionKind::stack,
               std::max(low.address, bss_begin),
               high,
               std::min(low.confidence, pointer.confidence),
               {pointer.evidence, fmt::format("it begins at {:#x}, behind data", high), low.evidence}});
  if (low.address - bss_begin < stack_alignment && !bss.has_value()) {
    claim_padding(bss_begin, low.address);
  } else {
    claim_bss(bss_begin, {low.address, low.confidence, low.evidence});
    if (bss.has_value() && low.address > bss->address && low.address - bss->address < stack_alignment) {
      variables_end_ = bss->address;
    }
  }
  if (high > used_end_) {
    used_end_ = high;
    used_evidence_ = "the stack ends there";
    used_confidence_ = pointer.confidence;
  }
}

// A global whose first value lies just behind everything else: the bump pointer of a small allocator, or the constant
// that an allocator begins with.
std::optional<Bound> Inference::heap_base_by_global(std::uint64_t behind) const {
  std::uint64_t const last = align_up(behind, stack_alignment) + 2 * stack_alignment;
  std::size_t const most = std::min<std::size_t>(module_.globals.size(), module_.imported_globals + std::size_t{1000});
  std::optional<Bound> best;
  for (std::size_t i = module_.imported_globals; i < most; ++i) {
    auto const value = value_of(module_, module_.globals[i].init);
    if (value.has_value() && *value >= behind && *value <= last && (!best.has_value() || *value < best->address)) {
      best = Bound{*value, Confidence::likely, fmt::format("global {} begins with {:#x}", i, *value)};
    }
  }
  return best;
}

void Inference::claim_heap() {
  if (symbols_.heap_base.has_value() && symbols_.heap_base->address >= used_end_) {
    auto const& base = *symbols_.heap_base;
    claim_bss(used_end_, {base.address, Confidence::certain, base.source});
    claims_.add({RegionKind::heap, base.address, size_, Confidence::certain, {base.source}});
    map_.heap_base = base.address;
    return;
  }
  bool const has_any = has_data() || map_.stack_pointer.has_value();
  bool const has_allocator = code_.grows || !map_.allocators.empty();
  // A linked module has a heap by its linker's layout; in another only an allocator tells of one.
  if (!has_any || (map_.layout == MemoryLayout::no_stack && !has_allocator) || map_.layout == MemoryLayout::unknown) {
    return;
  }
  std::uint64_t begin = used_end_;
  auto confidence = std::min(used_confidence_, Confidence::likely);
  std::string evidence = used_evidence_;
  if (auto const by_global = map_.layout == MemoryLayout::no_stack ? heap_base_by_global(used_end_) : std::nullopt) {
    begin = by_global->address;
    evidence = by_global->evidence;
    confidence = by_global->confidence;
  } else if (code_.is_linked) {
    begin = std::min(align_up(used_end_, stack_alignment), size_);
  }
  if (begin - used_end_ < stack_alignment) {
    claim_padding(used_end_, begin);
  }
  MemoryRegion heap{RegionKind::heap, begin, size_, confidence, {evidence}};
  if (code_.grows) {
    heap.evidence.emplace_back("the guest grows its memory");
  }
  claims_.add(std::move(heap));
  map_.heap_base = begin;
}

void Inference::claim_null_page() {
  if (map_.layout == MemoryLayout::stack_first || code_.uses_low_addresses) {
    return;
  }
  bool const has_any = has_data() || map_.layout == MemoryLayout::data_first;
  std::uint64_t const end = has_data() ? data_begin_ : default_data;
  if (!has_any || end > greatest_null_page) {
    return;
  }
  bool const is_default = end == default_data && map_.layout == MemoryLayout::data_first;
  claims_.add({RegionKind::null_page,
               0,
               end,
               is_default ? Confidence::likely : Confidence::guess,
               {fmt::format("no data and no constant address is below {:#x}", end)}});
}

} // namespace

MemoryMap infer_memory_map(wasm::Module const& module, std::uint32_t memory) { return Inference{module, memory}.run(); }

} // namespace weir::diagnose

namespace weir {

char const* to_string(RegionKind kind) noexcept {
  switch (kind) {
  case RegionKind::null_page: return "null page";
  case RegionKind::stack: return "stack";
  case RegionKind::static_data: return "static data";
  case RegionKind::read_only_data: return "read-only data";
  case RegionKind::bss: return ".bss";
  case RegionKind::heap: return "heap";
  case RegionKind::host_grown: return "grown by the host";
  case RegionKind::unknown: break;
  }
  return "unknown";
}

char const* to_string(Confidence confidence) noexcept {
  switch (confidence) {
  case Confidence::guess: break;
  case Confidence::likely: return "likely";
  case Confidence::certain: return "certain";
  }
  return "guess";
}

char const* to_string(MemoryLayout layout) noexcept {
  switch (layout) {
  case MemoryLayout::stack_first: return "stack first";
  case MemoryLayout::data_first: return "data first";
  case MemoryLayout::no_stack: return "no shadow stack";
  case MemoryLayout::position_independent: return "position-independent";
  case MemoryLayout::unknown: break;
  }
  return "unknown";
}

} // namespace weir
