// What a memory map tells an embedder to change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/memory_map.hpp>

#include "wasm/module.hpp"

namespace weir::diagnose {

// What the advice needs to know beside the map.
struct AdviceFacts {
  bool heap_base_is_declared = false;
  bool is_llvm = false; // LLVM's linker made the module, so its options are of use
  std::uint32_t segments_outside = 0;
  std::vector<std::string> dropped; // statements of the module that cannot be true
};

std::vector<MemoryAdvice> advise(wasm::Module const& module, MemoryMap const& map, AdviceFacts const& facts);

} // namespace weir::diagnose
