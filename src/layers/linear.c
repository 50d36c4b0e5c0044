/*
 * Linear layer, y = x W^T + b, over rows.
 */
#include "layers/linear.h"

void ink_linear_forward(const ink_kernels *kernels, const ink_linear *layer, size_t rows,
                        const float *x, float *y, float *workspace) {
  ink_matrix a = {x, layer->in, 1}, weight_t = {layer->weight, 1, layer->in};
  kernels->gemm(rows, layer->out, layer->in, a, weight_t, layer->bias, y, layer->out, false,
                workspace);
}

void ink_linear_backward(const ink_kernels *kernels, const ink_linear *layer, size_t rows,
                         const float *x, const float *dy, float *weight_gradient,
                         float *bias_gradient, float *dx, float *workspace) {
  size_t in = layer->in, out = layer->out;
  kernels->gemm(out, in, rows, (ink_matrix){dy, 1, out}, (ink_matrix){x, in, 1}, NULL,
                weight_gradient, in, true, workspace);
  for (size_t row = 0; row < rows; row++) kernels->add(dy + row * out, out, bias_gradient);
  kernels->gemm(rows, in, out, (ink_matrix){dy, out, 1}, (ink_matrix){layer->weight, in, 1}, NULL,
                dx, in, false, workspace);
}
