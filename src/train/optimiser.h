/*
 * AdamW with a learning-rate schedule, and clipping by the global gradient norm.
 */
#ifndef INK_TRAIN_OPTIMISER_H
#define INK_TRAIN_OPTIMISER_H

#include <stddef.h>

#include "inkling.h"

/* The learning rate of update `step`, counted from 0, of `steps`: a linear rise over the warm-up,
 * then half a cosine down to final_fraction (Loshchilov and Hutter 2017), or constant. */
double ink_learning_rate(const ink_train_options *options, uint32_t step, uint32_t steps);

/* sqrt of the sum of squares of gradients [n], summed in double in the order of the index. */
double ink_gradient_norm(const float *gradients, size_t n);

/* One update of weights [n], as torch.optim.AdamW makes it (Loshchilov and Hutter 2019), with the
 * gradient times gradient_scale; m and v [n] are its moments, `step` counts from 1. */
void ink_adamw(const ink_train_options *options, double learning_rate, uint32_t step, size_t n,
               const float *gradients, double gradient_scale, float *weights, float *m, float *v);

#endif
