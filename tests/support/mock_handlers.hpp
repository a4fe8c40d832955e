// A handler table of made-up words, for tests of what is encoded that never run it.
#pragma once

#include <array>
#include <vector>

#include "code/frame.hpp"
#include "code/handler_table.hpp"
#include "code/ops.hpp"

namespace weir::test {

struct MockHandlers {
  MockHandlers() {
    for (std::size_t family = 0; family < code::family_count; ++family) {
      auto const forms = static_cast<std::size_t>(code::family_forms(static_cast<code::OpFamily>(family)));
      for (std::size_t form = 0; form < forms; ++form) {
        words[family].push_back(mark | family << 32 | form);
      }
      table.families[family] = words[family].data();
    }
    table.int_pins = code::int_pins;
    table.float_pins = code::float_pins;
  }

  struct Identity {
    code::Op op{};
    int form = 0;
    int words = 1;
  };

  static Identity identify(code::Word const* cell) {
    auto const family = static_cast<code::OpFamily>(*cell >> 32 & 0xFF);
    auto const index = static_cast<std::uint32_t>(*cell);
    Identity found;
    for (std::size_t i = 0; i < code::op_count; ++i) {
      if (code::op_infos[i].family == family && code::form_bases[i] <= index) {
        found.op = static_cast<code::Op>(i);
      }
    }
    found.form = static_cast<int>(index - code::form_bases[static_cast<std::size_t>(found.op)]);
    found.words = code::cell_words(found.op, found.form);
    if (found.op == code::Op::enter) {
      found.words = code::enter_words;
    } else if (found.op == code::Op::br_table) {
      found.words += static_cast<int>(code::field_b(cell)) + 1;
    }
    return found;
  }

  static constexpr code::Word mark = 0xFACE'0000'0000'0000;
  std::array<std::vector<code::Word>, code::family_count> words;
  code::HandlerTable table;
};

} // namespace weir::test
