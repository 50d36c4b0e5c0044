/*
 * Labelled texts as people have them: two columns with tabs between them, or CSV with commas or
 * semicolons as spreadsheets write it (RFC 4180), the label before the text or behind it, and
 * perhaps a first row that names the columns. web/page/train/ reads files by the same rules.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/size.h"
#include "base/status.h"
#include "inkling_text.h"

static const char separators[] = {'\t', ';', ','};
enum { SEPARATORS = sizeof separators };

typedef struct field {
  const char *text; /* [bytes] */
  size_t bytes;
} field;

enum { KEPT = 3 };

typedef struct row {
  field fields[KEPT];
  size_t columns;
  bool spaced, more; /* a space behind a separator; something in columns behind those kept */
} row;

typedef struct table {
  char separator;
  char *characters; /* [used] of the fields, and room for all of the text */
  size_t used;
  row *rows; /* [count], those with a label and a text */
  size_t count, incomplete, matches;
  int first; /* of the two columns; 1 where numbers stand before them */
} table;

static void close_table(table *t) {
  free(t->characters);
  free(t->rows);
  *t = (table){0};
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
static size_t copy_field(const char *from, size_t bytes, bool quoted, char *to) {
  size_t length = 0;
  bool broken = false;
  for (size_t i = 0; i < bytes; i++) {
    bool blank = from[i] >= '\t' && from[i] <= '\r', space = from[i] == ' ';
    bool again = (blank && length > 0 && to[length - 1] == ' ') || (space && broken);
    broken = blank || (space && broken);
    if (!again) to[length++] = blank ? ' ' : from[i];
    if (quoted && from[i] == '"') i++;
  }
  return length;
}

/* The field that begins at text + *at; *at then is where it ends, at a separator or a break. */
static field read_field(table *t, const char *text, size_t bytes, size_t *at) {
  size_t begin = *at, end = begin;
  bool quoted = t->separator != '\t' && begin < bytes && text[begin] == '"';
  if (quoted) end = quotes_end(text, bytes, begin);
  quoted = end > begin;
  size_t closed = end;
  while (end < bytes && text[end] != t->separator && text[end] != '\n') end++;
  *at = end;
  field f = {.text = t->characters + t->used};
  f.bytes = quoted ? copy_field(text + begin + 1, closed - begin - 2, true, t->characters + t->used)
                   : copy_field(text + begin, end - begin, false, t->characters + t->used);
  ink_text_trim(&f.text, &f.bytes);
  return f;
}

static row read_row(table *t, const char *text, size_t bytes, size_t *at) {
  row r = {0};
  for (;; (*at)++) {
    bool space = *at < bytes && text[*at] == ' ';
    field f = read_field(t, text, bytes, at);
    r.spaced = r.spaced || (r.columns > 0 && space && f.bytes > 0);
    if (r.columns < KEPT) {
      r.fields[r.columns] = f;
      t->used += (size_t)(f.text - (t->characters + t->used)) + f.bytes;
    } else if (f.bytes > 0) {
      r.more = true;
    }
    r.columns++;
    if (*at >= bytes || text[*at] == '\n') break;
  }
  (*at)++;
  return r;
}

/* The field of a row in one of both columns. */
static const field *field_at(const table *t, size_t i, int column) {
  return &t->rows[i].fields[t->first + column];
}

static ink_status read_table(const char *text, size_t bytes, char separator, table *t,
                             ink_error *error) {
  size_t lines = 1, size;
  for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n';
  *t = (table){.separator = separator, .characters = malloc(bytes + 1)};
  if (ink_size_multiply(lines, sizeof *t->rows, &size)) t->rows = malloc(size);
  if (t->characters == NULL || t->rows == NULL) {
    close_table(t);
    return ink_fail_memory(error);
  }
  for (size_t at = 0; at < bytes;) {
    row r = read_row(t, text, bytes, &at);
    bool blank = !r.more;
    for (size_t i = 0; i < KEPT; i++) blank = blank && r.fields[i].bytes == 0;
    if (!blank) t->rows[t->count++] = r;
  }
  return INK_OK;
}

/* Which two columns are meant: rows that lack one of both are left out. */
static void choose_columns(table *t, int first) {
  size_t count = 0;
  t->first = first;
  for (size_t i = 0; i < t->count; i++) {
    if (field_at(t, i, 0)->bytes > 0 && field_at(t, i, 1)->bytes > 0) t->rows[count++] = t->rows[i];
  }
  t->incomplete = t->count - count;
  t->count = count;
}

/* The separator that stands in most lines of the beginning. */
static char separator_of(const char *text, size_t bytes) {
  enum { BEGINNING = 20000, LINES = 50 };
  size_t counts[SEPARATORS] = {0}, at = 0, best = 0;
  if (bytes > BEGINNING) bytes = BEGINNING;
  for (ink_pair line = {0}; line.line < LINES && ink_line_next(text, bytes, &at, &line);) {
    for (size_t i = 0; i < SEPARATORS; i++) {
      counts[i] += memchr(line.left, separators[i], (size_t)(line.more - line.left)) != NULL;
    }
  }
  for (size_t i = 1; i < SEPARATORS; i++) best = counts[i] > counts[best] ? i : best;
  return separators[best];
}

/* ---- What the columns are -------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  const field *x = a, *y = b;
  return ink_bytes_compare(x->text, x->bytes, y->text, y->bytes);
}

/* How many different values a column has, and whether the first row's is in no other one. */
static ink_status count_kinds(const table *t, int column, size_t *kinds, bool *alone,
                              ink_error *error) {
  size_t size;
  field *all = ink_size_multiply(t->count + 1, sizeof *all, &size) ? malloc(size) : NULL;
  if (all == NULL) return ink_fail_memory(error);
  const field *first = field_at(t, 0, column);
  size_t same = 0;
  *kinds = t->count > 0;
  for (size_t i = 0; i < t->count; i++) {
    all[i] = *field_at(t, i, column);
    same += compare(&all[i], first) == 0;
  }
  if (t->count > 1) qsort(all, t->count, sizeof *all, compare);
  for (size_t i = 1; i < t->count; i++) *kinds += compare(&all[i - 1], &all[i]) != 0;
  *alone = same == 1;
  free(all);
  return INK_OK;
}

static bool is_figure(const field *f) {
  bool digit = false;
  for (size_t i = 0; i < f->bytes; i++) {
    char c = f->text[i];
    if ((c & 0x80) != 0 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) return false;
    digit = digit || (c >= '0' && c <= '9');
  }
  return digit;
}

/* Numbers, dates and the like in a column, but for the row that names it. */
static bool is_figures(const table *t, int column, int header) {
  for (size_t i = header ? 1 : 0; i < t->count; i++) {
    if (!is_figure(field_at(t, i, column))) return false;
  }
  return true;
}

/* Whether most fields of a column are of several words. */
static bool is_wordy(const table *t, int column) {
  size_t wordy = 0;
  for (size_t i = 0; i < t->count; i++) {
    const field *f = field_at(t, i, column);
    wordy += memchr(f->text, ' ', f->bytes) != NULL;
  }
  return 2 * wordy > t->count;
}

/* As many columns in nearly every row, as a program writes CSV: prose has commas, too. */
static bool is_regular(const table *t) {
  enum { SHARE = 20 };
  size_t uneven = 0;
  for (size_t i = 0; i < t->count; i++) uneven += t->rows[i].columns != t->rows[0].columns;
  return t->separator == '\t' || uneven + t->incomplete <= 1 + t->count / SHARE;
}

/* Spaces behind most commas are for the eye: no program writes them. */
static bool is_spaced(const table *t) {
  size_t spaced = 0;
  for (size_t i = 0; i < t->count; i++) spaced += t->rows[i].spaced;
  return t->separator != '\t' && 2 * spaced > t->count;
}

/* Whether three columns begin with numbers of the rows: each another one. */
static ink_status find_numbers(table *t, bool *numbers, ink_error *error) {
  size_t kinds, filled = 0;
  bool alone, named = t->count > 1 && !is_figure(field_at(t, 0, 0));
  *numbers = false;
  if (t->count == 0 || !is_figures(t, 0, named)) return INK_OK;
  for (size_t i = 0; i < t->count; i++) filled += field_at(t, i, 2)->bytes > 0;
  ink_status status = count_kinds(t, 0, &kinds, &alone, error);
  *numbers = status == INK_OK && kinds == t->count && 2 * filled > t->count;
  return status;
}

/* Whether they are examples for a classifier, or could be, without anyone saying so. Labels are few
 * beside their examples: of a translation into one of few texts, of surnames and first names, and
 * of sums and their results there are more. Many different numbers are amounts, and so are few of
 * them beside names. And who has more columns than two may want any of them. */
static void judge(const table *t, size_t texts, ink_columns *c) {
  enum { FEWEST = 6, FIGURES = 10 };
  size_t n = c->examples, labels = c->labels;
  bool plain = t->separator == '\t' && c->label == 0 && t->first == 0;
  bool several = labels > 0 && labels * 3 <= n, few = labels > 0 && labels <= n / labels;
  if (n < FEWEST || labels < 2 || texts <= labels || !several) return;
  bool numbers = is_figures(t, c->label, c->header), sums = is_figures(t, 1 - c->label, c->header);
  bool spaced = is_spaced(t), wordy = is_wordy(t, 1 - c->label);
  bool more = t->rows[0].columns > 2 + (size_t)t->first, amounts = numbers && labels > FIGURES;
  bool doubtful = spaced || sums || amounts || (!wordy && (more || (numbers && labels > 2)));
  c->sure = plain ? c->header : few && !doubtful;
  c->maybe = !c->sure && !plain && (few || !amounts) && !(numbers && sums) && !(spaced && more);
}

/* The label is in the column with fewer different values, and of equals in the first. A first row
 * whose label no other has names the columns where the other labels come again and again. */
static ink_status find_label(const table *t, ink_columns *c, ink_error *error) {
  enum { FEWEST = 4 };
  size_t kinds[2];
  bool alone[2];
  for (int column = 0; column < 2; column++) {
    ink_status status = count_kinds(t, column, &kinds[column], &alone[column], error);
    if (status != INK_OK) return status;
  }
  c->label = kinds[1] < kinds[0];
  size_t labels = kinds[c->label], rest = t->count - 1;
  c->header = alone[c->label] && rest >= FEWEST && (labels - 1) * 2 <= rest;
  c->labels = labels - (size_t)c->header;
  c->examples = t->count - (size_t)c->header;
  judge(t, kinds[1 - c->label] - (size_t)c->header, c);
  return INK_OK;
}

/* ---- Known labels ---------------------------------------------------------------------------- */

typedef struct known_labels {
  const char *const *labels; /* [count], or NULL */
  size_t count;
} known_labels;

static bool is_known(const field *f, const char *const *known, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strlen(known[i]) == f->bytes && memcmp(known[i], f->text, f->bytes) == 0) return true;
  }
  return false;
}

/* The label is in the column with more of them. A first row without one, whose label does not come
 * again, names the columns where most others have one. */
static void match_label(table *t, const char *const *known, size_t count, ink_columns *c) {
  size_t matches[2] = {0}, same = 0, rest = t->count - 1;
  for (size_t i = 0; i < t->count; i++) {
    for (int column = 0; column < 2; column++) {
      matches[column] += is_known(field_at(t, i, column), known, count);
    }
  }
  c->label = matches[1] > matches[0];
  t->matches = matches[c->label];
  const field *first = field_at(t, 0, c->label);
  for (size_t i = 0; i < t->count; i++) same += compare(field_at(t, i, c->label), first) == 0;
  c->header = same == 1 && !is_known(first, known, count) && 2 * t->matches > rest;
  c->labels = count;
  c->examples = t->matches > 0 ? t->count - (size_t)c->header : 0;
  c->sure = t->matches > 0;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static ink_status write_lines(const table *t, ink_columns *c, ink_error *error) {
  size_t size, at = 0;
  if (!ink_size_multiply(t->count, 2, &size) || !ink_size_add(size, t->used, &size) ||
      (c->text = malloc(size + 1)) == NULL) {
    return ink_fail_memory(error);
  }
  for (size_t i = (size_t)c->header; i < t->count; i++) {
    for (int side = 0; side < 2; side++) {
      const field *f = field_at(t, i, side == 0 ? c->label : 1 - c->label);
      memcpy(c->text + at, f->text, f->bytes);
      at += f->bytes;
      c->text[at++] = side == 0 ? '\t' : '\n';
    }
  }
  c->bytes = at;
  return INK_OK;
}

/* Whoever reads pairs says what is wrong with a line that is none. */
static bool is_table(const table *t) {
  return t->count > 0 && (t->separator != '\t' || t->incomplete == 0);
}

/* Behind the rows' numbers or, where there are none or the `first` column is wanted, without. */
static ink_status read_columns(const char *text, size_t bytes, char separator, bool first,
                               const known_labels *known, table *t, ink_columns *c,
                               ink_error *error) {
  bool numbers = false;
  *c = (ink_columns){.separator = separator};
  ink_status status = read_table(text, bytes, separator, t, error);
  if (status == INK_OK && !first) status = find_numbers(t, &numbers, error);
  if (status != INK_OK) return status;
  choose_columns(t, numbers);
  if (!is_table(t)) return INK_OK;
  if (known->labels != NULL) {
    match_label(t, known->labels, known->count, c);
  } else if (is_regular(t)) {
    status = find_label(t, c, error);
  }
  c->first = t->first;
  c->incomplete = t->incomplete;
  for (size_t i = (size_t)c->header; i < t->count; i++) {
    c->more += t->rows[i].more || (!numbers && field_at(t, i, 2)->bytes > 0);
  }
  return status;
}

ink_status ink_columns_read(const char *text, size_t bytes, const char *const *known, size_t count,
                            ink_columns *columns, ink_error *error) {
  const known_labels labels = {known, count};
  table best = {0};
  ink_status status = INK_OK;
  char likely = separator_of(text, bytes);
  *columns = (ink_columns){.separator = likely};
  /* By known labels everything is tried, else what is likely. */
  for (int i = 0; i < 2 * SEPARATORS && status == INK_OK; i++) {
    table t;
    ink_columns c;
    bool first = i % 2;
    if (known == NULL && (separators[i / 2] != likely || first)) continue;
    status = read_columns(text, bytes, separators[i / 2], first, &labels, &t, &c, error);
    if (status == INK_OK && c.examples > 0 && (known == NULL || t.matches > best.matches)) {
      close_table(&best);
      best = t;
      *columns = c;
    } else {
      close_table(&t);
    }
  }
  bool plain =
      columns->separator == '\t' && columns->label == 0 && columns->first == 0 && !columns->header;
  if (status == INK_OK && columns->examples > 0 && !plain) {
    status = write_lines(&best, columns, error);
  }
  close_table(&best);
  if (status != INK_OK) *columns = (ink_columns){0};
  return status;
}
