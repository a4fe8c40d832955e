// LZ77 compression with a hash table, and decompression.
#include "kernel.h"
#define SIZE 65536
static u8 input[SIZE], packed[SIZE * 2], output[SIZE];
static int heads[8192];
static NOINLINE int compress(void) {
  u8* out = packed;
  for (int i = 0; i < 8192; i++) heads[i] = -1;
  for (int at = 0; at < SIZE;) {
    int best = 0, from = 0;
    if (at + 4 <= SIZE) {
      u32 v = (u32)input[at] | (u32)input[at + 1] << 8 | (u32)input[at + 2] << 16;
      u32 hash = v * 2654435761u >> 19;
      int candidate = heads[hash];
      heads[hash] = at;
      if (candidate >= 0 && at - candidate < 65535) {
        int length = 0;
        while (length < 255 && at + length < SIZE && input[candidate + length] == input[at + length]) length++;
        if (length >= 4) best = length, from = at - candidate;
      }
    }
    if (best) {
      *out++ = (u8)best, *out++ = (u8)from, *out++ = (u8)(from >> 8);
      at += best;
    } else {
      *out++ = 0, *out++ = input[at++];
    }
  }
  return (int)(out - packed);
}
static NOINLINE int decompress(int size) {
  u8* out = output;
  for (int i = 0; i < size;) {
    int length = packed[i];
    if (length) {
      u8* from = out - (packed[i + 1] | packed[i + 2] << 8);
      while (length--) *out++ = *from++;
      i += 3;
    } else {
      *out++ = packed[i + 1];
      i += 2;
    }
  }
  return (int)(out - output);
}
EXPORT("run") int run(int n) {
  u32 state = 3;
  for (int i = 0; i < SIZE; i++) {
    u32 r = next_random(&state) >> 4;
    input[i] = i > 100 && r % 3 ? input[i - 1 - (int)(r >> 8 & 63)] : (u8)(r & 15);
  }
  int sum = 0;
  for (int round = 0; round < n; round++) {
    int size = compress();
    sum += size + decompress(size);
    int same = 0;
    for (int i = 0; i < SIZE; i++) same += input[i] == output[i];
    sum ^= same;
    input[round * 7 % SIZE]++;
  }
  return sum;
}
NATIVE_MAIN
