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
constexpr std::uint64_t line = 64;

// Longer ranges are the library's business.
constexpr std::uint64_t most_in_units = 2048;
constexpr std::uint64_t most_in_lines = 896;

// What is quicker than the library on the processor. A unit that lies in two lines of the cache costs Intel's twice,
// one as long as a line costs them no more.
bool prefers_units(std::uint64_t bytes) noexcept { return __builtin_cpu_is("amd") != 0 && can_move_in_units(bytes); }
bool prefers_lines(std::uint64_t bytes) noexcept { return __builtin_cpu_is("intel") != 0 && can_move_in_lines(bytes); }

} // namespace

bool can_move_in_units(std::uint64_t bytes) noexcept {
  return bytes > unit && bytes <= most_in_units && __builtin_cpu_supports("avx2") != 0;
}

bool can_move_in_lines(std::uint64_t bytes) noexcept {
  return bytes != 0 && bytes <= most_in_lines && __builtin_cpu_supports("avx512bw") != 0;
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

#define WEIR_LINES [[gnu::target("avx512f,avx512bw")]]

WEIR_LINES void copy_in_lines(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept {
  if (bytes <= line) {
    __mmask64 const all = ~std::uint64_t{0} >> (line - bytes);
    _mm512_mask_storeu_epi8(to, all, _mm512_maskz_loadu_epi8(all, from));
    return;
  }
  std::uint64_t const end = bytes - line;
  if (static_cast<std::uint64_t>(to - from) >= bytes) {
    __m512i const last = _mm512_loadu_si512(from + end);
    for (std::uint64_t at = 0; at < end; at += line) {
      _mm512_storeu_si512(to + at, _mm512_loadu_si512(from + at));
    }
    _mm512_storeu_si512(to + end, last);
    return;
  }
  __m512i const first = _mm512_loadu_si512(from);
  for (std::uint64_t at = end; at != 0; at = at > line ? at - line : 0) {
    _mm512_storeu_si512(to + at, _mm512_loadu_si512(from + at));
  }
  _mm512_storeu_si512(to, first);
}

WEIR_LINES void fill_in_lines(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  __m512i const filled = _mm512_set1_epi8(static_cast<char>(value));
  if (bytes <= line) {
    _mm512_mask_storeu_epi8(to, ~std::uint64_t{0} >> (line - bytes), filled);
    return;
  }
  std::uint64_t const end = bytes - line;
  for (std::uint64_t at = 0; at < end; at += line) {
    _mm512_storeu_si512(to + at, filled);
  }
  _mm512_storeu_si512(to + end, filled);
}

#undef WEIR_LINES

#else

bool prefers_units(std::uint64_t) noexcept { return false; }
bool prefers_lines(std::uint64_t) noexcept { return false; }

} // namespace

bool can_move_in_lines(std::uint64_t) noexcept { return false; }
void copy_in_lines(std::uint8_t*, std::uint8_t const*, std::uint64_t) noexcept {}
void fill_in_lines(std::uint8_t*, std::uint8_t, std::uint64_t) noexcept {}

bool can_move_in_units(std::uint64_t) noexcept { return false; }
void copy_in_units(std::uint8_t*, std::uint8_t const*, std::uint64_t) noexcept {}
void fill_in_units(std::uint8_t*, std::uint8_t, std::uint64_t) noexcept {}

#endif

void copy_range(std::uint8_t* to, std::uint8_t const* from, std::uint64_t bytes) noexcept {
  if (prefers_lines(bytes)) {
    copy_in_lines(to, from, bytes);
  } else if (prefers_units(bytes)) {
    copy_in_units(to, from, bytes);
  } else if (bytes != 0) { // null is no pointer for memmove, not even to nothing
    std::memmove(to, from, bytes);
  }
}

void fill_range(std::uint8_t* to, std::uint8_t value, std::uint64_t bytes) noexcept {
  if (prefers_lines(bytes)) {
    fill_in_lines(to, value, bytes);
  } else if (prefers_units(bytes)) {
    fill_in_units(to, value, bytes);
  } else if (bytes != 0) {
    std::memset(to, value, bytes);
  }
}

} // namespace weir::platform
