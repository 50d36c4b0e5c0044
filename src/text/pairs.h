/*
 * A text of pairs, a line each: left, a tab, right. And a text of lines.
 */
#ifndef INK_TEXT_PAIRS_H
#define INK_TEXT_PAIRS_H

#include "inkling.h"

/* A line of a text. White space around a field is none of it. */
typedef struct ink_pair {
  const char *left, *right; /* in the text */
  size_t left_bytes, right_bytes;
  const char *more; /* [more_bytes]: what stands behind a second tab, which nobody has to read */
  size_t more_bytes;
  size_t line; /* of the text, from 1 on */
} ink_pair;

/* The pairs [*count] of a text as ink_text_open() gives it, which must outlive them; the caller
 * frees the list. Lines of nothing but white space are passed over. INK_ERROR_TEXT names the line
 * that has no tab, or nothing on one side of it; `what` says what the sides are, as
 * "a label, a tab and a text". */
ink_status ink_pairs_read(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                          size_t *count, ink_error *error);

/* The same of lines that are all right. */
ink_status ink_lines_read(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                          ink_error *error);

/* And of all of them, empty ones too, but for what follows the last line break. */
ink_status ink_lines_read_all(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                              ink_error *error);

#endif
