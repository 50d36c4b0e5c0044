/*
 * Attention in use, and its weights in training. See attention.h.
 */
#include "parts/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void ink_attention_list(ink_lister *l, size_t memory) {
  ink_parameters *p = l->parameters;
  size_t hidden = p->shape.hidden;
  p->shape.memory = memory;
  p->attention.key_weight = ink_list_matrix(l, "attention.key.weight", hidden, memory);
  p->attention.weight = ink_list_matrix(l, "attention.output.weight", hidden, memory + hidden);
  p->attention.bias = ink_list_bias(l, "attention.output.bias", hidden);
}

/* ---- In use ---------------------------------------------------------------------------------- */

void ink_attention_pack(ink_packer *packer, ink_attention_weights *attention) {
  const ink_shape *shape = &packer->parameters->shape;
  const ink_attention_parameters *at = &packer->parameters->attention;
  attention->kernels = packer->kernels;
  attention->hidden = shape->hidden;
  attention->width = shape->memory;
  ink_pack_panels(packer, at->key_weight, INK_NO_BIAS, &attention->key);
  ink_pack_panels(packer, at->weight, at->bias, &attention->output);
}

void ink_memory_lay_out(const ink_attention_weights *attention, size_t positions, ink_arena *arena,
                        ink_memory *memory) {
  memory->positions = positions;
  ink_panels_lay_out(&memory->keys, positions, attention->hidden, false, arena);
  ink_panels_lay_out(&memory->mix, attention->width, positions, false, arena);
}

/* What filling a memory needs meanwhile. */
typedef struct scratch {
  const ink_attention_weights *attention;
  size_t positions;
  float *padded;    /* [S][rows of the keys' matrix] */
  float *keys;      /* [S][H] */
  float *transpose; /* [A][S] */
  ink_quantized *quantized;
} scratch;

static void lay_out_scratch(void *object, ink_arena *arena) {
  scratch *s = object;
  s->padded = ink_arena_floats(arena, s->positions, s->attention->key.rows);
  s->keys = ink_arena_floats(arena, s->positions, s->attention->hidden);
  s->transpose = ink_arena_floats(arena, s->attention->width, s->positions);
  s->quantized = ink_quantized_lay_out(s->attention->width, INK_STREAMS_MAX, arena);
}

ink_status ink_memory_fill(const ink_attention_weights *attention, const float *rows,
                           ink_memory *memory, ink_error *error) {
  size_t hidden = attention->hidden, width = attention->width, positions = memory->positions;
  scratch s = {.attention = attention, .positions = positions};
  void *allocated;
  ink_status status = ink_arena_allocate(lay_out_scratch, &s, &allocated, NULL, error);
  if (status != INK_OK) return status;
  ink_panels_rows(attention->kernels, &attention->key, positions, rows, s.quantized, s.padded);
  for (size_t j = 0; j < positions; j++) {
    memcpy(s.keys + j * hidden, s.padded + j * attention->key.rows, hidden * sizeof *s.keys);
    for (size_t i = 0; i < width; i++) s.transpose[i * positions + j] = rows[j * width + i];
  }
  ink_panels_pack(&memory->keys, positions, s.keys, NULL);
  ink_panels_pack(&memory->mix, width, s.transpose, NULL);
  free(allocated);
  return INK_OK;
}

void ink_attention_state_lay_out(const ink_attention_weights *attention, ink_arena *arena,
                                 ink_attention_state *state) {
  size_t hidden = attention->hidden, width = attention->width;
  state->joined = ink_arena_floats(arena, width + hidden, 1);
  state->context = ink_arena_floats(arena, ink_size_round_up(width, INK_ROWS), 1);
  state->features = ink_arena_floats(arena, ink_size_round_up(hidden, INK_ROWS), 1);
}

ink_status ink_attention_look_at(ink_attention_state *state, const ink_memory *memory,
                                 ink_error *error) {
  float *scores = realloc(state->scores, memory->keys.rows * sizeof *scores);
  if (scores == NULL) return ink_fail_memory(error);
  state->scores = scores;
  state->memory = memory;
  return INK_OK;
}

/* joined = [context; h] */
static void join(const ink_attention_weights *attention, ink_attention_state *state,
                 const float *h) {
  size_t hidden = attention->hidden, width = attention->width;
  const ink_kernels *kernels = attention->kernels;
  const ink_memory *memory = state->memory;
  const float *scores = state->scores;
  memcpy(state->joined + width, h, hidden * sizeof *h);
  if (memory == NULL) {
    memset(state->joined, 0, width * sizeof *state->joined);
    return;
  }
  kernels->product(&memory->keys, 1, &h, &state->scores);
  kernels->softmax(scores, memory->positions, 1 / sqrtf((float)hidden), state->scores);
  kernels->product(&memory->mix, 1, &scores, &state->context);
  memcpy(state->joined, state->context, width * sizeof *state->joined);
}

void ink_attention_attend(const ink_attention_weights *attention,
                          ink_attention_state *const *states, size_t count, const float *const *h,
                          ink_quantized *const *quantized) {
  const float *joined[INK_STREAMS_MAX];
  float *features[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) {
    join(attention, states[i], h[i]);
    joined[i] = states[i]->joined;
    features[i] = states[i]->features;
  }
  ink_panels_product(attention->kernels, &attention->output, count, joined, quantized, features);
  for (size_t i = 0; i < count; i++) attention->kernels->tanh(features[i], attention->hidden);
}

/* ---- In training ----------------------------------------------------------------------------- */

void ink_attention_lay_out(const ink_shape *shape, size_t steps, size_t batch, size_t positions,
                           ink_arena *arena, ink_attention *layer) {
  layer->hidden = shape->hidden;
  layer->width = shape->memory;
  layer->keys = ink_arena_floats3(arena, positions, batch, shape->hidden);
  layer->probabilities = ink_arena_floats3(arena, steps, batch, positions);
  layer->contexts = ink_arena_floats3(arena, steps, batch, shape->memory);
  layer->scores = ink_arena_floats(arena, steps, positions);
}

void ink_attention_set_weights(const ink_parameters *parameters, const float *weights,
                               ink_attention *layer) {
  layer->key_weight = weights + parameters->attention.key_weight;
  layer->weight = weights + parameters->attention.weight;
  layer->bias = weights + parameters->attention.bias;
}
