// Who made a module, and how a host gets memory from it.
#pragma once

#include <string>
#include <vector>

#include <weir/memory_map.hpp>

#include "wasm/module.hpp"

namespace weir::diagnose {

enum class ToolchainKind : std::uint8_t { unknown, llvm, rustc, emscripten, tiny_go, go, assembly_script, zig };

struct Toolchain {
  ToolchainKind kind = ToolchainKind::unknown;
  std::string text; // for people: "rustc 1.63.0"; empty if nothing tells
};

// From the producers section, else from names that only one toolchain uses. `is_linked`: the code carries the marks of
// LLVM's linker.
Toolchain find_toolchain(wasm::Module const& module, bool is_linked);

// The exported functions that look like an allocator for this memory, by name and signature, the most trustworthy
// first.
std::vector<AllocatorCandidate> find_allocators(wasm::Module const& module, bool is_64);

} // namespace weir::diagnose
