/*
 * Dropout by key and position. See dropout.h.
 */
#include "layers/dropout.h"

#include "base/random.h"

void ink_dropout(const float *x, size_t n, float rate, uint64_t key, float *y) {
  uint32_t threshold = (uint32_t)((double)rate * 65536.0);
  float scale = 1.0f / (1.0f - rate);
  for (size_t i = 0; i < n; i += 4) {
    uint64_t bits = ink_random_mix(key + i); /* four numbers of 16 bits */
    for (size_t j = i; j < i + 4 && j < n; j++, bits >>= 16) {
      y[j] = x[j] * ((uint32_t)(bits & 0xffff) < threshold ? 0.0f : scale);
    }
  }
}
