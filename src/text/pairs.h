/*
 * A text of pairs, a line each: left, a tab, right.
 */
#ifndef INK_TEXT_PAIRS_H
#define INK_TEXT_PAIRS_H

#include "inkling.h"

typedef struct ink_pair {
  const char *left, *right; /* in the text */
  size_t left_bytes, right_bytes;
} ink_pair;

/* The pairs [*count] of a text, which must outlive them; the caller frees the list. Empty lines are
 * passed over, and a carriage return at the end of a line is none of it. INK_ERROR_TEXT names the
 * line that has no tab, or nothing on one side of it; `what` says what the sides are, as
 * "label<TAB>text". */
ink_status ink_pairs_read(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                          size_t *count, ink_error *error);

/* The same of lines that are all right. */
ink_status ink_lines_read(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                          ink_error *error);

#endif
