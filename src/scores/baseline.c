/*
 * What counting makes of a text: the loss that a network has to beat, and the counts beside it.
 */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "inkling_scores.h"
#include "networks/generator.h"
#include "scores/ngram.h"
#include "train/trainer.h"
#include "write/count.h"
#include "write/model.h"

/* Of a longer text the last so many training tokens are counted: at order 7 they take a
 * gigabyte. */
static size_t counted_from(const ink_generator_dataset *d) {
  size_t most = INK_TRAINER_NGRAM_MOST;
  return d->training_count > most ? d->training_count - most : 0;
}

/* What is counted, [count] tokens, and what is scored. */
typedef struct parts {
  const ink_tokens *counted;
  size_t from, count;
  const uint32_t *scored;
  size_t scored_count, vocabulary;
  uint32_t reset;
} parts;

static ink_status score_order(const parts *p, uint32_t order, ink_evaluation *evaluation,
                              ink_error *error) {
  ink_counts *counts;
  ink_status status =
      ink_counts_from_tokens(p->counted, p->from, p->count, p->vocabulary, order, &counts, error);
  if (status != INK_OK) return status;
  status = ink_counts_score(counts, p->scored, p->scored_count, p->reset, evaluation, error);
  ink_counts_free(counts);
  return status;
}

/* *order 0 becomes the best. */
static ink_status score(const parts *p, uint32_t *order, ink_evaluation *evaluation,
                        ink_error *error) {
  if (*order > 0) return score_order(p, *order, evaluation, error);
  uint32_t best = 0;
  for (uint32_t n = 1; n <= INK_NGRAM_ORDER_MAX; n++) {
    ink_evaluation scored;
    ink_status status = score_order(p, n, &scored, error);
    if (status != INK_OK) return status;
    if (best > 0 && !(scored.nats < evaluation->nats)) continue;
    *evaluation = scored;
    best = n;
  }
  *order = best;
  return INK_OK;
}

ink_status ink_model_ngram(const ink_model *model, const char *trained_on, size_t trained_on_bytes,
                           const char *text, size_t bytes, uint32_t reset, uint32_t *order,
                           ink_evaluation *evaluation, ink_error *error) {
  const ink_vocabulary *vocabulary = model->network.vocabulary;
  ink_tokens counted = {0};
  uint32_t *scored = NULL;
  parts p = {.counted = &counted, .vocabulary = ink_vocabulary_count(vocabulary), .reset = reset};
  ink_status status =
      ink_tokens_add(vocabulary, trained_on, trained_on_bytes, INK_UNKNOWN_FAILS, &counted, error);
  if (status == INK_OK) {
    status = ink_vocabulary_encode(vocabulary, text, bytes, INK_UNKNOWN_FAILS, &scored,
                                   &p.scored_count, error);
  }
  p.count = counted.count;
  p.scored = scored;
  if (status == INK_OK) status = score(&p, order, evaluation, error);
  ink_tokens_free(&counted);
  free(scored);
  return status;
}

ink_status ink_trainer_ngram(const ink_trainer *trainer, uint32_t *order,
                             ink_evaluation *evaluation, ink_error *error) {
  if (trainer->options.task != INK_TASK_GENERATOR) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "an n-gram is compared with a generator only");
  }
  const ink_generator_dataset *d = (const ink_generator_dataset *)trainer->dataset;
  uint32_t *scored = ink_tokens_copy(&d->tokens, d->training_count, d->held_out_count);
  if (scored == NULL) return ink_fail_memory(error);
  size_t from = counted_from(d);
  const parts p = {.counted = &d->tokens,
                   .from = from,
                   .count = d->training_count - from,
                   .scored = scored,
                   .scored_count = d->held_out_count,
                   .vocabulary = ink_vocabulary_count(d->base.vocabulary)};
  ink_status status = score(&p, order, evaluation, error);
  free(scored);
  return status;
}

ink_status ink_trainer_count(const ink_trainer *trainer, const uint8_t *bytes, size_t size,
                             ink_count_options *options, uint8_t **file, size_t *file_size,
                             ink_error *error) {
  enum { LEAST = 20 };
  *file = NULL;
  *file_size = 0;
  if (trainer->options.task != INK_TASK_GENERATOR) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "counts stand beside a generator only");
  }
  const ink_generator_dataset *d = (const ink_generator_dataset *)trainer->dataset;
  if (options->weight < 0 && d->held_out_count < LEAST) options->weight = 0.3f;
  return ink_count_tokens(bytes, size, &d->tokens, d->training_count, options, file, file_size,
                          error);
}

double ink_counting_bytes(double tokens) {
  enum { TABLE = 25, KEY = 20, SORTED_AT_ONCE = 1 << 23, GROWS = 20000000 };
  return KEY * fmin(tokens, SORTED_AT_ONCE) + TABLE * fmin(tokens, GROWS);
}
