// Value, reference and heap types in the binary format. https://webassembly.github.io/spec/core/binary/types.html
#pragma once

#include <cstdint>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "wasm/features.hpp"

namespace weir::decode {

// Reads types from [at, end). After a failure kind() and what() say why, position() where.
class TypeReader {
 public:
  TypeReader(std::uint8_t const* at, std::uint8_t const* end, wasm::Features features) noexcept
      : at_(at), end_(end), features_(features) {}

  bool value_type(ValType& type) noexcept;
  // A reference type alone (tables, element segments).
  bool reference_type(ValType& type) noexcept;
  // A heap type (ref.null), as the nullable reference to it.
  bool heap_type(ValType& type) noexcept;

  std::uint8_t const* position() const noexcept { return at_; }
  ErrorKind kind() const noexcept { return kind_; }
  char const* what() const noexcept { return what_; }

 private:
  bool fail(ErrorKind kind, char const* what) noexcept;

  std::uint8_t const* at_;
  std::uint8_t const* end_;
  wasm::Features features_;
  ErrorKind kind_ = ErrorKind::malformed;
  char const* what_ = nullptr;
};

} // namespace weir::decode
