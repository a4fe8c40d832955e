// How a guest's linear memory is laid out, as far as its module tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <weir/weir.hpp>

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0; // one past the last byte
};

struct Layout {
  std::uint64_t pages = 0;
  std::optional<std::uint64_t> maximum;
  // The first value of global 0, if that is a mutable i32: by the linker's custom the stack pointer.
  std::optional<std::uint64_t> stack_top;
  std::vector<Range> segments;            // active data segments, in the module's order
  std::optional<std::uint64_t> data_end;  // exported as __data_end
  std::optional<std::uint64_t> heap_base; // exported as __heap_base
  std::vector<std::string> exports;

  // From the first to the last byte of the segments; nothing when there are none.
  std::optional<Range> static_data() const;
};

// The module must have been instantiated (its exported globals are read from the instance).
Layout read_layout(weir::Module const& module, weir::StoreContext store, weir::Instance const& instance);

void print_layout(Layout const& layout);
