/*
 * Pooling over time. See pool_steps.h.
 */
#include "layers/pool_steps.h"

void ink_pool_steps_forward(size_t steps, size_t batch, size_t hidden, const float *y,
                            float *features, uint32_t *largest) {
  for (size_t b = 0; b < batch; b++) {
    float *last = features + b * 3 * hidden, *mean = last + hidden, *most = mean + hidden;
    for (size_t j = 0; j < hidden; j++) {
      const float *at = y + b * hidden + j;
      float sum = 0;
      most[j] = at[0];
      largest[b * hidden + j] = 0;
      for (size_t t = 0; t < steps; t++, at += batch * hidden) {
        sum += *at;
        last[j] = *at;
        if (*at <= most[j]) continue;
        most[j] = *at;
        largest[b * hidden + j] = (uint32_t)t;
      }
      mean[j] = sum / (float)steps;
    }
  }
}

void ink_pool_steps_backward(size_t steps, size_t batch, size_t hidden, const float *dfeatures,
                             const uint32_t *largest, float *dy) {
  for (size_t t = 0; t < steps; t++) {
    for (size_t b = 0; b < batch; b++) {
      const float *last = dfeatures + b * 3 * hidden, *mean = last + hidden, *most = mean + hidden;
      float *to = dy + (t * batch + b) * hidden;
      for (size_t j = 0; j < hidden; j++) {
        to[j] = mean[j] / (float)steps + (t + 1 == steps ? last[j] : 0) +
                (largest[b * hidden + j] == t ? most[j] : 0);
      }
    }
  }
}
