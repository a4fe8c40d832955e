#include "diagnose/provenance.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "diagnose/dataflow.hpp"

namespace weir::diagnose {

using wasm::Opcode;

namespace {

constexpr int greatest_depth = 24;          // of a term
constexpr std::size_t most_looked_at = 200; // looked at for one value
constexpr std::size_t longest_chain = 4;    // of loads through loaded pointers

constexpr std::uint32_t wrap(std::uint64_t value) noexcept { return static_cast<std::uint32_t>(value); }

std::optional<std::uint64_t> apply(Opcode opcode, std::uint64_t a, std::uint64_t b) noexcept {
  switch (opcode) {
  case Opcode::i32_add: return wrap(a + b);
  case Opcode::i32_sub: return wrap(a - b);
  case Opcode::i32_mul: return wrap(a * b);
  case Opcode::i32_and: return wrap(a & b);
  case Opcode::i32_or: return wrap(a | b);
  case Opcode::i32_xor: return wrap(a ^ b);
  case Opcode::i32_shl: return wrap(wrap(a) << (b & 31));
  case Opcode::i32_shr_u: return wrap(a) >> (b & 31);
  case Opcode::i32_shr_s: return wrap(static_cast<std::uint64_t>(static_cast<std::int32_t>(wrap(a)) >> (b & 31)));
  case Opcode::i64_add: return a + b;
  case Opcode::i64_sub: return a - b;
  case Opcode::i64_mul: return a * b;
  case Opcode::i64_and: return a & b;
  case Opcode::i64_or: return a | b;
  case Opcode::i64_xor: return a ^ b;
  case Opcode::i64_shl: return a << (b & 63);
  case Opcode::i64_shr_u: return a >> (b & 63);
  case Opcode::i64_shr_s: return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) >> (b & 63));
  default: return std::nullopt;
  }
}

std::optional<std::uint64_t> apply(Opcode opcode, std::uint64_t a) noexcept {
  switch (opcode) {
  case Opcode::i32_wrap_i64: return wrap(a);
  case Opcode::i64_extend_i32_u: return wrap(a);
  case Opcode::i64_extend_i32_s: return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(wrap(a))});
  default: return std::nullopt;
  }
}

// What a load makes of the bytes that it reads.
std::uint64_t extend(Opcode opcode, std::uint64_t bytes) noexcept {
  switch (opcode) {
  case Opcode::i32_load8_s: return wrap(static_cast<std::uint64_t>(static_cast<std::int8_t>(bytes)));
  case Opcode::i32_load16_s: return wrap(static_cast<std::uint64_t>(static_cast<std::int16_t>(bytes)));
  case Opcode::i64_load8_s: return static_cast<std::uint64_t>(static_cast<std::int8_t>(bytes));
  case Opcode::i64_load16_s: return static_cast<std::uint64_t>(static_cast<std::int16_t>(bytes));
  case Opcode::i64_load32_s: return static_cast<std::uint64_t>(static_cast<std::int32_t>(bytes));
  default: return bytes;
  }
}

class Search {
 public:
  Search(wasm::Module const& module, Dataflow const& flow, SurvivingValues const& values)
      : module_(module), flow_(flow), values_(values) {
    for (std::uint32_t i = 0; i < flow.locals.size(); ++i) {
      holders_.try_emplace(flow.locals[i], i);
    }
  }

  std::optional<Provenance> run(TermId term, std::optional<std::uint64_t> value);

 private:
  Term const& at(TermId term) const { return flow_.terms[term]; }

  // The value of a term from constants, locals and globals that still hold it, and memory as it is now. With
  // `by_memory` a load counts by what is in memory now, even if a local still holds what it gave.
  std::optional<std::uint64_t> evaluate(TermId term, bool by_memory, int depth = 0);
  std::optional<std::uint64_t> held(TermId term) const;
  std::optional<LoadOrigin> origin_of(TermId load);
  void collect(TermId term, std::vector<TermId>& loads, std::vector<TermId>& others, int depth = 0);
  std::optional<Provenance> from_others(std::vector<TermId> const& others) const;
  std::string describe(LoadOrigin const& origin, TermId load) const;

  wasm::Module const& module_;
  Dataflow const& flow_;
  SurvivingValues const& values_;
  std::unordered_map<TermId, std::uint32_t> holders_; // locals, by the term that they hold
  std::size_t looked_at_ = 0;
};

std::optional<std::uint64_t> Search::held(TermId term) const {
  auto const holder = holders_.find(term);
  if (holder != holders_.end() && values_.value_of_local) {
    return values_.value_of_local(holder->second);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Search::evaluate(TermId id, bool by_memory, int depth) {
  if (id == no_term || depth > greatest_depth || ++looked_at_ > most_looked_at) {
    return std::nullopt;
  }
  auto const& term = at(id);
  if (!(by_memory && term.kind == Term::Kind::load) && term.kind != Term::Kind::constant) {
    // A sum is looked into even if a local holds it: that is what by_memory asks for.
    if (auto const value = by_memory && term.kind == Term::Kind::binary ? std::nullopt : held(id)) {
      return value;
    }
  }
  switch (term.kind) {
  case Term::Kind::constant: return term.value;
  case Term::Kind::global:
    // Nobody wrote it since in this function; callees give a stack pointer back as it was.
    return flow_.globals[term.index] == id && values_.value_of_global ? values_.value_of_global(term.index)
                                                                      : std::nullopt;
  case Term::Kind::load: {
    auto const origin = origin_of(id);
    return origin.has_value() && origin->value.has_value() ? std::optional{extend(term.opcode, *origin->value)}
                                                           : std::nullopt;
  }
  case Term::Kind::unary: {
    auto const a = evaluate(term.a, by_memory, depth + 1);
    auto const result = a.has_value() ? apply(term.opcode, *a) : std::nullopt;
    return result;
  }
  case Term::Kind::binary: {
    auto const a = evaluate(term.a, by_memory, depth + 1);
    auto const b = a.has_value() ? evaluate(term.b, by_memory, depth + 1) : std::nullopt;
    auto const result = b.has_value() ? apply(term.opcode, *a, *b) : std::nullopt;
    return result.has_value() ? result : held(id);
  }
  default: return std::nullopt;
  }
}

// Where a load read from; nothing if its address is lost.
std::optional<LoadOrigin> Search::origin_of(TermId id) {
  auto const& load = at(id);
  auto const base = evaluate(load.a, false, 1);
  if (!base.has_value()) {
    return std::nullopt;
  }
  bool const is_64 = load.index < module_.memories.size() && module_.memories[load.index].is_64;
  LoadOrigin origin;
  origin.offset = load.offset;
  origin.memory = load.index;
  origin.address = (is_64 ? *base : wrap(*base)) + load.value;
  origin.size = 1u << wasm::info(load.opcode).access;
  if (origin.size <= 8 && origin.address >= load.value && values_.read_memory) {
    origin.value = values_.read_memory(origin.memory, origin.address, origin.size);
  }
  return origin;
}

// The loads that a value is made of, and what else; addresses of loads are another matter.
void Search::collect(TermId id, std::vector<TermId>& loads, std::vector<TermId>& others, int depth) {
  if (id == no_term || depth > greatest_depth || ++looked_at_ > most_looked_at) {
    return;
  }
  auto const& term = at(id);
  switch (term.kind) {
  case Term::Kind::load: loads.push_back(id); return;
  case Term::Kind::unary: collect(term.a, loads, others, depth + 1); return;
  case Term::Kind::binary:
    collect(term.a, loads, others, depth + 1);
    collect(term.b, loads, others, depth + 1);
    return;
  default: others.push_back(id); return;
  }
}

std::string Search::describe(LoadOrigin const& origin, TermId load) const {
  std::string text = fmt::format("{} at {:#x}", wasm::info(at(load).opcode).text, origin.offset);
  auto const holder = holders_.find(at(load).a);
  if (holder != holders_.end() && at(at(load).a).kind != Term::Kind::constant) {
    text += fmt::format(" through local {}", holder->second);
  }
  return text;
}

// Without a load: what brought the value, by how much it says.
std::optional<Provenance> Search::from_others(std::vector<TermId> const& others) const {
  auto const find = [&](Term::Kind kind) {
    auto const found = std::ranges::find_if(others, [&](TermId id) { return at(id).kind == kind; });
    return found != others.end() ? &at(*found) : nullptr;
  };
  Provenance result;
  if (auto const* const parameter = find(Term::Kind::parameter)) {
    result.kind = Provenance::Kind::parameter;
    result.index = parameter->index;
    result.passed = held(static_cast<TermId>(parameter - flow_.terms.data()));
    result.how = fmt::format("parameter {}", parameter->index);
  } else if (auto const* const call = find(Term::Kind::call)) {
    result.kind = Provenance::Kind::call_result;
    result.index = call->index;
    result.how = fmt::format("the result of function {}", call->index);
  } else if (auto const* const global = find(Term::Kind::global)) {
    result.kind = Provenance::Kind::global;
    result.index = global->index;
    result.how = fmt::format("global {}", global->index);
  } else if (!others.empty() &&
             std::ranges::all_of(others, [&](TermId id) { return at(id).kind == Term::Kind::constant; })) {
    result.kind = Provenance::Kind::constant;
    result.how = "a constant of the code";
  } else {
    return std::nullopt;
  }
  return result;
}

std::optional<Provenance> Search::run(TermId term, std::optional<std::uint64_t> value) {
  Provenance result;
  for (std::size_t step = 0; step < longest_chain; ++step) {
    std::vector<TermId> loads;
    std::vector<TermId> others;
    looked_at_ = 0;
    collect(term, loads, others);
    looked_at_ = 0;
    auto const now = evaluate(term, true);
    bool const is_confirmed = step == 0 ? value.has_value() && now == value : now.has_value();
    // Of several, the widest and then the greatest value has most to do with where the address is.
    std::optional<LoadOrigin> best;
    TermId best_load = no_term;
    for (TermId const load : loads) {
      looked_at_ = 0;
      auto const origin = origin_of(load);
      bool const is_better = origin.has_value() && (!best.has_value() || std::pair{origin->size, origin->value} >
                                                                             std::pair{best->size, best->value});
      if (is_better) {
        best = origin;
        best_load = load;
      }
    }
    if (!best.has_value()) {
      if (step == 0) {
        return loads.empty() ? from_others(others) : std::nullopt;
      }
      break;
    }
    best->is_confirmed = is_confirmed;
    if (step == 0) {
      result.how = describe(*best, best_load);
    }
    result.loads.push_back(*best);
    term = at(best_load).a;
  }
  return result;
}

} // namespace

std::optional<Provenance> find_provenance(wasm::Module const& module, ProvenanceQuery const& query,
                                          SurvivingValues const& values) {
  if (query.function < module.imported_functions || query.function >= module.functions.size()) {
    return std::nullopt;
  }
  auto const flow = trace_operands(module, query.function, query.offset);
  if (!flow.has_value() || query.operand >= flow->operands.size() || flow->operands[query.operand] == no_term) {
    return std::nullopt;
  }
  return Search{module, *flow, values}.run(flow->operands[query.operand], query.value);
}

} // namespace weir::diagnose
