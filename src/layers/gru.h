/*
 * GRU (Cho et al. 2014), PyTorch's form, in which the reset gate scales W_hn h after the product:
 *   r = s(x_r + h_r)   z = s(x_z + h_z)   n = t(x_n + r h_n)   h' = (1 - z) n + z h
 * or, as Cho et al. have it and Keras by default, h before the product (`before`), where
 *   n = t(x_n + h_n) with h_n = W_hn (r h) + b_hn
 * s is the sigmoid and t is tanh, or what other programs have in their place.
 */
#ifndef INK_LAYERS_GRU_H
#define INK_LAYERS_GRU_H

#include "layers/activation.h"
#include "layers/cell.h"

/* Constants of a cell. */
typedef struct ink_gru {
  ink_activation gate, state; /* s and t */
  bool before;
} ink_gru;

/* Units j to j + n of one stream, whose arrays the step has; c_next keeps h_n for backward. */
INK_INLINE void ink_gru_units(size_t j, size_t n, ink_gru kind, const ink_cell_step *s) {
  size_t r = j, z = r + s->hidden, m = z + s->hidden;
  const float *x = s->x_part, *h = s->h_part;
  ink_v vr = ink_v_activate(kind.gate, ink_v_get(x + r, n) + ink_v_get(h + r, n));
  ink_v vz = ink_v_activate(kind.gate, ink_v_get(x + z, n) + ink_v_get(h + z, n));
  ink_v vh = ink_v_get(h + m, n), xn = ink_v_get(x + m, n);
  ink_v vn = ink_v_activate(kind.state, kind.before ? xn + vh : xn + vr * vh);
  ink_v h0 = ink_v_get(s->h_previous + j, n);
  ink_v_put(s->h_next + j, (1.0f - vz) * vn + vz * h0, n);
#ifndef INK_GENERATE_ONLY
  if (s->gates == NULL) return;
  ink_v_put(s->gates + r, vr, n);
  ink_v_put(s->gates + z, vz, n);
  ink_v_put(s->gates + m, vn, n);
  if (!kind.before) ink_v_put(s->c_next + j, vh, n);
#endif
}

INK_INLINE void ink_gru_forward(ink_gru kind, const ink_cell_step *s) {
  for (size_t b = 0; b < s->batch; b++) {
    const ink_cell_step one = ink_cell_stream(s, 3, b);
    INK_IN_LANES_ONCE(s->hidden, ink_gru_units, kind, &one);
  }
}

/* left = r h */
INK_INLINE void ink_gru_leave(ink_activation gate, const ink_cell_step *s) {
  for (size_t b = 0; b < s->batch; b++) {
    const float *x = s->x_part + 3 * b * s->hidden, *h = s->h_part + 3 * b * s->hidden;
    size_t at = b * s->hidden;
    INK_FOR_LANES(j, n, s->hidden) {
      ink_v r = ink_v_activate(gate, ink_v_get(x + j, n) + ink_v_get(h + j, n));
      ink_v_put(s->left + at + j, r * ink_v_get(s->h_previous + at + j, n), n);
    }
  }
}

/* With a_n = dh' (1 - z) t'(n):
 *   dx_n = a_n          dh_n = a_n r, or a_n      dx_r = dh_r = a_n h_n s'(r), or see below
 *   dx_z = dh_z = dh' (h - n) s'(z)               dh = dh' z */
INK_INLINE void ink_gru_backward(ink_gru kind, const ink_cell_gradient *s) {
  size_t hidden = s->hidden;
  for (size_t b = 0; b < s->batch; b++) {
    float *r = s->gates + b * 3 * hidden, *z = r + hidden, *m = z + hidden;
    float *hr = kind.before ? NULL : s->h_part + b * 3 * hidden;
    const float *h0 = s->h_previous + b * hidden, *dh1 = s->dh + b * hidden;
    float *dh0 = s->dh_previous + b * hidden;
    INK_FOR_LANES(j, n, hidden) {
      ink_v vr = ink_v_get(r + j, n), vz = ink_v_get(z + j, n);
      ink_v vn = ink_v_get(m + j, n), d = ink_v_get(dh1 + j, n);
      ink_v dn = ink_v_times_slope(kind.state, d * (1.0f - vz), vn);
      ink_v dz = ink_v_times_slope(kind.gate, d * (ink_v_get(h0 + j, n) - vn), vz);
      ink_v_put(z + j, dz, n);
      ink_v_put(m + j, dn, n);
      if (!kind.before) {
        ink_v kept = ink_v_get(s->c_next + b * hidden + j, n);
        ink_v dr = ink_v_times_slope(kind.gate, dn * kept, vr);
        ink_v_put(r + j, dr, n);
        ink_v_put(hr + j, dr, n);
        ink_v_put(hr + hidden + j, dz, n);
        ink_v_put(hr + 2 * hidden + j, dn * vr, n);
      }
      ink_v_put(dh0 + j, d * vz, n);
    }
  }
}

/* From the gradient of left = r h: dr = dleft h s'(r), dh += dleft r */
INK_INLINE void ink_gru_leave_backward(ink_activation gate, const ink_cell_gradient *s) {
  size_t hidden = s->hidden;
  for (size_t b = 0; b < s->batch; b++) {
    float *r = s->gates + b * 3 * hidden, *dh0 = s->dh_previous + b * hidden;
    const float *h0 = s->h_previous + b * hidden, *dleft = s->dleft + b * hidden;
    INK_FOR_LANES(j, n, hidden) {
      ink_v vr = ink_v_get(r + j, n), d = ink_v_get(dleft + j, n);
      ink_v_put(dh0 + j, ink_v_get(dh0 + j, n) + d * vr, n);
      ink_v_put(r + j, ink_v_times_slope(gate, d * ink_v_get(h0 + j, n), vr), n);
    }
  }
}

/* Defines the cell that resets after the product. */
#define INK_GRU_CELL(symbol, title, gate, state)                               \
  static void symbol##_forward(const ink_cell_step *s) {                       \
    ink_gru_forward((ink_gru){gate, state, false}, s);                         \
  }                                                                            \
  INK_FOR_BACKWARD(static void symbol##_backward(const ink_cell_gradient *s) { \
    ink_gru_backward((ink_gru){gate, state, false}, s);                        \
  })                                                                           \
  extern const ink_cell INK_ISA_NAME(ink_cell_##symbol);                       \
  const ink_cell INK_ISA_NAME(ink_cell_##symbol) = {                           \
      .name = title,                                                           \
      .gates = 3,                                                              \
      .gate_names = {"reset", "update", "candidate"},                          \
      .needs_c = true,                                                         \
      .direct = true,                                                          \
      .separate = true,                                                        \
      .forward = symbol##_forward,                                             \
      INK_FOR_BACKWARD(.backward = symbol##_backward)};

/* The one that resets before it, which a build that only generates does not have. */
#define INK_GRU_BEFORE_CELL(symbol, title, gate, state)                          \
  static void symbol##_forward(const ink_cell_step *s) {                         \
    ink_gru_forward((ink_gru){gate, state, true}, s);                            \
  }                                                                              \
  static void symbol##_leave(const ink_cell_step *s) { ink_gru_leave(gate, s); } \
  INK_FOR_BACKWARD(                                                              \
      static void symbol##_backward(const ink_cell_gradient *s) {                \
        ink_gru_backward((ink_gru){gate, state, true}, s);                       \
      } static void symbol##_leave_backward(const ink_cell_gradient *s) {        \
        ink_gru_leave_backward(gate, s);                                         \
      })                                                                         \
  extern const ink_cell INK_ISA_NAME(ink_cell_##symbol);                         \
  const ink_cell INK_ISA_NAME(ink_cell_##symbol) = {                             \
      .name = title,                                                             \
      .gates = 3,                                                                \
      .gate_names = {"reset", "update", "candidate"},                            \
      .late = 1,                                                                 \
      .direct = true,                                                            \
      .forward = symbol##_forward,                                               \
      .leave = symbol##_leave,                                                   \
      INK_FOR_BACKWARD(.backward = symbol##_backward, .leave_backward = symbol##_leave_backward)};

#endif
