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

struct ModuleBuilder {
  std::vector<FuncType> types;
  IndexSpace type_ids, functions, tables, memories, globals, elements, data;
  Section imports, function_types, table_types, memory_types, global_definitions, exports, element_segments, code,
      data_segments;
  std::optional<std::uint32_t> start;
  bool needs_data_count = false;
  std::string name;
  // For the name section: locals of function i.
  std::vector<std::pair<std::uint32_t, std::vector<std::pair<std::uint32_t, std::string>>>> local_names;

  // The index of a type equal to this one; it is added if there is none.
  std::uint32_t find_type(FuncType const& type);
  void add_type(FuncType type);

  Bytes finish(bool with_names) const;

 private:
  struct TypeHash {
    std::size_t operator()(FuncType const& type) const noexcept;
  };
  std::unordered_map<FuncType, std::uint32_t, TypeHash> first_of_type_;
};

} // namespace weir::text
