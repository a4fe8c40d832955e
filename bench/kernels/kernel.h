// What every kernel shares. A kernel exports `int run(int n)`: the work grows with n, the result depends on all of it.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(name), noinline))
#define NATIVE_MAIN
#else
// The same kernel as a native program prints the result that the others must give.
#include <stdio.h>
#include <stdlib.h>
#define EXPORT(name) __attribute__((noinline))
#define NATIVE_MAIN                                    \
  int main(int argc, char** argv) {                    \
    printf("%d\n", run(argc > 1 ? atoi(argv[1]) : 0)); \
    return 0;                                          \
  }
#endif
#define NOINLINE __attribute__((noinline))

static inline u32 next_random(u32* state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}
