// Unary integer operations and conversions.
#pragma once

#include "execute/machine.hpp"
#include "wasm/numerics.hpp"

namespace weir::execute::conversion {

namespace numerics = wasm::numerics;

template <Op O>
struct Semantics;

#define WEIR_CONVERT(name, from, to)                                            \
  template <>                                                                   \
  struct Semantics<Op::name> {                                                  \
    using From = from;                                                          \
    using To = to;                                                              \
    static constexpr bool may_trap = false;                                     \
    WEIR_INLINE to apply(from value) noexcept { return numerics::name(value); } \
  };
#define WEIR_TRAPPING(name, from, to)                                                                       \
  template <>                                                                                               \
  struct Semantics<Op::name> {                                                                              \
    using From = from;                                                                                      \
    using To = to;                                                                                          \
    static constexpr bool may_trap = true;                                                                  \
    WEIR_INLINE TrapReason apply(from value, to& result) noexcept { return numerics::name(value, result); } \
  };

using U32 = std::uint32_t;
using U64 = std::uint64_t;

WEIR_CONVERT(i32_clz, U32, U32)
WEIR_CONVERT(i32_ctz, U32, U32)
WEIR_CONVERT(i32_popcnt, U32, U32)
WEIR_CONVERT(i64_clz, U64, U64)
WEIR_CONVERT(i64_ctz, U64, U64)
WEIR_CONVERT(i64_popcnt, U64, U64)
WEIR_CONVERT(i32_extend8_s, U32, U32)
WEIR_CONVERT(i32_extend16_s, U32, U32)
WEIR_CONVERT(i64_extend8_s, U64, U64)
WEIR_CONVERT(i64_extend16_s, U64, U64)
WEIR_CONVERT(i64_extend32_s, U64, U64)
WEIR_CONVERT(i32_wrap_i64, U64, U32)
WEIR_CONVERT(i32_trunc_sat_f32_s, float, U32)
WEIR_CONVERT(i32_trunc_sat_f32_u, float, U32)
WEIR_CONVERT(i32_trunc_sat_f64_s, double, U32)
WEIR_CONVERT(i32_trunc_sat_f64_u, double, U32)
WEIR_CONVERT(i64_trunc_sat_f32_s, float, U64)
WEIR_CONVERT(i64_trunc_sat_f32_u, float, U64)
WEIR_CONVERT(i64_trunc_sat_f64_s, double, U64)
WEIR_CONVERT(i64_trunc_sat_f64_u, double, U64)
WEIR_CONVERT(f32_convert_i32_s, U32, float)
WEIR_CONVERT(f32_convert_i32_u, U32, float)
WEIR_CONVERT(f32_convert_i64_s, U64, float)
WEIR_CONVERT(f32_convert_i64_u, U64, float)
WEIR_CONVERT(f64_convert_i32_s, U32, double)
WEIR_CONVERT(f64_convert_i32_u, U32, double)
WEIR_CONVERT(f64_convert_i64_s, U64, double)
WEIR_CONVERT(f64_convert_i64_u, U64, double)
WEIR_CONVERT(f32_demote_f64, double, float)
WEIR_CONVERT(f64_promote_f32, float, double)
WEIR_CONVERT(i32_reinterpret_f32, float, U32)
WEIR_CONVERT(i64_reinterpret_f64, double, U64)
WEIR_CONVERT(f32_reinterpret_i32, U32, float)
WEIR_CONVERT(f64_reinterpret_i64, U64, double)
WEIR_TRAPPING(i32_trunc_f32_s, float, U32)
WEIR_TRAPPING(i32_trunc_f32_u, float, U32)
WEIR_TRAPPING(i32_trunc_f64_s, double, U32)
WEIR_TRAPPING(i32_trunc_f64_u, double, U32)
WEIR_TRAPPING(i64_trunc_f32_s, float, U64)
WEIR_TRAPPING(i64_trunc_f32_u, float, U64)
WEIR_TRAPPING(i64_trunc_f64_s, double, U64)
WEIR_TRAPPING(i64_trunc_f64_u, double, U64)

#undef WEIR_TRAPPING
#undef WEIR_CONVERT

template <Op O, int Form>
struct Body : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  using From = typename S::From;
  using To = typename S::To;

  WEIR_INLINE From source(Machine const& m) noexcept {
    if constexpr (std::is_floating_point_v<From>) {
      return get_float<C::template at<1>, From>(m);
    } else {
      return get<C::template at<1>, From>(m);
    }
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (S::may_trap) {
      To result{};
      if (TrapReason const reason = S::apply(source(m), result); reason != TrapReason::none) [[unlikely]] {
        return trap(m, reason);
      }
      set<C::template at<0>>(m, result);
    } else if constexpr (std::is_floating_point_v<To>) {
      set_float<C::template at<0>>(m, S::apply(source(m)));
    } else {
      set<C::template at<0>>(m, S::apply(source(m)));
    }
    return C::next(m);
  }
};

} // namespace weir::execute::conversion
