// Draws memory layouts, writes modules that have them, and expects the memory map to find them again.
#include "diagnose/region_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/memory_modules.hpp"

namespace weir::diagnose {
namespace {

constexpr std::uint32_t first_seed = 20000;
constexpr std::uint32_t draws = 400;

struct Layout {
  bool is_stack_first = false;
  bool is_linked = false;
  std::uint32_t stack_pointer = 0; // the global's index
  std::uint32_t stack_begin = 0;
  std::uint32_t stack_end = 0;
  std::uint32_t data_begin = 0;
  std::uint32_t data_end = 0;
  std::uint32_t bss_end = 0;
  std::uint32_t heap_base = 0;
  std::uint32_t pages = 0;
};

class Draw {
 public:
  explicit Draw(std::uint32_t seed) : random_(seed) {}

  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>{least, most}(random_);
  }
  bool coin() { return between(0, 1) == 1; }
  template <class T>
  T const& one_of(std::vector<T> const& values) {
    return values[between(0, static_cast<std::uint32_t>(values.size() - 1))];
  }

  Layout layout() {
    Layout it;
    it.is_stack_first = coin();
    it.is_linked = coin();
    it.stack_pointer = between(0, 5);
    std::uint32_t const stack =
        coin() ? one_of<std::uint32_t>({4096, 16384, 65536, 131072, 1u << 20, 5u << 20}) : between(64, 4000) * 16;
    std::uint32_t const data = between(1, coin() ? 40 : 30000);
    std::uint32_t const bss = between(0, 3) == 0 ? 0 : between(2, 600) * 4;
    auto const align = [](std::uint32_t address) { return (address + 15) & ~15u; };
    it.data_begin = it.is_stack_first ? stack + 16 * between(0, 1) * between(0, 3) : 1024;
    it.data_end = it.data_begin + data;
    it.bss_end = bss == 0 ? it.data_end : ((it.data_end + 3) & ~3u) + bss;
    if (it.is_stack_first) {
      it.stack_end = stack;
      it.heap_base = it.is_linked ? align(it.bss_end) : it.bss_end;
    } else {
      it.stack_begin = align(it.bss_end);
      // Greater sizes that are no power of two are not told from a great .bss.
      it.stack_end = it.stack_begin + (stack > 65536 ? std::uint32_t{1} << (31 - __builtin_clz(stack)) : stack);
      it.heap_base = it.stack_end;
    }
    it.pages = it.heap_base / 65536 + 1 + between(0, 3);
    return it;
  }

  std::string module(Layout const& it);

 private:
  std::string segments(Layout const& it);
  std::string framed_function(std::string const& global);
  std::string variable(std::uint32_t address, bool is_linked);

  std::mt19937 random_;
};

// One to five segments without gaps: zeros within data are left out by optimisers, but not its first and last byte.
std::string Draw::segments(Layout const& it) {
  std::string text;
  std::uint32_t at = it.data_begin;
  for (std::uint32_t left = between(0, 4); at < it.data_end; left -= left == 0 ? 0 : 1) {
    std::uint32_t const end = left == 0 ? it.data_end : between(at + 1, it.data_end);
    text += "(data (i32.const " + std::to_string(at) + ") \"" + std::string(end - at, 'x') + "\")\n";
    at = end;
  }
  return text;
}

std::string Draw::framed_function(std::string const& global) {
  std::string const size = std::to_string(16 * between(1, 20));
  std::string text = "(func (local $f i32)";
  text += coin() ? " (local.set $f (i32.sub " + global + " (i32.const " + size + ")))"
                 : " (local.set $f (i32.add " + global + " (i32.const -" + size + ")))";
  std::string const set = global;
  text += " (global.set " + set.substr(set.find(' ') + 1, set.size() - set.find(' ') - 2) + " (local.get $f))";
  text += " (i32.store offset=" + std::to_string(4 * between(0, 3)) + " (local.get $f) (i32.const 77)))\n";
  return text;
}

std::string Draw::variable(std::uint32_t address, bool is_linked) {
  std::string const at = std::to_string(address);
  // As LLVM writes them: the whole address in the offset.
  return is_linked || coin() ? "(drop (i32.load offset=" + at + " (i32.const 0)))\n"
                             : "(drop (i32.load (i32.const " + at + ")))\n";
}

std::string Draw::module(Layout const& it) {
  std::string text = "(module (memory " + std::to_string(it.pages) + ")\n";
  for (std::uint32_t i = 0; i < 6; ++i) {
    text += i == it.stack_pointer ? "(global (mut i32) (i32.const " + std::to_string(it.stack_end) + "))\n"
            : coin()              ? "(global i32 (i32.const " + std::to_string(between(0, 1u << 22)) + "))\n"
                                  : "(global (mut i32) (i32.const " + std::to_string(between(0, 1u << 22)) + "))\n";
  }
  text += segments(it);
  std::string const global = "(global.get " + std::to_string(it.stack_pointer) + ")";
  for (std::uint32_t i = between(2, 5); i != 0; --i) {
    text += framed_function(global);
  }
  text += "(func (param i32)\n";
  if (it.bss_end != it.data_end) {
    text += variable(it.bss_end - 4, it.is_linked);
    for (std::uint32_t i = between(0, 6); i != 0; --i) {
      text += variable((it.data_end + 3 + between(0, it.bss_end - it.data_end - 4)) & ~3u, it.is_linked);
    }
  }
  if (it.is_linked) { // some addresses in the data, too: enough of them to see the linker's hand
    for (int i = 0; i < 4; ++i) {
      text += variable(it.data_begin, true);
    }
  }
  // Numbers that could be taken for addresses.
  for (std::uint32_t i = between(0, 5); i != 0; --i) {
    text += "(drop (i32.mul (local.get 0) (i32.const " + std::to_string(between(0, it.pages * 65536)) + ")))\n";
    text += "(drop (i32.gt_u (local.get 0) (i32.const " + std::to_string(between(0, it.pages * 65536)) + ")))\n";
  }
  return text + ")\n(func (drop (memory.grow (i32.const 1)))))";
}

void expect_map(MemoryMap const& map, Layout const& it) {
  ASSERT_TRUE(map.stack_pointer.has_value());
  EXPECT_EQ(map.stack_pointer->global, it.stack_pointer);
  EXPECT_EQ(map.layout, it.is_stack_first ? MemoryLayout::stack_first : MemoryLayout::data_first);
  EXPECT_EQ(map.heap_base, it.heap_base);
  EXPECT_EQ(map.data_end, it.bss_end);
  struct Probe {
    std::uint64_t address;
    RegionKind kind;
  };
  std::vector<Probe> const probes{
      {it.stack_begin, RegionKind::stack},       {it.stack_end - 1u, RegionKind::stack},
      {it.data_begin, RegionKind::static_data},  {it.data_end - 1u, RegionKind::static_data},
      {it.heap_base, RegionKind::heap},          {std::uint64_t{it.pages} * 65536 - 1, RegionKind::heap},
      {it.pages * 65536 + 5u, RegionKind::heap},
  };
  for (auto const& probe : probes) {
    auto const* const region = map.find(probe.address);
    ASSERT_NE(region, nullptr) << probe.address;
    EXPECT_EQ(region->kind, probe.kind) << probe.address << " is in " << to_string(region->kind);
  }
  if (it.bss_end != it.data_end) {
    auto const* const bss = map.find(it.bss_end - 1u);
    ASSERT_NE(bss, nullptr);
    EXPECT_EQ(bss->kind, RegionKind::bss) << to_string(bss->kind);
    EXPECT_EQ(bss->begin, it.data_end);
  }
  if (!it.is_stack_first) {
    EXPECT_EQ(map.regions.front().kind, RegionKind::null_page);
  }
}

void expect_sound(MemoryMap const& map) {
  std::uint64_t at = 0;
  for (auto const& region : map.regions) {
    EXPECT_EQ(region.begin, at);
    EXPECT_LT(region.begin, region.end);
    EXPECT_FALSE(region.evidence.empty());
    at = region.end;
  }
  EXPECT_EQ(at, map.initial_size);
}

TEST(RegionMapProperty, LayoutsAreFoundAgain) {
  for (std::uint32_t seed = first_seed; seed < first_seed + draws; ++seed) {
    Draw draw{seed};
    auto const layout = draw.layout();
    auto bytes = test::binary_of(draw.module(layout), false);
    if (layout.is_linked) {
      bytes = test::pad_addresses(bytes, layout.data_begin, layout.bss_end);
    }
    SCOPED_TRACE("seed " + std::to_string(seed) + (layout.is_linked ? ", linked" : ""));
    auto const map = infer_memory_map(test::decoded(std::move(bytes)), 0);
    expect_sound(map);
    expect_map(map, layout);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

// Whatever the bytes, a map that covers the memory comes out.
TEST(RegionMapProperty, ChangedModulesGiveSoundMaps) {
  std::uint32_t maps = 0;
  for (std::uint32_t seed = first_seed; seed < first_seed + draws; ++seed) {
    Draw draw{seed};
    auto const layout = draw.layout();
    auto bytes = test::binary_of(draw.module(layout), false);
    for (std::uint32_t i = draw.between(1, 6); i != 0; --i) {
      bytes[draw.between(8, static_cast<std::uint32_t>(bytes.size() - 1))] =
          static_cast<std::uint8_t>(draw.between(0, 255));
    }
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto const module = decode::decode_module(std::make_shared<test::OwnedBytes>(std::move(bytes)), wasm::Features{});
    if (module.has_value() && !module->memories.empty()) {
      auto const map = infer_memory_map(*module, 0);
      if (map.layout != MemoryLayout::position_independent) {
        expect_sound(map);
      }
      ++maps;
    }
    if (testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_GT(maps, draws / 10) << "most changes should leave something to map";
}

} // namespace
} // namespace weir::diagnose
