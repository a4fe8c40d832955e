// Recursive functions: plain, mutual, with many arguments, and back-tracking.
#include "guest.h"

uint32_t recursion_fibonacci(uint32_t n) { return n < 2 ? n : recursion_fibonacci(n - 1) + recursion_fibonacci(n - 2); }

uint32_t recursion_ackermann(uint32_t m, uint32_t n) {
  if (m == 0) return n + 1;
  return recursion_ackermann(m - 1, n == 0 ? 1 : recursion_ackermann(m, n - 1));
}

// Hofstadter's female and male sequences.
static uint32_t male(uint32_t n);
static uint32_t female(uint32_t n) { return n == 0 ? 1 : n - male(female(n - 1)); }
static uint32_t male(uint32_t n) { return n == 0 ? 0 : n - female(male(n - 1)); }
uint32_t recursion_hofstadter(uint32_t n) { return female(n) << 16 | male(n); }

static uint32_t queens(uint32_t all, uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == all) return 1;
  uint32_t count = 0;
  for (uint32_t free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    uint32_t place = free & (0u - free);
    count += queens(all, columns | place, (left | place) << 1, (right | place) >> 1);
  }
  return count;
}
uint32_t recursion_queens(uint32_t n) { return queens((1u << (n & 15)) - 1, 0, 0, 0); }

// Takes more arguments than any machine has registers for, of all four types, and rotates them.
static double rotate(uint32_t depth, int64_t a, double b, float c, int32_t d, int64_t e, double f, float g, int32_t h,
                     int64_t i, double j, float k, int32_t l) {
  double here = (double)a + b * 2 + (double)c * 3 + d + (double)e * 5 + f * 7 + (double)g * 11 + h + (double)i * 13 +
                j * 17 + (double)k * 19 + l;
  if (depth == 0) return here;
  return here * 0.5 +
         rotate(depth - 1, e, f, g, h, i, j, k, l, (int64_t)((uint64_t)a + 1), b + 0.25, c - 0.5f, d ^ (int32_t)depth);
}
double recursion_rotate(uint32_t depth, int64_t a, double b, float c, int32_t d) {
  return rotate(depth, a, b, c, d, a / 3, b / 3, c / 3, d / 3, -a, -b, -c, ~d);
}

// Descends to `depth` with an array in each frame (on the guest's own stack) and sums them on the way up.
static uint64_t descend(uint32_t depth, const uint32_t* above) {
  uint32_t frame[6];
  for (uint32_t i = 0; i < 6; ++i) frame[i] = above[5 - i] * 2654435761u + depth;
  uint64_t below = depth == 0 ? 0 : descend(depth - 1, frame);
  return below * 31 + frame[depth % 6];
}
uint64_t recursion_descend(uint32_t depth) {
  const uint32_t first[6] = {1, 2, 3, 4, 5, 6};
  return descend(depth, first);
}
