// GuestBuffer: access within it, and every order of going away.
#include "support/codec_values.hpp"
#include "unit/exchange/guests.hpp"

namespace weir::test {
namespace {

using exchange::GuestAllocator;
using exchange::GuestBuffer;

class BufferTest : public ExchangeTest {};
INSTANTIATE_TEST_SUITE_P(Backends, BufferTest, testing::ValuesIn(backends()), backend_name);

TEST_P(BufferTest, AccessStaysInside) {
  Store store{engine_};
  auto const found = *GuestAllocator::discover(store, instance(store, honest_guest(malloc_exports)));
  auto const buffer = *found.allocate(16);
  ASSERT_TRUE(ok(buffer.write(0, std::string(16, '.'))));
  ASSERT_TRUE(ok(buffer.write(12, "tail")));
  EXPECT_TRUE(fails(buffer.write(13, "tail"), ErrorKind::usage,
                    "writing 4 bytes at offset 13 does not fit into the guest buffer of 16 bytes at 0x"));
  EXPECT_TRUE(fails(buffer.write(17, ""), ErrorKind::usage, "writing 0 bytes at offset 17"));
  EXPECT_TRUE(fails(buffer.write(~std::uint64_t{0}, "x"), ErrorKind::usage));
  std::array<std::byte, 8> out{};
  EXPECT_TRUE(ok(buffer.read(8, out)));
  EXPECT_TRUE(fails(buffer.read(9, out), ErrorKind::usage, "reading 8 bytes at offset 9 does not fit"));
  EXPECT_TRUE(fails(buffer.get<std::uint64_t>(9), ErrorKind::usage));
  ASSERT_TRUE(ok(buffer.set(3, std::uint32_t{0x41424344})));
  EXPECT_EQ(*found.get_string(buffer.range()), "...DCBA.....tail");
  EXPECT_EQ(buffer.copy_out()->size(), 16u);
  auto const size = buffer.with_mutable([](std::span<std::byte> bytes) {
    bytes[0] = std::byte{'!'};
    return bytes.size();
  });
  EXPECT_EQ(*size, 16u);
  EXPECT_EQ((*buffer.view()->bytes())[0], std::byte{'!'});
}

TEST_P(BufferTest, ViewsNoticeGrowth) {
  Store store{engine_};
  auto const found = *GuestAllocator::discover(store, instance(store, honest_guest(malloc_exports)));
  auto const buffer = *found.put("text");
  auto const view = *buffer.view();
  EXPECT_TRUE(view.is_valid());
  auto const more = found.allocate(200000); // grows the memory
  ASSERT_TRUE(ok(more));
  EXPECT_FALSE(view.is_valid());
  EXPECT_TRUE(fails(view.bytes(), ErrorKind::usage, "stale"));
  EXPECT_TRUE(fails(view.copy(), ErrorKind::usage, "stale"));
  EXPECT_EQ(*found.get_string(buffer.range()), "text");
}

TEST_P(BufferTest, MovesAndFreesOnce) {
  Store store{engine_};
  auto const it = instance(store, honest_guest(malloc_exports));
  auto const found = *GuestAllocator::discover(store, it);
  auto first = *found.allocate(10);
  auto second = *found.allocate(20);
  EXPECT_EQ(global(store, it, "live"), 30);
  first = std::move(second);
  EXPECT_EQ(global(store, it, "live"), 20) << "what was in the way was given back";
  EXPECT_TRUE(second.is_empty()); // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_TRUE(fails(second.write(0, "x"), ErrorKind::usage, "owns nothing"));
  EXPECT_TRUE(fails(second.free(), ErrorKind::usage, "owns nothing"));
  GuestBuffer third{std::move(first)};
  EXPECT_EQ(third.size(), 20u);
  auto& self = third;
  third = std::move(self);
  EXPECT_EQ(third.size(), 20u);
  ASSERT_TRUE(ok(third.free()));
  EXPECT_EQ(global(store, it, "live"), 0);
  EXPECT_TRUE(fails(third.free(), ErrorKind::usage, "owns nothing"));
  EXPECT_EQ(GuestBuffer{}.release(), MemoryRange{});
  EXPECT_TRUE(told_.empty());
}

TEST_P(BufferTest, ReleaseLeavesItToTheGuest) {
  Store store{engine_};
  auto const it = instance(store, honest_guest(malloc_exports));
  auto const found = *GuestAllocator::discover(store, it);
  {
    auto buffer = *found.allocate(10);
    auto const range = buffer.range();
    EXPECT_EQ(buffer.release(), range);
    EXPECT_TRUE(buffer.is_empty());
  }
  EXPECT_EQ(global(store, it, "live"), 10);
  EXPECT_TRUE(found.memory().grants(store)->empty());
}

TEST_P(BufferTest, ResizesAndKeepsTheBytes) {
  Store store{engine_};
  auto const it = instance(store, honest_guest(malloc_exports));
  auto const found = *GuestAllocator::discover(store, it); // without realloc: a new allocation
  auto buffer = *found.put("0123456789");
  ASSERT_TRUE(ok(buffer.resize(20)));
  EXPECT_EQ(buffer.size(), 20u);
  EXPECT_EQ(found.get_string(buffer.range())->substr(0, 10), "0123456789");
  ASSERT_TRUE(ok(buffer.resize(4)));
  EXPECT_EQ(*found.get_string(buffer.range()), "0123");
  ASSERT_TRUE(ok(buffer.resize(0)));
  ASSERT_TRUE(ok(buffer.resize(1)));
  ASSERT_TRUE(ok(buffer.free()));
  EXPECT_EQ(global(store, it, "live"), 0);

  auto const other = instance(store, hostile_guest); // with realloc
  auto const hostile = *GuestAllocator::discover(store, other);
  set_global(store, other, "answer", 64);
  auto second = *hostile.put("abc");
  set_global(store, other, "answer", 0);
  EXPECT_TRUE(fails(second.resize(8), ErrorKind::guest,
                    "the guest's `realloc`, asked to resize 3 bytes at 0x40 to 8, returned 0x0, which is null"));
  EXPECT_EQ(second.size(), 3u);
  EXPECT_EQ(hostile.memory().grants(store)->size(), 1u);
  set_global(store, other, "answer", 66); // may overlap the old place
  ASSERT_TRUE(ok(second.resize(8)));
  EXPECT_EQ(second.address(), 66u);
  EXPECT_EQ(*hostile.memory().grants(store), (std::vector<MemoryRange>{{66, 8}}));
}

TEST_P(BufferTest, ATrapWhileFreeingGoesToTheSink) {
  Store store{engine_};
  auto const it = instance(store, hostile_guest);
  auto const found = *GuestAllocator::discover(store, it);
  set_global(store, it, "answer", 0x100);
  set_global(store, it, "angry", 1);
  {
    auto const buffer = found.allocate(12);
    ASSERT_TRUE(ok(buffer));
  }
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("freeing 12 bytes at 0x100 through the guest's `free`: "), std::string::npos) << told_[0];
  EXPECT_NE(told_[0].find("unreachable"), std::string::npos) << told_[0];
  auto buffer = *found.allocate(12);
  auto const freed = buffer.free();
  EXPECT_TRUE(traps(freed, TrapReason::unreachable));
  EXPECT_TRUE(buffer.is_empty());
  EXPECT_TRUE(found.memory().grants(store)->empty());
  EXPECT_EQ(told_.size(), 1u);
}

TEST_P(BufferTest, OutlivesItsStoreHarmlessly) {
  std::optional<GuestAllocator> found;
  {
    GuestBuffer buffer;
    {
      Store store{engine_};
      found = *GuestAllocator::discover(store, instance(store, honest_guest(malloc_exports)));
      buffer = *found->put("text");
    }
    EXPECT_TRUE(fails(buffer.write(0, "x"), ErrorKind::usage, "the guest buffer of 4 bytes at 0x"));
    EXPECT_TRUE(fails(buffer.view(), ErrorKind::usage, "outlived its store"));
    EXPECT_TRUE(fails(buffer.resize(8), ErrorKind::usage, "outlived its store"));
    EXPECT_TRUE(fails(buffer.with_mutable([](std::span<std::byte>) { FAIL(); }), ErrorKind::usage, "outlived"));
    EXPECT_TRUE(told_.empty());
  }
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("outlived its store"), std::string::npos) << told_[0];
  EXPECT_TRUE(fails(found->allocate(1), ErrorKind::usage, "the store was destroyed"));
  EXPECT_TRUE(fails(found->get_bytes({0, 1}), ErrorKind::usage, "the store was destroyed"));
  EXPECT_TRUE(fails(found->call("malloc", exchange::Returns::pointer(1), {1}), ErrorKind::usage, "destroyed"));
}

TEST_P(BufferTest, FollowsAStoreThatMoves) {
  Store first{engine_};
  auto const it = instance(first, honest_guest(malloc_exports));
  auto const found = *GuestAllocator::discover(first, it);
  auto buffer = *found.put("text");
  Store second{std::move(first)};
  EXPECT_EQ(*found.get_string(buffer.range()), "text");
  ASSERT_TRUE(ok(buffer.free()));
  EXPECT_EQ(global(second, it, "live"), 0);
  EXPECT_TRUE(told_.empty());
}

TEST_P(BufferTest, ReentersFromHostFunctions) {
  Store store{engine_};
  Linker linker{engine_};
  std::optional<GuestAllocator> found;
  ASSERT_TRUE(ok(linker.func("host", "echo", [&](Caller& caller, std::uint32_t number) -> Result<std::uint32_t> {
    auto here = GuestAllocator::discover(caller, *caller.instance());
    EXPECT_TRUE(ok(here));
    auto const mine = here->put(number);
    auto const outer = found->put(number + 1); // made outside of the call
    EXPECT_TRUE(ok(mine));
    EXPECT_TRUE(ok(outer));
    return *mine->get<std::uint32_t>(0) + *outer->get<std::uint32_t>(0);
  })));
  auto const text = honest_guest(std::string{malloc_exports} +
                                 R"((func (export "run") (param i32) (result i32) (call $echo (local.get 0))))");
  auto const it = instance(store,
                           "(module (import \"host\" \"echo\" (func $echo (param i32) (result i32)))" +
                               text.substr(std::string_view{"(module"}.size()),
                           linker);
  found = *GuestAllocator::discover(store, it);
  EXPECT_EQ(*func<std::uint32_t(std::uint32_t)>(store, it, "run").call(store, 20), 41u);
  EXPECT_EQ(global(store, it, "live"), 0);
  EXPECT_TRUE(told_.empty());
}

TEST_P(BufferTest, AStoreDestroyedByItsOwnHostFunction) {
  auto store = std::make_unique<Store>(engine_);
  Linker linker{engine_};
  GuestBuffer buffer;
  ASSERT_TRUE(ok(linker.func("host", "end", [&] {
    store.reset();
    buffer = {};
  })));
  auto const text = honest_guest(std::string{malloc_exports} + R"((func (export "run") (call $end)))");
  auto const it = instance(
      *store, "(module (import \"host\" \"end\" (func $end))" + text.substr(std::string_view{"(module"}.size()),
      linker);
  buffer = *GuestAllocator::discover(*store, it)->put("text");
  EXPECT_FALSE(func<void()>(*store, it, "run").call(*store).has_value());
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("destroyed"), std::string::npos) << told_[0];
}

TEST_P(BufferTest, GrantsOfAHostsOwn) {
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  ASSERT_TRUE(ok(memory.add_grant(store, 100, 10)));
  EXPECT_TRUE(fails(memory.add_grant(store, 109, 1), ErrorKind::usage, "1 bytes at 0x6d overlap 10 bytes at 0x64"));
  EXPECT_TRUE(fails(memory.add_grant(store, 90, 11), ErrorKind::usage, "overlap"));
  EXPECT_TRUE(fails(memory.add_grant(store, 99, 100), ErrorKind::usage, "overlap"));
  EXPECT_TRUE(fails(memory.add_grant(store, 5, 0), ErrorKind::usage, "an empty grant"));
  EXPECT_TRUE(fails(memory.add_grant(store, 65536, 1), ErrorKind::usage, "out of bounds"));
  EXPECT_TRUE(ok(memory.add_grant(store, 110, 65536 - 110)));
  EXPECT_TRUE(ok(memory.add_grant(store, 90, 10)));
  EXPECT_EQ(*memory.grants(store), (std::vector<MemoryRange>{{90, 10}, {100, 10}, {110, 65536 - 110}}));
  EXPECT_TRUE(fails(memory.remove_grant(store, 101), ErrorKind::usage, "there is no grant at 0x65"));
  EXPECT_TRUE(ok(memory.remove_grant(store, 100)));
  EXPECT_EQ(memory.grants(store)->size(), 2u);
}

TEST_P(BufferTest, StoresCanBeNamedWithoutOwningThem) {
  EXPECT_FALSE(StoreRef{}.is_alive());
  EXPECT_TRUE(fails(StoreRef{}.get(), ErrorKind::usage, "there is no store"));
  StoreRef ref;
  {
    Store store{engine_};
    ref = StoreRef{store};
    EXPECT_TRUE(ref.is_alive());
    EXPECT_TRUE(ok(Memory::create(*ref.get(), {.limits = {1, 1}})));
  }
  EXPECT_FALSE(ref.is_alive());
  EXPECT_TRUE(fails(ref.get(), ErrorKind::usage, "the store was destroyed"));
}

} // namespace
} // namespace weir::test
