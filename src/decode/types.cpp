#include "decode/types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/leb128.hpp"
#include "decode/proposals.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

using wasm::Feature;

namespace {

char const* phrase(base::LebStatus status) noexcept {
  switch (status) {
  case base::LebStatus::truncated: return "unexpected end";
  case base::LebStatus::too_long: return "integer representation too long";
  default: return "integer too large";
  }
}

} // namespace

bool TypeReader::fail(ErrorKind kind, char const* what) noexcept {
  kind_ = kind;
  what_ = what;
  return false;
}

bool TypeReader::switched_off(Feature feature) noexcept {
  shows_byte_ = true;
  return fail(ErrorKind::unsupported, wasm::to_string(feature));
}

bool TypeReader::unsupported(char const* proposal) noexcept {
  shows_byte_ = false;
  return fail(ErrorKind::unsupported, proposal);
}

std::string TypeReader::what() const {
  if (kind_ == ErrorKind::unsupported) {
    return shows_byte_ ? fmt::format("unsupported type: it needs the feature {}, which is switched off", what_)
                       : fmt::format("unsupported type: this build does not have the proposal {}", what_);
  }
  return shows_byte_ && at_ != end_ ? fmt::format("{} 0x{:02x}", what_, *at_) : std::string{what_};
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
      return switched_off(Feature::simd);
    }
    type = ValType::v128();
    break;
  case 0x70:
    if (!features_.has(Feature::reference_types)) {
      return switched_off(Feature::reference_types); // as a value; tables had it from the start
    }
    type = ValType::funcref();
    break;
  default:
    bool const is_long = *at_ == 0x63 || *at_ == 0x64; // then it is known better what is malformed
    if (!reference_type(type)) {
      if (kind_ == ErrorKind::malformed && !is_long) {
        what_ = "malformed value type";
      }
      return false;
    }
    return true;
  }
  ++at_;
  return true;
}

bool TypeReader::reference_type(ValType& type) noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  std::uint8_t const byte = *at_;
  if (byte == 0x70) {
    type = ValType::funcref();
  } else if (byte == 0x6F) {
    if (!features_.has(Feature::reference_types)) {
      return switched_off(Feature::reference_types);
    }
    type = ValType::externref();
  } else if (byte == 0x63 || byte == 0x64) {
    return long_reference_type(type);
  } else if (char const* const proposal = later_proposal_of_type(byte)) {
    return later_value_type() && unsupported(proposal);
  } else {
    shows_byte_ = true;
    return fail(ErrorKind::malformed, "malformed reference type");
  }
  ++at_;
  return true;
}

bool TypeReader::heap_type(ValType& type) noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  if ((*at_ & 0xC0) == 0x40) { // a negative number in one byte: an abstract heap type
    if (*at_ == 0x63 || *at_ == 0x64) {
      shows_byte_ = true;
      return fail(ErrorKind::malformed, "malformed heap type");
    }
    return reference_type(type);
  }
  return concrete_type(true, type);
}

// `(ref null? heaptype)`, which begins with 0x63 or 0x64.
bool TypeReader::long_reference_type(ValType& type) noexcept {
  auto const* const start = at_;
  bool const nullable = *at_++ == 0x63;
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  if ((*at_ & 0xC0) != 0x40) {
    return concrete_type(nullable, type);
  }
  auto const heap = *at_;
  if (heap != 0x70 && heap != 0x6F) {
    at_ = start;
    char const* const proposal = later_proposal_of_type(heap);
    return later_value_type() && unsupported(proposal);
  }
  if (!features_.has(nullable ? Feature::reference_types : Feature::function_references)) {
    at_ = start;
    return switched_off(nullable ? Feature::reference_types : Feature::function_references);
  }
  ++at_;
  type = ValType::abstract_ref(heap, nullable);
  return true;
}

// A type index as heap type. One that has no room in a ValType is too large for any module: it becomes the largest.
bool TypeReader::concrete_type(bool nullable, ValType& type) noexcept {
  auto const* const start = at_;
  std::uint32_t value = 0;
  if (!index(value)) {
    return false;
  }
  if (!features_.has(Feature::function_references)) {
    at_ = start;
    return switched_off(Feature::function_references);
  }
  constexpr std::uint32_t largest = (1u << 22) - 1;
  static_assert(largest > wasm::limits::types);
  type = ValType::concrete_ref(std::min(value, largest), nullable);
  return true;
}

// A type index in its signed form: a heap type, and so a block type.
bool TypeReader::index(std::uint32_t& type_index) noexcept {
  std::int64_t value = 0;
  auto const* const start = at_;
  auto const status = base::read_leb<std::int64_t, 33>(at_, end_, value);
  if (status != base::LebStatus::ok) {
    at_ = status == base::LebStatus::truncated ? end_ : start;
    return fail(ErrorKind::malformed, phrase(status));
  }
  type_index = static_cast<std::uint32_t>(value);
  return value >= 0 || fail(ErrorKind::malformed, "malformed heap type");
}

// Steps over a value type of any proposal.
bool TypeReader::later_value_type() noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  std::uint8_t const byte = *at_;
  bool const known = (byte >= 0x7B && byte <= 0x7F) || byte == 0x70 || byte == 0x6F;
  if (!known && later_proposal_of_type(byte) == nullptr) {
    shows_byte_ = true;
    return fail(ErrorKind::malformed, "malformed value type");
  }
  ++at_;
  if (byte != 0x63 && byte != 0x64) {
    return true;
  }
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  if ((*at_ & 0xC0) != 0x40) {
    std::uint32_t ignored = 0;
    return index(ignored);
  }
  bool const is_heap_type = *at_ == 0x70 || *at_ == 0x6F || (*at_ >= 0x69 && later_proposal_of_type(*at_) != nullptr);
  if (!is_heap_type) {
    shows_byte_ = true;
    return fail(ErrorKind::malformed, "malformed heap type");
  }
  ++at_;
  return true;
}

// https://webassembly.github.io/spec/core/binary/types.html#composite-types
bool TypeReader::later_field() noexcept {
  if (at_ != end_ && (*at_ == 0x78 || *at_ == 0x77)) { // i8, i16
    ++at_;
  } else if (!later_value_type()) {
    return false;
  }
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  if (*at_ > 1) {
    shows_byte_ = true;
    return fail(ErrorKind::malformed, "malformed mutability");
  }
  ++at_;
  return true;
}

bool TypeReader::later_composite() noexcept {
  if (at_ == end_) {
    return fail(ErrorKind::malformed, "unexpected end");
  }
  std::uint8_t const form = *at_;
  if (form != 0x5E && form != 0x5F && form != 0x60) {
    shows_byte_ = true;
    return fail(ErrorKind::malformed, "malformed type form");
  }
  ++at_;
  if (form == 0x5E) {
    return later_field();
  }
  int const lists = form == 0x5F ? 1 : 2;
  for (int list = 0; list < lists; ++list) {
    std::uint32_t count = 0;
    if (auto const status = base::read_leb(at_, end_, count); status != base::LebStatus::ok) {
      return fail(ErrorKind::malformed, phrase(status));
    }
    for (; count != 0; --count) {
      if (!(form == 0x5F ? later_field() : later_value_type())) {
        return false;
      }
    }
  }
  return true;
}

bool TypeReader::later_subtype() noexcept {
  if (at_ != end_ && (*at_ == 0x50 || *at_ == 0x4F)) {
    ++at_;
    std::uint32_t count = 0;
    std::uint32_t supertype = 0;
    auto status = base::read_leb(at_, end_, count);
    for (; status == base::LebStatus::ok && count != 0; --count) {
      status = base::read_leb(at_, end_, supertype);
    }
    if (status != base::LebStatus::ok) {
      return fail(ErrorKind::malformed, phrase(status));
    }
  }
  return later_composite();
}

bool TypeReader::later_type() noexcept {
  std::uint32_t count = 1;
  if (at_ != end_ && *at_ == 0x4E) { // a recursive group
    ++at_;
    if (auto const status = base::read_leb(at_, end_, count); status != base::LebStatus::ok) {
      return fail(ErrorKind::malformed, phrase(status));
    }
  }
  for (; count != 0; --count) {
    if (!later_subtype()) {
      return false;
    }
  }
  return unsupported("garbage collection");
}

} // namespace weir::decode
