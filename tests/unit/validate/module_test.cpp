// Modules that are invalid outside of function bodies.
#include "validate/module_validator.hpp"

#include "fixture.hpp"

namespace weir::test {
namespace {

constexpr std::uint32_t none = 0xFFFFFFFF;

// One past the end, and as far past it as can be.
constexpr std::uint32_t past(std::uint32_t count, bool far) { return far ? none : count; }

TEST(Indices, PastTheEnd) {
  for (bool const far : {false, true}) {
    auto const at = [far](std::uint32_t count) { return past(count, far); };
    expect_invalid(fmt::format("(module (type (func)) (func (type 0)) (export \"e\" (func {})))", at(1)),
                   fmt::format("unknown function {}: the export \"e\" refers to it", at(1)));
    expect_invalid(fmt::format("(module (export \"e\" (table {})))", at(0)), fmt::format("unknown table {}", at(0)));
    expect_invalid(fmt::format("(module (memory 1) (export \"e\" (memory {})))", at(1)),
                   fmt::format("unknown memory {}", at(1)));
    expect_invalid(fmt::format("(module (export \"e\" (global {})))", at(0)), fmt::format("unknown global {}", at(0)));
    expect_invalid(fmt::format("(module (func) (start {}))", at(1)),
                   fmt::format("unknown function {}: the start section refers to it", at(1)));
    expect_invalid(fmt::format("(module (func) (table 1 funcref) (elem (i32.const 0) func {}))", at(1)),
                   fmt::format("unknown function {}: an element segment refers to it", at(1)));
    expect_invalid(fmt::format("(module (func) (elem funcref (ref.func {})))", at(1)),
                   fmt::format("unknown function {}: ref.func refers to it", at(1)));
    expect_invalid(fmt::format("(module (table 1 funcref) (elem (table {}) (i32.const 0) func))", at(1)),
                   fmt::format("unknown table {}: an element segment refers to it", at(1)));
    expect_invalid(fmt::format("(module (data (memory {}) (i32.const 0) \"\"))", at(0)),
                   fmt::format("unknown memory {}: a data segment refers to it", at(0)));
    expect_invalid(fmt::format("(module (global i32 (global.get {})))", at(1)),
                   fmt::format("unknown global {}", at(1)));
    // Type indices, which the text format would not let pass.
    auto const type = leb(at(1));
    Bytes const types = section(type_section, {1, 0x60, 0, 0});
    expect_invalid(
        module_of({types, section(function_section, cat({{1}, type})), section(code_section, {1, 2, 0, 0x0B})}),
        fmt::format("unknown type {} of function 0", at(1)));
    expect_invalid(module_of({types, section(import_section, cat({{1, 0, 0, 0}, type}))}),
                   fmt::format("unknown type {} of function 0", at(1)));
  }
}

TEST(Start, MustHaveNoParametersAndNoResults) {
  expect_invalid("(module (func (result i32) (i32.const 0)) (start 0))", "start function 0 has type [] -> [i32]");
  expect_invalid("(module (func (param i64)) (start 0))", "it must be [] -> []");
  expect_valid("(module (import \"m\" \"f\" (func)) (start 0))");
}

TEST(Exports, HaveDifferentNames) {
  expect_invalid("(module (func) (memory 1) (export \"a\" (func 0)) (export \"b\" (func 0)) (export \"a\" (memory 0)))",
                 "duplicate export name \"a\"");
  expect_valid("(module (func) (export \"a\" (func 0)) (export \"A\" (func 0)) (export \"\" (func 0)))");
}

TEST(Memories, AreBounded) {
  expect_valid("(module (memory 65536))");
  expect_valid("(module (memory 0 65536))");
  expect_invalid("(module (memory 65537))", "memory size must be at most 65536 pages (4 GiB): memory 0 has 65537");
  expect_invalid("(module (memory 0 65537))", "memory size must be at most 65536 pages");
  expect_invalid("(module (memory 0x1_0000_0000))", "memory size must be at most 65536 pages");
  expect_invalid("(module (memory 2 1))", "size minimum must not be greater than maximum: memory 0 has 2 and 1");
  expect_invalid("(module (import \"m\" \"n\" (memory 65537)))", "memory size");
  auto const two = module_of({section(memory_section, {2, 0, 1, 0, 1})});
  expect_valid(two);
  expect_failure(check(two, wasm::Features{}), ErrorKind::invalid, "multiple memories: there are 2");
}

TEST(Tables, AreBounded) {
  expect_valid("(module (table 0xffff_ffff funcref))");
  expect_invalid("(module (table 2 1 funcref))", "size minimum must not be greater than maximum: table 0 has 2 and 1");
  expect_invalid("(module (table 0x1_0000_0000 funcref))", "table size must be at most 2^32 - 1");
  expect_invalid("(module (table 0 0x1_0000_0000 funcref))", "table size must be at most 2^32 - 1");
  auto const two = parse("(module (table 1 funcref) (table 1 funcref))");
  expect_valid(two);
  expect_failure(check(two, wasm::Features::none()), ErrorKind::invalid, "multiple tables");
}

TEST(Globals, HaveConstantInitialisers) {
  expect_valid("(module (import \"m\" \"g\" (global i32)) (global i32 (global.get 0)))");
  expect_invalid("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
                 "constant expression required: i32.add is not constant");
  expect_invalid("(module (func $f (result i32) (i32.const 0)) (global i32 (call $f)))",
                 "constant expression required");
  expect_invalid("(module (global i32 (nop) (i32.const 0)))", "constant expression required: nop");
  expect_invalid("(module (global i32 (block (result i32) (i32.const 0))))", "constant expression required: block");
  expect_invalid("(module (import \"m\" \"g\" (global (mut i32))) (global i32 (global.get 0)))",
                 "constant expression required: global 0 is mutable");
  expect_invalid("(module (global i32 (global.get 0)))", "unknown global 0"); // of itself
  expect_invalid("(module (global i32 (i32.const 1)) (global i32 (global.get 0)))", "imported globals only");
  expect_invalid("(module (global i32 (global.get 1)) (global i32 (i32.const 1)))", "unknown global 1");
  expect_invalid("(module (global i32 (i64.const 0)))", "must give one i32, it gives i64");
  expect_invalid("(module (global i32))", "it gives nothing");
  expect_invalid("(module (global i32 (i32.const 0) (i32.const 0)))", "it gives 2 values");
  expect_invalid("(module (global funcref (ref.null extern)))", "must give one funcref, it gives externref");
  expect_valid("(module (global v128 (v128.const i64x2 0 0)) (global externref (ref.null extern)))");
}

TEST(Elements, MatchTheirTable) {
  expect_invalid("(module (table 1 externref) (func) (elem (i32.const 0) func 0))",
                 "type mismatch: an element segment of (ref func) for table 0 of externref");
  expect_invalid("(module (table 1 funcref) (elem (i64.const 0) func))", "must give one i32, it gives i64");
  expect_invalid("(module (elem (i32.const 0) func))", "unknown table 0");
  expect_invalid("(module (elem externref (ref.null func)))", "must give one externref, it gives funcref");
  expect_invalid("(module (elem funcref (item (ref.null func) (ref.null func))))", "it gives 2 values");
}

TEST(Data, NeedsAMemory) {
  expect_invalid("(module (data (i32.const 0) \"\"))",
                 "unknown memory 0: a data segment refers to it, and there are 0");
  expect_invalid("(module (memory 1) (data (f32.const 0) \"\"))", "must give one i32, it gives f32");
  expect_valid("(module (data \"passive\"))");
}

TEST(References, MustBeDeclared) {
  expect_invalid("(module (func) (func (drop (ref.func 0))))", "undeclared function reference: ref.func 0");
  for (auto const* declaration :
       {"(export \"f\" (func 0))", "(elem declare func 0)", "(elem func 0)", "(global funcref (ref.func 0))",
        "(elem funcref (ref.func 0))", "(table 1 funcref) (elem (i32.const 0) func 0)"}) {
    expect_valid(fmt::format("(module (func) {} (func (drop (ref.func 0))))", declaration));
  }
  expect_invalid("(module (func) (start 0) (func (drop (ref.func 0))))", "undeclared function reference");
}

TEST(MutableGlobals, OutsideNeedTheirFeature) {
  auto const features = wasm::Features::none();
  expect_failure(check_text("(module (global (mut i32) (i32.const 0)) (export \"g\" (global 0)))", features),
                 ErrorKind::unsupported, "mutable_globals");
  expect_failure(check_text("(module (import \"m\" \"g\" (global (mut i32))))", features), ErrorKind::unsupported,
                 "mutable_globals");
}

// Malformed wins over invalid, wherever in the module either is.
TEST(Verdicts, MalformedBodiesBehindAnInvalidModule) {
  Bytes const types = section(type_section, {1, 0x60, 0, 0});
  Bytes const functions = section(function_section, {1, 0});
  Bytes const start = section(start_section, {7});
  expect_invalid(module_of({types, functions, start, section(code_section, {1, 2, 0, 0x0B})}), "unknown function 7");
  expect_failure(check(module_of({types, functions, start, section(code_section, {1, 2, 0, 0xFF})})),
                 ErrorKind::malformed, "illegal opcode 0xff");
}

} // namespace
} // namespace weir::test
