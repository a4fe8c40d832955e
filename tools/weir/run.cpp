// weir run: instantiates a module and calls one of its functions.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "base/utf8.hpp"
#include "commands.hpp"
#include "input.hpp"
#include "interface.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "values.hpp"
#include "wasi_options.hpp"

namespace weir::tools {

namespace {

struct RunOptions {
  EngineOptions engine;
  WasiOptions wasi;
  std::string invoke;
  std::optional<std::uint64_t> fuel;
  std::string timeout;
  std::string max_memory;
  bool trap_on_grow_failure = false;
  std::string report_format = "text";
  std::string max_stack;
  bool unknown_imports_trap = false;
  bool unknown_imports_default = false;
  std::vector<std::string> preloads; // NAME=FILE
  std::vector<std::string> rest;     // FILE ARGS...
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
      list += fmt::format("\n  {} {}", base::printable(each.name), to_string(*type));
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

bool imports_wasi(Module const& module) {
  return std::ranges::any_of(module.imports(), [](ImportType const& import) {
    return import.module == "wasi_snapshot_preview1" || import.module == "wasi_unstable";
  });
}

// Finds out what to call before anything runs. Nothing: instantiating is all there is to do.
UsageResult plan(Module const& module, std::string const& invoke, std::span<std::string const> words) {
  if (!invoke.empty()) {
    return plan_invocation(module, invoke, words);
  }
  auto const start = module.export_type("_start");
  if (start.has_value() && std::holds_alternative<FuncType>(*start)) {
    // A program reads its ARGS by way of WASI; one that does not import it cannot have any.
    return plan_invocation(module, "_start", imports_wasi(module) ? std::span<std::string const>{} : words);
  }
  auto const list = list_of_functions(module);
  if (list.empty() || module.start_function().has_value()) {
    return std::optional<Call>{};
  }
  return std::unexpected("the module exports no `_start`; choose a function with --invoke NAME:" + list);
}

// Tells of errors in the way that the command line asks for.
class Reporter {
 public:
  Reporter(std::string_view file, RunOptions const& options) noexcept
      : file_(file), format_(options.report_format == "json" ? ReportFormat::json : ReportFormat::text) {}

  // Gives the exit code.
  int report(Error const& error) const {
    print_error(file_, error, format_);
    return exit_code_of(error);
  }

  // The end of a run: the guest's own exit, or what went wrong.
  int finish(Error const& error) const {
    if (auto const status = wasi::exit_status(error); status.has_value()) {
      // The system keeps eight bits; a failure must not become a success by that.
      return (*status & 0xFF) == 0 && *status != 0 ? exit_failure : static_cast<int>(*status & 0xFF);
    }
    return report(error);
  }

 private:
  std::string_view file_;
  ReportFormat format_;
};

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

// A function that gives zeros and nulls for every function that is imported and not defined.
Result<void> define_unknown_as_defaults(Linker& linker, Store& store, Module const& module) {
  for (auto const& import : module.imports()) {
    auto const* const type = std::get_if<FuncType>(&import.type);
    if (type == nullptr) {
      continue;
    }
    auto const known = linker.get(store, import.module, import.name);
    if (!known.has_value()) {
      return std::unexpected(known.error());
    }
    if (known->has_value()) {
      continue;
    }
    auto defined = linker.func(import.module, import.name, *type,
                               [](Caller&, std::span<Val const>, std::span<Val>) -> Result<void> { return {}; });
    if (!defined.has_value()) {
      return defined;
    }
  }
  return {};
}

// What stands in for imports that nothing defines.
Result<void> define_unknown(Linker& linker, Store& store, RunOptions const& options, Module const& module) {
  if (options.unknown_imports_default) {
    return define_unknown_as_defaults(linker, store, module);
  }
  return options.unknown_imports_trap ? linker.define_unknown_imports_as_traps(module) : Result<void>{};
}

int call_function(Reporter const& reporter, Store& store, Instance const& instance, Call const& call) {
  auto const function = instance.get_func(store, call.name);
  if (!function.has_value()) {
    return reporter.report(function.error());
  }
  std::vector<Val> results(call.results);
  if (auto const called = function->call(store, call.args, results); !called.has_value()) {
    return reporter.finish(called.error());
  }
  for (auto const& value : results) {
    print_out(format_value(value) + "\n");
  }
  return exit_success;
}

Result<Store> make_store(RunOptions const& options, Module const& module) {
  StoreLimits limits;
  if (!options.max_memory.empty()) {
    limits.memory_size = *parse_size(options.max_memory);
    limits.total_memory = limits.memory_size;
  }
  limits.trap_on_grow_failure = options.trap_on_grow_failure;
  auto store = Store::create(module.engine(), limits);
  if (!store.has_value()) {
    return store;
  }
  auto context = wasi::Context::create(options.wasi.config(
      options.rest.front(), std::span{options.rest}.subspan(options.invoke.empty() ? 1 : options.rest.size())));
  if (!context.has_value()) {
    return std::unexpected(std::move(context).error());
  }
  store->set_data(*std::move(context));
  return store;
}

// Instantiates a module. A library (a "reactor") wants to be set up before anything else of it is called.
std::expected<Instance, int> start(Linker const& linker, Store& store, Reporter const& reporter, Module const& module,
                                   bool set_up) {
  auto const instance = linker.instantiate(store, module);
  if (!instance.has_value()) {
    int const code = reporter.finish(instance.error());
    if (instance.error().kind() == ErrorKind::link) {
      print_note(
          "`weir run` defines the functions of WASI preview 1 and nothing else; --preload NAME=FILE takes imports from "
          "another module, and with --unknown-imports-trap functions that nothing defines trap when they are called");
    }
    return std::unexpected(code);
  }
  auto const initialize = module.export_type("_initialize");
  if (set_up && initialize.has_value() && std::holds_alternative<FuncType>(*initialize)) {
    if (int const code = call_function(reporter, store, *instance, {"_initialize", {}, 0}); code != exit_success) {
      return std::unexpected(code);
    }
  }
  return *instance;
}

// Loads and instantiates a module whose exports others may import. Gives the exit code when that is the end.
std::optional<int> preload(Linker& linker, Store& store, RunOptions const& options, std::string const& name,
                           std::string const& path) {
  Reporter const reporter{path, options};
  auto const input = open_input(path);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  auto const module = load_module(store.engine(), *input);
  if (!module.has_value()) {
    return reporter.report(module.error());
  }
  auto const instance = start(linker, store, reporter, *module, true);
  if (!instance.has_value()) {
    return instance.error();
  }
  auto const defined = linker.instance(store, name, *instance);
  return defined.has_value() ? std::nullopt : std::optional{reporter.report(defined.error())};
}

int instantiate_and_call(RunOptions const& options, Reporter const& reporter, Module const& module,
                         std::optional<Call> const& call) {
  auto store = make_store(options, module);
  if (!store.has_value()) {
    return reporter.report(store.error());
  }
  auto handle = store->interrupt_handle();
  if (!handle.has_value()) {
    return reporter.report(handle.error());
  }
  InterruptOnSignal const interrupt{*std::move(handle)};
  if (auto const prepared = prepare(*store, options); !prepared.has_value()) {
    return reporter.report(prepared.error());
  }
  Linker linker{module.engine()};
  if (auto const added = wasi::add_to_linker(linker); !added.has_value()) {
    return reporter.report(added.error());
  }
  linker.allow_shadowing(true);
  for (auto const& each : options.preloads) {
    auto const equals = each.find('=');
    if (auto const code = preload(linker, *store, options, each.substr(0, equals), each.substr(equals + 1))) {
      return *code;
    }
  }
  if (auto const defined = define_unknown(linker, *store, options, module); !defined.has_value()) {
    return reporter.report(defined.error());
  }
  auto const instance = start(linker, *store, reporter, module, options.invoke != "_initialize");
  if (!instance.has_value()) {
    return instance.error();
  }
  return call.has_value() ? call_function(reporter, *store, *instance, *call) : exit_success;
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
  auto config = options.engine.config().consume_fuel(options.fuel.has_value());
  if (!options.max_stack.empty()) {
    config.max_stack_bytes(*parse_size(options.max_stack));
  }
  auto const engine = Engine::create(config);
  if (!engine.has_value()) {
    print_error(engine.error().message());
    return exit_usage;
  }
  Reporter const reporter{path, options};
  auto const module = load_module(*engine, *input);
  if (!module.has_value()) {
    return reporter.report(module.error());
  }
  auto const call = plan(*module, options.invoke, std::span{options.rest}.subspan(1));
  if (!call.has_value()) {
    print_error(fmt::format("{}: {}", path, call.error()));
    return exit_usage;
  }
  return instantiate_and_call(options, reporter, *module, *call);
}

std::string check_preload(std::string const& text) {
  auto const equals = text.find('=');
  return equals == 0 || equals == std::string::npos || equals + 1 == text.size()
             ? fmt::format("\"{}\" does not name a module to be loaded before: write NAME=FILE", text)
             : std::string{};
}

} // namespace

void add_run(CLI::App& app, Action& action) {
  auto const options = std::make_shared<RunOptions>();
  auto* const command = app.add_subcommand("run", "Instantiate a module and call one of its functions");
  command->prefix_command(); // what follows FILE is the guest's
  command
      ->add_option("--invoke", options->invoke,
                   "The exported function to call, with ARGS typed by its signature (default: _start, whose program "
                   "gets ARGS)")
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
  command->add_option("--max-wasm-stack", options->max_stack, "Size of the guest's call stack (default: 1MiB)")
      ->type_name("SIZE")
      ->check(check_size);
  command->add_flag("--trap-on-grow-failure", options->trap_on_grow_failure,
                    "Trap when a growth of memory or table is refused, instead of giving the guest -1");
  command
      ->add_option("--report", options->report_format,
                   "How a trap is reported on the standard error stream: text (default), json")
      ->type_name("FORMAT")
      ->check(is_one_of({"text", "json"}));
  command->add_flag("--unknown-imports-trap", options->unknown_imports_trap,
                    "Link functions that nothing defines to ones that trap when called");
  command
      ->add_flag("--unknown-imports-default", options->unknown_imports_default,
                 "Link functions that nothing defines to ones that give zeros")
      ->excludes("--unknown-imports-trap");
  command
      ->add_option("--preload", options->preloads,
                   "Instantiate another module first, whose exports can be imported as NAME; may be repeated")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false)
      ->check(check_preload);
  options->wasi.add(*command);
  options->engine.add_backend(*command);
  options->engine.add_compilation(*command);
  options->engine.add_features(*command);
  command->footer(
      R"(FILE is in the binary or the text format; - is the standard input. Options stand before FILE; what stands behind it
goes to the guest. A program (with _start) sees ARGS, the folders and variables that it was given, and the standard
streams; its exit code becomes the tool's. Of a library (with _initialize) that is called first, and then --invoke.
Integers are decimal or 0x hexadecimal, floats also inf, nan, nan:0x1 and 0x1.8p3, references null. Each result is
printed on a line of its own. Ctrl-C interrupts the guest.

Examples:
  weir run --invoke add math.wat 2 40
  weir run --invoke scale --fuel 100000 --timeout 200ms math.wat -1.5
  weir run --max-memory 1GiB --trap-on-grow-failure program.wasm
  weir run --dir . --env LANG=C program.wasm input.txt
  weir run --dir data::/data:ro --dir /tmp program.wasm)");
  command->callback([options, command, &action] {
    options->rest = command->remaining();
    action = [options] { return run(*options); };
  });
}

} // namespace weir::tools
