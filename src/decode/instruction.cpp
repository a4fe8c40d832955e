#include "decode/instruction.hpp"

#include <fmt/format.h>

#include <string>

#include "base/leb128.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

using wasm::Feature;
using wasm::Immediates;
using wasm::Opcode;

bool InstructionReader::fail(char const* what, std::uint8_t const* at) {
  error_what_ = what;
  error_offset_ = offset_ + static_cast<std::uint32_t>(at - begin_);
  return false;
}

Error InstructionReader::error() const {
  if (error_what_ == nullptr) {
    return Error{ErrorKind::malformed, "unexpected end: the code ends before its last instruction", offset()};
  }
  if (error_detail_ != 0) {
    return Error{error_kind_, fmt::format("{} 0x{:02x}", error_what_, error_detail_), error_offset_};
  }
  return Error{error_kind_, error_what_, error_offset_};
}

namespace {

char const* leb_text(base::LebStatus status) noexcept {
  switch (status) {
  case base::LebStatus::truncated: return "unexpected end";
  case base::LebStatus::too_long: return "integer representation too long";
  default: return "integer too large";
  }
}

template <class T, unsigned Bits = sizeof(T) * 8>
[[gnu::always_inline]] inline char const* read(std::uint8_t const*& at, std::uint8_t const* end, T& value) noexcept {
  // Nearly all integers have one byte.
  if constexpr (!std::is_signed_v<T>) {
    if (at != end && *at < 0x80) [[likely]] {
      value = *at++;
      return nullptr;
    }
  }
  auto const status = base::read_leb<T, Bits>(at, end, value);
  return status == base::LebStatus::ok ? nullptr : leb_text(status);
}

} // namespace

bool InstructionReader::next(Instruction& instruction) {
  if (at_ == end_) {
    error_what_ = nullptr;
    return false;
  }
  std::uint8_t const* const start = at_;
  instruction.offset = offset();
  std::uint8_t const byte = *at_++;
  std::uint16_t dense = wasm::detail::one_byte_opcodes[byte];
  if (dense == wasm::detail::no_opcode) [[unlikely]] {
    if (byte != 0xFC && byte != 0xFD) {
      error_detail_ = byte;
      bool const known = (byte >= 0x06 && byte <= 0x0A) || (byte >= 0x12 && byte <= 0x15) || byte == 0x18 ||
                         byte == 0x19 || byte == 0x1F || (byte >= 0xD3 && byte <= 0xD6) || byte == 0xFB || byte == 0xFE;
      error_kind_ = known ? ErrorKind::unsupported : ErrorKind::malformed;
      return fail(known ? "unsupported: this build has no instruction of a later proposal, opcode" : "illegal opcode",
                  start);
    }
    std::uint32_t code = 0;
    if (auto const* what = read(at_, end_, code)) {
      return fail(what, at_);
    }
    auto const found = wasm::find_opcode(byte, code);
    if (!found) {
      error_detail_ = byte == 0xFC ? 0xFC00 | (code & 0xFF) : code;
      bool const known = byte == 0xFD ? code >= 0x100 && code <= 0x113 : code >= 18 && code <= 22;
      error_kind_ = known ? ErrorKind::unsupported : ErrorKind::malformed;
      return fail(known ? "unsupported: this build has no instruction of a later proposal, opcode" : "illegal opcode",
                  start);
    }
    dense = static_cast<std::uint16_t>(*found);
  }
  instruction.opcode = static_cast<Opcode>(dense);
  auto const& info = wasm::opcode_infos[dense];
  if (!features_.has(info.feature)) [[unlikely]] {
    error_kind_ = ErrorKind::unsupported;
    return fail("unsupported: the instruction belongs to a feature that is switched off", start);
  }
  return info.immediates == Immediates::none || read_immediates(instruction);
}

bool InstructionReader::read_immediates(Instruction& instruction) {
  auto const index = [&](std::uint32_t& value) {
    auto const* const what = read(at_, end_, value);
    return what == nullptr || fail(what, at_);
  };
  auto const bytes = [&](std::size_t count) {
    if (static_cast<std::size_t>(end_ - at_) < count) {
      return fail("unexpected end", end_);
    }
    instruction.list = at_;
    at_ += count;
    return true;
  };
  // A multi-memory module would set bit 6 of the alignment.
  auto const memarg = [&] {
    std::uint32_t align = 0;
    auto const* const at = at_;
    if (!index(align)) {
      return false;
    }
    if (align >= 32) {
      if (align >= 64 && align < 128) {
        error_kind_ = ErrorKind::unsupported;
        return fail("unsupported: memory accesses to a second memory (multi-memory)", at);
      }
      return fail("malformed memop flags", at);
    }
    instruction.align = static_cast<std::uint8_t>(align);
    instruction.index = 0;
    std::uint32_t offset = 0;
    if (!index(offset)) {
      return false;
    }
    instruction.value = offset;
    return true;
  };
  switch (wasm::info(instruction.opcode).immediates) {
  case Immediates::none: return true;
  case Immediates::block_type: {
    if (at_ == end_) {
      return fail("unexpected end", at_);
    }
    if (*at_ == 0x40) {
      ++at_;
      instruction.block = {BlockType::Kind::empty, {}, 0};
      return true;
    }
    if ((*at_ & 0xC0) == 0x40) {
      auto const* const at = at_;
      TypeReader types{at_, end_, features_};
      instruction.block = {BlockType::Kind::value, {}, 0};
      if (!types.value_type(instruction.block.value)) {
        error_kind_ = types.kind();
        return fail(types.what(), at);
      }
      at_ = types.position();
      return true;
    }
    std::int64_t type = 0;
    auto const* const at = at_;
    if (auto const* what = read<std::int64_t, 33>(at_, end_, type)) {
      return fail(what, at_);
    }
    if (type < 0) {
      return fail("malformed block type", at);
    }
    instruction.block = {BlockType::Kind::type_index, {}, static_cast<std::uint32_t>(type)};
    return true;
  }
  case Immediates::label:
  case Immediates::func:
  case Immediates::local:
  case Immediates::global:
  case Immediates::table:
  case Immediates::elem:
  case Immediates::memory: {
    if (wasm::info(instruction.opcode).immediates == Immediates::memory && at_ != end_ && *at_ != 0) {
      return fail("zero byte expected", at_);
    }
    return index(instruction.index);
  }
  case Immediates::data:
    if (!has_data_count_) {
      return fail("data count section required", at_);
    }
    return index(instruction.index);
  case Immediates::data_memory:
    if (!has_data_count_) {
      return fail("data count section required", at_);
    }
    [[fallthrough]];
  case Immediates::call_indirect:
  case Immediates::memory_memory:
  case Immediates::elem_table:
  case Immediates::table_table: return index(instruction.index) && index(instruction.index2);
  case Immediates::br_table: {
    if (!index(instruction.count)) {
      return false;
    }
    if (instruction.count > static_cast<std::size_t>(end_ - at_)) {
      return fail("unexpected end", at_);
    }
    instruction.list = at_;
    std::uint32_t label = 0;
    for (std::uint64_t i = 0; i <= instruction.count; ++i) {
      if (!index(label)) {
        return false;
      }
    }
    return true;
  }
  case Immediates::select_types: {
    if (!index(instruction.count)) {
      return false;
    }
    if (instruction.count > static_cast<std::size_t>(end_ - at_)) {
      return fail("unexpected end", at_);
    }
    instruction.list = at_;
    TypeReader types{at_, end_, features_};
    for (std::uint32_t i = 0; i < instruction.count; ++i) {
      ValType type;
      if (!types.value_type(type)) {
        error_kind_ = types.kind();
        return fail(types.what(), types.position());
      }
      if (i == 0) {
        instruction.type = type;
      }
    }
    at_ = types.position();
    return true;
  }
  case Immediates::memarg: return memarg();
  case Immediates::memarg_lane:
  case Immediates::lane:
    if (wasm::info(instruction.opcode).immediates == Immediates::memarg_lane && !memarg()) {
      return false;
    }
    if (at_ == end_) {
      return fail("unexpected end", at_);
    }
    instruction.lane = *at_++;
    return true;
  case Immediates::heap_type: {
    TypeReader types{at_, end_, features_};
    if (!types.heap_type(instruction.type)) {
      error_kind_ = types.kind();
      return fail(types.what(), types.position());
    }
    at_ = types.position();
    return true;
  }
  case Immediates::i32: {
    std::int32_t value = 0;
    if (auto const* what = read(at_, end_, value)) {
      return fail(what, at_);
    }
    instruction.value = static_cast<std::uint32_t>(value);
    return true;
  }
  case Immediates::i64: {
    std::int64_t value = 0;
    if (auto const* what = read(at_, end_, value)) {
      return fail(what, at_);
    }
    instruction.value = static_cast<std::uint64_t>(value);
    return true;
  }
  case Immediates::f32:
    if (!bytes(4)) {
      return false;
    }
    instruction.value = base::load_le<std::uint32_t>(instruction.list);
    return true;
  case Immediates::f64:
    if (!bytes(8)) {
      return false;
    }
    instruction.value = base::load_le<std::uint64_t>(instruction.list);
    return true;
  case Immediates::v128:
  case Immediates::shuffle: return bytes(16);
  }
  return true;
}

std::uint32_t LabelReader::next() noexcept {
  std::uint32_t label = 0;
  base::read_leb(at_, at_ + 5, label);
  return label;
}

} // namespace weir::decode
