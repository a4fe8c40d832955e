// weir: the command line tool.

#include <cstdio>
#include <exception>
#include <map>
#include <new>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <weir/weir.hpp>

#include "base/utf8.hpp"
#include "commands.hpp"
#include "terminal.hpp"

namespace {

// Usage lines as people read them; the library's own would not say that options stand before the file.
class Formatter : public CLI::Formatter {
 public:
  std::string make_usage(CLI::App const* app, std::string name) const override {
    static std::map<std::string, std::string> const after_name{
        {"run", "[OPTIONS] FILE [ARGS...]"},
        {"validate", "[OPTIONS] FILE..."},
        {"wast", "[OPTIONS] SCRIPT|FOLDER..."},
        {"parse", "[OPTIONS] IN.wat -o OUT.wasm"},
        {"print", "[OPTIONS] IN.wasm"},
        {"dump", "[OPTIONS] FILE"},
        {"inspect", "[OPTIONS] FILE"},
        {"completions", "bash|zsh|fish"},
        {"manual", ""},
    };
    auto const found = after_name.find(app->get_name());
    auto const words = found == after_name.end() ? "COMMAND [OPTIONS] ..." : found->second;
    return fmt::format("Usage: {}{}{}\n", name.empty() ? app->get_name() : name, words.empty() ? "" : " ", words);
  }

  std::string make_option_name(CLI::Option const* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    constexpr std::string_view negation = "{false}";
    for (auto at = name.find(negation); at != std::string::npos; at = name.find(negation)) {
      name.erase(at, negation.size());
    }
    return name;
  }

  // What is required, and which words are possible, the usage line and the descriptions say.
  std::string make_option_opts(CLI::Option const* option) const override {
    if (!option->nonpositional()) {
      return option->get_expected_max() > 1 ? "..." : "";
    }
    std::string text = option->get_type_size() == 0 ? "" : " " + option->get_type_name();
    if (!option->get_default_str().empty()) {
      text += "=" + option->get_default_str();
    }
    return text;
  }
};

constexpr char const* examples = R"(Examples:
  weir run --invoke add math.wat 2 40          call a function; prints 42
  weir run --fuel 1000000 --timeout 5s p.wasm  run _start, bounded
  weir validate a.wasm b.wasm                  check modules without running them
  weir inspect guest.wasm                      what it imports, exports and holds
  weir parse guest.wat -o guest.wasm           text format to binary format
  weir print guest.wasm                        binary format to text format
  weir dump --function 3 guest.wasm            what the interpreter will execute
  weir wast tests/*.wast                       run scripts of the official suite's kind

Exit codes: 0 fine; 1 the module or script is at fault; 2 the command line is; 130 interrupted; 134 trap, out of fuel
or timeout. `weir COMMAND --help` tells more.)";

std::string version_text() {
  bool const tail_calls = weir::Engine::has_backend(weir::Backend::tail_call);
  return fmt::format("weir {} (backends: {}loop)", weir::version(), tail_calls ? "tail-call, " : "");
}

int run_tool(int argc, char** argv) {
  using namespace weir::tools;
  CLI::App app{"Weir, a WebAssembly interpreter", "weir"};
  app.formatter(std::make_shared<Formatter>());
  app.get_formatter()->column_width(34);
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text(), "Print the version and the dispatch backends of this build");
  app.footer(examples);

  Action action;
  add_run(app, action);
  add_validate(app, action);
  add_inspect(app, action);
  add_parse(app, action);
  add_print(app, action);
  add_dump(app, action);
  add_wast(app, action);
  add_completions(app, action);
  add_manual(app, action);

  if (argc == 1) {
    std::string help = app.help();
    help.erase(help.find_last_not_of('\n') + 1);
    print_error("no command given\n\n" + help);
    return exit_usage;
  }
  // What stands first is the command: the library would only say that one is missing.
  std::string_view const first = argv[1];
  auto const is_first = [first](CLI::App const* command) { return command->get_name() == first; };
  if (!first.starts_with('-') && app.get_subcommands(is_first).empty()) {
    print_error(fmt::format("there is no command \"{}\"\n`weir --help` lists them", weir::base::printable(first)));
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::Success const& wanted) { // --help, --version
    return finish_output(app.exit(wanted));
  } catch (CLI::ParseError const& wrong) {
    auto const chosen = app.get_subcommands();
    std::string const command = chosen.empty() ? "weir" : "weir " + chosen.front()->get_name();
    print_error(fmt::format("{}\n`{} --help` tells how to use it", wrong.what(), command));
    return exit_usage;
  }
  return finish_output(action());
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run_tool(argc, argv);
  } catch (std::bad_alloc const&) {
    std::fputs("error: out of memory\n", stderr);
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "error: %s\n", failure.what());
  }
  return weir::tools::exit_failure;
}
