// Spectral norm: conversions and f64 divisions, a small function called in the inner loop.
#include "kernel.h"
#define SIZE 100
static double u[SIZE], v[SIZE], t[SIZE];
static NOINLINE double a(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }
static void times(double const* x, double* y, int transposed) {
  for (int i = 0; i < SIZE; i++) {
    double sum = 0;
    for (int j = 0; j < SIZE; j++) sum += (transposed ? a(j, i) : a(i, j)) * x[j];
    y[i] = sum;
  }
}
EXPORT("run") int run(int n) {
  for (int i = 0; i < SIZE; i++) u[i] = 1;
  for (int round = 0; round < n; round++) {
    times(u, t, 0);
    times(t, v, 1);
    times(v, t, 0);
    times(t, u, 1);
    double scale = 1 / u[0];
    for (int i = 0; i < SIZE; i++) u[i] *= scale, v[i] *= scale;
  }
  double vbv = 0, vv = 0;
  for (int i = 0; i < SIZE; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return (int)(__builtin_sqrt(vbv / vv) * 1e6);
}
NATIVE_MAIN
