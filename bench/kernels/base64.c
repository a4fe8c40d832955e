// Base64, there and back.
#include "kernel.h"
#define SIZE 24576
static u8 raw[SIZE], back[SIZE];
static char encoded[SIZE / 3 * 4];
static char const alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static u8 values[256];
EXPORT("run") int run(int n) {
  u32 state = 5;
  int sum = 0;
  for (int i = 0; i < SIZE; i++) raw[i] = (u8)(next_random(&state) >> 7);
  for (int i = 0; i < 64; i++) values[(u8)alphabet[i]] = (u8)i;
  for (int round = 0; round < n; round++) {
    char* out = encoded;
    for (int i = 0; i < SIZE; i += 3) {
      u32 v = (u32)raw[i] << 16 | (u32)raw[i + 1] << 8 | raw[i + 2];
      *out++ = alphabet[v >> 18];
      *out++ = alphabet[v >> 12 & 63];
      *out++ = alphabet[v >> 6 & 63];
      *out++ = alphabet[v & 63];
    }
    u8* p = back;
    for (int i = 0; i < SIZE / 3 * 4; i += 4) {
      u32 v = (u32)values[(u8)encoded[i]] << 18 | (u32)values[(u8)encoded[i + 1]] << 12 |
              (u32)values[(u8)encoded[i + 2]] << 6 | values[(u8)encoded[i + 3]];
      *p++ = (u8)(v >> 16);
      *p++ = (u8)(v >> 8);
      *p++ = (u8)v;
    }
    for (int i = 0; i < SIZE; i++) sum += back[i] == raw[i];
    raw[round % SIZE] = (u8)(raw[round % SIZE] + 1);
    sum ^= encoded[round % SIZE];
  }
  return sum;
}
NATIVE_MAIN
