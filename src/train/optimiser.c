/*
 * AdamW, schedule, clipping. Sources: see optimiser.h.
 */
#include "train/optimiser.h"

#include <math.h>

double ink_learning_rate(const ink_train_options *options, uint32_t step, uint32_t steps) {
  double highest = (double)options->learning_rate;
  if (step < options->warmup) return highest * (step + 1.0) / options->warmup;
  if (options->schedule == INK_SCHEDULE_CONSTANT || steps <= options->warmup + 1) return highest;
  double progress = (double)(step - options->warmup) / (double)(steps - 1 - options->warmup);
  double lowest = (double)options->final_fraction;
  return highest * (lowest + (1 - lowest) * 0.5 * (1 + cos(3.141592653589793 * fmin(progress, 1))));
}

double ink_gradient_norm(const float *gradients, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (double)gradients[i] * (double)gradients[i];
  return sqrt(sum);
}

/* m = b1 m + (1 - b1) g      v = b2 v + (1 - b2) g^2
 * w = w (1 - lr decay) - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + epsilon) */
void ink_adamw(const ink_train_options *options, double learning_rate, uint32_t step, size_t n,
               const float *gradients, double gradient_scale, float *weights, float *m, float *v) {
  double beta1 = (double)options->beta1, beta2 = (double)options->beta2;
  float b1 = options->beta1, b2 = options->beta2, epsilon = options->epsilon;
  float scale = (float)gradient_scale;
  float keep = (float)(1 - learning_rate * (double)options->weight_decay);
  float rate = (float)(learning_rate / (1 - pow(beta1, step)));
  float root = (float)(1 / sqrt(1 - pow(beta2, step)));
  for (size_t i = 0; i < n; i++) {
    float g = gradients[i] * scale;
    m[i] = b1 * m[i] + (1 - b1) * g;
    v[i] = b2 * v[i] + (1 - b2) * g * g;
    weights[i] = weights[i] * keep - rate * m[i] / (sqrtf(v[i]) * root + epsilon);
  }
}
