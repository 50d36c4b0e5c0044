/*
 * Dense layers between what the recurrent layers give and the read-out, as models of other programs
 * have them, one behind another, each with an activation f of its own:
 *   x' = f(W x + b)
 * and read-outs that end in a sigmoid an output in place of a soft-max. For use alone: nothing here
 * is trained.
 *
 * In a file: dense.<i>.weight [units,width] and dense.<i>.bias; the metadata's `dense` has the
 * names of the activations, a space between them, and its `head` is `sigmoid` in the other case.
 */
#ifndef INK_PARTS_DENSE_H
#define INK_PARTS_DENSE_H

#include "parts/pack.h"

/* ---- In a file ------------------------------------------------------------------------------- */

/* dense, dense_units, dense_activation and sigmoid of the shape. INK_ERROR_FORMAT: an activation or
 * a head that is none of those known, or a weight that is missing. */
ink_status ink_dense_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error);

/* Lists the layers on `width` values; gives the width that they leave to the read-out. */
size_t ink_dense_list(ink_lister *lister, size_t width);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_dense {
  size_t count;
  ink_panels layer[INK_DENSE_MAX];
  size_t activation[INK_DENSE_MAX];
} ink_dense;

void ink_dense_pack(ink_packer *packer, ink_dense *dense);

/* Scratch of one stream. */
typedef struct ink_dense_state {
  float *in, *out; /* [the widest layer's units, rounded up to panels] */
  ink_quantized *quantized;
} ink_dense_state;

void ink_dense_lay_out(const ink_dense *dense, ink_arena *arena, ink_dense_state *state);

/* features[i], of `count` streams, becomes what the last layer makes of it, in its scratch. */
void ink_dense_forward(const ink_kernels *kernels, const ink_dense *dense, size_t count,
                       ink_dense_state *const *states, const float **features);

/* logits [n] of sigmoids become ln sigmoid, whose soft-max is the sigmoids made to sum to 1. */
void ink_dense_log_sigmoid(float *logits, size_t n);

#endif
