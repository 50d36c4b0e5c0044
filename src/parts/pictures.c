/*
 * Pictures, in use one by one and in training by batches. See pictures.h.
 */
#include "parts/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/linear.h"
#include "layers/pooling.h"

/* Sides are 256 at most. */
static size_t side_of(size_t side, size_t block) { return side >> block; }

static size_t positions_of(size_t side, size_t block) {
  return side_of(side, block) * side_of(side, block);
}

static size_t inputs_of(const ink_shape *shape, size_t block) {
  return block > 0 ? shape->channels[block - 1] : INK_COLOURS;
}

static bool is_last(const ink_shape *shape, size_t block) { return block + 1 == shape->blocks; }

size_t ink_pictures_positions(const ink_shape *shape, size_t side) {
  return positions_of(side, shape->blocks - 1);
}

/* ---- In a file ------------------------------------------------------------------------------- */

/* "encoder.conv2.weight" of "conv#.weight" */
static const char *block_name(const char *kind, size_t block, char name[40]) {
  ink_snprintf(name, 40, "encoder.%s", kind);
  char *digit = strchr(name, '#');
  *digit = (char)('0' + block);
  return name;
}

static void list_norm(ink_lister *l, size_t block, size_t channels, ink_block_parameters *at) {
  char name[40];
  at->norm_weight =
      ink_list_tensor(l, (size_t[]){channels, 0}, block_name("norm#.weight", block, name));
  ink_list_last(l)->initial = INK_INITIAL_CONSTANT;
  ink_list_last(l)->bound = 1;
  at->norm_bias = ink_list_bias(l, block_name("norm#.bias", block, name), channels);
  ink_list_last(l)->initial = INK_INITIAL_CONSTANT;
  ink_list_last(l)->bound = 0;
}

void ink_pictures_list(ink_lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  ink_picture_parameters *at = &l->parameters->pictures;
  char name[40];
  size_t states = 0;
  for (size_t i = 0; i < shape->blocks; i++) {
    size_t in = inputs_of(shape, i), out = shape->channels[i];
    at->blocks[i].conv_weight =
        ink_list_tensor(l, (size_t[]){out, in, 3, 3, 0}, block_name("conv#.weight", i, name));
    at->blocks[i].conv_bias = ink_list_bias(l, block_name("conv#.bias", i, name), out);
    list_norm(l, i, out, &at->blocks[i]);
  }
  l->fits = l->fits && ink_size_multiply(shape->layers, shape->hidden, &states);
  at->bridge_weight =
      ink_list_matrix(l, "encoder.fc.weight", states, inputs_of(shape, shape->blocks));
  at->bridge_bias = ink_list_bias(l, "encoder.fc.bias", states);
}

ink_status ink_pictures_recognise(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  char name[40];
  for (;;) {
    block_name("conv#.weight", shape->blocks, name);
    if (shape->blocks > 0 &&
        (shape->blocks == INK_BLOCKS_MAX || ink_tensors_find(tensors, name) == NULL)) {
      return INK_OK;
    }
    const ink_tensor *tensor;
    ink_status status = ink_find_shaped(tensors, name, 4, &tensor, error);
    if (status != INK_OK) return status;
    shape->channels[shape->blocks++] = tensor->shape[0];
  }
}

ink_status ink_pictures_read_side(const ink_tensors *tensors, const ink_shape *shape, size_t *side,
                                  ink_error *error) {
  const char *text = ink_tensors_metadata(tensors, "picture");
  const char *end = text;
  uint64_t number = text == NULL ? 0 : ink_number_whole(text, &end);
  if (text == NULL || end == text || *end != '\0' || number > INK_PICTURE_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the metadata's picture, pixels of a side, is \"%.20s\"; it must be 1 to %d",
                    text == NULL ? "" : text, INK_PICTURE_MAX);
  }
  *side = (size_t)number;
  if (side_of(*side, shape->blocks - 1) > 0) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the metadata's picture is %zu, of which %zu blocks would leave nothing", *side,
                  shape->blocks);
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_pictures_pack(ink_packer *packer, const ink_shape *shape, size_t side,
                       ink_pictures *pictures) {
  const ink_picture_parameters *at = &packer->parameters->pictures;
  pictures->kernels = packer->kernels;
  pictures->shape = shape;
  pictures->side = side;
  for (size_t i = 0; i < packer->parameters->shape.blocks; i++) {
    ink_picture_block *block = &pictures->blocks[i];
    ink_pack_panels(packer, at->blocks[i].conv_weight, at->blocks[i].conv_bias,
                    &block->convolution);
    block->norm_weight = ink_pack_floats(packer, at->blocks[i].norm_weight);
    block->norm_bias = ink_pack_floats(packer, at->blocks[i].norm_bias);
  }
  ink_pack_panels(packer, at->bridge_weight, at->bridge_bias, &pictures->bridge);
}

typedef struct encoding {
  const ink_pictures *pictures;
  float *framed; /* [side + 2][side + 2][C]: what a block reads, in a frame of zeros */
  float *map;    /* [side][side][C rounded up to panels]: what it makes; C itself once normalised */
  float *pooled; /* [side/2][side/2][C] */
  float *patches; /* [INK_STREAMS_MAX][C][3][3]: the order of the weights' columns */
  float *mean;    /* [C] of the last map */
  float *state;   /* [layers*H rounded up to panels] */
  float *statistics, *norm_scratch; /* of the group norm */
  ink_quantized *quantized;
} encoding;

/* Every array is as large as the block needs that needs most. */
static void lay_out_encoding(void *object, ink_arena *arena) {
  encoding *e = object;
  const ink_shape *shape = e->pictures->shape;
  size_t framed = 0, map = positions_of(e->pictures->side, 0) * INK_COLOURS, widest = INK_COLOURS;
  for (size_t i = 0; i < shape->blocks; i++) {
    size_t side = side_of(e->pictures->side, i), size;
    widest = ink_size_max(widest, shape->channels[i]);
    if (!ink_size_multiply((side + 2) * (side + 2), inputs_of(shape, i), &size)) {
      arena->overflow = true;
    }
    framed = ink_size_max(framed, size);
    if (!ink_size_multiply(side * side, e->pictures->blocks[i].convolution.rows, &size)) {
      arena->overflow = true;
    }
    map = ink_size_max(map, size);
  }
  if (widest > SIZE_MAX / (INK_CONVOLUTION_TAPS * INK_STREAMS_MAX)) arena->overflow = true;
  if (arena->overflow) return;
  e->framed = ink_arena_floats(arena, framed, 1);
  e->map = ink_arena_floats(arena, map, 1);
  e->pooled = ink_arena_floats(arena, map / 4, 1);
  e->patches = ink_arena_floats(arena, INK_STREAMS_MAX * INK_CONVOLUTION_TAPS, widest);
  e->mean = ink_arena_floats(arena, widest, 1);
  e->state = ink_arena_floats(arena, e->pictures->bridge.rows, 1);
  e->statistics = ink_arena_floats(arena, 2, widest);
  e->norm_scratch = ink_arena_floats(arena, 6, widest);
  e->quantized = ink_quantized_lay_out(INK_CONVOLUTION_TAPS * widest, INK_STREAMS_MAX, arena);
}

/* x [side][side][channels] into a frame of zeros. */
static void frame(size_t side, size_t channels, const float *x, float *framed) {
  size_t line = (side + 2) * channels;
  memset(framed, 0, (side + 2) * line * sizeof *framed);
  for (size_t r = 0; r < side; r++) {
    memcpy(framed + (r + 1) * line + channels, x + r * side * channels,
           side * channels * sizeof *x);
  }
}

/* patch [channels][3][3] around place (r, c). */
static void gather(const float *framed, size_t side, size_t channels, size_t r, size_t c,
                   float *patch) {
  for (size_t tap = 0; tap < INK_CONVOLUTION_TAPS; tap++) {
    const float *x = framed + ((r + tap / 3) * (side + 2) + c + tap % 3) * channels;
    for (size_t k = 0; k < channels; k++) patch[k * INK_CONVOLUTION_TAPS + tap] = x[k];
  }
}

/* The map of a block from what is framed. */
static void convolve(const encoding *e, size_t block) {
  const ink_shape *shape = e->pictures->shape;
  const ink_panels *panels = &e->pictures->blocks[block].convolution;
  size_t side = side_of(e->pictures->side, block), in = inputs_of(shape, block);
  size_t channels = shape->channels[block], places = side * side;
  for (size_t first = 0; first < places; first += INK_STREAMS_MAX) {
    size_t count = ink_size_min(INK_STREAMS_MAX, places - first);
    for (size_t i = 0; i < count; i++) {
      size_t place = first + i;
      gather(e->framed, side, in, place / side, place % side,
             e->patches + i * in * INK_CONVOLUTION_TAPS);
    }
    ink_panels_rows(e->pictures->kernels, panels, count, e->patches, e->quantized,
                    e->map + first * panels->rows);
  }
  for (size_t i = 1; i < places && panels->rows > channels; i++) {
    memmove(e->map + i * channels, e->map + i * panels->rows, channels * sizeof *e->map);
  }
}

static void normalise(const encoding *e, size_t block) {
  const ink_picture_block *b = &e->pictures->blocks[block];
  size_t channels = e->pictures->shape->channels[block];
  ink_group_norm norm = {.kernels = e->pictures->kernels,
                         .positions = positions_of(e->pictures->side, block),
                         .channels = channels,
                         .groups = ink_group_norm_groups(channels),
                         .weight = b->norm_weight,
                         .bias = b->norm_bias,
                         .statistics = e->statistics,
                         .scratch = e->norm_scratch};
  ink_group_norm_forward(&norm, 1, e->map, e->map);
}

/* The state from the last map, [positions][channels]. */
static void bridge(const encoding *e, float *state) {
  const ink_pictures *p = e->pictures;
  size_t states = p->shape->layers * p->shape->hidden;
  size_t positions = ink_pictures_positions(p->shape, p->side);
  ink_mean_pooling_forward(p->kernels, 1, positions, p->shape->memory, e->map, e->mean);
  ink_panels_rows(p->kernels, &p->bridge, 1, e->mean, e->quantized, e->state);
  p->kernels->tanh(e->state, states);
  memcpy(state, e->state, states * sizeof *state);
}

/* The picture, as floats, is in the map, where the last block's map then is. */
static void run_blocks(const encoding *e) {
  const ink_shape *shape = e->pictures->shape;
  const float *x = e->map;
  for (size_t i = 0; i < shape->blocks; i++) {
    size_t side = side_of(e->pictures->side, i);
    frame(side, inputs_of(shape, i), x, e->framed);
    convolve(e, i);
    normalise(e, i);
    if (is_last(shape, i)) break;
    ink_max_pooling_forward(e->pictures->kernels, 1, side, side, shape->channels[i], e->map,
                            e->pooled);
    x = e->pooled;
  }
}

ink_status ink_pictures_encode(const ink_pictures *pictures, const uint8_t *pixels, size_t width,
                               size_t height, size_t channels, float *map, float *state,
                               ink_error *error) {
  encoding e = {.pictures = pictures};
  size_t side = pictures->side, positions = ink_pictures_positions(pictures->shape, side);
  void *memory;
  ink_status status = ink_arena_allocate(lay_out_encoding, &e, &memory, NULL, error);
  if (status != INK_OK) return status;
  status = ink_picture_floats(pixels, height, width, channels, side, side, e.map, error);
  if (status == INK_OK) {
    run_blocks(&e);
    bridge(&e, state);
    memcpy(map, e.map, positions * pictures->shape->memory * sizeof *map);
  }
  free(memory);
  return status;
}

/* ---- In training ----------------------------------------------------------------------------- */

/* [batch][positions of a block][channels] */
static float *lay_out_map(const ink_picture_batch *b, size_t block, size_t channels,
                          ink_arena *arena) {
  return ink_arena_floats3(arena, b->batch, positions_of(b->side, block), channels);
}

void ink_picture_batch_lay_out(ink_picture_batch *b, ink_arena *arena) {
  const ink_shape *shape = &b->parameters->shape;
  const size_t *channels = shape->channels;
  size_t states = shape->layers * shape->hidden;
  size_t map = 0, below = 0, patches = 0, taps = 0, packed = 0, widest = 0, deepest = 0;
  b->pictures = lay_out_map(b, 0, INK_COLOURS, arena);
  for (size_t i = 0; i < shape->blocks; i++) {
    size_t in = inputs_of(shape, i), out = channels[i], side = side_of(b->side, i);
    size_t most = ink_size_max(in, out), positions = positions_of(b->side, i);
    b->convolved[i] = lay_out_map(b, i, out, arena);
    b->normalised[i] = lay_out_map(b, i, out, arena);
    if (!is_last(shape, i)) b->pooled[i] = lay_out_map(b, i + 1, out, arena);
    b->statistics[i] = ink_arena_floats(arena, b->batch, 2 * ink_group_norm_groups(out));
    /* None of these overflow a size: sides are halved where channels are doubled, and the products
     * of channels are those of parameters that are listed. */
    map = ink_size_max(map, positions * out);
    below = ink_size_max(below, positions * in);
    patches = ink_size_max(patches, ink_convolution_rows(side, side) * INK_CONVOLUTION_TAPS * most);
    taps = ink_size_max(taps, INK_CONVOLUTION_TAPS * in * out);
    packed = ink_size_max(packed, ink_convolution_packed_size(in, out));
    widest = ink_size_max(widest, INK_CONVOLUTION_TAPS * most);
    deepest = ink_size_max(deepest, out);
  }
  b->gradient = ink_arena_floats(arena, b->batch, map);
  b->below = ink_arena_floats(arena, b->batch, below);
  b->patches = ink_arena_floats(arena, patches, 1);
  b->by_tap = ink_arena_floats(arena, taps, 1);
  b->packed = ink_arena_floats(arena, packed, 1);
  b->states = ink_arena_floats(arena, b->batch, states);
  b->dstates = ink_arena_floats(arena, b->batch, states);
  b->mean = ink_arena_floats(arena, b->batch, shape->memory);
  b->dmean = ink_arena_floats(arena, b->batch, shape->memory);
  widest = ink_size_max(widest, states);
  b->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
  b->norm_scratch = ink_arena_floats(arena, deepest, 6);
}

static ink_convolution convolution_of(const ink_picture_batch *b, const float *weights,
                                      size_t block) {
  const ink_block_parameters *at = &b->parameters->pictures.blocks[block];
  return (ink_convolution){.kernels = b->kernels,
                           .height = side_of(b->side, block),
                           .width = side_of(b->side, block),
                           .in = inputs_of(&b->parameters->shape, block),
                           .out = b->parameters->shape.channels[block],
                           .weight = weights + at->conv_weight,
                           .bias = weights + at->conv_bias,
                           .patches = b->patches,
                           .by_tap = b->by_tap,
                           .packed = b->packed,
                           .workspace = b->workspace};
}

static ink_group_norm norm_of(const ink_picture_batch *b, const float *weights, size_t block) {
  const ink_block_parameters *at = &b->parameters->pictures.blocks[block];
  size_t channels = b->parameters->shape.channels[block];
  return (ink_group_norm){.kernels = b->kernels,
                          .positions = positions_of(b->side, block),
                          .channels = channels,
                          .groups = ink_group_norm_groups(channels),
                          .weight = weights + at->norm_weight,
                          .bias = weights + at->norm_bias,
                          .statistics = b->statistics[block],
                          .scratch = b->norm_scratch};
}

static const float *input_of(const ink_picture_batch *b, size_t block) {
  return block > 0 ? b->pooled[block - 1] : b->pictures;
}

const float *ink_picture_batch_forward(ink_picture_batch *b, const float *weights) {
  size_t blocks = b->parameters->shape.blocks;
  for (size_t i = 0; i < blocks; i++) {
    ink_convolution convolution = convolution_of(b, weights, i);
    ink_group_norm norm = norm_of(b, weights, i);
    ink_convolution_forward(&convolution, b->batch, input_of(b, i), b->convolved[i]);
    ink_group_norm_forward(&norm, b->batch, b->convolved[i], b->normalised[i]);
    if (is_last(&b->parameters->shape, i)) break;
    ink_max_pooling_forward(b->kernels, b->batch, side_of(b->side, i), side_of(b->side, i),
                            convolution.out, b->normalised[i], b->pooled[i]);
  }
  return b->normalised[blocks - 1];
}

void ink_picture_batch_backward(ink_picture_batch *b, const float *weights, float *gradients) {
  for (size_t i = b->parameters->shape.blocks; i-- > 0;) {
    const ink_block_parameters *at = &b->parameters->pictures.blocks[i];
    ink_convolution convolution = convolution_of(b, weights, i);
    ink_group_norm norm = norm_of(b, weights, i);
    if (!is_last(&b->parameters->shape, i)) {
      ink_max_pooling_backward(b->kernels, b->batch, side_of(b->side, i), side_of(b->side, i),
                               convolution.out, b->normalised[i], b->below, b->gradient);
    }
    ink_group_norm_backward(&norm, b->batch, b->convolved[i], b->normalised[i], b->gradient,
                            gradients + at->norm_weight, gradients + at->norm_bias);
    ink_convolution_backward(&convolution, b->batch, input_of(b, i), b->gradient,
                             gradients + at->conv_weight, gradients + at->conv_bias,
                             i > 0 ? b->below : NULL);
  }
}

static ink_linear bridge_of(const ink_picture_batch *b, const float *weights) {
  const ink_parameters *p = b->parameters;
  return (ink_linear){p->shape.memory, p->shape.layers * p->shape.hidden,
                      weights + p->pictures.bridge_weight, weights + p->pictures.bridge_bias};
}

void ink_picture_batch_start(ink_picture_batch *b, const float *weights, const float *map) {
  ink_linear bridge = bridge_of(b, weights);
  size_t positions = ink_pictures_positions(&b->parameters->shape, b->side);
  ink_mean_pooling_forward(b->kernels, b->batch, positions, bridge.in, map, b->mean);
  ink_linear_forward(b->kernels, &bridge, b->batch, b->mean, b->states, b->workspace);
  b->kernels->tanh(b->states, b->batch * bridge.out);
}

void ink_picture_batch_start_backward(ink_picture_batch *b, const float *weights, float *gradients,
                                      float *dmap) {
  const ink_picture_parameters *at = &b->parameters->pictures;
  ink_linear bridge = bridge_of(b, weights);
  size_t positions = ink_pictures_positions(&b->parameters->shape, b->side);
  for (size_t i = 0; i < b->batch * bridge.out; i++) {
    b->dstates[i] *= 1 - b->states[i] * b->states[i];
  }
  ink_linear_backward(b->kernels, &bridge, b->batch, b->mean, b->dstates,
                      gradients + at->bridge_weight, gradients + at->bridge_bias, b->dmean,
                      b->workspace);
  ink_mean_pooling_backward(b->kernels, b->batch, positions, bridge.in, b->dmean, dmap);
}
