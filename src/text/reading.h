/*
 * What a text looks like, before anything is learnt from it: how long it is, and whether its lines
 * are prose, a list, or pairs.
 */
#ifndef INK_TEXT_READING_H
#define INK_TEXT_READING_H

#include <stdbool.h>

#include "inkling.h"

typedef struct ink_reading {
  size_t characters, words; /* words as word models read them, about */
  size_t distinct;          /* characters */
  size_t lines;             /* that are not empty */
  size_t line_length;       /* characters of such a line, on average */
  bool list;                /* lines are short, each for itself */
  size_t pairs;             /* lines, if each is a text, a tab and a text; or 0 */
  size_t odd_line;          /* ink_odd_line() */
  size_t labels;            /* distinct texts before the tab */
  bool sentences;           /* pairs are of several words, on both sides */
  bool table;               /* pairs are rather columns of a table: see count_pairs() */
  bool grouped;             /* pairs of one label stand together */
} ink_reading;

/* Of a text as ink_text_open() gives it. INK_ERROR_TEXT when it is empty. */
ink_status ink_reading_of(const char *text, size_t bytes, ink_reading *reading, ink_error *error);

#endif
