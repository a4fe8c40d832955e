// What layers on top of the interface need: identities of objects, the instances of frames, text to binary.
#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class IdentityTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, IdentityTest, testing::ValuesIn(backends()), backend_name);

TEST_P(IdentityTest, IdsTellObjectsApart) {
  Store store{engine_};
  auto const it = instance(store, R"((module (func (export "f")) (memory (export "m") 1) (table (export "t") 1 funcref)
    (global (export "g") i32 (i32.const 0))))");
  auto const f = it.get_func(store, "f")->id();
  std::vector<std::uintptr_t> const ids{f, it.get_memory(store, "m")->id(), it.get_table(store, "t")->id(),
                                        it.get_global(store, "g")->id(), it.id()};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_NE(ids[i], 0u);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(ids[i], ids[j]);
    }
  }
  EXPECT_EQ(it.get_func(store, "f")->id(), f);
  EXPECT_EQ(Func{}.id(), 0u);
  EXPECT_EQ(Instance{}.id(), 0u);
}

TEST_P(IdentityTest, FramesKnowTheirInstance) {
  Store store{engine_};
  auto const inner = instance(store, R"((module (func (export "fail") unreachable)))");
  Linker linker{engine_};
  ASSERT_TRUE(ok(linker.instance(store, "inner", inner)));
  ASSERT_TRUE(ok(linker.func("host", "pass", [](Caller& caller, Func func) -> Result<void> {
    auto const done = func.call(caller, {});
    return done.has_value() ? Result<void>{} : std::unexpected(done.error());
  })));
  auto const outer = instance(store, R"((module
    (import "inner" "fail" (func $fail)) (import "host" "pass" (func $pass (param funcref)))
    (func $run (export "run") (call $fail)) (elem declare func $run)
    (func (export "nested") (call $pass (ref.func $run)))))",
                              linker);
  auto const result = func<void()>(store, outer, "nested").call(store);
  ASSERT_TRUE(traps(result, TrapReason::unreachable));
  auto const frames = result.error().trap()->frames();
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(Instance::of(frames[0]), inner);
  EXPECT_EQ(Instance::of(frames[1]), outer);
  EXPECT_EQ(Instance::of(frames[2]), Instance{}); // the host function
  EXPECT_EQ(Instance::of(frames[3]), outer);
  EXPECT_TRUE(ok(Instance::of(frames[0]).get_func(store, "fail")));
}

TEST_P(IdentityTest, TextToBinary) {
  auto const bytes = wat_to_wasm("(module (func (export \"f\") (result i32) (i32.const 7)))");
  ASSERT_TRUE(ok(bytes));
  auto const made = Module::from_bytes(engine_, *bytes);
  ASSERT_TRUE(ok(made));
  EXPECT_EQ(made->exports().size(), 1u);

  EXPECT_TRUE(ok(wat_to_wasm("(module (func (result i32)))"))) << "it is well-formed, though not valid";
  auto const wrong = wat_to_wasm("(module\n (func nop");
  ASSERT_TRUE(fails(wrong, ErrorKind::malformed));
  EXPECT_EQ(wrong.error().line(), 2u);
}

} // namespace
} // namespace weir::test
