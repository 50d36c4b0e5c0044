/*
 * The parameters of a network in a model file. See parameters.h.
 */
#include "model/parameters.h"

#include <string.h>

#include "base/print.h"
#include "base/size.h"
#include "base/status.h"
#include "layers/cell.h"

static const char *const tasks[] = {"generator", "classifier", "translator", "captioner"};
enum { TASKS = sizeof tasks / sizeof tasks[0] };

const char *ink_task_name(ink_task task) { return tasks[task]; }

bool ink_tensor_is_tokens(const char *name) {
  return strcmp(name, "vocab") == 0 || strcmp(name, "encoder.vocab") == 0 ||
         strcmp(name, "labels") == 0;
}

/* ---- Listing --------------------------------------------------------------------------------- */

/* Parameters are listed one after another; once a size does not fit, nothing more is listed. */
typedef struct lister {
  ink_parameters *parameters;
  bool fits;
} lister;

/* Appends a tensor with this shape, ended by a 0, and returns its offset. */
static size_t add(lister *l, bool optional, const size_t *shape, const char *name) {
  ink_parameters *all = l->parameters;
  size_t offset = all->size;
  if (!l->fits) return offset;
  ink_parameter *p = &all->list[all->count];
  *p = (ink_parameter){.rows = shape[0], .optional = optional, .offset = offset, .count = 1};
  for (; p->axes < INK_TENSOR_AXES && shape[p->axes] > 0; p->axes++) {
    p->shape[p->axes] = shape[p->axes];
    l->fits = l->fits && ink_size_multiply(p->count, shape[p->axes], &p->count);
  }
  ink_snprintf(p->name, sizeof p->name, "%s", name);
  l->fits = l->fits && p->count > 0 && ink_size_add(all->size, p->count, &all->size);
  p->columns = p->axes > 1 && l->fits ? p->count / p->rows : 0;
  all->count++;
  return offset;
}

static size_t add_matrix(lister *l, const char *name, size_t rows, size_t columns) {
  return add(l, false, (size_t[]){rows, columns, 0}, name);
}

static size_t add_bias(lister *l, const char *name, size_t rows) {
  return add(l, true, (size_t[]){rows, 0}, name);
}

/* "encoder.rnn.weight_ih_l0" */
static const char *layer_name(const char *prefix, const char *kind, size_t layer, char name[40]) {
  ink_snprintf(name, 40, "%srnn.%s_l%u", prefix, kind, (unsigned)layer);
  return name;
}

static void add_stack(lister *l, const char *prefix, size_t vocabulary,
                      ink_stack_parameters *stack) {
  const ink_shape *shape = &l->parameters->shape;
  char name[40];
  size_t gate_rows = 0;
  l->fits = l->fits && ink_size_multiply(shape->gates, shape->hidden, &gate_rows);
  stack->vocabulary = vocabulary;
  if (shape->embed > 0) {
    ink_snprintf(name, sizeof name, "%sembedding.weight", prefix);
    stack->embedding = add_matrix(l, name, vocabulary, shape->embed);
  }
  for (size_t i = 0; i < shape->layers; i++) {
    size_t inputs = i > 0 ? shape->hidden : shape->embed > 0 ? shape->embed : vocabulary;
    stack->weight_ih[i] =
        add_matrix(l, layer_name(prefix, "weight_ih", i, name), gate_rows, inputs);
    stack->weight_hh[i] =
        add_matrix(l, layer_name(prefix, "weight_hh", i, name), gate_rows, shape->hidden);
    stack->bias_ih[i] = add_bias(l, layer_name(prefix, "bias_ih", i, name), gate_rows);
    stack->bias_hh[i] = add_bias(l, layer_name(prefix, "bias_hh", i, name), gate_rows);
  }
}

static const char *block_name(const char *kind, size_t block, char name[40]) {
  ink_snprintf(name, 40, "encoder.%s", kind);
  char *digit = strchr(name, '#');
  *digit = (char)('0' + block);
  return name;
}

static void add_blocks(lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  char name[40];
  size_t in = 3, states = 0;
  for (size_t i = 0; i < shape->blocks; i++) {
    ink_block_parameters *block = &l->parameters->blocks[i];
    size_t out = shape->channels[i];
    block->conv_weight =
        add(l, false, (size_t[]){out, in, 3, 3}, block_name("conv#.weight", i, name));
    block->conv_bias = add_bias(l, block_name("conv#.bias", i, name), out);
    block->norm_weight = add(l, false, (size_t[]){out, 0}, block_name("norm#.weight", i, name));
    block->norm_bias = add_bias(l, block_name("norm#.bias", i, name), out);
    in = out;
  }
  l->fits = l->fits && ink_size_multiply(shape->layers, shape->hidden, &states);
  l->parameters->bridge_weight = add_matrix(l, "encoder.fc.weight", states, in);
  l->parameters->bridge_bias = add_bias(l, "encoder.fc.bias", states);
}

static void add_attention(lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  size_t memory = ink_shape_memory(shape), h = shape->hidden;
  l->parameters->key_weight = add_matrix(l, "attention.key.weight", h, memory);
  l->parameters->attention_weight = add_matrix(l, "attention.output.weight", h, memory + h);
  l->parameters->attention_bias = add_bias(l, "attention.output.bias", h);
}

static void add_bag(lister *l) {
  const ink_shape *shape = &l->parameters->shape;
  l->parameters->bag_weight = add_matrix(l, "bag.weight", shape->outputs, shape->bag_rows);
  l->parameters->bag_bias = add_bias(l, "bag.bias", shape->outputs);
  l->parameters->bag_scale = add(l, false, (size_t[]){shape->bag_order, 0}, "bag.scale");
}

static bool small(size_t n) { return n >= 1 && n <= UINT32_MAX / 4; }

ink_status ink_parameters_list(const ink_shape *shape, ink_parameters *parameters,
                               ink_error *error) {
  *parameters = (ink_parameters){.shape = *shape};
  if (shape->layers < 1 || shape->layers > INK_LAYERS_MAX) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "%zu layers are not 1 to %d", shape->layers,
                    INK_LAYERS_MAX);
  }
  size_t order = shape->bag_order, rows = shape->bag_rows;
  bool fits = order == 1 ? rows == shape->vocabulary : rows > shape->vocabulary;
  if (ink_shape_has_bag(shape) && (order > INK_BAG_ORDER_MAX || !fits)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a bag of runs of 1 to %zu of %zu tokens cannot have %zu rows", order,
                    shape->vocabulary, rows);
  }
  bool sized = small(shape->vocabulary) && small(shape->hidden) && shape->gates >= 1 &&
               small(shape->outputs) && shape->embed <= UINT32_MAX / 4 &&
               (!ink_shape_is(shape, INK_TASK_TRANSLATOR) || small(shape->source_vocabulary)) &&
               (!ink_shape_is(shape, INK_TASK_CAPTIONER) || small(shape->blocks)) &&
               shape->blocks <= INK_BLOCKS_MAX;
  for (size_t i = 0; sized && i < shape->blocks; i++) sized = small(shape->channels[i]);
  if (!sized)
    return ink_fail(error, INK_ERROR_ARGUMENT, "a network with a size that is not 1 or more");
  if (shape->tied && shape->embed != shape->hidden) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "embed is %zu; a tied read-out needs as many as hidden, which is %zu",
                    shape->embed, shape->hidden);
  }
  lister l = {parameters, true};
  if (ink_shape_is(shape, INK_TASK_TRANSLATOR)) {
    add_stack(&l, "encoder.", shape->source_vocabulary, &parameters->encoder);
  }
  if (ink_shape_is(shape, INK_TASK_CAPTIONER)) add_blocks(&l);
  add_stack(&l, ink_shape_is(shape, INK_TASK_CLASSIFIER) ? "encoder." : "", shape->vocabulary,
            &parameters->stack);
  if (ink_shape_memory(shape) > 0) add_attention(&l);
  parameters->fc_weight =
      shape->tied ? parameters->stack.embedding
                  : add_matrix(&l, "fc.weight", shape->outputs, ink_shape_features(shape));
  parameters->fc_bias = add_bias(&l, "fc.bias", shape->outputs);
  parameters->trained = parameters->size;
  if (ink_shape_has_bag(shape)) add_bag(&l);
  size_t bytes;
  if (!l.fits || !ink_size_multiply(parameters->size, sizeof(float), &bytes)) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "a network of %zu layers, %zu units and %zu tokens is too large", shape->layers,
                    shape->hidden, shape->vocabulary);
  }
  return INK_OK;
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* "[1024,256]" in text [64]. */
static const char *shape_text(const size_t *shape, size_t axes, char text[64]) {
  size_t at = (size_t)ink_snprintf(text, 64, "[");
  for (size_t i = 0; i < axes && at < 64; i++) {
    at += (size_t)ink_snprintf(text + at, 64 - at, "%s%zu", i > 0 ? "," : "", shape[i]);
  }
  if (at < 64) ink_snprintf(text + at, 64 - at, "]");
  return text;
}

/* The tensor, which must have so many axes. */
static ink_status find_shaped(const ink_tensors *tensors, const char *name, size_t axes,
                              const ink_tensor **found, ink_error *error) {
  const ink_tensor *tensor = *found = ink_tensors_find(tensors, name);
  if (tensor == NULL) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is missing: not a text generator", name);
  }
  if (tensor->axes != axes || tensor->count == 0) {
    char shape[64];
    return ink_fail(error, INK_ERROR_FORMAT, "%s is %s where a %s fits", name,
                    shape_text(tensor->shape, tensor->axes, shape),
                    axes == 2 ? "matrix" : "convolution");
  }
  return INK_OK;
}

static ink_status recognise_task(const ink_tensors *tensors, ink_task *task, ink_error *error) {
  const char *name = ink_tensors_metadata(tensors, "task");
  *task = INK_TASK_GENERATOR;
  if (name == NULL) return INK_OK;
  for (int i = 0; i < TASKS; i++) {
    *task = (ink_task)i;
    if (strcmp(name, tasks[i]) == 0 && ink_shape_is(&(ink_shape){.task = *task}, *task)) {
      return INK_OK;
    }
  }
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the model's task is %.40s, which this build does not have", name);
}

/* Vocabulary and embedding of a stack; `rows` of the embedding or else of the columns of
 * weight_ih_l0. */
static ink_status recognise_vocabulary(const ink_tensors *tensors, const char *prefix,
                                       size_t *vocabulary, size_t *embed, ink_error *error) {
  char name[40];
  ink_snprintf(name, sizeof name, "%sembedding.weight", prefix);
  const ink_tensor *tensor = ink_tensors_find(tensors, name);
  bool embedded = tensor != NULL;
  if (!embedded) layer_name(prefix, "weight_ih", 0, name);
  ink_status status = find_shaped(tensors, name, 2, &tensor, error);
  if (status != INK_OK) return status;
  *vocabulary = tensor->shape[embedded ? 0 : 1];
  *embed = embedded ? tensor->shape[1] : 0;
  return INK_OK;
}

static ink_status recognise_blocks(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  char name[40];
  for (;;) {
    block_name("conv#.weight", shape->blocks, name);
    if (shape->blocks > 0 &&
        (shape->blocks == INK_BLOCKS_MAX || ink_tensors_find(tensors, name) == NULL)) {
      return INK_OK;
    }
    const ink_tensor *tensor;
    ink_status status = find_shaped(tensors, name, 4, &tensor, error);
    if (status != INK_OK) return status;
    shape->channels[shape->blocks++] = tensor->shape[0];
  }
}

static ink_status recognise_bag(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  const ink_tensor *scale = ink_tensors_find(tensors, "bag.scale"), *weight;
  if (scale == NULL) return INK_OK;
  ink_status status = find_shaped(tensors, "bag.weight", 2, &weight, error);
  if (status != INK_OK) return status;
  shape->bag_order = scale->count;
  shape->bag_rows = weight->shape[1];
  return INK_OK;
}

static ink_status recognise_shape(const ink_tensors *tensors, ink_shape *shape, ink_error *error) {
  *shape = (ink_shape){0};
  ink_status status = recognise_task(tensors, &shape->task, error);
  if (status != INK_OK) return status;
  const char *prefix = ink_shape_is(shape, INK_TASK_CLASSIFIER) ? "encoder." : "";
  char name[40];
  const ink_tensor *recurrent, *read_out;
  status = find_shaped(tensors, layer_name(prefix, "weight_hh", 0, name), 2, &recurrent, error);
  if (status != INK_OK) return status;
  shape->hidden = recurrent->shape[1];
  shape->gates = recurrent->shape[0] / shape->hidden;
  if (recurrent->shape[0] % shape->hidden != 0 ||
      !ink_cell_kind_of_gates(shape->gates, &shape->cell)) {
    char text[64];
    return ink_fail(error, INK_ERROR_FORMAT,
                    "%s is %s where 1 (rnn), 3 (gru) or 4 (lstm) times %zu rows fit", name,
                    shape_text(recurrent->shape, 2, text), shape->hidden);
  }
  status = recognise_vocabulary(tensors, prefix, &shape->vocabulary, &shape->embed, error);
  if (status != INK_OK) return status;
  do {
    layer_name(prefix, "weight_hh", ++shape->layers, name);
  } while (shape->layers < INK_LAYERS_MAX && ink_tensors_find(tensors, name) != NULL);
  shape->tied = shape->embed == shape->hidden && !ink_shape_is(shape, INK_TASK_CLASSIFIER) &&
                ink_tensors_find(tensors, "fc.weight") == NULL;
  shape->outputs = shape->vocabulary;
  if (!shape->tied) {
    status = find_shaped(tensors, "fc.weight", 2, &read_out, error);
    if (status != INK_OK) return status;
    shape->outputs = read_out->shape[0];
  }
  size_t embed;
  if (ink_shape_is(shape, INK_TASK_TRANSLATOR)) {
    status = recognise_vocabulary(tensors, "encoder.", &shape->source_vocabulary, &embed, error);
  }
  if (ink_shape_is(shape, INK_TASK_CAPTIONER)) status = recognise_blocks(tensors, shape, error);
  if (ink_shape_is(shape, INK_TASK_CLASSIFIER)) status = recognise_bag(tensors, shape, error);
  /* What a generator writes, it reads. */
  if (!ink_shape_is(shape, INK_TASK_CLASSIFIER)) shape->vocabulary = shape->outputs;
  return status;
}

static bool is_vector(const ink_parameter *parameter) { return parameter->columns == 0; }

static ink_status check_tensor(const ink_tensor *tensor, const ink_parameter *parameter,
                               ink_error *error) {
  size_t axes = parameter->axes;
  const size_t *fits = parameter->shape;
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
  if (ink_tensor_is_tokens(name) || strncmp(name, "training.", 9) == 0) return true;
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
  if (is_vector(parameter)) {
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
    } else if (!parameter->optional) {
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
    return ink_fail(error, INK_ERROR_FORMAT, "%.100s has no place in a %s of %zu layer%s%s",
                    tensor->name, ink_task_name(shape.task), shape.layers,
                    shape.layers > 1 ? "s" : "", shape.embed > 0 ? "" : " with one-hot input");
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
                              .axes = p->axes,
                              .count = p->count,
                              .bytes = (const uint8_t *)(floats + p->offset)};
    memcpy(tensors[i].shape, p->shape, sizeof p->shape);
  }
  return parameters->count;
}
