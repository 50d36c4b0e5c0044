/*
 * The kernels of every instruction set: the stated error of exp, tanh and sigmoid over their whole
 * range, the same bits from scalar to the widest, and products against plain loops at odd sizes.
 */
#include "base/random.h"
#include "base/size.h"
#include "check.h"
#include "kernels/kernels.h"
#include "layers/panels.h"

static float *random_floats(size_t n, uint64_t seed) {
  float *floats = malloc((n + 1) * sizeof *floats);
  ink_random random;
  ink_random_seed(&random, seed, 5);
  for (size_t i = 0; i <= n; i++) floats[i] = (float)(ink_random_uniform(&random) * 2 - 1);
  return floats;
}

/* ---- Accuracy -------------------------------------------------------------------------------- */

/* The distance in units in the last place of `exact` rounded to float. */
static double ulps(float got, double exact) {
  float rounded = (float)exact;
  double unit = (double)nextafterf(fabsf(rounded), INFINITY) - (double)fabsf(rounded);
  return fabs((double)got - exact) / unit;
}

static double exact_exp(double x) { return exp(x); }
static double exact_tanh(double x) { return tanh(x); }
static double exact_sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Every 997th float of both signs, up to `limit` in magnitude. */
static void check_accuracy(const char *name, void (*kernel)(float *, size_t),
                           double (*exact)(double), float limit) {
  enum { COUNT = 4096 };
  float x[COUNT], y[COUNT];
  uint32_t end;
  memcpy(&end, &limit, sizeof end);
  double worst = 0;
  for (uint32_t bits = 0; bits <= end;) {
    size_t n = 0;
    for (; n + 1 < COUNT && bits <= end; bits += 997) {
      memcpy(&x[n], &bits, sizeof bits);
      x[n + 1] = -x[n];
      n += 2;
    }
    memcpy(y, x, sizeof y);
    kernel(y, n);
    for (size_t i = 0; i < n; i++) {
      double error = ulps(y[i], exact((double)x[i]));
      if (error > worst) worst = error;
    }
  }
  printf("%s: at most %.2f units in the last place\n", name, worst);
  CHECK(worst <= 2.5);
}

static void check_limits(const ink_kernels *k) {
  float e[] = {-1e30f, -INFINITY, 1000, 0};
  k->exp(e, 4);
  CHECK(e[0] == 0 && e[1] == 0 && isfinite(e[2]) && e[2] > 1e38f && e[3] == 1);
  float t[] = {-INFINITY, INFINITY, 1e30f, -0.0f};
  k->tanh(t, 4);
  CHECK(t[0] == -1 && t[1] == 1 && t[2] == 1 && t[3] == 0);
  float s[] = {-INFINITY, INFINITY, 0, -1e30f};
  k->sigmoid(s, 4);
  CHECK(s[0] >= 0 && s[0] < 1e-37f && s[1] == 1 && s[2] == 0.5f && s[3] < 1e-37f);
}

/* ---- The same bits --------------------------------------------------------------------------- */

enum { STREAMS = 7 };

/* Vectors [STREAMS][n], and a pointer to each. */
typedef struct vectors {
  float *floats, *each[STREAMS];
} vectors;

static vectors random_vectors(size_t n, uint64_t seed) {
  vectors v = {.floats = random_floats(STREAMS * n, seed)};
  for (size_t s = 0; s < STREAMS; s++) v.each[s] = v.floats + s * n;
  return v;
}

/* Against the definition, in the stated order, for every row and any number of streams. */
static void check_product(const ink_kernels *k, size_t rows, size_t columns) {
  size_t padded = ink_size_round_up(rows, INK_ROWS);
  float *weight = random_floats(rows * columns, 1), *bias = random_floats(rows, 3);
  ink_panels panels = {.rows = padded,
                       .columns = columns,
                       .bias = random_floats(padded, 4),
                       .floats = random_floats(padded * columns, 4)};
  ink_panels_pack(&panels, rows, weight, bias);
  vectors x = random_vectors(columns, 2);
  for (size_t streams = 1; streams <= STREAMS; streams++) {
    vectors y = random_vectors(padded, 5), untouched = random_vectors(padded, 5);
    ink_panels_product(k, &panels, streams, (const float *const *)x.each, NULL, y.each);
    for (size_t s = 0; s < STREAMS; s++) {
      for (size_t row = 0; row < padded; row++) {
        if (s >= streams) {
          CHECK(y.each[s][row] == untouched.each[s][row]);
          continue;
        }
        float sum = row < rows ? bias[row] : 0;
        for (size_t c = 0; row < rows && c < columns; c++) {
          volatile float product = weight[row * columns + c] * x.each[s][c];
          sum += product;
        }
        CHECK(y.each[s][row] == sum);
      }
    }
    free(y.floats), free(untouched.floats);
  }
  free(weight), free(bias), free(panels.bias), free(panels.floats), free(x.floats);
}

/* The same with int8 weights, of which `extreme` has only the largest, and x only +-1: the sums
 * then are the largest ones that can be. */
static void check_product_int8(const ink_kernels *k, size_t rows, size_t columns, bool extreme) {
  size_t padded = ink_size_round_up(rows, INK_ROWS);
  float *random = random_floats(rows * columns, 1), *bias = random_floats(rows, 3);
  float *scales = random_floats(rows, 4);
  uint8_t *weight = malloc(rows * columns);
  for (size_t i = 0; i < rows * columns; i++) {
    weight[i] = extreme ? 0x80 : (uint8_t)(int8_t)lrintf(random[i] * 127.4f);
  }
  ink_panels panels = {
      .rows = padded,
      .columns = columns,
      .bias = random_floats(padded, 4),
      .lanes = malloc(padded / INK_PANEL * ink_panels_lanes(columns) * sizeof(int32_t)),
      .starts = malloc(padded * sizeof(int32_t)),
      .scales = random_floats(padded, 4)};
  memcpy(panels.scales, scales, rows * sizeof *scales);
  ink_panels_pack_int8(k, &panels, rows, weight, bias);
  vectors x = random_vectors(columns, 2);
  ink_quantized quantized[STREAMS], *each[STREAMS];
  for (size_t s = 0; s < STREAMS; s++) {
    each[s] = &quantized[s];
    quantized[s].values = malloc(columns + 3);
    quantized[s].pairs = malloc(2 * (columns + 3));
    for (size_t c = 0; extreme && c < columns; c++) x.each[s][c] = s % 2 == 0 ? 1 : -1;
  }
  for (size_t streams = 1; streams <= STREAMS; streams++) {
    vectors y = random_vectors(padded, 5);
    ink_panels_product(k, &panels, streams, (const float *const *)x.each, each, y.each);
    for (size_t s = 0; s < streams; s++) {
      for (size_t row = 0; row < padded; row++) {
        int64_t sum = 0;
        for (size_t c = 0; row < rows && c < columns; c++) {
          uint8_t w = weight[row * columns + c];
          sum += (int64_t)(w < 128 ? w : w - 256) * (quantized[s].values[c] - INK_SEVEN_BITS_ZERO);
        }
        CHECK(sum >= -INT32_MAX && sum <= INT32_MAX);
        volatile float scale = (row < rows ? scales[row] : 0) * quantized[s].scale;
        volatile float product = (float)sum * scale;
        CHECK(y.each[s][row] == (row < rows ? bias[row] : 0) + product);
      }
    }
    free(y.floats);
  }
  for (size_t s = 0; s < STREAMS; s++) free(quantized[s].values), free(quantized[s].pairs);
  free(random), free(bias), free(scales), free(weight), free(x.floats);
  free(panels.bias), free(panels.lanes), free(panels.starts), free(panels.scales);
}

/* Every value is within half a step of x, and the step is the least that fits. */
static void check_quantize(const ink_kernels *k, const ink_kernels *oracle, size_t n, float scale) {
  float *x = random_floats(n, 7);
  for (size_t i = 0; i < n; i++) x[i] *= scale;
  ink_quantized a = {.values = malloc(n + 3), .pairs = malloc(2 * (n + 3))};
  ink_quantized b = {.values = malloc(n + 3), .pairs = malloc(2 * (n + 3))};
  k->quantize(x, n, &a);
  oracle->quantize(x, n, &b);
  CHECK(memcmp(a.values, b.values, n) == 0 && a.scale == b.scale);
  int32_t largest = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t value = a.values[i] - INK_SEVEN_BITS_ZERO;
    if (abs(value) > largest) largest = abs(value);
    if (a.scale == 0) {
      CHECK(value == 0 && fabsf(x[i]) < 1e-30f);
      continue;
    }
    CHECK_NEAR((double)value, (double)x[i] / (double)a.scale, 0.51);
  }
  CHECK(largest == (a.scale == 0 ? 0 : INK_SEVEN_BITS_LIMIT));
  free(x), free(a.values), free(a.pairs), free(b.values), free(b.pairs);
}

static void check_same_bits(const ink_kernels *k, const ink_kernels *oracle) {
  for (size_t columns = 1; columns < 70; columns += 11) {
    for (size_t rows = 1; rows <= 10 * INK_PANEL; rows += 13) {
      check_product(k, rows, columns);
      check_product_int8(k, rows, columns, false);
    }
  }
  static const size_t widths[] = {1, 2, 511, 513, 1500};
  for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
    check_product_int8(k, 70, widths[i], true);
    check_quantize(k, oracle, widths[i], 1);
    check_quantize(k, oracle, widths[i], 1e20f);
    check_quantize(k, oracle, widths[i], 1e-25f);
    check_quantize(k, oracle, widths[i], 1e-41f);
    check_quantize(k, oracle, widths[i], 0);
  }
  for (size_t n = 1; n < 40; n++) {
    float *x = random_floats(n, 6), *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    for (size_t i = 0; i < n; i++) x[i] *= 20;
    k->softmax(x, n, 1.7f, a);
    oracle->softmax(x, n, 1.7f, b);
    CHECK(memcmp(a, b, n * sizeof *a) == 0);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)a[i];
    CHECK_NEAR(sum, 1, 1e-6);
    void (*const each[][2])(float *, size_t) = {
        {k->exp, oracle->exp}, {k->tanh, oracle->tanh}, {k->sigmoid, oracle->sigmoid}};
    for (size_t f = 0; f < 3; f++) {
      memcpy(a, x, n * sizeof *a);
      memcpy(b, x, n * sizeof *b);
      each[f][0](a, n);
      each[f][1](b, n);
      CHECK(memcmp(a, b, n * sizeof *a) == 0);
    }
    free(x), free(a), free(b);
  }
}

/* ---- Arrays of training ---------------------------------------------------------------------- */

/* A step of AdamW and the average against their formulas, element by element. */
static void check_update(const ink_kernels *k, size_t n) {
  const ink_adamw_step s = {0.5f, 0.9f, 0.99f, 1e-8f, 0.999f, 0.01f, 1.5f};
  float *g = random_floats(n, 1), *w = random_floats(n, 2), *m = random_floats(n, 3);
  float *v = random_floats(n, 4), *average = random_floats(n, 5);
  for (size_t i = 0; i < n; i++) v[i] *= v[i];
  float *w0 = random_floats(n, 2), *m0 = random_floats(n, 3), *v0 = random_floats(n, 4);
  k->approach(w, n, 0.25f, average);
  k->adamw(&s, n, g, w, m, v);
  float *average0 = random_floats(n, 5);
  for (size_t i = 0; i < n; i++) {
    volatile float gi = g[i] * s.scale, m1 = s.beta1 * m0[i], m2 = (1 - s.beta1) * gi;
    volatile float v1 = v0[i] * v0[i] * s.beta2, v2 = (1 - s.beta2) * gi * gi;
    CHECK_NEAR((double)m[i], (double)(m1 + m2), 1e-7);
    CHECK_NEAR((double)v[i], (double)(v1 + v2), 1e-7);
    double step = (double)(s.rate * m[i]) / (sqrt((double)v[i]) * (double)s.root + 1e-8);
    CHECK_NEAR((double)w[i], (double)(w0[i] * s.keep) - step, 1e-6);
    double share = 0.75 * (double)average0[i] + 0.25 * (double)w0[i];
    CHECK_NEAR((double)average[i], share, 1e-6);
  }
  CHECK(w[n] == w0[n] && m[n] == m0[n] && v[n] == v0[n] && average[n] == average0[n]);
  free(g), free(w), free(m), free(v), free(average), free(w0), free(m0), free(v0), free(average0);
}

/* About as many are dropped as shall be, what is left is larger by that, and in place it is the
 * same ones. */
static void check_drop(const ink_kernels *k, size_t n, float rate) {
  float *x = random_floats(n, 6), *y = random_floats(n, 7);
  float after = y[n];
  k->drop(x, n, rate, 11, y);
  size_t dropped = 0;
  for (size_t i = 0; i < n; i++) {
    CHECK(y[i] == 0 || y[i] == x[i] * (1 / (1 - rate)));
    dropped += y[i] == 0;
  }
  CHECK(y[n] == after);
  double deviation = sqrt((double)n * (double)rate * (1 - (double)rate));
  CHECK(fabs((double)dropped - (double)n * (double)rate) <= 4 * deviation + 1);
  k->drop(x, n, rate, 11, x);
  CHECK(memcmp(x, y, n * sizeof *x) == 0);
  free(x), free(y);
}

/* Each gives the oracle's bits. */
static void check_arrays(const ink_kernels *k, const ink_kernels *oracle, size_t n) {
  const ink_adamw_step s = {0.5f, 0.9f, 0.99f, 1e-8f, 0.999f, 0.01f, 1.5f};
  float *x = random_floats(n, 1), *results[2][4];
  double sums[2];
  for (size_t i = 0; i < 2; i++) {
    const ink_kernels *each = i == 0 ? k : oracle;
    float **r = results[i];
    for (size_t j = 0; j < 4; j++) r[j] = random_floats(n, 2 + j);
    for (size_t j = 0; j < n; j++) r[1][j] *= r[1][j]; /* a moment of second order */
    each->adamw(&s, n, x, r[2], r[0], r[1]);
    each->approach(x, n, 0.3f, r[0]);
    each->drop(x, n, 0.3f, 5, r[3]);
    sums[i] = each->sum_of_squares(x, n);
  }
  for (size_t j = 0; j < 4; j++) {
    CHECK(memcmp(results[0][j], results[1][j], (n + 1) * sizeof *x) == 0);
    free(results[0][j]), free(results[1][j]);
  }
  double exact = 0;
  for (size_t i = 0; i < n; i++) exact += (double)x[i] * (double)x[i];
  CHECK(sums[0] == sums[1]);
  CHECK_NEAR(sums[0], exact, 1e-9);
  free(x);
}

/* ---- Matrix products ------------------------------------------------------------------------- */

static float at(ink_matrix m, size_t i, size_t j) {
  return m.data[i * m.row_stride + j * m.column_stride];
}

static void check_gemm(const ink_kernels *k, size_t m, size_t n, size_t depth, bool transposed,
                       bool accumulate, bool biased) {
  float *a = random_floats(m * depth, 7), *b = random_floats(depth * n, 8);
  float *bias = random_floats(n, 9);
  size_t ldc = n + 3;
  float *c = random_floats(m * ldc, 10), *kept = random_floats(m * ldc, 10);
  float *d = random_floats(m * ldc, 10);
  float *workspace = malloc(ink_gemm_workspace(n) * sizeof *workspace);
  float *packed = malloc(ink_gemm_packed_size(n, depth) * sizeof *packed);
  ink_matrix x = transposed ? (ink_matrix){a, 1, m} : (ink_matrix){a, depth, 1};
  ink_matrix y = transposed ? (ink_matrix){b, 1, depth} : (ink_matrix){b, n, 1};
  const float *row = biased ? bias : NULL;
  k->gemm(m, n, depth, x, y, row, c, ldc, accumulate, workspace);
  k->pack_b(n, depth, y, packed);
  k->gemm_packed(m, n, depth, x, packed, row, d, ldc, accumulate, workspace);
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < ldc; j++) {
      size_t e = i * ldc + j;
      if (j >= n) { /* not ours: untouched */
        CHECK(c[e] == kept[e] && d[e] == kept[e]);
        continue;
      }
      double sum = accumulate ? (double)kept[e] : biased ? (double)bias[j] : 0;
      for (size_t p = 0; p < depth; p++) sum += (double)at(x, i, p) * (double)at(y, p, j);
      CHECK_NEAR((double)c[e], sum, 1e-5 * sqrt((double)depth + 1));
      CHECK(c[e] == d[e]);
    }
  }
  free(a), free(b), free(bias), free(c), free(kept), free(d), free(workspace), free(packed);
}

#ifdef __x86_64__
extern const ink_kernels ink_kernels_avx2, ink_kernels_avx512;

/* Those that a machine with VNNI has, and does not choose. */
static void check_without_vnni(const ink_kernels *oracle) {
  if (ink_kernels_find(INK_KERNEL_AVX2) != NULL) check_same_bits(&ink_kernels_avx2, oracle);
  if (ink_kernels_find(INK_KERNEL_AVX512) != NULL) check_same_bits(&ink_kernels_avx512, oracle);
}
#else
static void check_without_vnni(const ink_kernels *oracle) { (void)oracle; }
#endif

int main(void) {
  const ink_kernels *oracle = ink_kernels_find(INK_KERNEL_SCALAR);
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    const ink_kernels *k = ink_kernels_find((ink_kernel)kernel);
    if (k == NULL) continue; /* not on this machine */
    printf("%s\n", k->name);
    check_accuracy("exp", k->exp, exact_exp, 86.9f);
    check_accuracy("tanh", k->tanh, exact_tanh, 100);
    check_accuracy("sigmoid", k->sigmoid, exact_sigmoid, 86.9f);
    check_limits(k);
    check_same_bits(k, oracle);
    static const size_t counts[] = {1, 3, 15, 16, 17, 255, 256, 257, 1003};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
      check_update(k, counts[i]);
      check_drop(k, counts[i], i % 2 == 0 ? 0.2f : 0.7f);
      check_arrays(k, oracle, counts[i]);
    }
    static const size_t sizes[] = {1, 2, 5, 6, 7, 13, 16, 17, 33, 150};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
        check_gemm(k, sizes[i], sizes[j], sizes[(i * 3 + j) % 10], (i + j) % 2 == 0, i % 3 == 0,
                   j % 3 == 0);
      }
    }
    check_gemm(k, 7, 19, 600, false, false, true); /* deeper than a block of k */
    check_gemm(k, 20, 9, 513, true, true, false);
  }
  check_without_vnni(oracle);
  CHECK(ink_kernels_find(INK_KERNEL_AUTO) != NULL);
  return 0;
}
