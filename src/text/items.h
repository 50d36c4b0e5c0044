/*
 * A text that is a list of items, one a line, and the part of a text that training holds out.
 */
#ifndef INK_TEXT_ITEMS_H
#define INK_TEXT_ITEMS_H

#include "inkling.h"
#include "inkling_text.h"

/* Puts the lines of a text in another order (Fisher and Yates 1938), decided by the seed alone:
 * same lines, each without the white space around it and ended by a line break; empty ones are left
 * out. *shuffled [*shuffled_bytes] is the caller's to free. */
ink_status ink_shuffle_lines(const char *text, size_t bytes, uint64_t seed, char **shuffled,
                             size_t *shuffled_bytes, ink_error *error);

/* The same of pairs [count], in place. */
void ink_shuffle_pairs(ink_pair *pairs, size_t count, uint64_t seed);

/* The same, with each label, which is what stands left, spread evenly: any share of them has about
 * that share of the texts of each label. INK_ERROR_MEMORY. */
ink_status ink_shuffle_labelled(ink_pair *pairs, size_t count, uint64_t seed, ink_error *error);

/* How many of `tokens` are trained on when the share `validation` at the end is held out. */
size_t ink_training_tokens(size_t tokens, float validation);

#endif
