// f64 matrix product: three nested loops, indexed loads.
#include "kernel.h"
#define SIZE 120
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
EXPORT("run") int run(int n) {
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = (i * 3 + j) % 17;
      b[i][j] = (i + j * 5) % 13;
    }
  double trace = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++)
      for (int j = 0; j < SIZE; j++) {
        double sum = 0;
        for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    for (int i = 0; i < SIZE; i++) trace += c[i][i];
    a[round % SIZE][0] += 1;
  }
  return (int)((u64)trace % 1000000007u);
}
NATIVE_MAIN
