#include "code/encoder.hpp"

#include <cassert>

#include "code/frame.hpp"
#include "code/shape_encoder.hpp"
#include "code/sharing.hpp"

namespace weir::code {

namespace {

// An operation's shape, parsed.
struct OpRow {
  detail::Encode* encode = nullptr;
  std::array<char, max_operands> roles{};
  std::uint8_t count = 0;
  std::uint8_t family = 0;
  bool is_mapped = false; // its cells have entries in the source map
  bool may_merge = false; // with the next cell
  // Whether its slots may be read from the temporaries instead, from the operand first_source on; whether a value that
  // it reads is then used up.
  bool reads_copies = false;
  bool uses_up = false;
  std::uint8_t first_source = 0;
  // What the temporaries hold behind it: what they did, but for the slots that it writes (d and c), or the value of its
  // operand `destination` too.
  enum class Copies : std::uint8_t { forgotten, kept, kept_but_for_slots, of_int, of_float } copies = Copies::forgotten;
  std::uint8_t destination = 0;
  // How much further the form is whose result goes to the temporary only; 0 if there is none.
  std::uint16_t short_form = 0;
  std::uint16_t form_base = 0;
  std::uint16_t number = 0;      // of the first form
  std::uint16_t lead = 0;        // its number, as the first of a pair
  std::int8_t exchangeable = -1; // the first of two operands that may be exchanged
};

// Behind which operations each may be the second of a pair, as those whose handlers execute them: a bit for each.
constexpr auto pair_ops = [] {
  std::array<std::array<std::uint64_t, op_count / 64 + 1>, op_count> follow{};
#define WEIR_PAIRS(first, first_places, second, second_places)                                            \
  follow[static_cast<std::size_t>(wider(Op::second))][static_cast<std::size_t>(wider(Op::first)) / 64] |= \
      std::uint64_t{1} << static_cast<std::size_t>(wider(Op::first)) % 64;
#include "code/loop_pairs.def"
#include "code/pairs.def"
#undef WEIR_PAIRS
  for (std::size_t i = 0; i < op_count; ++i) {
    follow[i] = follow[static_cast<std::size_t>(wider(static_cast<Op>(i)))];
  }
  return follow;
}();

// The numbers of the forms whose handlers execute each.
constexpr auto handler_numbers = [] {
  std::array<std::uint16_t, static_cast<std::size_t>(total_forms())> numbers{};
  std::size_t next = 0;
  for (std::size_t i = 0; i < op_count; ++i) {
    auto const op = static_cast<Op>(i);
    int const forms = form_count(op);
    for (int form = 0; form < forms; ++form) {
      numbers[next++] = number_of(handler_of({op, form}));
    }
  }
  return numbers;
}();

constexpr void set_copies(OpRow& row, OpInfo const& op, Op number) noexcept {
  using Copies = OpRow::Copies;
  bool const updates_local = op.shape.find('P') != std::string_view::npos && op.family != OpFamily::indexed;
  // These read one operand after they have written another, which may be the same.
  row.reads_copies = !updates_local && number != Op::copy_twice;
  // Values are copied to where a label wants them, and may be needed where they are too.
  row.uses_up = row.reads_copies && number != Op::copy_int && number != Op::copy_float;
  if (row.count != 0 && is_destination(number, 0)) {
    char const role = row.roles[0];
    bool const is_float = role == 'Q' || role == 'q' || role == 'F';
    row.copies = is_float ? Copies::of_float : Copies::of_int;
    row.first_source = 1;
    if (role != 'F') { // that one is read from its slot
      Operand const temporary = is_float ? Operand::float_register(0) : Operand::int_register(0);
      int forms = digit_for(role, temporary) - digit_for(role, Operand::slot(0));
      for (std::size_t i = 1; i < row.count; ++i) {
        forms *= places(row.roles[i]);
      }
      row.short_form = static_cast<std::uint16_t>(forms);
    }
  } else if (op.family == OpFamily::branch && updates_local) {
    row.copies = Copies::of_int;
    row.destination = 1;
  } else if ((op.family == OpFamily::branch && number != Op::br) || op.family == OpFamily::memory ||
             op.family == OpFamily::indexed || number == Op::global_set_int || number == Op::global_set_float ||
             number == Op::imported_global_set_int || number == Op::imported_global_set_float) {
    row.copies = Copies::kept;
  } else if (number == Op::copy_twice) {
    row.copies = Copies::kept_but_for_slots;
  }
}

constexpr auto op_rows = [] {
  std::array<OpRow, op_count> rows{};
  for (std::size_t i = 0; i < op_count; ++i) {
    OpInfo const& op = op_infos[i];
    OpRow& row = rows[i];
    Shape const shape = parse_shape(op.shape);
    row.count = shape.count;
    row.encode = encoder_of(static_cast<Op>(i));
    for (std::size_t k = 0; k < shape.count; ++k) {
      row.roles[k] = shape.operands[k].role;
    }
    row.family = static_cast<std::uint8_t>(op.family);
    row.form_base = form_bases[i];
    row.number = form_numbers[i];
    row.is_mapped = op.family == OpFamily::control || op.family == OpFamily::branch ||
                    op.effect.find("trap") != std::string_view::npos;
    auto const number = static_cast<Op>(i);
    row.may_merge = !row.is_mapped || number == Op::f64_load || number == Op::f64_load_x;
    set_copies(row, op, number);
    row.exchangeable = static_cast<std::int8_t>(first_exchangeable(number));
    row.lead = static_cast<std::uint16_t>(wider(number));
  }
  return rows;
}();

constexpr std::uint32_t least_room = 16; // words that make_room() leaves at least

// An entry of a br_table while it waits: the rest of the chain, the potential, and its own index.
constexpr unsigned chain_bits = 29;
constexpr unsigned potential_bits = 16;
constexpr Word low_bits(Word word, unsigned bits) noexcept { return word & ((Word{1} << bits) - 1); }

// Never 0, which ends a chain.
constexpr BranchChain link_to(std::uint32_t position, bool is_entry) noexcept {
  return (position + 1) << 1 | (is_entry ? 1 : 0);
}

static_assert(max_code_words < 1u << (chain_bits - 1));
static_assert(max_potential < 1 << (potential_bits - 1));

std::int32_t distance(std::uint32_t cell, std::uint32_t target) noexcept {
  return static_cast<std::int32_t>((std::int64_t{target} - std::int64_t{cell}) * std::int64_t{sizeof(Word)});
}

} // namespace

char role_of(Op op, int operand) noexcept {
  return op_rows[static_cast<std::size_t>(op)].roles[static_cast<std::size_t>(operand)];
}

void Encoder::begin(bool wide, std::uint32_t scratch, std::uint32_t first_operand) {
  size_ = 0;
  offset_ = 0;
  wide_ = wide;
  scratch_ = scratch;
  first_operand_ = first_operand;
  needs_wide_frame_ = false;
  has_last_ = false;
  copies_ = {};
  result_ = {};
  has_shortened_ = false;
  pairing_ = {};
  source_map_.clear();
  make_room();
}

void Encoder::make_room() {
  if (words_.size() < std::size_t{size_} + least_room) {
    words_.resize(words_.size() + words_.size() / 2 + 1024);
  }
}

void Encoder::retract() noexcept {
  if (source_map_.ends_at(last_position_)) {
    inherited_offset_ = source_map_.take_back();
  }
  size_ = last_position_;
  has_last_ = false;
  copies_ = copies_before_last_;
  result_ = result_before_last_;
  if (has_shortened_) {
    words_[result_.position] = result_.handler;
    words_[result_.position + 1] = result_.word1;
    size_ += result_.words_saved;
    has_shortened_ = false;
  }
  pairing_ = pairing_before_last_;
  if (pairing_.last_number != PairIndex::none) {
    words_[pairing_.last_position] = pairing_.last_handler;
  }
  if (pairing_.may_pair) {
    pair_last_with_first();
  }
}

// The last cell becomes the second of a pair, or goes on being it, if it can.
void Encoder::pair_last_with_first() noexcept {
  std::uint16_t const place =
      handlers_->pairs.find(handler_numbers[pairing_.first_number], handler_numbers[pairing_.last_number]);
  pairing_.is_pair = place != PairIndex::none;
  words_[pairing_.first_position] = pairing_.is_pair ? handlers_->pairs.handlers[place] : pairing_.first_handler;
}

void Encoder::append(Word word) {
  set_barrier();
  if (pairing_.lead != static_cast<std::uint16_t>(Op::enter)) { // its next cell is the one behind the words
    pairing_ = {};
  }
  make_room();
  words_[size_++] = word;
}

std::uint32_t Encoder::emit_cell(Op op, std::span<Operand const> operands) {
  make_room();
  OpRow const& row = op_rows[static_cast<std::size_t>(op)];
  assert(row.count == operands.size());
  bool const reads_copies = row.reads_copies && !wide_;
  Encoding cell;
  row.encode(operands.data(),
             {reads_copies ? copies_.of_int : no_slot, reads_copies ? copies_.of_float : no_slot, result_.slot,
              row.first_source, row.exchangeable},
             cell);
  result_before_last_ = result_;
  pairing_before_last_ = pairing_;
  has_shortened_ = cell.takes_result && row.uses_up;
  if (has_shortened_) {
    assert(pairing_.last_position == result_.position);
    words_[result_.position] = result_.short_handler;
    size_ -= result_.words_saved;
    pairing_.last_handler = result_.short_handler;
    pairing_.last_number = static_cast<std::uint16_t>(pairing_.last_number + result_.short_form);
    if (pairing_.may_pair) {
      pair_last_with_first();
    }
  }
  result_ = {};
  std::uint32_t const position = size_;
  needs_wide_frame_ = needs_wide_frame_ || cell.is_too_far;
  Word const* const handlers = handlers_->families[row.family] + row.form_base;
  Word const handler = handlers[cell.form];
  Word* const words = words_.data() + position;
  words[0] = handler;
  words[1] = cell.word1;
  words[2] = cell.word2;
  size_ += cell.words;
  bool const may_pair = !pairing_.is_pair && pairing_.last_number != PairIndex::none && handlers_->pairs.count != 0 &&
                        (pair_ops[static_cast<std::size_t>(op)][pairing_.lead / 64u] >> pairing_.lead % 64u & 1) != 0;
  pairing_ = {position,
              pairing_.last_position,
              handler,
              pairing_.last_handler,
              static_cast<std::uint16_t>(row.number + cell.form),
              pairing_.last_number,
              row.lead,
              false,
              may_pair};
  if (may_pair) {
    pair_last_with_first();
  }
  if (row.is_mapped) {
    source_map_.add(position, inherited_offset_ < 0 ? offset_ : static_cast<std::uint32_t>(inherited_offset_));
  }
  inherited_offset_ = -1;
  if (!wide_) {
    copies_before_last_ = copies_;
    bool const is_slot = row.count != 0 && operands[row.destination].kind == Operand::Kind::slot;
    if (row.copies == OpRow::Copies::kept_but_for_slots) {
      forget_copies(operands[0].value);
      forget_copies(operands[2].value);
    } else if (row.copies == OpRow::Copies::forgotten) {
      copies_ = {};
    } else if (is_slot && !row.uses_up && copies_from_pin(op, operands[1])) {
      forget_copies(operands[0].value);
    } else if (is_slot && row.copies == OpRow::Copies::of_int) {
      set_int_copy(operands[row.destination].value);
    } else if (is_slot && row.copies == OpRow::Copies::of_float) {
      set_float_copy(operands[row.destination].value);
    }
    if (row.short_form != 0 && is_slot && operands[0].value >= first_operand_) {
      result_ = {operands[0].value, position,   static_cast<std::uint32_t>(cell.words - cell.short_words),
                 handler,           cell.word1, handlers[cell.form + row.short_form],
                 row.short_form};
    }
  }
  has_last_ = row.may_merge && !wide_;
  if (!has_last_) {
    return position;
  }
  last_.op = op;
  last_.count = row.count;
  for (std::size_t i = 0; i < row.count; ++i) {
    last_.operands[i].kind = operands[i].kind;
    last_.operands[i].value = operands[i].value;
  }
  last_position_ = position;
  return position;
}

// Far slots in 16-bit fields take the way through scratch slots: sources are fetched before the cell, destinations are
// brought home behind it. A trap in between leaves the destination untouched, as it should be.
std::uint32_t Encoder::emit_wide(Op op, std::span<Operand const> operands) {
  OpRow const& row = op_rows[static_cast<std::size_t>(op)];
  Shape const& shape = shape_of(op);
  std::array<Operand, max_operands> near{};
  std::array<Operand, max_operands> home{};
  std::uint32_t far_count = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    near[i] = operands[i];
    // Operands that are exchanged may come into a field of 16 bits.
    bool const may_be_exchanged = row.exchangeable >= 0 && i == static_cast<std::size_t>(row.exchangeable) + 1;
    char const field = shape.operands[i].field;
    if (operands[i].kind != Operand::Kind::slot || operands[i].value < max_narrow_slots ||
        (!detail::place_of_field(field).is_narrow && !may_be_exchanged)) {
      continue;
    }
    char const role = row.roles[i];
    bool const is_destination = role == 'R' || role == 'r' || role == 'Q' || role == 'q';
    // Operations of slots only do not say which slots they write, but all that they write is in d.
    bool const may_be_written = is_destination || (role == 'S' && field == 'd');
    near[i] = Operand::slot(scratch_ + far_count++);
    if (!is_destination) {
      emit_cell(Op::copy_far, std::array{Operand::immediate(near[i].value), Operand::immediate(operands[i].value)});
    }
    if (may_be_written) {
      home[i] = operands[i];
    }
  }
  std::uint32_t const position = emit_cell(op, std::span{near}.first(operands.size()));
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (home[i].kind == Operand::Kind::slot) {
      emit_cell(Op::copy_far, std::array{Operand::immediate(home[i].value), Operand::immediate(near[i].value)});
    }
  }
  return position;
}

void Encoder::set_target(std::uint32_t cell, std::uint32_t target) noexcept {
  if (target == size_) {
    set_barrier();
  }
  Word& word = words_[cell + 2];
  word = (word & ~Word{0xFFFFFFFF}) | static_cast<std::uint32_t>(distance(cell, target));
}

void Encoder::set_charge(std::uint32_t cell, std::int32_t charge) noexcept {
  assert(charge == static_cast<std::int16_t>(charge));
  Word& word = words_[cell + 2];
  word = low_bits(word, 48) | static_cast<Word>(static_cast<std::uint16_t>(charge)) << 48;
}

void Encoder::chain_branch(std::uint32_t cell, BranchChain& chain, std::int32_t potential) noexcept {
  Word& word = words_[cell + 2];
  word = (word & ~Word{0xFFFFFFFF}) | chain;
  set_charge(cell, potential);
  chain = link_to(cell, false);
}

void Encoder::set_entry(std::uint32_t cell, std::uint32_t index, std::uint32_t target, std::int32_t charge) noexcept {
  words_[cell + 2 + index] =
      static_cast<std::uint32_t>(distance(cell, target)) | static_cast<Word>(static_cast<std::uint32_t>(charge)) << 32;
}

void Encoder::chain_entry(std::uint32_t cell, std::uint32_t index, BranchChain& chain,
                          std::int32_t potential) noexcept {
  words_[cell + 2 + index] = Word{chain} | static_cast<Word>(potential) << chain_bits |
                             static_cast<Word>(index) << (chain_bits + potential_bits);
  chain = link_to(cell + 2 + index, true);
}

void Encoder::bind(BranchChain chain, std::uint32_t target, std::int32_t potential) noexcept {
  set_barrier();
  while (chain != 0) {
    std::uint32_t const position = (chain >> 1) - 1;
    if ((chain & 1) != 0) {
      Word const waiting = words_[position];
      auto const index = static_cast<std::uint32_t>(waiting >> (chain_bits + potential_bits));
      auto const from = static_cast<std::int32_t>(low_bits(waiting >> chain_bits, potential_bits));
      chain = static_cast<BranchChain>(low_bits(waiting, chain_bits));
      set_entry(position - 2 - index, index, target, from - potential);
    } else {
      auto const* const cell = words_.data() + position;
      std::int32_t const from = field_e(cell);
      chain = static_cast<BranchChain>(field_t(cell));
      set_target(position, target);
      set_charge(position, from - potential);
    }
  }
}

} // namespace weir::code
