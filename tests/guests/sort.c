// Quicksort with an insertion sort below 12 elements, and a heap sort through a comparison function pointer
// (call_indirect).
#include "guest.h"

enum { capacity = 20000 };

static int32_t numbers[capacity];

static void insertion_sort(int32_t* first, int32_t count) {
  for (int32_t i = 1; i < count; ++i) {
    int32_t x = first[i];
    int32_t j = i;
    for (; j > 0 && first[j - 1] > x; --j) first[j] = first[j - 1];
    first[j] = x;
  }
}

static void quick_sort(int32_t* first, int32_t count) {
  while (count > 12) {
    int32_t pivot = first[count / 2];
    int32_t i = 0, j = count - 1;
    for (;;) {
      while (first[i] < pivot) ++i;
      while (first[j] > pivot) --j;
      if (i >= j) break;
      int32_t x = first[i];
      first[i++] = first[j];
      first[j--] = x;
    }
    quick_sort(first, i);
    first += i;
    count -= i;
  }
  insertion_sort(first, count);
}

typedef int (*comparison)(int32_t, int32_t);

static int ascending(int32_t a, int32_t b) { return a < b; }
static int descending(int32_t a, int32_t b) { return a > b; }
static int by_magnitude(int32_t a, int32_t b) {
  uint32_t x = a < 0 ? 0u - (uint32_t)a : (uint32_t)a;
  uint32_t y = b < 0 ? 0u - (uint32_t)b : (uint32_t)b;
  return x != y ? x < y : a < b;
}

static const comparison comparisons[3] = {ascending, descending, by_magnitude};

static void sift_down(int32_t* heap, uint32_t root, uint32_t count, comparison before) {
  int32_t x = heap[root];
  for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && before(heap[child], heap[child + 1])) ++child;
    if (!before(x, heap[child])) break;
    heap[root] = heap[child];
  }
  heap[root] = x;
}

int32_t* sort_numbers(void) { return numbers; }

void sort_fill(uint32_t count, uint32_t seed) {
  for (uint32_t i = 0; i < count && i < capacity; ++i) numbers[i] = (int32_t)guest_next(&seed);
}

void sort_quick(uint32_t count) { quick_sort(numbers, (int32_t)(count < capacity ? count : capacity)); }

// `order`: 0 ascending, 1 descending, 2 by magnitude.
void sort_heap(uint32_t count, uint32_t order) {
  comparison before = comparisons[order % 3];
  if (count > capacity) count = capacity;
  for (uint32_t i = count / 2; i-- > 0;) sift_down(numbers, i, count, before);
  for (uint32_t i = count; i-- > 1;) {
    int32_t x = numbers[0];
    numbers[0] = numbers[i];
    numbers[i] = x;
    sift_down(numbers, 0, i, before);
  }
}
