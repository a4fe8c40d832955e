#include "diagnose/layout_advice.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "diagnose/layout_inference.hpp"

namespace weir::diagnose {

namespace {

constexpr std::size_t most_dropped = 16;

MemoryRegion const* find_kind(MemoryMap const& map, RegionKind kind) {
  auto const found = std::ranges::find(map.regions, kind, &MemoryRegion::kind);
  return found != map.regions.end() ? &*found : nullptr;
}

void advise_stack(MemoryMap const& map, AdviceFacts const& facts, std::vector<MemoryAdvice>& advice) {
  if (map.layout == MemoryLayout::data_first) {
    advice.push_back({"data-first", fmt::format("the stack lies behind the data: an overflow silently overwrites it{}",
                                                facts.is_llvm ? "; link with --stack-first, then it traps" : "")});
  }
  auto const* const stack = find_kind(map, RegionKind::stack);
  if (stack == nullptr) {
    return;
  }
  std::uint64_t const frame = map.stack_pointer.has_value() ? map.stack_pointer->largest_frame : 0;
  if (frame > stack->size() / 4) {
    advice.push_back(
        {"small-stack", fmt::format("the stack has {} bytes, and one function alone takes {} of them: make it larger{}",
                                    stack->size(), frame, facts.is_llvm ? " (-z stack-size=...)" : "")});
  } else if (stack->size() < default_stack && facts.is_llvm) {
    advice.push_back(
        {"small-stack", fmt::format("the stack has only {} bytes (-z stack-size=... makes it larger)", stack->size())});
  }
}

void advise_allocator(MemoryMap const& map, std::vector<MemoryAdvice>& advice) {
  if (map.allocators.empty()) {
    advice.push_back({"no-allocator",
                      "no allocator is exported: a host has no address to write to; export malloc and free, or a pair "
                      "of functions of your own"});
    return;
  }
  auto const& first = map.allocators.front();
  if (!first.is_unambiguous) {
    advice.push_back(
        {"unconfirmed-allocator", fmt::format("`{}` and `{}` look like an allocator; tell the host if they are",
                                              first.allocate, first.release)});
  } else if (first.release.empty() && first.allocate != "cabi_realloc") {
    advice.push_back(
        {"no-release", fmt::format("`{}` is exported, but nothing that gives memory back", first.allocate)});
  }
}

} // namespace

std::vector<MemoryAdvice> advise(wasm::Module const& module, MemoryMap const& map, AdviceFacts const& facts) {
  std::vector<MemoryAdvice> advice;
  for (std::size_t i = 0; i < facts.dropped.size(); ++i) {
    if (i == most_dropped) {
      advice.push_back({"contradiction", fmt::format("and {} more like these", facts.dropped.size() - i)});
      break;
    }
    advice.push_back({"contradiction", facts.dropped[i] + "; this was not believed"});
  }
  if (facts.segments_outside != 0) {
    advice.push_back(
        {"segment-outside", fmt::format("{} data segment{} not fit the memory's initial size: instantiation will trap",
                                        facts.segments_outside, facts.segments_outside == 1 ? " does" : "s do")});
  }
  advise_stack(map, facts, advice);
  bool const has_heap = map.heap_base.has_value();
  if (has_heap && !facts.heap_base_is_declared) {
    advice.push_back(
        {"no-heap-base", fmt::format("where the heap begins is inferred; export __heap_base{}, and it is known",
                                     facts.is_llvm ? " and __data_end (-Wl,--export=__heap_base, in Rust "
                                                     "-C link-arg=--export=__heap_base)"
                                                   : "")});
  }
  if (map.memory == 0 && (has_heap || map.layout == MemoryLayout::position_independent)) {
    advise_allocator(map, advice);
  }
  if (!map.maximum_size.has_value()) {
    advice.push_back({"no-maximum", "the memory has no maximum: only the host's limits bound its growth"});
  }
  bool const is_reachable =
      map.memory < module.imported_memories ||
      std::ranges::any_of(
          module.exports,
          [&](wasm::Export const& each) { return each.kind == ExternKind::memory && each.index == map.memory; });
  if (!is_reachable) {
    advice.push_back({"memory-hidden", "the memory is not exported: no host can read or write it"});
  }
  return advice;
}

} // namespace weir::diagnose
