// weir inspect: what a module imports, exports and holds, and what lies where in its memories.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <weir/weir.hpp>

#include "base/json_writer.hpp"
#include "base/utf8.hpp"
#include "commands.hpp"
#include "engine/access.hpp"
#include "engine/module_data.hpp"
#include "input.hpp"
#include "memory_maps.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "wasm/module.hpp"

namespace weir::tools {

namespace {

struct InspectOptions {
  EngineOptions engine;
  std::string file;
  bool json = false;
};

struct Inspected {
  Input const& input;
  Module const& module;
  wasm::Module const& decoded;
  std::vector<std::string> features; // that it needs
  std::vector<MemoryMap> maps;       // by memory
};

std::string printable(std::string_view name) { return base::printable(name); }

// The features without which the module would be refused: each is switched off once. One that another stands on counts
// as well.
Result<std::vector<std::string>> features_needed(Config const& config, base::ByteSpan bytes) {
  std::vector<std::string> needed;
  for (unsigned i = 1; i < feature_count; ++i) { // 0 is the core language
    auto const feature = static_cast<Feature>(i);
    if (!config.features().has(feature)) {
      continue; // the module was accepted
    }
    auto const engine = Engine::create(Config{config}.feature(feature, false));
    if (!engine.has_value()) {
      return std::unexpected(engine.error());
    }
    if (!Module::validate(*engine, bytes).has_value()) {
      needed.push_back(feature_name(feature));
    }
  }
  return needed;
}

std::uint64_t data_bytes(wasm::Module const& module) {
  std::uint64_t sum = 0;
  for (auto const& segment : module.data) {
    sum += segment.data.size;
  }
  return sum;
}

// ---- for people

class Report {
 public:
  void line(std::string_view text) { text_ += fmt::format("{}\n", text); }
  void heading(std::string_view title, std::size_t count) { line(fmt::format("{} ({})", title, count)); }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

void report_entities(Inspected const& it, Report& report) {
  auto const& decoded = it.decoded;
  auto const origin = [](std::size_t index, std::uint32_t imported) { return index < imported ? ", imported" : ""; };
  report.line(fmt::format("functions: {} ({} imported), {} bytes of code", decoded.functions.size(),
                          decoded.imported_functions, decoded.code_section.size));
  if (decoded.start.has_value()) {
    report.line(fmt::format("start function: {}", *decoded.start));
  }
  report.heading("memories", decoded.memories.size());
  for (std::size_t i = 0; i < decoded.memories.size(); ++i) {
    report.line(fmt::format("  {}: {}{}", i, to_string(decoded.memories[i]), origin(i, decoded.imported_memories)));
  }
  report.heading("tables", decoded.tables.size());
  for (std::size_t i = 0; i < decoded.tables.size(); ++i) {
    report.line(fmt::format("  {}: {}{}", i, to_string(decoded.tables[i].type), origin(i, decoded.imported_tables)));
  }
  report.heading("globals", decoded.globals.size());
  for (std::size_t i = 0; i < decoded.globals.size(); ++i) {
    report.line(fmt::format("  {}: {}{}", i, to_string(decoded.globals[i].type), origin(i, decoded.imported_globals)));
  }
  report.line(fmt::format("data segments: {}, {} bytes", decoded.data.size(), data_bytes(decoded)));
  report.line(fmt::format("element segments: {}", decoded.elements.size()));
}

std::string text_report(Inspected const& it) {
  Report report;
  report.line(fmt::format("{}: {} format, {} bytes", it.input.path,
                          it.input.format == Format::binary ? "binary" : "text", it.input.bytes().size()));
  if (auto const name = it.module.name(); !name.empty()) {
    report.line("name: " + printable(name));
  }
  report.line(
      fmt::format("features: {}", it.features.empty() ? "none" : fmt::format("{}", fmt::join(it.features, ", "))));
  auto const imports = it.module.imports();
  report.heading("imports", imports.size());
  for (auto const& each : imports) {
    report.line(fmt::format("  {}.{}: {}", printable(each.module), printable(each.name), to_string(each.type)));
  }
  auto const exports = it.module.exports();
  report.heading("exports", exports.size());
  for (auto const& each : exports) {
    report.line(fmt::format("  {}: {}", printable(each.name), to_string(each.type)));
  }
  report_entities(it, report);
  auto const sections = it.module.custom_sections();
  report.heading("custom sections", sections.size());
  for (auto const& each : sections) {
    report.line(fmt::format("  {}: {} bytes", printable(each.name), each.data.size()));
  }
  auto const producers = it.module.producers();
  report.heading("producers", producers.size());
  for (auto const& each : producers) {
    report.line(fmt::format("  {}: {} {}", printable(each.field), printable(each.name), printable(each.version)));
  }
  return std::move(report).take() + draw_memory_maps(it.maps);
}

// ---- for programs

void write_limits(base::JsonWriter& json, Limits const& limits) {
  json.number("min", limits.min);
  if (limits.max.has_value()) {
    json.number("max", *limits.max);
  } else {
    json.null("max");
  }
}

void write_types(base::JsonWriter& json, std::string_view key, std::vector<ValType> const& types) {
  json.begin_array(key);
  for (auto const type : types) {
    json.string({}, to_string(type));
  }
  json.end_array();
}

void write_type(base::JsonWriter& json, FuncType const& type) {
  json.string("kind", "func");
  write_types(json, "params", type.params());
  write_types(json, "results", type.results());
}
void write_type(base::JsonWriter& json, TableType const& type) {
  json.string("kind", "table");
  json.string("element", to_string(type.element));
  write_limits(json, type.limits);
}
void write_type(base::JsonWriter& json, MemoryType const& type) {
  json.string("kind", "memory");
  write_limits(json, type.limits);
}
void write_type(base::JsonWriter& json, GlobalType const& type) {
  json.string("kind", "global");
  json.string("type", to_string(type.content));
  json.string("mutability", type.is_mutable ? "var" : "const");
}
void write_type(base::JsonWriter& json, ExternType const& type) {
  std::visit([&](auto const& each) { write_type(json, each); }, type);
}

template <class Range, class Write>
void write_list(base::JsonWriter& json, std::string_view key, Range const& range, Write&& write) {
  json.begin_array(key);
  for (auto const& each : range) {
    json.begin_object();
    write(each);
    json.end_object();
  }
  json.end_array();
}

std::string json_report(Inspected const& it) {
  base::JsonWriter json;
  json.begin_object();
  json.string("file", it.input.path);
  json.string("format", it.input.format == Format::binary ? "binary" : "text");
  json.number("bytes", it.input.bytes().size());
  json.string("name", it.module.name());
  json.begin_array("features");
  for (auto const& each : it.features) {
    json.string({}, each);
  }
  json.end_array();
  write_list(json, "imports", it.module.imports(), [&](ImportType const& each) {
    json.string("module", each.module);
    json.string("name", each.name);
    write_type(json, each.type);
  });
  write_list(json, "exports", it.module.exports(), [&](ExportType const& each) {
    json.string("name", each.name);
    write_type(json, each.type);
  });
  json.begin_object("functions");
  json.number("count", it.decoded.functions.size());
  json.number("imported", it.decoded.imported_functions);
  json.number("code_bytes", it.decoded.code_section.size);
  if (it.decoded.start.has_value()) {
    json.number("start", *it.decoded.start);
  } else {
    json.null("start");
  }
  json.end_object();
  write_list(json, "memories", it.decoded.memories, [&](MemoryType const& each) { write_limits(json, each.limits); });
  write_list(json, "tables", it.decoded.tables, [&](wasm::Table const& each) {
    json.string("element", to_string(each.type.element));
    write_limits(json, each.type.limits);
  });
  write_list(json, "globals", it.decoded.globals, [&](wasm::Global const& each) { write_type(json, each.type); });
  json.begin_object("data");
  json.number("segments", it.decoded.data.size());
  json.number("bytes", data_bytes(it.decoded));
  json.end_object();
  json.begin_object("elements");
  json.number("segments", it.decoded.elements.size());
  json.end_object();
  write_list(json, "custom_sections", it.module.custom_sections(), [&](CustomSection const& each) {
    json.string("name", each.name);
    json.number("bytes", each.data.size());
  });
  write_list(json, "producers", it.module.producers(), [&](Producer const& each) {
    json.string("field", each.field);
    json.string("name", each.name);
    json.string("version", each.version);
  });
  write_memory_maps(json, it.maps);
  json.end_object();
  return std::move(json).take();
}

int inspect(InspectOptions const& options) {
  auto const input = open_input(options.file);
  if (!input.has_value()) {
    print_error(input.error().message());
    return exit_failure;
  }
  auto const engine = Engine::create(options.engine.config());
  if (!engine.has_value()) {
    print_error(engine.error().message());
    return exit_failure;
  }
  auto const module = load_module(*engine, *input);
  if (!module.has_value()) {
    print_error(options.file, module.error());
    return exit_failure;
  }
  auto const& decoded = detail::Access::data(*module)->module;
  auto features = features_needed(options.engine.config(), decoded.bytes);
  if (!features.has_value()) {
    print_error(options.file, features.error());
    return exit_failure;
  }
  Inspected inspected{*input, *module, decoded, *std::move(features), {}};
  for (std::uint32_t i = 0; i < inspected.decoded.memories.size(); ++i) {
    auto map = module->memory_map(i);
    if (!map.has_value()) {
      print_error(options.file, map.error());
      return exit_failure;
    }
    inspected.maps.push_back(*std::move(map));
  }
  print_out(options.json ? json_report(inspected) : text_report(inspected));
  return exit_success;
}

} // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto const options = std::make_shared<InspectOptions>();
  auto* const command =
      app.add_subcommand("inspect", "Show what a module imports, exports and holds, and map its memories");
  command->add_option("FILE", options->file, "A module in the binary or the text format")->required();
  command->add_flag("--json", options->json, "As JSON");
  options->engine.add_features(*command);
  command->footer(R"(Examples:
  weir inspect guest.wasm
  weir inspect --json guest.wasm)");
  command->callback([options, &action] { action = [options] { return inspect(*options); }; });
}

} // namespace weir::tools
