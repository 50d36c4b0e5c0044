/*
 * Layers against PyTorch: two blocks of convolution, group norm, ReLU and pooling; and attention.
 * Outputs and every gradient. tests/parity/dump.py made the files and says what is in them.
 */
#include "check.h"
#include "file/safetensors.h"
#include "layers/attention.h"
#include "layers/convolution.h"
#include "layers/group_norm.h"
#include "layers/pooling.h"

enum { ARRAYS_MAX = 64 };

/* A file, and everything that is allocated while it is checked. */
typedef struct dump {
  uint8_t *bytes;
  ink_tensors *tensors;
  float *arrays[ARRAYS_MAX];
  size_t count;
} dump;

static dump dump_open(const char *path) {
  dump d = {0};
  size_t size;
  d.bytes = check_read_file(path, &size);
  CHECK(ink_tensors_parse(d.bytes, size, &d.tensors, NULL) == INK_OK);
  return d;
}

static void dump_close(dump *d) {
  for (size_t i = 0; i < d->count; i++) free(d->arrays[i]);
  ink_tensors_free(d->tensors);
  free(d->bytes);
}

/* Zeros. */
static float *take(dump *d, size_t n) {
  CHECK(d->count < ARRAYS_MAX);
  float *floats = calloc(n, sizeof *floats);
  CHECK(floats != NULL);
  d->arrays[d->count++] = floats;
  return floats;
}

static float *read_tensor(dump *d, const char *name, size_t n) {
  const ink_tensor *tensor = ink_tensors_find(d->tensors, name);
  CHECK(tensor != NULL && tensor->count == n);
  float *floats = take(d, n);
  CHECK(ink_tensor_floats(tensor, floats, NULL) == INK_OK);
  return floats;
}

/* To a 10,000th of the largest. */
static void check_tensor(dump *d, const char *name, size_t n, const float *ours) {
  const float *theirs = read_tensor(d, name, n);
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)theirs[i]));
  CHECK(largest > 0);
  for (size_t i = 0; i < n; i++) {
    double error = fabs((double)ours[i] - (double)theirs[i]);
    if (error <= 1e-4 * largest) continue;
    printf("%s[%zu]: %.9g, PyTorch %.9g\n", name, i, (double)ours[i], (double)theirs[i]);
    check_fail(__FILE__, __LINE__, "as PyTorch");
  }
}

/* One block of the convolutional network, and what its backward pass needs. */
typedef struct block {
  ink_convolution convolution;
  ink_group_norm norm;
  size_t pictures, height, width, in, out;
  float *x, *z, *y; /* of the convolution, of the norm, after it */
} block;

static const char *numbered(char name[32], const char *format, int number) {
  snprintf(name, 32, format, number);
  return name;
}

static block make_block(dump *d, const ink_kernels *kernels, int number, size_t pictures,
                        size_t height, size_t width, size_t in, size_t out, size_t groups,
                        float *x) {
  char name[32];
  size_t positions = height * width, most = in > out ? in : out;
  block b = {.pictures = pictures, .height = height, .width = width, .in = in, .out = out, .x = x};
  b.convolution = (ink_convolution){
      .kernels = kernels,
      .height = height,
      .width = width,
      .in = in,
      .out = out,
      .weight = read_tensor(d, numbered(name, "conv%d.weight", number), 9 * in * out),
      .bias = read_tensor(d, numbered(name, "conv%d.bias", number), out),
      .patches = take(d, ink_convolution_rows(height, width) * 9 * most),
      .by_tap = take(d, 9 * in * out),
      .packed = take(d, ink_convolution_packed_size(in, out)),
      .workspace = take(d, ink_gemm_workspace(9 * in))};
  b.norm = (ink_group_norm){.kernels = kernels,
                            .positions = positions,
                            .channels = out,
                            .groups = groups,
                            .weight = read_tensor(d, numbered(name, "norm%d.weight", number), out),
                            .bias = read_tensor(d, numbered(name, "norm%d.bias", number), out),
                            .statistics = take(d, pictures * 2 * groups),
                            .scratch = take(d, 6 * out)};
  b.z = take(d, pictures * positions * out);
  b.y = take(d, pictures * positions * out);
  return b;
}

/* y [pictures][height/2][width/2][out] */
static void block_forward(const block *b, float *y) {
  ink_convolution_forward(&b->convolution, b->pictures, b->x, b->z);
  ink_group_norm_forward(&b->norm, b->pictures, b->z, b->y);
  ink_max_pooling_forward(b->norm.kernels, b->pictures, b->height, b->width, b->out, b->y, y);
}

/* dx from dy; checks the gradients of the parameters. */
static void block_backward(dump *d, const block *b, int number, const float *dy, float *dx) {
  char name[32];
  size_t in = b->in, out = b->out;
  float *dz = take(d, b->pictures * b->height * b->width * out);
  float *weight = take(d, 9 * in * out), *bias = take(d, out);
  float *norm_weight = take(d, out), *norm_bias = take(d, out);
  ink_max_pooling_backward(b->norm.kernels, b->pictures, b->height, b->width, out, b->y, dy, dz);
  ink_group_norm_backward(&b->norm, b->pictures, b->z, b->y, dz, norm_weight, norm_bias);
  ink_convolution_backward(&b->convolution, b->pictures, b->x, dz, weight, bias, dx);
  check_tensor(d, numbered(name, "gradient.conv%d.weight", number), 9 * in * out, weight);
  check_tensor(d, numbered(name, "gradient.conv%d.bias", number), out, bias);
  check_tensor(d, numbered(name, "gradient.norm%d.weight", number), out, norm_weight);
  check_tensor(d, numbered(name, "gradient.norm%d.bias", number), out, norm_bias);
}

static void check_convolution(const ink_kernels *kernels) {
  enum { PICTURES = 3 };
  dump d = dump_open("tests/parity/convolution.safetensors");
  float *x = read_tensor(&d, "x", PICTURES * 9 * 11 * 3);
  float *middle = take(&d, PICTURES * 4 * 5 * 10), *y = take(&d, PICTURES * 2 * 2 * 12);
  block first = make_block(&d, kernels, 0, PICTURES, 9, 11, 3, 10, 5, x);
  block second = make_block(&d, kernels, 1, PICTURES, 4, 5, 10, 12, 3, middle);
  block_forward(&first, middle);
  block_forward(&second, y);
  check_tensor(&d, "y", PICTURES * 2 * 2 * 12, y);
  float *dmiddle = take(&d, PICTURES * 4 * 5 * 10), *dx = take(&d, PICTURES * 9 * 11 * 3);
  block_backward(&d, &second, 1, read_tensor(&d, "r", PICTURES * 2 * 2 * 12), dmiddle);
  block_backward(&d, &first, 0, dmiddle, dx);
  check_tensor(&d, "gradient.x", PICTURES * 9 * 11 * 3, dx);
  dump_close(&d);
}

static void check_attention(const ink_kernels *kernels) {
  enum { STEPS = 4, BATCH = 3, HIDDEN = 13, POSITIONS = 5, WIDTH = 11 };
  enum { STATES = STEPS * BATCH * HIDDEN, MEMORY = POSITIONS * BATCH * WIDTH };
  enum { WEIGHTS = HIDDEN * (WIDTH + HIDDEN) };
  dump d = dump_open("tests/parity/attention.safetensors");
  const float *h = read_tensor(&d, "h", STATES), *memory = read_tensor(&d, "memory", MEMORY);
  ink_attention layer = {.kernels = kernels,
                         .batch = BATCH,
                         .hidden = HIDDEN,
                         .positions = POSITIONS,
                         .width = WIDTH,
                         .position_stride = BATCH,
                         .stream_stride = 1,
                         .key_weight = read_tensor(&d, "key.weight", HIDDEN * WIDTH),
                         .weight = read_tensor(&d, "output.weight", WEIGHTS),
                         .bias = read_tensor(&d, "output.bias", HIDDEN),
                         .keys = take(&d, POSITIONS * BATCH * HIDDEN),
                         .probabilities = take(&d, STEPS * BATCH * POSITIONS),
                         .contexts = take(&d, STEPS * BATCH * WIDTH),
                         .scores = take(&d, STEPS * POSITIONS),
                         .workspace = take(&d, ink_gemm_workspace(HIDDEN))};
  float *y = take(&d, STATES), *dh = take(&d, STATES), *dmemory = take(&d, MEMORY);
  float *key_weight = take(&d, HIDDEN * WIDTH), *weight = take(&d, WEIGHTS);
  float *bias = take(&d, HIDDEN);
  ink_attention_forward(&layer, STEPS, h, memory, y);
  check_tensor(&d, "y", STATES, y);
  ink_attention_backward(&layer, STEPS, h, memory, y, read_tensor(&d, "r", STATES), key_weight,
                         weight, bias, dh, dmemory);
  check_tensor(&d, "gradient.h", STATES, dh);
  check_tensor(&d, "gradient.memory", MEMORY, dmemory);
  check_tensor(&d, "gradient.key.weight", HIDDEN * WIDTH, key_weight);
  check_tensor(&d, "gradient.output.weight", WEIGHTS, weight);
  check_tensor(&d, "gradient.output.bias", HIDDEN, bias);
  dump_close(&d);
}

int main(void) {
  for (int kernel = INK_KERNEL_SCALAR; kernel <= INK_KERNEL_AVX512; kernel++) {
    const ink_kernels *kernels = ink_kernels_find((ink_kernel)kernel);
    if (kernels == NULL) continue; /* not on this machine */
    check_convolution(kernels);
    check_attention(kernels);
  }
  return 0;
}
