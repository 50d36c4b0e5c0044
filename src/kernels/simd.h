/*
 * One vector of floats, INK_LANES wide, for the files that are compiled once per instruction set
 * (*.isa.c). GCC's and Clang's vector extension serves AVX2, SSE2, NEON and WebAssembly alike; one
 * lane is plain C. Nothing here adds across lanes and nothing is contracted to a fused
 * multiply-add, so a loop over elements gives the same bits at every width.
 *
 * exp, log, tanh and sigmoid: within 2.5 units in the last place of the exact value
 * (tests/c/test_kernels.c measures it over the whole range), branch-free.
 */
#ifndef INK_KERNELS_SIMD_H
#define INK_KERNELS_SIMD_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <immintrin.h>
#endif

#if !defined(INK_LANES) || !defined(INK_ISA)
#error "compile with INK_LANES (1, 4, 8 or 16) and INK_ISA (scalar, simd, relaxed, avx2 or avx512)"
#endif

#define INK_JOIN_(a, b) a##_##b
#define INK_JOIN(a, b) INK_JOIN_(a, b)
/* The name of something that exists once per instruction set: ink_gemm -> ink_gemm_avx2. */
#define INK_ISA_NAME(name) INK_JOIN(name, INK_ISA)

#if INK_LANES == 1
typedef float ink_v;
typedef int16_t ink_vs; /* as many lanes of half the width */
typedef int32_t ink_vi;
typedef uint32_t ink_vu;
#else
typedef float ink_v __attribute__((vector_size(INK_LANES * 4)));
typedef int16_t ink_vs __attribute__((vector_size(INK_LANES * 2)));
typedef int32_t ink_vi __attribute__((vector_size(INK_LANES * 4)));
typedef uint32_t ink_vu __attribute__((vector_size(INK_LANES * 4)));
#endif

#define INK_INLINE static inline __attribute__((always_inline, unused))

/* Before a loop of at most 16 rounds, which must become straight code for its sums to stay in
 * registers. */
#ifdef __clang__
#define INK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define INK_UNROLL _Pragma("GCC unroll 16")
#endif

/* Before a loop that is small next to what follows, and is to be small code. */
#ifdef __clang__
#define INK_ROLLED _Pragma("clang loop vectorize(disable) unroll(disable)")
#else
#define INK_ROLLED
#endif

INK_INLINE ink_v ink_v_load(const float *p) {
  ink_v v;
  memcpy(&v, p, sizeof v);
  return v;
}

INK_INLINE void ink_v_store(float *p, ink_v v) { memcpy(p, &v, sizeof v); }

/* The first n < INK_LANES elements; the others are zero, or are not stored. Out of line, because
 * they are for the ends of arrays and would be most of the code. */
#define INK_OUT_OF_LINE static __attribute__((noinline, unused))

INK_OUT_OF_LINE ink_v ink_v_load_part(const float *p, size_t n) {
  float whole[INK_LANES] = {0};
  for (size_t i = 0; i < n; i++) whole[i] = p[i];
  return ink_v_load(whole);
}

INK_OUT_OF_LINE void ink_v_store_part(float *p, ink_v v, size_t n) {
  float whole[INK_LANES];
  ink_v_store(whole, v);
  for (size_t i = 0; i < n; i++) p[i] = whole[i];
}

#if INK_LANES == 1
INK_INLINE ink_v ink_v_all(float x) { return x; }
INK_INLINE ink_vi ink_vi_all(int32_t x) { return x; }
INK_INLINE ink_v ink_v_from_int(ink_vi x) { return (float)x; }
INK_INLINE ink_vi ink_vi_widen(ink_vs x) { return (uint16_t)x; }
INK_INLINE ink_vi ink_v_below(ink_v a, ink_v b) { return -(int32_t)(a < b); }
INK_INLINE ink_vi ink_vi_below(ink_vi a, ink_vi b) { return -(int32_t)(a < b); }
#else
INK_INLINE ink_v ink_v_all(float x) { return x - (ink_v){0}; }
INK_INLINE ink_vi ink_vi_all(int32_t x) { return x - (ink_vi){0}; }
INK_INLINE ink_v ink_v_from_int(ink_vi x) { return __builtin_convertvector(x, ink_v); }
INK_INLINE ink_vi ink_vi_widen(ink_vs x) { return __builtin_convertvector(x, ink_vi) & 0xffff; }
INK_INLINE ink_vi ink_v_below(ink_v a, ink_v b) { return (ink_vi)(a < b); }
INK_INLINE ink_vi ink_vi_below(ink_vi a, ink_vi b) { return (ink_vi)(a < b); }
#endif

/* x in every lane. */
INK_INLINE ink_v ink_v_load_all(const float *x) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_v)wasm_v128_load32_splat(x);
#else
  return ink_v_all(*x);
#endif
}

/* a * b + c, for training alone: fused where the instruction set has that. */
INK_INLINE ink_v ink_v_multiply_add(ink_v a, ink_v b, ink_v c) {
#if INK_LANES == 4 && defined(__wasm_relaxed_simd__)
  return (ink_v)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c);
#else
  return a * b + c; /* which *.fma.isa.c may fuse */
#endif
}

INK_INLINE ink_vi ink_v_bits(ink_v v) {
  ink_vi bits;
  memcpy(&bits, &v, sizeof bits);
  return bits;
}

INK_INLINE ink_v ink_v_from_bits(ink_vi bits) {
  ink_v v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

INK_INLINE ink_vi ink_vi_load(const void *p) {
  ink_vi v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* Integers, wrapping around. */
INK_INLINE ink_vi ink_vi_add(ink_vi a, ink_vi b) { return (ink_vi)((ink_vu)a + (ink_vu)b); }
INK_INLINE ink_vi ink_vi_subtract(ink_vi a, ink_vi b) { return (ink_vi)((ink_vu)a - (ink_vu)b); }
INK_INLINE ink_vi ink_vi_shift_left(ink_vi a, int bits) { return (ink_vi)((ink_vu)a << bits); }

/* Every lane of 32 bits holds a pair of int16: the sum of the two products of a's pair and b's,
 * which must not both be all -32768. */
INK_INLINE ink_vi ink_vi_dot_pairs(ink_vi a, ink_vi b) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_vi)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b);
#elif INK_LANES == 8 && defined(__AVX2__)
  return (ink_vi)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif INK_LANES == 4 && defined(__SSE2__)
  return (ink_vi)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  ink_vi a0 = ink_vi_shift_left(a, 16) >> 16, b0 = ink_vi_shift_left(b, 16) >> 16;
  return a0 * b0 + (a >> 16) * (b >> 16);
#endif
}

/* Both of every pair divided by 256 and rounded down: its upper byte, with the sign. */
INK_INLINE ink_vi ink_vi_upper_bytes(ink_vi a) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_vi)wasm_i16x8_shr((v128_t)a, 8);
#elif INK_LANES == 8 && defined(__AVX2__)
  return (ink_vi)_mm256_srai_epi16((__m256i)a, 8);
#elif INK_LANES == 4 && defined(__SSE2__)
  return (ink_vi)_mm_srai_epi16((__m128i)a, 8);
#else
  return ink_vi_shift_left(a >> 24, 16) | ((ink_vi_shift_left(a, 16) >> 24) & 0xffff);
#endif
}

/* mask ? a : b, lane by lane; mask lanes are all ones or all zeros. */
INK_INLINE ink_v ink_v_select(ink_vi mask, ink_v a, ink_v b) {
  return ink_v_from_bits((ink_v_bits(a) & mask) | (ink_v_bits(b) & ~mask));
}

/* x < low ? low : x, and x > high ? high : x: a NaN stays one. */
INK_INLINE ink_v ink_v_at_least(ink_v x, ink_v low) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_v)wasm_f32x4_pmax((v128_t)x, (v128_t)low);
#elif INK_LANES == 16 && defined(__AVX512F__)
  return (ink_v)_mm512_max_ps((__m512)low, (__m512)x);
#elif INK_LANES == 8 && defined(__AVX2__)
  return (ink_v)_mm256_max_ps((__m256)low, (__m256)x);
#elif INK_LANES == 4 && defined(__SSE2__)
  return (ink_v)_mm_max_ps((__m128)low, (__m128)x);
#else
  return ink_v_select(ink_v_below(x, low), low, x);
#endif
}

INK_INLINE ink_v ink_v_at_most(ink_v x, ink_v high) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_v)wasm_f32x4_pmin((v128_t)x, (v128_t)high);
#elif INK_LANES == 16 && defined(__AVX512F__)
  return (ink_v)_mm512_min_ps((__m512)high, (__m512)x);
#elif INK_LANES == 8 && defined(__AVX2__)
  return (ink_v)_mm256_min_ps((__m256)high, (__m256)x);
#elif INK_LANES == 4 && defined(__SSE2__)
  return (ink_v)_mm_min_ps((__m128)high, (__m128)x);
#else
  return ink_v_select(ink_v_below(high, x), high, x);
#endif
}

INK_INLINE ink_v ink_v_sqrt(ink_v x) {
#if INK_LANES == 4 && defined(__wasm_simd128__)
  return (ink_v)wasm_f32x4_sqrt((v128_t)x);
#elif INK_LANES == 16 && defined(__AVX512F__)
  return (ink_v)_mm512_sqrt_ps((__m512)x);
#elif INK_LANES == 8 && defined(__AVX2__)
  return (ink_v)_mm256_sqrt_ps((__m256)x);
#elif INK_LANES == 4 && defined(__SSE2__)
  return (ink_v)_mm_sqrt_ps((__m128)x);
#else
  float each[INK_LANES];
  memcpy(each, &x, sizeof each);
  for (int i = 0; i < INK_LANES; i++) each[i] = sqrtf(each[i]);
  memcpy(&x, each, sizeof x);
  return x;
#endif
}

INK_INLINE ink_v ink_v_clamp(ink_v x, float low, float high) {
  return ink_v_at_most(ink_v_at_least(x, ink_v_all(low)), ink_v_all(high));
}

/* x = n ln2 + r with |r| <= ln2 / 2 (Cody and Waite 1980): gives e^r - 1 by a minimax polynomial,
 * and the bits that add n to an exponent. x in [-87, 88]. `turned`, a constant: the same of -x, by
 * the signs of the steps, which costs nothing where turning x would. */
INK_INLINE ink_v ink_v_exp_parts(ink_v x, bool turned, ink_vu *power) {
  const float shift = 0x1.8p23f; /* adding it rounds to an integer, kept in the low bits */
  const float sign = turned ? -1 : 1;
  ink_v shifted = x * (sign * 0x1.715476p+0f) + shift;
  ink_v n = shifted - shift;
  ink_v r = (x - n * (sign * 0x1.63p-1f)) - n * (sign * -0x1.bd0106p-13f); /* turned: -r */
  ink_v p = r * (sign * 1.3814592e-03f) + 8.368719e-03f;
  p = turned ? 4.166839e-02f - p * r : p * r + 4.166839e-02f;
  p = turned ? 1.6666521e-01f - p * r : p * r + 1.6666521e-01f;
  p = turned ? 4.9999994e-01f - p * r : p * r + 4.9999994e-01f;
  /* Unsigned, where a shift of what stands for a negative n is defined. What is left of `shift`
   * above the low bits is shifted out. */
  *power = (ink_vu)ink_v_bits(shifted) << 23;
  return turned ? p * (r * r) - r : p * (r * r) + r;
}

/* e^x, or `turned` e^-x, for x in [-87, 88] */
INK_INLINE ink_v ink_v_exp_reduced(ink_v x, bool turned) {
  ink_vu power;
  ink_v p = ink_v_exp_parts(x, turned, &power) + 1.0f;
  return ink_v_from_bits((ink_vi)((ink_vu)ink_v_bits(p) + power));
}

/* e^x; 0 below -87, and e^88 from 88 on. */
INK_INLINE ink_v ink_v_exp(ink_v x) {
  ink_v y = ink_v_exp_reduced(ink_v_clamp(x, -87.0f, 88.0f), false);
  return ink_v_select(ink_v_below(x, ink_v_all(-87.0f)), ink_v_all(0.0f), y);
}

/* ln x for x > 0, normal and finite. x = 2^e m with m in [sqrt(1/2), sqrt(2)), f = m - 1 and
 * s = f / (2 + f), z = s^2:
 *   ln m = 2 artanh s = f - s (f - z (2/3 + z (2/5 + ...)))   in which nothing is lost near 1
 * and e ln 2 in two parts, the first of which is exact. */
INK_INLINE ink_v ink_v_log(ink_v x) {
  const ink_vi root_half = ink_v_bits(ink_v_all(0x1.6a09e6p-1f));
  ink_vi bits = ink_v_bits(x);
  ink_vi exponent = ink_vi_subtract(bits, root_half) >> 23;
  ink_v f = ink_v_from_bits(ink_vi_subtract(bits, ink_vi_shift_left(exponent, 23))) - 1.0f;
  ink_v s = f / (2.0f + f), z = s * s, e = ink_v_from_int(exponent);
  ink_v series = z * (2.0f / 3 + z * (2.0f / 5 + z * (2.0f / 7 + z * (2.0f / 9))));
  return e * 0x1.62ep-1f + (f - (s * (f - series) - e * 0x1.0bfbe8p-15f));
}

/* 1 / (1 + e^-x) */
INK_INLINE ink_v ink_v_sigmoid(ink_v x) {
  return 1.0f / (1.0f + ink_v_exp_reduced(ink_v_clamp(x, -87.0f, 87.0f), true));
}

/* tanh |x| = -m / (m + 2) with m = e^(-2|x|) - 1 = (2^n - 1) + 2^n (e^r - 1), in which nothing is
 * lost near 0, where n is 0; then the sign of x. */
INK_INLINE ink_v ink_v_tanh(ink_v x) {
  const ink_vi sign_bit = ink_v_bits(ink_v_all(-0.0f));
  ink_vi bits = ink_v_bits(x);
  ink_v y = ink_v_at_least(-2.0f * ink_v_from_bits(bits & ~sign_bit), ink_v_all(-20.0f));
  ink_vu power;
  ink_v e = ink_v_exp_parts(y, false, &power);
  ink_v scale = ink_v_from_bits((ink_vi)((ink_vu)ink_v_bits(ink_v_all(1.0f)) + power));
  ink_v m = scale * e + (scale - 1.0f);
  ink_vi magnitude = ink_v_bits(m / (m + 2.0f)) & ~sign_bit;
  return ink_v_from_bits(magnitude | (bits & sign_bit));
}

/* for (j, n) over [0, count): n is INK_LANES, and less at the end. */
#define INK_FOR_LANES(j, n, count)                                                      \
  for (size_t j = 0, n; n = (count)-j < INK_LANES ? (count)-j : INK_LANES, j < (count); \
       j += INK_LANES)

/* Calls function(j, n, ...) over [0, count) likewise. The function is to be inline: where n is
 * known to be INK_LANES, all that is only for the end of an array drops out of the loop. */
#define INK_IN_LANES(count, function, ...)                                                  \
  do {                                                                                      \
    size_t j_ = 0, count_ = (count);                                                        \
    for (; j_ + INK_LANES <= count_; j_ += INK_LANES) function(j_, INK_LANES, __VA_ARGS__); \
    if (j_ < count_) function(j_, count_ - j_, __VA_ARGS__);                                \
  } while (0)

/* The same for a long function: in a download it is there but once. */
#if defined(INK_GENERATE_ONLY) || defined(INK_USE_ONLY)
#define INK_IN_LANES_ONCE(count, function, ...)                      \
  do {                                                               \
    size_t count_ = (count);                                         \
    INK_FOR_LANES(j_, n_, count_) { function(j_, n_, __VA_ARGS__); } \
  } while (0)
#else
#define INK_IN_LANES_ONCE INK_IN_LANES
#endif

INK_INLINE ink_v ink_v_get(const float *p, size_t n) {
  return n == INK_LANES ? ink_v_load(p) : ink_v_load_part(p, n);
}

INK_INLINE void ink_v_put(float *p, ink_v v, size_t n) {
  if (n == INK_LANES) {
    ink_v_store(p, v);
  } else {
    ink_v_store_part(p, v, n);
  }
}

#endif
