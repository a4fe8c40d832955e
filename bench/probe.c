// A fixed piece of work that needs all of a core: more micro-operations than half of one can take in. Where the core
// has two threads and the other one is busy, it takes much longer; see --quiet of bench/run.
#include <stdint.h>
#include <stdio.h>

#define STEP \
  a += b;    \
  b ^= c;    \
  c += d;    \
  d ^= e;    \
  e += f;    \
  f ^= g;    \
  g += h;    \
  h ^= a;
#define STEPS STEP STEP STEP STEP STEP STEP STEP STEP

int main(void) {
  uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
  for (int i = 0; i < 4000000; i++) {
    STEPS
    __asm__ volatile("" : "+r"(a));
  }
  printf("%d\n", (int)(a + b + c + d + e + f + g + h));
}
