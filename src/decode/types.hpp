// Value, reference, heap and composite types in the binary format.
// https://webassembly.github.io/spec/core/binary/types.html
#pragma once

#include <cstdint>
#include <string>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "wasm/features.hpp"

namespace weir::decode {

// Reads types from [at, end). After a failure kind() and what() say why, and position() where.
class TypeReader {
 public:
  TypeReader(std::uint8_t const* at, std::uint8_t const* end, wasm::Features features) noexcept
      : at_(at), end_(end), features_(features) {}

  bool value_type(ValType& type) noexcept;
  // A reference type alone (tables, element segments).
  bool reference_type(ValType& type) noexcept;
  // A heap type (ref.null), as the nullable reference to it.
  bool heap_type(ValType& type) noexcept;
  // A type of the type section that is not a function type. None is supported: it fails in any case, with
  // `unsupported` if the bytes are such a type of the GC proposal, with `malformed` otherwise.
  bool later_type() noexcept;

  std::uint8_t const* position() const noexcept { return at_; }
  ErrorKind kind() const noexcept { return kind_; }
  // The specification's phrase, what was found, and what is missing.
  std::string what() const;

 private:
  bool fail(ErrorKind kind, char const* what) noexcept;
  bool switched_off(wasm::Feature feature) noexcept;
  bool unsupported(char const* proposal) noexcept;
  bool index(std::uint32_t& type_index) noexcept;
  bool long_reference_type(ValType& type) noexcept;
  bool concrete_type(bool nullable, ValType& type) noexcept;
  bool later_value_type() noexcept;
  bool later_field() noexcept;
  bool later_composite() noexcept;
  bool later_subtype() noexcept;

  std::uint8_t const* at_;
  std::uint8_t const* end_;
  wasm::Features features_;
  ErrorKind kind_ = ErrorKind::malformed;
  char const* what_ = "";   // static text: a phrase, or what is needed
  bool shows_byte_ = false; // the byte at at_ is worth showing
};

} // namespace weir::decode
