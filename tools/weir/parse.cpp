// weir parse: the text format into the binary format.

#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "commands.hpp"
#include "input.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "text/wat.hpp"

namespace weir::tools {

namespace {

struct ParseOptions {
  EngineOptions engine;
  std::string file;
  std::string output;
  bool names = true;
};

int parse(ParseOptions const& options) {
  auto const input = open_input(options.file);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  if (input->format == Format::binary) {
    print_error(fmt::format("{}: this is a module in the binary format already; `weir print` turns it into text",
                            options.file));
    return exit_failure;
  }
  auto const bytes = text::parse_wat(input->text(), {options.engine.config().features(), options.names});
  if (!bytes.has_value()) {
    print_error(options.file, bytes.error());
    return exit_failure;
  }
  if (options.output == "-") {
    if (isatty(STDOUT_FILENO) == 1) {
      print_error("the binary format is not for a terminal; send it to a file with -o FILE");
      return exit_usage;
    }
    print_out({reinterpret_cast<char const*>(bytes->data()), bytes->size()});
    return exit_success;
  }
  if (auto const written = write_file(options.output, *bytes); !written.has_value()) {
    print_error(written.error().message());
    return exit_failure;
  }
  return exit_success;
}

} // namespace

void add_parse(CLI::App& app, Action& action) {
  auto const options = std::make_shared<ParseOptions>();
  auto* const command = app.add_subcommand("parse", "Turn the text format into the binary format");
  command->add_option("FILE", options->file, "A module in the text format")->required();
  command->add_option("-o,--output", options->output, "Where the binary goes; - for the standard output")
      ->type_name("FILE")
      ->required();
  command->add_flag("--names,!--no-names", options->names, "Keep the text's identifiers in a name section");
  options->engine.add_features(*command);
  command->footer(R"(The module is not validated: `weir validate` does that.

Examples:
  weir parse guest.wat -o guest.wasm
  weir parse --no-names guest.wat -o - | wc -c)");
  command->callback([options, &action] { action = [options] { return parse(*options); }; });
}

} // namespace weir::tools
