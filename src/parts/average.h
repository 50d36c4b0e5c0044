/*
 * The weighted average of a window, which a read-out reads in place of the last layer's output
 * (textgenrnn; Felbo et al. 2017): for every prediction the last `window` tokens are read anew,
 * from where the stack begins, and of what every step leaves,
 *   x_t = [e_t; h^1_t; ...; h^L_t]     a_t = softmax over t of (w . x_t)
 *   features = sum_t a_t x_t
 * where e_t is the token's embedding. A window that is not full yet is filled with a token, on its
 * left. A state that is carried on from window to window is not what such a network was trained
 * with, and it writes far worse from one. For use alone: nothing here is trained.
 *
 * In a file: attention.average [E + L H], which is w; the metadata's `reads` is `all`, `window` the
 * number of tokens, and `padding`, where there is one, the token.
 */
#ifndef INK_PARTS_AVERAGE_H
#define INK_PARTS_AVERAGE_H

#include "base/recent.h"
#include "parts/stack.h"
#include "text/vocabulary.h"

/* ---- In a file ------------------------------------------------------------------------------- */

/* `window` of the shape; 0 where the read-out reads the last layer. INK_ERROR_FORMAT: it reads
 * something else, or the window is none of 1 to INK_RECENT_MAX. */
ink_status ink_average_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error);

/* Lists w if there is a window; gives the width of what the read-out reads. */
size_t ink_average_list(ink_lister *lister);

/* The token that fills windows, or UINT32_MAX. INK_ERROR_VOCABULARY: it is in no vocabulary. */
ink_status ink_average_padding(const ink_tensors *tensors, const ink_vocabulary *vocabulary,
                               uint32_t *padding, ink_error *error);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_average {
  size_t window, width;
  uint32_t padding;       /* or UINT32_MAX */
  const float *embedding; /* [V][E] */
  const float *score;     /* w [width] */
  const float *begins;    /* the state in which the stack begins, or NULL for zeros */
} ink_average;

void ink_average_pack(ink_packer *packer, ink_average *average);

/* Scratch of one stream. */
typedef struct ink_average_state {
  float *state; /* of the stack */
  ink_stack_state stack;
  float *row, *sum; /* [width] */
  double largest;   /* of the scores so far */
  double total;     /* of e^(score - largest) */
} ink_average_state;

void ink_average_lay_out(const ink_average *average, const ink_stack *stack, ink_arena *arena,
                         ink_average_state *state);

/* features[i] [width] of `count` streams, up to INK_STREAMS_MAX, of which recent[i] has the tokens;
 * they lie in the scratch. */
void ink_average_features(const ink_average *average, const ink_stack *stack, size_t count,
                          ink_average_state *const *states, const ink_recent *const *recent,
                          const float **features);

#endif
