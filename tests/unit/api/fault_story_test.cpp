// What a trap tells of a bad pointer: where it was read from, and that the host wrote there. On both backends, with the
// values that the story needs in registers and in the frame.
#include <algorithm>
#include <cstring>
#include <string>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class FaultStoryTest : public ApiTest {
 protected:
  explicit FaultStoryTest(Config const& config = Config{}.keep_write_journal(true)) : ApiTest(config) {}

  Trap const* run(std::string const& wat, std::uint32_t argument, std::string_view host_bytes = {},
                  std::uint64_t address = 0, StoreLimits const& limits = {}) {
    store_.emplace(engine_, limits);
    auto const it = Linker{engine_}.instantiate(*store_, module(wat));
    if (!ok(it)) {
      return nullptr;
    }
    if (!host_bytes.empty()) {
      write_line = __LINE__ + 1;
      EXPECT_TRUE(ok(it->get_memory(*store_, "memory")->write(*store_, address, host_bytes)));
    }
    auto const done = func<std::int32_t(std::uint32_t)>(*store_, *it, "f").call(*store_, argument);
    EXPECT_FALSE(done.has_value());
    error_ = done.has_value() ? std::nullopt : std::optional{done.error()};
    return error_.has_value() ? error_->trap() : nullptr;
  }

  static bool tells(Trap const& trap, std::string const& line) {
    return std::ranges::find(trap.story().lines, line) != trap.story().lines.end();
  }

  std::uint32_t write_line = 0;
  std::optional<Store> store_;
  std::optional<Error> error_;
};
INSTANTIATE_TEST_SUITE_P(Backends, FaultStoryTest, testing::ValuesIn(backends()), backend_name);

// A stack of 4 KiB, data behind it, a pointer in .bss, and an allocator.
constexpr char const* guest = R"((module (memory (export "memory") 1)
  (global $sp (mut i32) (i32.const 0x1000))
  (data (i32.const 0x1000) "0123456789abcdef")
  (func (export "init") (param i32) (result i32) (local $frame i32)
    (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 16))))
    (i32.store (local.get $frame) (local.get 0))
    (global.set $sp (i32.add (local.get $frame) (i32.const 16)))
    (memory.grow (i32.const 1)))
  (func (export "deinit") (param i32 i32))
  (func (export "f") (param i32) (result i32)
    (i32.load offset=4 (i32.load offset=0x1020 (i32.const 0)))))";

TEST_P(FaultStoryTest, TheHostsWriteIsFound) {
  auto const* const trap = run(std::string{guest} + ")", 0, std::string(0x1030, 'A'), 0, {.memory_size = 1u << 30});
  ASSERT_NE(trap, nullptr);
  auto const& story = trap->story();
  ASSERT_TRUE(story.origin.has_value());
  EXPECT_EQ(story.origin->address, 0x1020u);
  EXPECT_EQ(story.origin->size, 4u);
  EXPECT_TRUE(story.origin->is_confirmed);
  ASSERT_TRUE(story.host_write.has_value());
  EXPECT_EQ(story.host_write->address, 0u);
  EXPECT_EQ(story.host_write->size, 0x1030u);
  EXPECT_EQ(story.host_write->api, "Memory::write");
  EXPECT_EQ(story.host_write->file, "fault_story_test.cpp");
  EXPECT_EQ(story.host_write->line, write_line);
  EXPECT_EQ(story.host_write->preview, std::string(16, 'A'));
  EXPECT_EQ(story.host_write->writes, 1u);
  EXPECT_FALSE(story.host_write->is_granted);
  EXPECT_EQ(
      trap->report().substr(trap->report().find("  the pointer")),
      "  the pointer is the text \"AAAA\"\n"
      "  the pointer was read from 0x1020, in .bss (16 bytes past the static data)\n"
      "  those bytes were last written by the host: Memory::write at offset 0x0, length 0x1030, at "
      "fault_story_test.cpp:" +
          std::to_string(story.host_write->line) +
          "\n"
          "    it starts with \"AAAAAAAAAAAAAAAA\"\n"
          "    this write covered the stack [0x0, 0x1000), the static data [0x1000, 0x1010), .bss [0x1010, 0x1024) "
          "and the first 12 bytes of the heap\n"
          "    no known allocation covers it\n"
          "  help: let the guest allocate. It exports `init`/`deinit`, which look like an allocator\n"
          "  note: the memory limit (1 GiB) was not reached: 64 KiB in use");
}

class DefaultFaultStoryTest : public FaultStoryTest {
 protected:
  DefaultFaultStoryTest() : FaultStoryTest(Config{}) {}
};
INSTANTIATE_TEST_SUITE_P(Backends, DefaultFaultStoryTest, testing::ValuesIn(backends()), backend_name);

TEST_P(DefaultFaultStoryTest, LargeWritesAreRemembered) {
  auto const* trap = run(std::string{guest} + ")", 0, std::string(0x1030, 'A'));
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().host_write.has_value());
  EXPECT_TRUE(tells(*trap,
                    "those bytes were last written by the host: Memory::write at offset 0x0, length 0x1030, at "
                    "fault_story_test.cpp:" +
                        std::to_string(write_line)));
  trap = run(std::string{guest} + ")", 0, "AAAA", 0x1020);
  ASSERT_NE(trap, nullptr);
  EXPECT_FALSE(trap->story().host_write.has_value());
  EXPECT_TRUE(tells(*trap,
                    "note: the host made small writes, which are not remembered; Config::keep_write_journal(true) "
                    "would tell of them"));
}

// Small ones too; and whether the guest chose the place makes the difference between a mistake and none.
TEST_P(DefaultFaultStoryTest, WritesByWayOfUnsafeDataAreToldIfRecorded) {
  for (bool const guest_chose : {false, true}) {
    Store store{engine_};
    auto const it = *Linker{engine_}.instantiate(store, module(std::string{guest} + ")"));
    auto const memory = *it.get_memory(store, "memory");
    std::memset(*memory.unsafe_data(store) + 0x1020, 'A', 4);
    ASSERT_TRUE(ok(memory.record_write(store, 0x1020, 4, "the device", guest_chose)));
    auto const done = func<std::int32_t(std::uint32_t)>(store, it, "f").call(store, 0);
    ASSERT_TRUE(traps(done, TrapReason::out_of_bounds_memory));
    auto const& trap = *done.error().trap();
    EXPECT_TRUE(tells(trap, "those bytes were last written by the host: the device at offset 0x1020, length 0x4"));
    EXPECT_EQ(tells(trap, "  the guest itself passed the address"), guest_chose);
    EXPECT_EQ(tells(trap, "  no known allocation covers it"), !guest_chose);
    EXPECT_EQ(trap.report().find("help:") == std::string::npos, guest_chose);
  }
  Store store{engine_};
  auto const memory = *Memory::create(store, {.limits = {1, 1}});
  EXPECT_TRUE(fails(memory.record_write(store, 0xFFFF, 2, "the device"), ErrorKind::usage, "out of bounds"));
}

TEST_P(FaultStoryTest, WithoutAHostWriteNobodyIsBlamed) {
  auto const* const trap = run(R"((module (memory (export "memory") 1) (data (i32.const 0x100) "\00\00\00\f0")
    (func (export "f") (param i32) (result i32) (i32.load (i32.load offset=0x100 (i32.const 0))))))",
                               0, "x", 0x104);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().origin.has_value());
  EXPECT_EQ(trap->story().origin->address, 0x100u);
  EXPECT_FALSE(trap->story().host_write.has_value()) << "the byte behind it";
  EXPECT_TRUE(tells(*trap, "the pointer was read from 0x100, in the static data"));
}

TEST_P(FaultStoryTest, PointersThatTheCallerPassed) {
  auto const* const trap = run(R"((module (memory (export "memory") 1)
    (func (export "f") (param i32) (result i32) (i32.load offset=8 (local.get 0)))))",
                               0xFFFFFFFF);
  ASSERT_NE(trap, nullptr);
  EXPECT_FALSE(trap->story().origin.has_value());
  EXPECT_TRUE(tells(*trap, "the pointer is -1, which is what a failed memory.grow gives"));
  EXPECT_TRUE(tells(*trap, "the pointer was passed to the function as parameter 0"));
}

TEST_P(FaultStoryTest, PointersToWhereThePointerWas) {
  // The host wrote the address of the structure, and the structure's own pointer is bad.
  auto const* const trap = run(R"((module (memory (export "memory") 1) (data (i32.const 0x208) "\00\00\00\f0")
    (func (export "f") (param i32) (result i32)
      (i32.load (i32.load offset=8 (i32.load offset=0x100 (i32.const 0)))))))",
                               0, std::string_view{"\0\2\0\0", 4}, 0x100);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().host_write.has_value());
  EXPECT_EQ(trap->story().host_write->address, 0x100u);
  EXPECT_TRUE(tells(*trap, "that address was read from 0x100"));
}

TEST_P(FaultStoryTest, RangesOfMemoryCopy) {
  auto const* const trap = run(R"((module (memory (export "memory") 1) (data (i32.const 0x200) "\00\00\00\f0")
    (func (export "f") (param i32) (result i32)
      (memory.copy (local.get 0) (i32.load offset=0x200 (i32.const 0)) (i32.const 16)) (i32.const 0))))",
                               0x300);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().origin.has_value());
  EXPECT_EQ(trap->story().origin->address, 0x200u);
}

// The load's address is in one of many locals, hot and cold ones, so in a register or in the frame; some are floats or
// wide, which moves the others' places.
TEST_P(FaultStoryTest, LocalsInRegistersAndInTheFrame) {
  for (std::uint32_t count = 1; count <= 10; ++count) {
    for (std::uint32_t which = 0; which < count; ++which) {
      std::string wat = R"((module (memory (export "memory") 1) (data (i32.const 0x200) "\00\00\00\f0")
        (func (export "f") (param i32) (result i32) (local f64))";
      for (std::uint32_t i = 0; i < count; ++i) {
        wat += i % 3 == 2 ? " (local i64 i32)" : " (local i32)";
      }
      // Locals: the parameter, the float, then i32s with an i64 before every third.
      auto const local = [](std::uint32_t i) { return std::to_string(2 + i + (i + 1) / 3); };
      for (std::uint32_t i = 0; i < count; ++i) {
        std::string const value = i == which ? "0x1f0" : std::to_string(0x400 + 4 * i);
        wat += "(local.set " + local(i) + " (i32.add (local.get 0) (i32.const " + value + ")))";
      }
      wat += "(loop $l (local.set 1 (f64.add (local.get 1) (f64.const 1)))";
      for (std::uint32_t i = 0; i < count; ++i) { // the later ones are used more
        for (std::uint32_t n = 0; n < i; ++n) {
          wat += "(drop (i32.load (local.get " + local(i) + ")))";
        }
      }
      wat += "(br_if $l (f64.lt (local.get 1) (f64.const 3))))";
      wat += "(i32.load offset=4 (i32.load offset=16 (local.get " + local(which) + ")))))";
      SCOPED_TRACE(std::to_string(which) + " of " + std::to_string(count));
      auto const* const trap = run(wat, 0);
      ASSERT_NE(trap, nullptr) << wat;
      ASSERT_TRUE(trap->story().origin.has_value()) << trap->report() << "\n" << wat;
      ASSERT_EQ(trap->story().origin->address, 0x200u);
      ASSERT_TRUE(trap->story().origin->is_confirmed);
    }
  }
}

// The pointer goes through two calls, whose own locals take the callers' registers.
TEST_P(FaultStoryTest, PointersThatWerePassedDown) {
  auto const* const trap = run(R"((module (memory (export "memory") 1) (data (i32.const 0x200) "\00\00\00\f0")
    (func $inner (param $a i32) (param $p i32) (result i32) (local i32 i32 i32 f64 f64)
      (local.set 2 (i32.add (local.get 0) (i32.const 7))) (local.set 3 (i32.mul (local.get 2) (local.get 0)))
      (local.set 4 (i32.xor (local.get 3) (local.get 2))) (local.set 5 (f64.convert_i32_u (local.get 4)))
      (i32.load offset=8 (local.get $p)))
    (func $middle (param $p i32) (param $n i32) (result i32) (local i32 i32 i32)
      (local.set 2 (i32.add (local.get 1) (i32.const 9))) (local.set 3 (i32.mul (local.get 2) (local.get 2)))
      (local.set 4 (i32.mul (local.get 3) (local.get 2)))
      (call $inner (local.get 4) (i32.add (local.get $p) (i32.const 16))))
    (func (export "f") (param i32) (result i32) (local $where i32) (local i32 i32 i32)
      (local.set $where (i32.add (local.get 0) (i32.const 0x1f8)))
      (local.set 2 (i32.add (local.get 0) (i32.const 3)))
      (call $middle (i32.load offset=8 (local.get $where)) (local.get 2)))))",
                               0);
  ASSERT_NE(trap, nullptr);
  ASSERT_TRUE(trap->story().origin.has_value()) << trap->report();
  EXPECT_EQ(trap->story().origin->address, 0x200u);
  EXPECT_TRUE(trap->story().origin->is_confirmed);
  EXPECT_TRUE(tells(*trap, "the pointer was passed down by function 2")) << trap->report();
}

TEST_P(FaultStoryTest, OtherTrapsHaveNone) {
  auto const* const trap = run("(module (memory 1) (func (export \"f\") (param i32) (result i32) unreachable))", 0);
  ASSERT_NE(trap, nullptr);
  EXPECT_TRUE(trap->story().lines.empty());
}

} // namespace
} // namespace weir::test
