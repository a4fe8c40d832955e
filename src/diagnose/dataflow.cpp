#include "diagnose/dataflow.hpp"

#include <algorithm>
#include <string_view>

#include "decode/function_reader.hpp"

namespace weir::diagnose {

using wasm::Opcode;

namespace {

// A block, as a first reading of the body finds it. Assignments are counted through the body.
struct Block {
  std::uint32_t first_assignment = 0;
  std::uint32_t last_assignment = 0; // behind the last one
  bool is_loop = false;
  bool is_target = false;   // of a branch, or an `if`
  bool sets_global = false; // somewhere inside
};

struct Outline {
  std::vector<Block> blocks;              // in order of their beginnings
  std::vector<std::uint32_t> assignments; // locals
};

// So many terms, and so many changes of locals at the ends of blocks, are followed: a body of more is nobody's.
constexpr std::size_t most_terms = std::size_t{1} << 21;
constexpr std::size_t most_changes = std::size_t{1} << 22;

void mark_target(Outline& outline, std::vector<std::uint32_t> const& open, std::uint32_t depth) {
  if (depth < open.size()) {
    outline.blocks[open[open.size() - 1 - depth]].is_target = true;
  }
}

Outline outline_of(decode::InstructionReader reader) {
  Outline outline;
  std::vector<std::uint32_t> open;
  decode::Instruction instruction;
  while (reader.next(instruction)) {
    switch (instruction.opcode) {
    case Opcode::block:
    case Opcode::loop:
    case Opcode::if_: {
      auto const first = static_cast<std::uint32_t>(outline.assignments.size());
      open.push_back(static_cast<std::uint32_t>(outline.blocks.size()));
      outline.blocks.push_back(
          {first, first, instruction.opcode == Opcode::loop, instruction.opcode == Opcode::if_, false});
      break;
    }
    case Opcode::end:
      if (!open.empty()) {
        auto const& block = outline.blocks[open.back()];
        outline.blocks[open.back()].last_assignment = static_cast<std::uint32_t>(outline.assignments.size());
        open.pop_back();
        if (block.sets_global && !open.empty()) {
          outline.blocks[open.back()].sets_global = true;
        }
      }
      break;
    case Opcode::br:
    case Opcode::br_if: mark_target(outline, open, instruction.index); break;
    case Opcode::br_table: {
      decode::LabelReader labels{instruction};
      for (std::uint64_t i = 0; i <= instruction.count; ++i) {
        mark_target(outline, open, labels.next());
      }
      break;
    }
    case Opcode::global_set:
      if (!open.empty()) {
        outline.blocks[open.back()].sets_global = true;
      }
      break;
    case Opcode::local_set:
    case Opcode::local_tee: outline.assignments.push_back(instruction.index); break;
    default: break;
    }
  }
  return outline;
}

class Walker {
 public:
  Walker(wasm::Module const& module, std::uint32_t function, Outline outline)
      : module_(module), function_(function), outline_(std::move(outline)) {}

  std::optional<Dataflow> run(decode::FunctionReader const& body, std::uint32_t offset);

 private:
  struct Open {
    std::uint32_t block = 0;
    std::uint32_t height = 0;
    std::uint32_t params = 0;
    std::uint32_t results = 0;
    TermId first_term = 0;
  };

  TermId make(Term const& term) {
    flow_.terms.push_back(term);
    return static_cast<TermId>(flow_.terms.size() - 1);
  }
  void push(TermId term) { stack_.push_back(term); }
  TermId pop() {
    std::size_t const floor = open_.empty() ? 0 : open_.back().height;
    if (stack_.size() <= floor) {
      return no_term;
    }
    TermId const term = stack_.back();
    stack_.pop_back();
    return term;
  }
  void push_unknown(std::size_t count) {
    for (; count != 0; --count) {
      push(no_term);
    }
  }

  void pop_many(std::size_t count) {
    for (; count != 0; --count) {
      pop();
    }
  }
  void cut(std::uint32_t height) {
    if (stack_.size() > height) {
      stack_.resize(height);
    }
  }

  void forget(std::uint32_t first, std::uint32_t last, TermId inside);
  void forget_globals();
  void begin_block(decode::Instruction const& instruction);
  void end_block();
  void step(decode::Instruction const& instruction);
  bool step_variable(decode::Instruction const& instruction);
  void step_plain(decode::Instruction const& instruction);
  FuncType const* callee_of(decode::Instruction const& instruction) const;
  void call(decode::Instruction const& instruction);
  std::size_t operand_count(decode::Instruction const& instruction) const;

  wasm::Module const& module_;
  std::uint32_t function_;
  Outline outline_;
  Dataflow flow_;
  std::vector<TermId> stack_;
  std::vector<Open> open_;
  std::uint32_t next_block_ = 0;
  std::uint32_t assigned_ = 0; // assignments passed
  std::vector<std::uint32_t> met_globals_;
  std::size_t work_left_ = most_changes;
};

// The locals among these assignments may have been written, or not. A term from `inside` the block that already stands
// for whatever the local holds may go on to do so: nothing that was made of it outlives the block.
void Walker::forget(std::uint32_t first, std::uint32_t last, TermId inside) {
  if (last - first > work_left_) {
    work_left_ = 0;
    return;
  }
  work_left_ -= last - first;
  for (std::uint32_t i = first; i < last; ++i) {
    std::uint32_t const local = outline_.assignments[i];
    if (local >= flow_.locals.size()) {
      continue;
    }
    TermId& held = flow_.locals[local];
    bool const is_open = held != no_term && held >= inside && flow_.terms[held].kind == Term::Kind::local &&
                         flow_.terms[held].index == local;
    if (!is_open) {
      held = make({.kind = Term::Kind::local, .index = local});
    }
  }
}

void Walker::forget_globals() {
  work_left_ -= std::min(work_left_, met_globals_.size());
  for (std::uint32_t const global : met_globals_) {
    flow_.globals[global] = make({.kind = Term::Kind::global, .index = global});
  }
}

void Walker::begin_block(decode::Instruction const& instruction) {
  if (instruction.opcode == Opcode::if_) {
    pop();
  }
  std::uint32_t params = 0;
  std::uint32_t results = instruction.block.kind == decode::BlockType::Kind::value ? 1 : 0;
  if (instruction.block.kind == decode::BlockType::Kind::type_index &&
      instruction.block.type_index < module_.types.size()) {
    auto const& type = module_.types[instruction.block.type_index];
    params = static_cast<std::uint32_t>(type.params().size());
    results = static_cast<std::uint32_t>(type.results().size());
  }
  auto const& block = outline_.blocks[next_block_];
  if (block.is_loop && block.is_target) {
    forget(block.first_assignment, block.last_assignment, no_term);
    if (block.sets_global) {
      forget_globals();
    }
    pop_many(params);
    push_unknown(params);
  }
  std::uint32_t const height = static_cast<std::uint32_t>(stack_.size());
  open_.push_back({next_block_++, height >= params ? height - params : 0, params, results,
                   static_cast<TermId>(flow_.terms.size())});
}

void Walker::end_block() {
  if (open_.empty()) {
    return;
  }
  Open const open = open_.back();
  open_.pop_back();
  auto const& block = outline_.blocks[open.block];
  if (block.is_target && !block.is_loop) {
    forget(block.first_assignment, assigned_, open.first_term);
    if (block.sets_global) {
      forget_globals();
    }
  }
  cut(open.height);
  push_unknown(open.results);
}

FuncType const* Walker::callee_of(decode::Instruction const& instruction) const {
  std::uint32_t type = instruction.index;
  if (instruction.opcode == Opcode::call) {
    if (instruction.index >= module_.functions.size()) {
      return nullptr;
    }
    type = module_.functions[instruction.index];
  }
  return type < module_.types.size() ? &module_.types[type] : nullptr;
}

void Walker::call(decode::Instruction const& instruction) {
  auto const* const type = callee_of(instruction);
  if (instruction.opcode == Opcode::call_indirect) {
    pop();
  }
  if (type == nullptr) {
    return;
  }
  pop_many(type->params().size());
  for (std::size_t i = 0; i < type->results().size(); ++i) {
    push(instruction.opcode == Opcode::call
             ? make({.kind = Term::Kind::call, .index = instruction.index, .offset = instruction.offset})
             : no_term);
  }
}

// local.*, global.*: whether it was one.
bool Walker::step_variable(decode::Instruction const& instruction) {
  std::uint32_t const index = instruction.index;
  switch (instruction.opcode) {
  case Opcode::local_get: push(index < flow_.locals.size() ? flow_.locals[index] : no_term); return true;
  case Opcode::local_set:
  case Opcode::local_tee: {
    TermId value = pop();
    if (value == no_term) {
      value = make({}); // the local keeps it, whatever it is
    }
    ++assigned_;
    if (index < flow_.locals.size()) {
      flow_.locals[index] = value;
    }
    if (instruction.opcode == Opcode::local_tee) {
      push(value);
    }
    return true;
  }
  case Opcode::global_get: {
    if (index >= flow_.globals.size()) {
      push(no_term);
      return true;
    }
    auto& held = flow_.globals[index];
    if (held == no_term) {
      met_globals_.push_back(index);
      held = make({.kind = Term::Kind::global, .index = index, .offset = instruction.offset});
    }
    push(held);
    return true;
  }
  case Opcode::global_set: {
    TermId const value = pop();
    if (index < flow_.globals.size()) {
      if (flow_.globals[index] == no_term) {
        met_globals_.push_back(index);
      }
      // What is not known must not look untouched.
      flow_.globals[index] = value != no_term ? value : make({});
    }
    return true;
  }
  default: return false;
  }
}

void Walker::step_plain(decode::Instruction const& instruction) {
  auto const& info = wasm::info(instruction.opcode);
  auto const colon = info.signature.find(':');
  if (colon == std::string_view::npos) { // of references, tables and segments: none of them makes an address
    pop_many(operand_count(instruction));
    bool const has_result = instruction.opcode == Opcode::table_get || instruction.opcode == Opcode::table_size ||
                            instruction.opcode == Opcode::table_grow || instruction.opcode == Opcode::ref_null ||
                            instruction.opcode == Opcode::ref_is_null || instruction.opcode == Opcode::ref_func ||
                            instruction.opcode == Opcode::select || instruction.opcode == Opcode::select_t;
    push_unknown(has_result ? 1 : 0);
    return;
  }
  std::size_t const results = info.signature.size() - colon - 1;
  Term term{.opcode = instruction.opcode, .offset = instruction.offset};
  if (info.access >= 0 && colon == 1 && results == 1) {
    term.kind = Term::Kind::load;
    term.index = instruction.index;
    term.value = instruction.value;
    term.a = pop();
  } else if (colon == 0 && (instruction.opcode == Opcode::i32_const || instruction.opcode == Opcode::i64_const)) {
    term.kind = Term::Kind::constant;
    term.value = instruction.value;
  } else if (colon == 1 && results == 1) {
    term.kind = Term::Kind::unary;
    term.a = pop();
  } else if (colon == 2 && results == 1) {
    term.kind = Term::Kind::binary;
    term.b = pop();
    term.a = pop();
  } else {
    pop_many(colon);
    push_unknown(results);
    return;
  }
  push(make(term));
}

void Walker::step(decode::Instruction const& instruction) {
  if (step_variable(instruction)) {
    return;
  }
  switch (instruction.opcode) {
  case Opcode::block:
  case Opcode::loop:
  case Opcode::if_: begin_block(instruction); return;
  case Opcode::else_:
    if (!open_.empty()) {
      auto const& block = outline_.blocks[open_.back().block];
      forget(block.first_assignment, assigned_, no_term);
      if (block.sets_global) {
        forget_globals();
      }
      cut(open_.back().height);
      push_unknown(open_.back().params);
    }
    return;
  case Opcode::end: end_block(); return;
  case Opcode::call:
  case Opcode::call_indirect: call(instruction); return;
  case Opcode::nop: return;
  case Opcode::br:
  case Opcode::return_:
  case Opcode::unreachable:
    cut(open_.empty() ? 0 : open_.back().height); // what follows never runs
    return;
  default: step_plain(instruction); return;
  }
}

std::size_t Walker::operand_count(decode::Instruction const& instruction) const {
  switch (instruction.opcode) {
  case Opcode::call: {
    auto const* const type = callee_of(instruction);
    return type != nullptr ? type->params().size() : 0;
  }
  case Opcode::call_indirect: {
    auto const* const type = callee_of(instruction);
    return type != nullptr ? type->params().size() + 1 : 1;
  }
  case Opcode::memory_init:
  case Opcode::memory_copy:
  case Opcode::memory_fill:
  case Opcode::table_init:
  case Opcode::table_copy:
  case Opcode::table_fill:
  case Opcode::select:
  case Opcode::select_t: return 3;
  case Opcode::table_set:
  case Opcode::table_grow: return 2;
  case Opcode::table_get:
  case Opcode::ref_is_null:
  case Opcode::drop:
  case Opcode::br_if:
  case Opcode::br_table: return 1;
  default: {
    auto const colon = wasm::info(instruction.opcode).signature.find(':');
    return colon != std::string_view::npos ? colon : 0;
  }
  }
}

std::optional<Dataflow> Walker::run(decode::FunctionReader const& body, std::uint32_t offset) {
  std::size_t const params = module_.type_of_function(function_).params().size();
  flow_.globals.assign(module_.globals.size(), no_term);
  flow_.locals.reserve(body.local_count());
  TermId const zero = make({.kind = Term::Kind::constant});
  for (std::uint32_t i = 0; i < body.local_count(); ++i) {
    flow_.locals.push_back(i < params ? make({.kind = Term::Kind::parameter, .index = i}) : zero);
  }
  auto reader = body.instructions();
  while (reader.next(flow_.instruction)) {
    if (flow_.instruction.offset >= offset) {
      break;
    }
    step(flow_.instruction);
    if (work_left_ == 0 || flow_.terms.size() > most_terms) {
      return std::nullopt;
    }
  }
  if (flow_.instruction.offset != offset) {
    return std::nullopt;
  }
  std::size_t const count = operand_count(flow_.instruction);
  flow_.operands.resize(count);
  for (std::size_t i = count; i != 0; --i) {
    flow_.operands[i - 1] = pop();
  }
  return std::move(flow_);
}

} // namespace

std::optional<Dataflow> trace_operands(wasm::Module const& module, std::uint32_t function, std::uint32_t offset) {
  if (module.bytes.empty() || module.functions[function] >= module.types.size()) {
    return std::nullopt;
  }
  decode::FunctionReader const body{module, function};
  if (body.failed()) {
    return std::nullopt;
  }
  return Walker{module, function, outline_of(body.instructions())}.run(body, offset);
}

} // namespace weir::diagnose
