#include "translate/function_translator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/leb128.hpp"
#include "decode/types.hpp"
#include "wasm/limits.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Opcode;

// A pin costs a save, a load and a restore per call; locals used less are better off in their slots.
constexpr std::uint64_t min_pin_weight = 3;

// Beside what a local's pin costs a global's is loaded at the function's start: two uses in a loop are the least.
constexpr std::uint64_t min_global_weight = 16;

static_assert(2 * wasm::limits::params <= code::link_slot);

// Values that wait on the stack: whoever writes a local looks at all of them for reads of it.
constexpr std::uint32_t most_entries = 64;

// Slots that a wide frame has between the parameters and the locals, at most.
constexpr std::uint32_t max_inserted_slots =
    code::link_slots + code::int_pins + 2 * code::float_pins + code::scratch_slots;

std::uint32_t read_u32(std::uint8_t const*& at, std::uint8_t const* end) noexcept {
  std::uint32_t value = 0;
  [[maybe_unused]] auto const status = base::read_leb(at, end, value);
  return value;
}

// Whether the global may be one with another import: what is written to it then changes by another index.
bool may_be_another(wasm::Module const& module, std::uint32_t index) noexcept {
  return index < module.imported_globals && module.imported_globals > 1 && module.globals[index].type.is_mutable;
}

bool have_vectors(std::vector<ValType> const& types) noexcept {
  return std::any_of(types.begin(), types.end(), [](ValType type) { return type.is_vec(); });
}

} // namespace

FunctionTranslator::FunctionTranslator(Environment const& environment)
    : environment_(environment),
      module_(environment.module),
      type_facts_(environment.module->types.size()),
      stack_(locals_),
      encoder_(*environment.handlers) {}

FunctionTranslator::TypeFacts const& FunctionTranslator::facts(std::uint32_t type_index) {
  TypeFacts& known = type_facts_[type_index];
  if (!known.is_known) {
    FuncType const& type = module_->types[type_index];
    known.is_known = true;
    known.params_have_vectors = have_vectors(type.params());
    known.results_have_vectors = have_vectors(type.results());
    for (ValType const param : type.params()) {
      known.param_slots += code::slot_width(param);
    }
    for (ValType const result : type.results()) {
      known.result_slots += code::slot_width(result);
    }
  }
  return known;
}

Result<code::FunctionCode> FunctionTranslator::translate(std::uint32_t function_index) {
  std::optional<Error> error = attempt(function_index, false);
  if (!error && encoder_.needs_wide_frame()) {
    error = attempt(function_index, true);
  }
  if (error) {
    return std::unexpected(std::move(*error));
  }
  code::FunctionCode result;
  result.words = encoder_.words();
  result.source_map = encoder_.source_map();
  result.frame_slots = frame_slots();
  result.param_slots = locals_.param_slots();
  result.first_local = first_local_;
  result.first_operand = operand_base_;
  return result;
}

std::uint32_t FunctionTranslator::frame_slots() {
  return std::max(operand_base_ + stack_.max_height() - locals_.first_slot(),
                  facts(module_->functions[function_index_]).result_slots);
}

std::optional<Error> FunctionTranslator::attempt(std::uint32_t function_index, bool wide) {
  error_.reset();
  is_done_ = false;
  function_index_ = function_index;
  type_ = &module_->type_of_function(function_index);
  wasm::FunctionBody const& body = module_->body_of_function(function_index);
  base::ByteSpan const bytes = module_->view(body.code);
  body_offset_ = body.code.offset;
  locals_.begin(type_->params(), facts(module_->functions[function_index]).param_slots);
  std::uint32_t const declarations = read_declarations(bytes);
  base::ByteSpan const instructions = bytes.subspan(declarations);
  read_survey();
  declare_hot_globals();
  declare_hot_constants();
  choose_pins(code::max_narrow_slots - code::link_slot - max_inserted_slots);
  lay_out_frame(wide);

  encoder_.begin(wide, scratch_slot_, operand_base_);
  stack_.clear();
  labels_.clear();
  loops_ = 0;
  potential_ = 0;
  reachable_ = true;
  Label function;
  function.kind = Label::Kind::function;
  function.results = static_cast<std::uint32_t>(type_->results().size());
  labels_.push_back(function);

  emit_enter();
  load_pinned_globals();
  load_hot_constants();
  reader_.emplace(instructions, body_offset_ + declarations, module_->features);
  run();
  encoder_.set_word(code::enter_words - 1, locals_.first_slot() + frame_slots());
  return std::move(error_);
}

// Returns the size of the declarations in bytes.
std::uint32_t FunctionTranslator::read_declarations(base::ByteSpan body) {
  std::uint8_t const* at = body.data();
  std::uint8_t const* const end = at + body.size();
  for (std::uint32_t groups = read_u32(at, end); groups != 0; --groups) {
    std::uint32_t const count = read_u32(at, end);
    decode::TypeReader types{at, end, module_->features};
    ValType type;
    static_cast<void>(types.value_type(type)); // validation has accepted it
    at = types.position();
    locals_.declare(count, type);
  }
  return static_cast<std::uint32_t>(at - body.data());
}

void FunctionTranslator::read_survey() {
  for (std::uint32_t const index : survey_.named_locals()) {
    Local& local = locals_[index];
    local.weight = survey_.local(index).weight;
    local.needs_zero = survey_.local(index).needs_zero;
  }
}

// Hot globals stand as locals behind the declared ones, so that they compete for the pins.
void FunctionTranslator::declare_hot_globals() {
  pinned_globals_.clear();
  for (auto const& global : survey_.hot_globals()) {
    ValType const type = module_->globals[global.index].type.content;
    if (global.weight < min_global_weight || !type.is_num() || may_be_another(*module_, global.index)) {
      continue;
    }
    std::uint32_t const local = locals_.count();
    locals_.declare(1, type);
    locals_[local].weight = global.weight;
    pinned_globals_.push_back({global.index, local});
  }
}

void FunctionTranslator::load_pinned_globals() {
  if (environment_.handlers->int_pins != 0) { // else a local's slot serves as well as a register
    std::erase_if(pinned_globals_, [&](PinnedGlobal const& global) { return locals_[global.local].pin < 0; });
  }
  for (PinnedGlobal const& global : pinned_globals_) {
    load_global(global.index, place_of(global.local));
  }
}

// So do floating-point constants, which no operation has in its cell.
void FunctionTranslator::declare_hot_constants() {
  hot_constants_.clear();
  for (auto const& constant : survey_.hot_constants()) {
    std::uint32_t const local = locals_.count();
    locals_.declare(1, constant.is_double ? ValType::f64() : ValType::f32());
    locals_[local].weight = constant.weight;
    hot_constants_.push_back({constant.bits, constant.is_double, local});
  }
}

void FunctionTranslator::load_hot_constants() {
  for (HotConstant const& constant : hot_constants_) {
    copy(place_of(constant.local), {{Atom::Kind::constant, 0}, ValueClass::floating, 0, constant.bits});
  }
}

void FunctionTranslator::push_float_constant(std::uint64_t bits, bool is_double) {
  for (HotConstant const& constant : hot_constants_) {
    if (constant.bits == bits && constant.is_double == is_double) {
      stack_.push_local(constant.local);
      return;
    }
  }
  stack_.push_constant(bits, ValueClass::floating);
}

// The locals with most uses, weighted by loop depth, live in registers. Cells can name slots below `slot_bound` as
// pins.
void FunctionTranslator::choose_pins(std::uint32_t slot_bound) {
  int_pins_ = 0;
  float_pins_ = 0;
  for (std::uint32_t const index : locals_.named()) {
    Local const& local = locals_[index];
    if (!local.may_be_pinned || local.weight < min_pin_weight || local.slot >= slot_bound) {
      continue;
    }
    bool const is_float = local.value_class == ValueClass::floating;
    std::uint32_t* const pins = pins_[is_float ? 1 : 0];
    std::uint32_t& count = is_float ? float_pins_ : int_pins_;
    code::HandlerTable const& handlers = *environment_.handlers;
    auto const room = static_cast<std::uint32_t>(is_float ? handlers.float_pins : handlers.int_pins);
    std::uint32_t at = count;
    while (at > 0 && locals_[pins[at - 1]].weight < local.weight) {
      --at;
    }
    if (at == room) {
      continue;
    }
    count = std::min(count + 1, room);
    std::copy_backward(pins + at, pins + count - 1, pins + count);
    pins[at] = index;
  }
  for (std::uint32_t i = 0; i < int_pins_; ++i) {
    locals_[pins_[0][i]].pin = static_cast<std::int8_t>(code::int_temporaries + static_cast<int>(i));
  }
  for (std::uint32_t i = 0; i < float_pins_; ++i) {
    locals_[pins_[1][i]].pin = static_cast<std::int8_t>(code::float_temporaries + static_cast<int>(i));
  }
}

// See code/frame.hpp.
void FunctionTranslator::lay_out_frame(bool wide) {
  std::uint32_t const link_area = code::link_slots + int_pins_ + 2 * float_pins_;
  scratch_slot_ = code::link_slot + link_area;
  first_local_ = wide ? scratch_slot_ + code::scratch_slots : scratch_slot_;
  operand_base_ = first_local_ + locals_.declared_slots();
  locals_.place(first_local_);

  first_zero_ = 0;
  zero_slots_ = 0;
  std::uint32_t zero_end = 0;
  for (std::uint32_t const index : locals_.named()) {
    Local const& local = locals_[index];
    if (local.needs_zero) {
      std::uint32_t const end = local.slot + (local.is_vector ? 2 : 1);
      first_zero_ = zero_end == 0 ? local.slot : std::min(first_zero_, local.slot);
      zero_end = std::max(zero_end, end);
    }
  }
  zero_slots_ = zero_end - first_zero_;
}

void FunctionTranslator::emit_enter() {
  auto const pack = [&](std::uint32_t const* pins, std::uint32_t count) {
    code::Word word = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      word |= code::Word{locals_[pins[i]].slot} << (16 * i);
    }
    return word;
  };
  encoder_.set_offset(body_offset_);
  emit(Op::enter,
       {Operand::immediate(int_pins_), Operand::immediate(float_pins_), Operand::immediate(std::min(zero_slots_, 3u)),
        Operand::immediate(first_zero_), Operand::immediate(zero_slots_),
        Operand::immediate(static_cast<std::int64_t>(pack(pins_[0], int_pins_)))});
  encoder_.append(pack(pins_[1], float_pins_));
  encoder_.append(0); // the slot behind the frame, known at the end
}

// One more instruction behind the current position. See code/frame.hpp on potentials.
void FunctionTranslator::count_instruction() {
  if (potential_ >= code::max_potential) {
    emit(Op::consume, {Operand::immediate(potential_)});
    potential_ = 0;
  }
  ++potential_;
}

// Most instructions stand beside others of their kind in the order of the opcodes.
inline bool FunctionTranslator::step_by_number(Instruction const& instruction) {
  Opcode const opcode = instruction.opcode;
  if (opcode < Opcode::drop) {
    return step_control(instruction);
  }
  if (opcode <= Opcode::global_set) {
    return step_variable(instruction);
  }
  if (opcode >= Opcode::i32_load && opcode <= Opcode::memory_grow) {
    return step_memory(instruction);
  }
  return step_integer(instruction) || step_float(instruction);
}

[[gnu::always_inline]] inline void FunctionTranslator::step(Instruction const& instruction) {
  if (!reachable_) {
    skip(instruction);
    return;
  }
  encoder_.set_offset(instruction.offset);
  if (instruction.opcode != Opcode::end && instruction.opcode != Opcode::else_) {
    count_instruction();
  }
  if (instruction.opcode == Opcode::local_get) { // a third of all
    local_get(instruction);
    return;
  }
  if (!step_by_number(instruction) && !step_memory(instruction) && !step_table(instruction) &&
      !step_reference(instruction)) {
    fail_unsupported(instruction, nullptr);
  }
}

void FunctionTranslator::run() {
  auto const kept = survey_.instructions();
  at_ = kept.data();
  end_ = at_ + kept.size();
  reader_->set_position(module_->bytes.data() + survey_.rest());
  set_read_on_at();
  do {
    if (at_ >= read_on_at_ && !read_on()) [[unlikely]] {
      return;
    }
    step(*at_++);
    if (stack_.entries() > most_entries) {
      settle_all();
    }
    if (stack_.height() > max_operand_slots) {
      fail_limit(fmt::format("more than {} operands on its stack", max_operand_slots));
    } else if (encoder_.position() > code::max_code_words) {
      fail_limit(fmt::format("more than {} MiB of translated code", code::max_code_words >> 17));
    }
  } while (!is_done_);
}

// An instruction looks at the next one, and may take it in; then it may look once more.
void FunctionTranslator::set_read_on_at() noexcept {
  read_on_at_ = reader_->at_end() ? end_ : end_ - std::min<std::ptrdiff_t>(end_ - at_, 2);
}

// Reads the next instructions of a body that is too long to be kept.
bool FunctionTranslator::read_on() {
  constexpr std::size_t size = 256;
  chunk_.resize(size);
  Instruction* to = std::copy(at_, end_, chunk_.data());
  for (Instruction* const end = chunk_.data() + size; to != end && (!reader_->at_end() || to == chunk_.data()); ++to) {
    if (!reader_->next(*to)) {
      error_ = reader_->error();
      return false;
    }
  }
  at_ = chunk_.data();
  end_ = to;
  set_read_on_at();
  return true;
}

// Passes over unreachable code, minding its blocks.
void FunctionTranslator::skip(Instruction const& instruction) {
  switch (instruction.opcode) {
  case Opcode::loop: ++loops_; [[fallthrough]];
  case Opcode::block:
  case Opcode::if_: ++skipped_blocks_; break;
  case Opcode::else_:
    if (skipped_blocks_ == 0) {
      encoder_.set_offset(instruction.offset);
      begin_else();
    }
    break;
  case Opcode::end:
    if (skipped_blocks_ != 0) {
      --skipped_blocks_;
    } else {
      encoder_.set_offset(instruction.offset);
      end_block();
    }
    break;
  default: break;
  }
}

void FunctionTranslator::fail_unsupported(Instruction const& instruction, char const* what) {
  std::string_view const text = wasm::info(instruction.opcode).text;
  is_done_ = true;
  error_.emplace(
      ErrorKind::unsupported,
      fmt::format("function {} uses {}{}{} at byte {}, which this version of Weir cannot execute yet", function_index_,
                  text, what != nullptr ? " with " : "", what != nullptr ? what : "", instruction.offset),
      instruction.offset);
}

void FunctionTranslator::fail_limit(std::string what) {
  is_done_ = true;
  error_.emplace(
      ErrorKind::limit,
      fmt::format("function {} needs {}; split the function to stay below this limit of Weir", function_index_, what),
      body_offset_);
}

} // namespace weir::translate
