// Iterative Fibonacci numbers: the tightest loop there is.
#include "kernel.h"
EXPORT("run") int run(int n) {
  u32 sum = 0;
  for (int i = 0; i < n; i++) {
    u32 a = 0, b = 1;
    for (int j = 0; j < 90 + (i & 7); j++) {
      u32 t = a + b;
      a = b;
      b = t ^ sum;
    }
    sum += a;
  }
  return (int)sum;
}
NATIVE_MAIN
