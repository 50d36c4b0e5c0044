/*
 * A generator's network over a window of text, for a batch of parallel streams: embedding,
 * recurrent layers with dropout between them, read-out, loss. Holds the activations and the state
 * that is carried from window to window; weights and gradients are the caller's.
 */
#ifndef INK_TRAIN_NETWORK_H
#define INK_TRAIN_NETWORK_H

#include "train/stack.h"

typedef struct ink_network {
  ink_stack stack;
  const float *outputs; /* of the stack, for backward */
  float *logits;        /* [steps][batch][V] */
  float *dy;            /* [steps][batch][H] */
  float *workspace;
  void *memory; /* of all arrays, when it is the network's own */
} ink_network;

/* Sets the network up over an arena of zeros: for up to `steps` time steps of `batch` streams, each
 * at most 2^16, with the zero state. `parameters` must outlive it. */
void ink_network_lay_out(ink_network *network, const ink_parameters *parameters,
                         const ink_kernels *kernels, size_t batch, size_t steps, ink_arena *arena);

/* The same with memory of its own. */
ink_status ink_network_new(const ink_parameters *parameters, const ink_kernels *kernels,
                           size_t batch, size_t steps, ink_network **network, ink_error *error);
void ink_network_free(ink_network *network);

/* The carried state, as rows first_stream on of an array [layers][2][streams][H] for more networks
 * than this: h then c, zeros where a cell has no c. */
void ink_network_state_get(const ink_network *network, size_t streams, size_t first_stream,
                           float *state);
/* NULL: zeros. */
void ink_network_state_set(ink_network *network, size_t streams, size_t first_stream,
                           const float *state);

/* Reads a window, from the carried state on: ids and targets [steps][batch], each < vocabulary.
 * Returns the sum of the loss over steps * batch predictions, in nats. `scale` multiplies the loss
 * whose gradient backward computes. */
double ink_network_forward(ink_network *network, const float *weights, size_t steps,
                           const uint32_t *ids, const uint32_t *targets, float scale,
                           const ink_dropout_choice *dropout);

/* After forward with the same arguments, once: adds to gradients [parameters->size]. */
void ink_network_backward(ink_network *network, const float *weights, size_t steps,
                          const uint32_t *ids, const ink_dropout_choice *dropout, float *gradients);

/* Makes the state after the window of `steps` the carried one. After forward, and backward if
 * any. */
void ink_network_carry(ink_network *network, size_t steps);

#endif
