/*
 * Group normalisation (Wu and He 2018) and the ReLU after it, over maps with the channels last.
 * Within one picture and one group of neighbouring channels, over their n values x:
 *   mean = sum x / n      variance = sum (x - mean)^2 / n
 *   y = max(0, (x - mean) / sqrt(variance + 1e-5) * weight + bias)
 * No statistics of a batch: a picture's result is its own, in training and in use. The forward pass
 * gives the same bits on every instruction set. The ReLU is part of it because it costs nothing
 * there and an array of its own elsewhere.
 */
#ifndef INK_LAYERS_GROUP_NORM_H
#define INK_LAYERS_GROUP_NORM_H

#include "layers/builds.h"

typedef struct ink_group_norm {
  const ink_kernels *kernels;
  size_t positions, channels; /* height * width; channels a multiple of groups */
  size_t groups;
  const float *weight, *bias; /* [channels] */

  float *statistics; /* [batch][2][groups]: means, then 1 / sqrt(variance + 1e-5); for backward */
  float *scratch;    /* [6][channels] */
} ink_group_norm;

/* The groups of so many channels: eight, or the most below that channels are a multiple of. */
size_t ink_group_norm_groups(size_t channels);

/* y of x, both [batch][positions][channels]; y may be x where no backward pass follows. */
void ink_group_norm_forward(const ink_group_norm *layer, size_t batch, const float *x, float *y);

/* After the forward pass of x to y. dy, as y: its gradient on entry, that of x on return. Adds to
 * weight_gradient and bias_gradient [channels]. */
void ink_group_norm_backward(const ink_group_norm *layer, size_t batch, const float *x,
                             const float *y, float *dy, float *weight_gradient,
                             float *bias_gradient);

/* group_norm.isa.c */
INK_DECLARE_BUILDS(ink_group_norm_forward, const ink_group_norm *layer, size_t batch,
                   const float *x, float *y);
INK_DECLARE_BUILDS(ink_group_norm_backward, const ink_group_norm *layer, size_t batch,
                   const float *x, const float *y, float *dy, float *weight_gradient,
                   float *bias_gradient);

#endif
