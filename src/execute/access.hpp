// Loads and stores, shared by the plain and the indexed ones.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>

#include "execute/machine.hpp"
#include "wasm/numerics.hpp"

namespace weir::execute {

// What an access moves: Memory is the type in memory, Value that of the operand; sign-extension by way of Extended.
template <class MemoryType, class ValueType = MemoryType, class ExtendedType = MemoryType>
struct Access {
  using Memory = MemoryType;
  using Value = ValueType;
  using Extended = ExtendedType;
  static constexpr bool is_float = std::is_floating_point_v<ValueType>;
};

// Whether so many bytes at the address are inside memory 0.
template <std::size_t Size>
WEIR_INLINE bool is_inside(Machine const& m, std::uint64_t address) noexcept {
  static_assert(std::has_single_bit(Size));
  return address < m.context->access_ends[std::countr_zero(Size)];
}

template <class C, int Destination, class A>
WEIR_INLINE Word const* load_at(Machine& m, std::uint64_t address) noexcept {
  using Memory = typename A::Memory;
  if (!is_inside<sizeof(Memory)>(m, address)) [[unlikely]] {
    return trap(m, TrapReason::out_of_bounds_memory);
  }
  Memory value;
  std::memcpy(&value, m.memory + address, sizeof value);
  if constexpr (A::is_float) {
    set_float<C::template at<Destination>>(m, value);
  } else {
    set<C::template at<Destination>>(m, static_cast<typename A::Value>(static_cast<typename A::Extended>(value)));
  }
  return C::next(m);
}

template <class C, int Source, class A>
WEIR_INLINE Word const* store_at(Machine& m, std::uint64_t address) noexcept {
  using Memory = typename A::Memory;
  if (!is_inside<sizeof(Memory)>(m, address)) [[unlikely]] {
    return trap(m, TrapReason::out_of_bounds_memory);
  }
  if constexpr (A::is_float) {
    Memory const value = get_float<C::template at<Source>, Memory>(m);
    std::memcpy(m.memory + address, &value, sizeof value);
  } else {
    auto const value = get<C::template at<Source>, Memory>(m);
    std::memcpy(m.memory + address, &value, sizeof value);
  }
  return C::next(m);
}

} // namespace weir::execute
