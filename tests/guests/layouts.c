// Constants, variables with and without a first value, and frames, for the memory map: the last variable of each kind
// is mentioned by address, so that the ends of all regions can be told from the code.
#include "guest.h"

static const unsigned char table[700] = {3, 1, 4, 1, 5, 9, 2, 6};
static int weights[40] = {2, 7, 1, 8};
static int counters[150];
static struct {
  int first;
  char text[300];
  int last;
} state;

// Hides from the compiler what a frame is used for.
static volatile unsigned char* volatile witness;

int layouts_count(int n) {
  unsigned char frame[160];
  witness = frame;
  for (unsigned i = 0; i < sizeof frame; ++i) {
    witness[i] = table[(i + (unsigned)n) % sizeof table];
  }
  counters[(unsigned)n % 150] += weights[(unsigned)n % 40] += 1;
  state.text[(unsigned)n % 300] = (char)witness[7];
  state.last += counters[149];
  return witness[3] + counters[(unsigned)n % 150];
}

int layouts_sum(int n) {
  unsigned char frame[1200];
  witness = frame;
  for (unsigned i = 0; i < sizeof frame; ++i) {
    witness[i] = (unsigned char)(i * (unsigned)n);
  }
  state.first = n;
  return witness[1199] + state.last + layouts_count(n + 1);
}
