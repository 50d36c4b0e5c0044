/*
 * Recurrent cells: what one layer does with its gates at one time step, for a batch of streams.
 *
 * The matrix products are not here. A layer computes, with H units and G gates,
 *   x_part = W_ih x + b_ih      h_part = W_hh h + b_hh      both [batch][G*H]
 * and the cell makes the new state of them. Cells and the order of their gates are PyTorch's
 * (torch.nn.RNN, GRU, LSTM), so that their weights fit. Training and inference use the same pass.
 *
 * A new cell is a file like gru.isa.c, a value of ink_cell_kind and a line in cell.c.
 */
#ifndef INK_LAYERS_CELL_H
#define INK_LAYERS_CELL_H

#include <stdbool.h>

#include "inkling.h"

typedef struct ink_cell {
  const char *name;
  uint32_t gates; /* G */
  bool carries_c; /* the state is h and c, not h alone */
  bool needs_c;   /* backward needs c: the state, or something kept in its place */
  /* the gradients of x_part and h_part differ, and h_previous also reaches the new state directly
   */
  bool separate;

  /* x_part, h_part [batch][G*H]. h_previous, h_next, c_previous, c_next [batch][H]; h_next may be
   * h_previous, and c_next c_previous. gates [batch][G*H], which may be x_part, receives the
   * activated gates for backward, for which c_next is written wherever needs_c. With gates NULL, as
   * always in a build of INK_GENERATE_ONLY, nothing is kept, and c may be NULL unless it is
   * carried. */
  void (*forward)(size_t batch, size_t hidden, const float *x_part, const float *h_part,
                  float *gates, const float *h_previous, const float *c_previous, float *h_next,
                  float *c_next);

  /* NULL in a build that only generates. dh [batch][H]: the gradient of h_next. dc [batch][H]: of
   * c_next on entry, of c_previous on return. gates: activated on entry, the gradient of x_part on
   * return. h_gradient [batch][G*H] receives the gradient of h_part, and dh_previous [batch][H] the
   * direct part of h_previous's, where `separate`; else neither is touched, and the gradient of
   * h_part is that of x_part. */
  void (*backward)(size_t batch, size_t hidden, float *gates, float *h_gradient,
                   const float *h_previous, const float *c_previous, const float *h_next,
                   const float *c_next, const float *dh, float *dc, float *dh_previous);
} ink_cell;

/* The cell, compiled for the instruction set of `kernels_name` (ink_kernels.name); never NULL for a
 * valid kind. */
const ink_cell *ink_cell_find(ink_cell_kind kind, const char *kernels_name);

/* The kind with this number of gates; false when there is none. */
bool ink_cell_kind_of_gates(size_t gates, ink_cell_kind *kind);

#endif
