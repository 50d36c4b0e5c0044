/*
 * A stack in use. See stack.h.
 */
#include "parts/stack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/status.h"

/* ---- In a file ------------------------------------------------------------------------------- */

const char *ink_stack_name(const char *prefix, const char *kind, size_t layer, bool reverse,
                           char name[40]) {
  ink_snprintf(name, 40, "%srnn.%s_l%u%s", prefix, kind, (unsigned)layer,
               reverse ? "_reverse" : "");
  return name;
}

const ink_cell *ink_stack_cell(const ink_shape *shape) {
  return ink_cell_find(shape->cell, ink_kernels_find(INK_KERNEL_AUTO)->name);
}

/* PyTorch's initial weights, but for embeddings of words, which begin small. */
static void initialise_embedding(ink_lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  ink_parameter *embedding = ink_list_last(l);
  if (shape->words) {
    embedding->bound = 0.1;
  } else if (!shape->tied) {
    embedding->initial = INK_INITIAL_NORMAL;
  }
}

/* An LSTM begins by remembering: its forget gate has bias 1 (Jozefowicz et al. 2015). */
static void initialise_forget_gate(ink_lister *l, float bias) {
  const ink_shape *shape = &l->parameters->shape;
  ink_parameter *parameter = ink_list_last(l);
  if (shape->cell != INK_CELL_LSTM) return;
  parameter->fixed_from = parameter->fixed_count = shape->hidden;
  parameter->fixed = bias;
}

/* A layer that reads from the beginning or, `reverse`, from the end. */
static void list_layer(ink_lister *l, const char *prefix, size_t layer, bool reverse,
                       ink_stack_parameters *at) {
  const ink_shape *shape = &l->parameters->shape;
  char name[40];
  size_t rows = 0, inputs = shape->embed > 0 ? shape->embed : at->vocabulary;
  if (layer > 0) inputs = ink_shape_width(shape, layer - 1);
  l->fits = l->fits && ink_size_multiply(shape->gates, shape->hidden, &rows);
  at->weight_ih[layer] =
      ink_list_matrix(l, ink_stack_name(prefix, "weight_ih", layer, reverse, name), rows, inputs);
  l->bound = ink_list_last(l)->bound = 1 / sqrt((double)shape->hidden);
  at->weight_hh[layer] = ink_list_matrix(
      l, ink_stack_name(prefix, "weight_hh", layer, reverse, name), rows, shape->hidden);
  at->bias_ih[layer] =
      ink_list_bias(l, ink_stack_name(prefix, "bias_ih", layer, reverse, name), rows);
  initialise_forget_gate(l, 1);
  at->bias_hh[layer] =
      ink_list_bias(l, ink_stack_name(prefix, "bias_hh", layer, reverse, name), rows);
  initialise_forget_gate(l, 0);
  const ink_cell *cell = ink_stack_cell(shape);
  if (cell->own == 0) return;
  at->own[layer] = ink_list_tensor(l, (size_t[]){cell->own * shape->hidden, 0},
                                   ink_stack_name(prefix, cell->own_name, layer, reverse, name));
}

void ink_stack_list(ink_lister *l, const char *prefix, size_t vocabulary,
                    ink_stack_parameters *at) {
  const ink_shape *shape = &l->parameters->shape;
  char name[40];
  at->vocabulary = vocabulary;
  if (shape->embed > 0) {
    ink_snprintf(name, sizeof name, "%sembedding.weight", prefix);
    at->embedding = ink_list_matrix(l, name, vocabulary, shape->embed);
    initialise_embedding(l);
  }
  for (size_t i = 0; i < shape->layers; i++) list_layer(l, prefix, i, false, at);
}

void ink_stack_list_reverse(ink_lister *l, const char *prefix, const ink_stack_parameters *at,
                            ink_stack_parameters *reverse) {
  const ink_shape *shape = &l->parameters->shape;
  *reverse = (ink_stack_parameters){.vocabulary = at->vocabulary, .embedding = at->embedding};
  for (size_t i = 0; i < shape->layers; i++) {
    if (shape->reverse[i]) list_layer(l, prefix, i, true, reverse);
  }
}

ink_status ink_stack_recognise_vocabulary(const ink_tensors *tensors, const char *prefix,
                                          size_t *vocabulary, size_t *embed, ink_error *error) {
  char name[40];
  ink_snprintf(name, sizeof name, "%sembedding.weight", prefix);
  const ink_tensor *tensor = ink_tensors_find(tensors, name);
  bool embedded = tensor != NULL;
  if (!embedded) ink_stack_name(prefix, "weight_ih", 0, false, name);
  ink_status status = ink_find_shaped(tensors, name, 2, &tensor, error);
  if (status != INK_OK) return status;
  *vocabulary = tensor->shape[embedded ? 0 : 1];
  *embed = embedded ? tensor->shape[1] : 0;
  return INK_OK;
}

/* By the metadata's `cell`; a file without it has one that PyTorch has, told by its gates. */
static ink_status recognise_cell(const ink_tensors *tensors, const ink_tensor *recurrent,
                                 ink_shape *shape, ink_error *error) {
  const char *name = ink_tensors_metadata(tensors, "cell");
  char text[64];
  ink_shape_text(recurrent->shape, 2, text);
  if (name != NULL && !ink_cell_kind_of_name(name, &shape->cell)) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's cell is %.40s, which this build does not have", name);
  }
  bool whole = recurrent->shape[0] % shape->hidden == 0;
  if (name == NULL && whole && ink_cell_kind_of_gates(shape->gates, &shape->cell)) return INK_OK;
  if (name != NULL && whole && ink_stack_cell(shape)->gates == shape->gates) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT,
                  "%s is %s where 1 (rnn), 3 (gru) or 4 (lstm) times %zu rows fit", recurrent->name,
                  text, shape->hidden);
}

ink_status ink_stack_recognise(const ink_tensors *tensors, const char *prefix, ink_shape *shape,
                               ink_error *error) {
  char name[40];
  const ink_tensor *recurrent;
  ink_stack_name(prefix, "weight_hh", 0, false, name);
  ink_status status = ink_find_shaped(tensors, name, 2, &recurrent, error);
  if (status != INK_OK) return status;
  shape->hidden = recurrent->shape[1];
  shape->gates = recurrent->shape[0] / shape->hidden;
  status = recognise_cell(tensors, recurrent, shape, error);
  if (status != INK_OK) return status;
  shape->layers = 0;
  do {
    ink_stack_name(prefix, "weight_hh", ++shape->layers, false, name);
  } while (shape->layers < INK_LAYERS_MAX && ink_tensors_find(tensors, name) != NULL);
  return ink_stack_recognise_vocabulary(tensors, prefix, &shape->vocabulary, &shape->embed, error);
}

/* ---- Weights for use ------------------------------------------------------------------------- */

/* Floats that a table may have. A larger one, as of a vocabulary of many words, would cost more
 * memory than it saves time. */
static const size_t TABLE_MAX = (size_t)4 << 20;

/* What a table is made of, for as long as that takes. */
typedef struct table_source {
  const ink_stack *stack;
  ink_panels input; /* W_ih [gate_rows,E] and b_ih, when there is an embedding */
} table_source;

static void lay_out_table_source(void *object, ink_arena *arena) {
  table_source *source = object;
  const ink_stack *stack = source->stack;
  ink_panels_lay_out(&source->input, stack->gate_rows, stack->embed, false, arena);
}

/* table[v] = W_ih x_v + b_ih, where x_v is one-hot or the embedding of token v. It is f32 whatever
 * the file has: a step reads one row of it, so that fewer bytes would save nothing. */
static void fill_one_hot(const ink_stack *stack, size_t vocabulary, const float *weight,
                         const float *bias) {
  size_t rows = stack->cell->gates * stack->hidden, padded = stack->gate_rows;
  for (size_t v = 0; v < vocabulary; v++) {
    float *row = stack->table + v * padded;
    for (size_t i = 0; i < rows; i++) row[i] = bias[i] + weight[i * vocabulary + v];
    memset(row + rows, 0, (padded - rows) * sizeof *row);
  }
}

static void fill_embedded(ink_packer *packer, const ink_stack *stack,
                          const ink_stack_parameters *at, const float *weight, const float *bias) {
  table_source source = {.stack = stack};
  void *memory;
  float *embedding = ink_pack_read(packer, at->embedding);
  if (packer->status != INK_OK) return;
  packer->status = ink_arena_allocate(lay_out_table_source, &source, &memory, NULL, packer->error);
  if (packer->status == INK_OK) {
    ink_panels_pack(&source.input, stack->cell->gates * stack->hidden, weight, bias);
    for (size_t v = 0; v < at->vocabulary; v++) {
      const float *vector = embedding + v * stack->embed;
      float *row = stack->table + v * stack->gate_rows;
      stack->kernels->product(&source.input, 1, &vector, &row);
    }
  }
  free(memory);
  free(embedding);
}

static void fill_table(ink_packer *packer, const ink_stack *stack, const ink_stack_parameters *at) {
  float *weight = ink_pack_read(packer, at->weight_ih[0]);
  float *bias = packer->status == INK_OK ? ink_pack_read(packer, at->bias_ih[0]) : NULL;
  if (packer->status == INK_OK && stack->embed > 0) {
    fill_embedded(packer, stack, at, weight, bias);
  } else if (packer->status == INK_OK) {
    fill_one_hot(stack, at->vocabulary, weight, bias);
  }
  free(weight);
  free(bias);
}

/* What layer 0 makes of a token. */
static void pack_tokens(ink_packer *packer, const ink_stack_parameters *at, ink_stack *stack) {
  if (stack->embed == 0 || at->vocabulary <= TABLE_MAX / stack->gate_rows) {
    stack->table = ink_arena_floats(packer->arena, at->vocabulary, stack->gate_rows);
    if (ink_packs(packer)) fill_table(packer, stack, at);
  } else {
    stack->embedding = ink_pack_floats(packer, at->embedding);
    ink_pack_float_panels(packer, at->weight_ih[0], at->bias_ih[0], &stack->layer[0].input);
  }
}

void ink_stack_pack(ink_packer *packer, const ink_stack_parameters *at, ink_stack *stack) {
  const ink_shape *shape = &packer->parameters->shape;
  *stack = (ink_stack){.kernels = packer->kernels,
                       .cell = ink_cell_find(shape->cell, packer->kernels->name),
                       .hidden = shape->hidden,
                       .layers = shape->layers,
                       .embed = shape->embed,
                       .gate_rows = ink_size_round_up(shape->gates * shape->hidden, INK_ROWS)};
  for (size_t l = 0; l < shape->layers; l++) {
    ink_stack_layer *layer = &stack->layer[l];
    if (at->weight_hh[l] == 0) continue; /* a layer that does not read from this end */
    if (l == 0) pack_tokens(packer, at, stack);
    if (l > 0) ink_pack_panels(packer, at->weight_ih[l], at->bias_ih[l], &layer->input);
    size_t late = stack->cell->late * shape->hidden;
    size_t early = shape->gates * shape->hidden - late;
    ink_pack_rows(packer, at->weight_hh[l], at->bias_hh[l], 0, early, &layer->recurrent);
    if (late > 0) {
      ink_pack_rows(packer, at->weight_hh[l], at->bias_hh[l], early, late, &layer->late);
    }
    if (stack->cell->own > 0) layer->own = ink_pack_floats(packer, at->own[l]);
  }
}

/* ---- A stream -------------------------------------------------------------------------------- */

size_t ink_stack_state_floats(const ink_stack *stack) {
  return stack->layers * stack->hidden * (stack->cell->carries_c ? 2 : 1);
}

void ink_stack_state_lay_out(const ink_stack *stack, float *state, size_t widest, ink_arena *arena,
                             ink_stack_state *to) {
  if (widest < stack->hidden) widest = stack->hidden;
  if (widest < stack->embed) widest = stack->embed;
  *to = (ink_stack_state){.h = state,
                          .x_part = ink_arena_floats(arena, stack->gate_rows, 1),
                          .h_part = ink_arena_floats(arena, stack->gate_rows + INK_ROWS, 1),
                          .quantized = ink_quantized_lay_out(widest, 1, arena)};
  if (stack->cell->late > 0) to->left = ink_arena_floats(arena, stack->hidden, 1);
  if (state != NULL && stack->cell->carries_c) to->c = state + stack->layers * stack->hidden;
}

const float *ink_stack_output(const ink_stack *stack, const ink_stack_state *state) {
  return state->h + (stack->layers - 1) * stack->hidden;
}

static void multiply(const ink_stack *stack, ink_stack_state *const *states, size_t count,
                     const ink_panels *panels, const float *const *x, float *const *y) {
  ink_quantized *quantized[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) quantized[i] = states[i]->quantized;
  ink_panels_product(stack->kernels, panels, count, x, quantized, y);
}

/* The same of the h of layer l. */
static void multiply_h(const ink_stack *stack, ink_stack_state *const *states, size_t count,
                       size_t l, const ink_panels *panels, float *const *y) {
  const float *h[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) h[i] = states[i]->h + l * stack->hidden;
  multiply(stack, states, count, panels, h, y);
}

/* The new state of layer l, when h_part has been made of its early gates. */
static void advance_cell(const ink_stack *stack, ink_stack_state *state, size_t l,
                         const float *x_part) {
  size_t hidden = stack->hidden;
  const ink_stack_layer *layer = &stack->layer[l];
  float *h = state->h + l * hidden, *c = state->c == NULL ? NULL : state->c + l * hidden;
  ink_cell_step step = {.batch = 1,
                        .hidden = hidden,
                        .own = layer->own,
                        .x_part = x_part,
                        .h_part = state->h_part,
                        .h_previous = h,
                        .c_previous = c,
                        .h_next = h,
                        .c_next = c,
                        .left = state->left};
  if (stack->cell->late > 0) {
    const float *left = state->left;
    float *late = state->h_part + (stack->cell->gates - stack->cell->late) * hidden;
    stack->cell->leave(&step);
    multiply(stack, &state, 1, &layer->late, &left, &late);
  }
#ifndef INK_GENERATE_ONLY
  if (state->gates != NULL) {
    step.gates = state->gates + l * stack->cell->gates * hidden;
    if (c == NULL) step.c_next = state->h_part; /* of every unit after it has been read there */
  }
#endif
  stack->cell->forward(&step);
}

void ink_stack_run_layer(const ink_stack *stack, size_t l, ink_stack_state *const *states,
                         size_t count, const float *const *x_parts) {
  float *h_part[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) h_part[i] = states[i]->h_part;
  multiply_h(stack, states, count, l, &stack->layer[l].recurrent, h_part);
  for (size_t i = 0; i < count; i++) advance_cell(stack, states[i], l, x_parts[i]);
}

void ink_stack_step(const ink_stack *stack, ink_stack_state *const *states, size_t count,
                    const uint32_t *ids) {
  const float *embeddings[INK_STREAMS_MAX], *rows[INK_STREAMS_MAX];
  float *x_part[INK_STREAMS_MAX];
  for (size_t i = 0; i < count; i++) {
    x_part[i] = states[i]->x_part;
    if (stack->table == NULL) embeddings[i] = stack->embedding + ids[i] * stack->embed;
  }
  for (size_t l = 0; l < stack->layers; l++) {
    const ink_stack_layer *layer = &stack->layer[l];
    if (l > 0) {
      multiply_h(stack, states, count, l - 1, &layer->input, x_part);
    } else if (stack->table == NULL) {
      multiply(stack, states, count, &layer->input, embeddings, x_part);
    }
    for (size_t i = 0; i < count; i++) {
      bool by_table = l == 0 && stack->table != NULL;
      rows[i] = by_table ? stack->table + ids[i] * stack->gate_rows : x_part[i];
    }
    ink_stack_run_layer(stack, l, states, count, rows);
  }
}

/* ---- A text, layer by layer ------------------------------------------------------------------ */

/* Of so many tokens at once the inputs of a layer are made by one product, which reads its weights
 * from memory once. What is summed, and in which order, is the same as token by token. */
typedef struct span {
  const ink_stack *stack;
  size_t count;
  float *x_parts; /* [count][gate_rows] */
  float *below;   /* [count][E]: embeddings, which the first layer reads where it has no table */
  float *outputs; /* [count][H] */
  ink_quantized *quantized;
} span;

static void lay_out_span(void *object, ink_arena *arena) {
  span *s = object;
  const ink_stack *stack = s->stack;
  size_t widest = ink_size_max(stack->embed, stack->hidden);
  s->x_parts = ink_arena_floats(arena, s->count, stack->gate_rows);
  s->below = ink_arena_floats(arena, s->count, stack->embed);
  s->outputs = ink_arena_floats(arena, s->count, stack->hidden);
  s->quantized = ink_quantized_lay_out(widest, INK_STREAMS_MAX, arena);
}

void ink_stack_inputs(const ink_stack *stack, size_t l, const uint32_t *ids, size_t count,
                      float *below, ink_quantized *quantized, float *x_parts) {
  size_t rows = stack->gate_rows, embed = stack->embed;
  if (l == 0 && stack->table != NULL) {
    for (size_t t = 0; t < count; t++) {
      memcpy(x_parts + t * rows, stack->table + ids[t] * rows, rows * sizeof(float));
    }
    return;
  }
  for (size_t t = 0; l == 0 && t < count; t++) {
    memcpy(below + t * embed, stack->embedding + ids[t] * embed, embed * sizeof(float));
  }
  ink_panels_rows(stack->kernels, &stack->layer[l].input, count, below, quantized, x_parts);
}

/* The same over the span, of at most its tokens. */
static void make_inputs(const span *s, size_t l, const uint32_t *ids, size_t count) {
  float *below = l > 0 ? s->outputs : s->below;
  ink_stack_inputs(s->stack, l, ids, count, below, s->quantized, s->x_parts);
}

/* Runs layer l over the span, from its end when `back`; outputs stay in the order of the text. */
static void run_layer(const span *s, ink_stack_state *state, size_t l, size_t count, bool back) {
  const ink_stack *stack = s->stack;
  size_t hidden = stack->hidden;
  for (size_t i = 0; i < count; i++) {
    size_t t = back ? count - 1 - i : i;
    const float *x_part = s->x_parts + t * stack->gate_rows;
    ink_stack_run_layer(stack, l, &state, 1, &x_part);
    memcpy(s->outputs + t * hidden, state->h + l * hidden, hidden * sizeof(float));
  }
}

ink_status ink_stack_read(const ink_stack *stack, ink_stack_state *state, const uint32_t *ids,
                          size_t count, ink_error *error) {
  span s = {.stack = stack, .count = ink_size_min(count, INK_STREAMS_MAX)};
  void *memory;
  ink_status status = ink_arena_allocate(lay_out_span, &s, &memory, NULL, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < count; i += s.count) {
    size_t tokens = ink_size_min(s.count, count - i);
    for (size_t l = 0; l < stack->layers; l++) {
      make_inputs(&s, l, ids + i, tokens);
      run_layer(&s, state, l, tokens, false);
    }
  }
  free(memory);
  return INK_OK;
}

/* What encoding a text needs beside its span. */
typedef struct encoder {
  span span;
  float *state; /* of the caller */
  ink_stack_state stream;
} encoder;

static void lay_out_encoder(void *object, ink_arena *arena) {
  encoder *e = object;
  lay_out_span(&e->span, arena);
  ink_stack_state_lay_out(e->span.stack, e->state, 0, arena, &e->stream);
}

ink_status ink_stack_encode(const ink_stack *stack, const uint32_t *ids, size_t count, float *state,
                            float *outputs, ink_error *error) {
  encoder e = {.span = {.stack = stack, .count = count}, .state = state};
  void *memory;
  ink_status status = ink_arena_allocate(lay_out_encoder, &e, &memory, NULL, error);
  if (status != INK_OK) return status;
  memset(state, 0, ink_stack_state_floats(stack) * sizeof *state);
  for (size_t l = 0; l < stack->layers; l++) {
    make_inputs(&e.span, l, ids, count);
    run_layer(&e.span, &e.stream, l, count, l % 2 == 1);
  }
  memcpy(outputs, e.span.outputs, count * stack->hidden * sizeof *outputs);
  free(memory);
  return INK_OK;
}
