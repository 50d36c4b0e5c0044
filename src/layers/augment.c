/*
 * Augmentation of pictures by key. See augment.h.
 */
#include "layers/augment.h"

#include "base/random.h"

enum { COLOURS = 3 };
static const float white = 1.0f;

/* Uniform in [-most, most]. */
static float either_way(ink_random *random, float most) {
  return (float)(ink_random_uniform(random) * 2 - 1) * most;
}

static ptrdiff_t random_shift(ink_random *random, uint32_t most) {
  return (ptrdiff_t)ink_random_below(random, 2 * most + 1) - (ptrdiff_t)most;
}

void ink_augment(const ink_augmentation *augmentation, uint64_t key, size_t height, size_t width,
                 const float *x, float *y) {
  ink_random random;
  ink_random_seed(&random, ink_random_mix(key), 0);
  ptrdiff_t down = random_shift(&random, augmentation->shift);
  ptrdiff_t right = random_shift(&random, augmentation->shift);
  bool flip = ink_random_below(&random, 2) == 1 && augmentation->flip;
  float contrast = either_way(&random, augmentation->contrast);
  float brightness = either_way(&random, augmentation->brightness);
  ptrdiff_t rows = (ptrdiff_t)height, columns = (ptrdiff_t)width;
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c++, y += COLOURS) {
      ptrdiff_t from_r = r - down, from_c = (flip ? columns - 1 - c : c) - right;
      bool inside = from_r >= 0 && from_r < rows && from_c >= 0 && from_c < columns;
      for (ptrdiff_t i = 0; i < COLOURS; i++) {
        float v = inside ? x[(from_r * columns + from_c) * COLOURS + i] : white;
        v += contrast * (v - white);
        if (v < -1.0f) v = -1.0f;
        y[i] = v + brightness * (1.0f - v * v);
      }
    }
  }
}
