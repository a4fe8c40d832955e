#include "diagnose/disassembler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <vector>

#include "code/frame.hpp"
#include "code/sharing.hpp"

namespace weir::diagnose {

namespace {

using code::Op;
using code::Operand;
using code::OpFamily;
using code::Word;

constexpr std::uint32_t low_half(Word word) noexcept { return static_cast<std::uint32_t>(word); }
constexpr std::uint32_t high_half(Word word) noexcept { return static_cast<std::uint32_t>(word >> 32); }

// A field's bits; those of 32 are sign-extended.
std::int64_t read_field(Word const* cell, char field) noexcept {
  switch (field) {
  case 'd': return code::field_d(cell);
  case 'a': return code::field_a(cell);
  case 'b': return static_cast<std::int32_t>(code::field_b(cell));
  case 't': return code::field_t(cell);
  case 'c': return code::field_c(cell);
  case 'e': return code::field_e(cell);
  case 'x': return static_cast<std::int64_t>(code::field_x(cell));
  default: return 0;
  }
}

// An immediate is as wide as its field, and sign-extended.
std::int64_t read_immediate(Word const* cell, char field) noexcept {
  std::int64_t const bits = read_field(cell, field);
  bool const is_narrow = field == 'd' || field == 'a' || field == 'c';
  return is_narrow ? static_cast<std::int16_t>(static_cast<std::uint16_t>(bits)) : bits;
}

class Disassembler {
 public:
  Disassembler(DisassemblyInput const& input, IdentifyCell const& identify) : input_(input), identify_(identify) {}

  std::string run() {
    find_labels();
    std::size_t label = 0;
    for (std::size_t at = 0; at < input_.words.size();) {
      for (; label < labels_.size() && labels_[label] == at; ++label) {
        put("L{}:\n", label + 1);
      }
      at += static_cast<std::size_t>(line(static_cast<std::uint32_t>(at)));
    }
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  Word const* cell_at(std::uint32_t position) const noexcept { return input_.words.data() + position; }

  static std::uint32_t target_of(std::uint32_t position, std::int32_t distance) noexcept {
    return static_cast<std::uint32_t>(std::int64_t{position} + distance / std::int32_t{sizeof(Word)});
  }

  void find_labels() {
    for (std::uint32_t at = 0; at < input_.words.size();) {
      CellIdentity const cell = identify_(cell_at(at));
      if (code::info(cell.op).family == OpFamily::branch) {
        labels_.push_back(target_of(at, code::field_t(cell_at(at))));
      } else if (cell.op == Op::br_table) {
        for (std::uint32_t i = 0; i <= code::field_b(cell_at(at)); ++i) {
          labels_.push_back(target_of(at, static_cast<std::int32_t>(low_half(cell_at(at)[2 + i]))));
        }
      }
      at += static_cast<std::uint32_t>(std::max(1, cell.words));
    }
    std::sort(labels_.begin(), labels_.end());
    labels_.erase(std::unique(labels_.begin(), labels_.end()), labels_.end());
  }

  std::string label(std::uint32_t position) const {
    auto const found = std::lower_bound(labels_.begin(), labels_.end(), position);
    return fmt::format("L{}", found - labels_.begin() + 1);
  }

  std::string slot(std::uint32_t in_cell) const {
    std::uint32_t const number = in_cell - code::first_slot(input_.param_slots);
    std::string const name = input_.name_slot ? input_.name_slot(number) : std::string{};
    return name.empty() ? fmt::format("slot {}", number) : fmt::format("slot {} ({})", number, name);
  }

  // Writes one cell; returns its size in words.
  int line(std::uint32_t position) {
    Word const* const cell = cell_at(position);
    CellIdentity const identity = identify_(cell);
    std::string offset;
    if (input_.source_map != nullptr) {
      auto const here = input_.source_map->find(position);
      if (is_mapped(identity.op) && here) {
        offset = fmt::format("0x{:04x}", *here);
      }
    }
    std::string const operands = this->operands(position, identity);
    put("{:>8}  {:>8}  ", position, offset);
    std::string const name = code::handler_name({identity.op, identity.form});
    if (operands.empty()) {
      put("{}\n", name);
    } else {
      put("{:<20} {}\n", name, operands);
    }
    return std::max(1, identity.words);
  }

  static bool is_mapped(Op op) noexcept {
    OpFamily const family = code::info(op).family;
    return family == OpFamily::control || family == OpFamily::branch ||
           code::info(op).effect.find("trap") != std::string_view::npos;
  }

  std::string operands(std::uint32_t position, CellIdentity const& identity) {
    Word const* const cell = cell_at(position);
    switch (identity.op) {
    case Op::enter: return enter(cell, identity.form);
    case Op::leave_n:
      return fmt::format("{} values from {} to {}, fuel {}", high_half(code::field_x(cell)),
                         slot(low_half(code::field_x(cell))), slot(code::field_d(cell)), code::field_b(cell));
    case Op::call: {
      auto const* const record = std::bit_cast<code::FunctionRecord const*>(code::field_x(cell));
      return fmt::format("function {}, arguments at {}, fuel {}", record->function, arguments(cell),
                         code::field_d(cell));
    }
    case Op::call_import:
      return fmt::format("function {}, arguments at {}, fuel {}", code::field_x(cell),
                         arguments(cell + code::call_words), code::field_d(cell));
    case Op::call_indirect:
      return fmt::format("{}, table {}, type id {}, arguments at {}, fuel {}", first_source(cell, identity),
                         low_half(code::field_x(cell)), high_half(code::field_x(cell)),
                         arguments(cell + code::call_words), code::field_d(cell));
    case Op::restore_context: return fmt::format("arguments at {}", arguments(cell));
    case Op::copy_range:
      return fmt::format("{}.., {}.., {} slots", slot(code::field_b(cell)), slot(low_half(code::field_x(cell))),
                         high_half(code::field_x(cell)));
    case Op::copy_far: return fmt::format("{}, {}", slot(code::field_b(cell)), slot(low_half(code::field_x(cell))));
    case Op::br_table: return table(position, identity);
    default: return generic(position, identity);
    }
  }

  // Of a call cell; where a restore_context cell is behind the call, of that one.
  std::string arguments(Word const* cell) const {
    return slot(code::field_b(cell) + code::first_slot(code::field_a(cell)));
  }

  std::string enter(Word const* cell, int form) const {
    code::Shape const shape = code::shape_of(Op::enter);
    std::string text;
    for (int i = 0; i < code::digit(shape, form, 0); ++i) {
      text += fmt::format("r{}={} ", code::int_temporaries + i, slot(cell[2] >> (16 * i) & 0xFFFF));
    }
    for (int i = 0; i < code::digit(shape, form, 1); ++i) {
      text += fmt::format("f{}={} ", code::float_temporaries + i, slot(cell[3] >> (16 * i) & 0xFFFF));
    }
    if (!text.empty()) {
      text = fmt::format("pins {}", text);
      text.back() = ',';
      text += ' ';
    }
    if (code::field_b(cell) != 0) {
      text += fmt::format("zero {} slots from {}, ", code::field_b(cell), slot(code::field_a(cell)));
    }
    return text + fmt::format("frame {} slots", low_half(cell[4]) - code::first_slot(input_.param_slots));
  }

  std::string table(std::uint32_t position, CellIdentity const& identity) const {
    Word const* const cell = cell_at(position);
    std::string text = first_source(cell, identity);
    for (std::uint32_t i = 0; i <= code::field_b(cell); ++i) {
      Word const entry = cell[2 + i];
      text += fmt::format(", {}{} fuel {}", i == code::field_b(cell) ? "else " : "",
                          label(target_of(position, static_cast<std::int32_t>(low_half(entry)))),
                          static_cast<std::int32_t>(high_half(entry)));
    }
    return text;
  }

  std::string first_source(Word const* cell, CellIdentity const& identity) const {
    code::Shape const shape = code::shape_of(identity.op);
    return place(cell, shape.operands[0], code::digit(shape, identity.form, 0));
  }

  std::string place(Word const* cell, code::OperandSpec spec, int digit) const {
    code::Place const where = code::place_of(spec.role, digit);
    switch (where.kind) {
    case Operand::Kind::int_register: return fmt::format("r{}", where.number);
    case Operand::Kind::float_register: return fmt::format("f{}", where.number);
    case Operand::Kind::immediate: return fmt::format("#{}", read_immediate(cell, spec.field));
    case Operand::Kind::slot: return slot(static_cast<std::uint32_t>(read_field(cell, spec.field)));
    default: return {};
    }
  }

  // Operands in the order of the operation's shape.
  std::string generic(std::uint32_t position, CellIdentity const& identity) const {
    Word const* const cell = cell_at(position);
    code::OpInfo const& op = code::info(identity.op);
    code::Shape const shape = code::shape_of(identity.op);
    bool uses_loop_register = false;
    std::string text;
    for (int i = 0; i < shape.count; ++i) {
      code::OperandSpec const spec = shape.operands[static_cast<std::size_t>(i)];
      int const digit = code::digit(shape, identity.form, i);
      std::string part;
      if (spec.role == 'L') {
        uses_loop_register = digit == 1;
      } else if (spec.role == 'K') {
        part = constant(position, op, identity.op, spec.field, uses_loop_register);
      } else {
        part = place(cell, spec, digit);
      }
      if (!part.empty()) {
        text += text.empty() ? part : ", " + part;
      }
    }
    return text;
  }

  // What a K operand means depends on the operation's family.
  std::string constant(std::uint32_t position, code::OpInfo const& info, Op op, char field,
                       bool uses_loop_register) const {
    Word const* const cell = cell_at(position);
    std::int64_t const value = read_field(cell, field);
    auto const number = static_cast<std::uint32_t>(value);
    switch (info.family) {
    case OpFamily::branch:
      if (field == 'e') {
        return fmt::format("fuel {}", value);
      }
      return fmt::format("{}{}", uses_loop_register ? "loop " : "-> ",
                         label(target_of(position, static_cast<std::int32_t>(value))));
    case OpFamily::memory:
    case OpFamily::indexed: return fmt::format("+{}", number);
    case OpFamily::variable:
      switch (op) {
      case Op::const_int: return fmt::format("#{}", value);
      case Op::const_float: return fmt::format("#0x{:x}", static_cast<Word>(value));
      case Op::global_get_int:
      case Op::global_get_float:
      case Op::global_set_int:
      case Op::global_set_float: return fmt::format("global {}", input_.imported_globals + number);
      default: return fmt::format("global {}", number);
      }
    case OpFamily::control:
      if (field == 'd') {
        return fmt::format("to {}", slot(number));
      }
      return fmt::format("{} {}", op == Op::translate ? "function" : op == Op::trap ? "reason" : "fuel", number);
    default: return fmt::format("index {}", number);
    }
  }

  DisassemblyInput const& input_;
  IdentifyCell const& identify_;
  std::vector<std::uint32_t> labels_; // positions, ascending
  std::string out_;
};

} // namespace

std::string disassemble(DisassemblyInput const& input, IdentifyCell const& identify) {
  return Disassembler{input, identify}.run();
}

} // namespace weir::diagnose
