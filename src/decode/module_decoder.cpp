#include "decode/module_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/leb128.hpp"
#include "base/utf8.hpp"
#include "decode/instruction.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

namespace {

using wasm::Feature;
using wasm::Module;
namespace limits = wasm::limits;

struct Failed {}; // the error is in the decoder
using Status = std::expected<void, Failed>;

constexpr std::string_view section_names[] = {"custom", "type",  "import",  "function", "table", "memory",    "global",
                                              "export", "start", "element", "code",     "data",  "data count"};

// Sections must come in this order: the data count section stands between element and code.
constexpr int section_rank(std::uint8_t id) noexcept { return id == 12 ? 95 : id * 10; }

class Decoder {
 public:
  Decoder(Module& module, wasm::Features features) : module_(module), features_(features) {
    begin_ = module.bytes.data();
    at_ = begin_;
    end_ = begin_ + module.bytes.size();
  }

  Result<void> run();

 private:
  std::uint32_t offset(std::uint8_t const* at) const { return static_cast<std::uint32_t>(at - begin_); }
  std::uint32_t offset() const { return offset(at_); }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  Error error(ErrorKind kind, std::string_view what, std::uint8_t const* at) const {
    return Error{kind,
                 section_ < 0
                     ? fmt::format("{} (at byte {})", what, offset(at))
                     : fmt::format("{} (at byte {}, in the {} section)", what, offset(at), section_names[section_]),
                 offset(at)};
  }
  bool fail(ErrorKind kind, std::string_view what, std::uint8_t const* at) {
    error_ = error(kind, what, at);
    return false;
  }
  bool malformed(std::string_view what) { return fail(ErrorKind::malformed, what, at_); }

  template <class T, unsigned Bits = sizeof(T) * 8>
  bool integer(T& value);
  bool u32(std::uint32_t& value) { return integer(value); }
  bool byte(std::uint8_t& value);
  // A vector's length. Each element takes at least one byte, so more than are left can't be there.
  bool count(std::uint32_t& value, std::uint32_t most, char const* limit);
  bool name(std::string_view& value);
  bool value_type(ValType& type);
  bool reference_type(ValType& type);
  bool bounds(Limits& bounds, bool& shared, std::uint64_t widest);
  bool table_type(TableType& type);
  bool memory_type(MemoryType& type);
  bool global_type(GlobalType& type);
  bool constant(wasm::ConstantExpression& expression);

  bool header();
  bool section(std::uint8_t id);
  bool custom_section();
  bool type_section();
  bool import_section();
  bool function_section();
  bool table_section();
  bool memory_section();
  bool global_section();
  bool export_section();
  bool start_section();
  bool element_section();
  bool element_segment(wasm::ElementSegment& segment);
  bool code_section();
  bool data_section();
  bool data_count_section();

  Module& module_;
  wasm::Features features_;
  std::uint8_t const* begin_;
  std::uint8_t const* at_;
  std::uint8_t const* end_; // of the section that is read
  int section_ = -1;
  std::uint32_t declared_functions_ = 0;
  Error error_{ErrorKind::malformed, ""};
};

template <class T, unsigned Bits>
bool Decoder::integer(T& value) {
  switch (base::read_leb<T, Bits>(at_, end_, value)) {
  case base::LebStatus::ok: return true;
  case base::LebStatus::truncated: return fail(ErrorKind::malformed, "unexpected end", end_);
  case base::LebStatus::too_long: return malformed("integer representation too long");
  default: return malformed("integer too large");
  }
}

bool Decoder::byte(std::uint8_t& value) {
  if (at_ == end_) {
    return malformed("unexpected end");
  }
  value = *at_++;
  return true;
}

bool Decoder::count(std::uint32_t& value, std::uint32_t most, char const* limit) {
  auto const* const at = at_;
  if (!u32(value)) {
    return false;
  }
  if (value > left()) {
    return fail(ErrorKind::malformed,
                fmt::format("unexpected end: {} {} are declared, and only {} bytes follow", value, limit, left()), at);
  }
  if (value > most) {
    return fail(ErrorKind::limit, fmt::format("{} {}, at most {} are allowed", value, limit, most), at);
  }
  return true;
}

bool Decoder::name(std::string_view& value) {
  std::uint32_t size = 0;
  if (!u32(size)) {
    return false;
  }
  if (size > left()) {
    return malformed(fmt::format("unexpected end: a name of {} bytes, and only {} follow", size, left()));
  }
  value = {reinterpret_cast<char const*>(at_), size};
  if (!base::is_utf8(value)) {
    return malformed("malformed UTF-8 encoding in a name");
  }
  at_ += size;
  return true;
}

bool Decoder::value_type(ValType& type) {
  TypeReader reader{at_, end_, features_};
  if (!reader.value_type(type)) {
    return fail(reader.kind(), reader.what(), reader.position());
  }
  at_ = reader.position();
  return true;
}

bool Decoder::reference_type(ValType& type) {
  TypeReader reader{at_, end_, features_};
  if (!reader.reference_type(type)) {
    return fail(reader.kind(), reader.what(), reader.position());
  }
  at_ = reader.position();
  return true;
}

bool Decoder::bounds(Limits& bounds, bool& shared, std::uint64_t) {
  std::uint8_t flags = 0;
  auto const* const at = at_;
  if (at_ != end_ && *at_ >= 0x80) {
    return malformed("integer representation too long");
  }
  if (!byte(flags)) {
    return false;
  }
  if (flags > 1) {
    if (flags <= 0x0F && flags != 2) {
      return fail(ErrorKind::unsupported,
                  fmt::format("unsupported: limits with flags 0x{:02x} (64-bit, shared or custom page size)", flags),
                  at);
    }
    return fail(ErrorKind::malformed, fmt::format("malformed limits flags 0x{:02x}", flags), at);
  }
  shared = false;
  std::uint32_t value = 0;
  if (!u32(value)) {
    return false;
  }
  bounds.min = value;
  if (flags == 1) {
    if (!u32(value)) {
      return false;
    }
    bounds.max = value;
  }
  return true;
}

bool Decoder::table_type(TableType& type) {
  bool shared = false;
  return reference_type(type.element) && bounds(type.limits, shared, 0);
}

bool Decoder::memory_type(MemoryType& type) { return bounds(type.limits, type.is_shared, 0); }

bool Decoder::global_type(GlobalType& type) {
  std::uint8_t mutability = 0;
  if (!value_type(type.content) || !byte(mutability)) {
    return false;
  }
  if (mutability > 1) {
    return fail(ErrorKind::malformed, fmt::format("malformed mutability {}, expected 0 or 1", mutability), at_ - 1);
  }
  type.is_mutable = mutability == 1;
  return true;
}

bool Decoder::constant(wasm::ConstantExpression& expression) {
  auto const* const start = at_;
  InstructionReader reader{{at_, left()}, offset(), features_, true};
  Instruction instruction;
  std::uint32_t depth = 0;
  for (;;) {
    if (!reader.next(instruction)) {
      error_ = reader.error();
      return false;
    }
    if (instruction.opcode == wasm::Opcode::block || instruction.opcode == wasm::Opcode::loop ||
        instruction.opcode == wasm::Opcode::if_) {
      ++depth;
    } else if (instruction.opcode == wasm::Opcode::end && depth-- == 0) {
      break;
    }
  }
  at_ = reader.position();
  auto const size = static_cast<std::uint32_t>(at_ - start);
  if (size > limits::constant_expression_bytes) {
    return fail(ErrorKind::limit,
                fmt::format("a constant expression of {} bytes, at most {} are allowed", size,
                            limits::constant_expression_bytes),
                start);
  }
  expression.code = {offset(start), size};
  return true;
}

bool Decoder::header() {
  constexpr std::uint8_t magic[] = {0x00, 0x61, 0x73, 0x6D};
  if (left() == 0) {
    return malformed("unexpected end: the input is empty, a module begins with \\00asm");
  }
  if (!std::equal(at_, at_ + std::min<std::size_t>(left(), 4), magic)) {
    return malformed("magic header not detected: a binary module begins with \\00asm");
  }
  if (left() < 8) {
    return fail(ErrorKind::malformed, "unexpected end in the module's header", end_);
  }
  at_ += 4;
  auto const version = base::load_le<std::uint32_t>(at_);
  if (version == 0x0001000D || version == 0x0001000E) {
    return fail(ErrorKind::unsupported, "unknown binary version: this is a component, and Weir runs core modules", at_);
  }
  if (version != 1) {
    return malformed(fmt::format("unknown binary version {}, expected 1", version));
  }
  at_ += 4;
  return true;
}

Result<void> Decoder::run() {
  if (!header()) {
    return std::unexpected(std::move(error_));
  }
  auto const* const module_end = end_;
  int last_rank = 0;
  bool code_seen = false;
  bool data_seen = false;
  while (at_ != module_end) {
    end_ = module_end;
    section_ = -1;
    auto const* const start = at_;
    std::uint8_t id = 0;
    std::uint32_t size = 0;
    byte(id);
    if (id > 12) {
      if (id == 13) {
        return std::unexpected(error(ErrorKind::unsupported, "unsupported: tag section (exception handling)", start));
      }
      return std::unexpected(error(ErrorKind::malformed, fmt::format("malformed section id {}", id), start));
    }
    if (!u32(size)) {
      return std::unexpected(std::move(error_));
    }
    if (size > left()) {
      return std::unexpected(error(ErrorKind::malformed,
                                   fmt::format("unexpected end: the {} section has {} bytes, and only {} follow",
                                               section_names[id], size, left()),
                                   start));
    }
    if (id != 0) {
      int const rank = section_rank(id);
      if (rank <= last_rank) {
        return std::unexpected(
            error(ErrorKind::malformed,
                  fmt::format("unexpected content after last section: the {} section is out of order or there twice",
                              section_names[id]),
                  start));
      }
      last_rank = rank;
    }
    end_ = at_ + size;
    section_ = id;
    code_seen = code_seen || id == 10;
    data_seen = data_seen || id == 11;
    auto const* const section_end = end_;
    if (!section(id)) {
      return std::unexpected(std::move(error_));
    }
    if (id != 0 && at_ != section_end) {
      return std::unexpected(error(ErrorKind::malformed, "section size mismatch: bytes are left at its end", at_));
    }
    at_ = section_end;
  }
  end_ = module_end;
  section_ = -1;
  if (!code_seen && declared_functions_ != 0) {
    return std::unexpected(
        error(ErrorKind::malformed, "function and code section have inconsistent lengths: there is no code", at_));
  }
  if (!data_seen && module_.data_count.value_or(0) != 0) {
    return std::unexpected(
        error(ErrorKind::malformed, "data count and data section have inconsistent lengths: there is no data", at_));
  }
  return {};
}

bool Decoder::section(std::uint8_t id) {
  switch (id) {
  case 0: return custom_section();
  case 1: return type_section();
  case 2: return import_section();
  case 3: return function_section();
  case 4: return table_section();
  case 5: return memory_section();
  case 6: return global_section();
  case 7: return export_section();
  case 8: return start_section();
  case 9: return element_section();
  case 10: return code_section();
  case 11: return data_section();
  default: return data_count_section();
  }
}

bool Decoder::custom_section() {
  wasm::CustomSection custom;
  custom.at = offset();
  if (!name(custom.name)) {
    return false;
  }
  custom.data = {offset(), static_cast<std::uint32_t>(left())};
  module_.custom_sections.push_back(custom);
  return true;
}

bool Decoder::type_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::types, "types")) {
    return false;
  }
  module_.types.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::uint8_t form = 0;
    if (!byte(form)) {
      return false;
    }
    if (form != 0x60) {
      bool const later = form == 0x5F || form == 0x5E || form == 0x50 || form == 0x4F || form == 0x4E;
      return fail(later ? ErrorKind::unsupported : ErrorKind::malformed,
                  later ? std::string{"unsupported: types of the GC proposal"}
                        : fmt::format("malformed type form 0x{:02x}, expected 0x60", form),
                  at_ - 1);
    }
    std::vector<ValType> lists[2];
    for (int list = 0; list < 2; ++list) {
      std::uint32_t values = 0;
      if (!count(values, list == 0 ? limits::params : limits::results, list == 0 ? "parameters" : "results")) {
        return false;
      }
      lists[list].resize(values);
      for (auto& type : lists[list]) {
        if (!value_type(type)) {
          return false;
        }
      }
    }
    module_.types.emplace_back(std::move(lists[0]), std::move(lists[1]));
  }
  return true;
}

bool Decoder::import_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::imports, "imports")) {
    return false;
  }
  module_.imports.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::Import import;
    import.offset = offset();
    std::uint8_t kind = 0;
    if (!name(import.module) || !name(import.name) || !byte(kind)) {
      return false;
    }
    switch (kind) {
    case 0: {
      std::uint32_t type = 0;
      if (!u32(type)) {
        return false;
      }
      import.index = module_.imported_functions++;
      module_.functions.push_back(type);
      break;
    }
    case 1: {
      wasm::Table table;
      if (!table_type(table.type)) {
        return false;
      }
      import.index = module_.imported_tables++;
      module_.tables.push_back(table);
      break;
    }
    case 2: {
      MemoryType memory;
      if (!memory_type(memory)) {
        return false;
      }
      import.index = module_.imported_memories++;
      module_.memories.push_back(memory);
      break;
    }
    case 3: {
      wasm::Global global;
      if (!global_type(global.type)) {
        return false;
      }
      import.index = module_.imported_globals++;
      module_.globals.push_back(global);
      break;
    }
    case 4: return fail(ErrorKind::unsupported, "unsupported: import of a tag (exception handling)", at_ - 1);
    default: return fail(ErrorKind::malformed, fmt::format("malformed import kind {}", kind), at_ - 1);
    }
    import.kind = static_cast<ExternKind>(kind);
    module_.imports.push_back(import);
  }
  return true;
}

bool Decoder::function_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::functions, "functions")) {
    return false;
  }
  module_.functions.reserve(module_.functions.size() + n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::uint32_t type = 0;
    if (!u32(type)) {
      return false;
    }
    module_.functions.push_back(type);
  }
  declared_functions_ = n;
  return true;
}

bool Decoder::table_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::tables, "tables")) {
    return false;
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::Table table;
    if (at_ != end_ && *at_ == 0x40) {
      return fail(ErrorKind::unsupported, "unsupported: tables with an initialiser (function references)", at_);
    }
    if (!table_type(table.type)) {
      return false;
    }
    module_.tables.push_back(table);
  }
  return true;
}

bool Decoder::memory_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::memories, "memories")) {
    return false;
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    MemoryType memory;
    if (!memory_type(memory)) {
      return false;
    }
    module_.memories.push_back(memory);
  }
  return true;
}

bool Decoder::global_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::globals, "globals")) {
    return false;
  }
  module_.globals.reserve(module_.globals.size() + n);
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::Global global;
    if (!global_type(global.type) || !constant(global.init)) {
      return false;
    }
    module_.globals.push_back(global);
  }
  return true;
}

bool Decoder::export_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::exports, "exports")) {
    return false;
  }
  module_.exports.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::Export entry;
    entry.offset = offset();
    std::uint8_t kind = 0;
    if (!name(entry.name) || !byte(kind)) {
      return false;
    }
    if (kind > 3) {
      return kind == 4 ? fail(ErrorKind::unsupported, "unsupported: export of a tag (exception handling)", at_ - 1)
                       : fail(ErrorKind::malformed, fmt::format("malformed export kind {}", kind), at_ - 1);
    }
    entry.kind = static_cast<ExternKind>(kind);
    if (!u32(entry.index)) {
      return false;
    }
    module_.exports.push_back(entry);
  }
  return true;
}

bool Decoder::start_section() {
  module_.start_offset = offset();
  std::uint32_t start = 0;
  if (!u32(start)) {
    return false;
  }
  module_.start = start;
  return true;
}

bool Decoder::element_segment(wasm::ElementSegment& segment) {
  segment.at = offset();
  std::uint32_t flags = 0;
  if (!u32(flags)) {
    return false;
  }
  if (flags > 7) {
    return malformed(fmt::format("malformed elements segment kind {}", flags));
  }
  segment.mode = (flags & 1) == 0   ? wasm::SegmentMode::active
                 : (flags & 2) == 0 ? wasm::SegmentMode::passive
                                    : wasm::SegmentMode::declarative;
  segment.is_expressions = (flags & 4) != 0;
  bool const explicit_index = segment.mode == wasm::SegmentMode::active && (flags & 2) != 0;
  if (explicit_index && !u32(segment.table)) {
    return false;
  }
  if (segment.mode == wasm::SegmentMode::active && !constant(segment.offset)) {
    return false;
  }
  if (explicit_index || segment.mode != wasm::SegmentMode::active) {
    if (segment.is_expressions) {
      if (!reference_type(segment.type)) {
        return false;
      }
    } else {
      std::uint8_t kind = 0;
      if (!byte(kind)) {
        return false;
      }
      if (kind != 0) {
        return fail(ErrorKind::malformed, fmt::format("malformed element kind 0x{:02x}, expected 0", kind), at_ - 1);
      }
    }
  }
  if (!count(segment.count, limits::table_elements, "elements of a segment")) {
    return false;
  }
  segment.items.offset = offset();
  for (std::uint32_t i = 0; i < segment.count; ++i) {
    std::uint32_t function = 0;
    wasm::ConstantExpression expression;
    if (segment.is_expressions ? !constant(expression) : !u32(function)) {
      return false;
    }
  }
  segment.items.size = offset() - segment.items.offset;
  return true;
}

bool Decoder::element_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::element_segments, "element segments")) {
    return false;
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::ElementSegment segment;
    if (!element_segment(segment)) {
      return false;
    }
    module_.elements.push_back(segment);
  }
  return true;
}

bool Decoder::code_section() {
  module_.code_section = {offset(), static_cast<std::uint32_t>(left())};
  std::uint32_t n = 0;
  if (!count(n, limits::functions, "function bodies")) {
    return false;
  }
  if (n != declared_functions_) {
    return malformed(fmt::format("function and code section have inconsistent lengths: {} functions, {} bodies",
                                 declared_functions_, n));
  }
  module_.bodies.reserve(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    std::uint32_t size = 0;
    auto const* const at = at_;
    if (!u32(size)) {
      return false;
    }
    if (size > left()) {
      return fail(ErrorKind::malformed,
                  fmt::format("unexpected end: the body of function {} has {} bytes, and only {} follow",
                              module_.imported_functions + i, size, left()),
                  at);
    }
    if (size > limits::function_bytes) {
      return fail(ErrorKind::limit,
                  fmt::format("the body of function {} has {} bytes, at most {} are allowed",
                              module_.imported_functions + i, size, limits::function_bytes),
                  at);
    }
    module_.bodies.push_back({{offset(), size}});
    at_ += size;
  }
  return true;
}

bool Decoder::data_section() {
  std::uint32_t n = 0;
  if (!count(n, limits::data_segments, "data segments")) {
    return false;
  }
  if (module_.data_count && *module_.data_count != n) {
    return malformed(
        fmt::format("data count and data section have inconsistent lengths: {} and {}", *module_.data_count, n));
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    wasm::DataSegment segment;
    segment.at = offset();
    std::uint32_t flags = 0;
    if (!u32(flags)) {
      return false;
    }
    if (flags > 2) {
      return malformed(fmt::format("malformed data segment kind {}", flags));
    }
    segment.mode = flags == 1 ? wasm::SegmentMode::passive : wasm::SegmentMode::active;
    if (flags == 2 && !u32(segment.memory)) {
      return false;
    }
    if (flags != 1 && !constant(segment.offset)) {
      return false;
    }
    std::uint32_t size = 0;
    if (!u32(size)) {
      return false;
    }
    if (size > left()) {
      return malformed(
          fmt::format("unexpected end: data segment {} has {} bytes, and only {} follow", i, size, left()));
    }
    segment.data = {offset(), size};
    at_ += size;
    module_.data.push_back(segment);
  }
  return true;
}

bool Decoder::data_count_section() {
  std::uint32_t n = 0;
  if (!u32(n)) {
    return false;
  }
  if (n > limits::data_segments) {
    return fail(ErrorKind::limit, fmt::format("{} data segments, at most {} are allowed", n, limits::data_segments),
                at_);
  }
  module_.data_count = n;
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
  if (auto done = decoder.run(); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return module;
}

} // namespace weir::decode
