/*
 * Blocks of convolutions over a batch of pictures. See blocks.h.
 */
#include "train/blocks.h"

#include "base/size.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/pooling.h"

enum { COLOURS = 3 };

static size_t side_of(const ink_blocks *b, size_t block) { return b->side >> block; }

static size_t positions_of(const ink_blocks *b, size_t block) {
  return side_of(b, block) * side_of(b, block); /* a side is 256 at most */
}

static size_t inputs_of(const ink_blocks *b, size_t block) {
  return block > 0 ? b->parameters->shape.channels[block - 1] : COLOURS;
}

static bool is_last(const ink_blocks *b, size_t block) {
  return block + 1 == b->parameters->shape.blocks;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

size_t ink_blocks_positions(const ink_parameters *parameters, size_t side) {
  size_t last = side >> (parameters->shape.blocks - 1);
  return last * last;
}

/* [batch][positions of a block][channels] */
static float *lay_out_map(const ink_blocks *b, size_t block, size_t channels, ink_arena *arena) {
  size_t rows;
  if (!ink_size_multiply(b->batch, positions_of(b, block), &rows)) arena->overflow = true;
  return arena->overflow ? NULL : ink_arena_floats(arena, rows, channels);
}

void ink_blocks_lay_out(ink_blocks *b, ink_arena *arena) {
  const size_t *channels = b->parameters->shape.channels;
  size_t map = 0, below = 0, patches = 0, taps = 0, packed = 0, widest = 0, deepest = 0;
  b->pictures = lay_out_map(b, 0, COLOURS, arena);
  for (size_t i = 0; i < b->parameters->shape.blocks; i++) {
    size_t in = inputs_of(b, i), out = channels[i], side = side_of(b, i);
    size_t most = larger(in, out), positions = positions_of(b, i);
    b->convolved[i] = lay_out_map(b, i, out, arena);
    b->normalised[i] = lay_out_map(b, i, out, arena);
    if (!is_last(b, i)) b->pooled[i] = lay_out_map(b, i + 1, out, arena);
    b->statistics[i] = ink_arena_floats(arena, b->batch, 2 * ink_group_norm_groups(out));
    /* None of these overflow a size: sides are halved where channels are doubled, and the products
     * of channels are those of parameters that are listed. */
    map = larger(map, positions * out);
    below = larger(below, positions * in);
    patches = larger(patches, ink_convolution_rows(side, side) * INK_CONVOLUTION_TAPS * most);
    taps = larger(taps, INK_CONVOLUTION_TAPS * in * out);
    packed = larger(packed, ink_convolution_packed_size(in, out));
    widest = larger(widest, INK_CONVOLUTION_TAPS * most);
    deepest = larger(deepest, out);
  }
  b->gradient = ink_arena_floats(arena, b->batch, map);
  b->below = ink_arena_floats(arena, b->batch, below);
  b->patches = ink_arena_floats(arena, patches, 1);
  b->by_tap = ink_arena_floats(arena, taps, 1);
  b->packed = ink_arena_floats(arena, packed, 1);
  b->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
  b->norm_scratch = ink_arena_floats(arena, deepest, 6);
}

static ink_convolution convolution_of(const ink_blocks *b, const float *weights, size_t block) {
  const ink_block_parameters *at = &b->parameters->blocks[block];
  return (ink_convolution){.kernels = b->kernels,
                           .height = side_of(b, block),
                           .width = side_of(b, block),
                           .in = inputs_of(b, block),
                           .out = b->parameters->shape.channels[block],
                           .weight = weights + at->conv_weight,
                           .bias = weights + at->conv_bias,
                           .patches = b->patches,
                           .by_tap = b->by_tap,
                           .packed = b->packed,
                           .workspace = b->workspace};
}

static ink_group_norm norm_of(const ink_blocks *b, const float *weights, size_t block) {
  const ink_block_parameters *at = &b->parameters->blocks[block];
  size_t channels = b->parameters->shape.channels[block];
  return (ink_group_norm){.kernels = b->kernels,
                          .positions = positions_of(b, block),
                          .channels = channels,
                          .groups = ink_group_norm_groups(channels),
                          .weight = weights + at->norm_weight,
                          .bias = weights + at->norm_bias,
                          .statistics = b->statistics[block],
                          .scratch = b->norm_scratch};
}

static const float *input_of(const ink_blocks *b, size_t block) {
  return block > 0 ? b->pooled[block - 1] : b->pictures;
}

const float *ink_blocks_forward(ink_blocks *b, const float *weights) {
  size_t blocks = b->parameters->shape.blocks;
  for (size_t i = 0; i < blocks; i++) {
    ink_convolution convolution = convolution_of(b, weights, i);
    ink_group_norm norm = norm_of(b, weights, i);
    ink_convolution_forward(&convolution, b->batch, input_of(b, i), b->convolved[i]);
    ink_group_norm_forward(&norm, b->batch, b->convolved[i], b->normalised[i]);
    if (is_last(b, i)) break;
    ink_max_pooling_forward(b->kernels, b->batch, side_of(b, i), side_of(b, i), convolution.out,
                            b->normalised[i], b->pooled[i]);
  }
  return b->normalised[blocks - 1];
}

float *ink_blocks_gradient(ink_blocks *b) { return b->gradient; }

void ink_blocks_backward(ink_blocks *b, const float *weights, float *gradients) {
  for (size_t i = b->parameters->shape.blocks; i-- > 0;) {
    const ink_block_parameters *at = &b->parameters->blocks[i];
    ink_convolution convolution = convolution_of(b, weights, i);
    ink_group_norm norm = norm_of(b, weights, i);
    if (!is_last(b, i)) {
      ink_max_pooling_backward(b->kernels, b->batch, side_of(b, i), side_of(b, i), convolution.out,
                               b->normalised[i], b->below, b->gradient);
    }
    ink_group_norm_backward(&norm, b->batch, b->convolved[i], b->normalised[i], b->gradient,
                            gradients + at->norm_weight, gradients + at->norm_bias);
    ink_convolution_backward(&convolution, b->batch, input_of(b, i), b->gradient,
                             gradients + at->conv_weight, gradients + at->conv_bias,
                             i > 0 ? b->below : NULL);
  }
}
