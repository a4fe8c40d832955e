// Hostile guests: what must trap does, nothing is half done, and the store works afterwards.
#include <array>
#include <limits>
#include <string>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class AdversaryTest : public ApiTest {
 protected:
  // A call of an export without parameters.
  static Result<std::vector<Val>> run(Store& store, Instance const& of, std::string_view name) {
    auto const function = of.get_func(store, name);
    if (!function.has_value()) {
      return std::unexpected(function.error());
    }
    return function->call(store, {});
  }
  static void expect(Store& store, Instance const& of, std::string_view name, std::int32_t value) {
    auto const result = run(store, of, name);
    ASSERT_TRUE(ok(result)) << name;
    EXPECT_EQ(result->front(), Val{value}) << name;
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, AdversaryTest, testing::ValuesIn(backends()), backend_name);

// Each access passes the end of the memory of one page; the last bytes stay as they are.
TEST_P(AdversaryTest, AccessesAcrossTheEnd) {
  struct Access {
    char const* instruction;
    unsigned bytes;
    char const* value; // null: a load
  };
  constexpr std::array accesses = {
      Access{"i32.load8_u", 1, nullptr},
      Access{"i32.load16_s", 2, nullptr},
      Access{"i32.load", 4, nullptr},
      Access{"i64.load", 8, nullptr},
      Access{"i64.load32_u", 4, nullptr},
      Access{"f32.load", 4, nullptr},
      Access{"f64.load", 8, nullptr},
      Access{"i32.store8", 1, "(i32.const -1)"},
      Access{"i32.store16", 2, "(i32.const -1)"},
      Access{"i32.store", 4, "(i32.const -1)"},
      Access{"i64.store", 8, "(i64.const -1)"},
      Access{"i64.store32", 4, "(i64.const -1)"},
      Access{"f32.store", 4, "(f32.const -1)"},
      Access{"f64.store", 8, "(f64.const -1)"},
  };
  for (auto const& access : accesses) {
    // The address as a constant, as a parameter, and as a sum that may be folded into the access; the memarg's offset
    // from nothing to the highest.
    for (std::string const address : {"(i32.const -1)", "(local.get 0)", "(i32.add (local.get 0) (local.get 1))",
                                      "(i32.add (local.get 0) (i32.const 3))"}) {
      for (char const* const offset : {"", " offset=65528", " offset=4294967295"}) {
        std::string const head = access.instruction + std::string{offset} + " ";
        bool const is_load = access.value == nullptr;
        std::string const body =
            is_load ? "(drop (" + head + address + "))" : "(" + head + address + " " + access.value + ")";
        Store store{engine_};
        auto const it =
            instance(store, "(module (memory (export \"m\") 1) (func (export \"f\") (param i32 i32) " + body + "))");
        auto const memory = *it.get_memory(store, "m");
        ASSERT_TRUE(ok(memory.write(store, 65528, "ABCDEFGH")));
        auto const f = func<void(std::uint32_t, std::uint32_t)>(store, it, "f");
        // The first byte beyond reach for this width and offset; also values whose sums wrap or reach 2^32.
        std::uint64_t const memarg = *offset == 0 ? 0 : offset[8] == '6' ? 65528 : 4294967295;
        for (std::uint64_t const base :
             {std::uint64_t{65536} - access.bytes + 1, std::uint64_t{65536}, std::uint64_t{0x7FFFFFFF},
              std::uint64_t{0xFFFFFFF8}, std::uint64_t{0xFFFFFFFF}}) {
          auto const first = static_cast<std::uint32_t>(base);
          std::uint64_t const sum = address == "(i32.const -1)"           ? 0xFFFFFFFF
                                    : address == "(local.get 0)"          ? first
                                    : address.ends_with("(i32.const 3))") ? static_cast<std::uint32_t>(first + 3)
                                                                          : first;
          bool const is_inside = sum + memarg + access.bytes <= 65536;
          auto const result = f.call(store, first, 0);
          if (is_inside) {
            EXPECT_TRUE(ok(result)) << head << address << " " << base;
            continue;
          }
          EXPECT_TRUE(traps(result, TrapReason::out_of_bounds_memory)) << head << address << " " << base;
          if (result.has_value()) {
            continue;
          }
          auto const* const facts = result.error().trap()->memory_access();
          ASSERT_NE(facts, nullptr);
          EXPECT_EQ(facts->address, sum + memarg) << head << address;
          EXPECT_EQ(facts->base, sum) << head << address;
          EXPECT_EQ(facts->offset, memarg) << head << address;
          EXPECT_EQ(facts->size, access.bytes) << head;
          EXPECT_EQ(facts->is_store, !is_load) << head;
          EXPECT_EQ(*memory.read_string(store, 65528, 8), "ABCDEFGH") << head << address << " " << base;
        }
      }
    }
  }
}

TEST_P(AdversaryTest, RangesThatPassTheEndOrWrapDoNothing) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory (export "m") 1) (table $t (export "t") 10 funcref)
    (data $d "abcdefgh") (elem $e funcref (ref.func $f) (ref.func $f) (ref.func $f)) (func $f)
    (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 255) (local.get 1)))
    (func (export "copy_to") (param i32 i32) (memory.copy (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "copy_from") (param i32 i32) (memory.copy (i32.const 0) (local.get 0) (local.get 1)))
    (func (export "init_at") (param i32 i32) (memory.init $d (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "init_from") (param i32 i32) (memory.init $d (i32.const 0) (local.get 0) (local.get 1)))
    (func (export "drop_data") (data.drop $d))
    (func (export "table_fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $f) (local.get 1)))
    (func (export "table_copy_to") (param i32 i32) (table.copy (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "table_copy_from") (param i32 i32) (table.copy (i32.const 0) (local.get 0) (local.get 1)))
    (func (export "table_init_at") (param i32 i32) (table.init $e (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "table_init_from") (param i32 i32) (table.init $e (i32.const 0) (local.get 0) (local.get 1)))
    (func (export "drop_elem") (elem.drop $e))
    (elem declare func $f)))");
  auto const memory = *it.get_memory(store, "m");
  auto const table = *it.get_table(store, "t");
  std::string const before(65536, 'x');
  ASSERT_TRUE(ok(memory.write(store, 0, before)));
  struct Case {
    char const* name;
    std::uint32_t size; // of what the range is in
    TrapReason reason;
  };
  constexpr auto memory_trap = TrapReason::out_of_bounds_memory;
  constexpr auto table_trap = TrapReason::out_of_bounds_table;
  for (auto const& each :
       {Case{"fill", 65536, memory_trap}, Case{"copy_to", 65536, memory_trap}, Case{"copy_from", 65536, memory_trap},
        Case{"init_at", 65536, memory_trap}, Case{"init_from", 8, memory_trap}, Case{"table_fill", 10, table_trap},
        Case{"table_copy_to", 10, table_trap}, Case{"table_copy_from", 10, table_trap},
        Case{"table_init_at", 10, table_trap}, Case{"table_init_from", 3, table_trap}}) {
    auto const f = func<void(std::uint32_t, std::uint32_t)>(store, it, each.name);
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    EXPECT_TRUE(ok(f.call(store, each.size, 0))) << each.name << ": nothing at the end";
    for (auto const& [at, count] : {std::pair{each.size + 1, 0u},
                                    {each.size, 1u},
                                    {each.size - 1, 2u},
                                    {1u, most},
                                    {most, 1u},
                                    {most, 2u},
                                    {most, most},
                                    {0u, most},
                                    {0x80000000u, 0x80000000u}}) {
      EXPECT_TRUE(traps(f.call(store, at, count), each.reason)) << each.name << " " << at << " " << count;
    }
  }
  EXPECT_EQ(*memory.read_string(store, 0, 65536), before);
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(table.get(store, i)->funcref()->is_null()) << i;
  }
  ASSERT_TRUE(ok(run(store, it, "drop_data")));
  ASSERT_TRUE(ok(run(store, it, "drop_elem")));
  ASSERT_TRUE(ok(run(store, it, "drop_elem")));
  for (auto const& [name, reason] : {std::pair{"init_at", memory_trap}, {"table_init_at", table_trap}}) {
    auto const f = func<void(std::uint32_t, std::uint32_t)>(store, it, name);
    EXPECT_TRUE(traps(f.call(store, 0, 1), reason)) << "a dropped segment has nothing";
    EXPECT_TRUE(ok(f.call(store, 0, 0)));
  }
}

TEST_P(AdversaryTest, EdgesOfArithmetic) {
  Store store{engine_};
  auto const it = instance(store, R"((module
    (func (export "div32") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "rem32") (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
    (func (export "div64") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
    (func (export "rem64") (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
    (func (export "constant") (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))
    (func (export "constant_rem") (result i32) (i32.rem_s (i32.const 0x80000000) (i32.const -1)))
    (func (export "constant_zero") (result i32) (i32.rem_u (i32.const 7) (i32.const 0)))
    (func (export "dropped") (drop (i32.div_u (i32.const 7) (i32.const 0))))
    (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
    (func (export "trunc_sat") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0)))))");
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t least64 = std::numeric_limits<std::int64_t>::min();
  auto const div32 = func<std::int32_t(std::int32_t, std::int32_t)>(store, it, "div32");
  auto const rem32 = func<std::int32_t(std::int32_t, std::int32_t)>(store, it, "rem32");
  auto const div64 = func<std::int64_t(std::int64_t, std::int64_t)>(store, it, "div64");
  auto const rem64 = func<std::int64_t(std::int64_t, std::int64_t)>(store, it, "rem64");
  EXPECT_TRUE(traps(div32.call(store, least, -1), TrapReason::integer_overflow));
  EXPECT_TRUE(traps(div64.call(store, least64, -1), TrapReason::integer_overflow));
  EXPECT_EQ(*rem32.call(store, least, -1), 0);
  EXPECT_EQ(*rem64.call(store, least64, -1), 0);
  EXPECT_TRUE(traps(div32.call(store, least, 0), TrapReason::integer_divide_by_zero));
  EXPECT_TRUE(traps(rem64.call(store, 1, 0), TrapReason::integer_divide_by_zero));
  EXPECT_TRUE(traps(run(store, it, "constant"), TrapReason::integer_overflow));
  expect(store, it, "constant_rem", 0);
  EXPECT_TRUE(traps(run(store, it, "constant_zero"), TrapReason::integer_divide_by_zero));
  EXPECT_TRUE(traps(run(store, it, "dropped"), TrapReason::integer_divide_by_zero)) << "a trap is an effect";
  auto const trunc = func<std::int32_t(double)>(store, it, "trunc");
  EXPECT_TRUE(
      traps(trunc.call(store, std::numeric_limits<double>::quiet_NaN()), TrapReason::invalid_conversion_to_integer));
  EXPECT_TRUE(traps(trunc.call(store, 2147483648.0), TrapReason::integer_overflow));
  EXPECT_EQ(*trunc.call(store, -2147483648.9), least);
  EXPECT_EQ(*func<std::int32_t(double)>(store, it, "trunc_sat").call(store, 1e300), 0x7FFFFFFF);
}

TEST_P(AdversaryTest, IndirectCalls) {
  Store store{engine_};
  auto const it = instance(store, R"((module (table 4 8 funcref) (type $t (func (result i32)))
    (func $right (result i32) (i32.const 1)) (func $wrong (result i64) (i64.const 1))
    (elem (i32.const 0) $right $wrong)
    (func (export "call") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))
    (func (export "constant") (result i32) (call_indirect (type $t) (i32.const 1)))
    (func (export "growing") (result i32)
      (call_indirect (type $t) (i32.sub (table.grow (ref.func $right) (i32.const 2)) (i32.const -1))))
    (elem declare func $right)))");
  auto const call = func<std::int32_t(std::uint32_t)>(store, it, "call");
  EXPECT_EQ(*call.call(store, 0), 1);
  EXPECT_TRUE(traps(call.call(store, 1), TrapReason::indirect_call_type_mismatch));
  EXPECT_TRUE(traps(run(store, it, "constant"), TrapReason::indirect_call_type_mismatch));
  for (std::uint32_t const null : {2u, 3u}) {
    EXPECT_TRUE(traps(call.call(store, null), TrapReason::uninitialized_element));
  }
  for (std::uint32_t const outside : {4u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    EXPECT_TRUE(traps(call.call(store, outside), TrapReason::undefined_element));
  }
  expect(store, it, "growing", 1); // the index was worked out by growing the table
  EXPECT_EQ(*call.call(store, 5), 1);
  EXPECT_EQ(*call.call(store, 0), 1) << "it works afterwards";
}

TEST_P(AdversaryTest, GrowthThatCannotBe) {
  for (std::uint64_t const reservation : {std::uint64_t{0}, std::uint64_t{4} << 30}) {
    Engine const engine{Config{}.backend(GetParam()).memory_reservation(reservation)};
    Store store{engine};
    auto const made = Linker{engine}.instantiate(store, *Module::from_wat(engine, R"((module (memory 1 4)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "size") (result i32) (memory.size))
      (func (export "through_old_address") (result i32) (local i32)
        (local.set 0 (i32.const 65532))
        (i32.store (local.get 0) (i32.const 11))
        (drop (memory.grow (i32.const 1)))
        (i32.store offset=4 (local.get 0) (i32.const 31))
        (i32.add (i32.load (local.get 0)) (i32.load offset=4 (local.get 0))))
      ;; the size, the growth and the size again, with the stack holding what was before
      (func (export "order") (result i32)
        (i32.add (i32.mul (memory.size) (i32.const 100))
                 (i32.add (i32.mul (memory.grow (i32.const 1)) (i32.const 10)) (memory.size))))))"));
    ASSERT_TRUE(ok(made));
    auto const grow = func<std::int32_t(std::int32_t)>(store, *made, "grow");
    for (std::int32_t const delta : {-1, -65535, 4, 65535, 65536, 0x7FFFFFFF}) {
      EXPECT_EQ(*grow.call(store, delta), -1) << delta;
    }
    expect(store, *made, "size", 1);
    EXPECT_EQ(*grow.call(store, 0), 1);
    expect(store, *made, "through_old_address", 42);
    expect(store, *made, "order", 223);
    EXPECT_EQ(*grow.call(store, 1), 3);
    EXPECT_EQ(*grow.call(store, 1), -1) << "of everything";
    expect(store, *made, "size", 4);
  }
}

constexpr std::string_view partner = R"((module (memory (export "m") 1)
  (global $depth (mut i32) (i32.const 0))
  (table (export "t") 2 funcref)
  (type $step (func (param i32) (result i32)))
  (func (export "mark") (param i32) (i32.store (i32.const 0) (local.get 0)))
  (func (export "marked") (result i32) (i32.load (i32.const 0)))
  (func $ping (export "ping") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (i32.add (call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)) (i32.load (i32.const 0))))
  (func (export "forever") (param i32) (result i32)
    (i32.add (call_indirect (type $step) (local.get 0) (i32.const 1)) (i32.const 1)))
  (elem (i32.const 0) $ping)))";

constexpr std::string_view other = R"((module (import "partner" "t" (table 2 funcref)) (memory 2)
  (type $step (func (param i32) (result i32)))
  (func (export "mark") (param i32) (i32.store (i32.const 0) (local.get 0)))
  (func (export "marked") (result i32) (i32.load (i32.const 0)))
  (func $pong (param i32) (result i32)
    (i32.add (call_indirect (type $step) (local.get 0) (i32.const 0)) (i32.load (i32.const 0))))
  (elem (i32.const 1) $pong)))";

// Two instances call each other through a table, a hundred deep, and the innermost call traps, or the stack ends.
TEST_P(AdversaryTest, TrapsAcrossInstances) {
  Store store{engine_};
  Linker linker{engine_};
  auto const first = instance(store, partner, linker);
  ASSERT_TRUE(ok(linker.instance(store, "partner", first)));
  auto const second = instance(store, other, linker);
  auto const use = [&] {
    ASSERT_TRUE(ok(func<void(std::int32_t)>(store, first, "mark").call(store, 100)));
    ASSERT_TRUE(ok(func<void(std::int32_t)>(store, second, "mark").call(store, 7)));
    expect(store, first, "marked", 100);
    expect(store, second, "marked", 7);
  };
  use();
  auto const ping = func<std::int32_t(std::int32_t)>(store, first, "ping");
  for (int i = 0; i < 3; ++i) {
    auto const result = ping.call(store, 100);
    EXPECT_TRUE(traps(result, TrapReason::unreachable));
    EXPECT_EQ(result.error().trap()->frames().size() + result.error().trap()->omitted_frames(), 201u);
    use();
  }
  auto const table = *first.get_table(store, "t");
  ASSERT_TRUE(ok(table.set(store, 0, *first.get_func(store, "forever"))));
  auto const forever = func<std::int32_t(std::int32_t)>(store, first, "forever");
  EXPECT_TRUE(traps(forever.call(store, 1), TrapReason::call_stack_exhausted));
  use();
  EXPECT_TRUE(traps(forever.call(store, 1), TrapReason::call_stack_exhausted));
  use();
}

// A trap between instances inside a host function, which goes on: the callers' memories are their own again.
TEST_P(AdversaryTest, TrapsAcrossInstancesUnderAHostFunction) {
  Store store{engine_};
  Linker linker{engine_};
  auto const first = instance(store, partner, linker);
  ASSERT_TRUE(ok(linker.instance(store, "partner", first)));
  auto const second = instance(store, other, linker);
  auto const ping = func<std::int32_t(std::int32_t)>(store, first, "ping");
  int swallowed = 0;
  ASSERT_TRUE(ok(linker.func("host", "try", [&](Caller& caller, std::int32_t n) {
    swallowed += traps(ping.call(caller, n), TrapReason::unreachable) ? 1 : 0;
  })));
  auto const third = instance(store, R"((module (import "host" "try" (func $try (param i32)))
    (import "partner" "t" (table 2 funcref)) (memory 1)
    (func $inner (param i32) (result i32) (i32.store (i32.const 4) (local.get 0)) (call $try (local.get 0))
      (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 0))))
    (func (export "direct") (param i32) (result i32) (i32.store (i32.const 0) (i32.const 1000)) (call $inner (local.get 0)))
    (func (export "inner") (param i32) (result i32) (call $inner (local.get 0)))))",
                              linker);
  ASSERT_TRUE(ok(func<void(std::int32_t)>(store, first, "mark").call(store, 100)));
  ASSERT_TRUE(ok(func<void(std::int32_t)>(store, second, "mark").call(store, 7)));
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, third, "direct").call(store, 5), 1005);
  EXPECT_EQ(swallowed, 1);
  // ping (first) -> pong (second) -> inner (third) -> host -> ping -> pong -> ... -> trap, and back through all three
  auto const table = *first.get_table(store, "t");
  auto const chain = instance(store, R"((module (import "partner" "ping" (func $ping (param i32) (result i32)))
    (memory 1) (data (i32.const 0) "\10\27") (func (export "run") (param i32) (result i32)
      (i32.add (call $ping (local.get 0)) (i32.load (i32.const 0))))))",
                              linker);
  ASSERT_TRUE(ok(table.set(store, 0, *third.get_func(store, "inner"))));
  auto const run_chain = func<std::int32_t(std::int32_t)>(store, chain, "run");
  // inner(4) calls ping(4), whose callees are pong and then inner again: every level swallows its own trap
  auto const result = run_chain.call(store, 2);
  // chain.run(2): ping(2) -> pong(1) -> inner(1): try ping(1) -> pong(0) -> inner(0): try ping(0) traps (swallowed);
  // inner(0) = 0 + 1000, pong(0) = 1007, ping(1) = 1107, fine; inner(1) = the word at 4, which inner(0) wrote, + 1000
  EXPECT_TRUE(ok(result));
  EXPECT_EQ(result.value_or(0), 1000 + 7 + 100 + 10000);
  EXPECT_EQ(swallowed, 2);
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, third, "direct").call(store, 0), 1000);
}

// The memory that a caller shares moves while several frames of several instances are under way.
TEST_P(AdversaryTest, ASharedMemoryMovesUnderItsUsers) {
  for (std::uint64_t const reservation : {std::uint64_t{0}, std::uint64_t{4} << 30}) {
    Engine const engine{Config{}.backend(GetParam()).memory_reservation(reservation)};
    Store store{engine};
    Linker linker{engine};
    auto const make = [&](std::string_view wat) {
      auto it = linker.instantiate(store, *Module::from_wat(engine, wat));
      EXPECT_TRUE(ok(it)) << wat;
      return it.value_or(Instance{});
    };
    auto const owner = make(R"((module (memory (export "m") 1)
      (func (export "grow") (drop (memory.grow (i32.const 40))) (i32.store (i32.const 8) (i32.const 5)))))");
    ASSERT_TRUE(ok(linker.instance(store, "owner", owner)));
    // Without a memory of its own in between.
    auto const relay = make(R"((module (import "owner" "grow" (func $grow)) (func (export "relay") (call $grow))))");
    ASSERT_TRUE(ok(linker.instance(store, "relay", relay)));
    ASSERT_TRUE(ok(linker.func("host", "relay", [&](Caller& caller) -> Result<void> {
      return relay.get_func(caller, "relay")->typed<void()>(caller)->call(caller);
    })));
    auto const user = make(R"((module (import "owner" "m" (memory 1)) (import "relay" "relay" (func $relay))
      (import "host" "relay" (func $host))
      (func $inner (param i32) (i32.store (i32.const 4) (i32.const 20))
        (if (local.get 0) (then (call $host)) (else (call $relay)))
        (i32.store (i32.const 12) (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 8)))))
      (func (export "run") (param i32) (result i32)
        (i32.store (i32.const 0) (i32.const 100))
        (call $inner (local.get 0))
        (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)) (i32.const 1000))
        (i32.add (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 12)))
                 (i32.load (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)))))))");
    auto const run_it = func<std::int32_t(std::int32_t)>(store, user, "run");
    for (std::int32_t const through_host : {0, 1, 0, 1}) {
      EXPECT_EQ(*run_it.call(store, through_host), 1125);
    }
  }
}

// Every kind of endless loop ends exactly with the fuel.
TEST_P(AdversaryTest, EndlessLoopsEndWithTheFuel) {
  Engine const engine{Config{}.backend(GetParam()).consume_fuel(true)};
  Store store{engine};
  auto const it = Linker{engine}.instantiate(store, *Module::from_wat(engine, R"((module (memory 16384)
    (type $v (func)) (table 1 funcref) (elem (i32.const 0) $nothing) (func $nothing)
    (func (export "empty") (loop (br 0)))
    (func (export "two") (loop (loop (br 1))))
    (func (export "table") (loop (br_table 0 0 (i32.const 5))))
    (func (export "conditional") (loop (br_if 0 (i32.const 1))))
    (func (export "if") (loop (if (i32.const 1) (then (br 1)))))
    (func (export "calls") (loop (call_indirect (type $v) (i32.const 0)) (br 0)))
    (func (export "grow") (loop (drop (memory.grow (i32.const 0))) (br 0)))
    (func (export "copy") (loop (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x3FFFFFFF)) (br 0)))))"));
  ASSERT_TRUE(ok(it));
  for (char const* const name : {"empty", "two", "table", "conditional", "if", "calls", "grow", "copy"}) {
    std::uint64_t const fuel = std::string_view{name} == "copy" ? 10000 : 3000000;
    ASSERT_TRUE(ok(store.set_fuel(fuel)));
    EXPECT_TRUE(traps(run(store, *it, name), TrapReason::out_of_fuel)) << name;
    EXPECT_EQ(*store.fuel(), 0u) << name;
  }
}

} // namespace
} // namespace weir::test
