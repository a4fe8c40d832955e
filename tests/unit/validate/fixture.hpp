// Decodes and validates a whole module, bodies included.
#pragma once

#include "support/raw_module.hpp"
#include "text/wat.hpp"
#include "validate/function_validator.hpp"
#include "validate/module_validator.hpp"

namespace weir::test {

inline Result<void> check(Bytes bytes, wasm::Features features = all_features()) {
  auto const module = decode_bytes(std::move(bytes), features);
  if (!module.has_value()) {
    return std::unexpected(module.error());
  }
  auto const facts = validate::validate_module(*module);
  if (!facts.has_value()) {
    return std::unexpected(facts.error());
  }
  validate::FunctionValidator validator{*module, *facts};
  decode::BodySurvey survey; // what it is told changes nothing
  for (std::uint32_t i = 0; i < module->bodies.size(); ++i) {
    auto valid = validator.validate(module->imported_functions + i);
    auto const surveyed = validator.validate(module->imported_functions + i, &survey);
    EXPECT_EQ(surveyed.has_value(), valid.has_value());
    if (!valid.has_value()) {
      EXPECT_EQ(surveyed.has_value() ? "" : surveyed.error().message(), valid.error().message());
      return valid;
    }
  }
  return {};
}

inline Bytes parse(std::string_view text) {
  auto bytes = text::parse_wat(text, {.features = all_features()});
  if (!bytes.has_value()) {
    ADD_FAILURE() << text << ": " << bytes.error().message();
    return {};
  }
  return *std::move(bytes);
}

inline Result<void> check_text(std::string_view text, wasm::Features features = all_features()) {
  return check(parse(text), features);
}

inline void expect_valid(Bytes bytes) {
  auto const valid = check(std::move(bytes));
  EXPECT_TRUE(valid.has_value()) << valid.error().message();
}

inline void expect_valid(std::string_view text) {
  auto const valid = check_text(text);
  EXPECT_TRUE(valid.has_value()) << text << "\n" << valid.error().message();
}

inline void expect_failure(Result<void> const& valid, ErrorKind kind, std::string_view phrase) {
  if (valid.has_value()) {
    ADD_FAILURE() << "accepted; expected: " << phrase;
    return;
  }
  expect_error(valid.error(), kind, phrase);
}

inline void expect_invalid(std::string_view text, std::string_view phrase) {
  SCOPED_TRACE(text);
  expect_failure(check_text(text), ErrorKind::invalid, phrase);
}

inline void expect_invalid(Bytes bytes, std::string_view phrase) {
  expect_failure(check(std::move(bytes)), ErrorKind::invalid, phrase);
}

// A module around the instructions of a body [] -> [], with what they may refer to: one memory, one table of funcref,
// one mutable global i32.
inline std::string around(std::string_view instructions) {
  return fmt::format("(module (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0)) (func {}))", instructions);
}

inline void expect_invalid_body(std::string_view instructions, std::string_view phrase) {
  expect_invalid(around(instructions), phrase);
}
inline void expect_valid_body(std::string_view instructions) { expect_valid(around(instructions)); }

} // namespace weir::test
