/*
 * Columns of labels and texts. See labelled.h.
 */
#include "cli/labelled.h"

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

void ink_labelled_describe(const ink_columns *columns, char words[INK_NOTE]) {
  const char *separator = columns->separator == '\t'  ? "a tab"
                          : columns->separator == ';' ? "a semicolon"
                                                      : "a comma";
  snprintf(words, INK_NOTE,
           columns->label == 0 ? "a label, %s and a text" : "a text, %s and a label", separator);
}

static void describe_lines(const ink_columns *columns, char words[INK_NOTE]) {
  char count[32], what[INK_NOTE];
  ink_with_commas(columns->examples, count);
  ink_labelled_describe(columns, what);
  snprintf(words, INK_NOTE, "%s lines of %.60s%s%s", count, what,
           columns->first > 0 ? ", behind numbers" : "",
           columns->header ? ", under a line that names them" : "");
}

void ink_labelled_note(const ink_columns *columns, char note[INK_NOTE]) {
  char words[INK_NOTE], labels[32];
  describe_lines(columns, words);
  ink_with_commas(columns->labels, labels);
  snprintf(note, INK_NOTE, "%.110s, with %s labels: read as examples for a classifier", words,
           labels);
}

void ink_labelled_show_rest(const ink_columns *columns) {
  if (columns->more > 0) {
    ink_complain(NULL, "what stands behind the %s column of %zu lines is left out",
                 columns->first > 0 ? "third" : "second", columns->more);
  }
  if (columns->incomplete > 0) {
    ink_complain(NULL, "lines without a label or without a text are left out: %zu of them",
                 columns->incomplete);
  }
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
  if (status != INK_OK || !ink_labelled_take(&columns, text, bytes) || !tells) return status;
  char words[INK_NOTE];
  describe_lines(&columns, words);
  ink_complain(NULL, "%s: %s", path, words);
  ink_labelled_show_rest(&columns);
  return INK_OK;
}
