/*
 * The kernels whose bits are the same on every instruction set, and the table of all of them.
 *
 * A matrix is stored in panels of 16 rows, column by column. A tile holds the sums of some rows,
 * for one x or for two, in registers and broadcasts x element by element: no sum ever runs across
 * lanes, and weights are read once, in order.
 */
#include "kernels/isa.h"

/* Columns of floats that a round takes for one x. Neither Clang nor engines unroll WebAssembly's
 * loops; this is worth a third. Of int8, whose sums take as many registers again, a round of more
 * costs a fifth in V8. */
#ifdef __wasm_simd128__
enum { COLUMNS = 4 };
#else
enum { COLUMNS = 1 };
#endif

/* ---- f32 ------------------------------------------------------------------------------------- */

/* One column's part of `vectors` of sums a stream. `weights` are the column's, of the first
 * panel. */
INK_INLINE void add_column(const float *weights, size_t panel, size_t vectors, size_t streams,
                           ink_v x0, ink_v x1, ink_v *sums) {
  INK_UNROLL
  for (size_t i = 0; i < vectors; i++) {
    ink_v w =
        ink_v_load(weights + i / INK_PANEL_VECTORS * panel + i % INK_PANEL_VECTORS * INK_LANES);
    sums[i] += w * x0;
    if (streams == 2) sums[vectors + i] += w * x1;
  }
}

/* Rows [row, row + vectors * INK_LANES) of y = bias + W x, for `streams`, 1 or 2, x and y. */
INK_INLINE void tile(const ink_panels *matrix, size_t row, size_t vectors, size_t streams,
                     const float *const *x, float *const *y) {
  size_t columns = matrix->columns, panel = columns * INK_PANEL; /* floats of one */
  const float *weights = matrix->floats + row / INK_PANEL * panel + row % INK_PANEL;
  const float *x0 = x[0], *x1 = x[streams - 1];
  ink_v sums[INK_TILE_SUMS];
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    sums[i] = ink_v_load(matrix->bias + row + i % vectors * INK_LANES);
  }
  size_t at_once = streams == 1 ? COLUMNS : 1, k = 0;
  for (; k + at_once <= columns; k += at_once) {
    INK_UNROLL
    for (size_t j = 0; j < at_once; j++) {
      add_column(weights + j * INK_PANEL, panel, vectors, streams, ink_v_all(x0[k + j]),
                 ink_v_all(x1[k + j]), sums);
    }
    weights += at_once * INK_PANEL;
  }
  for (; k < columns; k++, weights += INK_PANEL) {
    add_column(weights, panel, vectors, streams, ink_v_all(x0[k]), ink_v_all(x1[k]), sums);
  }
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    ink_v_store(y[i / vectors] + row + i % vectors * INK_LANES, sums[i]);
  }
}

/* The same rows for any number of streams: the weights come from memory once, then from the
 * cache. */
INK_INLINE void tiles(const ink_panels *matrix, size_t row, size_t vectors, size_t streams,
                      const float *const *x, float *const *y) {
  size_t s = 0;
  for (; s + 2 <= streams; s += 2) {
    for (size_t i = 0; i < vectors; i += INK_TILE_PAIR) {
      tile(matrix, row + i * INK_LANES, INK_TILE_PAIR, 2, x + s, y + s);
    }
  }
  if (s < streams) tile(matrix, row, vectors, 1, x + s, y + s);
}

static void product(const ink_panels *matrix, size_t streams, const float *const *x,
                    float *const *y) {
  size_t row = 0;
  for (; row + INK_TILE_ONE * INK_LANES <= matrix->rows; row += INK_TILE_ONE * INK_LANES) {
    tiles(matrix, row, INK_TILE_ONE, streams, x, y);
  }
  if (INK_TILE_REST == INK_TILE_ONE) return; /* and nothing is left */
  for (; row < matrix->rows; row += INK_TILE_REST * INK_LANES)
    tiles(matrix, row, INK_TILE_REST, streams, x, y);
}

/* ---- Functions of one variable --------------------------------------------------------------- */

INK_INLINE void take_largest(size_t j, size_t n, const float *x, ink_v *largest) {
  /* At the end of an array there are zeros behind it, so its elements are taken one by one. */
  if (n == INK_LANES) *largest = ink_v_at_least(ink_v_load(x + j), *largest);
  for (size_t i = j; n < INK_LANES && i < j + n; i++) {
    *largest = ink_v_at_least(ink_v_all(x[i]), *largest);
  }
}

static float largest_of(const float *x, size_t n) {
  ink_v largest = ink_v_all(x[0]);
  INK_IN_LANES(n, take_largest, x, &largest);
  float each[INK_LANES], result = x[0];
  ink_v_store(each, largest);
  for (int i = 0; i < INK_LANES; i++) result = each[i] > result ? each[i] : result;
  return result;
}

INK_INLINE void take_exp(size_t j, size_t n, const float *logits, float largest, float scale,
                         float *probabilities) {
  ink_v_put(probabilities + j, ink_v_exp((ink_v_get(logits + j, n) - largest) * scale), n);
}

INK_INLINE void divide(size_t j, size_t n, float divisor, float *x) {
  ink_v_put(x + j, ink_v_get(x + j, n) / divisor, n);
}

/* Sixteen running sums at every width, since one would wait for each addition; then those of the
 * end, and the sixteen in their order. */
static float sum_of(const float *x, size_t n) {
  enum { AT_ONCE = 16 };
  float sums[AT_ONCE] = {0}, sum = 0;
  size_t at = 0;
  for (; at + AT_ONCE <= n; at += AT_ONCE) {
    INK_UNROLL
    for (size_t i = 0; i < AT_ONCE; i += INK_LANES) {
      ink_v_store(sums + i, ink_v_load(sums + i) + ink_v_load(x + at + i));
    }
  }
  for (; at < n; at++) sum += x[at];
  for (size_t i = 0; i < AT_ONCE; i++) sum += sums[i];
  return sum;
}

static void softmax(const float *logits, size_t n, float scale, float *probabilities) {
  float largest = largest_of(logits, n);
  INK_IN_LANES(n, take_exp, logits, largest, scale, probabilities);
  float sum = sum_of(probabilities, n);
  INK_IN_LANES(n, divide, sum, probabilities);
}

INK_INLINE void take_nothing(size_t j, size_t n, const float *x, ink_v *zeros) {
  *zeros += ink_v_get(x + j, n) * 0.0f;
}

/* 0 times a number that is not finite is not 0. */
static bool finite(const float *x, size_t n) {
  ink_v zeros = ink_v_all(0);
  INK_IN_LANES(n, take_nothing, x, &zeros);
  float each[INK_LANES], sum = 0;
  ink_v_store(each, zeros);
  for (int i = 0; i < INK_LANES; i++) sum += each[i];
  return sum == 0;
}

static void exp_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_exp(ink_v_get(x + i, lanes)), lanes);
}

#ifndef INK_NO_COUNTS
static void mix(const float *a, const float *b, float weight, size_t n, float *logs) {
  INK_FOR_LANES(i, lanes, n) {
    ink_v p = ink_v_get(a + i, lanes) * (1 - weight) + ink_v_get(b + i, lanes) * weight;
    ink_v_put(logs + i, ink_v_log(ink_v_at_least(p, ink_v_all(0x1p-126f))), lanes);
  }
}
#endif

#ifndef INK_GENERATE_ONLY
static void tanh_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_tanh(ink_v_get(x + i, lanes)), lanes);
}

static void add(const float *x, size_t n, float *y) {
  INK_FOR_LANES(i, lanes, n) {
    ink_v_put(y + i, ink_v_get(y + i, lanes) + ink_v_get(x + i, lanes), lanes);
  }
}
#endif

#ifndef __EMSCRIPTEN__
static void sigmoid_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_sigmoid(ink_v_get(x + i, lanes)), lanes);
}
#endif

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)

#ifdef INK_NO_COUNTS
#define FOR_COUNTS
#else
#define FOR_COUNTS .mix = mix,
#endif

#ifdef INK_USE_ONLY
#define FOR_TRAINING
#else
#define FOR_TRAINING                                                        \
  .adamw = INK_ISA_NAME(ink_adamw), .approach = INK_ISA_NAME(ink_approach), \
  .sum_of_squares = INK_ISA_NAME(ink_sum_of_squares), .drop = INK_ISA_NAME(ink_drop),
#endif

#ifdef __EMSCRIPTEN__
#define FOR_BENCHES
#else
#define FOR_BENCHES \
  .peak = INK_ISA_NAME(ink_peak), .read = INK_ISA_NAME(ink_read), .sigmoid = sigmoid_in_place,
#endif

#ifdef INK_GENERATE_ONLY
#define FOR_TASKS
#else
#define FOR_TASKS                                                                   \
  .tanh = tanh_in_place, .add = add, .gemm = INK_ISA_NAME(ink_gemm),                \
  .pack_b = INK_ISA_NAME(ink_pack_b), .gemm_packed = INK_ISA_NAME(ink_gemm_packed), \
  FOR_TRAINING FOR_BENCHES
#endif

/* The table, with the product of int8 of this instruction set or a larger one. */
#define KERNELS(isa)                                                                         \
  {                                                                                          \
    .name = TEXT(INK_ISA), .product = product, .flip = INK_BYTE_DOT ? 0 : 0x80,              \
    .product_int8 = INK_JOIN(ink_product_int8, isa), .quantize = INK_ISA_NAME(ink_quantize), \
    .softmax = softmax, .finite = finite, .exp = exp_in_place, FOR_COUNTS FOR_TASKS          \
  }

extern const ink_kernels INK_ISA_NAME(ink_kernels);
const ink_kernels INK_ISA_NAME(ink_kernels) = KERNELS(INK_ISA);

#ifdef INK_VNNI
extern const ink_kernels INK_JOIN(ink_kernels, INK_VNNI);
const ink_kernels INK_JOIN(ink_kernels, INK_VNNI) = KERNELS(INK_VNNI);
#endif
