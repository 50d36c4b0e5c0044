/*
 * Convolution as a product of matrices: with patches P [positions][9*in] and weights W [out][9*in],
 *   y = P W^T + b      dW = dy^T P      db = the sum of dy's rows
 * and dx, since what a position gave to its neighbours comes back from them, is the convolution of
 * dy with the weights turned by half a turn, in and out exchanged.
 */
#include "layers/convolution.h"

#include <string.h>

#include "base/size.h"

enum { TAPS = INK_CONVOLUTION_TAPS, SIDE = 3 };

/* A depth of this much pays for the traffic of dW, which each product reads and writes as a
 * whole. */
enum { ROWS_AT_LEAST = 256 };

static size_t pictures_at_once(size_t height, size_t width) {
  size_t positions = height * width;
  return positions < ROWS_AT_LEAST ? ROWS_AT_LEAST / positions : 1;
}

size_t ink_convolution_rows(size_t height, size_t width) {
  return pictures_at_once(height, width) * height * width;
}

size_t ink_convolution_packed_size(size_t in, size_t out) {
  return ink_size_max(ink_gemm_packed_size(out, TAPS * in), ink_gemm_packed_size(in, TAPS * out));
}

/* The three taps of one row of a map around column c: up to three neighbours, which lie side by
 * side. */
static inline void gather_row(const float *row, size_t c, size_t width, size_t channels,
                              float *taps) {
  size_t from = c > 0 ? 0 : 1, to = c + 1 < width ? SIDE : SIDE - 1;
  const float *x = row + (c + from) * channels - channels;
  if (from > 0) memset(taps, 0, channels * sizeof(float));
  memcpy(taps + from * channels, x, (to - from) * channels * sizeof(float));
  if (to < SIDE) memset(taps + to * channels, 0, channels * sizeof(float));
}

/* patches [batch*height*width][3][3][channels] of x [batch][height][width][channels] */
static void gather(size_t batch, size_t height, size_t width, size_t channels, const float *x,
                   float *patches) {
  size_t taps = SIDE * channels, line = width * channels;
  for (size_t b = 0; b < batch; b++, x += height * line) {
    for (size_t r = 0; r < height; r++) {
      for (size_t c = 0; c < width; c++) {
        for (size_t i = 0; i < SIDE; i++, patches += taps) {
          if (r + i < 1 || r + i > height) {
            memset(patches, 0, taps * sizeof(float));
          } else {
            gather_row(x + (r + i - 1) * line, c, width, channels, patches);
          }
        }
      }
    }
  }
}

/* weight [out,in,3,3] in the order of patches, by_tap [out][3][3][in] */
static void order(size_t out, size_t in, const float *weight, float *by_tap) {
  for (size_t o = 0; o < out; o++, by_tap += TAPS * in) {
    for (size_t k = 0; k < in; k++, weight += TAPS) {
      for (size_t tap = 0; tap < TAPS; tap++) by_tap[tap * in + k] = weight[tap];
    }
  }
}

/* gradient [out,in,3,3] += by_tap [out][3][3][in] */
static void add_ordered(size_t out, size_t in, const float *by_tap, float *gradient) {
  for (size_t o = 0; o < out; o++, by_tap += TAPS * in) {
    for (size_t k = 0; k < in; k++, gradient += TAPS) {
      for (size_t tap = 0; tap < TAPS; tap++) gradient[tap] += by_tap[tap * in + k];
    }
  }
}

/* turned [3][3][out][in]: the weights that lead from dy to dx. */
static void turn(size_t out, size_t in, const float *weight, float *turned) {
  for (size_t o = 0; o < out; o++) {
    for (size_t k = 0; k < in; k++, weight += TAPS) {
      for (size_t tap = 0; tap < TAPS; tap++) {
        turned[((TAPS - 1 - tap) * out + o) * in + k] = weight[tap];
      }
    }
  }
}

/* y [batch][height][width][out] of x [batch][height][width][in], with the weights in `packed`. */
static void convolve(const ink_convolution *layer, size_t batch, size_t in, size_t out,
                     const float *x, const float *bias, float *y) {
  size_t positions = layer->height * layer->width;
  size_t step = pictures_at_once(layer->height, layer->width);
  for (size_t b = 0; b < batch; b += step) {
    size_t pictures = batch - b < step ? batch - b : step;
    gather(pictures, layer->height, layer->width, in, x + b * positions * in, layer->patches);
    layer->kernels->gemm_packed(pictures * positions, out, TAPS * in,
                                (ink_matrix){layer->patches, TAPS * in, 1}, layer->packed, bias,
                                y + b * positions * out, out, false, layer->workspace);
  }
}

void ink_convolution_forward(const ink_convolution *layer, size_t batch, const float *x, float *y) {
  size_t in = layer->in, out = layer->out;
  order(out, in, layer->weight, layer->by_tap);
  layer->kernels->pack_b(out, TAPS * in, (ink_matrix){layer->by_tap, 1, TAPS * in}, layer->packed);
  convolve(layer, batch, in, out, x, layer->bias, y);
}

void ink_convolution_backward(const ink_convolution *layer, size_t batch, const float *x,
                              const float *dy, float *weight_gradient, float *bias_gradient,
                              float *dx) {
  const ink_kernels *kernels = layer->kernels;
  size_t in = layer->in, out = layer->out, positions = layer->height * layer->width;
  if (dx != NULL) {
    turn(out, in, layer->weight, layer->by_tap);
    kernels->pack_b(in, TAPS * out, (ink_matrix){layer->by_tap, in, 1}, layer->packed);
    convolve(layer, batch, out, in, dy, NULL, dx);
  }
  size_t step = pictures_at_once(layer->height, layer->width);
  for (size_t b = 0; b < batch; b += step) {
    size_t pictures = batch - b < step ? batch - b : step;
    gather(pictures, layer->height, layer->width, in, x + b * positions * in, layer->patches);
    kernels->gemm(out, TAPS * in, pictures * positions,
                  (ink_matrix){dy + b * positions * out, 1, out},
                  (ink_matrix){layer->patches, TAPS * in, 1}, NULL, layer->by_tap, TAPS * in, b > 0,
                  layer->workspace);
  }
  add_ordered(out, in, layer->by_tap, weight_gradient);
  for (size_t row = 0; row < batch * positions; row++) {
    kernels->add(dy + row * out, out, bias_gradient);
  }
}
