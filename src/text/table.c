/*
 * Tables. See table.h.
 */
#include "text/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/size.h"
#include "base/status.h"

static const char separators[] = INK_TABLE_SEPARATORS;
enum { SEPARATORS = sizeof separators - 1 };

void ink_table_close(ink_table *t) {
  free(t->characters);
  free(t->rows);
  free(t->fields);
  *t = (ink_table){0};
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Behind the quote that closes the one at text + at; `at` when none does. */
static size_t quotes_end(const char *text, size_t bytes, size_t at) {
  for (size_t i = at + 1; i < bytes; i++) {
    if (text[i] != '"') continue;
    if (i + 1 == bytes || text[i + 1] != '"') return i + 1;
    i++;
  }
  return at;
}

/* As a line of two fields can have it: for breaks and tabs, and what is blank around them, a space;
 * in quotes without doubled ones. */
static size_t copy_field(const ink_table *t, const char *from, size_t bytes, bool quoted,
                         char *to) {
  size_t length = 0;
  bool broken = false;
  for (size_t i = 0; i < bytes; i++) {
    bool kept = t->breaks && from[i] == '\n';
    bool blank = !kept && from[i] >= '\t' && from[i] <= '\r', space = from[i] == ' ';
    bool again = (blank && length > 0 && to[length - 1] == ' ') || (space && broken);
    broken = blank || (space && broken);
    if (!again) to[length++] = blank ? ' ' : from[i];
    if (quoted && from[i] == '"') i++;
  }
  return length;
}

/* Where the field that begins there ends, at a separator or a break; *closed is behind its quotes,
 * and `begin` without any. */
static size_t field_end(char separator, const char *text, size_t bytes, size_t begin,
                        size_t *closed) {
  bool quoted = separator != '\t' && begin < bytes && text[begin] == '"';
  size_t end = quoted ? quotes_end(text, bytes, begin) : begin;
  *closed = end;
  while (end < bytes && text[end] != separator && text[end] != '\n') end++;
  return end;
}

/* The field that begins at text + *at; *at then is where it ends. */
static ink_field read_field(ink_table *t, const char *text, size_t bytes, size_t *at) {
  size_t begin = *at, closed;
  *at = field_end(t->separator, text, bytes, begin, &closed);
  bool quoted = closed > begin;
  ink_field f = {.text = t->characters + t->used};
  f.bytes = quoted
                ? copy_field(t, text + begin + 1, closed - begin - 2, true, t->characters + t->used)
                : copy_field(t, text + begin, *at - begin, false, t->characters + t->used);
  ink_text_trim(&f.text, &f.bytes);
  return f;
}

/* The next row: false where it is blank. */
static bool read_row(ink_table *t, const char *text, size_t bytes, size_t *at) {
  ink_row r = {0};
  bool blank = true;
  ink_field *fields = t->fields + t->count * t->width;
  for (size_t i = 0; i < t->width; i++) fields[i] = (ink_field){t->characters, 0};
  for (;; (*at)++) {
    bool space = *at < bytes && text[*at] == ' ';
    ink_field f = read_field(t, text, bytes, at);
    r.spaced = r.spaced || (r.columns > 0 && space && f.bytes > 0);
    blank = blank && f.bytes == 0;
    if (r.columns < t->width) {
      fields[r.columns] = f;
      t->used += (size_t)(f.text - (t->characters + t->used)) + f.bytes;
    } else if (f.bytes > 0) {
      r.more = true;
    }
    r.columns++;
    if (*at >= bytes || text[*at] == '\n') break;
  }
  (*at)++;
  t->rows[t->count] = r;
  return !blank;
}

/* How many rows there are, and how many columns most of them have, within what is kept. */
static size_t count_rows(const char *text, size_t bytes, char separator, size_t *width) {
  size_t rows = 0, columns = 1, closed, of[INK_TABLE_MOST + 1] = {0};
  for (size_t at = 0; at < bytes; at++) {
    at = field_end(separator, text, bytes, at, &closed);
    if (at < bytes && text[at] == separator) {
      columns++;
      if (at + 1 < bytes) continue; /* a last separator ends the text, too */
    }
    of[columns < INK_TABLE_MOST ? columns : INK_TABLE_MOST]++;
    columns = 1;
    rows++;
  }
  *width = INK_TABLE_FEWEST;
  for (size_t i = 0; i < INK_TABLE_FEWEST; i++) of[INK_TABLE_FEWEST] += of[i];
  for (size_t i = INK_TABLE_FEWEST; i <= INK_TABLE_MOST; i++)
    *width = of[i] > of[*width] ? i : *width;
  return rows;
}

ink_status ink_table_read(const char *text, size_t bytes, char separator, bool breaks, ink_table *t,
                          ink_error *error) {
  *t = (ink_table){
      .separator = separator, .breaks = breaks, .characters = malloc(bytes + 1), .at = {0, 1}};
  size_t rows = count_rows(text, bytes, separator, &t->width) + 1;
  t->rows = ink_size_malloc(rows, sizeof *t->rows);
  t->fields = ink_size_malloc(rows, t->width * sizeof *t->fields);
  if (t->characters == NULL || t->rows == NULL || t->fields == NULL) {
    ink_table_close(t);
    return ink_fail_memory(error);
  }
  for (size_t at = 0; at < bytes;) t->count += read_row(t, text, bytes, &at);
  return INK_OK;
}

void ink_table_choose(ink_table *t, int first, int second) {
  size_t count = 0;
  t->at[0] = first;
  t->at[1] = second;
  for (size_t i = 0; i < t->count; i++) {
    if (ink_table_at(t, i, first)->bytes == 0 || ink_table_at(t, i, second)->bytes == 0) continue;
    memmove(t->fields + count * t->width, t->fields + i * t->width, t->width * sizeof *t->fields);
    t->rows[count++] = t->rows[i];
  }
  t->incomplete = t->count - count;
  t->count = count;
}

char ink_table_separator(const char *text, size_t bytes) {
  enum { BEGINNING = 20000, LINES = 50 };
  size_t counts[SEPARATORS] = {0}, at = 0, best = 0;
  if (bytes > BEGINNING) bytes = BEGINNING;
  for (ink_pair line = {0}; line.line < LINES && ink_line_next(text, bytes, &at, &line);) {
    for (size_t i = 0; i < SEPARATORS; i++) {
      counts[i] += memchr(line.left, separators[i], (size_t)(line.more - line.left)) != NULL;
    }
  }
  for (size_t i = 1; i < SEPARATORS; i++) best = counts[i] > counts[best] ? i : best;
  bool quoted = bytes > 0 && text[0] == '"'; /* one column of CSV */
  return counts[best] == 0 && quoted ? ',' : separators[best];
}

bool ink_table_is_regular(const ink_table *t) {
  enum { SHARE = 20 };
  size_t uneven = 0;
  for (size_t i = 0; i < t->count; i++) uneven += t->rows[i].columns != t->rows[0].columns;
  return t->separator == '\t' || uneven + t->incomplete <= 1 + t->count / SHARE;
}

/* ---- Values ---------------------------------------------------------------------------------- */

int ink_field_compare(const void *a, const void *b) {
  const ink_field *x = a, *y = b;
  return ink_bytes_compare(x->text, x->bytes, y->text, y->bytes);
}

ink_status ink_table_kinds(const ink_table *t, int column, size_t *kinds, bool *alone,
                           ink_error *error) {
  ink_field *all = ink_size_malloc(t->count + 1, sizeof *all);
  if (all == NULL) return ink_fail_memory(error);
  const ink_field *first = ink_table_at(t, 0, column);
  size_t same = 0;
  *kinds = t->count > 0;
  for (size_t i = 0; i < t->count; i++) {
    all[i] = *ink_table_at(t, i, column);
    same += ink_field_compare(&all[i], first) == 0;
  }
  if (t->count > 1) qsort(all, t->count, sizeof *all, ink_field_compare);
  for (size_t i = 1; i < t->count; i++) *kinds += ink_field_compare(&all[i - 1], &all[i]) != 0;
  *alone = same == 1;
  free(all);
  return INK_OK;
}

bool ink_field_is_figure(const ink_field *f) {
  bool digit = false;
  for (size_t i = 0; i < f->bytes; i++) {
    char c = f->text[i];
    if ((c & 0x80) != 0 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) return false;
    digit = digit || (c >= '0' && c <= '9');
  }
  return digit;
}

bool ink_table_is_figures(const ink_table *t, int column, size_t from) {
  for (size_t row = from; row < t->count; row++) {
    const ink_field *f = ink_table_at(t, row, column);
    if (f->bytes > 0 && !ink_field_is_figure(f)) return false;
  }
  return t->count > from;
}

/* ---- Columns, one by one --------------------------------------------------------------------- */

/* What columns of pairs are called, whose rows may be as short as their names. */
static bool is_of_pairs(const ink_field *name) {
  static const char *const known[] = {"english",     "german",   "french",   "spanish",
                                      "italian",     "deutsch",  "englisch", "anglais",
                                      "source",      "target",   "question", "answer",
                                      "translation", "français", "español",  "italiano"};
  bool is = false;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    is |= strlen(known[i]) == name->bytes && strncasecmp(known[i], name->text, name->bytes) == 0;
  }
  return is;
}

/* Does the first row name the columns? In one of them its value does not come again where others
 * do, or is no number where they are, or much shorter than they are, or it is known. */
static bool has_header(const ink_table *t, const ink_column *columns, const bool *alone) {
  enum { MUCH = 4 };
  size_t rest = t->count - 1;
  bool named = false;
  for (int i = 0; i < (int)t->width; i++) {
    const ink_field *first = ink_table_at(t, 0, i);
    if (columns[i].values == 0) continue;
    if (first->bytes == 0 || !alone[i] || first->bytes >= INK_COLUMN_NAME) return false;
    if (strchr(".!?", first->text[first->bytes - 1]) != NULL) return false; /* a sentence */
    named = named || (rest > 3 && 2 * (columns[i].kinds - 1) <= rest) ||
            (columns[i].figures && !ink_field_is_figure(first)) ||
            MUCH * first->bytes * rest <= columns[i].bytes || is_of_pairs(first);
  }
  return named;
}

ink_status ink_columns_list(const char *text, size_t bytes, ink_column columns[INK_COLUMNS_MOST],
                            size_t *count, size_t *rows, int *header, ink_error *error) {
  ink_table t;
  bool alone[INK_COLUMNS_MOST] = {false};
  char separator = ink_table_separator(text, bytes);
  ink_status status = ink_table_read(text, bytes, separator, false, &t, error);
  *count = *rows = 0;
  *header = 0;
  if (status == INK_OK && !ink_table_is_regular(&t)) t.count = 0;
  for (int i = 0; i < (int)t.width && status == INK_OK && t.count > 0; i++) {
    ink_column *c = &columns[i];
    *c = (ink_column){.values = 0};
    for (size_t row = 0; row < t.count; row++) {
      c->values += ink_table_at(&t, row, i)->bytes > 0;
      c->bytes += ink_table_at(&t, row, i)->bytes;
    }
    status = ink_table_kinds(&t, i, &c->kinds, &alone[i], error);
    c->kinds -= c->values < t.count; /* nothing is no value */
    c->figures = ink_table_is_figures(&t, i, 1);
    if (c->values > 0) *count = (size_t)i + 1;
  }
  if (status == INK_OK && t.count > 0) {
    *header = has_header(&t, columns, alone);
    *rows = t.count - (size_t)*header;
  }
  for (size_t i = 0; i < *count && *header; i++) {
    const ink_field *f = ink_table_at(&t, 0, (int)i);
    ink_column *c = &columns[i];
    memcpy(c->name, f->text, f->bytes); /* which is short, or it would be no name */
    ink_line_of_text(c->name);
    c->values -= f->bytes > 0, c->kinds -= f->bytes > 0, c->bytes -= f->bytes;
  }
  ink_table_close(&t);
  return status;
}

/* Texts with breaks have blank lines between them, others stand in lines. */
static void write_column(const ink_table *t, const int *columns, size_t count, size_t from,
                         ink_buffer *out, size_t *left_out) {
  bool broken = false;
  for (size_t row = from; row < t->count && count == 1; row++) {
    const ink_field *f = ink_table_at(t, row, columns[0]);
    broken = broken || memchr(f->text, '\n', f->bytes) != NULL;
  }
  for (size_t row = from; row < t->count; row++) {
    bool whole = true;
    for (size_t i = 0; i < count; i++) whole = whole && ink_table_at(t, row, columns[i])->bytes > 0;
    *left_out += !whole;
    for (size_t i = 0; i < count && whole; i++) {
      const ink_field *f = ink_table_at(t, row, columns[i]);
      ink_buffer_append(out, f->text, f->bytes);
      ink_buffer_append(out, i + 1 < count ? "\t" : "\n\n", i + 1 == count && broken ? 2 : 1);
    }
  }
}

ink_status ink_columns_take(const char *text, size_t bytes, const int *columns, size_t count,
                            int header, char **taken, size_t *taken_bytes, size_t *left_out,
                            ink_error *error) {
  ink_table t;
  ink_buffer out = {0};
  char separator = ink_table_separator(text, bytes);
  ink_status status = ink_table_read(text, bytes, separator, count == 1, &t, error);
  *left_out = 0;
  *taken = NULL;
  for (size_t i = 0; i < count && status == INK_OK; i++) {
    if (columns[i] >= 0 && columns[i] < (int)t.width) continue;
    status = ink_fail(error, INK_ERROR_ARGUMENT, "there is no column %d", columns[i] + 1);
  }
  if (status == INK_OK) write_column(&t, columns, count, header != 0, &out, left_out);
  ink_table_close(&t);
  if (status == INK_OK) status = ink_buffer_end(&out, error);
  *taken = out.bytes;
  *taken_bytes = out.size;
  return status;
}
