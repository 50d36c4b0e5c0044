/*
 * Tables as people have them: lines with tabs, or CSV with commas or semicolons, whose fields may
 * be in quotes (RFC 4180).
 */
#ifndef INK_TEXT_TABLE_H
#define INK_TEXT_TABLE_H

#include <stdbool.h>

#include "inkling_text.h"

typedef struct ink_field {
  const char *text; /* [bytes] */
  size_t bytes;
} ink_field;

/* Of columns: tabs, semicolons, commas. */
#define INK_TABLE_SEPARATORS "\t;,"

enum {
  INK_TABLE_FEWEST = 3,
  INK_TABLE_MOST = INK_COLUMNS_MOST
}; /* fields of a row that are kept */

typedef struct ink_row {
  size_t columns;
  bool spaced, more; /* a space behind a separator; something in columns behind those kept */
} ink_row;

typedef struct ink_table {
  char separator;
  bool breaks;      /* whether fields of CSV keep theirs */
  char *characters; /* [used] of the fields, and room for all of the text */
  size_t used;
  ink_row *rows;     /* [count], of both columns in the end */
  ink_field *fields; /* [count * width] */
  size_t count, width, incomplete, matches;
  int at[2]; /* both columns, in the order in which they stand */
} ink_table;

static inline const ink_field *ink_table_at(const ink_table *t, size_t row, int column) {
  return &t->fields[row * t->width + (size_t)column];
}

/* The separator that stands in most lines of the beginning. */
char ink_table_separator(const char *text, size_t bytes);

/* The rows that are not blank. With `breaks` the fields of CSV keep their line breaks, else they
 * are spaces, as tabs are. The caller closes the table, also after an error. */
ink_status ink_table_read(const char *text, size_t bytes, char separator, bool breaks,
                          ink_table *table, ink_error *error);
void ink_table_close(ink_table *table);

/* As many columns in nearly every row, as a program writes CSV: prose has commas, too. */
bool ink_table_is_regular(const ink_table *table);

/* Takes two columns for those that are meant; rows that lack one of them go. */
void ink_table_choose(ink_table *table, int first, int second);

/* How many different values a column has, and whether the first row's is in no other one. */
ink_status ink_table_kinds(const ink_table *table, int column, size_t *kinds, bool *alone,
                           ink_error *error);

/* Whether a value has digits and no letters: a number, a date, a time. */
bool ink_field_is_figure(const ink_field *field);

/* Whether all values of a column are such, from a row on, and there are some rows. */
bool ink_table_is_figures(const ink_table *table, int column, size_t from);

int ink_field_compare(const void *a, const void *b);

#endif
