// Addresses of the handlers of one dispatch backend, for the encoder and the disassembler. `execute` provides them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "code/cell.hpp"
#include "code/ops.hpp"

namespace weir::code {

// Two cells, one behind the other, that have one handler (code/pairs.hpp).
struct Pair {
  OpForm first;
  OpForm second;
  constexpr bool operator==(Pair const&) const noexcept = default;
};

// Finds pairs by the numbers of their forms.
struct PairIndex {
  static constexpr std::uint16_t none = 0xFFFF;

  std::uint16_t find(std::uint16_t first, std::uint16_t second) const noexcept {
    for (std::uint16_t i = begins[first]; i < begins[first + std::size_t{1}]; ++i) {
      if (seconds[i] == second) {
        return i;
      }
    }
    return none;
  }

  std::uint16_t const* begins = nullptr;  // those that begin with number n are at begins[n] to begins[n + 1] - 1
  std::uint16_t const* seconds = nullptr; // the numbers of the second cells
  Pair const* pairs = nullptr;
  Word const* handlers = nullptr;
  std::size_t count = 0; // 0: each cell has its own handler, and begins and seconds are null
};

struct HandlerTable {
  // For each family, family_forms(family) handlers; an operation's forms start at form_bases[op].
  std::array<Word const*, family_count> families{};
  // How many of a function's locals may live in registers; forms that name others have no handler.
  int int_pins = 0;
  int float_pins = 0;
  // Empty where each cell has its own handler.
  PairIndex pairs;

  Word handler(Op op, int form) const noexcept {
    return families[static_cast<std::size_t>(info(op).family)]
                   [form_bases[static_cast<std::size_t>(op)] + static_cast<std::size_t>(form)];
  }
};

} // namespace weir::code
