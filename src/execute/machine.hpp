// The machine as the bodies of handlers see it, and how they reach their operands.
//
// A body is a template over (operation, form) with
//
//   static constexpr Ending ending           run, and
//   static Word const* run(Machine&)         the next cell;
//   or branch, and
//   static bool taken(Machine&), and if so static std::int64_t fuel(Machine const&), its charge, and
//   static Word const* target(Machine const&), else next();
//   or leave, and
//   static void leave(Machine const&)
//
// It reads operands through get and leaves results through set, and never does arithmetic on `ip` itself: so
// the same bodies serve both dispatch backends. Everything in it is inlined into the handler; what needs a call of
// some size is a function of scalars, so that the machine's members stay in registers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <weir/error.hpp>

#include "code/cell.hpp"
#include "code/ops.hpp"
#include "code/registers.hpp"
#include "execute/dispatch_start.hpp"
#include "runtime/context.hpp"

namespace weir::execute {

static_assert(std::endian::native == std::endian::little, "linear memory is accessed as it lies");

using code::At;
using code::Op;
using code::OpForm;

// As Vec is.
using VecF32 = float __attribute__((vector_size(16)));
using VecBits = std::uint64_t __attribute__((vector_size(16)));

// What each member is for stands in code/frame.hpp (frame, loop, registers) and runtime/context.hpp.
struct Machine {
  Word const* ip;
  std::uint64_t* frame;
  std::uint8_t* memory; // context->memory_base
  runtime::InstanceContext* context;
  Word const* loop;
  std::int64_t budget; // context->budget is it only while other code than handlers runs
  std::uint64_t r[code::int_registers];
  Vec f[code::float_registers];
};

// What a body is: one cell after which another comes; a branch, whose two ways have a jump each, so that the processor
// predicts them apart; or the interpreter is left.
enum class Ending : std::uint8_t { run, branch, leave };

#define WEIR_INLINE [[gnu::always_inline]] static inline

// Handlers of cells that belong to no function: see Exits.
struct ExitHandlers {
  Word trap = 0;
  Word expired = 0;
  Word retry = 0;
  Word call = 0;
  Word exhausted = 0;
  Word copy = 0;
  Word fill = 0;
};

WEIR_INLINE Exits const& exits(Machine const& m) noexcept { return *reinterpret_cast<Exits const*>(m.context->exits); }

// Leaves the guest: registers, frame and context are as they were before the cell.
WEIR_INLINE Word const* trap(Machine const& m, TrapReason reason) noexcept {
  m.context->stopped_at = m.ip;
  return exits(m).trap[static_cast<std::size_t>(reason)];
}

// Takes the charge from the budget. True when the budget is used up.
WEIR_INLINE bool charge(Machine& m, std::int64_t fuel) noexcept { return (m.budget -= fuel) < 0; }

// Runs what wants the budget in the context, or may change it there.
template <class Call>
WEIR_INLINE auto with_budget(Machine& m, Call call) noexcept {
  m.context->budget = m.budget;
  auto const result = call();
  m.budget = m.context->budget;
  return result;
}

// After a charge: the way to `next` leads past the engine, which may stop the guest as if at this cell. The cell
// changes nothing but registers.
WEIR_INLINE Word const* expired(Machine const& m, Word const* next) noexcept {
  m.context->stopped_at = m.ip;
  m.context->resume = next;
  return exits(m).expired;
}

// The same for a cell that changes more, and has not yet: it comes again if the guest may go on.
WEIR_INLINE Word const* retry(Machine const& m, std::int64_t fuel) noexcept {
  m.context->stopped_at = m.ip;
  m.context->charge = fuel;
  return exits(m).retry;
}

template <class T>
WEIR_INLINE T lane(Vec const& vector) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<VecF32>(vector)[0];
  } else {
    return vector[0];
  }
}

// The vector with its lowest lane replaced: so that scalar arithmetic stays scalar.
WEIR_INLINE Vec with_lane(Vec vector, double value) noexcept {
  vector[0] = value;
  return vector;
}
WEIR_INLINE Vec with_lane(Vec vector, float value) noexcept {
  auto floats = std::bit_cast<VecF32>(vector);
  floats[0] = value;
  return std::bit_cast<Vec>(floats);
}

template <Op O>
inline constexpr code::Shape shape = code::shape_of(O);

// The number in an operand's field. This and what follows depend on nothing but where the operand is: handlers share
// these functions, for compilers take long to make some of each handler's own.
template <At Where>
WEIR_INLINE auto field(Machine const& m) noexcept {
  constexpr char letter = code::field_of(Where);
  if constexpr (letter == 'd') {
    return code::field_d(m.ip);
  } else if constexpr (letter == 'a') {
    return code::field_a(m.ip);
  } else if constexpr (letter == 'b') {
    return code::field_b(m.ip);
  } else if constexpr (letter == 't') {
    return static_cast<std::uint32_t>(code::field_t(m.ip));
  } else if constexpr (letter == 'c') {
    return code::field_c(m.ip);
  } else if constexpr (letter == 'e') {
    return code::field_e(m.ip);
  } else {
    static_assert(letter == 'x');
    return code::field_x(m.ip);
  }
}

template <At Where>
inline constexpr code::Place place = code::place_of(Where);

template <At Where>
WEIR_INLINE std::uint64_t* slot(Machine const& m) noexcept {
  return m.frame + field<Where>(m);
}

// An integer source.
template <At Where, class T>
WEIR_INLINE T get(Machine const& m) noexcept {
  using Kind = code::Operand::Kind;
  if constexpr (place<Where>.kind == Kind::slot) {
    T value;
    std::memcpy(&value, slot<Where>(m), sizeof value);
    return value;
  } else if constexpr (place<Where>.kind == Kind::immediate) {
    // As wide as its field, and sign-extended.
    return static_cast<T>(std::int64_t{static_cast<std::make_signed_t<decltype(field<Where>(m))>>(field<Where>(m))});
  } else {
    static_assert(place<Where>.kind == Kind::int_register);
    return static_cast<T>(m.r[place<Where>.number]);
  }
}

// An integer destination. What goes to a slot is in the temporary too (code/encoder.hpp). Results of 32 bits
// and truth values are zero-extended.
template <At Where, class T>
WEIR_INLINE void set(Machine& m, T value) noexcept {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (place<Where>.kind == code::Operand::Kind::slot) {
    *slot<Where>(m) = value;
    m.r[0] = value;
  } else {
    static_assert(place<Where>.kind == code::Operand::Kind::int_register);
    m.r[place<Where>.number] = value;
  }
}

template <At Where, class T>
WEIR_INLINE T get_float(Machine const& m) noexcept {
  if constexpr (place<Where>.kind == code::Operand::Kind::slot) {
    T value;
    std::memcpy(&value, slot<Where>(m), sizeof value);
    return value;
  } else {
    return lane<T>(m.f[place<Where>.number]);
  }
}

// A float source as a vector whose lowest lane is the value.
template <At Where, class T>
WEIR_INLINE Vec get_vec(Machine const& m) noexcept {
  if constexpr (place<Where>.kind == code::Operand::Kind::slot) {
    return with_lane(Vec{}, get_float<Where, T>(m));
  } else {
    static_assert(place<Where>.kind == code::Operand::Kind::float_register);
    return m.f[place<Where>.number];
  }
}

// A float destination. A register takes the vector's upper lanes along; they mean nothing.
template <At Where, class T>
WEIR_INLINE void set_vec(Machine& m, Vec value) noexcept {
  if constexpr (place<Where>.kind == code::Operand::Kind::slot) {
    if constexpr (std::is_same_v<T, float>) {
      *slot<Where>(m) = std::bit_cast<std::uint32_t>(lane<float>(value));
    } else {
      *slot<Where>(m) = std::bit_cast<VecBits>(value)[0];
    }
    m.f[0] = value;
  } else {
    static_assert(place<Where>.kind == code::Operand::Kind::float_register);
    m.f[place<Where>.number] = value;
  }
}

template <At Where, class T>
WEIR_INLINE void set_float(Machine& m, T value) noexcept {
  set_vec<Where, T>(m, with_lane(Vec{}, value));
}

// A cell of so many words.
template <int Words>
struct CellOf {
  static constexpr Ending ending = Ending::run;
  static constexpr int words = Words;

  // The cell behind this one.
  WEIR_INLINE Word const* next(Machine const& m) noexcept { return m.ip + Words; }
};

// One handler's operands: its operation's form says where each of them is.
template <code::Layout Where>
struct CellAt : CellOf<code::cell_words(Where)> {
  template <int I>
  static constexpr At at = code::at_in(Where, I);
};

template <Op O, int Form>
using Cell = CellAt<code::layout_of(O, Form)>;

} // namespace weir::execute
