#include "platform/range_copy.hpp"

#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define WEIR_HAS_VECTOR_UNITS 1
#else
#define WEIR_HAS_VECTOR_UNITS 0
#endif

namespace weir::platform {

namespace {

#if WEIR_HAS_VECTOR_UNITS

constexpr std::uint64_t unit = 32;
constexpr std::uint64_t most_in_units = 2048; // longer ranges are the library's business

// On Intel's processors the library is the quicker one: a unit that lies in two lines of the cache costs twice there.
bool library_is_slower() noexcept { return __builtin_cpu_is("amd") != 0; }

} // namespace

bool can_move_in_units(std::uint64_t bytes) noexcept {
  return bytes > unit && bytes <= most_in_units && __builtin_cpu_supports("avx2") != 0;
}

// The last unit overlaps the one before it.

[[gnu::target("avx2")]] void copy_in_units(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept {
  auto const load = [&](std::uint64_t at) __attribute__((target("avx2"), always_inline)) {
    return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(from + at));
  };
  auto const store = [&](std::uint64_t at, __m256i value) __attribute__((target("avx2"), always_inline)) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), value);
  };
  std::uint64_t const end = bytes - unit;
  __m256i const last = load(end);
  if (static_cast<std::uint64_t>(to - from) >= bytes) {
    for (std::uint64_t at = 0; at < end; at += unit) {
      store(at, load(at));
    }
    store(end, last);
    return;
  }
  // The source is overwritten from its end on: downwards, and what the last unit overwrites is read before.
  std::uint64_t at = (bytes - 1) / unit * unit - unit;
  __m256i const before_last = load(at);
  store(end, last);
  store(at, before_last);
  while (at != 0) {
    at -= unit;
    store(at, load(at));
  }
}

[[gnu::target("avx2")]] void fill_in_units(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  __m256i const filled = _mm256_set1_epi8(static_cast<char>(value));
  std::uint64_t const end = bytes - unit;
  for (std::uint64_t at = 0; at < end; at += unit) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), filled);
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + end), filled);
}

#else

bool library_is_slower() noexcept { return false; }

} // namespace

bool can_move_in_units(std::uint64_t) noexcept { return false; }
void copy_in_units(std::uint8_t*, std::uint8_t const*, std::uint64_t) noexcept {}
void fill_in_units(std::uint8_t*, std::uint8_t, std::uint64_t) noexcept {}

#endif

void copy_range(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept {
  if (library_is_slower() && can_move_in_units(bytes)) {
    copy_in_units(to, from, bytes);
  } else if (bytes != 0) { // null is no pointer for memmove, not even to nothing
    std::memmove(to, from, bytes);
  }
}

void fill_range(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  if (library_is_slower() && can_move_in_units(bytes)) {
    fill_in_units(to, value, bytes);
  } else if (bytes != 0) {
    std::memset(to, value, bytes);
  }
}

} // namespace weir::platform
