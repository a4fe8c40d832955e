#include "decode/instruction.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string>

#include "decode/proposals.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

using wasm::Feature;
using wasm::Immediates;
using wasm::Opcode;

namespace {

using detail::OpcodeRow;

constexpr void set_quick(OpcodeRow& row) noexcept {
  constexpr std::uint16_t any_byte = 0x100;
  constexpr std::uint16_t one_byte = 0x80; // an unsigned number that ends here
  constexpr std::uint16_t six_bits = 0x40; // ... where bit 6 is a sign, or announces a memory's index
  auto const set = [&](std::uint16_t first, std::uint16_t second, std::uint8_t length) {
    row.limits[0] = first;
    row.limits[1] = second;
    row.length = length;
  };
  using Quick = OpcodeRow::Quick;
  if (row.feature != Feature::mvp) {
    return;
  }
  switch (row.immediates) {
  case Immediates::none: set(any_byte, any_byte, 1); break;
  case Immediates::label:
  case Immediates::func:
  case Immediates::type:
  case Immediates::local:
  case Immediates::global:
  case Immediates::table:
  case Immediates::elem:
    set(one_byte, any_byte, 2);
    row.index_mask = 0xFF;
    row.quick = Quick::index;
    break;
  case Immediates::i32:
  case Immediates::i64:
    set(six_bits, any_byte, 2);
    row.quick = row.immediates == Immediates::i32 ? Quick::i32 : Quick::i64;
    break;
  case Immediates::memarg:
    set(six_bits, one_byte, 3);
    row.value_at = 2;
    row.quick = Quick::memarg;
    break;
  case Immediates::block_type: row.quick = Quick::block_type; break;
  default: break;
  }
}

template <std::size_t Size>
consteval std::array<OpcodeRow, Size> make_rows(std::array<std::uint16_t, Size> const& opcodes) {
  std::array<OpcodeRow, Size> rows{};
  for (std::size_t i = 0; i < Size; ++i) {
    if (opcodes[i] != wasm::detail::no_opcode) {
      auto const& info = wasm::opcode_infos[opcodes[i]];
      rows[i].opcode = opcodes[i];
      rows[i].immediates = info.immediates;
      rows[i].feature = info.feature;
      set_quick(rows[i]);
    }
  }
  return rows;
}

constexpr auto misc_rows = make_rows(wasm::detail::misc_opcodes);
constexpr auto vector_rows = make_rows(wasm::detail::vector_opcodes);

// Nearly all integers have one byte, and most others two.
template <class T>
[[gnu::always_inline]] inline base::LebStatus read_unsigned(std::uint8_t const*& at, std::uint8_t const* end,
                                                            T& value) noexcept {
  if (end - at >= 2) [[likely]] {
    if (at[0] < 0x80) [[likely]] {
      value = *at++;
      return base::LebStatus::ok;
    }
    if (at[1] < 0x80) [[likely]] {
      value = static_cast<T>((at[0] & 0x7F) | at[1] << 7);
      at += 2;
      return base::LebStatus::ok;
    }
  }
  return base::read_leb(at, end, value);
}

template <class T>
[[gnu::always_inline]] inline base::LebStatus read_signed(std::uint8_t const*& at, std::uint8_t const* end,
                                                          T& value) noexcept {
  if (end - at >= 2) [[likely]] {
    if (at[0] < 0x80) [[likely]] {
      value = static_cast<std::int8_t>(*at++ << 1) >> 1;
      return base::LebStatus::ok;
    }
    if (at[1] < 0x80) [[likely]] {
      value = static_cast<std::int16_t>(((at[0] & 0x7F) | at[1] << 7) << 2) >> 2;
      at += 2;
      return base::LebStatus::ok;
    }
  }
  return base::read_leb(at, end, value);
}

// A number of up to eight bytes, all read at once. `bits`: its 7 bits of each byte, one after the other.
struct QuickNumber {
  std::uint64_t bits = 0;
  unsigned length = 0; // in bytes; 0 if it has more than eight
};
[[gnu::always_inline]] inline QuickNumber read_quickly(std::uint8_t const* at) noexcept {
  auto const bytes = base::load_le<std::uint64_t>(at);
  std::uint64_t const last = ~bytes & 0x8080808080808080; // bytes without another one behind them
  if (last == 0) [[unlikely]] {
    return {};
  }
  std::uint64_t bits = bytes & (last ^ (last - 1)) & 0x7F7F7F7F7F7F7F7F;
  bits = (bits & 0x007F007F007F007F) | (bits & 0x7F007F007F007F00) >> 1;
  bits = (bits & 0x00003FFF00003FFF) | (bits & 0x3FFF00003FFF0000) >> 2;
  bits = (bits & 0x000000000FFFFFFF) | (bits & 0x0FFFFFFF00000000) >> 4;
  return {bits, static_cast<unsigned>(std::countr_zero(last)) / 8 + 1};
}

constexpr std::int64_t with_sign(QuickNumber number) noexcept {
  unsigned const unused = (64 - 7 * number.length) % 64;
  return static_cast<std::int64_t>(number.bits << unused) >> unused;
}

} // namespace

constinit std::array<OpcodeRow, 256> const detail::one_byte_rows = make_rows(wasm::detail::one_byte_opcodes);

[[gnu::cold]] bool InstructionReader::fail(Fault fault, ErrorKind kind, char const* what,
                                           std::uint8_t const* at) noexcept {
  fault_ = fault;
  error_kind_ = kind;
  error_what_ = what;
  error_at_ = at;
  return false;
}

[[gnu::cold]] bool InstructionReader::malformed(char const* what, std::uint8_t const* at) noexcept {
  return fail(Fault::phrase, ErrorKind::malformed, what, at);
}

[[gnu::cold]] bool InstructionReader::malformed(base::LebStatus status, std::uint8_t const* at) noexcept {
  switch (status) {
  case base::LebStatus::truncated: return malformed("unexpected end", end_);
  case base::LebStatus::too_long: return malformed("integer representation too long", at);
  default: return malformed("integer too large", at);
  }
}

[[gnu::cold]] bool InstructionReader::needs(Feature feature, std::uint8_t const* at) noexcept {
  return fail(Fault::needs_feature, ErrorKind::unsupported, wasm::to_string(feature), at);
}

Error InstructionReader::error() const {
  if (error_what_ == nullptr) {
    return Error{ErrorKind::malformed, "unexpected end: the code ends before its last instruction", offset()};
  }
  std::string_view const name = opcode_known_ ? wasm::info(error_opcode_).text : "?";
  auto const code = error_prefix_ == 0 ? fmt::format("0x{:02x}", error_code_)
                                       : fmt::format("0x{:02x} {:#x}", error_prefix_, error_code_);
  auto const* at = error_at_;
  auto const type = [&](bool is_heap_type) {
    TypeReader types{error_at_, end_, features_};
    ValType ignored;
    static_cast<void>(is_heap_type ? types.heap_type(ignored) : types.value_type(ignored));
    at = types.position();
    return fmt::format("{} in `{}`", types.what(), name);
  };
  std::string text;
  switch (fault_) {
  case Fault::phrase:
    text = opcode_known_ ? fmt::format("{} in `{}`", error_what_, name) : fmt::format("{} in an opcode", error_what_);
    break;
  case Fault::opcode: text = fmt::format("illegal opcode {}", code); break;
  case Fault::later_opcode:
    text = fmt::format("unsupported instruction {}: this build does not have the proposal {}", code, error_what_);
    break;
  case Fault::feature:
    text =
        fmt::format("unsupported instruction `{}`: it needs the feature {}, which is switched off", name, error_what_);
    break;
  case Fault::needs_feature:
    text = fmt::format("unsupported form of `{}`: it needs the feature {}, which is switched off", name, error_what_);
    break;
  case Fault::value_type: text = type(false); break;
  case Fault::heap_type: text = type(true); break;
  case Fault::too_many: text = fmt::format("`{}` has {} {}", name, error_code_, error_what_); break;
  }
  return Error{error_kind_, std::move(text), offset_of(at)};
}

bool InstructionReader::next_any(Instruction& instruction) {
  std::uint8_t const* const start = at_;
  if (start == end_) {
    error_what_ = nullptr;
    return false;
  }
  instruction.offset = offset_of(start);
  std::uint8_t const byte = *start;
  at_ = start + 1;
  OpcodeRow const& row = detail::one_byte_rows[byte];
  if (row.opcode == wasm::detail::no_opcode) [[unlikely]] {
    return read_prefixed(instruction, byte);
  }
  instruction.opcode = static_cast<Opcode>(row.opcode);
  if (!features_.has(row.feature)) [[unlikely]] {
    return switched_off(instruction, row.immediates, start);
  }
  return finish_quickly(instruction, row) || finish(instruction, row.immediates);
}

// Reads immediates that have nothing wrong with them, far from the end. False, with nothing read, for all others.
[[gnu::always_inline]] inline bool InstructionReader::finish_quickly(Instruction& instruction,
                                                                     OpcodeRow const& row) noexcept {
  using Quick = OpcodeRow::Quick;
  constexpr unsigned most_bytes = 5; // of a number of 32 bits
  constexpr std::ptrdiff_t longest = 1 + sizeof(std::uint64_t);
  if (end_ - at_ < longest) [[unlikely]] {
    return false;
  }
  switch (row.quick) {
  case Quick::index: {
    auto const number = read_quickly(at_);
    if (number.length - 1 >= most_bytes || number.bits > 0xFFFFFFFF) {
      return false;
    }
    instruction.index = static_cast<std::uint32_t>(number.bits);
    at_ += number.length;
    return true;
  }
  case Quick::i32: {
    auto const number = read_quickly(at_);
    std::int64_t const value = with_sign(number);
    if (number.length - 1 >= most_bytes || value != static_cast<std::int32_t>(value)) {
      return false;
    }
    instruction.value = static_cast<std::uint32_t>(value);
    at_ += number.length;
    return true;
  }
  case Quick::i64: {
    auto const number = read_quickly(at_);
    if (number.length == 0) {
      return false;
    }
    instruction.value = static_cast<std::uint64_t>(with_sign(number));
    at_ += number.length;
    return true;
  }
  case Quick::memarg: {
    constexpr std::uint8_t multi_memory = 0x40;
    auto const number = read_quickly(at_ + 1);
    if (*at_ >= multi_memory || number.length - 1 >= most_bytes) {
      return false;
    }
    instruction.align = *at_;
    instruction.index = 0;
    instruction.value = number.bits;
    at_ += 1 + number.length;
    return true;
  }
  case Quick::block_type:
    if (*at_ != 0x40) {
      return false;
    }
    instruction.block.kind = BlockType::Kind::empty;
    ++at_;
    return true;
  case Quick::no: break;
  }
  return false;
}

// The opcode's first byte is no instruction by itself, and has been read.
bool InstructionReader::read_prefixed(Instruction& instruction, std::uint8_t prefix) {
  auto const* const start = at_ - 1;
  opcode_known_ = false;
  std::uint32_t code = prefix;
  bool const is_prefix = prefix >= 0xFB && prefix <= 0xFE;
  error_prefix_ = is_prefix ? prefix : 0;
  if (is_prefix) {
    if (auto const status = read_unsigned(at_, end_, code); status != base::LebStatus::ok) {
      return malformed(status, start);
    }
  }
  error_code_ = code;
  OpcodeRow row;
  if (prefix == 0xFC && code < misc_rows.size()) {
    row = misc_rows[code];
  } else if (prefix == 0xFD && code < vector_rows.size()) {
    row = vector_rows[code];
  }
  if (row.opcode == wasm::detail::no_opcode) {
    char const* const proposal = later_proposal_of_opcode(error_prefix_, code);
    return proposal != nullptr ? fail(Fault::later_opcode, ErrorKind::unsupported, proposal, start)
                               : fail(Fault::opcode, ErrorKind::malformed, "", start);
  }
  instruction.opcode = static_cast<Opcode>(row.opcode);
  if (!features_.has(row.feature)) [[unlikely]] {
    return switched_off(instruction, row.immediates, start);
  }
  return finish(instruction, row.immediates);
}

// An instruction of a feature that is off is unsupported, but only if it is well-formed.
bool InstructionReader::switched_off(Instruction& instruction, Immediates immediates, std::uint8_t const* start) {
  Feature const feature = wasm::info(instruction.opcode).feature;
  if (!finish(instruction, immediates) && error_kind_ == ErrorKind::malformed) {
    return false;
  }
  opcode_known_ = true;
  error_opcode_ = instruction.opcode;
  return fail(Fault::feature, ErrorKind::unsupported, wasm::to_string(feature), start);
}

[[gnu::always_inline]] inline bool InstructionReader::read_index(std::uint32_t& value) noexcept {
  auto const* const start = at_;
  auto const status = read_unsigned(at_, end_, value);
  return status == base::LebStatus::ok || malformed(status, start);
}

[[gnu::always_inline]] inline bool InstructionReader::read_bytes(Instruction& instruction, std::size_t count) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < count) {
    return malformed("unexpected end", end_);
  }
  instruction.list = at_;
  at_ += count;
  return true;
}

// https://webassembly.github.io/spec/core/binary/instructions.html#binary-memarg
[[gnu::always_inline]] inline bool InstructionReader::read_memarg(Instruction& instruction) noexcept {
  auto const* const start = at_;
  std::uint32_t flags = 0;
  if (!read_index(flags)) {
    return false;
  }
  if (flags >= 0x80) {
    return malformed("malformed memop flags", start);
  }
  instruction.align = static_cast<std::uint8_t>(flags);
  instruction.index = 0;
  // Bit 6 announces a memory index in the multi-memory proposal. Without it, this is an alignment too large to be
  // valid: validation refuses it, and what follows is read as if the index were there.
  if ((flags & 0x40) != 0) {
    if (!read_index(instruction.index)) {
      return false;
    }
    if (features_.has(Feature::multi_memory)) {
      instruction.align &= 0x3F;
    }
  }
  auto const* const offset_start = at_;
  auto const status = read_unsigned(at_, end_, instruction.value);
  if (status != base::LebStatus::ok) [[unlikely]] {
    return malformed(status, offset_start);
  }
  // An offset beyond 32 bits is left to validation, which says "offset out of range".
  if (at_ - offset_start > 5 && instruction.value <= 0xFFFFFFFFu) [[unlikely]] {
    return malformed("integer representation too long", offset_start);
  }
  return true;
}

[[gnu::always_inline]] inline bool InstructionReader::read_block_type(Instruction& instruction) noexcept {
  if (at_ == end_) {
    return malformed("unexpected end", at_);
  }
  auto const* const start = at_;
  if (*start == 0x40) {
    ++at_;
    instruction.block.kind = BlockType::Kind::empty;
    return true;
  }
  if ((*start & 0xC0) == 0x40) { // a negative number in one byte: a value type
    TypeReader types{start, end_, features_};
    instruction.block.kind = BlockType::Kind::value;
    if (!types.value_type(instruction.block.value)) {
      return fail(Fault::value_type, types.kind(), "", start);
    }
    at_ = types.position();
    return true;
  }
  std::int64_t type = 0;
  auto const status = base::read_leb<std::int64_t, 33>(at_, end_, type);
  if (status != base::LebStatus::ok) {
    return malformed(status, start);
  }
  if (type < 0) {
    return malformed("malformed block type", start);
  }
  if (!features_.has(Feature::multi_value)) {
    return needs(Feature::multi_value, start);
  }
  instruction.block.kind = BlockType::Kind::type_index;
  instruction.block.type_index = static_cast<std::uint32_t>(type);
  return true;
}

bool InstructionReader::read_br_table(Instruction& instruction) noexcept {
  auto const* const start = at_;
  if (!read_index(instruction.count)) {
    return false;
  }
  // The targets and the default, of at least one byte each.
  if (instruction.count >= static_cast<std::size_t>(end_ - at_)) {
    return malformed("unexpected end", end_);
  }
  if (instruction.count > wasm::limits::br_table_targets) {
    error_code_ = instruction.count;
    static_assert(wasm::limits::br_table_targets == 65520);
    return fail(Fault::too_many, ErrorKind::limit, "targets, at most 65520 are allowed", start);
  }
  instruction.list = at_;
  std::uint32_t label = 0;
  for (std::uint32_t i = 0; i <= instruction.count; ++i) {
    if (!read_index(label)) {
      return false;
    }
  }
  return true;
}

bool InstructionReader::read_select_types(Instruction& instruction) noexcept {
  if (!read_index(instruction.count)) {
    return false;
  }
  if (instruction.count > static_cast<std::size_t>(end_ - at_)) {
    return malformed("unexpected end", end_);
  }
  instruction.list = at_;
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    TypeReader types{at_, end_, features_};
    ValType type;
    if (!types.value_type(type)) {
      return fail(Fault::value_type, types.kind(), "", at_);
    }
    at_ = types.position();
    if (i == 0) {
      instruction.type = type;
    }
  }
  return true;
}

bool InstructionReader::read_heap_type(Instruction& instruction) noexcept {
  TypeReader types{at_, end_, features_};
  if (!types.heap_type(instruction.type)) {
    return fail(Fault::heap_type, types.kind(), "", at_);
  }
  at_ = types.position();
  return true;
}

bool InstructionReader::read_call_indirect(Instruction& instruction) noexcept {
  if (!read_index(instruction.index)) {
    return false;
  }
  auto const* const start = at_;
  if (!read_index(instruction.index2)) {
    return false;
  }
  return (*start == 0x00 && at_ == start + 1) || features_.has(Feature::reference_types) ||
         needs(Feature::reference_types, start);
}

// A memory index: one zero byte, where there cannot be several memories. Validation refuses other indices.
bool InstructionReader::read_memory(std::uint32_t& index) noexcept {
  auto const* const start = at_;
  if (!read_index(index)) {
    return false;
  }
  return index != 0 || at_ == start + 1 || features_.has(Feature::multi_memory) || needs(Feature::multi_memory, start);
}

bool InstructionReader::read_lane(Instruction& instruction) noexcept {
  if (at_ == end_) {
    return malformed("unexpected end", at_);
  }
  instruction.lane = *at_++;
  return true;
}

// Reads the immediates of instruction.opcode.
bool InstructionReader::finish(Instruction& instruction, Immediates immediates) {
  auto const well_formed = [&]() -> bool {
    switch (immediates) {
    case Immediates::none: return true;
    case Immediates::block_type: return read_block_type(instruction);
    case Immediates::label:
    case Immediates::func:
    case Immediates::type:
    case Immediates::local:
    case Immediates::global:
    case Immediates::table:
    case Immediates::elem: return read_index(instruction.index);
    case Immediates::br_table: return read_br_table(instruction);
    case Immediates::call_indirect: return read_call_indirect(instruction);
    case Immediates::select_types: return read_select_types(instruction);
    case Immediates::memarg: return read_memarg(instruction);
    case Immediates::memarg_lane: return read_memarg(instruction) && read_lane(instruction);
    case Immediates::lane: return read_lane(instruction);
    case Immediates::memory: return read_memory(instruction.index);
    case Immediates::memory_memory: return read_memory(instruction.index) && read_memory(instruction.index2);
    case Immediates::data_memory:
      return read_index(instruction.index) && read_memory(instruction.index2) &&
             (has_data_count_ || malformed("data count section required", at_));
    case Immediates::data:
      return read_index(instruction.index) && (has_data_count_ || malformed("data count section required", at_));
    case Immediates::elem_table:
    case Immediates::table_table: return read_index(instruction.index) && read_index(instruction.index2);
    case Immediates::heap_type: return read_heap_type(instruction);
    case Immediates::i32: {
      std::int32_t value = 0;
      auto const* const start = at_;
      auto const status = read_signed(at_, end_, value);
      instruction.value = static_cast<std::uint32_t>(value);
      return status == base::LebStatus::ok || malformed(status, start);
    }
    case Immediates::i64: {
      std::int64_t value = 0;
      auto const* const start = at_;
      auto const status = read_signed(at_, end_, value);
      instruction.value = static_cast<std::uint64_t>(value);
      return status == base::LebStatus::ok || malformed(status, start);
    }
    case Immediates::f32:
      if (!read_bytes(instruction, 4)) {
        return false;
      }
      instruction.value = base::load_le<std::uint32_t>(instruction.list);
      return true;
    case Immediates::f64:
      if (!read_bytes(instruction, 8)) {
        return false;
      }
      instruction.value = base::load_le<std::uint64_t>(instruction.list);
      return true;
    case Immediates::v128:
    case Immediates::shuffle: return read_bytes(instruction, 16);
    }
    return true;
  };
  if (!well_formed()) [[unlikely]] {
    opcode_known_ = true;
    error_opcode_ = instruction.opcode;
    return false;
  }
  return true;
}

std::uint32_t LabelReader::next() noexcept {
  std::uint32_t label = 0;
  for (unsigned shift = 0;; shift += 7) {
    std::uint8_t const byte = *at_++;
    label |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      return label;
    }
  }
}

} // namespace weir::decode
