// weir print: the binary format into the text format.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "commands.hpp"
#include "decode/module_decoder.hpp"
#include "input.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "text/printer.hpp"

namespace weir::tools {

namespace {

struct PrintOptions {
  EngineOptions engine;
  std::string file;
};

class InputBytes final : public wasm::ModuleBytes {
 public:
  explicit InputBytes(Input input) : input_(std::move(input)) {}
  base::ByteSpan view() const noexcept override { return input_.bytes(); }

 private:
  Input input_;
};

int print(PrintOptions const& options) {
  auto input = open_input(options.file);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  if (input->format == Format::text) {
    print_error(fmt::format("{}: this is in the text format already; `weir parse` turns it into the binary format",
                            options.file));
    return exit_failure;
  }
  auto const module =
      decode::decode_module(std::make_shared<InputBytes>(*std::move(input)), options.engine.config().features());
  if (!module.has_value()) {
    print_error(options.file, module.error());
    return exit_failure;
  }
  auto const printed = text::print_module(*module, [](std::string_view text) { return print_out(text); });
  if (!printed.has_value()) {
    print_error(options.file, printed.error());
    return exit_failure;
  }
  return exit_success;
}

} // namespace

void add_print(CLI::App& app, Action& action) {
  auto const options = std::make_shared<PrintOptions>();
  auto* const command = app.add_subcommand("print", "Turn the binary format into the text format");
  command->add_option("FILE", options->file, "A module in the binary format")->required();
  options->engine.add_features(*command);
  command->footer(
      R"(The text goes to the standard output. Identifiers come from the module's name section; a number in (; ;) is the index
of what it stands behind, and (;@N;) the label that a branch goes to. The module is not validated: `weir validate` does
that.

Examples:
  weir print guest.wasm
  weir print guest.wasm > guest.wat)");
  command->callback([options, &action] { action = [options] { return print(*options); }; });
}

} // namespace weir::tools
