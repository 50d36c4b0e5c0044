/*
 * GRU (Cho et al. 2014), PyTorch's form, in which the reset gate scales W_hn h after the product:
 *   r = sigmoid(x_r + h_r)   z = sigmoid(x_z + h_z)   n = tanh(x_n + r h_n)
 *   h' = (1 - z) n + z h
 * c keeps h_n for backward.
 */
#include "kernels/simd.h"
#include "layers/cell.h"

/* One stream's arrays: see ink_cell.forward. */
typedef struct gru_pass {
  size_t hidden;
  const float *x_part, *h_part, *h_previous;
  float *gates, *h_next, *kept;
} gru_pass;

/* Units j to j + lanes. */
INK_INLINE void gru_units(size_t j, size_t lanes, const gru_pass *p) {
  size_t r = j, z = r + p->hidden, n = z + p->hidden;
  const float *x = p->x_part, *h = p->h_part;
  ink_v vr = ink_v_sigmoid(ink_v_get(x + r, lanes) + ink_v_get(h + r, lanes));
  ink_v vz = ink_v_sigmoid(ink_v_get(x + z, lanes) + ink_v_get(h + z, lanes));
  ink_v vh = ink_v_get(h + n, lanes);
  ink_v vn = ink_v_tanh(ink_v_get(x + n, lanes) + vr * vh);
  ink_v h0 = ink_v_get(p->h_previous + j, lanes);
  ink_v_put(p->h_next + j, (1.0f - vz) * vn + vz * h0, lanes);
#ifndef INK_GENERATE_ONLY
  if (p->gates == NULL) return;
  ink_v_put(p->gates + r, vr, lanes);
  ink_v_put(p->gates + z, vz, lanes);
  ink_v_put(p->gates + n, vn, lanes);
  ink_v_put(p->kept + j, vh, lanes);
#endif
}

static void gru_forward(size_t batch, size_t hidden, const float *x_part, const float *h_part,
                        float *gates, const float *h_previous, const float *c_previous,
                        float *h_next, float *c_next) {
  (void)c_previous;
  for (size_t b = 0; b < batch; b++) {
    size_t at = b * hidden;
    const gru_pass pass = {.hidden = hidden,
                           .x_part = x_part + 3 * at,
                           .h_part = h_part + 3 * at,
                           .h_previous = h_previous + at,
                           .gates = gates == NULL ? NULL : gates + 3 * at,
                           .h_next = h_next + at,
                           .kept = c_next == NULL ? NULL : c_next + at};
    INK_IN_LANES(hidden, gru_units, &pass);
  }
}

#ifndef INK_GENERATE_ONLY
/* With a_n = dh' (1 - z) (1 - n^2):
 *   dx_n = a_n          dh_n = a_n r      dx_r = dh_r = a_n h_n r (1 - r)
 *   dx_z = dh_z = dh' (h - n) z (1 - z)   dh = dh' z */
static void gru_backward(size_t batch, size_t hidden, float *gates, float *h_gradient,
                         const float *h_previous, const float *c_previous, const float *h_next,
                         const float *c_next, const float *dh, float *dc, float *dh_previous) {
  (void)c_previous, (void)h_next, (void)dc;
  for (size_t b = 0; b < batch; b++) {
    float *r = gates + b * 3 * hidden, *z = r + hidden, *n = z + hidden;
    float *hr = h_gradient + b * 3 * hidden, *hz = hr + hidden, *hn = hz + hidden;
    const float *h0 = h_previous + b * hidden, *kept = c_next + b * hidden;
    const float *dh1 = dh + b * hidden;
    float *dh0 = dh_previous + b * hidden;
    INK_FOR_LANES(j, lanes, hidden) {
      ink_v vr = ink_v_get(r + j, lanes), vz = ink_v_get(z + j, lanes);
      ink_v vn = ink_v_get(n + j, lanes), d = ink_v_get(dh1 + j, lanes);
      ink_v dn = d * (1.0f - vz) * (1.0f - vn * vn);
      ink_v dr = dn * ink_v_get(kept + j, lanes) * vr * (1.0f - vr);
      ink_v dz = d * (ink_v_get(h0 + j, lanes) - vn) * vz * (1.0f - vz);
      ink_v_put(r + j, dr, lanes);
      ink_v_put(hr + j, dr, lanes);
      ink_v_put(z + j, dz, lanes);
      ink_v_put(hz + j, dz, lanes);
      ink_v_put(n + j, dn, lanes);
      ink_v_put(hn + j, dn * vr, lanes);
      ink_v_put(dh0 + j, d * vz, lanes);
    }
  }
}
#endif

extern const ink_cell INK_ISA_NAME(ink_cell_gru);
const ink_cell INK_ISA_NAME(ink_cell_gru) = {
    .name = "gru",
    .gates = 3,
    .carries_c = false,
    .needs_c = true,
    .separate = true,
    .forward = gru_forward,
#ifndef INK_GENERATE_ONLY
    .backward = gru_backward,
#endif
};
