// Shared by the guests: each is one C file without a library, compiled twice. As a WebAssembly module it exports every
// function that is not static (the linker's --export-dynamic); compiled natively it is the oracle that the module's
// results are compared with.
#pragma once

#include <stdint.h>

// A pseudo-random sequence (xorshift), the same everywhere. The state must not be 0.
static inline uint32_t guest_next(uint32_t* state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  *state = x;
  return x;
}
