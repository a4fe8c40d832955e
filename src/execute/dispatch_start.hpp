// What of tail calls is compiled by callers of the interpreter too: handlers of clang's preserve_none convention
// preserve no register, so whoever calls one saves them all, and a call from the host should do that once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <weir/error.hpp>

#include "code/cell.hpp"
#include "code/registers.hpp"
#include "runtime/context.hpp"

#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(preserve_none) && __has_attribute(musttail)
#define WEIR_PRESERVE_NONE 1
#endif
#endif

namespace weir::execute {

using code::Word;

// A float register: f32 and f64 in the lowest lane.
using Vec = double __attribute__((vector_size(16)));

inline constexpr std::size_t trap_reasons = static_cast<std::size_t>(TrapReason::read_only_data) + 1;

// The cells that guest code goes to when it can't go on by itself; one array for each backend. They are where calls of
// some size are made, so that the ordinary handlers need no frame, and hold what would else stand in each of them.
struct Exits {
  Word trap[trap_reasons][2]; // by reason: leaves the guest
  Word expired[2];            // the budget is used up: asks the engine, then goes on at `resume`
  Word retry[2];              // the same for cells that have done nothing yet: goes back and charges again
  Word exhausted[2];          // an `enter` cell found no room
  Word call[2];               // a call that is no plain one within the instance
  Word copy[2];               // a memory.copy that needs a call, and so
  Word fill[2];               // a memory.fill
  Word first_call[3];         // looks like a call that does not move the frame
  Word stop;                  // where a function that the host called returns to
  Word restore_context;       // a restore_context cell's handler
};

#ifdef WEIR_PRESERVE_NONE

template <std::size_t>
using IntRegister = std::uint64_t;
template <std::size_t>
using FloatRegister = Vec;

template <class Ints, class Floats>
struct Start;

template <std::size_t... I, std::size_t... F>
struct Start<std::index_sequence<I...>, std::index_sequence<F...>> {
  // ip, frame, memory, context, loop, budget (execute/machine.hpp), registers
  using Handler = void(__attribute__((preserve_none)) *)(Word const*, std::uint64_t*, std::uint8_t*,
                                                         runtime::InstanceContext*, Word const*, std::int64_t,
                                                         IntRegister<I>..., FloatRegister<F>...);

  [[gnu::always_inline]] static inline void run(Word const* first, std::uint64_t* frame,
                                                runtime::InstanceContext* context, Word const* back,
                                                std::int64_t budget) noexcept {
    reinterpret_cast<Handler>(*first)(first, frame, context->memory_base, context, back, budget, IntRegister<I>{}...,
                                      FloatRegister<F>{}...);
  }
};

// Runs a function from its first cell on, until the interpreter is left. `back` is where it returns to. Precondition:
// has_backend(Backend::tail_call) (execute/entry.hpp).
[[gnu::always_inline]] inline void start_tail_calls(Word const* first, std::uint64_t* frame,
                                                    runtime::InstanceContext* context, Word const* back,
                                                    std::int64_t budget) noexcept {
  Start<std::make_index_sequence<code::int_registers>, std::make_index_sequence<code::float_registers>>::run(
      first, frame, context, back, budget);
}

#else

void start_tail_calls(Word const* first, std::uint64_t* frame, runtime::InstanceContext* context, Word const* back,
                      std::int64_t budget) noexcept;

#endif

} // namespace weir::execute
