/*
 * Look-alikes. What a vocabulary lacks is read as what it has and a person takes for the same:
 * another kind of quote, dash, space or width, the other case, or the same letter taken apart.
 */
#ifndef INK_TEXT_FOLD_H
#define INK_TEXT_FOLD_H

#include "text/vocabulary.h"

/* The ids [returned] of what a character of UTF-8 [bytes] that the vocabulary lacks is read as: at
 * most one for each byte; 0 of them where nothing looks alike. */
size_t ink_fold_character(const ink_vocabulary *vocabulary, const char *character, size_t bytes,
                          uint32_t *ids);

/* The same of a token [bytes] in lower case or, where that is not there, with a capital: 0 or 1. */
size_t ink_fold_case(const ink_vocabulary *vocabulary, const char *token, size_t bytes,
                     uint32_t *ids);

/* The same of a word [bytes]: with other quotes and dashes, in lower case, or with a capital. */
size_t ink_fold_word(const ink_vocabulary *vocabulary, const char *word, size_t bytes,
                     uint32_t *ids);

#endif
