/*
 * A generator's network over a window of text. See network.h.
 */
#include "train/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "layers/linear.h"
#include "layers/loss.h"

void ink_network_lay_out(ink_network *n, const ink_parameters *parameters,
                         const ink_kernels *kernels, size_t batch, size_t steps, ink_arena *arena) {
  const ink_shape *shape = &parameters->shape;
  n->stack = (ink_stack){
      .parameters = parameters, .at = &parameters->stack, .kernels = kernels, .batch = batch};
  ink_stack_lay_out(&n->stack, steps, arena);
  size_t rows = steps * batch; /* both at most 2^16 */
  n->logits = ink_arena_floats(arena, rows, shape->outputs);
  n->dy = ink_arena_floats(arena, rows, shape->hidden);
  size_t widest = shape->outputs > shape->hidden ? shape->outputs : shape->hidden;
  n->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
}

ink_status ink_network_new(const ink_parameters *parameters, const ink_kernels *kernels,
                           size_t batch, size_t steps, ink_network **network, ink_error *error) {
  *network = NULL;
  ink_network *n = calloc(1, sizeof *n);
  if (n == NULL) return ink_fail_memory(error);
  ink_arena counted = {0};
  size_t size;
  ink_network_lay_out(n, parameters, kernels, batch, steps, &counted);
  n->memory = ink_arena_size(&counted, &size) ? calloc(size, 1) : NULL;
  if (n->memory == NULL) {
    free(n);
    return ink_fail_memory(error);
  }
  ink_arena arena = ink_arena_over(n->memory);
  ink_network_lay_out(n, parameters, kernels, batch, steps, &arena);
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
  const ink_stack *stack = &network->stack;
  const ink_shape *shape = &stack->parameters->shape;
  size_t size = stack->batch * shape->hidden * sizeof(float);
  size_t half = streams * shape->hidden; /* h or c of one layer, for all streams */
  state += first_stream * shape->hidden;
  for (size_t l = 0; l < shape->layers; l++, state += 2 * half) {
    memcpy(state, stack->h[l], size);
    if (stack->cell->carries_c) {
      memcpy(state + half, stack->c[l], size);
    } else {
      memset(state + half, 0, size);
    }
  }
}

void ink_network_state_set(ink_network *network, size_t streams, size_t first_stream,
                           const float *state) {
  ink_stack *stack = &network->stack;
  const ink_shape *shape = &stack->parameters->shape;
  size_t size = stack->batch * shape->hidden * sizeof(float);
  size_t half = streams * shape->hidden;
  if (state == NULL) {
    ink_stack_clear_state(stack);
    return;
  }
  state += first_stream * shape->hidden;
  for (size_t l = 0; l < shape->layers; l++, state += 2 * half) {
    memcpy(stack->h[l], state, size);
    if (stack->cell->carries_c) memcpy(stack->c[l], state + half, size);
  }
}

static ink_linear read_out(const ink_network *n, const float *weights) {
  const ink_parameters *p = n->stack.parameters;
  return (ink_linear){p->shape.hidden, p->shape.outputs, weights + p->fc_weight,
                      weights + p->fc_bias};
}

double ink_network_forward(ink_network *network, const float *weights, size_t steps,
                           const uint32_t *ids, const uint32_t *targets, float scale,
                           const ink_dropout_choice *dropout) {
  ink_stack *stack = &network->stack;
  size_t rows = steps * stack->batch;
  network->outputs = ink_stack_forward(stack, weights, steps, ids, dropout);
  ink_linear output = read_out(network, weights);
  ink_linear_forward(stack->kernels, &output, rows, network->outputs, network->logits,
                     network->workspace);
  return ink_loss(stack->kernels, rows, output.out, network->logits, targets, scale);
}

/* The window's last state becomes the next one's first; only once nothing needs the first. */
void ink_network_carry(ink_network *network, size_t steps) {
  ink_stack *stack = &network->stack;
  size_t state = stack->batch * stack->parameters->shape.hidden;
  for (size_t l = 0; l < stack->parameters->shape.layers; l++) {
    memcpy(stack->h[l], stack->h[l] + steps * state, state * sizeof(float));
    if (stack->cell->carries_c) {
      memcpy(stack->c[l], stack->c[l] + steps * state, state * sizeof(float));
    }
  }
}

void ink_network_backward(ink_network *network, const float *weights, size_t steps,
                          const uint32_t *ids, const ink_dropout_choice *dropout,
                          float *gradients) {
  ink_stack *stack = &network->stack;
  const ink_parameters *p = stack->parameters;
  ink_linear output = read_out(network, weights);
  ink_linear_backward(stack->kernels, &output, steps * stack->batch, network->outputs,
                      network->logits, gradients + p->fc_weight, gradients + p->fc_bias,
                      network->dy, network->workspace);
  ink_stack_clear_gradient(stack);
  ink_stack_backward(stack, weights, steps, ids, dropout, network->dy, false, gradients);
}
