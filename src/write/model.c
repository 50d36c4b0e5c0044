/*
 * Loading a model: file, vocabulary, packed weights. See inkling.h and model.h.
 */
#include "write/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "inkling_text.h"
#include "networks/networks.h"

void ink_model_free(ink_model *model) {
  if (model == NULL) return;
  free(model->weights);
  free(model->info_json);
  if (model->borrows) {
    free(model);
    return;
  }
  if (INK_HAS_COUNTS) ink_counts_free(model->network.counts);
  ink_vocabulary_free(model->network.vocabulary);
  ink_vocabulary_free(model->network.source_vocabulary);
  ink_vocabulary_free(model->network.labels);
  free(model->start);
  ink_tensors_free(model->tensors);
  free(model);
}

/* ---- Vocabulary and metadata ----------------------------------------------------------------- */

static ink_status load_start(ink_model *model, ink_error *error) {
  const char *start = ink_tensors_metadata(model->tensors, "start");
  if (start == NULL) return INK_OK;
  ink_status status = ink_vocabulary_encode(model->network.vocabulary, start, strlen(start), 0,
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
  model->end = ink_vocabulary_find_token(model->network.vocabulary, end, strlen(end));
  if (model->end != UINT32_MAX) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "the metadata's end, \"%.40s\", is not a token of the vocabulary", end);
}

/* ---- Information ----------------------------------------------------------------------------- */

void ink_model_info(const ink_model *model, ink_info *info) {
  const ink_counts *counts = ink_network_counts(&model->network);
  *info = (ink_info){
      .task = model->network.kind->name,
      .level = ink_vocabulary_level(model->network.vocabulary) == INK_LEVEL_WORD ? "word" : "char",
      .cell = model->network.stack.cell->name,
      .kernel = model->network.kernels->name,
      .layers = (uint32_t)model->network.shape.layers,
      .hidden = (uint32_t)model->network.shape.hidden,
      .embed = (uint32_t)model->network.shape.embed,
      .vocabulary = (uint32_t)model->network.shape.vocabulary,
      .classes = model->network.labels == NULL ? 0 : (uint32_t)model->network.shape.outputs,
      .bag = (uint32_t)model->network.shape.bag_order,
      .counts = counts == NULL ? 0 : ink_counts_order(counts),
      .counts_weight = model->network.counts_weight,
      .dtype = model->dtype,
      .parameters = model->parameters,
      .bytes = model->bytes};
}

ink_status ink_model_weigh_counts(ink_model *model, float weight, ink_error *error) {
  ink_status status = ink_model_check_weight(model, weight, error);
  if (status == INK_OK) model->network.counts_weight = weight;
  return status;
}

ink_status ink_model_fail_counts(ink_error *error) {
  return ink_fail(error, INK_ERROR_ARGUMENT, "the model has no counts: inkling count makes some");
}

ink_status ink_model_check_weight(const ink_model *model, float weight, ink_error *error) {
  if (ink_network_counts(&model->network) == NULL) return ink_model_fail_counts(error);
  if (weight >= 0 && weight <= 1) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT, "the weight of the counts must be from 0 to 1");
}

const char *ink_model_info_json(const ink_model *model) { return model->info_json; }

const char *ink_model_metadata(const ink_model *model, const char *key) {
  return model->tensors == NULL ? NULL : ink_tensors_metadata(model->tensors, key);
}

const char *ink_model_token(const ink_model *model, uint32_t id) {
  return id < model->network.shape.vocabulary ? ink_vocabulary_token(model->network.vocabulary, id)
                                              : NULL;
}

ink_status ink_model_check_writes(const ink_model *model, ink_error *error) {
  if (model->network.kind->writes) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT, "a %s does not write text: ask it for a class",
                  model->network.kind->name);
}

const char *ink_model_label(const ink_model *model, uint32_t id) {
  if (model->network.labels == NULL || id >= model->network.shape.outputs) return NULL;
  return ink_vocabulary_token(model->network.labels, id);
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
  write_tokens(&json, model->network.vocabulary);
  if (model->network.labels != NULL) {
    ink_buffer_format(&json, "],\"bag\":%" PRIu32 ",\"labels\":[", info.bag);
    write_tokens(&json, model->network.labels);
  }
  ink_buffer_format(&json, "],\"parameters\":%" PRIu64 ",\"bytes\":%" PRIu64, info.parameters,
                    info.bytes);
  const ink_counts *counts = ink_network_counts(&model->network);
  if (counts != NULL) {
    ink_buffer_format(&json, ",\"counts\":{\"order\":%" PRIu32 ",\"pairs\":%zu}", info.counts,
                      ink_counts_size(counts));
  }
  ink_buffer_format(&json, ",\"metadata\":{");
  size_t count = model->tensors == NULL ? 0 : model->tensors->metadata_count;
  for (size_t i = 0; i < count; i++) {
    const char *key = model->tensors->metadata[i].key, *value = model->tensors->metadata[i].value;
    if (i > 0) ink_buffer_append(&json, ",", 1);
    ink_buffer_json_string(&json, key, strlen(key));
    ink_buffer_append(&json, ":", 1);
    ink_buffer_json_string(&json, value, strlen(value));
  }
  ink_buffer_append(&json, "}}", 3); /* with the NUL */
  ink_status status = ink_buffer_end(&json, error);
  model->info_json = json.bytes;
  return status;
}

/* ---- What it reads of a text ------------------------------------------------------------------- */

/* What it reads with: a translator has another one for what it writes. */
static const ink_vocabulary *reader(const ink_model *model) {
  const ink_network *network = &model->network;
  return network->source_vocabulary != NULL ? network->source_vocabulary : network->vocabulary;
}

ink_status ink_model_lacks(const ink_model *model, const char *text, size_t bytes, ink_lacks *lacks,
                           ink_error *error) {
  return ink_vocabulary_lacks(reader(model), text, bytes, lacks, error);
}

ink_status ink_model_reading(const ink_model *model, const char *text, size_t bytes, char **reading,
                             size_t *reading_bytes, ink_error *error) {
  return ink_vocabulary_reading(reader(model), text, bytes, reading, reading_bytes, error);
}

/* ---- Loading --------------------------------------------------------------------------------- */

/* Metadata of converted models (docs/formats.md) that say how their network differs, in what this
 * build does not compute. */
static const char *const not_computed[] = {"mask-zero",
#ifdef INK_GENERATE_ONLY
                                           "head", "dense", "reads"
#endif
};

/* Refuses such a model by name rather than run it as another network. */
static ink_status check_computed(const ink_tensors *tensors, ink_error *error) {
  for (size_t i = 0; i < sizeof not_computed / sizeof *not_computed; i++) {
    const char *value = ink_tensors_metadata(tensors, not_computed[i]);
    if (value == NULL) continue;
    return ink_fail(error, INK_ERROR_FORMAT,
                    "the model's %s is %.40s, which this build does not compute", not_computed[i],
                    value);
  }
  if (INK_HAS_FOREIGN) return INK_OK;
  const ink_tensor *reverse = ink_tensors_find(tensors, "rnn.weight_hh_l0_reverse");
  if (reverse == NULL) return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT,
                  "the model's %s reads from the end, which this build does not compute",
                  reverse->name);
}

static ink_status load(ink_model *model, const uint8_t *bytes, size_t size, const char *vocabulary,
                       size_t vocabulary_size, ink_error *error) {
  ink_network *network = &model->network;
  ink_parameters parameters;
  ink_status status = ink_tensors_parse(bytes, size, &model->tensors, error);
  if (status == INK_OK) status = check_computed(model->tensors, error);
  if (status == INK_OK) status = ink_parameters_recognise(model->tensors, &parameters, error);
  if (status != INK_OK) return status;

  network->shape = parameters.shape;
  network->kind = ink_network_kind_find(network->shape.task);
  model->bytes = size;
  model->dtype =
      ink_dtype_name(ink_parameters_at(&parameters, parameters.stack.weight_hh[0])->tensor->dtype);
  for (size_t i = 0; i < parameters.count; i++) {
    const ink_tensor *tensor = parameters.list[i].tensor;
    if (tensor != NULL) model->parameters += tensor->count;
  }
  status = ink_network_load_vocabulary(model->tensors, vocabulary, vocabulary_size,
                                       network->shape.vocabulary, &network->vocabulary, error);
  if (status == INK_OK && INK_HAS_COUNTS && network->kind->writes) {
    status = ink_counts_open(model->tensors, network->shape.outputs, &network->counts,
                             &network->counts_weight, error);
  }
  if (status == INK_OK && network->kind->open != NULL) {
    status = network->kind->open(network, model->tensors, error);
  }
  if (status == INK_OK && INK_HAS_FOREIGN && network->shape.reads != INK_READS_STATE) {
    status = ink_reread_padding(model->tensors, network->vocabulary, &network->padding, error);
  }
  if (status == INK_OK) status = load_start(model, error);
  if (status == INK_OK) status = load_end(model, error);
  if (status == INK_OK) status = ink_network_pack(network, &parameters, &model->weights, error);
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
  loaded->network.kernels = kernels;
  ink_status status = load(loaded, bytes, size, vocabulary, vocabulary_size, error);
  if (status != INK_OK) {
    ink_model_free(loaded);
    return status;
  }
  *model = loaded;
  return INK_OK;
}
