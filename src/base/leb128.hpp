// LEB128 integers. https://webassembly.github.io/spec/core/binary/values.html#integers
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>

namespace weir::base {

enum class LebStatus : std::uint8_t {
  ok,
  truncated,      // the input ends inside the integer ("unexpected end")
  too_long,       // more bytes than the type allows ("integer representation too long")
  unused_bits_set // the last byte carries bits beyond the type's width ("integer too large")
};

// Decodes an integer of `Bits` significant bits (8 < Bits <= 64), signed where T is signed, from [at, end). On success
// advances `at`; on failure `at` is unspecified.
template <class T, unsigned Bits = sizeof(T) * 8>
constexpr LebStatus read_leb(std::uint8_t const*& at, std::uint8_t const* end, T& value) noexcept {
  using U = std::make_unsigned_t<T>;
  constexpr unsigned max_bytes = (Bits + 6) / 7;
  U result = 0;
  unsigned shift = 0;
  for (unsigned i = 0; i < max_bytes; ++i) {
    if (at == end) {
      return LebStatus::truncated;
    }
    std::uint8_t const byte = *at++;
    result |= static_cast<U>(static_cast<U>(byte & 0x7F) << shift);
    if (i + 1 == max_bytes) {
      constexpr unsigned used = Bits - 7 * (max_bytes - 1);
      if ((byte & 0x80) != 0) {
        return LebStatus::too_long;
      }
      if constexpr (std::is_signed_v<T>) {
        // The unused bits must repeat the sign bit.
        constexpr unsigned mask = (0x7Fu << (used - 1)) & 0x7F;
        if ((byte & mask) != 0 && (byte & mask) != mask) {
          return LebStatus::unused_bits_set;
        }
      } else {
        constexpr unsigned mask = (0x7Fu << used) & 0x7F;
        if ((byte & mask) != 0) {
          return LebStatus::unused_bits_set;
        }
      }
    }
    shift += 7;
    if ((byte & 0x80) == 0) {
      if constexpr (std::is_signed_v<T>) {
        if (shift < sizeof(T) * 8 && (byte & 0x40) != 0) {
          result |= static_cast<U>(~U{0} << shift);
        }
      }
      value = static_cast<T>(result);
      return LebStatus::ok;
    }
  }
  return LebStatus::too_long;
}

// Appends the shortest encoding to `out`, a container of bytes with push_back.
template <class Out>
void write_uleb(Out& out, std::uint64_t value) {
  do {
    std::uint8_t byte = value & 0x7F;
    value >>= 7;
    if (value != 0) {
      byte |= 0x80;
    }
    out.push_back(byte);
  } while (value != 0);
}

template <class Out>
void write_sleb(Out& out, std::int64_t value) {
  for (;;) {
    std::uint8_t const byte = static_cast<std::uint8_t>(value & 0x7F);
    value >>= 7;
    bool const done = (value == 0 && (byte & 0x40) == 0) || (value == -1 && (byte & 0x40) != 0);
    out.push_back(done ? byte : static_cast<std::uint8_t>(byte | 0x80));
    if (done) {
      return;
    }
  }
}

} // namespace weir::base
