// Products of f64 and f32 matrices, and an f64 linear system by Gaussian elimination. Nothing is fused or reordered, so
// the results are the same to the last bit.
#include "guest.h"

enum { order = 48 };

static double a[order][order], b[order][order], c[order][order];
static float d[order][order], e[order][order], f[order][order];
static double x[order];

void matrix_fill(uint32_t seed) {
  for (int i = 0; i < order; ++i)
    for (int j = 0; j < order; ++j) {
      a[i][j] = (double)(int32_t)guest_next(&seed) / 65536.0;
      b[i][j] = (double)guest_next(&seed) * 1e-6;
      d[i][j] = (float)(int32_t)guest_next(&seed) / 3.0f;
      e[i][j] = (float)guest_next(&seed) * 1e-3f;
    }
}

double* matrix_multiply(void) {
  for (int i = 0; i < order; ++i)
    for (int j = 0; j < order; ++j) {
      double sum = 0;
      for (int k = 0; k < order; ++k) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  return &c[0][0];
}

float* matrix_multiply_f32(void) {
  for (int i = 0; i < order; ++i)
    for (int j = 0; j < order; ++j) {
      float sum = 0;
      for (int k = 0; k < order; ++k) sum += d[i][k] * e[k][j];
      f[i][j] = sum;
    }
  return &f[0][0];
}

static double magnitude(double v) { return v < 0 ? -v : v; }

// Solves a * x = (the sums of b's rows), destroying a. Returns the determinant of a.
double matrix_solve(void) {
  double determinant = 1;
  for (int i = 0; i < order; ++i) {
    x[i] = 0;
    for (int j = 0; j < order; ++j) x[i] += b[i][j];
  }
  for (int column = 0; column < order; ++column) {
    int pivot = column;
    for (int i = column + 1; i < order; ++i)
      if (magnitude(a[i][column]) > magnitude(a[pivot][column])) pivot = i;
    if (a[pivot][column] == 0) return 0;
    if (pivot != column) {
      for (int j = 0; j < order; ++j) {
        double t = a[column][j];
        a[column][j] = a[pivot][j];
        a[pivot][j] = t;
      }
      double t = x[column];
      x[column] = x[pivot];
      x[pivot] = t;
      determinant = -determinant;
    }
    determinant *= a[column][column] / 65536.0;
    for (int i = column + 1; i < order; ++i) {
      double factor = a[i][column] / a[column][column];
      for (int j = column; j < order; ++j) a[i][j] -= factor * a[column][j];
      x[i] -= factor * x[column];
    }
  }
  for (int i = order - 1; i >= 0; --i) {
    for (int j = i + 1; j < order; ++j) x[i] -= a[i][j] * x[j];
    x[i] /= a[i][i];
  }
  return determinant;
}

double* matrix_solution(void) { return x; }
