// Checks of read-only data where calls cross between host and guest.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

// 32 bytes of constants, then variables. `poke` stores anywhere, `shout` stores and then calls the host.
constexpr std::string_view guest = R"((module $guest
  (import "host" "say" (func $say (param i32)))
  (memory (export "memory") 2)
  (data $.rodata (i32.const 1024) "constants that nobody may change")
  (data $.data (i32.const 1056) "variables")
  (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "shout") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)) (call $say (local.get 0)))
  (func (export "fail") (param i32) (i32.store8 (local.get 0) (i32.const 0)) unreachable)))";

class ReadOnlyTest : public ApiTest {
 protected:
  void start(ReadOnlyData policy) {
    told_.clear();
    engine_ = Engine{Config{}
                         .backend(GetParam())
                         .read_only_data(policy)
                         .host_writes(HostWrites::off)
                         .diagnostic_sink([this](std::string_view text) { told_.emplace_back(text); })};
    store_.emplace(engine_);
    linker_.emplace(engine_);
    ASSERT_TRUE(ok(linker_->func("host", "say", [this](Caller& caller, std::uint32_t) {
      if (host_pokes_) {
        auto const memory = *caller.memory();
        ASSERT_TRUE(memory.set(caller, 1030, 'H'));
      }
    })));
    instance_ = instance(*store_, guest, *linker_);
    memory_ = *instance_.get_memory(*store_, "memory");
  }

  Result<std::uint32_t> peek(std::uint32_t at) {
    return func<std::uint32_t(std::uint32_t)>(*store_, instance_, "peek").call(*store_, at);
  }
  Result<void> poke(char const* name, std::uint32_t at, char letter) {
    return func<void(std::uint32_t, std::uint32_t)>(*store_, instance_, name)
        .call(*store_, at, static_cast<std::uint32_t>(letter));
  }

  template <class T>
  static void expect_report(Result<T> const& result, std::string const& sentence) {
    ASSERT_TRUE(traps(result, TrapReason::read_only_data));
    auto const report = result.error().trap()->report();
    EXPECT_NE(report.find(sentence), std::string::npos) << "\"" << sentence << "\" is not in\n" << report;
  }

  bool host_pokes_ = false;
  std::vector<std::string> told_;
  std::optional<Store> store_;
  std::optional<Linker> linker_;
  Instance instance_;
  Memory memory_;
};
INSTANTIATE_TEST_SUITE_P(Backends, ReadOnlyTest, testing::ValuesIn(backends()), backend_name);

TEST_P(ReadOnlyTest, NothingIsFoundWhereNothingIsWrong) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  auto const ranges = *memory_.read_only_ranges(*store_);
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].address, 1024u);
  EXPECT_EQ(ranges[0].size, 32u);
  EXPECT_TRUE(ok(poke("poke", 1056, 'x')));
  EXPECT_TRUE(ok(poke("shout", 1023, 'x')));
  EXPECT_TRUE(ok(memory_.write(*store_, 1056, "other variables")));
  EXPECT_TRUE(ok(memory_.grow(*store_, 1)));
  EXPECT_TRUE(ok(peek(1024)));
  EXPECT_TRUE(told_.empty());
}

TEST_P(ReadOnlyTest, AWriteOfTheHostIsNamed) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  auto const line = std::to_string(__LINE__ + 1);
  ASSERT_TRUE(ok(memory_.write(*store_, 1020, "12345678")));
  auto const found = peek(0);
  EXPECT_EQ(found.error().kind(), ErrorKind::trap);
  EXPECT_EQ(found.error().message(), "read-only data changed: 4 bytes at 0x400, in the read-only data");
  expect_report(found,
                "error: read-only data changed: 4 bytes at 0x400, in the read-only data\n"
                "  they were \"cons\"\n"
                "  they are \"5678\"\n"
                "  the host changed them, while no guest was running\n"
                "  the host's last write there: Memory::write at offset 0x3fc, length 0x8, at "
                "read_only_test.cpp:" +
                    line + "\n");
  expect_report(found, "\n  help: write only where the guest lets you; it exports no allocator");
  // Until they are what they were.
  EXPECT_TRUE(traps(poke("poke", 0, 'x'), TrapReason::read_only_data));
  ASSERT_TRUE(ok(memory_.write(*store_, 1024, "cons")));
  EXPECT_TRUE(ok(peek(0)));
}

TEST_P(ReadOnlyTest, AWriteThatNobodyRecordedIsFound) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  std::memset(*memory_.unsafe_data(*store_) + 1034, '?', 20);
  auto const found = peek(0);
  expect_report(found,
                "changed: 20 bytes at 0x40a, in the read-only data\n"
                "  they were \"that nobody may \" ...\n"
                "  they are \"????????????????\" ...\n"
                "  the host changed them, while no guest was running\n"
                "  no write there is known: it was made by way of Memory::unsafe_data");
}

TEST_P(ReadOnlyTest, AHostFunctionIsNamed) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  host_pokes_ = true;
  auto const found = poke("shout", 0, 'x');
  expect_report(found,
                "changed: 1 byte at 0x406, in the read-only data\n"
                "  in host function host.say\n"
                "  called from function 3 `shout` of module `guest` (+");
  expect_report(found,
                "\n  host function host.say changed them\n  the host's last write there: Memory::write at offset "
                "0x406, length 0x1, at read_only_test.cpp:");
}

TEST_P(ReadOnlyTest, TheGuestItself) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  expect_report(poke("shout", 1025, 'O'),
                "\n  the guest changed them itself, before it called host function host.say\n");
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  auto const found = poke("poke", 1025, 'O');
  expect_report(found,
                "changed: 1 byte at 0x401, in the read-only data\n  they were 6f\n  they are 4f\n"
                "  the guest changed them itself, in the call that it returned from\n");
  expect_report(found, "help: a pointer of the guest's goes astray");
}

TEST_P(ReadOnlyTest, WarningsAreGivenOnce) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::warn));
  ASSERT_TRUE(ok(poke("poke", 1025, 'O')));
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_TRUE(told_[0].starts_with("weir: warning: read-only data changed: 1 byte at 0x401, in the read-only data\n  "))
      << told_[0];
  EXPECT_EQ(peek(1025), std::uint32_t{'O'});
  EXPECT_EQ(told_.size(), 1u);
  // A guest that always does so is not listened to forever.
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(ok(poke("poke", 1026, static_cast<char>(i))));
  }
  EXPECT_EQ(told_.size(), 65u);
  EXPECT_EQ(told_.back(), "weir: further warnings about read-only data of this store are left out");
  EXPECT_EQ(memory_.read_only_ranges(*store_)->size(), 1u);
}

TEST_P(ReadOnlyTest, AGuestThatTrapsForAnotherReason) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  auto const done = func<void(std::uint32_t)>(*store_, instance_, "fail").call(*store_, 1025);
  EXPECT_TRUE(traps(done, TrapReason::unreachable));
  ASSERT_EQ(told_.size(), 1u) << "the trap stays as it is, and the sink hears of the change";
  EXPECT_TRUE(traps(peek(0), TrapReason::read_only_data));
}

TEST_P(ReadOnlyTest, RangesAreDeclared) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  ASSERT_TRUE(ok(memory_.declare_read_only(*store_, 1060, 8)));
  ASSERT_TRUE(ok(memory_.declare_read_only(*store_, 5000, 0)));
  EXPECT_EQ(memory_.read_only_ranges(*store_)->size(), 2u);
  expect_report(poke("poke", 1064, 'x'), "changed: 1 byte at 0x428, in the static data\n");
  ASSERT_TRUE(ok(memory_.undeclare_read_only(*store_, 1064, 100)));
  EXPECT_TRUE(ok(peek(0)));
  // Some of the constants too.
  ASSERT_TRUE(ok(memory_.undeclare_read_only(*store_, 1030, 4)));
  EXPECT_TRUE(ok(poke("poke", 1030, 'x')));
  EXPECT_TRUE(traps(poke("poke", 1034, 'x'), TrapReason::read_only_data));
  ASSERT_TRUE(ok(memory_.declare_read_only(*store_, 1034, 1))) << "as it is now";
  EXPECT_TRUE(ok(peek(0)));
  EXPECT_TRUE(fails(memory_.declare_read_only(*store_, 131072, 1), ErrorKind::usage, "out of bounds"));
  EXPECT_TRUE(fails(memory_.declare_read_only(*store_, 8, ~std::uint64_t{0}), ErrorKind::usage, "out of bounds"));
}

TEST_P(ReadOnlyTest, SwitchedOnAndOff) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::off));
  EXPECT_EQ(store_->read_only_data(), ReadOnlyData::off);
  EXPECT_TRUE(memory_.read_only_ranges(*store_)->empty());
  EXPECT_TRUE(ok(poke("shout", 1025, 'O')));
  ASSERT_TRUE(ok(store_->set_read_only_data(ReadOnlyData::trap)));
  EXPECT_EQ(memory_.read_only_ranges(*store_)->size(), 1u);
  EXPECT_TRUE(ok(poke("shout", 1025, 'O'))) << "it counts as right";
  EXPECT_TRUE(traps(poke("shout", 1026, 'O'), TrapReason::read_only_data));
  ASSERT_TRUE(ok(store_->set_read_only_data(ReadOnlyData::off)));
  host_pokes_ = true;
  EXPECT_TRUE(ok(poke("shout", 1027, 'O')));
  EXPECT_TRUE(told_.empty());
}

TEST_P(ReadOnlyTest, AResetInstanceIsWatchedAgain) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  ASSERT_TRUE(ok(memory_.declare_read_only(*store_, 1060, 8)));
  ASSERT_TRUE(ok(memory_.set(*store_, 1025, 'x')));
  ASSERT_TRUE(traps(peek(0), TrapReason::read_only_data));
  ASSERT_TRUE(ok(instance_.reset(*store_)));
  EXPECT_EQ(memory_.read_only_ranges(*store_)->size(), 1u);
  EXPECT_TRUE(ok(poke("poke", 1060, 'x')));
  EXPECT_TRUE(traps(poke("poke", 1025, 'x'), TrapReason::read_only_data));
}

// A reset leaves an imported memory as it is, and so does not make a change in it right.
TEST_P(ReadOnlyTest, AResetDoesNotExcuseAChangeInAnImportedMemory) {
  ASSERT_NO_FATAL_FAILURE(start(ReadOnlyData::trap));
  auto const owner = instance(*store_, R"((module (memory (export "memory") 1)))");
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.instance(*store_, "owner", owner)));
  auto const user = instance(*store_, R"((module (import "owner" "memory" (memory 1))
    (data $.rodata (i32.const 1024) "constants") (func (export "f"))))",
                             linker);
  auto const f = func<void()>(*store_, user, "f");
  ASSERT_TRUE(ok(f.call(*store_)));
  auto const memory = *owner.get_memory(*store_, "memory");
  ASSERT_TRUE(ok(memory.set(*store_, 1025, 'x')));
  ASSERT_TRUE(ok(user.reset(*store_)));
  EXPECT_TRUE(traps(f.call(*store_), TrapReason::read_only_data));
}

TEST_P(ReadOnlyTest, TheEnvironmentOverrides) {
  ::setenv("WEIR_READ_ONLY_DATA", "trap", 1);
  start(ReadOnlyData::off);
  EXPECT_EQ(store_->read_only_data(), ReadOnlyData::trap);
  EXPECT_TRUE(ok(store_->set_read_only_data(ReadOnlyData::off)));
  EXPECT_TRUE(traps(poke("poke", 1025, 'x'), TrapReason::read_only_data));
  ::setenv("WEIR_READ_ONLY_DATA", "deny", 1);
  start(ReadOnlyData::off);
  ::unsetenv("WEIR_READ_ONLY_DATA");
  EXPECT_EQ(store_->read_only_data(), ReadOnlyData::off);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("none of off, warn and trap"), std::string::npos) << told_[0];
}

} // namespace
} // namespace weir::test
