// A 64-bit hash: multiplications, rotations, exclusive or.
#include "kernel.h"
EXPORT("run") int run(int n) {
  u64 h = 0x9E3779B97F4A7C15ull;
  for (int i = 0; i < n; i++) {
    u64 x = h + (u64)i;
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    x ^= x >> 33;
    h = (h << 27 | h >> 37) ^ x;
  }
  return (int)(h ^ h >> 32);
}
NATIVE_MAIN
