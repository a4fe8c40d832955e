#include "diagnose/declared_evidence.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/leb128.hpp"
#include "decode/function_reader.hpp"
#include "decode/instruction.hpp"
#include "decode/names.hpp"

namespace weir::diagnose {

using wasm::Opcode;

namespace {

// Constants and what adds to them need no more operands than this in practice.
class ConstantStack {
 public:
  void push(std::uint64_t value) noexcept {
    if (depth_ < values_.size()) {
      values_[depth_] = value;
    }
    ++depth_;
  }
  bool binary(Opcode opcode) noexcept {
    if (depth_ < 2 || depth_ > values_.size()) {
      return false;
    }
    auto const right = values_[--depth_];
    auto& left = values_[depth_ - 1];
    switch (opcode) {
    case Opcode::i32_add: left = static_cast<std::uint32_t>(left + right); break;
    case Opcode::i32_sub: left = static_cast<std::uint32_t>(left - right); break;
    case Opcode::i32_mul: left = static_cast<std::uint32_t>(left * right); break;
    case Opcode::i64_add: left = left + right; break;
    case Opcode::i64_sub: left = left - right; break;
    default: left = left * right; break;
    }
    return true;
  }
  std::optional<std::uint64_t> result() const noexcept {
    return depth_ == 1 ? std::optional{values_[0]} : std::nullopt;
  }

 private:
  std::array<std::uint64_t, 8> values_{};
  std::size_t depth_ = 0;
};

// Globals may name earlier ones; a chain longer than this is nobody's.
constexpr int max_chain = 8;

std::optional<std::uint64_t> evaluate(wasm::Module const& module, wasm::ConstantExpression const& expression,
                                      std::optional<std::uint32_t> memory_base, int chain) {
  if (chain == max_chain || module.bytes.empty()) {
    return std::nullopt;
  }
  decode::InstructionReader reader{module.view(expression.code), expression.code.offset, module.features};
  decode::Instruction instruction;
  ConstantStack stack;
  // The bound keeps a chain of long expressions linear.
  for (int steps = 0; steps < 16 && reader.next(instruction); ++steps) {
    switch (instruction.opcode) {
    case Opcode::i32_const:
    case Opcode::i64_const: stack.push(instruction.value); break;
    case Opcode::global_get: {
      if (memory_base == instruction.index) {
        stack.push(0);
        break;
      }
      if (instruction.index < module.imported_globals || instruction.index >= module.globals.size() ||
          module.globals[instruction.index].type.is_mutable) {
        return std::nullopt;
      }
      auto const value = evaluate(module, module.globals[instruction.index].init, memory_base, chain + 1);
      if (!value.has_value()) {
        return std::nullopt;
      }
      stack.push(*value);
      break;
    }
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_mul:
    case Opcode::i64_add:
    case Opcode::i64_sub:
    case Opcode::i64_mul:
      if (!stack.binary(instruction.opcode)) {
        return std::nullopt;
      }
      break;
    case Opcode::end: return stack.result();
    default: return std::nullopt;
    }
  }
  return std::nullopt;
}

// The constant that a function without parameters returns, if its body is nothing else.
std::optional<std::uint64_t> constant_result(wasm::Module const& module, std::uint32_t function) {
  if (function < module.imported_functions || module.bytes.empty()) {
    return std::nullopt;
  }
  decode::FunctionReader const body{module, function};
  if (body.failed()) {
    return std::nullopt;
  }
  auto reader = body.instructions();
  decode::Instruction constant;
  decode::Instruction end;
  bool const is_constant = reader.next(constant) && reader.next(end) && end.opcode == Opcode::end && reader.at_end() &&
                           (constant.opcode == Opcode::i32_const || constant.opcode == Opcode::i64_const);
  return is_constant ? std::optional{constant.value} : std::nullopt;
}

struct SymbolName {
  std::string_view name;
  std::optional<Symbol> Symbols::* member;
};
constexpr SymbolName global_symbols[] = {
    {"__heap_base", &Symbols::heap_base},
    {"__heap_end", &Symbols::heap_end},
    {"__data_end", &Symbols::data_end},
    {"__stack_low", &Symbols::stack_low},
    {"__stack_high", &Symbols::stack_high},
    {"__global_base", &Symbols::global_base},
    {"__tls_base", &Symbols::tls_base},
    {"~lib/memory/__heap_base", &Symbols::heap_base},
    {"~lib/memory/__data_end", &Symbols::data_end},
};
constexpr SymbolName function_symbols[] = {
    {"emscripten_stack_get_base", &Symbols::stack_high},
    {"emscripten_stack_get_end", &Symbols::stack_low},
};

void take(Symbols& symbols, SymbolName const& symbol, std::optional<std::uint64_t> address, char const* source) {
  auto& slot = symbols.*symbol.member;
  if (address.has_value() && !slot.has_value()) {
    slot = Symbol{*address, fmt::format("{} {}", source, symbol.name)};
  }
}

void take_global(Symbols& symbols, wasm::Module const& module, std::uint32_t global, std::string_view name,
                 char const* source) {
  if (global >= module.globals.size()) {
    return;
  }
  if ((name == "__stack_pointer" || name == "~lib/memory/__stack_pointer") && !symbols.stack_pointer.has_value()) {
    symbols.stack_pointer = global;
    symbols.stack_pointer_source = fmt::format("{} {}", source, name);
    return;
  }
  // A variable's first value says nothing; all of these are constants.
  if (global < module.imported_globals || module.globals[global].type.is_mutable) {
    return;
  }
  for (auto const& symbol : global_symbols) {
    if (symbol.name == name) {
      take(symbols, symbol, value_of(module, module.globals[global].init), source);
    }
  }
}

} // namespace

std::optional<std::uint64_t> value_of(wasm::Module const& module, wasm::ConstantExpression const& expression,
                                      std::optional<std::uint32_t> memory_base) {
  return evaluate(module, expression, memory_base, 0);
}

Symbols find_symbols(wasm::Module const& module) {
  Symbols symbols;
  for (auto const& each : module.exports) {
    if (each.kind == ExternKind::global) {
      take_global(symbols, module, each.index, each.name, "the export");
    } else if (each.kind == ExternKind::func) {
      for (auto const& symbol : function_symbols) {
        if (symbol.name == each.name) {
          take(symbols, symbol, constant_result(module, each.index), "the exported function");
        }
      }
    }
  }
  for (auto const& import : module.imports) {
    if (import.kind == ExternKind::global) {
      take_global(symbols, module, import.index, import.name, "the import");
    }
  }
  auto names = decode::NameSection{module}.names(decode::NameSection::Kind::globals);
  while (auto const name = names.next()) {
    take_global(symbols, module, name->index, name->name, "the name section's global");
  }
  return symbols;
}

std::optional<DynamicMemory> find_dynamic_memory(wasm::Module const& module) {
  constexpr std::uint8_t mem_info = 1;
  auto const found =
      std::ranges::find(module.custom_sections, std::string_view{"dylink.0"}, &wasm::CustomSection::name);
  if (found == module.custom_sections.end()) {
    return std::nullopt;
  }
  auto const contents = module.view(found->data);
  std::uint8_t const* at = contents.data();
  std::uint8_t const* const end = at + contents.size();
  while (at != end) {
    std::uint8_t const kind = *at++;
    std::uint32_t size = 0;
    if (base::read_leb(at, end, size) != base::LebStatus::ok || size > static_cast<std::size_t>(end - at)) {
      return std::nullopt;
    }
    if (kind != mem_info) {
      at += size;
      continue;
    }
    DynamicMemory memory;
    std::uint8_t const* const end_of_info = at + size;
    bool const is_read = base::read_leb(at, end_of_info, memory.size) == base::LebStatus::ok &&
                         base::read_leb(at, end_of_info, memory.alignment) == base::LebStatus::ok;
    return is_read ? std::optional{memory} : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_memory_base(wasm::Module const& module) {
  auto const found = std::ranges::find_if(module.imports, [](wasm::Import const& import) {
    return import.kind == ExternKind::global && import.name == "__memory_base";
  });
  return found != module.imports.end() ? std::optional{found->index} : std::nullopt;
}

bool is_read_only_name(std::string_view name) noexcept {
  return name == ".rodata" || name.starts_with(".rodata.") || name == ".data.rel.ro" || name == "rodata";
}

Segments find_segments(wasm::Module const& module, std::uint32_t memory, std::uint64_t size,
                       std::optional<std::uint32_t> memory_base) {
  Segments segments;
  for (std::uint32_t i = 0; i < module.data.size(); ++i) {
    auto const& segment = module.data[i];
    if (segment.mode != wasm::SegmentMode::active || segment.memory != memory) {
      continue;
    }
    auto const begin = value_of(module, segment.offset, memory_base);
    if (!begin.has_value()) {
      ++segments.unplaced;
    } else if (*begin > size || segment.data.size > size - *begin) {
      ++segments.outside;
    } else if (segment.data.size != 0) {
      segments.placed.push_back({*begin, *begin + segment.data.size, i, false});
    }
  }
  // The names' indices ascend, as do those of the segments before they are sorted by address.
  auto names = decode::NameSection{module}.names(decode::NameSection::Kind::data);
  auto at = segments.placed.begin();
  while (auto const name = names.next()) {
    at = std::lower_bound(at, segments.placed.end(), name->index,
                          [](PlacedSegment const& placed, std::uint32_t index) { return placed.index < index; });
    if (at != segments.placed.end() && at->index == name->index) {
      at->is_read_only = is_read_only_name(name->name);
    }
  }
  if (!std::ranges::is_sorted(segments.placed, {}, &PlacedSegment::begin)) {
    std::ranges::sort(segments.placed, {}, &PlacedSegment::begin);
  }
  return segments;
}

} // namespace weir::diagnose
