/*
 * An n-gram as a model: no layers, no state but the recent tokens, which a session keeps anyway;
 * all that is done with a network's logits is done with the logarithms of its probabilities.
 */
#include <stdlib.h>

#include "base/status.h"
#include "model/model.h"

static const ink_cell no_cell = {.name = "ngram"};

ink_status ink_ngram_model(const ink_ngram *ngram, ink_model **model, ink_error *error) {
  *model = NULL;
  ink_model *made = calloc(1, sizeof *made);
  if (made == NULL) return ink_fail_memory(error);
  made->kernels = ink_kernels_find(INK_KERNEL_AUTO);
  made->cell = &no_cell;
  made->dtype = "none";
  made->end = UINT32_MAX;
  made->shape.vocabulary = made->shape.outputs = made->logit_rows =
      ink_ngram_vocabulary_count(ngram);
  made->parameters = ink_ngram_size(ngram);
  made->predict = ink_ngram_logits;
  made->ngram = ngram;
  size_t size;
  const char *tokens = ink_vocabulary_tokens(ink_ngram_vocabulary(ngram), &size);
  ink_level level = ink_vocabulary_level(ink_ngram_vocabulary(ngram));
  ink_status status = ink_vocabulary_from_tokens(tokens, size, level, &made->vocabulary, error);
  if (status == INK_OK) status = ink_model_write_info(made, error);
  if (status != INK_OK) {
    ink_model_free(made);
    return status;
  }
  *model = made;
  return INK_OK;
}
