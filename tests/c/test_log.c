/*
 * ln, e^x and cos in double precision: the stated error over the whole range, and the ends of it.
 */
#include <float.h>

#include "base/log.h"
#include "check.h"

/* The distance in units in the last place of `exact`. */
static double ulps(double got, long double exact) {
  double size = fabs((double)exact);
  return (double)fabsl((long double)got - exact) / (nextafter(size, INFINITY) - size);
}

static void check(double *worst, double got, long double exact) {
  double error = ulps(got, exact);
  CHECK(error <= 2);
  if (error > *worst) *worst = error;
}

int main(void) {
  enum { POINTS = 1000000 };
  double log_error = 0, exp_error = 0;
  for (int i = 0; i < POINTS; i++) {
    double at = 2.0 * i / POINTS - 1; /* [-1,1) */
    double wide = ink_exp(707 * at), narrow = 1 + 0.6 * at;
    check(&log_error, ink_log(wide), logl((long double)wide));
    check(&log_error, ink_log(narrow), logl((long double)narrow));
    check(&exp_error, ink_exp(707 * at), expl((long double)(707 * at)));
    check(&exp_error, ink_exp(at), expl((long double)at));
  }
  printf("log: at most %.2f, exp: at most %.2f units in the last place\n", log_error, exp_error);
  CHECK(ink_log(1) == 0 && ink_exp(0) == 1 && ink_exp(-0.0) == 1);
  check(&log_error, ink_log(DBL_MIN), logl((long double)DBL_MIN));
  check(&log_error, ink_log(DBL_MAX), logl((long double)DBL_MAX));
  CHECK(ink_exp(-709) == 0 && ink_exp(-INFINITY) == 0);
  for (int i = 0; i <= POINTS; i++) {
    double x = 6.283185307179586 * i / POINTS;
    CHECK_NEAR(ink_cos(x), (double)cosl((long double)x), 1e-15);
  }
  CHECK(isinf(ink_exp(710)) && isinf(ink_exp(INFINITY)) && isnan(ink_exp(NAN)));
  return 0;
}
