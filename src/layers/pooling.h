/*
 * Pooling of maps with the channels last: the largest of every 2x2 positions, and the mean over
 * all.
 */
#ifndef INK_LAYERS_POOLING_H
#define INK_LAYERS_POOLING_H

#include "layers/builds.h"

/* y [batch][height/2][width/2][channels] = the largest of 2x2 of x
 * [batch][height][width][channels]. The last row and column of an odd size are passed over, as
 * PyTorch does. */
void ink_max_pooling_forward(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                             size_t channels, const float *x, float *y);

/* dx, as x, of dy, as y: the first in reading order of those that equal the largest gets the
 * gradient. */
void ink_max_pooling_backward(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                              size_t channels, const float *x, const float *dy, float *dx);

/* y [batch][channels] = the mean of x [batch][positions][channels] over its positions. */
void ink_mean_pooling_forward(const ink_kernels *kernels, size_t batch, size_t positions,
                              size_t channels, const float *x, float *y);

/* Adds to dx, as x, from dy, as y, which is divided by the number of positions on return. */
void ink_mean_pooling_backward(const ink_kernels *kernels, size_t batch, size_t positions,
                               size_t channels, float *dy, float *dx);

/* pooling.isa.c */
INK_DECLARE_BUILDS(ink_max_pooling_forward, size_t batch, size_t height, size_t width,
                   size_t channels, const float *x, float *y);
INK_DECLARE_BUILDS(ink_max_pooling_backward, size_t batch, size_t height, size_t width,
                   size_t channels, const float *x, const float *dy, float *dx);

#endif
