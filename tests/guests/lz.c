// A small Lempel-Ziv coder and decoder: byte loops with data-dependent branches, hash tables, block copies.
#include "guest.h"

enum { capacity = 1 << 16, packed_capacity = capacity + capacity / 8 + 16, hash_size = 4096, window = 4095 };

static uint8_t plain[capacity];
static uint8_t packed[packed_capacity];
static uint8_t unpacked[capacity];
static uint32_t newest[hash_size];

uint8_t* lz_plain(void) { return plain; }
uint8_t* lz_packed(void) { return packed; }
uint8_t* lz_unpacked(void) { return unpacked; }

static uint32_t hash(const uint8_t* at) {
  return (((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16) * 2654435761u) >> 20;
}

// Packs the first `length` bytes of the plain buffer. The packed form: a byte of 8 flags, then for each flag a literal
// byte (0) or two bytes of distance (12 bits) and length minus 3 (4 bits) (1). Returns the packed length.
uint32_t lz_pack(uint32_t length) {
  uint32_t out = 0, flags = 0, count = 8;
  if (length > capacity) return 0;
  for (uint32_t i = 0; i < hash_size; ++i) newest[i] = 0;
  for (uint32_t at = 0; at < length;) {
    if (count == 8) {
      flags = out;
      packed[out++] = 0;
      count = 0;
    }
    uint32_t best = 0, distance = 0;
    if (at + 3 <= length) {
      uint32_t h = hash(plain + at);
      uint32_t candidate = newest[h]; // position + 1
      newest[h] = at + 1;
      if (candidate != 0 && at + 1 - candidate <= window) {
        distance = at + 1 - candidate;
        while (best < 18 && at + best < length && plain[at + best] == plain[at + best - distance]) ++best;
      }
    }
    if (best >= 3) {
      packed[flags] = (uint8_t)(packed[flags] | 1u << count);
      packed[out++] = (uint8_t)distance;
      packed[out++] = (uint8_t)(distance >> 8 << 4 | (best - 3));
      at += best;
    } else {
      packed[out++] = plain[at++];
    }
    ++count;
  }
  return out;
}

// Unpacks `length` bytes of the packed buffer. Returns the unpacked length, UINT32_MAX when the bytes are damaged.
uint32_t lz_unpack(uint32_t length) {
  uint32_t in = 0, out = 0;
  if (length > packed_capacity) return UINT32_MAX;
  while (in < length) {
    uint32_t flags = packed[in++];
    for (uint32_t bit = 0; bit < 8 && in < length; ++bit) {
      if ((flags >> bit & 1) == 0) {
        if (out == capacity) return UINT32_MAX;
        unpacked[out++] = packed[in++];
        continue;
      }
      if (in + 2 > length) return UINT32_MAX;
      uint32_t distance = (uint32_t)packed[in] | (uint32_t)(packed[in + 1] >> 4) << 8;
      uint32_t run = (packed[in + 1] & 15u) + 3;
      in += 2;
      if (distance == 0 || distance > out || run > capacity - out) return UINT32_MAX;
      for (; run != 0; --run, ++out) unpacked[out] = unpacked[out - distance];
    }
  }
  return out;
}

uint32_t lz_same(uint32_t length) {
  if (length > capacity) return 0;
  for (uint32_t i = 0; i < length; ++i)
    if (plain[i] != unpacked[i]) return 0;
  return 1;
}
