// Modules: where they come from, and what can be read from them.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "unit/api/fixture.hpp"

namespace weir::test {
namespace {

class ModuleTest : public ApiTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ModuleTest, testing::ValuesIn(backends()), backend_name);

TEST_P(ModuleTest, ImportsAndExports) {
  auto const it = module(R"((module $named
    (import "env" "f" (func $f (param i32) (result i64))) (import "env" "m" (memory 1 2))
    (import "env" "t" (table 3 funcref)) (import "env" "g" (global (mut f32)))
    (func $own (export "own")) (export "f" (func $f)) (export "m" (memory 0)) (export "t" (table 0))
    (export "g" (global 0)) (start $own)))");
  auto const imports = it.imports();
  ASSERT_EQ(imports.size(), 4u);
  EXPECT_EQ(imports[0].module, "env");
  EXPECT_EQ(imports[0].name, "f");
  EXPECT_EQ(imports[0].type, (ExternType{FuncType{{ValType::i32()}, {ValType::i64()}}}));
  EXPECT_EQ(imports[1].type, (ExternType{MemoryType{.limits = {1, 2}}}));
  EXPECT_EQ(imports[2].type, (ExternType{TableType{.limits = {3, std::nullopt}}}));
  EXPECT_EQ(imports[3].type, (ExternType{GlobalType{ValType::f32(), true}}));
  auto const exports = it.exports();
  ASSERT_EQ(exports.size(), 5u);
  EXPECT_EQ(exports[0].name, "own");
  EXPECT_EQ(exports[0].type, (ExternType{FuncType{}}));
  EXPECT_EQ(it.export_type("m"), (ExternType{MemoryType{.limits = {1, 2}}}));
  EXPECT_EQ(it.export_type("nothing"), std::nullopt);
  EXPECT_EQ(it.memories(), (std::vector<MemoryType>{{.limits = {1, 2}}}));
  EXPECT_EQ(it.function_count(), 2u);
  EXPECT_EQ(it.start_function(), 1u);
  EXPECT_EQ(it.name(), "named");
  EXPECT_EQ(it.function_name(1), "own");
  EXPECT_EQ(it.function_name(99), "");
}

TEST_P(ModuleTest, MemoryMaps) {
  auto const it = module(R"((module (memory 1 2) (global (mut i32) (i32.const 0x8000)) (data (i32.const 0x8000) "abcd")
    (func (local $f i32) (global.set 0 (local.tee $f (i32.sub (global.get 0) (i32.const 16))))
      (i32.store (local.get $f) (i32.const 1)))))");
  auto const map = it.memory_map();
  ASSERT_TRUE(ok(map));
  EXPECT_EQ(map->layout, MemoryLayout::stack_first);
  EXPECT_EQ(map->maximum_size, 0x20000u);
  ASSERT_NE(map->find(0x8003), nullptr);
  EXPECT_EQ(map->find(0x8003)->kind, RegionKind::static_data);
  EXPECT_EQ(map->find(0)->kind, RegionKind::stack);
  auto const none = it.memory_map(1);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().kind(), ErrorKind::usage);
  EXPECT_FALSE(module("(module)").memory_map().has_value());
}

TEST_P(ModuleTest, MemoryMapsAreMadeOnceForAllThreads) {
  auto const it = module(R"((module (memory 1) (data (i32.const 1024) "abcd")))");
  std::vector<std::thread> threads;
  std::array<std::size_t, 4> regions{};
  for (auto& count : regions) {
    threads.emplace_back([&it, &count] { count = it.memory_map().value().regions.size(); });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  for (auto const count : regions) {
    EXPECT_EQ(count, 3u); // null page, static data, and what is behind
  }
}

TEST_P(ModuleTest, BytesAreCopied) {
  auto const original = module(R"((module (func (export "f") (result i32) i32.const 9)))");
  std::vector<std::uint8_t> bytes{original.bytes().begin(), original.bytes().end()};
  auto const copy = Module::from_bytes(engine_, bytes);
  ASSERT_TRUE(ok(copy));
  std::ranges::fill(bytes, 0xFF);
  Store store{engine_};
  Linker linker{engine_};
  auto const it = linker.instantiate(store, *copy);
  ASSERT_TRUE(ok(it));
  EXPECT_EQ(*func<std::int32_t()>(store, *it, "f").call(store), 9);
}

TEST_P(ModuleTest, ModulesOutliveTheirEngineHandleAndStoresTheirModules) {
  std::optional<Store> store;
  std::optional<Instance> it;
  {
    Engine const engine{Config{}.backend(GetParam())};
    auto const made = Module::from_wat(engine, R"((module (func (export "f") (result i32) i32.const 9)))");
    store.emplace(engine);
    it = *Linker{engine}.instantiate(*store, *made);
  }
  EXPECT_EQ(*func<std::int32_t()>(*store, *it, "f").call(*store), 9);
}

TEST_P(ModuleTest, Files) {
  std::string name = (std::filesystem::temp_directory_path() / "weir-module-XXXXXX").string();
  std::filesystem::path const folder = ::mkdtemp(name.data());
  auto const write = [&](char const* file, std::string_view contents) {
    std::ofstream{folder / file, std::ios::binary} << contents;
    return (folder / file).string();
  };
  auto const original = module(R"((module (func (export "f"))))");
  std::string_view const binary{reinterpret_cast<char const*>(original.bytes().data()), original.bytes().size()};
  // Content decides, not the name.
  EXPECT_TRUE(ok(Module::from_file(engine_, write("a.wat", binary))));
  EXPECT_TRUE(ok(Module::from_file(engine_, write("b.wasm", "(module (func))"))));
  EXPECT_TRUE(ok(Module::from_file(engine_, write("c.wat", ";; a comment first\n(module)"))));
  EXPECT_TRUE(fails(Module::from_file(engine_, write("d", "")), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_file(engine_, write("e", std::string("\0asm", 4))), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_file(engine_, write("f", "#!/bin/sh\n")), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_file(engine_, (folder / "missing").string()), ErrorKind::io, "No such file"));
  EXPECT_TRUE(fails(Module::from_file(engine_, folder.string()), ErrorKind::io, "Is a directory"));
  std::filesystem::remove_all(folder);
}

TEST_P(ModuleTest, BinaryOnlyFromBytes) {
  std::string_view const text = "(module)";
  EXPECT_TRUE(fails(Module::from_bytes(engine_, std::as_bytes(std::span{text})), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_bytes(engine_, std::span<std::uint8_t const>{}), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_wat(engine_, "(module"), ErrorKind::malformed));
  EXPECT_TRUE(fails(Module::from_wat(engine_, "(module (func (result i32)))"), ErrorKind::invalid, "type mismatch"));
}

TEST_P(ModuleTest, CustomSections) {
  // An empty module with the sections "note" ("hi") and "producers" (processed-by weir 1.0).
  std::vector<std::uint8_t> bytes{0, 'a', 's', 'm', 1, 0, 0, 0, 0, 7, 4, 'n', 'o', 't', 'e', 'h', 'i', 0, 34, 9};
  auto const append = [&](std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); };
  append("producers");
  bytes.insert(bytes.end(), {1, 12});
  append("processed-by");
  bytes.insert(bytes.end(), {1, 4});
  append("weir");
  bytes.push_back(3);
  append("1.0");
  bytes[18] = static_cast<std::uint8_t>(bytes.size() - 19);
  auto const it = Module::from_bytes(engine_, bytes);
  ASSERT_TRUE(ok(it));
  auto const sections = it->custom_sections();
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].name, "note");
  EXPECT_EQ(std::string(sections[0].data.begin(), sections[0].data.end()), "hi");
  auto const producers = it->producers();
  ASSERT_EQ(producers.size(), 1u);
  EXPECT_EQ(producers[0].field, "processed-by");
  EXPECT_EQ(producers[0].name, "weir");
  EXPECT_EQ(producers[0].version, "1.0");
  Engine const terse{Config{}.backend(GetParam()).keep_custom_sections(false)};
  EXPECT_TRUE(Module::from_bytes(terse, bytes)->custom_sections().empty());
  bytes.back() = 0xFF; // not UTF-8 any more: the section's business alone
  EXPECT_TRUE(ok(Module::from_bytes(engine_, bytes)));
}

TEST_P(ModuleTest, FeaturesCanBeOff) {
  auto const with = module("(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))");
  Engine const without{Config{}.backend(GetParam()).feature(Feature::sign_extension, false)};
  auto const refused = Module::from_bytes(without, with.bytes());
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("sign"), std::string::npos) << refused.error().message();
}

TEST_P(ModuleTest, ManyFunctionsAreValidatedOnBothCores) {
  std::string wat = "(module";
  for (int i = 0; i < 20000; ++i) {
    wat += "(func (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const " + std::to_string(i) +
           ")) (i32.const 3)))";
  }
  auto const good = Module::from_wat(engine_, wat + "(func (export \"f\") (result i32) (call 7 (i32.const 1))))");
  ASSERT_TRUE(ok(good));
  Store store{engine_};
  auto const it = Linker{engine_}.instantiate(store, *good);
  EXPECT_EQ(*func<std::int32_t()>(store, *it, "f").call(store), 24);
  // The first invalid function is the one that is reported.
  auto const bad = Module::from_wat(engine_, wat + "(func (result i32)) (func (result i64) (i32.const 0)))");
  ASSERT_TRUE(fails(bad, ErrorKind::invalid));
  EXPECT_NE(bad.error().message().find("in function 20000 "), std::string::npos) << bad.error().message();
}

} // namespace
} // namespace weir::test
