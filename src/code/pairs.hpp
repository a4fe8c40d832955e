// Pairs of cells that have a handler of their own, which executes both: everything here is generated from pairs.def.
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
#include "code/pairs.def"
});
#undef WEIR_PAIRS

constexpr bool names(std::string_view set, Place const& place) noexcept {
  char const letter = place.kind == Operand::Kind::slot        ? 's'
                      : place.kind == Operand::Kind::immediate ? '#'
                                                               : static_cast<char>('0' + place.number);
  return set.find(letter) != std::string_view::npos;
}

constexpr bool has(Forms const& forms, std::array<Place, max_operands> const& where) noexcept {
  Shape const shape = shape_of(forms.op);
  std::string_view rest = forms.places;
  for (std::size_t i = 0; i < shape.count; ++i) {
    std::size_t const end = std::min(rest.find(' '), rest.size());
    if (places(shape.operands[i].role) != 1 && !names(rest.substr(0, end), where[i])) {
      return false;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return rest.empty();
}

// Operands that may be exchanged may stand in either order in a row.
constexpr bool has(Forms const& forms, int form) noexcept {
  Shape const shape = shape_of(forms.op);
  std::array<Place, max_operands> where{};
  for (std::size_t i = 0; i < shape.count; ++i) {
    where[i] = place_of(shape.operands[i].role, digit(shape, form, static_cast<int>(i)));
  }
  if (has(forms, where)) {
    return true;
  }
  int const first = first_exchangeable(forms.op);
  if (first < 0) {
    return false;
  }
  std::swap(where[static_cast<std::size_t>(first)], where[static_cast<std::size_t>(first) + 1]);
  return has(forms, where);
}

// The forms that it stands for, as those whose handlers execute them.
struct FormList {
  std::array<OpForm, 300> forms{};
  std::size_t count = 0;
};
constexpr FormList list(Forms const& forms) noexcept {
  FormList found;
  for (int form = 0; form < form_count(forms.op); ++form) {
    if (!is_out_of_order({forms.op, form}) && has(forms, form)) {
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

} // namespace pairs

inline constexpr std::size_t pair_count = [] {
  std::size_t all = 0;
  for (auto const& [first, second] : pairs::lists) {
    all += first.count * second.count;
  }
  return all;
}();

// Where pairs begin that begin with each number.
inline constexpr auto pair_begins = [] {
  std::array<std::uint16_t, static_cast<std::size_t>(total_forms()) + 1> begins{};
  for (auto const& [first, second] : pairs::lists) {
    for (std::size_t i = 0; i < first.count; ++i) {
      std::size_t const number = number_of(first.forms[i]);
      begins[number + 1] = static_cast<std::uint16_t>(begins[number + 1] + second.count);
    }
  }
  for (std::size_t i = 1; i < begins.size(); ++i) {
    begins[i] = static_cast<std::uint16_t>(begins[i] + begins[i - 1]);
  }
  return begins;
}();

// In the order of the first cells' numbers.
inline constexpr auto all_pairs = [] {
  std::array<Pair, pair_count> all{};
  auto next = pair_begins;
  for (auto const& [first, second] : pairs::lists) {
    for (std::size_t i = 0; i < first.count; ++i) {
      for (std::size_t k = 0; k < second.count; ++k) {
        all[next[number_of(first.forms[i])]++] = {first.forms[i], second.forms[k]};
      }
    }
  }
  return all;
}();

inline constexpr auto pair_seconds = [] {
  std::array<std::uint16_t, pair_count> numbers{};
  std::ranges::transform(all_pairs, numbers.begin(), [](Pair const& pair) { return number_of(pair.second); });
  return numbers;
}();

static_assert([] {
  for (std::size_t begin = 0; begin + 1 < pair_begins.size(); ++begin) {
    for (std::size_t i = pair_begins[begin]; i < pair_begins[begin + 1]; ++i) {
      for (std::size_t k = i + 1; k < pair_begins[begin + 1]; ++k) {
        if (pair_seconds[i] == pair_seconds[k]) {
          return false;
        }
      }
    }
  }
  return true;
}(), "two rows have a pair in common");

// An index of all, whose handlers are in the order of all_pairs.
constexpr PairIndex pair_index(Word const* handlers) noexcept {
  return {pair_begins.data(), pair_seconds.data(), all_pairs.data(), handlers, pair_count};
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
