// Modules written byte by byte, for tests of what is wrong with them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <weir/error.hpp>

#include "decode/module_decoder.hpp"
#include "support/assembler.hpp"

namespace weir::test {

inline wasm::Features all_features() { return wasm::Features::all(); }

inline Bytes cat(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (auto const& part : parts) {
    write_bytes(all, part);
  }
  return all;
}

// The shortest encoding of an unsigned integer.
inline Bytes leb(std::uint64_t value) {
  Bytes out;
  write_u32(out, value);
  return out;
}

inline Bytes times(std::size_t count, Bytes const& part) {
  Bytes all;
  all.reserve(count * part.size());
  for (std::size_t i = 0; i < count; ++i) {
    write_bytes(all, part);
  }
  return all;
}

// The length, then the characters.
inline Bytes name(std::string_view text) {
  Bytes out = leb(text.size());
  out.insert(out.end(), text.begin(), text.end());
  return out;
}

// The length, then the bytes: a section's contents, a function body.
inline Bytes sized(Bytes const& contents) { return cat({leb(contents.size()), contents}); }

enum SectionId : std::uint8_t {
  custom_section,
  type_section,
  import_section,
  function_section,
  table_section,
  memory_section,
  global_section,
  export_section,
  start_section,
  element_section,
  code_section,
  data_section,
  data_count_section,
  tag_section
};

inline Bytes section(std::uint8_t id, Bytes const& contents) { return cat({{id}, sized(contents)}); }

inline Bytes const header{0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00};

inline Bytes module_of(std::initializer_list<Bytes> sections) { return cat({header, cat(sections)}); }

// One type [] -> [] and one function of it with this body: declarations of locals and instructions, `end` included.
inline Bytes module_of_body(Bytes const& body) {
  return module_of({section(type_section, {1, 0x60, 0, 0}), section(function_section, {1, 0}),
                    section(code_section, cat({{1}, sized(body)}))});
}

inline std::shared_ptr<wasm::ModuleBytes const> own(Bytes bytes) {
  return std::make_shared<OwnedBytes>(std::move(bytes));
}

inline Result<wasm::Module> decode_bytes(Bytes bytes, wasm::Features features = all_features()) {
  return decode::decode_module(own(std::move(bytes)), features);
}

// Checks an error's kind, that its message holds the phrase, and that the message says where.
inline void expect_error(Error const& error, ErrorKind kind, std::string_view phrase) {
  EXPECT_STREQ(to_string(error.kind()), to_string(kind)) << error.message();
  EXPECT_NE(error.message().find(phrase), std::string::npos) << "expected \"" << phrase << "\" in: " << error.message();
  if (error.offset()) {
    EXPECT_NE(error.message().find(fmt::format("byte offset {:#x}", *error.offset())), std::string::npos)
        << "expected offset " << *error.offset() << " in: " << error.message();
  }
}

inline void expect_error(Error const& error, ErrorKind kind, std::string_view phrase, std::uint64_t offset) {
  expect_error(error, kind, phrase);
  ASSERT_TRUE(error.offset().has_value()) << error.message();
  EXPECT_EQ(*error.offset(), offset) << error.message();
}

// The decoder's error; fails the test when there is none.
inline Error decode_error(Bytes bytes, wasm::Features features = all_features()) {
  auto module = decode_bytes(std::move(bytes), features);
  if (module.has_value()) {
    ADD_FAILURE() << "the module was accepted";
    return Error{ErrorKind::host, "the module was accepted"};
  }
  return std::move(module).error();
}

inline void expect_malformed(Bytes bytes, std::string_view phrase) {
  expect_error(decode_error(std::move(bytes)), ErrorKind::malformed, phrase);
}

inline void expect_malformed(Bytes bytes, std::string_view phrase, std::uint64_t offset) {
  expect_error(decode_error(std::move(bytes)), ErrorKind::malformed, phrase, offset);
}

} // namespace weir::test
