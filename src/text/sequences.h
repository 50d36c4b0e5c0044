/*
 * The texts of many examples as tokens, one after another, and the vocabulary that they need.
 */
#ifndef INK_TEXT_SEQUENCES_H
#define INK_TEXT_SEQUENCES_H

#include <stdbool.h>

#include "inkling_text.h"
#include "text/vocabulary.h"

typedef struct ink_sequences {
  uint32_t *ids;
  size_t *starts; /* [count + 1] into ids */
  size_t count, longest;
} ink_sequences;

static inline size_t ink_sequence_tokens(const ink_sequences *sequences, size_t i) {
  return sequences->starts[i + 1] - sequences->starts[i];
}

/* The vocabulary of a text, by the options' level. */
ink_status ink_text_vocabulary(const ink_train_options *options, const char *text, size_t bytes,
                               ink_vocabulary **vocabulary, ink_error *error);

/* The tokens of the right or left sides of pairs, and the vocabulary that they need; `lines` when
 * each is followed by a line break. */
ink_status ink_sequences_read(const ink_train_options *options, const ink_pair *pairs, size_t count,
                              bool left, bool lines, ink_vocabulary **vocabulary,
                              ink_sequences *sequences, ink_error *error);
void ink_sequences_free(ink_sequences *sequences);

/* The distinct left sides of pairs in alphabetical order, and the one of each pair as a sequence of
 * one token. */
ink_status ink_sequences_labels(const ink_pair *pairs, size_t count, ink_vocabulary **labels,
                                ink_sequences *sequences, ink_error *error);

#endif
