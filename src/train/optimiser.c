/*
 * AdamW and schedule. Sources: see optimiser.h.
 */
#include "train/optimiser.h"

#include <math.h>

#include "base/log.h"

/* x^n by squaring. */
static double power(double x, uint32_t n) {
  double product = 1;
  for (; n > 0; n >>= 1, x *= x) {
    if (n & 1) product *= x;
  }
  return product;
}

double ink_learning_rate(const ink_train_options *options, uint32_t step, double share) {
  double highest = (double)options->learning_rate;
  if (step < options->warmup) return highest * (step + 1.0) / options->warmup;
  if (options->schedule == INK_SCHEDULE_CONSTANT) return highest;
  double lowest = (double)options->final_fraction;
  return highest *
         (lowest + (1 - lowest) * 0.5 * (1 + ink_cos(3.141592653589793 * fmin(share, 1))));
}

/* m = b1 m + (1 - b1) g      v = b2 v + (1 - b2) g^2
 * w = w (1 - lr decay) - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + epsilon) */
ink_adamw_step ink_adamw_step_of(const ink_train_options *options, double learning_rate,
                                 uint32_t step, double gradient_scale) {
  double beta1 = (double)options->beta1, beta2 = (double)options->beta2;
  return (ink_adamw_step){.scale = (float)gradient_scale,
                          .beta1 = options->beta1,
                          .beta2 = options->beta2,
                          .epsilon = options->epsilon,
                          .keep = (float)(1 - learning_rate * (double)options->weight_decay),
                          .rate = (float)(learning_rate / (1 - power(beta1, step))),
                          .root = (float)(1 / sqrt(1 - power(beta2, step)))};
}
