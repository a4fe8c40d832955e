// Pairs of cells that have a handler of their own, which executes both: everything here is generated from pairs.def
// and loop_pairs.def.
//
// They stay cells as any others. Only the first one's handler is the pair's, which goes on behind the second; what
// branches to that one finds a whole cell with a handler of its own. A trap or a charge is that of the cell which makes
// it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "code/handler_table.hpp"
#include "code/ops.hpp"
#include "code/sharing.hpp"

namespace weir::code {

namespace pairs {

// Some forms of an operation: see pairs.def.
struct Forms {
  Op op{};
  std::string_view places;
};
struct Row {
  Forms first;
  Forms second;
};

#define WEIR_PAIRS(first, first_places, second, second_places) \
  Row{{Op::first, first_places}, {Op::second, second_places}},
inline constexpr auto rows = std::to_array<Row>({
#include "code/loop_pairs.def"
#include "code/pairs.def"
});
#undef WEIR_PAIRS

// Places as bits: a slot, an immediate, the registers.
constexpr unsigned bit_of(Place const& place) noexcept {
  return place.kind == Operand::Kind::slot ? 1u : place.kind == Operand::Kind::immediate ? 2u : 4u << place.number;
}
constexpr unsigned bit_named(char letter) noexcept {
  return letter == 's' ? 1u : letter == '#' ? 2u : letter >= '0' && letter <= '9' ? 4u << (letter - '0') : 0;
}

// For each operand the digits that a row names.
constexpr DigitSets digit_sets(Forms const& forms) noexcept {
  Shape const& shape = shape_of(forms.op);
  DigitSets sets{};
  char const* at = forms.places.data();
  char const* const end = at + forms.places.size();
  for (std::size_t i = 0; i < shape.count; ++i) {
    unsigned named = 0;
    for (; at != end && *at != ' '; ++at) {
      named |= bit_named(*at);
    }
    at += at != end ? 1 : 0;
    auto const& role = detail::letter_parts[static_cast<std::size_t>(shape.operands[i].role)];
    unsigned digits = 0;
    for (unsigned digit = 0; digit < role.places; ++digit) {
      bool const is_named = role.places == 1 || (bit_of(place_of(At{role.digits[digit]})) & named) != 0;
      digits |= is_named ? 1u << digit : 0u;
    }
    sets[i] = static_cast<std::uint8_t>(digits);
  }
  return at == end ? sets : DigitSets{};
}

// The same with two operands exchanged.
constexpr DigitSets exchanged(Op op, DigitSets const& sets, std::size_t first) noexcept {
  DigitSets others = sets;
  for (std::size_t i : {first, first + 1}) {
    char const role = shape_of(op).operands[i].role;
    std::size_t const other = first + 1 - (i - first);
    others[i] = 0;
    for (int digit = 0; digit < places(role); ++digit) {
      int const there = digit_for(shape_of(op).operands[other].role, operand_at(place_of(role, digit)));
      others[i] =
          static_cast<std::uint8_t>(others[i] | (there >= 0 && (sets[other] >> there & 1) != 0 ? 1u << digit : 0u));
    }
  }
  return others;
}

// The forms that rows stand for, as those whose handlers execute them; of each row those of the first cell, then those
// of the second.
struct Lists {
  std::array<OpForm, 16 * rows.size()> forms{};
  std::array<std::size_t, 2 * rows.size() + 1> begins{};
};

constexpr OpForm* write_list(Forms const& forms, OpForm* to) noexcept {
  Shape const& shape = shape_of(forms.op);
  DigitSets const sets = digit_sets(forms);
  int const first = first_exchangeable(forms.op);
  if (first < 0) {
    auto const add = [&](int form) { *to++ = handler_of({forms.op, form}); };
    for_each_form(shape, sets, add);
    return to;
  }
  // Operands that may be exchanged may stand in either order in a row.
  DigitSets const others = exchanged(forms.op, sets, static_cast<std::size_t>(first));
  DigitSets both = sets;
  for (std::size_t i = 0; i < max_operands; ++i) {
    both[i] |= others[i];
  }
  auto const add = [&](int form) {
    if ((has_digits(shape, sets, form) || has_digits(shape, others, form)) && !is_out_of_order({forms.op, form})) {
      *to++ = handler_of({forms.op, form});
    }
  };
  for_each_form(shape, both, add);
  return to;
}

inline constexpr Lists lists = [] {
  Lists lists;
  OpForm* const begin = lists.forms.data();
  OpForm* to = begin;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    to = write_list(rows[i].first, to);
    lists.begins[2 * i + 1] = static_cast<std::size_t>(to - begin);
    to = write_list(rows[i].second, to);
    lists.begins[2 * i + 2] = static_cast<std::size_t>(to - begin);
  }
  return lists;
}();

// Of a row.
constexpr std::span<OpForm const> first_forms(std::size_t row) noexcept {
  return {lists.forms.data() + lists.begins[2 * row], lists.forms.data() + lists.begins[2 * row + 1]};
}
constexpr std::span<OpForm const> second_forms(std::size_t row) noexcept {
  return {lists.forms.data() + lists.begins[2 * row + 1], lists.forms.data() + lists.begins[2 * row + 2]};
}

// A smaller set of registers may leave rows without forms; else one names places that its operation has not got.
static_assert(int_registers < 4 || float_registers < 4 || [] {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (first_forms(row).empty() || second_forms(row).empty()) {
      return false;
    }
  }
  return true;
}());

inline constexpr std::size_t most = [] {
  std::size_t all = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    all += first_forms(row).size() * second_forms(row).size();
  }
  return all;
}();

// In the order of the first cells' numbers. Rows may have pairs in common.
struct Sorted {
  std::array<Pair, most> all{};
  std::array<std::uint16_t, static_cast<std::size_t>(total_forms()) + 1> begins{}; // of those with that number
};
inline constexpr auto sorted = [] {
  Sorted sorted;
  auto& begins = sorted.begins;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (OpForm const first : first_forms(row)) {
      std::size_t const number = number_of(first);
      begins[number + 1] = static_cast<std::uint16_t>(begins[number + 1] + second_forms(row).size());
    }
  }
  for (std::size_t i = 1; i < begins.size(); ++i) {
    begins[i] = static_cast<std::uint16_t>(begins[i] + begins[i - 1]);
  }
  auto next = begins;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (OpForm const first : first_forms(row)) {
      std::size_t const number = number_of(first);
      for (OpForm const second : second_forms(row)) {
        Pair const pair{first, second};
        auto const from = sorted.all.begin() + begins[number];
        auto const to = sorted.all.begin() + next[number];
        if (std::find(from, to, pair) == to) {
          sorted.all[next[number]++] = pair;
        }
      }
    }
  }
  std::size_t count = 0;
  for (std::size_t number = 0; number + 1 < begins.size(); ++number) {
    std::size_t const from = begins[number];
    begins[number] = static_cast<std::uint16_t>(count);
    for (std::size_t i = from; i < next[number]; ++i) {
      sorted.all[count++] = sorted.all[i];
    }
  }
  begins.back() = static_cast<std::uint16_t>(count);
  return sorted;
}();

} // namespace pairs

inline constexpr std::size_t pair_count = pairs::sorted.begins.back();

inline constexpr auto all_pairs = [] {
  std::array<Pair, pair_count> all{};
  std::copy_n(pairs::sorted.all.begin(), pair_count, all.begin());
  return all;
}();

namespace pairs {

struct HashTable {
  std::array<std::uint64_t, PairIndex::filter_words> filter{};
  std::array<PairIndex::Entry, PairIndex::places> entries{};
  std::size_t count = 0;

  constexpr void add(std::uint32_t key, std::uint16_t number) noexcept {
    std::uint32_t const hash = PairIndex::hash(key);
    std::uint32_t const bit = PairIndex::filtered(hash);
    filter[bit / 64] |= std::uint64_t{1} << bit % 64;
    std::size_t place = PairIndex::place_of_hash(hash);
    while (entries[place].key != PairIndex::no_key) {
      place = (place + 1) % PairIndex::places;
    }
    entries[place] = {key, number};
    ++count;
  }
};
inline constexpr HashTable hash_table = [] {
  HashTable table;
  for (std::size_t i = 0; i < pair_count; ++i) {
    for_each_executed(all_pairs[i].first, [&](OpForm first) {
      for_each_executed(all_pairs[i].second, [&](OpForm second) {
        table.add(PairIndex::key_of(number_of(first), number_of(second)), static_cast<std::uint16_t>(i));
      });
    });
  }
  return table;
}();
static_assert(2 * hash_table.count <= PairIndex::places, "half of the places stay free, or it gets slow");

} // namespace pairs

// An index of all, whose handlers are in the order of all_pairs.
constexpr PairIndex pair_index(Word const* handlers) noexcept {
  auto const& table = pairs::hash_table;
  return {table.filter.data(), table.entries.data(), all_pairs.data(), handlers, pair_count};
}

} // namespace weir::code
