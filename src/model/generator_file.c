/*
 * The parameters of a generator in a model file. See generator_file.h.
 */
#include "model/generator_file.h"

#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/cell.h"

/* Appends one parameter and gives its offset; false when the sizes do not fit. */
static bool add_parameter(ink_parameters *parameters, const char *name, size_t rows, size_t columns,
                          size_t *offset) {
  ink_parameter *p = &parameters->list[parameters->count];
  ink_snprintf(p->name, sizeof p->name, "%s", name);
  p->rows = rows;
  p->columns = columns;
  p->offset = *offset = parameters->size;
  if (!ink_size_multiply(rows, columns == 0 ? 1 : columns, &p->count) ||
      !ink_size_add(parameters->size, p->count, &parameters->size)) {
    return false;
  }
  parameters->count++;
  return true;
}

static bool add_of_layer(ink_parameters *parameters, const char *kind, size_t layer, size_t rows,
                         size_t columns, size_t *offset) {
  char name[sizeof parameters->list[0].name];
  ink_snprintf(name, sizeof name, "rnn.%s_l%u", kind, (unsigned)layer);
  return add_parameter(parameters, name, rows, columns, offset);
}

ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error) {
  *parameters = (ink_parameters){.shape = *shape};
  if (shape->layers < 1 || shape->layers > INK_LAYERS_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%zu layers are not 1 to %d", shape->layers,
                    INK_LAYERS_MAX);
  }
  if (shape->vocabulary < 1 || shape->hidden < 1 || shape->gates < 1) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a network with a size of zero");
  }
  ink_parameters *p = parameters;
  size_t gate_rows, bytes, v = shape->vocabulary, h = shape->hidden;
  bool fits = v <= UINT32_MAX && h <= UINT32_MAX && shape->embed <= UINT32_MAX &&
              ink_size_multiply(shape->gates, h, &gate_rows);
  if (fits && shape->embed > 0) {
    fits = add_parameter(p, "embedding.weight", v, shape->embed, &p->embedding);
  }
  for (size_t l = 0; fits && l < shape->layers; l++) {
    size_t inputs = l > 0 ? h : shape->embed > 0 ? shape->embed : v;
    fits = add_of_layer(p, "weight_ih", l, gate_rows, inputs, &p->weight_ih[l]) &&
           add_of_layer(p, "weight_hh", l, gate_rows, h, &p->weight_hh[l]) &&
           add_of_layer(p, "bias_ih", l, gate_rows, 0, &p->bias_ih[l]) &&
           add_of_layer(p, "bias_hh", l, gate_rows, 0, &p->bias_hh[l]);
  }
  fits = fits && add_parameter(p, "fc.weight", v, h, &p->fc_weight) &&
         add_parameter(p, "fc.bias", v, 0, &p->fc_bias) &&
         ink_size_multiply(p->size, sizeof(float), &bytes);
  if (!fits) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a network of %zu layers, %zu units and %zu tokens is too large", shape->layers,
                    h, v);
  }
  return INK_OK;
}

/* "[1024,256]" in text [64]. */
static const char *shape_text(const size_t *shape, size_t axes, char text[64]) {
  size_t at = (size_t)ink_snprintf(text, 64, "[");
  for (size_t i = 0; i < axes && at < 64; i++) {
    at += (size_t)ink_snprintf(text + at, 64 - at, "%s%zu", i > 0 ? "," : "", shape[i]);
  }
  if (at < 64) ink_snprintf(text + at, 64 - at, "]");
  return text;
}

/* The tensor, which must be a matrix with rows and columns. */
static ink_status find_matrix(const ink_tensors *tensors, const char *name,
                              const ink_tensor **found, ink_error *error) {
  const ink_tensor *tensor = *found = ink_tensors_find(tensors, name);
  if (tensor == NULL) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is missing: not a text generator", name);
  }
  if (tensor->axes != 2 || tensor->count == 0) {
    char shape[64];
    return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where a matrix fits", name,
                    shape_text(tensor->shape, tensor->axes, shape));
  }
  return INK_OK;
}

static ink_status recognise_shape(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const ink_tensor *recurrent, *read_out;
  ink_status status = find_matrix(tensors, "rnn.weight_hh_l0", &recurrent, error);
  if (status == INK_OK) status = find_matrix(tensors, "fc.weight", &read_out, error);
  if (status != INK_OK) return status;

  size_t hidden = recurrent->shape[1];
  *shape = (ink_shape){
      .vocabulary = read_out->shape[0], .hidden = hidden, .gates = recurrent->shape[0] / hidden};
  if (recurrent->shape[0] % hidden != 0 || !ink_cell_kind_of_gates(shape->gates, &shape->cell)) {
    char text[64];
    return ink_fail(error, INK_ERROR_FORMAT,
                    "rnn.weight_hh_l0 is %s where 1 (rnn), 3 (gru) or 4 (lstm) times %zu rows fit",
                    shape_text(recurrent->shape, 2, text), hidden);
  }
  if (ink_tensors_find(tensors, "embedding.weight") != NULL) {
    const ink_tensor *embedding;
    status = find_matrix(tensors, "embedding.weight", &embedding, error);
    if (status != INK_OK) return status;
    shape->embed = embedding->shape[1];
  }
  char name[32];
  do {
    ink_snprintf(name, sizeof name, "rnn.weight_hh_l%u", (unsigned)++shape->layers);
  } while (shape->layers < INK_LAYERS_MAX && ink_tensors_find(tensors, name) != NULL);
  return INK_OK;
}

static bool is_bias(const ink_parameter *parameter) { return parameter->columns == 0; }

static ink_status check_tensor(const ink_tensor *tensor, const ink_parameter *parameter,
                               ink_error *error) {
  size_t axes = is_bias(parameter) ? 1 : 2;
  const size_t fits[2] = {parameter->rows, parameter->columns};
  if (tensor->axes == axes && memcmp(tensor->shape, fits, axes * sizeof fits[0]) == 0) {
    return INK_OK;
  }
  char is[64], wanted[64];
  return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where %s fits", tensor->name,
                  shape_text(tensor->shape, tensor->axes, is), shape_text(fits, axes, wanted));
}

/* Whether the tensor holds the scales of a parameter. */
static bool is_scale(const ink_parameters *parameters, const ink_tensor *tensor) {
  for (size_t i = 0; i < parameters->count; i++) {
    if (parameters->list[i].scale == tensor) return true;
  }
  return false;
}

static bool has_place(const ink_parameters *parameters, const ink_tensor *tensor) {
  const char *name = tensor->name;
  if (strcmp(name, "vocab") == 0 || strncmp(name, "training.", 9) == 0) return true;
  for (size_t i = 0; i < parameters->count; i++) {
    if (strcmp(parameters->list[i].name, name) == 0) return true;
  }
  return is_scale(parameters, tensor);
}

/* The scales of an I8 matrix: [rows], one a row. */
static ink_status find_scale(const ink_tensors *tensors, ink_parameter *parameter,
                             ink_error *error) {
  char name[sizeof parameter->name + sizeof ".scale"];
  ink_snprintf(name, sizeof name, "%s.scale", parameter->name);
  if (is_bias(parameter)) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is I8, which only a matrix can be",
                    parameter->name);
  }
  const ink_tensor *scale = parameter->scale = ink_tensors_find(tensors, name);
  if (scale == NULL) return ink_fail(error, INK_ERROR_FORMAT, "%s is missing", name);
  if (scale->axes == 1 && scale->count == parameter->rows && scale->dtype == INK_F32) return INK_OK;
  char is[64];
  return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where %zu of F32 fit", name,
                  shape_text(scale->shape, scale->axes, is), parameter->rows);
}

ink_status ink_parameters_find(const ink_tensors *tensors, ink_parameters *parameters,
                               ink_error *error) {
  for (size_t i = 0; i < parameters->count; i++) {
    ink_parameter *parameter = &parameters->list[i];
    const ink_tensor *tensor = parameter->tensor = ink_tensors_find(tensors, parameter->name);
    ink_status status = INK_OK;
    if (tensor != NULL) {
      status = check_tensor(tensor, parameter, error);
    } else if (!is_bias(parameter)) {
      status = ink_fail(error, INK_ERROR_FORMAT, "%s is missing", parameter->name);
    }
    if (status == INK_OK && tensor != NULL && tensor->dtype == INK_I8) {
      status = find_scale(tensors, parameter, error);
    }
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

ink_status ink_parameters_recognise(const ink_tensors *tensors, ink_parameters *parameters,
                                    ink_error *error) {
  ink_shape shape;
  ink_status status = recognise_shape(tensors, &shape, error);
  if (status != INK_OK) return status;
  if (ink_parameters_list(&shape, parameters, error) != INK_OK) {
    if (error != NULL) error->status = INK_ERROR_FORMAT;
    return INK_ERROR_FORMAT;
  }
  status = ink_parameters_find(tensors, parameters, error);
  if (status != INK_OK) return status;
  for (size_t i = 0; i < ink_tensors_count(tensors); i++) {
    const ink_tensor *tensor = ink_tensors_at(tensors, i);
    if (has_place(parameters, tensor)) continue;
    return ink_fail(error, INK_ERROR_FORMAT,
                    "%.100s has no place in a text generator of %zu layer%s%s", tensor->name,
                    shape.layers, shape.layers > 1 ? "s" : "",
                    shape.embed > 0 ? "" : " with one-hot input");
  }
  return INK_OK;
}

const ink_parameter *ink_parameters_at(const ink_parameters *parameters, size_t offset) {
  const ink_parameter *parameter = parameters->list;
  while (parameter->offset != offset) parameter++;
  return parameter;
}

/* int8 weights times the scales of their rows. */
static ink_status read_int8(const ink_parameter *parameter, float *floats, ink_error *error) {
  const uint8_t *bytes = parameter->tensor->bytes;
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

ink_status ink_parameters_read(const ink_parameters *parameters, float *floats, ink_error *error) {
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *parameter = &parameters->list[i];
    float *to = floats + parameter->offset;
    ink_status status = INK_OK;
    if (parameter->tensor == NULL) {
      memset(to, 0, parameter->count * sizeof *to);
    } else if (parameter->scale != NULL) {
      status = read_int8(parameter, to, error);
    } else {
      status = ink_tensor_floats(parameter->tensor, to, error);
    }
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

size_t ink_parameters_tensors(const ink_parameters *parameters, const float *floats,
                              ink_tensor *tensors) {
  for (size_t i = 0; i < parameters->count; i++) {
    const ink_parameter *p = &parameters->list[i];
    tensors[i] = (ink_tensor){.name = p->name,
                              .dtype = INK_F32,
                              .axes = is_bias(p) ? 1 : 2,
                              .shape = {p->rows, p->columns},
                              .count = p->count,
                              .bytes = (const uint8_t *)(floats + p->offset)};
  }
  return parameters->count;
}
