#include "validate/module_validator.hpp"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

#include "base/leb128.hpp"
#include "base/utf8.hpp"
#include "decode/instruction.hpp"
#include "validate/signatures.hpp"
#include "wasm/limits.hpp"

namespace weir::validate {

namespace {

using wasm::Module;
using wasm::Opcode;

class ModuleValidator {
 public:
  explicit ModuleValidator(Module const& module) : module_(module) {}

  Result<ModuleFacts> run() {
    facts_.referenced_functions.resize(module_.functions.size());
    if (types() && tables() && memories() && globals() && exports() && start() && elements() && data()) {
      return std::move(facts_);
    }
    return std::unexpected(std::move(error_));
  }

 private:
  bool fail(std::string_view what, std::uint32_t offset) {
    error_ = Error{ErrorKind::invalid, fmt::format("{} (at byte {})", what, offset), offset};
    return false;
  }
  bool fail(std::string_view what) {
    error_ = Error{ErrorKind::invalid, std::string{what}};
    return false;
  }

  bool types() {
    for (std::size_t i = 0; i < module_.functions.size(); ++i) {
      if (module_.functions[i] >= module_.types.size()) {
        return fail(fmt::format("unknown type {} of function {}: there are {} types", module_.functions[i], i,
                                module_.types.size()));
      }
    }
    return true;
  }

  bool bounds(Limits const& limits, std::string_view what, std::size_t index) {
    if (limits.max && *limits.max < limits.min) {
      return fail(fmt::format("size minimum must not be greater than maximum: {} {} has {} and {}", what, index,
                              limits.min, *limits.max));
    }
    return true;
  }

  bool tables() {
    for (std::size_t i = 0; i < module_.tables.size(); ++i) {
      if (!bounds(module_.tables[i].type.limits, "table", i)) {
        return false;
      }
    }
    if (module_.tables.size() > 1 && !module_.features.has(wasm::Feature::reference_types)) {
      return fail("multiple tables: reference types are off");
    }
    return true;
  }

  bool memories() {
    if (module_.memories.size() > 1) {
      return fail(fmt::format("multiple memories: there are {}, one is allowed", module_.memories.size()));
    }
    for (std::size_t i = 0; i < module_.memories.size(); ++i) {
      auto const& limits = module_.memories[i].limits;
      std::uint64_t const most = wasm::limits::memory32_pages;
      if (limits.min > most || limits.max.value_or(0) > most) {
        return fail(fmt::format("memory size must be at most {} pages (4 GiB): memory {} has {}", most, i,
                                limits.min > most ? limits.min : *limits.max));
      }
      if (!bounds(limits, "memory", i)) {
        return false;
      }
    }
    return true;
  }

  // https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
  bool constant(wasm::ByteRange range, ValType expected, std::uint32_t* size = nullptr) {
    decode::InstructionReader reader{module_.view(range), range.offset, module_.features};
    decode::Instruction instruction;
    std::vector<ValType> stack;
    while (reader.next(instruction)) {
      auto const at = instruction.offset;
      switch (instruction.opcode) {
      case Opcode::i32_const:
      case Opcode::i64_const:
      case Opcode::f32_const:
      case Opcode::f64_const:
      case Opcode::v128_const: stack.push_back(signatures[static_cast<std::size_t>(instruction.opcode)].result); break;
      case Opcode::ref_null: stack.push_back(instruction.type); break;
      case Opcode::ref_func:
        if (instruction.index >= module_.functions.size()) {
          return fail(fmt::format("unknown function {}", instruction.index), at);
        }
        facts_.referenced_functions[instruction.index] = true;
        stack.push_back(ValType::funcref());
        break;
      case Opcode::global_get:
        if (instruction.index >= module_.globals.size() || instruction.index >= module_.imported_globals) {
          return fail(
              fmt::format("unknown global {}: a constant expression may use imported globals only, there are {}",
                          instruction.index, module_.imported_globals),
              at);
        }
        if (module_.globals[instruction.index].type.is_mutable) {
          return fail(fmt::format("constant expression required: global {} is mutable", instruction.index), at);
        }
        stack.push_back(module_.globals[instruction.index].type.content);
        break;
      case Opcode::end:
        if (stack.size() != 1 || stack[0] != expected) {
          return fail(
              fmt::format("type mismatch: the constant expression must give one {}, it gives {}", to_string(expected),
                          stack.empty()      ? std::string{"nothing"}
                          : stack.size() > 1 ? fmt::format("{} values", stack.size())
                                             : to_string(stack[0])),
              at);
        }
        if (size != nullptr) {
          *size = reader.offset() - range.offset;
        }
        return true;
      default:
        return fail(
            fmt::format("constant expression required: `{}` is not constant", wasm::info(instruction.opcode).text), at);
      }
    }
    error_ = reader.error();
    return false;
  }

  bool globals() {
    for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
      if (!constant(module_.globals[i].init.code, module_.globals[i].type.content)) {
        return false;
      }
    }
    return true;
  }

  bool exports() {
    std::unordered_set<std::string_view> names;
    for (auto const& entry : module_.exports) {
      std::size_t const sizes[] = {module_.functions.size(), module_.tables.size(), module_.memories.size(),
                                   module_.globals.size()};
      auto const kind = static_cast<std::size_t>(entry.kind);
      if (entry.index >= sizes[kind]) {
        return fail(fmt::format("unknown {} {} in export \"{}\"", to_string(entry.kind), entry.index,
                                base::printable(entry.name)),
                    entry.offset);
      }
      if (entry.kind == ExternKind::func) {
        facts_.referenced_functions[entry.index] = true;
      }
      if (!names.insert(entry.name).second) {
        return fail(fmt::format("duplicate export name \"{}\"", base::printable(entry.name)), entry.offset);
      }
    }
    return true;
  }

  bool start() {
    if (!module_.start) {
      return true;
    }
    if (*module_.start >= module_.functions.size()) {
      return fail(fmt::format("unknown function {} as start function", *module_.start), module_.start_offset);
    }
    auto const& type = module_.type_of_function(*module_.start);
    if (!type.params().empty() || !type.results().empty()) {
      return fail(fmt::format("start function must have type [] -> [], it has {}", to_string(type)),
                  module_.start_offset);
    }
    return true;
  }

  bool elements() {
    for (auto const& segment : module_.elements) {
      if (segment.mode == wasm::SegmentMode::active) {
        if (segment.table >= module_.tables.size()) {
          return fail(fmt::format("unknown table {}", segment.table), segment.at);
        }
        auto const element = module_.tables[segment.table].type.element;
        if (element != segment.type) {
          return fail(fmt::format("type mismatch: table {} holds {}, the segment {}", segment.table, to_string(element),
                                  to_string(segment.type)),
                      segment.at);
        }
        if (!constant(segment.offset.code, ValType::i32())) {
          return false;
        }
      }
      if (!items(segment)) {
        return false;
      }
    }
    return true;
  }

  bool items(wasm::ElementSegment const& segment) {
    if (segment.is_expressions) {
      wasm::ByteRange rest = segment.items;
      for (std::uint32_t i = 0; i < segment.count; ++i) {
        std::uint32_t size = 0;
        if (!constant(rest, segment.type, &size)) {
          return false;
        }
        rest.offset += size;
        rest.size -= size;
      }
      return true;
    }
    auto const bytes = module_.view(segment.items);
    auto const* at = bytes.data();
    for (std::uint32_t i = 0; i < segment.count; ++i) {
      std::uint32_t function = 0;
      base::read_leb(at, bytes.data() + bytes.size(), function);
      if (function >= module_.functions.size()) {
        return fail(fmt::format("unknown function {} in an element segment", function), segment.at);
      }
      facts_.referenced_functions[function] = true;
    }
    return true;
  }

  bool data() {
    for (auto const& segment : module_.data) {
      if (segment.mode != wasm::SegmentMode::active) {
        continue;
      }
      if (segment.memory >= module_.memories.size()) {
        return fail(fmt::format("unknown memory {}", segment.memory), segment.at);
      }
      if (!constant(segment.offset.code, ValType::i32())) {
        return false;
      }
    }
    return true;
  }

  Module const& module_;
  ModuleFacts facts_;
  Error error_{ErrorKind::invalid, ""};
};

} // namespace

Result<ModuleFacts> validate_module(Module const& module) { return ModuleValidator{module}.run(); }

} // namespace weir::validate
