// weir dump: the translated code, as the interpreter executes it.

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include <weir/weir.hpp>

#include "base/utf8.hpp"
#include "code/frame.hpp"
#include "commands.hpp"
#include "diagnose/disassembler.hpp"
#include "engine/access.hpp"
#include "engine/compile.hpp"
#include "engine/module_data.hpp"
#include "execute/entry.hpp"
#include "input.hpp"
#include "options.hpp"
#include "terminal.hpp"

namespace weir::tools {

namespace {

struct DumpOptions {
  EngineOptions engine;
  std::string file;
  std::string function;
};

// A function by index, by its name in the name section, or by the name of its export. The error is a sentence.
std::expected<std::uint32_t, std::string> find_function(detail::ModuleData const& module, std::string const& which) {
  auto const count = static_cast<std::uint32_t>(module.module.functions.size());
  std::uint32_t index = 0;
  auto const [end, code] = std::from_chars(which.data(), which.data() + which.size(), index);
  if (code == std::errc{} && end == which.data() + which.size()) {
    if (index < count) {
      return index;
    }
    return std::unexpected(fmt::format("there is no function {}: the module has {}", index, count));
  }
  if (auto const found = module.exports.find(which); found != module.exports.end()) {
    auto const& exported = module.module.exports[found->second];
    if (exported.kind == ExternKind::func) {
      return exported.index;
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (engine::function_name(module, i) == which) {
      return i;
    }
  }
  return std::unexpected(fmt::format("there is no function called {}", which));
}

std::string title(detail::ModuleData const& module, std::uint32_t function) {
  auto const name = engine::function_name(module, function);
  return fmt::format("function {}{} {}", function, name.empty() ? "" : fmt::format(" `{}`", base::printable(name)),
                     to_string(module.module.type_of_function(function)));
}

// What cells are. A handler is looked for in tables of thousands, so what was found is kept.
class Identities {
 public:
  explicit Identities(execute::Backend backend) noexcept : backend_(backend) {}

  diagnose::CellIdentity of(code::Word const* cell) {
    auto found = known_.find(*cell);
    if (found == known_.end() || found->second.op == code::Op::br_table) { // whose words are those of its entries too
      found = known_.insert_or_assign(*cell, execute::identify(backend_, cell)).first;
    }
    return {found->second.op, found->second.form, found->second.words};
  }

 private:
  execute::Backend backend_;
  std::unordered_map<code::Word, execute::CellInfo> known_;
};

Result<void> dump_function(detail::ModuleData const& module, std::uint32_t function, Identities& identities) {
  auto& record = module.records[function - module.module.imported_functions];
  if (auto const translated = engine::translate_function(record); !translated.has_value()) {
    return translated;
  }
  auto const& body = module.module.bodies[function - module.module.imported_functions].code;
  std::span<code::Word const> const words{record.code_begin, record.code_end};
  print_out(fmt::format("{}\n  Wasm {:#x}..{:#x}; {} words; frame of {} slots, operands from {}\n",
                        title(module, function), body.offset, body.offset + body.size, words.size(), record.frame_slots,
                        record.first_operand - code::first_slot(record.param_slots)));
  print_out(diagnose::disassemble({words, &record.source_map, {}, record.param_slots, module.module.imported_globals},
                                  [&identities](code::Word const* cell) { return identities.of(cell); }));
  return {};
}

int dump_module(DumpOptions const& options, detail::ModuleData const& module) {
  std::uint32_t first = 0;
  auto last = static_cast<std::uint32_t>(module.module.functions.size());
  if (!options.function.empty()) {
    auto const function = find_function(module, options.function);
    if (!function.has_value()) {
      print_error(fmt::format("{}: {}", options.file, function.error()));
      return exit_usage;
    }
    first = *function;
    last = first + 1;
  }
  Identities identities{module.engine_data->backend};
  for (std::uint32_t function = first; function < last; ++function) {
    if (function != first) {
      print_out("\n");
    }
    if (function < module.module.imported_functions) {
      print_out(fmt::format("{}\n  imported\n", title(module, function)));
    } else if (auto const done = dump_function(module, function, identities); !done.has_value()) {
      print_error(options.file, done.error());
      return exit_failure;
    }
  }
  return exit_success;
}

int dump(DumpOptions const& options) {
  auto const input = open_input(options.file);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  auto const engine = Engine::create(options.engine.config());
  if (!engine.has_value()) {
    print_error(engine.error().message());
    return exit_usage;
  }
  auto const module = load_module(*engine, *input);
  if (!module.has_value()) {
    print_error(options.file, module.error());
    return exit_failure;
  }
  return dump_module(options, *detail::Access::data(*module));
}

} // namespace

void add_dump(CLI::App& app, Action& action) {
  auto const options = std::make_shared<DumpOptions>();
  auto* const command = app.add_subcommand("dump", "Show the translated code that the interpreter executes");
  command->add_option("FILE", options->file, "A module in the binary or the text format")->required();
  command->add_option("--function", options->function, "Only this one: an index, a name, or the name of an export")
      ->type_name("FUNCTION");
  options->engine.add_backend(*command);
  options->engine.add_features(*command);
  command->footer(
      R"(Each line is a cell: its position in words, the offset of its WebAssembly instruction in the binary where it may trap
or call, the operation, and its operands: slots of the frame, registers r0.. and f0.., immediates #.

Examples:
  weir dump guest.wasm
  weir dump --function deserialize guest.wasm)");
  command->callback([options, &action] { action = [options] { return dump(*options); }; });
}

} // namespace weir::tools
