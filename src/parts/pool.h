/*
 * Pooling over time, for one stream that reads on: features [3H] of the last layer's outputs h_1 to
 * h_t so far,
 *   [h_t; mean h; max h]
 * ("concat pooling", Howard and Ruder 2018), so that every beginning of a text has its answer. In
 * training a whole window is pooled at once: layers/pool_steps.h.
 */
#ifndef INK_PARTS_POOL_H
#define INK_PARTS_POOL_H

#include <stddef.h>

/* Floats of a stream's state, for H units: the sum and the largest [H] of the h read so far, and
 * how many those are. Zeros have read nothing. */
size_t ink_pool_floats(size_t hidden);

/* Takes in the next h [H]. */
void ink_pool_note(size_t hidden, float *state, const float *h);

/* features [3H] when h [H] is the last of what has been read. */
void ink_pool_features(size_t hidden, const float *state, const float *h, float *features);

#endif
