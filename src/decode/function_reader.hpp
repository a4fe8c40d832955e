// A function body: local declarations, then instructions.
// https://webassembly.github.io/spec/core/binary/modules.html#code-section
#pragma once

#include <cstdint>
#include <optional>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "decode/instruction.hpp"
#include "wasm/module.hpp"

namespace weir::decode {

// A group of locals of one type.
struct LocalDeclaration {
  std::uint32_t count = 0;
  ValType type;
};

// Reads a body's declarations and hands out the reader of its instructions. Nothing is stored: neither time nor memory
// goes by the number of locals that a declaration claims.
//
//   FunctionReader body{module, function};
//   if (body.failed()) return body.error();
//   while (auto const locals = body.next_locals()) { ... }
//   InstructionReader reader = body.instructions();
class FunctionReader {
 public:
  // Precondition: the function is defined in the module. (If its type index is not one of the module's, it counts as
  // one without parameters.) Checks all declarations: malformed (also for more than 2^32 - 1 locals), unsupported, or
  // past limits::function_locals, of which parameters are a part.
  FunctionReader(wasm::Module const& module, std::uint32_t function);

  bool failed() const noexcept { return error_.has_value(); }
  // Precondition: failed().
  Error const& error() const noexcept { return *error_; }

  // The next group of locals, in order; nothing behind the last. Precondition: not failed().
  std::optional<LocalDeclaration> next_locals() noexcept;

  // Parameters and declared locals together. Precondition: not failed().
  std::uint32_t local_count() const noexcept { return local_count_; }

  // Precondition: not failed().
  InstructionReader instructions() const noexcept;

 private:
  bool check(std::uint64_t params);
  bool check_group(std::uint64_t& locals);
  bool check_u32(std::uint32_t& value);
  bool fail(ErrorKind kind, std::string what, std::uint8_t const* at);

  wasm::Module const& module_;
  std::uint8_t const* at_;           // groups that next_locals() has not given
  std::uint8_t const* instructions_; // once the declarations are checked
  std::uint8_t const* end_;
  std::uint32_t groups_left_ = 0;
  std::uint32_t local_count_ = 0;
  std::optional<Error> error_;
};

// Whether all function bodies are well-formed, apart from what they mean: the first error of kind `malformed`, if there
// is one. For telling an invalid module, found invalid early, from a malformed one; it reads the whole code section.
std::optional<Error> find_malformed_body(wasm::Module const& module);

// Reads the instructions up to the end of the body: the first error of kind `malformed`, if there is one, and wrong
// nesting of blocks counts as one. `depth` blocks are open, of which the body itself is one.
std::optional<Error> find_malformed(InstructionReader reader, std::uint64_t depth);

} // namespace weir::decode
