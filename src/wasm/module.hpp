// A decoded module: the specification's `module` as data. https://webassembly.github.io/spec/core/syntax/modules.html
//
// Names, code and segments are not copied: they are views into `bytes`, which the module keeps alive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <weir/types.hpp>

#include "base/bytes.hpp"
#include "wasm/features.hpp"

namespace weir::wasm {

// A range of the module's bytes.
struct ByteRange {
  std::uint32_t offset = 0; // from the module's first byte
  std::uint32_t size = 0;
};

// Owns the bytes of a module: a mapped file or a copy in memory.
class ModuleBytes {
 public:
  virtual ~ModuleBytes() = default;
  virtual base::ByteSpan view() const noexcept = 0;
};

// A constant expression: the range covers its instructions and its `end`. It is evaluated from these bytes at
// instantiation (validation has checked it).
struct ConstantExpression {
  ByteRange code;
};

// An import. `index` is a type index for functions, else an index into imported_{tables,...} of the same order: every
// index space begins with its imports, so the entity's own index says where its type stands.
struct Import {
  std::string_view module;
  std::string_view name;
  ExternKind kind = ExternKind::func;
  std::uint32_t index = 0; // in the index space of its kind
  std::uint32_t offset = 0;
};

struct Export {
  std::string_view name;
  ExternKind kind = ExternKind::func;
  std::uint32_t index = 0;
  std::uint32_t offset = 0;
};

struct Global {
  GlobalType type;
  ConstantExpression init; // empty for imported globals
};

struct Table {
  TableType type;
  std::optional<ConstantExpression> init; // absent: null
};

// The body of a function defined in the module.
struct FunctionBody {
  ByteRange code; // local declarations, instructions, `end`; without the size field
};

enum class SegmentMode : std::uint8_t { active, passive, declarative };

struct ElementSegment {
  SegmentMode mode = SegmentMode::passive;
  std::uint32_t table = 0;   // active only
  ConstantExpression offset; // active only
  ValType type = ValType::funcref();
  // Exactly one of the two forms is in use: function indices (a vec(u32) in the binary) or expressions.
  bool is_expressions = false;
  std::uint32_t count = 0;
  ByteRange items;      // `count` LEB128 indices, or `count` constant expressions, one behind the other
  std::uint32_t at = 0; // byte offset of the segment
};

struct DataSegment {
  SegmentMode mode = SegmentMode::passive;
  std::uint32_t memory = 0;  // active only
  ConstantExpression offset; // active only
  ByteRange data;
  std::uint32_t at = 0;
};

struct CustomSection {
  std::string_view name;
  ByteRange data; // behind the name
  std::uint32_t at = 0;
};

struct Module {
  std::shared_ptr<ModuleBytes const> owner;
  base::ByteSpan bytes; // the whole module; empty after the owner was released

  std::vector<FuncType> types;
  std::vector<Import> imports;
  // Index spaces: imports first.
  std::vector<std::uint32_t> functions; // type index of each function
  std::vector<Table> tables;
  std::vector<MemoryType> memories;
  std::vector<Global> globals;
  std::vector<std::uint32_t> tags; // type index of each tag
  std::uint32_t imported_functions = 0;
  std::uint32_t imported_tables = 0;
  std::uint32_t imported_memories = 0;
  std::uint32_t imported_globals = 0;
  std::uint32_t imported_tags = 0;

  std::vector<Export> exports;
  std::optional<std::uint32_t> start;
  std::uint32_t start_offset = 0;
  std::vector<ElementSegment> elements;
  std::vector<DataSegment> data;
  std::optional<std::uint32_t> data_count; // the data count section, if present
  std::vector<FunctionBody> bodies;        // of functions[imported_functions + i]
  ByteRange code_section;                  // contents of the code section (for statistics)
  std::vector<CustomSection> custom_sections;
  Features features; // what decode was allowed to accept

  FuncType const& type_of_function(std::uint32_t function) const { return types[functions[function]]; }
  FunctionBody const& body_of_function(std::uint32_t function) const { return bodies[function - imported_functions]; }
  base::ByteSpan view(ByteRange range) const { return bytes.subspan(range.offset, range.size); }
};

} // namespace weir::wasm
