// A module in the making: index spaces with their identifiers, and the sections' contents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <weir/types.hpp>

#include "base/leb128.hpp"

namespace weir::text {

using Bytes = std::vector<std::uint8_t>;

void write_name(Bytes& out, std::string_view text);
void write_value_type(Bytes& out, ValType type);
// What the reference type refers to.
void write_heap_type(Bytes& out, ValType type);
void append(Bytes& out, Bytes const& more);

// An index space: how many there are, and which identifiers stand for which.
struct IndexSpace {
  std::uint32_t count = 0;
  std::unordered_map<std::string, std::uint32_t> ids;
};

// One section: its elements one behind the other, and their number.
struct Section {
  std::uint32_t count = 0;
  Bytes contents;
};

// A custom section, and the section that it stands behind.
struct CustomSection {
  std::string name;
  std::string data;
  std::uint8_t behind = 0; // rank of a section: see section_rank()
};

// The place of a section in the order of the binary format, from 1 on, by its word in the (@custom ...) annotation;
// nothing for other words. Rank 0 is the beginning; last_rank is behind the name section.
std::optional<std::uint8_t> section_rank(std::string_view word) noexcept;
inline constexpr std::uint8_t last_rank = 15;

struct ModuleBuilder {
  std::vector<FuncType> types;
  IndexSpace type_ids, functions, tables, memories, globals, elements, data, tags;
  Section imports, function_types, table_types, memory_types, tag_types, global_definitions, exports, element_segments,
      code, data_segments;
  std::optional<std::uint32_t> start;
  bool needs_data_count = false;
  std::vector<CustomSection> custom_sections;
  std::string name;
  // For the name section: locals of function i.
  std::vector<std::pair<std::uint32_t, std::vector<std::pair<std::uint32_t, std::string>>>> local_names;

  // The index of a type equal to this one; it is added if there is none.
  std::uint32_t find_type(FuncType const& type);
  void add_type(FuncType type);

  Bytes finish(bool with_names) const;

 private:
  Bytes type_section() const;
  Bytes name_section() const;
  struct TypeHash {
    std::size_t operator()(FuncType const& type) const noexcept;
  };
  std::unordered_map<FuncType, std::uint32_t, TypeHash> first_of_type_;
};

} // namespace weir::text
