// Byte loads and stores in tight loops.
#include "kernel.h"
#define SIZE 200000
static u8 composite[SIZE];
EXPORT("run") int run(int n) {
  int count = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++) composite[i] = 0;
    count = 0;
    for (int i = 2; i < SIZE; i++) {
      if (composite[i]) continue;
      count++;
      for (int j = i + i; j < SIZE; j += i) composite[j] = 1;
    }
  }
  return count;
}
NATIVE_MAIN
