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

// Finds pairs by the numbers of their forms, or of those that the same handlers execute (code/sharing.hpp).
struct PairIndex {
  static constexpr std::uint16_t none = 0xFFFF;

  // A hash table without lists: a pair is where its hash says, or behind that. Most keys that are looked for are not
  // there, which the filter, a bit for each value of a longer part of the hash, nearly always knows.
  static constexpr unsigned hash_bits = 13;
  static constexpr std::size_t places = std::size_t{1} << hash_bits;
  static constexpr unsigned filter_bits = 16;
  static constexpr std::size_t filter_words = (std::size_t{1} << filter_bits) / 64;
  static constexpr std::uint32_t no_key = 0xFFFFFFFF;
  struct Entry {
    std::uint32_t key = no_key;
    std::uint16_t number = none; // of the pair
  };
  static constexpr std::uint32_t key_of(std::uint16_t first, std::uint16_t second) noexcept {
    return std::uint32_t{first} << 16 | second;
  }
  static constexpr std::uint32_t hash(std::uint32_t key) noexcept { return key * std::uint32_t{0x9E3779B1}; }
  static constexpr std::size_t place_of_hash(std::uint32_t hash) noexcept { return hash >> (32 - hash_bits); }
  static constexpr std::uint32_t filtered(std::uint32_t hash) noexcept { return hash >> (32 - filter_bits); }

  // 0 in the lowest bit says that the two are no pair. The others mean nothing.
  std::uint64_t may_find(std::uint16_t first, std::uint16_t second) const noexcept {
    std::uint32_t const bit = filtered(hash(key_of(first, second)));
    return filter[bit / 64] >> bit % 64;
  }

  std::uint16_t find(std::uint16_t first, std::uint16_t second) const noexcept {
    std::uint32_t const key = key_of(first, second);
    for (std::size_t place = place_of_hash(hash(key)); entries[place].key != no_key; place = (place + 1) % places) {
      if (entries[place].key == key) {
        return entries[place].number;
      }
    }
    return none;
  }

  static constexpr std::array<std::uint64_t, filter_words> empty_filter{};

  std::uint64_t const* filter = empty_filter.data();
  Entry const* entries = nullptr;
  Pair const* pairs = nullptr;
  Word const* handlers = nullptr;
  std::size_t count = 0; // 0: each cell has its own handler, and no pair is found
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
