// Typed function references, several memories, tags.
#include "fixture.hpp"
#include "validate/subtyping.hpp"

namespace weir::test {
namespace {

TEST(Subtyping, OfReferences) {
  std::vector<std::uint32_t> const equivalent{0, 1, 0};
  auto const matches = [&](ValType sub, ValType super) { return validate::matches(sub, super, equivalent); };
  auto const ref = [](std::uint32_t type, bool nullable) { return ValType::concrete_ref(type, nullable); };
  ValType const func = ValType::abstract_ref(0x70, false);
  EXPECT_TRUE(matches(ValType{}, ValType::i32()));
  EXPECT_FALSE(matches(ValType::i32(), ValType::i64()));
  EXPECT_FALSE(matches(ValType::i32(), ValType::funcref()));
  EXPECT_TRUE(matches(func, ValType::funcref()));
  EXPECT_FALSE(matches(ValType::funcref(), func));
  EXPECT_FALSE(matches(func, ValType::externref()));
  EXPECT_TRUE(matches(ref(1, false), ref(1, true)));
  EXPECT_FALSE(matches(ref(1, true), ref(1, false)));
  EXPECT_TRUE(matches(ref(0, false), ref(2, false))) << "the types are equivalent";
  EXPECT_FALSE(matches(ref(0, false), ref(1, false)));
  EXPECT_TRUE(matches(ref(1, true), ValType::funcref()));
  EXPECT_FALSE(matches(ref(1, true), func));
  EXPECT_FALSE(matches(ref(1, false), ValType::externref()));
  EXPECT_FALSE(matches(ValType::funcref(), ref(1, true)));
  for (auto const any : {func, ValType::externref(), ref(7, false)}) {
    EXPECT_TRUE(matches(validate::unknown_reference, any));
  }
  EXPECT_FALSE(matches(validate::unknown_reference, ValType::i32()));
}

TEST(FunctionReferences, EquivalentTypesAreTheSame) {
  expect_valid(R"((module (type $a (func)) (type $b (func))
    (type $of_a (func (param (ref $a)))) (type $of_b (func (param (ref $b))))
    (func (param (ref $of_a)) (result (ref $of_b)) local.get 0)))");
  expect_valid(R"((module (type $a (func (param (ref $a)))) (type $b (func (param (ref $b))))
    (func (param (ref $a)) (result (ref $b)) local.get 0)))");
  expect_invalid(R"((module (type $a (func (param (ref $a)))) (type $b (func (param (ref null $b))))
    (func (param (ref $a)) (result (ref $b)) local.get 0)))",
                 "type mismatch: end expects (ref 1), found (ref 0)");
}

TEST(FunctionReferences, TypesReferToTypesInFront) {
  expect_invalid("(module (type (func (param (ref 1)))) (type (func)))", "unknown type 1: type 0 refers to it");
  expect_invalid("(module (type (func (param (ref $b)))) (type $b (func)))", "unknown type 1: type 0 refers to it");
  for (auto const text :
       {"(module (global (ref null 7) (ref.null func)))", "(module (table 1 (ref null 7)))",
        "(module (elem (ref null 7)))", "(module (func (local (ref null 7))))",
        "(module (func (block (result (ref null 7)) unreachable) drop))", "(module (func (ref.null 7) drop))",
        "(module (global funcref (ref.null 7)))", "(module (func (call_ref 7)))", "(module (func (return_call_ref 7)))",
        "(module (func unreachable (select (result (ref null 7))) drop))"}) {
    expect_invalid(text, "unknown type 7");
  }
}

TEST(FunctionReferences, Calls) {
  std::string const types = "(module (type $t (func (param i32) (result i64))) ";
  expect_valid(types + "(func (param (ref null $t)) (result i64) i32.const 1 local.get 0 call_ref $t))");
  expect_valid(types + "(func (param (ref $t)) (result i64) i32.const 1 local.get 0 return_call_ref $t))");
  expect_valid(types + "(func (result i64) unreachable call_ref $t))");
  expect_invalid(types + "(func (param (ref $t)) i32.const 1 local.get 0 return_call_ref $t))",
                 "type mismatch: return_call_ref of a function whose results");
  expect_invalid(types + "(func (param funcref) (result i64) i32.const 1 local.get 0 call_ref $t))",
                 "type mismatch: call_ref expects (ref null 0), found funcref");
  expect_invalid(types + "(func (param (ref $t)) (result i64) local.get 0 call_ref $t))", "type mismatch: call_ref");
  // ref.func has its function's own type.
  expect_valid(types +
               "(func $f (param i32) (result i64) i32.const 1 ref.func $f call_ref $t) (elem declare func $f))");
}

TEST(FunctionReferences, NullIsTakenAway) {
  std::string const type = "(module (type $t (func)) ";
  expect_valid(type + "(func (param (ref null $t)) (result (ref $t)) (ref.as_non_null (local.get 0))))");
  expect_valid(type + "(func (param (ref null $t)) (drop (br_on_null 0 (local.get 0)))))");
  expect_valid(type + "(func (param (ref null $t)) (result (ref $t)) (br_on_non_null 0 (local.get 0)) unreachable))");
  expect_valid("(module (func (result externref) unreachable ref.as_non_null))");
  expect_invalid("(module (func unreachable ref.as_non_null f32.abs drop))", "type mismatch: f32.abs expects f32");
  expect_invalid("(module (func (ref.as_non_null (i32.const 0)) drop))", "expects a reference, found i32");
  expect_invalid(type + "(func (param (ref null $t)) (br_on_non_null 0 (local.get 0))))", "takes no value");
  expect_invalid(type + "(func (param externref) (result (ref $t)) (br_on_non_null 0 (local.get 0)) unreachable))",
                 "type mismatch: br_on_non_null expects (ref 0), found (ref extern)");
}

TEST(FunctionReferences, LocalsWithoutDefaultAreSetFirst) {
  std::string const begin = "(module (type $t (func)) (func (param $p (ref $t)) (local $x (ref $t)) ";
  std::string const set = "(local.set $x (local.get $p)) ";
  std::string const get = "(drop (local.get $x)) ";
  expect_valid(begin + "(drop (local.get $p))))");
  expect_valid(begin + set + get + "))");
  expect_valid(begin + set + "(block " + get + ")))");
  expect_valid(begin + "(drop (local.tee $x (local.get $p)))" + get + "))");
  expect_invalid(begin + get + "))", "uninitialized local 1: (ref 0) has no default value");
  expect_invalid(begin + "(block " + set + ")" + get + "))", "uninitialized local 1");
  expect_invalid(begin + "(if (i32.const 1) (then " + set + ") (else " + get + "))))", "uninitialized local 1");
  expect_valid(begin + "(block " + set + get + ")" + set + get + "))");
}

TEST(FunctionReferences, Tables) {
  expect_valid("(module (func $f) (table 1 (ref func) (ref.func $f)))");
  expect_invalid("(module (table 1 (ref func)))", "table 0 of (ref func) needs an initialiser");
  expect_invalid("(module (table 1 (ref func) (ref.null func)))", "type mismatch: a constant expression");
  expect_valid("(module (import \"m\" \"t\" (table 1 (ref func))) (func $f) (elem (i32.const 0) func $f))");
  expect_valid("(module (type $t (func)) (table 1 (ref null $t)) (func (result funcref) (table.get 0 (i32.const 0))))");
  expect_invalid("(module (type $t (func)) (table 1 (ref null $t)) (func (table.set (i32.const 0) (ref.null func))))",
                 "type mismatch: table.set expects (ref null 0), found funcref");
}

TEST(MultiMemory, IndicesAreInRange) {
  expect_valid(
      "(module (memory 1) (memory $m 1) (func (drop (i32.load $m offset=4 (i32.const 0)))"
      " (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0)) (drop (memory.grow $m (i32.const 0)))))");
  expect_invalid("(module (memory 1) (func (drop (i32.load 1 (i32.const 0)))))", "unknown memory 1");
  expect_invalid("(module (memory 1) (memory 1) (func (memory.fill 2 (i32.const 0) (i32.const 0) (i32.const 0))))",
                 "unknown memory 2");
}

TEST(Tags, GiveNothingBack) {
  expect_valid("(module (tag (export \"t\") (param i32)))");
  expect_invalid("(module (tag (result i32)))", "non-empty tag result type: tag 0 has type [] -> [i32]");
  expect_invalid(module_of({section(tag_section, {1, 0, 0})}), "unknown type 0 of tag 0");
  expect_invalid(module_of({section(export_section, {1, 1, 'x', 4, 0})}), "unknown tag 0: the export");
  expect_invalid("(module (tag (export \"t\")) (tag (export \"t\")))", "duplicate export name \"t\"");
}

} // namespace
} // namespace weir::test
