// Finding a guest's allocator, and what becomes of its answers.
#include "support/codec_values.hpp"
#include "unit/exchange/guests.hpp"

namespace weir::test {
namespace {

using exchange::bincode;
using exchange::GuestAllocator;
using exchange::Returns;

class AllocatorTest : public ExchangeTest {
 protected:
  // An instance of the honest guest with these exports.
  Instance guest(StoreContext store, std::string_view exports) { return instance(store, honest_guest(exports)); }

  // The allocator must be found, work, and see its memory again.
  void expect_discovered(std::string_view exports, std::string_view name, std::int32_t freed_size,
                         std::int32_t freed_align) {
    Store store{engine_};
    auto const it = guest(store, exports);
    auto const found = GuestAllocator::discover(store, it);
    ASSERT_TRUE(ok(found));
    EXPECT_EQ(found->name(), name);
    EXPECT_TRUE(found->can_free());
    auto buffer = found->allocate(24, 8);
    ASSERT_TRUE(ok(buffer));
    auto const address = buffer->ptr();
    EXPECT_EQ(address % 8, 0u);
    EXPECT_EQ(global(store, it, "live"), 24);
    ASSERT_TRUE(ok(buffer->free()));
    EXPECT_EQ(global(store, it, "live"), 0);
    EXPECT_EQ(static_cast<std::uint32_t>(global(store, it, "freed")), address);
    EXPECT_EQ(global(store, it, "freed_size"), freed_size);
    EXPECT_EQ(global(store, it, "freed_align"), freed_align);
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, AllocatorTest, testing::ValuesIn(backends()), backend_name);

constexpr std::string_view sized_pair = R"(
  (func (export "alloc") (param i32) (result i32) (call $alloc (local.get 0) (i32.const 1)))
  (func (export "dealloc") (param i32 i32) (call $free (local.get 0) (local.get 1) (i32.const 0))))";

TEST_P(AllocatorTest, DiscoversByNameAndType) {
  expect_discovered(malloc_exports, "malloc/free", 0, 0);
  expect_discovered(R"(
    (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (call $alloc (local.get 0) (local.get 1)))
    (func (export "__wbindgen_free") (param i32 i32 i32) (call $free (local.get 0) (local.get 1) (local.get 2))))",
                    "__wbindgen_malloc/__wbindgen_free", 24, 8);
  expect_discovered(R"(
    (func (export "__wbindgen_malloc") (param i32) (result i32) (call $alloc (local.get 0) (i32.const 8)))
    (func (export "__wbindgen_free") (param i32 i32) (call $free (local.get 0) (local.get 1) (i32.const 0))))",
                    "__wbindgen_malloc/__wbindgen_free", 24, 0);
  // AssemblyScript: class id 1, and what is not pinned may be collected.
  expect_discovered(R"(
    (global $pinned (mut i32) (i32.const 0))
    (func (export "__new") (param i32 i32) (result i32)
      (if (i32.ne (local.get 1) (i32.const 1)) (then unreachable))
      (call $alloc (local.get 0) (i32.const 16)))
    (func (export "__pin") (param i32) (result i32) (global.set $pinned (local.get 0)) (local.get 0))
    (func (export "__unpin") (param i32)
      (if (i32.ne (local.get 0) (global.get $pinned)) (then unreachable))
      (call $free (local.get 0) (i32.const 0) (i32.const 0))))",
                    "__new/__unpin", 0, 0);
}

TEST_P(AllocatorTest, CabiReallocLeavesFreeingToTheGuest) {
  Store store{engine_};
  auto const it = guest(store, R"((func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (i32.or (local.get 0) (local.get 1)) (then unreachable))
    (call $alloc (local.get 3) (local.get 2))))");
  auto const found = GuestAllocator::discover(store, it);
  ASSERT_TRUE(ok(found));
  EXPECT_EQ(found->name(), "cabi_realloc");
  EXPECT_FALSE(found->can_free());
  {
    auto const buffer = found->allocate(10, 4);
    ASSERT_TRUE(ok(buffer));
    EXPECT_EQ(found->memory().grants(store)->size(), 1u);
  }
  EXPECT_EQ(global(store, it, "live"), 10);
  EXPECT_TRUE(found->memory().grants(store)->empty());
  EXPECT_TRUE(told_.empty());
}

TEST_P(AllocatorTest, AmbiguousNamesAreSuggestedOnly) {
  Store store{engine_};
  auto const it = guest(store, sized_pair);
  EXPECT_TRUE(fails(GuestAllocator::discover(store, it), ErrorKind::usage,
                    "`alloc` and `dealloc` look like an allocator: if they are one, say so with "
                    "GuestAllocator::named(store, instance, \"alloc\", \"dealloc\")"));
  auto const named = GuestAllocator::named(store, it, "alloc", "dealloc");
  ASSERT_TRUE(ok(named));
  auto const address = named->allocate(5)->ptr();
  EXPECT_EQ(static_cast<std::uint32_t>(global(store, it, "freed")), address);
  EXPECT_EQ(global(store, it, "freed_size"), 5);
  auto const one_way = GuestAllocator::named(store, it, "alloc");
  ASSERT_TRUE(ok(one_way));
  EXPECT_FALSE(one_way->can_free());
}

TEST_P(AllocatorTest, SaysWhyThereIsNone) {
  Store store{engine_};
  EXPECT_TRUE(fails(GuestAllocator::discover(store, instance(store, R"((module (memory (export "memory") 1)))")),
                    ErrorKind::usage, "no allocator was recognised among the guest's exports"));
  EXPECT_TRUE(fails(GuestAllocator::discover(store, instance(store, "(module (memory 1))")), ErrorKind::usage,
                    "exports no memory"));
  auto const odd = instance(store, R"((module (memory (export "memory") 1)
    (func (export "malloc") (param i64) (result i32) unreachable) (func (export "free") (param i32))
    (func (export "init") (result i32) unreachable) (func (export "deinit") (param i32))))");
  auto const none = GuestAllocator::discover(store, odd);
  EXPECT_TRUE(fails(none, ErrorKind::usage, "`malloc` is [i64] -> [i32], expected [i32] -> [i32]"));
  EXPECT_EQ(none.error().message().find("`init`"), std::string::npos) << "of the wrong type";
  EXPECT_TRUE(fails(GuestAllocator::named(store, odd, "init", "deinit"), ErrorKind::usage, "`init` is [] -> [i32]"));
  EXPECT_TRUE(fails(GuestAllocator::named(store, odd, "here", "there"), ErrorKind::usage, "no function `here`"));
}

TEST_P(AllocatorTest, WorksInAMemoryThatTheGuestImports) {
  Store store{engine_};
  auto text = honest_guest(malloc_exports);
  std::string_view const exported = R"((memory (export "memory") 1))";
  text.replace(text.find(exported), exported.size(), R"((import "env" "memory" (memory 1)))");
  Linker linker{engine_};
  auto const memory = Memory::create(store, {.limits = {1, 2}});
  ASSERT_TRUE(ok(memory));
  ASSERT_TRUE(ok(linker.define("env", "memory", *memory)));
  auto const it = linker.instantiate(store, Module::from_wat(engine_, text).value()).value();
  EXPECT_TRUE(fails(GuestAllocator::discover(store, it), ErrorKind::usage, "give that to discover() or named()"));

  for (auto const& guest :
       {GuestAllocator::discover(store, it, *memory), GuestAllocator::named(store, it, *memory, "malloc", "free")}) {
    ASSERT_TRUE(ok(guest));
    EXPECT_EQ(guest->memory(), *memory);
    auto const buffer = guest->put(std::string_view{"abc"});
    ASSERT_TRUE(ok(buffer));
    EXPECT_EQ(memory->read_string(store, buffer->ptr(), 3).value(), "abc");
    auto const sum = it.get_typed_func<std::uint32_t(std::uint32_t, std::uint32_t)>(store, "sum").value();
    EXPECT_EQ(sum.call(store, buffer->ptr(), buffer->len()).value(), 0x61U + 0x62U + 0x63U);
  }
  EXPECT_EQ(global(store, it, "live"), 0);
  EXPECT_EQ(memory->grants(store)->size(), 0u);

  Store other{engine_};
  auto const foreign = Memory::create(other, {.limits = {1, 2}});
  ASSERT_TRUE(ok(foreign));
  EXPECT_TRUE(fails(GuestAllocator::discover(store, it, *foreign), ErrorKind::usage, "store"));
}

TEST_P(AllocatorTest, ChoosesTheMemory) {
  Store store{engine_};
  EXPECT_TRUE(ok(GuestAllocator::discover(store, instance(store, R"((module (memory (export "a") (export "b") 1)
    (func (export "malloc") (param i32) (result i32) (i32.const 8)) (func (export "free") (param i32))))"))));
}

TEST_P(AllocatorTest, SaysWhichLimitRefusedTheMemory) {
  Store store{engine_, {.memory_size = 65536}};
  auto const it = instance(store, R"((module (memory (export "memory") 1)
    (func (export "malloc") (param i32) (result i32)
      (select (i32.const 0) (i32.const 64) (i32.eq (memory.grow (i32.shr_u (local.get 0) (i32.const 16))) (i32.const -1))))
    (func (export "free") (param i32))))");
  auto const found = GuestAllocator::discover(store, it);
  ASSERT_TRUE(ok(found));
  EXPECT_TRUE(fails(found->allocate(0x20000, 1), ErrorKind::guest,
                    "which is null: memory.grow of 2 pages was refused by StoreLimits::memory_size: asked 196608 bytes "
                    "(3 pages), in use 65536 bytes (1 page), allowed 65536 bytes (1 page)"));
  EXPECT_TRUE(ok(found->allocate(100, 1)));
}

TEST_P(AllocatorTest, ChecksEveryAnswer) {
  Store store{engine_};
  auto const it = instance(store, hostile_guest);
  auto const found = *GuestAllocator::discover(store, it);
  auto const expect_refused = [&](std::uint32_t answer, std::uint64_t size, std::uint64_t align, std::string_view why) {
    set_global(store, it, "answer", answer);
    set_global(store, it, "freed", 0);
    auto const before = found.memory().grants(store)->size();
    EXPECT_TRUE(fails(found.allocate(size, align), ErrorKind::guest, why));
    EXPECT_EQ(found.memory().grants(store)->size(), before);
  };
  expect_refused(0, 16, 1, "the guest's `malloc`, asked for 16 bytes, returned 0x0, which is null");
  expect_refused(0xFFF8, 16, 1, "returned 0xfff8, but 16 bytes there pass the end of its memory of 0x10000 bytes");
  expect_refused(0xFFFFFFF0, 32, 1, "returned 0xfffffff0, but 32 bytes there pass the end");
  expect_refused(0x10000, 0, 1, "0x10000 bytes");
  EXPECT_EQ(global(store, it, "freed"), 0) << "a pointer that cannot be right is not handed back";
  expect_refused(0x1004, 16, 8, "returned 0x1004, which is not aligned to 8 bytes as asked for");
  EXPECT_EQ(global(store, it, "freed"), 0x1004) << "one that is only misaligned is";
  set_global(store, it, "answer", 0x2000);
  auto const live = found.allocate(16);
  ASSERT_TRUE(ok(live));
  expect_refused(0x2000, 1, 1, "but 1 bytes at 0x2000 overlap 16 bytes at 0x2000 that the guest handed out earlier");
  expect_refused(0x200F, 1, 1, "overlap 16 bytes at 0x2000");
  expect_refused(0x1FFF, 2, 1, "overlap 16 bytes at 0x2000");
  found.keep_out({0x3000, 0x100}, "the guest's stack");
  expect_refused(0x2FFF, 2, 1, "overlap the guest's stack [0x3000, 0x3100)");
  set_global(store, it, "answer", 0x2010);
  EXPECT_TRUE(ok(found.allocate(0xFF0))) << "between both";
  EXPECT_TRUE(fails(found.allocate(8, 3), ErrorKind::usage, "an alignment of 3: expected a power of two"));
  EXPECT_TRUE(fails(found.allocate(8, 0), ErrorKind::usage, "power of two"));
  EXPECT_TRUE(fails(found.allocate(std::uint64_t{1} << 32), ErrorKind::usage, "more than a 32-bit memory can have"));
}

TEST_P(AllocatorTest, KeepsOutOfWhatTheMemoryMapKnows) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory (export "memory") 1) (data (i32.const 0x1000) "constants")
    (global $answer (export "answer") (mut i32) (i32.const 0x1004))
    (func (export "malloc") (param i32) (result i32) (global.get $answer)) (func (export "free") (param i32))))");
  auto const found = *GuestAllocator::discover(store, it);
  EXPECT_TRUE(ok(found.allocate(4))) << "before the map is asked";
  ASSERT_TRUE(ok(found.keep_out_mapped()));
  EXPECT_TRUE(
      fails(found.allocate(4), ErrorKind::guest, "but 4 bytes there overlap the guest's static data [0x1000, 0x1009)"));
  set_global(store, it, "answer", 0x8000);
  EXPECT_TRUE(ok(found.allocate(4)));
}

TEST_P(AllocatorTest, OverlapsAreFoundAcrossAllocators) {
  Store store{engine_};
  auto const it = instance(store, hostile_guest);
  auto const first = *GuestAllocator::discover(store, it);
  auto const second = *GuestAllocator::named(store, it, "malloc", "free");
  set_global(store, it, "answer", 64);
  auto buffer = first.allocate(8);
  ASSERT_TRUE(ok(buffer));
  EXPECT_TRUE(fails(second.allocate(8), ErrorKind::guest, "overlap 8 bytes at 0x40"));
  (void)buffer->release();
  EXPECT_TRUE(ok(second.allocate(8)));
}

TEST_P(AllocatorTest, ATrapWhileAllocatingIsTheCallersError) {
  Store store{engine_};
  auto const it = instance(store, R"((module (memory (export "memory") 1)
    (func (export "malloc") (param i32) (result i32) unreachable) (func (export "free") (param i32))))");
  auto const result = GuestAllocator::discover(store, it)->allocate(7);
  EXPECT_TRUE(traps(result, TrapReason::unreachable));
  EXPECT_TRUE(fails(result, ErrorKind::trap, "allocating 7 bytes through the guest's `malloc`"));
}

TEST_P(AllocatorTest, PutsWhatCanBePut) {
  Store store{engine_};
  auto const it = guest(store, malloc_exports);
  auto const found = *GuestAllocator::discover(store, it);
  auto const text = found.put("hello");
  ASSERT_TRUE(ok(text));
  EXPECT_EQ(*found.get_string(text->range()), "hello");
  auto const string = found.put(std::string{"hello"});
  EXPECT_EQ(string->size(), 5u);
  auto const bytes = found.put(bytes_of({1, 2, 3}));
  EXPECT_EQ(*found.get_bytes(bytes->range()), bytes_of({1, 2, 3}));
  auto const numbers = found.put(std::vector<std::uint32_t>{1, 2});
  EXPECT_EQ(numbers->alignment(), 4u);
  EXPECT_EQ(*found.get<std::uint32_t>(numbers->address() + 4), 2u);
  auto const point = found.put(Point{3, 0.5});
  EXPECT_EQ(point->alignment(), 8u);
  EXPECT_EQ(*found.get<Point>(point->address()), (Point{3, 0.5}));
  EXPECT_EQ(*point->get<std::int32_t>(0), 3);
  auto const encoded = found.put(bincode(Named{"n", Color::red}));
  ASSERT_TRUE(ok(encoded));
  EXPECT_EQ(*encoded->decode<Named>(bincode), (Named{"n", Color::red}));
  EXPECT_EQ(*found.get<Named>(bincode, encoded->ptr(), encoded->len()), (Named{"n", Color::red}));
  std::string const kept = "kept by reference";
  EXPECT_EQ(*found.get<std::string>(bincode, found.put(bincode(kept))->range()), kept);
  auto const sum = func<std::int32_t(std::uint32_t, std::uint32_t)>(store, it, "sum");
  EXPECT_EQ(*sum.call(store, bytes->ptr(), bytes->len()), 6);
  auto const nothing = found.put("");
  ASSERT_TRUE(ok(nothing));
  EXPECT_NE(nothing->address(), 0u);
  EXPECT_EQ(nothing->size(), 0u);
  EXPECT_TRUE(fails(found.put(bincode(char32_t{0xD800})), ErrorKind::usage, "not a Unicode scalar value"));
}

TEST_P(AllocatorTest, GetsOnlyWhatIsThere) {
  Store store{engine_};
  auto const it = guest(store, malloc_exports);
  auto const found = *GuestAllocator::discover(store, it);
  EXPECT_TRUE(fails(found.get_bytes({0xFFFF, 2}), ErrorKind::guest,
                    "out of bounds: 2 bytes at 0xffff in a memory of 0x10000 bytes"));
  EXPECT_TRUE(fails(found.get_bytes({0, ~std::uint64_t{0}}), ErrorKind::guest, "out of bounds"));
  EXPECT_TRUE(fails(found.get_string({~std::uint64_t{0}, 1}), ErrorKind::guest, "out of bounds"));
  EXPECT_TRUE(fails(found.get<std::uint64_t>(0xFFF9), ErrorKind::guest, "8 bytes at 0xfff9"));
  EXPECT_TRUE(fails(found.get<std::string>(bincode, 0xFFF0, 17), ErrorKind::guest, "out of bounds"));
  auto const lie = found.put(bincode(std::uint64_t{1} << 60)); // as a string: a length of 2^60
  EXPECT_TRUE(
      fails(found.get<std::string>(bincode, lie->range()), ErrorKind::guest, "a length of 1152921504606846976"));
  auto const bad = found.put("\xFF");
  EXPECT_TRUE(fails(found.get_string(bad->range()), ErrorKind::guest, "a text of 1 bytes is not UTF-8"));
}

TEST_P(AllocatorTest, WaysToReturnBytes) {
  Store store{engine_};
  auto const it = guest(store, std::string{malloc_exports} + R"(
    (data (i32.const 100) "abcdef")
    (func (export "pointer") (param i32) (result i32) (i32.add (local.get 0) (i32.const 100)))
    (func (export "packed_high") (param i32) (result i64)
      (i64.or (i64.shl (i64.extend_i32_u (i32.add (local.get 0) (i32.const 100))) (i64.const 32)) (i64.const 3)))
    (func (export "packed_low") (param i32) (result i64)
      (i64.or (i64.extend_i32_u (i32.add (local.get 0) (i32.const 100))) (i64.const 0x300000000)))
    (func (export "out_pointer") (param i32 i32)
      (i32.store (local.get 0) (i32.add (local.get 1) (i32.const 100)))
      (i32.store offset=4 (local.get 0) (i32.const 3)))
    (func (export "pair") (param i32) (result i32 i32) (i32.add (local.get 0) (i32.const 100)) (i32.const 3))
    (func (export "far") (result i32 i32) (i32.const 0xFFFE) (i32.const 3))
    (func (export "null") (result i32 i32) (i32.const 0) (i32.const 3))
    (func (export "angry") (param i32) unreachable))");
  auto const found = *GuestAllocator::discover(store, it);
  for (auto const& [name, style] : {std::pair{"pointer", Returns::pointer(3)},
                                    {"packed_high", Returns::packed_high()},
                                    {"packed_low", Returns::packed_low()},
                                    {"out_pointer", Returns::out_pointer()},
                                    {"pair", Returns::pair()}}) {
    auto const range = found.call(name, style, {std::int32_t{1}});
    ASSERT_TRUE(ok(range)) << name;
    EXPECT_EQ(*found.get_string(*range), "bcd") << name;
  }
  EXPECT_EQ(global(store, it, "live"), 0) << "the area was given back";
  EXPECT_TRUE(fails(found.call("far", Returns::pair(), {}), ErrorKind::guest,
                    "what the guest returned is out of bounds: 3 bytes at 0xfffe in a memory of 0x10000 bytes"));
  EXPECT_TRUE(fails(found.call("null", Returns::pair(), {}), ErrorKind::guest, "returned null for 3 bytes"));
  EXPECT_TRUE(fails(found.call("pair", Returns::packed_low(), {std::int32_t{1}}), ErrorKind::usage,
                    "the function is [i32] -> [i32 i32], expected it to return one i64, length << 32 | pointer"));
  EXPECT_TRUE(traps(found.call("angry", Returns::out_pointer(), {}), TrapReason::unreachable));
  EXPECT_TRUE(fails(found.call("missing", Returns::pair(), {}), ErrorKind::usage));
}

TEST_P(AllocatorTest, AdoptsWhatTheGuestAllocated) {
  Store store{engine_};
  auto const it = guest(store, std::string{malloc_exports} + R"(
    (func (export "make") (result i32 i32) (local $at i32)
      (local.set $at (call $alloc (i32.const 4) (i32.const 8)))
      (i32.store (local.get $at) (i32.const 0x64636261))
      (local.get $at) (i32.const 4)))");
  auto const found = *GuestAllocator::discover(store, it);
  {
    auto const range = found.call("make", Returns::pair(), {});
    ASSERT_TRUE(ok(range));
    auto const buffer = found.adopt(*range);
    ASSERT_TRUE(ok(buffer));
    EXPECT_EQ(*found.get_string(buffer->range()), "abcd");
    EXPECT_TRUE(fails(found.adopt(*range), ErrorKind::guest, "handed out earlier"));
  }
  EXPECT_EQ(global(store, it, "live"), 0);
  EXPECT_TRUE(fails(found.adopt({64, 0}), ErrorKind::usage, "an empty range cannot be adopted"));
}

// Whatever a guest answers, the host refuses it or holds a range that is its alone.
TEST_P(AllocatorTest, RandomAnswersNeverBreakTheHost) {
  auto const seed = random_seed();
  SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
  Random random{seed};
  Store store{engine_};
  auto const it = instance(store, hostile_guest);
  auto const found = *GuestAllocator::discover(store, it);
  std::vector<exchange::GuestBuffer> live;
  for (int i = 0; i < 2000; ++i) {
    auto const answer = random.below(4) == 0 ? random.bits() : random.below(0x10100);
    set_global(store, it, "answer", static_cast<std::uint32_t>(answer));
    auto buffer = found.allocate(random.below(2000), std::uint64_t{1} << random.below(5));
    if (buffer.has_value()) {
      EXPECT_TRUE(ok(buffer->write(0, std::string(buffer->size(), 'x'))));
      live.push_back(*std::move(buffer));
    } else {
      EXPECT_EQ(buffer.error().kind(), ErrorKind::guest) << buffer.error().message();
    }
    if (live.size() > 20) {
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(random.below(live.size())));
    }
    auto const grants = *found.memory().grants(store);
    ASSERT_EQ(grants.size(), live.size());
    for (std::size_t at = 0; at < grants.size(); ++at) {
      auto const end = grants[at].address + grants[at].size;
      ASSERT_LE(end, at + 1 < grants.size() ? grants[at + 1].address : 0x10000);
    }
  }
}

} // namespace
} // namespace weir::test
