#include <fmt/format.h>

#include <algorithm>

#include "validate/body_validator.hpp"
#include "wasm/limits.hpp"

namespace weir::validate {

bool BodyValidator::push_control(Control const& control) {
  // The body itself is the outermost block, and not nested.
  if (controls_.size() > wasm::limits::control_depth) {
    return fail(ErrorKind::limit, fmt::format("more than {} nested blocks", wasm::limits::control_depth));
  }
  controls_.push_back(control);
  controls_.back().height = operands_.height();
  controls_.back().initialised = static_cast<std::uint32_t>(initialised_order_.size());
  operands_.raise_floor();
  return true;
}

void BodyValidator::survey_call() {
  if (survey_ != nullptr) {
    survey_->meet_call();
  }
}

bool BodyValidator::block() {
  using Kind = decode::BlockType::Kind;
  auto const& type = instruction_->block;
  Control control;
  control.opcode = instruction_->opcode;
  if (type.kind == Kind::value) {
    if (!check_type(type.value)) {
      return false;
    }
    control.single = type.value;
  } else if (type.kind == Kind::type_index) {
    if (!check_index("type", type.type_index, module_.types.size())) {
      return false;
    }
    control.type = &module_.types[type.type_index];
  }
  if (control.opcode == Opcode::if_ && !pop(ValType::i32())) {
    return false;
  }
  if (survey_ != nullptr) {
    survey_->enter_block(control.opcode == Opcode::loop);
  }
  auto const params = control.params();
  if (params.empty()) {
    return push_control(control);
  }
  if (!pop(params) || !push_control(control)) {
    return false;
  }
  push(params);
  return true;
}

// Checks the operands at the end of the innermost block and closes it.
bool BodyValidator::pop_control(Control& control) {
  control = controls_.back();
  auto const results = control.results();
  std::size_t const left = operands_.available();
  if (!pop(results)) {
    return false;
  }
  if (!operands_.empty()) {
    return fail(fmt::format("type mismatch: {} values at the end of a block whose type has {}", left, results.size()));
  }
  controls_.pop_back();
  forget_initialised(control.initialised);
  operands_.lower_floor(controls_.empty() ? 0 : controls_.back().height);
  return true;
}

bool BodyValidator::else_() {
  if (controls_.back().opcode != Opcode::if_) {
    return fail("else without if");
  }
  Control control;
  if (!pop_control(control)) {
    return false;
  }
  if (survey_ != nullptr) {
    survey_->meet_else();
  }
  control.opcode = Opcode::else_;
  control.is_unreachable = false;
  if (!push_control(control)) {
    return false;
  }
  push(control.params());
  return true;
}

bool BodyValidator::end() {
  Control control;
  if (!pop_control(control)) {
    return false;
  }
  if (survey_ != nullptr) {
    survey_->leave_block();
  }
  auto const results = control.results();
  if (control.opcode == Opcode::if_ &&
      !std::ranges::equal(control.params(), results,
                          [this](ValType param, ValType result) { return is_good(param, result); })) {
    return fail("type mismatch: an if without else must leave on the stack what it finds there");
  }
  push(results);
  return true;
}

bool BodyValidator::check_label(std::uint32_t depth) {
  return depth < controls_.size() || fail(fmt::format("unknown label {}: {} refers to it, and {} blocks are open",
                                                      depth, keyword(), controls_.size()));
}

bool BodyValidator::br() {
  if (!check_label(instruction_->index) || !pop(control_at(instruction_->index).label())) {
    return false;
  }
  set_unreachable();
  return true;
}

bool BodyValidator::br_if() {
  if (!check_label(instruction_->index) || !pop(ValType::i32())) {
    return false;
  }
  auto const types = control_at(instruction_->index).label();
  if (types.empty()) {
    return true;
  }
  if (!pop(types)) {
    return false;
  }
  push(types);
  return true;
}

bool BodyValidator::br_table() {
  if (!pop(ValType::i32())) {
    return false;
  }
  decode::LabelReader labels{*instruction_};
  Types checked;
  bool is_first = true;
  // The default comes last; all labels must take the same number of values, so the first one sets it.
  for (std::uint32_t i = 0; i <= instruction_->count; ++i) {
    std::uint32_t const depth = labels.next();
    if (!check_label(depth)) {
      return false;
    }
    auto const types = control_at(depth).label();
    if (!is_first && types.size() != checked.size()) {
      return fail(
          fmt::format("type mismatch: the labels of br_table take {} and {} values", checked.size(), types.size()));
    }
    if ((is_first || types.data() != checked.data()) && !check_top(types)) {
      return false;
    }
    checked = types;
    is_first = false;
  }
  set_unreachable();
  return true;
}

bool BodyValidator::return_() {
  if (!pop(controls_.front().results())) {
    return false;
  }
  set_unreachable();
  return true;
}

bool BodyValidator::call() {
  if (!check_index("function", instruction_->index, module_.functions.size())) {
    return false;
  }
  survey_call();
  auto const& type = module_.type_of_function(instruction_->index);
  if (!pop(Types{type.params()})) {
    return false;
  }
  push(Types{type.results()});
  return true;
}

bool BodyValidator::call_indirect() {
  if (!check_table(instruction_->index2)) {
    return false;
  }
  auto const element = module_.tables[instruction_->index2].type.element;
  if (!is_good(element, ValType::funcref())) {
    return fail(fmt::format("type mismatch: call_indirect expects a table of funcref, table {} holds {}",
                            instruction_->index2, to_string(element)));
  }
  if (!check_index("type", instruction_->index, module_.types.size()) || !pop(ValType::i32())) {
    return false;
  }
  survey_call();
  auto const& type = module_.types[instruction_->index];
  if (!pop(Types{type.params()})) {
    return false;
  }
  push(Types{type.results()});
  return true;
}

bool BodyValidator::br_on_null() {
  ValType reference;
  if (!check_label(instruction_->index) || !pop_reference(reference)) {
    return false;
  }
  auto const types = control_at(instruction_->index).label();
  if (!pop(types)) {
    return false;
  }
  push(types);
  push(as_non_null(reference));
  return true;
}

// The label takes the reference as its last value.
bool BodyValidator::br_on_non_null() {
  ValType reference;
  if (!check_label(instruction_->index) || !pop_reference(reference)) {
    return false;
  }
  auto const types = control_at(instruction_->index).label();
  if (types.empty()) {
    return fail("type mismatch: br_on_non_null takes a reference to the label, which takes no value");
  }
  if (auto const found = as_non_null(reference); !is_good(found, types.back())) {
    return mismatch(types.back(), found);
  }
  auto const others = types.first(types.size() - 1);
  if (!pop(others)) {
    return false;
  }
  push(others);
  return true;
}

// Pops the function's reference and its parameters.
bool BodyValidator::pop_callee(std::uint32_t type) {
  survey_call();
  return check_index("type", type, module_.types.size()) && pop(ValType::concrete_ref(type, true)) &&
         pop(Types{module_.types[type].params()});
}

bool BodyValidator::call_ref() {
  if (!pop_callee(instruction_->index)) {
    return false;
  }
  push(Types{module_.types[instruction_->index].results()});
  return true;
}

bool BodyValidator::return_call_ref() {
  if (!check_index("type", instruction_->index, module_.types.size())) {
    return false;
  }
  Types const results{module_.types[instruction_->index].results()};
  if (!std::ranges::equal(results, controls_.front().results(),
                          [this](ValType found, ValType expected) { return is_good(found, expected); })) {
    return fail(fmt::format("type mismatch: {} of a function whose results are not those of the caller", keyword()));
  }
  if (!pop_callee(instruction_->index)) {
    return false;
  }
  set_unreachable();
  return true;
}

} // namespace weir::validate
