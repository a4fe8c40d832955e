#include "translate/scan.hpp"

#include <algorithm>
#include <array>

#include "wasm/opcode.hpp"

namespace weir::translate {

namespace {

using wasm::Immediates;

// What the scan does with an opcode byte.
enum class Step : std::uint8_t {
  none,
  one_number, // LEB128 numbers, to be skipped
  two_numbers,
  memarg,
  bytes_4,
  bytes_8,
  types,
  br_table,
  global,
  block,
  loop,
  else_,
  end,
  call,
  call_indirect,
  prefix,
};

constexpr Step step_of(Immediates immediates) noexcept {
  switch (immediates) {
  case Immediates::none: return Step::none;
  case Immediates::memarg: return Step::memarg;
  case Immediates::br_table: return Step::br_table;
  case Immediates::select_types: return Step::types;
  case Immediates::call_indirect:
  case Immediates::memory_memory:
  case Immediates::data_memory:
  case Immediates::elem_table:
  case Immediates::table_table: return Step::two_numbers;
  case Immediates::f32: return Step::bytes_4;
  case Immediates::f64: return Step::bytes_8;
  default: return Step::one_number;
  }
}

constexpr auto steps = [] {
  std::array<Step, 256> table{};
  for (auto const& opcode : wasm::opcode_infos) {
    if (opcode.prefix == 0) {
      table[opcode.code] = step_of(opcode.immediates);
    }
  }
  auto const set = [&](wasm::Opcode opcode, Step step) { table[info(opcode).code] = step; };
  set(wasm::Opcode::block, Step::block);
  set(wasm::Opcode::if_, Step::block);
  set(wasm::Opcode::loop, Step::loop);
  set(wasm::Opcode::else_, Step::else_);
  set(wasm::Opcode::end, Step::end);
  set(wasm::Opcode::call, Step::call);
  set(wasm::Opcode::call_indirect, Step::call_indirect);
  set(wasm::Opcode::call_ref, Step::call);
  set(wasm::Opcode::return_call_ref, Step::call);
  set(wasm::Opcode::global_get, Step::global);
  set(wasm::Opcode::global_set, Step::global);
  table[0xFC] = Step::prefix;
  table[0xFD] = Step::prefix;
  return table;
}();

constexpr auto first_of_locals = static_cast<std::uint8_t>(info(wasm::Opcode::local_get).code);
constexpr auto last_of_locals = static_cast<std::uint8_t>(info(wasm::Opcode::local_tee).code);
static_assert(first_of_locals + 1 == info(wasm::Opcode::local_set).code && first_of_locals + 2 == last_of_locals);

// A cursor over bytes that validation has accepted.
struct Cursor {
  std::uint8_t const* at;

  void skip_number() noexcept {
    while ((*at++ & 0x80) != 0) {
    }
  }
  std::uint32_t number() noexcept {
    std::uint32_t value = *at & 0x7Fu;
    for (unsigned shift = 7; (*at++ & 0x80) != 0; shift += 7) {
      value |= (*at & 0x7Fu) << (shift & 31);
    }
    return value;
  }
  void skip_memarg() noexcept {
    if (at[0] < 0x40 && at[1] < 0x80) [[likely]] { // two numbers of one byte, and no memory's index
      at += 2;
      return;
    }
    bool const names_memory = (number() & 0x40) != 0;
    if (names_memory) {
      skip_number();
    }
    skip_number();
  }
  // A value type, which is a byte, or 0x63 or 0x64 and a heap type; a block's type is that or a type index.
  void skip_type() noexcept {
    bool const has_heap_type = *at == 0x63 || *at == 0x64;
    skip_number();
    if (has_heap_type) {
      skip_number();
    }
  }
  void skip_types(std::uint32_t count) noexcept {
    for (; count != 0; --count) {
      skip_type();
    }
  }
  void skip_numbers(std::uint32_t count) noexcept {
    for (; count != 0; --count) {
      skip_number();
    }
  }
};

void skip_prefixed(Cursor& cursor, std::uint8_t prefix) noexcept {
  auto const opcode = wasm::find_opcode(prefix, cursor.number());
  if (!opcode) {
    return; // never: the body is valid
  }
  switch (info(*opcode).immediates) {
  case Immediates::memarg_lane:
    cursor.skip_memarg();
    cursor.at += 1;
    return;
  case Immediates::lane: cursor.at += 1; return;
  case Immediates::v128:
  case Immediates::shuffle: cursor.at += 16; return;
  default: break;
  }
  switch (step_of(info(*opcode).immediates)) {
  case Step::memarg: cursor.skip_memarg(); break;
  case Step::one_number: cursor.skip_number(); break;
  case Step::two_numbers: cursor.skip_numbers(2); break;
  default: break;
  }
}

} // namespace

void Scan::enter_block(bool is_loop) {
  blocks_.push_back({static_cast<std::uint32_t>(initialised_.size()), loop_, is_loop});
  if (is_loop) {
    spoil_loop();
    loop_ = static_cast<std::uint32_t>(loops_.size());
    loops_.push_back(1);
    set_loop_depth(loop_depth_ + 1);
  }
}

void Scan::leave_block(Locals& locals) {
  Block const block = blocks_.back();
  blocks_.pop_back();
  forget_initialised(locals, block.initialised);
  loop_ = block.outer_loop;
  set_loop_depth(loop_depth_ - (block.is_loop ? 1 : 0));
}

// What was written inside of a block may not have been written when the block is left.
void Scan::forget_initialised(Locals& locals, std::uint32_t height) {
  while (initialised_.size() > height) {
    locals[initialised_.back()].is_initialised = false;
    initialised_.pop_back();
  }
}

void Scan::spoil_loop() noexcept {
  if (loop_ != none) {
    loops_[loop_] = 0;
  }
}

void Scan::set_loop_depth(unsigned depth) noexcept {
  loop_depth_ = depth;
  weight_of_use_ = std::uint64_t{1} << (3 * std::min(depth, 8u));
}

void Scan::use_global(std::uint32_t index) noexcept {
  if (loop_depth_ == 0) {
    return;
  }
  auto const end = globals_.begin() + static_cast<std::ptrdiff_t>(global_count_);
  auto const at = std::find_if(globals_.begin(), end, [&](HotGlobal const& global) { return global.index == index; });
  if (at != end) {
    at->weight += weight_of_use_;
  } else if (global_count_ < globals_.size()) {
    globals_[global_count_++] = {index, weight_of_use_};
  }
}

// One that a local is set to gains nothing: a cell brings it there, from wherever it is.
void Scan::use_constant(std::uint8_t const* bytes, std::size_t size) noexcept {
  if (loop_depth_ == 0 || bytes[size] == wasm::info(wasm::Opcode::local_set).code) {
    return;
  }
  HotConstant used{0, size == sizeof(double), weight_of_use_};
  for (std::size_t i = 0; i < size; ++i) {
    used.bits |= std::uint64_t{bytes[i]} << (8 * i);
  }
  auto const end = constants_.begin() + static_cast<std::ptrdiff_t>(constant_count_);
  auto const at = std::find_if(constants_.begin(), end, [&](HotConstant const& constant) {
    return constant.bits == used.bits && constant.is_double == used.is_double;
  });
  if (at != end) {
    at->weight += used.weight;
  } else if (constant_count_ < constants_.size()) {
    constants_[constant_count_++] = used;
  }
}

void Scan::meet_call() noexcept {
  has_calls_ = true;
  spoil_loop();
}

[[gnu::always_inline]] inline void Scan::use_local(std::uint32_t index, bool is_written, Locals& locals) {
  Local& local = locals[index];
  local.weight += weight_of_use_;
  if (local.is_initialised) {
    return;
  }
  if (is_written) {
    local.is_initialised = true;
    initialised_.push_back(index);
  } else {
    local.needs_zero = true;
  }
}

void Scan::run(base::ByteSpan instructions, Locals& locals) {
  loops_.clear();
  blocks_.clear();
  initialised_.clear();
  global_count_ = 0;
  constant_count_ = 0;
  has_calls_ = false;
  loop_ = none;
  set_loop_depth(0);
  Cursor cursor{instructions.data()};
  std::uint8_t const* const end = cursor.at + instructions.size();
  while (cursor.at < end) {
    std::uint8_t const byte = *cursor.at++;
    if (byte >= first_of_locals && byte <= last_of_locals) { // nearly half of all
      use_local(cursor.number(), byte != first_of_locals, locals);
      continue;
    }
    switch (steps[byte]) {
    case Step::none: break;
    case Step::one_number: cursor.skip_number(); break;
    case Step::two_numbers: cursor.skip_numbers(2); break;
    case Step::memarg: cursor.skip_memarg(); break;
    case Step::bytes_4:
      use_constant(cursor.at, 4);
      cursor.at += 4;
      break;
    case Step::bytes_8:
      use_constant(cursor.at, 8);
      cursor.at += 8;
      break;
    case Step::types: cursor.skip_types(cursor.number()); break;
    case Step::br_table: cursor.skip_numbers(cursor.number() + 1); break;
    case Step::global: use_global(cursor.number()); break;
    case Step::block:
      cursor.skip_type();
      enter_block(false);
      break;
    case Step::loop:
      cursor.skip_type();
      enter_block(true);
      break;
    case Step::else_: forget_initialised(locals, blocks_.back().initialised); break;
    case Step::end:
      if (blocks_.empty()) {
        return;
      }
      leave_block(locals);
      break;
    case Step::call:
      cursor.skip_number();
      meet_call();
      break;
    case Step::call_indirect:
      cursor.skip_numbers(2);
      meet_call();
      break;
    case Step::prefix: skip_prefixed(cursor, byte); break;
    }
  }
}

} // namespace weir::translate
