/*
 * Vocabulary: tokens and their ids. A token of a character model is one Unicode code point.
 */
#ifndef INK_TEXT_VOCABULARY_H
#define INK_TEXT_VOCABULARY_H

#include "inkling.h"

typedef struct ink_vocabulary ink_vocabulary;

/* The distinct characters of a text, in the order of their code points. INK_ERROR_TEXT when it is
 * empty, not UTF-8, or contains a NUL. */
ink_status ink_vocabulary_from_text(const char *text, size_t bytes, ink_vocabulary **vocabulary,
                                    ink_error *error);

/* Tokens in id order, each ended by a NUL byte, as the `vocab` tensor holds them; copied.
 * INK_ERROR_VOCABULARY when a token is empty, double, not UTF-8, or longer than one character. */
ink_status ink_vocabulary_from_tokens(const char *tokens, size_t bytes, ink_vocabulary **vocabulary,
                                      ink_error *error);
void ink_vocabulary_free(ink_vocabulary *vocabulary);

uint32_t ink_vocabulary_count(const ink_vocabulary *vocabulary);

/* Token `id` < count as NUL-terminated UTF-8. */
const char *ink_vocabulary_token(const ink_vocabulary *vocabulary, uint32_t id);

/* All tokens in the form of ink_vocabulary_from_tokens(). */
const char *ink_vocabulary_tokens(const ink_vocabulary *vocabulary, size_t *bytes);

/* The id of a code point, or UINT32_MAX. */
uint32_t ink_vocabulary_find(const ink_vocabulary *vocabulary, uint32_t code_point);

/* Text to ids [*count], which the caller frees. Unknown characters are left out when skip_unknown is
 * not 0; else INK_ERROR_VOCABULARY names the first few of them. INK_ERROR_TEXT when not UTF-8. */
ink_status ink_vocabulary_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                 int skip_unknown, uint32_t **ids, size_t *count, ink_error *error);

#endif
