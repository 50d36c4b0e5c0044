/*
 * Convolution, pooling, group normalisation and attention: every gradient against central
 * differences, at odd sizes, on every instruction set; and the forward passes that promise it give
 * the same bits on each of them.
 */
#include "base/random.h"
#include "check.h"
#include "layers/attention.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/pooling.h"

static float *floats(size_t n) {
  float *made = calloc(n + 1, sizeof *made);
  CHECK(made != NULL);
  return made;
}

static float *random_floats(size_t n, uint64_t seed) {
  float *made = floats(n);
  ink_random random;
  ink_random_seed(&random, seed, 8);
  for (size_t i = 0; i < n; i++) made[i] = (float)(ink_random_uniform(&random) * 2 - 1);
  return made;
}

/* ---- Differences ----------------------------------------------------------------------------- */

/* A layer as a function of arrays, with the loss sum y * r for an r that is random. */
typedef struct subject {
  const ink_kernels *kernels;
  const char *name;
  void (*forward)(struct subject *);
  void *layer;
  float *y, *r;
  size_t size; /* of y and r */
} subject;

static double loss(subject *s) {
  s->forward(s);
  double sum = 0;
  for (size_t i = 0; i < s->size; i++) sum += (double)s->y[i] * (double)s->r[i];
  return sum;
}

/* gradient [n] of the loss by x [n], which the forward pass reads. Next to a kink, as a ReLU has at
 * 0, the difference to one side alone is right; that must be rare. */
static void check_gradient(subject *s, const char *what, size_t n, float *x,
                           const float *gradient) {
  double largest = 0, middle = loss(s);
  size_t kinks = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)gradient[i]));
  CHECK(largest > 0);
  for (size_t i = 0; i < n; i++) {
    const float kept = x[i], step = 0x1p-8f;
    x[i] = kept + step;
    double above = (loss(s) - middle) / (double)step;
    x[i] = kept - step;
    double below = (middle - loss(s)) / (double)step;
    x[i] = kept;
    double given = (double)gradient[i], numeric = (above + below) / 2;
    if (fabs(numeric - given) <= 2e-3 * largest + 2e-4) continue;
    kinks++;
    if (fmin(fabs(above - given), fabs(below - given)) > 2e-2 * largest || kinks > 1 + n / 20) {
      printf("%s, %s, %s[%zu]: %g where differences give %g\n", s->kernels->name, s->name, what, i,
             given, numeric);
      check_fail(__FILE__, __LINE__, "a gradient is right");
    }
  }
}

/* ---- Convolution ----------------------------------------------------------------------------- */

typedef struct convolution_arrays {
  ink_convolution layer;
  size_t batch;
  float *x;
} convolution_arrays;

static void convolution_forward(subject *s) {
  const convolution_arrays *a = s->layer;
  ink_convolution_forward(&a->layer, a->batch, a->x, s->y);
}

/* By the definition. */
static void check_convolution(const ink_convolution *layer, size_t batch, const float *x,
                              const float *y) {
  size_t height = layer->height, width = layer->width, in = layer->in, out = layer->out;
  for (size_t at = 0; at < batch * height * width * out; at++) {
    size_t o = at % out, c = at / out % width, r = at / out / width % height;
    size_t b = at / out / width / height;
    double sum = (double)layer->bias[o];
    for (size_t tap = 0; tap < 9; tap++) {
      size_t row = r + tap / 3, column = c + tap % 3; /* both one too large */
      if (row < 1 || row > height || column < 1 || column > width) continue;
      const float *from = x + ((b * height + row - 1) * width + column - 1) * in;
      for (size_t k = 0; k < in; k++) {
        sum += (double)layer->weight[(o * in + k) * 9 + tap] * (double)from[k];
      }
    }
    CHECK_NEAR((double)y[at], sum, 1e-5);
  }
}

static void test_convolution(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                             size_t in, size_t out) {
  size_t positions = batch * height * width, weights = out * in * 9, most = in > out ? in : out;
  float *weight = random_floats(weights, 1), *bias = random_floats(out, 2);
  float *weight_gradient = random_floats(weights, 3), *bias_gradient = random_floats(out, 4);
  convolution_arrays arrays = {
      .layer = {.kernels = kernels,
                .height = height,
                .width = width,
                .in = in,
                .out = out,
                .weight = weight,
                .bias = bias,
                .patches = floats(ink_convolution_rows(height, width) * 9 * most),
                .by_tap = floats(weights),
                .packed = floats(ink_convolution_packed_size(in, out)),
                .workspace = floats(ink_gemm_workspace(9 * in))},
      .batch = batch,
      .x = random_floats(positions * in, 5)};
  subject s = {.kernels = kernels,
               .name = "convolution",
               .forward = convolution_forward,
               .layer = &arrays,
               .y = floats(positions * out),
               .r = random_floats(positions * out, 6),
               .size = positions * out};
  loss(&s);
  check_convolution(&arrays.layer, batch, arrays.x, s.y);

  /* Gradients are added to what is there; what is there is taken off again. */
  float *dx = random_floats(positions * in, 7);
  ink_convolution_backward(&arrays.layer, batch, arrays.x, s.r, weight_gradient, bias_gradient, dx);
  float *weight_before = random_floats(weights, 3), *bias_before = random_floats(out, 4);
  for (size_t i = 0; i < weights; i++) weight_gradient[i] -= weight_before[i];
  for (size_t i = 0; i < out; i++) bias_gradient[i] -= bias_before[i];
  check_gradient(&s, "weight", weights, weight, weight_gradient);
  check_gradient(&s, "bias", out, bias, bias_gradient);
  check_gradient(&s, "x", positions * in, arrays.x, dx);

  /* Without dx the others are the same. */
  float *weight_again = floats(weights), *bias_again = floats(out);
  ink_convolution_backward(&arrays.layer, batch, arrays.x, s.r, weight_again, bias_again, NULL);
  for (size_t i = 0; i < weights; i++) {
    CHECK_NEAR((double)weight_again[i], (double)weight_gradient[i], 1e-4);
  }
  for (size_t i = 0; i < out; i++) {
    CHECK_NEAR((double)bias_again[i], (double)bias_gradient[i], 1e-4);
  }
  float *all[] = {weight,
                  bias,
                  weight_gradient,
                  bias_gradient,
                  weight_before,
                  bias_before,
                  weight_again,
                  bias_again,
                  dx,
                  arrays.x,
                  s.y,
                  s.r,
                  arrays.layer.patches,
                  arrays.layer.by_tap,
                  arrays.layer.packed,
                  arrays.layer.workspace};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* Many small pictures go together, and the last ones may be fewer: a picture's result is the
 * same. */
static void test_convolution_together(const ink_kernels *kernels) {
  enum { HEIGHT = 5, WIDTH = 6, IN = 3, OUT = 7, BATCH = 21, PICTURE = HEIGHT * WIDTH };
  float *weight = random_floats(OUT * IN * 9, 1), *bias = random_floats(OUT, 2);
  float *x = random_floats(BATCH * PICTURE * IN, 3);
  float *y = floats(BATCH * PICTURE * OUT), *one = floats(PICTURE * OUT);
  size_t rows = ink_convolution_rows(HEIGHT, WIDTH);
  CHECK(rows > PICTURE && rows < BATCH * PICTURE && rows % PICTURE == 0);
  ink_convolution layer = {.kernels = kernels,
                           .height = HEIGHT,
                           .width = WIDTH,
                           .in = IN,
                           .out = OUT,
                           .weight = weight,
                           .bias = bias,
                           .patches = floats(rows * 9 * OUT),
                           .by_tap = floats(9 * IN * OUT),
                           .packed = floats(ink_convolution_packed_size(IN, OUT)),
                           .workspace = floats(ink_gemm_workspace(9 * IN))};
  ink_convolution_forward(&layer, BATCH, x, y);
  check_convolution(&layer, BATCH, x, y);
  float *dx = floats(BATCH * PICTURE * IN), *one_dx = floats(PICTURE * IN);
  float *gradient = floats(OUT * IN * 9), *bias_gradient = floats(OUT);
  float *sum = floats(OUT * IN * 9), *bias_sum = floats(OUT);
  ink_convolution_backward(&layer, BATCH, x, y, gradient, bias_gradient, dx);
  for (size_t b = 0; b < BATCH; b++) {
    const float *dy = y + b * PICTURE * OUT;
    ink_convolution_backward(&layer, 1, x + b * PICTURE * IN, dy, sum, bias_sum, one_dx);
    for (size_t i = 0; i < PICTURE * IN; i++) {
      CHECK_NEAR((double)dx[b * PICTURE * IN + i], (double)one_dx[i], 1e-5);
    }
  }
  for (size_t i = 0; i < OUT * IN * 9; i++) {
    CHECK_NEAR((double)gradient[i], (double)sum[i], 1e-3);
  }
  for (size_t i = 0; i < OUT; i++) {
    CHECK_NEAR((double)bias_gradient[i], (double)bias_sum[i], 1e-3);
  }
  float *all[] = {
      weight,         bias,          x,   y,        one,           dx,           one_dx,
      gradient,       bias_gradient, sum, bias_sum, layer.patches, layer.by_tap, layer.packed,
      layer.workspace};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* ---- Pooling --------------------------------------------------------------------------------- */

typedef struct pooling_arrays {
  const ink_kernels *kernels;
  size_t batch, height, width, channels;
  float *x;
} pooling_arrays;

static void max_pooling_forward(subject *s) {
  const pooling_arrays *a = s->layer;
  ink_max_pooling_forward(a->kernels, a->batch, a->height, a->width, a->channels, a->x, s->y);
}

static void mean_pooling_forward(subject *s) {
  const pooling_arrays *a = s->layer;
  ink_mean_pooling_forward(a->kernels, a->batch, a->height * a->width, a->channels, a->x, s->y);
}

static void test_pooling(const ink_kernels *kernels, size_t batch, size_t height, size_t width,
                         size_t channels) {
  size_t n = batch * height * width * channels;
  pooling_arrays arrays = {kernels, batch, height, width, channels, random_floats(n, 1)};
  size_t pooled = batch * (height / 2) * (width / 2) * channels;
  subject s = {.kernels = kernels,
               .name = "max pooling",
               .forward = max_pooling_forward,
               .layer = &arrays,
               .y = floats(pooled),
               .r = random_floats(pooled, 2),
               .size = pooled};
  float *dx = random_floats(n, 3); /* overwritten, the odd row and column too */
  ink_max_pooling_backward(kernels, batch, height, width, channels, arrays.x, s.r, dx);
  check_gradient(&s, "x", n, arrays.x, dx);
  free(s.y);
  free(s.r);

  s = (subject){.kernels = kernels,
                .name = "mean pooling",
                .forward = mean_pooling_forward,
                .layer = &arrays,
                .y = floats(batch * channels),
                .r = random_floats(batch * channels, 4),
                .size = batch * channels};
  float *dy = random_floats(batch * channels, 4);
  memset(dx, 0, n * sizeof(float));
  ink_mean_pooling_backward(kernels, batch, height * width, channels, dy, dx);
  check_gradient(&s, "x", n, arrays.x, dx);
  /* It adds. */
  memcpy(dy, s.r, batch * channels * sizeof(float));
  float *twice = floats(n);
  memcpy(twice, dx, n * sizeof(float));
  ink_mean_pooling_backward(kernels, batch, height * width, channels, dy, twice);
  for (size_t i = 0; i < n; i++) CHECK(twice[i] == 2 * dx[i]);
  free(twice);
  free(dy);
  free(dx);
  free(s.y);
  free(s.r);
  free(arrays.x);
}

/* Where several are the largest the first one gets the gradient, as in PyTorch, and all of it. */
static void test_pooling_ties(const ink_kernels *kernels) {
  static const float x[4][4] = {{1, 1, 0, 1}, {0, 2, 2, 2}, {0, 0, 3, 3}, {-1, -1, -1, 0}};
  static const float wanted[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  for (size_t i = 0; i < 4; i++) {
    float y, dx[4], one = 1;
    ink_max_pooling_forward(kernels, 1, 2, 2, 1, x[i], &y);
    CHECK(y == (float)i + (i == 3 ? -3.0f : 1.0f));
    ink_max_pooling_backward(kernels, 1, 2, 2, 1, x[i], &one, dx);
    CHECK(memcmp(dx, wanted[i], sizeof dx) == 0);
  }
}

/* ---- Group normalisation --------------------------------------------------------------------- */

typedef struct norm_arrays {
  ink_group_norm layer;
  size_t batch;
  float *x;
} norm_arrays;

static void norm_forward(subject *s) {
  const norm_arrays *a = s->layer;
  ink_group_norm_forward(&a->layer, a->batch, a->x, s->y);
}

/* By the definition. */
static void check_norm(const ink_group_norm *layer, size_t batch, const float *x, const float *y) {
  size_t channels = layer->channels, size = channels / layer->groups;
  size_t n = layer->positions * size;
  for (size_t b = 0; b < batch; b++) {
    for (size_t g = 0; g < layer->groups; g++) {
      const size_t from = b * layer->positions * channels + g * size;
      double mean = 0, variance = 0;
      for (size_t i = 0; i < n; i++) mean += (double)x[from + i / size * channels + i % size];
      mean /= (double)n;
      for (size_t i = 0; i < n; i++) {
        double d = (double)x[from + i / size * channels + i % size] - mean;
        variance += d * d;
      }
      double deviation = sqrt(variance / (double)n + 1e-5);
      for (size_t i = 0; i < n; i++) {
        size_t at = from + i / size * channels + i % size, c = g * size + i % size;
        double z = ((double)x[at] - mean) / deviation;
        double wanted = fmax(0, z * (double)layer->weight[c] + (double)layer->bias[c]);
        CHECK_NEAR((double)y[at], wanted, 1e-5);
      }
    }
  }
}

static void test_norm(const ink_kernels *kernels, size_t batch, size_t positions, size_t channels,
                      size_t groups) {
  size_t n = batch * positions * channels;
  float *weight = random_floats(channels, 1), *bias = random_floats(channels, 2);
  for (size_t c = 0; c < channels; c++) bias[c] += 0.5f; /* more of it above zero */
  norm_arrays arrays = {.layer = {.kernels = kernels,
                                  .positions = positions,
                                  .channels = channels,
                                  .groups = groups,
                                  .weight = weight,
                                  .bias = bias,
                                  .statistics = floats(batch * 2 * groups),
                                  .scratch = floats(6 * channels)},
                        .batch = batch,
                        .x = random_floats(n, 3)};
  /* One channel far from zero: the deviation is not that from zero. */
  for (size_t i = 0; i < n; i += channels) arrays.x[i] += 3;
  subject s = {.kernels = kernels,
               .name = "group norm",
               .forward = norm_forward,
               .layer = &arrays,
               .y = floats(n),
               .r = random_floats(n, 4),
               .size = n};
  loss(&s);
  check_norm(&arrays.layer, batch, arrays.x, s.y);
  float *dx = random_floats(n, 4); /* r, and in its place the gradient */
  float *weight_gradient = floats(channels), *bias_gradient = floats(channels);
  ink_group_norm_backward(&arrays.layer, batch, arrays.x, s.y, dx, weight_gradient, bias_gradient);
  check_gradient(&s, "weight", channels, weight, weight_gradient);
  check_gradient(&s, "bias", channels, bias, bias_gradient);
  check_gradient(&s, "x", n, arrays.x, dx);

  /* In place, and as scalar code computes it. */
  loss(&s);
  arrays.layer.kernels = ink_kernels_find(INK_KERNEL_SCALAR);
  ink_group_norm_forward(&arrays.layer, batch, arrays.x, arrays.x);
  CHECK(memcmp(arrays.x, s.y, n * sizeof(float)) == 0);
  float *all[] = {
      weight, bias, arrays.layer.statistics, arrays.layer.scratch, arrays.x, s.y,
      s.r,    dx,   weight_gradient,         bias_gradient,
  };
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* ---- Attention ------------------------------------------------------------------------------- */

typedef struct attention_arrays {
  ink_attention layer;
  size_t steps;
  float *h, *memory;
} attention_arrays;

static void attention_forward(subject *s) {
  const attention_arrays *a = s->layer;
  ink_attention_forward(&a->layer, a->steps, a->h, a->memory, s->y);
}

/* By the definition, for one state. */
static void check_state(const ink_attention *layer, size_t b, const float *h, const float *memory,
                        const float *y) {
  size_t hidden = layer->hidden, width = layer->width, positions = layer->positions;
  double *weights = calloc(positions, sizeof *weights), *x = calloc(width + hidden, sizeof *x);
  double sum = 0;
  for (size_t j = 0; j < positions; j++) {
    const float *row = memory + (j * layer->position_stride + b * layer->stream_stride) * width;
    double score = 0;
    for (size_t i = 0; i < hidden; i++) {
      double key = 0;
      for (size_t k = 0; k < width; k++) {
        key += (double)layer->key_weight[i * width + k] * (double)row[k];
      }
      score += key * (double)h[i];
    }
    weights[j] = exp(score / sqrt((double)hidden));
    sum += weights[j];
    for (size_t k = 0; k < width; k++) x[k] += weights[j] * (double)row[k];
  }
  for (size_t k = 0; k < width; k++) x[k] /= sum;
  for (size_t i = 0; i < hidden; i++) x[width + i] = (double)h[i];
  for (size_t i = 0; i < hidden; i++) {
    double z = (double)layer->bias[i];
    for (size_t k = 0; k < width + hidden; k++) {
      z += (double)layer->weight[i * (width + hidden) + k] * x[k];
    }
    CHECK_NEAR((double)y[i], tanh(z), 1e-5);
  }
  free(weights);
  free(x);
}

static void test_attention(const ink_kernels *kernels, size_t steps, size_t batch, size_t hidden,
                           size_t positions, size_t width, bool streams_first) {
  size_t rows = steps * batch, both = width + hidden;
  size_t widest = hidden > width ? hidden : width;
  if (positions > widest) widest = positions;
  float *key_weight = random_floats(hidden * width, 1);
  float *weight = random_floats(hidden * both, 2), *bias = random_floats(hidden, 3);
  attention_arrays arrays = {.layer = {.kernels = kernels,
                                       .batch = batch,
                                       .hidden = hidden,
                                       .positions = positions,
                                       .width = width,
                                       .position_stride = streams_first ? 1 : batch,
                                       .stream_stride = streams_first ? positions : 1,
                                       .key_weight = key_weight,
                                       .weight = weight,
                                       .bias = bias,
                                       .keys = floats(positions * batch * hidden),
                                       .probabilities = floats(rows * positions),
                                       .contexts = floats(rows * width),
                                       .scores = floats(steps * positions),
                                       .workspace = floats(ink_gemm_workspace(widest))},
                             .steps = steps,
                             .h = random_floats(rows * hidden, 4),
                             .memory = random_floats(positions * batch * width, 5)};
  subject s = {.kernels = kernels,
               .name = streams_first ? "attention, streams first" : "attention",
               .forward = attention_forward,
               .layer = &arrays,
               .y = floats(rows * hidden),
               .r = random_floats(rows * hidden, 6),
               .size = rows * hidden};
  loss(&s);
  for (size_t row = 0; row < rows; row++) {
    check_state(&arrays.layer, row % batch, arrays.h + row * hidden, arrays.memory,
                s.y + row * hidden);
  }
  float *dy = random_floats(rows * hidden, 6), *dh = random_floats(rows * hidden, 7);
  float *dmemory = random_floats(positions * batch * width, 8);
  float *key_gradient = floats(hidden * width), *gradient = floats(hidden * both);
  float *bias_gradient = floats(hidden);
  ink_attention_backward(&arrays.layer, steps, arrays.h, arrays.memory, s.y, dy, key_gradient,
                         gradient, bias_gradient, dh, dmemory);
  check_gradient(&s, "bias", hidden, bias, bias_gradient);
  check_gradient(&s, "weight", hidden * both, weight, gradient);
  check_gradient(&s, "h", rows * hidden, arrays.h, dh);
  check_gradient(&s, "memory", positions * batch * width, arrays.memory, dmemory);
  if (positions > 1) { /* one position gets all of the attention, whatever its key */
    check_gradient(&s, "key weight", hidden * width, key_weight, key_gradient);
  }
  float *all[] = {key_weight,
                  weight,
                  bias,
                  arrays.layer.keys,
                  arrays.layer.probabilities,
                  arrays.layer.contexts,
                  arrays.layer.scores,
                  arrays.layer.workspace,
                  arrays.h,
                  arrays.memory,
                  s.y,
                  s.r,
                  dy,
                  dh,
                  dmemory,
                  key_gradient,
                  gradient,
                  bias_gradient};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

int main(void) {
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    const ink_kernels *kernels = ink_kernels_find((ink_kernel)kernel);
    if (kernels == NULL) continue; /* not on this machine */
    test_convolution(kernels, 1, 1, 1, 1, 1);
    test_convolution(kernels, 2, 1, 5, 3, 4);
    test_convolution(kernels, 2, 5, 1, 2, 3);
    test_convolution(kernels, 3, 4, 7, 3, 9);
    test_convolution(kernels, 2, 3, 2, 17, 5);
    test_convolution_together(kernels);
    test_pooling(kernels, 1, 2, 2, 1);
    test_pooling(kernels, 2, 4, 6, 8);
    test_pooling(kernels, 3, 5, 7, 11);
    test_pooling_ties(kernels);
    test_norm(kernels, 1, 6, 1, 1);
    test_norm(kernels, 2, 15, 8, 4);
    test_norm(kernels, 3, 12, 15, 5);
    test_norm(kernels, 2, 5, 22, 1);
    test_norm(kernels, 2, 9, 6, 6);
    for (int streams_first = 0; streams_first <= 1; streams_first++) {
      test_attention(kernels, 1, 1, 3, 1, 2, streams_first);
      test_attention(kernels, 4, 3, 6, 5, 7, streams_first);
      test_attention(kernels, 7, 2, 9, 4, 3, streams_first);
      test_attention(kernels, 3, 5, 8, 19, 8, streams_first);
    }
  }
  return 0;
}
