/*
 * Linear layer, y = x W^T + b, over rows.
 */
#ifndef INK_LAYERS_LINEAR_H
#define INK_LAYERS_LINEAR_H

#include "kernels/kernels.h"

typedef struct ink_linear {
  size_t in, out;
  const float *weight; /* [out,in] */
  const float *bias;   /* [out] */
} ink_linear;

/* y [rows,out] of x [rows,in]. workspace: ink_gemm_workspace(out) floats. */
void ink_linear_forward(const ink_kernels *kernels, const ink_linear *layer, size_t rows,
                        const float *x, float *y, float *workspace);

/* From dy [rows,out]: weight_gradient [out,in] += dy^T x, bias_gradient [out] += the sum of dy's
 * rows, dx [rows,in] = dy W. workspace: ink_gemm_workspace(in) floats. */
void ink_linear_backward(const ink_kernels *kernels, const ink_linear *layer, size_t rows,
                         const float *x, const float *dy, float *weight_gradient,
                         float *bias_gradient, float *dx, float *workspace);

#endif
