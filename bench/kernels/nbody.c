// Planets as structures of f64: field accesses, square roots, divisions.
#include "kernel.h"
struct body {
  double x, y, z, vx, vy, vz, mass;
};
static struct body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.5},
    {4.84, -1.16, -0.10, 0.606, 2.81, -0.025, 0.0377},
    {8.34, 4.12, -0.40, -1.01, 1.82, 0.0084, 0.0113},
    {12.89, -15.11, -0.22, 1.08, 0.868, -0.0108, 0.0017},
    {15.37, -25.91, 0.179, 0.979, 0.594, -0.0347, 0.0020},
};
EXPORT("run") int run(int n) {
  for (int step = 0; step < n; step++) {
    for (int i = 0; i < 5; i++) {
      struct body* p = &bodies[i];
      for (int j = i + 1; j < 5; j++) {
        struct body* q = &bodies[j];
        double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
        double d2 = dx * dx + dy * dy + dz * dz;
        double mag = 0.001 / (d2 * __builtin_sqrt(d2));
        p->vx -= dx * q->mass * mag;
        p->vy -= dy * q->mass * mag;
        p->vz -= dz * q->mass * mag;
        q->vx += dx * p->mass * mag;
        q->vy += dy * p->mass * mag;
        q->vz += dz * p->mass * mag;
      }
    }
    for (int i = 0; i < 5; i++) {
      struct body* p = &bodies[i];
      p->x += 0.001 * p->vx;
      p->y += 0.001 * p->vy;
      p->z += 0.001 * p->vz;
    }
  }
  double e = 0;
  for (int i = 0; i < 5; i++) e += bodies[i].x + 2 * bodies[i].y + 3 * bodies[i].z;
  return (int)(e * 1e6);
}
NATIVE_MAIN
