// Reading instructions: every opcode of the table, cut off at every byte, and what has no meaning.
#include "decode/instruction.hpp"

#include <algorithm>

#include "decode/function_reader.hpp"
#include "support/raw_module.hpp"
#include "support/seed.hpp"

namespace weir::test {
namespace {

using decode::Instruction;
using decode::InstructionReader;
using wasm::Immediates;
using wasm::Opcode;

// Immediates that are well-formed, written from the specification's grammar, by their kind.
Bytes some_immediates(Immediates immediates) {
  switch (immediates) {
  case Immediates::none: return {};
  case Immediates::block_type: return {0x7E};
  case Immediates::label:
  case Immediates::func:
  case Immediates::type:
  case Immediates::local:
  case Immediates::global:
  case Immediates::table:
  case Immediates::data:
  case Immediates::elem: return {0x83, 0x01};
  case Immediates::br_table: return {2, 5, 0x86, 0x00, 7};
  case Immediates::call_indirect: return {0x84, 0x02, 3};
  case Immediates::select_types: return {1, 0x7F};
  case Immediates::memarg: return {0, 0x80, 0x01};
  case Immediates::memarg_lane: return {0, 0x80, 0x01, 9};
  case Immediates::lane: return {9};
  case Immediates::memory: return {0};
  case Immediates::memory_memory: return {0, 0};
  case Immediates::data_memory: return {0x85, 0x01, 0};
  case Immediates::elem_table:
  case Immediates::table_table: return {0x85, 0x01, 6};
  case Immediates::heap_type: return {0x6F};
  case Immediates::i32: return {0x80, 0x7F};
  case Immediates::i64: return {0x80, 0x80, 0x7F};
  case Immediates::f32: return {1, 2, 3, 4};
  case Immediates::f64: return {1, 2, 3, 4, 5, 6, 7, 8};
  case Immediates::v128:
  case Immediates::shuffle: return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  }
  return {};
}

Bytes encode(Opcode opcode) {
  Bytes out;
  write_opcode(out, opcode);
  write_bytes(out, some_immediates(wasm::info(opcode).immediates));
  return out;
}

constexpr std::uint32_t base_offset = 1000;

InstructionReader reader_of(Bytes const& bytes, wasm::Features features = all_features()) {
  return InstructionReader{bytes, base_offset, features};
}

// The error of reading one instruction.
Error error_of(Bytes const& bytes, wasm::Features features = all_features()) {
  auto reader = reader_of(bytes, features);
  Instruction instruction;
  if (reader.next(instruction)) {
    ADD_FAILURE() << "read";
    return Error{ErrorKind::host, "read"};
  }
  return reader.error();
}

// The one instruction that the bytes hold.
Instruction read(Bytes const& bytes) {
  auto reader = reader_of(bytes);
  Instruction instruction;
  EXPECT_TRUE(reader.next(instruction)) << reader.error().message();
  EXPECT_TRUE(reader.at_end());
  return instruction;
}

// Instruction readers leave it to their users to write the offset into the message.
void expect_error_at(Error const& error, ErrorKind kind, std::string_view phrase, std::uint64_t offset) {
  EXPECT_STREQ(to_string(error.kind()), to_string(kind)) << error.message();
  EXPECT_NE(error.message().find(phrase), std::string::npos) << "expected \"" << phrase << "\" in: " << error.message();
  EXPECT_EQ(error.offset().value_or(0), base_offset + offset) << error.message();
}

TEST(Instructions, AreReadWhole) {
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const opcode = static_cast<Opcode>(i);
    SCOPED_TRACE(wasm::info(opcode).text);
    // Once with nothing behind it, once with something.
    for (std::size_t const behind : {0u, 20u}) {
      Bytes bytes = encode(opcode);
      std::size_t const size = bytes.size();
      bytes.resize(size + behind, 0xFF);
      auto reader = reader_of(bytes);
      Instruction instruction;
      ASSERT_TRUE(reader.next(instruction)) << reader.error().message();
      EXPECT_EQ(instruction.opcode, opcode);
      EXPECT_EQ(instruction.offset, base_offset);
      EXPECT_EQ(reader.offset(), base_offset + size);
      EXPECT_EQ(reader.at_end(), behind == 0);
    }
  }
}

TEST(Instructions, CutOffAnywhereAreMalformed) {
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const opcode = static_cast<Opcode>(i);
    SCOPED_TRACE(wasm::info(opcode).text);
    Bytes const whole = encode(opcode);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      Bytes const cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      expect_error_at(error_of(cut), ErrorKind::malformed, "unexpected end", size);
    }
  }
}

TEST(Instructions, OfAFeatureThatIsOffAreUnsupportedWhenWellFormed) {
  for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
    auto const opcode = static_cast<Opcode>(i);
    auto const& info = wasm::info(opcode);
    SCOPED_TRACE(info.text);
    if (info.feature == wasm::Feature::mvp) {
      continue;
    }
    auto const features = all_features().with(info.feature, false);
    Bytes const whole = encode(opcode);
    auto const error = error_of(whole, features);
    expect_error_at(error, ErrorKind::unsupported, wasm::to_string(info.feature), 0);
    EXPECT_NE(error.message().find(info.text), std::string::npos) << error.message();
    if (whole.size() > (info.prefix == 0 ? 1u : 2u)) {
      Bytes const cut(whole.begin(), whole.end() - 1);
      EXPECT_EQ(error_of(cut, features).kind(), ErrorKind::malformed);
    }
  }
}

TEST(Instructions, GiveTheirImmediates) {
  EXPECT_EQ(read({0x20, 0xE5, 0x8E, 0x26}).index, 624485u);
  EXPECT_EQ(read({0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).index, 0xFFFFFFFFu);
  EXPECT_EQ(read({0x20, 0x83, 0x80, 0x80, 0x80, 0x00}).index, 3u);
  EXPECT_EQ(read({0x41, 0x7F}).value, 0xFFFFFFFFu);
  EXPECT_EQ(read({0x41, 0x3F}).value, 63u);
  EXPECT_EQ(read({0x41, 0xC0, 0x00}).value, 64u);
  EXPECT_EQ(read({0x41, 0x80, 0x80, 0x80, 0x80, 0x78}).value, 0x80000000u);
  EXPECT_EQ(read({0x42, 0x7F}).value, ~std::uint64_t{0});
  EXPECT_EQ(read({0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F}).value, std::uint64_t{1} << 63);
  EXPECT_EQ(read({0x43, 0x78, 0x56, 0x34, 0x12}).value, 0x12345678u);
  EXPECT_EQ(read({0x44, 8, 7, 6, 5, 4, 3, 2, 1}).value, 0x0102030405060708u);
  auto const load = read({0x28, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F});
  EXPECT_EQ(load.align, 2u);
  EXPECT_EQ(load.value, 0xFFFFFFFFu);
  EXPECT_EQ(load.index, 0u);
  auto const lane = read({0xFD, 0x54, 0, 8, 15});
  EXPECT_EQ(lane.value, 8u);
  EXPECT_EQ(lane.lane, 15u);
  auto const call = read({0x11, 5, 6});
  EXPECT_EQ(call.index, 5u);
  EXPECT_EQ(call.index2, 6u);
  EXPECT_EQ(read({0xD0, 0x6F}).type, ValType::externref());
  EXPECT_EQ(read({0x1C, 1, 0x7C}).type, ValType::f64());
  EXPECT_EQ(read({0xFD, 0xCE, 0x80, 0x00}).opcode, Opcode::v128_and) << "long forms of a prefixed opcode";
  auto const block = read({0x02, 0x84, 0x01});
  EXPECT_EQ(block.block.kind, decode::BlockType::Kind::type_index);
  EXPECT_EQ(block.block.type_index, 132u);
  EXPECT_EQ(read({0x03, 0x40}).block.kind, decode::BlockType::Kind::empty);
  EXPECT_EQ(read({0x04, 0x7D}).block.value, ValType::f32());
  Bytes const table_bytes{0x0E, 2, 5, 0x86, 0x00, 0xE5, 0x8E, 0x26};
  auto const table = read(table_bytes);
  EXPECT_EQ(table.count, 2u);
  decode::LabelReader labels{table};
  EXPECT_EQ(labels.next(), 5u);
  EXPECT_EQ(labels.next(), 6u);
  EXPECT_EQ(labels.next(), 624485u);
}

// Short numbers are read another way than long ones, and than those at the end of a body.
// Numbers of all lengths, well-formed or not, with much behind them: the reader takes several bytes at once there.
TEST(Instructions, LongNumbersAreReadAsTheirEncodingSays) {
  auto random = test::seeded_random();
  int good_ones = 0;
  int bad_ones = 0;
  for (int round = 0; round < 60000; ++round) {
    constexpr Opcode opcodes[] = {Opcode::local_get, Opcode::call,      Opcode::br,
                                  Opcode::i32_const, Opcode::i64_const, Opcode::i32_load};
    Opcode const opcode = opcodes[round % std::size(opcodes)];
    Bytes body;
    write_opcode(body, opcode);
    std::size_t const number = body.size();
    if (opcode == Opcode::i32_load) body.push_back(static_cast<std::uint8_t>(random() % 0x40));
    std::size_t const length = 1 + random() % 11;
    for (std::size_t i = 1; i <= length; ++i) {
      // Upper bits that are all alike are what long numbers may have.
      auto const bits =
          static_cast<std::uint8_t>(i >= 4 && random() % 2 != 0 ? (random() % 2 != 0 ? 0x7F : 0) : random() & 0x7F);
      body.push_back(i < length ? bits | 0x80 : bits);
    }
    body.resize(body.size() + random() % 20, 0x01);
    auto const* at = body.data() + number;
    auto const* const end = body.data() + body.size();
    Instruction expected;
    bool is_good = false;
    if (opcode == Opcode::i32_const) {
      std::int32_t value = 0;
      is_good = base::read_leb(at, end, value) == base::LebStatus::ok;
      expected.value = static_cast<std::uint32_t>(value);
    } else if (opcode == Opcode::i64_const) {
      std::int64_t value = 0;
      is_good = base::read_leb(at, end, value) == base::LebStatus::ok;
      expected.value = static_cast<std::uint64_t>(value);
    } else if (opcode == Opcode::i32_load) {
      expected.align = *at++;
      auto const* const offset = at;
      is_good = base::read_leb(at, end, expected.value) == base::LebStatus::ok &&
                (at - offset <= 5 || expected.value > 0xFFFFFFFF);
    } else {
      is_good = base::read_leb(at, end, expected.index) == base::LebStatus::ok;
    }
    (is_good ? good_ones : bad_ones) += 1;
    InstructionReader reader{body, base_offset, wasm::Features::all()};
    Instruction instruction;
    ASSERT_EQ(reader.next(instruction), is_good) << testing::PrintToString(body);
    if (!is_good) continue;
    EXPECT_EQ(reader.position(), at);
    bool const has_value = opcode == Opcode::i32_const || opcode == Opcode::i64_const || opcode == Opcode::i32_load;
    if (has_value) {
      ASSERT_EQ(instruction.value, expected.value) << testing::PrintToString(body);
    } else {
      ASSERT_EQ(instruction.index, expected.index) << testing::PrintToString(body);
    }
    if (opcode == Opcode::i32_load) {
      EXPECT_EQ(instruction.align, expected.align);
    }
  }
  EXPECT_GT(good_ones, 10000);
  EXPECT_GT(bad_ones, 10000);
}

TEST(Instructions, NumbersAreReadAsTheirEncodingSays) {
  Bytes const interesting{0x00, 0x01, 0x3F, 0x40, 0x41, 0x7F, 0x80, 0x81, 0xBF, 0xC0, 0xFF};
  int read = 0;
  for (Opcode const opcode :
       {Opcode::local_get, Opcode::call, Opcode::br, Opcode::i32_const, Opcode::i64_const, Opcode::i32_load}) {
    for (std::uint8_t const a : interesting) {
      for (std::uint8_t const b : interesting) {
        for (std::uint8_t const c : interesting) {
          Bytes const all{a, b, c, 0x05, 0x00};
          for (std::size_t size = 1; size <= all.size(); ++size) {
            auto const* at = all.data();
            auto const* const end = at + size;
            std::uint32_t index = 0;
            std::uint64_t value = 0;
            std::uint32_t align = 0;
            bool good = false;
            if (opcode == Opcode::i32_const) {
              std::int32_t number = 0;
              good = base::read_leb(at, end, number) == base::LebStatus::ok;
              value = static_cast<std::uint32_t>(number);
            } else if (opcode == Opcode::i64_const) {
              std::int64_t number = 0;
              good = base::read_leb(at, end, number) == base::LebStatus::ok;
              value = static_cast<std::uint64_t>(number);
            } else if (opcode == Opcode::i32_load) {
              good = base::read_leb(at, end, align) == base::LebStatus::ok && align < 0x40 &&
                     base::read_leb(at, end, value) == base::LebStatus::ok;
            } else {
              good = base::read_leb(at, end, index) == base::LebStatus::ok;
            }
            if (!good) continue;
            Bytes body;
            write_opcode(body, opcode);
            body.insert(body.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
            InstructionReader reader{body, base_offset, wasm::Features::all()};
            Instruction instruction;
            ASSERT_TRUE(reader.next(instruction)) << reader.error().message();
            EXPECT_EQ(instruction.opcode, opcode);
            EXPECT_EQ(instruction.offset, base_offset);
            EXPECT_EQ(reader.position() - body.data(), 1 + (at - all.data()));
            bool const has_value = opcode != Opcode::local_get && opcode != Opcode::call && opcode != Opcode::br;
            EXPECT_EQ(has_value ? instruction.value : instruction.index, has_value ? value : index);
            if (opcode == Opcode::i32_load) {
              EXPECT_EQ(instruction.align, align);
              EXPECT_EQ(instruction.index, 0u);
            }
            ++read;
          }
        }
      }
    }
  }
  EXPECT_GT(read, 20000);
}

TEST(Instructions, WithoutAnOpcodeAreIllegal) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    auto const code = static_cast<std::uint8_t>(byte);
    bool const is_prefix = byte >= 0xFB && byte <= 0xFE;
    if (is_prefix || wasm::find_opcode(0, byte)) {
      continue;
    }
    auto const error = error_of({code, 0, 0, 0, 0});
    bool const is_later = error.kind() == ErrorKind::unsupported;
    expect_error_at(error, is_later ? ErrorKind::unsupported : ErrorKind::malformed,
                    is_later ? "this build does not have the proposal" : "illegal opcode", 0);
    EXPECT_NE(error.message().find(fmt::format("0x{:02x}", byte)), std::string::npos) << error.message();
  }
  expect_error_at(error_of({0xFF}), ErrorKind::malformed, "illegal opcode 0xff", 0);
  expect_error_at(error_of({0x27}), ErrorKind::malformed, "illegal opcode 0x27", 0);
}

TEST(Instructions, WithAPrefixAndNoOpcodeAreIllegal) {
  expect_error_at(error_of({0xFC, 18}), ErrorKind::malformed, "illegal opcode 0xfc 0x12", 0);
  expect_error_at(error_of({0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), ErrorKind::malformed,
                  "illegal opcode 0xfc 0xffffffff", 0);
  expect_error_at(error_of({0xFC, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), ErrorKind::malformed,
                  "integer representation too long", 0);
  expect_error_at(error_of({0xFC, 0x80, 0x80, 0x80, 0x80, 0x10}), ErrorKind::malformed, "integer too large", 0);
  expect_error_at(error_of({0xFC}), ErrorKind::malformed, "unexpected end", 1);
  expect_error_at(error_of({0xFD, 0x80}), ErrorKind::malformed, "unexpected end", 2);
  expect_error_at(error_of({0xFD, 0x9A, 0x01}), ErrorKind::malformed, "illegal opcode 0xfd 0x9a", 0);
  expect_error_at(error_of({0xFD, 0x80, 0x80, 0x04}), ErrorKind::malformed, "illegal opcode 0xfd 0x10000", 0);
  expect_error_at(error_of({0xFE, 0x7F}), ErrorKind::malformed, "illegal opcode 0xfe 0x7f", 0);
}

TEST(Instructions, OfLaterProposalsAreNamed) {
  struct Later {
    Bytes bytes;
    char const* proposal;
  };
  for (auto const& later : {
           Later{{0x08, 0}, "exception handling"},
           Later{{0x1F, 0x40, 0}, "exception handling"},
           Later{{0x06, 0x40}, "legacy"},
           Later{{0x12, 0}, "tail calls"},
           Later{{0x13, 0, 0}, "tail calls"},
           Later{{0xD3}, "garbage collection"},
           Later{{0xFB, 0, 0}, "garbage collection"},
           Later{{0xFC, 0x13}, "wide arithmetic"},
           Later{{0xFD, 0x80, 0x02}, "relaxed SIMD"},
           Later{{0xFE, 0x03, 0}, "threads"},
           Later{{0xD0, 0x6E}, "garbage collection"},
           Later{{0x02, 0x63, 0x6E}, "garbage collection"},
           Later{{0x1C, 1, 0x6D}, "garbage collection"},
       }) {
    auto const error = error_of(later.bytes);
    EXPECT_EQ(error.kind(), ErrorKind::unsupported) << error.message();
    EXPECT_NE(error.message().find(later.proposal), std::string::npos) << error.message();
  }
}

TEST(Instructions, FormsOfFeaturesThatAreOffAreNamed) {
  struct Form {
    Bytes bytes;
    char const* feature;
  };
  for (auto const& form : {
           Form{{0xD0, 0x05}, "function_references"},
           Form{{0x02, 0x63, 0x05}, "function_references"},
           Form{{0x02, 0x64, 0x70}, "function_references"},
           Form{{0x14, 0}, "function_references"},
           Form{{0xD4}, "function_references"},
           Form{{0xFC, 0x0A, 0x80, 0x00, 0}, "multi_memory"},
           Form{{0x3F, 0x80, 0x00}, "multi_memory"},
       }) {
    auto const error = error_of(form.bytes, wasm::Features{});
    EXPECT_EQ(error.kind(), ErrorKind::unsupported) << error.message();
    EXPECT_NE(error.message().find(form.feature), std::string::npos) << error.message();
  }
}

TEST(Instructions, ReferenceTypesHaveALongForm) {
  EXPECT_EQ(read({0x02, 0x63, 0x70}).block.value, ValType::funcref());
  EXPECT_EQ(read({0x02, 0x63, 0x6F}).block.value, ValType::externref());
  EXPECT_EQ(read({0x02, 0x64, 0x70}).block.value, ValType::abstract_ref(0x70, false));
  EXPECT_EQ(read({0x02, 0x63, 0x85, 0x01}).block.value, ValType::concrete_ref(133, true));
  EXPECT_EQ(read({0x02, 0x64, 0x05}).block.value, ValType::concrete_ref(5, false));
  EXPECT_EQ(read({0xD0, 0x05}).type, ValType::concrete_ref(5, true));
  // An index with no room in a type is out of range all the same.
  EXPECT_EQ(read({0xD0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}).type.heap(), (1u << 22) - 1);
  expect_error_at(error_of({0x02, 0x63, 0x40}), ErrorKind::malformed, "malformed heap type", 2);
  expect_error_at(error_of({0x02, 0x63}), ErrorKind::malformed, "unexpected end", 2);
}

TEST(Instructions, BitSixOfAnAlignmentAnnouncesAMemory) {
  auto const load = read({0x28, 0x42, 0x83, 0x01, 0x07});
  EXPECT_EQ(load.align, 2);
  EXPECT_EQ(load.index, 131u);
  EXPECT_EQ(load.value, 7u);
  auto const copy = read({0xFC, 0x0A, 0x82, 0x01, 0x05});
  EXPECT_EQ(copy.index, 130u);
  EXPECT_EQ(copy.index2, 5u);
}

TEST(Instructions, IntegersHaveAtMostTheirBytes) {
  expect_error_at(error_of({0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), ErrorKind::malformed,
                  "integer representation too long in `local.get`", 1);
  expect_error_at(error_of({0x20, 0x80, 0x80, 0x80, 0x80, 0x10}), ErrorKind::malformed,
                  "integer too large in `local.get`", 1);
  expect_error_at(error_of({0x41, 0x80, 0x80, 0x80, 0x80, 0x08}), ErrorKind::malformed, "integer too large", 1);
  expect_error_at(error_of({0x41, 0x80, 0x80, 0x80, 0x80, 0x70}), ErrorKind::malformed, "integer too large", 1);
  expect_error_at(error_of({0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), ErrorKind::malformed, "too long", 1);
  expect_error_at(error_of({0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}), ErrorKind::malformed,
                  "integer too large", 1);
  expect_error_at(error_of({0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}),
                  ErrorKind::malformed, "too long", 1);
  expect_error_at(error_of({0x02, 0x80, 0x80, 0x80, 0x80, 0x10}), ErrorKind::malformed, "integer too large", 1);
  expect_error_at(error_of({0x28, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}), ErrorKind::malformed, "too long", 2);
  expect_error_at(error_of({0x0E, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x10}), ErrorKind::malformed, "too large", 3);
}

TEST(Instructions, MemargFlags) {
  expect_error_at(error_of({0x28, 0x80, 0x01, 0}), ErrorKind::malformed, "malformed memop flags in `i32.load`", 1);
  expect_error_at(error_of({0x28, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0}), ErrorKind::malformed, "malformed memop flags", 1);
}

TEST(Instructions, BlockTypesAreTypesOrIndices) {
  expect_error_at(error_of({0x02, 0x41}), ErrorKind::malformed, "malformed value type 0x41 in `block`", 1);
  expect_error_at(error_of({0x03, 0x60}), ErrorKind::malformed, "malformed value type 0x60 in `loop`", 1);
  expect_error_at(error_of({0x04, 0xC0, 0x7F}), ErrorKind::malformed, "malformed block type in `if`", 1);
  expect_error_at(error_of({0x02, 0x00}, all_features().with(wasm::Feature::multi_value, false)),
                  ErrorKind::unsupported, "multi_value", 1);
  expect_error_at(error_of({0x02, 0x7B}, wasm::Features{}), ErrorKind::unsupported, "simd", 1);
}

TEST(Instructions, BranchTablesHaveALimit) {
  auto const table = [](std::size_t targets) { return cat({{0x0E}, leb(targets), Bytes(targets + 1, 0)}); };
  auto const most = table(65520);
  auto reader = reader_of(most);
  Instruction instruction;
  EXPECT_TRUE(reader.next(instruction));
  expect_error_at(error_of(table(65521)), ErrorKind::limit, "`br_table` has 65521 targets, at most 65520", 1);
  expect_error_at(error_of(table(200000)), ErrorKind::limit, "200000 targets", 1);
}

// --- bodies

Error body_error(Bytes const& body) {
  auto const module = decode_bytes(module_of_body(body));
  EXPECT_TRUE(module.has_value());
  auto error = decode::find_malformed_body(*module);
  EXPECT_TRUE(error.has_value());
  return error.value_or(Error{ErrorKind::host, "well-formed"});
}

TEST(Bodies, EndWithTheirLastEnd) {
  EXPECT_NE(body_error({0}).message().find("unexpected end"), std::string::npos);
  EXPECT_NE(body_error({0, 0x01}).message().find("unexpected end"), std::string::npos);
  EXPECT_NE(body_error({0, 0x02, 0x40, 0x0B}).message().find("unexpected end"), std::string::npos);
  auto const behind = body_error({0, 0x0B, 0x01});
  EXPECT_NE(behind.message().find("bytes follow the last `end`"), std::string::npos);
  EXPECT_EQ(behind.offset(), 24u);
}

TEST(Bodies, LocalsInGroups) {
  auto const module = decode_bytes(module_of_body({4, 2, 0x7F, 0, 0x7E, 1, 0x7B, 3, 0x70, 0x0B}));
  ASSERT_TRUE(module.has_value());
  decode::FunctionReader reader{*module, 0};
  ASSERT_FALSE(reader.failed());
  EXPECT_EQ(reader.local_count(), 6u);
  std::uint32_t groups = 0;
  std::uint32_t locals = 0;
  while (auto const group = reader.next_locals()) {
    ++groups;
    locals += group->count;
  }
  EXPECT_EQ(groups, 4u);
  EXPECT_EQ(locals, 6u);
  auto instructions = reader.instructions();
  Instruction instruction;
  ASSERT_TRUE(instructions.next(instruction));
  EXPECT_EQ(instruction.opcode, Opcode::end);
  EXPECT_TRUE(instructions.at_end());
}

// A function whose type there is not is invalid, and its body may be malformed nevertheless.
TEST(Bodies, OfFunctionsWithoutATypeAreRead) {
  auto const module =
      decode_bytes(module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {2, 0, 7}),
                              section(code_section, {2, 2, 0, 0x0B, 3, 0, 0xFF, 0x0B})}));
  ASSERT_TRUE(module.has_value());
  auto const malformed = decode::find_malformed_body(*module);
  ASSERT_TRUE(malformed.has_value());
  expect_error(*malformed, ErrorKind::malformed, "illegal opcode 0xff, in function 1");
}

} // namespace
} // namespace weir::test
