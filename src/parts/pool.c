/*
 * Pooling over time. See pool.h.
 */
#include "parts/pool.h"

#include <string.h>

size_t ink_pool_floats(size_t hidden) { return 2 * hidden + 1; }

void ink_pool_note(size_t hidden, float *state, const float *h) {
  float *sum = state, *largest = sum + hidden, *read = largest + hidden;
  for (size_t i = 0; i < hidden; i++) {
    sum[i] += h[i];
    if (*read == 0 || h[i] > largest[i]) largest[i] = h[i];
  }
  *read += 1;
}

void ink_pool_features(size_t hidden, const float *state, const float *h, float *features) {
  const float *sum = state, *largest = sum + hidden;
  float read = largest[hidden];
  memcpy(features, h, hidden * sizeof *features);
  for (size_t i = 0; i < hidden; i++) features[hidden + i] = sum[i] / (read > 0 ? read : 1);
  memcpy(features + 2 * hidden, largest, hidden * sizeof *features);
}
