#include "text/script.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

using text::AssertModule;
using text::AssertReturn;
using text::AssertTrap;
using text::ScriptModule;
using text::ScriptPattern;
using text::ScriptValue;
using text::UnreadableCommand;

text::Script read(std::string_view source) {
  auto script = text::parse_script(source, {all_features(), false});
  if (!script) {
    ADD_FAILURE() << script.error().message();
    return {};
  }
  return *std::move(script);
}

// The only command of a script, which is a T.
template <class T>
T only(std::string_view source) {
  auto const script = read(source);
  if (script.commands.size() != 1 || !std::holds_alternative<T>(script.commands[0].what)) {
    ADD_FAILURE() << script.commands.size() << " commands in " << source;
    if (!script.commands.empty()) {
      if (auto const* const bad = std::get_if<UnreadableCommand>(&script.commands[0].what)) {
        ADD_FAILURE() << bad->error.message();
      }
    }
    return T{};
  }
  return std::get<T>(script.commands[0].what);
}

void expect_unreadable(std::string_view source, std::string_view keyword, std::string_view why,
                       ErrorKind kind = ErrorKind::malformed) {
  auto const script = read(source);
  ASSERT_EQ(script.commands.size(), 1u) << source;
  auto const* const command = std::get_if<UnreadableCommand>(&script.commands[0].what);
  ASSERT_NE(command, nullptr) << source;
  EXPECT_EQ(command->keyword, keyword);
  EXPECT_EQ(command->error.kind(), kind) << command->error.message();
  EXPECT_NE(command->error.message().find(why), std::string::npos) << command->error.message();
}

TEST(Script, ModulesInAllForms) {
  auto const written = only<ScriptModule>("(module $m (memory 1))");
  EXPECT_EQ(written.form, ScriptModule::Form::text);
  EXPECT_EQ(written.name, "m");
  EXPECT_EQ(written.error, nullptr);
  EXPECT_EQ(written.bytes, text::parse_wat("(memory 1)", {all_features(), false}).value());
  auto const binary = only<ScriptModule>("(module $\"b c\" binary \"\\00asm\" \"\\01\\00\\00\\00\")");
  EXPECT_EQ(binary.form, ScriptModule::Form::binary);
  EXPECT_EQ(binary.name, "b c");
  EXPECT_EQ(binary.bytes, (Bytes{0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00}));
  auto const quoted = only<ScriptModule>("(module quote \"(func\" \" $f)\\n\")");
  EXPECT_EQ(quoted.form, ScriptModule::Form::quote);
  EXPECT_EQ(quoted.source, "(func $f)\n");
  auto const definition = only<ScriptModule>("(module definition $d (memory 1))");
  EXPECT_TRUE(definition.is_definition);
  EXPECT_EQ(definition.name, "d");
  auto const instance = only<ScriptModule>("(module instance $i $d)");
  EXPECT_EQ(instance.form, ScriptModule::Form::instance);
  EXPECT_EQ(instance.name, "i");
  EXPECT_EQ(instance.definition, "d");
}

TEST(Script, AModuleThatDoesNotParseIsStillACommand) {
  auto const script = read("(module\n (func bogus))\n(module (memory 1))");
  ASSERT_EQ(script.commands.size(), 2u);
  auto const& bad = std::get<ScriptModule>(script.commands[0].what);
  ASSERT_NE(bad.error, nullptr);
  EXPECT_EQ(bad.error->line(), 2u);
  EXPECT_EQ(std::get<ScriptModule>(script.commands[1].what).error, nullptr);
}

TEST(Script, MayBeTheFieldsOfOneModule) {
  EXPECT_EQ(only<ScriptModule>("(memory 1) (func)").bytes,
            text::parse_wat("(memory 1) (func)", {all_features(), false}).value());
  EXPECT_NE(only<ScriptModule>("(func bogus)").error, nullptr);
}

TEST(Script, CommandsKnowTheirLines) {
  auto const script = read(";; a\n(module)\n\n(module\n)\n  (module)");
  ASSERT_EQ(script.commands.size(), 3u);
  EXPECT_EQ(script.commands[0].line, 2u);
  EXPECT_EQ(script.commands[1].line, 4u);
  EXPECT_EQ(script.commands[2].line, 6u);
}

TEST(Script, EmptyScriptsHaveNoCommands) {
  EXPECT_TRUE(read("").commands.empty());
  EXPECT_TRUE(read(" ;; nothing\n").commands.empty());
}

TEST(Script, Actions) {
  auto const invoke = only<text::Action>("(invoke $m \"f\" (i32.const -1) (i64.const 2))");
  EXPECT_FALSE(invoke.is_get);
  EXPECT_EQ(invoke.module, "m");
  EXPECT_EQ(invoke.name, "f");
  ASSERT_EQ(invoke.arguments.size(), 2u);
  EXPECT_EQ(invoke.arguments[0].kind, ScriptValue::Kind::i32);
  EXPECT_EQ(invoke.arguments[0].bits, 0xFFFFFFFFu);
  EXPECT_EQ(invoke.arguments[1].bits, 2u);
  auto const get = only<text::Action>("(get \"g\\00\")");
  EXPECT_TRUE(get.is_get);
  EXPECT_EQ(get.name, std::string("g\0", 2));
  auto const registered = only<text::RegisterCommand>("(register \"as\" $m)");
  EXPECT_EQ(registered.as, "as");
  EXPECT_EQ(registered.module, "m");
}

TEST(Script, ValuesOfEveryKind) {
  auto const action = only<text::Action>(
      "(invoke \"f\" (f32.const -0) (f64.const nan:0x1) (v128.const i16x8 1 2 3 4 5 6 7 0xffff)"
      " (v128.const f64x2 1 inf) (ref.null extern) (ref.null func) (ref.extern 7) (ref.host 8))");
  ASSERT_EQ(action.arguments.size(), 8u);
  auto const& values = action.arguments;
  EXPECT_EQ(values[0].kind, ScriptValue::Kind::f32);
  EXPECT_EQ(values[0].bits, 0x80000000u);
  EXPECT_EQ(values[1].bits, 0x7FF0000000000001u);
  EXPECT_EQ(values[2].kind, ScriptValue::Kind::v128);
  EXPECT_EQ(values[2].v128, (std::array<std::uint8_t, 16>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0xFF, 0xFF}));
  EXPECT_EQ(values[3].v128, (std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F}));
  EXPECT_EQ(values[4].type, ValType::externref());
  EXPECT_EQ(values[5].type, ValType::funcref());
  EXPECT_EQ(values[6].kind, ScriptValue::Kind::ref_extern);
  EXPECT_EQ(values[6].bits, 7u);
  EXPECT_EQ(values[7].kind, ScriptValue::Kind::ref_host);
}

TEST(Script, PatternsOfResults) {
  auto const assertion = only<AssertReturn>(
      "(assert_return (invoke \"f\") (f32.const nan:canonical) (f64.const nan:arithmetic) (i64.const -1)"
      " (v128.const f32x4 nan:canonical 0 nan:arithmetic 1) (ref.null) (ref.null func) (ref.extern) (ref.extern 3)"
      " (ref.func) (ref.i31) (either (i32.const 1) (i32.const 2)))");
  ASSERT_EQ(assertion.results.size(), 11u);
  auto const& results = assertion.results;
  EXPECT_EQ(results[0].kind, ScriptPattern::Kind::f32);
  EXPECT_EQ(results[0].number.kind, text::NumberPattern::Kind::canonical_nan);
  EXPECT_EQ(results[1].number.kind, text::NumberPattern::Kind::arithmetic_nan);
  EXPECT_EQ(results[2].number.bits, ~std::uint64_t{0});
  EXPECT_EQ(results[3].lane_bits, 32);
  EXPECT_TRUE(results[3].is_float);
  ASSERT_EQ(results[3].lanes.size(), 4u);
  EXPECT_EQ(results[3].lanes[2].kind, text::NumberPattern::Kind::arithmetic_nan);
  EXPECT_EQ(results[3].lanes[3].bits, 0x3F800000u);
  EXPECT_TRUE(results[4].type.is_bottom());
  EXPECT_EQ(results[5].type, ValType::funcref());
  EXPECT_FALSE(results[6].has_number);
  EXPECT_TRUE(results[7].has_number);
  EXPECT_EQ(results[7].bits, 3u);
  EXPECT_EQ(results[8].kind, ScriptPattern::Kind::ref_func);
  EXPECT_EQ(results[9].kind, ScriptPattern::Kind::ref_other);
  ASSERT_EQ(results[10].alternatives.size(), 2u);
  EXPECT_EQ(results[10].alternatives[1].number.bits, 2u);
}

TEST(Script, Assertions) {
  auto const trap = only<AssertTrap>("(assert_trap (invoke \"f\") \"unreachable\")");
  EXPECT_EQ(trap.kind, AssertTrap::Kind::trap);
  EXPECT_EQ(trap.message, "unreachable");
  EXPECT_EQ(only<AssertTrap>("(assert_exhaustion (invoke \"f\") \"stack\")").kind, AssertTrap::Kind::exhaustion);
  EXPECT_EQ(only<AssertTrap>("(assert_exception (invoke \"f\"))").kind, AssertTrap::Kind::exception);
  auto const uninstantiable = only<AssertModule>("(assert_trap (module (memory 1)) \"out of bounds\")");
  EXPECT_EQ(uninstantiable.kind, AssertModule::Kind::trap);
  EXPECT_EQ(uninstantiable.message, "out of bounds");
  auto const malformed = only<AssertModule>("(assert_malformed (module quote \"(\") \"m\")");
  EXPECT_EQ(malformed.kind, AssertModule::Kind::malformed);
  EXPECT_EQ(malformed.module.source, "(");
  EXPECT_EQ(only<AssertModule>("(assert_invalid (module (func i32.add)) \"m\")").kind, AssertModule::Kind::invalid);
  EXPECT_EQ(only<AssertModule>("(assert_unlinkable (module) \"m\")").kind, AssertModule::Kind::unlinkable);
  EXPECT_EQ(only<AssertModule>("(assert_malformed_custom (module) \"m\")").kind, AssertModule::Kind::malformed_custom);
}

TEST(Script, ACommandThatCannotBeReadDoesNotStopTheOthers) {
  auto const script = read("(invoke \"f\" (i32.const x)) (assert_return (invoke)) (module)");
  ASSERT_EQ(script.commands.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<UnreadableCommand>(script.commands[0].what));
  EXPECT_TRUE(std::holds_alternative<UnreadableCommand>(script.commands[1].what));
  EXPECT_TRUE(std::holds_alternative<ScriptModule>(script.commands[2].what));
  expect_unreadable("(assert_return (module) (i32.const 0))", "assert_return", "expected `(invoke` or `(get`");
  expect_unreadable("(assert_trap (invoke \"f\"))", "assert_trap", "expected a string");
  expect_unreadable("(assert_invalid (invoke \"f\") \"m\")", "assert_invalid", "expected `(module`");
  expect_unreadable("(assert_return (invoke \"f\") (v128.const i32x4 1 2 3))", "assert_return", "expected a number");
  expect_unreadable("(assert_return (invoke \"f\") (either (either (i32.const 1))))", "assert_return",
                    "expected an alternative");
  expect_unreadable("(module binary \"\" x)", "module", "expected `)`");
  expect_unreadable("()", "", "unknown command");
  expect_unreadable("(((\"\")))", "", "unknown command");
  expect_unreadable("(assert_return)", "assert_return", "expected `(invoke` or `(get`");
}

TEST(Script, InputThatIsNoListOfFormsIsAnError) {
  auto const refused = [](std::string_view source, std::string_view why) {
    return fails(text::parse_script(source, {}), ErrorKind::malformed, why);
  };
  EXPECT_TRUE(refused("module", "expected `(` of a command"));
  EXPECT_TRUE(refused("(module", "unexpected end"));
  EXPECT_TRUE(refused("(module))", "unexpected token `)`"));
  EXPECT_TRUE(refused("(module \"", "unclosed string"));
  EXPECT_TRUE(refused(std::string(1000000, '('), "unexpected"));
}

} // namespace
} // namespace weir::test
