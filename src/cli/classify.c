/*
 * inkling classify: the classes of a text, likeliest first; or of each line of standard input the
 * likeliest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/lines.h"
#include "cli/notes.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "inkling_text.h"

typedef struct ranked {
  uint32_t id;
  float probability;
} ranked;

static int likelier(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  if (x->probability != y->probability) return x->probability > y->probability ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

/* What is said of a text without a character that is unknown is better than nothing. Unknown words
 * are read as in training. */
static ink_status rank(const ink_model *model, ink_session *session, const ink_pair *line,
                       uint32_t classes, ranked *list, ink_error *error) {
  const char *text = line->right;
  const float *probabilities;
  ink_lacks lacks;
  ink_info info;
  ink_model_info(model, &info);
  ink_session_reset(session);
  ink_status status = ink_model_lacks(model, text, line->right_bytes, &lacks, error);
  if (status == INK_OK && lacks.tokens == 0) {
    return ink_fail(error, INK_ERROR_TEXT, "there is nothing in it that the model knows");
  }
  if (status == INK_OK) {
    bool characters = strcmp(info.level, "char") == 0;
    status = ink_session_feed(session, text, line->right_bytes, characters, error);
  }
  if (status == INK_OK) status = ink_session_distribution(session, NULL, &probabilities, error);
  if (status != INK_OK) return status;
  for (uint32_t i = 0; i < classes; i++) list[i] = (ranked){i, probabilities[i]};
  qsort(list, classes, sizeof *list, likelier);
  return INK_OK;
}

/* [{"label":…,"probability":…}, …] on a line. */
static ink_status print_json(const ink_model *model, const ranked *list, uint32_t shown,
                             ink_error *error) {
  ink_buffer json = {0};
  ink_buffer_append(&json, "[", 1);
  for (uint32_t i = 0; i < shown; i++) {
    const char *label = ink_model_label(model, list[i].id);
    ink_buffer_format(&json, "%s{\"label\":", i == 0 ? "" : ",");
    ink_buffer_json_string(&json, label, strlen(label));
    ink_buffer_format(&json, ",\"probability\":%.9g}", (double)list[i].probability);
  }
  ink_buffer_format(&json, "]\n");
  return ink_print_json(&json, error);
}

typedef struct classify_request {
  uint32_t top;
  bool json;
} classify_request;

/* An empty line has no class, and keeps its place all the same. */
static ink_status print(const ink_model *model, const ranked *list, uint32_t shown, bool json,
                        ink_error *error) {
  if (json) return print_json(model, list, shown, error);
  for (uint32_t i = 0; i < shown; i++) {
    fputs(i > 0 ? "  " : "", stdout);
    ink_print_string(stdout, ink_model_label(model, list[i].id));
    printf(" %.4f", (double)list[i].probability);
  }
  putchar('\n');
  return INK_OK;
}

static int classify_lines(const ink_model *model, ink_lines *lines, const classify_request *request,
                          uint32_t classes, ranked *list) {
  ink_session *session;
  ink_error error;
  int exit_status = INK_EXIT_OK;
  if (ink_session_new(model, &session, &error) != INK_OK) return ink_report("", &error);
  uint32_t top = request->top < classes ? request->top : classes;
  ink_notes notes = {.model = model};
  for (const ink_pair *line; (line = ink_lines_next(lines)) != NULL;) {
    bool empty = line->right_bytes == 0;
    ink_status status = empty ? INK_OK : rank(model, session, line, classes, list, &error);
    bool none = empty || status != INK_OK;
    ink_error lost;
    ink_status printed = print(model, list, none ? 0 : top, request->json, &lost);
    if (printed != INK_OK) {
      exit_status = ink_report("", &lost);
      break;
    }
    notes.numbered = lines->several;
    if (status == INK_OK) {
      ink_notes_show(&notes, line);
    } else {
      exit_status = ink_notes_fail(&notes, line, &error);
    }
    if (!ink_print_flush()) break; /* the reader has gone; main's caller sees it */
  }
  ink_session_free(session);
  return lines->failed ? INK_EXIT_FAILED : exit_status;
}

/* A model without line breaks has learnt texts of tables, where those, and what is blank around
 * them, were a space each. */
static void join(const ink_model *model, ink_lines *lines) {
  const char *token;
  for (uint32_t id = 0; (token = ink_model_token(model, id)) != NULL; id++) {
    if (strcmp(token, "\n") == 0) return;
  }
  size_t to = 0;
  bool broken = false;
  for (size_t from = 0; from < lines->size; from++) {
    char c = lines->text[from];
    bool breaks = c == '\n', space = c == ' ' || c == '\t';
    if ((breaks || space) && broken) continue;
    while (breaks && to > 0 && (lines->text[to - 1] == ' ' || lines->text[to - 1] == '\t')) to--;
    lines->text[to++] = breaks ? ' ' : c;
    broken = breaks;
  }
  lines->size = to;
}

static int classify(const ink_model *model, ink_lines *lines, const classify_request *request,
                    uint32_t classes) {
  ranked *list = malloc(classes * sizeof *list);
  if (list == NULL) {
    ink_complain(NULL, "out of memory");
    return INK_EXIT_FAILED;
  }
  int exit_status = classify_lines(model, lines, request, classes, list);
  free(list);
  return exit_status;
}

int ink_verb_classify(int count, char **arguments) {
  const char *positional[2] = {0}, *vocabulary = NULL, *kernel = NULL, *encoding = NULL;
  classify_request request = {.top = 3};
  const ink_argument table[] = {{"top", INK_ARGUMENT_COUNT, &request.top, NULL},
                                {"encoding", INK_ARGUMENT_TEXT, &encoding, NULL},
                                {"json", INK_ARGUMENT_FLAG, &request.json, NULL},
                                {"vocabulary", INK_ARGUMENT_TEXT, &vocabulary, NULL},
                                {"kernel", INK_ARGUMENT_TEXT, &kernel, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], positional, 2)) {
    return INK_EXIT_USAGE;
  }
  const char *wrong = request.top == 0 ? "--top must be 1 or more" : NULL;
  if (encoding != NULL && !ink_file_reads(positional[1])) wrong = INK_NOT_READ;
  if (wrong != NULL) {
    ink_complain("classify", "%s", wrong);
    return INK_EXIT_USAGE;
  }
  int exit_status;
  ink_model *model = ink_file_model(positional[0], vocabulary, kernel, NULL, &exit_status);
  if (model == NULL) return exit_status;
  ink_info info;
  ink_model_info(model, &info);
  if (info.classes == 0) {
    ink_complain("classify", "the model is a %s, not a classifier", info.task);
    ink_model_free(model);
    return INK_EXIT_USAGE;
  }
  ink_lines lines;
  exit_status = INK_EXIT_FAILED;
  if (ink_lines_open(&lines, positional[1], encoding, true)) {
    if (lines.whole) join(model, &lines);
    exit_status = classify(model, &lines, &request, info.classes);
  }
  ink_lines_close(&lines);
  ink_model_free(model);
  return exit_status;
}
