#include "decode/section_reader.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "decode/instruction.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

bool SectionReader::fail(ErrorKind kind, std::string_view what, std::uint8_t const* at) {
  auto const offset = static_cast<std::uint32_t>(at - begin_);
  error_.emplace(kind,
                 section_.empty() ? fmt::format("{}, at byte offset {:#x}", what, offset)
                                  : fmt::format("{}, in the {} section at byte offset {:#x}", what, section_, offset),
                 offset);
  return false;
}

bool SectionReader::unsupported(std::string_view what, char const* proposal, std::uint8_t const* at) {
  return fail(ErrorKind::unsupported,
              fmt::format("unsupported {}: this build does not have the proposal {}", what, proposal), at);
}

bool SectionReader::needs(wasm::Feature feature, std::string_view what, std::uint8_t const* at) {
  return fail(
      ErrorKind::unsupported,
      fmt::format("unsupported {}: it needs the feature {}, which is switched off", what, wasm::to_string(feature)),
      at);
}

template <class T>
bool SectionReader::integer(T& value) {
  auto const* const start = at_;
  switch (base::read_leb(at_, end_, value)) {
  case base::LebStatus::ok: return true;
  case base::LebStatus::truncated: return fail(ErrorKind::malformed, "unexpected end", end_);
  case base::LebStatus::too_long: return fail(ErrorKind::malformed, "integer representation too long", start);
  default: return fail(ErrorKind::malformed, "integer too large", start);
  }
}

bool SectionReader::u8(std::uint8_t& value) {
  if (at_ == end_) {
    return malformed("unexpected end");
  }
  value = *at_++;
  return true;
}

bool SectionReader::u32(std::uint32_t& value) { return integer(value); }

bool SectionReader::size(std::uint32_t& value, std::string_view what) {
  auto const* const start = at_;
  if (!u32(value)) {
    return false;
  }
  return value <= left() ||
         fail(ErrorKind::malformed,
              fmt::format("length out of bounds: {} has {} bytes, and only {} follow (unexpected end)", what, value,
                          left()),
              start);
}

bool SectionReader::count(std::uint32_t& value, std::uint32_t most, std::uint32_t least_bytes, char const* what) {
  auto const* const start = at_;
  if (!u32(value)) {
    return false;
  }
  if (std::uint64_t{value} * least_bytes > left()) {
    return fail(ErrorKind::malformed,
                fmt::format("unexpected end: {} {} are declared, and only {} bytes follow", value, what, left()),
                start);
  }
  return value <= most ||
         fail(ErrorKind::limit, fmt::format("{} {}, at most {} are allowed", value, what, most), start);
}

bool SectionReader::name(std::string_view& value) {
  std::uint32_t bytes = 0;
  if (!size(bytes, "a name")) {
    return false;
  }
  value = base::as_text({at_, bytes});
  if (!base::is_utf8(value)) {
    return malformed(fmt::format("malformed UTF-8 encoding of the name \"{}\"", base::printable(value, 60)));
  }
  at_ += bytes;
  return true;
}

bool SectionReader::value_type(ValType& type) {
  TypeReader reader{at_, end_, features_};
  if (!reader.value_type(type)) {
    return fail(reader.kind(), reader.what(), reader.position());
  }
  at_ = reader.position();
  return true;
}

bool SectionReader::reference_type(ValType& type) {
  TypeReader reader{at_, end_, features_};
  if (!reader.reference_type(type)) {
    return fail(reader.kind(), reader.what(), reader.position());
  }
  at_ = reader.position();
  return true;
}

bool SectionReader::later_type() {
  TypeReader reader{at_, end_, features_};
  static_cast<void>(reader.later_type());
  return fail(reader.kind(), reader.what(), reader.position());
}

// A bound of a table or memory. Its integer has 64 bits in today's format, so that a bound past 32 bits is a matter of
// validation; but where addresses have 32 bits it is no longer than a 32-bit integer unless it must be.
bool SectionReader::bound(std::uint64_t& value, bool is_64) {
  auto const* const start = at_;
  if (!integer(value)) {
    return false;
  }
  return is_64 || at_ - start <= 5 || value > 0xFFFFFFFFu ||
         fail(ErrorKind::malformed, "integer representation too long", start);
}

bool SectionReader::limits(Limits& limits, bool shared_allowed) {
  auto const* const start = at_;
  std::uint8_t flags = 0;
  if (!u8(flags)) {
    return false;
  }
  // Bit 0: a maximum; bit 1: shared, which must have one; bit 2: 64-bit addresses.
  bool const is_shared = (flags & 2) != 0;
  if (flags > 7 || (is_shared && (!shared_allowed || (flags & 1) == 0))) {
    return fail(ErrorKind::malformed, fmt::format("malformed limits flags 0x{:02x}", flags), start);
  }
  bool const is_64 = (flags & 4) != 0;
  if (!bound(limits.min, is_64)) {
    return false;
  }
  if ((flags & 1) != 0 && !bound(limits.max.emplace(), is_64)) {
    return false;
  }
  if (is_shared) {
    return unsupported("shared memory", "threads", start);
  }
  return !is_64 || unsupported("64-bit limits", "memory64", start);
}

bool SectionReader::table_type(TableType& type) { return reference_type(type.element) && limits(type.limits, false); }

bool SectionReader::memory_type(MemoryType& type) { return limits(type.limits, true); }

bool SectionReader::global_type(GlobalType& type) {
  if (!value_type(type.content)) {
    return false;
  }
  std::uint8_t mutability = 0;
  if (!u8(mutability)) {
    return false;
  }
  type.is_mutable = mutability == 1;
  return mutability <= 1 ||
         fail(ErrorKind::malformed, fmt::format("malformed mutability {}, expected 0 or 1", mutability), at_ - 1);
}

bool SectionReader::constant_expression(wasm::ConstantExpression& expression) {
  using wasm::Opcode;
  auto const* const start = at_;
  InstructionReader reader{{at_, end_}, offset(), features_, true};
  Instruction instruction;
  std::uint32_t depth = 1;
  while (depth != 0) {
    if (!reader.next(instruction)) {
      Error const error = reader.error();
      return fail(error.kind(), error.message(), begin_ + error.offset().value_or(0));
    }
    switch (instruction.opcode) {
    case Opcode::block:
    case Opcode::loop:
    case Opcode::if_: ++depth; break;
    case Opcode::end: --depth; break;
    default: break;
    }
  }
  at_ = reader.position();
  expression.code = {static_cast<std::uint32_t>(start - begin_), static_cast<std::uint32_t>(at_ - start)};
  return expression.code.size <= wasm::limits::constant_expression_bytes ||
         fail(ErrorKind::limit,
              fmt::format("a constant expression of {} bytes, at most {} are allowed", expression.code.size,
                          wasm::limits::constant_expression_bytes),
              start);
}

} // namespace weir::decode
