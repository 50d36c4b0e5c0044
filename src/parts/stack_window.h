/*
 * A stack over a window of tokens, for a batch of parallel streams: embedding, then recurrent
 * layers with dropout after each. Holds the activations; weights and gradients are the caller's.
 * Rows of a window are ordered by time, then stream: row t * batch + b.
 */
#ifndef INK_PARTS_STACK_WINDOW_H
#define INK_PARTS_STACK_WINDOW_H

#include "base/arena.h"
#include "kernels/kernels.h"
#include "layers/cell.h"
#include "parts/parameters.h"

typedef struct ink_dropout_choice {
  float rate; /* of layers' outputs; 0: none */
  /* of whole tokens, wherever they occur in the window (Gal and Ghahramani 2016) */
  float embed_rate;
  bool variational;    /* the same choice at every time step of the window */
  uint64_t key;        /* of this update */
  size_t first_stream; /* of this stack within the whole batch */
} ink_dropout_choice;

/* The key of the kernels' drop() for what layer `layer` puts out at a time step, for a stream of
 * this stack. */
uint64_t ink_dropout_key(const ink_dropout_choice *dropout, size_t layer, size_t step,
                         size_t stream);

/* Set the first five, lay the arrays out, and keep them for many windows. */
typedef struct ink_stack_window {
  const ink_parameters *parameters;
  const ink_stack_parameters *at; /* of `parameters` */
  const ink_kernels *kernels;
  size_t batch; /* streams; may be lowered from what the arrays have room for */
  /* odd layers read the window from its end, and deeper layers have the state of theirs: an
   * encoder, see ink_stack_encode() */
  bool alternates;

  const ink_cell *cell;
  size_t distinct;              /* tokens in the window just read */
  float *gates[INK_LAYERS_MAX]; /* [steps][batch][G*H] */
  /* [steps+1][batch][H], in the order of reading; h[l] itself is the state before the window */
  float *h[INK_LAYERS_MAX];
  float *c[INK_LAYERS_MAX];       /* the same, or NULL where the cell needs none */
  float *outputs[INK_LAYERS_MAX]; /* [steps][batch][H]: h[1..] after dropout, in order of time */
  float *left[INK_LAYERS_MAX];    /* [steps][batch][H] where the cell has late gates */
  float *h_gradient;              /* [steps][batch][G*H], for cells that need one */
  float *dh[INK_LAYERS_MAX];      /* [batch][H]: see ink_stack_window_backward() */
  float *dc[INK_LAYERS_MAX];      /* the same of c */
  float *packed, *h_part, *dleft, *workspace, *table, *vectors;
  uint32_t *slots, *tokens;
} ink_stack_window;

/* Gives the stack its arrays, for windows of up to `steps`, over an arena of zeros. */
void ink_stack_window_lay_out(ink_stack_window *stack, size_t steps, ink_arena *arena);

/* Reads a window: ids [steps][batch], each below the stack's vocabulary, from the state h[l], c[l]
 * [batch][H] on. Returns the last layer's outputs [steps][batch][H]. */
const float *ink_stack_window_forward(ink_stack_window *stack, const float *weights, size_t steps,
                                      const uint32_t *ids, const ink_dropout_choice *dropout);

/* After forward with the same arguments, once: adds to gradients [parameters->size]. dy
 * [steps][batch][H] is the gradient of the outputs, and is overwritten. dh[l], dc[l] [batch][H]:
 * the gradient of the state after the window on entry; of the state before it on return when
 * `from_state`. */
void ink_stack_window_backward(ink_stack_window *stack, const float *weights, size_t steps,
                               const uint32_t *ids, const ink_dropout_choice *dropout, float *dy,
                               bool from_state, float *gradients);

/* Gives the state after a window of so many steps to another stack of the same shape, or to itself:
 * as the state before its own. */
void ink_stack_window_hand_over(const ink_stack_window *from, size_t steps, ink_stack_window *to);

/* Zeros: the state before the window, and the gradient of the state after it. */
void ink_stack_window_clear_state(ink_stack_window *stack);
void ink_stack_window_clear_gradient(ink_stack_window *stack);

#endif
