// memmove and memset for the guest's short ranges, without a call: what they are inlined into keeps its registers.
//
// Up to small_bytes in the processor's ordinary registers; more in units of 32 bytes on AMD's processors that have
// vectors of this size, of 64 bytes on Intel's that have such. Elsewhere, and for long ranges, the library is quicker.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
// Of functions that are compiled for processors with vectors of so many bytes.
#define WEIR_UNITS_OF_32 target("avx2")
#define WEIR_UNITS_OF_64 target("avx512f,avx512bw")
#else
#define WEIR_UNITS_OF_32
#define WEIR_UNITS_OF_64
#endif

namespace weir::platform {

// The size of the units in which this processor moves ranges quickest; 0 if the library does.
std::uint64_t preferred_unit() noexcept;

inline constexpr std::uint64_t small_bytes = 32;

// Longer ranges are the library's business.
template <std::uint64_t Unit>
inline constexpr std::uint64_t most_in_units = Unit == 64 ? 896 : 2048;

template <std::uint64_t Size>
using Block [[gnu::vector_size(Size)]] = std::uint8_t;

// Both are read before either is written: so the ranges may overlap.
template <std::uint64_t Size>
[[gnu::always_inline]] inline void copy_two(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept {
  Block<Size> first;
  Block<Size> last;
  std::memcpy(&first, from, Size);
  std::memcpy(&last, from + bytes - Size, Size);
  std::memcpy(to, &first, Size);
  std::memcpy(to + bytes - Size, &last, Size);
}

// As memmove does. Precondition: bytes <= small_bytes.
[[gnu::always_inline]] inline void copy_small(std::uint8_t* to, std::uint8_t const* from,
                                              std::uint64_t bytes) noexcept {
  if (bytes >= 16) {
    copy_two<16>(to, from, bytes);
  } else if (bytes >= 8) {
    copy_two<8>(to, from, bytes);
  } else if (bytes >= 4) {
    copy_two<4>(to, from, bytes);
  } else if (bytes != 0) {
    std::uint8_t const first = from[0];
    std::uint8_t const middle = from[bytes / 2];
    std::uint8_t const last = from[bytes - 1];
    to[0] = first;
    to[bytes / 2] = middle;
    to[bytes - 1] = last;
  }
}

template <std::uint64_t Size>
[[gnu::always_inline]] inline void fill_block(std::uint8_t* to, std::uint8_t value) noexcept {
  Block<Size> const block = Block<Size>{} + value;
  std::memcpy(to, &block, Size);
}

template <std::uint64_t Size>
[[gnu::always_inline]] inline void fill_two(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  fill_block<Size>(to, value);
  fill_block<Size>(to + bytes - Size, value);
}

// As memset does. Precondition: bytes <= small_bytes.
[[gnu::always_inline]] inline void fill_small(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  if (bytes >= 16) {
    fill_two<16>(to, value, bytes);
  } else if (bytes >= 8) {
    fill_two<8>(to, value, bytes);
  } else if (bytes >= 4) {
    fill_two<4>(to, value, bytes);
  } else if (bytes != 0) {
    to[0] = value;
    to[bytes / 2] = value;
    to[bytes - 1] = value;
  }
}

// Where the first of the units starts that lie between the first and the last one of a range, and overlap with these.
// On AMD's processors a store into two lines of the cache takes longer than one into one, so there they lie at
// multiples of the unit. Where the unit is a line they start where the range does: so what was just written is read in
// the units that it was written in.
template <std::uint64_t Unit>
[[gnu::always_inline]] inline std::uint8_t* first_inner_unit(std::uint8_t* to) noexcept {
  return to + Unit - (Unit == 64 ? 0 : reinterpret_cast<std::uintptr_t>(to) % Unit);
}

// Whether a range moves down by less than a unit: then the first would be written over what is still to be read.
template <std::uint64_t Unit>
[[gnu::always_inline]] inline bool is_close_below(std::uint64_t to, std::uint64_t from) noexcept {
  return from - to - 1 < Unit - 1;
}

// As memmove does. Preconditions: small_bytes < bytes, !is_close_below<Unit>(to, from).
template <std::uint64_t Unit>
[[gnu::always_inline]] inline void copy_units(std::uint8_t* to, std::uint8_t const* from,
                                              std::uint64_t bytes) noexcept {
  if (bytes < Unit) {
    return copy_two<small_bytes>(to, from, bytes);
  }
  std::ptrdiff_t distance = from - to;
  auto* last_unit = to + bytes - Unit;
  bool const downwards = static_cast<std::uint64_t>(-distance) < bytes;
  // Taken for new, these are all that is kept: the caller has its registers full.
  asm("" : "+r"(distance), "+r"(last_unit), "+r"(to));
  auto const copy = [distance](std::uint8_t* unit) __attribute__((always_inline)) {
    Block<Unit> block;
    std::memcpy(&block, unit + distance, Unit);
    std::memcpy(unit, &block, Unit);
  };
  Block<Unit> first;
  Block<Unit> last;
  std::memcpy(&first, to + distance, Unit);
  std::memcpy(&last, last_unit + distance, Unit);
  auto* unit = first_inner_unit<Unit>(to);
  if (!downwards) {
    std::memcpy(to, &first, Unit);
#pragma GCC unroll 1 // a loop for what is left over would be mispredicted as well
    for (; unit + Unit < last_unit; unit += 2 * Unit) {
      copy(unit);
      copy(unit + Unit);
    }
    if (unit < last_unit) {
      copy(unit);
    }
  } else {
    unit += (last_unit - 1 - unit) & -static_cast<std::ptrdiff_t>(Unit);
#pragma GCC unroll 1
    for (; unit > to; unit -= Unit) {
      copy(unit);
    }
    std::memcpy(to, &first, Unit);
  }
  std::memcpy(last_unit, &last, Unit);
}

// As memset does. Precondition: small_bytes < bytes.
template <std::uint64_t Unit>
[[gnu::always_inline]] inline void fill_units(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  if (bytes < Unit) {
    return fill_two<small_bytes>(to, value, bytes);
  }
  auto* const last_unit = to + bytes - Unit;
  fill_block<Unit>(to, value);
  auto* unit = first_inner_unit<Unit>(to);
#pragma GCC unroll 1
  for (; unit + Unit < last_unit; unit += 2 * Unit) {
    fill_block<Unit>(unit, value);
    fill_block<Unit>(unit + Unit, value);
  }
  if (unit < last_unit) {
    fill_block<Unit>(unit, value);
  }
  fill_block<Unit>(last_unit, value);
}

} // namespace weir::platform
