// The types of the language: value, function, table, memory, global and external types.
// https://webassembly.github.io/spec/core/syntax/types.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <weir/export.hpp>

namespace weir {

// A value type in 32 bits: number types, v128, and reference types (nullable or not, to an abstract heap type or a
// type index). A default-constructed ValType is "bottom": the unknown type of unreachable code, never a value's type.
class ValType {
 public:
  constexpr ValType() noexcept = default;

  static constexpr ValType i32() noexcept { return ValType{0x7F}; }
  static constexpr ValType i64() noexcept { return ValType{0x7E}; }
  static constexpr ValType f32() noexcept { return ValType{0x7D}; }
  static constexpr ValType f64() noexcept { return ValType{0x7C}; }
  static constexpr ValType v128() noexcept { return ValType{0x7B}; }
  static constexpr ValType funcref() noexcept { return abstract_ref(0x70, true); }
  static constexpr ValType externref() noexcept { return abstract_ref(0x6F, true); }

  // A reference to an abstract heap type, given by its code in the binary format (0x70 func, 0x6F extern).
  static constexpr ValType abstract_ref(std::uint8_t heap_code, bool nullable) noexcept {
    return ValType{(nullable ? 0x63u : 0x64u) | std::uint32_t{heap_code} << 9};
  }
  // A reference to the module's type with this index (below 2^22).
  static constexpr ValType concrete_ref(std::uint32_t type_index, bool nullable) noexcept {
    return ValType{(nullable ? 0x63u : 0x64u) | 0x100u | type_index << 9};
  }

  constexpr bool is_bottom() const noexcept { return bits_ == 0; }
  constexpr bool is_num() const noexcept { return (bits_ & 0xFF) >= 0x7C; }
  constexpr bool is_vec() const noexcept { return bits_ == 0x7B; }
  constexpr bool is_ref() const noexcept { return (bits_ & 0xFF) == 0x63 || (bits_ & 0xFF) == 0x64; }
  constexpr bool is_float() const noexcept { return bits_ == 0x7D || bits_ == 0x7C; }
  constexpr bool is_nullable() const noexcept { return (bits_ & 0xFF) == 0x63; }
  constexpr bool is_concrete_ref() const noexcept { return is_ref() && (bits_ & 0x100) != 0; }
  // Whether a local of this type has a default value (everything but non-nullable references).
  constexpr bool is_defaultable() const noexcept { return (bits_ & 0xFF) != 0x64; }
  // Precondition: is_ref(). The abstract heap type's code, or the type index of a concrete reference.
  constexpr std::uint32_t heap() const noexcept { return bits_ >> 9; }

  // The whole representation; equal bits are equal types.
  constexpr std::uint32_t bits() const noexcept { return bits_; }
  static constexpr ValType from_bits(std::uint32_t bits) noexcept { return ValType{bits}; }

  constexpr bool operator==(ValType const&) const noexcept = default;

 private:
  explicit constexpr ValType(std::uint32_t bits) noexcept : bits_(bits) {}
  std::uint32_t bits_ = 0;
};

// The text format's spelling: "i32", "funcref", "(ref 3)"; "unknown" for bottom.
WEIR_API std::string to_string(ValType type);

// https://webassembly.github.io/spec/core/syntax/types.html#function-types
class FuncType {
 public:
  FuncType() = default;
  FuncType(std::vector<ValType> params, std::vector<ValType> results)
      : params_(std::move(params)), results_(std::move(results)) {}

  std::vector<ValType> const& params() const noexcept { return params_; }
  std::vector<ValType> const& results() const noexcept { return results_; }
  bool operator==(FuncType const&) const = default;

 private:
  std::vector<ValType> params_;
  std::vector<ValType> results_;
};

// "[i32 i64] -> [f32]"
WEIR_API std::string to_string(FuncType const& type);

// Bounds of a table (in elements) or a memory (in pages), both ends included.
struct Limits {
  std::uint64_t min = 0;
  std::optional<std::uint64_t> max;
  bool operator==(Limits const&) const = default;
};

struct TableType {
  ValType element = ValType::funcref();
  Limits limits;
  bool is_64 = false; // indexed by i64
  bool operator==(TableType const&) const = default;
};

struct MemoryType {
  Limits limits; // in pages
  bool is_64 = false;
  bool is_shared = false;
  bool operator==(MemoryType const&) const = default;
};

// Bytes [address, address + size) of a memory.
struct MemoryRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool operator==(MemoryRange const&) const noexcept = default;
};

struct GlobalType {
  ValType content;
  bool is_mutable = false;
  bool operator==(GlobalType const&) const = default;
};

enum class ExternKind : std::uint8_t { func = 0, table = 1, memory = 2, global = 3, tag = 4 };
WEIR_API char const* to_string(ExternKind kind) noexcept;

// The type of an import or an export. The variant's index equals ExternKind's value.
using ExternType = std::variant<FuncType, TableType, MemoryType, GlobalType>;

// "func [i32] -> []", "memory 1..2 pages", "table 10.. funcref", "global (mut i32)"
WEIR_API std::string to_string(ExternType const& type);
WEIR_API std::string to_string(TableType const& type);
WEIR_API std::string to_string(MemoryType const& type);
WEIR_API std::string to_string(GlobalType const& type);

} // namespace weir
