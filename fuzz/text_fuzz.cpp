// The text format, there and back. Text that parses decodes, and its print parses to the same bytes; a valid module in
// the binary format prints as text that parses, to a module that prints and parses to the same bytes again. Scripts are
// read for what they do to the reader.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/module_decoder.hpp"
#include "text/printer.hpp"
#include "text/script.hpp"
#include "text/wat.hpp"
#include "validate/function_validator.hpp"
#include "validate/module_validator.hpp"

namespace {

using namespace weir;
using Bytes = std::vector<std::uint8_t>;

class OwnedBytes final : public wasm::ModuleBytes {
 public:
  explicit OwnedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  base::ByteSpan view() const noexcept override { return bytes_; }

 private:
  Bytes bytes_;
};

wasm::Features const features = wasm::Features{}.with(wasm::Feature::simd);

[[noreturn]] void fail(char const* what, std::string_view text, std::string_view message = {}) {
  std::fprintf(stderr, "%s\n%.*s\n%.*s\n", what, static_cast<int>(message.size()), message.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

Result<wasm::Module> decode(Bytes bytes) {
  return decode::decode_module(std::make_shared<OwnedBytes>(std::move(bytes)), features);
}

Result<std::string> print(wasm::Module const& module) {
  std::string text;
  auto const done = text::print_module(module, [&](std::string_view piece) {
    text += piece;
    return true;
  });
  return done.has_value() ? Result<std::string>{std::move(text)} : std::unexpected(done.error());
}

Result<Bytes> parse(std::string_view text) { return text::parse_wat(text, {features, true}); }

bool is_valid(wasm::Module const& module) {
  auto const facts = validate::validate_module(module);
  if (!facts.has_value()) {
    return false;
  }
  validate::FunctionValidator validator{module, *facts};
  for (std::size_t i = module.imported_functions; i < module.functions.size(); ++i) {
    if (!validator.validate(static_cast<std::uint32_t>(i)).has_value()) {
      return false;
    }
  }
  return true;
}

void check_text(std::string_view input) {
  auto const bytes = parse(input);
  if (!bytes.has_value()) {
    if (bytes.error().message().empty()) {
      fail("an error without a message", input);
    }
    return;
  }
  auto const module = decode(*bytes);
  if (!module.has_value()) {
    if (module.error().kind() == ErrorKind::malformed) {
      fail("the parser made a malformed module", input, module.error().message());
    }
    return; // a limit
  }
  static_cast<void>(is_valid(*module));
  auto const text = print(*module);
  if (!text.has_value()) {
    if (text.error().kind() == ErrorKind::malformed) {
      fail("the parser made a malformed body", input, text.error().message());
    }
    return;
  }
  auto const again = parse(*text);
  if (!again.has_value()) {
    fail("the print does not parse", *text, again.error().message());
  }
  if (*again != *bytes) {
    fail("the print is another module", *text, input);
  }
}

void check_binary(Bytes bytes) {
  auto const module = decode(std::move(bytes));
  if (!module.has_value()) {
    return;
  }
  bool const valid = is_valid(*module);
  auto const text = print(*module);
  if (!text.has_value()) {
    if (valid) {
      fail("a valid module does not print", "", text.error().message());
    }
    return;
  }
  auto const again = parse(*text);
  if (!again.has_value()) {
    if (valid) {
      fail("the print of a valid module does not parse", *text, again.error().message());
    }
    return;
  }
  auto const second = decode(*again);
  if (second.has_value() && print(*second) && parse(*print(*second)) != *again) {
    fail("the second print is another module", *text, *print(*second));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input{reinterpret_cast<char const*>(data), size};
  if (input.starts_with(std::string_view{"\0asm", 4})) {
    check_binary({data, data + size});
    return 0;
  }
  check_text(input);
  static_cast<void>(text::parse_script(input, {features, true}));
  return 0;
}
