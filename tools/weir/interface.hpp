// The command line as data, for what is made from it: completions of shells and the manual page.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace weir::tools {

enum class ValueKind : std::uint8_t { none, file, folder, choice, other };

struct OptionInfo {
  std::vector<std::string> names; // "-h", "--help"
  std::string description;
  std::string value; // "SIZE"; empty for a flag
  ValueKind kind = ValueKind::none;
  std::vector<std::string> choices;
  bool repeated = false;
};

struct CommandInfo {
  std::string name;
  std::string description;
  std::string usage; // "weir run [OPTIONS] FILE [ARGS...]"; empty for the tool itself
  std::string footer;
  std::vector<OptionInfo> options;
};

struct Interface {
  CommandInfo top; // the tool itself
  std::vector<CommandInfo> commands;
};

Interface describe(CLI::App& app);

// Accepts the words and nothing else; describe() finds them again.
CLI::Validator is_one_of(std::vector<std::string> const& words);
// Accepts what `check` finds nothing wrong with (an empty string); describe() gives the words as what can be chosen.
CLI::Validator with_choices(std::vector<std::string> const& words,
                            std::function<std::string(std::string const&)> check);

} // namespace weir::tools
