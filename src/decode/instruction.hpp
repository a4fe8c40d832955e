// Instructions as they are read from a function body or a constant expression: the one decoder that validation,
// translation, constant evaluation and printing share. https://webassembly.github.io/spec/core/binary/instructions.html
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include <weir/error.hpp>
#include <weir/types.hpp>

#include "base/bytes.hpp"
#include "base/leb128.hpp"
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
//   func, type, local, global, table, memory, data, elem     index
//   call_indirect  index = type, index2 = table
//   select_types   count types at `list`; `type` is the first one
//   memarg         index = memory, value = offset (validation keeps it below 2^32), align = exponent
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

  // The list of an instruction that has one. Static analysis can't see that the reader's table never lets such an
  // instruction pass without, so it is told.
  std::uint8_t const* bytes() const noexcept {
    if (list == nullptr) {
      std::unreachable();
    }
    return list;
  }
};

namespace detail {

// What InstructionReader needs of an opcode, in few bytes: opcode_infos is too wide for the cache.
struct OpcodeRow {
  // Immediates whose numbers are read at once, whatever their lengths.
  enum class Quick : std::uint8_t { no, index, i32, i64, memarg, block_type };

  std::uint16_t opcode = wasm::detail::no_opcode;
  wasm::Immediates immediates{};
  wasm::Feature feature{};
  // next() reads immediates at once where each number has one byte, as most have: the two bytes behind the opcode must
  // be below these. Never for an opcode that belongs to a feature, which can be off.
  std::uint16_t limits[2] = {0, 0};
  std::uint8_t length = 0;     // with those bytes of the two that belong to it
  std::uint8_t index_mask = 0; // 0xFF where the first is an index
  std::uint8_t value_at = 1;   // which of the two is the value
  Quick quick = Quick::no;     // as limits: never for an opcode that can be off
};

extern std::array<OpcodeRow, 256> const one_byte_rows;

} // namespace detail

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
      : at_(code.data()),
        end_(code.data() + code.size()),
        quick_end_(std::ssize(code) < quick_bytes ? code.data() : code.data() + code.size() - (quick_bytes - 1)),
        bias_(offset - low_bits(code.data())),
        features_(features),
        has_data_count_(has_data_count) {}

  bool at_end() const noexcept { return at_ == end_; }
  std::size_t bytes_left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  // Offset of the next byte, from the module's first byte.
  std::uint32_t offset() const noexcept { return offset_of(at_); }

  // Reads the next instruction. False at the end of the input and for malformed input; error() then says what.
  // After a failure the reader must not be used any more.
  [[gnu::always_inline]] bool next(Instruction& instruction) { return next(instruction, at_); }

  // The same for a loop that does nothing else with the reader: `at`, position() at first, is where it is, so that one
  // instruction need not wait for the position behind the one before to go through memory. set_position() ends it.
  [[gnu::always_inline]] bool next(Instruction& instruction, std::uint8_t const*& at) {
    std::uint8_t const* const start = at;
    if (start >= quick_end_) [[unlikely]] {
      return next_any(instruction, at);
    }
    detail::OpcodeRow const& row = detail::one_byte_rows[start[0]];
    std::uint8_t const first = start[1];
    std::uint8_t const second = start[2];
    if (first >= row.limits[0] || second >= row.limits[1]) [[unlikely]] {
      return next_any(instruction, at);
    }
    // Members that have no meaning for this opcode are written too: that is quicker than to choose.
    instruction.opcode = static_cast<wasm::Opcode>(row.opcode);
    instruction.offset = offset_of(start);
    instruction.index = first & row.index_mask;
    instruction.align = first;
    instruction.value = start[row.value_at];
    at = start + row.length;
    return true;
  }

  // Precondition: next() returned false.
  Error error() const;

  // Position of the next byte, for those who look ahead: `InstructionReader{reader}` is a cheap copy to peek with.
  std::uint8_t const* position() const noexcept { return at_; }
  void set_position(std::uint8_t const* at) noexcept { at_ = at; }

 private:
  // What kind of failure error() describes; `error_what_` is a static text.
  enum class Fault : std::uint8_t {
    phrase,        // the text says it
    opcode,        // no instruction has the opcode: error_prefix_, error_code_
    later_opcode,  // only a later proposal (the text) has it
    feature,       // the instruction belongs to a feature that is off
    needs_feature, // this form of the instruction needs a feature (the text) that is off
    value_type,    // the value type at error_at_
    heap_type,     // the heap type at error_at_
    too_many,      // the limit in the text: error_code_
  };

  bool next_any(Instruction& instruction);
  [[gnu::always_inline]] bool next_any(Instruction& instruction, std::uint8_t const*& at) {
    at_ = at;
    bool const is_read = next_any(instruction);
    at = at_;
    return is_read;
  }
  bool finish_quickly(Instruction& instruction, detail::OpcodeRow const& row) noexcept;
  bool fail(Fault fault, ErrorKind kind, char const* what, std::uint8_t const* at) noexcept;
  bool malformed(char const* what, std::uint8_t const* at) noexcept;
  bool malformed(base::LebStatus status, std::uint8_t const* at) noexcept;
  bool needs(wasm::Feature feature, std::uint8_t const* at) noexcept;
  bool read_prefixed(Instruction& instruction, std::uint8_t prefix);
  bool finish(Instruction& instruction, wasm::Immediates immediates);
  bool switched_off(Instruction& instruction, wasm::Immediates immediates, std::uint8_t const* start);
  bool read_bytes(Instruction& instruction, std::size_t count) noexcept;
  bool read_index(std::uint32_t& value) noexcept;
  bool read_block_type(Instruction& instruction) noexcept;
  bool read_br_table(Instruction& instruction) noexcept;
  bool read_select_types(Instruction& instruction) noexcept;
  bool read_heap_type(Instruction& instruction) noexcept;
  bool read_call_indirect(Instruction& instruction) noexcept;
  bool read_memory(std::uint32_t& index) noexcept;
  bool read_memarg(Instruction& instruction) noexcept;
  bool read_lane(Instruction& instruction) noexcept;

  static constexpr std::ptrdiff_t quick_bytes = 3; // that next() looks at

  static std::uint32_t low_bits(std::uint8_t const* at) noexcept {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at));
  }
  std::uint32_t offset_of(std::uint8_t const* at) const noexcept { return low_bits(at) + bias_; }

  std::uint8_t const* at_;
  std::uint8_t const* end_;
  std::uint8_t const* quick_end_; // from there on there are fewer than quick_bytes
  std::uint32_t bias_;            // of offsets, against the low bits of positions
  wasm::Features features_;
  bool has_data_count_;
  // The failure, if there was one.
  Fault fault_ = Fault::phrase;
  ErrorKind error_kind_ = ErrorKind::malformed;
  std::uint8_t error_prefix_ = 0;
  bool opcode_known_ = false;
  wasm::Opcode error_opcode_{};
  std::uint32_t error_code_ = 0;
  char const* error_what_ = nullptr;
  std::uint8_t const* error_at_ = nullptr;
};

// Reads the labels of a br_table that InstructionReader has accepted: count labels, then the default.
class LabelReader {
 public:
  explicit LabelReader(Instruction const& br_table) noexcept : at_(br_table.bytes()) {}
  std::uint32_t next() noexcept;

 private:
  std::uint8_t const* at_;
};

} // namespace weir::decode
