/*
 * One recurrent layer over a window of time steps, for a batch of streams: the matrix products
 * around a cell. Rows of a window are ordered by time, then stream: row t * batch + b.
 */
#ifndef INK_LAYERS_RECURRENT_H
#define INK_LAYERS_RECURRENT_H

#include "kernels/kernels.h"
#include "layers/cell.h"

typedef struct ink_recurrent {
  const ink_kernels *kernels;
  const ink_cell *cell;
  size_t batch, hidden;
  const float *weight_hh; /* [G*H,H] */
  const float *bias_hh;   /* [G*H] */
  const float *own;       /* the cell's own weights, NULL where it has none */

  /* Over the window, for up to `steps` steps. */
  float *gates;      /* [steps][batch][G*H]; see below */
  float *h;          /* [steps+1][batch][H]; h[0] is the state before the window */
  float *c;          /* [steps+1][batch][H], or NULL where the cell needs none */
  float *h_gradient; /* [steps][batch][G*H] where the cell's gradients are separate, else `gates` */

  float *left; /* [steps][batch][H] where the cell has late gates: what they read */

  /* Scratch, but for dh and dc. */
  float *packed;    /* ink_recurrent_packed_size() */
  float *dleft;     /* [batch][H] where the cell has late gates */
  float *h_part;    /* [batch][G*H] */
  float *dh, *dc;   /* [batch][H]: see ink_recurrent_backward() */
  float *workspace; /* ink_gemm_workspace(G*H) */
} ink_recurrent;

size_t ink_recurrent_packed_size(const ink_cell *cell, size_t hidden);

/* gates: W_ih x + b_ih on entry, the activated gates on return. Fills h[1..steps] and c. */
void ink_recurrent_forward(const ink_recurrent *layer, size_t steps);

/* dy [steps][batch][H] is the gradient of h[1..steps]. dh and dc [batch][H]: that of the state
 * after the window on entry, beside dy; on return, when `from_state`, that of the state before it.
 * gates: activated on entry, the gradient of W_ih x + b_ih on return. Adds to the gradients of W_hh
 * [G*H,H] and b_hh [G*H], and of the cell's own weights. */
void ink_recurrent_backward(const ink_recurrent *layer, size_t steps, const float *dy,
                            bool from_state, float *weight_hh_gradient, float *bias_hh_gradient,
                            float *own_gradient);

#endif
