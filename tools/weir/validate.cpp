// weir validate: checks modules without running them.

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "commands.hpp"
#include "input.hpp"
#include "options.hpp"
#include "terminal.hpp"

namespace weir::tools {

namespace {

struct ValidateOptions {
  EngineOptions engine;
  std::vector<std::string> files;
  bool quiet = false;
};

bool validate_file(Engine const& engine, std::string const& path, bool quiet) {
  auto const input = open_input(path);
  if (!input.has_value()) {
    print_error(input.error().message());
    return false;
  }
  auto const checked = [&]() -> Result<void> {
    if (input->format == Format::binary) {
      return Module::validate(engine, input->bytes());
    }
    auto const module = Module::from_wat(engine, input->text());
    return module.has_value() ? Result<void>{} : std::unexpected(module.error());
  }();
  if (!checked.has_value()) {
    print_error(path, checked.error());
    return false;
  }
  if (!quiet) {
    print_out(fmt::format("{}: valid\n", path));
  }
  return true;
}

int validate(ValidateOptions const& options) {
  auto const engine = Engine::create(options.engine.config());
  if (!engine.has_value()) {
    print_error(engine.error().message());
    return exit_failure;
  }
  bool good = true;
  for (auto const& path : options.files) {
    good = validate_file(*engine, path, options.quiet) && good;
  }
  return good ? exit_success : exit_failure;
}

} // namespace

void add_validate(CLI::App& app, Action& action) {
  auto const options = std::make_shared<ValidateOptions>();
  auto* const command = app.add_subcommand("validate", "Check modules without running them");
  command->add_option("FILE", options->files, "Modules in the binary or the text format")->required();
  command->add_flag("-q,--quiet", options->quiet, "Say nothing about valid modules");
  options->engine.add_features(*command);
  command->footer(R"(Exit code 0 when all are valid, else 1.

Examples:
  weir validate a.wasm b.wat
  weir validate -W simd=on -W bulk-memory=off guest.wasm)");
  command->callback([options, &action] { action = [options] { return validate(*options); }; });
}

} // namespace weir::tools
