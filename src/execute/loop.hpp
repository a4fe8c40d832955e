// The portable backend: one function with a label for each form of a cell, for compilers that can't make a call a jump
// and processors on which they were not seen to.
//
// Its cells name no pins. A function of this size has no registers to spare for locals, so that these live in their
// slots; what it keeps in registers are the machine's pointers and the temporaries. It calls nothing, or else the float
// registers would lie in memory, since calls preserve none: a cell that calls is executed outside of it.
#pragma once

#include "code/handler_table.hpp"
#include "execute/machine.hpp"

namespace weir::execute {

// A handler's word is the address of its label.
code::HandlerTable loop_table() noexcept;
ExitHandlers loop_exits() noexcept;

// Runs a function from its first cell on, until the interpreter is left. `back` is where it returns to.
void run_loop(Word const* first, std::uint64_t* frame, runtime::InstanceContext* context, Word const* back,
              std::int64_t budget) noexcept;

} // namespace weir::execute
