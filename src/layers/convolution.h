/*
 * 3x3 convolution, stride 1, the border padded with zeros, over maps with the channels last:
 *   y[r][c][o] = bias[o] + sum over i, j, k of weight[o][k][i][j] x[r + i - 1][c + j - 1][k]
 * A position of a map is a row of channels, so the products are of matrices: rows of 3x3 patches
 * with the weights, for as many pictures at once as keep such a matrix high enough to be fast.
 */
#ifndef INK_LAYERS_CONVOLUTION_H
#define INK_LAYERS_CONVOLUTION_H

#include "kernels/kernels.h"

enum { INK_CONVOLUTION_TAPS = 9 };

typedef struct ink_convolution {
  const ink_kernels *kernels;
  size_t height, width; /* of x and of y, both >= 1 */
  size_t in, out;       /* channels */
  const float *weight;  /* [out,in,3,3], as PyTorch's Conv2d has it */
  const float *bias;    /* [out] */

  /* Scratch, which layers may share that do not run at once. */
  float *patches;   /* [ink_convolution_rows()][9 * the larger of in and out] */
  float *by_tap;    /* [9*in*out] */
  float *packed;    /* ink_convolution_packed_size() */
  float *workspace; /* ink_gemm_workspace(9*in) */
} ink_convolution;

/* Rows of patches that are in use at once: positions of one picture, or of several small ones. */
size_t ink_convolution_rows(size_t height, size_t width);
size_t ink_convolution_packed_size(size_t in, size_t out);

/* y [batch][height][width][out] of x [batch][height][width][in]. */
void ink_convolution_forward(const ink_convolution *layer, size_t batch, const float *x, float *y);

/* From dy, as y, after the forward pass of x: adds to weight_gradient [out,in,3,3] and
 * bias_gradient [out]. dx, as x and apart from x and dy, receives the gradient of x; NULL where
 * nobody wants it. */
void ink_convolution_backward(const ink_convolution *layer, size_t batch, const float *x,
                              const float *dy, float *weight_gradient, float *bias_gradient,
                              float *dx);

#endif
