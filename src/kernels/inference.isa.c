/*
 * The kernels whose bits are the same on every instruction set, and the table of all of them.
 *
 * matrix_vector keeps 32 or more rows in registers and broadcasts x element by element, so that no sum
 * ever runs across lanes and weights are read once, in order.
 */
#include "kernels/isa.h"

enum { VECTORS = INK_PANEL / INK_LANES }; /* of one panel */

/* y [INK_PANEL * count] for `count` panels that lie one after another: the more rows are summed at
 * once, the better the latency of an addition is hidden. */
INK_INLINE void panels_vector(const float *restrict panels, const float *restrict bias,
                              const float *restrict x, size_t columns, float *restrict y,
                              size_t count) {
  ink_v sums[2 * VECTORS];
#pragma GCC unroll 64
  for (size_t i = 0; i < count * VECTORS; i++) sums[i] = ink_v_load(bias + i * INK_LANES);
  for (size_t k = 0; k < columns; k++) {
    ink_v xk = ink_v_all(x[k]);
#pragma GCC unroll 64
    for (size_t i = 0; i < count * VECTORS; i++) {
      const float *weights = panels + (i / VECTORS) * columns * INK_PANEL + k * INK_PANEL;
      sums[i] += ink_v_load(weights + (i % VECTORS) * INK_LANES) * xk;
    }
  }
#pragma GCC unroll 64
  for (size_t i = 0; i < count * VECTORS; i++) ink_v_store(y + i * INK_LANES, sums[i]);
}

static void matrix_vector(const float *panels, const float *bias, const float *x, size_t rows,
                          size_t columns, float *y) {
  size_t row = 0;
#if INK_LANES == 8
  for (; row + 2 * INK_PANEL <= rows; row += 2 * INK_PANEL) {
    panels_vector(panels + row * columns, bias + row, x, columns, y + row, 2);
  }
#endif
  for (; row < rows; row += INK_PANEL) {
    panels_vector(panels + row * columns, bias + row, x, columns, y + row, 1);
  }
}

static void softmax(const float *logits, size_t n, float scale, float *probabilities) {
  float largest = logits[0];
  for (size_t i = 1; i < n; i++) largest = logits[i] > largest ? logits[i] : largest;
  INK_FOR_LANES(i, lanes, n) {
    ink_v x = (ink_v_get(logits + i, lanes) - largest) * scale;
    ink_v_put(probabilities + i, ink_v_exp(x), lanes);
  }
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += probabilities[i];
  INK_FOR_LANES(i, lanes, n) {
    ink_v_put(probabilities + i, ink_v_get(probabilities + i, lanes) / sum, lanes);
  }
}

static void exp_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_exp(ink_v_get(x + i, lanes)), lanes);
}

static void tanh_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_tanh(ink_v_get(x + i, lanes)), lanes);
}

static void sigmoid_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_sigmoid(ink_v_get(x + i, lanes)), lanes);
}

#ifdef INK_TRAINING
static void add(const float *x, size_t n, float *y) {
  INK_FOR_LANES(i, lanes, n) {
    ink_v_put(y + i, ink_v_get(y + i, lanes) + ink_v_get(x + i, lanes), lanes);
  }
}
#endif

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

extern const ink_kernels INK_ISA_NAME(ink_kernels);
const ink_kernels INK_ISA_NAME(ink_kernels) = {
    .name = TEXT(INK_ISA),
    .matrix_vector = matrix_vector,
    .softmax = softmax,
    .exp = exp_in_place,
    .tanh = tanh_in_place,
    .sigmoid = sigmoid_in_place,
#ifdef INK_TRAINING
    .add = add,
    .gemm = INK_ISA_NAME(ink_gemm),
    .pack_b = INK_ISA_NAME(ink_pack_b),
    .gemm_packed = INK_ISA_NAME(ink_gemm_packed),
    .peak = INK_ISA_NAME(ink_peak),
    .read = INK_ISA_NAME(ink_read),
#endif
};
