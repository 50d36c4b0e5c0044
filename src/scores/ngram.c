/*
 * N-grams of a text, scored and as a model: a table of counts (parts/counts.h), never pruned, and
 * the names of its tokens.
 */
#include "scores/ngram.h"
#include "inkling_scores.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "inkling_text.h"
#include "text/tokens.h"
#include "write/evaluate.h"

struct ink_ngram {
  ink_counts *counts;
  ink_vocabulary *vocabulary; /* or NULL */
};

void ink_ngram_free(ink_ngram *ngram) {
  if (ngram == NULL) return;
  ink_counts_free(ngram->counts);
  ink_vocabulary_free(ngram->vocabulary);
  free(ngram);
}

const ink_vocabulary *ink_ngram_vocabulary(const ink_ngram *ngram) { return ngram->vocabulary; }

size_t ink_ngram_vocabulary_count(const ink_ngram *ngram) {
  return ink_counts_vocabulary(ngram->counts);
}

size_t ink_ngram_size(const ink_ngram *ngram) { return ink_counts_size(ngram->counts); }

/* ---- Counting -------------------------------------------------------------------------------- */

/* Takes both, also when it fails; the vocabulary may be NULL. */
static ink_status make_ngram(ink_counts *counts, ink_vocabulary *vocabulary, ink_ngram **ngram,
                             ink_error *error) {
  ink_ngram *made = calloc(1, sizeof *made);
  if (made == NULL) {
    ink_counts_free(counts);
    ink_vocabulary_free(vocabulary);
    return ink_fail_memory(error);
  }
  *made = (ink_ngram){counts, vocabulary};
  *ngram = made;
  return INK_OK;
}

ink_status ink_ngram_from_tokens(const ink_tokens *tokens, size_t from, size_t count,
                                 size_t vocabulary, uint32_t order, ink_ngram **ngram,
                                 ink_error *error) {
  *ngram = NULL;
  ink_counts *counts;
  ink_status status =
      ink_counts_from_tokens(tokens, from, count, vocabulary, order, &counts, error);
  return status == INK_OK ? make_ngram(counts, NULL, ngram, error) : status;
}

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
  if (status == INK_OK) return make_ngram(counts, vocabulary, ngram, error);
  ink_vocabulary_free(vocabulary);
  return status;
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

/* ---- Probabilities --------------------------------------------------------------------------- */

double ink_ngram_probability(const ink_ngram *ngram, const uint32_t *context, size_t count,
                             uint32_t id) {
  return ink_counts_probability(ngram->counts, context, count, id);
}

void ink_ngram_logits(const ink_ngram *ngram, const uint32_t *context, size_t count,
                      float *logits) {
  ink_counts_distribution(ngram->counts, context, count, logits);
  for (size_t id = 0; id < ink_counts_vocabulary(ngram->counts); id++) {
    logits[id] = (float)ink_log((double)logits[id]);
  }
}

ink_status ink_ngram_score(const ink_ngram *ngram, const uint32_t *tokens, size_t count,
                           uint32_t reset, ink_evaluation *evaluation, ink_error *error) {
  ink_status status = ink_evaluation_check(count, reset, error);
  if (status != INK_OK) return status;
  double nats = 0;
  size_t start = 0, predicted = 0; /* start: where the context may begin */
  for (size_t i = 0; i < count; i++) {
    if (reset > 0 && i % reset == 0) start = i;
    if (i == start) continue;
    nats -= ink_log(ink_ngram_probability(ngram, tokens + start, i - start, tokens[i]));
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
  status = ink_ngram_score(ngram, ids, count, reset, evaluation, error);
  free(ids);
  return status;
}
