#include "validate/body_validator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "decode/names.hpp"
#include "wasm/limits.hpp"

namespace weir::validate {

void LocalTypes::add(std::uint32_t count, ValType type) {
  std::uint32_t const room = most_flat - static_cast<std::uint32_t>(flat_.size());
  flat_.insert(flat_.end(), std::min(count, room), type);
  count_ += count;
  are_plain_ = are_plain_ && type.is_defaultable();
  plain_count_ = are_plain_ ? static_cast<std::uint32_t>(flat_.size()) : 0;
  if (count > room) {
    groups_.push_back({count_, type});
  }
}

ValType LocalTypes::find(std::uint32_t index) const noexcept {
  return std::ranges::upper_bound(groups_, index, {}, &Group::end)->type;
}

// --- errors

[[gnu::cold]] bool BodyValidator::fail(ErrorKind kind, std::string_view what) {
  error_.emplace(kind, std::string{what}, instruction_->offset);
  return false;
}

[[gnu::cold]] bool BodyValidator::mismatch(ValType expected, ValType found) {
  return fail(fmt::format("type mismatch: {} expects {}, found {}", keyword(), to_string(expected), to_string(found)));
}

[[gnu::cold]] bool BodyValidator::underflow(std::string_view expected) {
  return fail(fmt::format("type mismatch: {} expects {}, found nothing: no operand is left in this block", keyword(),
                          expected));
}

[[gnu::cold]] bool BodyValidator::mismatch(Types expected) {
  auto const list = [](Types types) {
    constexpr std::size_t most = 16;
    std::string text = types.size() > most ? "[..." : "[";
    for (auto const type : types.last(std::min(types.size(), most))) {
      text += (text.size() > 1 ? " " : "") + to_string(type);
    }
    return text + "]";
  };
  auto const found = operands_.operands();
  return fail(fmt::format("type mismatch: {} expects {}, found {}", keyword(), list(expected),
                          list(found.last(std::min(found.size(), expected.size())))));
}

[[gnu::cold]] bool BodyValidator::unknown(std::string_view what, std::uint32_t index, std::size_t count) {
  return fail(fmt::format("unknown {} {}: {} refers to it, and there {} {}", what, index, keyword(),
                          count == 1 ? "is" : "are", count));
}

Error BodyValidator::in_function(Error const& error) const {
  auto const name = decode::name_of_function(module_, function_);
  auto const called = name.empty() ? std::string{} : fmt::format(" (`{}`)", base::printable(name));
  auto const offset = error.offset().value_or(0);
  return Error{error.kind(),
               fmt::format("{}, in function {}{} at byte offset {:#x}", error.message(), function_, called, offset),
               offset};
}

// Operands were lost, so nothing that was found since then counts.
Error BodyValidator::too_many_operands() const {
  return in_function(Error{ErrorKind::limit,
                           fmt::format("more than {} operands on the stack", wasm::limits::operand_height),
                           instruction_->offset});
}

// A body that is not well-formed is malformed, whatever was found invalid in front of that place.
Error BodyValidator::finish_error() {
  if (operands_.overflowed()) {
    return too_many_operands();
  }
  if (error_->kind() == ErrorKind::invalid) {
    if (auto const malformed = decode::find_malformed(*instructions_, 1)) {
      return in_function(*malformed);
    }
  }
  return in_function(*error_);
}

// --- operands

bool BodyValidator::pop_slow(ValType expected) {
  if (operands_.empty()) {
    return controls_.back().is_unreachable || underflow(to_string(expected));
  }
  ValType const found = operands_.peek();
  if (!is_good(found, expected)) {
    return mismatch(expected, found);
  }
  operands_.drop();
  return true;
}

bool BodyValidator::pop_any(ValType& found) {
  if (operands_.empty()) {
    found = ValType{};
    return controls_.back().is_unreachable || underflow("a value");
  }
  found = operands_.peek();
  operands_.drop();
  return true;
}

bool BodyValidator::check_top(Types types) {
  auto const good = [this](ValType found, ValType expected) { return is_good(found, expected); };
  auto found = operands_.operands();
  if (found.size() < types.size()) {
    if (!controls_.back().is_unreachable) {
      return mismatch(types);
    }
    // The operands that are missing have whatever type is asked for.
    types = types.last(found.size());
    return std::ranges::equal(found, types, good) || mismatch(types);
  }
  found = found.last(types.size());
  if (std::ranges::equal(found, types)) [[likely]] {
    return true;
  }
  return std::ranges::equal(found, types, good) || mismatch(types);
}

bool BodyValidator::check_type(ValType type) {
  if (!type.is_concrete_ref() || type.heap() < module_.types.size()) {
    return true;
  }
  return fail(fmt::format("unknown type {}: {} refers to it, and there are {}", type.heap(), to_string(type),
                          module_.types.size()));
}

// --- the body

bool BodyValidator::begin(std::uint32_t function) {
  function_ = function;
  error_.reset();
  operands_.clear();
  controls_.clear();
  locals_.clear();
  instruction_ = &own_instruction_;
  instruction_->opcode = Opcode::block;
  instruction_->offset = module_.body_of_function(function).code.offset;
  decode::FunctionReader body{module_, function};
  if (body.failed()) {
    error_ = body.error();
    return false;
  }
  auto const& type = module_.type_of_function(function);
  for (auto const param : type.params()) {
    locals_.add(1, param);
  }
  params_ = locals_.count();
  if (survey_ != nullptr) {
    survey_->begin(params_);
  }
  initialised_.clear();
  initialised_order_.clear();
  while (auto const group = body.next_locals()) {
    if (!check_type(group->type)) {
      return false;
    }
    locals_.add(group->count, group->type);
  }
  instructions_ = body.instructions();
  Control control;
  control.type = &type;
  control.opcode = Opcode::block;
  controls_.push_back(control);
  return true;
}

// Instructions that no shape describes.
[[gnu::noinline]] bool BodyValidator::visit_special() {
  switch (instruction_->opcode) {
  case Opcode::unreachable: set_unreachable(); return true;
  case Opcode::nop: return true;
  case Opcode::block:
  case Opcode::loop:
  case Opcode::if_: return block();
  case Opcode::else_: return else_();
  case Opcode::end: return end();
  case Opcode::br: return br();
  case Opcode::br_if: return br_if();
  case Opcode::br_table: return br_table();
  case Opcode::return_: return return_();
  case Opcode::call: return call();
  case Opcode::call_indirect: return call_indirect();
  case Opcode::call_ref: return call_ref();
  case Opcode::return_call_ref: return return_call_ref();
  case Opcode::br_on_null: return br_on_null();
  case Opcode::br_on_non_null: return br_on_non_null();
  case Opcode::drop: return drop();
  case Opcode::select: return select();
  case Opcode::select_t: return select_typed();
  case Opcode::global_get: return global_get();
  case Opcode::global_set: return global_set();
  case Opcode::table_get: return table_get();
  case Opcode::table_set: return table_set();
  case Opcode::table_size: return table_size();
  case Opcode::table_grow: return table_grow();
  case Opcode::table_fill: return table_fill();
  case Opcode::table_copy: return table_copy();
  case Opcode::table_init: return table_init();
  case Opcode::elem_drop: return elem_drop();
  case Opcode::memory_init: return memory_init();
  case Opcode::memory_copy: return memory_copy();
  case Opcode::memory_fill: return memory_fill();
  case Opcode::data_drop: return data_drop();
  case Opcode::ref_null: return ref_null();
  case Opcode::ref_is_null: return ref_is_null();
  case Opcode::ref_func: return ref_func();
  case Opcode::ref_as_non_null: return ref_as_non_null();
  default: return visit_checked(signature_of(instruction_->opcode));
  }
}

// A constant that a local is set to gains nothing from being kept in another one.
void BodyValidator::survey_constant() {
  bool const is_double = instruction_->opcode == Opcode::f64_const;
  std::size_t const next = std::size_t{instruction_->offset} + 1 + (is_double ? sizeof(double) : sizeof(float));
  constexpr auto local_set = static_cast<std::uint8_t>(wasm::info(Opcode::local_set).code);
  if (next < module_.bytes.size() && module_.bytes[next] != local_set) {
    survey_->use_constant(instruction_->value, is_double);
  }
}

template <bool Surveys>
[[gnu::always_inline]] inline BodyValidator::Outcome BodyValidator::visit(Instruction const& instruction) {
  Signature const& signature = signature_of(instruction.opcode);
  switch (signature.shape) {
  case Shape::special: return !visit_special() ? Outcome::failed : controls_.empty() ? Outcome::last : Outcome::good;
  case Shape::local_get:
    if (locals_.is_plain(instruction.index)) [[likely]] {
      if constexpr (Surveys) {
        survey_local(false);
      }
      push(locals_.plain(instruction.index));
      return Outcome::good;
    }
    return outcome(local_get());
  case Shape::local_set:
    if (locals_.is_plain(instruction.index)) [[likely]] {
      if constexpr (Surveys) {
        survey_local(true);
      }
      return outcome(pop(locals_.plain(instruction.index)));
    }
    return outcome(local_set());
  case Shape::local_tee:
    if (locals_.is_plain(instruction.index) && operands_.has_top(locals_.plain(instruction.index))) [[likely]] {
      if constexpr (Surveys) {
        survey_local(true);
      }
      return Outcome::good;
    }
    return outcome(local_tee());
  case Shape::constant:
    if constexpr (Surveys) {
      if (signature.result_type().is_float()) {
        survey_constant();
      }
    }
    push(signature.result_type());
    return Outcome::good;
  case Shape::unary:
    if (operands_.has_top(signature.param(0))) [[likely]] {
      operands_.replace_top(signature.result_type());
      return Outcome::good;
    }
    break;
  case Shape::load:
    if (!check_memarg(signature)) [[unlikely]] {
      return Outcome::failed;
    }
    if (operands_.has_top(signature.param(0))) [[likely]] {
      operands_.replace_top(signature.result_type());
      return Outcome::good;
    }
    break;
  case Shape::binary:
    if (operands_.available() >= 2 && operands_.peek(0) == signature.param(1) &&
        operands_.peek(1) == signature.param(0)) [[likely]] {
      operands_.drop();
      operands_.replace_top(signature.result_type());
      return Outcome::good;
    }
    break;
  case Shape::store:
    if (!check_memarg(signature)) [[unlikely]] {
      return Outcome::failed;
    }
    if (operands_.available() >= 2 && operands_.peek(0) == signature.param(1) &&
        operands_.peek(1) == signature.param(0)) [[likely]] {
      operands_.drop(2);
      return Outcome::good;
    }
    break;
  default: break;
  }
  return outcome(visit_checked(signature));
}

Result<void> BodyValidator::validate(std::uint32_t function, decode::BodySurvey* survey) {
  survey_ = survey;
  if (!begin(function)) {
    return std::unexpected(in_function(*error_));
  }
  return survey_ != nullptr ? run<true>() : run<false>();
}

// To validate only is quicker with a loop of its own.
template <bool Surveys>
Result<void> BodyValidator::run() {
  auto reader = *instructions_;
  auto const* at = reader.position();
  auto const kept = Surveys ? survey_->room_for(reader.bytes_left()) : std::span<Instruction>{};
  Instruction* into = kept.empty() ? &own_instruction_ : kept.data();
  Instruction* const last_kept = kept.empty() ? nullptr : &kept.back();
  std::ptrdiff_t stride = kept.empty() ? 0 : 1;
  for (;;) {
    instruction_ = into;
    if (!reader.next(*into, at)) [[unlikely]] {
      return std::unexpected(in_function(reader.error()));
    }
    auto const outcome = visit<Surveys>(*into);
    if (outcome == Outcome::failed) [[unlikely]] {
      return std::unexpected(finish_error());
    }
    if (outcome == Outcome::last) {
      break;
    }
    if constexpr (Surveys) {
      if (into == last_kept) [[unlikely]] {
        survey_->keep(kept.size(), static_cast<std::uint32_t>(at - module_.bytes.data()));
        into = &own_instruction_;
        stride = 0;
      } else {
        into += stride;
      }
    }
  }
  reader.set_position(at);
  if (stride != 0) {
    survey_->keep(static_cast<std::size_t>(into - kept.data()) + 1, reader.offset());
  }
  if (!reader.at_end()) {
    return std::unexpected(in_function(Error{
        ErrorKind::malformed, "section size mismatch: bytes follow the body's last `end` (END opcode expected as last)",
        reader.offset()}));
  }
  if (operands_.overflowed()) [[unlikely]] {
    return std::unexpected(too_many_operands());
  }
  return {};
}

// Every plain signature, on any stack.
[[gnu::noinline]] bool BodyValidator::visit_checked(Signature const& signature) {
  using wasm::Immediates;
  switch (wasm::info(instruction_->opcode).immediates) {
  case Immediates::memory:
    if (!check_memory(instruction_->index)) {
      return false;
    }
    break;
  case Immediates::memarg_lane:
    if (!check_memarg(signature) || !check_lanes(signature)) {
      return false;
    }
    break;
  case Immediates::lane:
  case Immediates::shuffle:
    if (!check_lanes(signature)) {
      return false;
    }
    break;
  default: break;
  }
  for (std::size_t i = signature.param_count; i-- > 0;) {
    if (!pop(signature.param(i))) {
      return false;
    }
  }
  if (signature.result != 0) {
    push(signature.result_type());
  }
  return true;
}

} // namespace weir::validate
