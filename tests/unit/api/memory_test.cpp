// Memory, Table and Global from the host's side (group F of the hostile inputs).
#include <array>
#include <cstring>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

constexpr std::uint64_t page = 65536;

class MemoryTest : public ApiTest {
 protected:
  static std::span<std::byte const> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }
};
INSTANTIATE_TEST_SUITE_P(Backends, MemoryTest, testing::ValuesIn(backends()), backend_name);

TEST_P(MemoryTest, EdgesOfAccess) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 2}});
  std::array<std::byte, 1> one{};
  constexpr auto kind = ErrorKind::usage;
  EXPECT_TRUE(ok(memory.read(store, page - 1, one)));
  EXPECT_TRUE(fails(memory.read(store, page, one), kind, "1 bytes at 0x10000 in a memory of 0x10000 bytes"));
  EXPECT_TRUE(fails(memory.read(store, 0xFFFFFFFF, one), kind));
  EXPECT_TRUE(fails(memory.read(store, ~std::uint64_t{0}, one), kind));
  EXPECT_TRUE(ok(memory.write(store, page - 1, one)));
  EXPECT_TRUE(fails(memory.write(store, page, one), kind));
  EXPECT_TRUE(fails(memory.write(store, ~std::uint64_t{0}, one), kind));
  EXPECT_TRUE(ok(memory.read(store, page, {}))) << "nothing at the end is fine";
  EXPECT_TRUE(fails(memory.read(store, page + 1, {}), kind));
  EXPECT_TRUE(ok(memory.write(store, page, "")));
  EXPECT_TRUE(fails(memory.write(store, page + 1, ""), kind));
  EXPECT_TRUE(fails(memory.copy_out(store, 0, page + 1), kind));
  EXPECT_TRUE(fails(memory.copy_out(store, 1, ~std::uint64_t{0}), kind)) << "before anything is allocated";
  EXPECT_TRUE(fails(memory.read_string(store, 1, ~std::uint64_t{0}), kind));
  EXPECT_EQ(memory.copy_out(store, 0, page)->size(), page);
  EXPECT_TRUE(fails(memory.with_mutable(store, 1, page, [](std::span<std::byte>) { FAIL(); }), kind));
}

TEST_P(MemoryTest, NothingIsWrittenPartly) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  EXPECT_TRUE(fails(memory.write(store, page - 2, "abc"), ErrorKind::usage));
  EXPECT_EQ(*memory.read_string(store, page - 2, 2), (std::string(2, '\0')));
}

TEST_P(MemoryTest, TypedAccess) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  struct Point {
    std::int32_t x;
    std::int32_t y;
    bool operator==(Point const&) const = default;
  };
  ASSERT_TRUE(ok(memory.set(store, 3, Point{1, -2}))); // unaligned
  EXPECT_EQ(*memory.get<Point>(store, 3), (Point{1, -2}));
  EXPECT_EQ(*memory.get<std::uint8_t>(store, 3), 1);
  EXPECT_TRUE(fails(memory.get<std::uint64_t>(store, page - 7), ErrorKind::usage));
  EXPECT_TRUE(fails(memory.set(store, page - 7, std::uint64_t{1}), ErrorKind::usage));
  std::array<std::uint16_t, 3> const numbers{1, 2, 3};
  ASSERT_TRUE(ok(memory.copy_in(store, 100, std::span<std::uint16_t const>{numbers})));
  EXPECT_EQ(*memory.get<std::uint16_t>(store, 104), 3);
}

TEST_P(MemoryTest, HostAndGuestSeeTheSameBytes) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory (export "m") 1)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))))");
  auto const memory = *it.get_memory(store, "m");
  ASSERT_TRUE(ok(memory.write(store, 100, "\x01\x02\x03\x04")));
  EXPECT_EQ(*func<std::int32_t(std::int32_t)>(store, it, "load").call(store, 100), 0x04030201);
  ASSERT_TRUE(ok(func<void(std::int32_t, std::int32_t)>(store, it, "store").call(store, 4, 0x41424344)));
  EXPECT_EQ(*memory.read_string(store, 4, 4), "DCBA");
  EXPECT_EQ((*memory.view(store)->bytes())[4], std::byte{0x44});
  EXPECT_EQ((*memory.unsafe_data(store))[5], std::byte{0x43});
  EXPECT_EQ(memory.unsafe_bytes(store)->data(), *memory.unsafe_data(store));
  EXPECT_EQ(memory.unsafe_bytes(store)->size(), memory.size(store).value());
}

TEST_P(MemoryTest, ViewsNoticeGrowth) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory (export "m") 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))))");
  auto const memory = *it.get_memory(store, "m");
  auto const grow = func<std::int32_t(std::int32_t)>(store, it, "grow");
  auto const view = *memory.view(store);
  EXPECT_EQ(view.bytes()->size(), page);
  ASSERT_EQ(*grow.call(store, 0), 1);
  EXPECT_TRUE(view.is_valid()) << "growing by 0 changes nothing";
  ASSERT_EQ(*grow.call(store, 1), 1);
  EXPECT_FALSE(view.is_valid());
  EXPECT_TRUE(fails(view.bytes(), ErrorKind::usage, "stale"));
  auto const second = *memory.view(store);
  EXPECT_EQ(second.bytes()->size(), 2 * page);
  ASSERT_TRUE(ok(memory.grow(store, 1)));
  EXPECT_FALSE(second.is_valid());
}

TEST_P(MemoryTest, ViewsNoticeTheEndOfTheirStore) {
  std::optional<MemoryView> view;
  {
    Store store{engine_};
    auto const memory = *Memory::create(store, {.limits = {1, 1}});
    view = *memory.view(store);
    EXPECT_TRUE(view->is_valid());
  }
  EXPECT_FALSE(view->is_valid());
  EXPECT_TRUE(fails(view->bytes(), ErrorKind::usage, "store was destroyed"));
}

TEST_P(MemoryTest, WritingInPlace) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 4}});
  auto const length = memory.with_mutable(store, 10, 5, [](std::span<std::byte> range) {
    std::memcpy(range.data(), "hello", 5);
    return range.size();
  });
  EXPECT_EQ(*length, 5u);
  EXPECT_EQ(*memory.read_string(store, 10, 5), "hello");
  EXPECT_TRUE(ok(memory.with_mutable(store, 0, 1, [](std::span<std::byte> range) { range[0] = std::byte{7}; })));
  auto const failing = memory.with_mutable(
      store, 0, 1, [](std::span<std::byte>) -> Result<int> { return std::unexpected(Error{ErrorKind::host, "no"}); });
  EXPECT_TRUE(fails(failing, ErrorKind::host, "no"));
}

TEST_P(MemoryTest, TheBytesStayWhileTheyAreWritten) {
  // Without a reservation every growth moves the bytes.
  Engine const engine{Config{}.backend(GetParam()).memory_reservation(0)};
  Store store{engine};
  auto const memory = *Memory::create(store, {.limits = {1, 4}});
  auto const done = memory.with_mutable(store, 0, 1, [&](std::span<std::byte> range) {
    EXPECT_TRUE(fails(memory.grow(store, 1), ErrorKind::limit, "Memory::with_mutable, in whose range the host writes"));
    range[0] = std::byte{1};
  });
  EXPECT_TRUE(ok(done));
  EXPECT_TRUE(ok(memory.grow(store, 1)));
  EXPECT_EQ(*memory.get<std::uint8_t>(store, 0), 1);
}

TEST_P(MemoryTest, AHostFunctionGrowsTheCallersMemory) {
  for (std::uint64_t const reservation : {std::uint64_t{0}, std::uint64_t{1} << 32}) {
    Engine const engine{Config{}.backend(GetParam()).memory_reservation(reservation)};
    Store store{engine};
    Linker linker{engine};
    ASSERT_TRUE(ok(linker.func("env", "grow", [](Caller& caller) -> Result<void> {
      auto const memory = *caller.memory();
      EXPECT_EQ(*memory.grow(caller, 3), 1u);
      return memory.set(caller, 4 * page - 4, 0x12345678);
    })));
    ASSERT_TRUE(ok(linker.func("env", "reenter", [](Caller& caller) -> Result<void> {
      return caller.get_func("grow_inside")->typed<void()>(caller)->call(caller);
    })));
    auto const made = Module::from_wat(engine, R"((module
      (import "env" "grow" (func $grow)) (import "env" "reenter" (func $reenter))
      (memory (export "m") 1)
      (func (export "run") (result i32)
        (i32.store (i32.const 0) (i32.const 1))
        (call $grow)
        (i32.add (i32.load (i32.const 262140)) (i32.load (i32.const 0))))
      (func (export "grow_inside") (drop (memory.grow (i32.const 3))) (i32.store (i32.const 262140) (i32.const 99)))
      (func (export "run_nested") (result i32) (call $reenter) (i32.load (i32.const 262140)))))");
    ASSERT_TRUE(ok(made));
    auto const first = *linker.instantiate(store, *made);
    EXPECT_EQ(*func<std::int32_t()>(store, first, "run").call(store), 0x12345679);
    auto const second = *linker.instantiate(store, *made);
    EXPECT_EQ(*func<std::int32_t()>(store, second, "run_nested").call(store), 99);
  }
}

TEST_P(MemoryTest, AnotherInstanceGrowsASharedMemory) {
  for (std::uint64_t const reservation : {std::uint64_t{0}, std::uint64_t{1} << 32}) {
    Engine const engine{Config{}.backend(GetParam()).memory_reservation(reservation)};
    Store store{engine};
    Linker linker{engine};
    auto const owner = linker.instantiate(store, *Module::from_wat(engine, R"((module (memory (export "m") 1)
      (func (export "grow_and_set") (drop (memory.grow (i32.const 2))) (i32.store (i32.const 196604) (i32.const 77)))))"));
    ASSERT_TRUE(ok(owner));
    ASSERT_TRUE(ok(linker.instance(store, "owner", *owner)));
    auto const user = linker.instantiate(store, *Module::from_wat(engine, R"((module
      (import "owner" "m" (memory 1)) (import "owner" "grow_and_set" (func $grow))
      (func (export "run") (result i32) (call $grow) (i32.load (i32.const 196604)))))"));
    ASSERT_TRUE(ok(user));
    EXPECT_EQ(*func<std::int32_t()>(store, *user, "run").call(store), 77);
  }
}

TEST_P(MemoryTest, Types) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 4}});
  EXPECT_EQ(*memory.grow(store, 1), 1u);
  EXPECT_EQ(*memory.type(store), (MemoryType{.limits = {2, 4}}));
  EXPECT_EQ(*memory.pages(store), 2u);
  EXPECT_EQ(*memory.size(store), 2 * page);
  EXPECT_TRUE(fails(Memory::create(store, {.limits = {2, 1}}), ErrorKind::usage, "greater than its maximum"));
  EXPECT_TRUE(fails(Memory::create(store, {.limits = {65537, std::nullopt}}), ErrorKind::limit));
  EXPECT_TRUE(fails(Memory::create(store, {.limits = {0, 65537}}), ErrorKind::limit));
}

TEST_P(MemoryTest, Tables) {
  Store store{engine_};
  auto const table = *Table::create(store, {.element = ValType::externref(), .limits = {2, 4}}, ExternRef{});
  EXPECT_EQ(*table.size(store), 2u);
  auto const object = ExternRef::make(5);
  ASSERT_TRUE(ok(table.set(store, 1, object)));
  EXPECT_EQ(*table.get(store, 1), Val{object});
  EXPECT_EQ(*table.get(store, 0), Val{ExternRef{}});
  EXPECT_TRUE(fails(table.get(store, 2), ErrorKind::usage, "element 2 of a table of 2"));
  EXPECT_TRUE(fails(table.set(store, 2, object), ErrorKind::usage));
  EXPECT_TRUE(fails(table.set(store, 0, Func{}), ErrorKind::usage, "expected a value of type externref"));
  EXPECT_EQ(*table.grow(store, 2, object), 2u);
  EXPECT_TRUE(fails(table.grow(store, 1, object), ErrorKind::limit));
  EXPECT_EQ(*table.get(store, 3), Val{object});
  EXPECT_TRUE(ok(table.fill(store, 0, ExternRef{}, 4)));
  EXPECT_TRUE(ok(table.fill(store, 4, ExternRef{}, 0)));
  EXPECT_TRUE(fails(table.fill(store, 5, ExternRef{}, 0), ErrorKind::usage));
  EXPECT_TRUE(fails(table.fill(store, 1, ExternRef{}, ~std::uint64_t{0}), ErrorKind::usage));
  EXPECT_EQ(*table.type(store), (TableType{.element = ValType::externref(), .limits = {4, 4}}));
  EXPECT_TRUE(fails(Table::create(store, {.limits = {0xFFFFFFFF, std::nullopt}}, Func{}), ErrorKind::limit));
  EXPECT_TRUE(fails(Table::create(store, {.element = ValType::i32(), .limits = {1, 1}}, Val{1}), ErrorKind::usage));
}

TEST_P(MemoryTest, Globals) {
  Store store{engine_};
  auto const it = instance(store, R"((module (global (export "c") f32 (f32.const 1.5))
    (global $g (export "g") (mut i64) (i64.const 7)) (func (export "get") (result i64) (global.get $g))))");
  auto const constant = *it.get_global(store, "c");
  EXPECT_EQ(*constant.get(store), Val{1.5f});
  EXPECT_TRUE(fails(constant.set(store, 2.5f), ErrorKind::usage, "immutable"));
  auto const variable = *it.get_global(store, "g");
  ASSERT_TRUE(ok(variable.set(store, std::int64_t{9})));
  EXPECT_TRUE(fails(variable.set(store, 9), ErrorKind::usage, "expected a value of type i64, got i32"));
  EXPECT_EQ(*func<std::int64_t()>(store, it, "get").call(store), 9);
  EXPECT_EQ(*variable.type(store), (GlobalType{ValType::i64(), true}));
  EXPECT_TRUE(fails(Global::create(store, {ValType::i64(), true}, 1), ErrorKind::usage));
  V128 vector;
  vector.bytes.fill(3);
  auto const wide = *Global::create(store, {ValType::v128(), true}, vector);
  EXPECT_EQ(*wide.get(store), Val{vector});
}

} // namespace
} // namespace weir::test
