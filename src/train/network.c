/*
 * A generator's network over a window of text. See network.h.
 */
#include "train/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/dropout.h"
#include "layers/embedding.h"
#include "layers/linear.h"
#include "layers/loss.h"
#include "layers/recurrent.h"
#include "model/arena.h"

struct ink_network {
  const ink_parameters *parameters;
  const ink_kernels *kernels;
  const ink_cell *cell;
  size_t batch, steps;
  size_t distinct; /* tokens in the window just read */
  void *memory;    /* all that follows */
  float *gates[INK_LAYERS_MAX], *h[INK_LAYERS_MAX], *c[INK_LAYERS_MAX];
  float *outputs[INK_LAYERS_MAX]; /* [steps][batch][H]: h[1..] after dropout */
  float *h_gradient;              /* [steps][batch][G*H], for cells that need one */
  float *logits;                  /* [steps][batch][V] */
  float *dy;                      /* [steps][batch][H] */
  float *packed, *h_part, *dh, *dc, *workspace, *table, *vectors;
  uint32_t *slots, *tokens;
};

/* Every array of the network is of 4-byte elements. */
static void *carve(ink_arena *arena, size_t a, size_t b, size_t c) {
  size_t rows;
  if (!ink_size_multiply(a, b, &rows)) arena->overflow = true;
  return arena->overflow ? NULL : ink_arena_take(arena, rows, c, 4);
}

static void network_carve(ink_network *n, ink_arena *carver) {
  const ink_shape *shape = &n->parameters->shape;
  size_t steps = n->steps, batch = n->batch, hidden = shape->hidden;
  size_t width = shape->gates * hidden;
  for (size_t l = 0; l < shape->layers; l++) {
    n->gates[l] = carve(carver, steps, batch, width);
    n->h[l] = carve(carver, steps + 1, batch, hidden);
    n->c[l] = n->cell->needs_c ? carve(carver, steps + 1, batch, hidden) : NULL;
    n->outputs[l] = carve(carver, steps, batch, hidden);
  }
  n->h_gradient = n->cell->separate ? carve(carver, steps, batch, width) : NULL;
  n->logits = carve(carver, steps, batch, shape->vocabulary);
  n->dy = carve(carver, steps, batch, hidden);
  n->packed = carve(carver, ink_recurrent_packed_size(shape->gates, hidden), 1, 1);
  n->h_part = carve(carver, batch, width, 1);
  n->dh = carve(carver, batch, hidden, 1);
  n->dc = carve(carver, batch, hidden, 1);
  size_t widest = width > shape->vocabulary ? width : shape->vocabulary;
  if (shape->embed > widest) widest = shape->embed;
  n->workspace = carve(carver, ink_gemm_workspace(widest), 1, 1);
  size_t rows = steps * batch;
  size_t distinct = ink_size_min(shape->vocabulary, rows);
  n->table = carve(carver, distinct, width, 1);
  n->vectors = shape->embed > 0 ? carve(carver, distinct, shape->embed, 1) : NULL;
  n->slots = carve(carver, shape->vocabulary, 1, 1);
  n->tokens = carve(carver, distinct, 1, 1);
}

size_t ink_network_bytes(const ink_parameters *parameters, size_t batch, size_t steps) {
  ink_network measured = {
      .parameters = parameters,
      .cell = ink_cell_find(parameters->shape.cell, ink_kernels_find(INK_KERNEL_AUTO)->name),
      .batch = batch,
      .steps = steps};
  ink_arena counted = {0};
  size_t size;
  network_carve(&measured, &counted);
  return ink_arena_size(&counted, &size) ? size + sizeof measured : SIZE_MAX;
}

ink_status ink_network_new(const ink_parameters *parameters, const ink_kernels *kernels,
                           size_t batch, size_t steps, ink_network **network, ink_error *error) {
  *network = NULL;
  ink_network *n = calloc(1, sizeof *n);
  if (n == NULL) return ink_fail_memory(error);
  n->parameters = parameters;
  n->kernels = kernels;
  n->cell = ink_cell_find(parameters->shape.cell, kernels->name);
  n->batch = batch;
  n->steps = steps;
  ink_arena counted = {0};
  size_t size;
  network_carve(n, &counted);
  /* calloc: the carried state starts as zeros. */
  n->memory = ink_arena_size(&counted, &size) ? calloc(size, 1) : NULL;
  if (n->memory == NULL) {
    free(n);
    return ink_fail_memory(error);
  }
  ink_arena arena = ink_arena_over(n->memory);
  network_carve(n, &arena);
  *network = n;
  return INK_OK;
}

void ink_network_free(ink_network *network) {
  if (network == NULL) return;
  free(network->memory);
  free(network);
}

void ink_network_state_get(const ink_network *network, size_t streams, size_t first_stream,
                           float *state) {
  const ink_shape *shape = &network->parameters->shape;
  size_t size = network->batch * shape->hidden * sizeof(float);
  size_t half = streams * shape->hidden; /* h or c of one layer, for all streams */
  state += first_stream * shape->hidden;
  for (size_t l = 0; l < shape->layers; l++, state += 2 * half) {
    memcpy(state, network->h[l], size);
    if (network->cell->carries_c) {
      memcpy(state + half, network->c[l], size);
    } else {
      memset(state + half, 0, size);
    }
  }
}

void ink_network_state_set(ink_network *network, size_t streams, size_t first_stream,
                           const float *state) {
  const ink_shape *shape = &network->parameters->shape;
  size_t size = network->batch * shape->hidden * sizeof(float);
  size_t half = streams * shape->hidden;
  for (size_t l = 0; l < shape->layers; l++) {
    if (state == NULL) {
      memset(network->h[l], 0, size);
      if (network->cell->carries_c) memset(network->c[l], 0, size);
      continue;
    }
    const float *h = state + 2 * l * half + first_stream * shape->hidden;
    memcpy(network->h[l], h, size);
    if (network->cell->carries_c) memcpy(network->c[l], h + half, size);
  }
}

static ink_embedding embedding_layer(const ink_network *n, const float *weights) {
  const ink_parameters *p = n->parameters;
  return (ink_embedding){.kernels = n->kernels,
                         .vocabulary = p->shape.vocabulary,
                         .embed = p->shape.embed,
                         .width = p->shape.gates * p->shape.hidden,
                         .embedding = weights + p->embedding,
                         .weight_ih = weights + p->weight_ih[0],
                         .bias_ih = weights + p->bias_ih[0],
                         .slots = n->slots,
                         .tokens = n->tokens,
                         .vectors = n->vectors,
                         .table = n->table,
                         .workspace = n->workspace};
}

static ink_recurrent recurrent_layer(const ink_network *n, const float *weights, size_t l) {
  const ink_parameters *p = n->parameters;
  return (ink_recurrent){.kernels = n->kernels,
                         .cell = n->cell,
                         .batch = n->batch,
                         .hidden = p->shape.hidden,
                         .weight_hh = weights + p->weight_hh[l],
                         .bias_hh = weights + p->bias_hh[l],
                         .gates = n->gates[l],
                         .h = n->h[l],
                         .c = n->c[l],
                         .h_gradient = n->cell->separate ? n->h_gradient : n->gates[l],
                         .packed = n->packed,
                         .h_part = n->h_part,
                         .dh = n->dh,
                         .dc = n->dc,
                         .workspace = n->workspace};
}

static ink_linear input_layer(const ink_network *n, const float *weights, size_t l) {
  const ink_parameters *p = n->parameters;
  return (ink_linear){p->shape.hidden, p->shape.gates * p->shape.hidden, weights + p->weight_ih[l],
                      weights + p->bias_ih[l]};
}

static ink_linear output_layer(const ink_network *n, const float *weights) {
  const ink_parameters *p = n->parameters;
  return (ink_linear){p->shape.hidden, p->shape.vocabulary, weights + p->fc_weight,
                      weights + p->fc_bias};
}

/* Drops elements of x [steps][batch][H] into y, by layer, time and stream of the whole batch. */
static void drop(const ink_network *n, size_t l, size_t steps, const ink_dropout_choice *dropout,
                 const float *x, float *y) {
  size_t hidden = n->parameters->shape.hidden;
  for (size_t t = 0; t < steps; t++) {
    for (size_t b = 0; b < n->batch; b++) {
      uint64_t step = dropout->variational ? 0 : t;
      uint64_t place = step << 40 | (uint64_t)l << 32 | (dropout->first_stream + b);
      uint64_t key = ink_random_mix(dropout->key ^ ink_random_mix(place));
      size_t row = (t * n->batch + b) * hidden;
      ink_dropout(x + row, hidden, dropout->rate, key, y + row);
    }
  }
}

/* The output of layer l over the window, as the next layer reads it. */
static const float *layer_output(const ink_network *n, size_t l,
                                 const ink_dropout_choice *dropout) {
  if (dropout->rate > 0) return n->outputs[l];
  return n->h[l] + n->batch * n->parameters->shape.hidden;
}

double ink_network_forward(ink_network *network, const float *weights, size_t steps,
                           const uint32_t *ids, const uint32_t *targets, float scale,
                           const ink_dropout_choice *dropout) {
  const ink_shape *shape = &network->parameters->shape;
  size_t rows = steps * network->batch, state = network->batch * shape->hidden;
  ink_embedding embedding = embedding_layer(network, weights);
  network->distinct = ink_embedding_forward(&embedding, rows, ids, network->gates[0]);
  for (size_t l = 0; l < shape->layers; l++) {
    if (l > 0) {
      ink_linear input = input_layer(network, weights, l);
      ink_linear_forward(network->kernels, &input, rows, layer_output(network, l - 1, dropout),
                         network->gates[l], network->workspace);
    }
    ink_recurrent recurrent = recurrent_layer(network, weights, l);
    ink_recurrent_forward(&recurrent, steps);
    if (dropout->rate > 0) {
      drop(network, l, steps, dropout, network->h[l] + state, network->outputs[l]);
    }
  }
  ink_linear output = output_layer(network, weights);
  ink_linear_forward(network->kernels, &output, rows,
                     layer_output(network, shape->layers - 1, dropout), network->logits,
                     network->workspace);
  return ink_loss(network->kernels, rows, shape->vocabulary, network->logits, targets, scale);
}

/* The window's last state becomes the next one's first; only once nothing needs the first. */
void ink_network_carry(ink_network *network, size_t steps) {
  size_t state = network->batch * network->parameters->shape.hidden;
  for (size_t l = 0; l < network->parameters->shape.layers; l++) {
    memcpy(network->h[l], network->h[l] + steps * state, state * sizeof(float));
    if (network->cell->carries_c) {
      memcpy(network->c[l], network->c[l] + steps * state, state * sizeof(float));
    }
  }
}

void ink_network_backward(ink_network *network, const float *weights, size_t steps,
                          const uint32_t *ids, const ink_dropout_choice *dropout,
                          float *gradients) {
  const ink_parameters *p = network->parameters;
  size_t rows = steps * network->batch, layers = p->shape.layers;
  ink_linear output = output_layer(network, weights);
  ink_linear_backward(network->kernels, &output, rows, layer_output(network, layers - 1, dropout),
                      network->logits, gradients + p->fc_weight, gradients + p->fc_bias,
                      network->dy, network->workspace);
  for (size_t l = layers; l-- > 0;) {
    if (dropout->rate > 0) drop(network, l, steps, dropout, network->dy, network->dy);
    ink_recurrent recurrent = recurrent_layer(network, weights, l);
    ink_recurrent_backward(&recurrent, steps, network->dy, gradients + p->weight_hh[l],
                           gradients + p->bias_hh[l]);
    if (l == 0) break;
    ink_linear input = input_layer(network, weights, l);
    ink_linear_backward(network->kernels, &input, rows, layer_output(network, l - 1, dropout),
                        network->gates[l], gradients + p->weight_ih[l], gradients + p->bias_ih[l],
                        network->dy, network->workspace);
  }
  ink_embedding embedding = embedding_layer(network, weights);
  ink_embedding_backward(&embedding, rows, ids, network->distinct, network->gates[0],
                         gradients + p->embedding, gradients + p->weight_ih[0],
                         gradients + p->bias_ih[0]);
}
