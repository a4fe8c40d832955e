// Pairs of cells with a handler of their own: each does what its cells do one after the other.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "code/encoder.hpp"
#include "code/frame.hpp"
#include "code/function_code.hpp"
#include "code/sharing.hpp"
#include "execute/entry.hpp"
#include "support/seed.hpp"

namespace weir::execute {
namespace {

using code::Op;
using code::Operand;
using code::OpFamily;
using Kind = Operand::Kind;

constexpr std::size_t memory_bytes = 4096;
constexpr std::uint32_t data_slots = 40; // what cells read and write
constexpr std::uint32_t was_in_loop = data_slots;
constexpr std::uint32_t fell_through = data_slots + 1;
constexpr std::uint32_t ints_before = data_slots + 2;
constexpr std::uint32_t floats_before = ints_before + 8;
constexpr std::uint32_t ints_behind = floats_before + 8;
constexpr std::uint32_t floats_behind = ints_behind + 8;
constexpr std::uint32_t frame_slots = floats_behind + 8;
constexpr std::size_t global_count = 4;
constexpr std::uint32_t no_operands = frame_slots;

std::string name_of(code::OpForm which) {
  return std::string{code::info(which.op).name} + " form " + std::to_string(which.form);
}

std::string name_of(code::Pair const& pair) { return name_of(pair.first) + "; " + name_of(pair.second); }

bool is_global_access(Op op) {
  switch (op) {
  case Op::global_get_int:
  case Op::global_get_float:
  case Op::global_set_int:
  case Op::global_set_float:
  case Op::imported_global_get_int:
  case Op::imported_global_get_float:
  case Op::imported_global_set_int:
  case Op::imported_global_set_float: return true;
  default: return false;
  }
}

// What cells can change, and how they ended.
struct Outcome {
  std::vector<std::uint64_t> slots;
  std::vector<std::uint8_t> memory;
  std::array<std::uint64_t, global_count> globals{};
  std::int64_t budget = 0;
  TrapReason reason = TrapReason::none;
  std::ptrdiff_t stopped_at = 0; // words from the first cell
  std::array<std::uint64_t, code::int_registers> ints{};
  std::array<std::uint64_t, code::float_registers> floats{};

  bool operator==(Outcome const&) const = default;
};

struct PreparedCell {
  code::OpForm which;
  std::vector<Operand> operands;
};

class Pairs : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_backend(Backend::tail_call)) {
      GTEST_SKIP() << "this build has no tail calls, and the loop has no pairs";
    }
    table_ = &handlers(Backend::tail_call);
    pairs_ = {table_->pairs.pairs, table_->pairs.count};
    for (std::size_t i = 0; i < global_count; ++i) {
      global_pointers_[i] = &globals_[i];
    }
    execution_.hooks.budget_expired = [](runtime::InstanceContext&) { return TrapReason::out_of_fuel; };
  }

  Operand random_operand(Op op, code::OperandSpec spec, int digit) {
    code::Place const place = code::place_of(spec.role, digit);
    bool const is_branch = code::info(op).family == OpFamily::branch;
    switch (place.kind) {
    case Kind::none: return Operand::immediate(place.number);
    case Kind::slot: return Operand::slot(static_cast<std::uint32_t>(random_() % data_slots));
    case Kind::immediate:
      if (spec.role == 'K' && is_global_access(op)) {
        return Operand::immediate(static_cast<std::int64_t>(random_() % global_count));
      }
      if (is_branch && (spec.field == 't' || spec.field == 'e')) {
        return Operand::immediate(spec.field == 't' ? 0 : static_cast<std::int64_t>(random_() % 9));
      }
      if (spec.field == 'x') {
        return Operand::immediate(static_cast<std::int64_t>(random_()));
      }
      // Often small, so that addresses are inside now and then; else anything that the field holds.
      return Operand::immediate(random_() % 2 == 0 ? static_cast<std::int64_t>(random_() % 64)
                                                   : static_cast<std::int16_t>(random_()));
    default: return {place.kind, place.number};
    }
  }

  PreparedCell prepare(code::OpForm which) {
    code::Shape const shape = code::shape_of(which.op);
    PreparedCell cell{which, {}};
    for (int i = 0; i < shape.count; ++i) {
      cell.operands.push_back(
          random_operand(which.op, shape.operands[static_cast<std::size_t>(i)], code::digit(shape, which.form, i)));
    }
    return cell;
  }

  static std::uint32_t emit(code::Encoder& encoder, PreparedCell const& cell) {
    auto const& o = cell.operands;
    switch (o.size()) {
    case 0: return encoder.emit(cell.which.op, {});
    case 1: return encoder.emit(cell.which.op, {o[0]});
    case 2: return encoder.emit(cell.which.op, {o[0], o[1]});
    case 3: return encoder.emit(cell.which.op, {o[0], o[1], o[2]});
    case 4: return encoder.emit(cell.which.op, {o[0], o[1], o[2], o[3]});
    case 5: return encoder.emit(cell.which.op, {o[0], o[1], o[2], o[3], o[4]});
    default: return encoder.emit(cell.which.op, {o[0], o[1], o[2], o[3], o[4], o[5]});
    }
  }

  void copy_ints(code::Encoder& encoder, std::uint32_t slot, bool to_slots) {
    for (int i = 0; i < code::int_temporaries + table_->int_pins; ++i) {
      Operand const there = Operand::slot(slot + static_cast<std::uint32_t>(i));
      Operand const here = Operand::int_register(i);
      encoder.emit(Op::copy_int, {to_slots ? there : here, to_slots ? here : there});
      encoder.set_barrier();
    }
  }

  void copy_floats(code::Encoder& encoder, std::uint32_t slot, bool to_slots) {
    for (int i = 0; i < code::float_temporaries + table_->float_pins; ++i) {
      Operand const there = Operand::slot(slot + static_cast<std::uint32_t>(i));
      Operand const here = Operand::float_register(i);
      encoder.emit(Op::copy_float, {to_slots ? there : here, to_slots ? here : there});
      encoder.set_barrier();
    }
  }

  // Cells between the loading and the saving of all registers. A branch that is taken, be it through the loop
  // register, goes to the saving too. Answers the position of the first cell.
  std::uint32_t encode(code::Encoder& encoder, std::vector<PreparedCell> const& cells) {
    encoder.begin(false, 0, no_operands);
    encoder.emit(Op::set_loop, {});
    code::BranchChain behind = 0;
    auto const wait = [&](std::uint32_t cell, std::int32_t charge) { encoder.chain_branch(cell, behind, charge); };
    wait(encoder.emit(Op::br_if, {Operand::immediate(0), Operand::slot(was_in_loop), Operand::immediate(0),
                                  Operand::immediate(0)}),
         0);
    encoder.emit(Op::copy_int, {Operand::slot(was_in_loop), Operand::immediate(1)});
    copy_ints(encoder, ints_before, false);
    copy_floats(encoder, floats_before, false);
    // Copies nothing, and is in no pair.
    encoder.emit(Op::copy_range, {Operand::immediate(0), Operand::immediate(0)});
    std::uint32_t const position = encoder.position();
    for (auto const& cell : cells) {
      encoder.set_barrier(); // else the second cell may take a slot from the temporary
      std::uint32_t const at = emit(encoder, cell);
      bool const may_branch = code::info(cell.which.op).family == OpFamily::branch;
      if (may_branch && cell.operands[0].value == 0) {
        wait(at, static_cast<std::int32_t>(cell.operands.back().value));
      }
    }
    encoder.emit(Op::copy_range, {Operand::immediate(0), Operand::immediate(0)});
    encoder.emit(Op::copy_int, {Operand::slot(fell_through), Operand::immediate(1)});
    encoder.bind(behind, encoder.position(), 0);
    copy_ints(encoder, ints_behind, true);
    copy_floats(encoder, floats_behind, true);
    encoder.emit(Op::stop, {});
    return position;
  }

  Outcome run(std::span<code::Word const> words, std::uint32_t first, Outcome const& before) {
    Outcome outcome = before;
    std::vector<code::Word> code(words.begin(), words.end());
    for (std::size_t i = 0; i < global_count; ++i) {
      globals_[i].value[0] = before.globals[i];
    }
    runtime::InstanceContext context;
    context.set_memory(outcome.memory.data(), outcome.memory.size());
    context.globals = global_pointers_.data();
    context.own_globals = globals_.data();
    context.execution = &execution_;
    set_exits(Backend::tail_call, context);
    code::FunctionRecord record;
    record.entry = code.data();
    runtime::Function function;
    function.record = &record;
    function.entry = code.data();
    function.context = &context;
    execution_.budget = before.budget;
    execution_.stack_limit = outcome.slots.data() + outcome.slots.size();
    execution_.trap = {};
    outcome.reason = enter(Backend::tail_call, execution_, function, outcome.slots.data());
    outcome.budget = execution_.budget;
    if (outcome.reason != TrapReason::none) {
      outcome.stopped_at = execution_.trap.ip - code.data() - static_cast<std::ptrdiff_t>(first);
      std::ranges::copy(execution_.trap.int_registers, outcome.ints.begin());
      std::ranges::transform(execution_.trap.float_registers, outcome.floats.begin(), &runtime::FloatBits::low);
    }
    for (std::size_t i = 0; i < global_count; ++i) {
      outcome.globals[i] = globals_[i].value[0];
    }
    return outcome;
  }

  // Addresses that are inside, numbers that fit, and anything.
  std::uint64_t random_value() {
    switch (random_() % 4) {
    case 0: return random_() % 256;
    case 1: return random_() % (memory_bytes + 16);
    case 2: return std::bit_cast<std::uint64_t>(static_cast<double>(random_() % 100) - 50);
    default: return random_();
    }
  }

  Outcome random_state() {
    Outcome state;
    state.slots.resize(frame_slots);
    std::ranges::generate(state.slots, [&] { return random_value(); });
    state.slots[was_in_loop] = 0;
    state.slots[fell_through] = 0;
    state.memory.resize(memory_bytes);
    std::ranges::generate(state.memory, [&] { return static_cast<std::uint8_t>(random_()); });
    std::ranges::generate(state.globals, [&] { return random_value(); });
    state.budget = random_() % 4 == 0 ? static_cast<std::int64_t>(random_() % 4) : 1000;
    return state;
  }

  // Calls, br_table and the first and last cells of functions need more around them; programs test those.
  static bool is_alone(code::Pair const& pair) {
    return code::info(pair.first.op).family != OpFamily::control &&
           code::info(pair.second.op).family != OpFamily::control;
  }

  code::HandlerTable const* table_ = nullptr;
  std::span<code::Pair const> pairs_;
  std::mt19937_64 random_ = test::seeded_random();
  std::array<runtime::Global, global_count> globals_;
  std::array<runtime::Global*, global_count> global_pointers_{};
  runtime::ExecutionState execution_;
};

TEST_F(Pairs, DoWhatTheirCellsDo) {
  code::HandlerTable alone = *table_;
  alone.pairs = {};
  code::Encoder together{*table_};
  code::Encoder one_by_one{alone};
  std::size_t tried = 0;
  for (std::size_t place = 0; place < pairs_.size(); ++place) {
    code::Pair const& pair = pairs_[place];
    if (!is_alone(pair)) {
      continue;
    }
    ++tried;
    for (int round = 0; round < 30; ++round) {
      std::vector<PreparedCell> const cells{prepare(pair.first), prepare(pair.second)};
      std::uint32_t const at = encode(together, cells);
      ASSERT_EQ(encode(one_by_one, cells), at);
      ASSERT_EQ(together.words()[at], table_->pairs.handlers[place]) << name_of(pair);
      ASSERT_NE(together.words()[at], one_by_one.words()[at]) << name_of(pair);
      Outcome const before = random_state();
      Outcome const one = run(together.words(), at, before);
      Outcome const other = run(one_by_one.words(), at, before);
      EXPECT_EQ(one.reason, other.reason) << name_of(pair);
      EXPECT_EQ(one.stopped_at, other.stopped_at) << name_of(pair);
      ASSERT_TRUE(one == other) << name_of(pair);
    }
  }
  EXPECT_GT(tried, 0u);
}

TEST_F(Pairs, AreIdentifiedAsTheirFirstCell) {
  for (std::size_t place = 0; place < pairs_.size(); ++place) {
    code::OpForm const first = pairs_[place].first;
    code::Word const cell[code::enter_words] = {table_->pairs.handlers[place]};
    auto const found = identify(Backend::tail_call, cell);
    EXPECT_EQ(found.op, first.op);
    EXPECT_EQ(found.form, first.form);
    EXPECT_EQ(found.words,
              first.op == Op::enter ? static_cast<int>(code::enter_words) : code::cell_words(first.op, first.form));
  }
}

TEST_F(Pairs, AreDifferentOnesAndFound) {
  std::set<code::Word> words;
  for (std::size_t place = 0; place < pairs_.size(); ++place) {
    code::Pair const& pair = pairs_[place];
    EXPECT_EQ(table_->pairs.find(code::number_of(pair.first), code::number_of(pair.second)), place)
        << name_of(pair) << " stands twice in pairs.def";
    code::for_each_executed(pair.first, [&](code::OpForm first) {
      code::for_each_executed(pair.second, [&](code::OpForm second) {
        EXPECT_EQ(table_->pairs.find(code::number_of(first), code::number_of(second)), place)
            << name_of({first, second}) << " has the handler of " << name_of(pair);
        EXPECT_NE(table_->pairs.may_find(code::number_of(first), code::number_of(second)) & 1, 0u);
      });
    });
    EXPECT_TRUE(words.insert(table_->pairs.handlers[place]).second) << name_of(pair) << " shares its handler";
  }
}

// Many rows have the second result in the temporary only, which it is not before something takes it from there.
TEST_F(Pairs, OneIsFoundOnceTheSecondResultNeedsNoSlot) {
  auto const at_slot = [](PreparedCell cell, std::uint32_t slot) {
    for (Operand& operand : cell.operands) {
      operand = operand.kind == Kind::slot ? Operand::slot(slot) : operand;
    }
    return cell;
  };
  constexpr std::uint32_t result = 20;
  std::size_t tried = 0;
  for (std::size_t place = 0; place < pairs_.size(); ++place) {
    code::Pair const& pair = pairs_[place];
    char const role = code::shape_of(pair.second.op).count == 0 ? ' ' : code::role_of(pair.second.op, 0);
    PreparedCell const first = at_slot(prepare(pair.first), 6);
    PreparedCell second = at_slot(prepare(pair.second), 7);
    bool const copies = pair.second.op == Op::copy_int;
    if (!is_alone(pair) || copies || (role != 'R' && role != 'r') || second.operands[0] != Operand::int_register(0)) {
      continue;
    }
    second.operands[0] = Operand::slot(result);
    code::Encoder encoder{*table_};
    encoder.begin(false, 0, result);
    std::uint32_t const at = emit(encoder, first);
    code::Word const alone = encoder.words()[at];
    emit(encoder, second);
    code::Word const before = encoder.words()[at];
    if (before != alone) {
      continue; // it is one with the result in a slot too
    }
    ++tried;
    encoder.emit(Op::i32_add, {Operand::slot(result + 1), Operand::slot(result), Operand::slot(4)});
    EXPECT_EQ(encoder.words()[at], table_->pairs.handlers[place]) << name_of(pair);
    ASSERT_NE(encoder.last(), nullptr);
    encoder.retract();
    EXPECT_EQ(encoder.words()[at], alone) << name_of(pair);
  }
  EXPECT_GT(tried, 0u);
}

// Three additions, each of the result of the one before: the first two are a pair.
class Chains : public Pairs {
 protected:
  void SetUp() override {
    Pairs::SetUp();
    if (table_ != nullptr) {
      encoder_.emplace(*table_);
      encoder_->begin(false, 0, first_operand);
    }
  }

  std::uint32_t add(std::uint32_t to, std::uint32_t a, std::uint32_t b) {
    return encoder_->emit(Op::i32_add, {Operand::slot(to), Operand::slot(a), Operand::slot(b)});
  }
  // The handler of an addition, or of one and the next.
  code::Word single(bool to_slot, bool from_slot) const {
    return table_->handler(Op::i32_add, form(to_slot, from_slot));
  }
  code::Word pair(bool first_from_slot, bool second_to_slot) const {
    auto const place = table_->pairs.find(code::number_of({Op::i32_add, form(false, first_from_slot)}),
                                          code::number_of({Op::i32_add, form(second_to_slot, false)}));
    EXPECT_NE(place, code::PairIndex::none);
    return table_->pairs.handlers[place];
  }
  code::Word word(std::uint32_t position) const { return encoder_->words()[position]; }

  static constexpr std::uint32_t first_operand = 10;
  std::optional<code::Encoder> encoder_;

 private:
  // With its other operand in a slot, which is the first then.
  static int form(bool to_slot, bool from_slot) {
    int const sources = code::places('I') * code::places('J');
    return (to_slot ? 0 : sources) + code::digit_for('J', from_slot ? Operand::slot(0) : Operand::int_register(0));
  }
};

TEST_F(Chains, APairIsFoundOnceTheFirstResultNeedsNoSlot) {
  auto const first = add(10, 1, 2);
  EXPECT_EQ(word(first), single(true, true));
  auto const second = add(11, 10, 3);
  EXPECT_EQ(word(first), pair(true, true));
  EXPECT_EQ(word(second), single(true, false));
}

TEST_F(Chains, APairStaysOneWhenItsSecondResultNeedsNoSlot) {
  auto const first = add(10, 1, 2);
  auto const second = add(11, 10, 3);
  auto const third = add(12, 11, 4);
  EXPECT_EQ(word(first), pair(true, false));
  EXPECT_EQ(word(second), single(false, false)) << "the second cell of a pair begins none";
  EXPECT_EQ(word(third), single(true, false));
}

TEST_F(Chains, ACellThatIsTakenBackLeavesTheOthersAsTheyWere) {
  auto const first = add(10, 1, 2);
  add(11, 10, 3);
  ASSERT_NE(encoder_->last(), nullptr);
  encoder_->retract();
  EXPECT_EQ(word(first), single(true, true));
  auto const second = add(11, 10, 3);
  EXPECT_EQ(word(first), pair(true, true));
  add(12, 11, 4);
  EXPECT_EQ(word(first), pair(true, false));
  encoder_->retract();
  EXPECT_EQ(word(first), pair(true, true));
  EXPECT_EQ(word(second), single(true, false));
}

TEST_F(Chains, WordsBehindACellEndIt) {
  auto const first = encoder_->emit(Op::i32_add, {Operand::int_register(0), Operand::slot(1), Operand::slot(2)});
  encoder_->append(0);
  encoder_->emit(Op::i32_add, {Operand::slot(11), Operand::int_register(0), Operand::slot(2)});
  EXPECT_EQ(word(first), single(false, true));
}

TEST_F(Chains, AFunctionsFirstCellGoesOnBehindItsWords) {
  Operand const none = Operand::immediate(0);
  auto const first = encoder_->emit(Op::enter, {none, none, none, none, none, none});
  encoder_->append(0);
  encoder_->append(0);
  code::Word const alone = word(first);
  auto const second = encoder_->emit(Op::load32_u, {Operand::int_register(0), Operand::slot(1), none});
  EXPECT_EQ(second, first + code::enter_words);
  code::Word const handler = word(first);
  EXPECT_NE(handler, alone);
  auto const place = std::ranges::find(table_->pairs.handlers, table_->pairs.handlers + table_->pairs.count, handler);
  ASSERT_NE(place, table_->pairs.handlers + table_->pairs.count);
  code::Pair const& pair = pairs_[static_cast<std::size_t>(place - table_->pairs.handlers)];
  EXPECT_EQ(pair.first.op, Op::enter);
  EXPECT_EQ(pair.second.op, Op::load32_u);
}

} // namespace
} // namespace weir::execute
