// Addresses of the handlers of one dispatch backend, for the encoder and the disassembler. `execute` provides them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "code/cell.hpp"
#include "code/ops.hpp"

namespace weir::code {

struct HandlerTable {
  // For each family, family_forms(family) handlers; an operation's forms start at form_bases[op].
  std::array<Word const*, family_count> families{};
  // How many of a function's locals may live in registers; forms that name others have no handler.
  int int_pins = 0;
  int float_pins = 0;

  Word handler(Op op, int form) const noexcept {
    return families[static_cast<std::size_t>(info(op).family)]
                   [form_bases[static_cast<std::size_t>(op)] + static_cast<std::size_t>(form)];
  }
};

} // namespace weir::code
