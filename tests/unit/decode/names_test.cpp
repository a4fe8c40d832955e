// The name and producers sections: what they say, and that no lie in them does harm.
#include "decode/names.hpp"

#include <random>

#include "support/allocation_meter.hpp"
#include "support/raw_module.hpp"

namespace weir::test {
namespace {

using decode::NameSection;

Bytes subsection(std::uint8_t id, Bytes const& contents) { return cat({{id}, sized(contents)}); }

Bytes const function_names = subsection(1, cat({{3, 0}, name("first"), {2}, name("third"), {9}, name("\xC3\xA9")}));

TEST(NameSections, NameModuleFunctionsAndLocals) {
  Bytes const contents = cat({subsection(0, name("the module")), function_names,
                              subsection(2, cat({{2, 0, 1, 0}, name("x"), {2, 2, 0}, name("a"), {1}, name("b")})),
                              subsection(7, cat({{1, 4}, name("counter")}))});
  NameSection const section{contents};
  EXPECT_EQ(section.module(), "the module");
  auto functions = section.names(NameSection::Kind::functions);
  EXPECT_EQ(functions.find(2), "third");
  EXPECT_EQ(functions.find(9), "\xC3\xA9");
  EXPECT_EQ(functions.find(1), "");
  auto const first = functions.next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->index, 0u);
  EXPECT_EQ(first->name, "first");
  EXPECT_TRUE(functions.next().has_value());
  EXPECT_TRUE(functions.next().has_value());
  EXPECT_FALSE(functions.next().has_value());
  EXPECT_EQ(section.locals(2).find(1), "b");
  EXPECT_EQ(section.locals(0).find(0), "x");
  EXPECT_EQ(section.locals(1).find(0), "");
  EXPECT_EQ(section.names(NameSection::Kind::globals).find(4), "counter");
  EXPECT_EQ(section.names(NameSection::Kind::tables).find(0), "");
  auto const names = decode::read_names(contents);
  EXPECT_EQ(names.module, "the module");
  ASSERT_EQ(names.functions.size(), 3u);
  EXPECT_EQ(names.functions[1].name, "third");
}

TEST(NameSections, OfAModule) {
  auto const module = decode_bytes(
      module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {2, 0, 0}),
                 section(export_section, cat({{2}, name("exported"), {0, 1}, name("again"), {0, 0}})),
                 section(code_section, {2, 2, 0, 0x0B, 2, 0, 0x0B}), section(custom_section, cat({name("other"), {1}})),
                 section(custom_section, cat({name("name"), function_names}))}));
  ASSERT_TRUE(module.has_value()) << module.error().message();
  EXPECT_EQ(decode::name_of_function(*module, 0), "first");
  EXPECT_EQ(decode::name_of_function(*module, 1), "exported");
  EXPECT_EQ(decode::name_of_function(*module, 2), "third");
  EXPECT_EQ(decode::name_of_function(*module, 5), "");
}

TEST(NameSections, EmptyOnes) {
  NameSection const section{base::ByteSpan{}};
  EXPECT_EQ(section.module(), "");
  EXPECT_FALSE(section.names(NameSection::Kind::functions).next().has_value());
  EXPECT_EQ(section.locals(0).find(0), "");
  EXPECT_TRUE(decode::read_names({}).functions.empty());
  EXPECT_TRUE(decode::read_producers({}).empty());
}

// Names in front of the lie count.
TEST(NameSections, LyingCountsAndLengths) {
  Bytes const huge{0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
  auto const read = [](Bytes const& contents) {
    AllocationMeter const meter;
    auto const names = decode::read_names(contents);
    EXPECT_LT(meter.bytes(), 4096u);
    return names.functions.size();
  };
  EXPECT_EQ(read(subsection(1, huge)), 0u);                                    // pairs
  EXPECT_EQ(read(subsection(1, cat({huge, {0}, name("x")}))), 1u);             // more pairs than there are
  EXPECT_EQ(read(subsection(1, cat({{2, 0}, name("x"), {1}, huge}))), 1u);     // a name's length
  EXPECT_EQ(read(subsection(1, cat({{2, 0}, name("x"), {1, 1, 0xFF}}))), 1u);  // a name that is not UTF-8
  EXPECT_EQ(read(subsection(1, {2, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0})), 0u); // an index too long
  EXPECT_EQ(read(cat({{1}, huge, {1, 0}, name("x")})), 0u);                    // a subsection's length
  EXPECT_EQ(read(cat({{0}, huge, function_names})), 0u);                       // one in front of it
  EXPECT_EQ(read(cat({subsection(77, {1, 2, 3}), subsection(0, {9}), function_names})), 3u); // unknown, ill-formed
  EXPECT_EQ(read(subsection(1, cat({{1, 0}, name("x"), {7, 7, 7}}))), 1u);                   // bytes behind
}

TEST(NameSections, LyingLocals) {
  Bytes const huge{0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
  for (Bytes const& contents : {
           subsection(2, huge),
           subsection(2, cat({huge, {0}, huge})),
           subsection(2, cat({huge, {0, 1, 0}, huge})),
           subsection(2, cat({{2, 0}, huge, {5, 1, 0}, name("x")})),
           subsection(2, {2, 0, 2, 0, 1, 0xFF, 5, 1, 0, 1, 'x'}),
       }) {
    auto locals = NameSection{contents}.locals(5);
    EXPECT_EQ(locals.find(0), "");
    EXPECT_FALSE(locals.next().has_value());
  }
}

TEST(NameSections, OfRandomBytes) {
  std::mt19937 random{20240229};
  for (int round = 0; round < 20000; ++round) {
    Bytes contents(random() % 40);
    for (auto& byte : contents) {
      byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 8);
    }
    NameSection const section{contents};
    std::size_t total = section.module().size();
    for (unsigned kind = 0; kind <= 9; ++kind) {
      auto map = section.names(static_cast<NameSection::Kind>(kind));
      while (auto const found = map.next()) {
        total += found->name.size();
      }
      ASSERT_LE(total, contents.size() * 11);
    }
    for (std::uint32_t function = 0; function < 4; ++function) {
      auto map = section.locals(function);
      while (auto const found = map.next()) {
        ASSERT_LE(found->name.size(), contents.size());
      }
    }
    for (auto const& producer : decode::read_producers(contents)) {
      ASSERT_LE(producer.name.size() + producer.version.size(), contents.size());
    }
  }
}

TEST(Producers, AreRead) {
  Bytes const contents = cat({{2},
                              name("language"),
                              {2},
                              name("C11"),
                              name(""),
                              name("Rust"),
                              name("1.63"),
                              name("processed-by"),
                              {1},
                              name("clang"),
                              name("19.1")});
  auto const producers = decode::read_producers(contents);
  ASSERT_EQ(producers.size(), 3u);
  EXPECT_EQ(producers[0].field, "language");
  EXPECT_EQ(producers[0].name, "C11");
  EXPECT_EQ(producers[0].version, "");
  EXPECT_EQ(producers[1].name, "Rust");
  EXPECT_EQ(producers[2].field, "processed-by");
  EXPECT_EQ(producers[2].version, "19.1");
}

TEST(Producers, LyingOnesStopTheReading) {
  Bytes const huge{0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
  auto const count = [](Bytes const& contents) {
    AllocationMeter const meter;
    auto const producers = decode::read_producers(contents);
    EXPECT_LT(meter.bytes(), 4096u);
    return producers.size();
  };
  EXPECT_EQ(count(huge), 0u);
  EXPECT_EQ(count(cat({huge, name("sdk"), huge, name("x"), name("1")})), 1u);
  EXPECT_EQ(count(cat({{1}, name("sdk"), {2}, name("x"), name("1"), name("y")})), 1u);
  EXPECT_EQ(count(cat({{1}, name("sdk"), {1}, huge})), 0u);
  EXPECT_EQ(count(cat({{1}, {2, 0xC0, 0x80}, {1}, name("x"), name("1")})), 0u);
  EXPECT_EQ(count(cat({{2}, name("a"), {0}, name("b"), {1}, name("x"), name("")})), 1u);
}

} // namespace
} // namespace weir::test
