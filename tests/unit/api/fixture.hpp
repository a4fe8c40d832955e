// What the tests of the public interface share: an engine per backend, modules from text, short checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <weir/weir.hpp>

namespace weir::test {

// The backends that this build has; every test of behaviour runs on each.
inline std::vector<Backend> backends() {
  std::vector<Backend> all{Backend::loop};
  if (Engine::has_backend(Backend::tail_call)) {
    all.push_back(Backend::tail_call);
  }
  return all;
}

inline std::string backend_name(testing::TestParamInfo<Backend> const& info) {
  return info.param == Backend::loop ? "loop" : "tail_call";
}

template <class T>
testing::AssertionResult ok(Result<T> const& result) {
  if (result.has_value()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << to_string(result.error().kind()) << ": " << result.error().message();
}

// Whether the result is an error of this kind whose message contains the text.
template <class T>
testing::AssertionResult fails(Result<T> const& result, ErrorKind kind, std::string_view text = "") {
  if (result.has_value()) {
    return testing::AssertionFailure() << "it succeeded";
  }
  auto const& error = result.error();
  if (error.kind() != kind || error.message().find(text) == std::string::npos) {
    return testing::AssertionFailure() << "expected " << to_string(kind) << " with \"" << text << "\", got "
                                       << to_string(error.kind()) << ": " << error.message();
  }
  return testing::AssertionSuccess();
}

// Whether the result is a trap with this reason.
template <class T>
testing::AssertionResult traps(Result<T> const& result, TrapReason reason) {
  if (result.has_value()) {
    return testing::AssertionFailure() << "it succeeded";
  }
  auto const* const trap = result.error().trap();
  if (trap == nullptr || trap->reason() != reason) {
    return testing::AssertionFailure() << "expected the trap \"" << to_string(reason) << "\", got "
                                       << to_string(result.error().kind()) << ": " << result.error().message();
  }
  return testing::AssertionSuccess();
}

class ApiTest : public testing::TestWithParam<Backend> {
 protected:
  // Host writes are checked only where a test says so, in debug builds too.
  explicit ApiTest(Config const& config = {})
      : engine_(Config{config}.backend(GetParam()).host_writes(config.host_writes().value_or(HostWrites::off))) {}

  Module module(std::string_view wat) {
    auto made = Module::from_wat(engine_, wat);
    EXPECT_TRUE(ok(made)) << wat;
    return made.has_value() ? *std::move(made) : *Module::from_wat(engine_, "(module)");
  }

  // Instantiates with what the linker defines.
  Instance instance(StoreContext store, std::string_view wat, Linker const& linker) {
    auto made = linker.instantiate(store, module(wat));
    EXPECT_TRUE(ok(made)) << wat;
    return made.value_or(Instance{});
  }
  Instance instance(StoreContext store, std::string_view wat) { return instance(store, wat, Linker{engine_}); }

  template <class Signature>
  TypedFunc<Signature> func(StoreContext store, Instance const& of, std::string_view name) {
    auto found = of.get_typed_func<Signature>(store, name);
    EXPECT_TRUE(ok(found));
    return found.value_or(TypedFunc<Signature>{});
  }

  Engine engine_;
};

} // namespace weir::test
