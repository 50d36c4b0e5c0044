/*
 * Encoding a picture for a captioner, block by block: a 3x3 convolution as products of the weights
 * with patches, group normalisation with ReLU, and a 2x2 max pooling after each block but the last,
 * whose map is what is remembered. The mean over its places m gives the state that the decoder
 * begins with:
 *   h_l = tanh(W_l m + b_l), c_l = 0 (Vinyals et al. 2015)
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "generate/session.h"
#include "layers/group_norm.h"
#include "layers/picture.h"
#include "layers/pooling.h"

enum { COLOURS = 3, TAPS = 9 };

typedef struct encoding {
  float *framed; /* [side + 2][side + 2][C]: what a block reads, in a frame of zeros */
  float *map;    /* [side][side][C rounded up to panels]: what it makes; C itself once normalised */
  float *pooled; /* [side/2][side/2][C] */
  float *patches; /* [INK_STREAMS_MAX][C][3][3]: the order of the weights' columns */
  float *mean;    /* [C] of the last map */
  float *state;   /* [layers*H rounded up to panels] */
  float *statistics, *norm_scratch; /* of the group norm */
  ink_quantized *quantized;
} encoding;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static size_t side_of(const ink_model *model, size_t block) { return model->picture >> block; }

static size_t inputs_of(const ink_model *model, size_t block) {
  return block > 0 ? model->shape.channels[block - 1] : COLOURS;
}

/* Every array is as large as the block needs that needs most. */
static encoding lay_out(const ink_model *model, ink_arena *arena) {
  size_t framed = 0, map = model->picture * model->picture * COLOURS, widest = COLOURS;
  for (size_t i = 0; i < model->shape.blocks; i++) {
    size_t side = side_of(model, i), size;
    widest = larger(widest, model->shape.channels[i]);
    if (!ink_size_multiply((side + 2) * (side + 2), inputs_of(model, i), &size)) {
      arena->overflow = true;
    }
    framed = larger(framed, size);
    if (!ink_size_multiply(side * side, model->blocks[i].convolution.rows, &size)) {
      arena->overflow = true;
    }
    map = larger(map, size);
  }
  if (widest > SIZE_MAX / (TAPS * INK_STREAMS_MAX)) arena->overflow = true;
  if (arena->overflow) return (encoding){0};
  return (encoding){.framed = ink_arena_floats(arena, framed, 1),
                    .map = ink_arena_floats(arena, map, 1),
                    .pooled = ink_arena_floats(arena, map / 4, 1),
                    .patches = ink_arena_floats(arena, INK_STREAMS_MAX * TAPS, widest),
                    .mean = ink_arena_floats(arena, widest, 1),
                    .state = ink_arena_floats(arena, model->bridge.rows, 1),
                    .statistics = ink_arena_floats(arena, 2, widest),
                    .norm_scratch = ink_arena_floats(arena, 6, widest),
                    .quantized = ink_quantized_lay_out(TAPS * widest, INK_STREAMS_MAX, arena)};
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
  for (size_t tap = 0; tap < TAPS; tap++) {
    const float *x = framed + ((r + tap / 3) * (side + 2) + c + tap % 3) * channels;
    for (size_t k = 0; k < channels; k++) patch[k * TAPS + tap] = x[k];
  }
}

/* The map of a block from what is framed. */
static void convolve(const ink_model *model, const encoding *e, size_t block) {
  const ink_panels *panels = &model->blocks[block].convolution;
  size_t side = side_of(model, block), in = inputs_of(model, block), places = side * side;
  size_t channels = model->shape.channels[block];
  for (size_t first = 0; first < places; first += INK_STREAMS_MAX) {
    size_t count = ink_size_min(INK_STREAMS_MAX, places - first);
    for (size_t i = 0; i < count; i++) {
      size_t place = first + i;
      gather(e->framed, side, in, place / side, place % side, e->patches + i * in * TAPS);
    }
    ink_source_multiply(model, panels, count, e->patches, e->quantized,
                        e->map + first * panels->rows);
  }
  for (size_t i = 1; i < places && panels->rows > channels; i++) {
    memmove(e->map + i * channels, e->map + i * panels->rows, channels * sizeof *e->map);
  }
}

static void normalise(const ink_model *model, const encoding *e, size_t block) {
  const ink_model_block *b = &model->blocks[block];
  size_t side = side_of(model, block), channels = model->shape.channels[block];
  ink_group_norm norm = {.kernels = model->kernels,
                         .positions = side * side,
                         .channels = channels,
                         .groups = ink_group_norm_groups(channels),
                         .weight = b->norm_weight,
                         .bias = b->norm_bias,
                         .statistics = e->statistics,
                         .scratch = e->norm_scratch};
  ink_group_norm_forward(&norm, 1, e->map, e->map);
}

/* The state from the last map, [places][channels]. */
static void bridge(ink_source *source, const encoding *e) {
  const ink_model *model = source->model;
  size_t channels = ink_shape_memory(&model->shape),
         states = model->shape.layers * model->shape.hidden;
  memset(e->mean, 0, channels * sizeof *e->mean);
  for (size_t i = 0; i < source->positions; i++) {
    for (size_t k = 0; k < channels; k++) e->mean[k] += e->map[i * channels + k];
  }
  for (size_t k = 0; k < channels; k++) e->mean[k] /= (float)source->positions;
  ink_source_multiply(model, &model->bridge, 1, e->mean, e->quantized, e->state);
  model->kernels->tanh(e->state, states);
  memcpy(source->state, e->state, states * sizeof *e->state);
}

/* The picture, as floats, is in the map. */
static void encode(ink_source *source, const encoding *e) {
  const ink_model *model = source->model;
  const float *x = e->map;
  for (size_t i = 0; i < model->shape.blocks; i++) {
    size_t side = side_of(model, i);
    frame(side, inputs_of(model, i), x, e->framed);
    convolve(model, e, i);
    normalise(model, e, i);
    if (i + 1 == model->shape.blocks) break;
    ink_max_pooling_forward(model->kernels, 1, side, side, model->shape.channels[i], e->map,
                            e->pooled);
    x = e->pooled;
  }
  bridge(source, e);
}

ink_status ink_source_picture(const ink_model *model, const uint8_t *pixels, uint32_t width,
                              uint32_t height, uint32_t channels, ink_source **source,
                              ink_error *error) {
  *source = NULL;
  if (!ink_shape_is(&model->shape, INK_TASK_CAPTIONER)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not look at pictures",
                    ink_task_name(model->shape.task));
  }
  ink_arena counted = {0};
  size_t size, last = side_of(model, model->shape.blocks - 1);
  lay_out(model, &counted);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  encoding e = lay_out(model, &arena);
  ink_source *s = NULL;
  ink_status status = ink_picture_floats(pixels, height, width, channels, model->picture,
                                         model->picture, e.map, error);
  if (status == INK_OK) status = ink_source_new(model, last * last, false, &s, error);
  if (status == INK_OK) {
    encode(s, &e);
    status = ink_source_remember(s, e.map, error);
  }
  free(allocated);
  if (status != INK_OK) {
    ink_source_free(s);
    return status;
  }
  *source = s;
  return INK_OK;
}
