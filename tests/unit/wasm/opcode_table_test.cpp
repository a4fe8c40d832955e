// The opcode table typed a second time, by the tables of the specification's binary chapter: runs of consecutive codes.
// https://webassembly.github.io/spec/core/binary/instructions.html
#include <cctype>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "wasm/opcode.hpp"

namespace weir::wasm {
namespace {

using I = Immediates;
using F = Feature;

// Instructions whose codes follow one another and that have everything but the name in common. `width` is in bytes, of
// the memory access; 0: none. Names are written behind `stem`.
struct Row {
  std::uint8_t prefix;
  std::uint32_t first;
  I immediates;
  std::string signature;
  unsigned width;
  F feature;
  std::string stem;
  std::vector<std::string> names;
};

std::vector<Row> control_and_variables() {
  return {
      {0, 0x00, I::none, "*", 0, F::mvp, "", {"unreachable", "nop"}},
      {0, 0x02, I::block_type, "*", 0, F::mvp, "", {"block", "loop", "if"}},
      {0, 0x05, I::none, "*", 0, F::mvp, "", {"else"}},
      {0, 0x0B, I::none, "*", 0, F::mvp, "", {"end"}},
      {0, 0x0C, I::label, "*", 0, F::mvp, "", {"br", "br_if"}},
      {0, 0x0E, I::br_table, "*", 0, F::mvp, "", {"br_table"}},
      {0, 0x0F, I::none, "*", 0, F::mvp, "", {"return"}},
      {0, 0x10, I::func, "*", 0, F::mvp, "", {"call"}},
      {0, 0x11, I::call_indirect, "*", 0, F::mvp, "", {"call_indirect"}},
      {0, 0x14, I::type, "*", 0, F::function_references, "", {"call_ref", "return_call_ref"}},
      {0, 0x1A, I::none, "*", 0, F::mvp, "", {"drop", "select"}},
      {0, 0x1C, I::select_types, "*", 0, F::reference_types, "", {"select"}},
      {0, 0x20, I::local, "*", 0, F::mvp, "local.", {"get", "set", "tee"}},
      {0, 0x23, I::global, "*", 0, F::mvp, "global.", {"get", "set"}},
      {0, 0x25, I::table, "*", 0, F::reference_types, "table.", {"get", "set"}},
      {0, 0xD0, I::heap_type, "*", 0, F::reference_types, "ref.", {"null"}},
      {0, 0xD1, I::none, "*", 0, F::reference_types, "ref.", {"is_null"}},
      {0, 0xD2, I::func, "*", 0, F::reference_types, "ref.", {"func"}},
      {0, 0xD4, I::none, "*", 0, F::function_references, "ref.", {"as_non_null"}},
      {0, 0xD5, I::label, "*", 0, F::function_references, "", {"br_on_null", "br_on_non_null"}},
      {0xFC, 8, I::data_memory, "*", 0, F::bulk_memory, "memory.", {"init"}},
      {0xFC, 9, I::data, "*", 0, F::bulk_memory, "data.", {"drop"}},
      {0xFC, 10, I::memory_memory, "*", 0, F::bulk_memory, "memory.", {"copy"}},
      {0xFC, 11, I::memory, "*", 0, F::bulk_memory, "memory.", {"fill"}},
      {0xFC, 12, I::elem_table, "*", 0, F::bulk_memory, "table.", {"init"}},
      {0xFC, 13, I::elem, "*", 0, F::bulk_memory, "elem.", {"drop"}},
      {0xFC, 14, I::table_table, "*", 0, F::bulk_memory, "table.", {"copy"}},
      {0xFC, 15, I::table, "*", 0, F::reference_types, "table.", {"grow", "size", "fill"}},
  };
}

std::vector<Row> memory() {
  return {
      {0, 0x28, I::memarg, "a:i", 4, F::mvp, "i32.", {"load"}},
      {0, 0x29, I::memarg, "a:I", 8, F::mvp, "i64.", {"load"}},
      {0, 0x2A, I::memarg, "a:f", 4, F::mvp, "f32.", {"load"}},
      {0, 0x2B, I::memarg, "a:F", 8, F::mvp, "f64.", {"load"}},
      {0, 0x2C, I::memarg, "a:i", 1, F::mvp, "i32.", {"load8_s", "load8_u"}},
      {0, 0x2E, I::memarg, "a:i", 2, F::mvp, "i32.", {"load16_s", "load16_u"}},
      {0, 0x30, I::memarg, "a:I", 1, F::mvp, "i64.", {"load8_s", "load8_u"}},
      {0, 0x32, I::memarg, "a:I", 2, F::mvp, "i64.", {"load16_s", "load16_u"}},
      {0, 0x34, I::memarg, "a:I", 4, F::mvp, "i64.", {"load32_s", "load32_u"}},
      {0, 0x36, I::memarg, "ai:", 4, F::mvp, "i32.", {"store"}},
      {0, 0x37, I::memarg, "aI:", 8, F::mvp, "i64.", {"store"}},
      {0, 0x38, I::memarg, "af:", 4, F::mvp, "f32.", {"store"}},
      {0, 0x39, I::memarg, "aF:", 8, F::mvp, "f64.", {"store"}},
      {0, 0x3A, I::memarg, "ai:", 1, F::mvp, "i32.", {"store8"}},
      {0, 0x3B, I::memarg, "ai:", 2, F::mvp, "i32.", {"store16"}},
      {0, 0x3C, I::memarg, "aI:", 1, F::mvp, "i64.", {"store8"}},
      {0, 0x3D, I::memarg, "aI:", 2, F::mvp, "i64.", {"store16"}},
      {0, 0x3E, I::memarg, "aI:", 4, F::mvp, "i64.", {"store32"}},
      {0, 0x3F, I::memory, ":a", 0, F::mvp, "memory.", {"size"}},
      {0, 0x40, I::memory, "a:a", 0, F::mvp, "memory.", {"grow"}},
  };
}

std::vector<Row> numeric() {
  std::vector<std::string> const integer_relations{"eq",   "ne",   "lt_s", "lt_u", "gt_s",
                                                   "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
  std::vector<std::string> const relations{"eq", "ne", "lt", "gt", "le", "ge"};
  std::vector<std::string> const counts{"clz", "ctz", "popcnt"};
  std::vector<std::string> const integer_binary{"add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and",
                                                "or",  "xor", "shl", "shr_s", "shr_u", "rotl",  "rotr"};
  std::vector<std::string> const float_unary{"abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"};
  std::vector<std::string> const float_binary{"add", "sub", "mul", "div", "min", "max", "copysign"};
  auto const n = I::none;
  return {
      {0, 0x41, I::i32, ":i", 0, F::mvp, "i32.", {"const"}},
      {0, 0x42, I::i64, ":I", 0, F::mvp, "i64.", {"const"}},
      {0, 0x43, I::f32, ":f", 0, F::mvp, "f32.", {"const"}},
      {0, 0x44, I::f64, ":F", 0, F::mvp, "f64.", {"const"}},
      {0, 0x45, n, "i:i", 0, F::mvp, "i32.", {"eqz"}},
      {0, 0x46, n, "ii:i", 0, F::mvp, "i32.", integer_relations},
      {0, 0x50, n, "I:i", 0, F::mvp, "i64.", {"eqz"}},
      {0, 0x51, n, "II:i", 0, F::mvp, "i64.", integer_relations},
      {0, 0x5B, n, "ff:i", 0, F::mvp, "f32.", relations},
      {0, 0x61, n, "FF:i", 0, F::mvp, "f64.", relations},
      {0, 0x67, n, "i:i", 0, F::mvp, "i32.", counts},
      {0, 0x6A, n, "ii:i", 0, F::mvp, "i32.", integer_binary},
      {0, 0x79, n, "I:I", 0, F::mvp, "i64.", counts},
      {0, 0x7C, n, "II:I", 0, F::mvp, "i64.", integer_binary},
      {0, 0x8B, n, "f:f", 0, F::mvp, "f32.", float_unary},
      {0, 0x92, n, "ff:f", 0, F::mvp, "f32.", float_binary},
      {0, 0x99, n, "F:F", 0, F::mvp, "f64.", float_unary},
      {0, 0xA0, n, "FF:F", 0, F::mvp, "f64.", float_binary},
      {0, 0xA7, n, "I:i", 0, F::mvp, "i32.", {"wrap_i64"}},
      {0, 0xA8, n, "f:i", 0, F::mvp, "i32.trunc_f32_", {"s", "u"}},
      {0, 0xAA, n, "F:i", 0, F::mvp, "i32.trunc_f64_", {"s", "u"}},
      {0, 0xAC, n, "i:I", 0, F::mvp, "i64.extend_i32_", {"s", "u"}},
      {0, 0xAE, n, "f:I", 0, F::mvp, "i64.trunc_f32_", {"s", "u"}},
      {0, 0xB0, n, "F:I", 0, F::mvp, "i64.trunc_f64_", {"s", "u"}},
      {0, 0xB2, n, "i:f", 0, F::mvp, "f32.convert_i32_", {"s", "u"}},
      {0, 0xB4, n, "I:f", 0, F::mvp, "f32.convert_i64_", {"s", "u"}},
      {0, 0xB6, n, "F:f", 0, F::mvp, "f32.", {"demote_f64"}},
      {0, 0xB7, n, "i:F", 0, F::mvp, "f64.convert_i32_", {"s", "u"}},
      {0, 0xB9, n, "I:F", 0, F::mvp, "f64.convert_i64_", {"s", "u"}},
      {0, 0xBB, n, "f:F", 0, F::mvp, "f64.", {"promote_f32"}},
      {0, 0xBC, n, "f:i", 0, F::mvp, "i32.", {"reinterpret_f32"}},
      {0, 0xBD, n, "F:I", 0, F::mvp, "i64.", {"reinterpret_f64"}},
      {0, 0xBE, n, "i:f", 0, F::mvp, "f32.", {"reinterpret_i32"}},
      {0, 0xBF, n, "I:F", 0, F::mvp, "f64.", {"reinterpret_i64"}},
      {0, 0xC0, n, "i:i", 0, F::sign_extension, "i32.", {"extend8_s", "extend16_s"}},
      {0, 0xC2, n, "I:I", 0, F::sign_extension, "i64.", {"extend8_s", "extend16_s", "extend32_s"}},
      {0xFC, 0, n, "f:i", 0, F::saturating_float_to_int, "i32.trunc_sat_f32_", {"s", "u"}},
      {0xFC, 2, n, "F:i", 0, F::saturating_float_to_int, "i32.trunc_sat_f64_", {"s", "u"}},
      {0xFC, 4, n, "f:I", 0, F::saturating_float_to_int, "i64.trunc_sat_f32_", {"s", "u"}},
      {0xFC, 6, n, "F:I", 0, F::saturating_float_to_int, "i64.trunc_sat_f64_", {"s", "u"}},
  };
}

Row vector_row(std::uint32_t first, std::string signature, std::string stem, std::vector<std::string> names,
               I immediates = I::none, unsigned width = 0) {
  return {0xFD, first, immediates, std::move(signature), width, F::simd, std::move(stem), std::move(names)};
}

std::vector<Row> vector_memory_and_lanes() {
  return {
      vector_row(0, "a:v", "v128.", {"load"}, I::memarg, 16),
      vector_row(1, "a:v", "v128.", {"load8x8_s", "load8x8_u", "load16x4_s", "load16x4_u", "load32x2_s", "load32x2_u"},
                 I::memarg, 8),
      vector_row(7, "a:v", "v128.", {"load8_splat"}, I::memarg, 1),
      vector_row(8, "a:v", "v128.", {"load16_splat"}, I::memarg, 2),
      vector_row(9, "a:v", "v128.", {"load32_splat"}, I::memarg, 4),
      vector_row(10, "a:v", "v128.", {"load64_splat"}, I::memarg, 8),
      vector_row(11, "av:", "v128.", {"store"}, I::memarg, 16),
      vector_row(12, ":v", "v128.", {"const"}, I::v128),
      vector_row(13, "vv:v", "i8x16.", {"shuffle"}, I::shuffle),
      vector_row(14, "vv:v", "i8x16.", {"swizzle"}),
      vector_row(15, "i:v", "", {"i8x16.splat", "i16x8.splat", "i32x4.splat"}),
      vector_row(18, "I:v", "i64x2.", {"splat"}),
      vector_row(19, "f:v", "f32x4.", {"splat"}),
      vector_row(20, "F:v", "f64x2.", {"splat"}),
      vector_row(21, "v:i", "i8x16.extract_lane_", {"s", "u"}, I::lane),
      vector_row(23, "vi:v", "i8x16.", {"replace_lane"}, I::lane),
      vector_row(24, "v:i", "i16x8.extract_lane_", {"s", "u"}, I::lane),
      vector_row(26, "vi:v", "i16x8.", {"replace_lane"}, I::lane),
      vector_row(27, "v:i", "i32x4.", {"extract_lane"}, I::lane),
      vector_row(28, "vi:v", "i32x4.", {"replace_lane"}, I::lane),
      vector_row(29, "v:I", "i64x2.", {"extract_lane"}, I::lane),
      vector_row(30, "vI:v", "i64x2.", {"replace_lane"}, I::lane),
      vector_row(31, "v:f", "f32x4.", {"extract_lane"}, I::lane),
      vector_row(32, "vf:v", "f32x4.", {"replace_lane"}, I::lane),
      vector_row(33, "v:F", "f64x2.", {"extract_lane"}, I::lane),
      vector_row(34, "vF:v", "f64x2.", {"replace_lane"}, I::lane),
      vector_row(84, "av:v", "v128.", {"load8_lane"}, I::memarg_lane, 1),
      vector_row(85, "av:v", "v128.", {"load16_lane"}, I::memarg_lane, 2),
      vector_row(86, "av:v", "v128.", {"load32_lane"}, I::memarg_lane, 4),
      vector_row(87, "av:v", "v128.", {"load64_lane"}, I::memarg_lane, 8),
      vector_row(88, "av:", "v128.", {"store8_lane"}, I::memarg_lane, 1),
      vector_row(89, "av:", "v128.", {"store16_lane"}, I::memarg_lane, 2),
      vector_row(90, "av:", "v128.", {"store32_lane"}, I::memarg_lane, 4),
      vector_row(91, "av:", "v128.", {"store64_lane"}, I::memarg_lane, 8),
      vector_row(92, "a:v", "v128.", {"load32_zero"}, I::memarg, 4),
      vector_row(93, "a:v", "v128.", {"load64_zero"}, I::memarg, 8),
  };
}

std::vector<Row> vector_arithmetic() {
  std::vector<std::string> const integer_relations{"eq",   "ne",   "lt_s", "lt_u", "gt_s",
                                                   "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
  std::vector<std::string> const relations{"eq", "ne", "lt", "gt", "le", "ge"};
  std::vector<std::string> const shifts{"shl", "shr_s", "shr_u"};
  std::vector<std::string> const extremes{"min_s", "min_u", "max_s", "max_u"};
  std::vector<std::string> const saturating{"add", "add_sat_s", "add_sat_u", "sub", "sub_sat_s", "sub_sat_u"};
  std::vector<std::string> const float_binary{"add", "sub", "mul", "div", "min", "max", "pmin", "pmax"};
  auto const halves = [](std::string const& what, std::string const& of) {
    return std::vector<std::string>{what + "_low_" + of + "_s", what + "_high_" + of + "_s", what + "_low_" + of + "_u",
                                    what + "_high_" + of + "_u"};
  };
  return {
      vector_row(35, "vv:v", "i8x16.", integer_relations),
      vector_row(45, "vv:v", "i16x8.", integer_relations),
      vector_row(55, "vv:v", "i32x4.", integer_relations),
      vector_row(65, "vv:v", "f32x4.", relations),
      vector_row(71, "vv:v", "f64x2.", relations),
      vector_row(77, "v:v", "v128.", {"not"}),
      vector_row(78, "vv:v", "v128.", {"and", "andnot", "or", "xor"}),
      vector_row(82, "vvv:v", "v128.", {"bitselect"}),
      vector_row(83, "v:i", "v128.", {"any_true"}),
      vector_row(94, "v:v", "", {"f32x4.demote_f64x2_zero", "f64x2.promote_low_f32x4"}),

      vector_row(96, "v:v", "i8x16.", {"abs", "neg", "popcnt"}),
      vector_row(99, "v:i", "i8x16.", {"all_true", "bitmask"}),
      vector_row(101, "vv:v", "i8x16.narrow_i16x8_", {"s", "u"}),
      vector_row(103, "v:v", "f32x4.", {"ceil", "floor", "trunc", "nearest"}),
      vector_row(107, "vi:v", "i8x16.", shifts),
      vector_row(110, "vv:v", "i8x16.", saturating),
      vector_row(116, "v:v", "f64x2.", {"ceil", "floor"}),
      vector_row(118, "vv:v", "i8x16.", extremes),
      vector_row(122, "v:v", "f64x2.", {"trunc"}),
      vector_row(123, "vv:v", "i8x16.", {"avgr_u"}),
      vector_row(124, "v:v", "i16x8.extadd_pairwise_i8x16_", {"s", "u"}),
      vector_row(126, "v:v", "i32x4.extadd_pairwise_i16x8_", {"s", "u"}),

      vector_row(128, "v:v", "i16x8.", {"abs", "neg"}),
      vector_row(130, "vv:v", "i16x8.", {"q15mulr_sat_s"}),
      vector_row(131, "v:i", "i16x8.", {"all_true", "bitmask"}),
      vector_row(133, "vv:v", "i16x8.narrow_i32x4_", {"s", "u"}),
      vector_row(135, "v:v", "i16x8.", halves("extend", "i8x16")),
      vector_row(139, "vi:v", "i16x8.", shifts),
      vector_row(142, "vv:v", "i16x8.", saturating),
      vector_row(148, "v:v", "f64x2.", {"nearest"}),
      vector_row(149, "vv:v", "i16x8.", {"mul"}),
      vector_row(150, "vv:v", "i16x8.", extremes),
      vector_row(155, "vv:v", "i16x8.", {"avgr_u"}),
      vector_row(156, "vv:v", "i16x8.", halves("extmul", "i8x16")),

      vector_row(160, "v:v", "i32x4.", {"abs", "neg"}),
      vector_row(163, "v:i", "i32x4.", {"all_true", "bitmask"}),
      vector_row(167, "v:v", "i32x4.", halves("extend", "i16x8")),
      vector_row(171, "vi:v", "i32x4.", shifts),
      vector_row(174, "vv:v", "i32x4.", {"add"}),
      vector_row(177, "vv:v", "i32x4.", {"sub"}),
      vector_row(181, "vv:v", "i32x4.", {"mul"}),
      vector_row(182, "vv:v", "i32x4.", extremes),
      vector_row(186, "vv:v", "i32x4.", {"dot_i16x8_s"}),
      vector_row(188, "vv:v", "i32x4.", halves("extmul", "i16x8")),

      vector_row(192, "v:v", "i64x2.", {"abs", "neg"}),
      vector_row(195, "v:i", "i64x2.", {"all_true", "bitmask"}),
      vector_row(199, "v:v", "i64x2.", halves("extend", "i32x4")),
      vector_row(203, "vi:v", "i64x2.", shifts),
      vector_row(206, "vv:v", "i64x2.", {"add"}),
      vector_row(209, "vv:v", "i64x2.", {"sub"}),
      vector_row(213, "vv:v", "i64x2.", {"mul", "eq", "ne", "lt_s", "gt_s", "le_s", "ge_s"}),
      vector_row(220, "vv:v", "i64x2.", halves("extmul", "i32x4")),

      vector_row(224, "v:v", "f32x4.", {"abs", "neg"}),
      vector_row(227, "v:v", "f32x4.", {"sqrt"}),
      vector_row(228, "vv:v", "f32x4.", float_binary),
      vector_row(236, "v:v", "f64x2.", {"abs", "neg"}),
      vector_row(239, "v:v", "f64x2.", {"sqrt"}),
      vector_row(240, "vv:v", "f64x2.", float_binary),
      vector_row(248, "v:v", "i32x4.trunc_sat_f32x4_", {"s", "u"}),
      vector_row(250, "v:v", "f32x4.convert_i32x4_", {"s", "u"}),
      vector_row(252, "v:v", "i32x4.trunc_sat_f64x2_", {"s_zero", "u_zero"}),
      vector_row(254, "v:v", "f64x2.convert_low_i32x4_", {"s", "u"}),
  };
}

std::vector<Row> all_rows() {
  std::vector<Row> all;
  for (auto const& part :
       {control_and_variables(), memory(), numeric(), vector_memory_and_lanes(), vector_arithmetic()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

int log2_of(unsigned width) {
  int log = -1;
  for (; width != 0; width >>= 1) ++log;
  return log;
}

TEST(OpcodeTable, SaysWhatTheSpecificationSays) {
  std::set<std::pair<unsigned, unsigned>> seen;
  for (Row const& entry : all_rows()) {
    for (std::size_t i = 0; i < entry.names.size(); ++i) {
      std::uint32_t const code = entry.first + static_cast<std::uint32_t>(i);
      std::string const text = entry.stem + entry.names[i];
      EXPECT_TRUE(seen.emplace(entry.prefix, code).second) << text << " has the code of another row here";
      auto const opcode = find_opcode(entry.prefix, code);
      ASSERT_TRUE(opcode) << text << " is missing";
      OpcodeInfo const& row = info(*opcode);
      EXPECT_EQ(row.text, text);
      EXPECT_EQ(row.prefix, entry.prefix) << text;
      EXPECT_EQ(row.code, code) << text;
      EXPECT_EQ(row.immediates, entry.immediates) << text;
      EXPECT_EQ(row.signature, entry.signature) << text;
      EXPECT_EQ(row.access, log2_of(entry.width)) << text;
      EXPECT_EQ(row.feature, entry.feature) << text;
    }
  }
  EXPECT_EQ(opcode_count, seen.size()) << "the table has opcodes that this test does not know";
}

TEST(OpcodeTable, FindsNothingElse) {
  std::set<std::pair<unsigned, unsigned>> known;
  for (OpcodeInfo const& row : opcode_infos) known.emplace(row.prefix, row.code);
  EXPECT_EQ(known.size(), opcode_count) << "two rows have the same code";
  for (unsigned prefix = 0; prefix < 256; ++prefix) {
    for (std::uint32_t code = 0; code < 600; ++code) {
      bool const found = find_opcode(static_cast<std::uint8_t>(prefix), code).has_value();
      EXPECT_EQ(found, known.contains({prefix, code})) << std::hex << prefix << " " << code;
    }
    EXPECT_FALSE(find_opcode(static_cast<std::uint8_t>(prefix), 0xFFFFFFFF));
  }
}

// An enumerator is its text with '_' for '.', with one more behind where it would be a keyword of C++.
TEST(OpcodeTable, EnumeratorsAreNamedAsTheInstructions) {
  std::vector<std::string> const enumerators{
#define WEIR_OPCODE(name, ...) #name,
#include "wasm/opcodes.def"
#undef WEIR_OPCODE
  };
  std::map<std::string, std::string> const special{
      {"if_", "if"}, {"else_", "else"}, {"return_", "return"}, {"select_t", "select"}};
  ASSERT_EQ(enumerators.size(), opcode_count);
  for (std::size_t i = 0; i < opcode_count; ++i) {
    std::string expected{opcode_infos[i].text};
    for (char& letter : expected) letter = letter == '.' ? '_' : letter;
    auto const exception = special.find(enumerators[i]);
    EXPECT_EQ(exception == special.end() ? enumerators[i] : exception->second, expected);
  }
}

TEST(OpcodeTable, IsInTheOrderOfTheBinaryFormat) {
  for (std::size_t i = 1; i < opcode_count; ++i) {
    auto const key = [](OpcodeInfo const& row) { return std::pair{row.prefix, row.code}; };
    EXPECT_LT(key(opcode_infos[i - 1]), key(opcode_infos[i])) << opcode_infos[i].text;
  }
}

// Enumerators beside each other in C++ code mean what they say.
static_assert(info(Opcode::i32_add).code == 0x6A && info(Opcode::f64_reinterpret_i64).code == 0xBF);
static_assert(find_opcode(0xFC, 10) == Opcode::memory_copy && find_opcode(0, 0x1C) == Opcode::select_t);

} // namespace
} // namespace weir::wasm
