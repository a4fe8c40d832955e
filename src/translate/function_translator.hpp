// Translates one function: a single pass over its instructions with a compile-time operand stack. The members are
// defined by subject: function_translator.cpp (frame, loop over the instructions), places.cpp (operands and
// destinations), control.cpp (blocks, calls, returns), branch.cpp (conditions and branches), numeric.cpp, memory.cpp,
// variable.cpp, table.cpp, reference.cpp.
//
// Order of evaluation: cells of instructions that may trap, call, or touch memory, tables and globals are emitted at
// once and in order. What stays pending is pure and reads only constants, locals and operands in their slots; a pending
// read of a local is carried out before the local is written. Results go to slots and to pinned locals; that the next
// cell may have one from a temporary is the encoder's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <weir/error.hpp>

#include "code/encoder.hpp"
#include "code/frame.hpp"
#include "decode/body_survey.hpp"
#include "decode/instruction.hpp"
#include "translate/locals.hpp"
#include "translate/operand_stack.hpp"
#include "translate/translator.hpp"
#include "wasm/opcode.hpp"

namespace weir::translate {

// Operands of a function higher than this are an error of kind `limit`: such a frame is 32 MiB.
inline constexpr std::uint32_t max_operand_slots = 1u << 22;

// Immediates are 32 bits that are sign-extended.
constexpr bool fits_immediate(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value) == static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

// So many values are moved one by one; more go together, with everything below them brought home first, so that no
// instruction costs more than was pushed since the last time.
inline constexpr std::uint32_t few_values = 3;

class FunctionTranslator {
 public:
  explicit FunctionTranslator(Environment const& environment);
  FunctionTranslator(FunctionTranslator const&) = delete;
  FunctionTranslator& operator=(FunctionTranslator const&) = delete;
  decode::BodySurvey& survey() noexcept { return survey_; }
  Result<code::FunctionCode> translate(std::uint32_t function_index);

 private:
  using Op = code::Op;
  using Operand = code::Operand;
  using Instruction = decode::Instruction;

  // What matters of a function type, worked out once.
  struct TypeFacts {
    bool is_known = false;
    bool params_have_vectors = false;
    bool results_have_vectors = false;
    std::uint32_t param_slots = 0;
    std::uint32_t result_slots = 0;
  };

  // A value taken off the stack, on its way into a cell.
  struct Value {
    Atom atom;
    ValueClass value_class = ValueClass::unknown;
    std::uint32_t home = 0; // its canonical slot: free, unless the value itself is there
    std::uint64_t constant = 0;
    bool is_constant() const noexcept { return atom.kind() == Atom::Kind::constant; }
  };

  // Where a cell's result goes, and what is pushed for it.
  struct Destination {
    enum class Push : std::uint8_t { nothing, local, slot };
    Operand place;
    Operand copy_to; // kind none: the result is where it belongs
    Push push = Push::slot;
    ValueClass value_class = ValueClass::unknown;
    std::uint32_t local = 0;
    std::uint32_t global = none; // is to be stored from `place` too
    // Copied member by member: both at once would wait for the two to reach the cache.
    Operand at() const noexcept { return {place.kind, place.value}; }
  };

  // A global that lives in a pinned register while the function runs, as the local `local`; what is written is stored
  // at once.
  struct PinnedGlobal {
    std::uint32_t index = 0;
    std::uint32_t local = 0;
  };

  // A floating-point constant that is kept as the local `local`.
  struct HotConstant {
    std::uint64_t bits = 0;
    bool is_double = false;
    std::uint32_t local = 0;
  };

  // A condition taken off the stack.
  struct Condition {
    Entry::Kind kind = Entry::Kind::value;
    bool is_negated = false;
    Op op{};
    Value a;
    Value b;
  };

  struct Label {
    enum class Kind : std::uint8_t { function, block, loop, if_, else_ };
    Kind kind = Kind::block;
    bool uses_loop_register = false;
    std::uint32_t height = 0; // of the stack below the parameters
    std::uint32_t params = 0;
    std::uint32_t results = 0;
    std::uint32_t position = 0;       // loop: of its head
    std::int32_t potential = 0;       // loop: at its head; if: behind the instruction
    code::BranchChain chain = 0;      // branches that wait for the end
    code::BranchChain if_false = 0;   // if: the branch that waits for else or end
    code::BranchChain stub_chain = 0; // entries of the current br_table that wait for this label's stub
    std::uint32_t arity() const noexcept { return kind == Kind::loop ? params : results; }
  };

  enum class Width : std::uint8_t { i32, i64 };

  // --- function_translator.cpp
  std::optional<Error> attempt(std::uint32_t function_index, bool wide);
  std::uint32_t read_declarations(base::ByteSpan body);
  void read_survey();
  void declare_hot_globals();
  void declare_hot_constants();
  void choose_pins(std::uint32_t slot_bound);
  void lay_out_frame(bool wide);
  void emit_enter();
  void load_pinned_globals();
  void load_hot_constants();
  void push_float_constant(std::uint64_t bits, bool is_double);
  void run();
  bool read_on();
  void set_read_on_at() noexcept;
  void step(Instruction const& instruction);
  bool step_by_number(Instruction const& instruction);
  bool step_control(Instruction const& instruction);
  bool step_variable(Instruction const& instruction);
  bool step_memory(Instruction const& instruction);
  bool step_table(Instruction const& instruction);
  bool step_reference(Instruction const& instruction);
  bool step_integer(Instruction const& instruction);
  bool step_float(Instruction const& instruction);
  void skip(Instruction const& instruction);
  void count_instruction();
  void fail_unsupported(Instruction const& instruction, char const* what);
  void fail_limit(std::string what);
  std::uint32_t frame_slots();
  TypeFacts const& facts(std::uint32_t type_index);
  wasm::Opcode next_opcode() const noexcept { return at_->opcode; }
  std::uint32_t next_index() const noexcept { return at_->index; }

  // --- places.cpp
  std::uint32_t slot_at(std::uint32_t height) const noexcept { return operand_base_ + height; }
  Operand place_of(std::uint32_t local) noexcept { return locals_.known(local).place(); }
  Operand place_of(Value const& value);
  static Value to_value(Atom atom, Entry const& entry, std::uint32_t home) noexcept {
    bool const is_settled = atom.kind() == Atom::Kind::none;
    return {is_settled ? Atom{Atom::Kind::slot, home} : atom, entry.value_class, home, entry.constant};
  }
  Value pop_value();
  Operand take(Value const& value, char role, Width width = Width::i64);
  Operand bring_home(Value const& value);
  void copy(Operand destination, Value const& value);
  void copy(Operand destination, Operand source);
  void compute(Entry const& entry, std::uint32_t home, Operand destination);
  void compute_operation(Entry const& entry, std::uint32_t home, Operand destination);
  void settle(std::uint32_t index);
  void settle_from(std::uint32_t index);
  void settle_all() { settle_from(0); }
  void settle_top(std::uint32_t count);
  void settle_readers(std::uint32_t local);
  Destination destination(ValueClass value_class, char role);
  Operand next_home();
  void finish(Destination const& destination);

  // --- merge.cpp
  std::uint32_t emit(Op op, std::initializer_list<Operand> operands);
  std::optional<std::uint32_t> merge(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_increment(Op op, Operand const* operands);
  bool is_dying(Operand const& operand) const noexcept;
  std::optional<std::uint32_t> merge_constants(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_shift(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_wrap(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_load(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_multiplication(Op op, Operand const* operands);
  std::optional<std::uint32_t> merge_copies(Operand const* operands);

  // --- control.cpp
  void begin_block(Instruction const& instruction, Label::Kind kind);
  void begin_if(Instruction const& instruction);
  bool read_block_type(Instruction const& instruction, Label& label);
  void begin_else();
  void end_block();
  void end_function();
  void set_unreachable();
  void call(Instruction const& instruction);
  void call_indirect(Instruction const& instruction);
  bool prepare_call(Instruction const& instruction, std::uint32_t type_index);
  void push_results(std::uint32_t type_index);
  void leave();
  void leave_with_one();

  // --- branch.cpp
  Condition pop_condition();
  std::uint32_t branch_on(Condition const& condition, bool sense, bool to_loop_register);
  std::uint32_t branch_compare(Condition const& condition, bool sense, Operand form);
  std::uint32_t branch_float(Condition const& condition, bool sense, Operand form);
  Label& label(std::uint32_t depth) noexcept { return labels_[labels_.size() - 1 - depth]; }
  bool values_are_in_place(Label const& target) const noexcept;
  void move_values(Label const& target);
  void move_range(Label const& target);
  void goto_label(Label& target, std::uint32_t cell);
  void br(Label& target);
  void br_if(std::uint32_t depth);
  void br_table(Instruction const& instruction);
  void emit_stubs();

  // --- numeric.cpp
  void binary(Op op, Width width, ValueClass result);
  void commutative(Op op, Width width);
  void add(Op op, Width width);
  bool is_zero_added_to_local();
  void subtract(Op op, Op add_op, Width width);
  void rotate_right(Op op, Op left_op, Width width);
  void bitwise_and(Op op, Width width);
  void compare(Op op, Width width);
  void compare_float(Op op, bool swapped, bool may_pend);
  void equals_zero(Op compare_op, Width width);
  void unary(Op op, ValueClass result);
  void emit_binary(Op op, Value const& a, Value const& b, Width width, ValueClass result);
  bool push_if_pending(Entry::Kind kind, Op op, Value const& a, Value const& b, Width width, bool next_consumes);
  bool next_is_condition() const noexcept;

  // --- memory.cpp
  void load(Instruction const& instruction, Op op, std::optional<Op> indexed_op, ValueClass result);
  void store(Instruction const& instruction, Op op, std::optional<Op> indexed_op, Width width);
  Operand take_address(Value const& address, std::uint64_t& offset);
  Operand take_stored(Value const& value, Op op, Width width);
  bool is_pending_addition();
  void copy_or_fill(Op op);
  void bulk_three(Op op, std::uint32_t b, std::optional<std::uint32_t> t);

  // --- variable.cpp
  void local_get(Instruction const& instruction);
  void local_set(Instruction const& instruction, bool is_tee);
  void global_get(Instruction const& instruction);
  void global_set(Instruction const& instruction);
  std::uint32_t pinned_global(std::uint32_t index) const noexcept;
  void write_local(std::uint32_t local, Entry const& entry, std::uint32_t home);
  void load_global(std::uint32_t index, Operand place);
  void store_global(std::uint32_t index, Operand value);
  void select();

  // --- table.cpp, reference.cpp
  void table_get(std::uint32_t table);
  void table_set(std::uint32_t table);
  void table_grow(std::uint32_t table);
  void size_of(Op op, std::uint32_t index);
  void memory_grow(std::uint32_t memory);
  void ref_func(std::uint32_t function);

  Environment environment_;
  wasm::Module const* module_;
  std::vector<TypeFacts> type_facts_; // by type index
  decode::BodySurvey survey_;         // of the current function
  Locals locals_;
  OperandStack stack_;
  code::Encoder encoder_;
  std::vector<Label> labels_;
  std::vector<std::uint32_t> stubs_; // depths of the labels that the current br_table needs stubs for

  // The current function.
  // Those of its instructions that are at hand: the next one, where more are to be read, which is far enough from their
  // end for those who look ahead, and that end.
  Instruction const* at_ = nullptr;
  Instruction const* read_on_at_ = nullptr;
  Instruction const* end_ = nullptr;
  std::optional<decode::InstructionReader> reader_; // of what is behind
  std::vector<Instruction> chunk_;                  // for what it reads
  FuncType const* type_ = nullptr;
  std::uint32_t function_index_ = 0;
  std::uint32_t pins_[2][8] = {}; // locals: int pins, float pins
  std::uint32_t int_pins_ = 0;
  std::uint32_t float_pins_ = 0;
  std::vector<PinnedGlobal> pinned_globals_;
  std::vector<HotConstant> hot_constants_;
  std::uint32_t first_zero_ = 0; // slots to zero
  std::uint32_t zero_slots_ = 0;
  std::uint32_t first_local_ = 0;
  std::uint32_t scratch_slot_ = 0;
  std::uint32_t operand_base_ = 0;
  std::uint32_t body_offset_ = 0;
  std::uint32_t loops_ = 0;    // loop instructions met so far
  std::int32_t potential_ = 0; // behind the current instruction
  bool reachable_ = true;
  std::uint32_t skipped_blocks_ = 0; // open blocks in unreachable code
  bool is_done_ = false;             // the function's last instruction was met, or an error
  std::optional<Error> error_;
};

} // namespace weir::translate
