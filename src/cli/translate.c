/*
 * inkling translate: the translation of a text, or of every line of standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/lines.h"
#include "cli/notes.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "inkling_text.h"

typedef struct translate_request {
  ink_beam_options beam;
  uint32_t samples; /* how many of the best */
  bool skip_unknown, json;
} translate_request;

/* {"source":…,"texts":[{"text":…,"score":…,"logProbability":…},…]} on a line. */
static ink_status print_json(const ink_pair *line, const ink_hypothesis *best, size_t count,
                             ink_error *error) {
  ink_buffer json = {0};
  ink_buffer_format(&json, "{\"source\":");
  ink_buffer_json_string(&json, line->right, line->right_bytes);
  ink_buffer_format(&json, ",\"texts\":[");
  for (size_t i = 0; i < count; i++) {
    ink_buffer_format(&json, "%s{\"text\":", i > 0 ? "," : "");
    ink_buffer_json_string(&json, best[i].text, best[i].bytes);
    ink_buffer_format(&json, ",\"score\":%.9g,\"logProbability\":%.9g}", best[i].score,
                      best[i].log_probability);
  }
  ink_buffer_format(&json, "]}\n");
  return ink_print_json(&json, error);
}

static ink_status print(const ink_pair *line, const ink_hypothesis *best, size_t count, bool json,
                        ink_error *error) {
  if (json) return print_json(line, best, count, error);
  for (size_t i = 0; i < count; i++) {
    ink_print_text(best[i].text, best[i].bytes);
    putchar('\n');
  }
  if (count == 0) putchar('\n');
  return INK_OK;
}

/* An empty line has no translation, and keeps its place all the same. */
static ink_status translate(const ink_model *model, ink_session *session, const ink_pair *line,
                            const translate_request *request, ink_error *error) {
  ink_source *source = NULL;
  ink_hypothesis *best = NULL;
  size_t count = 0;
  ink_status status = INK_OK;
  if (line->right_bytes > 0) {
    status = ink_source_text(model, line->right, line->right_bytes, request->skip_unknown, &source,
                             error);
    if (status == INK_OK) status = ink_session_start(session, source, error);
    if (status == INK_OK) {
      status = ink_beam_search(session, &request->beam, NULL, 0, &best, &count, error);
    }
  }
  if (count > request->samples) count = request->samples;
  /* One that fails is empty, too, so that the others stay beside what they are of. */
  if (status == INK_OK) {
    status = print(line, best, count, request->json, error);
  } else if (status != INK_ERROR_ARGUMENT) {
    (void)print(line, NULL, 0, request->json, &(ink_error){0});
  }
  ink_source_free(source);
  ink_release(best);
  return status;
}

static int translate_lines(const ink_model *model, ink_lines *lines,
                           const translate_request *request) {
  ink_session *session = NULL;
  ink_error error;
  int exit_status = INK_EXIT_OK;
  if (ink_session_new(model, &session, &error) != INK_OK) return ink_report("", &error);
  ink_notes notes = {.model = model};
  const ink_pair *line;
  while (exit_status != INK_EXIT_USAGE && (line = ink_lines_next(lines)) != NULL) {
    ink_status status = translate(model, session, line, request, &error);
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

int ink_verb_translate(int count, char **arguments) {
  const char *positional[2] = {0}, *vocabulary = NULL, *kernel = NULL, *encoding = NULL;
  translate_request request = {.beam = {.width = 4, .length = 200, .length_penalty = 0.6f},
                               .samples = 1};
  const ink_argument table[] = {
      {"beam", INK_ARGUMENT_COUNT, &request.beam.width, NULL},
      {"length", INK_ARGUMENT_COUNT, &request.beam.length, NULL},
      {"length-penalty", INK_ARGUMENT_NUMBER, &request.beam.length_penalty, NULL},
      {"samples", INK_ARGUMENT_COUNT, &request.samples, NULL},
      {"skip-unknown", INK_ARGUMENT_FLAG, &request.skip_unknown, NULL},
      {"encoding", INK_ARGUMENT_TEXT, &encoding, NULL},
      {"json", INK_ARGUMENT_FLAG, &request.json, NULL},
      {"vocabulary", INK_ARGUMENT_TEXT, &vocabulary, NULL},
      {"kernel", INK_ARGUMENT_TEXT, &kernel, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], positional, 2)) {
    return INK_EXIT_USAGE;
  }
  const char *wrong = NULL;
  if (request.samples < 1 || request.samples > request.beam.width) {
    wrong = "--samples must be from 1 to --beam";
  }
  if (request.beam.width < 1) wrong = "--beam must be 1 or more";
  if (encoding != NULL && !ink_file_reads(positional[1])) wrong = INK_NOT_READ;
  if (wrong != NULL) {
    ink_complain("translate", "%s", wrong);
    return INK_EXIT_USAGE;
  }
  int exit_status;
  ink_model *model = ink_file_model(positional[0], vocabulary, kernel, NULL, &exit_status);
  if (model == NULL) return exit_status;
  ink_lines lines;
  exit_status = INK_EXIT_FAILED;
  if (ink_lines_open(&lines, positional[1], encoding, false)) {
    exit_status = translate_lines(model, &lines, &request);
  }
  ink_lines_close(&lines);
  ink_model_free(model);
  return exit_status;
}
