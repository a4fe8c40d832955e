// Copies, constants, select, globals.
#pragma once

#include "execute/machine.hpp"
#include "platform/choose.hpp"

namespace weir::execute::variable {

using U32 = std::uint32_t;
using U64 = std::uint64_t;

template <Op O, int Form>
struct Body : Cell<O, Form> {
  using C = Cell<O, Form>;

  template <int I>
  WEIR_INLINE Vec constant(Machine const& m) noexcept {
    return with_lane(Vec{}, std::bit_cast<double>(field<C::template at<I>>(m)));
  }

  // The value's 64 bits, whatever they are.
  template <int I>
  WEIR_INLINE Vec bits(Machine const& m) noexcept {
    return get_vec<C::template at<I>, double>(m);
  }
  template <int I>
  WEIR_INLINE void set_bits(Machine& m, Vec value) noexcept {
    set_vec<C::template at<I>, double>(m, value);
  }

  static constexpr bool to_slot_from_pin() noexcept {
    return place<C::template at<0>>.kind == code::Operand::Kind::slot &&
           code::copies_from_pin(O, {place<C::template at<1>>.kind, place<C::template at<1>>.number});
  }

  static constexpr bool is_global_get_int = O == Op::global_get_int || O == Op::imported_global_get_int;
  static constexpr bool is_global_get_float = O == Op::global_get_float || O == Op::imported_global_get_float;
  static constexpr bool is_global_set_int = O == Op::global_set_int || O == Op::imported_global_set_int;
  static constexpr bool is_global_set_float = O == Op::global_set_float || O == Op::imported_global_set_float;

  // One way for all would load a pointer first. A store whose address comes out of two loads costs some processors six
  // cycles, for they hold later loads back until they know it.
  WEIR_INLINE U64* global(Machine const& m, U32 index) noexcept {
    if constexpr (O == Op::imported_global_get_int || O == Op::imported_global_get_float ||
                  O == Op::imported_global_set_int || O == Op::imported_global_set_float) {
      return m.context->globals[index]->value;
    } else {
      return m.context->own_globals[index].value;
    }
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (O == Op::copy_int && to_slot_from_pin()) {
      *slot<C::template at<0>>(m) = get<C::template at<1>, U64>(m);
    } else if constexpr (O == Op::copy_int) {
      set<C::template at<0>>(m, get<C::template at<1>, U64>(m));
    } else if constexpr (O == Op::const_int) {
      set<C::template at<0>>(m, field<C::template at<1>>(m));
    } else if constexpr (O == Op::copy_float && to_slot_from_pin()) {
      *slot<C::template at<0>>(m) = std::bit_cast<VecBits>(bits<1>(m))[0];
    } else if constexpr (O == Op::copy_float) {
      set_bits<0>(m, bits<1>(m));
    } else if constexpr (O == Op::const_float) {
      set_bits<0>(m, constant<1>(m));
    } else if constexpr (O == Op::copy_twice) {
      *slot<C::template at<0>>(m) = get<C::template at<1>, U64>(m);
      *slot<C::template at<2>>(m) = get<C::template at<3>, U64>(m);
    } else if constexpr (O == Op::i32_add_twice) {
      set<C::template at<0>>(m, get<C::template at<0>, U32>(m) + static_cast<U32>(field<C::template at<1>>(m)));
      set<C::template at<2>>(m, get<C::template at<2>, U32>(m) + static_cast<U32>(field<C::template at<3>>(m)));
    } else if constexpr (O == Op::i32_add_copy) {
      U32 const sum = get<C::template at<1>, U32>(m) + field<C::template at<2>>(m);
      set<C::template at<0>>(m, sum);
      set<C::template at<3>>(m, sum);
    } else if constexpr (O == Op::copy_far) {
      m.frame[field<C::template at<0>>(m)] = m.frame[field<C::template at<1>>(m)];
    } else if constexpr (O == Op::select_int) {
      U64 const a = get<C::template at<1>, U64>(m);
      U64 const b = get<C::template at<2>, U64>(m);
      set<C::template at<0>>(m, platform::choose(get<C::template at<3>, U32>(m) != 0, a, b));
    } else if constexpr (O == Op::select_float) {
      // By a mask: a branch would be mispredicted half of the time.
      U64 const chosen = get<C::template at<3>, U32>(m) != 0 ? ~U64{0} : 0;
      VecBits const mask{chosen, chosen};
      Vec const a = bits<1>(m);
      Vec const b = bits<2>(m);
      VecBits const result = (std::bit_cast<VecBits>(a) & mask) | (std::bit_cast<VecBits>(b) & ~mask);
      set_bits<0>(m, std::bit_cast<Vec>(result));
    } else if constexpr (is_global_get_int) {
      set<C::template at<0>>(m, *global(m, field<C::template at<1>>(m)));
    } else if constexpr (is_global_get_float) {
      set_bits<0>(m, with_lane(Vec{}, std::bit_cast<double>(*global(m, field<C::template at<1>>(m)))));
    } else if constexpr (is_global_set_int) {
      *global(m, field<C::template at<0>>(m)) = get<C::template at<1>, U64>(m);
    } else if constexpr (is_global_set_float) {
      Vec const value = bits<1>(m);
      *global(m, field<C::template at<0>>(m)) = std::bit_cast<VecBits>(value)[0];
    } else {
      static_assert(O == Op::copy_range);
      U64 const source = field<C::template at<1>>(m);
      std::memmove(m.frame + field<C::template at<0>>(m), m.frame + static_cast<U32>(source),
                   (source >> 32) * sizeof(U64));
    }
    return C::next(m);
  }
};

} // namespace weir::execute::variable
