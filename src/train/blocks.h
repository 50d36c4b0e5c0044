/*
 * What a captioner sees with: blocks of a 3x3 convolution, group normalisation with ReLU, and a 2x2
 * max pooling that the last block lacks, over a batch of pictures. Holds the activations; weights
 * and gradients are the caller's. Maps are [batch][height][width][channels].
 */
#ifndef INK_TRAIN_BLOCKS_H
#define INK_TRAIN_BLOCKS_H

#include "kernels/kernels.h"
#include "model/arena.h"
#include "model/parameters.h"

/* Set the first four, lay the arrays out, and keep them for many batches. */
typedef struct ink_blocks {
  const ink_parameters *parameters;
  const ink_kernels *kernels;
  size_t side;  /* of the pictures, in pixels */
  size_t batch; /* pictures; may be lowered from what the arrays have room for */

  float *pictures; /* [batch][side][side][3], for the caller to fill */
  float *convolved[INK_BLOCKS_MAX], *normalised[INK_BLOCKS_MAX], *pooled[INK_BLOCKS_MAX];
  float *statistics[INK_BLOCKS_MAX];
  float *gradient, *below; /* of a block's map, and of what the block read */
  float *patches, *by_tap, *packed, *workspace, *norm_scratch;
} ink_blocks;

/* Places of the last map, of pictures of this side. */
size_t ink_blocks_positions(const ink_parameters *parameters, size_t side);

void ink_blocks_lay_out(ink_blocks *blocks, ink_arena *arena);

/* Returns the last block's map. */
const float *ink_blocks_forward(ink_blocks *blocks, const float *weights);

/* Where the gradient of the last map goes before ink_blocks_backward(). */
float *ink_blocks_gradient(ink_blocks *blocks);

/* After forward, once: adds to gradients [parameters->size]. */
void ink_blocks_backward(ink_blocks *blocks, const float *weights, float *gradients);

#endif
