// weir completions: scripts that let shells complete the tool's command line.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands.hpp"
#include "interface.hpp"
#include "terminal.hpp"

namespace weir::tools {

namespace {

std::string with_escapes(std::string_view text, std::string_view special, std::string_view escape) {
  std::string out;
  for (char const c : text) {
    if (special.find(c) != std::string_view::npos) {
      out += escape;
    }
    out += c;
  }
  return out;
}

// In single quotes, for any shell but fish.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (char const c : text) {
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

std::string names_of(Interface const& interface) {
  std::string names;
  for (auto const& command : interface.commands) {
    names += (names.empty() ? "" : " ") + command.name;
  }
  return names;
}

std::string options_of(CommandInfo const& command) {
  std::string names;
  for (auto const& option : command.options) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", fmt::join(option.names, " "));
  }
  return names;
}

std::string bash_value(OptionInfo const& option) {
  switch (option.kind) {
  case ValueKind::choice: return fmt::format("words='{}'", fmt::join(option.choices, " "));
  case ValueKind::folder: return R"(mapfile -t COMPREPLY < <(compgen -d -- "$current"); return)";
  case ValueKind::file: return "return";
  case ValueKind::none:
  case ValueKind::other: break;
  }
  return "compopt +o default; return";
}

// Where the function leaves COMPREPLY empty, bash completes the names of files.
std::string bash(Interface const& interface) {
  std::string out = fmt::format(R"(# Completions of weir for bash; made by `weir completions bash`.
_weir() {{
  local current=$2 previous=$3 words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='{} {}'
  else
    case ${{COMP_WORDS[1]}} in
)",
                                names_of(interface), options_of(interface.top));
  for (auto const& command : interface.commands) {
    out += fmt::format("    {})\n      case $previous in\n", command.name);
    for (auto const& option : command.options) {
      if (option.kind != ValueKind::none) {
        out += fmt::format("      {}) {} ;;\n", fmt::join(option.names, " | "), bash_value(option));
      }
    }
    out +=
        fmt::format("      *) case $current in -*) words='{}' ;; esac ;;\n      esac\n      ;;\n", options_of(command));
  }
  return out + R"(    esac
  fi
  [ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _weir weir
)";
}

std::string zsh_value(OptionInfo const& option) {
  auto const message = with_escapes(option.value, ":\\", "\\");
  switch (option.kind) {
  case ValueKind::choice: return fmt::format(":{}:({})", message, fmt::join(option.choices, " "));
  case ValueKind::folder: return fmt::format(":{}:_files -/", message);
  case ValueKind::file: return fmt::format(":{}:_files", message);
  case ValueKind::other: return fmt::format(":{}: ", message);
  case ValueKind::none: break;
  }
  return {};
}

// The specifications of _arguments, one for each name.
std::string zsh_options(CommandInfo const& command, std::string_view indent) {
  std::string out;
  for (auto const& option : command.options) {
    for (auto const& name : option.names) {
      out += fmt::format("{}{} \\\n", indent,
                         shell_quoted(fmt::format("{}{}[{}]{}", option.repeated ? "*" : "", name,
                                                  with_escapes(option.description, "[]:\\", "\\"), zsh_value(option))));
    }
  }
  return out;
}

std::string zsh(Interface const& interface) {
  std::string out = R"(#compdef weir
# Completions of weir for zsh; made by `weir completions zsh`.
_weir() {
  local -a commands line
  local curcontext=$curcontext state
  commands=(
)";
  for (auto const& command : interface.commands) {
    out += fmt::format("    {}\n", shell_quoted(fmt::format("{}:{}", command.name, command.description)));
  }
  out += fmt::format("  )\n  _arguments -C \\\n{}    '1: :->command' \\\n    '*:: :->rest'\n",
                     zsh_options(interface.top, "    "));
  out += R"(  case $state in
  command) _describe command commands ;;
  rest)
    case $line[1] in
)";
  for (auto const& command : interface.commands) {
    out += fmt::format("    {})\n      _arguments \\\n{}        '*: :_files'\n      ;;\n", command.name,
                       zsh_options(command, "        "));
  }
  return out + "    esac\n    ;;\n  esac\n}\n_weir \"$@\"\n";
}

std::string fish_quoted(std::string_view text) { return "'" + with_escapes(text, "'\\", "\\") + "'"; }

std::string fish_option(OptionInfo const& option, std::string_view condition) {
  std::string out = fmt::format("complete -c weir -n {}", fish_quoted(condition));
  for (auto const& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  switch (option.kind) {
  case ValueKind::choice: out += fmt::format(" -x -a '{}'", fmt::join(option.choices, " ")); break;
  case ValueKind::folder: out += " -x -a '(__fish_complete_directories)'"; break;
  case ValueKind::file: out += " -r -F"; break;
  case ValueKind::other: out += " -x"; break;
  case ValueKind::none: break;
  }
  return out + " -d " + fish_quoted(option.description) + "\n";
}

std::string fish(Interface const& interface) {
  std::string out = "# Completions of weir for fish; made by `weir completions fish`.\n";
  for (auto const& option : interface.top.options) {
    out += fish_option(option, "__fish_use_subcommand");
  }
  for (auto const& command : interface.commands) {
    out += fmt::format("complete -c weir -n __fish_use_subcommand -f -a {} -d {}\n", command.name,
                       fish_quoted(command.description));
    for (auto const& option : command.options) {
      out += fish_option(option, "__fish_seen_subcommand_from " + command.name);
    }
  }
  return out;
}

} // namespace

void add_completions(CLI::App& app, Action& action) {
  auto const shell = std::make_shared<std::string>();
  auto* const command = app.add_subcommand("completions", "Print a script that lets a shell complete the command line");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(is_one_of({"bash", "zsh", "fish"}));
  command->footer(R"(An installed Weir has these scripts where the shells look for them.

Examples:
  weir completions bash > ~/.local/share/bash-completion/completions/weir
  weir completions zsh > ~/.zfunc/_weir
  weir completions fish > ~/.config/fish/completions/weir.fish)");
  command->callback([shell, &app, &action] {
    action = [shell, &app] {
      auto const interface = describe(app);
      print_out(*shell == "bash" ? bash(interface) : *shell == "zsh" ? zsh(interface) : fish(interface));
      return exit_success;
    };
  });
}

} // namespace weir::tools
