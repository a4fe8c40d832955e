// Errors and traps as values.
//
// Every function of Weir that can fail returns std::expected<T, weir::Error>. Nothing throws out of the library.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <weir/export.hpp>

namespace weir {

// What went wrong, in the terms of the stage that found it.
enum class ErrorKind : std::uint8_t {
  malformed,     // the bytes or the text are not a module (decoding, parsing)
  invalid,       // the module does not validate
  unsupported,   // a feature that this build or this Config does not have
  limit,         // an implementation limit or a limit of the embedder (the message names which, asked, allowed)
  link,          // an import is missing or does not fit
  trap,          // the guest trapped; trap() has the details
  exhausted,     // call stack exhausted, out of fuel, interrupted; trap() has the details
  out_of_memory, // the system refused memory to the host
  usage,         // the API was used wrongly (wrong store, wrong argument count or type, ...)
  io,            // a file could not be read or written
  host,          // a host function reported a failure of its own
  guest,         // the guest gave an answer that cannot be used (a bad pointer, bytes that are no such value, ...)
};

// "malformed", "invalid", ...: the enumerator's own spelling.
WEIR_API char const* to_string(ErrorKind kind) noexcept;

class Trap;

// An error as a value. Copying is cheap enough for error paths; the message is UTF-8, one or several lines,
// without a line feed at the end.
class [[nodiscard]] WEIR_API Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  Error(ErrorKind kind, std::string message, std::uint64_t byte_offset)
      : kind_(kind), message_(std::move(message)), offset_(byte_offset) {}
  Error(ErrorKind kind, std::string message, std::shared_ptr<Trap const> trap)
      : kind_(kind), message_(std::move(message)), trap_(std::move(trap)) {}

  ErrorKind kind() const noexcept { return kind_; }

  // What went wrong, where, what was expected and what to do.
  std::string const& message() const noexcept { return message_; }

  // Byte offset in the module's binary (malformed, invalid), where there is one.
  std::optional<std::uint64_t> offset() const noexcept { return offset_; }

  // 1-based position in the text format, where the error comes from text; {0, 0} otherwise.
  std::uint32_t line() const noexcept { return line_; }
  std::uint32_t column() const noexcept { return column_; }
  Error&& at(std::uint32_t line, std::uint32_t column) && noexcept {
    line_ = line;
    column_ = column;
    return std::move(*this);
  }

  // The trap's details for the kinds trap and exhausted; null otherwise.
  Trap const* trap() const noexcept { return trap_.get(); }
  std::shared_ptr<Trap const> const& shared_trap() const noexcept { return trap_; }

 private:
  ErrorKind kind_;
  std::uint32_t line_ = 0;
  std::uint32_t column_ = 0;
  std::string message_;
  std::optional<std::uint64_t> offset_;
  std::shared_ptr<Trap const> trap_;
};

template <class T>
using Result = std::expected<T, Error>;

// Why the guest stopped. One enum holds every reason; to_string() is the specification's own wording.
enum class TrapReason : std::uint8_t {
  none = 0,
  unreachable,
  out_of_bounds_memory,
  out_of_bounds_table,
  uninitialized_element,
  undefined_element,
  indirect_call_type_mismatch,
  integer_divide_by_zero,
  integer_overflow,
  invalid_conversion_to_integer,
  call_stack_exhausted,
  out_of_fuel,
  interrupted,
  deadline_reached,
  growth_refused, // memory.grow or table.grow refused, under trap_on_grow_failure
  host_error,     // a host function returned an error or threw
  host_memory,    // the system refused memory while the guest ran
  untranslatable, // lazy validation or translation failed at the first call; Trap::message() says why
  read_only_data, // it was changed (ReadOnlyData::trap)
};

// The specification's wording ("out of bounds memory access", "integer divide by zero", ...).
WEIR_API char const* to_string(TrapReason reason) noexcept;

} // namespace weir
