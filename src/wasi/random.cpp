// Randomness: the system's, or the embedder's.
#include <algorithm>
#include <cerrno>

#include <sys/random.h>

#include "wasi/functions.hpp"

namespace weir::wasi {

Errno random_get(Call& call, u32 buffer, u32 length) {
  if (!call.memory().contains(buffer, length)) {
    return Errno::fault;
  }
  // A slice takes the system well under a millisecond.
  constexpr std::size_t slice = 1u << 16;
  constexpr std::size_t slices_between_looks = 16;
  auto left = call.memory().bytes(buffer, length);
  for (std::size_t done = 0; !left.empty(); ++done) {
    if (done % slices_between_looks == slices_between_looks - 1 && call.should_stop()) {
      return Errno::intr;
    }
    auto const part = left.first(std::min(slice, left.size()));
    std::size_t filled = part.size();
    if (call.state().random) {
      call.state().random(part);
    } else {
      auto const got = ::getrandom(part.data(), part.size(), 0);
      if (got < 0 && errno != EINTR) {
        return to_errno(errno);
      }
      filled = got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    call.memory().wrote(part.data(), filled);
    left = left.subspan(filled);
  }
  return Errno::success;
}

Random seeded_random(std::uint64_t seed) {
  // SplitMix64: https://prng.di.unimi.it/splitmix64.c describes the constants.
  return [state = seed, word = std::uint64_t{0}, left = 0u](std::span<std::byte> out) mutable {
    for (auto& byte : out) {
      if (left == 0) {
        state += 0x9E3779B97F4A7C15u;
        word = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
        word ^= word >> 31;
        left = 8;
      }
      byte = static_cast<std::byte>(word & 0xFF);
      word >>= 8;
      --left;
    }
  };
}

} // namespace weir::wasi
