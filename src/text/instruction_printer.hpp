// Instructions in the plain text format. https://webassembly.github.io/spec/core/text/instructions.html
#pragma once

#include <cstdint>

#include "decode/instruction.hpp"
#include "text/identifiers.hpp"
#include "text/text_writer.hpp"

namespace weir::text {

class InstructionPrinter {
 public:
  // Everything must outlive the printer. `locals` are those of the function whose body is printed.
  InstructionPrinter(TextWriter& out, ModuleIdentifiers const& identifiers, Identifiers const& locals)
      : out_(out), identifiers_(identifiers), locals_(locals) {}

  // The instructions of a body, each on a line of its own, `margin` levels from the left. The last `end` is left out.
  // Precondition: the reader comes to its end without an error.
  void body(decode::InstructionReader reader, std::size_t margin);

  // The instructions of a constant expression on one line, without the last `end`: in parentheses if there is just one,
  // else behind `keyword` in parentheses, or without both if the keyword is empty.
  // Precondition: as above.
  void expression(decode::InstructionReader reader, std::string_view keyword);

 private:
  void instruction(decode::Instruction const& instruction);
  void immediates(decode::Instruction const& instruction);
  void index(Identifiers const& space, std::uint32_t index);
  // An index that is left out where it is 0.
  void optional_index(Identifiers const& space, std::uint32_t index);
  void label(std::uint32_t label);
  void block_type(decode::BlockType const& block);
  void br_table(decode::Instruction const& instruction);
  void select_types(decode::Instruction const& instruction);
  void memarg(decode::Instruction const& instruction);
  void v128(decode::Instruction const& instruction);

  TextWriter& out_;
  ModuleIdentifiers const& identifiers_;
  Identifiers const& locals_;
  std::uint8_t const* behind_ = nullptr; // the instruction that is printed, in the module's bytes
  std::size_t depth_ = 0;                // open blocks within the body
  bool shows_labels_ = false;
};

} // namespace weir::text
