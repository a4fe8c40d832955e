// The operations of translated code and their operand forms: everything here is generated from ops.def.
//
// An operation's shape is a list of operands, each a role letter and a field letter. The role says where the operand
// may live; the field says where in the cell its slot number or immediate is written. All combinations of places are
// the operation's forms; each (operation, form) has one handler. The three tiers of ops.def are choices of roles.
//
//   role  places (in the order of their digits)                       role  places
//   R     int destination: slot, r0..                                 Q     float destination: slot, f0..
//   r     int destination: slot, int temporaries                      q     float destination: slot, float temporaries
//   I     int source: slot, r0..                                      F     float source: slot, f0..
//   i     int source: slot, int temporaries                           f     float source: slot, float temporaries
//   J     int source: slot, immediate, r0..                           S     slot only
//   j     int source: slot, immediate, int temporaries                K     constant in the field, read by the handler
//   C     immediate only                                             P     slot, int pins (read and written)
//   D     int source: slot, immediate
//   L     where a branch goes: 0 the target in t, 1 the loop register (no field: '-')
//   N     number of int pins, 0..int_pins (no field)                  M     number of float pins (no field)
//   Z     locals to zero: 0, 1, 2, or 3 for "more" (no field)
//
//   fields d a b t c e x as in cell.hpp; '-' none
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "code/cell.hpp"
#include "code/registers.hpp"

namespace weir::code {

enum class OpFamily : std::uint8_t { numeric, conversion, floating, memory, indexed, variable, control, branch, bulk };
inline constexpr std::size_t family_count = 9;

// Dense enumeration of operations, in the order of ops.def.
enum class Op : std::uint16_t {
#define WEIR_OP(name, ...) name,
#include "code/ops.def"
#undef WEIR_OP
};

struct OpInfo {
  std::string_view name;
  OpFamily family;
  std::string_view shape; // "Rd Ia Jb"
  std::string_view effect;
};

inline constexpr auto op_infos = std::to_array<OpInfo>({
#define WEIR_OP(name, family, shape, effect) {#name, OpFamily::family, shape, effect},
#include "code/ops.def"
#undef WEIR_OP
});
inline constexpr std::size_t op_count = op_infos.size();

constexpr OpInfo const& info(Op op) noexcept { return op_infos[static_cast<std::size_t>(op)]; }

inline constexpr std::size_t max_operands = 7;

struct OperandSpec {
  char role = 0;
  char field = '-';
};

struct Shape {
  std::array<OperandSpec, max_operands> operands{};
  std::uint8_t count = 0;
};

// Number of places that a role distinguishes.
constexpr int places(char role) noexcept {
  switch (role) {
  case 'R':
  case 'I': return 1 + int_registers;
  case 'r':
  case 'i': return 1 + int_temporaries;
  case 'J': return 2 + int_registers;
  case 'j': return 2 + int_temporaries;
  case 'Q':
  case 'F': return 1 + float_registers;
  case 'q':
  case 'f': return 1 + float_temporaries;
  case 'P': return 1 + int_pins;
  case 'D':
  case 'L': return 2;
  case 'N': return 1 + int_pins;
  case 'M': return 1 + float_pins;
  case 'Z': return 4;
  default: return 1; // S, K
  }
}

constexpr Shape parse_shape(std::string_view text) noexcept {
  Shape shape;
  for (std::size_t i = 0; i + 1 < text.size(); i += 3) {
    shape.operands[shape.count++] = {text[i], text[i + 1]};
  }
  return shape;
}

inline constexpr auto shapes = [] {
  std::array<Shape, op_count> all{};
  for (std::size_t i = 0; i < op_count; ++i) {
    all[i] = parse_shape(op_infos[i].shape);
  }
  return all;
}();
constexpr Shape const& shape_of(Op op) noexcept { return shapes[static_cast<std::size_t>(op)]; }

constexpr int form_count(Shape const& shape) noexcept {
  int forms = 1;
  for (int i = 0; i < shape.count; ++i) {
    forms *= places(shape.operands[static_cast<std::size_t>(i)].role);
  }
  return forms;
}
constexpr int form_count(Op op) noexcept { return form_count(shape_of(op)); }

// Whether the operand is where the operation's one result goes.
constexpr bool is_destination(Op op, int operand) noexcept {
  char const role = shape_of(op).operands[static_cast<std::size_t>(operand)].role;
  return role == 'R' || role == 'r' || role == 'Q' || role == 'q' ||
         (operand == 0 && (op == Op::f64_add_mul || op == Op::f64_sub_mul));
}

// Whether a copy to a slot is one from a pin. Nobody wants that value in the temporary too, which stays as it is.
constexpr bool copies_from_pin(Op op, Operand const& source) noexcept {
  using Kind = Operand::Kind;
  return (op == Op::copy_int && source.kind == Kind::int_register && source.value >= int_temporaries) ||
         (op == Op::copy_float && source.kind == Kind::float_register && source.value >= float_temporaries);
}

// The digit of one operand in a form. The first operand is the most significant digit.
constexpr int digit(Shape const& shape, int form, int operand) noexcept {
  for (int i = shape.count - 1; i > operand; --i) {
    form /= places(shape.operands[static_cast<std::size_t>(i)].role);
  }
  return form % places(shape.operands[static_cast<std::size_t>(operand)].role);
}

// What a digit means for its role.
struct Place {
  Operand::Kind kind = Operand::Kind::none; // none for L, N, M, Z: `number` is the digit itself
  int number = 0;                           // register number
};

constexpr Place place_of(char role, int digit) noexcept {
  using Kind = Operand::Kind;
  switch (role) {
  case 'R':
  case 'I':
  case 'r':
  case 'i': return digit == 0 ? Place{Kind::slot, 0} : Place{Kind::int_register, digit - 1};
  case 'D':
  case 'J':
  case 'j':
    return digit == 0   ? Place{Kind::slot, 0}
           : digit == 1 ? Place{Kind::immediate, 0}
                        : Place{Kind::int_register, digit - 2};
  case 'Q':
  case 'F':
  case 'q':
  case 'f': return digit == 0 ? Place{Kind::slot, 0} : Place{Kind::float_register, digit - 1};
  case 'P': return digit == 0 ? Place{Kind::slot, 0} : Place{Kind::int_register, int_temporaries + digit - 1};
  case 'S': return {Kind::slot, 0};
  case 'C':
  case 'K': return {Kind::immediate, 0};
  default: return {Kind::none, digit};
  }
}

// The digit with which a role holds an operand; -1 when it can't. For L, N, M and Z the operand is an immediate that is
// the digit. Fields of 16 bits hold only slots below 65,536: the encoder sees to that, not this function.
constexpr int digit_for(char role, Operand operand) noexcept {
  for (int d = 0; d < places(role); ++d) {
    Place const place = place_of(role, d);
    switch (place.kind) {
    case Operand::Kind::none:
      if (operand.kind == Operand::Kind::immediate && operand.value == d) {
        return d;
      }
      break;
    case Operand::Kind::slot:
    case Operand::Kind::immediate:
      if (operand.kind == place.kind) {
        return d;
      }
      break;
    default:
      if (operand.kind == place.kind && operand.value == place.number) {
        return d;
      }
    }
  }
  return -1;
}

// Where an operand of a cell is, and where all are, without the cell's operation: many operations have theirs at the
// same places. Numbers, which compilers handle fastest as arguments of templates, with nine bits for each operand: its
// field, what kind of place it is at, and which one of these.
enum class At : std::uint16_t {};
enum class Layout : std::uint64_t {};

namespace detail {

inline constexpr std::string_view field_letters = "-dabtcex";
inline constexpr int layout_bits = 9; // three for each part
static_assert(layout_bits * max_operands <= 64);

// Of a letter: as a field its number, as a role the number of its places and for each digit what Layout says of it. A
// table, because compilers take long to evaluate a switch.
struct LetterParts {
  std::uint8_t field = 0;
  std::uint8_t places = 1;
  std::array<std::uint16_t, 8> digits{};
};
inline constexpr auto letter_parts = [] {
  std::array<LetterParts, 128> all{};
  for (std::size_t i = 0; i < field_letters.size(); ++i) {
    all[static_cast<std::size_t>(field_letters[i])].field = static_cast<std::uint8_t>(i);
  }
  for (char const role : std::string_view{"RrIiJjCDKLMNZFfQqPS"}) {
    auto& parts = all[static_cast<std::size_t>(role)];
    parts.places = static_cast<std::uint8_t>(places(role));
    for (int digit = 0; digit < parts.places; ++digit) {
      Place const place = place_of(role, digit);
      parts.digits[static_cast<std::size_t>(digit)] =
          static_cast<std::uint16_t>(place.number << 6 | static_cast<int>(place.kind) << 3);
    }
  }
  return all;
}();

} // namespace detail

constexpr At at_in(Layout layout, int operand) noexcept {
  constexpr std::uint64_t mask = (1u << detail::layout_bits) - 1;
  return static_cast<At>(static_cast<std::uint64_t>(layout) >> operand * detail::layout_bits & mask);
}
constexpr char field_of(At at) noexcept { return detail::field_letters[static_cast<unsigned>(at) & 7]; }
constexpr Place place_of(At at) noexcept {
  auto const bits = static_cast<unsigned>(at);
  return {static_cast<Operand::Kind>(bits >> 3 & 7), static_cast<int>(bits >> 6 & 7)};
}
constexpr Place place_in(Layout layout, int operand) noexcept { return place_of(at_in(layout, operand)); }

constexpr Layout layout_of(Op op, int form) noexcept {
  Shape const& shape = shape_of(op);
  std::uint64_t layout = 0;
  for (int i = shape.count - 1; i >= 0; --i) {
    OperandSpec const& spec = shape.operands[static_cast<std::size_t>(i)];
    auto const& role = detail::letter_parts[static_cast<std::size_t>(spec.role)];
    auto const& field = detail::letter_parts[static_cast<std::size_t>(spec.field)];
    layout = layout << detail::layout_bits | role.digits[static_cast<std::size_t>(form % role.places)] | field.field;
    form /= role.places;
  }
  return Layout{layout};
}

// Number of 8-byte words of a cell with this layout (1 to 3; br_table's entries not counted). Word 1 is there when any
// operand is written to d, a or b, word 2 when any is written to t, c, e or x.
constexpr int cell_words(Layout layout) noexcept {
  int words = 1;
  for (int i = 0; i < static_cast<int>(max_operands); ++i) {
    char const field = field_of(at_in(layout, i));
    auto const kind = place_in(layout, i).kind;
    if (field != '-' && (kind == Operand::Kind::slot || kind == Operand::Kind::immediate)) {
      int const least = field == 'd' || field == 'a' || field == 'b' ? 2 : 3;
      words = words < least ? least : words;
    }
  }
  return words;
}
constexpr int cell_words(Op op, int form) noexcept { return cell_words(layout_of(op, form)); }

// For each operand some of its digits, as bits.
using DigitSets = std::array<std::uint8_t, max_operands>;

// Calls visit(form) for the forms all of whose digits are in the sets, in ascending order. To go through all forms and
// look at their digits takes compilers ten times as long.
template <class Visit>
constexpr void for_each_form(Shape const& shape, DigitSets const& sets, Visit& visit, int operand = 0,
                             int form = 0) noexcept {
  if (operand == shape.count) {
    visit(form);
    return;
  }
  auto const i = static_cast<std::size_t>(operand);
  int const among = places(shape.operands[i].role);
  for (int digit = 0; digit < among; ++digit) {
    if ((sets[i] >> digit & 1) != 0) {
      for_each_form(shape, sets, visit, operand + 1, form * among + digit);
    }
  }
}

constexpr bool has_digits(Shape const& shape, DigitSets const& sets, int form) noexcept {
  for (int i = shape.count - 1; i >= 0; --i) {
    int const among = places(shape.operands[static_cast<std::size_t>(i)].role);
    if ((sets[static_cast<std::size_t>(i)] >> form % among & 1) == 0) {
      return false;
    }
    form /= among;
  }
  return true;
}

// Position of an operation's first form among all forms of its family.
constexpr std::array<std::uint16_t, op_count> make_form_bases() noexcept {
  std::array<std::uint16_t, op_count> bases{};
  std::array<int, family_count> next{};
  for (std::size_t i = 0; i < op_count; ++i) {
    auto const family = static_cast<std::size_t>(op_infos[i].family);
    bases[i] = static_cast<std::uint16_t>(next[family]);
    next[family] += form_count(static_cast<Op>(i));
  }
  return bases;
}
inline constexpr auto form_bases = make_form_bases();

constexpr int family_forms(OpFamily family) noexcept {
  int forms = 0;
  for (auto const& op : op_infos) {
    forms += op.family == family ? form_count(parse_shape(op.shape)) : 0;
  }
  return forms;
}

// An operation with a form of it: what a handler is for.
struct OpForm {
  Op op{};
  int form = 0;
  constexpr bool operator==(OpForm const&) const noexcept = default;
};

constexpr int total_forms() noexcept {
  int forms = 0;
  for (auto const& op : op_infos) {
    forms += form_count(parse_shape(op.shape));
  }
  return forms;
}

// A number for each form of each operation.
inline constexpr auto form_numbers = [] {
  std::array<std::uint16_t, op_count> numbers{};
  int next = 0;
  for (std::size_t i = 0; i < op_count; ++i) {
    numbers[i] = static_cast<std::uint16_t>(next);
    next += form_count(static_cast<Op>(i));
  }
  return numbers;
}();
constexpr std::uint16_t number_of(OpForm which) noexcept {
  return static_cast<std::uint16_t>(form_numbers[static_cast<std::size_t>(which.op)] + which.form);
}

} // namespace weir::code
