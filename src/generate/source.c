/*
 * What attention looks at, laid out for its two products: scores of all positions are one product
 * with their keys, and the context is one with the memory's transpose.
 */
#include "generate/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "generate/session.h"

static void lay_out(ink_source *source, bool text, ink_arena *arena) {
  const ink_shape *shape = &source->model->shape;
  size_t positions = source->positions, memory = ink_shape_memory(shape);
  source->keys.rows = ink_size_round_up(positions, INK_ROWS);
  source->keys.columns = shape->hidden;
  source->keys.bias = ink_arena_floats(arena, source->keys.rows, 1);
  source->keys.floats = ink_arena_floats(arena, source->keys.rows, shape->hidden);
  source->mix.rows = ink_size_round_up(memory, INK_ROWS);
  source->mix.columns = positions;
  source->mix.bias = ink_arena_floats(arena, source->mix.rows, 1);
  source->mix.floats = ink_arena_floats(arena, source->mix.rows, positions);
  source->state = ink_arena_floats(arena, ink_state_floats(source->model), 1);
  if (text) source->ids = ink_arena_take(arena, positions, 1, sizeof *source->ids);
}

ink_status ink_source_new(const ink_model *model, size_t positions, bool text, ink_source **source,
                          ink_error *error) {
  *source = NULL;
  ink_source *s = calloc(1, sizeof *s);
  if (s == NULL) return ink_fail_memory(error);
  s->model = model;
  s->positions = positions;
  ink_arena counted = {0};
  size_t size;
  lay_out(s, text, &counted);
  s->allocated = ink_arena_size(&counted, &size) ? calloc(size, 1) : NULL;
  if (s->allocated == NULL) {
    free(s);
    return ink_fail_memory(error);
  }
  ink_arena arena = ink_arena_over(s->allocated);
  lay_out(s, text, &arena);
  *source = s;
  return INK_OK;
}

void ink_source_free(ink_source *source) {
  if (source == NULL) return;
  free(source->allocated);
  free(source);
}

const char *ink_source_token(const ink_source *source, size_t index) {
  if (source->ids == NULL || index >= source->positions) return NULL;
  return ink_vocabulary_token(source->model->source_vocabulary, source->ids[index]);
}

void ink_source_multiply(const ink_model *model, const ink_panels *panels, size_t count,
                         const float *x, ink_quantized *quantized, float *y) {
  for (size_t first = 0; first < count; first += INK_STREAMS_MAX) {
    size_t streams = ink_size_min(INK_STREAMS_MAX, count - first);
    const float *from[INK_STREAMS_MAX];
    float *to[INK_STREAMS_MAX];
    ink_quantized *scratch[INK_STREAMS_MAX];
    for (size_t i = 0; i < streams; i++) {
      from[i] = x + (first + i) * panels->columns;
      to[i] = y + (first + i) * panels->rows;
      scratch[i] = &quantized[i];
    }
    ink_panels_product(model->kernels, panels, streams, from, scratch, to);
  }
}

typedef struct scratch {
  float *padded;    /* [S][rows of the keys' matrix] */
  float *keys;      /* [S][H] */
  float *transpose; /* [A][S] */
  ink_quantized *quantized;
} scratch;

static scratch lay_out_scratch(const ink_source *source, ink_arena *arena) {
  size_t memory = ink_shape_memory(&source->model->shape);
  return (scratch){.padded = ink_arena_floats(arena, source->positions, source->model->key.rows),
                   .keys = ink_arena_floats(arena, source->positions, source->model->shape.hidden),
                   .transpose = ink_arena_floats(arena, memory, source->positions),
                   .quantized = ink_quantized_lay_out(memory, INK_STREAMS_MAX, arena)};
}

ink_status ink_source_remember(ink_source *source, const float *memory, ink_error *error) {
  const ink_model *model = source->model;
  size_t hidden = model->shape.hidden, width = ink_shape_memory(&model->shape);
  ink_arena counted = {0};
  size_t size, positions = source->positions;
  lay_out_scratch(source, &counted);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  scratch s = lay_out_scratch(source, &arena);
  ink_source_multiply(model, &model->key, positions, memory, s.quantized, s.padded);
  for (size_t j = 0; j < positions; j++) {
    memcpy(s.keys + j * hidden, s.padded + j * model->key.rows, hidden * sizeof *s.keys);
    for (size_t i = 0; i < width; i++) s.transpose[i * positions + j] = memory[j * width + i];
  }
  ink_panels_pack(&source->keys, positions, s.keys, NULL);
  ink_panels_pack(&source->mix, width, s.transpose, NULL);
  free(allocated);
  return INK_OK;
}
