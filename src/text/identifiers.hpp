// The identifiers that a printed module gives its entities: unique, from the name section.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decode/names.hpp"
#include "text/text_writer.hpp"
#include "wasm/module.hpp"

namespace weir::text {

// The identifiers of one index space.
class Identifiers {
 public:
  Identifiers() = default;
  // Takes the names of the indices below `count`. One that is taken already gets the index as a suffix.
  Identifiers(decode::NameMap names, std::size_t count);

  // Empty: the entity has none. Valid while this object and the module's bytes are.
  std::string_view of(std::uint32_t index) const noexcept {
    return index < names_.size() ? names_[index] : std::string_view{};
  }
  // A reference to the entity: its identifier, else its index.
  void reference(TextWriter& out, std::uint32_t index) const;
  // What stands behind the keyword that defines the entity: ` $name`, and the index as a comment.
  void definition(TextWriter& out, std::uint32_t index) const;

 private:
  std::vector<std::string_view> names_; // empty where there is no name at all
  std::deque<std::string> made_;        // names that got a suffix
};

// The identifiers of a module.
class ModuleIdentifiers {
 public:
  explicit ModuleIdentifiers(wasm::Module const& module);

  Identifiers types, functions, tables, memories, globals, elements, data, tags;
  std::string_view module;

  // Of a function's parameters and locals, of which there are `count`.
  Identifiers locals(std::uint32_t function, std::size_t count) const;

 private:
  std::unordered_map<std::uint32_t, decode::NameMap> locals_;
};

} // namespace weir::text
