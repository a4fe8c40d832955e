// The subcommands. Each function adds one to the application; when it was chosen, parsing has filled its options, and
// the callback stores in `run` what is then to be done.
#pragma once

#include <functional>

#include <CLI/App.hpp>

namespace weir::tools {

// Gives the exit code.
using Action = std::function<int()>;

void add_run(CLI::App& app, Action& action);
void add_validate(CLI::App& app, Action& action);
void add_wast(CLI::App& app, Action& action);
void add_parse(CLI::App& app, Action& action);
void add_print(CLI::App& app, Action& action);
void add_dump(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_completions(CLI::App& app, Action& action);
void add_manual(CLI::App& app, Action& action);

} // namespace weir::tools
