/*
 * What a generator trains on.
 */
#ifndef INK_NETWORKS_GENERATOR_H
#define INK_NETWORKS_GENERATOR_H

#include "networks/training.h"
#include "text/tokens.h"

typedef struct ink_generator_dataset {
  ink_dataset base;
  ink_tokens tokens; /* the text: training tokens, then the held-out ones */
  size_t training_count, held_out_count;
  uint32_t seed;
} ink_generator_dataset;

/* A text as training reads it: its lines shuffled when they are items, then as tokens. */
typedef struct ink_generator_text {
  const char *text; /* [bytes]: the caller's, or `shuffled` */
  size_t bytes;
  char *shuffled; /* owned, or NULL */
  ink_vocabulary *vocabulary;
  ink_tokens tokens;
} ink_generator_text;

ink_status ink_generator_read(const ink_train_options *options, const char *text, size_t bytes,
                              ink_generator_text *read, ink_error *error);
void ink_generator_text_free(ink_generator_text *read);

#endif
