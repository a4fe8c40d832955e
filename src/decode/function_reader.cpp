#include "decode/function_reader.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/leb128.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"

namespace weir::decode {

FunctionReader::FunctionReader(wasm::Module const& module, std::uint32_t function) : module_(module) {
  auto const body = module.view(module.body_of_function(function).code);
  instructions_ = body.data();
  end_ = body.data() + body.size();
  at_ = instructions_;
  std::uint32_t const type = module.functions[function];
  check(type < module.types.size() ? module.types[type].params().size() : 0);
}

bool FunctionReader::fail(ErrorKind kind, std::string what, std::uint8_t const* at) {
  what += " in the declarations of locals";
  error_.emplace(kind, std::move(what), static_cast<std::uint64_t>(at - module_.bytes.data()));
  return false;
}

bool FunctionReader::check_u32(std::uint32_t& value) {
  auto const* const start = instructions_;
  switch (base::read_leb(instructions_, end_, value)) {
  case base::LebStatus::ok: return true;
  case base::LebStatus::truncated: return fail(ErrorKind::malformed, "unexpected end", end_);
  case base::LebStatus::too_long: return fail(ErrorKind::malformed, "integer representation too long", start);
  default: return fail(ErrorKind::malformed, "integer too large", start);
  }
}

bool FunctionReader::check_group(std::uint64_t& locals) {
  auto const* const start = instructions_;
  std::uint32_t count = 0;
  if (!check_u32(count)) {
    return false;
  }
  locals += count;
  if (locals > 0xFFFFFFFFu) {
    return fail(ErrorKind::malformed, fmt::format("too many locals: {}, there can be 2^32 - 1", locals), start);
  }
  TypeReader types{instructions_, end_, module_.features};
  ValType type;
  if (!types.value_type(type)) {
    return fail(types.kind(), types.what(), types.position());
  }
  instructions_ = types.position();
  return true;
}

bool FunctionReader::check(std::uint64_t params) {
  auto const* const start = instructions_;
  if (!check_u32(groups_left_)) {
    return false;
  }
  at_ = instructions_;
  std::uint64_t locals = params;
  for (std::uint32_t i = 0; i < groups_left_; ++i) {
    if (!check_group(locals)) {
      return false;
    }
  }
  if (locals > wasm::limits::function_locals) {
    return fail(ErrorKind::limit,
                fmt::format("{} parameters and locals, at most {} are allowed,", locals, wasm::limits::function_locals),
                start);
  }
  local_count_ = static_cast<std::uint32_t>(locals);
  return true;
}

std::optional<LocalDeclaration> FunctionReader::next_locals() noexcept {
  if (groups_left_ == 0) {
    return std::nullopt;
  }
  --groups_left_;
  LocalDeclaration group;
  static_cast<void>(base::read_leb(at_, end_, group.count));
  TypeReader types{at_, end_, module_.features};
  static_cast<void>(types.value_type(group.type));
  at_ = types.position();
  return group;
}

InstructionReader FunctionReader::instructions() const noexcept {
  return InstructionReader{{instructions_, end_},
                           static_cast<std::uint32_t>(instructions_ - module_.bytes.data()),
                           module_.features,
                           module_.data_count.has_value()};
}

std::optional<Error> find_malformed(InstructionReader reader, std::uint64_t depth) {
  using wasm::Opcode;
  Instruction instruction;
  while (depth != 0) {
    if (!reader.next(instruction)) {
      auto error = reader.error();
      return error.kind() == ErrorKind::malformed ? std::optional{std::move(error)} : std::nullopt;
    }
    switch (instruction.opcode) {
    case Opcode::block:
    case Opcode::loop:
    case Opcode::if_: ++depth; break;
    case Opcode::end: --depth; break;
    default: break;
    }
  }
  if (!reader.at_end()) {
    return Error{ErrorKind::malformed, "section size mismatch: bytes follow the last `end` of a function body",
                 reader.offset()};
  }
  return std::nullopt;
}

std::optional<Error> find_malformed_body(wasm::Module const& module) {
  for (std::uint32_t i = 0; i < module.bodies.size(); ++i) {
    std::uint32_t const function = module.imported_functions + i;
    FunctionReader const body{module, function};
    auto found = !body.failed()                                ? find_malformed(body.instructions(), 1)
                 : body.error().kind() == ErrorKind::malformed ? std::optional{body.error()}
                                                               : std::nullopt;
    if (found) {
      auto const offset = found->offset().value_or(0);
      return Error{ErrorKind::malformed,
                   fmt::format("{}, in function {} at byte offset {:#x}", found->message(), function, offset), offset};
    }
  }
  return std::nullopt;
}

} // namespace weir::decode
