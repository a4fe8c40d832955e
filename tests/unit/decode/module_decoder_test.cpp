// Modules that are malformed outside of function bodies, and what the decoder makes of those that are not.
#include "decode/module_decoder.hpp"

#include "decode/function_reader.hpp"

#include "support/raw_module.hpp"
#include "wasm/limits.hpp"

namespace weir::test {
namespace {

// --- header

TEST(Header, IsNeeded) {
  expect_malformed({}, "unexpected end: a module's header has 8 bytes, there are 0", 0);
  for (std::size_t size = 1; size < header.size(); ++size) {
    expect_malformed(Bytes(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size)), "unexpected end");
  }
  EXPECT_TRUE(decode_bytes(header).has_value());
}

TEST(Header, NeedsMagicAndVersion) {
  expect_malformed({0x00, 0x61, 0x73, 0x6E, 1, 0, 0, 0}, "magic header not detected", 0);
  expect_malformed({0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0}, "magic header not detected", 0);
  expect_malformed({0x00, 0x61, 0x73, 0x6D, 2, 0, 0, 0}, "unknown binary version 2, expected 1", 4);
  expect_malformed({0x00, 0x61, 0x73, 0x6D, 0, 0, 0, 1}, "unknown binary version", 4);
}

TEST(Header, OfAComponentIsNamed) {
  expect_malformed({0x00, 0x61, 0x73, 0x6D, 0x0D, 0x00, 0x01, 0x00}, "components are not supported", 4);
}

// --- sections

TEST(Sections, Truncated) {
  expect_malformed(cat({header, {type_section}}), "unexpected end", 9);
  expect_malformed(cat({header, {type_section, 4, 1, 0x60, 0}}), "length out of bounds: the type section has 4 bytes",
                   9);
  expect_malformed(cat({header, {type_section, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}}), "length out of bounds", 9);
}

TEST(Sections, LengthIsAnInteger) {
  expect_malformed(cat({header, {type_section, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}}), "integer representation too long",
                   9);
  expect_malformed(cat({header, {type_section, 0x80, 0x80, 0x80, 0x80, 0x10}}), "integer too large", 9);
  expect_malformed(cat({header, {type_section, 0x80}}), "unexpected end", 10);
  EXPECT_TRUE(decode_bytes(cat({header, {type_section, 0x81, 0x80, 0x80, 0x80, 0x00, 0x00}})).has_value());
}

TEST(Sections, UnknownId) {
  expect_malformed(cat({header, {14, 0}}), "malformed section id 0x0e", 8);
  expect_malformed(cat({header, {0x80, 0}}), "malformed section id 0x80", 8);
}

TEST(Sections, OfALaterProposalIsUnsupported) {
  expect_error(decode_error(cat({header, section(tag_section, {0})}), wasm::Features{}), ErrorKind::unsupported,
               "exception_handling", 8);
}

TEST(Sections, TwiceOrOutOfOrder) {
  constexpr std::uint8_t in_order[] = {type_section,       import_section, function_section, table_section,
                                       memory_section,     global_section, export_section,   element_section,
                                       data_count_section, code_section,   data_section};
  Bytes all = header;
  for (auto const id : in_order) {
    write_bytes(all, section(id, {0}));
  }
  EXPECT_TRUE(decode_bytes(all).has_value());
  for (std::size_t i = 0; i < std::size(in_order); ++i) {
    expect_malformed(module_of({section(in_order[i], {0}), section(in_order[i], {0})}), "unexpected content", 11);
    for (std::size_t before = 0; before < i; ++before) {
      expect_malformed(module_of({section(in_order[i], {0}), section(in_order[before], {0})}), "unexpected content",
                       11);
    }
  }
}

TEST(Sections, SizeMismatch) {
  expect_malformed(module_of({section(type_section, {0, 0})}), "section size mismatch: 1 bytes", 11);
  expect_malformed(module_of({section(start_section, {0, 1, 2})}), "section size mismatch: 2 bytes", 11);
  // The element would be there, but behind the section's end.
  expect_malformed(cat({header, {function_section, 2, 1, 0x80}, {0x00}}), "unexpected end", 12);
}

TEST(Sections, CustomAnywhere) {
  Bytes const custom = section(custom_section, cat({name("x"), {1, 2, 3}}));
  auto const module =
      decode_bytes(module_of({custom, section(type_section, {0}), custom, section(code_section, {0}), custom}));
  ASSERT_TRUE(module.has_value());
  ASSERT_EQ(module->custom_sections.size(), 3u);
  EXPECT_EQ(module->custom_sections[1].name, "x");
  EXPECT_EQ(module->view(module->custom_sections[1].data).size(), 3u);
}

TEST(Sections, CustomWithGarbageIsAccepted) {
  Bytes garbage;
  for (unsigned i = 0; i < 300; ++i) {
    garbage.push_back(static_cast<std::uint8_t>(i * 37 + 11));
  }
  for (auto const* which : {"name", "producers", "metadata.code.branch_hint", "dylink.0", "target_features", ""}) {
    EXPECT_TRUE(decode_bytes(module_of({section(custom_section, cat({name(which), garbage}))})).has_value()) << which;
    EXPECT_TRUE(decode_bytes(module_of({section(custom_section, name(which))})).has_value()) << which;
  }
}

TEST(Sections, CustomNeedsAName) {
  expect_malformed(module_of({section(custom_section, {})}), "unexpected end", 10);
  expect_malformed(module_of({section(custom_section, {5, 'a'})}), "length out of bounds: a name has 5 bytes", 10);
  expect_malformed(module_of({section(custom_section, {1, 0xFF})}), "malformed UTF-8 encoding", 11);
}

// --- names

TEST(Names, MustBeUtf8) {
  for (Bytes const& text : {Bytes{0x80}, Bytes{0xC0, 0x80}, Bytes{0xED, 0xA0, 0x80}, Bytes{0xF4, 0x90, 0x80, 0x80},
                            Bytes{0xE2, 0x82}, Bytes{0xFF}}) {
    expect_malformed(module_of({section(import_section, cat({{1}, sized(text), {0, 0, 0}}))}),
                     "malformed UTF-8 encoding", 12);
    expect_malformed(module_of({section(import_section, cat({{1, 0}, sized(text), {0, 0}}))}),
                     "malformed UTF-8 encoding", 13);
    expect_malformed(module_of({section(export_section, cat({{1}, sized(text), {0, 0}}))}), "malformed UTF-8 encoding",
                     12);
  }
}

TEST(Names, LengthPastTheEnd) {
  Bytes const huge{0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
  expect_malformed(module_of({section(import_section, cat({{1}, huge}))}), "length out of bounds", 11);
  expect_malformed(module_of({section(export_section, cat({{1}, huge}))}), "length out of bounds", 11);
  expect_malformed(module_of({section(custom_section, huge)}), "length out of bounds", 10);
}

TEST(Names, HaveALimit) {
  std::string const longest(wasm::limits::name_bytes, 'n');
  auto const exported = [](std::string const& text) {
    return module_of({section(export_section, cat({{1}, name(text), {0, 0}}))});
  };
  auto const imported = [](std::string const& text) {
    return module_of({section(import_section, cat({{1, 0}, name(text), {0, 0}}))});
  };
  EXPECT_TRUE(decode_bytes(exported(longest)).has_value());
  EXPECT_TRUE(decode_bytes(imported(longest)).has_value());
  expect_error(decode_error(exported(longest + "n")), ErrorKind::limit, "at most 100000 are allowed");
  expect_error(decode_error(imported(longest + "n")), ErrorKind::limit, "at most 100000 are allowed");
}

// --- types

TEST(Types, AreFunctionTypes) {
  expect_malformed(module_of({section(type_section, {1, 0x61, 0, 0})}), "malformed type form 0x61, expected 0x60", 11);
  expect_malformed(module_of({section(type_section, {1, 0x60, 1, 0x41, 0})}), "malformed value type 0x41", 13);
  expect_malformed(module_of({section(type_section, {1, 0x60, 0, 1, 0x40})}), "malformed value type 0x40", 14);
  expect_malformed(module_of({section(type_section, {2, 0x60, 0, 0})}), "2 types are declared");
}

TEST(Types, OfLaterProposalsAreUnsupportedButMustBeWellFormed) {
  auto const type = [](Bytes const& bytes) { return module_of({section(type_section, cat({{1}, bytes}))}); };
  for (Bytes const& later :
       {Bytes{0x5F, 1, 0x7F, 1}, Bytes{0x5E, 0x78, 0}, Bytes{0x50, 0, 0x60, 0, 0}, Bytes{0x4F, 1, 0, 0x5F, 0},
        Bytes{0x4E, 1, 0x60, 0, 0}, Bytes{0x5F, 1, 0x63, 0, 0}, Bytes{0x60, 1, 0x6E, 0}}) {
    expect_error(decode_error(type(later)), ErrorKind::unsupported, "this build does not have the proposal");
  }
  EXPECT_TRUE(decode_bytes(type({0x60, 1, 0x64, 0, 0})).has_value());
  expect_malformed(type({0x5F, 1, 0x7F, 2}), "malformed mutability 0x02", 14);
  expect_malformed(type({0x5F, 1, 0x40, 0}), "malformed value type 0x40", 13);
  expect_malformed(type({0x5E, 0x64, 0x40, 0}), "malformed heap type 0x40", 13);
  expect_malformed(type({0x4E, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), "unexpected end");
  expect_malformed(type({0x4E, 1, 0x77, 0}), "malformed type form 0x77", 13);
  expect_malformed(type({0x50, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), "unexpected end");
}

TEST(Types, HaveALimitOfParametersAndResults) {
  auto const type = [](std::uint32_t params, std::uint32_t results) {
    return module_of({section(type_section,
                              cat({{1, 0x60}, leb(params), Bytes(params, 0x7F), leb(results), Bytes(results, 0x7E)}))});
  };
  EXPECT_TRUE(decode_bytes(type(1000, 1000)).has_value());
  expect_error(decode_error(type(1001, 0)), ErrorKind::limit, "1001 parameters, at most 1000 are allowed", 13);
  expect_error(decode_error(type(0, 1001)), ErrorKind::limit, "1001 results, at most 1000 are allowed", 14);
}

TEST(Types, NeedFeaturesForWhatTheyUse) {
  auto const several = module_of({section(type_section, {1, 0x60, 0, 2, 0x7F, 0x7F})});
  EXPECT_TRUE(decode_bytes(several).has_value());
  expect_error(decode_error(several, all_features().with(wasm::Feature::multi_value, false)), ErrorKind::unsupported,
               "multi_value");
  auto const vector = module_of({section(type_section, {1, 0x60, 1, 0x7B, 0})});
  EXPECT_TRUE(decode_bytes(vector).has_value());
  expect_error(decode_error(vector, wasm::Features{}), ErrorKind::unsupported, "it needs the feature simd");
  auto const reference = module_of({section(type_section, {1, 0x60, 1, 0x6F, 0})});
  expect_error(decode_error(reference, wasm::Features::none()), ErrorKind::unsupported, "reference_types");
}

// --- imports, tables, memories, globals, exports

TEST(Imports, HaveAKind) {
  auto const import = [](Bytes const& description) {
    return module_of({section(import_section, cat({{1, 1, 'm', 1, 'n'}, description}))});
  };
  EXPECT_TRUE(decode_bytes(import({0, 0})).has_value());
  EXPECT_TRUE(decode_bytes(import({1, 0x70, 0, 1})).has_value());
  EXPECT_TRUE(decode_bytes(import({2, 1, 1, 2})).has_value());
  EXPECT_TRUE(decode_bytes(import({3, 0x7F, 1})).has_value());
  expect_malformed(import({5, 0}), "malformed import kind 0x05", 15);
  expect_malformed(import({0x80, 0, 0}), "malformed import kind 0x80", 15);
  expect_malformed(import({3, 0x7F, 2}), "malformed mutability 2, expected 0 or 1", 17);
  expect_error(decode_error(import({4, 0, 0}), wasm::Features{}), ErrorKind::unsupported, "exception_handling", 15);
}

TEST(Imports, ComeFirstInTheirIndexSpaces) {
  auto const module = decode_bytes(module_of(
      {section(type_section, {1, 0x60, 0, 0}),
       section(
           import_section,
           cat({{3}, name("m"), name("f"), {0, 0}, name("m"), name("g"), {3, 0x7E, 0}, name("m"), name("h"), {0, 0}})),
       section(function_section, {1, 0}), section(global_section, {1, 0x7F, 1, 0x41, 5, 0x0B}),
       section(code_section, {1, 2, 0, 0x0B})}));
  ASSERT_TRUE(module.has_value()) << module.error().message();
  EXPECT_EQ(module->imported_functions, 2u);
  EXPECT_EQ(module->functions.size(), 3u);
  EXPECT_EQ(module->imports[2].index, 1u);
  EXPECT_EQ(module->imported_globals, 1u);
  ASSERT_EQ(module->globals.size(), 2u);
  EXPECT_EQ(module->globals[0].type.content, ValType::i64());
  EXPECT_TRUE(module->globals[1].type.is_mutable);
  EXPECT_EQ(module->globals[1].init.code.size, 3u);
}

TEST(Memories, LimitsFlags) {
  auto const memory = [](Bytes const& limits) { return module_of({section(memory_section, cat({{1}, limits}))}); };
  EXPECT_TRUE(decode_bytes(memory({0, 1})).has_value());
  EXPECT_TRUE(decode_bytes(memory({1, 1, 2})).has_value());
  expect_malformed(memory({0xFF, 1}), "malformed limits flags 0xff", 11);
  expect_malformed(memory({8, 1}), "malformed limits flags 0x08", 11);
  expect_malformed(memory({2, 1}), "malformed limits flags 0x02", 11); // shared, and no maximum
  expect_malformed(memory({1, 1}), "unexpected end", 13);
  expect_malformed(memory({0, 0x82, 0x80, 0x80, 0x80, 0x80, 0x00}), "integer representation too long", 12);
  expect_error(decode_error(memory({3, 1, 2})), ErrorKind::unsupported, "threads", 11);
  expect_error(decode_error(memory({4, 1})), ErrorKind::unsupported, "memory64", 11);
  expect_error(decode_error(memory({7, 1, 2})), ErrorKind::unsupported, "threads", 11);
}

TEST(Tables, HaveAReferenceTypeAndLimits) {
  auto const table = [](Bytes const& type) { return module_of({section(table_section, cat({{1}, type}))}); };
  EXPECT_TRUE(decode_bytes(table({0x70, 0, 1})).has_value());
  EXPECT_TRUE(decode_bytes(table({0x6F, 1, 1, 2})).has_value());
  expect_malformed(table({0x7F, 0, 1}), "malformed reference type 0x7f", 11);
  expect_malformed(table({0x70, 2, 1}), "malformed limits flags 0x02", 12);
  expect_malformed(table({0x70, 3, 1, 1}), "malformed limits flags 0x03", 12); // no table is shared
  Bytes const with_init{0x40, 0, 0x70, 0, 1, 0xD0, 0x70, 0x0B};
  expect_error(decode_error(table(with_init), wasm::Features{}), ErrorKind::unsupported, "table with an initialiser",
               11);
  auto const module = decode_bytes(table(with_init));
  ASSERT_TRUE(module.has_value());
  EXPECT_TRUE(module->tables.at(0).init.has_value());
  expect_malformed(table({0x40, 1, 0x70, 0, 1, 0xD0, 0x70, 0x0B}), "malformed table: 0x40 0x01", 11);
}

TEST(Globals, HaveMutabilityAndAnExpression) {
  auto const global = [](Bytes const& bytes) { return module_of({section(global_section, cat({{1}, bytes}))}); };
  EXPECT_TRUE(decode_bytes(global({0x7F, 1, 0x41, 0, 0x0B})).has_value());
  expect_malformed(global({0x7F, 2, 0x41, 0, 0x0B}), "malformed mutability 2", 12);
  expect_malformed(global({0x7F, 0, 0x41, 0}), "unexpected end", 15);
  expect_malformed(global({0x7F, 0, 0xFF, 0x0B}), "illegal opcode 0xff", 13);
  expect_malformed(global({0x7F, 0, 0x02, 0x40, 0x0B}), "unexpected end", 16); // a block's end is not the expression's
}

TEST(Globals, ExpressionsOfManyOperatorsAreBounded) {
  auto const global = [](std::size_t operators) {
    return module_of({section(global_section, cat({{1, 0x7F, 0}, times(operators, {0x41, 0}), {0x0B}}))});
  };
  EXPECT_TRUE(decode_bytes(global(100000)).has_value());
  expect_error(decode_error(global(500000)), ErrorKind::limit, "a constant expression of 1000001 bytes");
}

TEST(Tags, HaveAnAttributeAndAType) {
  auto const module = decode_bytes(
      module_of({section(import_section, {1, 1, 'm', 1, 'n', 4, 0, 3}), section(tag_section, {2, 0, 0x81, 0x01, 0, 5}),
                 section(export_section, {1, 1, 'x', 4, 1})}));
  ASSERT_TRUE(module.has_value()) << module.error().message();
  EXPECT_EQ(module->tags, (std::vector<std::uint32_t>{3, 129, 5}));
  EXPECT_EQ(module->imported_tags, 1u);
  EXPECT_EQ(module->exports.at(0).kind, ExternKind::tag);
  expect_malformed(module_of({section(tag_section, {1, 1, 0})}), "malformed tag attribute 0x01, expected 0", 11);
}

TEST(Exports, HaveAKind) {
  expect_malformed(module_of({section(export_section, {1, 1, 'x', 5, 0})}), "malformed export kind 0x05", 13);
  expect_error(decode_error(module_of({section(export_section, {1, 1, 'x', 4, 0})}), wasm::Features{}),
               ErrorKind::unsupported, "export of a tag", 13);
  expect_malformed(module_of({section(export_section, {1, 1, 'x', 0})}), "unexpected end", 14);
}

TEST(Start, IsOneIndex) {
  expect_malformed(module_of({section(start_section, {})}), "unexpected end", 10);
  expect_malformed(module_of({section(start_section, {0x80})}), "unexpected end", 11);
}

// --- segments

TEST(Elements, HaveEightForms) {
  auto const element = [](Bytes const& bytes) { return module_of({section(element_section, cat({{1}, bytes}))}); };
  using wasm::SegmentMode;
  struct Form {
    Bytes bytes;
    SegmentMode mode;
    std::uint32_t table;
    bool is_expressions;
  };
  for (auto const& form : {
           Form{{0, 0x41, 0, 0x0B, 2, 5, 6}, SegmentMode::active, 0, false},
           Form{{1, 0, 2, 5, 6}, SegmentMode::passive, 0, false},
           Form{{2, 9, 0x41, 0, 0x0B, 0, 2, 5, 6}, SegmentMode::active, 9, false},
           Form{{3, 0, 2, 5, 6}, SegmentMode::declarative, 0, false},
           Form{{4, 0x41, 0, 0x0B, 2, 0xD2, 5, 0x0B, 0xD0, 0x70, 0x0B}, SegmentMode::active, 0, true},
           Form{{5, 0x6F, 2, 0xD0, 0x6F, 0x0B, 0xD0, 0x6F, 0x0B}, SegmentMode::passive, 0, true},
           Form{{6, 9, 0x41, 0, 0x0B, 0x70, 2, 0xD2, 5, 0x0B, 0xD2, 6, 0x0B}, SegmentMode::active, 9, true},
           Form{{7, 0x70, 2, 0xD2, 5, 0x0B, 0xD2, 6, 0x0B}, SegmentMode::declarative, 0, true},
       }) {
    auto const module = decode_bytes(element(form.bytes));
    ASSERT_TRUE(module.has_value()) << module.error().message();
    auto const& segment = module->elements.at(0);
    EXPECT_EQ(segment.mode, form.mode);
    EXPECT_EQ(segment.table, form.table);
    EXPECT_EQ(segment.is_expressions, form.is_expressions);
    EXPECT_EQ(segment.count, 2u);
  }
  expect_malformed(element({8, 0x41, 0, 0x0B, 0}), "malformed elements segment kind 8", 11);
  expect_malformed(element({1, 1, 0}), "malformed element kind 0x01, expected 0", 12);
  expect_malformed(element({5, 0x7F, 0}), "malformed reference type 0x7f", 12);
  expect_malformed(element({1, 0, 3, 0, 0}), "3 elements of a segment are declared", 13);
}

TEST(Data, HasThreeForms) {
  auto const data = [](Bytes const& bytes) { return module_of({section(data_section, cat({{1}, bytes}))}); };
  EXPECT_TRUE(decode_bytes(data({0, 0x41, 0, 0x0B, 1, 9})).has_value());
  EXPECT_TRUE(decode_bytes(data({1, 1, 9})).has_value());
  EXPECT_TRUE(decode_bytes(data({2, 0, 0x41, 0, 0x0B, 1, 9})).has_value());
  expect_malformed(data({3, 0, 1, 9}), "malformed data segment kind 3", 11);
  expect_malformed(data({1, 2, 9}), "length out of bounds: a data segment has 2 bytes, and only 1 follow", 12);
  expect_malformed(data({1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}), "length out of bounds", 12);
}

TEST(DataCount, MustMatchTheDataSection) {
  Bytes const one = section(data_section, {1, 1, 0});
  EXPECT_TRUE(decode_bytes(module_of({section(data_count_section, {1}), one})).has_value());
  EXPECT_TRUE(decode_bytes(module_of({section(data_count_section, {0})})).has_value());
  expect_malformed(module_of({section(data_count_section, {1})}), "1 segments, and no data section", 11);
  expect_malformed(module_of({section(data_count_section, {0xFF, 0xFF, 0xFF, 0xFF, 0x0F})}),
                   "4294967295 segments, and no data section");
  expect_malformed(module_of({section(data_count_section, {2}), one}), "inconsistent lengths: 2 and 1", 13);
  expect_malformed(module_of({section(data_count_section, {0}), one}), "inconsistent lengths: 0 and 1", 13);
}

TEST(DataCount, IsNeededByInstructionsThatNameASegment) {
  for (Bytes const& instruction : {Bytes{0xFC, 8, 0, 0}, Bytes{0xFC, 9, 0}}) {
    Bytes const code = section(code_section, cat({{1}, sized(cat({{0}, instruction, {0x0B}}))}));
    Bytes const before = cat({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0})});
    auto const without = decode_bytes(module_of({before, code, section(data_section, {1, 1, 0})}));
    ASSERT_TRUE(without.has_value());
    auto const malformed = decode::find_malformed_body(*without);
    ASSERT_TRUE(malformed.has_value());
    EXPECT_NE(malformed->message().find("data count section required"), std::string::npos);
    auto const with =
        decode_bytes(module_of({before, section(data_count_section, {1}), code, section(data_section, {1, 1, 0})}));
    ASSERT_TRUE(with.has_value());
    EXPECT_FALSE(decode::find_malformed_body(*with).has_value());
  }
}

// --- functions and code

TEST(Code, MustMatchTheFunctionSection) {
  Bytes const type = section(type_section, {1, 0x60, 0, 0});
  Bytes const functions = section(function_section, {1, 0});
  Bytes const code = section(code_section, {1, 2, 0, 0x0B});
  EXPECT_TRUE(decode_bytes(module_of({type, functions, code})).has_value());
  EXPECT_TRUE(decode_bytes(module_of({type, section(function_section, {0})})).has_value());
  EXPECT_TRUE(decode_bytes(module_of({type, section(code_section, {0})})).has_value());
  expect_malformed(module_of({type, functions}), "inconsistent lengths: 1 functions, and no code section");
  expect_malformed(module_of({type, code}), "inconsistent lengths: 0 functions, 1 bodies");
  expect_malformed(module_of({type, functions, section(code_section, {2, 2, 0, 0x0B, 2, 0, 0x0B})}),
                   "inconsistent lengths: 1 functions, 2 bodies");
}

TEST(Code, BodyPastTheEnd) {
  Bytes const before = cat({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0})});
  expect_malformed(module_of({before, section(code_section, {1, 3, 0, 0x0B})}),
                   "length out of bounds: a function body has 3 bytes, and only 2 follow");
  expect_malformed(module_of({before, section(code_section, {1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x0B})}),
                   "length out of bounds");
  expect_malformed(module_of({before, section(code_section, {1, 1, 0, 0x0B})}), "section size mismatch");
}

TEST(Code, BodiesHaveALimit) {
  auto const body = [](std::size_t size) { return module_of_body(cat({{0}, Bytes(size - 2, 0x01), {0x0B}})); };
  EXPECT_TRUE(decode_bytes(body(wasm::limits::function_bytes)).has_value());
  expect_error(decode_error(body(8000000)), ErrorKind::limit,
               "the body of function 0 has 8000000 bytes, at most 7654321 are allowed");
}

} // namespace
} // namespace weir::test
