// Every limit of the implementation. The first group is the JS API's, which all engines share:
// https://webassembly.github.io/spec/js-api/index.html#limits
// Passing one is an error of kind `limit` that names the limit, never of kind `malformed` or `invalid`; the
// specification's own limits are the exception. docs/limits.md explains each of them. Limits that an embedder sets are
// in <weir/config.hpp> and <weir/limiter.hpp>.
#pragma once

#include <cstdint>

namespace weir::wasm::limits {

inline constexpr std::uint64_t module_bytes = 1073741824;
inline constexpr std::uint32_t types = 1000000;
inline constexpr std::uint32_t functions = 1000000;
inline constexpr std::uint32_t imports = 1000000;
inline constexpr std::uint32_t exports = 1000000;
inline constexpr std::uint32_t globals = 1000000;
inline constexpr std::uint32_t tags = 1000000;
inline constexpr std::uint32_t data_segments = 100000;
inline constexpr std::uint32_t element_segments = 10000000;
inline constexpr std::uint32_t tables = 100000;           // with the imported ones
inline constexpr std::uint32_t memories = 100;            // with the imported ones
inline constexpr std::uint32_t table_elements = 10000000; // initial entries in one table segment or table
inline constexpr std::uint32_t params = 1000;
inline constexpr std::uint32_t results = 1000;
inline constexpr std::uint32_t function_bytes = 7654321;
inline constexpr std::uint32_t function_locals = 50000;
inline constexpr std::uint32_t br_table_targets = 65520;

// Of the specification itself.
inline constexpr std::uint64_t page_bytes = 65536;
inline constexpr std::uint64_t memory32_pages = 65536;

// Of this implementation.
inline constexpr std::uint32_t name_bytes = 100000; // of an import's or export's name
inline constexpr std::uint32_t constant_expression_bytes = 1000000;
inline constexpr std::uint32_t control_depth = 1000000;  // nested blocks in one function
inline constexpr std::uint32_t operand_height = 1000000; // operands on the stack of one function
inline constexpr std::uint32_t text_nesting = 100000;    // nested instructions and labels in one body's text

} // namespace weir::wasm::limits
