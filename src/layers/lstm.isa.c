/*
 * LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), PyTorch's form.
 *   i = sigmoid(x_i + h_i)   f = sigmoid(x_f + h_f)   g = tanh(x_g + h_g)   o = sigmoid(x_o + h_o)
 *   c' = f c + i g           h' = o tanh(c')
 */
#include "kernels/simd.h"
#include "layers/cell.h"

/* One stream's arrays: see ink_cell.forward. */
typedef struct lstm_pass {
  size_t hidden;
  const float *x_part, *h_part, *c_previous;
  float *gates, *h_next, *c_next;
} lstm_pass;

/* Units j to j + n. */
INK_INLINE void lstm_units(size_t j, size_t n, const lstm_pass *p) {
  size_t i = j, f = i + p->hidden, g = f + p->hidden, o = g + p->hidden;
  const float *x = p->x_part, *h = p->h_part;
  ink_v vi = ink_v_sigmoid(ink_v_get(x + i, n) + ink_v_get(h + i, n));
  ink_v vf = ink_v_sigmoid(ink_v_get(x + f, n) + ink_v_get(h + f, n));
  ink_v vg = ink_v_tanh(ink_v_get(x + g, n) + ink_v_get(h + g, n));
  ink_v vo = ink_v_sigmoid(ink_v_get(x + o, n) + ink_v_get(h + o, n));
  ink_v c = vf * ink_v_get(p->c_previous + j, n) + vi * vg;
  ink_v_put(p->c_next + j, c, n);
  ink_v_put(p->h_next + j, vo * ink_v_tanh(c), n);
#ifndef INK_GENERATE_ONLY
  if (p->gates == NULL) return;
  ink_v_put(p->gates + i, vi, n);
  ink_v_put(p->gates + f, vf, n);
  ink_v_put(p->gates + g, vg, n);
  ink_v_put(p->gates + o, vo, n);
#endif
}

static void lstm_forward(size_t batch, size_t hidden, const float *x_part, const float *h_part,
                         float *gates, const float *h_previous, const float *c_previous,
                         float *h_next, float *c_next) {
  (void)h_previous;
  for (size_t b = 0; b < batch; b++) {
    size_t at = b * hidden;
    const lstm_pass pass = {.hidden = hidden,
                            .x_part = x_part + 4 * at,
                            .h_part = h_part + 4 * at,
                            .c_previous = c_previous + at,
                            .gates = gates == NULL ? NULL : gates + 4 * at,
                            .h_next = h_next + at,
                            .c_next = c_next + at};
    INK_IN_LANES(hidden, lstm_units, &pass);
  }
}

#ifndef INK_GENERATE_ONLY
/* With t = tanh(c'):
 *   dc' += dh' o (1 - t^2)   do = dh' t o (1 - o)   di = dc' g i (1 - i)   df = dc' c f (1 - f)
 *   dg = dc' i (1 - g^2)     dc = dc' f */
static void lstm_backward(size_t batch, size_t hidden, float *gates, float *h_gradient,
                          const float *h_previous, const float *c_previous, const float *h_next,
                          const float *c_next, const float *dh, float *dc, float *dh_previous) {
  (void)h_gradient, (void)h_previous, (void)h_next, (void)dh_previous;
  for (size_t b = 0; b < batch; b++) {
    float *i = gates + b * 4 * hidden, *f = i + hidden, *g = f + hidden, *o = g + hidden;
    const float *c0 = c_previous + b * hidden, *c1 = c_next + b * hidden;
    const float *dh1 = dh + b * hidden;
    float *dcb = dc + b * hidden;
    INK_FOR_LANES(j, n, hidden) {
      ink_v vi = ink_v_get(i + j, n), vf = ink_v_get(f + j, n);
      ink_v vg = ink_v_get(g + j, n), vo = ink_v_get(o + j, n);
      ink_v t = ink_v_tanh(ink_v_get(c1 + j, n)), d = ink_v_get(dh1 + j, n);
      ink_v dc1 = ink_v_get(dcb + j, n) + d * vo * (1.0f - t * t);
      ink_v_put(o + j, d * t * vo * (1.0f - vo), n);
      ink_v_put(i + j, dc1 * vg * vi * (1.0f - vi), n);
      ink_v_put(f + j, dc1 * ink_v_get(c0 + j, n) * vf * (1.0f - vf), n);
      ink_v_put(g + j, dc1 * vi * (1.0f - vg * vg), n);
      ink_v_put(dcb + j, dc1 * vf, n);
    }
  }
}
#endif

extern const ink_cell INK_ISA_NAME(ink_cell_lstm);
const ink_cell INK_ISA_NAME(ink_cell_lstm) = {
    .name = "lstm",
    .gates = 4,
    .carries_c = true,
    .needs_c = true,
    .separate = false,
    .forward = lstm_forward,
#ifndef INK_GENERATE_ONLY
    .backward = lstm_backward,
#endif
};
