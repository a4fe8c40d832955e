// What all sections of a module are made of: integers, names, types, limits, constant expressions.
// https://webassembly.github.io/spec/core/binary/values.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "base/bytes.hpp"
#include "base/leb128.hpp"
#include "wasm/features.hpp"
#include "wasm/module.hpp"

namespace weir::decode {

// Reads from a range within the module. Every function returns false after a failure, which error() then describes.
class SectionReader {
 public:
  SectionReader(base::ByteSpan module, wasm::Features features) noexcept
      : begin_(module.data()), at_(begin_), end_(begin_ + module.size()), features_(features) {}

  // Narrows the range to `size` bytes from here, which must be there; errors name the section from now on.
  void enter(std::uint32_t size, std::string_view section) noexcept {
    end_ = at_ + size;
    section_ = section;
  }
  void leave(base::ByteSpan module) noexcept {
    end_ = module.data() + module.size();
    section_ = {};
  }

  std::uint8_t const* position() const noexcept { return at_; }
  std::uint32_t offset() const noexcept { return static_cast<std::uint32_t>(at_ - begin_); }
  std::uint32_t left() const noexcept { return static_cast<std::uint32_t>(end_ - at_); }
  bool at_end() const noexcept { return at_ == end_; }
  void skip(std::uint32_t size) noexcept { at_ += size; }
  // Precondition: !at_end().
  std::uint8_t peek() const noexcept { return *at_; }

  bool u8(std::uint8_t& value);
  bool u32(std::uint32_t& value);
  bool name(std::string_view& value);

  // A vector's length. `what` names the elements in errors. More elements of `least_bytes` each than bytes are left is
  // malformed, and more than `most` past a limit: so memory reserved for the elements is bounded by the input.
  bool count(std::uint32_t& value, std::uint32_t most, std::uint32_t least_bytes, char const* what);
  // The number of bytes that follow and belong to one thing, named by `what`.
  bool size(std::uint32_t& value, std::string_view what);

  bool value_type(ValType& type);
  bool reference_type(ValType& type);
  bool later_type();
  bool table_type(TableType& type);
  bool memory_type(MemoryType& type);
  bool global_type(GlobalType& type);

  // An expression up to its `end`. Whether it is constant is validation's business.
  bool constant_expression(wasm::ConstantExpression& expression);

  bool fail(ErrorKind kind, std::string_view what, std::uint8_t const* at);
  bool malformed(std::string_view what) { return fail(ErrorKind::malformed, what, at_); }
  // The proposal or feature is one that this build does not have, or that is switched off.
  bool unsupported(std::string_view what, char const* proposal, std::uint8_t const* at);
  bool needs(wasm::Feature feature, std::string_view what, std::uint8_t const* at);

  // Precondition: something failed.
  Error error() && { return *std::move(error_); }

 private:
  template <class T>
  bool integer(T& value);
  bool bound(std::uint64_t& value, bool is_64);
  bool limits(Limits& limits, bool shared_allowed);

  std::uint8_t const* begin_; // of the module
  std::uint8_t const* at_;
  std::uint8_t const* end_; // of the range
  wasm::Features features_;
  std::string_view section_;
  std::optional<Error> error_;
};

} // namespace weir::decode
