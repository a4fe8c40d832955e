// Writes cells: picks the form of an operation from the places of its operands, writes the fields, resolves branches.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "code/cell.hpp"
#include "code/handler_table.hpp"
#include "code/ops.hpp"
#include "code/source_map.hpp"

namespace weir::code {

// What ops.hpp says of a role, in a form that is quick to look up. -1 where the role has no such place.
struct RoleRow {
  std::int8_t slot = -1;
  std::int8_t immediate = -1;
  std::int8_t int_first = 0;       // the first integer register that is a place
  std::int8_t int_register = -1;   // its digit
  std::int8_t int_count = 0;       // so many from int_first on are places
  std::int8_t float_register = -1; // digit of f0
  std::int8_t float_count = 0;
  std::uint8_t places = 1;
  bool is_digit = false; // L, N, M, Z: the operand is an immediate that is the digit
};

constexpr RoleRow make_role_row(char role) noexcept {
  RoleRow row;
  row.places = static_cast<std::uint8_t>(places(role));
  row.is_digit = place_of(role, 0).kind == Operand::Kind::none;
  row.slot = static_cast<std::int8_t>(digit_for(role, Operand::slot(0)));
  row.immediate = row.is_digit ? std::int8_t{-1} : static_cast<std::int8_t>(digit_for(role, Operand::immediate(0)));
  while (row.int_first < int_registers && digit_for(role, Operand::int_register(row.int_first)) < 0) {
    ++row.int_first;
  }
  row.int_register = static_cast<std::int8_t>(digit_for(role, Operand::int_register(row.int_first)));
  while (digit_for(role, Operand::int_register(row.int_first + row.int_count)) >= 0) {
    ++row.int_count;
  }
  row.float_register = static_cast<std::int8_t>(digit_for(role, Operand::float_register(0)));
  while (digit_for(role, Operand::float_register(row.float_count)) >= 0) {
    ++row.float_count;
  }
  return row;
}

inline constexpr auto role_rows = [] {
  std::array<RoleRow, 128> rows{};
  for (char role : {'R', 'r', 'I', 'i', 'J', 'j', 'Q', 'q', 'F', 'f', 'S', 'K', 'C', 'D', 'P', 'L', 'N', 'M', 'Z'}) {
    rows[static_cast<std::size_t>(role)] = make_role_row(role);
  }
  return rows;
}();

// The same answer as digit_for().
constexpr int quick_digit(RoleRow const& row, Operand const& operand) noexcept {
  switch (operand.kind) {
  case Operand::Kind::slot: return row.slot;
  case Operand::Kind::immediate: return row.is_digit ? static_cast<int>(operand.value) : row.immediate;
  case Operand::Kind::int_register:
    return operand.value >= row.int_first && operand.value < row.int_first + row.int_count
               ? row.int_register + static_cast<int>(operand.value) - row.int_first
               : -1;
  case Operand::Kind::float_register:
    return operand.value < row.float_count ? row.float_register + static_cast<int>(operand.value) : -1;
  default: return -1;
  }
}

constexpr bool role_holds(char role, Operand const& operand) noexcept {
  return quick_digit(role_rows[static_cast<std::size_t>(role)], operand) >= 0;
}

// The role of an operation's operand.
char role_of(Op op, int operand) noexcept;

// A chain of cells and table entries that wait for a label's position. 0: none.
using BranchChain = std::uint32_t;

// More than any distance between cells of one function may be (branch targets are 32-bit byte distances).
inline constexpr std::uint32_t max_code_words = 1u << 27;

// One encoder is reused for many functions. Precondition of all emit functions: each operand has a place that its role
// allows (role_holds), position() < max_code_words. The temporaries are the encoder's own: behind a cell whose result
// was sent to one by name a barrier must follow.
class Encoder {
 public:
  explicit Encoder(HandlerTable const& handlers) noexcept : handlers_(&handlers) {}

  // Starts a function. In a wide frame slots beyond a 16-bit field are reached through the `scratch_slots` slots from
  // `scratch` on; otherwise such a slot makes needs_wide_frame() true and the code worthless. Slots from
  // `first_operand` on hold operands, each of which is read once.
  void begin(bool wide, std::uint32_t scratch, std::uint32_t first_operand);
  bool needs_wide_frame() const noexcept { return needs_wide_frame_; }

  // The instruction that the next cells stand for. Cells that may trap, call or charge get entries in the source map.
  void set_offset(std::uint32_t wasm_offset) noexcept { offset_ = wasm_offset; }

  std::uint32_t position() const noexcept { return size_; }

  // Appends a cell; returns its position in words.
  std::uint32_t emit(Op op, std::initializer_list<Operand> operands) {
    return wide_ ? emit_wide(op, operands) : emit_cell(op, operands);
  }

  // The cell before, if it may be merged with the next one: no label lies behind it, and it has no words but its
  // fields. Cells with an entry in the source map can't be merged but for loads; what takes a load's place takes its
  // entry too. Null else.
  struct LastCell {
    Op op{};
    std::uint8_t count = 0;
    std::array<Operand, max_operands> operands{};
  };
  LastCell const* last() const noexcept { return has_last_ ? &last_ : nullptr; }
  // Takes that cell back.
  void retract() noexcept;
  // A label lies at the present position.
  void set_barrier() noexcept {
    has_last_ = false;
    copies_ = {};
    result_ = {};
  }

  // The slot's value is in the temporary of its class too.
  void set_int_copy(std::int64_t slot) noexcept {
    copies_ = {slot, copies_.of_float == slot ? no_slot : copies_.of_float};
  }
  void set_float_copy(std::int64_t slot) noexcept {
    copies_ = {copies_.of_int == slot ? no_slot : copies_.of_int, slot};
  }

  // Appends a word that belongs to the cell before it.
  void append(Word word);
  void set_word(std::uint32_t position, Word word) noexcept { words_[position] = word; }

  // The field t of the branch cell, for a target whose position is known.
  void set_target(std::uint32_t cell, std::uint32_t target) noexcept;
  void set_charge(std::uint32_t cell, std::int32_t charge) noexcept;
  // Makes the branch cell wait for a label; `potential` is the one behind the branch instruction.
  void chain_branch(std::uint32_t cell, BranchChain& chain, std::int32_t potential) noexcept;

  // Entries of the br_table at `cell`, which were appended as words.
  void set_entry(std::uint32_t cell, std::uint32_t index, std::uint32_t target, std::int32_t charge) noexcept;
  void chain_entry(std::uint32_t cell, std::uint32_t index, BranchChain& chain, std::int32_t potential) noexcept;

  // Resolves everything that waits for a label: it is at `target` and has that potential.
  void bind(BranchChain chain, std::uint32_t target, std::int32_t potential) noexcept;

  std::span<Word const> words() const noexcept { return {words_.data(), size_}; }
  SourceMap const& source_map() const noexcept { return source_map_; }

 private:
  // The last cell, and the one before it if the two are a pair (code/pairs.hpp). Handlers are those of single cells.
  struct Pairing {
    std::uint32_t last_position = 0;
    std::uint32_t first_position = 0;
    Word last_handler = 0;
    Word first_handler = 0;
    std::uint16_t last_number = PairIndex::none; // of its form; none if what comes next is not behind it
    std::uint16_t first_number = PairIndex::none;
    std::uint16_t lead = 0; // what the last cell is
    bool is_pair = false;
    bool may_pair = false; // the one before is no pair's second, and the two operations have pairs
  };
  void pair_last_with_first() noexcept;

  std::uint32_t emit_cell(Op op, std::span<Operand const> operands);
  std::uint32_t emit_wide(Op op, std::span<Operand const> operands);
  void make_room();

  // The slot's value changes, and the temporaries don't.
  void forget_copies(std::int64_t slot) noexcept {
    copies_ = {copies_.of_int == slot ? no_slot : copies_.of_int,
               copies_.of_float == slot ? no_slot : copies_.of_float};
  }

  // The slots whose values the temporaries hold.
  static constexpr std::int64_t no_slot = -1;
  struct Copies {
    std::int64_t of_int = no_slot;
    std::int64_t of_float = no_slot;
  };

  HandlerTable const* handlers_;
  std::vector<Word> words_; // its size is the room; size_ words are in use
  std::uint32_t size_ = 0;
  std::uint32_t offset_ = 0;
  std::uint32_t scratch_ = 0;
  LastCell last_;
  // The cell just before, if its result goes to an operand's slot: what it is, and would be if the result went to the
  // temporary only.
  struct OperandResult {
    std::int64_t slot = no_slot;
    std::uint32_t position = 0;
    std::uint32_t words_saved = 0;
    Word handler = 0;
    Word word1 = 0;
    Word short_handler = 0;
    std::uint16_t short_form = 0; // how much further that form is
  };
  OperandResult result_;
  OperandResult result_before_last_;
  bool has_shortened_ = false; // the last cell took result_before_last_ from the temporary
  std::uint32_t first_operand_ = 0;
  Copies copies_;
  Copies copies_before_last_;
  std::uint32_t last_position_ = 0;
  bool has_last_ = false;
  bool wide_ = false;
  bool needs_wide_frame_ = false;
  Pairing pairing_;
  Pairing pairing_before_last_;
  SourceMap source_map_;
  std::int64_t inherited_offset_ = -1; // of a load that was taken back
};

} // namespace weir::code
