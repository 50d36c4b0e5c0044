/*
 * brain.js's LSTM, which has no state but h:
 *   i = sigmoid(x_i + h_i)   f = sigmoid(x_f + h_f)   g = tanh(x_g + h_g)   o = sigmoid(x_o + h_o)
 *   h' = o tanh(f h + i g)
 */
#ifndef INK_GENERATE_ONLY
#include "kernels/simd.h"
#define INK_ACTIVATION_LINKAGE INK_OUT_OF_LINE
#include "layers/activation.h"
#include "layers/cell.h"

/* Units j to j + n of one stream, whose arrays the step has; c_next keeps the tanh for backward. */
INK_INLINE void brain_units(size_t j, size_t n, const ink_cell_step *s) {
  size_t i = j, f = i + s->hidden, g = f + s->hidden, o = g + s->hidden;
  const float *x = s->x_part, *h = s->h_part;
  ink_v vi = ink_v_activate(INK_SIGMOID, ink_v_get(x + i, n) + ink_v_get(h + i, n));
  ink_v vf = ink_v_activate(INK_SIGMOID, ink_v_get(x + f, n) + ink_v_get(h + f, n));
  ink_v vg = ink_v_activate(INK_TANH, ink_v_get(x + g, n) + ink_v_get(h + g, n));
  ink_v vo = ink_v_activate(INK_SIGMOID, ink_v_get(x + o, n) + ink_v_get(h + o, n));
  ink_v t = ink_v_activate(INK_TANH, vf * ink_v_get(s->h_previous + j, n) + vi * vg);
  ink_v_put(s->h_next + j, vo * t, n);
  if (s->gates == NULL) return;
  ink_v_put(s->gates + i, vi, n);
  ink_v_put(s->gates + f, vf, n);
  ink_v_put(s->gates + g, vg, n);
  ink_v_put(s->gates + o, vo, n);
  ink_v_put(s->c_next + j, t, n);
}

static void brain_forward(const ink_cell_step *s) {
  for (size_t b = 0; b < s->batch; b++) {
    const ink_cell_step one = ink_cell_stream(s, 4, b);
    INK_IN_LANES_ONCE(s->hidden, brain_units, &one);
  }
}

/* With u = dh' o (1 - t^2):
 *   do = dh' t o (1 - o)   di = u g i (1 - i)   df = u h f (1 - f)   dg = u i (1 - g^2)
 *   dh = u f */
INK_INLINE void brain_backward(const ink_cell_gradient *s) {
  size_t hidden = s->hidden;
  for (size_t b = 0; b < s->batch; b++) {
    float *i = s->gates + b * 4 * hidden, *f = i + hidden, *g = f + hidden, *o = g + hidden;
    size_t at = b * hidden;
    INK_FOR_LANES(j, n, hidden) {
      ink_v vi = ink_v_get(i + j, n), vf = ink_v_get(f + j, n), vg = ink_v_get(g + j, n);
      ink_v vo = ink_v_get(o + j, n), t = ink_v_get(s->c_next + at + j, n);
      ink_v d = ink_v_get(s->dh + at + j, n), u = d * vo * (1.0f - t * t);
      ink_v_put(o + j, d * t * vo * (1.0f - vo), n);
      ink_v_put(i + j, u * vg * vi * (1.0f - vi), n);
      ink_v_put(f + j, u * ink_v_get(s->h_previous + at + j, n) * vf * (1.0f - vf), n);
      ink_v_put(g + j, u * vi * (1.0f - vg * vg), n);
      ink_v_put(s->dh_previous + at + j, u * vf, n);
    }
  }
}

extern const ink_cell INK_ISA_NAME(ink_cell_brain_lstm);
const ink_cell INK_ISA_NAME(ink_cell_brain_lstm) = {
    .name = "brain-lstm",
    .gates = 4,
    .gate_names = {"input", "forget", "candidate", "output"},
    .needs_c = true,
    .direct = true,
    .forward = brain_forward,
    INK_FOR_BACKWARD(.backward = brain_backward)};
#endif
