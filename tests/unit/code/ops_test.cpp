#include "code/ops.hpp"

#include <cctype>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "code/encoder.hpp"
#include "code/frame.hpp"
#include "wasm/opcode.hpp"

namespace weir::code {
namespace {

using Kind = Operand::Kind;

constexpr std::string_view roles = "RrIiJjQqFfSKCDPLNMZ";

// The table of ops.hpp, typed a second time: what each role's digits mean, in their order.
std::vector<Place> places_by_the_table(char role) {
  std::vector<Place> places;
  auto const add_registers = [&](Kind kind, int count) {
    for (int i = 0; i < count; ++i) places.push_back({kind, i});
  };
  auto const add_digits = [&](int count) {
    for (int i = 0; i < count; ++i) places.push_back({Kind::none, i});
  };
  std::string_view const with_slot = "RrIiJjQqFfSPD";
  if (with_slot.find(role) != std::string_view::npos) places.push_back({Kind::slot, 0});
  if (role == 'J' || role == 'j' || role == 'K' || role == 'C' || role == 'D') places.push_back({Kind::immediate, 0});
  if (role == 'R' || role == 'I' || role == 'J') add_registers(Kind::int_register, int_registers);
  if (role == 'r' || role == 'i' || role == 'j') add_registers(Kind::int_register, int_temporaries);
  if (role == 'Q' || role == 'F') add_registers(Kind::float_register, float_registers);
  if (role == 'q' || role == 'f') add_registers(Kind::float_register, float_temporaries);
  for (int i = int_temporaries; role == 'P' && i < int_registers; ++i) places.push_back({Kind::int_register, i});
  if (role == 'L') add_digits(2);
  if (role == 'N') add_digits(int_pins + 1);
  if (role == 'M') add_digits(float_pins + 1);
  if (role == 'Z') add_digits(4);
  return places;
}

Operand operand_at(Place const& place) {
  switch (place.kind) {
  case Kind::none: return Operand::immediate(place.number);
  case Kind::slot: return Operand::slot(70000);
  case Kind::immediate: return Operand::immediate(-5);
  default: return {place.kind, place.number};
  }
}

std::string name_of(std::size_t op) { return std::string{op_infos[op].name}; }

TEST(Roles, HaveThePlacesOfTheTable) {
  for (char const role : roles) {
    auto const expected = places_by_the_table(role);
    ASSERT_EQ(places(role), static_cast<int>(expected.size())) << role;
    for (int digit = 0; digit < places(role); ++digit) {
      Place const place = place_of(role, digit);
      EXPECT_EQ(place.kind, expected[static_cast<std::size_t>(digit)].kind) << role << digit;
      EXPECT_EQ(place.number, expected[static_cast<std::size_t>(digit)].number) << role << digit;
      EXPECT_EQ(digit_for(role, operand_at(place)), digit) << role << digit;
    }
  }
}

TEST(Roles, TheQuickLookupAgrees) {
  std::vector<Operand> operands{Operand{}, Operand::slot(0), Operand::slot(1000000)};
  for (int number = 0; number < 8; ++number) { // more than there are
    operands.push_back(Operand::int_register(number));
    operands.push_back(Operand::float_register(number));
  }
  for (std::int64_t const value : {INT64_MIN, std::int64_t{-1}, std::int64_t{100}, INT64_MAX}) {
    operands.push_back(Operand::immediate(value));
  }
  for (char const role : roles) {
    bool const are_digits = role_places[static_cast<std::size_t>(role)].are_digits;
    for (Operand const& operand : operands) {
      // Digits out of range are against the encoder's precondition; it need not notice them.
      if (are_digits && operand.kind == Kind::immediate) continue;
      EXPECT_EQ(role_holds(role, operand), digit_for(role, operand) >= 0)
          << role << " " << static_cast<int>(operand.kind) << " " << operand.value;
    }
    for (int digit = 0; digit < places(role); ++digit) {
      EXPECT_TRUE(role_holds(role, operand_at(place_of(role, digit)))) << role << digit;
    }
  }
}

TEST(Shapes, AreWellFormed) {
  for (std::size_t i = 0; i < op_count; ++i) {
    std::string_view const text = op_infos[i].shape;
    Shape const shape = parse_shape(text);
    ASSERT_LE(shape.count, max_operands) << name_of(i);
    ASSERT_EQ(text.size(), shape.count == 0 ? 0u : shape.count * 3u - 1u) << name_of(i);
    std::set<char> fields;
    for (std::size_t k = 0; k < shape.count; ++k) {
      OperandSpec const spec = shape.operands[k];
      EXPECT_NE(roles.find(spec.role), std::string_view::npos) << name_of(i) << ": role " << spec.role;
      EXPECT_EQ(role_of(static_cast<Op>(i), static_cast<int>(k)), spec.role) << name_of(i);
      bool const has_no_field = std::string_view{"LNMZ"}.find(spec.role) != std::string_view::npos;
      EXPECT_EQ(spec.field == '-', has_no_field) << name_of(i) << ": field of " << spec.role;
      if (spec.field == '-') continue;
      EXPECT_NE(std::string_view{"dabtcex"}.find(spec.field), std::string_view::npos) << name_of(i);
      EXPECT_TRUE(fields.insert(spec.field).second) << name_of(i) << ": field " << spec.field << " twice";
      // An immediate of 32 bits needs a field of as many; where it has 16, the translator looks before it leaps.
      if (spec.role == 'J' || spec.role == 'j' || spec.role == 'C' || spec.role == 'D') {
        bool const is_merged = name_of(i).starts_with("br_add_") || name_of(i) == "copy_twice";
        bool const is_length = name_of(i).ends_with("_bytes") && spec.field == 'c';
        EXPECT_TRUE(spec.field == 'b' || spec.field == 't' || op_infos[i].family == OpFamily::memory ||
                    op_infos[i].family == OpFamily::indexed || is_merged || is_length)
            << name_of(i) << ": immediate in field " << spec.field;
      }
    }
    // x is the whole of the word that t, c and e are parts of.
    EXPECT_FALSE(fields.contains('x') && (fields.contains('t') || fields.contains('c') || fields.contains('e')))
        << name_of(i);
    if (op_infos[i].family == OpFamily::branch) {
      EXPECT_TRUE(fields.contains('t') && fields.contains('e')) << name_of(i);
      EXPECT_EQ(shape.operands[0].role, 'L') << name_of(i);
    }
  }
}

TEST(Shapes, NamesAndEffectsAreGiven) {
  std::set<std::string_view> names;
  for (OpInfo const& op : op_infos) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name;
    EXPECT_FALSE(op.effect.empty()) << op.name;
    EXPECT_EQ(&info(static_cast<Op>(&op - op_infos.data())), &op);
  }
}

// An operation named as an instruction stands for it: nothing but what follows is missing or new.
TEST(Shapes, NumericInstructionsHaveTheirOperations) {
  std::set<std::string> const folded{"i32_eqz",          "i64_eqz", // a comparison with 0
                                     "f32_gt",           "f32_ge",
                                     "f64_gt",           "f64_ge",            // the mirrored comparison
                                     "i64_extend_i32_s", "i64_extend_i32_u"}; // i64_extend32_s; nothing
  std::set<std::string_view> names;
  for (OpInfo const& op : op_infos) names.insert(op.name);
  for (wasm::OpcodeInfo const& row : wasm::opcode_infos) {
    bool const is_numeric =
        (row.prefix == 0 && row.code >= 0x45 && row.code <= 0xC4) || (row.prefix == 0xFC && row.code <= 7);
    if (!is_numeric) continue;
    std::string name{row.text};
    for (char& letter : name) letter = letter == '.' ? '_' : letter;
    EXPECT_EQ(names.contains(name), !folded.contains(name)) << name;
  }
}

TEST(Forms, AreTheCombinationsOfPlaces) {
  for (std::size_t i = 0; i < op_count; ++i) {
    Op const op = static_cast<Op>(i);
    Shape const shape = shape_of(op);
    std::set<std::vector<int>> seen;
    for (int form = 0; form < form_count(op); ++form) {
      std::vector<int> digits;
      int again = 0;
      for (int k = 0; k < shape.count; ++k) {
        char const role = shape.operands[static_cast<std::size_t>(k)].role;
        digits.push_back(digit(shape, form, k));
        ASSERT_TRUE(digits.back() >= 0 && digits.back() < places(role)) << name_of(i);
        again = again * places(role) + digits.back();
      }
      ASSERT_EQ(again, form) << name_of(i);
      ASSERT_TRUE(seen.insert(digits).second) << name_of(i);
    }
    std::size_t product = 1;
    for (int k = 0; k < shape.count; ++k) {
      product *= places_by_the_table(shape.operands[static_cast<std::size_t>(k)].role).size();
    }
    EXPECT_EQ(seen.size(), product) << name_of(i);
  }
}

TEST(Forms, LieOneBehindTheOtherInTheirFamily) {
  std::array<int, family_count> next{};
  int total = 0;
  for (std::size_t i = 0; i < op_count; ++i) {
    auto const family = static_cast<std::size_t>(op_infos[i].family);
    EXPECT_EQ(form_bases[i], next[family]) << name_of(i);
    next[family] += form_count(static_cast<Op>(i));
    total += form_count(static_cast<Op>(i));
  }
  for (std::size_t family = 0; family < family_count; ++family) {
    EXPECT_EQ(family_forms(static_cast<OpFamily>(family)), next[family]);
    EXPECT_GT(next[family], 0);
    EXPECT_LT(next[family], 65536);
  }
  EXPECT_EQ(total_forms(), total);
}

TEST(Forms, HaveTheWordsThatTheirFieldsNeed) {
  // i32_add "Rd Ia Jb": all in registers, one slot, an immediate.
  Shape const add = shape_of(Op::i32_add);
  auto const form = [&](std::array<Operand, 3> const& operands) {
    int result = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      result = result * places(add.operands[k].role) + digit_for(add.operands[k].role, operands[k]);
    }
    return result;
  };
  Operand const r0 = Operand::int_register(0);
  EXPECT_EQ(cell_words(Op::i32_add, form({r0, r0, r0})), 1);
  EXPECT_EQ(cell_words(Op::i32_add, form({Operand::slot(1), r0, r0})), 2);
  EXPECT_EQ(cell_words(Op::i32_add, form({r0, r0, Operand::immediate(1)})), 2);
  for (int each = 0; each < form_count(Op::br); ++each) EXPECT_EQ(cell_words(Op::br, each), 3);
  for (Op const op : {Op::call, Op::call_import, Op::call_indirect, Op::restore_context}) {
    for (int each = 0; each < form_count(op); ++each) EXPECT_EQ(cell_words(op, each), static_cast<int>(call_words));
  }
  for (Op const op : {Op::unreachable, Op::stop, Op::set_loop}) EXPECT_EQ(cell_words(op, 0), 1);
  EXPECT_EQ(cell_words(Op::const_int, 0), 3);
}

TEST(Layouts, SayWhereEachOperandIs) {
  for (std::size_t i = 0; i < op_count; ++i) {
    Op const op = static_cast<Op>(i);
    Shape const& shape = shape_of(op);
    for (int form = 0; form < form_count(op); ++form) {
      Layout const layout = layout_of(op, form);
      for (int k = 0; k < static_cast<int>(max_operands); ++k) {
        auto const& spec = shape.operands[static_cast<std::size_t>(k)];
        bool const is_there = k < shape.count;
        Place const expected = is_there ? place_of(spec.role, digit(shape, form, k)) : Place{};
        Place const place = place_in(layout, k);
        ASSERT_EQ(field_of(at_in(layout, k)), is_there ? spec.field : '-')
            << name_of(i) << " form " << form << " operand " << k;
        ASSERT_EQ(place.kind, expected.kind) << name_of(i) << " form " << form << " operand " << k;
        ASSERT_EQ(place.number, expected.number) << name_of(i) << " form " << form << " operand " << k;
      }
    }
  }
}

TEST(Forms, WithDigitsOfSomeSetsAreFoundInTheirOrder) {
  std::mt19937 random{1};
  for (std::size_t i = 0; i < op_count; ++i) {
    Op const op = static_cast<Op>(i);
    Shape const& shape = shape_of(op);
    DigitSets sets{};
    for (auto& set : sets) set = static_cast<std::uint8_t>(random());
    std::vector<int> found;
    auto const add = [&](int form) { found.push_back(form); };
    for_each_form(shape, sets, add);
    std::vector<int> expected;
    for (int form = 0; form < form_count(op); ++form) {
      bool is_one = true;
      for (int k = 0; k < shape.count; ++k) {
        is_one = is_one && (sets[static_cast<std::size_t>(k)] >> digit(shape, form, k) & 1) != 0;
      }
      EXPECT_EQ(has_digits(shape, sets, form), is_one) << name_of(i) << " form " << form;
      if (is_one) expected.push_back(form);
    }
    EXPECT_EQ(found, expected) << name_of(i);
  }
}

} // namespace
} // namespace weir::code
