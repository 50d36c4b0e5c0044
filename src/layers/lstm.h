/*
 * LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), PyTorch's form.
 *   i = s(x_i + h_i)   f = s(x_f + h_f)   g = t(x_g + h_g)   o = s(x_o + h_o)
 *   c' = f c + i g     h' = o t(c')
 * where s is the sigmoid and t is tanh, or what other programs have in their place. With peepholes
 * (Gers and Schmidhuber 2000) i and f also see p_i c and p_f c, and o sees p_o c'.
 */
#ifndef INK_LAYERS_LSTM_H
#define INK_LAYERS_LSTM_H

#include "layers/activation.h"
#include "layers/cell.h"

/* Constants of a cell. */
typedef struct ink_lstm {
  ink_activation gate, state; /* s and t */
  bool peephole;              /* own: p_i, p_f and p_o, [H] each */
} ink_lstm;

/* Units j to j + n of one stream, whose arrays the step has. */
INK_INLINE void ink_lstm_units(size_t j, size_t n, ink_lstm kind, const ink_cell_step *s) {
  size_t i = j, f = i + s->hidden, g = f + s->hidden, o = g + s->hidden;
  const float *x = s->x_part, *h = s->h_part, *p = s->own;
  ink_v c0 = ink_v_get(s->c_previous + j, n);
  ink_v ai = ink_v_get(x + i, n) + ink_v_get(h + i, n);
  ink_v af = ink_v_get(x + f, n) + ink_v_get(h + f, n);
  if (kind.peephole) {
    ai += ink_v_get(p + i, n) * c0;
    af += ink_v_get(p + f, n) * c0;
  }
  ink_v vi = ink_v_activate(kind.gate, ai), vf = ink_v_activate(kind.gate, af);
  ink_v vg = ink_v_activate(kind.state, ink_v_get(x + g, n) + ink_v_get(h + g, n));
  ink_v ao = ink_v_get(x + o, n) + ink_v_get(h + o, n);
  ink_v c = vf * c0 + vi * vg;
  if (kind.peephole) ao += ink_v_get(p + g, n) * c;
  ink_v vo = ink_v_activate(kind.gate, ao);
  ink_v_put(s->c_next + j, c, n);
  ink_v_put(s->h_next + j, vo * ink_v_activate(kind.state, c), n);
#ifndef INK_GENERATE_ONLY
  if (s->gates == NULL) return;
  ink_v_put(s->gates + i, vi, n);
  ink_v_put(s->gates + f, vf, n);
  ink_v_put(s->gates + g, vg, n);
  ink_v_put(s->gates + o, vo, n);
#endif
}

INK_INLINE void ink_lstm_forward(ink_lstm kind, const ink_cell_step *s) {
  for (size_t b = 0; b < s->batch; b++) {
    const ink_cell_step one = ink_cell_stream(s, 4, b);
    INK_IN_LANES_ONCE(s->hidden, ink_lstm_units, kind, &one);
  }
}

/* With t = t(c'):
 *   do = dh' t s'(o)   dc' += dh' o t'(t) + do p_o   di = dc' g s'(i)   df = dc' c s'(f)
 *   dg = dc' i t'(g)   dc = dc' f + di p_i + df p_f  dp_i += di c, dp_f += df c, dp_o += do c' */
INK_INLINE void ink_lstm_backward(ink_lstm kind, const ink_cell_gradient *s) {
  size_t hidden = s->hidden;
  for (size_t b = 0; b < s->batch; b++) {
    float *i = s->gates + b * 4 * hidden, *f = i + hidden, *g = f + hidden, *o = g + hidden;
    const float *c0 = s->c_previous + b * hidden, *c1 = s->c_next + b * hidden;
    const float *dh1 = s->dh + b * hidden;
    float *dc = s->dc + b * hidden;
    INK_FOR_LANES(j, n, hidden) {
      ink_v vi = ink_v_get(i + j, n), vf = ink_v_get(f + j, n);
      ink_v vg = ink_v_get(g + j, n), vo = ink_v_get(o + j, n);
      ink_v vc0 = ink_v_get(c0 + j, n), vc1 = ink_v_get(c1 + j, n);
      ink_v t = ink_v_activate(kind.state, vc1), d = ink_v_get(dh1 + j, n);
      ink_v dvo = ink_v_times_slope(kind.gate, d * t, vo);
      ink_v dc1 = ink_v_get(dc + j, n) + ink_v_times_slope(kind.state, d * vo, t);
      const float *p = s->own;
      if (kind.peephole) dc1 += dvo * ink_v_get(p + 2 * hidden + j, n);
      ink_v dvi = ink_v_times_slope(kind.gate, dc1 * vg, vi);
      ink_v dvf = ink_v_times_slope(kind.gate, dc1 * vc0, vf);
      ink_v dc0 = dc1 * vf;
      if (kind.peephole) {
        float *dp = s->own_gradient + j;
        dc0 += dvi * ink_v_get(p + j, n) + dvf * ink_v_get(p + hidden + j, n);
        ink_v_put(dp, ink_v_get(dp, n) + dvi * vc0, n);
        ink_v_put(dp + hidden, ink_v_get(dp + hidden, n) + dvf * vc0, n);
        ink_v_put(dp + 2 * hidden, ink_v_get(dp + 2 * hidden, n) + dvo * vc1, n);
      }
      ink_v_put(o + j, dvo, n);
      ink_v_put(i + j, dvi, n);
      ink_v_put(f + j, dvf, n);
      ink_v_put(g + j, ink_v_times_slope(kind.state, dc1 * vi, vg), n);
      ink_v_put(dc + j, dc0, n);
    }
  }
}

/* Defines the cell, with the constants of an ink_lstm. */
#define INK_LSTM_CELL(symbol, title, gate, state, with_peephole)               \
  static void symbol##_forward(const ink_cell_step *s) {                       \
    ink_lstm_forward((ink_lstm){gate, state, with_peephole}, s);               \
  }                                                                            \
  INK_FOR_BACKWARD(static void symbol##_backward(const ink_cell_gradient *s) { \
    ink_lstm_backward((ink_lstm){gate, state, with_peephole}, s);              \
  })                                                                           \
  extern const ink_cell INK_ISA_NAME(ink_cell_##symbol);                       \
  const ink_cell INK_ISA_NAME(ink_cell_##symbol) = {                           \
      .name = title,                                                           \
      .gates = 4,                                                              \
      .gate_names = {"input", "forget", "candidate", "output"},                \
      .own = (with_peephole) ? 3 : 0,                                          \
      .own_name = "peephole",                                                  \
      .carries_c = true,                                                       \
      .needs_c = true,                                                         \
      .forward = symbol##_forward,                                             \
      INK_FOR_BACKWARD(.backward = symbol##_backward)};

#endif
