/*
 * One recurrent layer over a window: back-propagation through time (Werbos 1990).
 */
#include "layers/recurrent.h"

#include "base/size.h"

/* The rows of W_hh that read h, and those that read what the cell leaves of it. */
typedef struct rows {
  size_t early, late, all;
} rows;

static rows rows_of(const ink_cell *cell, size_t hidden) {
  size_t all = cell->gates * hidden, late = cell->late * hidden;
  return (rows){all - late, late, all};
}

/* Of the early rows, packed in front; and of all. Backward and forward share the room. */
static size_t early_size(rows r, size_t hidden) {
  return ink_size_max(ink_gemm_packed_size(r.early, hidden), ink_gemm_packed_size(hidden, r.early));
}

size_t ink_recurrent_packed_size(const ink_cell *cell, size_t hidden) {
  rows r = rows_of(cell, hidden);
  if (r.late == 0) return early_size(r, hidden);
  return early_size(r, hidden) +
         ink_size_max(ink_gemm_packed_size(r.late, hidden), ink_gemm_packed_size(hidden, r.late));
}

/* h_part of the late gates, from what the early ones leave of h. */
static void forward_late(const ink_recurrent *layer, const ink_cell_step *step, rows r,
                         float *h_part) {
  const ink_kernels *kernels = layer->kernels;
  size_t hidden = layer->hidden;
  layer->cell->leave(step);
  kernels->gemm_packed(layer->batch, r.late, hidden, (ink_matrix){step->left, hidden, 1},
                       layer->packed + early_size(r, hidden), layer->bias_hh + r.early,
                       h_part + r.early, r.all, false, layer->workspace);
}

void ink_recurrent_forward(const ink_recurrent *layer, size_t steps) {
  const ink_kernels *kernels = layer->kernels;
  size_t hidden = layer->hidden, state = layer->batch * hidden;
  rows r = rows_of(layer->cell, hidden);
  kernels->pack_b(r.early, hidden, (ink_matrix){layer->weight_hh, 1, hidden}, layer->packed);
  if (r.late > 0) {
    kernels->pack_b(r.late, hidden, (ink_matrix){layer->weight_hh + r.early * hidden, 1, hidden},
                    layer->packed + early_size(r, hidden));
  }
  for (size_t t = 0; t < steps; t++) {
    const float *h = layer->h + t * state;
    kernels->gemm_packed(layer->batch, r.early, hidden, (ink_matrix){h, hidden, 1}, layer->packed,
                         layer->bias_hh, layer->h_part, r.all, false, layer->workspace);
    float *c = layer->c == NULL ? NULL : layer->c + t * state;
    float *gates = layer->gates + t * layer->batch * r.all;
    const ink_cell_step step = {.batch = layer->batch,
                                .hidden = hidden,
                                .own = layer->own,
                                .x_part = gates,
                                .h_part = layer->h_part,
                                .h_previous = h,
                                .c_previous = c,
                                .h_next = layer->h + (t + 1) * state,
                                .c_next = c == NULL ? NULL : c + state,
                                .gates = gates,
                                .left = r.late > 0 ? layer->left + t * state : NULL};
    if (r.late > 0) forward_late(layer, &step, r, layer->h_part);
    layer->cell->forward(&step);
  }
}

/* The gradient of what the late gates read, and of the early ones that left it. */
static void backward_late(const ink_recurrent *layer, ink_cell_gradient *gradient, rows r,
                          const float *h_gradient) {
  size_t hidden = layer->hidden;
  layer->kernels->gemm_packed(
      layer->batch, hidden, r.late, (ink_matrix){h_gradient + r.early, r.all, 1},
      layer->packed + early_size(r, hidden), NULL, layer->dleft, hidden, false, layer->workspace);
  gradient->dleft = layer->dleft;
  layer->cell->leave_backward(gradient);
}

/* dh and dc of the state before step t, and the gradients of its gates. */
static void step_backward(const ink_recurrent *layer, size_t t, rows r, bool to_state,
                          float *own_gradient) {
  size_t hidden = layer->hidden, state = layer->batch * hidden;
  float *h_gradient = layer->h_gradient + t * layer->batch * r.all;
  const float *h = layer->h + t * state;
  const float *c = layer->c == NULL ? NULL : layer->c + t * state;
  ink_cell_gradient gradient = {.batch = layer->batch,
                                .hidden = hidden,
                                .own = layer->own,
                                .h_previous = h,
                                .c_previous = c,
                                .h_next = h + state,
                                .c_next = c == NULL ? NULL : c + state,
                                .dh = layer->dh,
                                .gates = layer->gates + t * layer->batch * r.all,
                                .h_part = h_gradient,
                                .dc = layer->dc,
                                .dh_previous = layer->dh,
                                .own_gradient = own_gradient};
  layer->cell->backward(&gradient);
  if (r.late > 0) backward_late(layer, &gradient, r, h_gradient);
  if (!to_state) return;
  layer->kernels->gemm_packed(layer->batch, hidden, r.early, (ink_matrix){h_gradient, r.all, 1},
                              layer->packed, NULL, layer->dh, hidden, layer->cell->direct,
                              layer->workspace);
}

void ink_recurrent_backward(const ink_recurrent *layer, size_t steps, const float *dy,
                            bool from_state, float *weight_hh_gradient, float *bias_hh_gradient,
                            float *own_gradient) {
  const ink_kernels *kernels = layer->kernels;
  size_t hidden = layer->hidden, state = layer->batch * hidden, all_steps = steps * layer->batch;
  rows r = rows_of(layer->cell, hidden);
  kernels->pack_b(hidden, r.early, (ink_matrix){layer->weight_hh, hidden, 1}, layer->packed);
  if (r.late > 0) {
    kernels->pack_b(hidden, r.late, (ink_matrix){layer->weight_hh + r.early * hidden, hidden, 1},
                    layer->packed + early_size(r, hidden));
  }
  for (size_t t = steps; t-- > 0;) {
    kernels->add(dy + t * state, state, layer->dh);
    step_backward(layer, t, r, t > 0 || from_state, own_gradient);
  }
  kernels->gemm(r.early, hidden, all_steps, (ink_matrix){layer->h_gradient, 1, r.all},
                (ink_matrix){layer->h, hidden, 1}, NULL, weight_hh_gradient, hidden, true,
                layer->workspace);
  if (r.late > 0) {
    kernels->gemm(r.late, hidden, all_steps, (ink_matrix){layer->h_gradient + r.early, 1, r.all},
                  (ink_matrix){layer->left, hidden, 1}, NULL, weight_hh_gradient + r.early * hidden,
                  hidden, true, layer->workspace);
  }
  for (size_t row = 0; row < all_steps; row++) {
    kernels->add(layer->h_gradient + row * r.all, r.all, bias_hh_gradient);
  }
}
