// Recursion with three parameters and nested calls (Takeuchi's function).
#include "kernel.h"
static NOINLINE int tak(int x, int y, int z) {
  return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}
EXPORT("run") int run(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += tak(18 + (i & 1), 12, 6);
  return sum;
}
NATIVE_MAIN
