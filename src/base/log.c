/*
 * ln x, e^x and cos x, the first two by reduction of the argument with ln 2 in two parts (Cody and
 * Waite 1980), then a series:
 *   x = 2^e m, m in [0.7, 1.4):  ln x = e ln 2 + 2 artanh(s), s = (m - 1) / (m + 1),
 *                                artanh(s) = s + s^3/3 + s^5/5 + ...
 *   x = n ln 2 + r, |r| <= ln 2 / 2:  e^x = 2^n (1 + r + r^2/2! + r^3/3! + ...)
 *   cos x = 1 - x^2/2! + x^4/4! - ..., and -cos(pi - x) beyond pi / 2
 * all until what follows is below the last place.
 */
#include "base/log.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2: its upper bits, so few that a whole number of exponent size times it is exact, and the
 * rest. */
static const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;

enum { LOG_TERMS = 11, EXP_TERMS = 14, COS_TERMS = 11 };

double ink_log(double x) {
  const uint64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000; /* as bits */
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  /* How many powers of two there are between root_half and x. */
  int64_t exponent = (int64_t)((bits - root_half + one) >> 52) - 1023;
  bits -= (uint64_t)exponent << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  double f = m - 1, s = f / (m + 1), z = s * s, sum = 0;
  for (int k = LOG_TERMS; k > 0; k--) sum = z * (1.0 / (2 * k + 1) + sum);
  /* 2 s + 2 s sum, where 2 s = f - s f loses nothing near 0. */
  double n = (double)exponent;
  return n * ln2_high + (f - (s * f - (n * ln2_low + 2 * s * sum)));
}

double ink_exp(double x) {
  if (x < -708) return 0;
  if (!(x <= 709)) return x * INFINITY;
  double n = (double)(int64_t)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
  double r = (x - n * ln2_high) - n * ln2_low, sum = 0;
  for (int k = EXP_TERMS; k > 1; k--) sum = r / k * (1 + sum);
  sum = r * (1 + sum);
  double power;
  uint64_t bits = (uint64_t)((int64_t)n + 1023) << 52;
  memcpy(&power, &bits, sizeof power);
  return power * (1 + sum);
}

double ink_cos(double x) {
  const double pi = 3.141592653589793;
  if (x > pi) x = 2 * pi - x;
  double near = x > pi / 2 ? pi - x : x, sum = 1;
  for (int k = 2 * COS_TERMS; k > 0; k -= 2) sum = 1 - near * near / (k * (k - 1)) * sum;
  return x > pi / 2 ? -sum : sum;
}
