#include <weir/types.hpp>

#include <gtest/gtest.h>

#include "wasm/module.hpp"

namespace weir {
namespace {

TEST(ValType, KnowsItsKind) {
  struct Row {
    ValType type;
    bool num, vec, ref, is_float;
  };
  for (Row const& row :
       {Row{ValType::i32(), true, false, false, false}, Row{ValType::i64(), true, false, false, false},
        Row{ValType::f32(), true, false, false, true}, Row{ValType::f64(), true, false, false, true},
        Row{ValType::v128(), false, true, false, false}, Row{ValType::funcref(), false, false, true, false},
        Row{ValType::externref(), false, false, true, false},
        Row{ValType::abstract_ref(0x70, false), false, false, true, false},
        Row{ValType::concrete_ref(0x7F, true), false, false, true, false},
        Row{ValType{}, false, false, false, false}}) {
    EXPECT_EQ(row.type.is_num(), row.num) << to_string(row.type);
    EXPECT_EQ(row.type.is_vec(), row.vec) << to_string(row.type);
    EXPECT_EQ(row.type.is_ref(), row.ref) << to_string(row.type);
    EXPECT_EQ(row.type.is_float(), row.is_float) << to_string(row.type);
    EXPECT_EQ(row.type.is_bottom(), row.type == ValType{}) << to_string(row.type);
    EXPECT_EQ(ValType::from_bits(row.type.bits()), row.type) << to_string(row.type);
  }
}

TEST(ValType, ReferencesCarryTheirHeapType) {
  for (bool const nullable : {false, true}) {
    for (std::uint32_t const index : {0u, 1u, 255u, 0x3FFFFFu}) {
      auto const type = ValType::concrete_ref(index, nullable);
      EXPECT_TRUE(type.is_concrete_ref());
      EXPECT_EQ(type.heap(), index);
      EXPECT_EQ(type.is_nullable(), nullable);
      EXPECT_EQ(type.is_defaultable(), nullable);
    }
    auto const type = ValType::abstract_ref(0x6F, nullable);
    EXPECT_FALSE(type.is_concrete_ref());
    EXPECT_EQ(type.heap(), 0x6Fu);
    EXPECT_EQ(type.is_nullable(), nullable);
  }
  EXPECT_EQ(ValType::abstract_ref(0x70, true), ValType::funcref());
  EXPECT_NE(ValType::abstract_ref(0x70, false), ValType::funcref());
  EXPECT_NE(ValType::concrete_ref(0x70, true), ValType::funcref());
  EXPECT_TRUE(ValType::i32().is_defaultable());
}

TEST(ValType, IsWrittenAsInTheTextFormat) {
  EXPECT_EQ(to_string(ValType::i32()), "i32");
  EXPECT_EQ(to_string(ValType::i64()), "i64");
  EXPECT_EQ(to_string(ValType::f32()), "f32");
  EXPECT_EQ(to_string(ValType::f64()), "f64");
  EXPECT_EQ(to_string(ValType::v128()), "v128");
  EXPECT_EQ(to_string(ValType::funcref()), "funcref");
  EXPECT_EQ(to_string(ValType::externref()), "externref");
  EXPECT_EQ(to_string(ValType::abstract_ref(0x70, false)), "(ref func)");
  EXPECT_EQ(to_string(ValType::abstract_ref(0x6F, false)), "(ref extern)");
  EXPECT_EQ(to_string(ValType::concrete_ref(3, false)), "(ref 3)");
  EXPECT_EQ(to_string(ValType::concrete_ref(112, true)), "(ref null 112)");
  EXPECT_EQ(to_string(ValType{}), "unknown");
}

TEST(FuncType, IsWrittenAsParametersAndResults) {
  EXPECT_EQ(to_string(FuncType{}), "[] -> []");
  EXPECT_EQ(to_string(FuncType{{ValType::i32(), ValType::i64()}, {ValType::f32()}}), "[i32 i64] -> [f32]");
}

TEST(ExternType, IsWrittenWithItsBounds) {
  EXPECT_EQ(to_string(ExternType{FuncType{{ValType::i32()}, {}}}), "func [i32] -> []");
  EXPECT_EQ(to_string(ExternType{MemoryType{{1, 2}}}), "memory 1..2 pages");
  EXPECT_EQ(to_string(ExternType{MemoryType{{1, std::nullopt}, true, true}}), "memory i64 1.. pages shared");
  EXPECT_EQ(to_string(ExternType{TableType{ValType::funcref(), {10, std::nullopt}}}), "table 10.. funcref");
  EXPECT_EQ(to_string(ExternType{TableType{ValType::externref(), {0, 0}, true}}), "table i64 0..0 externref");
  EXPECT_EQ(to_string(ExternType{GlobalType{ValType::i32(), true}}), "global (mut i32)");
  EXPECT_EQ(to_string(ExternType{GlobalType{ValType::f64(), false}}), "global f64");
}

TEST(ExternKind, IsTheVariantsIndex) {
  EXPECT_EQ(ExternType{FuncType{}}.index(), static_cast<std::size_t>(ExternKind::func));
  EXPECT_EQ(ExternType{TableType{}}.index(), static_cast<std::size_t>(ExternKind::table));
  EXPECT_EQ(ExternType{MemoryType{}}.index(), static_cast<std::size_t>(ExternKind::memory));
  EXPECT_EQ(ExternType{GlobalType{}}.index(), static_cast<std::size_t>(ExternKind::global));
  EXPECT_STREQ(to_string(ExternKind::func), "func");
  EXPECT_STREQ(to_string(ExternKind::table), "table");
  EXPECT_STREQ(to_string(ExternKind::memory), "memory");
  EXPECT_STREQ(to_string(ExternKind::global), "global");
  EXPECT_STREQ(to_string(ExternKind::tag), "tag");
}

TEST(Module, FindsTypesAndBodiesBehindTheImports) {
  wasm::Module module;
  module.types = {FuncType{}, FuncType{{ValType::i32()}, {}}};
  module.functions = {1, 0, 1};
  module.imported_functions = 1;
  module.bodies = {{{10, 2}}, {{12, 3}}};
  std::uint8_t const bytes[] = {0, 1, 2, 3};
  module.bytes = bytes;
  EXPECT_EQ(module.type_of_function(0), module.types[1]);
  EXPECT_EQ(module.type_of_function(1), module.types[0]);
  EXPECT_EQ(module.body_of_function(2).code.offset, 12u);
  EXPECT_EQ(module.view({1, 2}).data(), bytes + 1);
  EXPECT_EQ(module.view({1, 2}).size(), 2u);
}

} // namespace
} // namespace weir
