// What goes wrong at the boundary, with guests in C, C++ and Rust: each scenario ends in its true cause, at the first
// moment at which it can be known. Sizes and letters are drawn from a printed seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <weir/exchange.hpp>

#include "support/seed.hpp"
#include "support/stripped.hpp"

namespace {

using weir::HostWrites;
using weir::test::read_file;
using weir::test::stripped;

constexpr std::uint64_t page = 65536;

struct GuestKind {
  char const* name;
  char const* file;
  char const* allocate;
  char const* release;
  bool takes_foreign_pages; // its allocator takes pages that the host added
};

constexpr GuestKind guest_kinds[] = {
    {"c_data_first", "c.data_first.wasm", "malloc", "free", true},
    {"c_stack_first", "c.stack_first.wasm", "malloc", "free", true},
    {"cpp_data_first", "c++.data_first.wasm", "malloc", "free", true},
    {"cpp_stack_first", "c++.stack_first.wasm", "malloc", "free", true},
    {"rust", "rust/scenarios.wasm", "alloc", "dealloc", false},
};

using Variant = std::tuple<weir::Backend, GuestKind, bool>; // stripped

class Scenarios : public ::testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    auto const& [backend, kind, is_stripped] = GetParam();
    if (!weir::Engine::has_backend(backend)) {
      GTEST_SKIP() << "this build of Weir has no such backend";
    }
    auto const bytes = read_file(std::string{WEIR_SCENARIO_MODULES "/"} + kind.file);
    if (!bytes.has_value() && std::string_view{kind.name} == "rust" && *WEIR_CASE_RUST_GUEST == '\0') {
      GTEST_SKIP() << WEIR_CASE_RUST_GUEST_MISSING;
    }
    ASSERT_TRUE(bytes.has_value()) << kind.file;
    engine_ = std::make_unique<weir::Engine>(weir::Config{}.backend(backend).keep_write_journal(true).diagnostic_sink(
        [this](std::string_view text) { told_.emplace_back(text); }));
    auto module = weir::Module::from_bytes(*engine_, is_stripped ? stripped(*bytes) : *bytes);
    ASSERT_TRUE(module.has_value()) << module.error().message();
    module_ = *std::move(module);
  }

  GuestKind const& kind() const { return std::get<1>(GetParam()); }

  // A fresh instance in a store of its own.
  void instantiate(HostWrites policy, weir::StoreLimits const& limits = {}) {
    told_.clear();
    allocator_.reset();
    store_ = std::make_unique<weir::Store>(*engine_, limits);
    ASSERT_TRUE(store_->set_host_writes(policy));
    weir::Linker linker{*engine_};
    ASSERT_TRUE(linker.func("host", "say", [](weir::Slice<char const>) {}));
    auto const instance = linker.instantiate(*store_, *module_);
    ASSERT_TRUE(instance) << instance.error().message();
    instance_ = *instance;
    memory_ = *instance_.get_memory(*store_, "memory");
    auto allocator = weir::exchange::GuestAllocator::named(*store_, instance_, kind().allocate, kind().release);
    ASSERT_TRUE(allocator) << allocator.error().message();
    allocator_ = *std::move(allocator);
  }

  template <class... Args>
  weir::Result<std::uint32_t> call(char const* name, Args... args) {
    return instance_.get_typed_func<std::uint32_t(Args...)>(*store_, name)->call(*store_, args...);
  }

  // The trap's report; the test fails where there is none.
  static std::string report_of(weir::Result<std::uint32_t> const& result) {
    if (result.has_value() || result.error().trap() == nullptr) {
      ADD_FAILURE() << (result.has_value() ? "it succeeded" : result.error().message());
      return {};
    }
    return result.error().trap()->report();
  }

  static void expect_told(std::string const& text, std::string const& sentence) {
    EXPECT_NE(text.find(sentence), std::string::npos) << "\"" << sentence << "\" is not in\n" << text;
  }

  std::vector<std::string> told_;
  std::unique_ptr<weir::Engine> engine_;
  std::optional<weir::Module> module_;
  std::unique_ptr<weir::Store> store_;
  weir::Instance instance_;
  weir::Memory memory_;
  std::optional<weir::exchange::GuestAllocator> allocator_;
};

std::string name_of(::testing::TestParamInfo<Variant> const& variant) {
  auto const& [backend, kind, is_stripped] = variant.param;
  return std::string{kind.name} + (is_stripped ? "_stripped" : "") +
         (backend == weir::Backend::loop ? "_loop" : "_tail_call");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, Scenarios,
                         ::testing::Combine(::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                                            ::testing::ValuesIn(guest_kinds), ::testing::Bool()),
                         name_of);

std::string hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Four bytes of it are far outside of every memory here, as an address.
char draw_letter(std::mt19937_64& random) {
  return static_cast<char>(std::uniform_int_distribution<int>{'A', 'z'}(random));
}

bool is_plain(char letter) { return letter != '\\'; }

// Scenario 2: the host writes more than the buffer holds, over the guest's list behind it.
TEST_P(Scenarios, WritePastTheEndOfABuffer) {
  auto random = weir::test::seeded_random();
  for (int round = 0; round < 8; ++round) {
    for (auto const policy : {HostWrites::off, HostWrites::warn, HostWrites::deny}) {
      ASSERT_NO_FATAL_FAILURE(instantiate(policy));
      std::uint64_t const size = std::uniform_int_distribution<std::uint64_t>{1, 3000}(random);
      auto buffer = allocator_->allocate(size);
      ASSERT_TRUE(buffer) << buffer.error().message();
      auto const node = call("push", std::uint32_t{7});
      ASSERT_TRUE(node) << node.error().message();
      ASSERT_GT(*node, buffer->address()) << "the list lies behind the buffer";
      std::uint64_t const length = *node + 8 - buffer->address();
      char letter = draw_letter(random);
      letter = is_plain(letter) ? letter : 'A';
      auto const line = std::to_string(__LINE__ + 1);
      auto const written = memory_.write(*store_, buffer->address(), std::string(length, letter));
      std::string const past = "it passes the end of the " + std::to_string(size) + " bytes at " +
                               hex(buffer->address()) + ", which the guest handed out, by " +
                               std::to_string(length - size) + " bytes";
      if (policy == HostWrites::deny) {
        ASSERT_FALSE(written);
        expect_told(written.error().message(), "Memory::write at scenarios_test.cpp:" + line);
        expect_told(written.error().message(), past);
        EXPECT_TRUE(call("sum")) << "the guest is unharmed";
        continue;
      }
      ASSERT_TRUE(written) << written.error().message();
      if (policy == HostWrites::warn) {
        ASSERT_EQ(told_.size(), 1u);
        expect_told(told_[0], past);
      }
      auto const report = report_of(call("sum"));
      expect_told(report, "the pointer is the text \"" + std::string(4, letter) + "\"");
      expect_told(report, "written by the host: Memory::write at offset " + hex(buffer->address()) + ", length " +
                              hex(length) + ", at scenarios_test.cpp:" + line);
      expect_told(report, "it starts with \"" + std::string(std::min<std::uint64_t>(length, 16), letter) + "\"");
      expect_told(report, past);
      (void)buffer->release();
    }
  }
}

// Scenario 5: a view, the guest grows its memory, and the view is looked at again.
TEST_P(Scenarios, AStaleViewAfterAGrowth) {
  auto random = weir::test::seeded_random();
  for (int round = 0; round < 8; ++round) {
    ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off));
    auto const view = memory_.view(*store_);
    ASSERT_TRUE(view && view->bytes());
    std::uint64_t const old = *memory_.size(*store_);
    bool const is_by_host = std::uniform_int_distribution<int>{0, 1}(random) == 1;
    auto const pages = std::uniform_int_distribution<std::uint32_t>{1, 20}(random);
    if (is_by_host) {
      ASSERT_TRUE(memory_.grow(*store_, pages));
    } else {
      auto const grow = instance_.get_typed_func<void(std::uint32_t)>(*store_, "grow");
      ASSERT_TRUE(grow && grow->call(*store_, pages));
    }
    auto const bytes = view->bytes();
    ASSERT_FALSE(bytes);
    expect_told(bytes.error().message(), "the view is stale: since it was made its memory has grown from " + hex(old) +
                                             " to " + hex(old + pages * page) + " bytes, the last time by the " +
                                             (is_by_host ? "host" : "guest"));
  }
}

// Scenario 6: the host adds pages for a mailbox of its own; the guest's allocator takes them too.
TEST_P(Scenarios, PagesThatTheHostAddedAreHandedOutByTheGuest) {
  if (!kind().takes_foreign_pages) {
    ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off));
    std::uint64_t const mailbox = *memory_.size(*store_);
    ASSERT_TRUE(memory_.grow(*store_, 1));
    auto const buffer = allocator_->allocate(page);
    ASSERT_TRUE(buffer && buffer->address() >= mailbox + page) << "this allocator uses only what it grew itself";
    return;
  }
  auto random = weir::test::seeded_random();
  for (int round = 0; round < 8; ++round) {
    for (auto const policy : {HostWrites::off, HostWrites::warn, HostWrites::deny}) {
      ASSERT_NO_FATAL_FAILURE(instantiate(policy));
      std::uint64_t const mailbox = *memory_.size(*store_);
      ASSERT_TRUE(memory_.grow(*store_, 1));
      std::size_t const size = std::uniform_int_distribution<std::size_t>{64, 4000}(random);
      auto const write = [&] { return memory_.write(*store_, mailbox, std::string(size, 'M')); };
      auto const first = write();
      std::string const where = "the first " + std::to_string(size) + " bytes of the pages that the host added";
      std::string const why = "growing a memory does not reserve it: the guest's allocator may hand out the same pages";
      if (policy == HostWrites::deny) {
        ASSERT_FALSE(first);
        expect_told(first.error().message(), "this write would overwrite " + where);
        expect_told(first.error().message(), why);
        continue;
      }
      ASSERT_TRUE(first) << first.error().message();
      if (policy == HostWrites::warn) {
        ASSERT_EQ(told_.size(), 1u);
        expect_told(told_[0], "this write overwrites " + where);
        expect_told(told_[0], why);
      }
      // The guest uses what memory it had before, and then the next of it.
      auto const probe = call("push", std::uint32_t{1});
      ASSERT_TRUE(probe) << probe.error().message();
      auto filler = allocator_->allocate(mailbox - *probe - 16);
      ASSERT_TRUE(filler) << filler.error().message();
      auto const node = call("push", std::uint32_t{2});
      ASSERT_TRUE(node && *node >= mailbox && *node < mailbox + 64) << "it lies in the mailbox";
      ASSERT_TRUE(write());
      auto const report = report_of(call("sum"));
      expect_told(report, "the pointer is the text \"MMMM\"");
      expect_told(report, "written by the host: Memory::write at offset " + hex(mailbox) + ", length " + hex(size));
      expect_told(report, "this write covered " + where);
      expect_told(report, why);
      (void)filler->release();
    }
  }
}

// Scenario 8: the guest passes a pointer and a length that are not within its memory.
TEST_P(Scenarios, ARangeOutOfBoundsIsPassedToTheHost) {
  auto random = weir::test::seeded_random();
  ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off));
  std::uint64_t const size = *memory_.size(*store_);
  for (int round = 0; round < 50; ++round) {
    auto const pointer = static_cast<std::uint32_t>(random() >> std::uniform_int_distribution<int>{32, 63}(random));
    auto const length = static_cast<std::uint32_t>(random() >> std::uniform_int_distribution<int>{32, 63}(random));
    auto const say = instance_.get_typed_func<void(std::uint32_t, std::uint32_t)>(*store_, "say");
    auto const done = say->call(*store_, pointer, length);
    if (std::uint64_t{pointer} + length <= size) {
      EXPECT_TRUE(done) << done.error().message();
      continue;
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message(), "host.say: parameters 0 and 1: out of bounds: " + std::to_string(length) +
                                          " bytes at " + hex(pointer) + " in a memory of " + hex(size) + " bytes");
    ASSERT_NE(done.error().trap(), nullptr);
    auto const& frames = done.error().trap()->frames();
    ASSERT_GE(frames.size(), 2u);
    EXPECT_TRUE(frames[0].is_host);
    EXPECT_EQ(frames[0].name, "host.say");
    EXPECT_FALSE(frames[1].is_host);
  }
}

// Scenario 9: a growth is refused by a limit, the guest's allocator gives null, and the guest does not look.
TEST_P(Scenarios, NullAfterAGrowthThatALimitRefused) {
  auto random = weir::test::seeded_random();
  for (int round = 0; round < 8; ++round) {
    ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off));
    std::uint64_t const at_start = *memory_.size(*store_);
    std::uint64_t const limit = std::uniform_int_distribution<std::uint64_t>{at_start, 3 << 20}(random);
    bool const is_total = std::uniform_int_distribution<int>{0, 1}(random) == 1;
    weir::StoreLimits limits;
    (is_total ? limits.total_memory : limits.memory_size) = limit;
    ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off, limits));
    auto const done = call("fill_large", std::uint32_t{7});
    auto const report = report_of(done);
    ASSERT_FALSE(report.empty());
    auto const& story = done.error().trap()->story();
    ASSERT_EQ(story.refused_growths.size(), 1u) << report;
    auto const& growth = story.refused_growths.front();
    EXPECT_EQ(growth.facts.limit, is_total ? weir::LimitKind::total_memory : weir::LimitKind::memory_size);
    EXPECT_EQ(growth.facts.allowed, limit);
    EXPECT_EQ(growth.facts.in_use, at_start);
    EXPECT_EQ(growth.facts.asked, at_start + growth.by * page);
    ASSERT_FALSE(growth.frames.empty());
    EXPECT_EQ(growth.frames.back().name, "fill_large") << "its export's name, where there are no others";
    EXPECT_TRUE(story.is_growth_likely_cause) << report;
    char const* const name = is_total ? "StoreLimits::total_memory" : "StoreLimits::memory_size";
    expect_told(report, "4-byte store at 0x300000 = 0x0 + offset 3145728");
    expect_told(report, "the pointer is null");
    expect_told(report, "in this call memory.grow of " + std::to_string(growth.by) + " page");
    expect_told(report, std::string{"was refused by "} + name + ": asked " + std::to_string(*growth.facts.asked) +
                            " bytes (" + std::to_string(*growth.facts.asked / page) + " pages), in use " +
                            std::to_string(at_start) + " bytes (" + std::to_string(at_start / page) + " page");
    expect_told(report,
                "that is the likely cause: the bad pointer is null, which allocators give when memory cannot grow");
    expect_told(report, std::string{"help: raise "} + name);
  }
  ASSERT_NO_FATAL_FAILURE(instantiate(HostWrites::off));
  EXPECT_TRUE(call("fill_large", std::uint32_t{7})) << "with room it runs";
}

} // namespace
