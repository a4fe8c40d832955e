#include "wast_runner.hpp"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "base/utf8.hpp"
#include "text/script.hpp"
#include "text/wat.hpp"
#include "wast_spectest.hpp"
#include "wast_values.hpp"

namespace weir::tools {

namespace {

using text::AssertModule;
using text::AssertTrap;
using text::ScriptModule;

// Why a command failed: nothing if it passed.
using Outcome = std::optional<std::string>;

Outcome const passed = std::nullopt;

Outcome failed(std::string_view expected, std::string_view got) {
  return fmt::format("expected {}, got {}", expected, got);
}

std::string describe(Error const& error) { return fmt::format("{}: {}", to_string(error.kind()), error.message()); }

// An error of this kind, whose message begins with the script's text.
Outcome expect_error(Error const& error, ErrorKind kind, std::string_view message) {
  if (error.kind() == kind && error.message().starts_with(message)) {
    return passed;
  }
  return failed(fmt::format("{}: {}", to_string(kind), message), describe(error));
}

std::string describe(text::Action const& action) {
  return fmt::format("({} {}\"{}\")", action.is_get ? "get" : "invoke",
                     action.module.empty() ? "" : "$" + action.module + " ", base::printable(action.name));
}

// The binary of a module, and where an error comes from.
struct Binary {
  std::vector<std::uint8_t> bytes;
  std::optional<Error> error; // of the text parser
};

class Runner {
 public:
  Runner(std::string_view name, ScriptOptions const& options)
      : name_(name),
        options_(options),
        engine_(options.config),
        store_(engine_),
        linker_(engine_),
        parse_options_{options.config.features(), true} {
    linker_.allow_shadowing(true);
  }

  ScriptResult run(std::string_view source) && {
    if (auto const ready = define_spectest(linker_, store_); !ready.has_value()) {
      count(CommandKind::script, 0, "", fmt::format("the host module spectest: {}", describe(ready.error())));
      return std::move(result_);
    }
    auto const script = text::parse_script(source, parse_options_);
    if (!script.has_value()) {
      count(CommandKind::script, script.error().line(), "", describe(script.error()));
      return std::move(result_);
    }
    for (auto const& command : script->commands) {
      if (options_.line != nullptr) {
        *options_.line = command.line;
      }
      std::visit([&](auto const& what) { execute(command.line, what); }, command.what);
    }
    return std::move(result_);
  }

 private:
  void count(CommandKind kind, std::uint32_t line, std::string_view subject, Outcome const& outcome) {
    if (!outcome.has_value()) {
      result_.tally[kind].passed += 1;
      return;
    }
    result_.tally[kind].failed += 1;
    result_.failures.push_back(
        fmt::format("{}:{}: {}{}{}: {}", name_, line, to_string(kind), subject.empty() ? "" : " ", subject, *outcome));
  }

  // ---- modules

  Binary binary_of(ScriptModule const& module) const {
    switch (module.form) {
    case ScriptModule::Form::quote: {
      auto bytes = text::parse_wat(module.source, parse_options_);
      return bytes.has_value() ? Binary{*std::move(bytes), std::nullopt} : Binary{{}, std::move(bytes).error()};
    }
    case ScriptModule::Form::text:
      return module.error != nullptr ? Binary{{}, *module.error} : Binary{module.bytes, std::nullopt};
    default: return {module.bytes, std::nullopt};
    }
  }

  Result<Module> load(ScriptModule const& module) const {
    auto binary = binary_of(module);
    if (binary.error.has_value()) {
      return std::unexpected(*std::move(binary.error));
    }
    return Module::from_bytes(engine_, std::span<std::uint8_t const>{binary.bytes});
  }

  Result<Module> definition(std::string const& name) const {
    auto const found = definitions_.find(name);
    if (found == definitions_.end()) {
      return std::unexpected(Error{ErrorKind::usage, name.empty()
                                                         ? "there is no module definition before"
                                                         : fmt::format("there is no module definition ${}", name)});
    }
    return found->second;
  }

  Outcome define(ScriptModule const& module) {
    // A definition that fails leaves none behind: nothing is made from an older one by mistake.
    definitions_.erase("");
    definitions_.erase(module.name);
    auto loaded = load(module);
    if (!loaded.has_value()) {
      return failed("a module", describe(loaded.error()));
    }
    definitions_.insert_or_assign(module.name, *loaded);
    definitions_.insert_or_assign("", *std::move(loaded));
    return passed;
  }

  Outcome instantiate(ScriptModule const& module) {
    current_.reset();
    instances_.erase(module.name);
    auto const loaded = module.form == ScriptModule::Form::instance ? definition(module.definition) : load(module);
    if (!loaded.has_value()) {
      return failed("an instance", describe(loaded.error()));
    }
    auto const instance = linker_.instantiate(store_, *loaded);
    if (!instance.has_value()) {
      return failed("an instance", describe(instance.error()));
    }
    current_ = *instance;
    if (!module.name.empty()) {
      instances_.insert_or_assign(module.name, *instance);
    }
    return passed;
  }

  void execute(std::uint32_t line, ScriptModule const& module) {
    std::string const subject = module.name.empty() ? "" : "$" + module.name;
    count(CommandKind::module, line, subject, module.is_definition ? define(module) : instantiate(module));
  }

  Result<Instance> instance(std::string const& name) const {
    if (name.empty()) {
      return current_.has_value() ? Result<Instance>{*current_}
                                  : std::unexpected(Error{ErrorKind::usage, "there is no current instance"});
    }
    auto const found = instances_.find(name);
    return found != instances_.end()
               ? Result<Instance>{found->second}
               : std::unexpected(Error{ErrorKind::usage, fmt::format("there is no instance ${}", name)});
  }

  void execute(std::uint32_t line, text::RegisterCommand const& command) {
    auto const outcome = [&]() -> Outcome {
      auto const found = instance(command.module);
      if (!found.has_value()) {
        return describe(found.error());
      }
      auto const defined = linker_.instance(store_, command.as, *found);
      return defined.has_value() ? passed : describe(defined.error());
    };
    count(CommandKind::registration, line, fmt::format("\"{}\"", base::printable(command.as)), outcome());
  }

  // ---- actions

  Result<std::vector<Val>> act(text::Action const& action) {
    auto const from = instance(action.module);
    if (!from.has_value()) {
      return std::unexpected(from.error());
    }
    if (action.is_get) {
      auto const global = from->get_global(store_, action.name);
      if (!global.has_value()) {
        return std::unexpected(global.error());
      }
      auto value = global->get(store_);
      return value.has_value() ? Result<std::vector<Val>>{std::vector<Val>{*std::move(value)}}
                               : std::unexpected(std::move(value).error());
    }
    auto const function = from->get_func(store_, action.name);
    if (!function.has_value()) {
      return std::unexpected(function.error());
    }
    std::vector<Val> arguments;
    for (auto const& each : action.arguments) {
      auto value = to_value(each, references_);
      if (!value.has_value()) {
        return std::unexpected(std::move(value).error());
      }
      arguments.push_back(*std::move(value));
    }
    return function->call(store_, arguments);
  }

  void execute(std::uint32_t line, text::Action const& action) {
    auto const results = act(action);
    count(CommandKind::action, line, describe(action),
          results.has_value() ? passed : failed("a return", describe(results.error())));
  }

  void execute(std::uint32_t line, text::AssertReturn const& assertion) {
    auto const results = act(assertion.action);
    Outcome outcome = passed;
    if (!results.has_value()) {
      outcome = failed(tools::describe(assertion.results), describe(results.error()));
    } else if (!matches(*results, assertion.results)) {
      outcome = failed(tools::describe(assertion.results), tools::describe(*results));
    }
    count(CommandKind::assert_return, line, describe(assertion.action), outcome);
  }

  void execute(std::uint32_t line, AssertTrap const& assertion) {
    auto const results = act(assertion.action);
    auto const expect = [&](ErrorKind kind) {
      return results.has_value()
                 ? failed(fmt::format("{}: {}", to_string(kind), assertion.message), tools::describe(*results))
                 : expect_error(results.error(), kind, assertion.message);
    };
    std::string const subject = describe(assertion.action);
    switch (assertion.kind) {
    case AssertTrap::Kind::trap: return count(CommandKind::assert_trap, line, subject, expect(ErrorKind::trap));
    case AssertTrap::Kind::exhaustion:
      return count(CommandKind::assert_exhaustion, line, subject, expect(ErrorKind::exhausted));
    case AssertTrap::Kind::exception:
      // No error stands for an uncaught exception: Weir has none yet.
      return count(CommandKind::assert_exception, line, subject,
                   failed("an exception", results.has_value() ? tools::describe(*results) : describe(results.error())));
    }
  }

  // ---- assertions of modules

  // `parsed`: the text parser, if the module is text, must have let it pass.
  Outcome expect_refusal(ScriptModule const& module, ErrorKind kind) const {
    auto const binary = binary_of(module);
    bool const is_binary = module.form == ScriptModule::Form::binary;
    std::string const expected = fmt::format("an error of kind {}", to_string(kind));
    if (binary.error.has_value()) {
      // Text that does not parse is malformed; it cannot be anything else.
      return kind == ErrorKind::malformed && binary.error->kind() == kind ? passed
                                                                          : failed(expected, describe(*binary.error));
    }
    if (kind == ErrorKind::malformed && !is_binary) {
      return failed(expected, "text that parses");
    }
    auto const module_or_error = Module::from_bytes(engine_, std::span<std::uint8_t const>{binary.bytes});
    if (module_or_error.has_value()) {
      return failed(expected, "a valid module");
    }
    return module_or_error.error().kind() == kind ? passed : failed(expected, describe(module_or_error.error()));
  }

  Outcome expect_failed_instantiation(ScriptModule const& module, ErrorKind kind, std::string_view message) {
    auto const loaded = load(module);
    if (!loaded.has_value()) {
      return failed(fmt::format("{}: {}", to_string(kind), message), describe(loaded.error()));
    }
    auto const instance = linker_.instantiate(store_, *loaded);
    return instance.has_value() ? failed(fmt::format("{}: {}", to_string(kind), message), "an instance")
                                : expect_error(instance.error(), kind, message);
  }

  void execute(std::uint32_t line, AssertModule const& assertion) {
    auto const& module = assertion.module;
    switch (assertion.kind) {
    case AssertModule::Kind::malformed:
      return count(CommandKind::assert_malformed, line, "", expect_refusal(module, ErrorKind::malformed));
    case AssertModule::Kind::invalid:
      return count(CommandKind::assert_invalid, line, "", expect_refusal(module, ErrorKind::invalid));
    case AssertModule::Kind::malformed_custom:
      return count(CommandKind::assert_malformed_custom, line, "", expect_refusal(module, ErrorKind::malformed));
    case AssertModule::Kind::invalid_custom:
      return count(CommandKind::assert_invalid_custom, line, "", expect_refusal(module, ErrorKind::invalid));
    case AssertModule::Kind::unlinkable:
      return count(CommandKind::assert_unlinkable, line, "",
                   expect_failed_instantiation(module, ErrorKind::link, assertion.message));
    case AssertModule::Kind::trap:
      return count(CommandKind::assert_trap, line, "(module)",
                   expect_failed_instantiation(module, ErrorKind::trap, assertion.message));
    }
  }

  void execute(std::uint32_t line, text::UnreadableCommand const& command) {
    count(kind_of_keyword(command.keyword), line, "", describe(command.error));
    if (command.keyword == "module") {
      current_.reset();
    }
  }

  std::string_view name_;
  ScriptOptions const& options_;
  Engine engine_;
  Store store_;
  Linker linker_;
  text::ParseOptions parse_options_;
  HostReferences references_;
  std::optional<Instance> current_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Module> definitions_; // "" is the latest
  ScriptResult result_;
};

} // namespace

ScriptResult run_script(std::string_view name, std::string_view source, ScriptOptions const& options) {
  return Runner{name, options}.run(source);
}

} // namespace weir::tools
