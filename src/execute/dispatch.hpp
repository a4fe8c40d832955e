// The ways from cell to cell, and the tables of handlers.
//
// Tail calls: a handler ends by jumping to the next cell's handler; the machine's state is in the argument registers of
// clang's preserve_none convention (11 integer registers at the most), for g++ see dispatch_sibling.hpp. Loop: see
// loop.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "code/handler_table.hpp"
#include "code/sharing.hpp"
#include "execute/machine.hpp"
#include "platform/range_copy.hpp"

#ifdef WEIR_PRESERVE_NONE
#define WEIR_HAS_TAIL_CALLS 1
#elif defined(WEIR_SIBLING_CALLS) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && defined(__x86_64__)
#define WEIR_HAS_TAIL_CALLS 1
#include "execute/dispatch_sibling.hpp"
#endif
#ifndef WEIR_HAS_TAIL_CALLS
#define WEIR_HAS_TAIL_CALLS 0
#endif

namespace weir::execute {

inline constexpr bool has_tail_calls = WEIR_HAS_TAIL_CALLS == 1;

// Whoever counts operations wants to see each cell.
#ifdef WEIR_COUNT_OPS
inline constexpr bool has_pairs = false;
#else
inline constexpr bool has_pairs = has_tail_calls;
#endif

// Tells whoever counts operations of the cell that comes next: a build option, for it costs every handler a call.
WEIR_INLINE void tell_watcher([[maybe_unused]] Machine const& m, [[maybe_unused]] Word const* cell) noexcept {
#ifdef WEIR_COUNT_OPS
  if (auto const& execution = *m.context->execution; execution.watch != nullptr) {
    execution.watch(execution.watcher, cell);
  }
#endif
}

#ifdef WEIR_PRESERVE_NONE

template <class Ints, class Floats>
struct TailCalls;

template <std::size_t... I, std::size_t... F>
struct TailCalls<std::index_sequence<I...>, std::index_sequence<F...>> {
  using Handler = typename Start<std::index_sequence<I...>, std::index_sequence<F...>>::Handler;

#define WEIR_GO(cell)                                                                                           \
  Word const* const go = (cell);                                                                                \
  tell_watcher(m, go);                                                                                          \
  [[clang::musttail]] return reinterpret_cast<Handler>(*go)(go, m.frame, m.memory, m.context, m.loop, m.budget, \
                                                            m.r[I]..., m.f[F]...)
// The target is worked out behind the charge: so the cell's address needs no register of its own.
#define WEIR_BRANCH(Body)                                            \
  if (Body::taken(m)) {                                              \
    if (charge(m, Body::fuel(m))) [[unlikely]] {                     \
      WEIR_GO(expired(m, Body::target(m)));                          \
    }                                                                \
    Word const* target = Body::target(m);                            \
    asm volatile("" : "+r"(target)); /* keeps the two jumps apart */ \
    WEIR_GO(target);                                                 \
  }
#define WEIR_FINISH(Body)                               \
  if constexpr (Body::ending == Ending::branch) {       \
    WEIR_BRANCH(Body)                                   \
    WEIR_GO(Body::next(m));                             \
  } else if constexpr (Body::ending == Ending::leave) { \
    Body::leave(m);                                     \
  } else {                                              \
    WEIR_GO(Body::run(m));                              \
  }

#define WEIR_HANDLER(name, ...)                                                                                        \
  template <class Body>                                                                                                \
  __attribute__((preserve_none, __VA_ARGS__)) static void name(                                                        \
      Word const* ip, std::uint64_t* frame, std::uint8_t* memory, runtime::InstanceContext* context, Word const* loop, \
      std::int64_t budget, IntRegister<I>... r, FloatRegister<F>... f) {                                               \
    Machine m{ip, frame, memory, context, loop, budget, {r...}, {f...}};                                               \
    WEIR_FINISH(Body)                                                                                                  \
  }
  WEIR_HANDLER(handler, )
  WEIR_HANDLER(handler_with_units_of_32, WEIR_UNITS_OF_32)
  WEIR_HANDLER(handler_with_units_of_64, WEIR_UNITS_OF_64)
#undef WEIR_HANDLER

  // Of two cells, one behind the other.
  template <class First, class Second>
  __attribute__((preserve_none)) static void pair_handler(Word const* ip, std::uint64_t* frame, std::uint8_t* memory,
                                                          runtime::InstanceContext* context, Word const* loop,
                                                          std::int64_t budget, IntRegister<I>... r,
                                                          FloatRegister<F>... f) {
    Machine m{ip, frame, memory, context, loop, budget, {r...}, {f...}};
    if constexpr (First::ending == Ending::branch) {
      WEIR_BRANCH(First)
      m.ip = First::next(m);
    } else {
      Word const* const next = First::run(m);
      if (next != First::next(m)) [[unlikely]] {
        WEIR_GO(next);
      }
      m.ip = next;
    }
    WEIR_FINISH(Second)
  }
#undef WEIR_FINISH
#undef WEIR_BRANCH
#undef WEIR_GO
};

// Handlers are not noexcept: clang compiles no musttail call out of such a function. Nothing in them throws.
using Tail = TailCalls<std::make_index_sequence<code::int_registers>, std::make_index_sequence<code::float_registers>>;

#endif

// The forms of a family: which of them have a handler, and for all, in the table's order, which of these it is.
template <code::OpFamily Family>
struct FamilyForms {
  static constexpr auto count = static_cast<std::size_t>(code::family_forms(Family));
  static constexpr std::uint16_t never_written = 0xFFFF;

  std::array<OpForm, count> handlers{};
  std::size_t handler_count = 0;
  std::array<std::uint16_t, count> handler_of{};

  constexpr FamilyForms() noexcept {
    for_each([this](OpForm which, std::uint16_t& number) {
      if (code::has_own_handler(which)) {
        number = static_cast<std::uint16_t>(handler_count);
        handlers[handler_count++] = which;
      }
    });
    for_each([this](OpForm which, std::uint16_t& number) {
      if (code::is_out_of_order(which)) {
        number = never_written;
      } else if (OpForm const own = code::handler_of(which); own != which) {
        number = handler_of[code::form_bases[static_cast<std::size_t>(own.op)] + static_cast<std::size_t>(own.form)];
      }
    });
  }

  template <class Visit>
  constexpr void for_each(Visit visit) noexcept {
    std::size_t next = 0;
    for (std::size_t i = 0; i < code::op_count; ++i) {
      if (code::op_infos[i].family == Family) {
        int const forms = code::form_count(static_cast<Op>(i));
        for (int form = 0; form < forms; ++form) {
          visit({static_cast<Op>(i), form}, handler_of[next++]);
        }
      }
    }
  }
};
template <code::OpFamily Family>
inline constexpr FamilyForms<Family> family_forms{};

// The tables of one family: Body<O, Form> is its body template.
template <code::OpFamily Family, template <Op, int> class Body,
          class Sequence = std::make_index_sequence<family_forms<Family>.handler_count>>
struct FamilyTables;

template <code::OpFamily Family, template <Op, int> class Body, std::size_t... I>
struct FamilyTables<Family, Body, std::index_sequence<I...>> {
#if WEIR_HAS_TAIL_CALLS
  static constexpr auto forms = family_forms<Family>;
  // Null for a form that is never written.
  static inline constinit auto const tail = [] {
    Tail::Handler const handlers[] = {&Tail::handler<Body<forms.handlers[I].op, forms.handlers[I].form>>...};
    std::array<Tail::Handler, forms.count> all{};
    for (std::size_t i = 0; i < forms.count; ++i) {
      all[i] = forms.handler_of[i] == forms.never_written ? nullptr : handlers[forms.handler_of[i]];
    }
    return all;
  }();
#endif
};

// Handlers are read as words of code: a pointer has 64 bits here.
static_assert(sizeof(void (*)()) == sizeof(Word));

// The tail-call handlers of a family; null without tail calls.
template <code::OpFamily Family, template <Op, int> class Body>
Word const* family_table() noexcept {
#if WEIR_HAS_TAIL_CALLS
  return reinterpret_cast<Word const*>(FamilyTables<Family, Body>::tail.data());
#else
  return nullptr;
#endif
}

// The tail-call handlers of pairs, of which each has a handler<Tail>(); null without tail calls.
template <class... Pairs>
Word const* pair_handlers() noexcept {
#if WEIR_HAS_TAIL_CALLS
  static constinit Tail::Handler const all[] = {Pairs::template handler<Tail>()...};
  return reinterpret_cast<Word const*>(all);
#else
  return nullptr;
#endif
}

ExitHandlers tail_exits() noexcept;

// Whether handlers can be compiled for processors with larger vectors. Not by g++, which aligns its stack for these and
// takes a register for that which is set aside.
#ifdef WEIR_PRESERVE_NONE
inline constexpr bool has_handlers_with_units = true;
#else
inline constexpr bool has_handlers_with_units = false;
#endif

// The handler of a body that moves ranges in units of 32 or 64 bytes (platform/range_copy.hpp). Precondition:
// has_handlers_with_units.
template <class Body, std::uint64_t Unit>
Word tail_handler_with_units() noexcept {
#ifdef WEIR_PRESERVE_NONE
  if constexpr (Unit == 64) {
    return reinterpret_cast<Word>(&Tail::handler_with_units_of_64<Body>);
  } else {
    static_assert(Unit == 32);
    return reinterpret_cast<Word>(&Tail::handler_with_units_of_32<Body>);
  }
#else
  return 0;
#endif
}

// The tail-call handler of a body, as a word of code.
template <class Body>
Word tail_handler_of() noexcept {
#if WEIR_HAS_TAIL_CALLS
  return reinterpret_cast<Word>(&Tail::handler<Body>);
#else
  return 0;
#endif
}

// One in each family's file.
Word const* numeric_table() noexcept;
Word const* conversion_table() noexcept;
Word const* floating_table() noexcept;
Word const* memory_table() noexcept;
Word const* indexed_table() noexcept;
Word const* variable_table() noexcept;
Word const* control_table() noexcept;
Word const* branch_table() noexcept;
Word const* bulk_table() noexcept;

// Pairs with their tail-call handlers; none without tail calls, nor where operations are counted.
code::PairIndex tail_pairs() noexcept;

} // namespace weir::execute
