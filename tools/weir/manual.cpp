// weir manual: the manual page, in the language of man.

#include <string>
#include <string_view>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "commands.hpp"
#include "interface.hpp"
#include "terminal.hpp"

namespace weir::tools {

namespace {

// A line of text, whatever it begins with.
std::string escaped(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (char const c : text) {
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : c == '`' ? "\\(ga" : c == '\'' ? "\\(aq" : std::string(1, c);
  }
  return out;
}

std::string lines(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const end = std::min(text.find('\n', begin), text.size());
    out += escaped(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

// Paragraphs are filled, but examples stay as they are.
std::string footer(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = std::min(text.find("\n\n"), text.size());
    auto const paragraph = text.substr(0, end);
    bool const verbatim = paragraph.starts_with("Examples:");
    out += verbatim ? ".PP\n.nf\n" + lines(paragraph) + ".fi\n" : ".PP\n" + lines(paragraph);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string options(CommandInfo const& command) {
  std::string out;
  for (auto const& option : command.options) {
    std::string names;
    for (auto const& name : option.names) {
      names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", escaped(name));
    }
    if (!option.value.empty()) {
      names += fmt::format(" \\fI{}\\fR", escaped(option.value));
    }
    out += fmt::format(".TP\n{}\n{}\n", names, escaped(option.description));
  }
  return out;
}

std::string manual(Interface const& interface) {
  std::string out = fmt::format(".TH WEIR 1 \"\" \"weir {}\" \"User Commands\"\n", version());
  out += ".SH NAME\nweir \\- run, check, convert and inspect WebAssembly modules\n.SH SYNOPSIS\n.nf\n";
  for (auto const& command : interface.commands) {
    out += lines(command.usage);
  }
  out += ".fi\n.SH OPTIONS\n" + options(interface.top);
  out += ".SH COMMANDS\n";
  for (auto const& command : interface.commands) {
    out += fmt::format(".SS {}\n{}.PP\n{}.\n{}{}", escaped("weir " + command.name), lines(command.usage),
                       escaped(command.description), options(command), footer(command.footer));
  }
  return out + ".SH NOTES\n" + footer(interface.top.footer);
}

} // namespace

void add_manual(CLI::App& app, Action& action) {
  auto* const command = app.add_subcommand("manual", "Print the manual page, for man");
  command->footer(R"(An installed Weir has it where man looks for it: `man weir`.

Examples:
  weir manual | man -l -
  weir manual > ~/.local/share/man/man1/weir.1)");
  command->callback([&app, &action] {
    action = [&app] {
      print_out(manual(describe(app)));
      return exit_success;
    };
  });
}

} // namespace weir::tools
