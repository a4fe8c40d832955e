// argon2-browser (C, emscripten with minified names): the test vectors of Argon2's reference implementation.
#include <cstdint>
#include <string>

#include "package_test.hpp"

namespace {

using weir::exchange::GuestAllocator;

class Argon2 : public weir::test::PackageTest {
 protected:
  explicit Argon2(char const* module = "dist/argon2.wasm") : PackageTest("argon2-browser", module) {}

  void SetUp() override {
    PackageTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    // `a` is emscripten_memcpy_big, `b` emscripten_resize_heap.
    auto defined =
        linker().func("a", "a", [](weir::Caller& caller, std::uint32_t to, std::uint32_t from, std::uint32_t size) {
          auto const memory = caller.get_memory("c").value();
          memory.write(caller, to, memory.copy_out(caller, from, size).value()).value();
          return to;
        });
    ASSERT_TRUE(defined.has_value()) << defined.error().message();
    defined = linker().func("a", "b", [](weir::Caller& caller, std::uint32_t size) {
      auto const memory = caller.get_memory("c").value();
      auto const missing = (size - memory.size(caller).value() + 0xFFFF) / 0x10000;
      return std::uint32_t{memory.grow(caller, missing).has_value()};
    });
    ASSERT_TRUE(defined.has_value()) << defined.error().message();
    instantiate();
    call("d"); // the constructors
    auto guest = GuestAllocator::named(store(), instance(), "f", "g");
    ASSERT_TRUE(guest.has_value()) << guest.error().message();
    guest_ = *std::move(guest);
  }

  // argon2_hash of "password" with the salt "somesalt" and two passes; type 1 is Argon2i, 2 Argon2id.
  std::string hash(std::uint32_t kibibytes, std::uint32_t lanes, std::uint32_t type) {
    auto const password = guest_->put(std::string{"password"}).value();
    auto const salt = guest_->put(std::string{"somesalt"}).value();
    auto const digest = guest_->allocate(32).value();
    using weir::Val;
    auto const status =
        call("e", {Val{2}, Val{kibibytes}, Val{lanes}, Val{password.ptr()}, Val{password.len()}, Val{salt.ptr()},
                   Val{salt.len()}, Val{digest.ptr()}, Val{digest.len()}, Val{0}, Val{0}, Val{type}, Val{0x13}});
    EXPECT_EQ(status.i32(), 0);
    return weir::test::hex(digest.copy_out().value());
  }

 private:
  std::optional<GuestAllocator> guest_;
};

TEST_P(Argon2, HashesAreThoseOfTheReference) {
  EXPECT_EQ(hash(256, 1, 1), "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f");
  EXPECT_EQ(hash(256, 2, 1), "4ff5ce2769a1d7f4c8a491df09d41a9fbe90e5eb02155a13e4c01e20cd4eab61");
  EXPECT_EQ(hash(256, 1, 2), "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  EXPECT_EQ(hash(256, 2, 2), "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
}

// The same program for machines with 128-bit vectors.
class Argon2Simd : public Argon2 {
 protected:
  Argon2Simd() : Argon2("dist/argon2-simd.wasm") {}
};

TEST_P(Argon2Simd, HashesAreThoseOfTheReference) {
  EXPECT_EQ(hash(256, 1, 1), "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f");
  EXPECT_EQ(hash(256, 2, 2), "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
}

auto const backends = ::testing::Values(weir::Backend::tail_call, weir::Backend::loop);
INSTANTIATE_TEST_SUITE_P(Backends, Argon2, backends, weir::test::backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, Argon2Simd, backends, weir::test::backend_name);

} // namespace
