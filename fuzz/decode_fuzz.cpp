// Arbitrary bytes through the decoder and validation. Whatever they are:
// - the verdict is the same when it is asked for twice, and by validators that have or have not seen other functions;
// - errors have a kind that input can cause, a message, and an offset that lies in the module;
// - the instructions of a valid body end where the body ends, and so do its declarations of locals;
// - the name and producers sections can be read to their ends.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/function_reader.hpp"
#include "decode/module_decoder.hpp"
#include "decode/names.hpp"
#include "validate/function_validator.hpp"
#include "validate/module_validator.hpp"

namespace {

using weir::Error;
using weir::ErrorKind;

class CopiedBytes : public weir::wasm::ModuleBytes {
 public:
  // Exactly as many bytes as there are, so that a sanitizer sees one too far.
  CopiedBytes(std::uint8_t const* data, std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {
    std::copy(data, data + size, bytes_.get());
  }
  weir::base::ByteSpan view() const noexcept override { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

void require(bool condition, char const* what) {
  if (!condition) {
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
  }
}

// Every function's error; with `apart`, each by a validator of its own, and from the last to the first.
std::vector<std::optional<Error>> validate_bodies(weir::wasm::Module const& module,
                                                  weir::validate::ModuleFacts const& facts, bool apart) {
  auto const count = static_cast<std::uint32_t>(module.bodies.size());
  std::vector<std::optional<Error>> errors(count);
  std::optional<weir::validate::FunctionValidator> validator;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t const at = apart ? count - 1 - i : i;
    if (apart || !validator) {
      validator.emplace(module, facts);
    }
    if (auto valid = validator->validate(module.imported_functions + at); !valid.has_value()) {
      errors[at] = std::move(valid).error();
    }
  }
  return errors;
}

struct Verdict {
  std::optional<Error> module;                 // of decoding, or of the module without its bodies
  std::vector<std::optional<Error>> functions; // where the module is good
};

void check_error(Error const& error, std::size_t size) {
  auto const kind = error.kind();
  require(kind == ErrorKind::malformed || kind == ErrorKind::invalid || kind == ErrorKind::unsupported ||
              kind == ErrorKind::limit,
          "an error's kind is one that input can cause");
  require(!error.message().empty(), "an error says something");
  require(error.offset().value_or(0) <= size, "an error's offset lies in the module");
}

// Reads a valid body to its end.
void check_body(weir::wasm::Module const& module, std::uint32_t function) {
  weir::decode::FunctionReader body{module, function};
  require(!body.failed(), "the locals of a valid body can be read");
  std::uint64_t locals = module.type_of_function(function).params().size();
  while (auto const group = body.next_locals()) {
    locals += group->count;
  }
  require(locals == body.local_count(), "locals are as many as their groups have");
  auto reader = body.instructions();
  weir::decode::Instruction instruction;
  std::uint64_t depth = 1;
  while (!reader.at_end()) {
    require(depth != 0, "nothing follows the last end of a valid body");
    require(reader.offset() < module.bytes.size(), "instructions lie in the module");
    require(reader.next(instruction), "the instructions of a valid body can be read");
    if (instruction.opcode == weir::wasm::Opcode::block || instruction.opcode == weir::wasm::Opcode::loop ||
        instruction.opcode == weir::wasm::Opcode::if_) {
      ++depth;
    } else if (instruction.opcode == weir::wasm::Opcode::end) {
      --depth;
    }
  }
  require(depth == 0, "a valid body ends with its last end");
  require(!weir::decode::find_malformed(body.instructions(), 1).has_value(), "a valid body is well-formed");
}

void read_custom_sections(weir::wasm::Module const& module) {
  std::size_t read = 0;
  for (auto const& section : module.custom_sections) {
    auto const contents = module.view(section.data);
    for (auto const& producer : weir::decode::read_producers(contents)) {
      read += producer.name.size();
    }
    auto const names = weir::decode::read_names(contents);
    for (auto const& name : names.functions) {
      read += name.name.size();
    }
    weir::decode::NameSection const section_names{contents};
    auto locals = section_names.locals(0);
    while (auto const name = locals.next()) {
      read += name->name.size();
    }
  }
  require(read <= module.bytes.size() * 3, "names lie in the module");
}

Verdict judge(std::shared_ptr<weir::wasm::ModuleBytes const> bytes, weir::wasm::Features features) {
  std::size_t const size = bytes->view().size();
  auto const module = weir::decode::decode_module(std::move(bytes), features);
  if (!module.has_value()) {
    check_error(module.error(), size);
    return {module.error(), {}};
  }
  read_custom_sections(*module);
  auto const facts = weir::validate::validate_module(*module);
  if (!facts.has_value()) {
    check_error(facts.error(), size);
    return {facts.error(), {}};
  }
  Verdict verdict{std::nullopt, validate_bodies(*module, *facts, false)};
  auto const again = validate_bodies(*module, *facts, true);
  for (std::uint32_t i = 0; i < verdict.functions.size(); ++i) {
    auto const& one = verdict.functions[i];
    require(one.has_value() == again[i].has_value(), "a function's verdict does not depend on the validator");
    if (one) {
      require(one->kind() == again[i]->kind() && one->message() == again[i]->message(), "nor do its words");
      check_error(*one, size);
    } else {
      check_body(*module, module->imported_functions + i);
    }
  }
  return verdict;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const bytes = std::make_shared<CopiedBytes>(data, size);
  auto const all = weir::wasm::Features{}.with(weir::wasm::Feature::simd);
  judge(bytes, all);
  // With fewer features: refused, or judged, but never a crash.
  judge(bytes, all.with(weir::wasm::Feature::sign_extension, false));
  judge(bytes, weir::wasm::Features::none());
  return 0;
}
