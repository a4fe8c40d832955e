// The guests of examples/case behave as the case needs them to: they really deserialise, and refuse what is not a
// string in bincode's form. Both guests, both backends.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <weir/weir.hpp>

#include "support/seed.hpp"
#include "support/stripped.hpp"

namespace {

std::string bytes_of(std::uint64_t length, std::string_view text) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(length >> 8 * i & 0xff));
  }
  return bytes.append(text);
}

std::string bincode(std::string_view text) { return bytes_of(text.size(), text); }

using Variant = std::tuple<weir::Backend, char const*>;

class CaseGuests : public ::testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    auto const [backend, path] = GetParam();
    if (!weir::Engine::has_backend(backend)) {
      GTEST_SKIP() << "this build of Weir has no such backend";
    }
    if (*path == '\0') {
      GTEST_SKIP() << WEIR_CASE_RUST_GUEST_MISSING;
    }
    auto const engine =
        weir::Engine::create(weir::Config{}
                                 .backend(backend)
                                 .keep_write_journal(true)
                                 .host_writes(weir::HostWrites::off)
                                 .diagnostic_sink([this](std::string_view text) { told_.emplace_back(text); }));
    ASSERT_TRUE(engine) << engine.error().message();
    auto module = weir::Module::from_file(*engine, path);
    ASSERT_TRUE(module) << module.error().message();
    module_ = *std::move(module);
    ASSERT_NO_FATAL_FAILURE(instantiate({}));
  }

  // Makes a fresh instance in a store of its own.
  void instantiate(weir::StoreLimits const& limits) {
    store_ = std::make_unique<weir::Store>(module_->engine(), limits);
    auto const instance = weir::Linker{module_->engine()}.instantiate(*store_, *module_);
    ASSERT_TRUE(instance) << instance.error().message();
    auto const memory = instance->get_memory(*store_, "memory");
    auto const init = instance->get_typed_func<std::uint32_t(std::uint32_t)>(*store_, "init");
    auto const deinit = instance->get_typed_func<void(std::uint32_t, std::uint32_t)>(*store_, "deinit");
    auto const deserialize = instance->get_typed_func<void(std::uint32_t, std::uint32_t)>(*store_, "deserialize");
    ASSERT_TRUE(memory && init && deinit && deserialize);
    memory_ = *memory;
    init_ = *init;
    deinit_ = *deinit;
    deserialize_ = *deserialize;
  }

  // Feeds bytes through memory of the guest's own. After a trap the instance is not to be used any more.
  weir::Result<void> feed(std::string_view bytes) {
    auto const size = static_cast<std::uint32_t>(bytes.size());
    auto const pointer = init_.call(*store_, size);
    if (!pointer) {
      return std::unexpected(pointer.error());
    }
    if (auto const written = memory_.write(*store_, *pointer, bytes); !written) {
      return written;
    }
    if (auto const done = deserialize_.call(*store_, *pointer, size); !done) {
      return done;
    }
    return deinit_.call(*store_, *pointer, size);
  }

  void expect_accepted(std::string_view bytes) {
    auto const done = feed(bytes);
    EXPECT_TRUE(done) << done.error().message();
  }

  void expect_refused(std::string_view bytes) {
    ASSERT_NO_FATAL_FAILURE(instantiate({}));
    auto const done = feed(bytes);
    ASSERT_FALSE(done);
    ASSERT_NE(done.error().trap(), nullptr) << done.error().message();
    EXPECT_EQ(done.error().trap()->reason(), weir::TrapReason::unreachable) << done.error().message();
  }

  std::vector<std::string> told_;
  std::optional<weir::Module> module_;
  std::unique_ptr<weir::Store> store_;
  weir::Memory memory_;
  weir::TypedFunc<std::uint32_t(std::uint32_t)> init_;
  weir::TypedFunc<void(std::uint32_t, std::uint32_t)> deinit_;
  weir::TypedFunc<void(std::uint32_t, std::uint32_t)> deserialize_;
};

TEST_P(CaseGuests, accept_strings) {
  expect_accepted(bincode(""));
  expect_accepted(bincode("x"));
  expect_accepted(bincode(std::string(100000, 'A')));
  expect_accepted(bincode("ASCII, then \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80, and more than sixteen bytes behind it"));
  expect_accepted(
      bincode("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  // bincode's deserialize lets bytes follow.
  expect_accepted(bincode("x") + "trailing");
}

TEST_P(CaseGuests, refuse_what_is_no_string) {
  expect_refused("");
  expect_refused("1234567");
  expect_refused(bytes_of(1, ""));
  expect_refused(bytes_of(11, "ten bytes!"));
  expect_refused(bytes_of(UINT64_MAX, "x"));
  expect_refused(bytes_of(std::uint64_t{1} << 32, "x"));
  for (char const* const text :
       {"\x80", "\xc1\x81", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "thirty-two bytes of ASCII before \xfe"}) {
    SCOPED_TRACE(::testing::PrintToString(std::string{text}));
    expect_refused(bincode(text));
  }
}

TEST_P(CaseGuests, give_memory_back) {
  auto const first = init_.call(*store_, 1000u);
  auto const second = init_.call(*store_, 300000u);
  auto const third = init_.call(*store_, 5u);
  ASSERT_TRUE(first && second && third);
  auto const pages = memory_.pages(*store_);
  for (int i = 0; i < 20; ++i) {
    expect_accepted(bincode(std::string(1000 * i, 'x')));
  }
  // In an order that leaves holes and then closes them.
  EXPECT_TRUE(deinit_.call(*store_, *second, 300000));
  EXPECT_TRUE(deinit_.call(*store_, *third, 5));
  EXPECT_TRUE(deinit_.call(*store_, *first, 1000));
  auto const again = init_.call(*store_, 301000u);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *first);
  EXPECT_EQ(memory_.pages(*store_).value_or(0), pages.value_or(1));
}

TEST_P(CaseGuests, refused_growth_traps_if_asked_for) {
  instantiate({.memory_size = 2 << 20, .trap_on_grow_failure = true});
  auto const done = feed(bincode(std::string(1500 * 1024, 'A')));
  ASSERT_FALSE(done);
  ASSERT_NE(done.error().trap(), nullptr) << done.error().message();
  EXPECT_EQ(done.error().trap()->reason(), weir::TrapReason::growth_refused);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, CaseGuests,
                         ::testing::Combine(::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                                            ::testing::Values(WEIR_CASE_LAYOUT_GUEST, WEIR_CASE_RUST_GUEST)),
                         [](::testing::TestParamInfo<Variant> const& variant) {
                           bool const is_loop = std::get<0>(variant.param) == weir::Backend::loop;
                           bool const is_text = std::string{std::get<1>(variant.param)}.ends_with(".wat");
                           return std::string{is_loop ? "loop_" : "tail_call_"} + (is_text ? "layout" : "rust");
                         });

class LayoutGuest : public CaseGuests {
 protected:
  weir::Result<void> feed_at_zero(std::uint32_t kib) {
    std::string const bytes = bincode(std::string(std::size_t{kib} * 1024, 'A'));
    if (auto const written = memory_.write(*store_, 0, bytes); !written) {
      return written;
    }
    return deserialize_.call(*store_, 0, static_cast<std::uint32_t>(bytes.size()));
  }
};

// What examples/case/README.md says of 1023, 1024 to 1032, and 1033 KiB.
TEST_P(LayoutGuest, is_damaged_before_it_traps) {
  auto const original = memory_.copy_out(*store_, 0x100000, 0x2168);
  ASSERT_TRUE(original);
  ASSERT_TRUE(feed_at_zero(1023));
  EXPECT_EQ(memory_.copy_out(*store_, 0x100000, 0x2168).value_or(std::vector<std::byte>{}), *original);
  for (std::uint32_t kib = 1024; kib <= 1032; ++kib) {
    ASSERT_NO_FATAL_FAILURE(instantiate({}));
    ASSERT_TRUE(feed_at_zero(kib)) << kib;
    std::size_t const covered = 8 + (kib - 1024) * 1024;
    EXPECT_EQ(memory_.read_string(*store_, 0x100000, covered).value_or(""), std::string(covered, 'A')) << kib;
    EXPECT_EQ(memory_.get<char>(*store_, 0x100000 + covered).value_or('A'), static_cast<char>(original->at(covered)))
        << kib;
  }
  ASSERT_NO_FATAL_FAILURE(instantiate({}));
  auto const done = feed_at_zero(1033);
  ASSERT_FALSE(done);
  EXPECT_EQ(memory_.get<std::uint32_t>(*store_, 0x10231c).value_or(0), 0x41414141u);
}

// Scenario 1 with checked writes: the true cause at the write, whatever the guest tells of itself. Any size at all is
// known to be wrong, also one that would have gone unnoticed.
TEST_P(CaseGuests, WrongWritesAreKnownAtTheWrite) {
  auto random = weir::test::seeded_random();
  auto const bytes = module_->bytes();
  auto const module = weir::Module::from_bytes(module_->engine(), weir::test::stripped({bytes.begin(), bytes.end()}));
  ASSERT_TRUE(module) << module.error().message();
  for (int round = 0; round < 12; ++round) {
    auto const policy = round % 2 == 0 ? weir::HostWrites::deny : weir::HostWrites::warn;
    std::size_t const size = std::uniform_int_distribution<std::size_t>{1, 0x110000}(random);
    weir::Store store{module_->engine()};
    ASSERT_TRUE(store.set_host_writes(policy));
    auto const instance = weir::Linker{module_->engine()}.instantiate(store, *module);
    ASSERT_TRUE(instance) << instance.error().message();
    auto const memory = *instance->get_memory(store, "memory");
    told_.clear();
    auto const line = std::to_string(__LINE__ + 1);
    auto const written = memory.write(store, 0, std::string(size, 'A'));
    ASSERT_EQ(written.has_value(), policy == weir::HostWrites::warn);
    ASSERT_EQ(told_.size(), written ? 1u : 0u);
    std::string const text = written ? told_[0] : written.error().message();
    for (std::string const& sentence :
         {"Memory::write at case_guests_test.cpp:" + line,
          std::string{size < 0x100000 ? " bytes of the stack\n" : " the stack [0x0, 0x100000)"},
          std::string{"no known allocation covers it\n"},
          std::string{"help: let the guest allocate. It exports `init`/`deinit`, which look like an allocator"}}) {
      EXPECT_NE(text.find(sentence), std::string::npos) << sentence << "\nis not in\n" << text;
    }
    EXPECT_EQ(memory.get<char>(store, size - 1).value_or('?') == 'A', written.has_value());
  }
}

// The report names the guilty write.
TEST_P(LayoutGuest, tells_who_wrote_the_bad_pointer) {
  ASSERT_NO_FATAL_FAILURE(instantiate({.memory_size = 1u << 30, .trap_on_grow_failure = true}));
  auto const done = feed_at_zero(1033);
  ASSERT_FALSE(done);
  auto const* const trap = done.error().trap();
  ASSERT_NE(trap, nullptr) << done.error().message();
  ASSERT_TRUE(trap->story().origin.has_value()) << trap->report();
  EXPECT_EQ(trap->story().origin->address, 0x10231cu);
  EXPECT_TRUE(trap->story().origin->is_confirmed);
  ASSERT_TRUE(trap->story().host_write.has_value()) << trap->report();
  EXPECT_EQ(trap->story().host_write->size, 0x102408u);
  auto const report = trap->report();
  EXPECT_NE(report.find("\n"
                        "  the pointer is the text \"AAAA\"\n"
                        "  the pointer was read from 0x10231c, in .bss (436 bytes past the static data)\n"
                        "  those bytes were last written by the host: Memory::write at offset 0x0, length 0x102408, at "
                        "case_guests_test.cpp:" +
                        std::to_string(trap->story().host_write->line) +
                        "\n"
                        "    it starts with 00 24 10 00 00 00 00 00 \"AAAAAAAA\"\n"
                        "    this write covered the stack [0x0, 0x100000), the static data [0x100000, 0x102168), .bss "
                        "[0x102168, 0x1023a8) and the first 96 bytes of the heap\n"
                        "    no known allocation covers it\n"
                        "  help: let the guest allocate. It exports `init`/`deinit`, which look like an allocator\n"
                        "  note: the memory limit (1 GiB) was not reached: 1.1 MiB in use"),
            std::string::npos)
      << report;
}

INSTANTIATE_TEST_SUITE_P(Everywhere, LayoutGuest,
                         ::testing::Combine(::testing::Values(weir::Backend::tail_call, weir::Backend::loop),
                                            ::testing::Values(WEIR_CASE_LAYOUT_GUEST)),
                         [](::testing::TestParamInfo<Variant> const& variant) {
                           return std::get<0>(variant.param) == weir::Backend::loop ? "loop" : "tail_call";
                         });

} // namespace
