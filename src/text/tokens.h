/*
 * A text as token ids, kept in as few bytes each as its vocabulary allows.
 */
#ifndef INK_TEXT_TOKENS_H
#define INK_TEXT_TOKENS_H

#include "text/vocabulary.h"

typedef struct ink_tokens {
  void *ids; /* [count], of `width` bytes each: 1, 2 or 4 */
  size_t count;
  unsigned width;
} ink_tokens;

/* Puts the tokens of a text behind those that are there; all zeros are none. What is unknown as in
 * ink_vocabulary_encode(). A failure frees all. */
ink_status ink_tokens_add(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                          ink_unknown unknown, ink_tokens *tokens, ink_error *error);
void ink_tokens_free(ink_tokens *tokens);

static inline uint32_t ink_tokens_at(const ink_tokens *tokens, size_t i) {
  if (tokens->width == 1) return ((const uint8_t *)tokens->ids)[i];
  return tokens->width == 2 ? ((const uint16_t *)tokens->ids)[i]
                            : ((const uint32_t *)tokens->ids)[i];
}

/* Tokens from .. from + count, as ids [count], which the caller frees; NULL when memory is
 * short. */
uint32_t *ink_tokens_copy(const ink_tokens *tokens, size_t from, size_t count);

#endif
