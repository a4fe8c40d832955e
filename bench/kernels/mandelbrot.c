// f64 arithmetic without memory: registers and a data-dependent loop.
#include "kernel.h"
EXPORT("run") int run(int n) {
  int inside = 0;
  for (int py = 0; py < n; py++)
    for (int px = 0; px < n; px++) {
      double cx = 3.0 * px / n - 2.0, cy = 2.0 * py / n - 1.0, x = 0, y = 0;
      int i = 0;
      while (i < 100) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4.0) break;
        y = 2 * x * y + cy;
        x = xx - yy + cx;
        i++;
      }
      inside += i;
    }
  return inside;
}
NATIVE_MAIN
