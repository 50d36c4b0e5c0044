/*
 * Labelled texts as people have them: two columns with tabs between them, or CSV with commas or
 * semicolons as spreadsheets write it (RFC 4180), the label before the text or behind it, and
 * perhaps a first row that names the columns. web/page/train/ reads files by the same rules.
 */
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "base/utf8.h"
#include "inkling_text.h"
#include "text/table.h"

/* ---- What the columns are -------------------------------------------------------------------- */

/* Whether most fields of a column are of several words. */
static bool is_wordy(const ink_table *t, int column) {
  size_t wordy = 0;
  for (size_t i = 0; i < t->count; i++) {
    const ink_field *f = ink_table_at(t, i, column);
    wordy += memchr(f->text, ' ', f->bytes) != NULL;
  }
  return 2 * wordy > t->count;
}

/* Spaces behind most commas are for the eye: no program writes them. */
static bool is_spaced(const ink_table *t) {
  size_t spaced = 0;
  for (size_t i = 0; i < t->count; i++) spaced += t->rows[i].spaced;
  return t->separator != '\t' && 2 * spaced > t->count;
}

static bool is_number(const ink_field *f) {
  for (size_t i = 0; i < f->bytes; i++) {
    if (f->text[i] < '0' || f->text[i] > '9') return false;
  }
  return f->bytes > 0;
}

/* Whether the first column of three or more numbers the rows: each another one. */
static ink_status find_numbers(const ink_table *t, bool *numbers, ink_error *error) {
  size_t kinds, filled = 0;
  bool alone, named = t->count > 1 && !is_number(ink_table_at(t, 0, 0));
  *numbers = false;
  for (size_t i = named; i < t->count; i++) {
    if (!is_number(ink_table_at(t, i, 0))) return INK_OK;
    filled += ink_table_at(t, i, 2)->bytes > 0;
  }
  if (t->count == 0) return INK_OK;
  ink_status status = ink_table_kinds(t, 0, &kinds, &alone, error);
  *numbers = status == INK_OK && kinds == t->count && 2 * filled > t->count;
  return status;
}

/* ---- Which columns are meant ----------------------------------------------------------------- */

/* The columns of a table from `first` on that have something in nearly all rows, and how much. */
typedef struct outline {
  int first;
  int columns[INK_TABLE_MOST], count;
  size_t bytes[INK_TABLE_MOST]; /* of all values, by column; 1 where they are no texts */
  size_t kinds[INK_TABLE_MOST]; /* different ones, the first row's left out where it is alone */
  bool alone[INK_TABLE_MOST];
} outline;

/* Numbers are no texts, nor is what is the same again and again, as a licence. */
static ink_status outline_of(const ink_table *t, bool numbers, outline *o, ink_error *error) {
  *o = (outline){.first = numbers};
  for (int column = o->first; column < (int)t->width; column++) {
    size_t filled = 0, figures = 0;
    for (size_t i = 0; i < t->count; i++) {
      o->bytes[column] += ink_table_at(t, i, column)->bytes;
      filled += ink_table_at(t, i, column)->bytes > 0;
      figures += ink_field_is_figure(ink_table_at(t, i, column));
    }
    if (10 * figures > 9 * t->count) o->bytes[column] = 1;
    if (10 * filled > 9 * t->count) o->columns[o->count++] = column;
  }
  for (int i = 0; i < o->count && o->count > 2; i++) {
    int column = o->columns[i];
    size_t *kinds = &o->kinds[column];
    ink_status status = ink_table_kinds(t, column, kinds, &o->alone[column], error);
    if (status != INK_OK) return status;
    *kinds -= o->alone[column];
    if (*kinds * 3 <= t->count) o->bytes[column] = 1;
  }
  return INK_OK;
}

/* Whether a column is rather that of the texts than another: its values are longer, or more. */
static bool is_longer(const outline *o, int column, int other) {
  return other < 0 || o->bytes[column] > o->bytes[other] ||
         (o->bytes[column] == o->bytes[other] && o->kinds[column] > o->kinds[other]);
}

/* The column beside the label's with the longest texts. Lines with tabs whose label comes first are
 * read as they stand, and so is what follows it. */
static int text_beside(const ink_table *t, const outline *o, int label) {
  if (t->separator == '\t' && label == 0) return 1;
  int best = -1;
  for (int i = 0; i < o->count; i++) {
    int column = o->columns[i];
    if (column == label) continue;
    if (is_longer(o, column, best)) best = column;
  }
  return best >= 0 ? best : label == o->first ? o->first + 1 : o->first;
}

/* Whether a column is called as those of labels are. */
static bool is_usual(const ink_field *name) {
  static const char *const usual[] = {"label",  "class", "categor", "sentiment",
                                      "target", "topic", "intent",  "kategor",
                                      "klasse", "spam",  "genre",   "emotion"};
  char small[32] = {0};
  if (name->bytes >= sizeof small) return false;
  for (size_t i = 0; i < name->bytes; i++) {
    char c = name->text[i];
    small[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    if (strstr(small, usual[i]) != NULL) return true;
  }
  return false;
}

/* Of more columns than two the text is the one with the longest values. The label is, of the others
 * with at most a third as many different ones as there are rows, one that is called so, else that
 * with the fewest. Without any, and of two, the first two are meant. */
static void pick(ink_table *t, const outline *o) {
  int label = -1, text = -1;
  size_t fewest = SIZE_MAX;
  for (int i = 0; i < o->count; i++) {
    if (is_longer(o, o->columns[i], text)) text = o->columns[i];
  }
  for (int i = 0; i < o->count && o->count > 2; i++) {
    int column = o->columns[i];
    size_t kinds = o->kinds[column];
    if (column == text || kinds < 2 || kinds * 3 > t->count) continue;
    if (o->alone[column] && is_usual(ink_table_at(t, 0, column))) kinds = 1;
    if (kinds < fewest) label = column, fewest = kinds;
  }
  int both[2] = {o->first, o->first + 1};
  if (o->count == 2) both[0] = o->columns[0], both[1] = o->columns[1];
  if (label >= 0) {
    text = text_beside(t, o, label);
    both[0] = label < text ? label : text;
    both[1] = label < text ? text : label;
  }
  ink_table_choose(t, both[0], both[1]);
}

/* Lines of a label, a tab and a text need not be made of what they are. */
static bool is_plain(const ink_columns *c) {
  return c->separator == '\t' && c->label == 0 && c->texts == 1 && !c->header;
}

/* Whether they are examples for a classifier, or could be, without anyone saying so. Labels are few
 * beside their examples: of a translation into one of few texts, of surnames and first names, and
 * of sums and their results there are more. Many different numbers are amounts, and so are few of
 * them beside names. And who has more columns than two may want any of them, unless one of them is
 * called a label. */
static void judge(const ink_table *t, const outline *o, size_t texts, ink_columns *c) {
  enum { FEWEST = 6, FIGURES = 10 };
  size_t n = c->examples, labels = c->labels;
  bool first = c->separator == '\t' && c->label == 0 && c->texts == 1;
  bool several = labels > 0 && labels * 3 <= n, few = labels > 0 && labels <= n / labels;
  if (n < FEWEST || labels < 2 || texts < 2 * labels || !several) return;
  bool numbers = ink_table_is_figures(t, c->label, c->header != 0),
       sums = ink_table_is_figures(t, c->texts, c->header != 0);
  bool spaced = is_spaced(t), wordy = is_wordy(t, c->texts), more = o->count > 2;
  bool named = c->header && wordy && is_usual(ink_table_at(t, 0, c->label));
  bool amounts = numbers && labels > FIGURES;
  bool doubtful =
      spaced || sums || amounts || (more && !named) || (!wordy && numbers && labels > 2);
  c->sure = first ? c->header && (named || !more) : few && !doubtful;
  c->maybe =
      !c->sure && (more || !first) && (few || !amounts) && !(numbers && sums) && !(spaced && more);
}

/* The label is in the column with fewer different values, and of equals in the first. A first row
 * whose label no other has names the columns where the other labels come again and again. */
static ink_status find_label(const ink_table *t, const outline *o, ink_columns *c,
                             ink_error *error) {
  enum { FEWEST = 4 };
  size_t kinds[2];
  bool alone[2];
  for (int side = 0; side < 2; side++) {
    ink_status status = ink_table_kinds(t, t->at[side], &kinds[side], &alone[side], error);
    if (status != INK_OK) return status;
  }
  int label = kinds[1] < kinds[0];
  c->label = t->at[label];
  c->texts = t->at[1 - label];
  size_t labels = kinds[label], rest = t->count - 1;
  c->header = alone[label] && rest >= FEWEST && (labels - 1) * 2 <= rest;
  c->labels = labels - (size_t)c->header;
  c->examples = t->count - (size_t)c->header;
  judge(t, o, kinds[1 - label] - (size_t)c->header, c);
  return INK_OK;
}

/* ---- Known labels ---------------------------------------------------------------------------- */

typedef struct known_labels {
  const char *const *labels; /* [count], or NULL */
  size_t count;
} known_labels;

static bool is_known(const ink_field *f, const known_labels *known) {
  for (size_t i = 0; i < known->count; i++) {
    const char *label = known->labels[i];
    if (strlen(label) == f->bytes && memcmp(label, f->text, f->bytes) == 0) return true;
  }
  return false;
}

/* The label is in the column with most of them. A first row without one, whose label does not come
 * again, names the columns where most others have one. */
static void match_label(ink_table *t, const outline *o, const known_labels *known, ink_columns *c) {
  size_t same = 0;
  for (int column = 0; column < (int)t->width; column++) {
    size_t matches = 0;
    for (size_t i = 0; i < t->count; i++) matches += is_known(ink_table_at(t, i, column), known);
    if (matches > t->matches) c->label = column, t->matches = matches;
  }
  if (t->matches == 0) return;
  c->texts = text_beside(t, o, c->label);
  ink_table_choose(t, c->label, c->texts);
  if (t->count == 0) return;
  const ink_field *first = ink_table_at(t, 0, c->label);
  for (size_t i = 0; i < t->count; i++)
    same += ink_field_compare(ink_table_at(t, i, c->label), first) == 0;
  c->header = same == 1 && !is_known(first, known) && 2 * t->matches > t->count - 1;
  c->labels = known->count;
  c->examples = t->count - (size_t)c->header;
  c->sure = 1;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static ink_status write_lines(const ink_table *t, ink_columns *c, ink_error *error) {
  ink_buffer lines = {0};
  for (size_t i = (size_t)c->header; i < t->count; i++) {
    const ink_field *label = ink_table_at(t, i, c->label), *text = ink_table_at(t, i, c->texts);
    ink_buffer_append(&lines, label->text, label->bytes);
    ink_buffer_append(&lines, "\t", 1);
    ink_buffer_append(&lines, text->text, text->bytes);
    ink_buffer_append(&lines, "\n", 1);
  }
  ink_status status = ink_buffer_end(&lines, error);
  c->text = lines.bytes;
  c->bytes = lines.size;
  return status;
}

/* Rows with something that is neither label nor text nor the row's number. */
static size_t count_more(const ink_table *t, const outline *o, const ink_columns *c) {
  size_t more = 0;
  for (size_t i = (size_t)c->header; i < t->count; i++) {
    bool any = t->rows[i].more;
    for (int column = o->first; column < (int)t->width; column++) {
      bool read = column == c->label || column == c->texts;
      any = any || (!read && ink_table_at(t, i, column)->bytes > 0);
    }
    more += any;
  }
  return more;
}

static void copy_name(const ink_field *f, char name[INK_COLUMN_NAME]) {
  size_t bytes = ink_utf8_fitting(f->text, f->bytes, INK_COLUMN_NAME - 1);
  memcpy(name, f->text, bytes);
  name[bytes] = '\0';
  ink_line_of_text(name);
}

/* Whoever reads pairs says what is wrong with a line that is none. */
static bool is_table(const ink_table *t) {
  return t->count > 0 && (t->separator != '\t' || t->incomplete == 0);
}

static ink_status read_columns(const char *text, size_t bytes, char separator,
                               const known_labels *known, ink_table *t, ink_columns *c,
                               ink_error *error) {
  bool numbers = false;
  *c = (ink_columns){.separator = separator, .texts = 1};
  ink_status status = ink_table_read(text, bytes, separator, false, t, error);
  if (status == INK_OK) status = find_numbers(t, &numbers, error);
  outline o = {0};
  if (status == INK_OK) status = outline_of(t, numbers, &o, error);
  if (status != INK_OK) return status;
  if (known->labels != NULL) {
    match_label(t, &o, known, c);
    if (!is_table(t)) c->examples = 0;
  } else if (ink_table_is_regular(t)) {
    pick(t, &o);
    if (is_table(t) && ink_table_is_regular(t)) status = find_label(t, &o, c, error);
  }
  c->numbers = numbers;
  c->incomplete = t->incomplete;
  c->more = count_more(t, &o, c);
  if (c->header) copy_name(ink_table_at(t, 0, c->label), c->label_name);
  if (c->header) copy_name(ink_table_at(t, 0, c->texts), c->texts_name);
  return status;
}

ink_status ink_columns_read(const char *text, size_t bytes, const char *const *known, size_t count,
                            ink_columns *columns, ink_error *error) {
  const known_labels labels = {known, count};
  ink_table best = {0};
  ink_status status = INK_OK;
  char likely = ink_table_separator(text, bytes);
  *columns = (ink_columns){.separator = likely, .texts = 1};
  /* By known labels everything is tried, else what is likely. */
  for (const char *one = INK_TABLE_SEPARATORS; *one != '\0' && status == INK_OK; one++) {
    ink_table t;
    ink_columns c;
    if (known == NULL && *one != likely) continue;
    status = read_columns(text, bytes, *one, &labels, &t, &c, error);
    if (status == INK_OK && c.examples > 0 && (known == NULL || t.matches > best.matches)) {
      ink_table_close(&best);
      best = t;
      *columns = c;
    } else {
      ink_table_close(&t);
    }
  }
  if (status == INK_OK && columns->examples > 0 && !is_plain(columns)) {
    status = write_lines(&best, columns, error);
  }
  ink_table_close(&best);
  if (status != INK_OK) *columns = (ink_columns){0};
  return status;
}
