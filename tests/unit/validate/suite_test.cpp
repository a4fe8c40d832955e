// The modules of the official suite, through the text parser, the decoder and validation. What they do when they run is
// the business of tests/spec.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fixture.hpp"
#include "text/script.hpp"

namespace weir {
namespace {

using test::all_features;
using text::AssertModule;
using text::ScriptModule;

std::filesystem::path const suite{WEIR_SPEC_SUITE};

// The files whose valid modules need no more than WebAssembly 2.0.
std::vector<std::string> files() {
  std::vector<std::string> names;
  std::ifstream groups{suite / "groups.tsv"};
  for (std::string line; std::getline(groups, line);) {
    std::istringstream columns{line};
    std::string file;
    std::string group;
    if (std::getline(columns, file, '\t') && std::getline(columns, group, '\t') && (group == "1.0" || group == "2.0")) {
      names.push_back(file);
    }
  }
  return names;
}

std::string read(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

// The module's bytes, or why there are none.
Result<std::vector<std::uint8_t>> bytes_of(ScriptModule const& module) {
  if (module.error != nullptr) {
    return std::unexpected(*module.error);
  }
  if (module.form == ScriptModule::Form::quote) {
    return text::parse_wat(module.source, {.features = all_features()});
  }
  return module.bytes;
}

Result<void> check_module(ScriptModule const& module) {
  auto bytes = bytes_of(module);
  if (!bytes.has_value()) {
    return std::unexpected(std::move(bytes).error());
  }
  return test::check(*std::move(bytes));
}

void expect_refused(AssertModule const& assertion, ErrorKind kind) {
  auto const valid = check_module(assertion.module);
  if (valid.has_value()) {
    ADD_FAILURE() << "accepted; expected " << to_string(kind) << ": " << assertion.message;
    return;
  }
  EXPECT_STREQ(to_string(valid.error().kind()), to_string(kind))
      << valid.error().message() << "; expected: " << assertion.message;
  // What is malformed can often be said in several ways; what is invalid has a name.
  if (kind == ErrorKind::invalid) {
    EXPECT_TRUE(valid.error().message().find(assertion.message) != std::string::npos)
        << "expected: " << assertion.message << "\n   found: " << valid.error().message();
    auto const bytes = bytes_of(assertion.module);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_TRUE(test::decode_bytes(*bytes).has_value()) << "an invalid module is well-formed";
  }
}

void expect_valid(ScriptModule const& module) {
  auto const valid = check_module(module);
  EXPECT_TRUE(valid.has_value()) << valid.error().message();
}

class Suite : public testing::TestWithParam<std::string> {};

TEST_P(Suite, ModulesGetTheirVerdicts) {
  auto const source = read(suite / GetParam());
  auto const script = text::parse_script(source, {.features = all_features()});
  ASSERT_TRUE(script.has_value()) << script.error().message();
  for (auto const& command : script->commands) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(command.line));
    auto const* const assertion = std::get_if<AssertModule>(&command.what);
    auto const* const module = assertion != nullptr ? &assertion->module : std::get_if<ScriptModule>(&command.what);
    if (module == nullptr || module->form == ScriptModule::Form::instance) {
      continue;
    }
    if (assertion == nullptr) {
      expect_valid(*module);
    } else {
      switch (assertion->kind) {
      case AssertModule::Kind::malformed: expect_refused(*assertion, ErrorKind::malformed); break;
      case AssertModule::Kind::invalid: expect_refused(*assertion, ErrorKind::invalid); break;
      case AssertModule::Kind::unlinkable:
      case AssertModule::Kind::trap: expect_valid(assertion->module); break;
      case AssertModule::Kind::malformed_custom:
      case AssertModule::Kind::invalid_custom: break; // about custom sections, which Weir does not judge
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Official, Suite, testing::ValuesIn(files()), [](auto const& file) {
  std::string label;
  for (char const letter : file.param) {
    label += std::isalnum(static_cast<unsigned char>(letter)) != 0 ? letter : '_';
  }
  return label;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Suite);

TEST(OfficialSuite, IsThere) {
  if (suite.empty()) {
    GTEST_SKIP() << "the official suite is not there: name its folder in WEIR_SPEC_SUITE";
  }
  EXPECT_GE(files().size(), 139u) << "groups.tsv of " << suite << " lists fewer files than it did";
}

} // namespace
} // namespace weir
