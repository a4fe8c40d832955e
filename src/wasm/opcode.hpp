// The opcodes of WebAssembly and what is known of each: everything here is generated from opcodes.def.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wasm/features.hpp"

namespace weir::wasm {

// What follows the opcode in the binary format.
enum class Immediates : std::uint8_t {
  none,
  block_type,    // s33: empty, a value type, or a type index
  label,         // label index
  br_table,      // vec(label), label
  func,          // function index
  type,          // type index
  call_indirect, // type index, table index
  select_types,  // vec(value type)
  local,         // local index
  global,        // global index
  table,         // table index
  memarg,        // alignment exponent (with the memory index's flag), [memory index], offset
  memarg_lane,   // memarg, lane index
  lane,          // lane index
  memory,        // memory index
  memory_memory, // destination, source memory index
  data_memory,   // data segment index, memory index
  data,          // data segment index
  elem_table,    // element segment index, table index
  elem,          // element segment index
  table_table,   // destination, source table index
  heap_type,     // heap type
  i32,
  i64,
  f32,
  f64,
  v128,
  shuffle, // 16 lane indices
};

// Dense enumeration, in the order of opcodes.def. The value is not the binary code. 32 bits: compilers read that many
// where 16 bits were written a moment ago, and processors wait for such a write to reach the cache.
enum class Opcode : std::uint32_t {
#define WEIR_OPCODE(name, ...) name,
#include "wasm/opcodes.def"
#undef WEIR_OPCODE
};

struct OpcodeInfo {
  std::string_view text; // keyword of the text format
  std::uint8_t prefix;   // 0, or the prefix byte
  std::uint32_t code;    // the byte, or the number after the prefix
  Immediates immediates;
  std::string_view signature; // see opcodes.def
  std::int8_t access;         // log2 of the natural alignment of a memory instruction, else -1
  Feature feature;
};

inline constexpr auto opcode_infos = std::to_array<OpcodeInfo>({
#define WEIR_OPCODE(name, text, prefix, code, immediates, signature, access, feature) \
  {text, prefix, code, Immediates::immediates, signature, access, Feature::feature},
#include "wasm/opcodes.def"
#undef WEIR_OPCODE
});
inline constexpr std::size_t opcode_count = opcode_infos.size();

constexpr OpcodeInfo const& info(Opcode opcode) noexcept { return opcode_infos[static_cast<std::size_t>(opcode)]; }

namespace detail {

inline constexpr std::uint16_t no_opcode = 0xFFFF;

template <std::size_t Size>
consteval std::array<std::uint16_t, Size> opcodes_of_prefix(std::uint8_t prefix) {
  std::array<std::uint16_t, Size> table{};
  table.fill(no_opcode);
  for (std::size_t i = 0; i < opcode_count; ++i) {
    if (opcode_infos[i].prefix == prefix) {
      table[opcode_infos[i].code] = static_cast<std::uint16_t>(i);
    }
  }
  return table;
}

inline constexpr auto one_byte_opcodes = opcodes_of_prefix<256>(0x00);
inline constexpr auto misc_opcodes = opcodes_of_prefix<32>(0xFC);
inline constexpr auto vector_opcodes = opcodes_of_prefix<256>(0xFD);

constexpr std::optional<Opcode> to_opcode(std::uint16_t dense) noexcept {
  return dense == no_opcode ? std::nullopt : std::optional{static_cast<Opcode>(dense)};
}

} // namespace detail

// The opcode with this code, if there is one.
constexpr std::optional<Opcode> find_opcode(std::uint8_t prefix, std::uint32_t code) noexcept {
  switch (prefix) {
  case 0x00: return code < 256 ? detail::to_opcode(detail::one_byte_opcodes[code]) : std::nullopt;
  case 0xFC: return code < 32 ? detail::to_opcode(detail::misc_opcodes[code]) : std::nullopt;
  case 0xFD: return code < 256 ? detail::to_opcode(detail::vector_opcodes[code]) : std::nullopt;
  default: return std::nullopt;
  }
}

} // namespace weir::wasm
