/*
 * The vanilla recurrent cell (Elman 1990), PyTorch's form with tanh:
 *   h' = tanh(x + h)
 */
#include "kernels/simd.h"
#include "layers/cell.h"

/* Units j to j + n of all streams. */
INK_INLINE void rnn_units(size_t j, size_t n, const float *x_part, const float *h_part,
                          float *gates, float *h_next) {
  ink_v h = ink_v_tanh(ink_v_get(x_part + j, n) + ink_v_get(h_part + j, n));
  ink_v_put(h_next + j, h, n);
  if (gates != NULL) ink_v_put(gates + j, h, n);
}

static void rnn_forward(size_t batch, size_t hidden, const float *x_part, const float *h_part,
                        float *gates, const float *h_previous, const float *c_previous,
                        float *h_next, float *c_next) {
  (void)h_previous, (void)c_previous, (void)c_next;
  INK_IN_LANES(batch * hidden, rnn_units, x_part, h_part, gates, h_next);
}

#ifndef INK_GENERATE_ONLY
/* dx = dh' (1 - h'^2) */
static void rnn_backward(size_t batch, size_t hidden, float *gates, float *h_gradient,
                         const float *h_previous, const float *c_previous, const float *h_next,
                         const float *c_next, const float *dh, float *dc, float *dh_previous) {
  (void)h_gradient, (void)h_previous, (void)c_previous, (void)c_next, (void)dc, (void)dh_previous;
  INK_FOR_LANES(j, n, batch * hidden) {
    ink_v h = ink_v_get(h_next + j, n);
    ink_v_put(gates + j, ink_v_get(dh + j, n) * (1.0f - h * h), n);
  }
}
#endif

extern const ink_cell INK_ISA_NAME(ink_cell_rnn);
const ink_cell INK_ISA_NAME(ink_cell_rnn) = {
    .name = "rnn",
    .gates = 1,
    .carries_c = false,
    .needs_c = false,
    .separate = false,
    .forward = rnn_forward,
#ifndef INK_GENERATE_ONLY
    .backward = rnn_backward,
#endif
};
