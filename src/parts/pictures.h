/*
 * What a captioner sees with: blocks of a 3x3 convolution, group normalisation with ReLU, and a 2x2
 * max pooling that the last block lacks. The last map, of C channels at P places, is what attention
 * looks at; its mean over the places m gives the state that the decoder begins with,
 *   h_l = tanh(W_l m + b_l), c_l = 0 (Vinyals et al. 2015)
 * Maps are [height][width][channels].
 */
#ifndef INK_PARTS_PICTURES_H
#define INK_PARTS_PICTURES_H

#include "kernels/kernels.h"
#include "layers/picture.h"
#include "parts/pack.h"

/* ---- In a file ------------------------------------------------------------------------------- */

/* Lists encoder.conv#, encoder.norm# and encoder.fc. */
void ink_pictures_list(ink_lister *lister);

/* Blocks and channels of the shape. */
ink_status ink_pictures_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error);

/* *side, in pixels, from the metadata. INK_ERROR_FORMAT: it is missing, or so many blocks would
 * leave nothing of it. */
ink_status ink_pictures_read_side(const ink_tensors *tensors, const ink_shape *shape, size_t *side,
                                  ink_error *error);

/* P, of pictures of this side. */
size_t ink_pictures_positions(const ink_shape *shape, size_t side);

/* ---- In use ---------------------------------------------------------------------------------- */

typedef struct ink_picture_block {
  ink_panels convolution;         /* columns are PyTorch's: (input channel, row, column) */
  float *norm_weight, *norm_bias; /* [channels] */
} ink_picture_block;

typedef struct ink_pictures {
  const ink_kernels *kernels;
  const ink_shape *shape;
  size_t side; /* of the pictures, in pixels */
  ink_picture_block blocks[INK_BLOCKS_MAX];
  ink_panels bridge; /* the picture's mean to the state */
} ink_pictures;

/* `shape` must outlive the result. */
void ink_pictures_pack(ink_packer *packer, const ink_shape *shape, size_t side,
                       ink_pictures *pictures);

/* The last map [P][C] and the state h [layers][H] of pixels [height][width][channels]; errors as
 * ink_picture_floats(). */
ink_status ink_pictures_encode(const ink_pictures *pictures, const uint8_t *pixels, size_t width,
                               size_t height, size_t channels, float *map, float *state,
                               ink_error *error);

/* ---- In training ----------------------------------------------------------------------------- */

/* A batch of pictures. Set the first four, lay the arrays out, and keep them for many batches;
 * weights and gradients are the caller's. */
typedef struct ink_picture_batch {
  const ink_parameters *parameters;
  const ink_kernels *kernels;
  size_t side;
  size_t batch; /* pictures; may be lowered from what the arrays have room for */

  float *pictures; /* [batch][side][side][3], for the caller to fill */
  float *states;   /* [batch][layers*H]: what the decoder begins with */
  float *dstates;  /* its gradient, for the caller to fill */
  float *convolved[INK_BLOCKS_MAX], *normalised[INK_BLOCKS_MAX], *pooled[INK_BLOCKS_MAX];
  float *statistics[INK_BLOCKS_MAX];
  float *gradient, *below; /* of a block's map, and of what the block read */
  float *mean, *dmean;     /* [batch][C] */
  float *patches, *by_tap, *packed, *workspace, *norm_scratch;
} ink_picture_batch;

void ink_picture_batch_lay_out(ink_picture_batch *batch, ink_arena *arena);

/* Returns the last block's map [batch][P][C]. */
const float *ink_picture_batch_forward(ink_picture_batch *batch, const float *weights);

/* Makes the states of a map [batch][P][C]. */
void ink_picture_batch_start(ink_picture_batch *batch, const float *weights, const float *map);

/* From dstates: adds to the gradients, and to dmap, as the map. */
void ink_picture_batch_start_backward(ink_picture_batch *batch, const float *weights,
                                      float *gradients, float *dmap);

/* After forward, once, from the gradient of the last map in batch->gradient: adds to gradients
 * [parameters->size]. */
void ink_picture_batch_backward(ink_picture_batch *batch, const float *weights, float *gradients);

#endif
