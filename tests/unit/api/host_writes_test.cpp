// Checked host writes: what is allowed, what is warned of or refused, and in which words.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <weir/exchange.hpp>

#include "support/seed.hpp"
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

// A stack of 4 KiB, data behind it, a variable in .bss, and an allocator that hands out 64 bytes at 0x2000 and up.
constexpr char const* guest = R"((module
  (import "host" "fill" (func $fill (param i32 i32)))
  (import "host" "plain" (func $plain (param i32 i32)))
  (memory (export "memory") 1 8)
  (global $sp (mut i32) (i32.const 0x1000))
  (global $top (mut i32) (i32.const 0x2000))
  (data (i32.const 0x1000) "0123456789abcdef")
  (func (export "init") (param i32) (result i32) (local $frame i32)
    (global.set $sp (local.tee $frame (i32.sub (global.get $sp) (i32.const 16))))
    (i32.store (local.get $frame) (local.get 0))
    (global.set $sp (i32.add (local.get $frame) (i32.const 16)))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 0))))
  (func (export "deinit") (param i32 i32))
  (func (export "variable") (result i32) (i32.load offset=0x1020 (i32.const 0)))
  (func (export "fill") (param i32 i32) (call $fill (local.get 0) (local.get 1)))
  (func (export "plain") (param i32 i32) (call $plain (local.get 0) (local.get 1)))))";

class HostWritesTest : public ApiTest {
 protected:
  HostWritesTest() : ApiTest(Config{}.diagnostic_sink([this](std::string_view text) { told_.emplace_back(text); })) {}

  void SetUp() override {
    Linker linker{engine_};
    ASSERT_TRUE(ok(linker.func("host", "fill", [this](Caller& caller, Slice<char> bytes) {
      last_ = bytes.write(caller, 0, std::string(bytes.size(), 'f'));
    })));
    ASSERT_TRUE(ok(linker.func("host", "plain", [this](Caller& caller, std::uint32_t at, std::uint32_t size) {
      auto const memory = *caller.get_memory("memory");
      if (declares_) {
        EXPECT_TRUE(ok(caller.allow_host_writes(memory, at, size)));
      }
      if (calls_back_) {
        calls_back_ = false;
        last_ = func<void(std::uint32_t, std::uint32_t)>(caller, instance_, "plain").call(caller, 0x3000, 16);
        EXPECT_TRUE(ok(last_));
      }
      last_ = memory.write(caller, at, std::string(size, 'p'));
    })));
    instance_ = instance(store_, guest, linker);
    memory_ = *instance_.get_memory(store_, "memory");
  }

  void set(HostWrites policy) { ASSERT_TRUE(ok(store_.set_host_writes(policy))); }

  Result<void> call(char const* name, std::uint32_t at, std::uint32_t size) {
    auto const done = func<void(std::uint32_t, std::uint32_t)>(store_, instance_, name).call(store_, at, size);
    return done.has_value() ? last_ : done;
  }

  std::vector<std::string> told_;
  Store store_{engine_};
  Instance instance_;
  Memory memory_;
  Result<void> last_;       // of the host functions' writes
  bool declares_ = false;   // `plain` says that the guest passed the range
  bool calls_back_ = false; // `plain` calls itself through the guest first
};
INSTANTIATE_TEST_SUITE_P(Backends, HostWritesTest, testing::ValuesIn(backends()), backend_name);

TEST_P(HostWritesTest, OffChecksNothing) {
  EXPECT_EQ(store_.host_writes(), HostWrites::off);
  EXPECT_TRUE(ok(memory_.write(store_, 0, std::string(0x1030, 'A'))));
  EXPECT_TRUE(told_.empty());
}

TEST_P(HostWritesTest, DenySaysWhatWouldBeDestroyedAndTheCure) {
  set(HostWrites::deny);
  auto const line = std::to_string(__LINE__ + 1);
  auto const done = memory_.write(store_, 0, std::string(0x1030, 'A'));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind(), ErrorKind::usage);
  EXPECT_EQ(done.error().message(),
            "refused a write to guest memory that the guest has not handed out; nothing was written\n"
            "  Memory::write at host_writes_test.cpp:" +
                line +
                ": 0x1030 bytes at offset 0x0\n"
                "  this write would overwrite the stack [0x0, 0x1000), the static data [0x1000, 0x1010), .bss "
                "[0x1010, 0x1024) and the first 12 bytes of the heap\n"
                "  no known allocation covers it\n"
                "  help: let the guest allocate. It exports `init`/`deinit`, which look like an allocator "
                "(GuestAllocator and GuestBuffer of weir/exchange.hpp do it)\n"
                "  help: a range that is the host's by agreement is declared with Memory::allow_host_writes, one that "
                "the guest passed to a host function with Caller::allow_host_writes");
  EXPECT_EQ(memory_.read_string(store_, 0x1000, 16).value_or(""), "0123456789abcdef");
  EXPECT_EQ(memory_.read_string(store_, 0, 4).value_or(""), std::string(4, '\0'));
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(ok(memory_.write(store_, 0, ""))) << "no byte, no harm";
  EXPECT_TRUE(fails(memory_.write(store_, 0x10000, "x"), ErrorKind::usage, "out of bounds"));
  bool is_called = false;
  EXPECT_TRUE(fails(memory_.with_mutable(store_, 0x1000, 4, [&](std::span<std::byte>) { is_called = true; }),
                    ErrorKind::usage, "Memory::with_mutable at host_writes_test.cpp:"));
  EXPECT_FALSE(is_called);
  EXPECT_TRUE(fails(memory_.set(store_, 0x1020, 7), ErrorKind::usage, "overwrite the last 4 bytes of .bss"));
}

TEST_P(HostWritesTest, WarnWritesAndTellsOncePerPlace) {
  set(HostWrites::warn);
  constexpr int line = __LINE__ + 2;
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(ok(memory_.write(store_, 0x1000 + 4 * i, "AAAA"))) << "a write that goes on";
    EXPECT_TRUE(ok(memory_.write(store_, 0x1000, "BBBB"))) << "and one that repeats another";
  }
  EXPECT_EQ(memory_.read_string(store_, 0x1000, 8).value_or(""), "BBBBAAAA");
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[0].substr(0, told_[0].find("  no known")),
            "weir: warning: a write to guest memory that the guest has not handed out\n"
            "  Memory::write at host_writes_test.cpp:" +
                std::to_string(line) +
                ": 0x4 bytes at offset 0x1000\n"
                "  this write overwrites the first 4 bytes of the static data\n");
  EXPECT_TRUE(ok(memory_.write(store_, 0x1008, "C")));
  EXPECT_EQ(told_.size(), 3u) << "another line";
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(ok(memory_.write(store_, 2 * i, "D")));
  }
  EXPECT_EQ(told_.size(), 65u) << "64 warnings, and that there are no more";
  EXPECT_EQ(told_.back(), "weir: further warnings about host writes of this store are left out");
}

TEST_P(HostWritesTest, LiveBuffersMayBeWritten) {
  set(HostWrites::deny);
  auto const allocator = exchange::GuestAllocator::named(store_, instance_, "init", "deinit");
  ASSERT_TRUE(ok(allocator));
  auto first = allocator->put("sixteen bytes...");
  auto second = allocator->put(exchange::bincode(std::string{"text"}));
  ASSERT_TRUE(ok(first));
  ASSERT_TRUE(ok(second));
  EXPECT_TRUE(ok(first->write(8, "BYTES")));
  EXPECT_TRUE(ok(memory_.write(store_, first->address() + 1, "any road")));
  EXPECT_EQ(second->address(), first->address() + 16);
  EXPECT_TRUE(fails(memory_.write(store_, first->address(), std::string(20, 'x')), ErrorKind::usage,
                    "it passes the end of the 16 bytes at 0x2000, which the guest handed out, by 4 bytes"))
      << "although the next buffer begins there";
  EXPECT_TRUE(fails(memory_.write(store_, first->address() - 1, "xx"), ErrorKind::usage, "no known allocation"));
  auto const address = first->address();
  ASSERT_TRUE(ok(first->free()));
  EXPECT_TRUE(fails(memory_.write(store_, address, "late"), ErrorKind::usage, "4 bytes of the heap"));
}

TEST_P(HostWritesTest, RangesThatTheGuestPassedMayBeWrittenDuringTheCall) {
  set(HostWrites::deny);
  EXPECT_TRUE(ok(call("fill", 0x3000, 8))) << "Slice<char>";
  EXPECT_EQ(memory_.read_string(store_, 0x3000, 9).value_or(""), std::string("ffffffff\0", 9));
  EXPECT_TRUE(fails(memory_.write(store_, 0x3000, "x"), ErrorKind::usage)) << "the call has ended";
  EXPECT_TRUE(fails(call("plain", 0x3000, 8), ErrorKind::usage, "Caller::allow_host_writes"));
  declares_ = true;
  EXPECT_TRUE(ok(call("plain", 0x3000, 8)));
  EXPECT_EQ(memory_.read_string(store_, 0x3000, 8).value_or(""), "pppppppp");
  // A call within the call takes back its own ranges only.
  calls_back_ = true;
  EXPECT_TRUE(ok(call("plain", 0x4000, 8)));
  EXPECT_EQ(memory_.read_string(store_, 0x4000, 8).value_or(""), "pppppppp");
  EXPECT_TRUE(fails(memory_.write(store_, 0x4000, "x"), ErrorKind::usage));
}

TEST_P(HostWritesTest, DeclaredRangesMayBeWritten) {
  set(HostWrites::deny);
  ASSERT_TRUE(ok(memory_.allow_host_writes(store_, 0x1000, 0x100)));
  EXPECT_TRUE(ok(memory_.write(store_, 0x10fc, "last")));
  EXPECT_TRUE(fails(memory_.write(store_, 0x10fd, "last"), ErrorKind::usage));
  ASSERT_TRUE(ok(memory_.disallow_host_writes(store_, 0x1080, ~std::uint64_t{0})));
  EXPECT_TRUE(fails(memory_.write(store_, 0x10fc, "last"), ErrorKind::usage));
  EXPECT_TRUE(ok(memory_.write(store_, 0x107c, "last")));
  ASSERT_TRUE(ok(memory_.allow_host_writes(store_, 0, ~std::uint64_t{0})));
  EXPECT_TRUE(ok(memory_.write(store_, 0, std::string(0x10000, 'x'))));
}

TEST_P(HostWritesTest, PagesThatTheHostAddedAreNotItsOwn) {
  set(HostWrites::deny);
  auto const old = memory_.grow(store_, 2);
  ASSERT_TRUE(ok(old));
  auto const done = memory_.write(store_, 0xfff0, std::string(32, 'x'));
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().message().find("would overwrite the last 16 bytes of the heap and the first 16 bytes of the "
                                        "pages that the host added\n"),
            std::string::npos)
      << done.error().message();
  EXPECT_NE(done.error().message().find("growing a memory does not reserve it: the guest's allocator may hand out the "
                                        "same pages\n"),
            std::string::npos)
      << done.error().message();
}

TEST_P(HostWritesTest, MemoriesOfTheHostHaveNoMap) {
  set(HostWrites::deny);
  auto const own = Memory::create(store_, MemoryType{.limits = {1, 1}});
  ASSERT_TRUE(ok(own));
  auto const done = own->write(store_, 0, "x");
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().message().find("overwrite"), std::string::npos) << done.error().message();
  EXPECT_NE(done.error().message().find("it exports no allocator"), std::string::npos) << done.error().message();
}

TEST_P(HostWritesTest, TheEnvironmentDecides) {
  ASSERT_EQ(setenv("WEIR_HOST_WRITES", "deny", 1), 0);
  Engine const strict{Config{}.backend(GetParam()).host_writes(HostWrites::off)};
  ASSERT_EQ(setenv("WEIR_HOST_WRITES", "Deny", 1), 0);
  std::string told;
  Engine const misspelled{
      Config{}.backend(GetParam()).host_writes(HostWrites::warn).diagnostic_sink([&](std::string_view text) {
        told = text;
      })};
  ASSERT_EQ(unsetenv("WEIR_HOST_WRITES"), 0);
  Store store{strict};
  EXPECT_EQ(store.host_writes(), HostWrites::deny);
  EXPECT_TRUE(ok(store.set_host_writes(HostWrites::off)));
  EXPECT_EQ(store.host_writes(), HostWrites::deny);
  EXPECT_EQ(Store{misspelled}.host_writes(), HostWrites::warn);
  EXPECT_EQ(told,
            "weir: the environment variable WEIR_HOST_WRITES is \"Deny\"; it is not looked at, as it is none of "
            "off, warn and deny");
}

// Whatever is handed out, passed or declared: a write is refused exactly if no single range of these holds it.
TEST_P(HostWritesTest, RefusedIsWhatNoRangeHolds) {
  auto random = seeded_random();
  auto const upto = [&](std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>{0, most}(random); };
  for (int round = 0; round < 20; ++round) {
    Store store{engine_};
    auto const memory = *Memory::create(store, MemoryType{.limits = {1, 1}});
    ASSERT_TRUE(ok(store.set_host_writes(HostWrites::deny)));
    std::vector<MemoryRange> allowed;
    for (std::uint64_t i = upto(10); i > 0; --i) {
      MemoryRange const range{upto(300), 1 + upto(60)};
      if (memory.add_grant(store, range.address, range.size).has_value()) {
        allowed.push_back(range);
      }
    }
    MemoryRange const declared{400 + upto(50), upto(50)};
    ASSERT_TRUE(ok(memory.allow_host_writes(store, declared.address, declared.size)));
    allowed.push_back(declared);
    for (int step = 0; step < 100; ++step) {
      MemoryRange const write{upto(500), 1 + upto(40)};
      bool const is_allowed = std::ranges::any_of(allowed, [&](MemoryRange const& range) {
        return write.address >= range.address && write.address + write.size <= range.address + range.size;
      });
      auto const done = memory.write(store, write.address, std::string(write.size, 'x'));
      ASSERT_EQ(done.has_value(), is_allowed) << write.address << " + " << write.size;
    }
  }
}

} // namespace
} // namespace weir::test
