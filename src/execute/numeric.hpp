// Integer arithmetic and comparisons.
#pragma once

#include "execute/machine.hpp"
#include "wasm/numerics.hpp"

namespace weir::execute::numeric {

namespace numerics = wasm::numerics;

template <Op O>
struct Semantics;

#define WEIR_BINARY(name, type)                                                      \
  template <>                                                                        \
  struct Semantics<Op::name> {                                                       \
    using Type = type;                                                               \
    static constexpr bool may_trap = false;                                          \
    WEIR_INLINE auto apply(type a, type b) noexcept { return numerics::name(a, b); } \
  };
#define WEIR_TRAPPING(name, type)                                                                                \
  template <>                                                                                                    \
  struct Semantics<Op::name> {                                                                                   \
    using Type = type;                                                                                           \
    static constexpr bool may_trap = true;                                                                       \
    WEIR_INLINE TrapReason apply(type a, type b, type& result) noexcept { return numerics::name(a, b, result); } \
  };
#define WEIR_BOTH(M, name) M(i32_##name, std::uint32_t) M(i64_##name, std::uint64_t)

WEIR_BOTH(WEIR_BINARY, add)
WEIR_BOTH(WEIR_BINARY, sub)
WEIR_BOTH(WEIR_BINARY, mul)
WEIR_BOTH(WEIR_BINARY, and)
WEIR_BOTH(WEIR_BINARY, or)
WEIR_BOTH(WEIR_BINARY, xor)
WEIR_BOTH(WEIR_BINARY, shl)
WEIR_BOTH(WEIR_BINARY, shr_s)
WEIR_BOTH(WEIR_BINARY, shr_u)
WEIR_BOTH(WEIR_BINARY, rotl)
WEIR_BOTH(WEIR_BINARY, rotr)
WEIR_BOTH(WEIR_BINARY, eq)
WEIR_BOTH(WEIR_BINARY, ne)
WEIR_BOTH(WEIR_BINARY, lt_s)
WEIR_BOTH(WEIR_BINARY, lt_u)
WEIR_BOTH(WEIR_BINARY, gt_s)
WEIR_BOTH(WEIR_BINARY, gt_u)
WEIR_BOTH(WEIR_BINARY, le_s)
WEIR_BOTH(WEIR_BINARY, le_u)
WEIR_BOTH(WEIR_BINARY, ge_s)
WEIR_BOTH(WEIR_BINARY, ge_u)
WEIR_BOTH(WEIR_TRAPPING, div_s)
WEIR_BOTH(WEIR_TRAPPING, div_u)
WEIR_BOTH(WEIR_TRAPPING, rem_s)
WEIR_BOTH(WEIR_TRAPPING, rem_u)

#define WEIR_SHIFTED(width, type, operation, shift)                             \
  template <>                                                                   \
  struct Semantics<Op::width##_##operation##_##shift> {                         \
    using Type = type;                                                          \
    static constexpr bool may_trap = false;                                     \
    WEIR_INLINE type apply(type a, type b, type c) noexcept {                   \
      return numerics::width##_##operation(a, numerics::width##_##shift(b, c)); \
    }                                                                           \
  };

WEIR_SHIFTED(i32, std::uint32_t, add, shl)
WEIR_SHIFTED(i32, std::uint32_t, or, shl)
WEIR_SHIFTED(i32, std::uint32_t, xor, shl)
WEIR_SHIFTED(i32, std::uint32_t, xor, shr_u)
WEIR_SHIFTED(i32, std::uint32_t, xor, rotl)
WEIR_SHIFTED(i64, std::uint64_t, xor, shl)
WEIR_SHIFTED(i64, std::uint64_t, xor, shr_u)
WEIR_SHIFTED(i64, std::uint64_t, xor, rotl)

#define WEIR_MERGED(name, expression)                                              \
  template <>                                                                      \
  struct Semantics<Op::name> {                                                     \
    using Type = std::uint32_t;                                                    \
    static constexpr bool may_trap = false;                                        \
    WEIR_INLINE Type apply(Type a, Type b, Type c) noexcept { return expression; } \
  };

WEIR_MERGED(i32_xor_mul, (a ^ b) * c)
WEIR_MERGED(i32_shr_u_and, numerics::i32_shr_u(a, c) & b)
WEIR_MERGED(i32_and_shl, numerics::i32_shl(a& b, c))

#define WEIR_CONSTANT(name) \
  template <>               \
  struct Semantics<Op::name##_const> : Semantics<Op::name> {};

WEIR_CONSTANT(i64_add)
WEIR_CONSTANT(i64_mul)
WEIR_CONSTANT(i64_and)
WEIR_CONSTANT(i64_xor)

#undef WEIR_CONSTANT
#undef WEIR_MERGED
#undef WEIR_SHIFTED
#undef WEIR_BOTH
#undef WEIR_TRAPPING
#undef WEIR_BINARY

template <Op O, int Form>
struct Body : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  using T = typename S::Type;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    T const a = get<C::template at<1>, T>(m);
    T const b = get<C::template at<2>, T>(m);
    if constexpr (S::may_trap) {
      T result = 0;
      if (TrapReason const reason = S::apply(a, b, result); reason != TrapReason::none) [[unlikely]] {
        return trap(m, reason);
      }
      set<C::template at<0>>(m, result);
    } else if constexpr (shape<O>.count == 4) {
      set<C::template at<0>>(m, S::apply(a, b, static_cast<T>(field<C::template at<3>>(m))));
    } else {
      set<C::template at<0>>(m, S::apply(a, b));
    }
    return C::next(m);
  }
};

} // namespace weir::execute::numeric
