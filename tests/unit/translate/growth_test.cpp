// How much code a function body can become: bodies of the largest size, made of what costs most for its bytes.
#include <ostream>

#include "unit/translate/fixture.hpp"
#include "wasm/limits.hpp"

namespace weir::test {
namespace {

// docs/limits.md states this bound.
constexpr double most_words_per_byte = 8;

Bytes code_of(std::string const& text) {
  Bytes bytes = assemble(text);
  bytes.pop_back(); // the body's end
  return bytes;
}

struct Shape {
  char const* name;
  std::string before;
  std::string unit; // repeated until the body has its size
  std::string after;
  std::vector<ModuleBuilder::LocalGroup> locals = {};
  std::size_t bytes = 1'000'000;
  std::string unit_after = {}; // as often as `unit`, behind all of them
};

void PrintTo(Shape const& shape, std::ostream* out) { *out << shape.name; }

// "br_table" with targets from `first` on, each another one.
std::string table_of(std::uint32_t first, std::uint32_t count) {
  std::string text = "br_table " + std::to_string(count - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    text += " " + std::to_string(first + i);
  }
  return text + " ";
}

std::vector<Shape> shapes() {
  constexpr std::size_t full = wasm::limits::function_bytes;
  // Types: 0 [] -> [], 1 three i32 results, 2 a thousand i32 results, 3 a thousand parameters and results,
  // 4 [i32] -> [i32], 5 [] -> four i32, 6 three i32 parameters and results.
  std::string const values = times(1000, "local.get 0");
  std::string const drops = times(1000, "drop");
  std::vector<ModuleBuilder::LocalGroup> const wide{{49998, ValType::i32()}};
  std::vector<ModuleBuilder::LocalGroup> const floats{{1, ValType::i32()}, {3, ValType::f64()}};
  std::vector<ModuleBuilder::LocalGroup> const few{{8, ValType::i32()}};
  std::string const brought_home = values + "block type 3 local.get 0 br_if 0 end ";
  return {
      {"unary operations", "local.get 3", "f64.sqrt", "drop", floats},
      {"negated comparisons", "local.get 0", "i32.eqz", "drop", few},
      {"wide unary operations", times(20000, "local.get 1"), "i32.popcnt", times(20000, "drop"), wide},
      {"wide operands", times(20000, "local.get 1"), brought_home + times(999, "i32.add") + "drop",
       times(20000, "drop"), wide},
      {"wide selections", times(20000, "local.get 1"), brought_home + times(499, "select") + "drop drop",
       times(20000, "drop"), wide},
      {"pending reads brought home", "", values + "block type 3 end " + drops, "", few, full},
      {"pending reads and writes", "", times(1000, "local.get 1") + "local.get 2 local.set 1 " + drops, "", few},
      {"one pending read and one write", "", "local.get 1 local.get 2 local.set 1 drop", "", few},
      {"a hundred thousand pending", times(100000, "local.get 1"), "local.get 2 br_if 0", times(100000, "drop"), few,
       full},
      {"branches with a thousand pending values", "block type 2 " + values, "local.get 1 br_if 0", "end " + drops, few},
      {"branches with a thousand values elsewhere", "block type 2 local.get 3 " + values, "local.get 1 br_if 0",
       "br 0 end " + drops, few},
      {"branches with three values elsewhere", "block type 1 local.get 3 local.get 0 local.get 1 local.get 2",
       "local.get 1 br_if 0", "br 0 end drop drop drop", few},
      {"branches with three values elsewhere and wide",
       "block type 1 " + times(20000, "local.get 3") + " local.get 40000 local.get 40001 local.get 40002",
       "local.get 1 br_if 0", "br 0 end drop drop drop", wide},
      {"returns with three values", "", "block local.get 0 br_if 0 i32.const 1 i32.const 2 i32.const 3 br 1 end", "",
       few},
      {"blocks with a thousand parameters", values, "block type 3 local.get 0 br_if 0", drops, few, 1'000'000, "end"},
      {"loops", "", "loop", "", few, 2'900'000, "end"},
      {"ifs", "", "local.get 0 if else end", "", few},
      {"calls with a thousand values", values, "call 1", drops, few},
      {"indirect calls", "local.get 0", "local.get 1 call_indirect 4 0", "drop", few},
      {"memory.grow", "i32.const 0", "memory.grow 0", "drop", few},
      {"small tables of labels, one value list each", times(120, "block type 1"),
       "block local.get 0 br_if 0 local.get 7 local.get 1 local.get 2 local.get 3 local.get 0 " + table_of(1, 120) +
           "end",
       "local.get 1 local.get 2 local.get 3 " + times(120, "end") + " drop drop drop", few},
      {"the same and wide", times(20000, "local.get 1") + times(120, "block type 1"),
       "block local.get 0 br_if 0 local.get 7 local.get 1 local.get 2 local.get 3 local.get 0 " + table_of(1, 120) +
           "end",
       "local.get 1 local.get 2 local.get 3 " + times(120, "end") + times(20003, " drop"), wide, full},
      {"large tables of few labels", "block block block",
       "block local.get 0 br_if 0 local.get 1 br_table 6000" + times(3000, " 0 1") + " 2 end", "end end end", few},
  };
}

double words_per_byte(Shape const& shape) {
  ModuleBuilder builder;
  std::vector<ValType> const thousand(1000, ValType::i32());
  std::vector<ValType> const three(3, ValType::i32());
  builder.type({ValType::i32(), ValType::i32()}, {});
  builder.type({}, three);
  builder.type({}, thousand);
  builder.type(thousand, thousand);
  builder.type({ValType::i32()}, {ValType::i32()});
  builder.import_function(4);
  builder.import_function(3);
  builder.memory(1);
  builder.table({0});
  Bytes body = code_of(shape.before);
  Bytes const unit = code_of(shape.unit);
  Bytes const unit_after = code_of(shape.unit_after);
  Bytes const after = code_of(shape.after);
  std::size_t const count = (shape.bytes - body.size() - after.size() - 64) / (unit.size() + unit_after.size());
  for (std::size_t i = 0; i < count; ++i) {
    write_bytes(body, unit);
  }
  for (std::size_t i = 0; i < count; ++i) {
    write_bytes(body, unit_after);
  }
  write_bytes(body, after);
  body.push_back(0x0B);
  std::uint32_t const function = builder.function(0, shape.locals, body);
  TranslationSetup setup{builder.decode()};
  auto const facts = validate::validate_module(setup.module);
  if (!facts.has_value()) {
    ADD_FAILURE() << facts.error().message();
    return 0;
  }
  translate::Translator translator{setup.environment};
  auto const valid = validate::FunctionValidator{setup.module, *facts}.validate(function, &translator.survey());
  if (!valid.has_value()) {
    ADD_FAILURE() << valid.error().message();
    return 0;
  }
  auto const code = translator.translate(function);
  if (!code.has_value()) {
    ADD_FAILURE() << code.error().message();
    return 0;
  }
  auto const words =
      static_cast<double>(code->words.size()) + static_cast<double>(code->source_map.entries().size()) / 8;
  return words / static_cast<double>(body.size());
}

class GrowthTest : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, GrowthTest, testing::ValuesIn(shapes()), [](auto const& info) {
  return std::regex_replace(std::string{info.param.name}, std::regex{"[^a-z0-9]+"}, "_");
});

TEST_P(GrowthTest, CodeIsBoundedByTheBody) {
  double const found = words_per_byte(GetParam());
  RecordProperty("words_per_byte", std::to_string(found));
  EXPECT_GT(found, 0);
  EXPECT_LE(found, most_words_per_byte);
}

} // namespace
} // namespace weir::test
