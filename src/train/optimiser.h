/*
 * AdamW with a learning-rate schedule.
 */
#ifndef INK_TRAIN_OPTIMISER_H
#define INK_TRAIN_OPTIMISER_H

#include "inkling.h"
#include "kernels/kernels.h"

/* The learning rate of update `step`, counted from 0: a linear rise over the warm-up, then half a
 * cosine down to final_fraction (Loshchilov and Hutter 2017), or constant. `share` is that of the
 * updates after the warm-up that have been made, 0 to 1. */
double ink_learning_rate(const ink_train_options *options, uint32_t step, double share);

/* What a kernel's adamw() takes for update `step`, counted from 1, with the gradient times
 * gradient_scale: as torch.optim.AdamW makes it (Loshchilov and Hutter 2019). */
ink_adamw_step ink_adamw_step_of(const ink_train_options *options, double learning_rate,
                                 uint32_t step, double gradient_scale);

#endif
