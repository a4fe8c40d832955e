// Memory maps of guests built from source: what is inferred without names and exports must agree with what the linker
// says where it is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "support/stripped.hpp"

namespace {

using weir::test::Bytes;
using weir::test::read_file;
using weir::test::stripped;

weir::MemoryMap map_of(Bytes const& bytes) {
  static weir::Engine const engine;
  auto const module = weir::Module::from_bytes(engine, bytes);
  if (!module.has_value()) {
    ADD_FAILURE() << module.error().message();
    return {};
  }
  auto map = module->memory_map();
  EXPECT_TRUE(map.has_value()) << map.error().message();
  return map.value_or(weir::MemoryMap{});
}

weir::MemoryRegion const* find(weir::MemoryMap const& map, weir::RegionKind kind) {
  auto const found = std::ranges::find(map.regions, kind, &weir::MemoryRegion::kind);
  return found != map.regions.end() ? &*found : nullptr;
}

constexpr std::uint64_t padding = 16;

bool is_near(std::uint64_t a, std::uint64_t b) { return (a < b ? b - a : a - b) < padding; }

// Whatever the inference is sure of is where the linker says; where it guesses, it does not take data for a heap of the
// allocator's that begins later than 64 KiB off.
void expect_agreement(weir::MemoryMap const& inferred, weir::MemoryMap const& told) {
  EXPECT_EQ(inferred.layout, told.layout);
  for (auto const kind : {weir::RegionKind::stack, weir::RegionKind::bss, weir::RegionKind::heap}) {
    auto const* const guess = find(inferred, kind);
    auto const* const truth = find(told, kind);
    if (guess == nullptr || truth == nullptr) {
      // Only what is padding may be missing.
      EXPECT_TRUE((guess == nullptr || guess->size() < padding) && (truth == nullptr || truth->size() < padding))
          << to_string(kind);
      continue;
    }
    bool const is_sure = guess->confidence != weir::Confidence::guess;
    EXPECT_TRUE(!is_sure || (is_near(guess->begin, truth->begin) && is_near(guess->end, truth->end)))
        << to_string(kind) << " at " << guess->begin << ".." << guess->end << ", but the linker says " << truth->begin
        << ".." << truth->end;
  }
}

class ClangGuests : public testing::TestWithParam<char const*> {};

TEST_P(ClangGuests, AgreeWithTheLinker) {
  for (std::string const layout : {"data_first", "stack_first"}) {
    SCOPED_TRACE(layout);
    auto const bytes = read_file(std::string{WEIR_MAP_MODULES} + "/" + GetParam() + "." + layout + ".wasm");
    ASSERT_TRUE(bytes.has_value());
    auto const told = map_of(*bytes);
    EXPECT_EQ(told.layout, layout == "data_first" ? weir::MemoryLayout::data_first : weir::MemoryLayout::stack_first);
    auto const inferred = map_of(stripped(*bytes));
    expect_agreement(inferred, told);
    if (std::string{GetParam()}.starts_with("layouts")) { // made to leave nothing to guess
      ASSERT_TRUE(inferred.heap_base.has_value() && inferred.stack_pointer.has_value());
      EXPECT_EQ(*inferred.heap_base, *told.heap_base);
      EXPECT_EQ(find(inferred, weir::RegionKind::stack)->begin, find(told, weir::RegionKind::stack)->begin);
      EXPECT_EQ(find(inferred, weir::RegionKind::bss)->end, find(told, weir::RegionKind::bss)->end);
      EXPECT_GE(inferred.stack_pointer->largest_frame, 1200u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ClangGuests,
                         testing::Values("layouts.O0", "layouts.O2", "sha256.O0", "sha256.O2", "sort.O0", "sort.O2",
                                         "matrix.O0", "matrix.O2", "machine.O0", "machine.O2", "lz.O0", "lz.O2"),
                         [](auto const& guest) {
                           std::string name = guest.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

// What wasi-libc's allocator shows of the heap.
TEST(WasiGuest, AgreesWithTheLinker) {
  for (std::string const layout : {"data_first", "stack_first"}) {
    SCOPED_TRACE(layout);
    auto const bytes = read_file(std::string{WEIR_MAP_MODULES} + "/wasi." + layout + ".wasm");
    if (!bytes.has_value()) {
      GTEST_SKIP() << "wasi-libc is not installed: apt-get install wasi-libc libclang-rt-19-dev-wasm32";
    }
    auto const told = map_of(*bytes);
    auto const inferred = map_of(stripped(*bytes));
    expect_agreement(inferred, told);
    ASSERT_TRUE(inferred.heap_base.has_value() && told.heap_base.has_value());
    EXPECT_EQ(*inferred.heap_base, *told.heap_base);
    ASSERT_EQ(inferred.allocators.size(), 1u);
    EXPECT_EQ(inferred.allocators.front().allocate, "malloc");
    EXPECT_TRUE(inferred.allocators.front().is_unambiguous);
  }
}

TEST(PositionIndependentGuest, IsMappedRelativeToItsBase) {
  auto const bytes = read_file(std::string{WEIR_MAP_MODULES} + "/layouts.pic.wasm");
  ASSERT_TRUE(bytes.has_value());
  auto const map = map_of(*bytes);
  EXPECT_EQ(map.layout, weir::MemoryLayout::position_independent);
  ASSERT_FALSE(map.regions.empty());
  EXPECT_EQ(map.regions.front().kind, weir::RegionKind::static_data);
  EXPECT_GE(map.data_end.value_or(0), 700u + 160 + 600 + 308);
}

// The Rust guest of the demo, and the same without names and the linker's symbols.
TEST(RustGuest, AgreesWithTheLinker) {
  if (std::string_view{WEIR_CASE_RUST_GUEST}.empty()) {
    GTEST_SKIP() << "examples/case/build_guest --check says which packages are missing";
  }
  auto const bytes = read_file(WEIR_CASE_RUST_GUEST);
  ASSERT_TRUE(bytes.has_value());
  auto const told = map_of(*bytes);
  auto const inferred = map_of(stripped(*bytes));
  ASSERT_TRUE(told.heap_base.has_value());
  EXPECT_EQ(find(told, weir::RegionKind::heap)->confidence, weir::Confidence::certain);
  EXPECT_EQ(inferred.heap_base, told.heap_base);
  EXPECT_EQ(inferred.data_end, told.data_end);
  ASSERT_EQ(inferred.regions.size(), told.regions.size());
  for (std::size_t i = 0; i < told.regions.size(); ++i) {
    EXPECT_EQ(inferred.regions[i].kind, told.regions[i].kind);
    EXPECT_EQ(inferred.regions[i].begin, told.regions[i].begin);
    EXPECT_EQ(inferred.regions[i].end, told.regions[i].end);
    EXPECT_NE(inferred.regions[i].confidence, weir::Confidence::guess);
  }
  ASSERT_EQ(inferred.allocators.size(), 1u);
  EXPECT_EQ(inferred.allocators.front().allocate, "init");
  EXPECT_EQ(inferred.allocators.front().release, "deinit");
  EXPECT_FALSE(inferred.allocators.front().is_unambiguous);
}

// The guest with the founding case's layout.
TEST(CaseGuest, HasTheLayoutOfTheCase) {
  weir::Engine const engine;
  auto const module = weir::Module::from_file(engine, WEIR_CASE_LAYOUT_GUEST);
  ASSERT_TRUE(module.has_value()) << module.error().message();
  auto const bytes = module->bytes();
  for (auto const& map : {module->memory_map().value(), map_of(stripped(Bytes{bytes.begin(), bytes.end()}))}) {
    struct Expected {
      weir::RegionKind kind;
      std::uint64_t begin;
      std::uint64_t end;
    };
    constexpr Expected expected[] = {{weir::RegionKind::stack, 0, 0x100000},
                                     {weir::RegionKind::static_data, 0x100000, 0x102168},
                                     {weir::RegionKind::bss, 0x102168, 0x1023a8},
                                     {weir::RegionKind::heap, 0x1023a8, 0x110000}};
    ASSERT_EQ(map.regions.size(), std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i) {
      EXPECT_EQ(map.regions[i].kind, expected[i].kind);
      EXPECT_EQ(map.regions[i].begin, expected[i].begin);
      EXPECT_EQ(map.regions[i].end, expected[i].end);
      EXPECT_NE(map.regions[i].confidence, weir::Confidence::guess);
    }
    EXPECT_EQ(map.find(0x200000), &map.regions.back()) << "what the guest grows is its heap";
  }
}

} // namespace
