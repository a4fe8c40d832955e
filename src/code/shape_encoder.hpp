// Works out a cell's form and words from its operands: one function for each shape that operations have, so that roles
// and fields are known when it is compiled (docs/rationale.md, "What made translation quicker?").
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "code/cell.hpp"
#include "code/encoder.hpp"
#include "code/frame.hpp"
#include "code/ops.hpp"
#include "code/sharing.hpp"

namespace weir::code {

// Which operand of an operation with a destination that is: the first one; of branches the local that they update.
constexpr std::size_t destination_of(Shape const& shape) noexcept {
  return shape.operands[0].role == 'L' && shape.operands[1].role == 'P' ? 1 : 0;
}

// What of its operands an operation may have elsewhere.
struct SourceRules {
  std::uint8_t first = 0;        // from this one on they may be taken from the temporaries
  std::int8_t exchangeable = -1; // the first of two that may be exchanged
};

struct Encoding {
  Word word1 = 0;
  Word word2 = 0;
  std::int64_t destination = no_slot; // its slot, if the operation is one that has a destination
  std::uint32_t form = 0;
  std::uint8_t words = 1;       // of the cell
  std::uint8_t short_words = 1; // what they would be without operand 0
  bool takes_result = false;    // from the temporary
  bool is_too_far = false;      // a slot's number has no room in its field
};

namespace detail {

constexpr bool is_int_source(char role) noexcept { return role == 'I' || role == 'i' || role == 'J' || role == 'j'; }
constexpr bool is_float_source(char role) noexcept { return role == 'F' || role == 'f'; }

// Where a field is in its word, and how much it holds.
struct FieldPlace {
  unsigned word = 0; // 0: the operand is not written
  unsigned shift = 0;
  Word bits = 0;
  bool is_narrow = false; // a slot's number may be too large
};
constexpr FieldPlace place_of_field(char field) noexcept {
  constexpr Word narrow = max_narrow_slots - 1;
  switch (field) {
  case 'd': return {1, 0, narrow, true};
  case 'a': return {1, 16, narrow, true};
  case 'b': return {1, 32, 0xFFFFFFFF, false};
  case 't': return {2, 0, 0xFFFFFFFF, false};
  case 'c': return {2, 32, narrow, true};
  case 'e': return {2, 48, 0xFFFF, false};
  case 'x': return {2, 0, ~Word{0}, false};
  default: return {};
  }
}

// The operand's digit: as digit_for(), which takes its time.
template <char Role>
constexpr std::uint32_t digit_of(Operand::Kind kind, std::int64_t value) noexcept {
  using Kind = Operand::Kind;
  constexpr Place first = place_of(Role, 0);
  constexpr Place last = place_of(Role, places(Role) - 1);
  if constexpr (first.kind == Kind::none) {
    return static_cast<std::uint32_t>(value);
  } else if constexpr (places(Role) == 1) {
    return 0;
  } else if constexpr (last.kind == Kind::immediate) {
    return kind == Kind::immediate ? 1 : 0;
  } else {
    // Registers stand behind the slot, and behind the immediate where there is one.
    constexpr int base = places(Role) - 1 - last.number;
    constexpr bool has_immediate = digit_for(Role, Operand::immediate(0)) >= 0;
    std::uint32_t const number = static_cast<std::uint32_t>(value) + static_cast<std::uint32_t>(base);
    std::uint32_t const other = has_immediate && kind == Kind::immediate ? 1 : 0;
    return kind >= Kind::int_register ? number : other;
  }
}

inline constexpr auto distinct_shapes = [] {
  struct Shapes {
    std::array<std::string_view, op_count> texts{};
    std::array<std::uint8_t, op_count> of_op{};
    std::size_t count = 0;
  } shapes;
  for (std::size_t i = 0; i < op_count; ++i) {
    auto const end = shapes.texts.begin() + static_cast<std::ptrdiff_t>(shapes.count);
    auto const at = std::find(shapes.texts.begin(), end, op_infos[i].shape);
    shapes.of_op[i] = static_cast<std::uint8_t>(at - shapes.texts.begin());
    if (at == end) {
      shapes.texts[shapes.count++] = op_infos[i].shape;
    }
  }
  return shapes;
}();
static_assert(distinct_shapes.count <= 256);

template <std::size_t Number>
struct ShapeEncoder {
  static constexpr Shape shape = parse_shape(distinct_shapes.texts[Number]);
  static constexpr std::size_t count = shape.count;
  static constexpr char role(std::size_t operand) noexcept { return shape.operands[operand].role; }
  static constexpr std::size_t destination = destination_of(shape);

  Operand::Kind kinds[count + 1];
  std::int64_t values[count + 1];
  Encoding result;

  template <std::size_t I>
  [[gnu::always_inline]] void take(Operand const& operand, Sources const& sources, SourceRules rules) noexcept {
    kinds[I] = operand.kind;
    values[I] = operand.value;
    if constexpr (is_int_source(role(I)) || is_float_source(role(I))) {
      constexpr bool is_int = is_int_source(role(I));
      if (operand.kind == Operand::Kind::slot && operand.value == (is_int ? sources.in_int : sources.in_float) &&
          I >= rules.first) {
        result.takes_result |= operand.value == sources.result;
        kinds[I] = is_int ? Operand::Kind::int_register : Operand::Kind::float_register;
        values[I] = 0;
      }
    }
  }

  template <std::size_t First>
  [[gnu::always_inline]] void put_in_order(SourceRules rules) noexcept {
    if constexpr (First + 1 < count) {
      if (rules.exchangeable == static_cast<int>(First) &&
          is_out_of_order({kinds[First], values[First]}, {kinds[First + 1], values[First + 1]})) {
        std::swap(kinds[First], kinds[First + 1]);
        std::swap(values[First], values[First + 1]);
      }
    }
  }

  template <std::size_t I>
  [[gnu::always_inline]] void write(unsigned& written, unsigned& written_behind) noexcept {
    assert(digit_for(role(I), {kinds[I], values[I]}) >= 0);
    result.form = result.form * static_cast<std::uint32_t>(places(role(I))) + digit_of<role(I)>(kinds[I], values[I]);
    constexpr FieldPlace field = place_of_field(shape.operands[I].field);
    if constexpr (field.word != 0) {
      bool const is_written = kinds[I] < Operand::Kind::int_register;
      Word const value = is_written ? static_cast<Word>(values[I]) : 0;
      (field.word == 1 ? result.word1 : result.word2) |= (value & field.bits) << field.shift;
      if constexpr (field.is_narrow) {
        result.is_too_far |= kinds[I] == Operand::Kind::slot && (value & ~field.bits) != 0;
      }
      written |= is_written ? field.word : 0;
      if constexpr (I != 0) {
        written_behind |= is_written ? field.word : 0;
      }
    }
  }

  static Encoding encode(Operand const* operands, Sources const& sources, SourceRules rules) noexcept {
    ShapeEncoder self;
    unsigned written = 0; // words 1 and 2, a bit each
    unsigned written_behind = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
      (self.template take<I>(operands[I], sources, rules), ...);
      self.template put_in_order<0>(rules);
      self.template put_in_order<1>(rules);
      (self.template write<I>(written, written_behind), ...);
    }(std::make_index_sequence<count>{});
    constexpr std::uint8_t words[] = {1, 2, 3, 3};
    if constexpr (destination < count) {
      self.result.destination = self.kinds[destination] == Operand::Kind::slot ? self.values[destination] : no_slot;
    }
    self.result.words = words[written];
    self.result.short_words = words[written_behind];
    return self.result;
  }
};

using Encode = Encoding(Operand const* operands, Sources const& sources, SourceRules rules) noexcept;

inline constexpr auto shape_encoders = []<std::size_t... Number>(std::index_sequence<Number...>) {
  return std::array<Encode*, sizeof...(Number)>{&ShapeEncoder<Number>::encode...};
}(std::make_index_sequence<distinct_shapes.count>{});

} // namespace detail

// The function for an operation's shape. Precondition of it: each operand has a place that its role allows.
constexpr detail::Encode* encoder_of(Op op) noexcept {
  return detail::shape_encoders[detail::distinct_shapes.of_op[static_cast<std::size_t>(op)]];
}

} // namespace weir::code
