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

// The places of a role, a bit each: what digit_for() says, in a form that is quick to look up.
constexpr unsigned place_bit(Operand::Kind kind, std::int64_t number, bool is_digit) noexcept {
  constexpr unsigned most_registers = 8;
  static_assert(int_registers <= int{most_registers} && float_registers <= int{most_registers});
  switch (kind) {
  case Operand::Kind::slot: return 0;
  case Operand::Kind::immediate: return is_digit ? 2 + 2 * most_registers + static_cast<unsigned>(number) : 1;
  case Operand::Kind::int_register: return 2 + static_cast<unsigned>(number);
  default: return 2 + most_registers + static_cast<unsigned>(number);
  }
}

struct RolePlaces {
  std::uint32_t bits = 0;
  bool are_digits = false; // L, N, M, Z: the operand is an immediate that is the digit
};

inline constexpr auto role_places = [] {
  std::array<RolePlaces, 128> all{};
  for (char role : {'R', 'r', 'I', 'i', 'J', 'j', 'Q', 'q', 'F', 'f', 'S', 'K', 'C', 'D', 'P', 'L', 'N', 'M', 'Z'}) {
    RolePlaces& row = all[static_cast<std::size_t>(role)];
    row.are_digits = place_of(role, 0).kind == Operand::Kind::none;
    for (int digit = 0; digit < places(role); ++digit) {
      Place const place = place_of(role, digit);
      auto const kind = row.are_digits ? Operand::Kind::immediate : place.kind;
      row.bits |= 1u << place_bit(kind, place.number, row.are_digits);
    }
  }
  return all;
}();

// Precondition: registers have numbers below 8, and digits are in range.
constexpr bool role_holds(char role, Operand const& operand) noexcept {
  RolePlaces const& row = role_places[static_cast<std::size_t>(role)];
  return operand.kind != Operand::Kind::none &&
         (row.bits >> place_bit(operand.kind, operand.value, row.are_digits) & 1) != 0;
}

// The same for an operand that is no digit, whose place_bit() is known.
constexpr bool role_holds(char role, unsigned bit) noexcept {
  return (role_places[static_cast<std::size_t>(role)].bits >> bit & 1) != 0;
}

constexpr bool takes_immediates(char role) noexcept { return role_holds(role, Operand::immediate(0)); }

// The role of an operation's operand.
constexpr char role_of(Op op, int operand) noexcept {
  return shape_of(op).operands[static_cast<std::size_t>(operand)].role;
}

inline constexpr std::int64_t no_slot = -1;

// The slots whose values the temporaries hold too.
struct Sources {
  std::int64_t in_int = no_slot;
  std::int64_t in_float = no_slot;
  std::int64_t result = no_slot; // that of the cell before
};

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
  Encoder(Encoder const&) = delete;
  Encoder& operator=(Encoder const&) = delete;

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
  LastCell const* last() const noexcept { return now_->has_last ? &now_->last : nullptr; }
  // Takes that cell back. If it has an entry in the source map, the next cells stand for the same instruction.
  void retract() noexcept;
  // A label lies at the present position.
  void set_barrier() noexcept {
    now_->has_last = false;
    now_->sources = {};
  }

  // The slot's value is in the temporary of its class too.
  void set_int_copy(std::int64_t slot) noexcept {
    if (!wide_) {
      now_->sources.in_int = slot;
      now_->sources.in_float = unless(slot, now_->sources.in_float);
    }
  }
  void set_float_copy(std::int64_t slot) noexcept {
    if (!wide_) {
      now_->sources.in_int = unless(slot, now_->sources.in_int);
      now_->sources.in_float = slot;
    }
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
  SourceMap source_map() { return source_map_.map(); }

 private:
  static constexpr auto no_form = static_cast<std::uint16_t>(total_forms());
  // What a temporary holds of a slot once another one changes.
  static constexpr std::int64_t unless(std::int64_t changed, std::int64_t held) noexcept {
    return held == changed ? no_slot : held;
  }

  // The last cell, and the one before it if the two are a pair (code/pairs.hpp). Handlers are those of single cells.
  struct Pairing {
    std::uint32_t last_position = 0;
    std::uint32_t first_position = 0;
    Word last_handler = 0;
    Word first_handler = 0;
    std::uint16_t last_number = no_form; // of its form; none if what comes next is not behind it
    std::uint16_t first_number = no_form;
    // 0 or 1, of which compilers make no branches.
    std::uint8_t is_pair = 0;
    std::uint8_t may_pair = 0; // the one before, if there is one, is no pair's second
    bool is_enter = false;     // the last cell is
  };

  // The cell just before, if its result goes to an operand's slot (Sources::result): what it would be if the result
  // went to the temporary only; once it is so, the word that it had.
  struct OperandResult {
    std::uint32_t position = 0;
    std::uint32_t words_saved = 0;
    Word word1 = 0;
    Word const* handlers = nullptr; // of its operation's forms
    std::uint32_t form = 0;
    std::uint16_t short_form = 0; // how much further that form is
  };

  // What is known behind a cell.
  struct State {
    Sources sources;
    OperandResult result;
    Pairing pairing;
    LastCell last;
    bool has_last = false;
    bool has_shortened = false; // the last cell took the result of the one before from the temporary
  };

  std::uint32_t emit_cell(Op op, std::span<Operand const> operands);
  std::uint32_t emit_alone(Op op, std::span<Operand const> operands);
  std::uint32_t emit_wide(Op op, std::span<Operand const> operands);
  void make_room() {
    if (size_ >= room_) [[unlikely]] {
      grow();
    }
  }
  void grow();
  static constexpr std::size_t least_room = 16; // words that make_room() leaves at least

  // Writes the handler of the first of two cells, the pair's if they are one; whether they are.
  std::uint8_t pair(Pairing const& pairing, std::uint16_t last_number) noexcept;

  HandlerTable const* handlers_;
  std::vector<Word> words_; // size_ of them are in use
  std::uint32_t room_ = 0;  // there are least_room more
  std::uint32_t size_ = 0;
  std::uint32_t offset_ = 0;
  std::uint32_t scratch_ = 0;
  std::uint32_t first_operand_ = 0;
  bool wide_ = false;
  bool needs_wide_frame_ = false;
  // Behind the last cell, and behind the one before it, should the last one be taken back: they change places.
  State states_[2];
  State* now_ = &states_[0];
  State* before_ = &states_[1];
  SourceMapBuilder source_map_;
};

} // namespace weir::code
