#include "validate/module_validator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/leb128.hpp"
#include "base/utf8.hpp"
#include "decode/function_reader.hpp"
#include "validate/constant_expression.hpp"
#include "validate/subtyping.hpp"
#include "wasm/limits.hpp"

namespace weir::validate {

namespace {

using wasm::Module;
using wasm::SegmentMode;

class ModuleValidator {
 public:
  explicit ModuleValidator(Module const& module) : module_(module) {
    facts_.referenced_functions.resize(module_.functions.size());
  }

  bool run() {
    return check_types() && check_functions() && check_tags() && check_tables() && check_memories() &&
           check_globals() && check_exports() && check_start() && check_elements() && check_data();
  }
  ModuleFacts facts() && { return std::move(facts_); }
  Error error() && { return *std::move(error_); }

 private:
  bool fail(std::string_view what, std::uint32_t offset) {
    error_.emplace(ErrorKind::invalid, fmt::format("{}, at byte offset {:#x}", what, offset), offset);
    return false;
  }
  // The module keeps no offset of what is wrong.
  bool fail(std::string_view what) {
    error_.emplace(ErrorKind::invalid, std::string{what});
    return false;
  }

  bool check_types();
  bool check_type(ValType type, std::string_view what, std::size_t index, std::size_t known);
  bool check_functions();
  bool check_tags();
  bool check_tables();
  bool check_memories();
  bool check_order(Limits const& limits, std::string_view what, std::size_t index);
  bool check_globals();
  bool check_exports();
  bool check_export_names();
  bool check_start();
  bool check_elements();
  bool check_items(wasm::ElementSegment const& segment);
  bool check_indices(wasm::ElementSegment const& segment);
  bool check_data();
  bool check_constant(wasm::ByteRange range, ValType expected, std::uint32_t* size = nullptr);

  Module const& module_;
  ModuleFacts facts_;
  std::optional<Error> error_;
};

// `known` types may be referred to.
bool ModuleValidator::check_type(ValType type, std::string_view what, std::size_t index, std::size_t known) {
  return !type.is_concrete_ref() || type.heap() < known ||
         fail(fmt::format("unknown type {}: {} {} refers to it, and may refer to {}", type.heap(), what, index,
                          known == 0 ? "no type" : fmt::format("types 0 to {}", known - 1)));
}

// A type refers to itself or to types in front of it.
bool ModuleValidator::check_types() {
  if (!module_.features.has(wasm::Feature::function_references)) {
    return true; // there are no references to types
  }
  for (std::size_t i = 0; i < module_.types.size(); ++i) {
    for (auto const* list : {&module_.types[i].params(), &module_.types[i].results()}) {
      for (auto const each : *list) {
        if (!check_type(each, "type", i, i + 1)) {
          return false;
        }
      }
    }
  }
  facts_.first_equivalent = first_equivalent_types(module_);
  return true;
}

bool ModuleValidator::check_tags() {
  for (std::size_t i = 0; i < module_.tags.size(); ++i) {
    if (module_.tags[i] >= module_.types.size()) {
      return fail(fmt::format("unknown type {} of tag {}: there are {}", module_.tags[i], i, module_.types.size()));
    }
    if (auto const& type = module_.types[module_.tags[i]]; !type.results().empty()) {
      return fail(fmt::format("non-empty tag result type: tag {} has type {}", i, to_string(type)));
    }
  }
  return true;
}

bool ModuleValidator::check_functions() {
  for (std::size_t i = 0; i < module_.functions.size(); ++i) {
    if (module_.functions[i] >= module_.types.size()) {
      return fail(
          fmt::format("unknown type {} of function {}: there are {}", module_.functions[i], i, module_.types.size()));
    }
  }
  return true;
}

bool ModuleValidator::check_order(Limits const& limits, std::string_view what, std::size_t index) {
  return !limits.max || limits.min <= *limits.max ||
         fail(fmt::format("size minimum must not be greater than maximum: {} {} has {} and {}", what, index, limits.min,
                          *limits.max));
}

bool ModuleValidator::check_tables() {
  for (std::size_t i = 0; i < module_.tables.size(); ++i) {
    auto const& type = module_.tables[i].type;
    auto const& limits = type.limits;
    if (!check_type(type.element, "table", i, module_.types.size())) {
      return false;
    }
    if (auto const& init = module_.tables[i].init) {
      if (!check_constant(init->code, type.element)) {
        return false;
      }
    } else if (i >= module_.imported_tables && !type.element.is_defaultable()) {
      return fail(fmt::format("type mismatch: table {} of {} needs an initialiser: there is no null", i,
                              to_string(type.element)));
    }
    constexpr std::uint64_t most = 0xFFFFFFFFu;
    if (limits.min > most || limits.max.value_or(0) > most) {
      return fail(fmt::format("table size must be at most 2^32 - 1: table {} has {}", i,
                              limits.min > most ? limits.min : *limits.max));
    }
    if (!check_order(limits, "table", i)) {
      return false;
    }
  }
  return module_.tables.size() <= 1 || module_.features.has(wasm::Feature::reference_types) ||
         fail(fmt::format("multiple tables: there are {}, and without reference types at most one is allowed",
                          module_.tables.size()));
}

bool ModuleValidator::check_memories() {
  for (std::size_t i = 0; i < module_.memories.size(); ++i) {
    auto const& limits = module_.memories[i].limits;
    constexpr std::uint64_t most = wasm::limits::memory32_pages;
    if (limits.min > most || limits.max.value_or(0) > most) {
      return fail(fmt::format("memory size must be at most 65536 pages (4 GiB): memory {} has {}", i,
                              limits.min > most ? limits.min : *limits.max));
    }
    if (!check_order(limits, "memory", i)) {
      return false;
    }
  }
  return module_.memories.size() <= 1 || module_.features.has(wasm::Feature::multi_memory) ||
         fail(fmt::format("multiple memories: there are {}, and at most one is allowed (several need the feature "
                          "multi_memory, which is switched off)",
                          module_.memories.size()));
}

bool ModuleValidator::check_constant(wasm::ByteRange range, ValType expected, std::uint32_t* size) {
  auto found = validate_constant_expression(module_, facts_, range, expected);
  if (!found.has_value()) {
    error_ = std::move(found).error();
    return false;
  }
  if (size != nullptr) {
    *size = *found;
  }
  return true;
}

bool ModuleValidator::check_globals() {
  for (std::size_t i = 0; i < module_.globals.size(); ++i) {
    if (!check_type(module_.globals[i].type.content, "global", i, module_.types.size())) {
      return false;
    }
  }
  for (std::size_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
    if (!check_constant(module_.globals[i].init.code, module_.globals[i].type.content)) {
      return false;
    }
  }
  return true;
}

bool ModuleValidator::check_exports() {
  for (auto const& item : module_.exports) {
    std::size_t const counts[] = {module_.functions.size(), module_.tables.size(), module_.memories.size(),
                                  module_.globals.size(), module_.tags.size()};
    auto const count = counts[static_cast<std::size_t>(item.kind)];
    std::string_view const kind = item.kind == ExternKind::func ? "function" : to_string(item.kind);
    if (item.index >= count) {
      return fail(fmt::format("unknown {} {}: the export \"{}\" refers to it, and there are {}", kind, item.index,
                              base::printable(item.name), count),
                  item.offset);
    }
    if (item.kind == ExternKind::func) {
      facts_.referenced_functions[item.index] = true;
    }
    if (item.kind == ExternKind::global && module_.globals[item.index].type.is_mutable &&
        !module_.features.has(wasm::Feature::mutable_globals)) {
      error_.emplace(ErrorKind::unsupported,
                     fmt::format("unsupported export of the mutable global {}: it needs the feature mutable_globals, "
                                 "which is switched off, at byte offset {:#x}",
                                 item.index, item.offset),
                     item.offset);
      return false;
    }
  }
  return check_export_names();
}

// Sorted instead of hashed: names are chosen by whoever made the module, and so would be their collisions.
bool ModuleValidator::check_export_names() {
  std::vector<wasm::Export const*> sorted;
  sorted.reserve(module_.exports.size());
  for (auto const& item : module_.exports) {
    sorted.push_back(&item);
  }
  std::ranges::sort(sorted, [](auto const* one, auto const* other) {
    return std::pair{one->name, one->offset} < std::pair{other->name, other->offset};
  });
  auto const twice = std::ranges::adjacent_find(sorted, {}, [](auto const* item) { return item->name; });
  return twice == sorted.end() ||
         fail(fmt::format("duplicate export name \"{}\"", base::printable((*twice)->name)), twice[1]->offset);
}

bool ModuleValidator::check_start() {
  if (!module_.start) {
    return true;
  }
  if (*module_.start >= module_.functions.size()) {
    return fail(fmt::format("unknown function {}: the start section refers to it, and there are {}", *module_.start,
                            module_.functions.size()),
                module_.start_offset);
  }
  auto const& type = module_.type_of_function(*module_.start);
  return (type.params().empty() && type.results().empty()) ||
         fail(fmt::format("start function {} has type {}, it must be [] -> []", *module_.start, to_string(type)),
              module_.start_offset);
}

bool ModuleValidator::check_elements() {
  for (std::size_t i = 0; i < module_.elements.size(); ++i) {
    auto const& segment = module_.elements[i];
    if (!check_type(segment.type, "element segment", i, module_.types.size())) {
      return false;
    }
    if (segment.mode == SegmentMode::active) {
      if (segment.table >= module_.tables.size()) {
        return fail(fmt::format("unknown table {}: an element segment refers to it, and there are {}", segment.table,
                                module_.tables.size()),
                    segment.at);
      }
      auto const element = module_.tables[segment.table].type.element;
      auto const type = type_of_segment(module_, segment);
      if (!matches(type, element, facts_.first_equivalent)) {
        return fail(fmt::format("type mismatch: an element segment of {} for table {} of {}", to_string(type),
                                segment.table, to_string(element)),
                    segment.at);
      }
      if (!check_constant(segment.offset.code, ValType::i32())) {
        return false;
      }
    }
    if (!(segment.is_expressions ? check_items(segment) : check_indices(segment))) {
      return false;
    }
  }
  return true;
}

bool ModuleValidator::check_items(wasm::ElementSegment const& segment) {
  wasm::ByteRange rest = segment.items;
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    std::uint32_t size = 0;
    if (!check_constant(rest, segment.type, &size)) {
      return false;
    }
    rest.offset += size;
    rest.size -= size;
  }
  return true;
}

bool ModuleValidator::check_indices(wasm::ElementSegment const& segment) {
  auto const bytes = module_.view(segment.items);
  auto const* at = bytes.data();
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    auto const offset = segment.items.offset + static_cast<std::uint32_t>(at - bytes.data());
    std::uint32_t function = 0;
    static_cast<void>(base::read_leb(at, bytes.data() + bytes.size(), function)); // the decoder has accepted it
    if (function >= module_.functions.size()) {
      return fail(fmt::format("unknown function {}: an element segment refers to it, and there are {}", function,
                              module_.functions.size()),
                  offset);
    }
    facts_.referenced_functions[function] = true;
  }
  return true;
}

bool ModuleValidator::check_data() {
  for (auto const& segment : module_.data) {
    if (segment.mode != SegmentMode::active) {
      continue;
    }
    if (segment.memory >= module_.memories.size()) {
      return fail(fmt::format("unknown memory {}: a data segment refers to it, and there are {}", segment.memory,
                              module_.memories.size()),
                  segment.at);
    }
    if (!check_constant(segment.offset.code, ValType::i32())) {
      return false;
    }
  }
  return true;
}

} // namespace

Result<ModuleFacts> validate_module(Module const& module) {
  ModuleValidator validator{module};
  if (validator.run()) {
    return std::move(validator).facts();
  }
  auto error = std::move(validator).error();
  // What is not well-formed is malformed, whatever is invalid elsewhere.
  if (error.kind() == ErrorKind::invalid) {
    if (auto malformed = decode::find_malformed_body(module)) {
      return std::unexpected(*std::move(malformed));
    }
  }
  return std::unexpected(std::move(error));
}

} // namespace weir::validate
