#include "interface.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::tools {

namespace {

// What separates words in a validator's name, which nobody sees.
constexpr char separator = '|';

std::vector<std::string> choices_of(CLI::Option& option) {
  std::vector<std::string> words;
  try {
    std::string const name = option.get_validator(0)->get_name();
    for (std::size_t begin = 0; begin < name.size();) {
      auto const end = std::min(name.find(separator, begin), name.size());
      words.push_back(name.substr(begin, end - begin));
      begin = end + 1;
    }
  } catch (CLI::OptionNotFound const&) {
    return {}; // it has none
  }
  return words;
}

ValueKind kind_of(OptionInfo const& option) {
  if (option.value.empty()) {
    return ValueKind::none;
  }
  if (!option.choices.empty()) {
    return ValueKind::choice;
  }
  if (option.value.starts_with("HOST")) {
    return ValueKind::folder;
  }
  return option.value.ends_with("FILE") || option.value == "LIST" ? ValueKind::file : ValueKind::other;
}

OptionInfo describe_option(CLI::Option& option) {
  OptionInfo info;
  for (auto const& name : option.get_snames()) {
    info.names.push_back("-" + name);
  }
  for (auto const& name : option.get_lnames()) {
    info.names.push_back("--" + name);
  }
  info.description = option.get_description();
  if (option.get_type_size() != 0) {
    info.value = option.get_type_name();
    info.choices = choices_of(option);
    info.repeated = option.get_items_expected_max() > 1;
  }
  info.kind = kind_of(info);
  return info;
}

// As the help has it.
std::string usage_of(CLI::App& command) {
  constexpr std::string_view label = "Usage: ";
  std::string const help = command.help("weir");
  auto const begin = help.find(label) + label.size();
  return help.substr(begin, help.find('\n', begin) - begin);
}

CommandInfo describe_command(CLI::App& app, std::string usage) {
  CommandInfo info{app.get_name(), app.get_description(), std::move(usage), app.get_footer(), {}};
  for (auto* const option : app.get_options([](CLI::Option* each) { return each->nonpositional(); })) {
    info.options.push_back(describe_option(*option));
  }
  return info;
}

} // namespace

Interface describe(CLI::App& app) {
  Interface interface{describe_command(app, {}), {}};
  for (auto* const command : app.get_subcommands([](CLI::App*) { return true; })) {
    interface.commands.push_back(describe_command(*command, usage_of(*command)));
  }
  return interface;
}

CLI::Validator is_one_of(std::vector<std::string> const& words) {
  return with_choices(words, [words](std::string const& text) {
    return std::ranges::find(words, text) != words.end()
               ? std::string{}
               : fmt::format("\"{}\" is not one of {}", text, fmt::join(words, ", "));
  });
}

CLI::Validator with_choices(std::vector<std::string> const& words,
                            std::function<std::string(std::string const&)> check) {
  return {[check = std::move(check)](std::string& text) { return check(text); }, std::string{},
          fmt::format("{}", fmt::join(words, std::string_view{&separator, 1}))};
}

} // namespace weir::tools
