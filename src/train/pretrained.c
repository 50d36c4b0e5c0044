/*
 * Starting from a model that has been trained on something else: of a generator's weights, what
 * another network has a place for (Howard and Ruder 2018; Dai and Le 2015).
 */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "networks/networks.h"
#include "train/options.h"
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
  ink_task task = p->parameters.shape.task;
  if (task != INK_TASK_GENERATOR) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "a %s is nothing to start from",
                    ink_network_kind_find(task)->name);
  }
  status = ink_network_load_vocabulary(p->tensors, NULL, 0, p->parameters.shape.vocabulary,
                                       &p->vocabulary, error);
  if (status != INK_OK) return status;
  p->floats = malloc(p->parameters.size * sizeof *p->floats);
  if (p->floats == NULL) return ink_fail_memory(error);
  return ink_parameters_read(&p->parameters, p->floats, error);
}

static const char *plain_name(const char *name) {
  return strncmp(name, "encoder.", 8) == 0 ? name + 8 : name;
}

/* Of each token that both have: its row (in a vector its element), or, where `columns` is set, its
 * column. */
static void take_tokens(const pretrained *p, const ink_parameter *from,
                        const ink_vocabulary *vocabulary, const ink_parameter *to, bool columns,
                        float *weights) {
  size_t width = to->columns > 0 ? to->columns : 1;
  size_t count = columns ? to->rows : width;
  size_t step = columns ? to->columns : 1, from_step = columns ? from->columns : 1;
  for (uint32_t id = 0; id < ink_vocabulary_count(vocabulary); id++) {
    const char *token = ink_vocabulary_token(vocabulary, id);
    uint32_t found = ink_vocabulary_find_token(p->vocabulary, token, strlen(token));
    if (found == UINT32_MAX) continue;
    float *into = weights + to->offset + id * (columns ? 1 : width);
    const float *out = p->floats + from->offset + found * (columns ? 1 : width);
    for (size_t i = 0; i < count; i++) into[i * step] = out[i * from_step];
  }
}

/* Whether a parameter has a row or a column for every token that the network reads or writes. */
static bool is_of_tokens(const ink_trainer *t, const char *name, bool *columns) {
  *columns = false;
  if (strcmp(name, "embedding.weight") == 0) return true;
  *columns = t->parameters.shape.embed == 0 && strcmp(name, "rnn.weight_ih_l0") == 0;
  bool writes = t->parameters.shape.task == INK_TASK_GENERATOR;
  return *columns || (writes && strncmp(name, "fc.", 3) == 0);
}

/* Returns whether it was a layer's, and taken. */
static bool take(const pretrained *p, const ink_trainer *t, const ink_parameter *to) {
  const char *name = plain_name(to->name);
  const ink_parameter *from = NULL;
  for (size_t i = 0; i < p->parameters.count && from == NULL; i++) {
    if (strcmp(p->parameters.list[i].name, name) == 0) from = &p->parameters.list[i];
  }
  bool columns;
  if (from == NULL) return false;
  if (is_of_tokens(t, name, &columns)) {
    bool fits = columns ? from->rows == to->rows && p->parameters.shape.embed == 0
                        : from->columns == to->columns;
    bool source = t->dataset->source_vocabulary != NULL && name != to->name;
    const ink_vocabulary *vocabulary =
        source ? t->dataset->source_vocabulary : t->dataset->vocabulary;
    if (fits) take_tokens(p, from, vocabulary, to, columns, t->weights);
    return false;
  }
  bool fits = from->columns == to->columns && from->rows == to->rows;
  if (strncmp(name, "rnn.", 4) != 0 || !fits) return false;
  memcpy(t->weights + to->offset, p->floats + from->offset, to->count * sizeof(float));
  return true;
}

/* A model of another script has no rows to give, and what its layers know is of no use. */
static ink_status check_tokens(const pretrained *p, const ink_trainer *t, ink_error *error) {
  const ink_vocabulary *vocabulary = t->dataset->vocabulary;
  uint32_t all = ink_vocabulary_count(vocabulary), known = 0;
  uint32_t count = t->dataset->own > 0 ? t->dataset->own : all;
  for (uint32_t id = 0; id < all; id++) {
    const char *token = ink_vocabulary_token(vocabulary, id);
    known += ink_vocabulary_find_token(p->vocabulary, token, strlen(token)) != UINT32_MAX;
  }
  known -= all - count; /* those that the text lacks */
  if (known * 4 >= count) return INK_OK;
  return ink_fail(error, INK_ERROR_VOCABULARY,
                  "of the text's %u %s the model to start from knows %u: it was trained on another "
                  "script",
                  (unsigned)count,
                  ink_vocabulary_level(vocabulary) == INK_LEVEL_WORD ? "words" : "characters",
                  (unsigned)known);
}

ink_status ink_train_options_from(ink_train_options *options, const uint8_t *bytes, size_t size,
                                  ink_error *error) {
  pretrained p;
  ink_status status = open_pretrained(bytes, size, &p, error);
  if (status == INK_OK) {
    const ink_shape *shape = &p.parameters.shape;
    bool words = ink_vocabulary_level(p.vocabulary) == INK_LEVEL_WORD;
    const size_t known[] = {shape->cell, shape->hidden, shape->layers, shape->embed, words};
    static const char *const names[] = {"cell", "hidden", "layers", "embed", "level"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
      ink_option_choose(ink_option_find(&ink_train_options_table, names[i]), (double)known[i],
                        options);
    }
    if (shape->tied && options->embed == options->hidden) options->tied = 1;
    options->pretrained = 1;
    /* What is known is not to be shaken off. */
    ink_option_choose(ink_option_find(&ink_train_options_table, "learning-rate"), 1e-3, options);
    if (words != (options->level == INK_LEVEL_WORD)) {
      status = ink_fail(error, INK_ERROR_ARGUMENT,
                        "the model to start from is one of %s: level must be %s",
                        words ? "words" : "characters", words ? "word" : "char");
    }
  }
  close_pretrained(&p);
  return status;
}

ink_status ink_trainer_pretrained(ink_trainer *trainer, const uint8_t *bytes, size_t size,
                                  ink_error *error) {
  pretrained p;
  ink_status status = open_pretrained(bytes, size, &p, error);
  size_t taken = 0;
  if (status == INK_OK) status = check_tokens(&p, trainer, error);
  for (size_t i = 0; i < trainer->parameters.count && status == INK_OK; i++) {
    taken += take(&p, trainer, &trainer->parameters.list[i]);
  }
  if (status == INK_OK && taken == 0) {
    status = ink_fail(error, INK_ERROR_ARGUMENT,
                      "no layer of the model to start from has this cell and size");
  }
  close_pretrained(&p);
  return status;
}
