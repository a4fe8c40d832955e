// Vector instructions: signatures, lane indices, alignments.
#include "fixture.hpp"

namespace weir::test {
namespace {

using wasm::Immediates;
using wasm::Opcode;

// A body of the module: the operands' types are those of the locals 0 (i32), 1 (i64), 2 (f32), 3 (f64), 4 (v128).
Bytes vector_module(Bytes const& instructions) {
  return module_of(
      {section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0}), section(memory_section, {1, 0, 1}),
       section(code_section,
               cat({{1}, sized(cat({{5, 1, 0x7F, 1, 0x7E, 1, 0x7D, 1, 0x7C, 1, 0x7B}, instructions, {0x0B}}))}))});
}

std::uint8_t local_of(char letter) {
  switch (letter) {
  case 'I': return 1;
  case 'f': return 2;
  case 'F': return 3;
  case 'v': return 4;
  default: return 0;
  }
}

// The instruction with operands of the types in `letters`; the result, if there is one, is put back into a local.
Bytes applied(Opcode opcode, std::string_view letters, Bytes const& immediates) {
  Bytes out;
  for (char const letter : letters) {
    write_bytes(out, {0x20, local_of(letter)});
  }
  write_opcode(out, opcode);
  write_bytes(out, immediates);
  auto const signature = wasm::info(opcode).signature;
  if (auto const colon = signature.find(':'); colon + 1 < signature.size()) {
    write_bytes(out, {0x21, local_of(signature[colon + 1])});
  }
  return vector_module(out);
}

Bytes immediates_of(Opcode opcode) {
  switch (wasm::info(opcode).immediates) {
  case Immediates::memarg: return {0, 0};
  case Immediates::memarg_lane: return {0, 0, 0};
  case Immediates::lane: return {0};
  case Immediates::v128:
  case Immediates::shuffle: return Bytes(16, 0);
  default: return {};
  }
}

std::vector<Opcode> vector_opcodes() {
  std::vector<Opcode> opcodes;
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    if (wasm::opcode_infos[i].feature == wasm::Feature::simd) {
      opcodes.push_back(static_cast<Opcode>(i));
    }
  }
  return opcodes;
}

TEST(Vectors, AreAllThere) { EXPECT_EQ(vector_opcodes().size(), 236u); }

TEST(Vectors, TakeAndGiveWhatTheTableSays) {
  for (auto const opcode : vector_opcodes()) {
    auto const& info = wasm::info(opcode);
    SCOPED_TRACE(info.text);
    std::string const operands{info.signature.substr(0, info.signature.find(':'))};
    expect_valid(applied(opcode, operands, immediates_of(opcode)));
    for (std::size_t i = 0; i < operands.size(); ++i) {
      std::string other = operands;
      other[i] = operands[i] == 'v' ? 'I' : 'v';
      expect_invalid(applied(opcode, other, immediates_of(opcode)), "type mismatch");
    }
    if (!operands.empty()) {
      expect_invalid(applied(opcode, operands.substr(1), immediates_of(opcode)), "found nothing");
    }
  }
}

// The number of lanes of each instruction that names one, from the specification's shapes.
unsigned lanes_of(std::string_view text) {
  for (auto const& [prefix, lanes] : {std::pair{"i8x16", 16u},
                                      {"i16x8", 8u},
                                      {"i32x4", 4u},
                                      {"i64x2", 2u},
                                      {"f32x4", 4u},
                                      {"f64x2", 2u},
                                      {"v128.load8_lane", 16u},
                                      {"v128.load16_lane", 8u},
                                      {"v128.load32_lane", 4u},
                                      {"v128.load64_lane", 2u},
                                      {"v128.store8_lane", 16u},
                                      {"v128.store16_lane", 8u},
                                      {"v128.store32_lane", 4u},
                                      {"v128.store64_lane", 2u}}) {
    if (text.starts_with(prefix)) {
      return lanes;
    }
  }
  return 0;
}

TEST(Vectors, LaneIndicesAreInTheirShape) {
  unsigned seen = 0;
  for (auto const opcode : vector_opcodes()) {
    auto const& info = wasm::info(opcode);
    bool const has_memarg = info.immediates == Immediates::memarg_lane;
    if (!has_memarg && info.immediates != Immediates::lane) {
      continue;
    }
    ++seen;
    SCOPED_TRACE(info.text);
    std::string const operands{info.signature.substr(0, info.signature.find(':'))};
    unsigned const lanes = lanes_of(info.text);
    ASSERT_NE(lanes, 0u);
    for (unsigned lane = 0; lane < 256; ++lane) {
      Bytes immediates = has_memarg ? Bytes{0, 0} : Bytes{};
      immediates.push_back(static_cast<std::uint8_t>(lane));
      auto const valid = check(applied(opcode, operands, immediates));
      ASSERT_EQ(valid.has_value(), lane < lanes) << lane;
      if (lane >= lanes) {
        expect_failure(valid, ErrorKind::invalid, fmt::format("invalid lane index {}", lane));
      }
    }
  }
  EXPECT_EQ(seen, 22u); // 14 extract and replace, 8 load and store
}

TEST(Vectors, ShufflesChooseAmong32) {
  for (std::size_t position = 0; position < 16; ++position) {
    for (unsigned const lane : {0u, 15u, 16u, 31u, 32u, 128u, 255u}) {
      Bytes lanes(16, 1);
      lanes[position] = static_cast<std::uint8_t>(lane);
      auto const valid = check(applied(Opcode::i8x16_shuffle, "vv", lanes));
      ASSERT_EQ(valid.has_value(), lane < 32) << lane;
      if (lane >= 32) {
        expect_failure(valid, ErrorKind::invalid,
                       fmt::format("invalid lane index {}: i8x16.shuffle chooses among 32", lane));
      }
    }
  }
}

TEST(Vectors, LaneAccessesAreAlignedAtMostNaturally) {
  for (auto const opcode : vector_opcodes()) {
    auto const& info = wasm::info(opcode);
    if (info.immediates != Immediates::memarg_lane) {
      continue;
    }
    SCOPED_TRACE(info.text);
    for (std::uint8_t align = 0; align < 8; ++align) {
      auto const valid = check(applied(opcode, "av", {align, 0, 0}));
      ASSERT_EQ(valid.has_value(), align <= info.access);
      if (align > info.access) {
        expect_failure(valid, ErrorKind::invalid, "alignment must not be larger than natural");
      }
    }
  }
}

TEST(Vectors, NeedAMemoryWhereTheyAccessOne) {
  for (auto const opcode : vector_opcodes()) {
    auto const& info = wasm::info(opcode);
    if (info.access < 0) {
      continue;
    }
    SCOPED_TRACE(info.text);
    Bytes instruction;
    write_opcode(instruction, opcode);
    expect_invalid(module_of_body(cat({{0, 0x00}, instruction, immediates_of(opcode), {0x00, 0x0B}})),
                   "unknown memory 0");
  }
}

TEST(Vectors, AreValuesLikeOthers) {
  expect_valid(
      "(module (func (param v128) (result v128) (local v128) (local.set 1 (local.get 0)) (select (local.get 0) "
      "(local.get 1) (i32.const 0))))");
  expect_valid("(module (global (mut v128) (v128.const i32x4 1 2 3 4)) (func (global.set 0 (global.get 0))))");
  expect_valid(
      "(module (func (param v128) (result v128) (select (result v128) (local.get 0) (local.get 0) (i32.const "
      "0))))");
  expect_valid(
      "(module (func (result v128 v128) (block (result v128 v128) (v128.const i64x2 0 0) (v128.const i64x2 0 "
      "0))))");
  expect_invalid("(module (func (param v128 i64) (drop (select (local.get 0) (local.get 1) (i32.const 0)))))",
                 "found v128 and i64");
}

} // namespace
} // namespace weir::test
