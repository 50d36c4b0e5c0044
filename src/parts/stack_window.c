/*
 * A stack over a window of tokens. See stack_window.h.
 */
#include "parts/stack_window.h"

#include <string.h>

#include "base/random.h"
#include "layers/embedding.h"
#include "layers/linear.h"
#include "layers/recurrent.h"

void ink_stack_window_lay_out(ink_stack_window *s, size_t steps, ink_arena *arena) {
  const ink_shape *shape = &s->parameters->shape;
  size_t batch = s->batch, hidden = shape->hidden, width = shape->gates * hidden;
  s->cell = ink_cell_find(shape->cell, s->kernels->name);
  for (size_t l = 0; l < shape->layers; l++) {
    s->gates[l] = ink_arena_floats3(arena, steps, batch, width);
    s->h[l] = ink_arena_floats3(arena, steps + 1, batch, hidden);
    s->c[l] = s->cell->needs_c ? ink_arena_floats3(arena, steps + 1, batch, hidden) : NULL;
    s->outputs[l] = ink_arena_floats3(arena, steps, batch, hidden);
    s->left[l] = s->cell->late > 0 ? ink_arena_floats3(arena, steps, batch, hidden) : NULL;
    s->dh[l] = ink_arena_floats(arena, batch, hidden);
    s->dc[l] = ink_arena_floats(arena, batch, hidden);
  }
  s->h_gradient = s->cell->separate ? ink_arena_floats3(arena, steps, batch, width) : NULL;
  s->packed = ink_arena_floats(arena, ink_recurrent_packed_size(s->cell, hidden), 1);
  s->h_part = ink_arena_floats(arena, batch, width);
  s->dleft = s->cell->late > 0 ? ink_arena_floats(arena, batch, hidden) : NULL;
  size_t widest = ink_size_max(width, shape->embed);
  s->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
  size_t distinct = ink_size_min(s->at->vocabulary, steps * batch);
  s->table = ink_arena_floats(arena, distinct, width);
  s->vectors = shape->embed > 0 ? ink_arena_floats(arena, distinct, shape->embed) : NULL;
  s->slots = ink_arena_take(arena, s->at->vocabulary, 1, sizeof *s->slots);
  s->tokens = ink_arena_take(arena, distinct, 1, sizeof *s->tokens);
}

void ink_stack_window_hand_over(const ink_stack_window *from, size_t steps, ink_stack_window *to) {
  size_t state = from->batch * from->parameters->shape.hidden;
  for (size_t l = 0; l < from->parameters->shape.layers; l++) {
    memcpy(to->h[l], from->h[l] + steps * state, state * sizeof(float));
    if (!from->cell->carries_c) continue;
    memcpy(to->c[l], from->c[l] + steps * state, state * sizeof(float));
  }
}

void ink_stack_window_clear_state(ink_stack_window *s) {
  size_t size = s->batch * s->parameters->shape.hidden * sizeof(float);
  for (size_t l = 0; l < s->parameters->shape.layers; l++) {
    memset(s->h[l], 0, size);
    if (s->cell->carries_c) memset(s->c[l], 0, size);
  }
}

void ink_stack_window_clear_gradient(ink_stack_window *s) {
  size_t size = s->batch * s->parameters->shape.hidden * sizeof(float);
  for (size_t l = 0; l < s->parameters->shape.layers; l++) {
    memset(s->dh[l], 0, size);
    memset(s->dc[l], 0, size);
  }
}

static ink_embedding embedding_layer(const ink_stack_window *s, const float *weights,
                                     const ink_dropout_choice *dropout) {
  const ink_shape *shape = &s->parameters->shape;
  return (ink_embedding){.kernels = s->kernels,
                         .vocabulary = s->at->vocabulary,
                         .embed = shape->embed,
                         .width = shape->gates * shape->hidden,
                         .embedding = weights + s->at->embedding,
                         .weight_ih = weights + s->at->weight_ih[0],
                         .bias_ih = weights + s->at->bias_ih[0],
                         .drop_rate = dropout->embed_rate,
                         .drop_key = dropout->key,
                         .slots = s->slots,
                         .tokens = s->tokens,
                         .vectors = s->vectors,
                         .table = s->table,
                         .workspace = s->workspace};
}

static ink_recurrent recurrent_layer(const ink_stack_window *s, const float *weights, size_t l) {
  return (ink_recurrent){.kernels = s->kernels,
                         .cell = s->cell,
                         .batch = s->batch,
                         .hidden = s->parameters->shape.hidden,
                         .weight_hh = weights + s->at->weight_hh[l],
                         .bias_hh = weights + s->at->bias_hh[l],
                         .own = s->cell->own > 0 ? weights + s->at->own[l] : NULL,
                         .gates = s->gates[l],
                         .h = s->h[l],
                         .c = s->c[l],
                         .h_gradient = s->cell->separate ? s->h_gradient : s->gates[l],
                         .left = s->left[l],
                         .packed = s->packed,
                         .dleft = s->dleft,
                         .h_part = s->h_part,
                         .dh = s->dh[l],
                         .dc = s->dc[l],
                         .workspace = s->workspace};
}

static ink_linear input_layer(const ink_stack_window *s, const float *weights, size_t l) {
  const ink_shape *shape = &s->parameters->shape;
  return (ink_linear){shape->hidden, shape->gates * shape->hidden, weights + s->at->weight_ih[l],
                      weights + s->at->bias_ih[l]};
}

/* Whether the outputs of layer l are its states in the reverse order. A layer reads the outputs of
 * the one below in their order; so in a stack that alternates each turns round what it read, and
 * the last one does when it is odd, for outputs to be in the order of time. */
static bool turns(const ink_stack_window *s, size_t l) {
  return s->alternates && (l + 1 < s->parameters->shape.layers || l % 2 == 1);
}

uint64_t ink_dropout_key(const ink_dropout_choice *dropout, size_t layer, size_t step,
                         size_t stream) {
  uint64_t time = dropout->variational ? 0 : step;
  uint64_t place = time << 40 | (uint64_t)layer << 32 | (dropout->first_stream + stream);
  return ink_random_mix(dropout->key ^ ink_random_mix(place));
}

/* Drops elements, by layer, time and stream of the whole batch, on the way from the states of layer
 * l to its outputs, or `back` from the outputs' gradient to the states'. In place is allowed where
 * the layer does not turn. */
static void drop(const ink_stack_window *s, size_t l, size_t steps,
                 const ink_dropout_choice *dropout, const float *from, bool back, float *to) {
  size_t hidden = s->parameters->shape.hidden, row = s->batch * hidden;
  for (size_t t = 0; t < steps; t++) {
    size_t state = turns(s, l) ? steps - 1 - t : t;
    const float *x = from + (back ? t : state) * row;
    float *y = to + (back ? state : t) * row;
    for (size_t b = 0; b < s->batch; b++) {
      uint64_t key = ink_dropout_key(dropout, l, t, b);
      s->kernels->drop(x + b * hidden, hidden, dropout->rate, key, y + b * hidden);
    }
  }
}

/* Whether outputs[l] has what the next layer reads, or else the states themselves are that. */
static bool copies(const ink_stack_window *s, size_t l, const ink_dropout_choice *dropout) {
  return dropout->rate > 0 || turns(s, l);
}

static const float *layer_output(const ink_stack_window *s, size_t l,
                                 const ink_dropout_choice *dropout) {
  return copies(s, l, dropout) ? s->outputs[l] : s->h[l] + s->batch * s->parameters->shape.hidden;
}

const float *ink_stack_window_forward(ink_stack_window *s, const float *weights, size_t steps,
                                      const uint32_t *ids, const ink_dropout_choice *dropout) {
  const ink_shape *shape = &s->parameters->shape;
  size_t rows = steps * s->batch, state = s->batch * shape->hidden;
  ink_embedding embedding = embedding_layer(s, weights, dropout);
  s->distinct = ink_embedding_forward(&embedding, rows, ids, s->gates[0]);
  for (size_t l = 0; l < shape->layers; l++) {
    if (l > 0) {
      ink_linear input = input_layer(s, weights, l);
      ink_linear_forward(s->kernels, &input, rows, layer_output(s, l - 1, dropout), s->gates[l],
                         s->workspace);
    }
    ink_recurrent recurrent = recurrent_layer(s, weights, l);
    ink_recurrent_forward(&recurrent, steps);
    if (copies(s, l, dropout)) drop(s, l, steps, dropout, s->h[l] + state, false, s->outputs[l]);
  }
  return layer_output(s, shape->layers - 1, dropout);
}

void ink_stack_window_backward(ink_stack_window *s, const float *weights, size_t steps,
                               const uint32_t *ids, const ink_dropout_choice *dropout, float *dy,
                               bool from_state, float *gradients) {
  const ink_stack_parameters *at = s->at;
  size_t rows = steps * s->batch;
  for (size_t l = s->parameters->shape.layers; l-- > 0;) {
    float *dh = dy;
    if (copies(s, l, dropout)) {
      /* The outputs have been read for the last time, by the layer above. */
      if (turns(s, l)) dh = s->outputs[l];
      drop(s, l, steps, dropout, dy, true, dh);
    }
    ink_recurrent recurrent = recurrent_layer(s, weights, l);
    ink_recurrent_backward(&recurrent, steps, dh, from_state, gradients + at->weight_hh[l],
                           gradients + at->bias_hh[l], gradients + at->own[l]);
    if (l == 0) break;
    ink_linear input = input_layer(s, weights, l);
    ink_linear_backward(s->kernels, &input, rows, layer_output(s, l - 1, dropout), s->gates[l],
                        gradients + at->weight_ih[l], gradients + at->bias_ih[l], dy, s->workspace);
  }
  ink_embedding embedding = embedding_layer(s, weights, dropout);
  ink_embedding_backward(&embedding, rows, ids, s->distinct, s->gates[0], gradients + at->embedding,
                         gradients + at->weight_ih[0], gradients + at->bias_ih[0]);
}
