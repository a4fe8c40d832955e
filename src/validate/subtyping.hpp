// Which reference type is good where another one is expected, and which types of a module are the same.
// https://webassembly.github.io/spec/core/valid/matching.html
#pragma once

#include <cstdint>
#include <vector>

#include <weir/types.hpp>

#include "wasm/module.hpp"

namespace weir::validate {

// The reference to an unknown heap type: what is known of an operand of unreachable code that became a non-null
// reference. It matches every reference type.
inline constexpr ValType unknown_reference = ValType::abstract_ref(0, false);

// The same reference without null. Precondition: a reference type, or bottom.
constexpr ValType as_non_null(ValType type) noexcept {
  if (type.is_bottom()) {
    return unknown_reference;
  }
  return type.is_concrete_ref() ? ValType::concrete_ref(type.heap(), false)
                                : ValType::abstract_ref(static_cast<std::uint8_t>(type.heap()), false);
}

// The type of a segment's elements: function indices are never null.
inline ValType type_of_segment(wasm::Module const& module, wasm::ElementSegment const& segment) noexcept {
  return segment.is_expressions || !module.features.has(wasm::Feature::function_references) ? segment.type
                                                                                            : as_non_null(segment.type);
}

// For each type the first one that is equivalent to it: references to types in it are compared by what they refer to. A
// type refers to itself or to types in front of it; others stand for themselves (validation refuses them).
// Precondition: none of the types is used before its references were found to be in range.
std::vector<std::uint32_t> first_equivalent_types(wasm::Module const& module);

// Whether a reference type matches another one that is not equal to it. `first_equivalent` may be empty where the
// module has no references to types.
bool reference_matches(ValType sub, ValType super, std::vector<std::uint32_t> const& first_equivalent) noexcept;

// Whether a value of type `sub` is good where one of type `super` is expected. Bottom matches everything.
inline bool matches(ValType sub, ValType super, std::vector<std::uint32_t> const& first_equivalent) noexcept {
  return sub == super || sub.is_bottom() ||
         (sub.is_ref() && super.is_ref() && reference_matches(sub, super, first_equivalent));
}

} // namespace weir::validate
