/* Doubles and singles: what it prints depends on every bit. */
#include "print.h"

static u64 bits(double d) {
  union {
    double d;
    u64 n;
  } both = {d};
  return both.n;
}

/* Newton's method. */
static double root(double x) {
  double r = x > 1 ? x : 1;
  for (int i = 0; i < 30; i++) r = (r + x / r) / 2;
  return r;
}

struct body { double x, y, vx, vy, m; };
static struct body bodies[] = {
  {0, 0, 0, 0, 1000}, {10, 0, 0, 9.5, 1}, {0, -15.25, 8, 0.125, 0.3}, {-31, 4, 0.1, -5.7, 2e-3},
};
enum { BODIES = sizeof bodies / sizeof *bodies };

static void step(double dt) {
  for (int i = 0; i < BODIES; i++)
    for (int j = 0; j < BODIES; j++) {
      if (i == j) continue;
      double dx = bodies[j].x - bodies[i].x, dy = bodies[j].y - bodies[i].y;
      double d2 = dx * dx + dy * dy;
      double pull = bodies[j].m / (d2 * root(d2)) * dt;
      bodies[i].vx += dx * pull;
      bodies[i].vy += dy * pull;
    }
  for (int i = 0; i < BODIES; i++) {
    bodies[i].x += bodies[i].vx * dt;
    bodies[i].y += bodies[i].vy * dt;
  }
}

int main(void) {
  for (int i = 0; i < 100; i++) step(1.0 / 64);
  for (int i = 0; i < BODIES; i++) print("%x %x\n", bits(bodies[i].x), bits(bodies[i].y));
  float sum = 0;
  for (int i = 1; i <= 200; i++) sum += 1.0f / (float)i;
  print("%x %d\n", bits(sum), (int)(sum * 1000));
  volatile double tiny = 2.5e-308, huge = 1.7e308;
  print("%x %x %x\n", bits(tiny / 8), bits(huge * 2), bits(huge * 2 - huge * 2));
  print("%d %d %d\n", (int)(huge > tiny), (int)-2.75, (int)(bodies[1].x * 1e6));
  return (int)(sum * 10);
}
