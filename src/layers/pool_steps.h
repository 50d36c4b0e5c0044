/*
 * Pooling over time: of a window's outputs the last, the mean and the largest.
 */
#ifndef INK_LAYERS_POOL_STEPS_H
#define INK_LAYERS_POOL_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* features [batch][3H] = [y_T; mean_t y_t; max_t y_t] of y [steps][batch][H], steps > 0. largest
 * [batch][H] receives the step of the largest, for backward. */
void ink_pool_steps_forward(size_t steps, size_t batch, size_t hidden, const float *y,
                            float *features, uint32_t *largest);

/* dy [steps][batch][H] from dfeatures [batch][3H]. */
void ink_pool_steps_backward(size_t steps, size_t batch, size_t hidden, const float *dfeatures,
                             const uint32_t *largest, float *dy);

#endif
