// The memory map from each kind of evidence, and from modules that lie.
#include "diagnose/region_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "support/memory_modules.hpp"

namespace weir::diagnose {
namespace {

using test::add_custom_section;
using test::binary_of;
using test::Bytes;
using test::decoded;
using test::pad_addresses;

MemoryMap map_of(Bytes bytes, std::uint32_t memory = 0) { return infer_memory_map(decoded(std::move(bytes)), memory); }
MemoryMap map_of(std::string const& wat, bool names = false) { return map_of(binary_of(wat, names)); }

// "stack 0..10000 data 10000..10010": kinds, with addresses in hexadecimal.
std::string shape(MemoryMap const& map) {
  std::string text;
  for (auto const& region : map.regions) {
    char range[64];
    std::snprintf(range, sizeof range, " %llx..%llx", static_cast<unsigned long long>(region.begin),
                  static_cast<unsigned long long>(region.end));
    text += (text.empty() ? "" : ", ") + std::string{to_string(region.kind)} + range;
  }
  return text;
}

MemoryRegion const& region_of(MemoryMap const& map, RegionKind kind) {
  static MemoryRegion const none;
  auto const found = std::ranges::find(map.regions, kind, &MemoryRegion::kind);
  EXPECT_NE(found, map.regions.end()) << to_string(kind) << " in " << shape(map);
  return found != map.regions.end() ? *found : none;
}

bool advises(MemoryMap const& map, std::string_view id) {
  return std::ranges::any_of(map.advice, [&](MemoryAdvice const& advice) { return advice.id == id; });
}

// Two functions that keep frames on a stack, by the global with this index.
std::string framed(std::string const& global) {
  std::string text;
  for (int i = 0; i < 2; ++i) {
    text += "(func (local $f i32) (global.set " + global + " (local.tee $f (i32.sub (global.get " + global +
            ") (i32.const 48)))) (i32.store offset=12 (local.get $f) (i32.const 1)) (global.set " + global +
            " (i32.add (local.get $f) (i32.const 48))))";
  }
  return text;
}

// ---- layouts

std::string const stack_first_module = R"((module (memory (export "memory") 2)
  (global (mut i32) (i32.const 0x10000))
  (data (i32.const 0x10000) "0123456789abcdef")
  (func (result i32) (i32.load (i32.const 0x10040)))
  (func (i32.store8 offset=0x10051 (i32.const 0) (i32.const 5)))
)" + framed("0") + ")";

TEST(RegionMap, StackFirst) {
  auto const map = map_of(stack_first_module);
  EXPECT_EQ(map.layout, MemoryLayout::stack_first);
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10010, .bss 10010..10052, heap 10052..20000");
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->global, 0u);
  EXPECT_EQ(map.stack_pointer->initial, 0x10000u);
  EXPECT_EQ(map.stack_pointer->functions, 2u);
  EXPECT_EQ(map.stack_pointer->largest_frame, 48u);
  EXPECT_EQ(map.stack_pointer->confidence, Confidence::likely);
  EXPECT_EQ(map.heap_base, 0x10052u);
  EXPECT_EQ(map.data_end, 0x10052u);
  EXPECT_FALSE(advises(map, "data-first"));
  EXPECT_TRUE(advises(map, "no-heap-base"));
  EXPECT_TRUE(advises(map, "no-maximum"));
}

TEST(RegionMap, StackFirstLinked) {
  // Marked by the linker, addresses stand out, and the number 0x1f000 is none; the heap begins at the next 16 bytes.
  std::string const wat = R"((module (memory 2) (global (mut i32) (i32.const 0x10000))
    (data (i32.const 0x10000) "0123456789abcdef")
    (func (param i32) (result i32)
      (i32.store (i32.const 0) (i32.const 0x1f000))
      (drop (i32.load offset=0x10020 (i32.const 0)))
      (drop (i32.load offset=0x10024 (i32.const 0)))
      (drop (i32.load8_u (i32.add (local.get 0) (i32.const 0x10050))))
      (i32.load16_u offset=0x10048 (i32.const 0)))
  )" + framed("0") + ")";
  auto const map = map_of(pad_addresses(binary_of(wat), 0x10000, 0x18000));
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10010, .bss 10010..10050, heap 10050..20000");
  EXPECT_EQ(map.data_end, 0x10050u);
  EXPECT_EQ(region_of(map, RegionKind::bss).confidence, Confidence::guess) << "an array's size is not known";
  EXPECT_NE(map.toolchain.find("LLVM"), std::string::npos);
}

TEST(RegionMap, TheFootOfAHeapIsNoVariable) {
  // dlmalloc's code knows the end of the memory, and writes a header 52 bytes before it.
  std::string wat = stack_first_module;
  wat.replace(wat.find("(func"), 0, "(func (i32.store (i32.const 0x1ffcc) (i32.const 40)))");
  EXPECT_EQ(shape(map_of(wat)), "stack 0..10000, static data 10000..10010, .bss 10010..10052, heap 10052..20000");
}

TEST(RegionMap, DataFirstWithTheLinkersStackSize) {
  // 0x1000 bytes of .bss of which code mentions only the first and the last.
  std::string const wat = R"((module (memory 2) (global (mut i32) (i32.const 0x11500))
    (data (i32.const 0x400) "0123456789abcdef")
    (func (result i32) (i32.add (i32.load (i32.const 0x410)) (i32.load (i32.const 0x14f8))))
  )" + framed("0") + ")";
  auto const map = map_of(wat);
  EXPECT_EQ(map.layout, MemoryLayout::data_first);
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..410, .bss 410..1500, stack 1500..11500, heap 11500..20000");
  EXPECT_TRUE(advises(map, "data-first"));
  EXPECT_EQ(map.data_end, 0x14fcu);
}

TEST(RegionMap, DataFirstWithAnotherStackSize) {
  std::string const wat = R"((module (memory 32) (global (mut i32) (i32.const 0x100800))
    (data (i32.const 0x400) "0123456789abcdef")
    (func (result i32) (i32.load (i32.const 0x7f8)))
  )" + framed("0") + ")";
  EXPECT_EQ(shape(map_of(wat)),
            "null page 0..400, static data 400..410, .bss 410..800, stack 800..100800, heap 100800..200000");
}

TEST(RegionMap, DataFirstWithAStackThatIsChecked) {
  std::string const wat = R"((module (memory 1) (global $sp (mut i32) (i32.const 0x2410))
    (data (i32.const 0x400) "0123456789abcdef")
    (func (if (i32.lt_s (global.get $sp) (i32.const 0x410)) (then unreachable)))
    )" + framed("0") + ")";
  EXPECT_EQ(shape(map_of(wat)), "null page 0..400, static data 400..410, stack 410..2410, heap 2410..10000");
}

TEST(RegionMap, NoStackButAnAllocator) {
  auto const map = map_of(R"((module (memory (export "memory") 1 4) (global $top (mut i32) (i32.const 0x420))
    (data (i32.const 0x400) "0123456789abcdef0123")
    (func (export "malloc") (param i32) (result i32) (local i32)
      (local.set 1 (global.get $top))
      (global.set $top (i32.add (global.get $top) (local.get 0)))
      (drop (memory.grow (i32.const 0)))
      (local.get 1))
    (func (export "free") (param i32))))");
  EXPECT_EQ(map.layout, MemoryLayout::no_stack);
  EXPECT_EQ(map.heap_base, 0x420u);
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..420, heap 420..10000");
  EXPECT_FALSE(advises(map, "no-allocator"));
  EXPECT_FALSE(advises(map, "no-maximum"));
}

TEST(RegionMap, NothingAtAll) {
  EXPECT_EQ(shape(map_of("(module (memory 1))")), "unknown 0..10000");
  EXPECT_EQ(shape(map_of("(module (memory 0))")), "");
  EXPECT_EQ(map_of("(module (memory 0))").find(0), nullptr);
}

TEST(RegionMap, DataWithoutMore) {
  // Without an allocator nothing behind the data is known to be a heap.
  EXPECT_EQ(shape(map_of(R"((module (memory 1) (data (i32.const 16) "abc") (data (i32.const 40) "abc")))")),
            "null page 0..10, static data 10..2b, unknown 2b..10000");
  // Far apart, segments are two regions.
  EXPECT_EQ(shape(map_of(R"((module (memory 4) (data (i32.const 16) "abc") (data (i32.const 0x30000) "abc")))")),
            "null page 0..10, static data 10..13, unknown 13..30000, static data 30000..30003, unknown 30003..40000");
}

// ---- the stack pointer

TEST(StackPointer, IsNotAlwaysGlobal0) {
  std::string const wat = R"((module (memory 2)
    (global (mut i32) (i32.const 7)) (global i32 (i32.const 0x8000)) (global (mut i64) (i64.const 0x10000))
    (global (mut i32) (i32.const 0x10000)) (global (mut i32) (i32.const 0x1f000))
    (data (i32.const 0x10000) "abc")
    (func (global.set 0 (i32.sub (global.get 0) (i32.const 4))))
    (func (global.set 0 (i32.sub (global.get 0) (i32.const 4))))
    (func (global.set 0 (i32.sub (global.get 0) (i32.const 4))))
    (func (global.set 4 (i32.add (global.get 4) (i32.const 64))))
  )" + framed("3") + ")";
  auto const map = map_of(wat);
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->global, 3u);
  EXPECT_EQ(map.layout, MemoryLayout::stack_first);
}

TEST(StackPointer, OfUnoptimisedCode) {
  // clang -O0 goes through a local for each step.
  auto const map = map_of(R"((module (memory 2) (global (mut i32) (i32.const 0x10000))
    (data (i32.const 0x10000) "abc")
    (func (local i32 i32 i32)
      (local.set 0 (global.get 0)) (local.set 1 (i32.const 32))
      (local.set 2 (i32.sub (local.get 0) (local.get 1)))
      (i32.store offset=8 (local.get 2) (i32.const 1)))))");
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->largest_frame, 32u);
  EXPECT_EQ(map.stack_pointer->confidence, Confidence::guess);
}

TEST(StackPointer, OfOptimisersThatAddNegativeNumbers) {
  auto const map = map_of(R"((module (memory 2) (global (mut i32) (i32.const 0x10000))
    (data (i32.const 0x10000) "abc")
    (func (local i32) (global.set 0 (local.tee 0 (i32.add (global.get 0) (i32.const -16))))
      (i32.store (local.get 0) (i32.const 1)))))");
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->largest_frame, 16u);
}

TEST(StackPointer, OfALinkerThatNoCodeUses) {
  std::string const wat = R"((module (memory 2) (global (mut i32) (i32.const 0x10000)) (data (i32.const 0x10000) "abc")
    (func (drop (i32.load offset=0x10004 (i32.const 0))) (drop (i32.load offset=0x10008 (i32.const 0)))
      (drop (i32.load offset=0x10004 (i32.const 0))) (drop (i32.load offset=0x10008 (i32.const 0))))))";
  EXPECT_FALSE(map_of(wat).stack_pointer.has_value());
  auto const map = map_of(pad_addresses(binary_of(wat), 0x10000, 0x20000));
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->confidence, Confidence::guess);
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10003, .bss 10003..10010, heap 10010..20000");
}

TEST(StackPointer, ByName) {
  std::string const wat = R"((module (memory 2) (global $a (mut i32) (i32.const 1))
    (global $__stack_pointer (mut i32) (i32.const 0x10000)) (data (i32.const 0x10000) "abc")))";
  auto const map = map_of(wat, true);
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->global, 1u);
  EXPECT_EQ(map.stack_pointer->confidence, Confidence::certain);
  EXPECT_FALSE(map_of(wat).stack_pointer.has_value()) << "without names nothing tells";
}

TEST(StackPointer, MustBeAPlaceForAStack) {
  for (char const* const initial : {"0x30000", "0", "0x10001", "0x10004"}) {
    SCOPED_TRACE(initial);
    std::string const wat = "(module (memory 2) (global $__stack_pointer (mut i32) (i32.const " + std::string{initial} +
                            "))(data (i32.const 0x10000) \"0123456789abcdef\")" + framed("0") + ")";
    EXPECT_FALSE(map_of(wat).stack_pointer.has_value());
    auto const named = map_of(wat, true);
    EXPECT_FALSE(named.stack_pointer.has_value());
    EXPECT_TRUE(advises(named, "contradiction"));
  }
}

TEST(StackPointer, OfA64BitMemory) {
  std::string const wat = R"((module (memory 2) (import "m" "f" (func $f (param i64)))
    (global (mut i64) (i64.const 0x10000)) (data (i32.const 0x10000) "0123456789abcdef")
    (func (global.set 0 (i64.sub (global.get 0) (i64.const 48))) (call $f (global.get 0)))
    (func (global.set 0 (i64.sub (global.get 0) (i64.const 64))) (call $f (global.get 0)))))";
  auto module = decoded(
      binary_of("(module (import \"m\" \"f\" (func $f (param i64))) (memory 2)" + wat.substr(wat.find("(global"))));
  module.memories[0].is_64 = true;
  auto const map = infer_memory_map(module, 0);
  EXPECT_TRUE(map.is_64);
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10010, heap 10010..20000");
  module.memories[0].limits.min = std::uint64_t{1} << 48;
  EXPECT_EQ(infer_memory_map(module, 0).initial_size, UINT64_MAX) << "saturated";
}

// ---- what linkers say

TEST(Symbols, HeapBaseAndDataEnd) {
  std::string const wat = R"((module (memory 2) (global (mut i32) (i32.const 0x10000))
    (global (export "__data_end") i32 (i32.const 0x10124)) (global (export "__heap_base") i32 (i32.const 0x10130))
    (data (i32.const 0x10000) "0123456789abcdef")
  )" + framed("0") + ")";
  auto const map = map_of(wat);
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10010, .bss 10010..10130, heap 10130..20000");
  EXPECT_EQ(map.data_end, 0x10124u);
  EXPECT_EQ(region_of(map, RegionKind::bss).confidence, Confidence::certain);
  EXPECT_EQ(region_of(map, RegionKind::heap).evidence.front(), "the export __heap_base");
  EXPECT_FALSE(advises(map, "no-heap-base"));
}

TEST(Symbols, OfADataFirstLayout) {
  auto const map = map_of(R"((module (memory 4) (global $__stack_pointer (mut i32) (i32.const 0x12000))
    (global (export "__data_end") i32 (i32.const 0x1ff4)) (global (export "__heap_base") i32 (i32.const 0x12000))
    (data (i32.const 0x400) "0123456789abcdef")))",
                          true);
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..410, .bss 410..2000, stack 2000..12000, heap 12000..40000");
}

TEST(Symbols, StackLowAndHigh) {
  auto const map = map_of(R"((module (memory 4)
    (global (export "__stack_low") i32 (i32.const 0x2000)) (global (export "__stack_high") i32 (i32.const 0x12000))
    (global (export "__heap_base") i32 (i32.const 0x12000))
    (data (i32.const 0x400) "0123456789abcdef")))");
  EXPECT_EQ(map.layout, MemoryLayout::data_first);
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..410, .bss 410..2000, stack 2000..12000, heap 12000..40000");
}

TEST(Symbols, OfEmscriptenAreFunctions) {
  auto const map = map_of(R"((module (memory 4)
    (func (export "emscripten_stack_get_end") (result i32) (i32.const 0x2000))
    (func (export "emscripten_stack_get_base") (result i32) (i32.const 0x12000))
    (data (i32.const 0x400) "0123456789abcdef")))");
  EXPECT_EQ(region_of(map, RegionKind::stack).begin, 0x2000u);
  EXPECT_EQ(region_of(map, RegionKind::stack).end, 0x12000u);
  EXPECT_NE(map.toolchain.find("Emscripten"), std::string::npos);
}

TEST(Symbols, InNames) {
  auto const map = map_of(R"((module (memory 1) (global $~lib/memory/__data_end i32 (i32.const 0x410))
    (global $~lib/memory/__stack_pointer (mut i32) (i32.const 0x2410))
    (global $~lib/memory/__heap_base i32 (i32.const 0x2410)) (data (i32.const 0x400) "0123456789abcdef")))",
                          true);
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..410, stack 410..2410, heap 2410..10000");
  EXPECT_EQ(region_of(map, RegionKind::heap).confidence, Confidence::certain);
}

TEST(Symbols, NamesOfSegments) {
  auto const map = map_of(R"((module (memory 2) (data $.rodata (i32.const 0x400) "abcdefgh")
    (data $.rodata.str (i32.const 0x408) "abcdefgh") (data $.data (i32.const 0x420) "abcdefgh")))",
                          true);
  EXPECT_EQ(shape(map), "null page 0..400, read-only data 400..420, static data 420..428, unknown 428..20000");
}

TEST(Symbols, PositionIndependentModules) {
  auto bytes =
      binary_of(R"((module (import "env" "memory" (memory 1)) (import "env" "__stack_pointer" (global (mut i32)))
    (import "env" "__memory_base" (global i32)) (import "env" "__table_base" (global i32))
    (data (global.get 1) "0123456789abcdef") (func (export "f") (result i32) (i32.const 1))))");
  add_custom_section(bytes, "dylink.0", {2, 1, 0, 1, 5, 0xB8, 0xD2, 0x00, 4, 0});
  auto const map = map_of(bytes);
  EXPECT_EQ(map.layout, MemoryLayout::position_independent);
  EXPECT_EQ(shape(map), "static data 0..10, .bss 10..2938");
  EXPECT_EQ(map.find(0x20000), nullptr);
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_FALSE(map.stack_pointer->initial.has_value());
}

TEST(Symbols, DataOfThreads) {
  // Passive segments, and .bss filled with zeros, at the start.
  auto const map = map_of(R"((module (memory 2 2) (global (mut i32) (i32.const 0x10000))
    (data "0123456789abcdef") (data "0123")
    (func $start (memory.init 0 (i32.const 0x10000) (i32.const 0) (i32.const 16))
      (memory.init 1 (i32.const 0x10010) (i32.const 0) (i32.const 4))
      (memory.fill (i32.const 0x10014) (i32.const 0) (i32.const 0x100)))
    (start $start) )" + framed("0") +
                          ")");
  EXPECT_EQ(shape(map), "stack 0..10000, static data 10000..10014, .bss 10014..10114, heap 10114..20000");
}

TEST(Symbols, OtherMemoriesHaveOnlyTheirData) {
  auto const bytes = binary_of(R"((module (memory 2) (memory $b 3) (global (mut i32) (i32.const 0x10000))
    (data (memory $b) (i32.const 0x20) "abcd") (data (i32.const 0x10000) "abcd") )" +
                               framed("0") + ")");
  EXPECT_EQ(shape(map_of(bytes, 1)), "null page 0..20, static data 20..24, unknown 24..30000");
  EXPECT_EQ(shape(map_of(bytes, 0)), "stack 0..10000, static data 10000..10004, heap 10004..20000");
}

// ---- allocators

TEST(Allocators, NeedNameAndSignature) {
  auto const names = [](std::string const& functions) {
    std::string text;
    for (auto const& each : map_of("(module (memory 1)" + functions + ")").allocators) {
      text += each.allocate + "/" + each.release + "/" + each.reallocate + (each.is_unambiguous ? "! " : " ");
    }
    return text;
  };
  std::string const malloc = R"((func (export "malloc") (param i32) (result i32) (local.get 0)))";
  EXPECT_EQ(names(malloc), "malloc//! ");
  EXPECT_EQ(names(malloc + R"((func (export "free") (param i32)))"), "malloc/free/! ");
  EXPECT_EQ(names(malloc + R"((func (export "free") (param i64)))"), "malloc//! ");
  EXPECT_EQ(names(R"((func (export "malloc") (param i64) (result i32) (i32.const 0)))"), "");
  EXPECT_EQ(names(R"((func (export "malloc") (param i32)))"), "");
  EXPECT_EQ(names(R"((func (export "init") (param i32) (result i32) (local.get 0)))"), "")
      << "alone it may be anything";
  EXPECT_EQ(names(R"((func (export "init") (param i32) (result i32) (local.get 0))
                     (func (export "deinit") (param i32 i32)))"),
            "init/deinit/ ");
  EXPECT_EQ(names(R"((func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local.get 0)))"),
            "cabi_realloc//! ");
  EXPECT_EQ(names(R"((func (export "__wbindgen_malloc") (param i32 i32) (result i32) (local.get 0))
                     (func (export "__wbindgen_free") (param i32 i32 i32)))"),
            "__wbindgen_malloc/__wbindgen_free/! ");
  EXPECT_EQ(names(R"((func (export "__new") (param i32 i32) (result i32) (local.get 0))
                     (func (export "__unpin") (param i32)))"),
            "__new/__unpin/! ");
}

// ---- modules that lie

TEST(Hostile, ContradictionsAreDropped) {
  // The heap base is inside the data, the data's end before it, the stack's ends are reversed or in the data.
  auto const map = map_of(R"((module (memory 2) (data (i32.const 0x400) "0123456789abcdef")
    (global (export "__heap_base") i32 (i32.const 0x404)) (global (export "__data_end") i32 (i32.const 0x3))
    (global (export "__stack_low") i32 (i32.const 0x9000)) (global (export "__stack_high") i32 (i32.const 0x8000))))");
  EXPECT_EQ(shape(map), "null page 0..400, static data 400..410, unknown 410..20000");
  EXPECT_EQ(std::ranges::count(map.advice, std::string{"contradiction"}, &MemoryAdvice::id), 3);
}

TEST(Hostile, AddressesOutsideTheMemory) {
  auto const map = map_of(R"((module (memory 1) (data (i32.const 0xfffffff0) "0123456789abcdef0123")
    (data (i32.const 0xfff8) "0123456789abcdef") (data (i32.const -1) "")
    (global (export "__heap_base") i32 (i32.const -4)) (global (export "__stack_low") i32 (i32.const 0))
    (global (export "__stack_high") i32 (i32.const -16))
    (func (result i64) (i64.load offset=0xffffffff (i32.const -1)))
    (func (memory.fill (i32.const -8) (i32.const 0) (i32.const 16)))))");
  EXPECT_EQ(shape(map), "unknown 0..10000");
  EXPECT_TRUE(advises(map, "segment-outside"));
  EXPECT_TRUE(advises(map, "contradiction"));
}

TEST(Hostile, NamesCannotHarmATerminal) {
  auto bytes = binary_of(R"((module (memory 1) (data (i32.const 16) "abc")
    (global $__stack_pointer (mut i32) (i32.const 0x10000))))",
                         true);
  // producers: one field, "processed-by", with "rustc ESC[31m LF".
  Bytes producers{1, 12};
  for (char const c : std::string{"processed-by"}) producers.push_back(static_cast<std::uint8_t>(c));
  std::string const name = "rustc\x1b[31m\n";
  producers.push_back(1);
  producers.push_back(static_cast<std::uint8_t>(name.size()));
  for (char const c : name) producers.push_back(static_cast<std::uint8_t>(c));
  producers.push_back(2);
  producers.push_back(0xC2); // a control character of two bytes
  producers.push_back(0x9B);
  add_custom_section(bytes, "producers", producers);
  auto const map = map_of(bytes);
  EXPECT_TRUE(map.toolchain.starts_with("rustc\\1b[31m")) << map.toolchain;
  for (char const c : map.toolchain) {
    EXPECT_TRUE(c >= 0x20 && c < 0x7f) << int{c};
  }
}

TEST(Hostile, GarbageSections) {
  for (auto const* const name : {"dylink.0", "producers", "name"}) {
    for (std::uint8_t const byte : {0, 1, 2, 7, 127, 255}) {
      auto bytes = binary_of(R"((module (import "env" "__memory_base" (global i32)) (memory 1)
        (data (global.get 0) "abc")))");
      add_custom_section(bytes, name, Bytes(37, byte));
      auto const map = map_of(bytes);
      for (auto const& region : map.regions) {
        EXPECT_LT(region.begin, region.end);
      }
    }
  }
}

TEST(Hostile, BodiesThatAreInvalid) {
  // Bodies are validated late: operands and indices may be missing.
  test::ModuleBuilder builder;
  auto const type = builder.type({}, {});
  builder.memory(1);
  Bytes body;
  for (std::uint8_t const byte : {0x6A, 0x36, 0x02, 0x00, 0x10, 0x7F, 0x11, 0x7F, 0x7F, 0x21, 0x7F, 0x20, 0x7F, 0x23,
                                  0x7F, 0x24, 0x7F, 0x1A, 0x1B, 0x40, 0x00, 0x05, 0x0B, 0x0B, 0x6B, 0x41, 0x01, 0x6B}) {
    body.push_back(byte);
  }
  builder.function(type, {}, body);
  builder.function(type, {{3, ValType::i32()}}, {0xFF});
  EXPECT_EQ(shape(map_of(builder.bytes())), "unknown 0..10000");
}

TEST(Hostile, ScatteredSegmentsMakeFewRegions) {
  std::string wat = "(module (memory 60000)";
  for (int i = 0; i < 500; ++i) {
    wat += "(data " + std::string{i % 2 == 0 ? "$.rodata" + std::to_string(i) : "$d" + std::to_string(i)} +
           " (i32.const " + std::to_string(1024 + i * 0x20000) + ") \"x\")";
  }
  EXPECT_LT(map_of(wat + ")", true).regions.size(), 10u);
}

} // namespace
} // namespace weir::diagnose
