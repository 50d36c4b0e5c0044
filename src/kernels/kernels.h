/*
 * Kernels: the inner loops, one body compiled for several instruction sets.
 *
 * Inference kernels give the same bits on every one of them: each sum has a fixed order, multiply
 * and add are never contracted, and exp, tanh and sigmoid are our own (simd.h). Training kernels
 * (gemm) need not, and are as fast as the machine allows.
 */
#ifndef INK_KERNELS_KERNELS_H
#define INK_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inkling.h"

/* How matrices for generation are stored: rows of a panel, and what their number is rounded up
 * to. */
enum { INK_PANEL = 16, INK_ROWS = 2 * INK_PANEL };

/* y = bias + W x, prepared. Either `floats` or `lanes` and `scales` hold the weights; rows is a
 * multiple of INK_ROWS, and what is padded is zero.
 *   floats: column k of panel p is [p][k][16].
 *   lanes: int8 weights, row r being scales[r] times them. For every panel and four columns 16
 *     lanes of 32 bits: lane i has, from its lowest byte up, the four weights of row i, the first
 *     and the third xor the kernels' `flip`. Columns are padded with zeros. */
typedef struct ink_panels {
  size_t rows, columns;
  float *bias;     /* [rows] */
  float *floats;   /* [rows/16][columns][16], or NULL */
  int32_t *lanes;  /* [rows/16][columns/4, rounded up][16], or NULL */
  int32_t *starts; /* [rows]: -INK_SEVEN_BITS_ZERO * the sum of the row's weights, or NULL */
  float *scales;   /* [rows], or NULL */
} ink_panels;

/* A vector for a product with int8 weights, of seven bits: its elements are (values[i] -
 * INK_SEVEN_BITS_ZERO) * scale. Then four products with int8 are one instruction or three
 * (product_int8.isa.c), where sixteen bits take five for two; a network loses less than 0.0005 nats
 * (docs/figures.md). A sum of 2^17 columns fits an int32. */
typedef struct ink_quantized {
  uint8_t *values; /* [n rounded up to a multiple of 4], in 1 ... 127 but for what is padded */
  uint32_t *pairs; /* [n/4, rounded up][2]: the same as pairs of int16, for kernels that need it */
  float scale;     /* of the vector: dynamic and symmetric */
  int32_t start;   /* what sums start from, beside the matrix's */
} ink_quantized;

enum { INK_SEVEN_BITS_ZERO = 64, INK_SEVEN_BITS_LIMIT = 63 };

/* A matrix for gemm, element (i,j) at data[i * row_stride + j * column_stride]. */
typedef struct ink_matrix {
  const float *data;
  size_t row_stride, column_stride;
} ink_matrix;

/* Constants of a step of AdamW, see train/optimiser.c. */
typedef struct ink_adamw_step {
  float scale; /* of the gradients */
  float beta1, beta2, epsilon;
  float keep; /* of a weight before its step */
  float rate, root;
} ink_adamw_step;

typedef struct ink_kernels {
  const char *name; /* "scalar", "simd", "relaxed", "avx2", "avx512" */

  /* y[s] [rows] = bias + W x[s] for `streams` vectors x[s] [columns]; the weights are read from
   * memory once. Each row is one running sum in the order of the columns, however many streams
   * there are. */
  void (*product)(const ink_panels *matrix, size_t streams, const float *const *x, float *const *y);

  uint8_t flip; /* of the packed int8 weights, see ink_panels */

  /* The same with int8 weights: y[s] = bias + (scales * x[s]'s scale) * the exact sum. */
  void (*product_int8)(const ink_panels *matrix, size_t streams, const ink_quantized *const *x,
                       float *const *y);

  /* x [n], finite, to the nearest multiples of its scale, the largest magnitude over
   * INK_SEVEN_BITS_LIMIT. */
  void (*quantize)(const float *x, size_t n, ink_quantized *quantized);

  /* probabilities [n] = exp((logits - largest) * scale) / their sum; in place is allowed. */
  void (*softmax)(const float *logits, size_t n, float scale, float *probabilities);

  /* Whether every one of x [n] is finite. */
  bool (*finite)(const float *x, size_t n);

  void (*exp)(float *x, size_t n); /* in place */

  /* logs [n] = ln((1 - weight) a + weight b), of distributions a and b [n], weight in [0, 1]; what
   * is below 2^-126 counts as that. */
  void (*mix)(const float *a, const float *b, float weight, size_t n, float *logs);

  /* ---- For training and other tasks; NULL in a build that only generates (INK_GENERATE_ONLY)
   * ---- */

  void (*tanh)(float *x, size_t n); /* in place */

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

  /* ---- For training alone; NULL in builds that do not (INK_USE_ONLY too) ---- */

  /* One step of AdamW (train/optimiser.h) of weights [n] with their moments m and v [n]. */
  void (*adamw)(const ink_adamw_step *step, size_t n, const float *gradients, float *weights,
                float *m, float *v);

  /* y [n] += share (x [n] - y) */
  void (*approach)(const float *x, size_t n, float share, float *y);

  /* Of x [n], in double. */
  double (*sum_of_squares)(const float *x, size_t n);

  /* Dropout (Srivastava et al. 2014), scaled in training so that nothing changes in use: y [n] =
   * x [n] with each element zero with probability `rate`, in [0,1), else / (1 - rate). Which ones
   * follows from the key and their positions alone, so that the backward pass repeats the forward
   * pass's choice without storing it, and threads do not change it. In place is allowed. */
  void (*drop)(const float *x, size_t n, float rate, uint64_t key, float *y);

  /* ---- For benches and tests alone; NULL in what pages download ---- */

  /* `rounds` of multiply-adds in registers, and how many operations that was; and the sum of floats
   * [n]. The results mean nothing. */
  float (*peak)(size_t rounds, double *operations);
  float (*read)(const float *floats, size_t n);

  void (*sigmoid)(float *x, size_t n); /* in place; cells have it inline */
} ink_kernels;

/* The kernels for a choice, or NULL when this build or this machine has none such. */
const ink_kernels *ink_kernels_find(ink_kernel kernel);

/* Floats of workspace for any gemm with this n or less. */
size_t ink_gemm_workspace(size_t n);
size_t ink_gemm_packed_size(size_t n, size_t k);

#endif
