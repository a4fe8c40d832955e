// Loads and stores at (base + index) + offset, an i32.add being folded in; and arithmetic that takes what was loaded.
#pragma once

#include "execute/access.hpp"

namespace weir::execute::indexed {

template <Op O>
struct Semantics;

#define WEIR_ACCESS(name, is_store_, type)      \
  template <>                                   \
  struct Semantics<Op::name> : Access<type> {   \
    static constexpr bool is_store = is_store_; \
  };

WEIR_ACCESS(load8_u_x, false, std::uint8_t)
WEIR_ACCESS(load16_u_x, false, std::uint16_t)
WEIR_ACCESS(load32_u_x, false, std::uint32_t)
WEIR_ACCESS(load64_x, false, std::uint64_t)
WEIR_ACCESS(f64_load_x, false, double)
WEIR_ACCESS(store8_x, true, std::uint8_t)
WEIR_ACCESS(store32_x, true, std::uint32_t)
WEIR_ACCESS(store64_x, true, std::uint64_t)
WEIR_ACCESS(f64_store_x, true, double)

#undef WEIR_ACCESS

// Loads: d a b offset. Stores: a b offset value.
template <Op O, int Form>
struct Plain : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  static constexpr int base = S::is_store ? 0 : 1;

  WEIR_INLINE std::uint64_t address(Machine const& m) noexcept {
    std::uint32_t const sum =
        get<C::template at<base>, std::uint32_t>(m) + get<C::template at<base + 1>, std::uint32_t>(m);
    return std::uint64_t{sum} + field<C::template at<base + 2>>(m);
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (S::is_store) {
      return store_at<C, 3, S>(m, address(m));
    } else {
      return load_at<C, 0, S>(m, address(m));
    }
  }
};

// d a base index offset
template <Op O, int Form>
struct WithArithmetic : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE double apply(double a, double b) noexcept {
    return O == Op::f64_add_load   ? wasm::numerics::f64_add(a, b)
           : O == Op::f64_sub_load ? wasm::numerics::f64_sub(a, b)
                                   : wasm::numerics::f64_mul(a, b);
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    std::uint32_t const sum = get<C::template at<2>, std::uint32_t>(m) + field<C::template at<3>>(m);
    std::uint64_t const address = std::uint64_t{sum} + field<C::template at<4>>(m);
    if (!is_inside<sizeof(double)>(m, address)) [[unlikely]] {
      return trap(m, TrapReason::out_of_bounds_memory);
    }
    double value = 0;
    std::memcpy(&value, m.memory + address, sizeof value);
    Vec const a = get_vec<C::template at<1>, double>(m);
    set_vec<C::template at<0>, double>(m, with_lane(a, apply(lane<double>(a), value)));
    return C::next(m);
  }
};

template <Op O>
constexpr bool has_arithmetic = O == Op::f64_add_load || O == Op::f64_sub_load || O == Op::f64_mul_load;

template <Op O, int Form>
struct Body : Plain<O, Form> {};
template <Op O, int Form>
  requires(has_arithmetic<O>)
struct Body<O, Form> : WithArithmetic<O, Form> {};

} // namespace weir::execute::indexed
