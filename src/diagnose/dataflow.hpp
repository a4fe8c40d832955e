// Where the operands of one instruction come from, as far as the function itself tells: its body is read from the start
// up to that instruction, with terms in place of values.
//
// The code is read in the order of its bytes, which need not be the order in which it ran. What may differ by the path
// is a term of its own: at the end of a block that is branched to, and at the head of a loop, every local that is
// written inside becomes unknown, and keeps only its place. Such a term still has a value if the local holds it to the
// end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "decode/instruction.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"

namespace weir::diagnose {

using TermId = std::uint32_t;
inline constexpr TermId no_term = 0xFFFFFFFF;

struct Term {
  enum class Kind : std::uint8_t {
    unknown,   // but the same wherever it stands
    constant,  // value
    parameter, // index: of the local, as it was passed
    local,     // index: what the local holds, wherever that came from
    global,    // index
    load,      // a: the address; value: the memarg's offset; index: the memory
    unary,     // a
    binary,    // a, b
    call,      // index: the function called; a result of it
  };
  Kind kind = Kind::unknown;
  wasm::Opcode opcode{}; // load, unary, binary
  std::uint32_t index = 0;
  std::uint32_t offset = 0; // of the instruction, from the module's first byte
  TermId a = no_term;
  TermId b = no_term;
  std::uint64_t value = 0;
};

struct Dataflow {
  std::vector<Term> terms;
  // Of the instruction asked for, in the order of its parameters. no_term: not known.
  std::vector<TermId> operands;
  decode::Instruction instruction;
  // Which term each local and each written global holds at the instruction.
  std::vector<TermId> locals;
  std::vector<TermId> globals; // no_term: as it was at the start, and untouched
};

// Nothing if there is no instruction at this offset of the function, or its body is more tangled than a compiler's:
// time and memory are bounded. Precondition: the function is defined in the module.
std::optional<Dataflow> trace_operands(wasm::Module const& module, std::uint32_t function, std::uint32_t offset);

} // namespace weir::diagnose
