// Trap reports know of what WASI wrote to guest memory: by name, and no more than was written.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <weir/wasi.hpp>

namespace weir::wasi::test {
namespace {

// A guest that makes one WASI call and then follows the pointer at `at`; the host write that its trap report names.
std::string writer_of(Config const& config, std::string_view imports, std::string_view call, std::uint32_t at) {
  Engine const engine;
  Linker linker{engine};
  EXPECT_TRUE(add_to_linker(linker).has_value());
  Store store{engine};
  auto context = Context::create(config);
  EXPECT_TRUE(context.has_value());
  store.set_data(*std::move(context));
  std::string wat = "(module ";
  wat += imports;
  wat += R"((memory (export "memory") 1)
    (data (i32.const 0) "\40\00\00\00\04\00\00\00\80\00\00\00\08\00\00\00")
    (func (export "f") (result i32) )";
  wat += call;
  wat += "(i32.load (i32.load offset=" + std::to_string(at) + " (i32.const 0)))))";
  auto const module = Module::from_wat(engine, wat);
  EXPECT_TRUE(module.has_value()) << module.error().message();
  auto const instance = linker.instantiate(store, *module);
  EXPECT_TRUE(instance.has_value()) << instance.error().message();
  // Where the WASI call writes nothing there is a bad pointer all the same.
  auto const memory = *instance->get_memory(store, "memory");
  std::byte* const bytes = *memory.unsafe_data(store);
  std::fill(bytes + 0x40, bytes + 0x100, std::byte{0xEE});
  auto const done = instance->get_func(store, "f")->call(store, {});
  EXPECT_FALSE(done.has_value());
  if (done.has_value() || done.error().trap() == nullptr || !done.error().trap()->story().origin.has_value()) {
    ADD_FAILURE() << (done.has_value() ? "no trap" : done.error().message());
    return "?";
  }
  auto const& story = done.error().trap()->story();
  EXPECT_EQ(done.error().trap()->report().find("help:"), std::string::npos) << "the guest said where";
  return story.host_write.has_value() ? story.host_write->api + " " + std::to_string(story.host_write->address) + " " +
                                            std::to_string(story.host_write->size)
                                      : "";
}

constexpr std::string_view fd_read =
    R"((import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32))))";

TEST(WasiJournal, ReadsIntoBuffers) {
  // Two buffers: 4 bytes at 0x40 and 8 at 0x80.
  constexpr std::string_view call = "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 0x20)))";
  auto const input = [](std::string text) { return Config{}.stdin_bytes(std::move(text)); };
  EXPECT_EQ(writer_of(input("\xFF\xFF\xFF\xFF\xFF\xFF"), fd_read, call, 0x40), "wasi fd_read 64 4");
  EXPECT_EQ(writer_of(input("\xFF\xFF\xFF\xFF\xFF\xFF"), fd_read, call, 0x80), "wasi fd_read 128 2");
  EXPECT_EQ(writer_of(input("\xFF\xFF\xFF\xFF\xFF\xFF"), fd_read, call, 0x84), "") << "behind what was read";
  EXPECT_EQ(writer_of(input("\xFF\xFF\xFF\xFF"), fd_read, call, 0x80), "");
}

TEST(WasiJournal, OtherFunctions) {
  EXPECT_EQ(writer_of(Config{}, R"((import "wasi_snapshot_preview1" "random_get"
                        (func $random (param i32 i32) (result i32))))",
                      R"((drop (call $random (i32.const 0x60) (i32.const 16))) (i32.store8 offset=0x67 (i32.const 0)
                        (i32.const 0xFF)))",
                      0x64),
            "wasi random_get 96 16");
  // Pointers at 0x40 and strings at 0x80, written in turns: two runs.
  constexpr std::string_view args_get =
      R"((import "wasi_unstable" "args_get" (func $args (param i32 i32) (result i32))))";
  constexpr std::string_view call = "(drop (call $args (i32.const 0x40) (i32.const 0x80)))";
  Config const config = Config{}.args({"aaaa", "bbbb", "cccc"});
  EXPECT_EQ(writer_of(config, args_get, call, 0x85), "wasi args_get 128 15");
}

TEST(WasiJournal, WritesFromTheGuestAreNone) {
  EXPECT_EQ(writer_of(Config{}, R"((import "wasi_snapshot_preview1" "fd_write"
                        (func $write (param i32 i32 i32 i32) (result i32))))",
                      "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 0x20)))", 0x80),
            "");
}

} // namespace
} // namespace weir::wasi::test
