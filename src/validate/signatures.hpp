// The plain signatures of opcodes.def as types.
#pragma once

#include <array>
#include <cstdint>

#include <weir/types.hpp>

#include "wasm/opcode.hpp"

namespace weir::validate {

struct Signature {
  std::array<ValType, 3> params{};
  ValType result;
  std::uint8_t param_count = 0;
  bool has_result = false;
  bool is_plain = false;
};

consteval std::array<Signature, wasm::opcode_count> make_signatures() {
  std::array<Signature, wasm::opcode_count> table{};
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const text = wasm::opcode_infos[i].signature;
    if (text == "*") {
      continue;
    }
    auto& signature = table[i];
    signature.is_plain = true;
    bool behind_colon = false;
    for (char const letter : text) {
      if (letter == ':') {
        behind_colon = true;
        continue;
      }
      ValType const type = letter == 'I'   ? ValType::i64()
                           : letter == 'f' ? ValType::f32()
                           : letter == 'F' ? ValType::f64()
                           : letter == 'v' ? ValType::v128()
                                           : ValType::i32(); // i, and a: the address of a 32-bit memory
      if (behind_colon) {
        signature.result = type;
        signature.has_result = true;
      } else {
        signature.params[signature.param_count++] = type;
      }
    }
  }
  return table;
}

inline constexpr auto signatures = make_signatures();

} // namespace weir::validate
