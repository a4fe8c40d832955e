// The validation algorithm for one body at a time. The members are defined by subject: body_validator.cpp (the loop,
// locals, plain signatures, errors), control.cpp, parametric.cpp, variable.cpp, memory.cpp, table.cpp, reference.cpp,
// vector.cpp.
// https://webassembly.github.io/spec/core/appendix/algorithm.html
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <weir/error.hpp>

#include "decode/body_survey.hpp"
#include "decode/function_reader.hpp"
#include "decode/instruction.hpp"
#include "validate/function_validator.hpp"
#include "validate/operand_stack.hpp"
#include "validate/signatures.hpp"
#include "validate/subtyping.hpp"
#include "wasm/module.hpp"

namespace weir::validate {

// Types of a function's locals. Declared counts cost nothing: what lies behind the first locals stays in groups.
class LocalTypes {
 public:
  void clear() noexcept {
    flat_.clear();
    groups_.clear();
    count_ = 0;
    plain_count_ = 0;
    are_plain_ = true;
  }
  void add(std::uint32_t count, ValType type);
  std::uint32_t count() const noexcept { return count_; }

  // Whether it is a local that always has a value and whose type is quickly found. False for some others too.
  bool is_plain(std::uint32_t index) const noexcept { return index < plain_count_; }
  // Precondition: is_plain(index).
  ValType plain(std::uint32_t index) const noexcept { return flat_.data()[index]; }

  // Precondition: index < count().
  ValType operator[](std::uint32_t index) const noexcept { return index < flat_.size() ? flat_[index] : find(index); }

 private:
  struct Group {
    std::uint32_t end = 0; // index behind its last local
    ValType type;
  };
  ValType find(std::uint32_t index) const noexcept;

  static constexpr std::uint32_t most_flat = 512;
  std::vector<ValType> flat_;
  std::vector<Group> groups_; // of all locals from most_flat on
  std::uint32_t count_ = 0;
  std::uint32_t plain_count_ = 0; // as many as are flat, if all locals have default values
  bool are_plain_ = true;
};

class BodyValidator {
 public:
  BodyValidator(wasm::Module const& module, ModuleFacts const& facts)
      : module_(module), facts_(facts), memory_count_(static_cast<std::uint32_t>(module.memories.size())) {}
  BodyValidator(BodyValidator const&) = delete;
  BodyValidator& operator=(BodyValidator const&) = delete;

  Result<void> validate(std::uint32_t function, decode::BodySurvey* survey);

 private:
  using Instruction = decode::Instruction;
  using Opcode = wasm::Opcode;
  using Types = std::span<ValType const>;

  // An open block.
  struct Control {
    FuncType const* type = nullptr; // null: no parameters, and `single` or nothing as result
    ValType single;                 // bottom: no result
    std::uint32_t height = 0;       // of the operands below its parameters
    std::uint32_t initialised = 0;  // locals without default value that were set outside of it
    Opcode opcode{};                // block, loop, if_, else_
    bool is_unreachable = false;

    Types params() const noexcept { return type != nullptr ? Types{type->params()} : Types{}; }
    Types results() const noexcept {
      return type != nullptr ? Types{type->results()} : Types{&single, single.is_bottom() ? 0u : 1u};
    }
    // What a branch to it takes.
    Types label() const noexcept { return opcode == Opcode::loop ? params() : results(); }
  };

  // --- body_validator.cpp
  bool begin(std::uint32_t function);
  enum class Outcome : std::uint8_t { good, last, failed };
  static constexpr Outcome outcome(bool is_good) noexcept { return is_good ? Outcome::good : Outcome::failed; }
  template <bool Surveys>
  Result<void> run();
  template <bool Surveys>
  Outcome visit(Instruction const& instruction);
  bool visit_special();
  bool visit_checked(Signature const& signature);
  void survey_local(bool is_written) {
    if (survey_ != nullptr) {
      survey_->use_local(instruction_->index, is_written);
    }
  }
  void survey_constant();
  Error in_function(Error const& error) const;
  Error too_many_operands() const;
  Error finish_error();

  // Errors. All return false.
  bool fail(std::string_view what) { return fail(ErrorKind::invalid, what); }
  bool fail(ErrorKind kind, std::string_view what);
  bool mismatch(ValType expected, ValType found);
  bool underflow(std::string_view expected);
  bool mismatch(Types expected);
  bool unknown(std::string_view what, std::uint32_t index, std::size_t count);
  std::string_view keyword() const noexcept { return wasm::info(instruction_->opcode).text; }

  bool check_index(std::string_view what, std::uint32_t index, std::size_t count) {
    return index < count || unknown(what, index, count);
  }

  // Whether a value of the one type is good where the other one is expected.
  bool is_good(ValType found, ValType expected) const noexcept {
    return matches(found, expected, facts_.first_equivalent);
  }
  // Whether the type that it refers to exists.
  bool check_type(ValType type);

  // Operands.
  void push(ValType type) { operands_.push(type); }
  bool pop(ValType expected) {
    if (operands_.has_top(expected)) [[likely]] {
      operands_.drop();
      return true;
    }
    return pop_slow(expected);
  }
  bool pop_slow(ValType expected);
  // Pops any value: bottom where the code is unreachable.
  bool pop_any(ValType& found);
  bool pop(Types types) {
    if (types.empty()) {
      return true;
    }
    if (types.size() == 1) {
      return pop(types[0]);
    }
    if (!check_top(types)) {
      return false;
    }
    operands_.drop(std::min(types.size(), operands_.available()));
    return true;
  }
  // Whether the topmost operands have these types; in unreachable code, as far as there are operands.
  bool check_top(Types types);
  void push(Types types) { operands_.push(types); }
  void set_unreachable() noexcept {
    operands_.drop_all();
    controls_.back().is_unreachable = true;
  }

  // --- control.cpp
  bool block();
  bool push_control(Control const& control);
  bool pop_control(Control& control);
  bool else_();
  bool end();
  bool check_label(std::uint32_t depth);
  Control const& control_at(std::uint32_t depth) const noexcept { return controls_[controls_.size() - 1 - depth]; }
  bool br();
  bool br_if();
  bool br_table();
  bool return_();
  void survey_call();
  bool call();
  bool call_indirect();
  bool br_on_null();
  bool br_on_non_null();
  bool pop_callee(std::uint32_t type);
  bool call_ref();
  bool return_call_ref();

  // --- parametric.cpp
  bool drop();
  bool select();
  bool select_typed();

  // --- variable.cpp
  void initialise(std::uint32_t local);
  void forget_initialised(std::uint32_t height);
  bool local_get();
  bool local_set();
  bool local_tee();
  bool global_get();
  bool global_set();

  // --- memory.cpp
  bool check_memory(std::uint32_t index) { return check_index("memory", index, module_.memories.size()); }
  bool check_memarg(Signature const& signature) {
    return (instruction_->index < memory_count_ && instruction_->align <= signature.access &&
            instruction_->value <= 0xFFFFFFFFu) ||
           bad_memarg(signature);
  }
  bool bad_memarg(Signature const& signature);
  bool check_data_segment();
  bool memory_init();
  bool memory_copy();
  bool memory_fill();
  bool data_drop();

  // --- table.cpp
  bool check_table(std::uint32_t index) { return check_index("table", index, module_.tables.size()); }
  bool check_element_segment();
  bool table_get();
  bool table_set();
  bool table_size();
  bool table_grow();
  bool table_fill();
  bool table_copy();
  bool table_init();
  bool elem_drop();

  // --- reference.cpp
  bool ref_null();
  bool ref_is_null();
  bool ref_func();
  bool pop_reference(ValType& found);
  bool ref_as_non_null();

  // --- vector.cpp
  bool check_lanes(Signature const& signature);

  wasm::Module const& module_;
  ModuleFacts const& facts_;
  std::uint32_t memory_count_;
  decode::BodySurvey* survey_ = nullptr;
  std::uint32_t function_ = 0;
  Instruction* instruction_ = &own_instruction_; // the current one; the survey keeps those that it has room for
  Instruction own_instruction_;
  OperandStack operands_;
  std::vector<Control> controls_;
  LocalTypes locals_;
  std::uint32_t params_ = 0;
  // Locals without a default value that have been set, and the order in which that came to be.
  std::unordered_set<std::uint32_t> initialised_;
  std::vector<std::uint32_t> initialised_order_;
  std::optional<decode::InstructionReader> instructions_; // from the first one
  std::optional<Error> error_;
};

} // namespace weir::validate
