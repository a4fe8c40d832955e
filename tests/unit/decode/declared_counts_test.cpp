// Counts that no input backs: refused at once, and nothing is allocated for them.
#include "decode/function_reader.hpp"
#include "support/allocation_meter.inc"
#include "support/raw_module.hpp"

namespace weir::test {
namespace {

Bytes const huge{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}; // 2^32 - 1
Bytes const million{0xC0, 0x84, 0x3D};          // 1,000,000: within the limits
constexpr std::size_t most_bytes = 4096;        // for errors and the module's own small vectors

// The decoder's error, when it allocates next to nothing until then.
void expect_cheap_failure(Bytes bytes, std::string_view phrase) {
  auto owner = own(std::move(bytes));
  AllocationMeter const meter;
  auto const module = decode::decode_module(std::move(owner), all_features());
  auto const allocated = meter.bytes();
  ASSERT_FALSE(module.has_value()) << phrase;
  expect_error(module.error(), ErrorKind::malformed, phrase);
  EXPECT_LT(allocated, most_bytes) << phrase;
}

TEST(DeclaredCounts, OfSections) {
  struct Vector {
    std::uint8_t section;
    char const* what;
  };
  for (auto const& vector :
       {Vector{type_section, "types"}, Vector{import_section, "imports"}, Vector{function_section, "functions"},
        Vector{table_section, "tables"}, Vector{memory_section, "memories"}, Vector{global_section, "globals"},
        Vector{export_section, "exports"}, Vector{element_section, "element segments"},
        Vector{data_section, "data segments"}, Vector{code_section, "function bodies"}}) {
    for (Bytes const& count : {huge, million}) {
      for (std::size_t const padding : {0u, 16u}) {
        expect_cheap_failure(module_of({section(vector.section, cat({count, Bytes(padding, 0)}))}),
                             fmt::format("{} are declared, and only {} bytes follow", vector.what, padding));
      }
    }
  }
}

TEST(DeclaredCounts, OfElementsParametersAndResults) {
  for (Bytes const& count : {huge, million}) {
    expect_cheap_failure(module_of({section(element_section, cat({{1, 1, 0}, count}))}),
                         "elements of a segment are declared");
    expect_cheap_failure(module_of({section(element_section, cat({{1, 5, 0x70}, count}))}),
                         "elements of a segment are declared");
    expect_cheap_failure(module_of({section(type_section, cat({{1, 0x60}, count}))}), "parameters are declared");
    expect_cheap_failure(module_of({section(type_section, cat({{1, 0x60, 0}, count}))}), "results are declared");
    expect_cheap_failure(module_of({section(data_section, cat({{1, 1}, count}))}), "a data segment has");
    expect_cheap_failure(module_of({section(import_section, cat({{1}, count, {0, 0, 0}}))}), "a name has");
  }
}

TEST(DeclaredCounts, OfDataSegmentsAnnounced) {
  expect_cheap_failure(module_of({section(data_count_section, huge)}), "4294967295 segments, and no data section");
}

// What is there may cost memory, in proportion to its size.
TEST(DeclaredCounts, ThatAreBackedCostInProportion) {
  constexpr std::size_t count = 200000;
  auto owner = own(module_of({section(type_section, cat({leb(count), times(count, {0x60, 0, 0})}))}));
  std::size_t const size = owner->view().size();
  AllocationMeter const meter;
  auto const module = decode::decode_module(std::move(owner), all_features());
  EXPECT_LT(meter.bytes(), 32 * size);
  ASSERT_TRUE(module.has_value());
  EXPECT_EQ(module->types.size(), count);
}

TEST(DeclaredCounts, OfTables) {
  constexpr std::size_t count = 100000;
  auto const tables = [](std::size_t number) {
    return module_of({section(table_section, cat({leb(number), times(number, {0x70, 0, 0})}))});
  };
  EXPECT_TRUE(decode_bytes(tables(count)).has_value());
  expect_error(decode_error(tables(count + 1)), ErrorKind::limit, "100001 tables, at most 100000 are allowed");
}

// The imported ones count too.
TEST(DeclaredCounts, OfTablesAndMemoriesWithImports) {
  auto const both = [](std::size_t imported, Bytes const& import, SectionId id, std::size_t declared,
                       Bytes const& type) {
    return module_of({section(import_section, cat({leb(imported), times(imported, import)})),
                      section(id, cat({leb(declared), times(declared, type)}))});
  };
  Bytes const table_import{0, 0, 1, 0x70, 0, 0};
  Bytes const table{0x70, 0, 0};
  EXPECT_TRUE(decode_bytes(both(60000, table_import, table_section, 40000, table)).has_value());
  expect_error(decode_error(both(60000, table_import, table_section, 40001, table)), ErrorKind::limit,
               "40001 tables besides the imported ones, at most 40000 are allowed");
  EXPECT_TRUE(decode_bytes(both(100000, table_import, table_section, 0, table)).has_value());
  expect_error(decode_error(both(100001, table_import, table_section, 0, table)), ErrorKind::limit,
               "more than 100000 imported tables");
  Bytes const memory_import{0, 0, 2, 0, 0};
  Bytes const memory{0, 0};
  EXPECT_TRUE(decode_bytes(both(1, memory_import, memory_section, 99, memory)).has_value());
  expect_error(decode_error(both(1, memory_import, memory_section, 100, memory)), ErrorKind::limit,
               "100 memories besides the imported ones, at most 99 are allowed");
  expect_error(decode_error(both(101, memory_import, memory_section, 0, memory)), ErrorKind::limit,
               "more than 100 imported memories");
}

// --- in bodies

struct BodyOutcome {
  std::optional<Error> error;
  std::size_t allocated = 0;
};

BodyOutcome read_body(Bytes const& body) {
  auto const module = decode_bytes(module_of_body(body));
  if (!module.has_value()) {
    ADD_FAILURE() << module.error().message();
    return {};
  }
  AllocationMeter const meter;
  BodyOutcome outcome;
  decode::FunctionReader const reader{*module, 0};
  outcome.error = reader.failed() ? std::optional{reader.error()} : decode::find_malformed(reader.instructions(), 1);
  outcome.allocated = meter.bytes();
  return outcome;
}

TEST(DeclaredCounts, OfLocals) {
  auto const expect_failure = [](Bytes const& declarations, ErrorKind kind, std::string_view phrase) {
    auto const outcome = read_body(cat({declarations, {0x0B}}));
    ASSERT_TRUE(outcome.error.has_value()) << phrase;
    EXPECT_EQ(outcome.error->kind(), kind) << outcome.error->message();
    EXPECT_NE(outcome.error->message().find(phrase), std::string::npos) << outcome.error->message();
    EXPECT_LT(outcome.allocated, most_bytes);
  };
  expect_failure(huge, ErrorKind::malformed, "unexpected end"); // of groups
  expect_failure(cat({{1}, huge, {0x7E}}), ErrorKind::limit, "4294967295 parameters and locals, at most 50000");
  expect_failure(cat({{2}, huge, {0x7E, 1, 0x7F}}), ErrorKind::malformed, "too many locals: 4294967296");
  expect_failure(cat({{2}, huge, {0x7E}, huge, {0x7F}}), ErrorKind::malformed, "too many locals");
  expect_failure(cat({{1}, leb(50001), {0x7F}}), ErrorKind::limit, "50001 parameters and locals, at most 50000");
  expect_failure({1, 1, 0x40}, ErrorKind::malformed, "malformed value type 0x40");
  expect_failure({1, 1}, ErrorKind::malformed, "malformed value type 0x0b");
  EXPECT_FALSE(read_body(cat({{1}, leb(50000), {0x7F, 0x0B}})).error.has_value());
  EXPECT_FALSE(read_body({3, 0, 0x7F, 2, 0x7E, 0, 0x7D, 0x0B}).error.has_value());
}

TEST(DeclaredCounts, OfBranchTables) {
  for (Bytes const& count : {huge, Bytes{0xFC, 0xFF, 0xFF, 0xFF, 0x0F}, million}) {
    auto const outcome = read_body(cat({{0, 0x41, 0, 0x0E}, count, {0, 0, 0x0B}}));
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_NE(outcome.error->message().find("unexpected end in `br_table`"), std::string::npos)
        << outcome.error->message();
    EXPECT_LT(outcome.allocated, most_bytes);
  }
}

TEST(DeclaredCounts, OfSelectTypes) {
  auto const outcome = read_body(cat({{0, 0x1C}, huge, {0x7F, 0x0B}}));
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_NE(outcome.error->message().find("unexpected end in `select`"), std::string::npos);
  EXPECT_LT(outcome.allocated, most_bytes);
}

TEST(DeclaredCounts, OfBlocksThatNeverEnd) {
  auto const outcome = read_body(cat({{0}, times(1000000, {0x02, 0x40})}));
  ASSERT_TRUE(outcome.error.has_value());
  EXPECT_NE(outcome.error->message().find("unexpected end"), std::string::npos);
  EXPECT_LT(outcome.allocated, most_bytes);
}

} // namespace
} // namespace weir::test
