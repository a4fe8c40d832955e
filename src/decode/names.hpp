// The custom sections that tools read: "name" and "producers". Both are hints, so nothing in them is an error: reading
// stops where they are ill-formed, and what was read so far counts. All names are views into the section's bytes and
// well-formed UTF-8.
// https://webassembly.github.io/spec/core/appendix/custom.html#name-section
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "wasm/module.hpp"

namespace weir::decode {

struct Name {
  std::uint32_t index = 0;
  std::string_view name;
};

// A list of (index, name) pairs in the bytes, read pair by pair.
class NameMap {
 public:
  NameMap() = default;
  explicit NameMap(base::ByteSpan bytes) noexcept;

  // The next pair; nothing at the end, and where the bytes are ill-formed.
  std::optional<Name> next() noexcept;

  // The name of this index among the pairs that next() has not given yet; empty if there is none.
  std::string_view find(std::uint32_t index) const noexcept;

  // What is behind the last pair that was read.
  base::ByteSpan rest() const noexcept { return rest_; }

 private:
  base::ByteSpan rest_;
  std::uint32_t left_ = 0;
};

// The locals' names of all functions in the bytes, read function by function.
class LocalNameMap {
 public:
  struct Entry {
    std::uint32_t function = 0;
    NameMap names;
  };

  LocalNameMap() = default;
  explicit LocalNameMap(base::ByteSpan bytes) noexcept;

  // The next function's names; nothing at the end, and where the bytes are ill-formed.
  std::optional<Entry> next() noexcept;

 private:
  base::ByteSpan rest_;
  std::uint32_t left_ = 0;
};

// The contents of a name section (CustomSection::data). It looks for a subsection when asked and keeps nothing, so it
// costs nothing to make one.
class NameSection {
 public:
  enum class Kind : std::uint8_t {
    module,
    functions,
    locals,
    labels,
    types,
    tables,
    memories,
    globals,
    elements,
    data,
    fields,
    tags
  };

  NameSection() = default;
  explicit NameSection(base::ByteSpan contents) noexcept : contents_(contents) {}
  // The module's name section; empty if it has none.
  explicit NameSection(wasm::Module const& module) noexcept;

  std::string_view module() const noexcept;
  // Names of entities by their index: every kind but module, locals and labels.
  NameMap names(Kind kind) const noexcept;
  // Names of a function's locals, its parameters first.
  NameMap locals(std::uint32_t function) const noexcept;
  LocalNameMap locals() const noexcept;

 private:
  std::optional<base::ByteSpan> subsection(Kind kind) const noexcept;

  base::ByteSpan contents_;
};

// The names that most users want, all at once.
struct Names {
  std::string_view module;
  std::vector<Name> functions;
};
Names read_names(base::ByteSpan name_section);

// The function's name in the name section, else of its first export; empty if there is neither. Takes time in
// proportion to the number of names: for error messages.
std::string_view name_of_function(wasm::Module const& module, std::uint32_t function) noexcept;

// An entry of the producers section: field "language", "processed-by" or "sdk".
// https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
struct Producer {
  std::string_view field;
  std::string_view name;
  std::string_view version;
};
std::vector<Producer> read_producers(base::ByteSpan producers_section);

} // namespace weir::decode
