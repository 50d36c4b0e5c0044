/*
 * The first layer's input: for every token, its row of W_ih E^T + b_ih, or of W_ih^T + b_ih when
 * the input is one-hot. Only the rows of tokens that occur in a window are computed, each once,
 * which makes the product with W_ih as small as the vocabulary.
 */
#ifndef INK_LAYERS_EMBEDDING_H
#define INK_LAYERS_EMBEDDING_H

#include "kernels/kernels.h"

typedef struct ink_embedding {
  const ink_kernels *kernels;
  size_t vocabulary, embed, width; /* embed 0: one-hot; width: G*H of the first cell */
  const float *embedding;          /* [V,E], unused when one-hot */
  const float *weight_ih;          /* [width,E], or [width,V] when one-hot */
  const float *bias_ih;            /* [width] */
  /* [0,1): of tokens, whose embedding then is zeros wherever they occur, and the others' larger by
   * 1 / (1 - drop_rate); not when one-hot */
  float drop_rate;
  uint64_t drop_key; /* decides which */

  /* Scratch; `most` is the smaller of V and the rows of a window. */
  uint32_t *slots;  /* [V]: a token's row of `table` */
  uint32_t *tokens; /* [most]: the token of each row of `table` */
  float *vectors;   /* [most,E], unused when one-hot */
  float *table;     /* [most,width] */
  float *workspace; /* ink_gemm_workspace of the larger of width and E */
} ink_embedding;

/* y [rows,width] of ids [rows], each < V. Returns the number of distinct tokens, for backward. */
size_t ink_embedding_forward(const ink_embedding *layer, size_t rows, const uint32_t *ids,
                             float *y);

/* From dy [rows,width], after the forward pass of the same ids: adds to the gradients of the
 * embedding [V,E] (unused when one-hot), weight_ih and bias_ih. */
void ink_embedding_backward(const ink_embedding *layer, size_t rows, const uint32_t *ids,
                            size_t distinct, const float *dy, float *embedding_gradient,
                            float *weight_ih_gradient, float *bias_ih_gradient);

#endif
