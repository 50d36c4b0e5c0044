/*
 * What counting makes of a trainer's text: the loss that the network has to beat, and the counts
 * beside it.
 */
#include "base/status.h"
#include "inkling_scores.h"
#include "networks/generator.h"
#include "scores/ngram.h"
#include "train/trainer.h"
#include "write/count.h"

/* Of a longer text the last so many training tokens are counted: at order 7 they take a
 * gigabyte. */
static size_t counted_from(const ink_generator_dataset *d) {
  size_t most = INK_TRAINER_NGRAM_MOST;
  return d->training_count > most ? d->training_count - most : 0;
}

static ink_status score_order(const ink_generator_dataset *d, uint32_t order,
                              ink_evaluation *evaluation, ink_error *error) {
  ink_ngram *ngram;
  size_t from = counted_from(d);
  ink_status status =
      ink_ngram_from_tokens(d->tokens + from, d->training_count - from,
                            ink_vocabulary_count(d->base.vocabulary), order, &ngram, error);
  if (status != INK_OK) return status;
  status = ink_ngram_score(ngram, d->tokens + d->training_count, d->held_out_count, 0, evaluation,
                           error);
  ink_ngram_free(ngram);
  return status;
}

ink_status ink_trainer_ngram(const ink_trainer *trainer, uint32_t *order,
                             ink_evaluation *evaluation, ink_error *error) {
  if (trainer->options.task != INK_TASK_GENERATOR) {
    return ink_fail(error, INK_ERROR_ARGUMENT, "an n-gram is compared with a generator only");
  }
  const ink_generator_dataset *d = (const ink_generator_dataset *)trainer->dataset;
  if (*order > 0) return score_order(d, *order, evaluation, error);
  uint32_t best = 0;
  for (uint32_t n = 1; n <= INK_NGRAM_ORDER_MAX; n++) {
    ink_evaluation scored;
    ink_status status = score_order(d, n, &scored, error);
    if (status != INK_OK) return status;
    if (best > 0 && !(scored.nats < evaluation->nats)) continue;
    *evaluation = scored;
    best = n;
  }
  *order = best;
  return INK_OK;
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
  return ink_count_tokens(bytes, size, d->tokens, d->training_count,
                          d->training_count + d->held_out_count, options, file, file_size, error);
}
