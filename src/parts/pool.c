/*
 * Pooling over time. See pool.h.
 */
#include "parts/pool.h"

#include <string.h>

size_t ink_pool_floats(size_t hidden) { return 2 * hidden + 1; }

void ink_pool_state_set(size_t hidden, float *floats, ink_pool_state *state) {
  *state = (ink_pool_state){floats, floats + hidden, floats + 2 * hidden};
}

void ink_pool_note(size_t hidden, const ink_pool_state *state, const float *h) {
  for (size_t i = 0; i < hidden; i++) {
    state->sum[i] += h[i];
    if (*state->read == 0 || h[i] > state->largest[i]) state->largest[i] = h[i];
  }
  *state->read += 1;
}

void ink_pool_features(size_t hidden, const ink_pool_state *state, const float *h,
                       float *features) {
  float read = *state->read;
  memcpy(features, h, hidden * sizeof *features);
  for (size_t i = 0; i < hidden; i++) {
    features[hidden + i] = state->sum[i] / (read > 0 ? read : 1);
  }
  memcpy(features + 2 * hidden, state->largest, hidden * sizeof *features);
}
