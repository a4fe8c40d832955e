// Integer and floating-point operations one by one: division, rotation, counting bits, conversion, comparison.
#include "guest.h"

uint32_t numbers_i32(uint32_t operation, uint32_t a, uint32_t b) {
  int32_t x = (int32_t)a, y = (int32_t)b;
  switch (operation) {
  case 0: return a + b;
  case 1: return a - b;
  case 2: return a * b;
  case 3: return b == 0 ? 0 : a / b;
  case 4: return b == 0 ? 0 : a % b;
  case 5: return y == 0 || (x == INT32_MIN && y == -1) ? 0 : (uint32_t)(x / y);
  case 6: return y == 0 || (x == INT32_MIN && y == -1) ? 0 : (uint32_t)(x % y);
  case 7: return a << (b & 31);
  case 8: return a >> (b & 31);
  case 9: return (uint32_t)(x >> (b & 31));
  case 10: return a << (b & 31) | a >> (-b & 31);
  case 11: return a == 0 ? 32 : (uint32_t)__builtin_clz(a);
  case 12: return a == 0 ? 32 : (uint32_t)__builtin_ctz(a);
  case 13: return (uint32_t)__builtin_popcount(a);
  case 14: return (uint32_t)(int32_t)(int8_t)a;
  case 15: return (uint32_t)(int32_t)(int16_t)a;
  case 16: return (uint32_t)(x < y) | (uint32_t)(a < b) << 1 | (uint32_t)(x <= y) << 2 | (uint32_t)(a <= b) << 3;
  case 17: return a ^ (b | (a & ~b));
  default: return 0;
  }
}

uint64_t numbers_i64(uint32_t operation, uint64_t a, uint64_t b) {
  int64_t x = (int64_t)a, y = (int64_t)b;
  switch (operation) {
  case 0: return a + b;
  case 1: return a - b;
  case 2: return a * b;
  case 3: return b == 0 ? 0 : a / b;
  case 4: return b == 0 ? 0 : a % b;
  case 5: return y == 0 || (x == INT64_MIN && y == -1) ? 0 : (uint64_t)(x / y);
  case 6: return y == 0 || (x == INT64_MIN && y == -1) ? 0 : (uint64_t)(x % y);
  case 7: return a << (b & 63);
  case 8: return a >> (b & 63);
  case 9: return (uint64_t)(x >> (b & 63));
  case 10: return a << (b & 63) | a >> (-b & 63);
  case 11: return a == 0 ? 64 : (uint64_t)__builtin_clzll(a);
  case 12: return a == 0 ? 64 : (uint64_t)__builtin_ctzll(a);
  case 13: return (uint64_t)__builtin_popcountll(a);
  case 14: return (uint64_t)(int64_t)(int8_t)a;
  case 15: return (uint64_t)(int64_t)(int16_t)a;
  case 16: return (uint64_t)(int64_t)(int32_t)a;
  case 17: return (uint64_t)(x < y) | (uint64_t)(a < b) << 1 | (uint64_t)(x <= y) << 2 | (uint64_t)(a <= b) << 3;
  case 18: return a ^ (b | (a & ~b));
  default: return 0;
  }
}

double numbers_f64(uint32_t operation, double a, double b) {
  switch (operation) {
  case 0: return a + b;
  case 1: return a - b;
  case 2: return a * b;
  case 3: return b == 0 ? 0 : a / b;
  case 4: return __builtin_sqrt(a < 0 ? -a : a);
  case 5: return __builtin_fabs(a);
  case 6: return __builtin_copysign(a, b);
  case 7: return (double)(float)a;
  case 8: return (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b) + 16 * (a > b) + 32 * (a >= b);
  case 9: return -a;
  default: return 0;
  }
}

float numbers_f32(uint32_t operation, float a, float b) {
  switch (operation) {
  case 0: return a + b;
  case 1: return a - b;
  case 2: return a * b;
  case 3: return b == 0 ? 0 : a / b;
  case 4: return __builtin_sqrtf(a < 0 ? -a : a);
  case 5: return __builtin_fabsf(a);
  case 6: return __builtin_copysignf(a, b);
  case 7: return (float)((double)a / 3);
  case 8: return (float)((a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b) + 16 * (a > b) + 32 * (a >= b));
  case 9: return -a;
  default: return 0;
  }
}

// From a floating-point number to an integer, where the number fits (elsewhere C leaves it undefined: then 0).
uint64_t numbers_truncate(uint32_t operation, double a) {
  switch (operation) {
  case 0: return a > -2147483649.0 && a < 2147483648.0 ? (uint64_t)(int64_t)(int32_t)a : 0;
  case 1: return a > -1.0 && a < 4294967296.0 ? (uint32_t)a : 0;
  case 2: return a >= -9223372036854775808.0 && a < 9223372036854775808.0 ? (uint64_t)(int64_t)a : 0;
  case 3: return a > -1.0 && a < 18446744073709551616.0 ? (uint64_t)a : 0;
  default: return 0;
  }
}

// From an integer to a floating-point number.
double numbers_convert(uint32_t operation, uint64_t a) {
  switch (operation) {
  case 0: return (double)(int32_t)(uint32_t)a;
  case 1: return (double)(uint32_t)a;
  case 2: return (double)(int64_t)a;
  case 3: return (double)a;
  case 4: return (double)(float)(int32_t)(uint32_t)a;
  case 5: return (double)(float)(uint32_t)a;
  case 6: return (double)(float)(int64_t)a;
  case 7: return (double)(float)a;
  default: return 0;
  }
}
