#include "text/instruction_printer.hpp"

#include <string>

#include <fmt/format.h>

#include "decode/types.hpp"
#include "wasm/opcode.hpp"

namespace weir::text {

using decode::Instruction;
using wasm::Immediates;
using wasm::Opcode;

void InstructionPrinter::body(decode::InstructionReader reader, std::size_t margin) {
  shows_labels_ = true;
  depth_ = 0;
  Instruction each;
  while (out_.wanted() && reader.next(each) && !reader.at_end()) {
    bool const closes = each.opcode == Opcode::end || each.opcode == Opcode::else_;
    depth_ -= closes ? 1 : 0;
    out_.new_line(margin + depth_);
    depth_ += each.opcode == Opcode::else_ ? 1 : 0;
    behind_ = reader.position();
    instruction(each);
  }
}

void InstructionPrinter::expression(decode::InstructionReader reader, std::string_view keyword) {
  shows_labels_ = false;
  Instruction first;
  Instruction second;
  auto peek = reader;
  bool const is_single = peek.next(first) && !peek.at_end() && peek.next(second) && peek.at_end();
  bool const in_parentheses = is_single || !keyword.empty();
  if (in_parentheses) {
    out_.put('(');
  }
  bool separate = false;
  if (!is_single && !keyword.empty()) {
    out_.put(keyword);
    separate = true;
  }
  Instruction each;
  while (reader.next(each) && !reader.at_end()) {
    if (separate) {
      out_.put(' ');
    }
    behind_ = reader.position();
    instruction(each);
    separate = true;
  }
  if (in_parentheses) {
    out_.put(')');
  }
}

void InstructionPrinter::instruction(Instruction const& instruction) {
  out_.put(wasm::info(instruction.opcode).text);
  immediates(instruction);
}

void InstructionPrinter::index(Identifiers const& space, std::uint32_t index) {
  out_.put(' ');
  space.reference(out_, index);
}

void InstructionPrinter::optional_index(Identifiers const& space, std::uint32_t index) {
  if (index != 0) {
    this->index(space, index);
  }
}

// The depth of the block that it means goes along as a comment.
void InstructionPrinter::label(std::uint32_t label) {
  out_.put(' ');
  out_.number(label);
  if (shows_labels_ && label <= depth_) {
    out_.put(" (;@");
    out_.number(depth_ - label);
    out_.put(";)");
  }
}

void InstructionPrinter::block_type(decode::BlockType const& block) {
  if (block.kind == decode::BlockType::Kind::value) {
    out_.put(" (result ");
    out_.value_type(block.value);
    out_.put(')');
  } else if (block.kind == decode::BlockType::Kind::type_index) {
    out_.put(" (type ");
    identifiers_.types.reference(out_, block.type_index);
    out_.put(')');
  }
  if (shows_labels_) {
    ++depth_;
    out_.put(" ;; label = @");
    out_.number(depth_);
  }
}

void InstructionPrinter::br_table(Instruction const& instruction) {
  decode::LabelReader labels{instruction};
  for (std::uint32_t i = 0; i <= instruction.count; ++i) {
    label(labels.next());
  }
}

void InstructionPrinter::select_types(Instruction const& instruction) {
  out_.put(" (result");
  auto const* at = instruction.bytes();
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    // The instruction reader has accepted the list.
    decode::TypeReader types{at, behind_,
                             wasm::Features{}.with(wasm::Feature::simd).with(wasm::Feature::function_references)};
    ValType type;
    static_cast<void>(types.value_type(type));
    at = types.position();
    out_.put(' ');
    out_.value_type(type);
  }
  out_.put(')');
}

void InstructionPrinter::memarg(Instruction const& instruction) {
  optional_index(identifiers_.memories, instruction.index);
  if (instruction.value != 0) {
    out_.put(" offset=");
    out_.number(instruction.value);
  }
  // Bit 6 says that there is a memory index.
  unsigned const align = instruction.align & 0x3Fu;
  if (align != static_cast<unsigned>(wasm::info(instruction.opcode).access)) {
    out_.put(" align=");
    out_.number(std::uint64_t{1} << align);
  }
}

void InstructionPrinter::v128(Instruction const& instruction) {
  std::string text = " i32x4";
  for (std::size_t lane = 0; lane < 4; ++lane) {
    text += fmt::format(" {:#010x}", base::load_le<std::uint32_t>(instruction.bytes() + 4 * lane));
  }
  out_.put(text);
}

void InstructionPrinter::immediates(Instruction const& instruction) {
  auto const& ids = identifiers_;
  switch (wasm::info(instruction.opcode).immediates) {
  case Immediates::none: break;
  case Immediates::block_type: block_type(instruction.block); break;
  case Immediates::label: label(instruction.index); break;
  case Immediates::br_table: br_table(instruction); break;
  case Immediates::type: index(ids.types, instruction.index); break;
  case Immediates::func: index(ids.functions, instruction.index); break;
  case Immediates::call_indirect:
    optional_index(ids.tables, instruction.index2);
    out_.put(" (type ");
    ids.types.reference(out_, instruction.index);
    out_.put(')');
    break;
  case Immediates::select_types: select_types(instruction); break;
  case Immediates::local: index(locals_, instruction.index); break;
  case Immediates::global: index(ids.globals, instruction.index); break;
  case Immediates::table: optional_index(ids.tables, instruction.index); break;
  case Immediates::memarg: memarg(instruction); break;
  case Immediates::memarg_lane:
    memarg(instruction);
    out_.put(' ');
    out_.number(instruction.lane);
    break;
  case Immediates::lane:
    out_.put(' ');
    out_.number(instruction.lane);
    break;
  case Immediates::memory: optional_index(ids.memories, instruction.index); break;
  case Immediates::memory_memory:
  case Immediates::table_table: {
    bool const memories = wasm::info(instruction.opcode).immediates == Immediates::memory_memory;
    if (instruction.index != 0 || instruction.index2 != 0) {
      index(memories ? ids.memories : ids.tables, instruction.index);
      index(memories ? ids.memories : ids.tables, instruction.index2);
    }
    break;
  }
  case Immediates::data_memory:
    optional_index(ids.memories, instruction.index2);
    index(ids.data, instruction.index);
    break;
  case Immediates::data: index(ids.data, instruction.index); break;
  case Immediates::elem_table:
    optional_index(ids.tables, instruction.index2);
    index(ids.elements, instruction.index);
    break;
  case Immediates::elem: index(ids.elements, instruction.index); break;
  case Immediates::heap_type:
    if (instruction.type.is_concrete_ref()) {
      index(ids.types, instruction.type.heap());
    } else {
      out_.put(instruction.type == ValType::funcref() ? " func" : " extern");
    }
    break;
  case Immediates::i32:
    out_.put(' ');
    out_.signed_number(static_cast<std::int32_t>(static_cast<std::uint32_t>(instruction.value)));
    break;
  case Immediates::i64:
    out_.put(' ');
    out_.signed_number(static_cast<std::int64_t>(instruction.value));
    break;
  case Immediates::f32:
    out_.put(' ');
    out_.f32(static_cast<std::uint32_t>(instruction.value));
    break;
  case Immediates::f64:
    out_.put(' ');
    out_.f64(instruction.value);
    break;
  case Immediates::v128: v128(instruction); break;
  case Immediates::shuffle:
    for (std::size_t lane = 0; lane < 16; ++lane) {
      out_.put(' ');
      out_.number(instruction.bytes()[lane]);
    }
    break;
  }
}

} // namespace weir::text
