// Drivers of published programs: each is merged with the program, whose memory it shares and whose exports it calls. A
// driver has neither data nor a stack of its own, and so needs no room in that memory.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;

#define EXPORT(name) __attribute__((export_name(name)))
#define FROM_PROGRAM(name) __attribute__((import_module("program"), import_name(name)))

static inline u8* at(u32 address) { return (u8*)address; }

// Bytes that compress to about a half: runs of a word among others that a counter makes.
static inline void fill(u8* to, u32 length, u32 seed) {
  u32 x = seed * 2654435761u + 1;
  for (u32 i = 0; i < length; ++i) {
    x = x * 1664525u + 1013904223u;
    to[i] = (x >> 28) < 6 ? (u8)(x >> 20) : (u8)(0x72696577u >> 8 * (i & 3));
  }
}

static inline u32 digest(u8 const* from, u32 length, u32 sum) {
  for (u32 i = 0; i < length; ++i) sum = (sum ^ from[i]) * 16777619u;
  return sum;
}
