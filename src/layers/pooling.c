/*
 * Pooling: the mean, and the choice of the build of pooling.isa.c.
 */
#include "layers/pooling.h"

void ink_max_pooling_forward(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                             size_t channels, const float *x, float *y) {
  INK_BUILD(kernels, ink_max_pooling_forward)(batch, height, width, channels, x, y);
}

void ink_max_pooling_backward(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                              size_t channels, const float *x, const float *dy, float *dx) {
  INK_BUILD(kernels, ink_max_pooling_backward)(batch, height, width, channels, x, dy, dx);
}

void ink_mean_pooling_forward(const ink_kernels *kernels, size_t batch, size_t positions,
                              size_t channels, const float *x, float *y) {
  for (size_t b = 0; b < batch; b++, y += channels) {
    memset(y, 0, channels * sizeof(float));
    for (size_t p = 0; p < positions; p++, x += channels) kernels->add(x, channels, y);
    for (size_t c = 0; c < channels; c++) y[c] /= (float)positions;
  }
}

void ink_mean_pooling_backward(const ink_kernels *kernels, size_t batch, size_t positions,
                               size_t channels, float *dy, float *dx) {
  for (size_t b = 0; b < batch; b++, dy += channels) {
    for (size_t c = 0; c < channels; c++) dy[c] /= (float)positions;
    for (size_t p = 0; p < positions; p++, dx += channels) kernels->add(dy, channels, dx);
  }
}
