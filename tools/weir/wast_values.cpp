#include "wast_values.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace weir::tools {

namespace {

using text::NumberPattern;
using text::ScriptPattern;
using text::ScriptValue;

struct FloatBits {
  std::uint64_t sign;
  std::uint64_t canonical; // exponent of all ones and the quiet bit
};

constexpr FloatBits float_bits(unsigned bits) noexcept {
  return bits == 32 ? FloatBits{0x80000000U, 0x7fc00000U} : FloatBits{0x8000000000000000U, 0x7ff8000000000000U};
}

// https://webassembly.github.io/spec/core/syntax/values.html#floating-point: canonical NaNs have a payload of only the
// quiet bit, arithmetic ones at least that; the sign is free.
bool matches(std::uint64_t bits, NumberPattern const& pattern, unsigned width) {
  auto const layout = float_bits(width);
  switch (pattern.kind) {
  case NumberPattern::Kind::bits: return bits == pattern.bits;
  case NumberPattern::Kind::canonical_nan: return (bits & ~layout.sign) == layout.canonical;
  case NumberPattern::Kind::arithmetic_nan: return (bits & layout.canonical) == layout.canonical;
  }
  return false;
}

std::uint64_t lane(V128 const& value, std::size_t index, unsigned bits) {
  std::uint64_t result = 0;
  std::size_t const bytes = bits / 8;
  for (std::size_t i = bytes; i-- > 0;) {
    result = result << 8 | value.bytes[index * bytes + i];
  }
  return result;
}

bool matches_lanes(V128 const& value, ScriptPattern const& pattern) {
  for (std::size_t i = 0; i < pattern.lanes.size(); ++i) {
    if (!matches(lane(value, i, pattern.lane_bits), pattern.lanes[i], pattern.lane_bits)) {
      return false;
    }
  }
  return !pattern.lanes.empty();
}

bool is_null(Val const& value) { return value.type().is_ref() && value == Val::default_of(value.type()); }

bool matches_extern(Val const& value, ScriptPattern const& pattern) {
  auto const ref = value.externref();
  if (!ref.has_value() || ref->is_null()) {
    return false;
  }
  auto const* const number = ref->get<std::uint64_t>();
  return !pattern.has_number || (number != nullptr && *number == pattern.bits);
}

bool matches_number(Val const& value, ValType type, NumberPattern const& pattern) {
  unsigned const width = type == ValType::i32() || type == ValType::f32() ? 32 : 64;
  return value.type() == type && matches(value.bits(), pattern, width);
}

bool matches(Val const& value, ScriptPattern const& pattern) {
  switch (pattern.kind) {
  case ScriptPattern::Kind::i32: return matches_number(value, ValType::i32(), pattern.number);
  case ScriptPattern::Kind::i64: return matches_number(value, ValType::i64(), pattern.number);
  case ScriptPattern::Kind::f32: return matches_number(value, ValType::f32(), pattern.number);
  case ScriptPattern::Kind::f64: return matches_number(value, ValType::f64(), pattern.number);
  case ScriptPattern::Kind::v128: {
    auto const vector = value.v128();
    return vector.has_value() && matches_lanes(*vector, pattern);
  }
  case ScriptPattern::Kind::ref_null:
    return is_null(value) && (pattern.type.is_bottom() || pattern.type == value.type());
  case ScriptPattern::Kind::ref_extern: return matches_extern(value, pattern);
  case ScriptPattern::Kind::ref_func: return value.funcref().has_value() && !value.funcref()->is_null();
  case ScriptPattern::Kind::ref_other: return false;
  case ScriptPattern::Kind::either:
    return std::ranges::any_of(pattern.alternatives, [&](auto const& each) { return matches(value, each); });
  }
  return false;
}

Val number_value(ValType type, std::uint64_t bits) {
  if (type == ValType::i32()) {
    return Val{static_cast<std::uint32_t>(bits)};
  }
  if (type == ValType::f32()) {
    return Val::f32_bits(static_cast<std::uint32_t>(bits));
  }
  return type == ValType::f64() ? Val::f64_bits(bits) : Val{bits};
}

std::string describe_number(ValType type, NumberPattern const& pattern) {
  switch (pattern.kind) {
  case NumberPattern::Kind::canonical_nan: return to_string(type) + ":nan:canonical";
  case NumberPattern::Kind::arithmetic_nan: return to_string(type) + ":nan:arithmetic";
  case NumberPattern::Kind::bits: break;
  }
  return to_string(number_value(type, pattern.bits));
}

std::string describe_lanes(ScriptPattern const& pattern) {
  std::string text = fmt::format("v128:{}{}x{}", pattern.is_float ? "f" : "i", pattern.lane_bits, pattern.lanes.size());
  for (auto const& each : pattern.lanes) {
    switch (each.kind) {
    case NumberPattern::Kind::canonical_nan: text += " nan:canonical"; break;
    case NumberPattern::Kind::arithmetic_nan: text += " nan:arithmetic"; break;
    case NumberPattern::Kind::bits: text += fmt::format(" {:#x}", each.bits); break;
    }
  }
  return text;
}

std::string describe(ScriptPattern const& pattern) {
  switch (pattern.kind) {
  case ScriptPattern::Kind::i32: return describe_number(ValType::i32(), pattern.number);
  case ScriptPattern::Kind::i64: return describe_number(ValType::i64(), pattern.number);
  case ScriptPattern::Kind::f32: return describe_number(ValType::f32(), pattern.number);
  case ScriptPattern::Kind::f64: return describe_number(ValType::f64(), pattern.number);
  case ScriptPattern::Kind::v128: return describe_lanes(pattern);
  case ScriptPattern::Kind::ref_null:
    return pattern.type.is_bottom() ? "a null reference" : to_string(pattern.type) + ":null";
  case ScriptPattern::Kind::ref_extern:
    return pattern.has_number ? fmt::format("externref:{}", pattern.bits) : "a non-null externref";
  case ScriptPattern::Kind::ref_func: return "a non-null funcref";
  case ScriptPattern::Kind::ref_other: return "a reference of a later proposal";
  case ScriptPattern::Kind::either: {
    std::string text = "either";
    for (auto const& each : pattern.alternatives) {
      text += " (" + describe(each) + ")";
    }
    return text;
  }
  }
  return {};
}

std::string describe(Val const& value) {
  auto const ref = value.externref();
  auto const* const number = ref.has_value() ? ref->get<std::uint64_t>() : nullptr;
  return number != nullptr ? fmt::format("externref:{}", *number) : to_string(value);
}

template <class T>
std::string describe_all(std::vector<T> const& all) {
  std::string text;
  for (auto const& each : all) {
    text += (text.empty() ? "" : " ") + describe(each);
  }
  return text.empty() ? "nothing" : text;
}

} // namespace

ExternRef HostReferences::get(std::uint64_t number) {
  auto& known = known_[number];
  if (known.is_null()) {
    known = ExternRef::make(number);
  }
  return known;
}

Result<Val> to_value(ScriptValue const& value, HostReferences& references) {
  switch (value.kind) {
  case ScriptValue::Kind::i32: return number_value(ValType::i32(), value.bits);
  case ScriptValue::Kind::i64: return number_value(ValType::i64(), value.bits);
  case ScriptValue::Kind::f32: return number_value(ValType::f32(), value.bits);
  case ScriptValue::Kind::f64: return number_value(ValType::f64(), value.bits);
  case ScriptValue::Kind::v128: return Val{V128{value.v128}};
  case ScriptValue::Kind::ref_null: return Val::default_of(value.type);
  case ScriptValue::Kind::ref_extern: return Val{references.get(value.bits)};
  case ScriptValue::Kind::ref_host: break;
  }
  return std::unexpected(Error{ErrorKind::unsupported, "ref.host belongs to a proposal that Weir does not have"});
}

bool matches(std::vector<Val> const& results, std::vector<ScriptPattern> const& patterns) {
  return std::ranges::equal(results, patterns,
                            [](Val const& value, ScriptPattern const& pattern) { return matches(value, pattern); });
}

std::string describe(std::vector<ScriptPattern> const& patterns) { return describe_all(patterns); }
std::string describe(std::vector<Val> const& values) { return describe_all(values); }

} // namespace weir::tools
