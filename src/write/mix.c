/*
 * A mixture as a model: the first one's vocabulary, start and end, with the further models' tokens
 * matched to it by their text. See networks/mixture.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "networks/mixture.h"
#include "write/model.h"

/* What is laid out: the mixture, with the arrays that were made before, which are copied. */
typedef struct placing {
  ink_mixture mixture;
  ink_mixture *placed;
} placing;

static uint32_t *copy_ids(ink_arena *arena, const uint32_t *ids, size_t count) {
  uint32_t *copy = ink_arena_take(arena, count + 1, 1, sizeof *copy);
  if (copy != NULL && count > 0) memcpy(copy, ids, count * sizeof *copy);
  return copy;
}

static void lay_out(void *object, ink_arena *arena) {
  placing *p = object;
  size_t vocabulary = p->mixture.first->shape.outputs;
  ink_mixture *mixture = ink_arena_put(arena, &p->mixture, sizeof p->mixture);
  ink_mixture_part *parts = ink_arena_take(arena, p->mixture.count, 1, sizeof *parts);
  for (size_t i = 0; i < p->mixture.count; i++) {
    ink_mixture_part part = p->mixture.parts[i];
    part.own = copy_ids(arena, part.own, vocabulary);
    part.read = copy_ids(arena, part.read, part.read_at[vocabulary]);
    part.read_at = copy_ids(arena, part.read_at, vocabulary + 1);
    if (parts != NULL) parts[i] = part;
  }
  if (mixture != NULL) mixture->parts = parts;
  p->placed = mixture;
}

/* Appends what the part reads for a token that it has under `own`, or lacks. */
static ink_status append_reading(const ink_vocabulary *vocabulary, const char *token, uint32_t own,
                                 ink_buffer *read, ink_error *error) {
  if (own != UINT32_MAX) {
    ink_buffer_append(read, &own, sizeof own);
    return INK_OK;
  }
  bool words = ink_vocabulary_level(vocabulary) == INK_LEVEL_WORD;
  uint32_t *ids;
  size_t count;
  ink_status status =
      ink_vocabulary_encode(vocabulary, token, strlen(token),
                            words ? INK_UNKNOWN_NEAREST : INK_UNKNOWN_SKIPPED, &ids, &count, error);
  if (status != INK_OK) return status;
  ink_buffer_append(read, ids, count * sizeof *ids);
  free(ids);
  return INK_OK;
}

/* Matches the part's tokens to the first's; its arrays are the caller's to free. */
static ink_status match(const ink_network *first, ink_mixture_part *part, ink_error *error) {
  const ink_vocabulary *vocabulary = part->network->vocabulary;
  size_t count = first->shape.outputs, shared = 0;
  part->own = calloc(count, sizeof *part->own);
  part->read_at = calloc(count + 1, sizeof *part->read_at);
  if (part->own == NULL || part->read_at == NULL) return ink_fail_memory(error);
  ink_buffer read = {0};
  ink_status status = INK_OK;
  part->same = part->network->shape.outputs == count;
  for (uint32_t id = 0; id < count && status == INK_OK; id++) {
    const char *token = ink_vocabulary_token(first->vocabulary, id);
    part->own[id] = ink_vocabulary_find_token(vocabulary, token, strlen(token));
    shared += part->own[id] != UINT32_MAX;
    part->same = part->same && part->own[id] == id;
    status = append_reading(vocabulary, token, part->own[id], &read, error);
    part->read_at[id + 1] = (uint32_t)(read.size / sizeof *part->read);
  }
  if (status == INK_OK && read.failed) status = ink_fail_memory(error);
  if (status == INK_OK && shared == 0) {
    status = ink_fail(error, INK_ERROR_VOCABULARY, "the models of a mix share no token");
  }
  part->read = (uint32_t *)(void *)read.bytes;
  return status;
}

static ink_status check(const ink_model *const *models, const float *weights, size_t count,
                        ink_error *error) {
  if (count < 2) return ink_fail(error, INK_ERROR_ARGUMENT, "a mix takes two models or more");
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    const ink_network *network = &models[i]->network;
    if (network->shape.task != INK_TASK_GENERATOR || network->kind == &ink_mixture_kind) {
      return ink_fail(error, INK_ERROR_ARGUMENT, "only generators mix, and a %s is none",
                      network->kind == &ink_mixture_kind ? "mix" : network->kind->name);
    }
    if (ink_vocabulary_level(network->vocabulary) !=
        ink_vocabulary_level(models[0]->network.vocabulary)) {
      return ink_fail(error, INK_ERROR_VOCABULARY,
                      "a model of characters does not mix with one of words");
    }
    if (!(weights[i] >= 0 && weights[i] <= 1)) {
      return ink_fail(error, INK_ERROR_ARGUMENT, "a weight of a mix must be from 0 to 1");
    }
    sum += (double)weights[i];
  }
  if (fabs(sum - 1) < 1e-5) return INK_OK;
  return ink_fail(error, INK_ERROR_ARGUMENT, "the weights of a mix must sum to 1");
}

static ink_status make(const ink_model *const *models, const float *weights, size_t count,
                       ink_mixture_part *parts, ink_model *made, ink_error *error) {
  const ink_model *first = models[0];
  placing p = {.mixture = {&first->network, weights[0], count - 1, parts}};
  for (size_t i = 1; i < count; i++) {
    const ink_model *model = models[i];
    ink_mixture_part *part = &parts[i - 1];
    *part = (ink_mixture_part){.network = &model->network, .weight = weights[i]};
    if (first->start_count == 0) {
      part->start = model->start;
      part->start_count = model->start_count;
    }
    ink_status status = match(&first->network, part, error);
    if (status != INK_OK) return status;
    made->parameters += model->parameters;
    made->bytes += model->bytes;
  }
  ink_status status = ink_arena_allocate(lay_out, &p, &made->weights, NULL, error);
  if (status != INK_OK) return status;
  made->network.own = p.placed;
  return ink_model_write_info(made, error);
}

ink_status ink_model_mix(const ink_model *const *models, const float *weights, size_t count,
                         ink_model **mixed, ink_error *error) {
  *mixed = NULL;
  ink_status status = check(models, weights, count, error);
  if (status != INK_OK) return status;
  ink_model *made = calloc(1, sizeof *made);
  ink_mixture_part *parts = calloc(count, sizeof *parts);
  if (made == NULL || parts == NULL) {
    free(made);
    free(parts);
    return ink_fail_memory(error);
  }
  *made = *models[0];
  made->borrows = true;
  made->weights = NULL;
  made->info_json = NULL;
  made->network.kind = &ink_mixture_kind;
  made->network.reread = NULL;
  made->network.stack = (ink_stack){.cell = models[0]->network.stack.cell};
  status = make(models, weights, count, parts, made, error);
  for (size_t i = 0; i + 1 < count; i++) {
    free(parts[i].own);
    free(parts[i].read_at);
    free(parts[i].read);
  }
  free(parts);
  if (status != INK_OK) {
    ink_model_free(made);
    return status;
  }
  *mixed = made;
  return INK_OK;
}
