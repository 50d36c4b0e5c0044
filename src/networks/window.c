/*
 * A generator's network over a window of text. See window.h.
 */
#include "networks/window.h"

#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "layers/loss.h"
#include "networks/training.h"

void ink_window_lay_out(ink_window *n, const ink_parameters *parameters, const ink_kernels *kernels,
                        size_t batch, size_t steps, ink_arena *arena) {
  const ink_shape *shape = &parameters->shape;
  n->stack = (ink_stack_window){
      .parameters = parameters, .at = &parameters->stack, .kernels = kernels, .batch = batch};
  ink_stack_window_lay_out(&n->stack, steps, arena);
  size_t rows = steps * batch; /* both at most 2^16 */
  n->logits = ink_arena_floats(arena, rows, shape->outputs);
  n->dy = ink_arena_floats(arena, rows, shape->hidden);
  size_t widest = ink_size_max(shape->outputs, shape->hidden);
  n->workspace = ink_arena_floats(arena, ink_gemm_workspace(widest), 1);
}

ink_status ink_window_check(const ink_shape *shape, ink_error *error) {
  bool foreign =
      shape->begins || shape->reads != INK_READS_STATE || shape->dense > 0 || shape->sigmoid;
  if (!foreign) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT,
                  "the model has parts of another program, through which no gradient goes here");
}

void ink_window_state_get(const ink_window *window, size_t streams, size_t first_stream,
                          float *state) {
  const ink_stack_window *stack = &window->stack;
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

void ink_window_state_set(ink_window *window, size_t streams, size_t first_stream,
                          const float *state) {
  ink_stack_window *stack = &window->stack;
  const ink_shape *shape = &stack->parameters->shape;
  size_t size = stack->batch * shape->hidden * sizeof(float);
  size_t half = streams * shape->hidden;
  if (state == NULL) {
    ink_stack_window_clear_state(stack);
    return;
  }
  state += first_stream * shape->hidden;
  for (size_t l = 0; l < shape->layers; l++, state += 2 * half) {
    memcpy(stack->h[l], state, size);
    if (stack->cell->carries_c) memcpy(stack->c[l], state + half, size);
  }
}

double ink_window_forward(ink_window *window, const float *weights, size_t steps,
                          const uint32_t *ids, const uint32_t *targets, float scale,
                          const ink_dropout_choice *dropout) {
  ink_stack_window *stack = &window->stack;
  size_t rows = steps * stack->batch;
  window->outputs = ink_stack_window_forward(stack, weights, steps, ids, dropout);
  ink_linear output = ink_trained_read_out(stack->parameters, weights);
  ink_linear_forward(stack->kernels, &output, rows, window->outputs, window->logits,
                     window->workspace);
  return ink_loss(stack->kernels, rows, output.out, window->logits, targets, scale);
}

/* The window's last state becomes the next one's first; only once nothing needs the first. */
void ink_window_carry(ink_window *window, size_t steps) {
  ink_stack_window_hand_over(&window->stack, steps, &window->stack);
}

void ink_window_backward(ink_window *window, const float *weights, size_t steps,
                         const uint32_t *ids, const ink_dropout_choice *dropout, float *gradients) {
  ink_stack_window *stack = &window->stack;
  const ink_parameters *p = stack->parameters;
  ink_linear output = ink_trained_read_out(p, weights);
  ink_linear_backward(stack->kernels, &output, steps * stack->batch, window->outputs,
                      window->logits, gradients + p->read_out.weight, gradients + p->read_out.bias,
                      window->dy, window->workspace);
  ink_stack_window_clear_gradient(stack);
  ink_stack_window_backward(stack, weights, steps, ids, dropout, window->dy, false, gradients);
}
