/*
 * inkling columns: what the columns of a table have, and those that are wanted as a text to train
 * on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/number.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/formats.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/verbs.h"

typedef struct listing {
  ink_column columns[INK_COLUMNS_MOST];
  size_t count, rows;
  int header;
} listing;

static void show_column(const ink_column *c, size_t number) {
  char values[32], kinds[32];
  printf("%3zu  ", number);
  ink_print_string(stdout, c->name);
  printf("%*s %s values, %s different, %.0f bytes on average\n",
         (int)(INK_COLUMN_NAME - strlen(c->name)), "", ink_with_commas(c->values, values),
         ink_with_commas(c->kinds, kinds),
         c->values > 0 ? (double)c->bytes / (double)c->values : 0);
}

static int show(const listing *l) {
  char rows[32];
  printf("%s rows%s\n", ink_with_commas(l->rows, rows),
         l->header ? ", and a first one that names the columns" : "");
  for (size_t i = 0; i < l->count; i++) show_column(&l->columns[i], i + 1);
  return INK_EXIT_OK;
}

static int show_json(const listing *l) {
  ink_buffer json = {0};
  ink_error error;
  ink_buffer_format(&json, "{\"rows\":%zu,\"header\":%s,\"columns\":[", l->rows,
                    l->header ? "true" : "false");
  for (size_t i = 0; i < l->count; i++) {
    const ink_column *c = &l->columns[i];
    ink_buffer_format(&json, "%s{\"column\":%zu,\"name\":", i > 0 ? "," : "", i + 1);
    ink_buffer_json_string(&json, c->name, strlen(c->name));
    ink_buffer_format(&json, ",\"values\":%zu,\"different\":%zu,\"bytes\":%zu}", c->values,
                      c->kinds, c->bytes);
  }
  ink_buffer_format(&json, "]}\n");
  return ink_print_json(&json, &error) == INK_OK ? INK_EXIT_OK : ink_report("", &error);
}

/* The column of a name or, from 1 on, of a number; -1 after a line on stderr. */
static int find_column(const listing *l, const char *wanted) {
  char *end;
  for (size_t i = 0; i < l->count; i++) {
    if (strcmp(l->columns[i].name, wanted) == 0) return (int)i;
  }
  unsigned long number = strtoul(wanted, &end, 10);
  if (*wanted != '\0' && *end == '\0' && number >= 1 && number <= l->count) return (int)number - 1;
  ink_complain("columns", "there is no column \"%s\"; without one they are listed", wanted);
  return -1;
}

static int take(const listing *l, const char *text, size_t bytes, const char *const *wanted,
                size_t count, const char *out) {
  int columns[INK_COLUMNS_MOST];
  char *taken;
  size_t size, left_out;
  ink_error error;
  for (size_t i = 0; i < count; i++) {
    columns[i] = find_column(l, wanted[i]);
    if (columns[i] < 0) return INK_EXIT_USAGE;
  }
  ink_status status =
      ink_columns_take(text, bytes, columns, count, l->header, &taken, &size, &left_out, &error);
  if (status != INK_OK) return ink_report("", &error);
  if (left_out > 0) ink_complain(NULL, "rows that lack one are left out: %zu of them", left_out);
  bool written = ink_output_write(out, taken, size);
  ink_release(taken);
  if (!written) return INK_EXIT_FAILED;
  if (strcmp(out, "-") == 0) return INK_EXIT_OK;
  char rows[32];
  ink_print_string(stdout, out);
  printf(": %s rows\n", ink_with_commas(l->rows - left_out, rows));
  return INK_EXIT_OK;
}

static int read_table(const char *path, const char *text, size_t bytes, listing *l) {
  ink_error error;
  ink_status status =
      ink_columns_list(text, bytes, l->columns, &l->count, &l->rows, &l->header, &error);
  if (status != INK_OK) return ink_report(path, &error);
  if (l->count > 0) return INK_EXIT_OK;
  ink_complain(NULL, "%s: not rows of as many columns each, by tabs, semicolons or commas",
               ink_file_name(path));
  return INK_EXIT_FAILED;
}

int ink_verb_columns(int count, char **arguments) {
  const char *positional[INK_COLUMNS_MOST + 1] = {0}, *encoding = NULL, *out = "-";
  bool json = false;
  const ink_argument table[] = {{"out", INK_ARGUMENT_TEXT, &out, NULL},
                                {"encoding", INK_ARGUMENT_TEXT, &encoding, NULL},
                                {"json", INK_ARGUMENT_FLAG, &json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], positional,
                          INK_COLUMNS_MOST + 1)) {
    return INK_EXIT_USAGE;
  }
  const char *path = positional[0];
  if (path == NULL) {
    ink_complain("columns", "a file is missing; see --help");
    return INK_EXIT_USAGE;
  }
  char *text;
  listing l;
  size_t bytes, wanted = 0;
  int exit_status;
  while (wanted < INK_COLUMNS_MOST && positional[wanted + 1] != NULL) wanted++;
  if (!ink_output_check(out, &path, 1)) return INK_EXIT_FAILED;
  if (!ink_file_text(path, encoding, &text, &bytes)) return INK_EXIT_FAILED;
  exit_status = INK_EXIT_FAILED;
  if (!ink_format_show(path, text, bytes, ", and no columns")) {
    exit_status = read_table(path, text, bytes, &l);
  }
  if (exit_status == INK_EXIT_OK) {
    exit_status = wanted > 0 ? take(&l, text, bytes, positional + 1, wanted, out)
                  : json     ? show_json(&l)
                             : show(&l);
  }
  free(text);
  return exit_status;
}
