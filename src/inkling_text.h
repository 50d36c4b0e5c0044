/*
 * Inkling: how texts are read. What is trained on, scored or written from is read so by the
 * functions of inkling.h, which take it as it comes; this is for programs that look into a text
 * themselves, as the command does: the lines of a list, or pairs, one after another. Conventions
 * are those of inkling.h.
 *
 * A text means the same whichever editor wrote it:
 *   - a byte order mark at its beginning is none of it;
 *   - a line ends with U+000A: CR LF, and CR alone, become one;
 *   - characters are composed (NFC, Unicode Standard Annex 15). WebAssembly leaves this to its
 *     caller, who has String.normalize();
 *   - the white space around a field or an item is none of it.
 */
#ifndef INKLING_TEXT_H
#define INKLING_TEXT_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A text ---------------------------------------------------------------------------------- */

typedef struct ink_text {
  const char *text; /* [bytes], UTF-8 */
  size_t bytes;
  char *owned; /* the same where it had to be copied, else NULL */
} ink_text;

/* What a vocabulary has and a text therefore keeps. */
enum { INK_KEEP_CR = 1, INK_KEEP_MARK = 2 };

/* The text as it is read. It lies in `text` unless it had to change. INK_ERROR_TEXT when it is not
 * UTF-8, or has a NUL: says where, and which encoding it looks like. ink_text_close() also after a
 * failure. */
ink_status ink_text_open(const char *text, size_t bytes, unsigned keep, ink_text *opened,
                         ink_error *error);
void ink_text_close(ink_text *opened);

/* Leaves the white space at both ends out: ASCII's, and the no-break and ideographic spaces. */
void ink_text_trim(const char **text, size_t *bytes);

#define INK_ENCODING_UNKNOWN "another encoding"

/* What encoding the bytes seem to be in: "UTF-8", "UTF-16LE", "UTF-16BE", "WINDOWS-1252" (which has
 * Latin-1's characters), INK_ENCODING_UNKNOWN, or NULL: no text at all. By byte order marks, by
 * where NUL bytes are, by whether it is UTF-8, and by whether bytes above ASCII stand alone. */
const char *ink_text_encoding(const char *text, size_t bytes);

/* ---- What a model makes of it ---------------------------------------------------------------- */

/* The text as the model reads it: look-alikes as what they are read as, and without what it lacks
 * besides; of a model of words without the words that it lacks. *reading [*reading_bytes] is the
 * caller's to ink_release(); it may be NULL when it is empty. Errors as ink_model_lacks(). */
ink_status ink_model_reading(const ink_model *model, const char *text, size_t bytes, char **reading,
                             size_t *reading_bytes, ink_error *error);

/* ---- Its lines ------------------------------------------------------------------------------- */

/* A line of a text. White space around a field is none of it. */
typedef struct ink_pair {
  const char *left, *right; /* in the text */
  size_t left_bytes, right_bytes;
  const char *more; /* [more_bytes]: what stands behind a second tab, which nobody has to read */
  size_t more_bytes;
  size_t line; /* of the text, from 1 on */
} ink_pair;

/* The line that begins at text [bytes] + *at, in right and right_bytes, and *at behind it: false
 * where no more begins. `line` is all zeros before the first. */
int ink_line_next(const char *text, size_t bytes, size_t *at, ink_pair *line);

/* The pairs [*count] of a text as ink_text_open() gives it, which must outlive them; the caller
 * releases the list with ink_release(). Lines of nothing but white space are passed over.
 * INK_ERROR_TEXT names the line that has no tab, or nothing on one side of it; `what` says what the
 * sides are, as "a label, a tab and a text". */
ink_status ink_pairs_read(const char *text, size_t bytes, const char *what, ink_pair **pairs,
                          size_t *count, ink_error *error);

/* The line that is no such pair where nearly all are: 19 in 20, and 20 at least. Else 0. */
size_t ink_odd_line(const char *text, size_t bytes);

/* The same of lines that are all right. */
ink_status ink_lines_read(const char *text, size_t bytes, ink_pair **lines, size_t *count,
                          ink_error *error);

/* ---- Labelled texts -------------------------------------------------------------------------- */

enum { INK_COLUMN_NAME = 24, INK_COLUMNS_MOST = 16 };

/* Two columns of a text, and what they are taken for. */
typedef struct ink_columns {
  char separator;                   /* of columns: a tab, a semicolon or a comma */
  int label, texts;                 /* the columns, from 0 on, of the labels and of the texts */
  int numbers;                      /* whether the first column numbers the rows, and is neither */
  int header;                       /* whether the first row names the columns, and is no example */
  int sure;                         /* whether they are a label and a text, by their values alone */
  int maybe;                        /* or could be, although other things look so too */
  size_t examples, labels;          /* examples 0: the text has no such columns */
  size_t incomplete;                /* rows that lack a label or a text, and are left out */
  size_t more;                      /* rows with something in other columns, which nobody reads */
  char label_name[INK_COLUMN_NAME]; /* by the first row, as far as there is room; "" without one */
  char texts_name[INK_COLUMN_NAME];
  char *text;   /* the examples as lines of a label, a tab and a text, for the caller to */
  size_t bytes; /* ink_release(); NULL where the text is such lines, or has no columns */
} ink_columns;

/* Reads a text as ink_text_open() gives it as a table of labelled texts: lines with tabs, or CSV
 * with commas or semicolons, whose fields may be in quotes (RFC 4180). The separator is the one in
 * most lines. Of two columns the label is in the one with fewer different values. Of more, but for
 * one that numbers the rows, the text is in the one with the longest values, and the label in one
 * that is called so, or has the fewest different ones. A first row whose label does not come again,
 * where others do, names the columns. With the labels known [count] that a model has, the label is
 * where those are; `known` may be NULL. */
ink_status ink_columns_read(const char *text, size_t bytes, const char *const *known, size_t count,
                            ink_columns *columns, ink_error *error);

/* One column of a table: lines with tabs, or CSV with commas or semicolons. */
typedef struct ink_column {
  char name[INK_COLUMN_NAME]; /* by the first row; "" where that names nothing */
  size_t values, kinds;       /* rows that have something there, and how many different things */
  size_t bytes;               /* of all values */
  int figures;                /* whether all are numbers, dates or times */
} ink_column;

/* What the columns [*count], at most INK_COLUMNS_MOST, of a text as ink_text_open() gives it have;
 * in so many rows beside the one that names them, if *header. */
ink_status ink_columns_list(const char *text, size_t bytes, ink_column columns[INK_COLUMNS_MOST],
                            size_t *count, size_t *rows, int *header, ink_error *error);

/* Columns [count] of it, from 0 on, as a text [*taken_bytes], which the caller releases with
 * ink_release(): the rows as lines with tabs between the columns, and of one column whose values
 * have line breaks as texts with blank lines between them. Rows that lack one are left out. The
 * first row is not taken where `header` is not 0. INK_ERROR_ARGUMENT where a column is not
 * there. */
ink_status ink_columns_take(const char *text, size_t bytes, const int *columns, size_t count,
                            int header, char **taken, size_t *taken_bytes, size_t *left_out,
                            ink_error *error);

#ifdef __cplusplus
}
#endif
#endif
