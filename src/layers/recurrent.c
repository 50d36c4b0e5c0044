/*
 * One recurrent layer over a window: back-propagation through time (Werbos 1990).
 */
#include "layers/recurrent.h"

size_t ink_recurrent_packed_size(size_t gates, size_t hidden) {
  size_t forward = ink_gemm_packed_size(gates * hidden, hidden);
  size_t backward = ink_gemm_packed_size(hidden, gates * hidden);
  return forward > backward ? forward : backward;
}

void ink_recurrent_forward(const ink_recurrent *layer, size_t steps) {
  const ink_kernels *kernels = layer->kernels;
  size_t width = layer->cell->gates * layer->hidden, hidden = layer->hidden;
  size_t state = layer->batch * hidden;
  kernels->pack_b(width, hidden, (ink_matrix){layer->weight_hh, 1, hidden}, layer->packed);
  for (size_t t = 0; t < steps; t++) {
    const float *h = layer->h + t * state;
    kernels->gemm_packed(layer->batch, width, hidden, (ink_matrix){h, hidden, 1}, layer->packed,
                         layer->bias_hh, layer->h_part, width, false, layer->workspace);
    float *c = layer->c == NULL ? NULL : layer->c + t * state;
    float *gates = layer->gates + t * layer->batch * width;
    layer->cell->forward(layer->batch, hidden, gates, layer->h_part, gates, h, c,
                         layer->h + (t + 1) * state, c == NULL ? NULL : c + state);
  }
}

void ink_recurrent_backward(const ink_recurrent *layer, size_t steps, const float *dy,
                            bool from_state, float *weight_hh_gradient, float *bias_hh_gradient) {
  const ink_kernels *kernels = layer->kernels;
  size_t width = layer->cell->gates * layer->hidden, hidden = layer->hidden;
  size_t state = layer->batch * hidden, rows = steps * layer->batch;
  kernels->pack_b(hidden, width, (ink_matrix){layer->weight_hh, hidden, 1}, layer->packed);
  for (size_t t = steps; t-- > 0;) {
    float *gates = layer->gates + t * layer->batch * width;
    float *h_gradient = layer->h_gradient + t * layer->batch * width;
    const float *h = layer->h + t * state;
    const float *c = layer->c == NULL ? NULL : layer->c + t * state;
    kernels->add(dy + t * state, state, layer->dh);
    layer->cell->backward(layer->batch, hidden, gates, h_gradient, h, c, h + state,
                          c == NULL ? NULL : c + state, layer->dh, layer->dc, layer->dh);
    if (t == 0 && !from_state) break;
    kernels->gemm_packed(layer->batch, hidden, width, (ink_matrix){h_gradient, width, 1},
                         layer->packed, NULL, layer->dh, hidden, layer->cell->separate,
                         layer->workspace);
  }
  kernels->gemm(width, hidden, rows, (ink_matrix){layer->h_gradient, 1, width},
                (ink_matrix){layer->h, hidden, 1}, NULL, weight_hh_gradient, hidden, true,
                layer->workspace);
  for (size_t row = 0; row < rows; row++) {
    kernels->add(layer->h_gradient + row * width, width, bias_hh_gradient);
  }
}
