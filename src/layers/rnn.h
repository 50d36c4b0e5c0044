/*
 * The vanilla recurrent cell (Elman 1990), PyTorch's form:
 *   h' = activation(x + h)
 */
#ifndef INK_LAYERS_RNN_H
#define INK_LAYERS_RNN_H

#include "layers/activation.h"
#include "layers/cell.h"

/* Units j to j + n of all streams. */
INK_INLINE void ink_rnn_units(size_t j, size_t n, ink_activation kind, const ink_cell_step *s) {
  ink_v sum = ink_v_get(s->x_part + j, n) + ink_v_get(s->h_part + j, n);
  ink_v h = ink_v_activate(kind, sum);
  ink_v_put(s->h_next + j, h, n);
  if (s->gates != NULL) ink_v_put(s->gates + j, h, n);
}

/* dx = dh' activation'(x + h) */
INK_INLINE void ink_rnn_units_backward(size_t j, size_t n, ink_activation kind,
                                       const ink_cell_gradient *g) {
  ink_v h = ink_v_get(g->h_next + j, n);
  ink_v_put(g->gates + j, ink_v_times_slope(kind, ink_v_get(g->dh + j, n), h), n);
}

INK_INLINE void ink_rnn_forward(ink_activation kind, const ink_cell_step *s) {
  INK_IN_LANES_ONCE(s->batch * s->hidden, ink_rnn_units, kind, s);
}

INK_INLINE void ink_rnn_backward(ink_activation kind, const ink_cell_gradient *g) {
  INK_IN_LANES(g->batch * g->hidden, ink_rnn_units_backward, kind, g);
}

/* Defines the cell. */
#define INK_RNN_CELL(symbol, title, kind)                                                       \
  static void symbol##_forward(const ink_cell_step *s) { ink_rnn_forward(kind, s); }            \
  INK_FOR_BACKWARD(                                                                             \
      static void symbol##_backward(const ink_cell_gradient *g) { ink_rnn_backward(kind, g); }) \
  extern const ink_cell INK_ISA_NAME(ink_cell_##symbol);                                        \
  const ink_cell INK_ISA_NAME(ink_cell_##symbol) = {                                            \
      .name = title,                                                                            \
      .gates = 1,                                                                               \
      .forward = symbol##_forward,                                                              \
      INK_FOR_BACKWARD(.backward = symbol##_backward)};

#endif
