#include "decode/proposals.hpp"

namespace weir::decode {

namespace {

constexpr char const* exceptions = "exception handling";
constexpr char const* legacy_exceptions = "exception handling (legacy form)";
constexpr char const* function_references = "typed function references";
constexpr char const* garbage_collection = "garbage collection";
constexpr char const* tail_calls = "tail calls";

char const* of_one_byte(std::uint32_t code) noexcept {
  switch (code) {
  case 0x06: // try
  case 0x07: // catch
  case 0x09: // rethrow
  case 0x18: // delegate
  case 0x19: // catch_all
    return legacy_exceptions;
  case 0x08: // throw
  case 0x0A: // throw_ref
  case 0x1F: // try_table
    return exceptions;
  case 0x12: // return_call
  case 0x13: // return_call_indirect
    return tail_calls;
  case 0xD3: // ref.eq
    return garbage_collection;
  default: return nullptr;
  }
}

} // namespace

char const* later_proposal_of_opcode(std::uint8_t prefix, std::uint32_t code) noexcept {
  switch (prefix) {
  case 0x00: return of_one_byte(code);
  case 0xFB: return code <= 0x1E ? garbage_collection : nullptr;
  case 0xFC: return code >= 0x13 && code <= 0x16 ? "wide arithmetic" : nullptr;
  case 0xFD: return code >= 0x100 && code <= 0x113 ? "relaxed SIMD" : nullptr;
  case 0xFE: return code <= 0x03 || (code >= 0x10 && code <= 0x4E) ? "threads" : nullptr;
  default: return nullptr;
  }
}

char const* later_proposal_of_type(std::uint8_t byte) noexcept {
  switch (byte) {
  case 0x63: // (ref null heaptype)
  case 0x64: // (ref heaptype)
    return function_references;
  case 0x69: // exnref
  case 0x74: // nullexnref
    return exceptions;
  case 0x6A: // arrayref
  case 0x6B: // structref
  case 0x6C: // i31ref
  case 0x6D: // eqref
  case 0x6E: // anyref
  case 0x71: // nullref
  case 0x72: // nullexternref
  case 0x73: // nullfuncref
    return garbage_collection;
  default: return nullptr;
  }
}

} // namespace weir::decode
