// Prologue, returns, calls, br_table, traps. The protocol stands in code/frame.hpp.
#pragma once

#include <utility>

#include "code/frame.hpp"
#include "execute/calls.hpp"
#include "execute/machine.hpp"

namespace weir::execute::control {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

using code::link_slots;

// The i-th of the slot numbers that are packed in a word. Each is loaded by itself: that is less than to load the word
// and take it apart.
WEIR_INLINE U16 packed(Word const* word, int i) noexcept {
  U16 slot = 0;
  std::memcpy(&slot, reinterpret_cast<char const*>(word) + 2 * i, sizeof slot);
  return slot;
}

WEIR_INLINE void save_float(std::uint64_t* slots, Vec value) noexcept { std::memcpy(slots, &value, sizeof value); }
WEIR_INLINE Vec saved_float(std::uint64_t const* slots) noexcept {
  Vec value;
  std::memcpy(&value, slots, sizeof value);
  return value;
}

WEIR_INLINE void zero_slots(std::uint64_t* slots, U32 count) noexcept {
  // Not memset: a call would cost the handler its frameless form.
  for (U32 i = 0; i < count; ++i) {
    slots[i] = 0;
    asm volatile("" : "+r"(i));
  }
}

// enter "N- M- Z- Ka Kb Kx"
template <int Form>
struct Enter : Cell<Op::enter, Form> {
  using C = Cell<Op::enter, Form>;
  static constexpr int ints = place<C::template at<0>>.number;
  static constexpr int floats = place<C::template at<1>>.number;
  static constexpr int zeros = place<C::template at<2>>.number;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    U64 const end = m.ip[4];
    if (reinterpret_cast<std::uintptr_t>(m.frame) + end * sizeof(U64) >
        reinterpret_cast<std::uintptr_t>(m.context->stack_limit)) [[unlikely]] {
      return exits(m).exhausted;
    }
    U64* const link = m.frame + code::link_slot;
    link[0] = reinterpret_cast<U64>(m.loop);
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((link[link_slots + I] = m.r[code::int_temporaries + I]), ...);
    }(std::make_integer_sequence<int, ints>{});
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (save_float(link + link_slots + ints + 2 * I, m.f[code::float_temporaries + I]), ...);
    }(std::make_integer_sequence<int, floats>{});
    U64* const first = m.frame + field<C::template at<3>>(m);
    if constexpr (zeros == 3) {
      zero_slots(first, field<C::template at<4>>(m));
    } else {
      for (int i = 0; i < zeros; ++i) {
        first[i] = 0;
      }
    }
    Word const* const int_slots = m.ip + 2; // field x
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((m.r[code::int_temporaries + I] = m.frame[packed(int_slots, I)]), ...);
    }(std::make_integer_sequence<int, ints>{});
    Word const* const float_slots = m.ip + 3;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((m.f[code::float_temporaries + I] = with_lane(Vec{}, std::bit_cast<double>(m.frame[packed(float_slots, I)]))),
       ...);
    }(std::make_integer_sequence<int, floats>{});
    return next(m);
  }

  WEIR_INLINE Word const* next(Machine const& m) noexcept { return m.ip + code::enter_words; }
};

// leave0 "N- M- Kb", leave1_int "N- M- Jt Kd Kb", leave1_float "N- M- Fa Kd Kb", leave_n "N- M- Kd Kb Kx"
template <Op O, int Form>
struct Leave : Cell<O, Form> {
  using C = Cell<O, Form>;
  static constexpr int ints = place<C::template at<0>>.number;
  static constexpr int floats = place<C::template at<1>>.number;
  static constexpr int fuel_operand = O == Op::leave0 ? 2 : O == Op::leave_n ? 3 : 4;

  WEIR_INLINE void write_results(Machine& m) noexcept {
    if constexpr (O == Op::leave1_int) {
      m.r[0] = get<C::template at<2>, U64>(m);
      m.frame[field<C::template at<3>>(m)] = m.r[0];
    } else if constexpr (O == Op::leave1_float) {
      m.f[0] = get_vec<C::template at<2>, double>(m);
      m.frame[field<C::template at<3>>(m)] = std::bit_cast<VecBits>(m.f[0])[0];
    } else if constexpr (O == Op::leave_n) {
      U64 const source = field<C::template at<4>>(m);
      std::memmove(m.frame + field<C::template at<2>>(m), m.frame + static_cast<U32>(source),
                   (source >> 32) * sizeof(U64));
    }
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    std::int64_t const fuel = field<C::template at<fuel_operand>>(m);
    if (charge(m, fuel)) [[unlikely]] {
      return retry(m, fuel);
    }
    // Results may overwrite the link and the saved pins, and pins may be results.
    U64 const* const link = m.frame + code::link_slot;
    auto const* const back = reinterpret_cast<Word const*>(link[0]);
    U64 int_pins[code::int_pins + 1];
    Vec float_pins[code::float_pins + 1];
    for (int i = 0; i < ints; ++i) {
      int_pins[i] = link[static_cast<int>(link_slots) + i];
    }
    for (int i = 0; i < floats; ++i) {
      float_pins[i] = saved_float(link + static_cast<int>(link_slots) + ints + 2 * i);
    }
    write_results(m);
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((m.r[code::int_temporaries + I] = int_pins[I]), ...);
    }(std::make_integer_sequence<int, ints>{});
    [&]<int... I>(std::integer_sequence<int, I...>) {
      ((m.f[code::float_temporaries + I] = float_pins[I]), ...);
    }(std::make_integer_sequence<int, floats>{});
    m.frame -= code::field_b(back - code::call_words);
    return back;
  }
};

// call_import "Kb Kd Kx", call_indirect "Ia Kb Kd Kx"
template <Op O, int Form>
struct CallAny : Cell<O, Form> {
  using C = Cell<O, Form>;
  static_assert(C::words == code::call_words);

  // A call within the instance needs nothing else; for all others there is an exit.
  WEIR_INLINE Word const* go(Machine& m, runtime::Function* function) noexcept {
    if (function->context != m.context) [[unlikely]] {
      m.context->stopped_at = m.ip;
      m.context->callee = function;
      return exits(m).call;
    }
    m.frame += code::field_b(m.ip);
    m.loop = m.ip + 2 * code::call_words;
    return function->entry;
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    constexpr int first = O == Op::call_indirect ? 1 : 0;
    std::int64_t const fuel = field<C::template at<first + 1>>(m);
    if (charge(m, fuel)) [[unlikely]] {
      return retry(m, fuel);
    }
    U64 const callee = field<C::template at<first + 2>>(m);
    if constexpr (O == Op::call_import) {
      return go(m, m.context->functions[callee]);
    } else {
      auto const& elements = m.context->tables[static_cast<U32>(callee)]->elements;
      U32 const index = get<C::template at<0>, U32>(m);
      if (index >= elements.size()) [[unlikely]] {
        return trap(m, TrapReason::undefined_element);
      }
      auto* const function = function_of(elements[index]);
      if (function == nullptr) [[unlikely]] {
        return trap(m, TrapReason::uninitialized_element);
      }
      if (function->type_id != static_cast<U32>(callee >> 32)) [[unlikely]] {
        return trap(m, TrapReason::indirect_call_type_mismatch);
      }
      return go(m, function);
    }
  }
};

// The first cell of a function that was not translated yet. Where translation fails the trap is the caller's.
[[gnu::noinline]] TrapReason translate(runtime::InstanceContext& context, code::FunctionRecord& record) noexcept;

// Goes back to the calling cell, as far as the frame and the context are concerned.
WEIR_INLINE void back_to_caller(Machine& m) noexcept {
  m.ip = m.loop - code::call_words;
  auto& stack = m.context->execution->context_stack;
  Word const restore = *m.loop;
  if (!stack.empty() && restore == exits(m).restore_context) {
    switch_context(m, stack.back());
    stack.pop_back();
  }
  m.frame -= code::field_b(m.ip);
}

template <Op O, int Form>
struct Control : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (O == Op::unreachable) {
      return trap(m, TrapReason::unreachable);
    } else if constexpr (O == Op::trap) {
      return trap(m, static_cast<TrapReason>(field<C::template at<0>>(m)));
    } else if constexpr (O == Op::translate) {
      auto& function = *m.context->functions[field<C::template at<0>>(m)];
      TrapReason const reason = translate(*m.context, *function.record);
      if (reason != TrapReason::none) [[unlikely]] {
        back_to_caller(m);
        return trap(m, reason);
      }
      function.entry = function.record->entry.load(std::memory_order_acquire);
      return function.entry;
    } else if constexpr (O == Op::call) {
      std::int64_t const fuel = field<C::template at<1>>(m);
      if (charge(m, fuel)) [[unlikely]] {
        return retry(m, fuel);
      }
      Word const* const next = reinterpret_cast<code::FunctionRecord const*>(field<C::template at<3>>(m))
                                   ->entry.load(std::memory_order_acquire);
      m.frame += field<C::template at<0>>(m);
      m.loop = C::next(m);
      return next;
    } else if constexpr (O == Op::restore_context) {
      auto& stack = m.context->execution->context_stack;
      switch_context(m, stack.back());
      stack.pop_back();
      return C::next(m);
    } else if constexpr (O == Op::consume) {
      return charge(m, static_cast<std::int32_t>(field<C::template at<0>>(m))) ? expired(m, C::next(m)) : C::next(m);
    } else if constexpr (O == Op::set_loop) {
      m.loop = C::next(m);
      return m.loop;
    } else {
      static_assert(O == Op::br_table);
      U32 const most = field<C::template at<1>>(m);
      U32 const index = get<C::template at<0>, U32>(m);
      Word const entry = C::next(m)[index < most ? index : most];
      auto const* const next = reinterpret_cast<Word const*>(reinterpret_cast<char const*>(m.ip) +
                                                             static_cast<std::int32_t>(static_cast<U32>(entry)));
      return charge(m, static_cast<std::int32_t>(entry >> 32)) ? expired(m, next) : next;
    }
  }
};

// `stop`: the rest of the machine's state is in memory already.
template <Op O, int Form>
struct Stop : Cell<O, Form> {
  static constexpr Ending ending = Ending::leave;

  WEIR_INLINE void leave(Machine const& m) noexcept { m.context->budget = m.budget; }
};

template <Op O>
constexpr bool is_leave = O == Op::leave0 || O == Op::leave1_int || O == Op::leave1_float || O == Op::leave_n;
template <Op O>
constexpr bool is_call_any = O == Op::call_import || O == Op::call_indirect;

template <Op O, int Form>
struct Choose {
  using Type = Control<O, Form>;
};
template <int Form>
struct Choose<Op::enter, Form> {
  using Type = Enter<Form>;
};
template <int Form>
struct Choose<Op::stop, Form> {
  using Type = Stop<Op::stop, Form>;
};
template <Op O, int Form>
  requires(is_leave<O>)
struct Choose<O, Form> {
  using Type = Leave<O, Form>;
};
template <Op O, int Form>
  requires(is_call_any<O>)
struct Choose<O, Form> {
  using Type = CallAny<O, Form>;
};

template <Op O, int Form>
struct Body : Choose<O, Form>::Type {};

// The exits that are no operations of translated code.

struct TrapExit {
  static constexpr Ending ending = Ending::leave;

  WEIR_INLINE void leave(Machine const& m) noexcept {
    m.context->budget = m.budget;
    auto& trap = m.context->execution->trap;
    trap.reason = static_cast<TrapReason>(m.ip[1]);
    trap.ip = m.context->stopped_at;
    trap.frame = m.frame;
    trap.context = m.context;
    // One by one: a copy of the whole would have the machine lie in memory.
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((trap.int_registers[I] = m.r[I]), ...);
    }(std::make_index_sequence<code::int_registers>{});
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((trap.float_registers[I] = std::bit_cast<runtime::FloatBits>(m.f[I])), ...);
    }(std::make_index_sequence<code::float_registers>{});
  }
};

[[gnu::noinline]] TrapReason ask_for_budget(runtime::InstanceContext& context) noexcept;

struct Expired {
  static constexpr Ending ending = Ending::run;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    TrapReason const reason = with_budget(m, [&] { return ask_for_budget(*m.context); });
    if (reason != TrapReason::none) [[unlikely]] {
      return exits(m).trap[static_cast<std::size_t>(reason)];
    }
    return m.context->resume;
  }
};

struct Retry {
  static constexpr Ending ending = Ending::run;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    TrapReason const reason = with_budget(m, [&] { return ask_for_budget(*m.context); });
    if (reason != TrapReason::none) [[unlikely]] {
      return exits(m).trap[static_cast<std::size_t>(reason)];
    }
    m.budget += m.context->charge;
    return m.context->stopped_at;
  }
};

struct CallExit {
  static constexpr Ending ending = Ending::run;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    m.ip = m.context->stopped_at;
    return call_any(m, m.context->callee);
  }
};

struct Exhausted {
  static constexpr Ending ending = Ending::run;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    back_to_caller(m);
    return trap(m, TrapReason::call_stack_exhausted);
  }
};

} // namespace weir::execute::control
