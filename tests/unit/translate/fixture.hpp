// Translates a small body and shows what was emitted, one operation a line, without positions.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "diagnose/disassembler.hpp"
#include "support/assembler.hpp"
#include "support/mock_handlers.hpp"
#include "translate/translator.hpp"
#include "validate/module_validator.hpp"

namespace weir::test {

inline MockHandlers const& mock_handlers() {
  static MockHandlers const handlers;
  return handlers;
}

// As the portable loop's: without pins.
inline code::HandlerTable const& pinless_handlers() {
  static code::HandlerTable const table = [] {
    code::HandlerTable loop = mock_handlers().table;
    loop.int_pins = 0;
    loop.float_pins = 0;
    return loop;
  }();
  return table;
}

// Everything that a translator needs, around a module. `handlers` must outlive it.
struct TranslationSetup {
  explicit TranslationSetup(wasm::Module decoded, code::HandlerTable const& handlers = mock_handlers().table)
      : module(std::move(decoded)),
        records(std::max<std::size_t>(1, module.bodies.size())),
        type_ids(module.types.size()) {
    for (std::size_t i = 0; i < module.bodies.size(); ++i) {
      records[i].function = static_cast<std::uint32_t>(module.imported_functions + i);
    }
    std::iota(type_ids.begin(), type_ids.end(), 100u);
    environment = {&module, &handlers, records.data(), type_ids};
  }

  wasm::Module module;
  std::vector<code::FunctionRecord> records;
  std::vector<std::uint32_t> type_ids;
  translate::Environment environment;
};

inline std::string disassemble(code::FunctionCode const& code) {
  return diagnose::disassemble({code.words, &code.source_map, {}, code.param_slots}, [](code::Word const* cell) {
    auto const identity = MockHandlers::identify(cell);
    return diagnose::CellIdentity{identity.op, identity.form, identity.words};
  });
}

// The listing without its first two columns, runs of blanks made single.
inline std::string without_positions(std::string const& listing) {
  std::string out;
  std::istringstream in{listing};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("L")) {
      line.erase(0, 20);
    }
    out += std::regex_replace(line, std::regex{" +"}, " ") + "\n";
  }
  return out;
}

// The translated function as text. Call cells name records of the setup, so that it must live while they are read.
inline std::string translated(ModuleBuilder const& builder, std::uint32_t function,
                              code::HandlerTable const& handlers = mock_handlers().table) {
  TranslationSetup setup{builder.decode(), handlers};
  auto const facts = validate::validate_module(setup.module);
  if (!facts.has_value()) {
    ADD_FAILURE() << facts.error().message();
    return {};
  }
  translate::Translator translator{setup.environment};
  auto const valid = validate::FunctionValidator{setup.module, *facts}.validate(function, &translator.survey());
  if (!valid.has_value()) {
    ADD_FAILURE() << valid.error().message();
    return {};
  }
  auto code = translator.translate(function);
  if (!code.has_value()) {
    ADD_FAILURE() << code.error().message();
    return {};
  }
  return disassemble(*code);
}

inline std::string times(std::integral auto count, std::string const& text) {
  std::string all;
  for (; count > 0; --count) all += text + " ";
  return all;
}

inline bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The listing of one function of that type, with memory, globals and a table of two functions at hand: type 0 is
// [i32 i32] -> [i32], function 0 is imported with it, function 1 has it, global 0 is an i32, global 1 an f64.
inline std::string listing(std::vector<ValType> params, std::vector<ValType> results,
                           std::vector<ModuleBuilder::LocalGroup> locals, std::string const& instructions,
                           std::vector<FuncType> const& more_types = {},
                           code::HandlerTable const& handlers = mock_handlers().table) {
  ModuleBuilder builder;
  std::uint32_t const binary = builder.type({ValType::i32(), ValType::i32()}, {ValType::i32()});
  std::uint32_t const own = builder.type(std::move(params), std::move(results));
  for (auto const& type : more_types) { // types 2, 3, ...
    builder.type(type.params(), type.results());
  }
  builder.import_function(binary);
  builder.memory(1);
  builder.global(ValType::i32(), 7);
  builder.global(ValType::f64(), 0);
  builder.function(binary, {}, assemble("local.get 0"));
  builder.table({0, 1});
  std::uint32_t const function = builder.function(own, std::move(locals), assemble(instructions));
  return without_positions(translated(builder, function, handlers));
}

} // namespace weir::test
