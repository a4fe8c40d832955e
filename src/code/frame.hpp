// The frame of a function and the protocol of calls. Translator, handlers and stack walker agree on this page.
//
// A frame is a run of 8-byte slots on the store's value stack:
//
//   [parameters] [link] [saved int pins] [saved float pins, 2 slots each] [locals] [operands]
//
// The link is slot link_slot of every frame, whatever its parameters take, so that a return need not wait for the
// number of a slot. So the first slot of a frame whose parameters take p slots is first_slot(p), and the frame register
// points in front of the frame, at slot 0, which is nothing of its own.
//
// Parameters and locals take slot_width(type) slots each, so a slot index is not a local index. The operand at height h
// (counted in slots) has its canonical place at slot operand_base + h. At every control-flow merge, each operand that a
// label expects is in its canonical place; between merges the translator may keep it anywhere.
//
// Calls. The arguments are in consecutive canonical slots of the caller's frame: they become parameters of the callee's
// frame, which starts there. The frame registers of the two are b slots apart: an argument at slot s of the caller's
// frame is slot s - b of the callee's. Results are written from the callee's first slot on: they are then operands of
// the caller at the same canonical slots as the arguments. A frame therefore has at least as many slots as its results
// take. A single result of a numeric type is in the temporary of its class as well.
//
//   call        frame += b; loop register = the cell behind the call; ip = record.entry
//   enter       traps (call stack exhausted) if the frame's end passes the context's stack limit; stores the loop
//               register (the return address) to the link; saves the N int and M float pins that it will use; zeroes
//               the locals (slots a .. a + b - 1; Z says 0, 1, 2 or more of them); then loads each pin from its local.
//               x = slots of the int pins, 4 u16; word 3 = slots of the float pins, 4 u16;
//               word 4 = the slot behind the frame (u32).
//               Cell of 5 words.
//               The first int pin is register int_temporaries, and so on.
//   leave*      charges fuel b; restores N and M pins; return address = the link; writes the results from the first
//               slot on; frame -= field b of the call cell, which is the 3 words before the return address;
//               ip = return address
//
// Every operation that calls has exactly 3 words with the distance of the frames in field b. Pins are callee-saved: a
// caller's pins survive any call. Temporaries and the loop register do not.
//
// call_import and call_indirect are followed by a restore_context cell (3 words, the same b) that a return from a
// function of the same instance skips: its return address is behind it. When the callee belongs to another instance,
// the caller's context is pushed on ExecutionState's context stack and the return address is the restore_context cell
// itself, which pops it and reloads the memory base. (Either way the 3 words before the return address have the
// distance in field b.) Calls to host functions return in place and reload the memory base.
//
// Fuel. Every Wasm instruction but `end` and `else` counts 1. The translator gives every position of a function a
// potential: 0 at the entry and behind every call, one more behind every instruction, and at a label that of the
// code that falls into it. Charges are made only where control is transferred: a call charges potential + 1, a taken
// branch from y to z potential(y) + 1 - potential(z) (negative forward), a return potential + 1, the end of the
// function its potential. So the fuel that is left at any charge is exact, whatever was fused. When the budget falls
// below 0 at a charge, the budget is refilled (interruption and deadline are looked at) or the guest traps with out of
// fuel. Memory and table instructions on ranges charge 1 more for every 64 bytes, in chunks.
//
// A position never has a potential above `max_potential`: in front of an instruction that would get there a consume
// cell charges the potential, which is 0 again behind it. In code that can't be reached the potential stands still; the
// start of an `else` has the potential behind its `if`. So every charge fits its field.
//
// Wide frames. A slot number that does not fit a 16-bit field is reached through copy_far and `scratch_slots` slots of
// the frame's own, which lie in front of the locals:
//
//   [parameters] [link] [saved int pins] [saved float pins] [scratch] [locals] [operands]
#pragma once

#include <cstdint>

#include <weir/types.hpp>

namespace weir::code {

inline constexpr std::uint32_t link_slots = 1;   // that the link takes
inline constexpr std::uint32_t link_slot = 2000; // parameters take no more slots
inline constexpr std::uint32_t call_words = 3;
inline constexpr std::uint32_t enter_words = 5;
inline constexpr std::uint32_t scratch_slots = 8; // of functions with a wide frame only
inline constexpr std::uint32_t max_narrow_slots = 65536;
inline constexpr std::int32_t max_potential = 32000;

// Where a frame begins whose parameters take so many slots.
constexpr std::uint32_t first_slot(std::uint32_t param_slots) noexcept { return link_slot - param_slots; }

// Slots that a value of this type takes.
constexpr std::uint32_t slot_width(ValType type) noexcept { return type.is_vec() ? 2 : 1; }

} // namespace weir::code
