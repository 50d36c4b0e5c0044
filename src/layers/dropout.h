/*
 * Dropout (Srivastava et al. 2014), scaled in training so that nothing changes in use. Whether an
 * element is dropped follows from its key and position alone, so that the backward pass repeats the
 * forward pass's choice without storing it, and threads do not change it.
 */
#ifndef INK_LAYERS_DROPOUT_H
#define INK_LAYERS_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

/* y [n] = x [n] with each element zero with probability `rate`, in [0,1), else / (1 - rate).
 * In place is allowed. */
void ink_dropout(const float *x, size_t n, float rate, uint64_t key, float *y);

#endif
