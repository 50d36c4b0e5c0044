/*
 * Products with int8 weights: exact integers, and so the same bits on every instruction set.
 *
 * A lane of 32 bits holds four columns of one row of a panel (kernels.h), and a tile is as many
 * rows of lanes as in inference.isa.c, for one x or for two. x has seven bits, so that the
 * instructions which multiply unsigned bytes by signed ones and add up two of those products in
 * sixteen bits never saturate: 2 * 127 * 128 < 2^15. They multiply four columns at once.
 */
#include <float.h>

#include "kernels/isa.h"

#ifdef __ARM_NEON
#include <arm_neon.h>
#endif

/* Bytes whose lanes are those of an ink_vi. */
#if INK_LANES == 1
typedef uint8_t ink_vb;
#else
typedef uint8_t ink_vb __attribute__((vector_size(INK_LANES)));
#endif

/* Four bytes, or a pair of int16, in every lane. */
INK_INLINE ink_vi load_all(const void *x) {
  int32_t lane;
  memcpy(&lane, x, sizeof lane);
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_vi)wasm_i32x4_splat(lane);
#else
  return ink_vi_all(lane);
#endif
}

#if INK_BYTE_DOT

/* sum + the four products of every lane, of signed weights and x in 0 ... 127. */
INK_INLINE ink_vi add_dot(ink_vi sum, ink_vi weights, ink_vi x) {
#if defined(__wasm_relaxed_simd__)
  v128_t pairs = wasm_i16x8_relaxed_dot_i8x16_i7x16((v128_t)weights, (v128_t)x);
  return ink_vi_add(sum, (ink_vi)wasm_i32x4_dot_i16x8(pairs, wasm_i16x8_const_splat(1)));
#elif INK_LANES == 16 && defined(__AVX512VNNI__)
  return (ink_vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)weights);
#elif INK_LANES == 8 && defined(__AVXVNNI__)
  return (ink_vi)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)x, (__m256i)weights);
#elif INK_LANES == 16 && defined(__AVX512BW__)
  __m512i pairs = _mm512_maddubs_epi16((__m512i)x, (__m512i)weights);
  return ink_vi_add(sum, (ink_vi)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#elif INK_LANES == 8 && defined(__AVX2__)
  __m256i pairs = _mm256_maddubs_epi16((__m256i)x, (__m256i)weights);
  return ink_vi_add(sum, (ink_vi)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#elif INK_LANES == 4 && defined(__ARM_FEATURE_DOTPROD)
  return (ink_vi)vdotq_s32((int32x4_t)sum, (int8x16_t)weights, (int8x16_t)x);
#elif INK_LANES == 4 && defined(__aarch64__)
  int16x8_t low = vmull_s8(vget_low_s8((int8x16_t)weights), vget_low_s8((int8x16_t)x));
  int16x8_t high = vmull_high_s8((int8x16_t)weights, (int8x16_t)x);
  return (ink_vi)vpadalq_s16((int32x4_t)sum, vpaddq_s16(low, high));
#elif INK_LANES == 1
  int8_t w[4], v[4];
  memcpy(w, &weights, sizeof w);
  memcpy(v, &x, sizeof v);
  return sum + w[0] * v[0] + w[1] * v[1] + w[2] * v[2] + w[3] * v[3];
#endif
}

enum { TILE_PAIR = INK_TILE_PAIR };

/* Four columns of x, as sums take them. */
typedef ink_vi group;

INK_INLINE group group_of(const ink_quantized *x, size_t k) { return load_all(x->values + 4 * k); }

INK_INLINE ink_vi add_group(ink_vi sum, ink_vi weights, group x) {
  return add_dot(sum, weights, x);
}

#else

/* Where there are only products of int16: a lane taken as a pair of these has, of its columns a, b,
 * c and d,
 *   low = (a + 128 + 256 b, c + 128 + 256 d)   since a and c are packed with 128 more,
 * and in its upper bytes (b, d). With
 *   even = (x_a, x_c)   odd = (x_b - 256 x_a, x_d - 256 x_c)   which fit as well,
 * low . even + (b, d) . odd = the group's products + 128 (x_a + x_c), and the last term is the same
 * for every row. It costs half of what taking the bytes apart first does. Two x take four
 * registers, which leaves too few for more than two vectors of rows. */
enum { TILE_PAIR = 2 };

typedef struct group {
  ink_vi even, odd;
} group;

/* x->pairs has both of them for every group. */
INK_INLINE group group_of(const ink_quantized *x, size_t k) {
  return (group){load_all(x->pairs + 2 * k), load_all(x->pairs + 2 * k + 1)};
}

INK_INLINE ink_vi add_group(ink_vi sum, ink_vi weights, group x) {
  sum = ink_vi_add(sum, ink_vi_dot_pairs(weights, x.even));
  return ink_vi_add(sum, ink_vi_dot_pairs(ink_vi_upper_bytes(weights), x.odd));
}
#endif

/* Rows [row, row + vectors * INK_LANES) of y = bias + scale * x's scale * sum, for `streams`, 1 or
 * 2, x and y. */
INK_INLINE void tile(const ink_panels *matrix, size_t row, size_t vectors, size_t streams,
                     const ink_quantized *const *x, float *const *y) {
  size_t groups = (matrix->columns + 3) / 4, panel = groups * INK_PANEL; /* lanes of one */
  const int32_t *weights = matrix->lanes + row / INK_PANEL * panel + row % INK_PANEL;
  const ink_quantized *x0 = x[0], *x1 = x[streams - 1];
  ink_vi sums[INK_TILE_SUMS];
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    ink_vi start = ink_vi_load(matrix->starts + row + i % vectors * INK_LANES);
    sums[i] = ink_vi_add(start, ink_vi_all(x[i / vectors]->start));
  }
  for (size_t k = 0; k < groups; k++, weights += INK_PANEL) {
    group group0 = group_of(x0, k), group1 = group_of(x1, k);
    INK_UNROLL
    for (size_t i = 0; i < vectors; i++) {
      size_t at = i / INK_PANEL_VECTORS * panel + i % INK_PANEL_VECTORS * INK_LANES;
      ink_vi w = ink_vi_load(weights + at);
      sums[i] = add_group(sums[i], w, group0);
      if (streams == 2) sums[vectors + i] = add_group(sums[vectors + i], w, group1);
    }
  }
  INK_UNROLL
  for (size_t i = 0; i < vectors * streams; i++) {
    size_t at = row + i % vectors * INK_LANES;
    ink_v scales = ink_v_load(matrix->scales + at) * x[i / vectors]->scale;
    ink_v_store(y[i / vectors] + at,
                ink_v_load(matrix->bias + at) + ink_v_from_int(sums[i]) * scales);
  }
}

INK_INLINE void tiles(const ink_panels *matrix, size_t row, size_t vectors, size_t streams,
                      const ink_quantized *const *x, float *const *y) {
  size_t s = 0;
  for (; s + 2 <= streams; s += 2) {
    for (size_t i = 0; i < vectors; i += TILE_PAIR) {
      tile(matrix, row + i * INK_LANES, TILE_PAIR, 2, x + s, y + s);
    }
  }
  if (s < streams) tile(matrix, row, vectors, 1, x + s, y + s);
}

void INK_ISA_NAME(ink_product_int8)(const ink_panels *matrix, size_t streams,
                                    const ink_quantized *const *x, float *const *y) {
  size_t row = 0;
  for (; row + INK_TILE_ONE * INK_LANES <= matrix->rows; row += INK_TILE_ONE * INK_LANES) {
    tiles(matrix, row, INK_TILE_ONE, streams, x, y);
  }
  if (INK_TILE_REST == INK_TILE_ONE) return; /* and nothing is left */
  for (; row < matrix->rows; row += INK_TILE_REST * INK_LANES) {
    tiles(matrix, row, INK_TILE_REST, streams, x, y);
  }
}

/* ---- Vectors ---------------------------------------------------------------------------------- */

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

INK_INLINE ink_vb lowest_bytes(ink_vi x) {
#if INK_LANES == 1
  return (uint8_t)x;
#else
  return __builtin_convertvector(x, ink_vb);
#endif
}

/* Adding `shift` rounds to an integer and leaves that, INK_SEVEN_BITS_ZERO more, in the lowest
 * byte. */
INK_INLINE void quantize_lanes(size_t j, size_t n, const float *x, float inverse, uint8_t *values,
                               ink_vi *sums) {
  const float shift = 0x1.8p23f + INK_SEVEN_BITS_ZERO;
  ink_vi rounded = ink_v_bits(ink_v_get(x + j, n) * inverse + shift) & 0xff;
  ink_vb bytes = lowest_bytes(rounded);
  memcpy(values + j, &bytes, INK_BYTE_DOT ? n : sizeof bytes); /* which the padding has room for */
  *sums = ink_vi_add(*sums, rounded);
}

void INK_ISA_NAME(ink_quantize)(const float *x, size_t n, ink_quantized *q) {
  const float limit = INK_SEVEN_BITS_LIMIT;
  float largest = largest_magnitude(x, n);
  /* Of less, the inverse might not be finite; it counts as zero. */
  bool zero = !(largest >= FLT_MIN * 0x1p16f);
  ink_vi sums = ink_vi_all(0);
  INK_IN_LANES(n, quantize_lanes, x, zero ? 0 : limit / largest, q->values, &sums);
  q->scale = zero ? 0 : largest / limit;
  q->start = 0;
#if !INK_BYTE_DOT
  for (size_t i = 0; i < INK_LANES; i += 2) q->start -= 128 * sums[i]; /* x_a and x_c */
  INK_ROLLED
  for (size_t k = 0; k < (n + 3) / 4; k++) {
    uint32_t all;
    memcpy(&all, q->values + 4 * k, sizeof all);
    uint32_t even = all & 0x00ff00ff, odd = (all >> 8 & 0x00ff00ff) - (even << 8);
    q->pairs[2 * k] = even;
    q->pairs[2 * k + 1] = odd + ((odd & 0x8000) << 1); /* what the lower half has borrowed */
  }
#endif
}
