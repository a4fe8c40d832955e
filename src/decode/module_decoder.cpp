#include "decode/module_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "decode/section_reader.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

namespace {

using wasm::Feature;
using wasm::Module;
namespace limits = wasm::limits;

// https://webassembly.github.io/spec/core/binary/modules.html#sections
enum SectionId : std::uint8_t {
  custom_id,
  type_id,
  import_id,
  function_id,
  table_id,
  memory_id,
  global_id,
  export_id,
  start_id,
  element_id,
  code_id,
  data_id,
  data_count_id,
  tag_id
};

struct Section {
  std::string_view name;
  std::uint8_t rank; // sections come in this order; 0: anywhere
};
constexpr std::array sections = {
    Section{"custom", 0},      Section{"type", 1},     Section{"import", 2}, Section{"function", 3},
    Section{"table", 4},       Section{"memory", 5},   Section{"global", 7}, Section{"export", 8},
    Section{"start", 9},       Section{"element", 10}, Section{"code", 12},  Section{"data", 13},
    Section{"data count", 11}, Section{"tag", 6},
};

class Decoder {
 public:
  Decoder(Module& module, wasm::Features features)
      : module_(module), features_(features), reader_(module.bytes, features) {}

  bool run();
  Error error() && { return std::move(reader_).error(); }

 private:
  bool read_header();
  bool read_section(std::uint8_t& last_rank);
  bool read_contents(SectionId id);
  bool check_lengths();

  bool read_custom(std::uint32_t at);
  bool read_types();
  bool read_value_types(std::vector<ValType>& types, bool are_params);
  bool read_imports();
  bool read_import(wasm::Import& import);
  bool read_tag(std::uint32_t& type);
  bool read_tags();
  bool read_functions();
  bool read_table_prefix();
  bool read_tables();
  bool read_memories();
  bool read_globals();
  bool read_exports();
  bool read_start();
  bool read_elements();
  bool read_element(wasm::ElementSegment& segment);
  bool read_element_type(wasm::ElementSegment& segment, bool is_explicit);
  bool read_items(wasm::ElementSegment& segment);
  bool read_data_count();
  bool read_code();
  bool read_data();
  bool read_data_segment(wasm::DataSegment& segment);

  Module& module_;
  wasm::Features features_;
  SectionReader reader_;
  std::uint32_t declared_functions_ = 0; // in the function section
};

bool Decoder::run() {
  if (!read_header()) {
    return false;
  }
  std::uint8_t last_rank = 0;
  while (!reader_.at_end()) {
    if (!read_section(last_rank)) {
      return false;
    }
  }
  return check_lengths();
}

bool Decoder::read_header() {
  constexpr std::array<std::uint8_t, 4> magic = {0x00, 0x61, 0x73, 0x6D};
  auto const bytes = module_.bytes;
  auto const too_short = [&] {
    return reader_.malformed(fmt::format("unexpected end: a module's header has 8 bytes, there are {}", bytes.size()));
  };
  if (bytes.size() < magic.size()) {
    return too_short();
  }
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) {
    return reader_.malformed("magic header not detected: a module begins with the bytes 00 61 73 6d (\\0asm)");
  }
  if (bytes.size() < 8) {
    return too_short();
  }
  auto const version = base::load_le<std::uint32_t>(bytes.data() + 4);
  reader_.skip(4);
  if (version >> 16 == 1) {
    // Malformed as a module, whatever it is as a component: the layer is the upper half of the version.
    return reader_.malformed(
        "unknown binary version: this is a component of the component model, not a core module; "
        "components are not supported");
  }
  if (version != 1) {
    return reader_.malformed(fmt::format("unknown binary version {}, expected 1", version));
  }
  reader_.skip(4);
  return true;
}

bool Decoder::read_section(std::uint8_t& last_rank) {
  auto const* const start = reader_.position();
  std::uint32_t const at = reader_.offset();
  std::uint8_t id = 0;
  static_cast<void>(reader_.u8(id));
  if (id >= sections.size()) {
    return reader_.fail(ErrorKind::malformed, fmt::format("malformed section id 0x{:02x}", id), start);
  }
  auto const& section = sections[id];
  std::uint32_t size = 0;
  if (!reader_.size(size, fmt::format("the {} section", section.name))) {
    return false;
  }
  if (section.rank != 0 && section.rank <= last_rank) {
    return reader_.fail(ErrorKind::malformed,
                        fmt::format("unexpected content after last section: a second {0} section, or a {0} section "
                                    "behind one that it must precede",
                                    section.name),
                        start);
  }
  last_rank = std::max(last_rank, section.rank);
  if (id == tag_id && !features_.has(Feature::exception_handling)) {
    return reader_.needs(Feature::exception_handling, "tag section", start);
  }
  reader_.enter(size, section.name);
  bool const good = id == custom_id ? read_custom(at) : read_contents(SectionId{id});
  if (!good) {
    return false;
  }
  if (!reader_.at_end()) {
    return reader_.malformed(fmt::format("section size mismatch: {} bytes behind the last element", reader_.left()));
  }
  reader_.leave(module_.bytes);
  return true;
}

bool Decoder::read_contents(SectionId id) {
  switch (id) {
  case type_id: return read_types();
  case import_id: return read_imports();
  case function_id: return read_functions();
  case table_id: return read_tables();
  case memory_id: return read_memories();
  case global_id: return read_globals();
  case export_id: return read_exports();
  case start_id: return read_start();
  case element_id: return read_elements();
  case data_count_id: return read_data_count();
  case code_id: return read_code();
  case data_id: return read_data();
  case tag_id: return read_tags();
  default: return true; // custom sections do not come here
  }
}

// What two sections must agree about, as far as the second of them is missing.
bool Decoder::check_lengths() {
  if (declared_functions_ != module_.bodies.size()) {
    return reader_.malformed(fmt::format(
        "function and code section have inconsistent lengths: {} functions, and no code section", declared_functions_));
  }
  if (module_.data_count.value_or(0) != 0 && module_.data.empty()) {
    return reader_.malformed(
        fmt::format("data count and data section have inconsistent lengths: {} segments, and no data section",
                    *module_.data_count));
  }
  return true;
}

bool Decoder::read_custom(std::uint32_t at) {
  wasm::CustomSection section;
  section.at = at;
  if (!reader_.name(section.name)) {
    return false;
  }
  section.data = {reader_.offset(), reader_.left()};
  reader_.skip(reader_.left());
  module_.custom_sections.push_back(section);
  return true;
}

bool Decoder::read_value_types(std::vector<ValType>& types, bool are_params) {
  std::uint32_t count = 0;
  if (!reader_.count(count, are_params ? limits::params : limits::results, 1, are_params ? "parameters" : "results")) {
    return false;
  }
  auto const* const start = reader_.position();
  types.resize(count);
  for (auto& type : types) {
    if (!reader_.value_type(type)) {
      return false;
    }
  }
  return are_params || count <= 1 || features_.has(Feature::multi_value) ||
         reader_.needs(Feature::multi_value, "function type with several results", start);
}

bool Decoder::read_types() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::types, 3, "types")) {
    return false;
  }
  module_.types.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto const* const start = reader_.position();
    std::uint8_t form = 0;
    if (!reader_.at_end() && (reader_.peek() == 0x50 || reader_.peek() == 0x4F || reader_.peek() == 0x4E ||
                              reader_.peek() == 0x5F || reader_.peek() == 0x5E)) {
      return reader_.later_type();
    }
    if (!reader_.u8(form)) {
      return false;
    }
    if (form != 0x60) {
      return reader_.fail(ErrorKind::malformed, fmt::format("malformed type form 0x{:02x}, expected 0x60", form),
                          start);
    }
    std::vector<ValType> params;
    std::vector<ValType> results;
    if (!read_value_types(params, true) || !read_value_types(results, false)) {
      return false;
    }
    module_.types.emplace_back(std::move(params), std::move(results));
  }
  return true;
}

bool Decoder::read_import(wasm::Import& import) {
  import.offset = reader_.offset();
  if (!reader_.name(import.module) || !reader_.name(import.name)) {
    return false;
  }
  for (auto const name : {import.module, import.name}) {
    if (name.size() > limits::name_bytes) {
      return reader_.fail(
          ErrorKind::limit,
          fmt::format("an import's name has {} bytes, at most {} are allowed", name.size(), limits::name_bytes),
          reader_.position());
    }
  }
  auto const* const start = reader_.position();
  std::uint8_t kind = 0;
  if (!reader_.u8(kind)) {
    return false;
  }
  import.kind = static_cast<ExternKind>(kind);
  switch (import.kind) {
  case ExternKind::func:
    import.index = module_.imported_functions++;
    return reader_.u32(module_.functions.emplace_back());
  case ExternKind::table:
    if (module_.imported_tables == limits::tables) {
      return reader_.fail(ErrorKind::limit, fmt::format("more than {} imported tables", limits::tables), start);
    }
    import.index = module_.imported_tables++;
    return reader_.table_type(module_.tables.emplace_back().type);
  case ExternKind::memory:
    if (module_.imported_memories == limits::memories) {
      return reader_.fail(ErrorKind::limit, fmt::format("more than {} imported memories", limits::memories), start);
    }
    import.index = module_.imported_memories++;
    return reader_.memory_type(module_.memories.emplace_back());
  case ExternKind::global: {
    import.index = module_.imported_globals++;
    auto& type = module_.globals.emplace_back().type;
    return reader_.global_type(type) && (!type.is_mutable || features_.has(Feature::mutable_globals) ||
                                         reader_.needs(Feature::mutable_globals, "import of a mutable global", start));
  }
  case ExternKind::tag:
    import.index = module_.imported_tags++;
    return (features_.has(Feature::exception_handling) ||
            reader_.needs(Feature::exception_handling, "import of a tag", start)) &&
           read_tag(module_.tags.emplace_back());
  }
  return reader_.fail(ErrorKind::malformed, fmt::format("malformed import kind 0x{:02x}", kind), start);
}

bool Decoder::read_imports() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::imports, 4, "imports")) {
    return false;
  }
  module_.imports.resize(count);
  return std::ranges::all_of(module_.imports, [this](auto& import) { return read_import(import); });
}

// https://webassembly.github.io/spec/core/binary/types.html#tag-types
bool Decoder::read_tag(std::uint32_t& type) {
  std::uint8_t attribute = 0;
  if (!reader_.u8(attribute)) {
    return false;
  }
  if (attribute != 0) {
    return reader_.fail(ErrorKind::malformed, fmt::format("malformed tag attribute 0x{:02x}, expected 0", attribute),
                        reader_.position() - 1);
  }
  return reader_.u32(type);
}

bool Decoder::read_tags() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::tags, 2, "tags")) {
    return false;
  }
  module_.tags.reserve(module_.tags.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_tag(module_.tags.emplace_back())) {
      return false;
    }
  }
  return true;
}

bool Decoder::read_functions() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::functions, 1, "functions")) {
    return false;
  }
  std::size_t const first = module_.functions.size();
  module_.functions.resize(first + count);
  declared_functions_ = count;
  return std::all_of(module_.functions.begin() + static_cast<std::ptrdiff_t>(first), module_.functions.end(),
                     [this](std::uint32_t& type) { return reader_.u32(type); });
}

// What announces that an initialiser follows the table's type.
bool Decoder::read_table_prefix() {
  auto const* const start = reader_.position();
  reader_.skip(1);
  std::uint8_t reserved = 0;
  if (!reader_.u8(reserved)) {
    return false;
  }
  if (reserved != 0) {
    return reader_.fail(ErrorKind::malformed,
                        fmt::format("malformed table: 0x40 0x{:02x}, expected 0x40 0x00", reserved), start);
  }
  return features_.has(Feature::function_references) ||
         reader_.needs(Feature::function_references, "table with an initialiser", start);
}

bool Decoder::read_tables() {
  std::uint32_t count = 0;
  std::uint32_t const imported = module_.imported_tables;
  if (!reader_.count(count, limits::tables - imported, 3,
                     imported == 0 ? "tables" : "tables besides the imported ones")) {
    return false;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& table = module_.tables.emplace_back();
    bool const has_init = !reader_.at_end() && reader_.peek() == 0x40;
    if (has_init && !read_table_prefix()) {
      return false;
    }
    if (!reader_.table_type(table.type) || (has_init && !reader_.constant_expression(table.init.emplace()))) {
      return false;
    }
  }
  return true;
}

bool Decoder::read_memories() {
  std::uint32_t count = 0;
  std::uint32_t const imported = module_.imported_memories;
  if (!reader_.count(count, limits::memories - imported, 2,
                     imported == 0 ? "memories" : "memories besides the imported ones")) {
    return false;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!reader_.memory_type(module_.memories.emplace_back())) {
      return false;
    }
  }
  return true;
}

bool Decoder::read_globals() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::globals, 3, "globals")) {
    return false;
  }
  module_.globals.reserve(module_.globals.size() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& global = module_.globals.emplace_back();
    if (!reader_.global_type(global.type) || !reader_.constant_expression(global.init)) {
      return false;
    }
  }
  return true;
}

bool Decoder::read_exports() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::exports, 3, "exports")) {
    return false;
  }
  module_.exports.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    wasm::Export item;
    item.offset = reader_.offset();
    if (!reader_.name(item.name)) {
      return false;
    }
    auto const* const start = reader_.position();
    if (item.name.size() > limits::name_bytes) {
      return reader_.fail(
          ErrorKind::limit,
          fmt::format("an export's name has {} bytes, at most {} are allowed", item.name.size(), limits::name_bytes),
          start);
    }
    std::uint8_t kind = 0;
    if (!reader_.u8(kind) || !reader_.u32(item.index)) {
      return false;
    }
    if (kind == static_cast<std::uint8_t>(ExternKind::tag) && !features_.has(Feature::exception_handling)) {
      return reader_.needs(Feature::exception_handling, "export of a tag", start);
    }
    if (kind > 4) {
      return reader_.fail(ErrorKind::malformed, fmt::format("malformed export kind 0x{:02x}", kind), start);
    }
    item.kind = static_cast<ExternKind>(kind);
    module_.exports.push_back(item);
  }
  return true;
}

bool Decoder::read_start() {
  module_.start_offset = reader_.offset();
  return reader_.u32(module_.start.emplace());
}

bool Decoder::read_elements() {
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::element_segments, 2, "element segments")) {
    return false;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_element(module_.elements.emplace_back())) {
      return false;
    }
  }
  return true;
}

// https://webassembly.github.io/spec/core/binary/modules.html#element-section
bool Decoder::read_element(wasm::ElementSegment& segment) {
  auto const* const start = reader_.position();
  segment.at = reader_.offset();
  std::uint32_t flags = 0;
  if (!reader_.u32(flags)) {
    return false;
  }
  if (flags > 7) {
    return reader_.fail(ErrorKind::malformed, fmt::format("malformed elements segment kind {}", flags), start);
  }
  if (flags != 0 && !features_.has(Feature::bulk_memory)) {
    return reader_.needs(Feature::bulk_memory, "element segment that is not active in table 0", start);
  }
  // Bit 0: not active; bit 1: declarative, or a table index; bit 2: expressions instead of function indices.
  bool const is_active = (flags & 1) == 0;
  bool const has_table = is_active && (flags & 2) != 0;
  segment.mode = is_active          ? wasm::SegmentMode::active
                 : (flags & 2) == 0 ? wasm::SegmentMode::passive
                                    : wasm::SegmentMode::declarative;
  segment.is_expressions = (flags & 4) != 0;
  if (has_table && !reader_.u32(segment.table)) {
    return false;
  }
  if (is_active && !reader_.constant_expression(segment.offset)) {
    return false;
  }
  return read_element_type(segment, has_table || !is_active) && read_items(segment);
}

bool Decoder::read_element_type(wasm::ElementSegment& segment, bool is_explicit) {
  if (!is_explicit) {
    return true; // funcref
  }
  if (segment.is_expressions) {
    return reader_.reference_type(segment.type);
  }
  std::uint8_t kind = 0;
  if (!reader_.u8(kind)) {
    return false;
  }
  return kind == 0 ||
         reader_.fail(ErrorKind::malformed, fmt::format("malformed element kind 0x{:02x}, expected 0", kind),
                      reader_.position() - 1);
}

bool Decoder::read_items(wasm::ElementSegment& segment) {
  if (!reader_.count(segment.count, limits::table_elements, segment.is_expressions ? 2 : 1, "elements of a segment")) {
    return false;
  }
  segment.items.offset = reader_.offset();
  std::uint32_t function = 0;
  wasm::ConstantExpression expression;
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    if (!(segment.is_expressions ? reader_.constant_expression(expression) : reader_.u32(function))) {
      return false;
    }
  }
  segment.items.size = reader_.offset() - segment.items.offset;
  return true;
}

bool Decoder::read_data_count() {
  auto const* const start = reader_.position();
  // No limit: either as many segments follow, or the lengths are inconsistent.
  return reader_.u32(module_.data_count.emplace()) &&
         (features_.has(Feature::bulk_memory) || reader_.needs(Feature::bulk_memory, "data count section", start));
}

bool Decoder::read_code() {
  module_.code_section = {reader_.offset(), reader_.left()};
  auto const* const start = reader_.position();
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::functions, 1, "function bodies")) {
    return false;
  }
  if (count != declared_functions_) {
    return reader_.fail(ErrorKind::malformed,
                        fmt::format("function and code section have inconsistent lengths: {} functions, {} bodies",
                                    declared_functions_, count),
                        start);
  }
  module_.bodies.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto const* const at = reader_.position();
    std::uint32_t size = 0;
    if (!reader_.size(size, "a function body")) {
      return false;
    }
    if (size > limits::function_bytes) {
      return reader_.fail(ErrorKind::limit,
                          fmt::format("the body of function {} has {} bytes, at most {} are allowed",
                                      module_.imported_functions + i, size, limits::function_bytes),
                          at);
    }
    module_.bodies.push_back({.code = {reader_.offset(), size}});
    reader_.skip(size);
  }
  return true;
}

bool Decoder::read_data() {
  auto const* const start = reader_.position();
  std::uint32_t count = 0;
  if (!reader_.count(count, limits::data_segments, 2, "data segments")) {
    return false;
  }
  if (module_.data_count.value_or(count) != count) {
    return reader_.fail(
        ErrorKind::malformed,
        fmt::format("data count and data section have inconsistent lengths: {} and {}", *module_.data_count, count),
        start);
  }
  module_.data.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_data_segment(module_.data.emplace_back())) {
      return false;
    }
  }
  return true;
}

bool Decoder::read_data_segment(wasm::DataSegment& segment) {
  auto const* const start = reader_.position();
  segment.at = reader_.offset();
  std::uint32_t flags = 0;
  if (!reader_.u32(flags)) {
    return false;
  }
  if (flags > 2) {
    return reader_.fail(ErrorKind::malformed, fmt::format("malformed data segment kind {}", flags), start);
  }
  if (flags != 0 && !features_.has(Feature::bulk_memory)) {
    return reader_.needs(Feature::bulk_memory, "data segment that is not active in memory 0", start);
  }
  segment.mode = flags == 1 ? wasm::SegmentMode::passive : wasm::SegmentMode::active;
  if (flags == 2 && !reader_.u32(segment.memory)) {
    return false;
  }
  if (flags != 1 && !reader_.constant_expression(segment.offset)) {
    return false;
  }
  std::uint32_t size = 0;
  if (!reader_.size(size, "a data segment")) {
    return false;
  }
  segment.data = {reader_.offset(), size};
  reader_.skip(size);
  return true;
}

} // namespace

Result<Module> decode_module(std::shared_ptr<wasm::ModuleBytes const> bytes, wasm::Features features) {
  Module module;
  module.owner = std::move(bytes);
  module.bytes = module.owner->view();
  module.features = features;
  if (module.bytes.size() > limits::module_bytes) {
    return std::unexpected(Error{ErrorKind::limit, fmt::format("the module has {} bytes, at most {} are allowed",
                                                               module.bytes.size(), limits::module_bytes)});
  }
  Decoder decoder{module, features};
  if (!decoder.run()) {
    return std::unexpected(std::move(decoder).error());
  }
  return module;
}

} // namespace weir::decode
