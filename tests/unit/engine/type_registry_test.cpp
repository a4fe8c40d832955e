#include "engine/type_registry.hpp"

#include <gtest/gtest.h>

namespace weir::engine {
namespace {

FuncType const unary{{ValType::i32()}, {ValType::i32()}};
FuncType const binary{{ValType::i32(), ValType::i32()}, {ValType::i32()}};

TEST(TypeRegistry, EqualTypesHaveEqualIds) {
  TypeRegistry registry;
  auto const first = registry.acquire(unary);
  EXPECT_EQ(registry.acquire(FuncType{unary}), first);
  EXPECT_NE(registry.acquire(binary), first);
  EXPECT_NE(registry.acquire(FuncType{{}, {ValType::i32(), ValType::i32()}}),
            registry.acquire(FuncType{{ValType::i32()}, {ValType::i32()}}));
}

TEST(TypeRegistry, ForgetsWhatNobodyUses) {
  auto registry = std::make_shared<TypeRegistry>();
  {
    TypeIds ids{registry};
    auto const first = ids.add(unary);
    ids.add(binary);
    EXPECT_EQ(ids.add(unary), first);
    EXPECT_EQ(registry->size(), 2u);
    TypeIds other{registry};
    other.add(unary);
  }
  EXPECT_EQ(registry->size(), 0u);
  auto const again = registry->acquire(binary);
  EXPECT_LT(again, 2u) << "ids are used again";
}

} // namespace
} // namespace weir::engine
