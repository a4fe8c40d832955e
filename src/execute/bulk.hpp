// Memory and table instructions that work on slots: growth, ranges, table elements.
#pragma once

#include "execute/machine.hpp"
#include "platform/range_copy.hpp"
#include "wasm/limits.hpp"

namespace weir::execute::bulk {

using U32 = std::uint32_t;
using U64 = std::uint64_t;

// Ranges cost a unit of fuel for so many bytes, beside what their instruction costs.
inline constexpr U64 bytes_per_fuel = 64;
// Interruption and fuel are looked at after so many bytes.
inline constexpr U64 chunk_bytes = 1u << 18;

using runtime::ByteRange;

// copy_bytes or fill_bytes of whatever range: checks it and charges for it.
[[gnu::noinline]] TrapReason move(Op op, runtime::InstanceContext& context, ByteRange const& range) noexcept;

// What is not worth a place in a handler. Inlined into one, it would cost it its frameless form.
[[gnu::noinline]] TrapReason run_slowly(Op op, Word const* ip, U64* frame, runtime::InstanceContext& context) noexcept;

// copy_bytes "Db Dt Jc", fill_bytes "Db Jt Jc". Unit is that of platform/range_copy.hpp, 0 for none.
template <Op O, int Form, U64 Unit = 0>
struct Bytes : Cell<O, Form> {
  using C = Cell<O, Form>;
  static constexpr bool copies = O == Op::copy_bytes;
  static constexpr U64 most = Unit == 0 ? platform::small_bytes : platform::most_in_units<Unit>;
  static constexpr auto most_fuel = static_cast<std::int64_t>(most / bytes_per_fuel);

  WEIR_INLINE ByteRange range_of(Machine const& m) noexcept {
    return {get<C::template at<0>, U32>(m), get<C::template at<1>, U32>(m), get<C::template at<2>, U32>(m)};
  }

  WEIR_INLINE bool needs_call(Machine const& m, ByteRange const& range) noexcept {
    U64 const size = m.context->memory_size;
    return range.bytes > most || m.budget < most_fuel || range.to + range.bytes > size ||
           (copies && (range.from + range.bytes > size || is_close_below(range)));
  }

  WEIR_INLINE bool is_close_below(ByteRange const& range) noexcept {
    return Unit != 0 && platform::is_close_below<Unit>(range.to, range.from) && range.bytes > platform::small_bytes;
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    ByteRange const range = range_of(m);
    if (needs_call(m, range)) [[unlikely]] {
      return by_call(m);
    }
    m.budget -= static_cast<std::int64_t>(range.bytes / bytes_per_fuel);
    asm volatile("" : "+r"(m.budget)); // now, or two values are kept instead of one
    auto* const to = m.memory + range.to;
    auto const* const from = m.memory + range.from;
    auto const value = static_cast<std::uint8_t>(range.from);
    if (range.bytes <= platform::small_bytes) {
      if constexpr (copies) {
        platform::copy_small(to, from, range.bytes);
      } else {
        platform::fill_small(to, value, range.bytes);
      }
    } else if constexpr (Unit != 0 && copies) {
      platform::copy_units<Unit>(to, from, range.bytes);
    } else if constexpr (Unit != 0) {
      platform::fill_units<Unit>(to, value, range.bytes);
    }
    return C::next(m);
  }

  // What would cost the handler its frameless form: long ranges, those for which the budget is too small, those
  // that move down a little, and traps.
  WEIR_INLINE Word const* by_call(Machine m) noexcept {
    asm volatile("" : "+r"(m.ip)); // reads the operands again: kept until here they would cost the others registers
    m.context->range = range_of(m);
    m.context->stopped_at = m.ip;
    m.context->resume = C::next(m);
    return copies ? exits(m).copy : exits(m).fill;
  }
};

// The exit for that.
template <Op O>
struct MoveExit {
  static constexpr Ending ending = Ending::run;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    auto& context = *m.context;
    TrapReason const reason = with_budget(m, [&] { return move(O, context, context.range); });
    return reason == TrapReason::none ? context.resume : exits(m).trap[static_cast<std::size_t>(reason)];
  }
};

template <Op O, int Form>
struct Ordinary : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (O == Op::memory_size) {
      *slot<C::template at<0>>(m) = m.context->memories[field<C::template at<1>>(m)]->size / wasm::limits::page_bytes;
    } else if constexpr (O == Op::table_size) {
      *slot<C::template at<0>>(m) = m.context->tables[field<C::template at<1>>(m)]->elements.size();
    } else if constexpr (O == Op::table_get) {
      auto const& elements = m.context->tables[field<C::template at<2>>(m)]->elements;
      U64 const index = *slot<C::template at<1>>(m);
      if (index >= elements.size()) [[unlikely]] {
        return trap(m, TrapReason::out_of_bounds_table);
      }
      *slot<C::template at<0>>(m) = elements[index];
    } else if constexpr (O == Op::table_set) {
      auto& elements = m.context->tables[field<C::template at<2>>(m)]->elements;
      U64 const index = *slot<C::template at<0>>(m);
      if (index >= elements.size()) [[unlikely]] {
        return trap(m, TrapReason::out_of_bounds_table);
      }
      elements[index] = *slot<C::template at<1>>(m);
    } else if constexpr (O == Op::ref_func) {
      *slot<C::template at<0>>(m) = reinterpret_cast<U64>(m.context->functions[field<C::template at<1>>(m)]);
    } else {
      TrapReason const reason = with_budget(m, [&] { return run_slowly(O, m.ip, m.frame, *m.context); });
      if (reason != TrapReason::none) [[unlikely]] {
        return trap(m, reason);
      }
      if constexpr (O == Op::memory_grow) {
        m.memory = m.context->memory_base;
      }
    }
    return C::next(m);
  }
};

template <Op O, int Form>
struct Body : std::conditional_t<O == Op::copy_bytes || O == Op::fill_bytes, Bytes<O, Form>, Ordinary<O, Form>> {};

} // namespace weir::execute::bulk
