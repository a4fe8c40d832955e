// The common part of tests that run a module out of a package of the npm registry. fetch.py brings the packages before;
// where one is not there, its tests are skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <weir/exchange.hpp>

namespace weir::test {

class PackageTest : public ::testing::TestWithParam<Backend> {
 protected:
  // `module` is a path within the package.
  PackageTest(std::string package, std::string module) : package_(std::move(package)), file_(std::move(module)) {}

  // Loads the module; skips the test when package, backend or a feature is missing.
  void SetUp() override;
  // Notes for programs.count that the package really ran.
  void TearDown() override;

  Module const& module() const { return *module_; }
  Store& store() { return *store_; }
  Linker& linker() { return *linker_; }

  // Instantiates the module with what the linker has.
  void instantiate();
  Instance const& instance() const { return instance_; }
  // Calls an export. Precondition: instantiate() went well. An error fails the test and gives an empty Val.
  Val call(std::string_view name, std::initializer_list<Val> arguments = {});

 private:
  std::string package_;
  std::string file_;
  std::optional<Engine> engine_;
  std::optional<Module> module_;
  std::optional<Store> store_;
  std::optional<Linker> linker_;
  Instance instance_;
};

std::string backend_name(::testing::TestParamInfo<Backend> const& info);
std::string hex(std::span<std::byte const> bytes);

} // namespace weir::test
