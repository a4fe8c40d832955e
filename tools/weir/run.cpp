// weir run: instantiates a module and calls one of its functions.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "commands.hpp"
#include "input.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "values.hpp"

namespace weir::tools {

namespace {

struct RunOptions {
  EngineOptions engine;
  std::string invoke;
  std::optional<std::uint64_t> fuel;
  std::string timeout;
  std::string max_memory;
  bool trap_on_grow_failure = false;
  bool unknown_imports_trap = false;
  std::vector<std::string> rest; // FILE ARGS...
};

// The function to call, with its arguments.
struct Call {
  std::string name;
  std::vector<Val> args;
  std::size_t results = 0;
};

std::string list_of_functions(Module const& module) {
  std::string list;
  for (auto const& each : module.exports()) {
    if (auto const* const type = std::get_if<FuncType>(&each.type)) {
      list += fmt::format("\n  {} {}", each.name, to_string(*type));
    }
  }
  return list;
}

// What the command line says wrongly about a module that itself is fine.
using UsageResult = std::expected<std::optional<Call>, std::string>;

UsageResult plan_invocation(Module const& module, std::string const& name, std::span<std::string const> words) {
  auto const type = module.export_type(name);
  auto const* const function = type.has_value() ? std::get_if<FuncType>(&*type) : nullptr;
  if (function == nullptr) {
    auto const list = list_of_functions(module);
    return std::unexpected(
        fmt::format("{}; {}",
                    type.has_value() ? fmt::format("the export `{}` is a {}, not a function", name, to_string(*type))
                                     : fmt::format("the module exports no function `{}`", name),
                    list.empty() ? "it exports no functions at all" : "it exports" + list));
  }
  auto const& params = function->params();
  if (words.size() != params.size()) {
    return std::unexpected(fmt::format("`{}` {} takes {} argument{}, but {} {} given", name, to_string(*function),
                                       params.size(), params.size() == 1 ? "" : "s", words.size(),
                                       words.size() == 1 ? "was" : "were"));
  }
  Call call{name, {}, function->results().size()};
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto value = parse_value(params[i], words[i]);
    if (!value.has_value()) {
      return std::unexpected(fmt::format("argument {} of `{}`: \"{}\" is not of type {}: {}", i + 1, name, words[i],
                                         to_string(params[i]), value.error()));
    }
    call.args.push_back(std::move(*value));
  }
  return call;
}

// Finds out what to call before anything runs. Nothing: instantiating is all there is to do.
UsageResult plan(Module const& module, std::string const& invoke, std::span<std::string const> words) {
  if (!invoke.empty()) {
    return plan_invocation(module, invoke, words);
  }
  auto const start = module.export_type("_start");
  if (start.has_value() && std::holds_alternative<FuncType>(*start)) {
    return plan_invocation(module, "_start", words);
  }
  auto const list = list_of_functions(module);
  if (list.empty() || module.start_function().has_value()) {
    return std::optional<Call>{};
  }
  return std::unexpected("the module exports no `_start`; choose a function with --invoke NAME:" + list);
}

int report(std::string_view file, Error const& error) {
  print_error(file, error);
  return exit_code_of(error);
}

Result<void> prepare(Store& store, RunOptions const& options) {
  if (options.fuel.has_value()) {
    if (auto const set = store.set_fuel(*options.fuel); !set.has_value()) {
      return set;
    }
  }
  if (!options.timeout.empty()) {
    auto const timeout =
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(*parse_duration(options.timeout));
    return store.set_deadline(std::chrono::steady_clock::now() + timeout);
  }
  return {};
}

int instantiate_and_call(RunOptions const& options, std::string const& path, Module const& module,
                         std::optional<Call> const& call) {
  StoreLimits limits;
  if (!options.max_memory.empty()) {
    limits.memory_size = *parse_size(options.max_memory);
    limits.total_memory = limits.memory_size;
  }
  limits.trap_on_grow_failure = options.trap_on_grow_failure;
  auto store = Store::create(module.engine(), limits);
  if (!store.has_value()) {
    return report(path, store.error());
  }
  auto handle = store->interrupt_handle();
  if (!handle.has_value()) {
    return report(path, handle.error());
  }
  Linker linker{module.engine()};
  if (options.unknown_imports_trap) {
    if (auto const defined = linker.define_unknown_imports_as_traps(module); !defined.has_value()) {
      return report(path, defined.error());
    }
  }
  InterruptOnSignal const interrupt{*std::move(handle)};
  if (auto const prepared = prepare(*store, options); !prepared.has_value()) {
    return report(path, prepared.error());
  }
  auto const instance = linker.instantiate(*store, module);
  if (!instance.has_value()) {
    int const code = report(path, instance.error());
    if (instance.error().kind() == ErrorKind::link) {
      print_note(
          "`weir run` defines no imports; with --unknown-imports-trap, functions that nothing defines trap when "
          "they are called");
    }
    return code;
  }
  if (!call.has_value()) {
    return exit_success;
  }
  auto const function = instance->get_func(*store, call->name);
  if (!function.has_value()) {
    return report(path, function.error());
  }
  std::vector<Val> results(call->results);
  if (auto const called = function->call(*store, call->args, results); !called.has_value()) {
    return report(path, called.error());
  }
  for (auto const& value : results) {
    print_out(format_value(value) + "\n");
  }
  return exit_success;
}

int run(RunOptions const& options) {
  if (options.rest.empty()) {
    print_error("no FILE given\n`weir run --help` tells how to use it");
    return exit_usage;
  }
  std::string const& path = options.rest.front();
  if (path.size() > 1 && path.front() == '-') {
    print_error(fmt::format("there is no option {}\n`weir run --help` lists them", path));
    return exit_usage;
  }
  auto const input = open_input(path);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  auto const engine = Engine::create(options.engine.config().consume_fuel(options.fuel.has_value()));
  if (!engine.has_value()) {
    print_error(engine.error().message());
    return exit_usage;
  }
  auto const module = load_module(*engine, *input);
  if (!module.has_value()) {
    return report(path, module.error());
  }
  auto const call = plan(*module, options.invoke, std::span{options.rest}.subspan(1));
  if (!call.has_value()) {
    print_error(fmt::format("{}: {}", path, call.error()));
    return exit_usage;
  }
  return instantiate_and_call(options, path, *module, *call);
}

} // namespace

void add_run(CLI::App& app, Action& action) {
  auto const options = std::make_shared<RunOptions>();
  auto* const command = app.add_subcommand("run", "Instantiate a module and call one of its functions");
  command->prefix_command(); // what follows FILE is the guest's
  command
      ->add_option("--invoke", options->invoke,
                   "The exported function to call, with ARGS typed by its signature (default: _start)")
      ->type_name("NAME");
  command->add_option("--fuel", options->fuel, "Trap after this many WebAssembly instructions")
      ->type_name("N")
      ->check(check_count);
  command->add_option("--timeout", options->timeout, "Trap after this time: 5s, 200ms, 1.5m")
      ->type_name("TIME")
      ->check(check_duration);
  command->add_option("--max-memory", options->max_memory, "Most memory the guest may have: 1GiB, 64MiB, 65536")
      ->type_name("SIZE")
      ->check(check_size);
  command->add_flag("--trap-on-grow-failure", options->trap_on_grow_failure,
                    "Trap when a growth of memory or table is refused, instead of giving the guest -1");
  command->add_flag("--unknown-imports-trap", options->unknown_imports_trap,
                    "Link functions that nothing defines to ones that trap when called");
  options->engine.add_backend(*command);
  options->engine.add_compilation(*command);
  options->engine.add_features(*command);
  command->footer(
      R"(FILE is in the binary or the text format. Options stand before FILE; what stands behind it goes to the guest.
Integers are decimal or 0x hexadecimal, floats also inf, nan, nan:0x1 and 0x1.8p3, references null. Each result is
printed on a line of its own. Ctrl-C interrupts the guest.

Examples:
  weir run --invoke add math.wat 2 40
  weir run --invoke scale --fuel 100000 --timeout 200ms math.wat -1.5
  weir run --max-memory 1GiB --trap-on-grow-failure program.wasm)");
  command->callback([options, command, &action] {
    options->rest = command->remaining();
    action = [options] { return run(*options); };
  });
}

} // namespace weir::tools
