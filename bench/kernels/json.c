// A recursive JSON parser over a generated document: counts values, sums numbers, hashes strings.
#include "kernel.h"
#define SIZE 60000
static char doc[SIZE + 256];
static char* out;
static u32 state;
static void put(char const* s) {
  while (*s) *out++ = *s++;
}
static NOINLINE void generate(int depth) {
  u32 r = next_random(&state) >> 5;
  if (depth > 6 || r % 4 == 0) {
    if (r % 3 == 0)
      put("\"text \\\" \\n ");
    else if (r % 3 == 1) {
      *out++ = (char)('1' + r % 9);
      *out++ = (char)('0' + (r >> 4) % 10);
      put(".25");
      return;
    } else {
      put(r % 2 ? "true" : "null");
      return;
    }
    for (u32 i = 0; i < r % 11; i++) *out++ = (char)('a' + (r >> i) % 26);
    *out++ = '"';
    return;
  }
  int object = r % 2;
  *out++ = object ? '{' : '[';
  for (u32 i = 0; i < 3 + r % 4 && out < doc + SIZE; i++) {
    if (i) put(", ");
    if (object) {
      *out++ = '"';
      *out++ = (char)('a' + i);
      put("\": ");
    }
    generate(depth + 1);
  }
  *out++ = object ? '}' : ']';
}
static char const* at;
static double sum;
static u32 hash, values;
static void space(void) {
  while (*at == ' ' || *at == '\n') at++;
}
static NOINLINE void string(void) {
  for (at++; *at != '"'; at++) {
    if (*at == '\\') at++;
    hash = (hash ^ (u8)*at) * 16777619u;
  }
  at++;
}
static NOINLINE void value(void) {
  space();
  values++;
  switch (*at) {
  case '{':
  case '[': {
    char close = *at++ == '{' ? '}' : ']';
    space();
    while (*at != close) {
      if (close == '}') {
        string();
        space();
        at++;
      }
      value();
      space();
      if (*at == ',') at++;
      space();
    }
    at++;
    break;
  }
  case '"': string(); break;
  case 't':
  case 'n': at += 4; break;
  default: {
    double v = 0, scale = 1;
    while (*at >= '0' && *at <= '9') v = v * 10 + (*at++ - '0');
    if (*at == '.')
      for (at++; *at >= '0' && *at <= '9'; at++) v += (*at - '0') * (scale *= 0.1);
    sum += v;
  }
  }
}
EXPORT("run") int run(int n) {
  state = 2024;
  out = doc;
  *out++ = '[';
  while (out < doc + SIZE - 4000) {
    generate(0);
    put(", ");
  }
  put("0]");
  *out = 0;
  for (int round = 0; round < n; round++) {
    at = doc;
    value();
  }
  return (int)(hash ^ values ^ (u32)(i64)sum);
}
NATIVE_MAIN
