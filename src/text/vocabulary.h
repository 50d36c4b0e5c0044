/*
 * Vocabulary: tokens and their ids. A token of a character model is one Unicode code point, one of
 * a word model what words.h says.
 */
#ifndef INK_TEXT_VOCABULARY_H
#define INK_TEXT_VOCABULARY_H

#include "inkling.h"

typedef struct ink_vocabulary ink_vocabulary;

/* The token of a word vocabulary that stands for every word that was left out of it. No text has
 * it, for it would be three tokens. */
#define INK_UNKNOWN_TOKEN "<unk>"

/* The distinct characters of a text as ink_text_open() gives it, in the order of their code points;
 * NUL bytes are none. INK_ERROR_TEXT when it is empty. */
ink_status ink_vocabulary_from_text(const char *text, size_t bytes, ink_vocabulary **vocabulary,
                                    ink_error *error);

/* The words of a text that occur min_count times or more, of these the `most` most frequent (0:
 * all), the most frequent first, among equals the one that comes first in the text. When some are
 * left out, "<unk>" stands for them; it counts for `most` and stands where its own count places it.
 * INK_ERROR_TEXT when there are none. */
ink_status ink_vocabulary_from_words(const char *text, size_t bytes, uint32_t min_count,
                                     uint32_t most, ink_vocabulary **vocabulary, ink_error *error);

/* Tokens in id order, each ended by a NUL byte, as the `vocab` tensor holds them; copied.
 * INK_ERROR_VOCABULARY when a token is empty, double, not UTF-8 or, of characters, longer than one;
 * or when there are only "<unk>". */
ink_status ink_vocabulary_from_tokens(const char *tokens, size_t bytes, ink_level level,
                                      ink_vocabulary **vocabulary, ink_error *error);
void ink_vocabulary_free(ink_vocabulary *vocabulary);

uint32_t ink_vocabulary_count(const ink_vocabulary *vocabulary);
ink_level ink_vocabulary_level(const ink_vocabulary *vocabulary);

/* Token `id` < count as NUL-terminated UTF-8. */
const char *ink_vocabulary_token(const ink_vocabulary *vocabulary, uint32_t id);

/* Bytes of the longest token, without its NUL. */
size_t ink_vocabulary_longest(const ink_vocabulary *vocabulary);

/* All tokens in the form of ink_vocabulary_from_tokens(). */
const char *ink_vocabulary_tokens(const ink_vocabulary *vocabulary, size_t *bytes);

/* The id of a token, of a code point, or of "<unk>" at word level; UINT32_MAX when there is
 * none. */
uint32_t ink_vocabulary_find_token(const ink_vocabulary *vocabulary, const char *token,
                                   size_t bytes);
uint32_t ink_vocabulary_find(const ink_vocabulary *vocabulary, uint32_t code_point);
uint32_t ink_vocabulary_unknown(const ink_vocabulary *vocabulary);

/* What becomes of a token of a text that the vocabulary does not have. It is read as what looks
 * like it (text/fold.h), and this is of what nothing looks like. */
typedef enum ink_unknown {
  /* INK_ERROR_VOCABULARY. Where there is "<unk>" it is that, whatever looks like it: as training
   * and scoring count words */
  INK_UNKNOWN_FAILS = 0,
  INK_UNKNOWN_SKIPPED, /* it is left out */
  /* words: "<unk>", and where there is none they are left out. Characters fail */
  INK_UNKNOWN_NEAREST
} ink_unknown;

/* Text to ids [*count], which the caller frees. INK_ERROR_VOCABULARY names the first few tokens
 * that are unknown. INK_ERROR_TEXT when not UTF-8. */
ink_status ink_vocabulary_encode(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                 ink_unknown unknown, uint32_t **ids, size_t *count,
                                 ink_error *error);

/* What ink_model_lacks() says. */
ink_status ink_vocabulary_lacks(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                ink_lacks *lacks, ink_error *error);

/* What ink_model_reading() gives. */
ink_status ink_vocabulary_reading(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                                  char **reading, size_t *reading_bytes, ink_error *error);

/* Where token `index` of a text, counted from 0, begins, in bytes; `bytes` when it has no such
 * token. White space before it belongs to the token before it. */
size_t ink_vocabulary_place(const ink_vocabulary *vocabulary, const char *text, size_t bytes,
                            size_t index);

#endif
