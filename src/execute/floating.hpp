// Floating-point arithmetic and comparisons.
#pragma once

#include "execute/machine.hpp"
#include "wasm/numerics.hpp"

namespace weir::execute::floating {

namespace numerics = wasm::numerics;

enum class Kind : std::uint8_t { binary, unary, compare };

template <Op O>
struct Semantics;

#define WEIR_FLOATING(kind_, name, type)           \
  template <>                                      \
  struct Semantics<Op::name> {                     \
    using Type = type;                             \
    static constexpr Kind kind = Kind::kind_;      \
    template <class... T>                          \
    WEIR_INLINE auto apply(T... values) noexcept { \
      return numerics::name(values...);            \
    }                                              \
  };
#define WEIR_BOTH(kind, name) WEIR_FLOATING(kind, f32_##name, float) WEIR_FLOATING(kind, f64_##name, double)

WEIR_BOTH(binary, add)
WEIR_BOTH(binary, sub)
WEIR_BOTH(binary, mul)
WEIR_BOTH(binary, div)
WEIR_BOTH(binary, min)
WEIR_BOTH(binary, max)
WEIR_BOTH(binary, copysign)
WEIR_BOTH(unary, abs)
WEIR_BOTH(unary, neg)
WEIR_BOTH(unary, ceil)
WEIR_BOTH(unary, floor)
WEIR_BOTH(unary, trunc)
WEIR_BOTH(unary, nearest)
WEIR_BOTH(unary, sqrt)
WEIR_BOTH(compare, eq)
WEIR_BOTH(compare, ne)
WEIR_BOTH(compare, lt)
WEIR_BOTH(compare, le)

#undef WEIR_BOTH
#undef WEIR_FLOATING

// d = d + a * b, d = d - a * b
template <Op O, int Form>
struct MultiplyAdd : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    double const product =
        numerics::f64_mul(get_float<C::template at<1>, double>(m), get_float<C::template at<2>, double>(m));
    Vec const d = get_vec<C::template at<0>, double>(m);
    double const sum = O == Op::f64_add_mul ? numerics::f64_add(lane<double>(d), product)
                                            : numerics::f64_sub(lane<double>(d), product);
    set_vec<C::template at<0>, double>(m, with_lane(d, sum));
    return C::next(m);
  }
};

template <Op O, int Form>
struct Simple : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  using T = typename S::Type;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (S::kind == Kind::compare) {
      set<C::template at<0>>(m, S::apply(get_float<C::template at<1>, T>(m), get_float<C::template at<2>, T>(m)));
    } else {
      Vec const a = get_vec<C::template at<1>, T>(m);
      if constexpr (S::kind == Kind::unary) {
        set_vec<C::template at<0>, T>(m, with_lane(a, S::apply(lane<T>(a))));
      } else {
        set_vec<C::template at<0>, T>(m, with_lane(a, S::apply(lane<T>(a), get_float<C::template at<2>, T>(m))));
      }
    }
    return C::next(m);
  }
};

template <Op O, int Form>
struct Body : std::conditional_t<O == Op::f64_add_mul || O == Op::f64_sub_mul, MultiplyAdd<O, Form>, Simple<O, Form>> {
};

} // namespace weir::execute::floating
