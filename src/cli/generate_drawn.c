/*
 * inkling generate: texts that are drawn token by token, as they come or several at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/generate_ways.h"
#include "cli/print.h"
#include "cli/verbs.h"

/* Small enough that the text is seen to come, large enough to cost nothing. */
enum { PIECE = 8 };

/* Prints the text as it comes, and on a terminal ends its last line. */
static ink_status stream(ink_generation *generation, ink_error *error) {
  char last = '\n';
  while (!ink_generation_done(generation)) {
    const char *piece;
    size_t bytes;
    ink_status status = ink_generation_next(generation, PIECE, &piece, &bytes, error);
    if (status != INK_OK) return status;
    if (!ink_print_text(piece, bytes) || !ink_print_flush()) {
      break; /* the reader has gone; main's caller sees it in the exit status */
    }
    if (bytes > 0) last = piece[bytes - 1];
  }
  if (last != '\n' && isatty(STDOUT_FILENO)) putchar('\n');
  return INK_OK;
}

/* One text or several that are written at once, of the seeds from `seed` on. */
typedef struct streams {
  size_t count;
  uint64_t seed;
  ink_session **sessions;       /* [count] */
  ink_generation **generations; /* [count] */
  ink_buffer *texts;            /* [count] */
  ink_buffer *tokens;           /* [count]: their JSON, when it is wanted */
  const char **pieces;          /* [count] */
  size_t *sizes;                /* [count] */
} streams;

static void free_streams(streams *s) {
  for (size_t i = 0; i < s->count; i++) {
    if (s->generations != NULL) ink_generation_free(s->generations[i]);
    if (s->sessions != NULL) ink_session_free(s->sessions[i]);
    if (s->texts != NULL) ink_buffer_free(&s->texts[i]);
    if (s->tokens != NULL) ink_buffer_free(&s->tokens[i]);
  }
  free(s->sessions);
  free(s->generations);
  free(s->texts);
  free(s->tokens);
  free(s->pieces);
  free(s->sizes);
}

/* Of a session that has read the prompt. */
static ink_status open_streams(const ink_session *prompt, const ink_generate_request *request,
                               streams *s, ink_error *error) {
  size_t n = s->count;
  s->sessions = calloc(n, sizeof *s->sessions);
  s->generations = calloc(n, sizeof *s->generations);
  s->texts = calloc(n, sizeof *s->texts);
  s->tokens = calloc(n, sizeof *s->tokens);
  s->pieces = calloc(n, sizeof *s->pieces);
  s->sizes = calloc(n, sizeof *s->sizes);
  if (s->sessions == NULL || s->generations == NULL || s->texts == NULL || s->tokens == NULL ||
      s->pieces == NULL || s->sizes == NULL) {
    return ink_fail_memory(error);
  }
  ink_status status = INK_OK;
  for (size_t i = 0; i < n && status == INK_OK; i++) {
    status = ink_session_fork(prompt, &s->sessions[i], error);
  }
  for (size_t i = 0; i < n && status == INK_OK; i++) {
    ink_session_seed(s->sessions[i], s->seed + i);
    status =
        ink_generation_new(s->sessions[i], &request->sampling, request->length,
                           request->stops.bytes, request->stops.size, &s->generations[i], error);
    if (status == INK_OK && request->log_probabilities) {
      status = ink_generation_keep_tokens(s->generations[i], error);
    }
    if (request->echo) ink_buffer_append(&s->texts[i], request->prompt, strlen(request->prompt));
  }
  return status;
}

static ink_status gather(const ink_model *model, streams *s, ink_error *error) {
  for (size_t left = s->count; left > 0;) {
    ink_status status =
        ink_generations_next(s->generations, s->count, UINT32_MAX, s->pieces, s->sizes, error);
    if (status != INK_OK) return status;
    left = s->count;
    for (size_t i = 0; i < s->count; i++) {
      ink_buffer_append(&s->texts[i], s->pieces[i], s->sizes[i]);
      const uint32_t *ids;
      const double *log_probabilities;
      size_t count = ink_generation_tokens(s->generations[i], &ids, &log_probabilities);
      ink_generate_tokens(&s->tokens[i], model, count, ids, log_probabilities);
      if (s->texts[i].failed || s->tokens[i].failed) return ink_fail_memory(error);
      if (ink_generation_done(s->generations[i])) left--;
    }
  }
  return INK_OK;
}

/* Every text with a line break after it; or as one JSON object, in which one that is not asked for
 * in samples is "text". With their log-probabilities texts are objects. */
static ink_status print_texts(const ink_generate_request *request, const streams *s,
                              ink_error *error) {
  if (!request->json) {
    for (size_t i = 0; i < s->count; i++) {
      ink_print_text(s->texts[i].bytes, s->texts[i].size);
      putchar('\n');
    }
    return INK_OK;
  }
  bool many = request->samples > 0, objects = many && request->log_probabilities;
  ink_buffer json = {0};
  ink_buffer_format(&json, "{\"prompt\":");
  ink_buffer_json_string(&json, request->prompt, strlen(request->prompt));
  ink_buffer_format(&json, many ? ",\"texts\":[" : ",\"text\":");
  for (size_t i = 0; i < s->count; i++) {
    ink_buffer_format(&json, "%s%s", i > 0 ? "," : "", objects ? "{\"text\":" : "");
    ink_buffer_json_string(&json, s->texts[i].bytes, s->texts[i].size);
    if (request->log_probabilities) {
      ink_buffer_format(&json, ",\"tokens\":[");
      ink_buffer_append(&json, s->tokens[i].bytes, s->tokens[i].size);
      ink_buffer_format(&json, objects ? "]}" : "]");
    }
  }
  ink_buffer_format(&json, "%s,\"seed\":%llu}\n", many ? "]" : "",
                    (unsigned long long)request->seed);
  return ink_print_json(&json, error);
}

static ink_status write_streams(const ink_model *model, const ink_session *prompt,
                                const ink_generate_request *request, streams *s, ink_error *error) {
  ink_status status = open_streams(prompt, request, s, error);
  if (status == INK_OK && (request->samples > 0 || request->json)) {
    status = gather(model, s, error);
    if (status == INK_OK) status = print_texts(request, s, error);
  } else if (status == INK_OK) {
    if (request->echo) ink_print_text(request->prompt, strlen(request->prompt));
    status = stream(s->generations[0], error);
  }
  free_streams(s);
  return status;
}

/* Texts that are written at once, where not all are one JSON object. */
enum { AT_ONCE = 64 };

int ink_generate_by_drawing(const ink_model *model, const ink_generate_request *request) {
  uint32_t count = request->samples > 0 ? request->samples : 1;
  uint32_t at_once = request->json || count < AT_ONCE ? count : AT_ONCE;
  ink_session *prompt = NULL;
  ink_error error;
  ink_status status = ink_generate_prompt(model, request, &prompt, &error);
  for (size_t from = 0; from < count && status == INK_OK && !ferror(stdout); from += at_once) {
    size_t left = count - from;
    streams s = {.count = left < at_once ? left : at_once, .seed = request->seed + from};
    status = write_streams(model, prompt, request, &s, &error);
    if (!ink_print_flush()) break; /* the reader has gone: main's caller sees it */
  }
  ink_session_free(prompt);
  return status == INK_OK ? INK_EXIT_OK : ink_generate_fail(&error);
}
