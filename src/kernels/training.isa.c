/*
 * What training does to long arrays beside the products: the optimiser's step, the average of
 * weights, dropout and the norm of a gradient. The results are the same bits on every instruction
 * set.
 */
#include "base/random.h"
#include "base/size.h"
#include "kernels/isa.h"

/* ---- Optimiser ------------------------------------------------------------------------------- */

INK_INLINE void adamw_lanes(size_t j, size_t n, const ink_adamw_step *s, const float *gradients,
                            float *weights, float *m, float *v) {
  ink_v g = ink_v_get(gradients + j, n) * s->scale, w = ink_v_get(weights + j, n);
  ink_v m1 = s->beta1 * ink_v_get(m + j, n) + (1 - s->beta1) * g;
  ink_v v1 = s->beta2 * ink_v_get(v + j, n) + (1 - s->beta2) * g * g;
  ink_v_put(m + j, m1, n);
  ink_v_put(v + j, v1, n);
  ink_v step = s->rate * m1 / (ink_v_sqrt(v1) * s->root + s->epsilon);
  ink_v_put(weights + j, w * s->keep - step, n);
}

void INK_ISA_NAME(ink_adamw)(const ink_adamw_step *step, size_t n, const float *gradients,
                             float *weights, float *m, float *v) {
  INK_IN_LANES(n, adamw_lanes, step, gradients, weights, m, v);
}

INK_INLINE void approach_lanes(size_t j, size_t n, const float *x, float share, float *y) {
  ink_v from = ink_v_get(y + j, n);
  ink_v_put(y + j, from + share * (ink_v_get(x + j, n) - from), n);
}

void INK_ISA_NAME(ink_approach)(const float *x, size_t n, float share, float *y) {
  INK_IN_LANES(n, approach_lanes, x, share, y);
}

/* Sixteen running sums at every width, since one would wait for each addition. */
double INK_ISA_NAME(ink_sum_of_squares)(const float *x, size_t n) {
  enum { AT_ONCE = 16 };
  double sums[AT_ONCE] = {0}, sum = 0;
  size_t at = 0;
  for (; at + AT_ONCE <= n; at += AT_ONCE) {
    INK_UNROLL
    for (size_t i = 0; i < AT_ONCE; i++) sums[i] += (double)x[at + i] * (double)x[at + i];
  }
  for (; at < n; at++) sum += (double)x[at] * (double)x[at];
  for (size_t i = 0; i < AT_ONCE; i++) sum += sums[i];
  return sum;
}

/* ---- Dropout --------------------------------------------------------------------------------- */

/* Numbers are drawn for so many elements before the first is used: what has just been written in
 * pieces cannot be read at once in larger ones. */
enum { DRAWN = 256 };

INK_INLINE void drop_lanes(size_t j, size_t n, const float *x, ink_vi threshold, ink_v scale,
                           const uint16_t *numbers, float *y) {
  ink_vs narrow;
  memcpy(&narrow, numbers + j, sizeof narrow);
  ink_vi dropped = ink_vi_below(ink_vi_widen(narrow), threshold);
  ink_v factor = ink_v_select(dropped, ink_v_all(0.0f), scale);
  ink_v_put(y + j, ink_v_get(x + j, n) * factor, n);
}

/* Element i has the number i % 4, of 16 bits from the lowest up, of the random bits that are drawn
 * for i - i % 4. */
void INK_ISA_NAME(ink_drop)(const float *x, size_t n, float rate, uint64_t key, float *y) {
  ink_vi threshold = ink_vi_all((int32_t)((double)rate * 65536.0));
  ink_v scale = ink_v_all(1.0f / (1.0f - rate));
  for (size_t at = 0; at < n; at += DRAWN) {
    uint64_t bits[DRAWN / 4];
    uint16_t numbers[DRAWN + INK_LANES]; /* of which a load may reach beyond the last */
    size_t count = ink_size_min(DRAWN, n - at), draws = (count + 3) / 4;
    for (size_t i = 0; i < draws; i++) bits[i] = ink_random_mix(key + at + 4 * i);
    memcpy(numbers, bits, draws * sizeof bits[0]);
    INK_IN_LANES(count, drop_lanes, x + at, threshold, scale, numbers, y + at);
  }
}
