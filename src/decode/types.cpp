#include "decode/types.hpp"

namespace weir::decode {

using wasm::Feature;

bool TypeReader::fail(ErrorKind kind, char const* what) noexcept {
  kind_ = kind;
  what_ = what;
  return false;
}

bool TypeReader::value_type(ValType& type) noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  switch (*at_) {
  case 0x7F: type = ValType::i32(); break;
  case 0x7E: type = ValType::i64(); break;
  case 0x7D: type = ValType::f32(); break;
  case 0x7C: type = ValType::f64(); break;
  case 0x7B:
    if (!features_.has(Feature::simd)) {
      return fail(ErrorKind::unsupported, "unsupported: the type v128 (SIMD) is switched off");
    }
    type = ValType::v128();
    break;
  default: return reference_type(type);
  }
  ++at_;
  return true;
}

bool TypeReader::reference_type(ValType& type) noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  std::uint8_t const byte = *at_;
  if (byte == 0x63 || byte == 0x64 || (byte >= 0x69 && byte <= 0x74 && byte != 0x70 && byte != 0x6F)) {
    return fail(ErrorKind::unsupported, "unsupported: reference types of later proposals (function references, GC)");
  }
  if (byte != 0x70 && byte != 0x6F) {
    return fail(ErrorKind::malformed, "malformed reference type");
  }
  if (byte == 0x6F && !features_.has(Feature::reference_types)) {
    return fail(ErrorKind::unsupported, "unsupported: the type externref (reference types) is switched off");
  }
  type = ValType::abstract_ref(byte, true);
  ++at_;
  return true;
}

bool TypeReader::heap_type(ValType& type) noexcept {
  if (at_ != end_ && (*at_ & 0xC0) != 0x40) {
    return fail(ErrorKind::unsupported, "unsupported: references to a type of the module (function references)");
  }
  return reference_type(type);
}

} // namespace weir::decode
