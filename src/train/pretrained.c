/*
 * Starting from a model that has been trained on something else: of a generator's weights, what
 * another network has a place for (Howard and Ruder 2018; Dai and Le 2015).
 */
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"
#include "networks/networks.h"
#include "train/trainer.h"

typedef struct pretrained {
  ink_tensors *tensors;
  ink_parameters parameters;
  float *floats; /* [parameters.size] */
  ink_vocabulary *vocabulary;
} pretrained;

static void close_pretrained(pretrained *p) {
  free(p->floats);
  ink_vocabulary_free(p->vocabulary);
  ink_tensors_free(p->tensors);
}

static ink_status open_pretrained(const uint8_t *bytes, size_t size, pretrained *p,
                                  ink_error *error) {
  *p = (pretrained){0};
  ink_status status = ink_tensors_parse(bytes, size, &p->tensors, error);
  if (status == INK_OK) status = ink_parameters_recognise(p->tensors, &p->parameters, error);
  if (status != INK_OK) return status;
  const ink_tensor *vocab = ink_tensors_find(p->tensors, "vocab");
  if (p->parameters.shape.task != INK_TASK_GENERATOR || vocab == NULL) {
    return ink_fail(error, INK_ERROR_ARGUMENT,
                    "training can start from a generator with a vocabulary, and this is none");
  }
  const char *level = ink_tensors_metadata(p->tensors, "level");
  bool words = level != NULL && strcmp(level, "word") == 0;
  status =
      ink_vocabulary_from_tokens((const char *)vocab->bytes, vocab->count,
                                 words ? INK_LEVEL_WORD : INK_LEVEL_CHAR, &p->vocabulary, error);
  if (status != INK_OK) return status;
  p->floats = malloc(p->parameters.size * sizeof *p->floats);
  if (p->floats == NULL) return ink_fail_memory(error);
  return ink_parameters_read(&p->parameters, p->floats, error);
}

static const char *plain_name(const char *name) {
  static const char prefix[] = "encoder.";
  return strncmp(name, prefix, sizeof prefix - 1) == 0 ? name + sizeof prefix - 1 : name;
}

/* The rows of the tokens that both have. Returns how many there are. */
static size_t take_rows(const pretrained *p, const ink_parameter *from,
                        const ink_vocabulary *vocabulary, const ink_parameter *to, float *weights) {
  size_t taken = 0;
  for (uint32_t id = 0; id < ink_vocabulary_count(vocabulary); id++) {
    const char *token = ink_vocabulary_token(vocabulary, id);
    uint32_t row = ink_vocabulary_find_token(p->vocabulary, token, strlen(token));
    if (row == UINT32_MAX) continue;
    memcpy(weights + to->offset + id * to->columns, p->floats + from->offset + row * to->columns,
           to->columns * sizeof *weights);
    taken++;
  }
  return taken;
}

/* Returns whether anything of the parameter was taken. */
static bool take(const pretrained *p, const ink_trainer *t, const ink_parameter *to) {
  const char *name = plain_name(to->name);
  const ink_parameter *from = NULL;
  for (size_t i = 0; i < p->parameters.count && from == NULL; i++) {
    if (strcmp(p->parameters.list[i].name, name) == 0) from = &p->parameters.list[i];
  }
  if (from == NULL || from->columns != to->columns) return false;
  if (strcmp(name, "embedding.weight") == 0) {
    bool source = t->dataset->source_vocabulary != NULL && name != to->name;
    const ink_vocabulary *vocabulary =
        source ? t->dataset->source_vocabulary : t->dataset->vocabulary;
    return take_rows(p, from, vocabulary, to, t->weights) > 0;
  }
  if (strncmp(name, "rnn.", 4) != 0 || from->rows != to->rows) return false;
  memcpy(t->weights + to->offset, p->floats + from->offset, to->count * sizeof(float));
  return true;
}

ink_status ink_trainer_pretrained(ink_trainer *trainer, const uint8_t *bytes, size_t size,
                                  ink_error *error) {
  if (trainer->step > 0 || trainer->has_gradients) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "training has begun from other weights");
  }
  pretrained p;
  ink_status status = open_pretrained(bytes, size, &p, error);
  size_t taken = 0;
  for (size_t i = 0; i < trainer->parameters.count && status == INK_OK; i++) {
    taken += take(&p, trainer, &trainer->parameters.list[i]);
  }
  if (status == INK_OK && taken == 0) {
    status = ink_fail(error, INK_ERROR_ARGUMENT,
                      "no tensor of the model to start from has the shape of one to train");
  }
  close_pretrained(&p);
  return status;
}
