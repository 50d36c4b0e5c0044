/*
 * Kernels: the inner loops, one body compiled for several instruction sets.
 *
 * Inference kernels give the same bits on every one of them: each sum has a fixed order, multiply and
 * add are never contracted, and exp, tanh and sigmoid are our own (simd.h). Training kernels (gemm)
 * need not, and are as fast as the machine allows.
 */
#ifndef INK_KERNELS_KERNELS_H
#define INK_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "inkling.h"

/* Rows of a panel: weights for one vector are stored [rows/32][k][32], rows padded with zeros. */
enum { INK_PANEL = 32 };

/* A matrix for gemm, element (i,j) at data[i * row_stride + j * column_stride]. */
typedef struct ink_matrix {
  const float *data;
  size_t row_stride, column_stride;
} ink_matrix;

typedef struct ink_kernels {
  const char *name; /* "scalar", "simd", "avx2" */

  /* y = bias + W x. panels [rows/32][columns][32], bias and y [rows], x [columns]; rows a multiple of
   * 32. Each row is one running sum in the order of the columns. */
  void (*matrix_vector)(const float *panels, const float *bias, const float *x, size_t rows,
                        size_t columns, float *y);

  /* probabilities [n] = exp((logits - largest) * scale) / their sum; in place is allowed. The sum runs
   * in the order of the index. */
  void (*softmax)(const float *logits, size_t n, float scale, float *probabilities);

  /* In place over x [n]: for tests of the error bounds. */
  void (*exp)(float *x, size_t n);
  void (*tanh)(float *x, size_t n);
  void (*sigmoid)(float *x, size_t n);

  /* ---- For training; NULL in a build that only generates (without INK_TRAINING) ---- */

  /* C [m,n] (row stride ldc) = A [m,k] B [k,n] + (accumulate ? C : bias), where bias [n], added to
   * every row, may be NULL for none. `workspace` holds ink_gemm_workspace(n) floats. */
  void (*gemm)(size_t m, size_t n, size_t k, ink_matrix a, ink_matrix b, const float *bias,
               float *c, size_t ldc, bool accumulate, float *workspace);

  /* The same with B packed before, for a B that is used at every time step. pack_b fills
   * ink_gemm_packed_size(n, k) floats. */
  void (*pack_b)(size_t n, size_t k, ink_matrix b, float *packed);
  void (*gemm_packed)(size_t m, size_t n, size_t k, ink_matrix a, const float *packed,
                      const float *bias, float *c, size_t ldc, bool accumulate, float *workspace);

  /* y [n] += x [n] */
  void (*add)(const float *x, size_t n, float *y);

  /* For benches: `rounds` of multiply-adds in registers, and how many operations that was; and the sum
   * of floats [n]. The results mean nothing. */
  float (*peak)(size_t rounds, double *operations);
  float (*read)(const float *floats, size_t n);
} ink_kernels;

/* The kernels for a choice, or NULL when this build or this machine has none such. */
const ink_kernels *ink_kernels_find(ink_kernel kernel);

/* Floats of workspace for any gemm with this n or less. */
size_t ink_gemm_workspace(size_t n);
size_t ink_gemm_packed_size(size_t n, size_t k);

#endif
