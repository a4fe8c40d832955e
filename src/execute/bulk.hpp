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

// The d, a, c of a cell: destination, source or value, count.
struct Range {
  U64 d = 0;
  U64 a = 0;
  U64 c = 0;
};

// copy_bytes or fill_bytes of a large range, or one for which the budget is too small. The range is inside.
[[gnu::noinline]] TrapReason in_pieces(Op op, runtime::InstanceContext& context, Range const& range) noexcept;

// What is not worth a place in a handler. Inlined into one, it would cost it its frameless form.
[[gnu::noinline]] TrapReason run_slowly(Op op, Word const* ip, U64* frame, runtime::InstanceContext& context) noexcept;

// copy_bytes, fill_bytes "Db Dt Jc"
template <Op O, int Form>
struct Bytes : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    auto& context = *m.context;
    U64 const size = context.memory_size;
    U64 const to = C::template get<0, U32>(m);
    U64 const from = C::template get<1, U32>(m);
    U64 const bytes = C::template get<2, U32>(m);
    if (to + bytes > size || (O == Op::copy_bytes && from + bytes > size)) [[unlikely]] {
      return trap(m, TrapReason::out_of_bounds_memory);
    }
    auto const fuel = static_cast<std::int64_t>(bytes / bytes_per_fuel);
    if (bytes > chunk_bytes || m.budget < fuel) [[unlikely]] {
      // Inlined, or the captured numbers lie in memory for the ordinary way too.
      TrapReason const reason =
          with_budget(m, [&]() __attribute__((always_inline)) { return in_pieces(O, context, {to, from, bytes}); });
      return reason == TrapReason::none ? C::next(m) : trap(m, reason);
    }
    m.budget -= fuel;
    if constexpr (O == Op::copy_bytes) {
      platform::copy_range(m.memory + to, m.memory + from, bytes);
    } else {
      platform::fill_range(m.memory + to, static_cast<std::uint8_t>(from), bytes);
    }
    return C::next(m);
  }
};

template <Op O, int Form>
struct Ordinary : Cell<O, Form> {
  using C = Cell<O, Form>;

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (O == Op::memory_size) {
      *C::template slot<0>(m) = m.context->memories[C::template field<1>(m)]->size / wasm::limits::page_bytes;
    } else if constexpr (O == Op::table_size) {
      *C::template slot<0>(m) = m.context->tables[C::template field<1>(m)]->elements.size();
    } else if constexpr (O == Op::table_get) {
      auto const& elements = m.context->tables[C::template field<2>(m)]->elements;
      U64 const index = *C::template slot<1>(m);
      if (index >= elements.size()) [[unlikely]] {
        return trap(m, TrapReason::out_of_bounds_table);
      }
      *C::template slot<0>(m) = elements[index];
    } else if constexpr (O == Op::table_set) {
      auto& elements = m.context->tables[C::template field<2>(m)]->elements;
      U64 const index = *C::template slot<0>(m);
      if (index >= elements.size()) [[unlikely]] {
        return trap(m, TrapReason::out_of_bounds_table);
      }
      elements[index] = *C::template slot<1>(m);
    } else if constexpr (O == Op::ref_func) {
      *C::template slot<0>(m) = reinterpret_cast<U64>(m.context->functions[C::template field<1>(m)]);
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
