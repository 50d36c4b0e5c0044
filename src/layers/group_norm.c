/*
 * Group normalisation: the number of groups, and the choice of the build of group_norm.isa.c.
 */
#include "layers/group_norm.h"

size_t ink_group_norm_groups(size_t channels) {
  size_t groups = 8;
  while (channels % groups != 0) groups--;
  return groups;
}

void ink_group_norm_forward(const ink_group_norm *layer, size_t batch, const float *x, float *y) {
  INK_BUILD(layer->kernels, ink_group_norm_forward)(layer, batch, x, y);
}

void ink_group_norm_backward(const ink_group_norm *layer, size_t batch, const float *x,
                             const float *y, float *dy, float *weight_gradient,
                             float *bias_gradient) {
  INK_BUILD(layer->kernels, ink_group_norm_backward)
  (layer, batch, x, y, dy, weight_gradient, bias_gradient);
}
