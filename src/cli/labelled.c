/*
 * Columns of labels and texts. See labelled.h.
 */
#include "cli/labelled.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/size.h"
#include "base/status.h"
#include "cli/print.h"

bool ink_labelled_take(ink_columns *columns, char **text, size_t *bytes) {
  if (columns->text == NULL) return false;
  free(*text);
  *text = columns->text;
  *bytes = columns->bytes;
  columns->text = NULL;
  return true;
}

/* "column 3 (text)" */
static void describe_column(int column, const char *name, char words[INK_COLUMN_NAME + 24]) {
  const char *open = name[0] != '\0' ? " (" : "", *close = name[0] != '\0' ? ")" : "";
  snprintf(words, INK_COLUMN_NAME + 24, "column %d%s%s%s", column + 1, open, name, close);
}

void ink_labelled_describe(const ink_columns *columns, char words[INK_NOTE]) {
  const char *separator = columns->separator == '\t'  ? "a tab"
                          : columns->separator == ';' ? "a semicolon"
                                                      : "a comma";
  char label[INK_COLUMN_NAME + 24], texts[INK_COLUMN_NAME + 24];
  bool first = columns->label < columns->texts;
  if (columns->label + columns->texts == 1) {
    snprintf(words, INK_NOTE, first ? "a label, %s and a text" : "a text, %s and a label",
             separator);
    return;
  }
  describe_column(columns->label, columns->label_name, label);
  describe_column(columns->texts, columns->texts_name, texts);
  snprintf(words, INK_NOTE, "a table, with the label in %s and the text in %s", label, texts);
}

static void describe_lines(const ink_columns *columns, char words[INK_NOTE]) {
  char count[32], what[INK_NOTE];
  bool two = columns->label + columns->texts == 1;
  ink_with_commas(columns->examples, count);
  ink_labelled_describe(columns, what);
  snprintf(words, INK_NOTE, "%.20s lines of %.150s%s", count, what,
           two && columns->header ? ", under a line that names them" : "");
}

void ink_labelled_note(const ink_columns *columns, char note[INK_NOTE]) {
  char words[INK_NOTE], labels[32];
  describe_lines(columns, words);
  ink_with_commas(columns->labels, labels);
  snprintf(note, INK_NOTE, "%.180s, with %.20s labels: read as examples for a classifier", words,
           labels);
}

/* The names of columns, as many as there is room for. */
static void name_columns(const ink_column *columns, size_t count, char words[INK_NOTE]) {
  size_t at = 0;
  words[0] = '\0';
  for (size_t i = 0; i < count && at + INK_COLUMN_NAME + 2 < INK_NOTE / 2; i++) {
    at += (size_t)snprintf(words + at, INK_NOTE - at, "%s%s", i > 0 ? ", " : "", columns[i].name);
  }
}

/* Whether most rows have something in one column alone: tabs indent such lines. */
static bool is_indented(const ink_column *columns, size_t count, size_t rows) {
  size_t values = 0;
  for (size_t i = 0; i < count; i++) values += columns[i].values;
  return values * 2 < rows * 3;
}

/* Whether the separators of a table without tabs are followed by spaces, as commas of a sentence. */
static bool is_spaced(const char *text, size_t bytes) {
  size_t commas = 0, spaced = 0;
  for (size_t i = 0; i + 1 < bytes; i++) {
    if (text[i] != ',' && text[i] != ';') continue;
    commas++;
    spaced += text[i + 1] == ' ';
  }
  return 2 * spaced > commas;
}

/* Whether nobody who writes a text writes such columns: with tabs more than two, or with gaps; else
 * one that has numbers alone, beside others. */
static bool is_wide(const ink_column *columns, size_t count, size_t rows, const char *text,
                    size_t bytes) {
  size_t gaps = 0, figures = 0;
  for (size_t i = 0; i < count; i++) {
    gaps += columns[i].values * 20 < rows * 19; /* fewer are lines amiss, and named */
    figures += columns[i].figures != 0;
  }
  if (memchr(text, '\t', bytes) == NULL) {
    return figures > 0 && figures < count && !is_spaced(text, bytes);
  }
  return (count > 2 || gaps > 0) && !is_indented(columns, count, rows);
}

/* Of pairs, a side that has numbers alone. */
static void show_figures(const char *path, const ink_column *columns) {
  bool left = columns[0].figures, right = columns[1].figures;
  if (left && right) {
    ink_complain(NULL,
                 "both columns have numbers alone, of which characters are learnt, not values");
  } else if (left || right) {
    ink_complain(NULL,
                 "its %s column has numbers alone: what stands beside them is taken by "
                 "inkling columns %s %d --out TEXT",
                 left ? "first" : "second", ink_shell_name(path).text, left ? 2 : 1);
  }
}

void ink_labelled_show_table(const char *path, ink_task task, const char *text, size_t bytes) {
  enum { FEWEST = 6 };
  ink_column columns[INK_COLUMNS_MOST];
  size_t count, rows;
  int header;
  ink_error error;
  char names[INK_NOTE];
  if (ink_columns_list(text, bytes, columns, &count, &rows, &header, &error) != INK_OK) return;
  if (rows < FEWEST) return;
  bool quoted = text[0] == '"', tabs = memchr(text, '\t', bytes) != NULL;
  if (task == INK_TASK_TRANSLATOR && count == 2 && tabs && !quoted) {
    show_figures(path, columns);
    return;
  }
  bool wide =
      task == INK_TASK_GENERATOR && count >= 2 && is_wide(columns, count, rows, text, bytes);
  size_t end = bytes;
  while (isspace((unsigned char)text[end - 1])) end--;
  /* A column alone is in quotes to its end; where more follows, somebody is quoted. */
  bool table = count >= 2 ? header || quoted || wide : quoted && text[end - 1] == '"';
  if (!table) return;
  name_columns(columns, header ? count : 0, names);
  ink_complain(NULL,
               "%s is a table%s%s, of which the lines are read as they stand; columns of "
               "it are taken by inkling columns %s COLUMN ... --out TEXT",
               ink_file_name(path), header ? " of " : "", names, ink_shell_name(path).text);
}

void ink_labelled_show_rest(const ink_columns *columns) {
  if (columns->more > 0) {
    ink_complain(NULL, "what stands in other columns of %zu lines is left out", columns->more);
  }
  if (columns->incomplete > 0) {
    ink_complain(NULL, "lines without a label or without a text are left out: %zu of them",
                 columns->incomplete);
  }
}

/* A table in which labels are found that are not the model's is refused for that, not for having no
 * tabs. */
static ink_status refuse_strange(const ink_model *model, const char *text, size_t bytes,
                                 ink_error *error) {
  ink_columns found;
  ink_status status = ink_columns_read(text, bytes, NULL, 0, &found, error);
  if (status != INK_OK || found.text == NULL) return status;
  int label = (int)strcspn(found.text, "\t");
  status = ink_fail(error, INK_ERROR_TEXT,
                    "its labels, such as \"%.*s\", are not the model's, such as \"%.60s\"",
                    label < 60 ? label : 60, found.text, ink_model_label(model, 0));
  free(found.text);
  return status;
}

ink_status ink_labelled_read(const ink_model *model, const char *path, bool tells, char **text,
                             size_t *bytes, ink_error *error) {
  ink_info info;
  ink_model_info(model, &info);
  size_t size;
  if (info.classes == 0) return INK_OK;
  const char **labels = NULL;
  if (ink_size_multiply(info.classes, sizeof *labels, &size)) labels = malloc(size);
  if (labels == NULL) return ink_fail_memory(error);
  for (uint32_t id = 0; id < info.classes; id++) labels[id] = ink_model_label(model, id);
  ink_columns columns;
  ink_status status = ink_columns_read(*text, *bytes, labels, info.classes, &columns, error);
  free(labels);
  if (status == INK_OK && columns.text == NULL && memchr(*text, '\t', *bytes) == NULL) {
    status = refuse_strange(model, *text, *bytes, error);
  }
  if (status != INK_OK || !ink_labelled_take(&columns, text, bytes) || !tells) return status;
  char words[INK_NOTE];
  describe_lines(&columns, words);
  ink_complain(NULL, "%s: %s", ink_file_name(path), words);
  ink_labelled_show_rest(&columns);
  return INK_OK;
}
