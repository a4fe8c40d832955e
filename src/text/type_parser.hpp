// Types, indices and type uses of the text format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/cursor.hpp"
#include "text/module_builder.hpp"
#include "text/wat.hpp"
#include "wasm/features.hpp"

namespace weir::text {

struct TypeParser {
  Cursor& in;
  ModuleBuilder& module;
  ParseOptions const& options;

  // Whether a keyword belongs to a proposal that Weir does not have.
  static bool is_of_later_proposal(std::string_view keyword) noexcept;
  // Fails with the right kind for a keyword that has no meaning here.
  bool unknown_keyword(std::string_view expected);

  bool value_type(ValType& type);
  bool reference_type(ValType& type);
  bool is_reference_type() const;
  // A reference to the heap type that follows.
  bool heap_type(bool nullable, ValType& type);
  bool has(wasm::Feature feature) const { return options.features.has(feature); }
  // Fails at the token: `what` (in the plural) need a feature that is off.
  bool switched_off(Token const& token, std::string_view what, wasm::Feature feature);
  bool limits(Limits& limits);
  bool table_type(TableType& type);
  bool memory_type(MemoryType& type);
  bool global_type(GlobalType& type);
  // `(param ...)* (result ...)*`. Names of parameters go to `names` (index, name); null: none are allowed.
  bool signature(FuncType& type, std::vector<std::pair<std::uint32_t, std::string>>* names);
  // `(type x)? (param ...)* (result ...)*` as a type index. `type` gets the type.
  bool type_use(std::uint32_t& index, FuncType& type, std::vector<std::pair<std::uint32_t, std::string>>* names);
  bool type_definition();

  bool is_index() const { return in.kind() == TokenKind::number || in.kind() == TokenKind::id; }
  bool index(IndexSpace const& space, std::string_view what, std::uint32_t& value);
  bool u32(std::uint32_t& value);
  bool string(std::string& value);
  bool name(std::string& value);
};

} // namespace weir::text
