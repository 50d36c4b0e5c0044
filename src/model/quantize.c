/*
 * Model files with smaller weights: int8 with one scale a row, or float16.
 *   int8: scale = largest magnitude of the row / 127, w = round(x / scale), so that x is w * scale
 *     up to half a scale; symmetric, "Quantizing deep convolutional networks" (Krishnamoorthi
 *       2018), 2.2.
 *   float16: IEEE 754 binary16, rounded to nearest, ties to even.
 * Biases stay as they are: they are few and added once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "model/arena.h"
#include "model/parameters.h"

enum { LARGEST = 127 };

typedef struct conversion {
  float *floats;  /* [parameters.size]: the model's */
  uint8_t *bytes; /* [parameters.size * 2]: its matrices, converted */
  float *scales;  /* [parameters.size]: of rows, where they are */
  char (*names)[sizeof((ink_parameter *)NULL)->name + sizeof ".scale"]; /* of the scales */
  ink_tensor *tensors;                                                  /* of the new file */
} conversion;

static conversion lay_out(const ink_parameters *parameters, size_t tensors, ink_arena *arena) {
  conversion c;
  c.floats = ink_arena_floats(arena, parameters->size, 1);
  c.bytes = ink_arena_take(arena, parameters->size, 2, 1);
  c.scales = ink_arena_floats(arena, parameters->size, 1);
  c.names = ink_arena_take(arena, parameters->count, 1, sizeof *c.names);
  c.tensors = ink_arena_take(arena, tensors, 1, sizeof *c.tensors);
  return c;
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

static ink_status to_f16(const ink_parameter *parameter, const float *weight, uint8_t *bytes,
                         ink_error *error) {
  for (size_t i = 0; i < parameter->count; i++) {
    uint16_t half = half_of_float(weight[i]);
    if ((half & 0x7c00u) == 0x7c00u) {
      return ink_fail(error, INK_ERROR_FORMAT, "%s: element %zu is too large for F16",
                      parameter->name, i);
    }
    bytes[2 * i] = (uint8_t)half;
    bytes[2 * i + 1] = (uint8_t)(half >> 8);
  }
  return INK_OK;
}

/* Converts every matrix and appends it, with its scales, to the new file's tensors; and what is not
 * a matrix as it is. */
static ink_status convert(const ink_tensors *tensors, const ink_parameters *parameters,
                          ink_weights weights, conversion *c, size_t *count, ink_error *error) {
  *count = 0;
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *p = &parameters->list[i];
    if (p->tensor == NULL) continue;
    ink_tensor *tensor = &c->tensors[(*count)++];
    *tensor = *p->tensor;
    if (p->columns == 0) continue;
    tensor->bytes = c->bytes + 2 * p->offset;
    if (weights == INK_WEIGHTS_F16) {
      tensor->dtype = INK_F16;
      ink_status status = to_f16(p, c->floats + p->offset, c->bytes + 2 * p->offset, error);
      if (status != INK_OK) return status;
      continue;
    }
    tensor->dtype = INK_I8;
    float *scales = c->scales + p->offset;
    to_int8(c->floats + p->offset, p->rows, p->columns, c->bytes + 2 * p->offset, scales);
    ink_snprintf(c->names[i], sizeof c->names[i], "%s.scale", p->name);
    c->tensors[(*count)++] = (ink_tensor){.name = c->names[i],
                                          .dtype = INK_F32,
                                          .axes = 1,
                                          .shape = {p->rows},
                                          .count = p->rows,
                                          .bytes = (const uint8_t *)scales};
  }
  for (size_t i = 0; i < ink_tensors_count(tensors); i++) {
    const ink_tensor *tensor = ink_tensors_at(tensors, i);
    if (ink_tensor_is_tokens(tensor->name)) c->tensors[(*count)++] = *tensor;
  }
  return INK_OK;
}

static ink_status quantize(const ink_tensors *tensors, ink_weights weights, uint8_t **file,
                           size_t *file_size, ink_error *error) {
  ink_parameters parameters;
  ink_status status = ink_parameters_recognise(tensors, &parameters, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < parameters.count; i++) {
    if (parameters.list[i].scale == NULL) continue;
    return ink_fail(error, INK_ERROR_FORMAT, "the model is quantised already: %s is I8",
                    parameters.list[i].name);
  }
  size_t size, count, most = 2 * parameters.count + ink_tensors_count(tensors);
  ink_arena counted = {0};
  lay_out(&parameters, most, &counted);
  void *allocated = ink_arena_size(&counted, &size) ? malloc(size) : NULL;
  if (allocated == NULL) return ink_fail_memory(error);
  ink_arena arena = ink_arena_over(allocated);
  conversion c = lay_out(&parameters, most, &arena);
  status = ink_parameters_read(&parameters, c.floats, error);
  if (status == INK_OK) status = convert(tensors, &parameters, weights, &c, &count, error);
  if (status == INK_OK) {
    status = ink_tensors_rewrite(tensors, c.tensors, count, file, file_size, error);
  }
  free(allocated);
  return status;
}

ink_status ink_quantize(const uint8_t *bytes, size_t size, ink_weights weights, uint8_t **file,
                        size_t *file_size, ink_error *error) {
  *file = NULL;
  *file_size = 0;
  if (weights != INK_WEIGHTS_INT8 && weights != INK_WEIGHTS_F16) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "there are no weights of kind %d", (int)weights);
  }
  ink_tensors *tensors;
  ink_status status = ink_tensors_parse(bytes, size, &tensors, error);
  if (status == INK_OK) status = quantize(tensors, weights, file, file_size, error);
  ink_tensors_free(tensors);
  return status;
}
