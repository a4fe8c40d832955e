#include "validate/function_validator.hpp"

#include <fmt/format.h>

#include <span>
#include <string>

#include "base/leb128.hpp"
#include "decode/types.hpp"
#include "validate/signatures.hpp"
#include "wasm/limits.hpp"

namespace weir::validate {

using decode::BlockType;
using decode::Instruction;
using wasm::Immediates;
using wasm::Opcode;

namespace {

// https://webassembly.github.io/spec/core/appendix/algorithm.html#data-structures
struct Control {
  Opcode opcode{};
  bool unreachable = false;
  BlockType type;
  std::uint32_t height = 0;
};

} // namespace

struct FunctionValidator::State {
  wasm::Module const& module;
  ModuleFacts const& facts;
  std::uint32_t function = 0;
  Instruction instruction;
  std::vector<ValType> operands;
  std::vector<Control> controls;
  std::vector<ValType> locals;
  std::vector<ValType> popped; // br_table
  std::optional<Error> error;
  ValType single; // storage for the one type of a block's value type

  State(wasm::Module const& m, ModuleFacts const& f) : module(m), facts(f) {}

  bool fail(std::string_view what) { return fail_as(ErrorKind::invalid, what); }

  bool fail_as(ErrorKind kind, std::string_view what) {
    error.emplace(kind,
                  fmt::format("{} (`{}` in function {}, at byte {})", what, wasm::info(instruction.opcode).text,
                              function, instruction.offset),
                  instruction.offset);
    return false;
  }

  bool mismatch(ValType expected, ValType found) {
    return fail(fmt::format("type mismatch: expected {}, found {}", to_string(expected), to_string(found)));
  }

  void push(ValType type) { operands.push_back(type); }

  bool underflow(std::string_view expected) {
    return fail(fmt::format("type mismatch: expected {}, found nothing: the operand stack is empty here", expected));
  }

  [[gnu::always_inline]] bool pop(ValType expected) {
    auto const& control = controls.back();
    if (operands.size() == control.height) [[unlikely]] {
      return control.unreachable || underflow(to_string(expected));
    }
    ValType const found = operands.back();
    operands.pop_back();
    if (found == expected || found.is_bottom()) [[likely]] {
      return true;
    }
    return mismatch(expected, found);
  }

  // Pops any value; bottom in unreachable code.
  bool pop_any(ValType& found) {
    auto const& control = controls.back();
    if (operands.size() == control.height) {
      found = ValType{};
      return control.unreachable || underflow("a value");
    }
    found = operands.back();
    operands.pop_back();
    return true;
  }

  bool pop_all(std::span<ValType const> types) {
    for (std::size_t i = types.size(); i-- > 0;) {
      if (!pop(types[i])) {
        return false;
      }
    }
    return true;
  }

  void push_all(std::span<ValType const> types) { operands.insert(operands.end(), types.begin(), types.end()); }

  void unreachable() {
    operands.resize(controls.back().height);
    controls.back().unreachable = true;
  }

  std::span<ValType const> params(BlockType const& type) const {
    return type.kind == BlockType::Kind::type_index ? std::span{module.types[type.type_index].params()}
                                                    : std::span<ValType const>{};
  }
  std::span<ValType const> results(BlockType const& type) const {
    switch (type.kind) {
    case BlockType::Kind::empty: return {};
    case BlockType::Kind::value: return {&type.value, 1};
    default: return module.types[type.type_index].results();
    }
  }
  // What a branch to the label takes.
  std::span<ValType const> label(Control const& control) const {
    return control.opcode == Opcode::loop ? params(control.type) : results(control.type);
  }

  bool push_control(Opcode opcode) {
    if (controls.size() >= wasm::limits::control_depth) {
      return fail_as(ErrorKind::limit, fmt::format("more than {} nested blocks", wasm::limits::control_depth));
    }
    controls.push_back({opcode, false, instruction.block, static_cast<std::uint32_t>(operands.size())});
    push_all(params(instruction.block));
    return true;
  }

  bool pop_control(Control& control) {
    control = controls.back();
    auto const types = results(control.type);
    if (!pop_all(types)) {
      return false;
    }
    if (operands.size() != control.height) {
      return fail(fmt::format("type mismatch: {} values are left at the end of the block, its type allows {}",
                              operands.size() - control.height + types.size(), types.size()));
    }
    controls.pop_back();
    return true;
  }

  bool check_index(std::uint32_t index, std::size_t size, char const* what) {
    return index < size || fail(fmt::format("unknown {} {}: there are {}", what, index, size));
  }
  bool check_label(std::uint32_t index) {
    return index < controls.size() || fail(fmt::format("unknown label {}: {} blocks are open", index, controls.size()));
  }
  Control const& control_at(std::uint32_t index) const { return controls[controls.size() - 1 - index]; }

  bool block();
  bool else_();
  bool end();
  bool br_table();
  bool call(FuncType const& type) {
    if (!pop_all(type.params())) {
      return false;
    }
    push_all(type.results());
    return true;
  }
  bool select(bool typed);
  bool memory_access();
  bool visit_special();
  bool visit_table();
  bool visit_bulk();
  bool visit();
  bool read_locals(std::uint8_t const*& at, std::uint8_t const* end, std::uint8_t const* begin, std::uint32_t offset);
};

bool FunctionValidator::State::block() {
  auto& type = instruction.block;
  if (type.kind == BlockType::Kind::type_index) {
    if (!check_index(type.type_index, module.types.size(), "type")) {
      return false;
    }
    auto const& signature = module.types[type.type_index];
    if (!module.features.has(wasm::Feature::multi_value) &&
        (!signature.params().empty() || signature.results().size() > 1)) {
      return fail_as(ErrorKind::unsupported,
                     "unsupported: blocks with parameters or several results (multi-value) are off");
    }
  }
  if (instruction.opcode == Opcode::if_ && !pop(ValType::i32())) {
    return false;
  }
  return pop_all(params(type)) && push_control(instruction.opcode);
}

bool FunctionValidator::State::else_() {
  Control control;
  if (controls.back().opcode != Opcode::if_) {
    return fail_as(ErrorKind::malformed, "`else` without `if`");
  }
  if (!pop_control(control)) {
    return false;
  }
  instruction.block = control.type;
  return push_control(Opcode::else_);
}

bool FunctionValidator::State::end() {
  Control control;
  if (!pop_control(control)) {
    return false;
  }
  auto const types = results(control.type);
  if (control.opcode == Opcode::if_) {
    auto const before = params(control.type);
    if (!std::equal(types.begin(), types.end(), before.begin(), before.end())) {
      return fail("type mismatch: `if` without `else` must leave what it found");
    }
  }
  push_all(types);
  return true;
}

bool FunctionValidator::State::br_table() {
  if (!pop(ValType::i32())) {
    return false;
  }
  if (instruction.count > wasm::limits::br_table_targets) {
    return fail_as(ErrorKind::limit, fmt::format("a br_table of {} targets, at most {} are allowed", instruction.count,
                                                 wasm::limits::br_table_targets));
  }
  decode::LabelReader last{instruction};
  std::uint32_t default_label = 0;
  for (std::uint64_t i = 0; i <= instruction.count; ++i) {
    default_label = last.next();
  }
  if (!check_label(default_label)) {
    return false;
  }
  auto const arity = label(control_at(default_label)).size();
  decode::LabelReader labels{instruction};
  std::uint32_t previous = ~0u;
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    std::uint32_t const index = labels.next();
    if (index == previous) {
      continue;
    }
    previous = index;
    if (!check_label(index)) {
      return false;
    }
    auto const types = label(control_at(index));
    if (types.size() != arity) {
      return fail(
          fmt::format("type mismatch: label {} takes {} values, the default label {}", index, types.size(), arity));
    }
    popped.clear();
    for (std::size_t j = types.size(); j-- > 0;) {
      ValType found;
      if (!pop_any(found)) {
        return false;
      }
      if (!found.is_bottom() && found != types[j]) {
        return mismatch(types[j], found);
      }
      popped.push_back(found);
    }
    for (std::size_t j = popped.size(); j-- > 0;) {
      push(popped[j]);
    }
  }
  if (!pop_all(label(control_at(default_label)))) {
    return false;
  }
  unreachable();
  return true;
}

bool FunctionValidator::State::select(bool typed) {
  if (!pop(ValType::i32())) {
    return false;
  }
  if (typed) {
    if (instruction.count != 1) {
      return fail(fmt::format("invalid result arity: select with {} types, expected 1", instruction.count));
    }
    if (!pop(instruction.type) || !pop(instruction.type)) {
      return false;
    }
    push(instruction.type);
    return true;
  }
  ValType second;
  ValType first;
  if (!pop_any(second) || !pop_any(first)) {
    return false;
  }
  if (first.is_ref() || second.is_ref()) {
    return fail("type mismatch: select without a type takes numbers and vectors, found a reference");
  }
  if (first != second && !first.is_bottom() && !second.is_bottom()) {
    return mismatch(first, second);
  }
  push(first.is_bottom() ? second : first);
  return true;
}

bool FunctionValidator::State::memory_access() {
  if (!check_index(instruction.index, module.memories.size(), "memory")) {
    return false;
  }
  auto const& info = wasm::info(instruction.opcode);
  if (instruction.align > static_cast<std::uint8_t>(info.access)) {
    return fail(fmt::format("alignment must not be larger than natural: 2^{}, natural is 2^{}", instruction.align,
                            info.access));
  }
  if (info.immediates == Immediates::memarg_lane && instruction.lane >= 16u >> info.access) {
    return fail(fmt::format("invalid lane index {}: there are {} lanes", instruction.lane, 16u >> info.access));
  }
  return true;
}

bool FunctionValidator::State::visit_table() {
  auto const& i = instruction;
  auto const table = [&](std::uint32_t index) { return check_index(index, module.tables.size(), "table"); };
  auto const element = [&](std::uint32_t index) { return module.tables[index].type.element; };
  auto const i32 = ValType::i32();
  switch (i.opcode) {
  case Opcode::table_get:
    if (!table(i.index) || !pop(i32)) return false;
    push(element(i.index));
    return true;
  case Opcode::table_set: return table(i.index) && pop(element(i.index)) && pop(i32);
  case Opcode::table_size:
    if (!table(i.index)) return false;
    push(i32);
    return true;
  case Opcode::table_grow:
    if (!table(i.index) || !pop(i32) || !pop(element(i.index))) return false;
    push(i32);
    return true;
  case Opcode::table_fill: return table(i.index) && pop(i32) && pop(element(i.index)) && pop(i32);
  case Opcode::table_copy:
    if (!table(i.index) || !table(i.index2)) return false;
    if (element(i.index) != element(i.index2)) return mismatch(element(i.index), element(i.index2));
    return pop(i32) && pop(i32) && pop(i32);
  case Opcode::table_init:
    if (!table(i.index2) || !check_index(i.index, module.elements.size(), "elem segment")) return false;
    if (module.elements[i.index].type != element(i.index2)) {
      return mismatch(element(i.index2), module.elements[i.index].type);
    }
    return pop(i32) && pop(i32) && pop(i32);
  default: return check_index(i.index, module.elements.size(), "elem segment"); // elem.drop
  }
}

bool FunctionValidator::State::visit_bulk() {
  auto const& i = instruction;
  auto const memory = [&](std::uint32_t index) { return check_index(index, module.memories.size(), "memory"); };
  auto const data = [&] { return check_index(i.index, module.data_count.value_or(0), "data segment"); };
  auto const three = [&] { return pop(ValType::i32()) && pop(ValType::i32()) && pop(ValType::i32()); };
  switch (i.opcode) {
  case Opcode::memory_init: return memory(i.index2) && data() && three();
  case Opcode::memory_copy: return memory(i.index) && memory(i.index2) && three();
  case Opcode::memory_fill: return memory(i.index) && three();
  default: return data(); // data.drop
  }
}

bool FunctionValidator::State::visit_special() {
  auto const& i = instruction;
  switch (i.opcode) {
  case Opcode::unreachable: unreachable(); return true;
  case Opcode::nop: return true;
  case Opcode::block:
  case Opcode::loop:
  case Opcode::if_: return block();
  case Opcode::else_: return else_();
  case Opcode::end: return end();
  case Opcode::br:
    if (!check_label(i.index) || !pop_all(label(control_at(i.index)))) return false;
    unreachable();
    return true;
  case Opcode::br_if: {
    if (!check_label(i.index) || !pop(ValType::i32())) return false;
    auto const types = label(control_at(i.index));
    if (!pop_all(types)) return false;
    push_all(types);
    return true;
  }
  case Opcode::br_table: return br_table();
  case Opcode::return_:
    if (!pop_all(results(controls.front().type))) return false;
    unreachable();
    return true;
  case Opcode::call:
    return check_index(i.index, module.functions.size(), "function") && call(module.type_of_function(i.index));
  case Opcode::call_indirect:
    if (!check_index(i.index2, module.tables.size(), "table")) return false;
    if (module.tables[i.index2].type.element != ValType::funcref()) {
      return fail(fmt::format("type mismatch: call_indirect needs a table of funcref, table {} has {}", i.index2,
                              to_string(module.tables[i.index2].type.element)));
    }
    return check_index(i.index, module.types.size(), "type") && pop(ValType::i32()) && call(module.types[i.index]);
  case Opcode::drop: {
    ValType any;
    return pop_any(any);
  }
  case Opcode::select: return select(false);
  case Opcode::select_t: return select(true);
  case Opcode::local_get:
    if (!check_index(i.index, locals.size(), "local")) return false;
    push(locals[i.index]);
    return true;
  case Opcode::local_set: return check_index(i.index, locals.size(), "local") && pop(locals[i.index]);
  case Opcode::local_tee:
    if (!check_index(i.index, locals.size(), "local") || !pop(locals[i.index])) return false;
    push(locals[i.index]);
    return true;
  case Opcode::global_get:
    if (!check_index(i.index, module.globals.size(), "global")) return false;
    push(module.globals[i.index].type.content);
    return true;
  case Opcode::global_set:
    if (!check_index(i.index, module.globals.size(), "global")) return false;
    if (!module.globals[i.index].type.is_mutable) return fail(fmt::format("immutable global {}", i.index));
    return pop(module.globals[i.index].type.content);
  case Opcode::ref_null: push(i.type); return true;
  case Opcode::ref_is_null: {
    ValType any;
    if (!pop_any(any)) return false;
    if (!any.is_bottom() && !any.is_ref()) {
      return fail(fmt::format("type mismatch: expected a reference, found {}", to_string(any)));
    }
    push(ValType::i32());
    return true;
  }
  case Opcode::ref_func:
    if (!check_index(i.index, module.functions.size(), "function")) return false;
    if (!facts.referenced_functions[i.index]) {
      return fail(
          fmt::format("undeclared function reference {}: it must occur outside of function bodies too", i.index));
    }
    push(ValType::funcref());
    return true;
  case Opcode::memory_init:
  case Opcode::memory_copy:
  case Opcode::memory_fill:
  case Opcode::data_drop: return visit_bulk();
  default: return visit_table();
  }
}

bool FunctionValidator::State::visit() {
  auto const& signature = signatures[static_cast<std::size_t>(instruction.opcode)];
  if (!signature.is_plain) {
    return visit_special();
  }
  auto const& info = wasm::info(instruction.opcode);
  switch (info.immediates) {
  case Immediates::none:
  case Immediates::i32:
  case Immediates::i64:
  case Immediates::f32:
  case Immediates::f64: break;
  case Immediates::memarg:
  case Immediates::memarg_lane:
    if (!memory_access()) return false;
    break;
  case Immediates::memory:
    if (!check_index(instruction.index, module.memories.size(), "memory")) return false;
    break;
  case Immediates::lane: {
    std::string_view const shape = info.text;
    unsigned const lanes = static_cast<unsigned>(std::stoul(std::string{shape.substr(shape.find('x') + 1, 2)}));
    if (instruction.lane >= lanes) {
      return fail(fmt::format("invalid lane index {}: there are {} lanes", instruction.lane, lanes));
    }
    break;
  }
  case Immediates::shuffle:
    for (int lane = 0; lane < 16; ++lane) {
      if (instruction.list[lane] >= 32) {
        return fail(fmt::format("invalid lane index {}: a shuffle chooses from 32 lanes", instruction.list[lane]));
      }
    }
    break;
  default: break;
  }
  for (int i = signature.param_count; i-- > 0;) {
    if (!pop(signature.params[static_cast<std::size_t>(i)])) {
      return false;
    }
  }
  if (signature.has_result) {
    push(signature.result);
  }
  return true;
}

bool FunctionValidator::State::read_locals(std::uint8_t const*& at, std::uint8_t const* end, std::uint8_t const* begin,
                                           std::uint32_t offset) {
  auto const here = [&] { return offset + static_cast<std::uint32_t>(at - begin); };
  auto const bad = [&](ErrorKind kind, std::string_view what) {
    error.emplace(
        kind, fmt::format("{} (in the local declarations of function {}, at byte {})", what, function, here()), here());
    return false;
  };
  auto const integer = [&](std::uint32_t& value) {
    switch (base::read_leb(at, end, value)) {
    case base::LebStatus::ok: return true;
    case base::LebStatus::truncated: return bad(ErrorKind::malformed, "unexpected end");
    case base::LebStatus::too_long: return bad(ErrorKind::malformed, "integer representation too long");
    default: return bad(ErrorKind::malformed, "integer too large");
    }
  };
  std::uint32_t groups = 0;
  if (!integer(groups)) {
    return false;
  }
  auto const& parameters = module.type_of_function(function).params();
  locals.assign(parameters.begin(), parameters.end());
  std::uint64_t declared = 0;
  std::uint64_t const most = wasm::limits::function_locals;
  for (std::uint32_t i = 0; i < groups; ++i) {
    std::uint32_t count = 0;
    if (!integer(count)) {
      return false;
    }
    decode::TypeReader types{at, end, module.features};
    ValType type;
    if (!types.value_type(type)) {
      at = types.position();
      return bad(types.kind(), types.what());
    }
    at = types.position();
    declared += count;
    if (declared > 0xFFFFFFFFu) {
      return bad(ErrorKind::malformed, "too many locals: more than 2^32 - 1");
    }
    if (declared <= most) {
      locals.insert(locals.end(), count, type);
    }
  }
  if (declared > most) {
    return bad(ErrorKind::limit, fmt::format("{} locals, at most {} are allowed", declared, most));
  }
  return true;
}

FunctionValidator::FunctionValidator(wasm::Module const& module, ModuleFacts const& facts)
    : state_(std::make_unique<State>(module, facts)) {}
FunctionValidator::~FunctionValidator() = default;

Result<void> FunctionValidator::validate(std::uint32_t function) {
  auto& state = *state_;
  auto const& range = state.module.body_of_function(function).code;
  auto const bytes = state.module.view(range);
  state.function = function;
  state.error.reset();
  state.operands.clear();
  state.controls.clear();
  state.instruction = {};
  auto const* at = bytes.data();
  auto const* const end = at + bytes.size();
  if (!state.read_locals(at, end, bytes.data(), range.offset)) {
    return std::unexpected(std::move(*state.error));
  }
  state.controls.push_back(
      {Opcode::block, false, {BlockType::Kind::type_index, {}, state.module.functions[function]}, 0});
  decode::InstructionReader reader{{at, end},
                                   range.offset + static_cast<std::uint32_t>(at - bytes.data()),
                                   state.module.features,
                                   state.module.data_count.has_value()};
  while (!state.controls.empty()) {
    if (!reader.next(state.instruction)) {
      auto const error = reader.error();
      return std::unexpected(
          Error{error.kind(),
                fmt::format("{} (in function {}, at byte {})", error.message(), function, error.offset().value_or(0)),
                error.offset().value_or(0)});
    }
    if (!state.visit()) {
      return std::unexpected(std::move(*state.error));
    }
  }
  if (!reader.at_end()) {
    return std::unexpected(Error{ErrorKind::malformed,
                                 fmt::format("section size mismatch: bytes follow the last `end` of function {}, at "
                                             "byte {} (END opcode expected at the end of the body)",
                                             function, reader.offset()),
                                 reader.offset()});
  }
  return {};
}

} // namespace weir::validate
