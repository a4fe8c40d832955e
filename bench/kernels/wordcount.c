// Words of a generated text counted in an open hash table.
#include "kernel.h"
#define TEXT 65536
#define SLOTS 4096
static char text[TEXT];
static struct {
  u32 hash;
  int start, length, count;
} table[SLOTS];
EXPORT("run") int run(int n) {
  u32 state = 7;
  for (int i = 0; i < TEXT; i++) {
    u32 r = next_random(&state) >> 3;
    text[i] = r % 5 == 0 ? ' ' : (char)('a' + r % 7);
  }
  int distinct = 0, most = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < SLOTS; i++) table[i].count = 0;
    distinct = 0;
    for (int at = 0; at < TEXT;) {
      while (at < TEXT && text[at] == ' ') at++;
      int start = at;
      u32 hash = 2166136261u;
      while (at < TEXT && text[at] != ' ') hash = (hash ^ (u8)text[at++]) * 16777619u;
      int length = at - start;
      if (!length || length > 4) continue;
      for (u32 slot = hash % SLOTS;; slot = (slot + 1) % SLOTS) {
        if (!table[slot].count) {
          table[slot].hash = hash, table[slot].start = start, table[slot].length = length, table[slot].count = 1;
          distinct++;
          break;
        }
        if (table[slot].hash == hash && table[slot].length == length) {
          int same = 1;
          for (int i = 0; i < length; i++) same &= text[table[slot].start + i] == text[start + i];
          if (same) {
            if (++table[slot].count > most) most = table[slot].count;
            break;
          }
        }
      }
    }
  }
  return distinct * 65536 + most;
}
NATIVE_MAIN
