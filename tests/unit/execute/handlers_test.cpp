// The tables of handlers: which forms each backend can execute.
#include <gtest/gtest.h>

#include <set>

#include "code/sharing.hpp"
#include "execute/entry.hpp"

namespace weir::execute {
namespace {

// The most pins that the form names, as registers of a class or as counts of those that a frame saves.
struct PinsOfForm {
  int ints = 0;
  int floats = 0;
};

PinsOfForm pins_of(code::Op op, int form) {
  using Kind = code::Operand::Kind;
  PinsOfForm pins;
  code::Shape const shape = code::shape_of(op);
  for (int i = 0; i < shape.count; ++i) {
    char const role = shape.operands[static_cast<std::size_t>(i)].role;
    code::Place const place = code::place_of(role, code::digit(shape, form, i));
    if (place.kind == Kind::int_register) {
      pins.ints = std::max(pins.ints, place.number - code::int_temporaries + 1);
    } else if (place.kind == Kind::float_register) {
      pins.floats = std::max(pins.floats, place.number - code::float_temporaries + 1);
    } else if (role == 'N') {
      pins.ints = std::max(pins.ints, place.number);
    } else if (role == 'M') {
      pins.floats = std::max(pins.floats, place.number);
    }
  }
  return pins;
}

class Handlers : public testing::TestWithParam<Backend> {};

TEST_P(Handlers, AreThereForAllThatTheTranslatorMayName) {
  if (!has_backend(GetParam())) {
    GTEST_SKIP() << "this build has no tail calls";
  }
  auto const& table = handlers(GetParam());
  std::set<code::Word> words;
  std::size_t expected = 0;
  for (std::size_t i = 0; i < code::op_count; ++i) {
    auto const op = static_cast<code::Op>(i);
    for (int form = 0; form < code::form_count(op); ++form) {
      PinsOfForm const pins = pins_of(op, form);
      if (pins.ints > table.int_pins || pins.floats > table.float_pins) {
        continue;
      }
      code::Word const word = table.handler(op, form);
      if (code::is_out_of_order({op, form})) {
        EXPECT_EQ(word, 0u) << code::info(op).name << " form " << form;
        continue;
      }
      code::OpForm const own = code::handler_of({op, form});
      expected += code::has_own_handler({op, form}) ? 1 : 0;
      EXPECT_NE(word, 0u) << code::info(op).name << " form " << form;
      EXPECT_EQ(word, table.handler(own.op, own.form)) << code::info(op).name << " form " << form;
      words.insert(word);
    }
  }
  EXPECT_EQ(words.size(), expected) << "two other forms have one handler";
  // Compile time and code size are in proportion to it.
  EXPECT_LE(words.size() + table.pairs.count, 12000u) << "the budget of handlers";
}

TEST_P(Handlers, AreIdentified) {
  if (!has_backend(GetParam())) {
    GTEST_SKIP() << "this build has no tail calls";
  }
  for (auto const op : {code::Op::i32_add, code::Op::br_i32_gt_s, code::Op::f64_mul, code::Op::memory_copy}) {
    int const form = op == code::Op::i32_add ? 1 : 0; // "slot, slot, immediate"
    code::Word const cell[3] = {handlers(GetParam()).handler(op, form)};
    auto const found = identify(GetParam(), cell);
    EXPECT_EQ(found.op, op);
    EXPECT_EQ(found.form, form);
    EXPECT_EQ(found.words, code::cell_words(op, form));
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Handlers, testing::Values(Backend::tail_call, Backend::loop),
                         [](auto const& backend) { return backend.param == Backend::loop ? "loop" : "tail_call"; });

} // namespace
} // namespace weir::execute
