/*
 * The parameters of a network in a model file. See parameters.h.
 */
#include "parts/parameters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "base/random.h"
#include "base/size.h"
#include "base/status.h"
#include "file/nibbles.h"

/* ---- Listing --------------------------------------------------------------------------------- */

size_t ink_list_tensor(ink_lister *l, const size_t *shape, const char *name) {
  ink_parameters *all = l->parameters;
  size_t offset = all->size;
  if (!l->fits) return offset;
  ink_parameter *p = &all->list[all->count];
  *p = (ink_parameter){.rows = shape[0], .offset = offset, .count = 1};
  for (; p->axes < INK_TENSOR_AXES && shape[p->axes] > 0; p->axes++) {
    p->shape[p->axes] = shape[p->axes];
    l->fits = l->fits && ink_size_multiply(p->count, shape[p->axes], &p->count);
  }
  ink_snprintf(p->name, sizeof p->name, "%s", name);
  l->fits = l->fits && p->count > 0 && ink_size_add(all->size, p->count, &all->size);
  p->columns = p->axes > 1 && l->fits ? p->count / p->rows : 0;
  if (p->columns > 0) l->bound = 1 / sqrt((double)p->columns);
  p->bound = l->bound;
  all->count++;
  return offset;
}

size_t ink_list_matrix(ink_lister *l, const char *name, size_t rows, size_t columns) {
  return ink_list_tensor(l, (size_t[]){rows, columns, 0}, name);
}

size_t ink_list_bias(ink_lister *l, const char *name, size_t rows) {
  size_t offset = ink_list_tensor(l, (size_t[]){rows, 0}, name);
  ink_list_last(l)->optional = true;
  return offset;
}

ink_parameter *ink_list_last(ink_lister *l) {
  size_t count = l->parameters->count;
  return &l->parameters->list[count > 0 ? count - 1 : 0];
}

void ink_list_read_out(ink_lister *l, size_t features) {
  ink_parameters *p = l->parameters;
  p->shape.features = features;
  p->read_out.weight = p->shape.tied ? p->stack.embedding
                                     : ink_list_matrix(l, "fc.weight", p->shape.outputs, features);
  p->read_out.bias = ink_list_bias(l, "fc.bias", p->shape.outputs);
}

/* ---- Finding --------------------------------------------------------------------------------- */

const char *ink_shape_text(const size_t *shape, size_t axes, char text[64]) {
  size_t at = (size_t)ink_snprintf(text, 64, "[");
  for (size_t i = 0; i < axes && at < 64; i++) {
    at += (size_t)ink_snprintf(text + at, 64 - at, "%s%zu", i > 0 ? "," : "", shape[i]);
  }
  if (at < 64) ink_snprintf(text + at, 64 - at, "]");
  return text;
}

ink_status ink_find_shaped(const ink_tensors *tensors, const char *name, size_t axes,
                           const ink_tensor **found, ink_error *error) {
  const ink_tensor *tensor = *found = ink_tensors_find(tensors, name);
  if (tensor == NULL) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is missing: not a text generator", name);
  }
  if (tensor->axes != axes || tensor->count == 0) {
    char shape[64];
    return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where a %s fits", name,
                    ink_shape_text(tensor->shape, tensor->axes, shape),
                    axes == 2 ? "matrix" : "convolution");
  }
  return INK_OK;
}

static ink_status check_tensor(const ink_tensor *tensor, const ink_parameter *parameter,
                               ink_error *error) {
  size_t axes = parameter->axes;
  const size_t *fits = parameter->shape;
  if (tensor->axes == axes && memcmp(tensor->shape, fits, axes * sizeof fits[0]) == 0) {
    return INK_OK;
  }
  char is[64], wanted[64];
  return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where %s fits", tensor->name,
                  ink_shape_text(tensor->shape, tensor->axes, is),
                  ink_shape_text(fits, axes, wanted));
}

bool ink_parameters_have(const ink_parameters *parameters, const ink_tensor *tensor) {
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *p = &parameters->list[i];
    if (p->scale == tensor || p->groups == tensor || strcmp(p->name, tensor->name) == 0)
      return true;
  }
  return false;
}

/* The scales of an I8 or I4 matrix: [rows], one a row; and the groups of the latter. */
static ink_status find_scale(const ink_tensors *tensors, ink_parameter *parameter,
                             ink_error *error) {
  char name[sizeof parameter->name + sizeof ".groups"];
  if (parameter->tensor->dtype == INK_I4) {
    ink_snprintf(name, sizeof name, "%s.groups", parameter->name);
    parameter->groups = ink_tensors_find(tensors, name);
  }
  ink_snprintf(name, sizeof name, "%s.scale", parameter->name);
  if (parameter->columns == 0) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is I8, which only a matrix can be",
                    parameter->name);
  }
  const ink_tensor *scale = parameter->scale = ink_tensors_find(tensors, name);
  if (scale == NULL) return ink_fail(error, INK_ERROR_FORMAT, "%s is missing", name);
  if (scale->axes == 1 && scale->count == parameter->rows && scale->dtype == INK_F32) return INK_OK;
  char is[64];
  return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where %zu of F32 fit", name,
                  ink_shape_text(scale->shape, scale->axes, is), parameter->rows);
}

ink_status ink_parameters_find(const ink_tensors *tensors, ink_parameters *parameters,
                               ink_error *error) {
  for (size_t i = 0; i < parameters->count; i++) {
    ink_parameter *parameter = &parameters->list[i];
    const ink_tensor *tensor = parameter->tensor = ink_tensors_find(tensors, parameter->name);
    ink_status status = INK_OK;
    if (tensor != NULL) {
      status = check_tensor(tensor, parameter, error);
    } else if (!parameter->optional) {
      status = ink_fail(error, INK_ERROR_FORMAT, "%s is missing", parameter->name);
    }
    bool small = tensor != NULL && (tensor->dtype == INK_I8 || tensor->dtype == INK_I4);
    if (status == INK_OK && small) status = find_scale(tensors, parameter, error);
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

const ink_parameter *ink_parameters_at(const ink_parameters *parameters, size_t offset) {
  const ink_parameter *parameter = parameters->list;
  while (parameter->offset != offset) parameter++;
  return parameter;
}

/* ---- Reading and writing --------------------------------------------------------------------- */

ink_status ink_parameter_int8(const ink_parameter *parameter, size_t first, size_t count,
                              const uint8_t **bytes, uint8_t **unpacked, ink_error *error) {
  size_t columns = parameter->columns;
  *unpacked = NULL;
  *bytes = parameter->tensor->bytes + first * columns;
  if (parameter->groups == NULL) return INK_OK;
  const uint8_t *numbers = parameter->tensor->bytes + first * columns / 2;
  const uint8_t *factors = parameter->groups->bytes + first * columns / INK_NIBBLE_GROUP;
  *bytes = *unpacked = malloc(count * columns); /* the lister has multiplied it before */
  if (*unpacked == NULL) return ink_fail_memory(error);
  ink_nibbles_unpack(numbers, factors, count, columns, *unpacked);
  return INK_OK;
}

/* int8 weights times the scales of their rows. */
static ink_status scale_int8(const ink_parameter *parameter, const uint8_t *bytes, float *floats,
                             ink_error *error) {
  for (size_t row = 0; row < parameter->rows; row++) {
    ink_tensor scale = *parameter->scale;
    scale.bytes += row * sizeof(float);
    scale.count = 1;
    float factor;
    ink_status status = ink_tensor_floats(&scale, &factor, error);
    if (status != INK_OK) return status;
    for (size_t k = 0; k < parameter->columns; k++) {
      uint8_t byte = *bytes++;
      *floats++ = factor * (float)(byte < 128 ? byte : byte - 256);
    }
  }
  return INK_OK;
}

static ink_status read_int8(const ink_parameter *parameter, float *floats, ink_error *error) {
  const uint8_t *bytes;
  uint8_t *unpacked;
  ink_status status = ink_parameter_int8(parameter, 0, parameter->rows, &bytes, &unpacked, error);
  if (status == INK_OK) status = scale_int8(parameter, bytes, floats, error);
  free(unpacked);
  return status;
}

ink_status ink_parameter_read(const ink_parameter *parameter, float *floats, ink_error *error) {
  if (parameter->tensor == NULL) {
    memset(floats, 0, parameter->count * sizeof *floats);
    return INK_OK;
  }
  if (parameter->scale != NULL) return read_int8(parameter, floats, error);
  return ink_tensor_floats(parameter->tensor, floats, error);
}

ink_status ink_parameters_read(const ink_parameters *parameters, float *floats, ink_error *error) {
  ink_status status = INK_OK;
  for (size_t i = 0; i < parameters->count && status == INK_OK; i++) {
    const ink_parameter *parameter = &parameters->list[i];
    status = ink_parameter_read(parameter, floats + parameter->offset, error);
  }
  return status;
}

size_t ink_parameters_tensors(const ink_parameters *parameters, const float *floats,
                              ink_tensor *tensors) {
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *p = &parameters->list[i];
    tensors[i] = (ink_tensor){.name = p->name,
                              .dtype = INK_F32,
                              .axes = p->axes,
                              .count = p->count,
                              .bytes = (const uint8_t *)(floats + p->offset)};
    memcpy(tensors[i].shape, p->shape, sizeof p->shape);
  }
  return parameters->count;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

void ink_parameters_initialise(const ink_parameters *parameters, uint64_t seed, float *floats) {
  ink_random random;
  ink_random_seed(&random, seed, 0x1e16);
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *p = &parameters->list[i];
    float *weights = floats + p->offset;
    for (size_t j = 0; j < p->count; j++) {
      switch (p->initial) {
        case INK_INITIAL_NORMAL: weights[j] = (float)ink_random_normal(&random); break;
        case INK_INITIAL_CONSTANT: weights[j] = (float)p->bound; break;
        case INK_INITIAL_UNIFORM:
          weights[j] = (float)((2 * ink_random_uniform(&random) - 1) * p->bound);
      }
    }
    for (size_t j = 0; j < p->fixed_count; j++) weights[p->fixed_from + j] = p->fixed;
  }
}
