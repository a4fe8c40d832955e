// A naive interpreter over the Wasm instructions themselves, as an oracle: it shares nothing with the engine but the
// decoder of instructions. It knows i32, i64, f32, f64, control, variables, memory, calls. It counts instructions,
// and it charges fuel at the places and with the amounts that code/frame.hpp describes, worked out independently.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <weir/error.hpp>

#include "decode/instruction.hpp"
#include "wasm/module.hpp"

namespace weir::test {

class ReferenceInterpreter {
 public:
  struct Outcome {
    TrapReason trap = TrapReason::none;
    std::vector<std::uint64_t> results;
    std::uint64_t executed = 0;    // instructions
    std::int64_t fuel_left = 0;    // as charged
    std::uint32_t trap_offset = 0; // of the instruction that trapped, from the module's first byte
    std::uint32_t trap_function = 0;
  };

  explicit ReferenceInterpreter(wasm::Module const& module, std::uint32_t memory_bytes,
                                std::vector<std::uint64_t> globals, std::vector<std::uint32_t> table)
      : memory(memory_bytes),
        globals(std::move(globals)),
        table_(std::move(table)),
        module_(module),
        functions_(module.bodies.size()) {}

  Outcome call(std::uint32_t function, std::vector<std::uint64_t> const& arguments, std::int64_t fuel) {
    stack_ = arguments;
    labels_.clear();
    frames_.clear();
    outcome_ = {};
    outcome_.fuel_left = fuel;
    enter(function);
    while (!frames_.empty() && outcome_.trap == TrapReason::none) {
      Function const& running = *frames_.back().function;
      std::uint32_t const pc = frames_.back().pc;
      step();
      if (outcome_.trap != TrapReason::none) {
        outcome_.trap_function = running.index;
        outcome_.trap_offset = running.code[pc].instruction.offset;
      }
    }
    if (outcome_.trap == TrapReason::none) {
      outcome_.results = stack_;
    }
    return outcome_;
  }

  // Carries out one numeric instruction on a stack of values.
  TrapReason apply(wasm::Opcode opcode, std::vector<std::uint64_t>& values) {
    stack_ = values;
    outcome_.trap = TrapReason::none;
    if (!integers(opcode) && !floats(opcode)) {
      fail_unknown(opcode);
    }
    values = stack_;
    return outcome_.trap;
  }

  std::vector<std::uint8_t> memory;
  std::vector<std::uint64_t> globals;

 private:
  using Opcode = wasm::Opcode;
  static constexpr std::int64_t max_potential = 32000;
  static constexpr std::uint64_t page = 65536;

  struct Code {
    decode::Instruction instruction;
    std::uint32_t end = 0;    // block, loop, if, else: index of the `end`
    std::uint32_t else_ = 0;  // if: index of the `else`, 0 without one
    std::uint32_t params = 0; // block, loop, if
    std::uint32_t results = 0;
    std::int64_t potential = 0;       // in front of the instruction
    std::int64_t consumed = -1;       // a consume cell in front of the instruction charges this
    std::int64_t label_potential = 0; // block, loop, if: of the place that branches to it go to
    std::vector<std::uint32_t> table; // br_table
  };

  struct Function {
    bool is_decoded = false;
    std::uint32_t index = 0;
    std::vector<Code> code;
    std::vector<ValType> locals;
    std::uint32_t results = 0;
  };

  struct Label {
    std::uint32_t block = 0; // index of the instruction
    std::uint32_t height = 0;
    std::uint32_t arity = 0;
  };

  struct Frame {
    Function const* function = nullptr;
    std::uint32_t pc = 0;
    std::size_t locals = 0; // in stack_
    std::size_t labels = 0; // in labels_
  };

  Function const& decoded(std::uint32_t index) {
    Function& function = functions_[index - module_.imported_functions];
    if (!function.is_decoded) {
      decode(function, index);
    }
    return function;
  }

  void decode(Function& function, std::uint32_t index) {
    function.is_decoded = true;
    function.index = index;
    FuncType const& type = module_.type_of_function(index);
    function.results = static_cast<std::uint32_t>(type.results().size());
    function.locals = type.params();
    auto const& body = module_.body_of_function(index);
    auto bytes = module_.view(body.code);
    std::uint8_t const* at = bytes.data();
    std::uint8_t const* const end = at + bytes.size();
    auto const number = [&] {
      std::uint32_t value = 0;
      for (unsigned shift = 0;; shift += 7) {
        value |= static_cast<std::uint32_t>(*at & 0x7F) << shift;
        if ((*at++ & 0x80) == 0) return value;
      }
    };
    for (std::uint32_t groups = number(); groups != 0; --groups) {
      std::uint32_t const count = number();
      function.locals.insert(function.locals.end(), count, ValType::from_bits(*at++));
    }
    auto const skip = static_cast<std::uint32_t>(at - bytes.data());
    decode::InstructionReader reader{
        {at, static_cast<std::size_t>(end - at)}, body.code.offset + skip, module_.features};
    std::vector<std::uint32_t> open;
    Code code;
    while (reader.next(code.instruction)) {
      auto const here = static_cast<std::uint32_t>(function.code.size());
      code.table.clear();
      switch (code.instruction.opcode) {
      case Opcode::block:
      case Opcode::loop:
      case Opcode::if_: {
        open.push_back(here);
        auto const& block = code.instruction.block;
        code.params = block.kind == decode::BlockType::Kind::type_index
                          ? static_cast<std::uint32_t>(module_.types[block.type_index].params().size())
                          : 0;
        code.results = block.kind == decode::BlockType::Kind::type_index
                           ? static_cast<std::uint32_t>(module_.types[block.type_index].results().size())
                       : block.kind == decode::BlockType::Kind::value ? 1
                                                                      : 0;
        break;
      }
      case Opcode::else_: function.code[open.back()].else_ = here; break;
      case Opcode::end:
        if (!open.empty()) {
          function.code[open.back()].end = here;
          if (function.code[open.back()].else_ != 0) function.code[function.code[open.back()].else_].end = here;
          open.pop_back();
        }
        break;
      case Opcode::br_table: {
        decode::LabelReader labels{code.instruction};
        for (std::uint32_t i = 0; i <= code.instruction.count; ++i) code.table.push_back(labels.next());
        break;
      }
      default: break;
      }
      function.code.push_back(code);
    }
    find_potentials(function);
  }

  static bool is_counted(Opcode opcode) { return opcode != Opcode::end && opcode != Opcode::else_; }

  void find_potentials(Function& function) {
    struct Open {
      std::uint32_t block = none;
      bool is_targeted = false;
      bool has_else = false;
      std::int64_t behind_if = 0;
    };
    std::vector<Open> open(1);
    std::int64_t potential = 0;
    bool reachable = true;
    for (std::uint32_t i = 0; i < function.code.size(); ++i) {
      Code& code = function.code[i];
      Opcode const opcode = code.instruction.opcode;
      if (!reachable) { // pass over whole blocks
        if (opcode == Opcode::block || opcode == Opcode::loop || opcode == Opcode::if_) {
          i = code.end;
          continue;
        }
        if (is_counted(opcode)) continue;
      }
      if (reachable && is_counted(opcode) && potential >= max_potential) {
        code.consumed = potential;
        potential = 0;
      }
      code.potential = potential;
      potential += reachable && is_counted(opcode) ? 1 : 0;
      auto const target = [&](std::uint32_t depth) { open[open.size() - 1 - depth].is_targeted = true; };
      switch (opcode) {
      case Opcode::block:
      case Opcode::loop:
      case Opcode::if_:
        open.push_back({i, false, false, potential});
        code.label_potential = potential; // of a loop
        break;
      case Opcode::else_:
        open.back().has_else = true;
        open.back().is_targeted |= reachable;
        potential = open.back().behind_if;
        reachable = true;
        break;
      case Opcode::end: {
        Open const block = open.back();
        open.pop_back();
        if (block.block == none) break;
        Opcode const kind = function.code[block.block].instruction.opcode;
        if (kind == Opcode::loop) break;
        function.code[block.block].label_potential = potential;
        reachable |= block.is_targeted || (kind == Opcode::if_ && !block.has_else);
        break;
      }
      case Opcode::call:
      case Opcode::call_indirect: potential = 0; break;
      case Opcode::br:
        target(code.instruction.index);
        reachable = false;
        break;
      case Opcode::br_if: target(code.instruction.index); break;
      case Opcode::br_table:
        for (std::uint32_t const depth : code.table) target(depth);
        reachable = false;
        break;
      case Opcode::return_:
      case Opcode::unreachable: reachable = false; break;
      default: break;
      }
    }
  }

  void trap(TrapReason reason) { outcome_.trap = reason; }

  bool charge(std::int64_t amount) {
    outcome_.fuel_left -= amount;
    if (outcome_.fuel_left < 0) {
      trap(TrapReason::out_of_fuel);
      return false;
    }
    return true;
  }

  std::uint64_t pop() {
    std::uint64_t const value = stack_.back();
    stack_.pop_back();
    return value;
  }
  void push(std::uint64_t value) { stack_.push_back(value); }
  std::uint32_t pop32() { return static_cast<std::uint32_t>(pop()); }
  void push32(std::uint32_t value) { push(value); }
  double popd() { return std::bit_cast<double>(pop()); }
  float popf() { return std::bit_cast<float>(pop32()); }
  void pushf(float value) { push(std::bit_cast<std::uint32_t>(value)); }
  void pushd(double value) { push(std::bit_cast<std::uint64_t>(value)); }

  void enter(std::uint32_t index) {
    Function const& function = decoded(index);
    std::size_t const params = module_.type_of_function(index).params().size();
    Frame frame{&function, 0, stack_.size() - params, labels_.size()};
    stack_.resize(frame.locals + function.locals.size(), 0);
    frames_.push_back(frame);
    labels_.push_back({none, static_cast<std::uint32_t>(stack_.size()), function.results});
  }

  void take_values(std::size_t height, std::size_t arity) {
    std::copy(stack_.end() - static_cast<std::ptrdiff_t>(arity), stack_.end(),
              stack_.begin() + static_cast<std::ptrdiff_t>(height));
    stack_.resize(height + arity);
  }

  void leave(std::int64_t amount) {
    if (!charge(amount)) return;
    Frame const frame = frames_.back();
    take_values(frame.locals, frame.function->results);
    labels_.resize(frame.labels);
    frames_.pop_back();
  }

  // A taken branch; `behind` is the potential behind the instruction.
  void branch(std::uint32_t depth, std::int64_t behind) {
    Label const label = labels_[labels_.size() - 1 - depth];
    if (label.block == none) {
      leave(behind);
      return;
    }
    Code const& block = frames_.back().function->code[label.block];
    if (!charge(behind - block.label_potential)) return;
    take_values(label.height, label.arity);
    if (block.instruction.opcode == Opcode::loop) {
      labels_.resize(labels_.size() - depth);
      frames_.back().pc = label.block + 1;
    } else {
      labels_.resize(labels_.size() - depth - 1);
      frames_.back().pc = block.end + 1;
    }
  }

  void step() {
    Frame& frame = frames_.back();
    Code const& code = frame.function->code[frame.pc];
    if (code.consumed >= 0 && !charge(code.consumed)) return;
    ++frame.pc;
    Opcode const opcode = code.instruction.opcode;
    outcome_.executed += is_counted(opcode) ? 1 : 0;
    if (control(code, opcode) || variable(code, opcode) || integers(opcode) || floats(opcode) || access(code, opcode) ||
        bulk(opcode)) {
      return;
    }
    fail_unknown(opcode);
  }

  [[noreturn]] static void fail_unknown(Opcode opcode) {
    std::fprintf(stderr, "the reference interpreter does not know %s\n", std::string{wasm::info(opcode).text}.c_str());
    std::abort();
  }

  bool control(Code const& code, Opcode opcode) {
    Frame& frame = frames_.back();
    std::int64_t const behind = code.potential + 1;
    switch (opcode) {
    case Opcode::nop: return true;
    case Opcode::unreachable: trap(TrapReason::unreachable); return true;
    case Opcode::block:
    case Opcode::loop:
      labels_.push_back({frame.pc - 1, static_cast<std::uint32_t>(stack_.size()) - code.params,
                         opcode == Opcode::loop ? code.params : code.results});
      return true;
    case Opcode::if_: {
      bool const condition = pop32() != 0;
      std::uint32_t const here = frame.pc - 1;
      if (!condition && code.else_ == 0) {
        frame.pc = code.end + 1;
        charge(behind - code.label_potential);
        return true;
      }
      labels_.push_back({here, static_cast<std::uint32_t>(stack_.size()) - code.params, code.results});
      if (!condition) frame.pc = code.else_ + 1;
      return true;
    }
    case Opcode::else_: // the end of the first part
      frame.pc = code.end + 1;
      charge(code.potential - frame.function->code[labels_.back().block].label_potential);
      labels_.pop_back();
      return true;
    case Opcode::end:
      if (labels_.back().block == none) {
        leave(code.potential);
      } else {
        labels_.pop_back();
      }
      return true;
    case Opcode::br: branch(code.instruction.index, behind); return true;
    case Opcode::br_if:
      if (pop32() != 0) branch(code.instruction.index, behind);
      return true;
    case Opcode::br_table: {
      std::uint32_t const index = pop32();
      branch(code.table[std::min<std::size_t>(index, code.table.size() - 1)], behind);
      return true;
    }
    case Opcode::return_: leave(behind); return true;
    case Opcode::call:
      if (charge(behind)) enter(code.instruction.index);
      return true;
    case Opcode::call_indirect: {
      std::uint32_t const index = pop32();
      if (!charge(behind)) return true;
      if (index >= table_.size()) {
        trap(TrapReason::undefined_element);
      } else if (module_.type_of_function(table_[index]) != module_.types[code.instruction.index]) {
        trap(TrapReason::indirect_call_type_mismatch);
      } else {
        enter(table_[index]);
      }
      return true;
    }
    default: return false;
    }
  }

  bool variable(Code const& code, Opcode opcode) {
    std::uint32_t const index = code.instruction.index;
    std::size_t const local = frames_.back().locals + index;
    switch (opcode) {
    case Opcode::local_get: push(stack_[local]); return true;
    case Opcode::local_set: stack_[local] = pop(); return true;
    case Opcode::local_tee: stack_[local] = stack_.back(); return true;
    case Opcode::global_get: push(globals[index]); return true;
    case Opcode::global_set: globals[index] = pop(); return true;
    case Opcode::drop: pop(); return true;
    case Opcode::select: {
      bool const condition = pop32() != 0;
      std::uint64_t const b = pop();
      if (!condition) stack_.back() = b;
      return true;
    }
    case Opcode::i32_const: push(code.instruction.value & 0xFFFFFFFF); return true;
    case Opcode::i64_const:
    case Opcode::f32_const:
    case Opcode::f64_const: push(code.instruction.value); return true;
    default: return false;
    }
  }

  template <class T>
  T popu() {
    return static_cast<T>(pop());
  }

  // Operations of both widths.
  template <class U>
  bool integer(Opcode opcode, Opcode i32, Opcode i64) {
    return opcode == (sizeof(U) == 4 ? i32 : i64);
  }

  template <class U>
  bool integers_of(Opcode op) {
    using S = std::make_signed_t<U>;
    constexpr unsigned mask = sizeof(U) * 8 - 1;
#define IS(name) integer<U>(op, Opcode::i32_##name, Opcode::i64_##name)
    if (IS(eqz)) return push32(popu<U>() == 0), true;
    if (IS(clz)) return push(static_cast<U>(std::countl_zero(popu<U>()))), true;
    if (IS(ctz)) return push(static_cast<U>(std::countr_zero(popu<U>()))), true;
    if (IS(popcnt)) return push(static_cast<U>(std::popcount(popu<U>()))), true;
    if (IS(extend8_s)) return push(static_cast<U>(static_cast<S>(static_cast<std::int8_t>(popu<U>())))), true;
    if (IS(extend16_s)) return push(static_cast<U>(static_cast<S>(static_cast<std::int16_t>(popu<U>())))), true;
    auto const& row = wasm::info(op);
    std::string_view const signature = row.signature;
    if (signature != (sizeof(U) == 4 ? "ii:i" : "II:I") && signature != (sizeof(U) == 4 ? "ii:i" : "II:i")) {
      return false;
    }
    U const b = popu<U>();
    U const a = popu<U>();
    auto const sa = static_cast<S>(a);
    auto const sb = static_cast<S>(b);
    unsigned const shift = static_cast<unsigned>(b & mask);
    if (IS(add)) return push(static_cast<U>(a + b)), true;
    if (IS(sub)) return push(static_cast<U>(a - b)), true;
    if (IS(mul)) return push(static_cast<U>(a * b)), true;
    if (IS(and)) return push(a & b), true;
    if (IS(or)) return push(a | b), true;
    if (IS(xor)) return push(a ^ b), true;
    if (IS(shl)) return push(static_cast<U>(a << shift)), true;
    if (IS(shr_u)) return push(a >> shift), true;
    if (IS(shr_s)) return push(static_cast<U>(sa >> shift)), true;
    if (IS(rotl)) return push(std::rotl(a, static_cast<int>(shift))), true;
    if (IS(rotr)) return push(std::rotr(a, static_cast<int>(shift))), true;
    if (IS(eq)) return push32(a == b), true;
    if (IS(ne)) return push32(a != b), true;
    if (IS(lt_s)) return push32(sa < sb), true;
    if (IS(lt_u)) return push32(a < b), true;
    if (IS(gt_s)) return push32(sa > sb), true;
    if (IS(gt_u)) return push32(a > b), true;
    if (IS(le_s)) return push32(sa <= sb), true;
    if (IS(le_u)) return push32(a <= b), true;
    if (IS(ge_s)) return push32(sa >= sb), true;
    if (IS(ge_u)) return push32(a >= b), true;
    if (b == 0) return trap(TrapReason::integer_divide_by_zero), true;
    if (IS(div_u)) return push(a / b), true;
    if (IS(rem_u)) return push(a % b), true;
    bool const overflows = b == static_cast<U>(-1) && a == U{1} << mask;
    if (IS(div_s)) {
      if (overflows) return trap(TrapReason::integer_overflow), true;
      return push(static_cast<U>(sa / sb)), true;
    }
    if (IS(rem_s)) return push(overflows ? 0 : static_cast<U>(sa % sb)), true;
#undef IS
    return false;
  }

  bool integers(Opcode opcode) {
    switch (opcode) {
    case Opcode::i32_wrap_i64: push32(pop32()); return true;
    case Opcode::i64_extend_i32_u: return true;
    case Opcode::i64_extend_i32_s:
    case Opcode::i64_extend32_s:
      push(static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(pop32())}));
      return true;
    default: return integers_of<std::uint32_t>(opcode) || integers_of<std::uint64_t>(opcode);
    }
  }

  bool floats_of_32_bits(Opcode opcode) {
    float const b = popf();
    float const a = popf();
    switch (opcode) {
    case Opcode::f32_add: pushf(a + b); return true;
    case Opcode::f32_sub: pushf(a - b); return true;
    case Opcode::f32_mul: pushf(a * b); return true;
    case Opcode::f32_div: pushf(a / b); return true;
    case Opcode::f32_eq: push32(a == b); return true;
    case Opcode::f32_ne: push32(a != b); return true;
    case Opcode::f32_lt: push32(a < b); return true;
    case Opcode::f32_gt: push32(a > b); return true;
    case Opcode::f32_le: push32(a <= b); return true;
    case Opcode::f32_ge: push32(a >= b); return true;
    default: return false;
    }
  }

  bool floats(Opcode opcode) {
    std::string_view const signature = wasm::info(opcode).signature;
    if (opcode == Opcode::f32_neg) return pushf(-popf()), true;
    if (opcode == Opcode::f32_abs) return pushf(std::fabs(popf())), true;
    if (opcode == Opcode::f32_sqrt) return pushf(std::sqrt(popf())), true;
    if (opcode == Opcode::f32_convert_i32_s) return pushf(static_cast<float>(static_cast<std::int32_t>(pop32()))), true;
    if (opcode == Opcode::f32_convert_i32_u) return pushf(static_cast<float>(pop32())), true;
    if (opcode == Opcode::f32_reinterpret_i32) return true;
    if (opcode == Opcode::f32_demote_f64) return pushf(static_cast<float>(popd())), true;
    if (opcode == Opcode::f64_promote_f32) return pushd(static_cast<double>(popf())), true;
    if (opcode == Opcode::i32_trunc_sat_f32_s) {
      double const value = static_cast<double>(popf());
      double const inside = value != value ? 0 : std::fmax(-2147483648.0, std::fmin(2147483647.0, value));
      return push32(static_cast<std::uint32_t>(static_cast<std::int32_t>(inside))), true;
    }
    if (opcode == Opcode::i32_trunc_sat_f64_u) {
      double const value = popd();
      return push32(static_cast<std::uint32_t>(value != value ? 0 : std::fmax(0.0, std::fmin(4294967295.0, value)))),
             true;
    }
    if (opcode == Opcode::f64_neg) return pushd(-popd()), true;
    if (opcode == Opcode::f64_abs) return pushd(std::fabs(popd())), true;
    if (opcode == Opcode::f64_sqrt) return pushd(std::sqrt(popd())), true;
    if (opcode == Opcode::f64_convert_i32_s) return pushd(static_cast<std::int32_t>(pop32())), true;
    if (opcode == Opcode::f64_convert_i32_u) return pushd(pop32()), true;
    if (opcode == Opcode::i32_trunc_f64_s) {
      double const value = popd();
      if (value != value) return trap(TrapReason::invalid_conversion_to_integer), true;
      if (value <= -2147483649.0 || value >= 2147483648.0) return trap(TrapReason::integer_overflow), true;
      return push32(static_cast<std::uint32_t>(static_cast<std::int32_t>(value))), true;
    }
    if (signature == "ff:f" || signature == "ff:i") return floats_of_32_bits(opcode);
    if (signature != "FF:F" && signature != "FF:i") return false;
    double const b = popd();
    double const a = popd();
    switch (opcode) {
    case Opcode::f64_add: pushd(a + b); return true;
    case Opcode::f64_sub: pushd(a - b); return true;
    case Opcode::f64_mul: pushd(a * b); return true;
    case Opcode::f64_div: pushd(a / b); return true;
    case Opcode::f64_eq: push32(a == b); return true;
    case Opcode::f64_ne: push32(a != b); return true;
    case Opcode::f64_lt: push32(a < b); return true;
    case Opcode::f64_gt: push32(a > b); return true;
    case Opcode::f64_le: push32(a <= b); return true;
    case Opcode::f64_ge: push32(a >= b); return true;
    default: return false;
    }
  }

  struct AccessKind {
    unsigned bytes = 0;
    bool is_signed = false;
    bool is_64 = false;
    bool is_store = false;
  };

  static AccessKind access_kind(Opcode opcode) {
    switch (opcode) {
    case Opcode::i32_load:
    case Opcode::f32_load: return {4, false, false, false};
    case Opcode::i64_load:
    case Opcode::f64_load: return {8, false, true, false};
    case Opcode::i32_load8_s: return {1, true, false, false};
    case Opcode::i32_load8_u: return {1, false, false, false};
    case Opcode::i32_load16_s: return {2, true, false, false};
    case Opcode::i32_load16_u: return {2, false, false, false};
    case Opcode::i64_load8_s: return {1, true, true, false};
    case Opcode::i64_load8_u: return {1, false, true, false};
    case Opcode::i64_load16_s: return {2, true, true, false};
    case Opcode::i64_load16_u: return {2, false, true, false};
    case Opcode::i64_load32_s: return {4, true, true, false};
    case Opcode::i64_load32_u: return {4, false, true, false};
    case Opcode::i32_store: return {4, false, false, true};
    case Opcode::i64_store:
    case Opcode::f64_store: return {8, false, true, true};
    case Opcode::i32_store8:
    case Opcode::i64_store8: return {1, false, false, true};
    case Opcode::i32_store16:
    case Opcode::i64_store16: return {2, false, false, true};
    case Opcode::i64_store32: return {4, false, false, true};
    default: return {};
    }
  }

  // Growth and ranges of bytes. A range costs a unit of fuel for every 64 bytes beside the instruction; as long as it
  // is short it is charged at once.
  bool bulk(Opcode opcode) {
    switch (opcode) {
    case Opcode::memory_size: push32(static_cast<std::uint32_t>(memory.size() / page)); return true;
    case Opcode::memory_grow: {
      std::uint64_t const old_pages = memory.size() / page;
      std::uint64_t const pages = old_pages + pop32();
      bool const allowed = pages <= module_.memories[0].limits.max.value_or(65536);
      push32(allowed ? static_cast<std::uint32_t>(old_pages) : 0xFFFFFFFF);
      if (allowed) memory.resize(pages * page);
      return true;
    }
    case Opcode::memory_fill:
    case Opcode::memory_copy:
    case Opcode::memory_init: break;
    default: return false;
    }
    std::uint64_t const count = pop32();
    std::uint64_t const source = pop32();
    std::uint64_t const at = pop32();
    constexpr std::uint64_t no_limit = 0xFFFFFFFFFF;
    std::uint64_t const limit = opcode == Opcode::memory_fill   ? no_limit
                                : opcode == Opcode::memory_copy ? memory.size()
                                                                : module_.data[0].data.size;
    if (at + count > memory.size() || source + count > limit) {
      trap(TrapReason::out_of_bounds_memory);
      return true;
    }
    if (!charge(static_cast<std::int64_t>(count / 64))) return true;
    if (opcode == Opcode::memory_fill) {
      std::memset(memory.data() + at, static_cast<int>(source & 0xFF), count);
    } else if (opcode == Opcode::memory_copy) {
      std::memmove(memory.data() + at, memory.data() + source, count);
    } else {
      std::memcpy(memory.data() + at, module_.view(module_.data[0].data).data() + source, count);
    }
    return true;
  }

  bool access(Code const& code, Opcode opcode) {
    AccessKind const kind = access_kind(opcode);
    if (kind.bytes == 0) return false;
    std::uint64_t const stored = kind.is_store ? pop() : 0;
    std::uint64_t const address = std::uint64_t{pop32()} + code.instruction.value;
    if (address + kind.bytes > memory.size()) {
      trap(TrapReason::out_of_bounds_memory);
      return true;
    }
    if (kind.is_store) {
      std::memcpy(memory.data() + address, &stored, kind.bytes);
      return true;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, memory.data() + address, kind.bytes);
    if (kind.is_signed) {
      unsigned const unused = 64 - 8 * kind.bytes;
      value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
    }
    push(kind.is_64 ? value : value & 0xFFFFFFFF);
    return true;
  }

  static constexpr std::uint32_t none = 0xFFFFFFFF;

  std::vector<std::uint32_t> table_;
  wasm::Module const& module_;
  std::vector<Function> functions_;
  std::vector<std::uint64_t> stack_;
  std::vector<Label> labels_;
  std::vector<Frame> frames_;
  Outcome outcome_;
};

} // namespace weir::test
