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
  SourceRules sources;
  bool uses_up = false;
  // What the temporaries hold behind it: what they did (`forgets`: nothing), but for the slot that it writes, if it has
  // a destination: of that the temporary of its class has the value.
  bool forgets = false;
  std::int8_t no_destination = -1; // 0 if it has one: compilers make no branch of what they don't know to be a choice
  bool writes_float = false;
  bool is_copy = false;      // of one value
  bool writes_twice = false; // copy_twice: two slots, and no temporary
  // How much further the form is whose result goes to the temporary only; 0 if there is none.
  std::uint16_t short_form = 0;
  std::uint16_t form_base = 0;
  std::uint16_t number = 0; // of the first form
};

constexpr void set_copies(OpRow& row, OpInfo const& op, Op number) noexcept {
  bool const updates_local = op.shape.find('P') != std::string_view::npos && op.family != OpFamily::indexed;
  // These read one operand after they have written another, which may be the same.
  bool const reads_copies = !updates_local && number != Op::copy_twice;
  row.is_copy = number == Op::copy_int || number == Op::copy_float;
  // Values are copied to where a label wants them, and may be needed where they are too.
  row.uses_up = reads_copies && !row.is_copy;
  row.sources.exchangeable = static_cast<std::int8_t>(first_exchangeable(number));
  if (!reads_copies) {
    row.sources.first = max_operands;
  }
  if (row.count != 0 && is_destination(number, 0)) {
    char const role = row.roles[0];
    bool const is_float = role == 'Q' || role == 'q' || role == 'F';
    row.no_destination = 0;
    row.writes_float = is_float;
    row.sources.first = std::max(row.sources.first, std::uint8_t{1});
    if (role != 'F') { // that one is read from its slot
      Operand const temporary = is_float ? Operand::float_register(0) : Operand::int_register(0);
      int forms = digit_for(role, temporary) - digit_for(role, Operand::slot(0));
      for (std::size_t i = 1; i < row.count; ++i) {
        forms *= places(row.roles[i]);
      }
      row.short_form = static_cast<std::uint16_t>(forms);
    }
  } else if (op.family == OpFamily::branch && updates_local) {
    row.no_destination = 0;
  } else if (number == Op::copy_twice) {
    row.writes_twice = true;
  } else {
    row.forgets = !((op.family == OpFamily::branch && number != Op::br) || op.family == OpFamily::memory ||
                    op.family == OpFamily::indexed || number == Op::global_set_int || number == Op::global_set_float ||
                    number == Op::imported_global_set_int || number == Op::imported_global_set_float);
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
  }
  return rows;
}();

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

void Encoder::begin(bool wide, std::uint32_t scratch, std::uint32_t first_operand) {
  size_ = 0;
  offset_ = 0;
  wide_ = wide;
  scratch_ = scratch;
  first_operand_ = first_operand;
  needs_wide_frame_ = false;
  set_barrier();
  now_->pairing = {};
  source_map_.clear();
  make_room();
}

void Encoder::grow() {
  words_.resize(words_.size() + words_.size() / 2 + 1024);
  room_ = static_cast<std::uint32_t>(words_.size() - least_room);
}

void Encoder::retract() noexcept {
  size_ = now_->pairing.last_position;
  if (source_map_.ends_at(size_)) {
    offset_ = source_map_.take_back();
  }
  bool const has_shortened = now_->has_shortened;
  std::swap(now_, before_);
  now_->has_last = false;
  if (has_shortened) {
    words_[now_->result.position + 1] = now_->result.word1;
    size_ += now_->result.words_saved;
  }
  Pairing& pairing = now_->pairing;
  if (pairing.last_number != no_form) {
    words_[pairing.last_position] = pairing.last_handler;
  }
  pairing.is_pair = pair(pairing, pairing.last_number);
}

[[gnu::noinline]] std::uint8_t Encoder::pair(Pairing const& pairing, std::uint16_t last_number) noexcept {
  if (pairing.may_pair == 0 || pairing.first_number == no_form || handlers_->pairs.count == 0) {
    return 0;
  }
  std::uint16_t const place = handlers_->pairs.find(pairing.first_number, last_number);
  bool const is_pair = place != PairIndex::none;
  words_[pairing.first_position] = is_pair ? handlers_->pairs.handlers[place] : pairing.first_handler;
  return is_pair ? 1 : 0;
}

void Encoder::append(Word word) {
  set_barrier();
  if (!now_->pairing.is_enter) { // its next cell is the one behind the words
    now_->pairing = {};
  }
  make_room();
  words_[size_++] = word;
}

// What processors can't foresee is chosen without branches here, as far as compilers go along.
std::uint32_t Encoder::emit_cell(Op op, std::span<Operand const> operands) {
  make_room();
  OpRow const& row = op_rows[static_cast<std::size_t>(op)];
  assert(row.count == operands.size());
  State& before = *now_;
  State& after = *before_;
  Word* const words = words_.data();
  Encoding const cell = row.encode(operands.data(), before.sources, row.sources);
  needs_wide_frame_ |= cell.is_too_far;

  Pairing& pairing = after.pairing;
  pairing.first_position = before.pairing.last_position;
  pairing.first_handler = before.pairing.last_handler;
  pairing.first_number = before.pairing.last_number;
  std::uint8_t is_second = before.pairing.is_pair;
  std::uint32_t position = size_;
  after.has_shortened = cell.takes_result && row.uses_up;
  if (after.has_shortened) {
    assert(before.pairing.last_position == before.result.position);
    Word const short_handler = before.result.handlers[before.result.form + before.result.short_form];
    before.result.word1 = words[before.result.position + 1];
    words[before.result.position] = short_handler;
    position -= before.result.words_saved;
    pairing.first_handler = short_handler;
    pairing.first_number = static_cast<std::uint16_t>(pairing.first_number + before.result.short_form);
    is_second = pair(before.pairing, pairing.first_number);
  }

  Word const* const handlers = handlers_->families[row.family] + row.form_base;
  Word const handler = handlers[cell.form];
  Word* const at = words + position;
  at[0] = handler;
  at[1] = cell.word1;
  at[2] = cell.word2;
  size_ = position + cell.words;

  pairing.last_position = position;
  pairing.last_handler = handler;
  pairing.last_number = static_cast<std::uint16_t>(row.number + cell.form);
  pairing.is_enter = op == Op::enter;
  pairing.may_pair = is_second ^ 1;
  std::uint64_t const may_find = handlers_->pairs.may_find(pairing.first_number, pairing.last_number);
  pairing.is_pair = (may_find & pairing.may_pair) != 0 ? pair(pairing, pairing.last_number) : std::uint8_t{0};

  source_map_.add_if(row.is_mapped, position, offset_);

  now_ = &after;
  before_ = &before;
  after.has_last = row.may_merge;
  std::int64_t const written = cell.destination | row.no_destination;
  bool const is_slot = written != no_slot;
  std::int64_t in_int = before.sources.in_int;
  std::int64_t in_float = before.sources.in_float;
  in_int = (row.forgets | (in_int == written)) ? no_slot : in_int;
  in_float = (row.forgets | (in_float == written)) ? no_slot : in_float;
  bool const is_held = is_slot && !(row.is_copy && copies_from_pin(op, operands[1]));
  in_int = (is_held & !row.writes_float) ? written : in_int;
  in_float = (is_held & row.writes_float) ? written : in_float;
  if (row.writes_twice) [[unlikely]] {
    for (std::size_t i : {0, 2}) {
      in_int = unless(operands[i].value, in_int);
      in_float = unless(operands[i].value, in_float);
    }
  }
  bool const may_shorten = (row.short_form != 0) & (written >= first_operand_);
  after.sources.in_int = in_int;
  after.sources.in_float = in_float;
  after.sources.result = may_shorten ? written : no_slot;
  after.result.position = position;
  after.result.words_saved = static_cast<std::uint32_t>(cell.words - cell.short_words);
  after.result.handlers = handlers;
  after.result.form = cell.form;
  after.result.short_form = row.short_form;
  if (after.has_last) {
    after.last.op = op;
    after.last.count = row.count;
    for (std::size_t i = 0; i < row.count; ++i) {
      // One by one: both at once would wait for the two to reach the cache.
      after.last.operands[i].kind = operands[i].kind;
      after.last.operands[i].value = operands[i].value;
    }
  }
  return position;
}

// In a wide frame a cell is not merged with another one, nor takes a value from a temporary.
std::uint32_t Encoder::emit_alone(Op op, std::span<Operand const> operands) {
  std::uint32_t const position = emit_cell(op, operands);
  set_barrier();
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
    bool const may_be_exchanged =
        row.sources.exchangeable >= 0 && i == static_cast<std::size_t>(row.sources.exchangeable) + 1;
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
      emit_alone(Op::copy_far, std::array{Operand::immediate(near[i].value), Operand::immediate(operands[i].value)});
    }
    if (may_be_written) {
      home[i] = operands[i];
    }
  }
  std::uint32_t const position = emit_alone(op, std::span{near}.first(operands.size()));
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (home[i].kind == Operand::Kind::slot) {
      emit_alone(Op::copy_far, std::array{Operand::immediate(home[i].value), Operand::immediate(near[i].value)});
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
