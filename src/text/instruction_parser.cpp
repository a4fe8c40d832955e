#include "text/instruction_parser.hpp"

#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.hpp"
#include "text/numbers.hpp"
#include "wasm/limits.hpp"

namespace weir::text {

using wasm::Immediates;
using wasm::Opcode;

namespace {

std::unordered_map<std::string_view, Opcode> const& keywords() {
  static auto const table = [] {
    std::unordered_map<std::string_view, Opcode> map;
    for (std::size_t i = 0; i < wasm::opcode_count; ++i) {
      map.try_emplace(wasm::opcode_infos[i].text, static_cast<Opcode>(i));
    }
    return map;
  }();
  return table;
}

// What to say of a keyword that is no instruction: names of before 2019, and parts of a signature in the wrong place.
std::string unknown_operator(std::string_view keyword) {
  constexpr std::pair<std::string_view, std::string_view> renamed[] = {
      {"get_local", "local.get"},    {"set_local", "local.set"},   {"tee_local", "local.tee"},
      {"get_global", "global.get"},  {"set_global", "global.set"}, {"current_memory", "memory.size"},
      {"grow_memory", "memory.grow"}};
  for (auto const& [old_name, name] : renamed) {
    if (keyword == old_name) {
      return fmt::format("unknown operator `{}`: it is called `{}` now", old_name, name);
    }
  }
  if (keyword == "type" || keyword == "param" || keyword == "result" || keyword == "local") {
    return fmt::format("unexpected token `{}`: type, param, result and local stand in this order, before instructions",
                       keyword);
  }
  return fmt::format("unknown operator `{}`", base::printable(keyword, 40));
}

template <class T>
void append_le(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

} // namespace

void InstructionParser::write_opcode(Bytes& out, Opcode opcode) {
  auto const& info = wasm::info(opcode);
  if (info.prefix != 0) {
    out.push_back(info.prefix);
    base::write_uleb(out, info.code);
  } else {
    out.push_back(static_cast<std::uint8_t>(info.code));
  }
}

bool InstructionParser::find(Opcode& opcode) {
  if (in_.kind() != TokenKind::keyword) {
    return in_.unexpected("an instruction");
  }
  auto const found = keywords().find(in_.peek().text);
  if (found == keywords().end()) {
    if (TypeParser::is_of_later_proposal(in_.peek().text)) {
      return types_.unknown_keyword("an instruction");
    }
    return in_.fail(unknown_operator(in_.peek().text));
  }
  opcode = found->second;
  if (!types_.options.features.has(wasm::info(opcode).feature)) {
    return in_.fail_at(in_.peek(), ErrorKind::unsupported,
                       fmt::format("`{}` needs the feature {}, which is switched off", in_.peek().text,
                                   wasm::to_string(wasm::info(opcode).feature)));
  }
  in_.skip();
  return true;
}

bool InstructionParser::sequence() { return run(frames_.size()); }

bool InstructionParser::folded() {
  std::size_t const floor = frames_.size();
  if (in_.kind() != TokenKind::left) {
    return in_.unexpected("`(`");
  }
  if (!open()) {
    return false;
  }
  // Reads until that one form is closed.
  while (frames_.size() > floor) {
    if (in_.kind() == TokenKind::left ? !open() : in_.kind() == TokenKind::right ? !close_frame() : !plain()) {
      return false;
    }
  }
  return true;
}

// Nesting is kept in frames_, not on the native stack.
bool InstructionParser::run(std::size_t floor) {
  for (;;) {
    switch (in_.kind()) {
    case TokenKind::left:
      if (!open()) {
        return false;
      }
      break;
    case TokenKind::right:
      if (frames_.size() == floor) {
        return labels_.empty() || !labels_.back().is_plain || in_.unexpected("`end`");
      }
      if (!close_frame()) {
        return false;
      }
      break;
    default:
      if (!plain()) {
        return false;
      }
    }
  }
}

bool InstructionParser::block_begin(Opcode opcode, Bytes& out, std::string& label) {
  label.clear();
  if (in_.kind() == TokenKind::id) {
    label = id_name(in_.peek().text);
    in_.skip();
  }
  write_opcode(out, opcode);
  if (!in_.is_form("type") && !in_.is_form("param") && !in_.is_form("result")) {
    out.push_back(0x40);
    return true;
  }
  // A single result is written as a value type, without a type of its own.
  auto const* const start = in_.position();
  if (in_.take_form("result")) {
    ValType type;
    if (in_.kind() != TokenKind::right) {
      if (!types_.value_type(type)) {
        return false;
      }
      if (in_.kind() == TokenKind::right && !(in_.kind(1) == TokenKind::left && in_.is_keyword("result", 2))) {
        in_.skip();
        write_value_type(out, type);
        return true;
      }
    }
    in_.set_position(start);
  }
  bool const has_type = in_.is_form("type");
  FuncType type;
  std::uint32_t index = 0;
  if (!has_type) {
    if (!types_.signature(type, nullptr)) {
      return false;
    }
    if (type.params().empty() && type.results().size() <= 1) {
      if (type.results().empty()) {
        out.push_back(0x40);
      } else {
        write_value_type(out, type.results()[0]);
      }
      return true;
    }
    index = types_.module.find_type(type);
  } else if (!types_.type_use(index, type, nullptr)) {
    return false;
  }
  base::write_sleb(out, index);
  return true;
}

bool InstructionParser::open() {
  auto const* const at = in_.position();
  in_.skip();
  if (frames_.size() + labels_.size() >= wasm::limits::text_nesting) {
    return in_.fail_at(*at, ErrorKind::limit,
                       fmt::format("more than {} nested instructions", wasm::limits::text_nesting));
  }
  if (!frames_.empty()) {
    auto& frame = frames_.back();
    if (frame.kind == FrameKind::if_condition && in_.take_keyword("then")) {
      out_.insert(out_.end(), held_.begin() + static_cast<std::ptrdiff_t>(frame.held), held_.end());
      held_.resize(frame.held);
      frame.kind = FrameKind::behind_then;
      frames_.push_back({FrameKind::then, held_.size(), at});
      return true;
    }
    if (frame.kind == FrameKind::behind_then) {
      if (!in_.take_keyword("else")) {
        return in_.unexpected("`else` or `)`");
      }
      write_opcode(out_, Opcode::else_);
      frames_.push_back({FrameKind::else_, held_.size(), at});
      return true;
    }
  }
  Opcode opcode{};
  if (!find(opcode)) {
    return false;
  }
  std::string name;
  switch (opcode) {
  case Opcode::block:
  case Opcode::loop:
    if (!block_begin(opcode, out_, name)) {
      return false;
    }
    labels_.push_back({std::move(name), false, false, false});
    frames_.push_back({FrameKind::block, held_.size(), at});
    return true;
  case Opcode::if_: {
    frames_.push_back({FrameKind::if_condition, held_.size(), at});
    if (!block_begin(opcode, held_, name)) {
      return false;
    }
    // The label is not in scope of the condition, so it gets a name that no identifier has until `then`.
    labels_.push_back({std::move(name), false, true, false});
    return true;
  }
  case Opcode::else_:
  case Opcode::end:
    return in_.fail_at(at[1], ErrorKind::malformed, "unexpected token: `else` and `end` are not folded");
  default: {
    std::size_t const start = held_.size();
    write_opcode(held_, opcode);
    if (!immediates(opcode, held_)) {
      return false;
    }
    frames_.push_back({FrameKind::plain, start, at});
    return true;
  }
  }
}

bool InstructionParser::close_frame() {
  auto const frame = frames_.back();
  if (frame.kind == FrameKind::if_condition) {
    return in_.unexpected("`(then`");
  }
  if (frame.kind != FrameKind::plain && !labels_.empty() && labels_.back().is_plain) {
    return in_.unexpected("`end`");
  }
  in_.skip();
  frames_.pop_back();
  switch (frame.kind) {
  case FrameKind::plain:
    out_.insert(out_.end(), held_.begin() + static_cast<std::ptrdiff_t>(frame.held), held_.end());
    held_.resize(frame.held);
    break;
  case FrameKind::block:
  case FrameKind::behind_then:
    write_opcode(out_, Opcode::end);
    labels_.pop_back();
    break;
  case FrameKind::else_: {
    // The `if` itself must close now.
    if (in_.kind() != TokenKind::right) {
      return in_.unexpected("`)`");
    }
    break;
  }
  default: break;
  }
  return true;
}

bool InstructionParser::plain() {
  if (!frames_.empty() && frames_.back().kind != FrameKind::block && frames_.back().kind != FrameKind::then &&
      frames_.back().kind != FrameKind::else_) {
    return in_.unexpected("`(` or `)`: the operands of a folded instruction are folded");
  }
  auto const& token = in_.peek();
  Opcode opcode{};
  if (!find(opcode)) {
    return false;
  }
  std::string name;
  switch (opcode) {
  case Opcode::block:
  case Opcode::loop:
  case Opcode::if_:
    if (frames_.size() + labels_.size() >= wasm::limits::text_nesting) {
      return in_.fail_at(token, ErrorKind::limit,
                         fmt::format("more than {} nested instructions", wasm::limits::text_nesting));
    }
    if (!block_begin(opcode, out_, name)) {
      return false;
    }
    labels_.push_back({std::move(name), true, opcode == Opcode::if_, false});
    return true;
  case Opcode::else_: return plain_else();
  case Opcode::end: return plain_end();
  default: write_opcode(out_, opcode); return immediates(opcode, out_);
  }
}

bool InstructionParser::check_end_label() {
  if (in_.kind() != TokenKind::id) {
    return true;
  }
  if (labels_.back().name.empty() || id_name(in_.peek().text) != labels_.back().name) {
    return in_.fail("mismatching label: it must be that of the block");
  }
  in_.skip();
  return true;
}

bool InstructionParser::plain_else() {
  if (labels_.empty() || !labels_.back().is_plain || !labels_.back().is_if || labels_.back().in_else) {
    return in_.fail("unexpected token: `else` without `if`");
  }
  labels_.back().in_else = true;
  write_opcode(out_, Opcode::else_);
  return check_end_label();
}

bool InstructionParser::plain_end() {
  if (labels_.empty() || !labels_.back().is_plain) {
    return in_.fail("unexpected token: `end` without a block");
  }
  write_opcode(out_, Opcode::end);
  if (!check_end_label()) {
    return false;
  }
  labels_.pop_back();
  return true;
}

bool InstructionParser::index(Bytes& out, IndexSpace const& space, std::string_view what) {
  std::uint32_t value = 0;
  if (!types_.index(space, what, value)) {
    return false;
  }
  base::write_uleb(out, value);
  return true;
}

bool InstructionParser::label(Bytes& out) {
  if (in_.kind() != TokenKind::id) {
    std::uint32_t value = 0;
    if (!types_.u32(value)) {
      return false;
    }
    base::write_uleb(out, value);
    return true;
  }
  auto const name = id_name(in_.peek().text);
  // The labels of `if`s whose condition is being read are not in scope, nor do they count.
  std::uint32_t depth = 0;
  std::size_t frame = frames_.size();
  for (std::size_t i = labels_.size(); i-- > 0;) {
    if (!labels_[i].is_plain) {
      while (frame > 0 && (frames_[frame - 1].kind == FrameKind::plain || frames_[frame - 1].kind == FrameKind::then ||
                           frames_[frame - 1].kind == FrameKind::else_)) {
        --frame;
      }
      bool const open_condition = frame > 0 && frames_[frame - 1].kind == FrameKind::if_condition;
      frame -= frame > 0 ? 1 : 0;
      if (open_condition) {
        continue;
      }
    }
    if (labels_[i].name == name) {
      base::write_uleb(out, depth);
      in_.skip();
      return true;
    }
    ++depth;
  }
  return in_.fail(fmt::format("unknown label ${}", base::printable(name)));
}

bool InstructionParser::select(Bytes& out) {
  if (!in_.is_form("result")) {
    return true;
  }
  if (!types_.options.features.has(wasm::Feature::reference_types)) {
    return in_.fail_at(in_.peek(), ErrorKind::unsupported,
                       "`select` with types needs the feature reference_types, which is switched off");
  }
  std::vector<ValType> list;
  while (in_.take_form("result")) {
    while (in_.kind() != TokenKind::right) {
      if (!types_.value_type(list.emplace_back())) {
        return false;
      }
    }
    in_.skip();
  }
  out.pop_back(); // the opcode without types
  write_opcode(out, Opcode::select_t);
  base::write_uleb(out, list.size());
  for (auto const type : list) {
    write_value_type(out, type);
  }
  return true;
}

bool InstructionParser::call_indirect(Bytes& out) {
  std::uint32_t table = 0;
  if (types_.is_index() && !types_.index(types_.module.tables, "table", table)) {
    return false;
  }
  std::uint32_t type_index = 0;
  FuncType type;
  if (!types_.type_use(type_index, type, nullptr)) {
    return false;
  }
  base::write_uleb(out, type_index);
  base::write_uleb(out, table);
  return true;
}

// Memory 0 where there is no index.
bool InstructionParser::memory_index(std::uint32_t& memory) {
  memory = 0;
  if (types_.is_index()) {
    auto const& token = in_.peek();
    if (!types_.index(types_.module.memories, "memory", memory)) {
      return false;
    }
    if ((memory != 0 || types_.module.memories.count > 1) && !types_.has(wasm::Feature::multi_memory)) {
      return types_.switched_off(token, "several memories", wasm::Feature::multi_memory);
    }
  }
  return true;
}

bool InstructionParser::memory_index(Bytes& out) {
  std::uint32_t memory = 0;
  if (!memory_index(memory)) {
    return false;
  }
  base::write_uleb(out, memory);
  return true;
}

bool InstructionParser::memarg(Bytes& out, int access, bool has_lane) {
  // Where a lane follows, a number in front of nothing that belongs to a memarg is the lane.
  auto const is_lane = [this] {
    return in_.kind() == TokenKind::number && in_.kind(1) != TokenKind::number &&
           !(in_.kind(1) == TokenKind::keyword &&
             (in_.peek(1).text.starts_with("offset=") || in_.peek(1).text.starts_with("align=")));
  };
  std::uint32_t memory = 0;
  if (types_.is_index() && !(has_lane && is_lane()) && !memory_index(memory)) {
    return false;
  }
  std::uint64_t offset = 0;
  std::uint64_t align = std::uint64_t{1} << access;
  if (in_.kind() == TokenKind::keyword && in_.peek().text.starts_with("offset=")) {
    // Of 64 bits: what a memory with 32-bit addresses does not allow is for validation to refuse.
    switch (parse_unsigned(in_.peek().text.substr(7), ~std::uint64_t{0}, offset)) {
    case NumberStatus::malformed: return in_.unexpected("offset=number");
    case NumberStatus::out_of_range: return in_.fail("i64 constant out of range: an offset is below 2^64");
    default: in_.skip();
    }
  }
  if (in_.kind() == TokenKind::keyword && in_.peek().text.starts_with("align=")) {
    switch (parse_unsigned(in_.peek().text.substr(6), ~std::uint64_t{0}, align)) {
    case NumberStatus::malformed: return in_.unexpected("align=number");
    case NumberStatus::out_of_range: return in_.fail("alignment out of range");
    default: break;
    }
    if (!std::has_single_bit(align)) {
      return in_.fail("alignment must be a power of two");
    }
    in_.skip();
  }
  // Bit 6 of the alignment announces a memory index.
  base::write_uleb(out, static_cast<unsigned>(std::countr_zero(align)) | (memory != 0 ? 0x40u : 0u));
  if (memory != 0) {
    base::write_uleb(out, memory);
  }
  base::write_uleb(out, offset);
  return true;
}

bool InstructionParser::two_indices(Bytes& out, IndexSpace const& first, std::string_view first_name,
                                    IndexSpace const& second, std::string_view second_name) {
  // Both, or none.
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  if (types_.is_index() && (!types_.index(first, first_name, a) || !types_.index(second, second_name, b))) {
    return false;
  }
  base::write_uleb(out, a);
  base::write_uleb(out, b);
  return true;
}

bool InstructionParser::number(Bytes& out, Immediates kind) {
  bool const is_float_keyword =
      in_.kind() == TokenKind::keyword && (in_.peek().text == "inf" || in_.peek().text.starts_with("nan"));
  if (in_.kind() != TokenKind::number && !is_float_keyword) {
    return in_.unexpected("a number");
  }
  auto const text = in_.peek().text;
  NumberStatus status = NumberStatus::ok;
  std::uint64_t value = 0;
  std::uint32_t narrow = 0;
  switch (kind) {
  case Immediates::i32:
    status = parse_integer(text, 32, value);
    base::write_sleb(out, static_cast<std::int32_t>(static_cast<std::uint32_t>(value)));
    break;
  case Immediates::i64:
    status = parse_integer(text, 64, value);
    base::write_sleb(out, static_cast<std::int64_t>(value));
    break;
  case Immediates::f32:
    status = parse_f32(text, narrow);
    append_le(out, narrow);
    break;
  default: status = parse_f64(text, value); append_le(out, value);
  }
  if (status == NumberStatus::malformed) {
    return in_.fail(fmt::format("unknown operator: `{}` is not a number of this type", base::printable(text, 40)));
  }
  if (status == NumberStatus::out_of_range) {
    return in_.fail(fmt::format("constant out of range: `{}`", base::printable(text, 40)));
  }
  in_.skip();
  return true;
}

bool InstructionParser::lane(Bytes& out) {
  std::uint64_t value = 0;
  if (in_.kind() != TokenKind::number || parse_unsigned(in_.peek().text, 255, value) != NumberStatus::ok) {
    return in_.fail("malformed lane index: expected a number below 256");
  }
  in_.skip();
  out.push_back(static_cast<std::uint8_t>(value));
  return true;
}

bool InstructionParser::v128(Bytes& out) {
  struct Shape {
    std::string_view name;
    unsigned lanes;
    unsigned bits;
    bool is_float;
  };
  constexpr Shape shapes[] = {{"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
                              {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true}};
  for (auto const& shape : shapes) {
    if (!in_.take_keyword(shape.name)) {
      continue;
    }
    for (unsigned i = 0; i < shape.lanes; ++i) {
      if (in_.kind() != TokenKind::number && in_.kind() != TokenKind::keyword) {
        return in_.fail(fmt::format("wrong number of lane literals: {} needs {}", shape.name, shape.lanes));
      }
      if (shape.is_float) {
        if (!number(out, shape.bits == 32 ? Immediates::f32 : Immediates::f64)) {
          return false;
        }
        continue;
      }
      std::uint64_t value = 0;
      auto const status = parse_integer(in_.peek().text, shape.bits, value);
      if (status != NumberStatus::ok) {
        return status == NumberStatus::malformed ? in_.unexpected("a number") : in_.fail("constant out of range");
      }
      in_.skip();
      for (unsigned byte = 0; byte < shape.bits / 8; ++byte) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
      }
    }
    return true;
  }
  return in_.unexpected("a lane shape (i8x16, i16x8, i32x4, i64x2, f32x4, f64x2)");
}

bool InstructionParser::immediates(Opcode opcode, Bytes& out) {
  auto& module = types_.module;
  auto const& info = wasm::info(opcode);
  switch (info.immediates) {
  case Immediates::none: return opcode != Opcode::select || select(out);
  case Immediates::block_type: return true; // block_begin() has read it
  case Immediates::label: return label(out);
  case Immediates::br_table: {
    Bytes labels;
    std::uint32_t count = 0;
    do {
      if (!label(labels)) {
        return false;
      }
      ++count;
    } while (types_.is_index());
    base::write_uleb(out, count - 1);
    append(out, labels);
    return true;
  }
  case Immediates::func: return index(out, module.functions, "function");
  case Immediates::type: return index(out, module.type_ids, "type");
  case Immediates::call_indirect: return call_indirect(out);
  case Immediates::select_types: return true;
  case Immediates::local: return index(out, locals_, "local");
  case Immediates::global: return index(out, module.globals, "global");
  case Immediates::table: {
    std::uint32_t table = 0;
    if (types_.is_index() && !types_.index(module.tables, "table", table)) {
      return false;
    }
    base::write_uleb(out, table);
    return true;
  }
  case Immediates::memarg: return memarg(out, info.access, false);
  case Immediates::memarg_lane: return memarg(out, info.access, true) && lane(out);
  case Immediates::lane: return lane(out);
  case Immediates::memory: return memory_index(out);
  case Immediates::memory_memory: return memory_index(out) && memory_index(out);
  case Immediates::data_memory: {
    module.needs_data_count = true;
    // `memory.init $memory $data` or `memory.init $data`
    bool const two = in_.kind(1) == TokenKind::number || in_.kind(1) == TokenKind::id;
    std::uint32_t memory = 0;
    if ((two && !memory_index(memory)) || !index(out, module.data, "data segment")) {
      return false;
    }
    base::write_uleb(out, memory);
    return true;
  }
  case Immediates::data: module.needs_data_count = true; return index(out, module.data, "data segment");
  case Immediates::elem: return index(out, module.elements, "elem segment");
  case Immediates::elem_table: {
    // `table.init $table $elem` or `table.init $elem`
    bool const two = in_.kind(1) == TokenKind::number || in_.kind(1) == TokenKind::id;
    std::uint32_t table = 0;
    std::uint32_t element = 0;
    if ((two && !types_.index(module.tables, "table", table)) ||
        !types_.index(module.elements, "elem segment", element)) {
      return false;
    }
    base::write_uleb(out, element);
    base::write_uleb(out, table);
    return true;
  }
  case Immediates::table_table: return two_indices(out, module.tables, "table", module.tables, "table");
  case Immediates::heap_type: {
    ValType type;
    if (!types_.heap_type(true, type)) {
      return false;
    }
    write_heap_type(out, type);
    return true;
  }
  case Immediates::i32:
  case Immediates::i64:
  case Immediates::f32:
  case Immediates::f64: return number(out, info.immediates);
  case Immediates::v128: return v128(out);
  case Immediates::shuffle:
    for (int i = 0; i < 16; ++i) {
      if (!lane(out)) {
        return false;
      }
    }
    return true;
  }
  return true;
}

} // namespace weir::text
