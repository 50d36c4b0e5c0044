/*
 * The kernels whose bits are the same on every instruction set, and the table of all of them.
 *
 * A matrix is stored in panels of 16 rows, column by column. A tile holds the sums of some rows,
 * for one x or for two, in registers and broadcasts x element by element: no sum ever runs across
 * lanes, and weights are read once, in order.
 */
#include <float.h>

#include "kernels/isa.h"

enum { SUMS = 8 }; /* vectors of sums in the largest tile */

/* Vectors of rows in a tile: for one x, for a pair of them, and for what is left at the end of a
 * matrix. A tile may span panels. A panel of all of a tile's rows would be 3 % faster for one x,
 * but pairs, which take fewer rows at once, would skip over half of it and be 10 % slower. */
enum { PANEL_VECTORS = INK_PANEL / INK_LANES };
#if INK_LANES == 1
enum { ONE = 4, PAIR = 4, REST = 4 };
#elif INK_LANES == 16
enum { ONE = 4, PAIR = 2, REST = 2 };
#else
enum { ONE = SUMS, PAIR = SUMS / 2, REST = INK_ROWS / INK_LANES };
#endif

/* Columns of floats that a round takes for one x. Neither Clang nor engines unroll WebAssembly's
 * loops; this is worth a third. Of int8, whose sums take as many registers again, a round of more
 * costs a fifth in V8. */
#ifdef __wasm_simd128__
enum { COLUMNS = 4 };
#else
enum { COLUMNS = 1 };
#endif

_Static_assert(ONE % PAIR == 0 && REST % PAIR == 0, "a tile for one x is whole tiles for a pair");

/* ---- f32 ------------------------------------------------------------------------------------- */

/* One column's part of `vectors` of sums a stream. `weights` are the column's, of the first
 * panel. */
INK_INLINE void add_column(const float *weights, size_t panel, size_t vectors, size_t streams,
                           ink_v x0, ink_v x1, ink_v *sums) {
  INK_UNROLL
  for (size_t i = 0; i < vectors; i++) {
    ink_v w = ink_v_load(weights + i / PANEL_VECTORS * panel + i % PANEL_VECTORS * INK_LANES);
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
  ink_v sums[SUMS];
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
    for (size_t i = 0; i < vectors; i += PAIR) {
      tile(matrix, row + i * INK_LANES, PAIR, 2, x + s, y + s);
    }
  }
  if (s < streams) tile(matrix, row, vectors, 1, x + s, y + s);
}

static void product(const ink_panels *matrix, size_t streams, const float *const *x,
                    float *const *y) {
  size_t row = 0;
  for (; row + ONE * INK_LANES <= matrix->rows; row += ONE * INK_LANES) {
    tiles(matrix, row, ONE, streams, x, y);
  }
  if (REST == ONE) return; /* and nothing is left */
  for (; row < matrix->rows; row += REST * INK_LANES) tiles(matrix, row, REST, streams, x, y);
}

/* ---- int8 ------------------------------------------------------------------------------------ */

#if INK_LANES < 16

/* A lane of 32 bits holds, for two columns, the bytes of rows i and i + 8 of a panel (kernels.h),
 * so a panel has 8 lanes. Taken as a pair of int16, with weights w and the lower byte w + 128, its
 * products with x sum up to
 *   both = 256 sum w[i+8] x + sum (w[i] + 128) x
 * and with the upper bytes alone
 *   upper = sum w[i+8] x
 * which costs half of what taking the bytes apart first does. `both` may wrap around: what is
 * wanted, both - 256 upper - 128 sum x, fits. */
enum { PANEL_LANES = INK_PANEL / 2, PANEL_LANE_VECTORS = PANEL_LANES / INK_LANES };
enum { LANE_ONE = ONE / 2, LANE_PAIR = PAIR / 2, LANE_REST = REST / 2 };

/* y = bias + scale * x's scale * sum, for one vector of rows */
INK_INLINE void store_scaled(const ink_panels *matrix, size_t row, ink_vi sum, float scale,
                             float *y) {
  ink_v scales = ink_v_load(matrix->scales + row) * scale;
  ink_v_store(y + row, ink_v_load(matrix->bias + row) + ink_v_from_int(sum) * scales);
}

/* Lanes [lane, lane + vectors * INK_LANES), counted from the first panel on. */
INK_INLINE void tile_int8(const ink_panels *matrix, size_t lane, size_t vectors, size_t streams,
                          const ink_quantized *const *x, float *const *y) {
  size_t pairs = (matrix->columns + 1) / 2, panel = pairs * PANEL_LANES; /* lanes of one */
  const int32_t *weights = matrix->lanes + lane / PANEL_LANES * panel + lane % PANEL_LANES;
  const int16_t *x0 = x[0]->values, *x1 = x[streams - 1]->values;
  ink_vi both[SUMS / 2], upper[SUMS / 2];
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    both[i] = ink_vi_all(-128 * x[i / vectors]->sum);
    upper[i] = ink_vi_all(0);
  }
  for (size_t k = 0; k < pairs; k++, weights += PANEL_LANES) {
    ink_vi pair0 = ink_vi_all_pair(x0 + 2 * k), pair1 = ink_vi_all_pair(x1 + 2 * k);
    INK_UNROLL
    for (size_t i = 0; i < vectors; i++) {
      size_t at = i / PANEL_LANE_VECTORS * panel + i % PANEL_LANE_VECTORS * INK_LANES;
      ink_vi w = ink_vi_load(weights + at), w_upper = ink_vi_upper_bytes(w);
      both[i] = ink_vi_add(both[i], ink_vi_dot_pairs(w, pair0));
      upper[i] = ink_vi_add(upper[i], ink_vi_dot_pairs(w_upper, pair0));
      if (streams == 2) {
        both[vectors + i] = ink_vi_add(both[vectors + i], ink_vi_dot_pairs(w, pair1));
        upper[vectors + i] = ink_vi_add(upper[vectors + i], ink_vi_dot_pairs(w_upper, pair1));
      }
    }
  }
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    size_t at = lane + i % vectors * INK_LANES;
    size_t row = at / PANEL_LANES * INK_PANEL + at % PANEL_LANES;
    float scale = x[i / vectors]->scale;
    ink_vi lower = ink_vi_subtract(both[i], ink_vi_shift_left(upper[i], 8));
    store_scaled(matrix, row, lower, scale, y[i / vectors]);
    store_scaled(matrix, row + PANEL_LANES, upper[i], scale, y[i / vectors]);
  }
}

INK_INLINE void tiles_int8(const ink_panels *matrix, size_t lane, size_t vectors, size_t streams,
                           const ink_quantized *const *x, float *const *y) {
  size_t s = 0;
  for (; s + 2 <= streams; s += 2) {
    for (size_t i = 0; i < vectors; i += LANE_PAIR) {
      tile_int8(matrix, lane + i * INK_LANES, LANE_PAIR, 2, x + s, y + s);
    }
  }
  if (s < streams) tile_int8(matrix, lane, vectors, 1, x + s, y + s);
}

void INK_PRODUCT_INT8(const ink_panels *matrix, size_t streams, const ink_quantized *const *x,
                      float *const *y) {
  size_t lane = 0, lanes = matrix->rows / 2;
  for (; lane + LANE_ONE * INK_LANES <= lanes; lane += LANE_ONE * INK_LANES) {
    tiles_int8(matrix, lane, LANE_ONE, streams, x, y);
  }
  if (LANE_REST == LANE_ONE) return;
  for (; lane < lanes; lane += LANE_REST * INK_LANES) {
    tiles_int8(matrix, lane, LANE_REST, streams, x, y);
  }
}
#endif

INK_INLINE void take_magnitude(size_t j, size_t n, const float *x, ink_v *largest) {
  ink_v v = ink_v_get(x + j, n);
  *largest = ink_v_at_least(ink_v_at_least(v, -v), *largest);
}

static float largest_magnitude(const float *x, size_t n) {
  ink_v largest = ink_v_all(0);
  INK_IN_LANES(n, take_magnitude, x, &largest);
  float each[INK_LANES], result = 0;
  ink_v_store(each, largest);
  for (int i = 0; i < INK_LANES; i++) result = each[i] > result ? each[i] : result;
  return result;
}

INK_INLINE void quantize_lanes(size_t j, size_t n, const float *x, float inverse, int16_t *values,
                               ink_vi *sums) {
  const float shift = 0x1.8p23f; /* adding it rounds to an integer, kept in the low bits */
  ink_vi rounded = ink_vi_subtract(ink_v_bits(ink_v_get(x + j, n) * inverse + shift),
                                   ink_v_bits(ink_v_all(shift)));
  ink_vs narrow = ink_vi_narrow(rounded);
  memcpy(values + j, &narrow, n * sizeof values[0]);
  *sums = ink_vi_add(*sums, rounded);
}

static void quantize(const float *x, size_t n, ink_quantized *q) {
  float largest = largest_magnitude(x, n), limit = (float)ink_quantized_limit(n);
  /* Of less, the inverse might not be finite; it counts as zero. */
  bool zero = !(largest >= FLT_MIN * 0x1p16f);
  ink_vi sums = ink_vi_all(0);
  INK_IN_LANES(n, quantize_lanes, x, zero ? 0 : limit / largest, q->values, &sums);
  if (n % 2 == 1) q->values[n] = 0;
  q->scale = zero ? 0 : largest / limit;
  int32_t each[INK_LANES];
  memcpy(each, &sums, sizeof each);
  q->sum = 0;
  for (int i = 0; i < INK_LANES; i++) q->sum += each[i];
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

static void sigmoid_in_place(float *x, size_t n) {
  INK_FOR_LANES(i, lanes, n) ink_v_put(x + i, ink_v_sigmoid(ink_v_get(x + i, lanes)), lanes);
}

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
    .product = product,
    .product_int8 = INK_PRODUCT_INT8,
    .quantize = quantize,
    .softmax = softmax,
    .finite = finite,
    .exp = exp_in_place,
#ifndef INK_NO_COUNTS
    .mix = mix,
#endif
#ifndef INK_GENERATE_ONLY
    .tanh = tanh_in_place,
    .sigmoid = sigmoid_in_place,
    .add = add,
#ifndef INK_USE_ONLY
    .adamw = INK_ISA_NAME(ink_adamw),
    .approach = INK_ISA_NAME(ink_approach),
    .sum_of_squares = INK_ISA_NAME(ink_sum_of_squares),
    .drop = INK_ISA_NAME(ink_drop),
#endif
    .gemm = INK_ISA_NAME(ink_gemm),
    .pack_b = INK_ISA_NAME(ink_pack_b),
    .gemm_packed = INK_ISA_NAME(ink_gemm_packed),
    .peak = INK_ISA_NAME(ink_peak),
    .read = INK_ISA_NAME(ink_read),
#endif
};
