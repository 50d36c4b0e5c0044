/*
 * A training run as bytes, and back. Both the model and the checkpoint are safetensors files with
 * the same weights and metadata; the checkpoint adds tensors named training.*, so that it opens as
 * a model too. Numbers that must return exactly are written in hexadecimal.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/print.h"
#include "base/status.h"
#include "inkling_text.h"
#include "networks/networks.h"
#include "train/options.h"
#include "train/trainer.h"

/* ---- Metadata -------------------------------------------------------------------------------- */

/* Metadata is strings one after another, each with its NUL; pairs of key and value. */
static void add(ink_buffer *list, const char *key, const char *value) {
  ink_buffer_append(list, key, strlen(key) + 1);
  ink_buffer_append(list, value, strlen(value) + 1);
}

static void add_double(ink_buffer *list, const char *key, double value) {
  char text[INK_NUMBER_TEXT];
  ink_number_hexadecimal(value, text);
  add(list, key, text);
}

static void add_metadata(const ink_trainer *t, ink_buffer *list) {
  add(list, "format", "inkling");
  if (t->dataset->items) add(list, "start", "\n");
  if (t->dataset->items) add(list, "end", "\n");
  if (t->dataset->sentences) add(list, "source_begins", "capital");
  if (t->dataset->paragraphs) add(list, "start", "\n\n");
  if (t->note[0] != '\0') add(list, "read_as", t->note);
  char plan[INK_PLAN_TEXT], number[32];
  ink_trainer_plan_text(t, plan);
  if (plan[0] != '\0') add(list, "replan", plan);
  ink_snprintf(number, sizeof number, "%u", (unsigned)t->step);
  add(list, "step", number);
  add(list, "kernels", t->kernels->name); /* others would have rounded otherwise */
  for (size_t i = 0; i < ink_train_options_table.count; i++) {
    const ink_option *option = &ink_train_options_table.rows[i];
    char value[INK_OPTION_TEXT];
    ink_option_format(option, &t->options, value);
    add(list, option->name, value);
  }
}

static void add_run(const ink_trainer *t, ink_buffer *list) {
  char text[32];
  ink_snprintf(text, sizeof text, "%016llx", (unsigned long long)t->dataset->hash);
  add(list, "training.text", text);
  add_double(list, "training.epoch", t->epoch);
  add_double(list, "training.position", (double)t->position);
  add_double(list, "training.loss", t->loss);
  add_double(list, "training.validation_loss", t->validation_loss);
  add_double(list, "training.best_loss", t->best_loss);
  add_double(list, "training.without_gain", t->without_gain);
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Appends a list of tokens, if there is one. */
static size_t list_tokens(const char *name, const ink_vocabulary *vocabulary, ink_tensor *tensors,
                          size_t count) {
  if (vocabulary == NULL) return count;
  size_t size;
  const char *tokens = ink_vocabulary_tokens(vocabulary, &size);
  tensors[count] = ink_tensor_list(name, INK_U8, size, tokens);
  return count + 1;
}

enum { TOKEN_LISTS = 3 };

static size_t list_weights(const ink_trainer *t, const float *weights, ink_tensor *tensors) {
  size_t count = ink_parameters_tensors(&t->parameters, weights, tensors);
  count = list_tokens("vocab", t->dataset->vocabulary, tensors, count);
  count = list_tokens("encoder.vocab", t->dataset->source_vocabulary, tensors, count);
  return list_tokens("labels", t->dataset->labels, tensors, count);
}

static ink_status write_file(const ink_tensor *tensors, size_t count, ink_buffer *metadata,
                             uint8_t **bytes, size_t *size, ink_error *error) {
  ink_buffer file = {0};
  size_t strings = 0;
  for (size_t i = 0; i < metadata->size; i++) strings += metadata->bytes[i] == '\0';
  const char **list = malloc((strings + 1) * sizeof *list);
  file.failed = list == NULL || metadata->failed;
  if (!file.failed) {
    const char *at = metadata->bytes;
    for (size_t i = 0; i < strings; i++, at += strlen(at) + 1) list[i] = at;
    ink_tensors_write(tensors, count, list, strings / 2, &file);
  }
  free(list);
  ink_buffer_free(metadata);
  ink_status status = ink_buffer_end(&file, error);
  *bytes = (uint8_t *)file.bytes;
  *size = file.size;
  return status;
}

/* The same file with weights of four bits. */
static ink_status make_smaller(uint8_t **bytes, size_t *size, ink_error *error) {
  uint8_t *whole = *bytes;
  ink_status status = ink_quantize(whole, *size, INK_WEIGHTS_INT4, bytes, size, error);
  free(whole);
  return status;
}

ink_status ink_trainer_model(const ink_trainer *trainer, int best, const char *metadata,
                             size_t metadata_size, uint8_t **bytes, size_t *size,
                             ink_error *error) {
  *bytes = NULL;
  *size = 0;
  size_t strings = 0;
  for (size_t i = 0; i < metadata_size; i++) strings += metadata[i] == '\0';
  if (metadata_size > 0 && (metadata[metadata_size - 1] != '\0' || strings % 2 != 0)) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "metadata is not pairs of NUL-ended strings");
  }
  ink_tensor tensors[INK_PARAMETERS_MAX + TOKEN_LISTS];
  const float *weights = best && trainer->has_best ? trainer->best : ink_trainer_present(trainer);
  float *settled = NULL;
  if (trainer->task->settle != NULL) {
    size_t size_of_all = trainer->parameters.size * sizeof *settled;
    settled = malloc(size_of_all);
    if (settled == NULL) return ink_fail_memory(error);
    memcpy(settled, weights, size_of_all);
    trainer->task->settle(trainer->dataset, &trainer->parameters, settled);
    weights = settled;
  }
  size_t count = list_weights(trainer, weights, tensors);
  ink_buffer list = {0};
  add_metadata(trainer, &list);
  ink_buffer_append(&list, metadata, metadata_size);
  ink_status status = write_file(tensors, count, &list, bytes, size, error);
  free(settled);
  return status == INK_OK && trainer->options.bits > 0 ? make_smaller(bytes, size, error) : status;
}

ink_status ink_trainer_checkpoint(const ink_trainer *trainer, const float *state, uint8_t **bytes,
                                  size_t *size, ink_error *error) {
  *bytes = NULL;
  *size = 0;
  ink_tensor tensors[INK_PARAMETERS_MAX + TOKEN_LISTS + 5];
  size_t count = list_weights(trainer, trainer->weights, tensors), n = trainer->parameters.size;
  size_t state_size = ink_trainer_state_size(trainer);
  float *own = NULL;
  if (state == NULL) {
    own = ink_trainer_state_room(trainer);
    if (own == NULL) return ink_fail_memory(error);
    ink_trainer_state_get(trainer, own);
    state = own;
  }
  if (state_size > 0) {
    tensors[count++] = ink_tensor_list("training.state", INK_F32, state_size, state);
  }
  tensors[count++] = ink_tensor_list("training.m", INK_F32, n, trainer->m);
  tensors[count++] = ink_tensor_list("training.v", INK_F32, n, trainer->v);
  if (trainer->has_best) {
    tensors[count++] = ink_tensor_list("training.best", INK_F32, n, trainer->best);
  }
  if (trainer->average != NULL) {
    tensors[count++] = ink_tensor_list("training.average", INK_F32, n, trainer->average);
  }
  ink_buffer list = {0};
  add_metadata(trainer, &list);
  add_run(trainer, &list);
  ink_status status = write_file(tensors, count, &list, bytes, size, error);
  free(own);
  return status;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static ink_status fail_missing(const char *key, ink_error *error) {
  return ink_fail(error, INK_ERROR_FORMAT, "not a checkpoint: its metadata has no \"%s\"", key);
}

ink_status ink_train_options_read(const ink_tensors *tensors, ink_train_options *options,
                                  ink_error *error) {
  ink_train_options_default(options);
  for (size_t i = 0; i < ink_train_options_table.count; i++) {
    const ink_option *option = &ink_train_options_table.rows[i];
    const char *value = ink_tensors_metadata(tensors, option->name);
    ink_status status = INK_OK;
    if (value != NULL) {
      status = ink_option_parse(option, value, options, error);
    } else if (ink_option_is_auto(option, options)) {
      /* An earlier version did not have it, and did without what it is for. */
      ink_option_put(option, option->lowest, options);
    }
    if (status != INK_OK) return status;
    if (ink_option_is_auto(option, options)) { /* its run was under way, so all was chosen */
      return ink_fail(error, INK_ERROR_FORMAT, "checkpoint: \"%s\" is left to the recipe",
                      option->name);
    }
  }
  return ink_train_options_check(options, error);
}

static ink_status read_double(const ink_tensors *tensors, const char *key, double *value,
                              ink_error *error) {
  const char *text = ink_tensors_metadata(tensors, key);
  if (text == NULL) return fail_missing(key, error);
  const char *end;
  *value = ink_number_read(text, &end);
  if (*text != '\0' && *end == '\0') return INK_OK;
  return ink_fail(error, INK_ERROR_FORMAT, "checkpoint: \"%s\" is not a number", key);
}

/* A whole number from 0 to `most`. */
static ink_status read_count(const ink_tensors *tensors, const char *key, double most,
                             double *count, ink_error *error) {
  ink_status status = read_double(tensors, key, count, error);
  if (status != INK_OK || (*count >= 0 && *count <= most && *count == floor(*count))) return status;
  return ink_fail(error, INK_ERROR_FORMAT, "checkpoint: \"%s\" is %g", key, *count);
}

static ink_status read_vector(const ink_tensors *tensors, const char *name, size_t count,
                              float *floats, ink_error *error) {
  const ink_tensor *tensor = ink_tensors_find(tensors, name);
  if (tensor == NULL || tensor->count != count) {
    return ink_fail(error, INK_ERROR_FORMAT, "checkpoint: tensor %s is missing or has another size",
                    name);
  }
  return ink_tensor_floats(tensor, floats, error);
}

static ink_status read_progress(const ink_tensors *tensors, ink_trainer *t, ink_error *error) {
  double step, epoch, position;
  ink_status status = read_count(tensors, "step", UINT32_MAX, &step, error);
  if (status == INK_OK) status = read_count(tensors, "training.epoch", UINT32_MAX, &epoch, error);
  if (status == INK_OK) {
    status = read_count(tensors, "training.position", (double)t->dataset->span, &position, error);
  }
  if (status != INK_OK) return status;
  t->step = (uint32_t)step;
  t->epoch = (uint32_t)epoch;
  t->position = (size_t)position;
  status = read_double(tensors, "training.loss", &t->loss, error);
  if (status == INK_OK) {
    status = read_double(tensors, "training.validation_loss", &t->validation_loss, error);
  }
  if (status == INK_OK) status = read_double(tensors, "training.best_loss", &t->best_loss, error);
  double without_gain = 0; /* earlier versions did not count */
  if (status == INK_OK && ink_tensors_metadata(tensors, "training.without_gain") != NULL) {
    status = read_count(tensors, "training.without_gain", UINT32_MAX, &without_gain, error);
  }
  t->without_gain = (uint32_t)without_gain;
  return status;
}

static ink_status read_run(const ink_tensors *tensors, ink_trainer *t, ink_error *error) {
  char hash[32];
  ink_snprintf(hash, sizeof hash, "%016llx", (unsigned long long)t->dataset->hash);
  const char *text = ink_tensors_metadata(tensors, "training.text");
  if (text == NULL) return fail_missing("training.text", error);
  if (strcmp(text, hash) != 0) {
    return ink_fail(error, INK_ERROR_TEXT,
                    "the text is not the one this checkpoint was trained on");
  }
  ink_status status = read_progress(tensors, t, error);
  size_t n = t->parameters.size;
  ink_parameters found = t->parameters;
  if (status == INK_OK) status = ink_parameters_find(tensors, &found, error);
  if (status == INK_OK) status = ink_parameters_read(&found, t->weights, error);
  if (status == INK_OK) status = read_vector(tensors, "training.m", n, t->m, error);
  if (status == INK_OK) status = read_vector(tensors, "training.v", n, t->v, error);
  t->has_best = ink_tensors_find(tensors, "training.best") != NULL;
  if (status == INK_OK && t->has_best) {
    status = read_vector(tensors, "training.best", n, t->best, error);
  }
  if (status == INK_OK && t->average != NULL) {
    status = read_vector(tensors, "training.average", n, t->average, error);
  }
  if (status != INK_OK) return status;
  size_t state_size = ink_trainer_state_size(t);
  float *state = ink_trainer_state_room(t);
  if (state == NULL) return ink_fail_memory(error);
  if (state_size > 0) status = read_vector(tensors, "training.state", state_size, state, error);
  if (status == INK_OK) ink_trainer_state_set(t, state);
  free(state);
  return status;
}

ink_status ink_trainer_resume(const uint8_t *checkpoint, size_t size, const ink_material *material,
                              const ink_train_options *changes, ink_trainer **trainer,
                              ink_error *error) {
  *trainer = NULL;
  ink_tensors *tensors;
  ink_status status = ink_tensors_parse(checkpoint, size, &tensors, error);
  if (status != INK_OK) return status;
  ink_train_options options;
  status = ink_train_options_read(tensors, &options, error);
  if (changes != NULL && changes->threads > 0) options.threads = changes->threads;
  if (changes != NULL && changes->steps > 0) options.steps = changes->steps;
  if (changes != NULL && changes->steps == 0 && changes->epochs > 0) {
    options.steps = 0;
    options.epochs = changes->epochs;
  }
  const ink_training *task = NULL;
  ink_dataset *dataset = NULL;
  ink_material read = *material;
  read.from = checkpoint; /* for its vocabulary */
  read.from_bytes = size;
  if (status == INK_OK) status = ink_trainer_read(&options, &read, &task, &dataset, error);
  /* The material is compared before its vocabulary decides the shapes. */
  ink_parameters parameters;
  if (status == INK_OK) status = ink_parameters_recognise(tensors, &parameters, error);
  if (status == INK_OK && (parameters.shape.vocabulary != dataset->shape.vocabulary ||
                           parameters.shape.outputs != dataset->shape.outputs)) {
    status =
        ink_fail(error, INK_ERROR_TEXT, "the text is not the one this checkpoint was trained on");
  }
  ink_trainer *t = NULL;
  if (status == INK_OK) {
    status = ink_trainer_prepare(task, &options, dataset, &t, error);
  } else if (dataset != NULL) {
    task->free(dataset);
  }
  if (status == INK_OK) status = read_run(tensors, t, error);
  const char *plan = ink_tensors_metadata(tensors, "replan");
  bool same = changes == NULL || (changes->steps == 0 && changes->epochs == 0);
  if (status == INK_OK && plan != NULL && same) status = ink_trainer_follow(t, plan, error);
  ink_tensors_free(tensors);
  if (status != INK_OK) {
    ink_trainer_free(t);
    return status;
  }
  *trainer = t;
  return INK_OK;
}
