/*
 * Examples as sequences of tokens. See sequences.h.
 */
#include "text/sequences.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "text/words.h"

static const char *side(const ink_pair *pair, bool left, size_t *bytes) {
  *bytes = left ? pair->left_bytes : pair->right_bytes;
  return left ? pair->left : pair->right;
}

ink_status ink_text_vocabulary(const ink_train_options *options, const char *text, size_t bytes,
                               ink_vocabulary **vocabulary, ink_error *error) {
  if (options->level != INK_LEVEL_WORD) {
    return ink_vocabulary_from_text(text, bytes, vocabulary, error);
  }
  return ink_vocabulary_from_words(text, bytes, options->min_count, options->max_vocabulary,
                                   vocabulary, error);
}

void ink_sequences_free(ink_sequences *sequences) {
  free(sequences->ids);
  free(sequences->starts);
  *sequences = (ink_sequences){0};
}

static ink_status encode(const ink_vocabulary *vocabulary, const ink_pair *pairs, size_t count,
                         bool left, ink_unknown unknown, ink_sequences *sequences,
                         ink_error *error) {
  *sequences = (ink_sequences){.count = count};
  ink_buffer all = {0};
  sequences->starts = calloc(count + 1, sizeof *sequences->starts);
  ink_status status = sequences->starts == NULL ? ink_fail_memory(error) : INK_OK;
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    uint32_t *ids;
    size_t bytes, n;
    const char *text = side(&pairs[i], left, &bytes);
    status = ink_vocabulary_encode(vocabulary, text, bytes, unknown, &ids, &n, error);
    if (status != INK_OK) break;
    ink_buffer_append(&all, ids, n * sizeof *ids);
    free(ids);
    if (n == 0) {
      status = ink_fail(error, INK_ERROR_TEXT, "the text of example %zu is nothing but white space",
                        i + 1);
    }
    sequences->starts[i + 1] = sequences->starts[i] + n;
    if (n > sequences->longest) sequences->longest = n;
  }
  if (status == INK_OK && all.failed) status = ink_fail_memory(error);
  sequences->ids = (uint32_t *)(void *)all.bytes; /* as malloc aligned it */
  if (status != INK_OK) ink_sequences_free(sequences);
  return status;
}

static ink_status list_tokens(const ink_train_options *options, const ink_pair *pairs, size_t count,
                              bool left, bool lines, ink_vocabulary **vocabulary,
                              ink_error *error) {
  *vocabulary = NULL;
  ink_buffer text = {0};
  for (size_t i = 0; i < count; i++) {
    size_t bytes;
    const char *from = side(&pairs[i], left, &bytes);
    if (i > 0 && !lines) ink_buffer_append(&text, " ", 1);
    ink_buffer_append(&text, from, bytes);
    if (lines) ink_buffer_append(&text, "\n", 1);
  }
  if (options->lower_case && !text.failed) {
    ink_word_recase(text.bytes, text.size, false, text.bytes);
  }
  ink_status status = text.failed
                          ? ink_fail_memory(error)
                          : ink_text_vocabulary(options, text.bytes, text.size, vocabulary, error);
  ink_buffer_free(&text);
  return status;
}

ink_status ink_sequences_read(const ink_train_options *options, const ink_pair *pairs, size_t count,
                              bool left, bool lines, ink_vocabulary **vocabulary,
                              ink_sequences *sequences, ink_error *error) {
  ink_status status = list_tokens(options, pairs, count, left, lines, vocabulary, error);
  if (status != INK_OK) return status;
  ink_unknown unknown = options->lower_case ? INK_UNKNOWN_NEAREST : INK_UNKNOWN_FAILS;
  return encode(*vocabulary, pairs, count, left, unknown, sequences, error);
}

static int compare_left(const void *a, const void *b) {
  const ink_pair *x = *(const ink_pair *const *)a, *y = *(const ink_pair *const *)b;
  return ink_bytes_compare(x->left, x->left_bytes, y->left, y->left_bytes);
}

ink_status ink_sequences_labels(const ink_pair *pairs, size_t count, ink_vocabulary **labels,
                                ink_sequences *sequences, ink_error *error) {
  *labels = NULL;
  *sequences = (ink_sequences){.count = count, .longest = 1};
  sequences->ids = malloc((count + 1) * sizeof *sequences->ids);
  sequences->starts = malloc((count + 1) * sizeof *sequences->starts);
  const ink_pair **sorted = malloc((count + 1) * sizeof(const ink_pair *));
  ink_buffer tokens = {0};
  bool enough = sequences->ids != NULL && sequences->starts != NULL && sorted != NULL;
  if (enough) {
    for (size_t i = 0; i < count; i++) sorted[i] = &pairs[i];
    qsort(sorted, count, sizeof(const ink_pair *), compare_left);
    uint32_t kinds = 0;
    for (size_t i = 0; i < count; i++) {
      if (i == 0 || compare_left(&sorted[i - 1], &sorted[i]) != 0) {
        ink_buffer_append(&tokens, sorted[i]->left, sorted[i]->left_bytes);
        ink_buffer_append(&tokens, "", 1);
        kinds++;
      }
      sequences->ids[sorted[i] - pairs] = kinds - 1;
    }
    for (size_t i = 0; i <= count; i++) sequences->starts[i] = i;
  }
  ink_status status =
      enough && !tokens.failed
          ? ink_vocabulary_from_tokens(tokens.bytes, tokens.size, INK_LEVEL_WORD, labels, error)
          : ink_fail_memory(error);
  free(sorted);
  ink_buffer_free(&tokens);
  if (status != INK_OK) ink_sequences_free(sequences);
  return status;
}
