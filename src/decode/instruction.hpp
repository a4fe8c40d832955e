// Instructions as they are read from a function body or a constant expression: the one decoder that validation,
// translation, constant evaluation and printing share. https://webassembly.github.io/spec/core/binary/instructions.html
#pragma once

#include <cstdint>
#include <string>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "base/bytes.hpp"
#include "wasm/features.hpp"
#include "wasm/opcode.hpp"

namespace weir::decode {

// A block's type: empty, one result, or a function type's index.
struct BlockType {
  enum class Kind : std::uint8_t { empty, value, type_index };
  Kind kind = Kind::empty;
  ValType value;                // kind == value
  std::uint32_t type_index = 0; // kind == type_index
};

// One instruction with its immediates. Which members have a meaning follows from info(opcode).immediates:
//
//   block_type     block
//   label          index
//   br_table       count targets (the default not counted) at `list`; read them with LabelReader
//   func, local, global, table, memory, data, elem     index
//   call_indirect  index = type, index2 = table
//   select_types   count types at `list`; `type` is the first one
//   memarg         index = memory, value = offset, align = exponent
//   memarg_lane    the same, and lane
//   lane           lane
//   *_*            index = the first named, index2 = the second (memory_memory: destination, source;
//                  data_memory: index = data, index2 = memory; elem_table: index = element, index2 = table)
//   heap_type      type (a nullable reference to that heap type)
//   i32, i64, f32, f64     value (i32 zero-extended bits; f32 in the low half)
//   v128, shuffle  16 bytes at `list`
struct Instruction {
  wasm::Opcode opcode{};
  std::uint32_t offset = 0; // of the opcode's first byte, from the module's first byte
  std::uint32_t index = 0;
  std::uint32_t index2 = 0;
  std::uint64_t value = 0;
  std::uint32_t count = 0;
  std::uint8_t align = 0;
  std::uint8_t lane = 0;
  BlockType block;
  ValType type;
  std::uint8_t const* list = nullptr; // into the module's bytes
};

// Reads instructions one by one. It checks the binary format only: indices and types are validation's business, and so
// is the nesting of blocks (an `end` is returned like any other instruction).
//
//   InstructionReader reader{body, offset_in_module, features};
//   Instruction instruction;
//   while (!reader.at_end()) { if (!reader.next(instruction)) return reader.error(); ... }
class InstructionReader {
 public:
  // `code` are the instructions; `offset` is the position of their first byte in the module. `has_data_count` says
  // whether the module has a data count section (memory.init and data.drop need one).
  InstructionReader(base::ByteSpan code, std::uint32_t offset, wasm::Features features, bool has_data_count = true)
      : begin_(code.data()),
        at_(code.data()),
        end_(code.data() + code.size()),
        offset_(offset),
        features_(features),
        has_data_count_(has_data_count) {}

  bool at_end() const noexcept { return at_ == end_; }
  // Offset of the next byte, from the module's first byte.
  std::uint32_t offset() const noexcept { return offset_ + static_cast<std::uint32_t>(at_ - begin_); }

  // Reads the next instruction. False at the end of the input and for malformed input; error() then says what.
  // After a failure the reader must not be used any more.
  bool next(Instruction& instruction);

  // Precondition: next() returned false.
  Error error() const;

  // Position of the next byte, for those who look ahead: `InstructionReader{reader}` is a cheap copy to peek with.
  std::uint8_t const* position() const noexcept { return at_; }

 private:
  bool fail(char const* what, std::uint8_t const* at);
  bool read_immediates(Instruction& instruction);

  std::uint8_t const* begin_;
  std::uint8_t const* at_;
  std::uint8_t const* end_;
  std::uint32_t offset_;
  wasm::Features features_;
  bool has_data_count_;
  ErrorKind error_kind_ = ErrorKind::malformed;
  char const* error_what_ = nullptr; // static text
  std::uint32_t error_offset_ = 0;
  std::uint32_t error_detail_ = 0; // an opcode or a byte, where the message shows one
};

// Reads the labels of a br_table that InstructionReader has accepted: count labels, then the default.
class LabelReader {
 public:
  explicit LabelReader(Instruction const& br_table) noexcept : at_(br_table.list) {}
  std::uint32_t next() noexcept;

 private:
  std::uint8_t const* at_;
};

// A group of locals of one type, as declared at the start of a function body.
struct LocalDeclaration {
  std::uint32_t count = 0;
  ValType type;
};

} // namespace weir::decode
