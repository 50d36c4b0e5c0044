/*
 * An n-gram as a model: no layers, no state but the recent tokens, which a stream keeps anyway; all
 * that is done with a network's logits is done with the logarithms of its probabilities.
 */
#include <stdlib.h>

#include "base/status.h"
#include "inkling_scores.h"
#include "scores/ngram.h"
#include "write/model.h"

static void predict(ink_stream *const *streams, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t context[INK_NGRAM_ORDER_MAX - 1];
    uint32_t length = ink_recent_last(&streams[i]->recent, INK_NGRAM_ORDER_MAX - 1, context);
    ink_ngram_logits(streams[i]->network->own, context, length, streams[i]->logits);
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
  network->shape.vocabulary = network->shape.outputs = ink_ngram_vocabulary_count(ngram);
  made->dtype = "none";
  made->end = UINT32_MAX;
  made->parameters = ink_ngram_size(ngram);
  size_t size;
  const char *tokens = ink_vocabulary_tokens(ink_ngram_vocabulary(ngram), &size);
  ink_level level = ink_vocabulary_level(ink_ngram_vocabulary(ngram));
  ink_status status = ink_vocabulary_from_tokens(tokens, size, level, &network->vocabulary, error);
  if (status == INK_OK) status = ink_model_write_info(made, error);
  if (status != INK_OK) {
    ink_model_free(made);
    return status;
  }
  *model = made;
  return INK_OK;
}
