// String functions byte by byte: length, search, comparison, case.
#include "kernel.h"
#define SIZE 32768
static char text[SIZE + 1];
static NOINLINE int length(char const* s) {
  char const* p = s;
  while (*p) p++;
  return (int)(p - s);
}
static NOINLINE char const* find(char const* s, char const* what) {
  for (; *s; s++) {
    char const *a = s, *b = what;
    while (*b && *a == *b) a++, b++;
    if (!*b) return s;
  }
  return 0;
}
static NOINLINE int upper(char* s) {
  int changed = 0;
  for (; *s; s++)
    if (*s >= 'a' && *s <= 'z')
      *s = (char)(*s - 32), changed++;
    else if (*s >= 'A' && *s <= 'Z')
      *s = (char)(*s + 32);
  return changed;
}
EXPORT("run") int run(int n) {
  u32 state = 99;
  for (int i = 0; i < SIZE; i++) text[i] = (char)('a' + (next_random(&state) >> 5) % 26);
  int sum = 0;
  for (int round = 0; round < n; round++) {
    sum += length(text);
    char const* at = find(text, "zzqz");
    sum += at ? (int)(at - text) : -1;
    sum ^= upper(text);
  }
  return sum;
}
NATIVE_MAIN
