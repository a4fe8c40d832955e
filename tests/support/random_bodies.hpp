// Random valid modules: functions with deep expressions, blocks with parameters and several results, branches out of
// the middle of expressions, writes to locals whose reads are pending, calls. Loops end because fuel does.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "support/module_builder.hpp"

namespace weir::test {

class RandomModule {
 public:
  static constexpr std::uint32_t memory_bytes = 65536; // at first
  static constexpr std::uint32_t memory_max_pages = 3;
  static constexpr std::uint64_t initial_i32 = 5; // of its globals
  static constexpr std::uint64_t initial_i64 = 6;

  // Every choice is a number from there.
  using Source = std::function<std::uint64_t()>;

  // wide: frames of more slots than a 16-bit field can name, with operands and locals on both sides of that border.
  enum class Frames : std::uint8_t { narrow, wide };

  explicit RandomModule(Source source, Frames frames = Frames::narrow) : random_(std::move(source)), frames_(frames) {}
  explicit RandomModule(std::uint64_t seed, Frames frames = Frames::narrow)
      : RandomModule(std::mt19937_64{seed}, frames) {}

  // Function i of `functions` may be called with `arguments(i)`.
  ModuleBuilder build() {
    ModuleBuilder builder;
    for (int i = 0; i < 6; ++i) {
      FuncType const type{types(below(5)), types(below(4))};
      signatures_.push_back(type);
      builder.type(type.params(), type.results());
    }
    for (int i = 0; i < 12; ++i) { // types for blocks
      FuncType const type{types(below(4)), types(below(4))};
      block_types_.push_back(type);
      builder.type(type.params(), type.results());
    }
    builder.memory(memory_bytes / 65536, memory_max_pages);
    builder.data("passive data of the module");
    builder.global(ValType::i32(), initial_i32);
    builder.global(ValType::i64(), initial_i64);
    builder.global(ValType::f64(), 0);
    builder.global(ValType::f32(), 0);
    function_count_ = static_cast<std::uint32_t>(signatures_.size());
    std::vector<std::uint32_t> table;
    for (std::uint32_t i = 0; i < function_count_; ++i) table.push_back(i);
    builder.table(table);
    for (std::uint32_t i = 0; i < function_count_; ++i) {
      std::vector<ModuleBuilder::LocalGroup> groups;
      locals_ = signatures_[i].params();
      if (frames_ == Frames::wide) {
        groups.push_back({wide_locals, ValType::i64()});
        locals_.insert(locals_.end(), wide_locals, ValType::i64());
      }
      for (std::uint32_t k = below(4); k > 0; --k) {
        ValType const type = any_type();
        std::uint32_t const count = 1 + below(3);
        groups.push_back({count, type});
        locals_.insert(locals_.end(), count, type);
      }
      builder.function(i, groups, body(signatures_[i]));
    }
    builder.export_everything();
    return builder;
  }

  std::uint32_t function_count() const noexcept { return function_count_; }
  FuncType const& signature(std::uint32_t function) const { return signatures_[function]; }

  std::vector<std::uint64_t> arguments(std::uint32_t function) {
    std::vector<std::uint64_t> values;
    for (ValType const type : signatures_[function].params()) {
      values.push_back(type == ValType::f32()   ? std::bit_cast<std::uint32_t>(static_cast<float>(small_float()))
                       : type == ValType::f64() ? std::bit_cast<std::uint64_t>(small_float())
                       : type == ValType::i32() ? interesting() & 0xFFFFFFFF
                                                : interesting());
    }
    return values;
  }

 private:
  using Opcode = wasm::Opcode;

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

  ValType any_type() {
    std::uint32_t const choice = below(20);
    return choice < 11 ? ValType::i32() : choice < 15 ? ValType::i64() : choice < 18 ? ValType::f64() : ValType::f32();
  }
  std::vector<ValType> types(std::uint32_t count) {
    std::vector<ValType> list;
    for (; count > 0; --count) list.push_back(any_type());
    return list;
  }

  std::uint64_t interesting() {
    static constexpr std::array<std::uint64_t, 14> values = {0,
                                                             1,
                                                             2,
                                                             3,
                                                             31,
                                                             32,
                                                             255,
                                                             0x7FFFFFFF,
                                                             0x80000000,
                                                             0xFFFFFFFF,
                                                             0x100000000,
                                                             0x7FFFFFFFFFFFFFFF,
                                                             ~std::uint64_t{0},
                                                             0x8000000000000000};
    return chance(50) ? values[below(values.size())] : chance(70) ? below(100) : random_();
  }
  double small_float() { return static_cast<double>(below(2000)) / 8 - 100; }

  void op(Opcode opcode) { write_opcode(out_, opcode); }
  void op(Opcode opcode, std::uint32_t index) {
    op(opcode);
    write_u32(out_, index);
  }
  Opcode pick(std::initializer_list<Opcode> list) {
    return list.begin()[below(static_cast<std::uint32_t>(list.size()))];
  }

  struct Label {
    std::vector<ValType> types; // that a branch takes along
  };

  Bytes body(FuncType const& type) {
    out_.clear();
    labels_.assign(1, {type.results()});
    budget_ = 40 + static_cast<int>(below(400));
    if (frames_ == Frames::wide) { // operands that stay below all others; most are there, some are pending
      for (std::uint32_t i = 0; i < wide_operands; ++i) op(Opcode::local_get, below(local_count()));
      statement(0);
      for (std::uint32_t i = below(50); i > 0; --i) op(Opcode::local_get, below(local_count()));
    }
    for (std::uint32_t i = below(8); i > 0; --i) statement(0);
    for (ValType const result : type.results()) value(result, 0);
    if (frames_ == Frames::wide) op(Opcode::return_);
    op(Opcode::end);
    return out_;
  }

  void constant(ValType type) {
    if (type == ValType::i32()) {
      op(Opcode::i32_const);
      base::write_sleb(out_, static_cast<std::int32_t>(interesting()));
    } else if (type == ValType::i64()) {
      op(Opcode::i64_const);
      base::write_sleb(out_, static_cast<std::int64_t>(interesting()));
    } else if (type == ValType::f32()) {
      op(Opcode::f32_const);
      auto const number = static_cast<float>(small_float());
      auto const* const bytes = reinterpret_cast<std::uint8_t const*>(&number);
      out_.insert(out_.end(), bytes, bytes + 4);
    } else {
      op(Opcode::f64_const);
      double const number = small_float();
      auto const* const bytes = reinterpret_cast<std::uint8_t const*>(&number);
      out_.insert(out_.end(), bytes, bytes + 8);
    }
  }

  std::uint32_t local_count() const { return static_cast<std::uint32_t>(locals_.size()); }

  // A local of that type; -1 without one.
  int local_of(ValType type) {
    if (locals_.empty()) return -1;
    std::uint32_t const first = below(local_count());
    for (std::uint32_t i = 0; i < local_count(); ++i) {
      std::uint32_t const local = (first + i) % local_count();
      if (locals_[local] == type) return static_cast<int>(local);
    }
    return -1;
  }

  void leaf(ValType type) {
    int const local = local_of(type);
    if (local >= 0 && chance(70)) {
      op(Opcode::local_get, static_cast<std::uint32_t>(local));
    } else {
      constant(type);
    }
  }

  void address(int depth) {
    if (chance(4)) { // may be out of bounds
      value(ValType::i32(), depth + 1);
      return;
    }
    if (chance(40)) { // base + index, both small
      for (int i = 0; i < 2; ++i) {
        value(ValType::i32(), depth + 2);
        op(Opcode::i32_const);
        base::write_sleb(out_, 0x3FFF);
        op(Opcode::i32_and);
      }
      op(Opcode::i32_add);
      return;
    }
    if (chance(30)) {
      leaf(ValType::i32());
      op(Opcode::i32_const);
      base::write_sleb(out_, static_cast<std::int32_t>(below(64)));
      op(chance(50) ? Opcode::i32_shr_u : Opcode::i32_and);
      leaf(ValType::i32());
      op(Opcode::i32_const);
      base::write_sleb(out_, 0xFFF);
      op(Opcode::i32_and);
      op(Opcode::i32_add);
      return;
    }
    value(ValType::i32(), depth + 1);
    op(Opcode::i32_const);
    base::write_sleb(out_, 0xFFFF);
    op(Opcode::i32_and);
  }
  void memarg() {
    out_.push_back(0);
    write_u32(out_, chance(70) ? below(16) : chance(90) ? below(60000) : 0xFFFFFFFF - below(4));
  }

  void binary_i32(int depth) {
    value(ValType::i32(), depth + 1);
    value(ValType::i32(), depth + 1);
    op(pick({Opcode::i32_add, Opcode::i32_add, Opcode::i32_sub, Opcode::i32_mul, Opcode::i32_and, Opcode::i32_or,
             Opcode::i32_xor, Opcode::i32_shl, Opcode::i32_shr_s, Opcode::i32_shr_u, Opcode::i32_rotl, Opcode::i32_rotr,
             Opcode::i32_div_s, Opcode::i32_div_u, Opcode::i32_rem_s, Opcode::i32_rem_u}));
  }

  void comparison(int depth) {
    std::uint32_t const choice = below(8);
    if (choice < 4) {
      value(ValType::i32(), depth + 1);
      value(ValType::i32(), depth + 1);
      op(pick({Opcode::i32_eq, Opcode::i32_ne, Opcode::i32_lt_s, Opcode::i32_lt_u, Opcode::i32_gt_s, Opcode::i32_gt_u,
               Opcode::i32_le_s, Opcode::i32_le_u, Opcode::i32_ge_s, Opcode::i32_ge_u, Opcode::i32_and}));
    } else if (choice < 6) {
      value(ValType::i64(), depth + 1);
      value(ValType::i64(), depth + 1);
      op(pick({Opcode::i64_eq, Opcode::i64_ne, Opcode::i64_lt_s, Opcode::i64_lt_u, Opcode::i64_gt_s, Opcode::i64_gt_u,
               Opcode::i64_le_s, Opcode::i64_le_u, Opcode::i64_ge_s, Opcode::i64_ge_u}));
    } else if (choice == 6) {
      value(ValType::i64(), depth + 1);
      op(Opcode::i64_eqz);
    } else if (chance(25)) {
      value(ValType::f32(), depth + 1);
      value(ValType::f32(), depth + 1);
      op(pick({Opcode::f32_eq, Opcode::f32_ne, Opcode::f32_lt, Opcode::f32_gt, Opcode::f32_le, Opcode::f32_ge}));
    } else {
      value(ValType::f64(), depth + 1);
      value(ValType::f64(), depth + 1);
      op(pick({Opcode::f64_eq, Opcode::f64_ne, Opcode::f64_lt, Opcode::f64_gt, Opcode::f64_le, Opcode::f64_ge}));
    }
    while (chance(25)) op(Opcode::i32_eqz);
  }

  void condition(int depth) {
    if (chance(70)) {
      comparison(depth);
    } else {
      value(ValType::i32(), depth + 1);
    }
  }

  // Pushes one value.
  void value(ValType type, int depth) {
    if (--budget_ < 0 || depth > 12) {
      leaf(type);
      return;
    }
    switch (below(16)) {
    case 0:
    case 1:
    case 2: leaf(type); return;
    case 3:
      if (int const local = local_of(type); local >= 0) {
        value(type, depth + 1);
        op(Opcode::local_tee, static_cast<std::uint32_t>(local));
        return;
      }
      break;
    case 4:
      value(type, depth + 1);
      value(type, depth + 1);
      condition(depth);
      op(Opcode::select);
      return;
    case 5: block_value(type, depth); return;
    case 6: call_for(type, depth); return;
    case 7: op(Opcode::global_get, global_of(type)); return;
    case 8: // junk under the value, with a hazard
      value(type, depth + 1);
      statement(depth + 1);
      return;
    default: break;
    }
    operation(type, depth);
  }

  static std::uint32_t global_of(ValType type) {
    return type == ValType::i32() ? 0 : type == ValType::i64() ? 1 : type == ValType::f64() ? 2 : 3;
  }

  void operation_f32(int depth) {
    std::uint32_t const choice = below(8);
    if (choice < 4) {
      value(ValType::f32(), depth + 1);
      value(ValType::f32(), depth + 1);
      return op(pick({Opcode::f32_add, Opcode::f32_sub, Opcode::f32_mul, Opcode::f32_div}));
    }
    if (choice == 4) {
      address(depth);
      op(Opcode::f32_load);
      return memarg();
    }
    if (choice == 5) {
      value(ValType::f32(), depth + 1);
      return op(pick({Opcode::f32_neg, Opcode::f32_abs, Opcode::f32_sqrt}));
    }
    if (choice == 6) {
      value(ValType::f64(), depth + 1);
      return op(Opcode::f32_demote_f64);
    }
    value(ValType::i32(), depth + 1);
    op(pick({Opcode::f32_convert_i32_s, Opcode::f32_convert_i32_u, Opcode::f32_reinterpret_i32}));
  }

  void small_number(std::uint32_t bound) {
    op(Opcode::i32_const);
    base::write_sleb(out_, static_cast<std::int32_t>(below(bound)));
  }

  // An instruction on a range of bytes: mostly small ones that are inside.
  void range_of_bytes(int depth) {
    std::uint32_t const kind = below(4);
    address(depth);
    if (kind == 0) {
      value(ValType::i32(), depth + 1);
    } else if (kind == 1) {
      address(depth);
    } else {
      small_number(20);
    }
    if (chance(85)) {
      small_number(kind < 2 ? 300 : 10);
    } else {
      value(ValType::i32(), depth + 1);
    }
    if (kind == 0) {
      op(Opcode::memory_fill, 0);
    } else {
      op(kind == 1 ? Opcode::memory_copy : Opcode::memory_init, 0);
      write_u32(out_, 0);
    }
  }

  void operation(ValType type, int depth) {
    if (type == ValType::f32()) return operation_f32(depth);
    std::uint32_t const choice = below(8);
    if (type == ValType::i32()) {
      if (choice < 3) return binary_i32(depth);
      if (choice < 5) return comparison(depth);
      if (choice == 5) {
        address(depth);
        op(pick({Opcode::i32_load, Opcode::i32_load, Opcode::i32_load8_s, Opcode::i32_load8_u, Opcode::i32_load16_s,
                 Opcode::i32_load16_u}));
        return memarg();
      }
      if (choice == 6) {
        switch (below(6)) {
        case 0: return op(Opcode::memory_size, 0);
        case 1:
          value(type, depth + 1);
          small_number(4);
          op(Opcode::i32_and);
          return op(Opcode::memory_grow, 0);
        case 2: {
          bool const is_f32 = chance(50);
          value(is_f32 ? ValType::f32() : ValType::f64(), depth + 1);
          return op(is_f32 ? Opcode::i32_trunc_sat_f32_s : Opcode::i32_trunc_sat_f64_u);
        }
        default: value(ValType::i64(), depth + 1); return op(Opcode::i32_wrap_i64);
        }
      }
      value(ValType::i32(), depth + 1);
      return op(pick({Opcode::i32_clz, Opcode::i32_ctz, Opcode::i32_popcnt, Opcode::i32_eqz, Opcode::i32_extend8_s,
                      Opcode::i32_extend16_s}));
    }
    if (type == ValType::i64()) {
      if (choice < 4) {
        value(type, depth + 1);
        value(type, depth + 1);
        return op(pick({Opcode::i64_add, Opcode::i64_sub, Opcode::i64_mul, Opcode::i64_and, Opcode::i64_or,
                        Opcode::i64_xor, Opcode::i64_shl, Opcode::i64_shr_s, Opcode::i64_shr_u, Opcode::i64_rotl,
                        Opcode::i64_rotr, Opcode::i64_div_s, Opcode::i64_div_u, Opcode::i64_rem_s, Opcode::i64_rem_u}));
      }
      if (choice == 4) {
        address(depth);
        op(pick({Opcode::i64_load, Opcode::i64_load8_s, Opcode::i64_load8_u, Opcode::i64_load16_s, Opcode::i64_load16_u,
                 Opcode::i64_load32_s, Opcode::i64_load32_u}));
        return memarg();
      }
      if (choice < 7) {
        value(ValType::i32(), depth + 1);
        return op(chance(50) ? Opcode::i64_extend_i32_u : Opcode::i64_extend_i32_s);
      }
      value(type, depth + 1);
      return op(pick({Opcode::i64_clz, Opcode::i64_ctz, Opcode::i64_popcnt, Opcode::i64_extend8_s,
                      Opcode::i64_extend16_s, Opcode::i64_extend32_s}));
    }
    if (choice < 5) {
      value(type, depth + 1);
      value(type, depth + 1);
      return op(pick({Opcode::f64_add, Opcode::f64_sub, Opcode::f64_mul, Opcode::f64_div}));
    }
    if (choice == 5) {
      address(depth);
      op(Opcode::f64_load);
      return memarg();
    }
    if (choice == 6) {
      if (chance(30)) {
        value(ValType::f32(), depth + 1);
        return op(Opcode::f64_promote_f32);
      }
      value(type, depth + 1);
      return op(pick({Opcode::f64_neg, Opcode::f64_abs, Opcode::f64_sqrt}));
    }
    value(ValType::i32(), depth + 1);
    op(chance(50) ? Opcode::f64_convert_i32_s : Opcode::f64_convert_i32_u);
  }

  void values(std::vector<ValType> const& list, int depth) {
    for (ValType const type : list) value(type, depth + 1);
  }

  // Takes values of these types off the stack, into locals where there are any.
  void take(std::vector<ValType> const& list) {
    for (std::size_t i = list.size(); i-- > 0;) {
      int const local = local_of(list[i]);
      if (local >= 0 && chance(70)) {
        op(Opcode::local_set, static_cast<std::uint32_t>(local));
      } else {
        op(Opcode::drop);
      }
    }
  }

  void block_type(ValType type) { write_type(out_, type); }

  // The contents of a block whose parameters are on the stack: leaves its results.
  void contents(std::vector<ValType> const& params, std::vector<ValType> const& results, int depth) {
    if (params == results && !params.empty() && chance(40)) { // the parameters may stay
      statements(depth);
      return;
    }
    take(params);
    statements(depth);
    values(results, depth);
  }

  void statements(int depth) {
    for (std::uint32_t i = below(3); i > 0; --i) statement(depth + 1);
  }

  // A block with one result.
  void block_value(ValType type, int depth) {
    std::uint32_t const kind = below(3);
    if (kind == 2) condition(depth);
    op(kind == 0 ? Opcode::block : kind == 1 ? Opcode::loop : Opcode::if_);
    block_type(type);
    labels_.push_back({kind == 1 ? std::vector<ValType>{} : std::vector<ValType>{type}});
    statements(depth);
    value(type, depth + 1);
    if (kind == 2) {
      op(Opcode::else_);
      statements(depth);
      value(type, depth + 1);
    }
    op(Opcode::end);
    labels_.pop_back();
  }

  // A block with a function type.
  void block_statement(int depth) {
    std::uint32_t const index = below(static_cast<std::uint32_t>(block_types_.size()));
    FuncType const type = block_types_[index];
    std::uint32_t const kind = below(3);
    values(type.params(), depth);
    if (kind == 2) condition(depth);
    op(kind == 0 ? Opcode::block : kind == 1 ? Opcode::loop : Opcode::if_);
    base::write_sleb(out_, std::int64_t{function_count_} + index);
    labels_.push_back({kind == 1 ? type.params() : type.results()});
    contents(type.params(), type.results(), depth);
    if (kind == 2 && (type.params() != type.results() || chance(50))) {
      op(Opcode::else_);
      contents(type.params(), type.results(), depth);
    }
    op(Opcode::end);
    labels_.pop_back();
    take(type.results());
  }

  void call_for(ValType type, int depth) {
    for (std::uint32_t tries = 0; tries < 4; ++tries) {
      std::uint32_t const function = below(function_count_);
      FuncType const signature = signatures_[function];
      if (signature.results().size() == 1 && signature.results()[0] == type) {
        call(function, depth);
        return;
      }
    }
    leaf(type);
  }

  void call(std::uint32_t function, int depth) {
    values(signatures_[function].params(), depth);
    if (chance(60)) {
      op(Opcode::call, function);
      return;
    }
    if (chance(90)) {
      op(Opcode::i32_const);
      base::write_sleb(out_, static_cast<std::int32_t>(function));
    } else {
      value(ValType::i32(), depth + 1);
    }
    op(Opcode::call_indirect, function); // the type has the function's number
    write_u32(out_, 0);
  }

  void get(std::uint32_t local) { op(Opcode::local_get, local); }
  void constant_i32(std::int32_t value) {
    op(Opcode::i32_const);
    base::write_sleb(out_, value);
  }

  // What compilers write in loops: sequences that translators like to merge. Needs locals of the type.
  void idiom(int depth) {
    ValType const type = chance(25) ? ValType::f64() : ValType::i32();
    int const first = local_of(type);
    if (first < 0) return;
    auto const x = static_cast<std::uint32_t>(first);
    auto const y = static_cast<std::uint32_t>(local_of(type));
    auto const z = static_cast<std::uint32_t>(local_of(type));
    if (type == ValType::f64()) { // x = x + y * z, in all orders
      bool const sum_first = chance(60);
      if (sum_first) get(chance(70) ? x : z);
      get(y);
      get(z);
      op(Opcode::f64_mul);
      if (!sum_first) get(chance(70) ? x : y);
      op(chance(50) ? Opcode::f64_add : Opcode::f64_sub);
      return op(Opcode::local_set, x);
    }
    switch (below(5)) {
    case 0: // two increments
      for (std::uint32_t const local : {x, y}) {
        get(local);
        constant_i32(static_cast<std::int32_t>(chance(70) ? below(9) : interesting()));
        op(chance(70) ? Opcode::i32_add : Opcode::i32_sub);
        op(Opcode::local_set, local);
      }
      return;
    case 1: { // increment, compare, branch
      std::vector<std::uint32_t> plain;
      for (std::uint32_t i = 0; i < labels_.size(); ++i) {
        if (labels_[labels_.size() - 1 - i].types.empty()) plain.push_back(i);
      }
      if (plain.empty()) return;
      get(x);
      constant_i32(static_cast<std::int32_t>(chance(80) ? below(5) : interesting()));
      op(chance(50) ? Opcode::i32_add : Opcode::i32_sub);
      op(Opcode::local_tee, x);
      if (chance(70)) {
        chance(60) ? get(y) : constant_i32(static_cast<std::int32_t>(interesting()));
        op(pick({Opcode::i32_ne, Opcode::i32_lt_s, Opcode::i32_lt_u, Opcode::i32_eq, Opcode::i32_ge_u, Opcode::i32_gt_s,
                 Opcode::i32_le_u, Opcode::i32_and}));
      }
      if (chance(20)) op(Opcode::i32_eqz);
      return op(Opcode::br_if, plain[below(static_cast<std::uint32_t>(plain.size()))]);
    }
    case 2: { // shift and combine
      bool const exchanged = chance(40);
      if (!exchanged) get(y);
      get(z);
      constant_i32(static_cast<std::int32_t>(below(70)));
      op(chance(60) ? Opcode::i32_shl : Opcode::i32_shr_u);
      if (chance(15)) op(Opcode::local_tee, y);
      if (exchanged) get(y);
      op(pick({Opcode::i32_add, Opcode::i32_xor, Opcode::i32_or, Opcode::i32_sub}));
      return op(Opcode::local_set, x);
    }
    case 3: // load from or store to a sum
      get(y);
      constant_i32(0xFFF);
      op(Opcode::i32_and);
      if (chance(50)) op(Opcode::local_tee, y);
      chance(50) ? get(y) : constant_i32(static_cast<std::int32_t>(below(3000)));
      op(Opcode::i32_add);
      if (chance(50)) {
        op(pick({Opcode::i32_load, Opcode::i32_load8_u, Opcode::i32_load16_u, Opcode::i32_load8_s}));
        memarg();
        return op(Opcode::local_set, x);
      }
      chance(50) ? get(x) : constant_i32(static_cast<std::int32_t>(interesting()));
      op(pick({Opcode::i32_store, Opcode::i32_store8, Opcode::i32_store16}));
      return memarg();
    default: { // exchange through the stack, and a value that is used after its local was written
      get(x);
      get(y);
      value(ValType::i32(), depth + 2);
      op(Opcode::local_set, x);
      op(Opcode::local_set, chance(50) ? x : z);
      return op(Opcode::local_set, y);
    }
    }
  }

  // Leaves the stack as it found it.
  void statement(int depth) {
    if (--budget_ < 0 || depth > 12) return;
    if (chance(20)) return idiom(depth);
    switch (below(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      if (!locals_.empty()) {
        std::uint32_t const local = below(static_cast<std::uint32_t>(locals_.size()));
        value(locals_[local], depth + 1);
        op(Opcode::local_set, local);
      }
      return;
    case 4: {
      std::uint32_t const kind = below(8);
      if (kind == 7) return range_of_bytes(depth);
      address(depth);
      value(kind < 3 ? ValType::i32() : kind < 6 ? ValType::i64() : ValType::f64(), depth + 1);
      static constexpr std::array stores = {Opcode::i32_store, Opcode::i32_store8, Opcode::i32_store16,
                                            Opcode::i64_store, Opcode::i64_store8, Opcode::i64_store32};
      if (kind == 6) { // the bits of a NaN are not determined: they must not become visible
        op(Opcode::i32_trunc_f64_s);
        op(Opcode::i32_store8);
      } else {
        op(stores[kind]);
      }
      return memarg();
    }
    case 5: {
      ValType const type = any_type();
      value(type, depth + 1);
      return op(Opcode::global_set, global_of(type));
    }
    case 6:
    case 7: {
      std::uint32_t const target = below(static_cast<std::uint32_t>(labels_.size()));
      std::vector<ValType> const list = labels_[labels_.size() - 1 - target].types;
      values(list, depth);
      condition(depth);
      op(Opcode::br_if, target);
      return take(list);
    }
    case 8: return branch_away(depth);
    case 9: { // several values, taken in another order
      std::vector<ValType> const list = types(1 + below(5));
      values(list, depth);
      return take(list);
    }
    case 10: {
      std::uint32_t const function = below(function_count_);
      call(function, depth);
      return take(signatures_[function].results());
    }
    case 11: value(any_type(), depth + 1); return op(Opcode::drop);
    case 12:
      condition(depth);
      op(Opcode::if_);
      out_.push_back(0x40);
      labels_.push_back({});
      statements(depth);
      if (chance(50)) {
        op(Opcode::else_);
        statements(depth);
      }
      labels_.pop_back();
      return op(Opcode::end);
    default: return block_statement(depth);
    }
  }

  // An unconditional branch inside a block of its own, so that what follows is reached again.
  void branch_away(int depth) {
    op(Opcode::block);
    out_.push_back(0x40);
    labels_.push_back({});
    condition(depth);
    op(Opcode::br_if, 0);
    std::uint32_t const target = below(static_cast<std::uint32_t>(labels_.size()));
    std::vector<ValType> const list = labels_[labels_.size() - 1 - target].types;
    std::uint32_t const kind = below(10);
    if (kind < 4) {
      values(list, depth);
      op(Opcode::br, target);
    } else if (kind < 8) { // br_table over all labels that take the same types
      std::vector<std::uint32_t> same;
      for (std::uint32_t i = 0; i < labels_.size(); ++i) {
        if (labels_[labels_.size() - 1 - i].types == list) same.push_back(i);
      }
      values(list, depth);
      value(ValType::i32(), depth + 1);
      op(Opcode::i32_const);
      base::write_sleb(out_, 7);
      op(Opcode::i32_and);
      op(Opcode::br_table);
      std::uint32_t const count = below(6);
      write_u32(out_, count);
      for (std::uint32_t i = 0; i <= count; ++i) {
        write_u32(out_, same[below(static_cast<std::uint32_t>(same.size()))]);
      }
    } else if (kind == 8) {
      values(labels_.front().types, depth);
      op(Opcode::return_);
    } else if (chance(20)) {
      op(Opcode::unreachable);
    } else {
      values(list, depth);
      op(Opcode::br, target);
    }
    while (chance(30)) statement(depth + 1); // unreachable
    labels_.pop_back();
    op(Opcode::end);
  }

  // A function may have 50,000 locals at most.
  static constexpr std::uint32_t wide_locals = 49980;
  static constexpr std::uint32_t wide_operands = 15700;

  Source random_;
  Frames frames_ = Frames::narrow;
  std::vector<FuncType> signatures_;
  std::vector<FuncType> block_types_;
  std::uint32_t function_count_ = 0;
  std::vector<ValType> locals_;
  std::vector<Label> labels_;
  Bytes out_;
  int budget_ = 0;
};

} // namespace weir::test
