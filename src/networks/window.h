/*
 * A generator's network over a window of text, for a batch of parallel streams: embedding,
 * recurrent layers with dropout between them, read-out, loss. Holds the activations and the state
 * that is carried from window to window; weights and gradients are the caller's.
 */
#ifndef INK_NETWORKS_WINDOW_H
#define INK_NETWORKS_WINDOW_H

#include "parts/stack_window.h"

typedef struct ink_window {
  ink_stack_window stack;
  const float *outputs; /* of the stack, for backward */
  float *logits;        /* [steps][batch][V] */
  float *dy;            /* [steps][batch][H] */
  float *workspace;
} ink_window;

/* Sets the network up over an arena of zeros: for up to `steps` time steps of `batch` streams, each
 * at most 2^16, with the zero state. `parameters` must outlive it. */
void ink_window_lay_out(ink_window *window, const ink_parameters *parameters,
                        const ink_kernels *kernels, size_t batch, size_t steps, ink_arena *arena);

/* INK_ERROR_ARGUMENT: the network has what is used and not trained here. */
ink_status ink_window_check(const ink_shape *shape, ink_error *error);

/* The carried state, as rows first_stream on of an array [layers][2][streams][H] for more networks
 * than this: h then c, zeros where a cell has no c. */
void ink_window_state_get(const ink_window *window, size_t streams, size_t first_stream,
                          float *state);
/* NULL: zeros. */
void ink_window_state_set(ink_window *window, size_t streams, size_t first_stream,
                          const float *state);

/* Reads a window, from the carried state on: ids and targets [steps][batch], each < vocabulary.
 * Returns the sum of the loss over steps * batch predictions, in nats. `scale` multiplies the loss
 * whose gradient backward computes. */
double ink_window_forward(ink_window *window, const float *weights, size_t steps,
                          const uint32_t *ids, const uint32_t *targets, float scale,
                          const ink_dropout_choice *dropout);

/* After forward with the same arguments, once: adds to gradients [parameters->size]. */
void ink_window_backward(ink_window *window, const float *weights, size_t steps,
                         const uint32_t *ids, const ink_dropout_choice *dropout, float *gradients);

/* Makes the state after the window of `steps` the carried one. After forward, and backward if
 * any. */
void ink_window_carry(ink_window *window, size_t steps);

#endif
