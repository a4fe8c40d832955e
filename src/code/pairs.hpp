// Pairs of cells that have a handler of their own, which executes both: everything here is generated from pairs.def
// and loop_pairs.def.
//
// They stay cells as any others. Only the first one's handler is the pair's, which goes on behind the second; what
// branches to that one finds a whole cell with a handler of its own. A trap or a charge is that of the cell which makes
// it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

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

constexpr bool names(std::string_view set, Place const& place) noexcept {
  char const letter = place.kind == Operand::Kind::slot        ? 's'
                      : place.kind == Operand::Kind::immediate ? '#'
                                                               : static_cast<char>('0' + place.number);
  return set.find(letter) != std::string_view::npos;
}

// For each operand the digits that a row names, as bits.
using DigitSets = std::array<std::uint8_t, max_operands>;
constexpr DigitSets digit_sets(Forms const& forms) noexcept {
  Shape const& shape = shape_of(forms.op);
  DigitSets sets{};
  std::string_view rest = forms.places;
  for (std::size_t i = 0; i < shape.count; ++i) {
    std::size_t const end = std::min(rest.find(' '), rest.size());
    char const role = shape.operands[i].role;
    for (int digit = 0; digit < places(role); ++digit) {
      bool const is_named = places(role) == 1 || names(rest.substr(0, end), place_of(role, digit));
      sets[i] = static_cast<std::uint8_t>(sets[i] | (is_named ? 1u << digit : 0u));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return rest.empty() ? sets : DigitSets{};
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

// The forms that it stands for, as those whose handlers execute them.
struct FormList {
  std::array<OpForm, 80> forms{};
  std::size_t count = 0;
};
constexpr FormList list(Forms const& forms) noexcept {
  Shape const& shape = shape_of(forms.op);
  int const first = first_exchangeable(forms.op);
  DigitSets const sets = digit_sets(forms);
  // Operands that may be exchanged may stand in either order in a row.
  DigitSets const others = first < 0 ? sets : exchanged(forms.op, sets, static_cast<std::size_t>(first));
  FormList found;
  int const count = form_count(forms.op);
  for (int form = 0; form < count; ++form) {
    bool is_one = true;
    bool is_other = true;
    int rest = form;
    for (std::size_t i = shape.count; i-- > 0 && (is_one || is_other);) {
      int const all = places(shape.operands[i].role);
      is_one = is_one && (sets[i] >> rest % all & 1) != 0;
      is_other = is_other && (others[i] >> rest % all & 1) != 0;
      rest /= all;
    }
    if ((is_one || is_other) && !is_out_of_order({forms.op, form})) {
      found.forms[found.count++] = handler_of({forms.op, form});
    }
  }
  return found;
}

inline constexpr auto lists = [] {
  std::array<std::array<FormList, 2>, rows.size()> all{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all[i] = {list(rows[i].first), list(rows[i].second)};
  }
  return all;
}();

// A smaller set of registers may leave rows without forms; else one names places that its operation has not got.
static_assert(int_registers < 4 || float_registers < 4 ||
              std::ranges::all_of(lists, [](auto const& row) { return row[0].count != 0 && row[1].count != 0; }));

inline constexpr std::size_t most = [] {
  std::size_t all = 0;
  for (auto const& [first, second] : lists) {
    all += first.count * second.count;
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
  for (auto const& [first, second] : lists) {
    for (std::size_t i = 0; i < first.count; ++i) {
      std::size_t const number = number_of(first.forms[i]);
      begins[number + 1] = static_cast<std::uint16_t>(begins[number + 1] + second.count);
    }
  }
  for (std::size_t i = 1; i < begins.size(); ++i) {
    begins[i] = static_cast<std::uint16_t>(begins[i] + begins[i - 1]);
  }
  auto next = begins;
  for (auto const& [first, second] : lists) {
    for (std::size_t i = 0; i < first.count; ++i) {
      std::size_t const number = number_of(first.forms[i]);
      for (std::size_t k = 0; k < second.count; ++k) {
        Pair const pair{first.forms[i], second.forms[k]};
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
  std::array<std::uint32_t, PairIndex::places> keys{};
  std::array<std::uint16_t, PairIndex::places> numbers{};
};
static_assert(2 * pair_count <= PairIndex::places, "half of the places stay free, or it gets slow");
inline constexpr HashTable hash_table = [] {
  HashTable table;
  table.keys.fill(PairIndex::no_key);
  for (std::size_t i = 0; i < pair_count; ++i) {
    std::uint32_t const key = PairIndex::key_of(number_of(all_pairs[i].first), number_of(all_pairs[i].second));
    std::uint32_t const hash = PairIndex::hash(key);
    std::uint32_t const bit = PairIndex::filtered(hash);
    table.filter[bit / 64] |= std::uint64_t{1} << bit % 64;
    std::size_t place = PairIndex::place_of_hash(hash);
    while (table.keys[place] != PairIndex::no_key) {
      place = (place + 1) % PairIndex::places;
    }
    table.keys[place] = key;
    table.numbers[place] = static_cast<std::uint16_t>(i);
  }
  return table;
}();

} // namespace pairs

// An index of all, whose handlers are in the order of all_pairs.
constexpr PairIndex pair_index(Word const* handlers) noexcept {
  auto const& table = pairs::hash_table;
  return {table.filter.data(), table.keys.data(), table.numbers.data(), all_pairs.data(), handlers, pair_count};
}

// Handlers of single cells.
inline constexpr int handler_count = [] {
  int count = 0;
  for (std::size_t i = 0; i < op_count; ++i) {
    auto const op = static_cast<Op>(i);
    int const forms = form_count(op);
    if (first_exchangeable(op) < 0 && wider(op) == op) {
      count += forms;
      continue;
    }
    for (int form = 0; form < forms; ++form) {
      count += has_own_handler({op, form}) ? 1 : 0;
    }
  }
  return count;
}();

// The budget of handlers: compile time and code size are in proportion to it.
static_assert(handler_count + static_cast<int>(pair_count) <= 12000);

} // namespace weir::code
