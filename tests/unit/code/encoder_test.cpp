#include "code/encoder.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "code/sharing.hpp"
#include "support/mock_handlers.hpp"
#include "support/seed.hpp"

namespace weir::code {
namespace {

// Where no slot counts as an operand's.
constexpr std::uint32_t no_operands = 1u << 30;

using Kind = Operand::Kind;

// The value of a field, by the description in cell.hpp; slots and targets unsigned, immediates sign-extended.
std::int64_t field_of(std::span<Word const> cell, char field, bool is_signed) {
  auto const bits = [&](std::size_t word, unsigned from, unsigned count) {
    auto const value = static_cast<std::int64_t>(cell[word] << (64 - from - count));
    return is_signed ? value >> (64 - count) : static_cast<std::int64_t>(static_cast<Word>(value) >> (64 - count));
  };
  switch (field) {
  case 'd': return bits(1, 0, 16);
  case 'a': return bits(1, 16, 16);
  case 'b': return bits(1, 32, 32);
  case 't': return bits(2, 0, 32);
  case 'c': return bits(2, 32, 16);
  case 'e': return bits(2, 48, 16);
  default: return static_cast<std::int64_t>(cell[2]);
  }
}

unsigned bits_of_field(char field) { return field == 'x' ? 64 : field == 'b' || field == 't' ? 32 : 16; }

class EncoderTest : public testing::Test {
 protected:
  // An operand for this place whose value fits the field: extremes now and then, else anything.
  Operand random_operand(OperandSpec spec, int digit, std::mt19937_64& random) {
    Place const place = place_of(spec.role, digit);
    unsigned const bits = spec.field == '-' ? 1 : bits_of_field(spec.field);
    switch (place.kind) {
    case Kind::none: return Operand::immediate(place.number);
    case Kind::slot: {
      std::uint32_t const most = bits == 16 ? 0xFFFF : 0x3FFFFFFF;
      return Operand::slot(random() % 4 == 0 ? most : static_cast<std::uint32_t>(random() % (most + std::uint64_t{1})));
    }
    case Kind::immediate: {
      auto const value = static_cast<std::int64_t>(random()) >> (64 - bits);
      // Constants in narrow fields are slots and small numbers.
      bool const is_number = bits == 16 && spec.field != 'e';
      return Operand::immediate(is_number ? value & 0xFFFF : value);
    }
    default: return {place.kind, place.number};
    }
  }

  std::vector<Operand> random_operands(Op op, int form, std::mt19937_64& random) {
    Shape const shape = shape_of(op);
    std::vector<Operand> operands;
    for (int k = 0; k < shape.count; ++k) {
      OperandSpec spec = shape.operands[static_cast<std::size_t>(k)];
      // It may be exchanged for one in a field of 16 bits.
      if (spec.field == 'b' && k == first_exchangeable(op) + 1 &&
          place_of(spec.role, digit(shape, form, k)).kind == Kind::slot) {
        spec.field = 'a';
      }
      operands.push_back(random_operand(spec, digit(shape, form, k), random));
    }
    return operands;
  }

  static std::vector<Operand> in_order(Op op, std::vector<Operand> operands) {
    if (int const first = first_exchangeable(op); first >= 0) {
      auto const at = operands.begin() + first;
      if (is_out_of_order(at[0], at[1])) std::swap(at[0], at[1]);
    }
    return operands;
  }

  std::uint32_t emit(Op op, std::vector<Operand> const& o) {
    switch (o.size()) {
    case 0: return encoder_.emit(op, {});
    case 1: return encoder_.emit(op, {o[0]});
    case 2: return encoder_.emit(op, {o[0], o[1]});
    case 3: return encoder_.emit(op, {o[0], o[1], o[2]});
    case 4: return encoder_.emit(op, {o[0], o[1], o[2], o[3]});
    case 5: return encoder_.emit(op, {o[0], o[1], o[2], o[3], o[4]});
    case 6: return encoder_.emit(op, {o[0], o[1], o[2], o[3], o[4], o[5]});
    default: return encoder_.emit(op, {o[0], o[1], o[2], o[3], o[4], o[5], o[6]});
    }
  }

  std::span<Word const> cell_at(std::uint32_t position) const { return encoder_.words().subspan(position); }
  Word const* word_at(std::uint32_t position) const { return encoder_.words().data() + position; }

  // What the cell at `position` holds is op with these operands, those that may be exchanged in the one order.
  void expect_cell(std::uint32_t position, Op op, std::vector<Operand> const& given) {
    auto const operands = in_order(op, given);
    auto const found = test::MockHandlers::identify(word_at(position));
    ASSERT_EQ(found.op, op) << info(found.op).name << " for " << info(op).name;
    Shape const shape = shape_of(op);
    for (int k = 0; k < shape.count; ++k) {
      OperandSpec const spec = shape.operands[static_cast<std::size_t>(k)];
      Operand const& operand = operands[static_cast<std::size_t>(k)];
      ASSERT_EQ(digit(shape, found.form, k), digit_for(spec.role, operand)) << info(op).name << " operand " << k;
      if (spec.field != '-' && (operand.kind == Kind::slot || operand.kind == Kind::immediate)) {
        bool const is_signed = operand.value < 0;
        ASSERT_EQ(field_of(cell_at(position), spec.field, is_signed), operand.value)
            << info(op).name << " operand " << k;
      }
    }
  }

  Op op_at(std::uint32_t position) const { return test::MockHandlers::identify(word_at(position)).op; }

  test::MockHandlers handlers_;
  Encoder encoder_{handlers_.table};
};

TEST_F(EncoderTest, WritesEveryFormOfEveryOperation) {
  auto random = test::seeded_random();
  encoder_.begin(false, 0, no_operands);
  for (std::size_t i = 0; i < op_count; ++i) {
    Op const op = static_cast<Op>(i);
    for (int form = 0; form < form_count(op); ++form) {
      if (is_out_of_order({op, form})) continue;
      auto const operands = random_operands(op, form, random);
      encoder_.set_barrier(); // else a slot may be read from the temporary
      std::uint32_t const before = encoder_.position();
      std::uint32_t const position = emit(op, operands);
      ASSERT_EQ(position, before);
      ASSERT_EQ(encoder_.position(), before + static_cast<std::uint32_t>(cell_words(op, form))) << info(op).name;
      ASSERT_EQ(*word_at(position), handlers_.table.handler(op, form)) << info(op).name;
      expect_cell(position, op, operands);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_FALSE(encoder_.needs_wide_frame());
  EXPECT_EQ(encoder_.words().size(), encoder_.position());
}

TEST_F(EncoderTest, CellsDoNotDisturbTheirNeighbours) {
  auto random = test::seeded_random();
  struct Written {
    std::uint32_t position;
    Op op;
    std::vector<Operand> operands;
  };
  std::vector<Written> all;
  encoder_.begin(false, 0, no_operands);
  for (int i = 0; i < 5000; ++i) {
    Op const op = static_cast<Op>(random() % op_count);
    auto operands = random_operands(op, static_cast<int>(random() % static_cast<unsigned>(form_count(op))), random);
    encoder_.set_barrier();
    std::uint32_t const position = emit(op, operands);
    all.push_back({position, op, std::move(operands)});
  }
  for (Written const& each : all) {
    expect_cell(each.position, each.op, each.operands);
    if (HasFatalFailure()) return;
  }
}

TEST_F(EncoderTest, AppendsWordsBehindACell) {
  encoder_.begin(false, 0, no_operands);
  std::uint32_t const cell = encoder_.emit(Op::const_int, {Operand::slot(3), Operand::immediate(INT64_MIN)});
  for (Word word = 0; word < 5000; ++word) encoder_.append(word);
  encoder_.set_word(cell + 3, 77);
  EXPECT_EQ(encoder_.position(), 5003u);
  EXPECT_EQ(field_x(word_at(cell)), std::uint64_t{1} << 63);
  EXPECT_EQ(encoder_.words()[3], 77u);
  EXPECT_EQ(encoder_.words()[5002], 4999u);
}

TEST_F(EncoderTest, BeginsAnewForEachFunction) {
  encoder_.begin(false, 0, no_operands);
  encoder_.set_offset(50);
  encoder_.emit(Op::unreachable, {});
  encoder_.emit(Op::copy_int, {Operand::slot(70000), Operand::slot(1)});
  EXPECT_TRUE(encoder_.needs_wide_frame());
  encoder_.begin(false, 0, no_operands);
  EXPECT_EQ(encoder_.position(), 0u);
  EXPECT_FALSE(encoder_.needs_wide_frame());
  EXPECT_EQ(encoder_.source_map().find(0), std::nullopt);
  encoder_.emit(Op::unreachable, {});
  EXPECT_EQ(encoder_.source_map().find(0), 0u);
}

// ---- results in the temporary

constexpr std::uint32_t first_operand = 10;

TEST_F(EncoderTest, AResultThatIsUsedUpAtOnceGoesToTheTemporaryOnly) {
  encoder_.begin(false, 0, first_operand);
  Operand const a = Operand::slot(1);
  Operand const b = Operand::slot(2);
  Operand const sum = Operand::slot(first_operand);
  std::uint32_t const add = encoder_.emit(Op::i32_add, {sum, a, b});
  expect_cell(add, Op::i32_add, {sum, a, b});
  std::uint32_t const product = encoder_.emit(Op::i32_mul, {Operand::slot(first_operand + 1), sum, sum});
  expect_cell(add, Op::i32_add, {Operand::int_register(0), a, b});
  expect_cell(product, Op::i32_mul,
              {Operand::slot(first_operand + 1), Operand::int_register(0), Operand::int_register(0)});
}

TEST_F(EncoderTest, WhatTakesACellBackTakesItsEffectOnTheOneBeforeBack) {
  // A register form has a word less than that with a slot; a form with an immediate has not.
  for (Operand const b : {Operand::int_register(1), Operand::immediate(7)}) {
    encoder_.begin(false, 0, first_operand);
    Operand const sum = Operand::slot(first_operand);
    encoder_.emit(Op::i32_add, {sum, Operand::int_register(1), b});
    std::vector<Word> const before(encoder_.words().begin(), encoder_.words().end());
    encoder_.emit(Op::i32_shl, {Operand::slot(first_operand + 1), sum, Operand::immediate(3)});
    EXPECT_NE(encoder_.words()[0], before[0]);
    encoder_.retract();
    EXPECT_EQ(std::vector<Word>(encoder_.words().begin(), encoder_.words().end()), before);
    // The next one takes it again.
    std::uint32_t const next = encoder_.emit(Op::i32_xor, {Operand::slot(first_operand + 1), sum, Operand::slot(3)});
    expect_cell(0, Op::i32_add, {Operand::int_register(0), Operand::int_register(1), b});
    expect_cell(next, Op::i32_xor, {Operand::slot(first_operand + 1), Operand::int_register(0), Operand::slot(3)});
  }
}

TEST_F(EncoderTest, ACopyOfAPinLeavesTheTemporaryAlone) {
  encoder_.begin(false, 0, first_operand);
  Operand const sum = Operand::slot(first_operand + 1);
  Operand const argument = Operand::slot(first_operand);
  Operand const pin = Operand::int_register(1);
  auto const add = [&] { encoder_.emit(Op::i32_add, {sum, pin, Operand::immediate(7)}); };
  auto const reads = [&](Operand const& source) {
    std::uint32_t const cell =
        encoder_.emit(Op::i32_shl, {Operand::slot(first_operand + 2), sum, Operand::immediate(3)});
    expect_cell(cell, Op::i32_shl, {Operand::slot(first_operand + 2), source, Operand::immediate(3)});
  };
  add();
  encoder_.emit(Op::copy_int, {argument, pin});
  reads(Operand::int_register(0));
  add();
  encoder_.emit(Op::copy_twice, {argument, pin, Operand::slot(first_operand + 3), pin});
  reads(Operand::int_register(0));
  // Not if it is the same slot that they write, nor if the value comes through the temporary.
  add();
  encoder_.emit(Op::copy_int, {sum, pin});
  reads(sum);
  add();
  encoder_.emit(Op::copy_twice, {argument, pin, sum, pin});
  reads(sum);
  add();
  encoder_.emit(Op::copy_int, {argument, Operand::slot(first_operand + 3)});
  reads(sum);
}

TEST_F(EncoderTest, AResultIsWrittenToItsSlotWhereItMayBeNeededAgain) {
  Operand const a = Operand::slot(1);
  Operand const operand = Operand::slot(first_operand);
  Operand const local = Operand::slot(first_operand - 1);
  auto const begin = [&](Operand result) {
    encoder_.begin(false, 0, first_operand);
    encoder_.emit(Op::i32_add, {result, a, a});
  };
  begin(local);
  encoder_.emit(Op::i32_mul, {operand, local, a});
  expect_cell(0, Op::i32_add, {local, a, a});
  // Values are copied to where a label wants them, and used behind a branch that is not taken.
  begin(operand);
  encoder_.emit(Op::copy_int, {local, operand});
  expect_cell(0, Op::i32_add, {operand, a, a});
  // Another cell lies in between.
  begin(operand);
  encoder_.emit(Op::i32_sub, {Operand::int_register(1), a, a});
  encoder_.emit(Op::i32_mul, {local, operand, a});
  expect_cell(0, Op::i32_add, {operand, a, a});
  // A label does.
  begin(operand);
  encoder_.set_barrier();
  encoder_.emit(Op::i32_mul, {local, operand, a});
  expect_cell(0, Op::i32_add, {operand, a, a});
}

TEST_F(EncoderTest, ALoadThatIsTakenBackLeavesItsEntryToTheCellInItsPlace) {
  encoder_.begin(false, 0, first_operand);
  Operand const base = Operand::slot(1);
  Operand const x = Operand::slot(first_operand);
  encoder_.set_offset(40);
  encoder_.emit(Op::f64_load, {x, base, Operand::immediate(8)});
  encoder_.set_offset(42);
  encoder_.retract();
  std::uint32_t const merged =
      encoder_.emit(Op::f64_add_load, {x, Operand::slot(2), base, Operand::immediate(0), Operand::immediate(8)});
  EXPECT_EQ(encoder_.source_map().find(merged), 40u);
  encoder_.set_offset(42);
  std::uint32_t const other = encoder_.emit(Op::f64_load, {x, base, Operand::immediate(8)});
  EXPECT_EQ(encoder_.source_map().find(other), 42u);
}

// ---- the source map

TEST_F(EncoderTest, MapsTheCellsThatCanStop) {
  encoder_.begin(false, 0, no_operands);
  Operand const slot = Operand::slot(1);
  encoder_.set_offset(10);
  std::uint32_t const add = encoder_.emit(Op::i32_add, {slot, slot, slot});
  EXPECT_EQ(encoder_.source_map().find(add), std::nullopt);
  struct Row {
    std::uint32_t position;
    std::uint32_t offset;
  };
  std::vector<Row> rows;
  auto const next = [&](std::uint32_t position) {
    rows.push_back({position, static_cast<std::uint32_t>(20 + rows.size())});
  };
  auto const at = [&] { encoder_.set_offset(static_cast<std::uint32_t>(20 + rows.size())); };
  at(), next(encoder_.emit(Op::i32_div_s, {slot, slot, slot}));
  at(), next(encoder_.emit(Op::load32_u, {slot, slot, Operand::immediate(4)}));
  at(), next(encoder_.emit(Op::i32_trunc_f32_s, {slot, slot}));
  at(), next(encoder_.emit(Op::memory_grow, {slot, slot, Operand::immediate(0)}));
  at(), next(encoder_.emit(
            Op::call, {Operand::immediate(5), Operand::immediate(1), Operand::immediate(2), Operand::immediate(1234)}));
  at(), next(encoder_.emit(Op::br, {Operand::immediate(0), Operand::immediate(0), Operand::immediate(0)}));
  std::uint32_t const bytes = static_cast<std::uint32_t>(encoder_.source_map().entries().size());
  encoder_.set_offset(99);
  encoder_.emit(Op::i64_mul, {slot, slot, slot});
  encoder_.emit(Op::copy_int, {slot, slot});
  encoder_.emit(Op::memory_size, {slot, Operand::immediate(0)});
  encoder_.emit(Op::i32_trunc_sat_f32_s, {slot, slot});
  EXPECT_EQ(encoder_.source_map().entries().size(), bytes) << "these cells never trap, call or charge";
  for (Row const& row : rows) EXPECT_EQ(encoder_.source_map().find(row.position), row.offset);
}

// ---- wide frames

constexpr std::uint32_t far = 100000;
constexpr std::uint32_t scratch = 40;

TEST_F(EncoderTest, NoticesSlotsBeyondNarrowFields) {
  struct Row {
    Op op;
    std::vector<Operand> operands;
    bool needs_wide;
  };
  Operand const near = Operand::slot(65535);
  Operand const first_far = Operand::slot(65536);
  for (Row const& row : {Row{Op::i32_add, {near, near, near}, false}, Row{Op::i32_add, {first_far, near, near}, true},
                         Row{Op::i32_add, {near, first_far, near}, true},
                         Row{Op::i32_add, {near, near, first_far}, false}, // b has 32 bits
                         Row{Op::select_int, {near, near, near, first_far}, true},
                         Row{Op::global_set_int, {Operand::immediate(0), first_far}, false}, // t has 32 bits
                         Row{Op::memory_size, {first_far, Operand::immediate(0)}, true}}) {
    encoder_.begin(false, 0, no_operands);
    emit(row.op, row.operands);
    EXPECT_EQ(encoder_.needs_wide_frame(), row.needs_wide) << info(row.op).name;
  }
}

// Reads the cells from `at` on; each must be a copy_far. Returns {to, from} of each.
using Copies = std::vector<std::pair<std::int64_t, std::int64_t>>;
Copies copies_between(Encoder const& encoder, std::uint32_t at, std::uint32_t end) {
  Copies copies;
  for (; at < end; at += 3) {
    Word const* const cell = encoder.words().data() + at;
    EXPECT_EQ(test::MockHandlers::identify(cell).op, Op::copy_far);
    copies.emplace_back(field_b(cell), static_cast<std::int64_t>(field_x(cell)));
  }
  return copies;
}

TEST_F(EncoderTest, FetchesFarSourcesAndBringsResultsHome) {
  encoder_.begin(true, scratch, no_operands);
  std::uint32_t const cell = encoder_.emit(
      Op::select_int, {Operand::slot(far), Operand::slot(far + 1), Operand::slot(far + 2), Operand::int_register(0)});
  EXPECT_EQ(copies_between(encoder_, 0, cell), (Copies{{scratch + 1, far + 1}}));
  expect_cell(cell, Op::select_int,
              {Operand::slot(scratch), Operand::slot(scratch + 1), Operand::slot(far + 2), Operand::int_register(0)});
  EXPECT_EQ(copies_between(encoder_, cell + 2, encoder_.position()), (Copies{{far, scratch}}));
  EXPECT_FALSE(encoder_.needs_wide_frame());
}

TEST_F(EncoderTest, FetchesWhatABulkOperationMayReadOrWrite) {
  encoder_.begin(true, scratch, no_operands);
  std::uint32_t const cell = encoder_.emit(
      Op::memory_fill, {Operand::slot(far), Operand::slot(2), Operand::slot(far + 7), Operand::immediate(0)});
  EXPECT_EQ(copies_between(encoder_, 0, cell), (Copies{{scratch, far}, {scratch + 1, far + 7}}));
  expect_cell(cell, Op::memory_fill,
              {Operand::slot(scratch), Operand::slot(2), Operand::slot(scratch + 1), Operand::immediate(0)});
  EXPECT_EQ(copies_between(encoder_, cell + 3, encoder_.position()), (Copies{{far, scratch}}));
}

TEST_F(EncoderTest, LeavesNearOperandsOfWideFramesAlone) {
  auto random = test::seeded_random();
  encoder_.begin(true, scratch, no_operands);
  for (int i = 0; i < 2000; ++i) {
    Op const op = static_cast<Op>(random() % op_count);
    auto const operands =
        random_operands(op, static_cast<int>(random() % static_cast<unsigned>(form_count(op))), random);
    std::uint32_t const before = encoder_.position();
    ASSERT_EQ(emit(op, operands), before) << info(op).name;
    expect_cell(before, op, operands);
    if (HasFatalFailure()) return;
  }
}

// Whatever is far: the cell sees only near slots, each source is fetched from where it was, each destination gets home,
// and no scratch slot serves two operands.
TEST_F(EncoderTest, RandomWideCellsMeanTheSame) {
  auto random = test::seeded_random();
  encoder_.begin(true, scratch, no_operands);
  for (int i = 0; i < 5000; ++i) {
    Op const op = static_cast<Op>(random() % op_count);
    Shape const shape = shape_of(op);
    auto operands = random_operands(op, static_cast<int>(random() % static_cast<unsigned>(form_count(op))), random);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (operands[k].kind == Kind::slot && random() % 2 == 0) {
        operands[k] = Operand::slot(max_narrow_slots + static_cast<std::uint32_t>(random() % 1000));
      }
    }
    std::uint32_t const before = encoder_.position();
    std::uint32_t const cell = emit(op, operands);
    auto const found = test::MockHandlers::identify(word_at(cell));
    ASSERT_EQ(found.op, op);
    operands = in_order(op, operands);
    Copies fetched = copies_between(encoder_, before, cell);
    Copies brought =
        copies_between(encoder_, cell + static_cast<std::uint32_t>(cell_words(op, found.form)), encoder_.position());
    std::map<std::int64_t, int> uses;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      OperandSpec const spec = shape.operands[k];
      if (operands[k].kind != Kind::slot) continue;
      std::int64_t const seen = field_of(cell_at(cell), spec.field, false);
      bool const may_be_exchanged =
          first_exchangeable(op) >= 0 && k == static_cast<std::size_t>(first_exchangeable(op)) + 1;
      if ((bits_of_field(spec.field) == 32 && !may_be_exchanged) || operands[k].value < max_narrow_slots) {
        ASSERT_EQ(seen, operands[k].value) << info(op).name;
        continue;
      }
      ASSERT_TRUE(seen >= scratch && seen < scratch + scratch_slots) << info(op).name;
      ASSERT_EQ(uses[seen]++, 0) << info(op).name << ": a scratch slot twice";
      std::string_view const writers = "RrQq";
      bool const is_result = writers.find(spec.role) != std::string_view::npos;
      if (!is_result) {
        ASSERT_EQ(std::erase(fetched, std::pair{seen, operands[k].value}), 1u) << info(op).name << " operand " << k;
      }
      if (is_result || (spec.role == 'S' && spec.field == 'd')) {
        ASSERT_EQ(std::erase(brought, std::pair{operands[k].value, seen}), 1u) << info(op).name << " operand " << k;
      }
    }
    ASSERT_TRUE(fetched.empty() && brought.empty()) << info(op).name << ": copies that nobody needs";
    if (HasFatalFailure()) return;
  }
}

// ---- branches

std::vector<Operand> branch_operands(std::int64_t target = 0) {
  return {Operand::immediate(0), Operand::immediate(target), Operand::immediate(0)};
}

TEST_F(EncoderTest, BranchesToAKnownTarget) {
  encoder_.begin(false, 0, no_operands);
  for (int i = 0; i < 10; ++i) encoder_.emit(Op::set_loop, {});
  std::uint32_t const cell = emit(Op::br, branch_operands());
  encoder_.set_target(cell, 4);
  encoder_.set_charge(cell, -3);
  EXPECT_EQ(field_t(word_at(cell)), -6 * 8);
  EXPECT_EQ(field_e(word_at(cell)), -3);
  encoder_.set_target(cell, 20);
  EXPECT_EQ(field_t(word_at(cell)), 10 * 8);
  EXPECT_EQ(field_e(word_at(cell)), -3);
  encoder_.set_charge(cell, max_potential);
  EXPECT_EQ(field_t(word_at(cell)), 10 * 8);
  EXPECT_EQ(field_e(word_at(cell)), max_potential);
}

TEST_F(EncoderTest, SettingATargetKeepsTheFieldBesideIt) {
  encoder_.begin(false, 0, no_operands);
  Operand const c = Operand::slot(7);
  std::uint32_t const cell = encoder_.emit(
      Op::br_i32_eq, {Operand::immediate(0), c, Operand::immediate(-9), Operand::immediate(0), Operand::immediate(0)});
  BranchChain chain = 0;
  encoder_.chain_branch(cell, chain, 5);
  encoder_.bind(chain, cell + 100, 2);
  expect_cell(cell, Op::br_i32_eq,
              {Operand::immediate(0), c, Operand::immediate(-9), Operand::immediate(800), Operand::immediate(3)});
}

TEST_F(EncoderTest, ResolvesAllBranchesOfALabel) {
  encoder_.begin(false, 0, no_operands);
  BranchChain chain = 0;
  std::vector<std::uint32_t> cells;
  for (std::int32_t potential : {0, 7, max_potential}) {
    cells.push_back(emit(Op::br, branch_operands()));
    encoder_.chain_branch(cells.back(), chain, potential);
  }
  encoder_.bind(chain, 50, 10);
  EXPECT_EQ(field_t(word_at(cells[0])), 50 * 8);
  EXPECT_EQ(field_t(word_at(cells[1])), 47 * 8);
  EXPECT_EQ(field_t(word_at(cells[2])), 44 * 8);
  EXPECT_EQ(field_e(word_at(cells[0])), -10);
  EXPECT_EQ(field_e(word_at(cells[1])), -3);
  EXPECT_EQ(field_e(word_at(cells[2])), max_potential - 10);
}

TEST_F(EncoderTest, BindingALabelWithoutBranchesChangesNothing) {
  encoder_.begin(false, 0, no_operands);
  emit(Op::br, branch_operands(16));
  std::vector<Word> const before(encoder_.words().begin(), encoder_.words().end());
  encoder_.bind(0, 3, 5);
  EXPECT_EQ(std::vector<Word>(encoder_.words().begin(), encoder_.words().end()), before);
}

struct Entry {
  std::int32_t target;
  std::int32_t charge;
};
Entry entry_of(Word word) { return {static_cast<std::int32_t>(word), static_cast<std::int32_t>(word >> 32)}; }

TEST_F(EncoderTest, WritesEntriesOfATable) {
  encoder_.begin(false, 0, no_operands);
  encoder_.emit(Op::set_loop, {});
  std::uint32_t const cell = encoder_.emit(Op::br_table, {Operand::slot(1), Operand::immediate(2)});
  for (int i = 0; i < 3; ++i) encoder_.append(0);
  BranchChain chain = 0;
  encoder_.set_entry(cell, 0, 0, -4);
  encoder_.chain_entry(cell, 1, chain, 9);
  encoder_.chain_entry(cell, 2, chain, max_potential);
  encoder_.bind(chain, 21, 10);
  auto const words = encoder_.words();
  // Distances are from the table's own cell; the entries begin behind its two words.
  EXPECT_EQ(entry_of(words[cell + 2]).target, -8);
  EXPECT_EQ(entry_of(words[cell + 2]).charge, -4);
  EXPECT_EQ(entry_of(words[cell + 3]).target, 20 * 8);
  EXPECT_EQ(entry_of(words[cell + 3]).charge, -1);
  EXPECT_EQ(entry_of(words[cell + 4]).target, 20 * 8);
  EXPECT_EQ(entry_of(words[cell + 4]).charge, max_potential - 10);
}

TEST_F(EncoderTest, TheLargestTableFits) {
  constexpr std::uint32_t targets = 65520;
  encoder_.begin(false, 0, no_operands);
  std::uint32_t const cell = encoder_.emit(Op::br_table, {Operand::slot(0), Operand::immediate(targets)});
  BranchChain chain = 0;
  for (std::uint32_t i = 0; i <= targets; ++i) encoder_.append(0);
  for (std::uint32_t i = 0; i <= targets; ++i)
    encoder_.chain_entry(cell, i, chain, static_cast<std::int32_t>(i % 1000));
  encoder_.bind(chain, encoder_.position(), 1);
  for (std::uint32_t i = 0; i <= targets; ++i) {
    Entry const entry = entry_of(encoder_.words()[cell + 2 + i]);
    ASSERT_EQ(entry.target, static_cast<std::int32_t>((targets + 3) * 8)) << i;
    ASSERT_EQ(entry.charge, static_cast<std::int32_t>(i % 1000) - 1) << i;
  }
}

// Many labels whose waiting branches and table entries lie among each other.
TEST_F(EncoderTest, ChainsOfManyLabelsStayApart) {
  auto random = test::seeded_random();
  struct Wait {
    std::uint32_t cell;
    std::optional<std::uint32_t> entry;
    std::int32_t potential;
  };
  struct Label {
    BranchChain chain = 0;
    std::vector<Wait> waits;
  };
  for (int round = 0; round < 20; ++round) {
    encoder_.begin(false, 0, no_operands);
    std::vector<Label> labels(10);
    auto const any_potential = [&] { return static_cast<std::int32_t>(random() % (max_potential + 1)); };
    for (int i = 0; i < 300; ++i) {
      if (random() % 3 == 0) {
        auto const last = static_cast<std::uint32_t>(random() % 12);
        std::uint32_t const cell = encoder_.emit(Op::br_table, {Operand::slot(1), Operand::immediate(last)});
        for (std::uint32_t k = 0; k <= last; ++k) encoder_.append(0);
        for (std::uint32_t k = 0; k <= last; ++k) {
          Label& label = labels[random() % labels.size()];
          label.waits.push_back({cell, k, any_potential()});
          encoder_.chain_entry(cell, k, label.chain, label.waits.back().potential);
        }
      } else {
        Label& label = labels[random() % labels.size()];
        label.waits.push_back({emit(Op::br, branch_operands()), std::nullopt, any_potential()});
        encoder_.chain_branch(label.waits.back().cell, label.chain, label.waits.back().potential);
      }
    }
    for (Label const& label : labels) {
      auto const target = static_cast<std::uint32_t>(random() % (encoder_.position() + 1));
      std::int32_t const potential = any_potential();
      encoder_.bind(label.chain, target, potential);
      for (Wait const& wait : label.waits) {
        auto const distance = (static_cast<std::int64_t>(target) - wait.cell) * 8;
        Word const* const cell = word_at(wait.cell);
        Entry const found = wait.entry ? entry_of(cell[2 + *wait.entry]) : Entry{field_t(cell), field_e(cell)};
        ASSERT_EQ(found.target, distance);
        ASSERT_EQ(found.charge, wait.potential - potential);
      }
    }
  }
}

} // namespace
} // namespace weir::code
