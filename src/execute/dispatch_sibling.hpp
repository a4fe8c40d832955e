// The tail-call backend of g++ on x86-64. It can't be told to make a call a jump, but from -foptimize-sibling-calls on
// makes one of every last call whose caller keeps nothing in memory; the test `sibling_calls` checks that it did so in
// every handler. Its calling convention passes six integers and eight vectors in registers. The handlers use five and
// as many vectors as there are float registers, for the rest are their scratch registers; what else is to stay in a
// register is in registers that calls preserve, which the files of this room set aside. So they can't take part in
// link-time optimisation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "execute/machine.hpp"

namespace weir::execute {

register std::uint8_t* pinned_memory asm("rbx");
register Word const* pinned_loop asm("r12");
register std::uint64_t pinned_r1 asm("r13");
register std::uint64_t pinned_r2 asm("r14");
register std::uint64_t pinned_r3 asm("r15");

static_assert(code::int_registers <= 4, "r4 needs a register of its own here");

// Stores what a handler leaves in a pinned register, unless it is plainly what was there before.
#define WEIR_STORE_CHANGED(place, value, before)                               \
  do {                                                                         \
    if (!(__builtin_constant_p((value) == (before)) && (value) == (before))) { \
      (place) = (value);                                                       \
    }                                                                          \
  } while (false)

template <std::size_t I>
WEIR_INLINE std::uint64_t pinned() noexcept {
  if constexpr (I == 1) {
    return pinned_r1;
  } else if constexpr (I == 2) {
    return pinned_r2;
  } else {
    return pinned_r3;
  }
}

template <std::size_t I>
WEIR_INLINE void pin([[maybe_unused]] Machine const& m, [[maybe_unused]] Machine const& before) noexcept {
  if constexpr (I == 1) {
    WEIR_STORE_CHANGED(pinned_r1, m.r[I], before.r[I]);
  } else if constexpr (I == 2) {
    WEIR_STORE_CHANGED(pinned_r2, m.r[I], before.r[I]);
  } else {
    WEIR_STORE_CHANGED(pinned_r3, m.r[I], before.r[I]);
  }
}

template <std::size_t>
using FloatArgument = Vec;

// I counts the integer registers behind r0.
template <class Ints, class Floats>
struct SiblingCalls;

template <std::size_t... I, std::size_t... F>
struct SiblingCalls<std::index_sequence<I...>, std::index_sequence<F...>> {
  using Handler = void (*)(Word const*, std::uint64_t*, runtime::InstanceContext*, std::int64_t, std::uint64_t,
                           FloatArgument<F>...);

  template <class Body>
  static void handler(Word const* ip, std::uint64_t* frame, runtime::InstanceContext* context, std::int64_t budget,
                      std::uint64_t r0, FloatArgument<F>... f) {
    Machine const before{ip, frame, pinned_memory, context, pinned_loop, budget, {r0, pinned<I + 1>()...}, {f...}};
    Machine m = before;
    return finish<Body>(m, before);
  }

  // Of two cells, one behind the other.
  template <class First, class Second>
  static void pair_handler(Word const* ip, std::uint64_t* frame, runtime::InstanceContext* context, std::int64_t budget,
                           std::uint64_t r0, FloatArgument<F>... f) {
    Machine const before{ip, frame, pinned_memory, context, pinned_loop, budget, {r0, pinned<I + 1>()...}, {f...}};
    Machine m = before;
    if constexpr (First::ending == Ending::branch) {
      if (First::taken(m)) {
        return take<First>(m, before);
      }
      m.ip = First::next(m);
    } else {
      Word const* const next = First::run(m);
      if (next != First::next(m)) [[unlikely]] {
        return go(next, m, before);
      }
      m.ip = next;
    }
    return finish<Second>(m, before);
  }

  template <class Branch>
  WEIR_INLINE void take(Machine& m, Machine const& before) {
    if (charge(m, Branch::fuel(m))) [[unlikely]] {
      return go(expired(m, Branch::target(m)), m, before);
    }
    Word const* target = Branch::target(m);
    asm volatile("" : "+r"(target)); // keeps the two jumps apart
    return go(target, m, before);
  }

  template <class Body>
  WEIR_INLINE void finish(Machine& m, Machine const& before) {
    if constexpr (Body::ending == Ending::branch) {
      if (Body::taken(m)) {
        return take<Body>(m, before);
      }
      return go(Body::next(m), m, before);
    } else if constexpr (Body::ending == Ending::leave) {
      Body::leave(m);
    } else {
      return go(Body::run(m), m, before);
    }
  }

  WEIR_INLINE void go(Word const* ip, Machine const& m, Machine const& before) {
    WEIR_STORE_CHANGED(pinned_memory, m.memory, before.memory);
    WEIR_STORE_CHANGED(pinned_loop, m.loop, before.loop);
    (pin<I + 1>(m, before), ...);
    return reinterpret_cast<Handler>(*ip)(ip, m.frame, m.context, m.budget, m.r[0], m.f[F]...);
  }

  // For its caller the pinned registers are as any others, which a call preserves.
  [[gnu::noinline]] static void start(Word const* first, std::uint64_t* frame, runtime::InstanceContext* context,
                                      Word const* back, std::int64_t budget) noexcept {
    auto* const memory = pinned_memory;
    auto const* const loop = pinned_loop;
    std::uint64_t const r1 = pinned_r1;
    std::uint64_t const r2 = pinned_r2;
    std::uint64_t const r3 = pinned_r3;
    pinned_memory = context->memory_base;
    pinned_loop = back;
    reinterpret_cast<Handler>(*first)(first, frame, context, budget, 0, FloatArgument<F>{}...);
    pinned_memory = memory;
    pinned_loop = loop;
    pinned_r1 = r1;
    pinned_r2 = r2;
    pinned_r3 = r3;
  }
};

// Handlers are not noexcept: out of such a function no call becomes a jump. Nothing in them throws.
using Tail =
    SiblingCalls<std::make_index_sequence<code::int_registers - 1>, std::make_index_sequence<code::float_registers>>;

#undef WEIR_STORE_CHANGED

} // namespace weir::execute
