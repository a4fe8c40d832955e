// Module fields: every abbreviation gives the bytes of what it stands for.
// https://webassembly.github.io/spec/core/text/modules.html
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

// Both texts give the same module, identifiers apart.
void expect_same(std::string_view abbreviated, std::string_view full) {
  text::ParseOptions const without_names{all_features(), false};
  auto const a = text::parse_wat(abbreviated, without_names);
  auto const b = text::parse_wat(full, without_names);
  ASSERT_TRUE(a.has_value()) << a.error().message() << "\n" << abbreviated;
  ASSERT_TRUE(b.has_value()) << b.error().message() << "\n" << full;
  EXPECT_EQ(*a, *b) << abbreviated << "\n" << full;
}

TEST(WatFields, GivesTheBytesOfTheSpecification) {
  EXPECT_EQ(parsed("(module)"), (Bytes{0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00}));
  Bytes const expected{0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,                         //
                       0x01, 0x0C, 0x02, 0x60, 0x02, 0x7F, 0x7E, 0x02, 0x7D, 0x7C, 0x60, 0x00, // types
                       0x01, 0x70,                                                             //
                       0x02, 0x07, 0x01, 0x01, 'm',  0x01, 'f',  0x00, 0x00,                   // import
                       0x03, 0x02, 0x01, 0x01,                                                 // function
                       0x04, 0x05, 0x01, 0x6F, 0x01, 0x01, 0x02,                               // table
                       0x05, 0x03, 0x01, 0x00, 0x03,                                           // memory
                       0x06, 0x06, 0x01, 0x7F, 0x01, 0x41, 0x7F, 0x0B,                         // global
                       0x07, 0x05, 0x01, 0x01, 'e',  0x02, 0x00,                               // export
                       0x08, 0x01, 0x01,                                                       // start
                       0x09, 0x05, 0x01, 0x01, 0x00, 0x01, 0x01,                               // element
                       0x0A, 0x0A, 0x01, 0x08, 0x02, 0x02, 0x7F, 0x01, 0x7B, 0xD0, 0x70, 0x0B, // code
                       0x0B, 0x08, 0x01, 0x00, 0x41, 0x00, 0x0B, 0x02, 'h',  0xFF};
  EXPECT_EQ(parsed(R"((module
    (type (func (param i32 i64) (result f32 f64)))
    (type (func (result funcref)))
    (import "m" "f" (func (type 0)))
    (func (type 1) (local i32 i32) (local v128) ref.null func)
    (table 1 2 externref)
    (memory 3)
    (global (mut i32) (i32.const -1))
    (export "e" (memory 0))
    (start 1)
    (elem func 1)
    (data (i32.const 0) "h\ff")))"),
            expected);
}

TEST(WatFields, TakesTheFieldsAlone) {
  expect_same("", "(module)");
  expect_same(" ;; nothing\n", "(module)");
  expect_same("(memory 1) (func)", "(module (memory 1) (func))");
  EXPECT_TRUE(fails(parse("(module) (module)"), ErrorKind::malformed, "one module was read"));
  EXPECT_TRUE(fails(parse("(module"), ErrorKind::malformed, "unexpected end"));
  EXPECT_TRUE(fails(parse("(module))"), ErrorKind::malformed, "unexpected token `)`"));
  EXPECT_TRUE(fails(parse("module"), ErrorKind::malformed, "expected `(`"));
  EXPECT_TRUE(fails(parse("(memory 1) (module)"), ErrorKind::malformed, "unexpected token `module`"));
}

TEST(WatFields, InlineExportsAndImports) {
  expect_same(R"((func $f (export "a") (export "b") (param i32)))",
              R"((func $f (param i32)) (export "a" (func 0)) (export "b" (func $f)))");
  expect_same(R"((func $f (export "a") (import "m" "n") (param $x i32) (result i64)))",
              R"((import "m" "n" (func $f (param i32) (result i64))) (export "a" (func $f)))");
  expect_same(R"((table (export "a") (import "m" "n") 1 2 funcref))",
              R"((import "m" "n" (table 1 2 funcref)) (export "a" (table 0)))");
  expect_same(R"((memory $m (export "a") (import "m" "n") 1))",
              R"((import "m" "n" (memory $m 1)) (export "a" (memory 0)))");
  expect_same(R"((global (export "a") (import "m" "n") (mut f32)))",
              R"((import "m" "n" (global (mut f32))) (export "a" (global 0)))");
  expect_same(R"((memory (export "m") 1) (global (export "g") i32 (i32.const 0)) (table (export "t") 0 funcref))",
              R"((memory 1) (global i32 (i32.const 0)) (table 0 funcref)
                 (export "m" (memory 0)) (export "g" (global 0)) (export "t" (table 0)))");
  EXPECT_TRUE(fails(parse(R"((func) (import "m" "n" (func)))"), ErrorKind::malformed, "import after function"));
  EXPECT_TRUE(fails(parse(R"((memory 1) (func (import "m" "n")))"), ErrorKind::malformed, "import after memory"));
  EXPECT_TRUE(fails(parse(R"((func (import "m" "n") nop))"), ErrorKind::malformed, "expected `)`"));
  EXPECT_TRUE(fails(parse(R"((func (import "m" "n") (export "a")))"), ErrorKind::malformed));
}

TEST(WatFields, InlineSegments) {
  expect_same(R"((table $t funcref (elem $f 0 $f)) (func $f))",
              R"((table 3 3 funcref) (elem (table 0) (i32.const 0) func $f 0 $f) (func $f))");
  expect_same(R"((table funcref (elem)))", R"((table 0 0 funcref) (elem (i32.const 0)))");
  expect_same(R"((table externref (elem (ref.null extern) (item (ref.null extern)))))",
              R"((table 2 2 externref) (elem (i32.const 0) externref (item ref.null extern) (ref.null extern)))");
  expect_same(R"((table 0 funcref) (table funcref (elem 0)) (func))",
              R"((table 0 funcref) (table 1 1 funcref) (elem (table 1) (i32.const 0) func 0) (func))");
  expect_same(R"((memory (export "m") (data "a" "b\00")))",
              R"((memory 1 1) (data (i32.const 0) "ab\00") (export "m" (memory 0)))");
  expect_same(R"((memory (data)))", R"((memory 0 0) (data (i32.const 0)))");
  expect_same("(memory (data \"" + std::string(65537, 'x') + "\"))",
              "(memory 2 2) (data (i32.const 0) \"" + std::string(65537, 'x') + "\")");
}

TEST(WatFields, InlineSegmentsCountAmongTheOthers) {
  expect_same(R"((memory (data "a")) (data $d "b") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))))",
              R"((memory 1 1) (data (i32.const 0) "a") (data "b")
                 (func i32.const 0 i32.const 0 i32.const 0 memory.init 1))");
  expect_same(R"((table funcref (elem)) (elem $e func) (func (elem.drop $e)))",
              R"((table 0 0 funcref) (elem (i32.const 0) func) (elem func) (func (elem.drop 1)))");
}

TEST(WatFields, ElementSegments) {
  constexpr std::string_view before = "(table $t 9 funcref) (table $u 9 funcref) (func $f) ";
  auto const same = [&](std::string_view a, std::string_view b) {
    expect_same(std::string{before}.append(a), std::string{before}.append(b));
  };
  same("(elem (i32.const 1) $f)", "(elem (table $t) (offset i32.const 1) func 0)");
  same("(elem $name (i32.const 1) $f 0)", "(elem (offset (i32.const 1)) func $f $f)");
  same("(elem 0 (i32.const 1) $f)", "(elem (i32.const 1) func $f)");
  same("(elem 1 (i32.const 1) $f)", "(elem (table $u) (i32.const 1) func $f)");
  same("(elem (i32.const 1))", "(elem (i32.const 1) func)");
  same("(elem (i32.const 1) funcref (ref.func $f) (item (ref.null func)))",
       "(elem (table 0) (offset (i32.const 1)) funcref (item ref.func 0) (item ref.null func))");
  same("(elem declare func $f)", "(elem declare func 0)");
  EXPECT_NE(parsed(std::string{before} + "(elem func $f)"), parsed(std::string{before} + "(elem declare func $f)"));
  EXPECT_NE(parsed(std::string{before} + "(elem func $f)"),
            parsed(std::string{before} + "(elem funcref (ref.func $f))"));
  EXPECT_TRUE(fails(parse("(elem $f)"), ErrorKind::malformed));
  EXPECT_TRUE(fails(parse("(elem (table 0) func)"), ErrorKind::malformed));
  EXPECT_TRUE(fails(parse("(elem 0 0)"), ErrorKind::malformed));
}

TEST(WatFields, DataSegments) {
  constexpr std::string_view before = "(memory $m 1) (global $g i32 (i32.const 1)) ";
  auto const same = [&](std::string_view a, std::string_view b) {
    expect_same(std::string{before}.append(a), std::string{before}.append(b));
  };
  same("(data (i32.const 1) \"a\" \"\" \"b\")", "(data (memory $m) (offset i32.const 1) \"ab\")");
  same("(data $name 0 (global.get $g) \"a\")", "(data (memory 0) (offset (global.get 0)) \"a\")");
  same("(data $d)", "(data \"\")");
  same("(data (offset (i32.const 1)))", "(data (i32.const 1) \"\")");
}

TEST(WatFields, TypeUses) {
  expect_same("(func (param i32 i64) (result f32) unreachable)",
              "(type (func (param i32) (param $x i64) (result f32))) (func (type 0) unreachable)");
  expect_same("(type $a (func)) (type $b (func)) (func (type $b)) (func)",
              "(type (func)) (type (func)) (func (type 1)) (func (type 0))");
  // New types go behind those that are written, in the order of use, and only once.
  expect_same("(func (param i32)) (func (param i64)) (func (param i32)) (type (func (param f32)))",
              "(type (func (param f32))) (type (func (param i32))) (type (func (param i64)))"
              "(func (type 1)) (func (type 2)) (func (type 1))");
  expect_same("(type $t (func (param i32))) (func (type $t) (param $x i32) (local.get $x) drop)",
              "(type $t (func (param i32))) (func (type $t) (drop (local.get 0)))");
  EXPECT_TRUE(fails(parse("(type $t (func (param i32))) (func (type $t) (param i64))"), ErrorKind::malformed,
                    "inline function type [i64] -> [] differs from type 0, [i32] -> []"));
  EXPECT_TRUE(fails(parse("(func (type $t))"), ErrorKind::malformed, "unknown type $t"));
  EXPECT_TRUE(fails(parse("(func (type 5) (param i32))"), ErrorKind::malformed, "unknown type 5"));
  EXPECT_TRUE(fails(parse("(func (result i32) (param i32))"), ErrorKind::malformed, "stand in this order"));
  EXPECT_TRUE(fails(parse("(func (param i32) (type 0))"), ErrorKind::malformed, "stand in this order"));
  EXPECT_TRUE(fails(parse("(func (local i32) (param i32))"), ErrorKind::malformed, "stand in this order"));
  EXPECT_TRUE(fails(parse("(func nop (local i32))"), ErrorKind::malformed, "stand in this order"));
  EXPECT_TRUE(fails(parse("(func (param $x i32 i32))"), ErrorKind::malformed, "expected `)`"));
  EXPECT_TRUE(fails(parse("(func (result $x i32))"), ErrorKind::malformed, "expected a value type"));
}

TEST(WatFields, ReferenceTypesHaveALongSpelling) {
  expect_same("(func (param (ref null func) i32 (ref null extern)) (local (ref null func)))",
              "(func (param funcref i32 externref) (local funcref))");
  expect_same("(table 1 (ref null extern)) (table (ref null func) (elem)) (elem (ref null func) (ref.null func))",
              "(table 1 externref) (table funcref (elem)) (elem funcref (ref.null func))");
  EXPECT_TRUE(fails(parse("(func (param (ref null func extern)))"), ErrorKind::malformed, "expected `)`"));
}

TEST(WatFields, LocalsAreGroupedByType) {
  expect_same("(func (local i32) (local $x i32) (local) (local i64 i32 i32))", "(func (local i32 i32 i64 i32 i32))");
  EXPECT_EQ(parsed("(func (local i32 i32 i64))").size(), parsed("(func (local i32 i64))").size());
}

TEST(WatFields, IdentifiersOfAnIndexSpaceAreUnique) {
  for (auto const text :
       {"(func $x) (func $x)", "(func $x (import \"\" \"\")) (func $x)", "(type $x (func)) (type $x (func))",
        "(memory $x 1) (memory $x 1)", "(global $x i32 (i32.const 0)) (global $x i32 (i32.const 0))",
        "(table $x 0 funcref) (table $x 0 funcref)", "(elem $x func) (elem $x func)", "(data $x) (data $x)",
        "(func (param $x i32) (local $x i32))", "(func (param $x i32) (param $x i32))",
        "(func (local $x i32) (local $x i32))", "(func $x) (func $\"x\")"}) {
    EXPECT_TRUE(fails(parse(text), ErrorKind::malformed, "duplicate")) << text;
  }
  // Different spaces are apart.
  parsed(
      "(type $x (func)) (func $x (param $x i32)) (memory $x 0) (table $x 0 funcref) (global $x i32 (i32.const 0))"
      "(elem $x func) (data $x)");
}

TEST(WatFields, StartAndUnknownIndices) {
  expect_same("(func) (func $s) (start $s)", "(func) (func) (start 1)");
  EXPECT_TRUE(fails(parse("(func) (start 0) (start 0)"), ErrorKind::malformed, "multiple start sections"));
  EXPECT_TRUE(fails(parse("(start $f)"), ErrorKind::malformed, "unknown function $f"));
  EXPECT_TRUE(fails(parse("(export \"a\" (func $f))"), ErrorKind::malformed, "unknown func $f"));
  // An index that is a number is validation's business.
  parsed("(start 7)");
  parsed("(export \"a\" (global 7))");
}

TEST(WatFields, NamesAreUtf8AndDataIsNot) {
  parsed("(data \"\\ff\\80\")");
  EXPECT_TRUE(fails(parse("(func (export \"\\ff\"))"), ErrorKind::malformed, "malformed UTF-8 encoding"));
  EXPECT_TRUE(fails(parse("(import \"\\c0\\80\" \"\" (func))"), ErrorKind::malformed, "malformed UTF-8 encoding"));
  EXPECT_TRUE(fails(parse("(import \"\" \"\\ed\\a0\\80\" (func))"), ErrorKind::malformed, "malformed UTF-8 encoding"));
  EXPECT_TRUE(fails(parse("(@custom \"\\ff\")"), ErrorKind::malformed, "malformed UTF-8 encoding"));
}

TEST(WatFields, IdentifiersGoToTheNameSection) {
  auto const module = decode(parsed(R"((module $m
    (type $t (func)) (func $f (type $t) (local $l i32)) (func) (func $g (param $p i32))
    (table $tab 0 funcref) (memory $mem 0) (global $glo i32 (i32.const 0)) (elem $e func) (data $d)))"));
  ASSERT_TRUE(module.has_value());
  decode::NameSection const names{*module};
  using Kind = decode::NameSection::Kind;
  EXPECT_EQ(names.module(), "m");
  EXPECT_EQ(names.names(Kind::types).find(0), "t");
  EXPECT_EQ(names.names(Kind::functions).find(0), "f");
  EXPECT_EQ(names.names(Kind::functions).find(1), "");
  EXPECT_EQ(names.names(Kind::functions).find(2), "g");
  EXPECT_EQ(names.names(Kind::tables).find(0), "tab");
  EXPECT_EQ(names.names(Kind::memories).find(0), "mem");
  EXPECT_EQ(names.names(Kind::globals).find(0), "glo");
  EXPECT_EQ(names.names(Kind::elements).find(0), "e");
  EXPECT_EQ(names.names(Kind::data).find(0), "d");
  EXPECT_EQ(names.locals(0).find(0), "l");
  EXPECT_EQ(names.locals(1).find(0), "");
  EXPECT_EQ(names.locals(2).find(0), "p");
  auto all = names.locals();
  EXPECT_EQ(all.next()->function, 0u);
  auto const second = all.next();
  EXPECT_EQ(second->function, 2u);
  EXPECT_EQ(second->names.find(0), "p");
  EXPECT_FALSE(all.next().has_value());
}

TEST(WatFields, CustomSectionsStandWhereTheySay) {
  auto const module = decode(parsed(R"((module
    (@custom "last" "z") (@custom "a" (before first)) (@custom "b" (after func) "1" "2")
    (@custom "c" (before code)) (@custom "d" (after last)) (func $f))
  )"));
  ASSERT_TRUE(module.has_value());
  std::string order;
  for (auto const& section : module->custom_sections) {
    order += std::string{section.name} + "=" + std::string{base::as_text(module->view(section.data))} + " ";
    if (section.name == "name") {
      order.resize(order.find("name=") + 5);
    }
  }
  EXPECT_EQ(order, "a= b=12 c= name=last=z d= ");
  EXPECT_TRUE(fails(parse("(@custom)"), ErrorKind::malformed, "expected a string"));
  EXPECT_TRUE(fails(parse("(@custom \"x\" (after nothing))"), ErrorKind::malformed, "expected a section or `last`"));
  EXPECT_TRUE(fails(parse("(@custom \"x\" (before last))"), ErrorKind::malformed, "expected a section or `first`"));
  EXPECT_TRUE(fails(parse("(@custom \"x\" 3)"), ErrorKind::malformed, "expected `)`"));
}

TEST(WatFields, SaysWhereAnErrorIs) {
  auto const error = parse("(module\n  (func\n    i32.add\n    bogus))").error();
  EXPECT_EQ(error.line(), 4u);
  EXPECT_EQ(error.column(), 5u);
  EXPECT_EQ(error.message(), "unknown operator `bogus` (line 4, column 5)");
  auto const end = parse("(module (func").error();
  EXPECT_EQ(end.message(), "unexpected end: this parenthesis is not closed (line 1, column 9)");
  EXPECT_EQ(parse("(module\n (func (nop)\n (block)").error().line(), 2u);
  EXPECT_EQ(parse("(").error().message(), "unexpected end: this parenthesis is not closed (line 1, column 1)");
  EXPECT_EQ(parse("(module (func) (").error().column(), 16u);
  EXPECT_EQ(parse("(type").error().message(), "unexpected end: this parenthesis is not closed (line 1, column 1)");
  EXPECT_TRUE(fails(parse("()"), ErrorKind::malformed, "expected a module field"));
  EXPECT_TRUE(fails(parse("(module () (func))"), ErrorKind::malformed, "expected a module field"));
  // What is shown of a token cannot corrupt a terminal, and is not long.
  auto const shown = parse("(func " + std::string(1000, 'x') + ")").error();
  EXPECT_LT(shown.message().size(), 200u);
}

TEST(WatFields, SaysWhatBelongsToProposals) {
  for (auto const text :
       {"(rec (type (func)))", "(type (struct))", "(func (param anyref))", "(table 0 (ref any))", "(memory i64 1)",
        "(memory 1 1 shared)", "(func return_call 0)", "(table i64 1 funcref)", "(func i32.atomic.load)"}) {
    EXPECT_TRUE(fails(parse(text), ErrorKind::unsupported, "Weir does not have")) << text;
  }
  EXPECT_TRUE(fails(parse("(table 0 anyfunc)"), ErrorKind::malformed, "`anyfunc` is called `funcref` now"));
  EXPECT_TRUE(fails(parse("(func get_local 0)"), ErrorKind::malformed, "it is called `local.get` now"));
}

TEST(WatFields, SwitchedOffFeaturesAreNamed) {
  for (auto const& [text, feature] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"(tag $e)", "exception_handling"},
           {"(import \"m\" \"n\" (tag))", "exception_handling"},
           {"(table 0 (ref func))", "function_references"},
           {"(func (param (ref null 0)))", "function_references"},
           {"(table 1 funcref (ref.null func))", "function_references"},
           {"(func call_ref 0)", "function_references"},
           {"(memory 1) (func memory.size 1)", "multi_memory"}}) {
    EXPECT_TRUE(fails(text::parse_wat(text, {wasm::Features{}, true}), ErrorKind::unsupported, feature)) << text;
  }
  text::ParseOptions const mvp{wasm::Features::none(), true};
  EXPECT_TRUE(
      fails(text::parse_wat("(func i32.const 0 i32.extend8_s drop)", mvp), ErrorKind::unsupported, "sign_extension"));
  EXPECT_TRUE(fails(text::parse_wat("(func (param v128))", mvp), ErrorKind::unsupported, "the feature simd"));
}

} // namespace
} // namespace weir::test
