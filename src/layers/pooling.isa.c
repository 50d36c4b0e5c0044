/*
 * Max pooling, 2x2 with stride 2, channels last: plain loops along the channels, for the compiler
 * to vectorise. Bits are the same on every instruction set.
 */
#include "layers/pooling.h"

#include "kernels/simd.h"

/* The upper left one of the 2x2 positions that make position (r, c) of the pooled map. */
static size_t corner(size_t b, size_t r, size_t c, size_t height, size_t width, size_t channels) {
  return ((b * height + 2 * r) * width + 2 * c) * channels;
}

INK_INLINE float larger(float a, float b) { return a < b ? b : a; }

static void largest(size_t n, const float *restrict a, const float *restrict b,
                    const float *restrict c, const float *restrict d, float *restrict y) {
  for (size_t i = 0; i < n; i++) y[i] = larger(larger(a[i], b[i]), larger(c[i], d[i]));
}

void INK_ISA_NAME(ink_max_pooling_forward)(size_t batch, size_t height, size_t width,
                                           size_t channels, const float *x, float *y) {
  size_t down = width * channels;
  for (size_t b = 0; b < batch; b++) {
    for (size_t r = 0; r < height / 2; r++) {
      for (size_t c = 0; c < width / 2; c++, y += channels) {
        const float *from = x + corner(b, r, c, height, width, channels);
        largest(channels, from, from + channels, from + down, from + down + channels, y);
      }
    }
  }
}

/* The gradient goes to the first that is as large as the largest: `rest` is what nobody took
 * yet. */
static void give_largest(size_t n, const float *restrict x, size_t down, const float *restrict dy,
                         float *restrict dx) {
  const float *a = x, *b = x + n, *c = x + down, *d = c + n;
  float *restrict da = dx, *restrict db = dx + n, *restrict dc = dx + down, *restrict dd = dc + n;
  for (size_t i = 0; i < n; i++) {
    float most = larger(larger(a[i], b[i]), larger(c[i], d[i])), rest = dy[i];
    da[i] = a[i] == most ? rest : 0;
    rest = a[i] == most ? 0 : rest;
    db[i] = b[i] == most ? rest : 0;
    rest = b[i] == most ? 0 : rest;
    dc[i] = c[i] == most ? rest : 0;
    dd[i] = c[i] == most ? 0 : rest;
  }
}

void INK_ISA_NAME(ink_max_pooling_backward)(size_t batch, size_t height, size_t width,
                                            size_t channels, const float *x, const float *dy,
                                            float *dx) {
  if (height % 2 == 1 || width % 2 == 1) {
    memset(dx, 0, batch * height * width * channels * sizeof(float));
  }
  for (size_t b = 0; b < batch; b++) {
    for (size_t r = 0; r < height / 2; r++) {
      for (size_t c = 0; c < width / 2; c++, dy += channels) {
        size_t at = corner(b, r, c, height, width, channels);
        give_largest(channels, x + at, width * channels, dy, dx + at);
      }
    }
  }
}
