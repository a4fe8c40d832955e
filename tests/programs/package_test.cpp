#include "package_test.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace weir::test {

void PackageTest::SetUp() {
  std::filesystem::path const file = std::filesystem::path{WEIR_PACKAGES} / package_ / file_;
  if (!exists(file)) {
    GTEST_SKIP() << "the package " << package_ << " is not here; the test programs.fetch says why";
  }
  if (!Engine::has_backend(GetParam())) {
    GTEST_SKIP() << "this build of Weir has no such backend";
  }
  engine_.emplace(Config{}.backend(GetParam()));
  auto loaded = Module::from_file(*engine_, file.string());
  if (!loaded.has_value() && loaded.error().kind() == ErrorKind::unsupported) {
    GTEST_SKIP() << file_ << " needs what Weir does not have: " << loaded.error().message();
  }
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  module_ = *std::move(loaded);
  store_.emplace(*engine_);
  linker_.emplace(*engine_);
}

void PackageTest::TearDown() {
  if (IsSkipped() || HasFailure()) {
    return;
  }
  std::filesystem::path const records{WEIR_PROGRAM_RECORDS};
  std::filesystem::create_directories(records);
  std::string name = package_;
  std::ranges::replace(name, '/', '+');
  std::ofstream{records / name, std::ios::app} << (GetParam() == Backend::loop ? "loop\n" : "tail-call\n");
}

void PackageTest::instantiate() {
  auto made = linker_->instantiate(*store_, *module_);
  ASSERT_TRUE(made.has_value()) << made.error().message();
  instance_ = *made;
}

Val PackageTest::call(std::string_view name, std::initializer_list<Val> arguments) {
  auto const function = instance_.get_func(*store_, name);
  if (!function.has_value()) {
    ADD_FAILURE() << function.error().message();
    return {};
  }
  auto const type = function->type(*store_);
  std::vector<Val> results(type.has_value() ? type->results().size() : 0);
  auto const done = function->call(*store_, std::span{arguments.begin(), arguments.size()}, results);
  if (!done.has_value()) {
    ADD_FAILURE() << name << ": " << done.error().message();
    return {};
  }
  return results.empty() ? Val{} : results.front();
}

std::string backend_name(::testing::TestParamInfo<Backend> const& info) {
  return info.param == Backend::loop ? "loop" : "tail_call";
}

std::string hex(std::span<std::byte const> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (auto const byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

} // namespace weir::test
