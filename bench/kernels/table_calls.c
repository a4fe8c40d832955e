// Calls through the table: small functions chosen by data.
#include "kernel.h"
static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int mul(int a, int b) { return (int)((u32)a * (u32)b); }
static int xor_(int a, int b) { return a ^ b; }
static int max_(int a, int b) { return a > b ? a : b; }
static int shift(int a, int b) { return (int)((u32)a << (b & 7)); }
static int (*const functions[])(int, int) = {add, sub, mul, xor_, max_, shift, add, xor_};
EXPORT("run") int run(int n) {
  u32 state = 12345;
  int x = 1;
  for (int i = 0; i < n; i++) {
    u32 r = next_random(&state);
    x = functions[r & 7](x, (int)(r >> 8 & 1023));
  }
  return x;
}
NATIVE_MAIN
