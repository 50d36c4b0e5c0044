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
  free(model->start);
  ink_tensors_free(model->tensors);
  free(model->info_json);
  free(model);
}

/* ---- Vocabulary and metadata --------------------------------------------------------------------- */

static ink_status check_metadata(const ink_model *model, const char *key, const char *wanted,
                                 ink_error *error) {
  const char *value = ink_tensors_metadata(model->tensors, key);
  if (value == NULL || strcmp(value, wanted) == 0) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT, "the model's %s is %.40s where %s fits", key, value,
                  wanted);
}

static ink_status load_vocabulary(ink_model *model, const char *tokens, size_t size,
                                  ink_error *error) {
  if (tokens == NULL) {
    const ink_tensor *vocab = ink_tensors_find(model->tensors, "vocab");
    if (vocab == NULL) {
      return ink_fail(error, INK_ERROR_VOCABULARY,
                      "the file has no vocab tensor: give its %zu tokens in id order as the "
                      "vocabulary (--vocabulary FILE, or { vocabulary: [...] })",
                      model->shape.vocabulary);
    }
    if (vocab->dtype != INK_U8 || vocab->axes != 1) {
      return ink_fail(error, INK_ERROR_FORMAT, "vocab is not a list of bytes (U8)");
    }
    tokens = (const char *)vocab->bytes;
    size = vocab->count;
  }
  ink_status status = ink_vocabulary_from_tokens(tokens, size, &model->vocabulary, error);
  if (status != INK_OK) return status;
  if (ink_vocabulary_count(model->vocabulary) != model->shape.vocabulary) {
    return ink_fail(error, INK_ERROR_VOCABULARY,
                    "the vocabulary has %u tokens, but the model reads and writes %zu",
                    (unsigned)ink_vocabulary_count(model->vocabulary), model->shape.vocabulary);
  }
  return INK_OK;
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

/* ---- Weights ------------------------------------------------------------------------------------- */

static void lay_out(ink_model *model, ink_arena *arena) {
  size_t hidden = model->shape.hidden;
  model->table = ink_arena_floats(arena, model->shape.vocabulary, model->gate_rows);
  for (size_t l = 0; l < model->shape.layers; l++) {
    ink_model_layer *layer = &model->layers[l];
    if (l > 0) {
      layer->weight_ih = ink_arena_floats(arena, model->gate_rows, hidden);
      layer->bias_ih = ink_arena_floats(arena, model->gate_rows, 1);
    }
    layer->weight_hh = ink_arena_floats(arena, model->gate_rows, hidden);
    layer->bias_hh = ink_arena_floats(arena, model->gate_rows, 1);
  }
  model->fc_weight = ink_arena_floats(arena, model->logit_rows, hidden);
  model->fc_bias = ink_arena_floats(arena, model->logit_rows, 1);
}

/* panels [rows/32][columns][32] of matrix [rows][columns], padded with zeros. */
static void pack_matrix(const float *matrix, size_t rows, size_t columns, float *panels) {
  for (size_t first = 0; first < rows; first += INK_PANEL) {
    size_t count = ink_size_min(INK_PANEL, rows - first);
    for (size_t k = 0; k < columns; k++) {
      for (size_t i = 0; i < count; i++) panels[i] = matrix[(first + i) * columns + k];
      for (size_t i = count; i < INK_PANEL; i++) panels[i] = 0;
      panels += INK_PANEL;
    }
  }
}

static void pack_vector(const float *vector, size_t rows, size_t padded_rows, float *packed) {
  memcpy(packed, vector, rows * sizeof *packed);
  memset(packed + rows, 0, (padded_rows - rows) * sizeof *packed);
}

/* table[v] = W_ih x_v + b_ih, where x_v is one-hot or the embedding of token v. `scratch` holds panels
 * [gate_rows][E] and a bias [gate_rows] when there is an embedding. */
static void fill_table(ink_model *model, const ink_parameters *p, const float *floats,
                       float *scratch) {
  const ink_shape *shape = &model->shape;
  size_t rows = shape->gates * shape->hidden, padded = model->gate_rows;
  const float *weight = floats + p->weight_ih[0], *bias = floats + p->bias_ih[0];
  if (shape->embed > 0) {
    float *panels = scratch, *packed_bias = scratch + padded * shape->embed;
    pack_matrix(weight, rows, shape->embed, panels);
    pack_vector(bias, rows, padded, packed_bias);
    for (size_t v = 0; v < shape->vocabulary; v++) {
      model->kernels->matrix_vector(panels, packed_bias, floats + p->embedding + v * shape->embed,
                                    padded, shape->embed, model->table + v * padded);
    }
    return;
  }
  for (size_t v = 0; v < shape->vocabulary; v++) {
    float *row = model->table + v * padded;
    for (size_t i = 0; i < rows; i++) row[i] = bias[i] + weight[i * shape->vocabulary + v];
    memset(row + rows, 0, (padded - rows) * sizeof *row);
  }
}

static void pack_weights(ink_model *model, const ink_parameters *p, const float *floats) {
  const ink_shape *shape = &model->shape;
  size_t rows = shape->gates * shape->hidden, hidden = shape->hidden;
  for (size_t l = 0; l < shape->layers; l++) {
    ink_model_layer *layer = &model->layers[l];
    if (l > 0) {
      pack_matrix(floats + p->weight_ih[l], rows, hidden, layer->weight_ih);
      pack_vector(floats + p->bias_ih[l], rows, model->gate_rows, layer->bias_ih);
    }
    pack_matrix(floats + p->weight_hh[l], rows, hidden, layer->weight_hh);
    pack_vector(floats + p->bias_hh[l], rows, model->gate_rows, layer->bias_hh);
  }
  pack_matrix(floats + p->fc_weight, shape->vocabulary, hidden, model->fc_weight);
  pack_vector(floats + p->fc_bias, shape->vocabulary, model->logit_rows, model->fc_bias);
}

static ink_status load_weights(ink_model *model, const ink_parameters *parameters,
                               ink_error *error) {
  size_t size, temporary_size;
  size_t scratch_rows = model->shape.embed > 0 ? model->gate_rows : 0;
  ink_arena counted = {0};
  lay_out(model, &counted);
  if (!ink_arena_size(&counted, &size)) return ink_fail_memory(error);

  /* The floats of the file, and what fill_table needs, for as long as they are packed. */
  ink_arena temporary = {0};
  ink_arena_floats(&temporary, parameters->size, 1);
  ink_arena_floats(&temporary, scratch_rows, model->shape.embed + 1);
  if (!ink_arena_size(&temporary, &temporary_size)) return ink_fail_memory(error);

  void *temporary_memory = malloc(temporary_size);
  if (temporary_memory == NULL) return ink_fail_memory(error);
  temporary = ink_arena_over(temporary_memory);
  float *floats = ink_arena_floats(&temporary, parameters->size, 1);
  float *scratch = ink_arena_floats(&temporary, scratch_rows, model->shape.embed + 1);
  ink_status status = ink_parameters_read(model->tensors, parameters, floats, error);
  if (status == INK_OK) {
    model->memory = malloc(size);
    if (model->memory == NULL) status = ink_fail_memory(error);
  }
  if (status == INK_OK) {
    ink_arena arena = ink_arena_over(model->memory);
    lay_out(model, &arena);
    fill_table(model, parameters, floats, scratch);
    pack_weights(model, parameters, floats);
  }
  free(temporary_memory);
  return status;
}

/* ---- Information --------------------------------------------------------------------------------- */

void ink_model_info(const ink_model *model, ink_info *info) {
  *info = (ink_info){.task = "generator",
                     .level = "char",
                     .cell = model->cell->name,
                     .kernel = model->kernels->name,
                     .layers = (uint32_t)model->shape.layers,
                     .hidden = (uint32_t)model->shape.hidden,
                     .embed = (uint32_t)model->shape.embed,
                     .vocabulary = (uint32_t)model->shape.vocabulary,
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

ink_status ink_model_write_info(ink_model *model, ink_error *error) {
  ink_info info;
  ink_model_info(model, &info);
  ink_buffer json = {0};
  ink_buffer_format(
      &json,
      "{\"task\":\"%s\",\"level\":\"%s\",\"cell\":\"%s\",\"kernel\":\"%s\","
      "\"layers\":%" PRIu32 ",\"hidden\":%" PRIu32 ",\"embed\":%" PRIu32 ",\"vocabulary\":[",
      info.task, info.level, info.cell, info.kernel, info.layers, info.hidden, info.embed);
  for (uint32_t id = 0; id < info.vocabulary; id++) {
    const char *token = ink_vocabulary_token(model->vocabulary, id);
    if (id > 0) ink_buffer_append(&json, ",", 1);
    ink_buffer_json_string(&json, token, strlen(token));
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

/* ---- Loading ------------------------------------------------------------------------------------- */

static ink_status load(ink_model *model, const uint8_t *bytes, size_t size, const char *vocabulary,
                       size_t vocabulary_size, ink_error *error) {
  ink_parameters parameters;
  ink_status status = ink_tensors_parse(bytes, size, &model->tensors, error);
  if (status == INK_OK) status = check_metadata(model, "task", "generator", error);
  if (status == INK_OK) status = check_metadata(model, "level", "char", error);
  if (status == INK_OK) status = ink_parameters_recognise(model->tensors, &parameters, error);
  if (status != INK_OK) return status;

  model->shape = parameters.shape;
  model->cell = ink_cell_find(model->shape.cell, model->kernels->name);
  model->gate_rows = ink_size_round_up(model->shape.gates * model->shape.hidden, INK_PANEL);
  model->logit_rows = ink_size_round_up(model->shape.vocabulary, INK_PANEL);
  model->bytes = size;
  for (size_t i = 0; i < parameters.count; i++) {
    const ink_tensor *tensor = ink_tensors_find(model->tensors, parameters.list[i].name);
    if (tensor != NULL) model->parameters += tensor->count;
  }
  status = load_vocabulary(model, vocabulary, vocabulary_size, error);
  if (status == INK_OK) status = load_start(model, error);
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
