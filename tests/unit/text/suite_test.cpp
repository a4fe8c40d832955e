// The official suite's scripts as inputs of the parsers and the printer. Skipped where the suite is not there.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "text/script.hpp"
#include "unit/text/fixture.hpp"

namespace weir::test {
namespace {

class SuiteTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string const folder = WEIR_SPEC_SUITE;
    if (folder.empty()) {
      GTEST_SKIP() << "WEIR_SPEC_SUITE names no folder: the official suite is not read";
    }
    for (auto const& entry : std::filesystem::recursive_directory_iterator{folder}) {
      if (entry.path().extension() == ".wast") {
        files_.push_back(entry.path());
      }
    }
    ASSERT_FALSE(files_.empty()) << folder << " holds no .wast files";
    std::ranges::sort(files_);
    std::ifstream groups{std::filesystem::path{folder} / "groups.tsv"};
    for (std::string line; std::getline(groups, line);) {
      std::istringstream columns{line};
      std::string name;
      std::string group;
      std::getline(std::getline(columns, name, '\t'), group, '\t');
      groups_[name] = group;
    }
  }

  static std::string read(std::filesystem::path const& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  }

  // Whether the valid modules of a script need nothing beyond WebAssembly 2.0. Scripts in folders are of proposals.
  bool is_of_2_0(std::filesystem::path const& path) const {
    if (path.parent_path() != std::filesystem::path{WEIR_SPEC_SUITE}) {
      return false;
    }
    auto const group = groups_.find(path.filename().string());
    return group != groups_.end() && (group->second == "1.0" || group->second == "2.0");
  }

  std::vector<std::filesystem::path> files_;
  std::map<std::string, std::string> groups_;
};

text::ParseOptions options() { return {all_features(), true}; }

// What a module of the script is in the binary format; nothing where it does not parse.
std::optional<Bytes> bytes_of(text::ScriptModule const& module) {
  switch (module.form) {
  case text::ScriptModule::Form::quote: {
    auto bytes = text::parse_wat(module.source, options());
    return bytes ? std::optional{*std::move(bytes)} : std::nullopt;
  }
  case text::ScriptModule::Form::instance: return std::nullopt;
  default: return module.error == nullptr ? std::optional{module.bytes} : std::nullopt;
  }
}

// Prints the module and parses the text again. Whether it could be printed; what our parser made must come back.
bool round_trip(Bytes const& bytes, bool is_ours) {
  auto const text = print(bytes);
  if (!text) {
    return false;
  }
  auto const again = parse(*text);
  if (!again) {
    // An invalid module may say what the text cannot.
    EXPECT_FALSE(is_ours) << again.error().message() << "\n" << *text;
    return false;
  }
  if (is_ours) {
    EXPECT_EQ(bytes, *again) << *text;
  } else {
    EXPECT_EQ(*again, parsed(printed(*again))) << *text;
  }
  return true;
}

TEST_F(SuiteTest, EveryModuleComesBackFromItsText) {
  std::size_t ours = 0;
  std::size_t binaries = 0;
  for (auto const& path : files_) {
    SCOPED_TRACE(path.filename().string());
    auto const source = read(path);
    auto const script = text::parse_script(source, options());
    ASSERT_TRUE(script.has_value()) << script.error().message();
    for (auto const& command : script->commands) {
      SCOPED_TRACE("line " + std::to_string(command.line));
      auto const* module = std::get_if<text::ScriptModule>(&command.what);
      if (auto const* const assertion = std::get_if<text::AssertModule>(&command.what); assertion != nullptr) {
        module = &assertion->module;
      }
      auto const bytes = module == nullptr ? std::nullopt : bytes_of(*module);
      if (!bytes) {
        continue;
      }
      bool const is_ours = module->form != text::ScriptModule::Form::binary;
      bool const done = round_trip(*bytes, is_ours);
      EXPECT_TRUE(done || !is_ours);
      (is_ours ? ours : binaries) += done ? 1 : 0;
      if (HasFailure()) {
        return;
      }
    }
  }
  EXPECT_GT(ours, 1000u);
  EXPECT_GT(binaries, 50u);
}

// In the scripts of 1.0 and 2.0 malformed modules do not parse, and all others do.
TEST_F(SuiteTest, ModulesOfWasm2AreReadAsTheScriptsSay) {
  std::size_t good = 0;
  std::size_t malformed = 0;
  std::size_t unsupported = 0;
  for (auto const& path : files_) {
    if (!is_of_2_0(path)) {
      continue;
    }
    SCOPED_TRACE(path.filename().string());
    auto const source = read(path);
    auto const script = text::parse_script(source, options());
    ASSERT_TRUE(script.has_value()) << script.error().message();
    for (auto const& command : script->commands) {
      SCOPED_TRACE("line " + std::to_string(command.line));
      if (auto const* const unreadable = std::get_if<text::UnreadableCommand>(&command.what)) {
        EXPECT_EQ(unreadable->error.kind(), ErrorKind::unsupported) << unreadable->error.message();
      }
      auto const* module = std::get_if<text::ScriptModule>(&command.what);
      auto const* const assertion = std::get_if<text::AssertModule>(&command.what);
      if (assertion != nullptr) {
        module = &assertion->module;
      }
      if (module == nullptr || module->form == text::ScriptModule::Form::binary) {
        continue;
      }
      bool const is_malformed = assertion != nullptr && assertion->kind == text::AssertModule::Kind::malformed;
      auto const bytes = module->form == text::ScriptModule::Form::quote ? text::parse_wat(module->source, options())
                         : module->error == nullptr                      ? Result<Bytes>{module->bytes}
                                                                         : std::unexpected(*module->error);
      if (is_malformed) {
        ++malformed;
        EXPECT_TRUE(fails(bytes, ErrorKind::malformed)) << assertion->message << "\n" << module->source;
      } else if (bytes.has_value()) {
        ++good;
      } else {
        ++unsupported;
        EXPECT_EQ(bytes.error().kind(), ErrorKind::unsupported) << bytes.error().message();
      }
    }
  }
  EXPECT_GT(good, 1000u);
  EXPECT_GT(malformed, 500u);
  EXPECT_EQ(unsupported, 0u);
}

} // namespace
} // namespace weir::test
