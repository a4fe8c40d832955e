#include "diagnose/code_evidence.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "decode/function_reader.hpp"
#include "decode/instruction.hpp"
#include "diagnose/address_uses.hpp"
#include "wasm/opcode.hpp"

namespace weir::diagnose {

using wasm::Immediates;
using wasm::Opcode;

namespace {

// What an instruction does to the operands, as far as addresses are concerned.
enum class Step : std::uint8_t {
  plain, // takes its operands for numbers
  constant,
  add,
  subtract,
  compare,
  load,
  store,
  local_get,
  local_set,
  local_tee,
  global_get,
  global_set,
  call,
  call_indirect,
  memory_init,
  memory_fill,
  memory_copy,
  memory_grow,
  forward, // nothing is known of operands any more, but the code goes straight on
  join,    // other paths lead here, or this one ends
};

// What follows the opcode, where that is easily read.
enum class Shape : std::uint8_t { other, bare, index, i32, memarg };

struct Row {
  Step step = Step::forward;
  std::uint8_t pops = 0;
  std::uint8_t pushes = 0;
  std::uint8_t access = 0; // bytes
  Shape shape = Shape::other;
};

consteval Step step_of(Opcode opcode, wasm::OpcodeInfo const& info) {
  switch (opcode) {
  case Opcode::i32_const:
  case Opcode::i64_const: return Step::constant;
  case Opcode::i32_add:
  case Opcode::i64_add: return Step::add;
  case Opcode::i32_sub:
  case Opcode::i64_sub: return Step::subtract;
  case Opcode::i32_lt_s:
  case Opcode::i32_lt_u:
  case Opcode::i64_lt_s:
  case Opcode::i64_lt_u: return Step::compare;
  case Opcode::local_get: return Step::local_get;
  case Opcode::local_set: return Step::local_set;
  case Opcode::local_tee: return Step::local_tee;
  case Opcode::global_get: return Step::global_get;
  case Opcode::global_set: return Step::global_set;
  case Opcode::call: return Step::call;
  case Opcode::call_indirect: return Step::call_indirect;
  case Opcode::memory_init: return Step::memory_init;
  case Opcode::memory_fill: return Step::memory_fill;
  case Opcode::memory_copy: return Step::memory_copy;
  case Opcode::memory_grow: return Step::memory_grow;
  case Opcode::drop:
  case Opcode::select:
  case Opcode::select_t: return Step::plain;
  case Opcode::loop:
  case Opcode::else_:
  case Opcode::end:
  case Opcode::br:
  case Opcode::br_table:
  case Opcode::return_:
  case Opcode::unreachable: return Step::join;
  default: break;
  }
  if (info.access >= 0 && (info.immediates == Immediates::memarg || info.immediates == Immediates::memarg_lane)) {
    return info.signature.ends_with(':') ? Step::store : Step::load;
  }
  return info.signature == "*" ? Step::forward : Step::plain;
}

consteval Shape shape_of(wasm::OpcodeInfo const& info) {
  if (info.prefix != 0 || info.feature != wasm::Feature::mvp) {
    return Shape::other;
  }
  switch (info.immediates) {
  case Immediates::none: return Shape::bare;
  case Immediates::label:
  case Immediates::local:
  case Immediates::global:
  case Immediates::func: return Shape::index;
  case Immediates::i32: return Shape::i32;
  case Immediates::memarg: return Shape::memarg;
  default: return Shape::other;
  }
}

consteval auto make_rows() {
  std::array<Row, wasm::opcode_count> rows{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const& info = wasm::opcode_infos[i];
    rows[i].step = step_of(static_cast<Opcode>(i), info);
    if (auto const colon = info.signature.find(':'); colon != std::string_view::npos) {
      rows[i].pops = static_cast<std::uint8_t>(colon);
      rows[i].pushes = static_cast<std::uint8_t>(info.signature.size() - colon - 1);
    }
    if (rows[i].step == Step::plain && info.signature == "*") { // drop and select
      bool const is_drop = static_cast<Opcode>(i) == Opcode::drop;
      rows[i].pops = is_drop ? 1 : 3;
      rows[i].pushes = is_drop ? 0 : 1;
    }
    rows[i].shape = shape_of(info);
    rows[i].access = info.access >= 0 ? static_cast<std::uint8_t>(1u << info.access) : std::uint8_t{0};
  }
  return rows;
}

constexpr auto rows = make_rows();

consteval auto make_rows_by_byte() {
  std::array<Row, 256> by_byte{};
  for (std::size_t i = 0; i < by_byte.size(); ++i) {
    if (auto const opcode = wasm::find_opcode(0, static_cast<std::uint32_t>(i)); opcode.has_value()) {
      by_byte[i] = rows[static_cast<std::size_t>(*opcode)];
    }
  }
  return by_byte;
}

constexpr auto rows_by_byte = make_rows_by_byte();

// What is known of an operand or a local.
struct Value {
  enum class Kind : std::uint8_t {
    unknown,
    constant,
    offset,      // something unknown, plus `number`
    from_global, // the global's value, plus `number`
  };
  Kind kind = Kind::unknown;
  bool is_linked = false; // the constant part
  std::uint32_t global = 0;
  std::uint64_t number = 0;
};

// Below this, a constant added to an address may be a field's offset as well as a table's address.
constexpr std::uint64_t greatest_field_offset = 0x10000;

class Scanner {
 public:
  Scanner(wasm::Module const& module, CodeQuery const& query)
      : module_(module),
        query_(query),
        is_64_(module.memories[query.memory].is_64),
        uses_(query.begin, query.end),
        globals_(module.globals.size()) {
    // Values of globals are followed where a stack pointer's would be.
    auto const address = is_64_ ? ValType::i64() : ValType::i32();
    for (std::size_t i = 0; i < globals_.size(); ++i) {
      auto const& type = module.globals[i].type;
      globals_[i].is_candidate = type.is_mutable && type.content == address;
    }
  }

  void read(std::uint32_t function);
  CodeEvidence take() &&;

 private:
  struct Global {
    StackPointerUse use;
    std::uint32_t counted = 0; // the last function, plus 1, that `use.functions` counts
    std::uint32_t written = 0; // the same of `use.writers`
    bool is_candidate = false;
  };

  Value const& push(Value const& value) noexcept {
    auto& operand = operands_[depth_++ % operands_.size()];
    operand = value;
    if (depth_ - floor_ > operands_.size()) {
      floor_ = depth_ - static_cast<std::uint32_t>(operands_.size());
    }
    return operand;
  }
  void push_unknown(std::size_t count) noexcept {
    for (; count != 0; --count) {
      push({});
    }
  }
  Value pop() noexcept {
    if (depth_ == floor_) {
      return {};
    }
    return operands_[--depth_ % operands_.size()];
  }
  void forget_operands() noexcept { floor_ = depth_; }
  void join() noexcept {
    forget_operands();
    ++straight_;
  }

  Value local(std::uint32_t index) const noexcept {
    return index < locals_.size() && locals_[index].straight == straight_ ? locals_[index].value : Value{};
  }
  void set_local(std::uint32_t index, Value const& value);

  // The immediates that matter here, named as in decode::Instruction.
  struct Immediate {
    std::uint32_t index = 0;
    std::uint32_t index2 = 0;
    std::uint64_t value = 0;
  };
  void step(Immediate const& instruction, Row const& row, std::uint8_t const* next);
  void call(std::uint32_t type, bool is_indirect);
  Value sum(Value const& left, Value const& right, bool is_difference);
  void compare(Value const& left, Value const& right);
  void access(Value const& address, std::uint32_t memory, std::uint64_t offset, std::uint32_t size,
              std::uint8_t const* next);
  void store(Value const& address, Value const& value, std::uint64_t offset);
  bool step_fast(std::uint8_t const*& at, std::uint8_t const* end);
  void take_address(Value const& value) {
    if (value.kind == Value::Kind::constant && !value.is_linked) {
      uses_.add(value.number, 0, Reference::weak);
    }
  }
  void note_frame(std::uint32_t global, std::uint64_t number);
  void note_range(std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges, Value const& begin, Value const& size);
  std::uint64_t wrap(std::uint64_t number) const noexcept {
    return is_64_ ? number : static_cast<std::uint32_t>(number);
  }

  wasm::Module const& module_;
  CodeQuery query_;
  bool is_64_;
  AddressUses uses_;
  CodeEvidence found_;
  std::vector<Global> globals_;

  std::array<Value, 32> operands_; // a ring: the newest ones
  std::uint32_t depth_ = 0;
  std::uint32_t floor_ = 0; // operands below are forgotten
  struct Local {
    Value value;
    std::uint64_t straight = 0;
  };
  std::vector<Local> locals_;
  std::uint64_t straight_ = 1; // number of the piece of straight code: locals' values hold within one
  std::uint32_t function_ = 0;
};

void Scanner::set_local(std::uint32_t index, Value const& value) {
  if (index >= locals_.size()) {
    return; // of an invalid body
  }
  locals_[index] = {value, straight_};
}

// "linked" integers are LEBs with more bytes than they need: the linker's fields have the widest size, so that they can
// be filled in without moving code. The last byte is then empty.
bool is_padded(std::uint8_t const* next, std::uint8_t sign_mask) noexcept {
  return next[-1] == 0 && (next[-2] & (0x80 | sign_mask)) == 0x80;
}

Value Scanner::sum(Value const& left, Value const& right, bool is_difference) {
  using Kind = Value::Kind;
  auto const add = [&](std::uint64_t a, std::uint64_t b) { return wrap(is_difference ? a - b : a + b); };
  if (right.kind == Kind::constant) {
    switch (left.kind) {
    case Kind::constant: return {Kind::constant, left.is_linked || right.is_linked, 0, add(left.number, right.number)};
    case Kind::from_global: {
      Value const value{Kind::from_global, false, left.global, add(left.number, right.number)};
      note_frame(value.global, value.number);
      return value;
    }
    case Kind::offset: return {Kind::offset, left.is_linked || right.is_linked, 0, add(left.number, right.number)};
    case Kind::unknown: return {Kind::offset, right.is_linked, 0, add(0, right.number)};
    }
  }
  if (left.kind == Kind::constant && !is_difference) {
    return right.kind == Kind::unknown || right.kind == Kind::offset
               ? Value{Kind::offset, left.is_linked || right.is_linked, 0, wrap(left.number + right.number)}
               : sum(right, left, false);
  }
  return {};
}

void Scanner::note_frame(std::uint32_t index, std::uint64_t number) {
  // Frames are below the stack pointer, and whole words.
  std::uint64_t const size = wrap(0 - number);
  bool const is_frame = size != 0 && size < (is_64_ ? std::uint64_t{1} << 62 : 0x80000000u) && size % 4 == 0;
  if (!is_frame) {
    return;
  }
  auto& global = globals_[index];
  global.use.largest_frame = std::max(global.use.largest_frame, size);
  if (global.counted != function_ + 1) {
    global.counted = function_ + 1;
    ++global.use.functions;
  }
}

void Scanner::compare(Value const& left, Value const& right) {
  // "Is the stack pointer below its lower bound?", as AssemblyScript checks.
  if (left.kind == Value::Kind::from_global && right.kind == Value::Kind::constant) {
    globals_[left.global].use.compared_with = right.number;
  }
  push({});
}

void Scanner::access(Value const& address, std::uint32_t memory, std::uint64_t offset, std::uint32_t size,
                     std::uint8_t const* next) {
  using Kind = Value::Kind;
  if (address.kind == Kind::from_global) {
    ++globals_[address.global].use.accesses;
    return;
  }
  if (memory != query_.memory) {
    return;
  }
  std::uint64_t const at = address.number + offset;
  if (at < offset) {
    return; // past the end of any memory
  }
  bool const is_linked = address.is_linked || (next[-1] == 0 && offset > 0x7F && is_padded(next, 0));
  if (address.kind == Kind::constant) {
    found_.uses_low_addresses |= at < query_.low;
    uses_.add(at, size, is_linked ? Reference::linked : Reference::used);
  } else {
    uses_.add(at, 0, is_linked ? Reference::linked : at >= greatest_field_offset ? Reference::used : Reference::weak);
  }
}

void Scanner::store(Value const& address, Value const& value, std::uint64_t offset) {
  take_address(value);
  if (value.kind == Value::Kind::constant && address.kind == Value::Kind::constant && value.number >= query_.begin &&
      value.number < query_.end && found_.stored_addresses.size() < 1000) {
    found_.stored_addresses.emplace_back(address.number + offset, value.number);
  }
}

void Scanner::call(std::uint32_t type, bool is_indirect) {
  if (is_indirect) {
    pop();
  }
  if (type >= module_.types.size()) {
    return;
  }
  for (std::size_t i = 0; i < module_.types[type].params().size(); ++i) {
    take_address(pop());
  }
  push_unknown(module_.types[type].results().size());
}

void Scanner::note_range(std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges, Value const& begin,
                         Value const& size) {
  bool const is_known = begin.kind == Value::Kind::constant && size.kind == Value::Kind::constant && size.number != 0 &&
                        begin.number + size.number > begin.number;
  if (is_known && ranges.size() < 1000) {
    ranges.emplace_back(begin.number, begin.number + size.number);
  }
}

void Scanner::step(Immediate const& instruction, Row const& row, std::uint8_t const* next) {
  using Kind = Value::Kind;
  switch (row.step) {
  case Step::plain:
    for (std::uint8_t i = 0; i < row.pops; ++i) {
      pop();
    }
    push_unknown(row.pushes);
    return;
  case Step::constant: {
    bool const is_linked = instruction.value > 0x7F && is_padded(next, 0x40);
    if (is_linked) {
      uses_.add(instruction.value, 0, Reference::linked);
    }
    push({Kind::constant, is_linked, 0, instruction.value});
    return;
  }
  case Step::add:
  case Step::subtract: {
    auto const right = pop();
    auto const left = pop();
    push(sum(left, right, row.step == Step::subtract));
    return;
  }
  case Step::compare: {
    auto const right = pop();
    auto const left = pop();
    compare(left, right);
    return;
  }
  case Step::load: {
    for (std::uint8_t i = 1; i < row.pops; ++i) {
      pop();
    }
    access(pop(), instruction.index, instruction.value, row.access, next);
    push({});
    return;
  }
  case Step::store: {
    auto const value = pop();
    auto const address = pop();
    access(address, instruction.index, instruction.value, row.access, next);
    store(address, value, instruction.value);
    return;
  }
  case Step::local_get: push(local(instruction.index)); return;
  case Step::local_set: {
    auto const value = pop();
    take_address(value);
    set_local(instruction.index, value);
    return;
  }
  case Step::local_tee: {
    auto const value = pop();
    set_local(instruction.index, value);
    push(value);
    return;
  }
  case Step::global_get: {
    bool const is_followed = instruction.index < globals_.size() && globals_[instruction.index].is_candidate;
    push(is_followed ? Value{Kind::from_global, false, instruction.index, 0} : Value{});
    return;
  }
  case Step::global_set: {
    auto const value = pop();
    if (value.kind == Kind::from_global && value.global == instruction.index &&
        globals_[value.global].counted == function_ + 1 && globals_[value.global].written != function_ + 1) {
      globals_[value.global].written = function_ + 1;
      ++globals_[value.global].use.writers;
    }
    return;
  }
  case Step::call: {
    bool const is_known = instruction.index < module_.functions.size();
    call(is_known ? module_.functions[instruction.index] : UINT32_MAX, false);
    return;
  }
  case Step::call_indirect: call(instruction.index, true); return;
  case Step::memory_init:
  case Step::memory_fill:
  case Step::memory_copy: {
    auto const size = pop();
    pop();
    auto const begin = pop();
    bool const is_init = row.step == Step::memory_init;
    if (row.step != Step::memory_copy && (is_init ? instruction.index2 : instruction.index) == query_.memory) {
      note_range(is_init ? found_.initialised : found_.zeroed, begin, size);
    }
    return;
  }
  case Step::memory_grow:
    pop();
    push({});
    found_.grows |= instruction.index == query_.memory;
    return;
  case Step::forward: forget_operands(); return;
  case Step::join: join(); return;
  }
}

// An integer of at most five bytes: how many, and 0 if it is not one.
inline std::size_t read_number(std::uint8_t const* at, std::uint8_t const* end, std::uint64_t& value) noexcept {
  value = 0;
  for (std::size_t i = 0; i < 5 && at + i != end; ++i) {
    value |= static_cast<std::uint64_t>(at[i] & 0x7F) << 7 * i;
    if (at[i] < 0x80) {
      return i + 1;
    }
  }
  return 0;
}

// The instructions that make most of any code, without the detour over the general decoder, which takes the others: so
// a large module is read in half the time. False: not one of them, and nothing was done.
bool Scanner::step_fast(std::uint8_t const*& at, std::uint8_t const* end) {
  Row const row = rows_by_byte[*at];
  std::uint64_t number = 0;
  std::size_t bytes = 0;
  switch (row.shape) {
  case Shape::bare: ++at; break;
  case Shape::index:
    bytes = read_number(at + 1, end, number);
    if (bytes == 0) {
      return false;
    }
    at += 1 + bytes;
    break;
  case Shape::i32:
    bytes = read_number(at + 1, end, number);
    if (bytes == 0) {
      return false;
    }
    if (bytes < 5 && (at[bytes] & 0x40) != 0) { // sign-extended
      number |= ~std::uint64_t{0} << 7 * bytes;
    }
    number = static_cast<std::uint32_t>(number);
    at += 1 + bytes;
    break;
  case Shape::memarg:
    if (end - at < 3 || at[1] >= 0x40) {
      return false;
    }
    bytes = read_number(at + 2, end, number);
    if (bytes == 0) {
      return false;
    }
    at += 2 + bytes;
    break;
  case Shape::other: return false;
  }
  bool const is_index = row.shape == Shape::index;
  step({is_index ? static_cast<std::uint32_t>(number) : 0, 0, is_index ? 0 : number}, row, at);
  return true;
}

void Scanner::read(std::uint32_t function) {
  if (module_.functions[function] >= module_.types.size()) {
    return;
  }
  decode::FunctionReader const body{module_, function};
  if (body.failed()) {
    return;
  }
  if (locals_.size() < body.local_count()) {
    locals_.resize(body.local_count());
  }
  function_ = function;
  depth_ = 0;
  join();
  auto const code = module_.view(module_.body_of_function(function).code);
  std::uint8_t const* at = body.instructions().position();
  std::uint8_t const* const end = code.data() + code.size();
  decode::Instruction instruction;
  while (at != end) {
    if (step_fast(at, end)) {
      continue;
    }
    decode::InstructionReader reader{
        {at, end}, static_cast<std::uint32_t>(at - module_.bytes.data()), module_.features};
    if (!reader.next(instruction)) {
      return;
    }
    at = reader.position();
    step({instruction.index, instruction.index2, instruction.value}, rows[static_cast<std::size_t>(instruction.opcode)],
         at);
  }
}

CodeEvidence Scanner::take() && {
  found_.is_linked = uses_.is_linked();
  found_.uses = std::move(uses_).take();
  for (std::uint32_t i = 0; i < globals_.size(); ++i) {
    if (globals_[i].use.functions != 0) {
      globals_[i].use.global = i;
      found_.stack_pointers.push_back(globals_[i].use);
    }
  }
  std::ranges::sort(found_.stack_pointers, [](StackPointerUse const& a, StackPointerUse const& b) {
    return std::tuple{b.functions, b.accesses, a.global} < std::tuple{a.functions, a.accesses, b.global};
  });
  return std::move(found_);
}

} // namespace

CodeEvidence read_code(wasm::Module const& module, CodeQuery const& query) {
  Scanner scanner{module, query};
  if (!module.bytes.empty()) {
    for (std::uint32_t i = 0; i < module.bodies.size(); ++i) {
      scanner.read(module.imported_functions + i);
    }
  }
  return std::move(scanner).take();
}

} // namespace weir::diagnose
