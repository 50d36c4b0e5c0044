/*
 * Loading a model: file, vocabulary, packed weights. See inkling.h and model.h.
 */
#include "model/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/size.h"
#include "base/status.h"
#include "model/arena.h"

void ink_model_free(ink_model *model) {
  if (model == NULL) return;
  free(model->memory);
  ink_vocabulary_free(model->vocabulary);
  ink_vocabulary_free(model->source_vocabulary);
  ink_vocabulary_free(model->labels);
  free(model->start);
  ink_tensors_free(model->tensors);
  free(model->info_json);
  free(model);
}

/* ---- Vocabulary and metadata ----------------------------------------------------------------- */

static ink_status check_metadata(const ink_model *model, const char *key, const char *wanted,
                                 ink_error *error) {
  const char *value = ink_tensors_metadata(model->tensors, key);
  if (value == NULL || strcmp(value, wanted) == 0) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT, "the model's %s is %.40s where %s fits", key, value,
                  wanted);
}

/* What a token is; without metadata a character. */
static ink_status read_level(const ink_model *model, ink_level *level, ink_error *error) {
  const char *name = ink_tensors_metadata(model->tensors, "level");
  *level = name != NULL && strcmp(name, "word") == 0 ? INK_LEVEL_WORD : INK_LEVEL_CHAR;
  return *level == INK_LEVEL_WORD ? INK_OK : check_metadata(model, "level", "char", error);
}

/* Tokens of the tensor `name`, of which there must be `count`. */
static ink_status load_tokens(const ink_model *model, const char *name, size_t count,
                              ink_level level, ink_vocabulary **vocabulary, ink_error *error) {
  const ink_tensor *tensor = ink_tensors_find(model->tensors, name);
  if (tensor == NULL) {
    return ink_fail(error, INK_ERROR_VOCABULARY,
                    "the file has no %s tensor: give its %zu tokens in id order as the "
                    "vocabulary (--vocabulary FILE, or { vocabulary: [...] })",
                    name, count);
  }
  if (tensor->dtype != INK_U8 || tensor->axes != 1) {
    return ink_fail(error, INK_ERROR_FORMAT, "%s is not a list of bytes (U8)", name);
  }
  return ink_vocabulary_from_tokens((const char *)tensor->bytes, tensor->count, level, vocabulary,
                                    error);
}

static ink_status check_count(const char *name, const ink_vocabulary *vocabulary, size_t count,
                              ink_error *error) {
  if (ink_vocabulary_count(vocabulary) == count) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the %s has %u tokens, but the model reads and writes %zu", name,
                  (unsigned)ink_vocabulary_count(vocabulary), count);
}

/* `tokens` NULL: the file's own. */
static ink_status load_vocabulary(ink_model *model, const char *tokens, size_t size,
                                  ink_error *error) {
  const ink_shape *shape = &model->shape;
  ink_level level;
  ink_status status = read_level(model, &level, error);
  if (status != INK_OK) return status;
  status = tokens == NULL
               ? load_tokens(model, "vocab", shape->vocabulary, level, &model->vocabulary, error)
               : ink_vocabulary_from_tokens(tokens, size, level, &model->vocabulary, error);
  if (status == INK_OK) {
    status = check_count("vocabulary", model->vocabulary, shape->vocabulary, error);
  }
  if (status == INK_OK && ink_shape_is(shape, INK_TASK_TRANSLATOR)) {
    status = load_tokens(model, "encoder.vocab", shape->source_vocabulary, level,
                         &model->source_vocabulary, error);
    if (status == INK_OK) {
      status =
          check_count("encoder.vocab", model->source_vocabulary, shape->source_vocabulary, error);
    }
  }
  if (status == INK_OK && ink_shape_is(shape, INK_TASK_CLASSIFIER)) {
    status = load_tokens(model, "labels", shape->outputs, INK_LEVEL_WORD, &model->labels, error);
    if (status == INK_OK) status = check_count("labels", model->labels, shape->outputs, error);
  }
  return status;
}

static ink_status load_start(ink_model *model, ink_error *error) {
  const char *start = ink_tensors_metadata(model->tensors, "start");
  if (start == NULL) return INK_OK;
  ink_status status = ink_vocabulary_encode(model->vocabulary, start, strlen(start), 0,
                                            &model->start, &model->start_count, NULL);
  if (status == INK_ERROR_MEMORY) return ink_fail_memory(error);
  if (status != INK_OK) {
    return ink_fail(error, INK_ERROR_VOCABULARY,
                    "the metadata's start, \"%.40s\", has characters outside the vocabulary",
                    start);
  }
  return INK_OK;
}

static ink_status load_end(ink_model *model, ink_error *error) {
  const char *end = ink_tensors_metadata(model->tensors, "end");
  model->end = UINT32_MAX;
  if (end == NULL) return INK_OK;
  model->end = ink_vocabulary_find_token(model->vocabulary, end, strlen(end));
  if (model->end != UINT32_MAX) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the metadata's end, \"%.40s\", is not a token of the vocabulary", end);
}

/* The side of the pictures that a captioner reads. */
static ink_status load_picture(ink_model *model, ink_error *error) {
  if (!ink_shape_is(&model->shape, INK_TASK_CAPTIONER)) return INK_OK;
  const char *text = ink_tensors_metadata(model->tensors, "picture");
  char *end = NULL;
  unsigned long side = text == NULL ? 0 : strtoul(text, &end, 10);
  if (text == NULL || text[0] < '0' || text[0] > '9' || *end != '\0' || side > INK_PICTURE_MAX) {
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the metadata's picture, pixels of a side, is \"%.20s\"; it must be 1 to %d",
                    text == NULL ? "" : text, INK_PICTURE_MAX);
  }
  model->picture = side;
  if (side >> (model->shape.blocks - 1) > 0) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the metadata's picture is %lu, of which %zu blocks would leave nothing", side,
                  model->shape.blocks);
}

/* ---- Weights --------------------------------------------------------------------------------- */

/* Floats that a table may have. A larger one, as of a vocabulary of many words, would cost more
 * memory than it saves time. */
static const size_t TABLE_MAX = (size_t)4 << 20;

static bool has_table(const ink_model *model, size_t vocabulary) {
  return model->shape.embed == 0 || vocabulary <= TABLE_MAX / model->gate_rows;
}

/* The layer's arrays, for the matrix at this offset as the file has it; always f32 when told so. */
static void lay_out_panels(ink_panels *panels, const ink_parameters *parameters, size_t weight,
                           bool floats, ink_arena *arena) {
  const ink_parameter *matrix = ink_parameters_at(parameters, weight);
  size_t rows = ink_size_round_up(matrix->rows, INK_ROWS);
  *panels = (ink_panels){.rows = rows, .columns = matrix->columns};
  panels->bias = ink_arena_floats(arena, rows, 1);
  if (matrix->scale != NULL && !floats) {
    panels->lanes = ink_arena_take(arena, rows / INK_PANEL, ink_panels_lanes(panels->columns),
                                   sizeof *panels->lanes);
    panels->scales = ink_arena_floats(arena, rows, 1);
  } else {
    panels->floats = ink_arena_floats(arena, rows, panels->columns);
  }
}

static void lay_out_stack(const ink_model *model, ink_model_stack *stack, const ink_parameters *p,
                          const ink_stack_parameters *at, ink_arena *arena) {
  if (has_table(model, at->vocabulary)) {
    stack->table = ink_arena_floats(arena, at->vocabulary, model->gate_rows);
  } else {
    stack->embedding = ink_arena_floats(arena, at->vocabulary, model->shape.embed);
    lay_out_panels(&stack->layers[0].input, p, at->weight_ih[0], true, arena);
  }
  for (size_t l = 0; l < model->shape.layers; l++) {
    ink_model_layer *layer = &stack->layers[l];
    if (l > 0) lay_out_panels(&layer->input, p, at->weight_ih[l], false, arena);
    lay_out_panels(&layer->recurrent, p, at->weight_hh[l], false, arena);
  }
}

static void lay_out(ink_model *model, const ink_parameters *p, ink_arena *arena) {
  lay_out_stack(model, &model->stack, p, &p->stack, arena);
  if (ink_shape_is(&model->shape, INK_TASK_TRANSLATOR)) {
    lay_out_stack(model, &model->encoder, p, &p->encoder, arena);
  }
  bool pictures = ink_shape_is(&model->shape, INK_TASK_CAPTIONER);
  for (size_t i = 0; pictures && i < model->shape.blocks; i++) {
    ink_model_block *block = &model->blocks[i];
    lay_out_panels(&block->convolution, p, p->blocks[i].conv_weight, false, arena);
    block->norm_weight = ink_arena_floats(arena, model->shape.channels[i], 1);
    block->norm_bias = ink_arena_floats(arena, model->shape.channels[i], 1);
  }
  if (pictures) lay_out_panels(&model->bridge, p, p->bridge_weight, false, arena);
  if (ink_shape_memory(&model->shape) > 0) {
    lay_out_panels(&model->key, p, p->key_weight, false, arena);
    lay_out_panels(&model->attention, p, p->attention_weight, false, arena);
  }
  lay_out_panels(&model->read_out, p, p->fc_weight, false, arena);
  if (ink_shape_has_bag(&model->shape)) {
    model->bag_bias = ink_arena_floats(arena, model->shape.outputs, 1);
    model->bag_scale = ink_arena_floats(arena, model->shape.bag_order, 1);
    model->bag = ink_arena_floats(arena, model->shape.bag_rows + 1, model->shape.outputs);
  }
}

/* Arrays for W_ih of layer 0 while a table is made, when there is an embedding. */
static ink_panels lay_out_embedded(const ink_model *model, ink_arena *arena) {
  ink_panels panels = {.rows = model->gate_rows, .columns = model->shape.embed};
  if (panels.columns > 0) {
    panels.bias = ink_arena_floats(arena, panels.rows, 1);
    panels.floats = ink_arena_floats(arena, panels.rows, panels.columns);
  }
  return panels;
}

/* table[v] = W_ih x_v + b_ih, where x_v is one-hot or the embedding of token v. It is f32 whatever
 * the file has: a step reads one row of it, so that fewer bytes would save nothing. */
static void fill_table(const ink_model *model, const ink_stack_parameters *at, const float *floats,
                       ink_panels embedded, float *table) {
  const ink_shape *shape = &model->shape;
  size_t rows = shape->gates * shape->hidden, padded = model->gate_rows;
  const float *weight = floats + at->weight_ih[0], *bias = floats + at->bias_ih[0];
  if (shape->embed > 0) ink_panels_pack(&embedded, rows, weight, bias);
  for (size_t v = 0; v < at->vocabulary; v++) {
    float *row = table + v * padded;
    if (shape->embed > 0) {
      const float *vector = floats + at->embedding + v * shape->embed;
      model->kernels->product(&embedded, 1, &vector, &row);
    } else {
      for (size_t i = 0; i < rows; i++) row[i] = bias[i] + weight[i * at->vocabulary + v];
      memset(row + rows, 0, (padded - rows) * sizeof *row);
    }
  }
}

/* `bias` NULL: zeros. */
static ink_status pack(ink_panels *panels, const ink_parameters *p, size_t weight,
                       const float *bias, const float *floats, ink_error *error) {
  const ink_parameter *matrix = ink_parameters_at(p, weight);
  if (panels->lanes == NULL) {
    ink_panels_pack(panels, matrix->rows, floats + weight, bias);
    return INK_OK;
  }
  ink_status status = ink_tensor_floats(matrix->scale, panels->scales, error);
  if (status == INK_OK) ink_panels_pack_int8(panels, matrix->rows, matrix->tensor->bytes, bias);
  return status;
}

static ink_status pack_stack(const ink_model *model, ink_model_stack *stack,
                             const ink_parameters *p, const ink_stack_parameters *at,
                             const float *floats, ink_panels embedded, ink_error *error) {
  const ink_shape *shape = &model->shape;
  ink_status status = INK_OK;
  if (stack->table != NULL) {
    fill_table(model, at, floats, embedded, stack->table);
  } else {
    memcpy(stack->embedding, floats + at->embedding, at->vocabulary * shape->embed * sizeof(float));
    ink_panels_pack(&stack->layers[0].input, shape->gates * shape->hidden,
                    floats + at->weight_ih[0], floats + at->bias_ih[0]);
  }
  for (size_t l = 0; l < shape->layers && status == INK_OK; l++) {
    ink_model_layer *layer = &stack->layers[l];
    if (l > 0) {
      status = pack(&layer->input, p, at->weight_ih[l], floats + at->bias_ih[l], floats, error);
    }
    if (status == INK_OK) {
      status = pack(&layer->recurrent, p, at->weight_hh[l], floats + at->bias_hh[l], floats, error);
    }
  }
  return status;
}

static void pack_bag(const ink_model *model, const ink_parameters *p, const float *floats) {
  const ink_shape *shape = &model->shape;
  size_t rows = shape->bag_rows, classes = shape->outputs;
  memcpy(model->bag_bias, floats + p->bag_bias, classes * sizeof *floats);
  memcpy(model->bag_scale, floats + p->bag_scale, shape->bag_order * sizeof *floats);
  for (size_t row = 0; row < rows; row++) {
    for (size_t c = 0; c < classes; c++) {
      model->bag[row * classes + c] = floats[p->bag_weight + c * rows + row];
    }
  }
  memset(model->bag + rows * classes, 0, classes * sizeof *floats);
}

static ink_status pack_weights(ink_model *model, const ink_parameters *p, const float *floats,
                               ink_panels embedded, ink_error *error) {
  ink_status status = pack_stack(model, &model->stack, p, &p->stack, floats, embedded, error);
  if (status == INK_OK && ink_shape_is(&model->shape, INK_TASK_TRANSLATOR)) {
    status = pack_stack(model, &model->encoder, p, &p->encoder, floats, embedded, error);
  }
  bool pictures = ink_shape_is(&model->shape, INK_TASK_CAPTIONER);
  for (size_t i = 0; pictures && i < model->shape.blocks && status == INK_OK; i++) {
    const ink_block_parameters *at = &p->blocks[i];
    size_t size = model->shape.channels[i] * sizeof(float);
    memcpy(model->blocks[i].norm_weight, floats + at->norm_weight, size);
    memcpy(model->blocks[i].norm_bias, floats + at->norm_bias, size);
    status = pack(&model->blocks[i].convolution, p, at->conv_weight, floats + at->conv_bias, floats,
                  error);
  }
  if (status == INK_OK && pictures) {
    status = pack(&model->bridge, p, p->bridge_weight, floats + p->bridge_bias, floats, error);
  }
  if (status == INK_OK && ink_shape_memory(&model->shape) > 0) {
    status = pack(&model->key, p, p->key_weight, NULL, floats, error);
    if (status == INK_OK) {
      status = pack(&model->attention, p, p->attention_weight, floats + p->attention_bias, floats,
                    error);
    }
  }
  if (status != INK_OK) return status;
  if (ink_shape_has_bag(&model->shape)) pack_bag(model, p, floats);
  return pack(&model->read_out, p, p->fc_weight, floats + p->fc_bias, floats, error);
}

static ink_status load_weights(ink_model *model, const ink_parameters *parameters,
                               ink_error *error) {
  size_t size, temporary_size;
  ink_arena counted = {0};
  lay_out(model, parameters, &counted);
  if (!ink_arena_size(&counted, &size)) return ink_fail_memory(error);

  /* The floats of the file, and what fill_table() needs, for as long as they are packed. */
  ink_arena temporary = {0};
  ink_arena_floats(&temporary, parameters->size, 1);
  lay_out_embedded(model, &temporary);
  if (!ink_arena_size(&temporary, &temporary_size)) return ink_fail_memory(error);

  void *temporary_memory = malloc(temporary_size);
  if (temporary_memory == NULL) return ink_fail_memory(error);
  temporary = ink_arena_over(temporary_memory);
  float *floats = ink_arena_floats(&temporary, parameters->size, 1);
  ink_panels embedded = lay_out_embedded(model, &temporary);
  ink_status status = ink_parameters_read(parameters, floats, error);
  if (status == INK_OK) {
    model->memory = malloc(size);
    if (model->memory == NULL) status = ink_fail_memory(error);
  }
  if (status == INK_OK) {
    ink_arena arena = ink_arena_over(model->memory);
    lay_out(model, parameters, &arena);
    status = pack_weights(model, parameters, floats, embedded, error);
  }
  free(temporary_memory);
  return status;
}

/* ---- Information ----------------------------------------------------------------------------- */

void ink_model_info(const ink_model *model, ink_info *info) {
  *info = (ink_info){
      .task = ink_task_name(model->shape.task),
      .level = ink_vocabulary_level(model->vocabulary) == INK_LEVEL_WORD ? "word" : "char",
      .cell = model->cell->name,
      .kernel = model->kernels->name,
      .layers = (uint32_t)model->shape.layers,
      .hidden = (uint32_t)model->shape.hidden,
      .embed = (uint32_t)model->shape.embed,
      .vocabulary = (uint32_t)model->shape.vocabulary,
      .classes = model->labels == NULL ? 0 : (uint32_t)model->shape.outputs,
      .bag = (uint32_t)model->shape.bag_order,
      .dtype = model->dtype,
      .parameters = model->parameters,
      .bytes = model->bytes};
}

const char *ink_model_info_json(const ink_model *model) { return model->info_json; }

const char *ink_model_metadata(const ink_model *model, const char *key) {
  return model->tensors == NULL ? NULL : ink_tensors_metadata(model->tensors, key);
}

const char *ink_model_token(const ink_model *model, uint32_t id) {
  return id < model->shape.vocabulary ? ink_vocabulary_token(model->vocabulary, id) : NULL;
}

ink_status ink_model_check_writes(const ink_model *model, ink_error *error) {
  if (!ink_shape_is(&model->shape, INK_TASK_CLASSIFIER)) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT,
                  "a classifier does not write text: ask it for a class");
}

const char *ink_model_label(const ink_model *model, uint32_t id) {
  if (model->labels == NULL || id >= model->shape.outputs) return NULL;
  return ink_vocabulary_token(model->labels, id);
}

/* A list of tokens as a JSON array. */
static void write_tokens(ink_buffer *json, const ink_vocabulary *tokens) {
  for (uint32_t id = 0; id < ink_vocabulary_count(tokens); id++) {
    const char *token = ink_vocabulary_token(tokens, id);
    if (id > 0) ink_buffer_append(json, ",", 1);
    ink_buffer_json_string(json, token, strlen(token));
  }
}

ink_status ink_model_write_info(ink_model *model, ink_error *error) {
  ink_info info;
  ink_model_info(model, &info);
  ink_buffer json = {0};
  ink_buffer_format(&json,
                    "{\"task\":\"%s\",\"level\":\"%s\",\"cell\":\"%s\",\"kernel\":\"%s\","
                    "\"layers\":%" PRIu32 ",\"hidden\":%" PRIu32 ",\"embed\":%" PRIu32
                    ",\"dtype\":\"%s\",\"vocabulary\":[",
                    info.task, info.level, info.cell, info.kernel, info.layers, info.hidden,
                    info.embed, info.dtype);
  write_tokens(&json, model->vocabulary);
  if (model->labels != NULL) {
    ink_buffer_format(&json, "],\"bag\":%" PRIu32 ",\"labels\":[", info.bag);
    write_tokens(&json, model->labels);
  }
  ink_buffer_format(&json, "],\"parameters\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"metadata\":{",
                    info.parameters, info.bytes);
  size_t count = model->tensors == NULL ? 0 : ink_tensors_metadata_count(model->tensors);
  for (size_t i = 0; i < count; i++) {
    const char *key, *value;
    ink_tensors_metadata_at(model->tensors, i, &key, &value);
    if (i > 0) ink_buffer_append(&json, ",", 1);
    ink_buffer_json_string(&json, key, strlen(key));
    ink_buffer_append(&json, ":", 1);
    ink_buffer_json_string(&json, value, strlen(value));
  }
  ink_buffer_append(&json, "}}", 3); /* with the NUL */
  if (json.failed) {
    ink_buffer_free(&json);
    return ink_fail_memory(error);
  }
  model->info_json = json.bytes;
  return INK_OK;
}

/* ---- Loading --------------------------------------------------------------------------------- */

static ink_status load(ink_model *model, const uint8_t *bytes, size_t size, const char *vocabulary,
                       size_t vocabulary_size, ink_error *error) {
  ink_parameters parameters;
  ink_status status = ink_tensors_parse(bytes, size, &model->tensors, error);
  if (status == INK_OK) status = ink_parameters_recognise(model->tensors, &parameters, error);
  if (status != INK_OK) return status;

  model->shape = parameters.shape;
  model->cell = ink_cell_find(model->shape.cell, model->kernels->name);
  model->gate_rows = ink_size_round_up(model->shape.gates * model->shape.hidden, INK_ROWS);
  model->logit_rows = ink_size_round_up(model->shape.outputs, INK_ROWS);
  model->bytes = size;
  model->dtype =
      ink_dtype_name(ink_parameters_at(&parameters, parameters.stack.weight_hh[0])->tensor->dtype);
  for (size_t i = 0; i < parameters.count; i++) {
    const ink_tensor *tensor = parameters.list[i].tensor;
    if (tensor != NULL) model->parameters += tensor->count;
  }
  status = load_vocabulary(model, vocabulary, vocabulary_size, error);
  if (status == INK_OK) status = load_start(model, error);
  if (status == INK_OK) status = load_end(model, error);
  if (status == INK_OK) status = load_picture(model, error);
  if (status == INK_OK) status = load_weights(model, &parameters, error);
  if (status == INK_OK) status = ink_model_write_info(model, error);
  return status;
}

ink_status ink_model_load(const uint8_t *bytes, size_t size, const char *vocabulary,
                          size_t vocabulary_size, ink_kernel kernel, ink_model **model,
                          ink_error *error) {
  *model = NULL;
  const ink_kernels *kernels = ink_kernels_find(kernel);
  if (kernels == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "this build or this machine has no kernels of kind %d", (int)kernel);
  }
  ink_model *loaded = calloc(1, sizeof *loaded);
  if (loaded == NULL) return ink_fail_memory(error);
  loaded->kernels = kernels;
  ink_status status = load(loaded, bytes, size, vocabulary, vocabulary_size, error);
  if (status != INK_OK) {
    ink_model_free(loaded);
    return status;
  }
  *model = loaded;
  return INK_OK;
}
