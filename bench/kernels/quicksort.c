// Quicksort with a comparator function, on pseudo-random numbers.
#include "kernel.h"
#define SIZE 20000
static int data[SIZE];
static int less(int const* a, int const* b) { return *a < *b; }
static int (*volatile comparator)(int const*, int const*) = less;
static NOINLINE void sort(int* low, int* high, int (*lt)(int const*, int const*)) {
  while (high - low > 1) {
    int pivot = low[(high - low - 1) / 2];
    int *i = low - 1, *j = high;
    for (;;) {
      do i++;
      while (lt(i, &pivot));
      do j--;
      while (lt(&pivot, j));
      if (i >= j) break;
      int t = *i;
      *i = *j;
      *j = t;
    }
    sort(low, j + 1, lt);
    low = j + 1;
  }
}
EXPORT("run") int run(int n) {
  u32 state = 42;
  int check = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++) data[i] = (int)(next_random(&state) >> 4);
    sort(data, data + SIZE, comparator);
    for (int i = 1; i < SIZE; i++) check += data[i - 1] <= data[i];
    check ^= data[SIZE / 2];
  }
  return check;
}
NATIVE_MAIN
