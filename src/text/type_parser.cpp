#include "text/type_parser.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "text/numbers.hpp"
#include "wasm/limits.hpp"

namespace weir::text {

bool TypeParser::is_of_later_proposal(std::string_view keyword) noexcept {
  // Whole keywords, then beginnings of keywords.
  constexpr std::array words = std::to_array<std::string_view>({"rec",
                                                                "sub",
                                                                "struct",
                                                                "array",
                                                                "field",
                                                                "exnref",
                                                                "exn",
                                                                "anyref",
                                                                "any",
                                                                "eqref",
                                                                "eq",
                                                                "i31ref",
                                                                "i31",
                                                                "structref",
                                                                "arrayref",
                                                                "nullref",
                                                                "none",
                                                                "nofunc",
                                                                "noextern",
                                                                "noexn",
                                                                "nullfuncref",
                                                                "nullexternref",
                                                                "nullexnref",
                                                                "try_table",
                                                                "throw",
                                                                "throw_ref",
                                                                "try",
                                                                "catch",
                                                                "catch_all",
                                                                "rethrow",
                                                                "delegate",
                                                                "return_call",
                                                                "return_call_indirect",
                                                                "br_on_cast",
                                                                "br_on_cast_fail",
                                                                "shared",
                                                                "pagesize",
                                                                "describes",
                                                                "descriptor",
                                                                "exact",
                                                                "v128.const",
                                                                "i64",
                                                                "catch_ref",
                                                                "catch_all_ref",
                                                                "cont",
                                                                "on"});
  constexpr std::array prefixes = std::to_array<std::string_view>(
      {"ref.",          "struct.",       "array.",        "i31.",          "any.",          "extern.",
       "memory.atomic", "atomic.",       "i32.atomic",    "i64.atomic",    "i64.add128",    "i64.sub128",
       "i64.mul_wide",  "i8x16.relaxed", "i16x8.relaxed", "i32x4.relaxed", "i64x2.relaxed", "f32x4.relaxed",
       "f64x2.relaxed", "br_on_cast",    "br_on_exn",     "cont.",         "stringref",     "string."});
  return std::ranges::find(words, keyword) != words.end() ||
         std::ranges::any_of(prefixes, [&](std::string_view prefix) { return keyword.starts_with(prefix); });
}

bool TypeParser::unknown_keyword(std::string_view expected) {
  std::size_t const ahead = in.kind() == TokenKind::left ? 1 : 0;
  if (in.kind(ahead) == TokenKind::keyword && is_of_later_proposal(in.peek(ahead).text)) {
    return in.fail_at(in.peek(ahead), ErrorKind::unsupported,
                      fmt::format("`{}` belongs to a proposal that Weir does not have", in.peek(ahead).text));
  }
  return in.unexpected(expected);
}

bool TypeParser::is_reference_type() const {
  return in.is_keyword("funcref") || in.is_keyword("externref") || in.is_form("ref");
}

bool TypeParser::reference_type(ValType& type) {
  if (in.take_keyword("funcref")) {
    type = ValType::funcref();
    return true;
  }
  if (in.take_keyword("externref")) {
    type = ValType::externref();
    return true;
  }
  auto const& start = in.peek();
  if (in.take_form("ref")) {
    bool const nullable = in.take_keyword("null");
    if (!heap_type(nullable, type)) {
      return false;
    }
    if (!nullable && !has(wasm::Feature::function_references)) {
      return switched_off(start, "references that are never null", wasm::Feature::function_references);
    }
    return in.close();
  }
  return unknown_keyword(in.is_keyword("anyfunc") ? "a reference type (`anyfunc` is called `funcref` now)"
                                                  : "a reference type");
}

bool TypeParser::value_type(ValType& type) {
  constexpr std::array names = std::to_array<std::pair<std::string_view, ValType>>({{"i32", ValType::i32()},
                                                                                    {"i64", ValType::i64()},
                                                                                    {"f32", ValType::f32()},
                                                                                    {"f64", ValType::f64()},
                                                                                    {"v128", ValType::v128()}});
  for (auto const& [name, each] : names) {
    if (in.is_keyword(name)) {
      if (each.is_vec() && !options.features.has(wasm::Feature::simd)) {
        return in.fail_at(in.peek(), ErrorKind::unsupported,
                          "the type v128 needs the feature simd, which is switched off");
      }
      in.skip();
      type = each;
      return true;
    }
  }
  if (is_reference_type()) {
    return reference_type(type);
  }
  return unknown_keyword("a value type");
}

bool TypeParser::switched_off(Token const& token, std::string_view what, wasm::Feature feature) {
  return in.fail_at(token, ErrorKind::unsupported,
                    fmt::format("{} need the feature {}, which is switched off", what, wasm::to_string(feature)));
}

bool TypeParser::heap_type(bool nullable, ValType& type) {
  if (in.is_keyword("func") || in.is_keyword("extern")) {
    type = ValType::abstract_ref((in.is_keyword("func") ? ValType::funcref() : ValType::externref()).heap() & 0xFF,
                                 nullable);
    in.skip();
    return true;
  }
  if (is_index()) {
    auto const& token = in.peek();
    std::uint32_t type_index = 0;
    if (!has(wasm::Feature::function_references)) {
      return switched_off(token, "references to types", wasm::Feature::function_references);
    }
    if (!index(module.type_ids, "type", type_index)) {
      return false;
    }
    // An index that has no room in a ValType is too large for any module, as is this one.
    type = ValType::concrete_ref(std::min(type_index, (1u << 22) - 1), nullable);
    return true;
  }
  return unknown_keyword("a heap type");
}

bool TypeParser::u32(std::uint32_t& value) {
  if (in.kind() != TokenKind::number) {
    return in.unexpected("a number");
  }
  std::uint64_t wide = 0;
  switch (parse_unsigned(in.peek().text, 0xFFFFFFFFu, wide)) {
  case NumberStatus::malformed: return in.unexpected("an unsigned number");
  case NumberStatus::out_of_range: return in.fail("i32 constant out of range: expected a number below 2^32");
  default: break;
  }
  value = static_cast<std::uint32_t>(wide);
  in.skip();
  return true;
}

bool TypeParser::index(IndexSpace const& space, std::string_view what, std::uint32_t& value) {
  if (in.kind() == TokenKind::id) {
    auto const name = id_name(in.peek().text);
    auto const found = space.ids.find(name);
    if (found == space.ids.end()) {
      return in.fail(fmt::format("unknown {} ${}", what, base::printable(name)));
    }
    value = found->second;
    in.skip();
    return true;
  }
  if (in.kind() != TokenKind::number) {
    return in.unexpected(fmt::format("a {} index", what));
  }
  return u32(value);
}

bool TypeParser::string(std::string& value) {
  if (in.kind() != TokenKind::string) {
    return in.unexpected("a string");
  }
  value = string_value(in.peek().text);
  in.skip();
  return true;
}

bool TypeParser::name(std::string& value) {
  auto const& token = in.peek();
  return string(value) &&
         (base::is_utf8(value) || in.fail_at(token, ErrorKind::malformed, "malformed UTF-8 encoding in a name"));
}

bool TypeParser::limits(Limits& limits) {
  auto const number = [&](std::uint64_t& value) {
    if (in.kind() != TokenKind::number) {
      return unknown_keyword("a size");
    }
    auto const status = parse_unsigned(in.peek().text, ~std::uint64_t{0}, value);
    if (status == NumberStatus::malformed) {
      return in.unexpected("an unsigned number");
    }
    if (status == NumberStatus::out_of_range) {
      return in.fail("i64 constant out of range: a size is below 2^64");
    }
    in.skip();
    return true;
  };
  limits.max.reset();
  if (!number(limits.min)) {
    return false;
  }
  if (in.kind() == TokenKind::number) {
    std::uint64_t max = 0;
    if (!number(max)) {
      return false;
    }
    limits.max = max;
  }
  return true;
}

bool TypeParser::table_type(TableType& type) {
  if (in.is_keyword("i64")) {
    return unknown_keyword("a table type");
  }
  in.take_keyword("i32");
  return limits(type.limits) && reference_type(type.element);
}

bool TypeParser::memory_type(MemoryType& type) {
  if (in.is_keyword("i64")) {
    return unknown_keyword("a memory type");
  }
  in.take_keyword("i32");
  if (!limits(type.limits)) {
    return false;
  }
  return (!in.is_keyword("shared") && !in.is_form("pagesize")) || unknown_keyword("`)`");
}

bool TypeParser::global_type(GlobalType& type) {
  if (in.take_form("mut")) {
    type.is_mutable = true;
    return value_type(type.content) && in.close();
  }
  type.is_mutable = false;
  return value_type(type.content);
}

bool TypeParser::signature(FuncType& type, std::vector<std::pair<std::uint32_t, std::string>>* names) {
  std::vector<ValType> params;
  std::vector<ValType> results;
  while (in.take_form("param")) {
    if (in.kind() == TokenKind::id) {
      if (names == nullptr) {
        return in.unexpected("a value type: parameters have no names here");
      }
      names->emplace_back(static_cast<std::uint32_t>(params.size()), id_name(in.peek().text));
      in.skip();
      if (!value_type(params.emplace_back())) {
        return false;
      }
    } else {
      while (in.kind() != TokenKind::right) {
        if (!value_type(params.emplace_back())) {
          return false;
        }
      }
    }
    if (!in.close()) {
      return false;
    }
  }
  while (in.take_form("result")) {
    while (in.kind() != TokenKind::right) {
      if (!value_type(results.emplace_back())) {
        return false;
      }
    }
    in.skip();
  }
  if (params.size() > wasm::limits::params || results.size() > wasm::limits::results) {
    return in.fail_at(in.peek(), ErrorKind::limit,
                      fmt::format("{} parameters and {} results, at most {} and {} are allowed", params.size(),
                                  results.size(), wasm::limits::params, wasm::limits::results));
  }
  type = FuncType{std::move(params), std::move(results)};
  return true;
}

bool TypeParser::type_use(std::uint32_t& index_out, FuncType& type,
                          std::vector<std::pair<std::uint32_t, std::string>>* names) {
  auto const& start = in.peek();
  bool const has_type = in.take_form("type");
  if (has_type && (!index(module.type_ids, "type", index_out) || !in.close())) {
    return false;
  }
  bool const is_inline = in.is_form("param") || in.is_form("result");
  FuncType written;
  if (!signature(written, names)) {
    return false;
  }
  if (!has_type) {
    index_out = module.find_type(written);
    type = std::move(written);
    return true;
  }
  if (index_out >= module.type_ids.count) {
    // An index out of range is for validation to find, but nothing is known of its parameters here.
    type = is_inline ? std::move(written) : FuncType{};
    return !is_inline || in.fail_at(start, ErrorKind::malformed, fmt::format("unknown type {}", index_out));
  }
  type = module.types[index_out];
  if (is_inline && !(type == written)) {
    return in.fail_at(start, ErrorKind::malformed,
                      fmt::format("inline function type {} differs from type {}, {}", to_string(written), index_out,
                                  to_string(type)));
  }
  return true;
}

// Behind `(type $id?`.
bool TypeParser::type_definition() {
  if (!in.take_form("func")) {
    return unknown_keyword("`(func`");
  }
  FuncType type;
  std::vector<std::pair<std::uint32_t, std::string>> names;
  if (!signature(type, &names) || !in.close()) {
    return false;
  }
  module.add_type(std::move(type));
  return in.close();
}

} // namespace weir::text
