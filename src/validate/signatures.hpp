// The plain signatures of opcodes.def, worked out at compile time.
#pragma once

#include <array>
#include <cstdint>

#include <weir/types.hpp>

#include "wasm/opcode.hpp"

namespace weir::validate {

// How an instruction is validated. All but `special` and those of locals follow from the table alone.
enum class Shape : std::uint8_t {
  special, // by a function of its own
  local_get,
  local_set,
  local_tee,
  constant, // [] -> [result]
  unary,    // [a] -> [result]
  binary,   // [a b] -> [result]
  load,     // [address] -> [result], with a memarg
  store,    // [address b] -> [], with a memarg
  checked,  // any other plain signature, and immediates to check
};

struct Signature {
  Shape shape = Shape::special;
  std::uint8_t param_count = 0;
  // Bits of the types: number and vector types fit a byte. 0: none.
  std::array<std::uint8_t, 3> params{};
  std::uint8_t result = 0;
  std::int8_t access = -1; // as in opcodes.def

  ValType param(std::size_t i) const noexcept { return ValType::from_bits(params[i]); }
  ValType result_type() const noexcept { return ValType::from_bits(result); }
};

namespace detail {

consteval std::uint8_t type_bits(char letter) {
  switch (letter) {
  case 'i':
  case 'a': // the address of a 32-bit memory
    return static_cast<std::uint8_t>(ValType::i32().bits());
  case 'I': return static_cast<std::uint8_t>(ValType::i64().bits());
  case 'f': return static_cast<std::uint8_t>(ValType::f32().bits());
  case 'F': return static_cast<std::uint8_t>(ValType::f64().bits());
  case 'v': return static_cast<std::uint8_t>(ValType::v128().bits());
  default: return 0;
  }
}

consteval Shape shape_of(Signature const& signature, wasm::Immediates immediates) {
  using wasm::Immediates;
  bool const has_result = signature.result != 0;
  switch (immediates) {
  case Immediates::none:
    return signature.param_count == 1 && has_result   ? Shape::unary
           : signature.param_count == 2 && has_result ? Shape::binary
                                                      : Shape::checked;
  case Immediates::i32:
  case Immediates::i64:
  case Immediates::f32:
  case Immediates::f64:
  case Immediates::v128: return Shape::constant;
  case Immediates::memarg: return has_result ? Shape::load : Shape::store;
  default: return Shape::checked;
  }
}

consteval std::array<Signature, wasm::opcode_count> make_signatures() {
  std::array<Signature, wasm::opcode_count> table{};
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const& info = wasm::opcode_infos[i];
    auto& signature = table[i];
    if (info.signature == "*") {
      auto const opcode = static_cast<wasm::Opcode>(i);
      signature.shape = opcode == wasm::Opcode::local_get   ? Shape::local_get
                        : opcode == wasm::Opcode::local_set ? Shape::local_set
                        : opcode == wasm::Opcode::local_tee ? Shape::local_tee
                                                            : Shape::special;
      continue;
    }
    bool behind_colon = false;
    for (char const letter : info.signature) {
      if (letter == ':') {
        behind_colon = true;
      } else if (behind_colon) {
        signature.result = type_bits(letter);
      } else {
        signature.params[signature.param_count++] = type_bits(letter);
      }
    }
    signature.access = info.access;
    signature.shape = shape_of(signature, info.immediates);
  }
  return table;
}

} // namespace detail

inline constexpr auto signatures = detail::make_signatures();

constexpr Signature const& signature_of(wasm::Opcode opcode) noexcept {
  return signatures[static_cast<std::size_t>(opcode)];
}

} // namespace weir::validate
