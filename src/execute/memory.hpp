// Loads and stores at base + offset.
#pragma once

#include "execute/access.hpp"

namespace weir::execute::memory {

using I8 = std::int8_t;
using I16 = std::int16_t;
using I32 = std::int32_t;
using I64 = std::int64_t;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

template <Op O>
struct Semantics;

#define WEIR_ACCESS(name, is_store_, ...)            \
  template <>                                        \
  struct Semantics<Op::name> : Access<__VA_ARGS__> { \
    static constexpr bool is_store = is_store_;      \
  };

WEIR_ACCESS(load8_u, false, U8)
WEIR_ACCESS(load16_u, false, U16)
WEIR_ACCESS(load32_u, false, U32)
WEIR_ACCESS(load64, false, U64)
WEIR_ACCESS(i32_load8_s, false, I8, U32, I32)
WEIR_ACCESS(i32_load16_s, false, I16, U32, I32)
WEIR_ACCESS(i64_load8_s, false, I8, U64, I64)
WEIR_ACCESS(i64_load16_s, false, I16, U64, I64)
WEIR_ACCESS(i64_load32_s, false, I32, U64, I64)
WEIR_ACCESS(f32_load, false, float)
WEIR_ACCESS(f64_load, false, double)
WEIR_ACCESS(store8, true, U8)
WEIR_ACCESS(store16, true, U16)
WEIR_ACCESS(store32, true, U32)
WEIR_ACCESS(store64, true, U64)
WEIR_ACCESS(f32_store, true, float)
WEIR_ACCESS(f64_store, true, double)

#undef WEIR_ACCESS

// Loads: d a b. Stores: a b value.
template <Op O, int Form>
struct Body : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  static constexpr int base = S::is_store ? 0 : 1;

  WEIR_INLINE std::uint64_t address(Machine const& m) noexcept {
    std::uint64_t const offset = field<C::template at<base + 1>>(m);
    if constexpr (place<C::template at<base>>.kind == code::Operand::Kind::immediate) {
      return offset;
    } else {
      return get<C::template at<base>, std::uint64_t>(m) + offset; // an i32 has 32 zeros in front
    }
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (S::is_store) {
      return store_at<C, 2, S>(m, address(m));
    } else {
      return load_at<C, 0, S>(m, address(m));
    }
  }
};

} // namespace weir::execute::memory
