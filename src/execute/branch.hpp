// Conditional and unconditional branches. The charge is made where a branch is taken.
#pragma once

#include "execute/machine.hpp"
#include "wasm/numerics.hpp"

namespace weir::execute::branch {

namespace numerics = wasm::numerics;

template <Op O>
struct Semantics;

#define WEIR_CONDITION(name, type, expression)                             \
  template <>                                                              \
  struct Semantics<Op::name> {                                             \
    using Type = type;                                                     \
    WEIR_INLINE bool apply(type a, type b) noexcept { return expression; } \
  };
#define WEIR_INTEGER(type, width, name) WEIR_CONDITION(br_##width##_##name, type, (numerics::width##_##name(a, b)))
#define WEIR_BOTH(name) WEIR_INTEGER(std::uint32_t, i32, name) WEIR_INTEGER(std::uint64_t, i64, name)

WEIR_CONDITION(br_add_ne, std::uint32_t, a != b)
WEIR_CONDITION(br_add_lt_s, std::uint32_t, (numerics::i32_lt_s(a, b)))
WEIR_CONDITION(br_add_lt_u, std::uint32_t, a < b)
WEIR_BOTH(eq)
WEIR_BOTH(ne)
WEIR_BOTH(lt_s)
WEIR_BOTH(lt_u)
WEIR_BOTH(gt_s)
WEIR_BOTH(gt_u)
WEIR_BOTH(le_s)
WEIR_BOTH(le_u)
WEIR_BOTH(ge_s)
WEIR_BOTH(ge_u)
WEIR_CONDITION(br_i32_test, std::uint32_t, (a & b) != 0)
WEIR_CONDITION(br_i32_test_not, std::uint32_t, (a & b) == 0)
WEIR_CONDITION(br_f64_eq, double, a == b)
WEIR_CONDITION(br_f64_ne, double, !(a == b))
WEIR_CONDITION(br_f64_lt, double, a < b)
WEIR_CONDITION(br_f64_le, double, a <= b)
WEIR_CONDITION(br_f64_not_lt, double, !(a < b))
WEIR_CONDITION(br_f64_not_le, double, !(a <= b))

#undef WEIR_BOTH
#undef WEIR_INTEGER
#undef WEIR_CONDITION

// Where branches go.
template <bool ToLoop>
struct ToLabelOf {
  WEIR_INLINE std::int64_t fuel(Machine const& m) noexcept { return code::field_e(m.ip); }

  WEIR_INLINE Word const* target(Machine const& m) noexcept {
    if constexpr (ToLoop) {
      return m.loop;
    }
    return reinterpret_cast<Word const*>(reinterpret_cast<char const*>(m.ip) + code::field_t(m.ip));
  }
};

// Operand 0 is L, the last two are t and e.
template <Op O, int Form>
struct ToLabel : Cell<O, Form>, ToLabelOf<place<Cell<O, Form>::template at<0>>.number != 0> {
  static constexpr Ending ending = Ending::branch;
};

template <Op O, int Form>
struct Conditional : ToLabel<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE bool taken(Machine const& m) noexcept {
    if constexpr (O == Op::br_if) {
      return get<C::template at<1>, std::uint32_t>(m) != 0;
    } else if constexpr (O == Op::br_unless) {
      return get<C::template at<1>, std::uint32_t>(m) == 0;
    } else {
      using T = typename Semantics<O>::Type;
      if constexpr (std::is_floating_point_v<T>) {
        return Semantics<O>::apply(get_float<C::template at<1>, T>(m), get_float<C::template at<2>, T>(m));
      } else {
        return Semantics<O>::apply(get<C::template at<1>, T>(m), get<C::template at<2>, T>(m));
      }
    }
  }
};

// Adds d to a, then looks at a.
template <Op O, int Form>
struct AddConditional : ToLabel<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE bool taken(Machine& m) noexcept {
    std::uint32_t const sum = get<C::template at<1>, std::uint32_t>(m) + get<C::template at<2>, std::uint32_t>(m);
    set<C::template at<1>>(m, sum);
    if constexpr (O == Op::br_add_nonzero) {
      return sum != 0;
    } else {
      return Semantics<O>::apply(sum, get<C::template at<3>, std::uint32_t>(m));
    }
  }
};

template <Op O, int Form>
struct Unconditional : ToLabel<O, Form> {
  WEIR_INLINE bool taken(Machine const&) noexcept { return true; }
};

template <Op O, int Form>
struct Body : Conditional<O, Form> {};
template <int Form>
struct Body<Op::br, Form> : Unconditional<Op::br, Form> {};
template <Op O, int Form>
  requires(O == Op::br_add_nonzero || O == Op::br_add_ne || O == Op::br_add_lt_s || O == Op::br_add_lt_u)
struct Body<O, Form> : AddConditional<O, Form> {};

} // namespace weir::execute::branch
