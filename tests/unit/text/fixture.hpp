// What the tests of the text format share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <weir/error.hpp>

#include "decode/module_decoder.hpp"
#include "decode/names.hpp"
#include "text/printer.hpp"
#include "text/wat.hpp"

namespace weir::test {

using Bytes = std::vector<std::uint8_t>;

// Everything that the parser and the decoder know.
inline wasm::Features all_features() { return wasm::Features::all(); }

class OwnedBytes final : public wasm::ModuleBytes {
 public:
  explicit OwnedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  base::ByteSpan view() const noexcept override { return bytes_; }

 private:
  Bytes bytes_;
};

inline Result<wasm::Module> decode(Bytes bytes) {
  return decode::decode_module(std::make_shared<OwnedBytes>(std::move(bytes)), all_features());
}

inline Result<Bytes> parse(std::string_view text) { return text::parse_wat(text, {all_features(), true}); }

// The bytes of a text that parses; empty, and a failure, otherwise.
inline Bytes parsed(std::string_view text) {
  auto bytes = parse(text);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message() << "\n" << text.substr(0, 2000);
    return {};
  }
  return *std::move(bytes);
}

inline Result<std::string> print(Bytes bytes) {
  auto const module = decode(std::move(bytes));
  if (!module) {
    return std::unexpected(module.error());
  }
  std::string text;
  auto const done = text::print_module(*module, [&text](std::string_view piece) {
    text += piece;
    return true;
  });
  if (!done) {
    return std::unexpected(done.error());
  }
  return text;
}

inline std::string printed(Bytes bytes) {
  auto text = print(std::move(bytes));
  if (!text) {
    ADD_FAILURE() << text.error().message();
    return {};
  }
  return *std::move(text);
}

// Whether the result is an error of this kind whose message contains the text.
template <class T>
testing::AssertionResult fails(Result<T> const& result, ErrorKind kind, std::string_view text = "") {
  if (result.has_value()) {
    return testing::AssertionFailure() << "it succeeded";
  }
  auto const& error = result.error();
  if (error.kind() != kind || error.message().find(text) == std::string::npos) {
    return testing::AssertionFailure() << "expected " << to_string(kind) << " with \"" << text << "\", got "
                                       << to_string(error.kind()) << ": " << error.message();
  }
  return testing::AssertionSuccess();
}

} // namespace weir::test
