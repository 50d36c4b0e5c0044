/*
 * GRU (Cho et al. 2014), PyTorch's form, in which the reset gate scales W_hn h after the product:
 *   r = sigmoid(x_r + h_r)   z = sigmoid(x_z + h_z)   n = tanh(x_n + r h_n)
 *   h' = (1 - z) n + z h
 * c keeps h_n for backward.
 */
#include "kernels/simd.h"
#include "layers/cell.h"

static void gru_forward(size_t batch, size_t hidden, const float *x_part, const float *h_part,
                        float *gates, const float *h_previous, const float *c_previous,
                        float *h_next, float *c_next) {
  (void)c_previous;
  for (size_t b = 0; b < batch; b++) {
    const float *x = x_part + b * 3 * hidden, *h = h_part + b * 3 * hidden;
    const float *h0 = h_previous + b * hidden;
    float *h1 = h_next + b * hidden;
    INK_FOR_LANES(j, lanes, hidden) {
      size_t r = j, z = r + hidden, n = z + hidden;
      ink_v vr = ink_v_sigmoid(ink_v_get(x + r, lanes) + ink_v_get(h + r, lanes));
      ink_v vz = ink_v_sigmoid(ink_v_get(x + z, lanes) + ink_v_get(h + z, lanes));
      ink_v vh = ink_v_get(h + n, lanes);
      ink_v vn = ink_v_tanh(ink_v_get(x + n, lanes) + vr * vh);
      ink_v_put(h1 + j, (1.0f - vz) * vn + vz * ink_v_get(h0 + j, lanes), lanes);
      if (gates == NULL) continue;
      float *kept = gates + b * 3 * hidden;
      ink_v_put(kept + r, vr, lanes);
      ink_v_put(kept + z, vz, lanes);
      ink_v_put(kept + n, vn, lanes);
      ink_v_put(c_next + b * hidden + j, vh, lanes);
    }
  }
}

#ifdef INK_TRAINING
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
#ifdef INK_TRAINING
    .backward = gru_backward,
#endif
};
