/*
 * Model files with smaller weights: int8 with one scale a row, four bits (nibbles.h), or float16.
 *   int8: scale = largest magnitude of the row / 127, w = round(x / scale), so that x is w * scale
 *     up to half a scale; symmetric, "Quantizing deep convolutional networks" (Krishnamoorthi
 *       2018), 2.2. A matrix of weights so large that these steps would be felt stays as it is.
 *   float16: IEEE 754 binary16, rounded to nearest, ties to even.
 * Biases stay as they are: they are few and added once.
 */
#include "file/quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/print.h"
#include "base/status.h"
#include "file/nibbles.h"

enum { LARGEST = 127, NAME = 48 }; /* NAME: bytes of a scale's name */

typedef struct conversion {
  const ink_tensors *source;
  size_t elements, matrices; /* in all matrices */
  float *floats;             /* [elements] */
  uint8_t *bytes;            /* [elements * 2]: converted */
  float *scales;             /* [elements]: of rows, where they are */
  char (*names)[2][NAME];    /* [matrices]: of the scales, and of groups */
  ink_tensor *tensors;       /* of the new file */
  size_t count;              /* of those */
} conversion;

static bool is_matrix(const ink_tensor *tensor) {
  return tensor->axes > 1 && !ink_tensor_is_training(tensor);
}

static void lay_out(void *object, ink_arena *arena) {
  conversion *c = object;
  c->floats = ink_arena_floats(arena, c->elements, 1);
  c->bytes = ink_arena_take(arena, c->elements, 2, 1);
  c->scales = ink_arena_floats(arena, c->elements, 1);
  c->names = ink_arena_take(arena, c->matrices, 1, sizeof *c->names);
  c->tensors = ink_arena_take(arena, c->source->count + 2 * c->matrices, 1, sizeof *c->tensors);
}

/* bytes [rows,columns] and scales [rows] of weight [rows,columns]. A row of zeros has scale 0. */
static void to_int8(const float *weight, size_t rows, size_t columns, uint8_t *bytes,
                    float *scales) {
  for (size_t row = 0; row < rows; row++) {
    float largest = 0;
    for (size_t k = 0; k < columns; k++) largest = fmaxf(largest, fabsf(weight[k]));
    float scale = scales[row] = largest / LARGEST;
    for (size_t k = 0; k < columns; k++) {
      /* Among the subnormal numbers a scale may be rounded down so far that 127 times it is
       * less. */
      float w = scale > 0 ? fminf(fmaxf(rintf(weight[k] / scale), -LARGEST), LARGEST) : 0;
      bytes[k] = (uint8_t)(int8_t)w;
    }
    weight += columns;
    bytes += columns;
  }
}

/* Whether eight bits are too few: a weight is off by about scale / sqrt(12). Trained matrices stay
 * far below it; the read-out of a network that has learnt its text by heart may not. Of the runs
 * that a bag knows a text has few. */
static bool is_coarse(const char *name, const float *scales, size_t rows, size_t columns) {
  enum { RUNS = 64 };
  double square = 0;
  if (strcmp(name, "bag.weight") == 0 && columns > RUNS) columns = RUNS;
  for (size_t row = 0; row < rows; row++) square += (double)scales[row] * (double)scales[row];
  return ink_is_felt(square * (double)columns / 12, rows);
}

/* The nearest binary16 number, or infinity: 11 significant bits, and below 2^-14 multiples of
 * 2^-24. Adding a number so large that its last place is the wanted one rounds to it. */
static uint16_t half_of_float(float x) {
  uint32_t sign = signbit(x) ? 0x8000u : 0;
  float magnitude = fabsf(x);
  if (magnitude >= 65520) return (uint16_t)(sign | 0x7c00u);
  int exponent;
  frexpf(magnitude, &exponent); /* magnitude in [2^(exponent-1), 2^exponent) */
  if (magnitude == 0 || exponent < -13) exponent = -13;
  float step = ldexpf(1, exponent - 11); /* from 2^-24 */
  float units = rintf(magnitude / step); /* to 2048; the division is exact */
  uint32_t bits = (uint32_t)units + ((uint32_t)(exponent + 13) << 10);
  return (uint16_t)(sign | bits);
}

static ink_status to_f16(const ink_tensor *tensor, const float *weight, uint8_t *bytes,
                         ink_error *error) {
  for (size_t i = 0; i < tensor->count; i++) {
    uint16_t half = half_of_float(weight[i]);
    if ((half & 0x7c00u) == 0x7c00u) {
      return ink_fail(error, INK_ERROR_FORMAT, "%s: element %zu is too large for F16", tensor->name,
                      i);
    }
    memcpy(bytes + 2 * i, &half, sizeof half);
  }
  return INK_OK;
}

/* Appends the factors of a matrix of four bits, the n-th. */
static void append_groups(conversion *c, size_t n, const ink_tensor *matrix,
                          const uint8_t *factors) {
  size_t rows = matrix->shape[0], columns = matrix->shape[1] / INK_NIBBLE_GROUP;
  ink_snprintf(c->names[n][1], NAME, "%s.groups", matrix->name);
  c->tensors[c->count++] = (ink_tensor){.name = c->names[n][1],
                                        .dtype = INK_U8,
                                        .axes = 2,
                                        .shape = {rows, columns},
                                        .count = rows * columns,
                                        .bytes = factors};
}

/* Appends the matrix as `weights` has it, with its scales; it is the n-th, and `at` elements stand
 * before it. */
static ink_status convert(conversion *c, const ink_tensor *matrix, ink_weights weights, size_t n,
                          size_t at, ink_error *error) {
  float *floats = c->floats + at, *scales = c->scales + at;
  uint8_t *bytes = c->bytes + 2 * at;
  ink_status status = ink_tensor_floats(matrix, floats, error);
  if (status != INK_OK) return status;
  ink_tensor *tensor = &c->tensors[c->count++];
  *tensor = *matrix;
  tensor->bytes = bytes;
  tensor->dtype = weights == INK_WEIGHTS_F16 ? INK_F16 : INK_I8;
  if (weights == INK_WEIGHTS_F16) return to_f16(matrix, floats, bytes, error);
  size_t rows = matrix->shape[0], columns = matrix->count / rows;
  uint8_t *factors = bytes + matrix->count / 2;
  bool fits = weights == INK_WEIGHTS_INT4 && matrix->axes == 2 && ink_nibbles_fit(rows, columns);
  if (fits && ink_nibbles_pack(floats, rows, columns, bytes, factors, scales)) {
    tensor->dtype = INK_I4;
    append_groups(c, n, tensor, factors);
  } else {
    to_int8(floats, rows, columns, bytes, scales);
    if (is_coarse(matrix->name, scales, rows, columns)) {
      *tensor = *matrix;
      return INK_OK;
    }
  }
  ink_snprintf(c->names[n][0], NAME, "%s.scale", matrix->name);
  c->tensors[c->count++] = ink_tensor_list(c->names[n][0], INK_F32, rows, scales);
  return INK_OK;
}

static ink_status convert_all(conversion *c, ink_weights weights, ink_error *error) {
  ink_status status = INK_OK;
  size_t matrices = 0, elements = 0;
  for (size_t i = 0; i < c->source->count && status == INK_OK; i++) {
    const ink_tensor *tensor = &c->source->list[i];
    if (ink_tensor_is_training(tensor)) continue;
    if (!is_matrix(tensor)) {
      c->tensors[c->count++] = *tensor;
      continue;
    }
    status = convert(c, tensor, weights, matrices++, elements, error);
    elements += tensor->count;
  }
  return status;
}

ink_status ink_tensors_quantize(const ink_tensors *source, ink_weights weights, uint8_t **file,
                                size_t *file_size, ink_error *error) {
  conversion c = {.source = source};
  for (size_t i = 0; i < source->count; i++) {
    const ink_tensor *tensor = &source->list[i];
    if (tensor->dtype == INK_I8 || tensor->dtype == INK_I4) {
      return ink_fail(error, INK_ERROR_FORMAT, "the model is quantised already: %s is %s",
                      tensor->name, ink_dtype_name(tensor->dtype));
    }
    if (!is_matrix(tensor)) continue;
    c.elements += tensor->count; /* of a file that is in memory */
    c.matrices++;
  }
  void *memory;
  ink_status status = ink_arena_allocate(lay_out, &c, &memory, NULL, error);
  if (status == INK_OK) status = convert_all(&c, weights, error);
  if (status == INK_OK) {
    status = ink_tensors_rewrite(source, c.tensors, c.count, NULL, 0, file, file_size, error);
  }
  free(memory);
  return status;
}
