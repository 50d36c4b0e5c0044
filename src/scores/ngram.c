/*
 * N-grams of a text, scored and as a model: a table of counts (parts/counts.h), never pruned, and
 * the names of its tokens.
 */
#include "scores/ngram.h"
#include "inkling_scores.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "inkling_text.h"
#include "text/tokens.h"
#include "write/evaluate.h"
#include "write/model.h"

void ink_ngram_free(ink_ngram *ngram) {
  if (ngram == NULL) return;
  ink_counts_free(ngram->counts);
  ink_vocabulary_free(ngram->vocabulary);
  free(ngram);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* Takes the vocabulary, also when it fails. */
static ink_status count_text(const char *text, size_t bytes, ink_vocabulary *vocabulary,
                             uint32_t order, ink_ngram **ngram, ink_error *error) {
  ink_tokens tokens = {0};
  ink_counts *counts = NULL;
  ink_status status = ink_tokens_add(vocabulary, text, bytes, INK_UNKNOWN_FAILS, &tokens, error);
  if (status == INK_OK) {
    size_t kinds = ink_vocabulary_count(vocabulary);
    status = ink_counts_from_tokens(&tokens, 0, tokens.count, kinds, order, &counts, error);
  }
  ink_tokens_free(&tokens);
  ink_ngram *made = status == INK_OK ? malloc(sizeof *made) : NULL;
  if (made != NULL) {
    *made = (ink_ngram){counts, vocabulary};
    *ngram = made;
    return INK_OK;
  }
  ink_counts_free(counts);
  ink_vocabulary_free(vocabulary);
  return status == INK_OK ? ink_fail_memory(error) : status;
}

ink_status ink_ngram_new(const char *text, size_t bytes, const char *vocabulary,
                         size_t vocabulary_size, uint32_t order, ink_ngram **ngram,
                         ink_error *error) {
  *ngram = NULL;
  ink_vocabulary *own;
  if (vocabulary != NULL) {
    ink_status status =
        ink_vocabulary_from_tokens(vocabulary, vocabulary_size, INK_LEVEL_CHAR, &own, error);
    return status == INK_OK ? count_text(text, bytes, own, order, ngram, error) : status;
  }
  ink_text opened;
  ink_status status = ink_text_open(text, bytes, 0, &opened, error);
  if (status == INK_OK) {
    status = ink_vocabulary_from_text(opened.text, opened.bytes, &own, error);
  }
  if (status == INK_OK) {
    status = count_text(opened.text, opened.bytes, own, order, ngram, error);
  }
  ink_text_close(&opened);
  return status;
}

/* ---- Scores ---------------------------------------------------------------------------------- */

ink_status ink_counts_score(const ink_counts *counts, const uint32_t *tokens, size_t count,
                            uint32_t reset, ink_evaluation *evaluation, ink_error *error) {
  ink_status status = ink_evaluation_check(count, reset, error);
  if (status != INK_OK) return status;
  double nats = 0;
  size_t start = 0, predicted = 0; /* start: where the context may begin */
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) start = i;
    if (i == start) continue;
    nats -= ink_log(ink_counts_probability(counts, tokens + start, i - start, tokens[i]));
    predicted++;
  }
  nats /= (double)predicted;
  *evaluation = ink_evaluation_of(nats, (double)predicted);
  return INK_OK;
}

ink_status ink_ngram_evaluate(const ink_ngram *ngram, const char *text, size_t bytes,
                              uint32_t reset, ink_evaluation *evaluation, ink_error *error) {
  uint32_t *ids;
  size_t count;
  ink_status status = ink_vocabulary_encode(ngram->vocabulary, text, bytes, 0, &ids, &count, error);
  if (status != INK_OK) return status;
  status = ink_counts_score(ngram->counts, ids, count, reset, evaluation, error);
  free(ids);
  return status;
}

/* ---- As a model ------------------------------------------------------------------------------ */

/* No layers, no state but the recent tokens, which a stream keeps anyway; all that is done with a
 * network's logits is done with these. */

/* The natural logarithms of all probabilities: their soft-max is the distribution. */
static void predict(ink_stream *const *streams, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const ink_ngram *ngram = streams[i]->network->own;
    float *logits = streams[i]->logits;
    uint32_t context[INK_NGRAM_ORDER_MAX - 1];
    uint32_t length = ink_recent_last(&streams[i]->recent, INK_NGRAM_ORDER_MAX - 1, context);
    ink_counts_distribution(ngram->counts, context, length, logits);
    for (size_t id = 0; id < ink_counts_vocabulary(ngram->counts); id++) {
      logits[id] = (float)ink_log((double)logits[id]);
    }
  }
}

static const ink_network_kind kind = {
    .task = INK_TASK_GENERATOR, .name = "generator", .writes = true, .predict = predict};
static const ink_cell no_cell = {.name = "ngram"};

ink_status ink_ngram_model(const ink_ngram *ngram, ink_model **model, ink_error *error) {
  *model = NULL;
  ink_model *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  ink_network *network = &made->network;
  network->kind = &kind;
  network->kernels = ink_kernels_find(INK_KERNEL_AUTO);
  network->stack.cell = &no_cell;
  network->own = (void *)(uintptr_t)ngram; /* which predict() only reads */
  network->shape.vocabulary = network->shape.outputs = ink_counts_vocabulary(ngram->counts);
  made->dtype = "none";
  made->end = UINT32_MAX;
  made->parameters = ink_counts_size(ngram->counts);
  size_t size;
  const char *tokens = ink_vocabulary_tokens(ngram->vocabulary, &size);
  ink_level level = ink_vocabulary_level(ngram->vocabulary);
  ink_status status = ink_vocabulary_from_tokens(tokens, size, level, &network->vocabulary, error);
  if (status == INK_OK) status = ink_model_write_info(made, error);
  if (status != INK_OK) {
    ink_model_free(made);
    return status;
  }
  *model = made;
  return INK_OK;
}
