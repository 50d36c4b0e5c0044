/*
 * inkling generate: text on standard output, as it comes, from a network or from an n-gram.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/generate.h"
#include "cli/mix.h"
#include "cli/notes.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "inkling_scores.h"

/* Where the text comes from: a model, perhaps with others, or the n-gram of a text. */
typedef struct generate_source {
  const char *path, *vocabulary, *kernel; /* of a model */
  ink_buffer mix;
  const char *ngram_text, *encoding;
  uint32_t order;
  bool order_given;
} generate_source;

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

int ink_generate_fail(const ink_error *error) {
  ink_notes notes = {0};
  return ink_notes_fail(&notes, &(ink_pair){0}, error);
}

ink_status ink_generate_prompt(const ink_model *model, const ink_generate_request *request,
                               ink_session **session, ink_error *error) {
  ink_status status = ink_session_new(model, session, error);
  if (status != INK_OK) return status;
  ink_notes notes = {.model = model};
  ink_pair prompt = {.right = request->prompt, .right_bytes = strlen(request->prompt)};
  if (request->item) status = ink_session_feed(*session, "\n", 1, false, error);
  if (status == INK_OK) {
    status =
        ink_session_feed(*session, prompt.right, prompt.right_bytes, request->skip_unknown, error);
  }
  if (status == INK_OK) ink_notes_show(&notes, &prompt);
  return status;
}

void ink_generate_tokens(ink_buffer *json, const ink_model *model, size_t count,
                         const uint32_t *ids, const double *log_probabilities) {
  for (size_t i = 0; i < count; i++) {
    const char *token = ink_model_token(model, ids[i]);
    ink_buffer_format(json, "%s{\"token\":", json->size > 0 ? "," : "");
    ink_buffer_json_string(json, token, strlen(token));
    ink_buffer_format(json, ",\"logProbability\":%.9g}", log_probabilities[i]);
  }
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

/* ---- The verb -------------------------------------------------------------------------------- */

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

static int generate(const ink_model *model, const ink_generate_request *request) {
  if (request->by_beam) return ink_generate_by_beam(model, request);
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

/* Replaces the model by what it becomes when it learns from the prompt; NULL when that failed. */
static int learn_prompt(ink_model **model, const ink_text_part *file,
                        const ink_generate_request *request) {
  ink_evaluation score;
  ink_model *adapted = NULL;
  int exit_status = ink_dynamic_read(*model, file, &request->dynamic.options, request->prompt,
                                     strlen(request->prompt), &score, &adapted);
  ink_model_free(*model);
  *model = adapted;
  return exit_status;
}

static int weigh_and_generate(ink_model *model, const generate_source *from,
                              const ink_generate_request *request) {
  ink_error error;
  if (request->weighed && ink_model_weigh_counts(model, request->counts_weight, &error) != INK_OK) {
    return ink_report(from->path, &error);
  }
  ink_mix mix;
  int exit_status = ink_mix_open(model, &from->mix, from->kernel, &mix);
  if (exit_status == INK_EXIT_OK) exit_status = generate(mix.model, request);
  ink_mix_close(&mix);
  return exit_status;
}

/* Whether training would read the text as a list. */
static bool is_list(const char *text, size_t bytes) {
  ink_train_options options;
  ink_train_options_default(&options);
  options.task = INK_TASK_GENERATOR;
  const ink_material material = {.text = text, .bytes = bytes};
  return ink_train_options_choose(&options, &material, 0, NULL, NULL) == INK_OK &&
         options.lines == 1;
}

/* Of the n-gram of a text instead of a model. */
static int generate_from_ngram(const char *path, const char *encoding, uint32_t order,
                               ink_generate_request *request) {
  char *text;
  size_t bytes;
  ink_ngram *ngram = NULL;
  ink_model *model = NULL;
  ink_error error;
  if (!ink_file_text(path, encoding, &text, &bytes)) return INK_EXIT_FAILED;
  request->item = is_list(text, bytes);
  if (request->item) ink_buffer_append(&request->stops, "\n", 2);
  ink_status status = ink_ngram_new(text, bytes, NULL, 0, order, &ngram, &error);
  free(text);
  if (status == INK_OK) status = ink_ngram_model(ngram, &model, &error);
  int exit_status = status == INK_OK ? generate(model, request) : ink_report(path, &error);
  ink_model_free(model);
  ink_ngram_free(ngram);
  return exit_status;
}

/* Options that do not go together; true after one line about them. */
static bool report_contrary(const ink_generate_request *request, bool sampled, bool penalty_given) {
  const char *why = NULL;
  if (request->log_probabilities && !request->json) why = "--log-probabilities goes with --json";
  if (penalty_given && !request->by_beam) why = "--length-penalty goes with --beam";
  if (request->by_beam && sampled) why = "--beam draws nothing: leave --seed and sampling out";
  if (request->by_beam && request->samples > request->beam.width) {
    why = "--samples is more than --beam";
  }
  if (why != NULL) ink_complain("generate", "%s", why);
  return why != NULL;
}

/* A model that writes from a source, or no text at all; true after one line about the verb for
 * it. */
static bool report_task(const ink_model *model) {
  static const char *const verbs[][2] = {
      {"classifier", "classify"}, {"translator", "translate"}, {"captioner", "caption"}};
  ink_info info;
  ink_model_info(model, &info);
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(info.task, verbs[i][0]) != 0) continue;
    ink_complain("generate", "the model is a %s: use inkling %s", info.task, verbs[i][1]);
    return true;
  }
  return false;
}

static int generate_from_model(const generate_source *from, const ink_generate_request *request) {
  int exit_status;
  ink_text_part file = {0};
  ink_model *model =
      ink_file_model(from->path, from->vocabulary, from->kernel, &file, &exit_status);
  bool other = model != NULL && report_task(model);
  if (other) {
    exit_status = INK_EXIT_USAGE;
  } else if (model != NULL && request->dynamic.wanted) {
    exit_status = learn_prompt(&model, &file, request);
  }
  free(file.text);
  if (model != NULL && !other) exit_status = weigh_and_generate(model, from, request);
  ink_model_free(model);
  return exit_status;
}

static int generate_from(const generate_source *from, ink_generate_request *request) {
  bool model_given = from->path != NULL || from->vocabulary != NULL || from->kernel != NULL;
  if (from->ngram_text == NULL && from->order_given) {
    ink_complain("generate", "--order goes with --ngram");
    return INK_EXIT_USAGE;
  }
  if (from->ngram_text == NULL && from->encoding != NULL) {
    ink_complain("generate", "--encoding goes with --ngram");
    return INK_EXIT_USAGE;
  }
  if (from->ngram_text == NULL) return generate_from_model(from, request);
  if (model_given || from->mix.size > 0 || request->dynamic.wanted) {
    ink_complain("generate", "--ngram takes the place of a MODEL and its options");
    return INK_EXIT_USAGE;
  }
  return generate_from_ngram(from->ngram_text, from->encoding, from->order, request);
}

int ink_verb_generate(int count, char **arguments) {
  generate_source from = {.order = 6};
  bool sampled = false, penalty_given = false, samples_given = false;
  ink_generate_request request = {.prompt = "", .length = 200};
  ink_sampling_default(&request.sampling);
  ink_sampling *sampling = &request.sampling;
  sampling->temperature = 0.8f; /* as the module and the page have it: fewer slips than at 1 */
  enum { OWN = 25 };
  ink_argument table[OWN + INK_DYNAMIC_ARGUMENTS] = {
      {"prompt", INK_ARGUMENT_TEXT, &request.prompt, NULL},
      {"length", INK_ARGUMENT_COUNT, &request.length, NULL},
      {"samples", INK_ARGUMENT_COUNT, &request.samples, &samples_given},
      {"seed", INK_ARGUMENT_SEED, &request.seed, &sampled},
      {"temperature", INK_ARGUMENT_NUMBER, &sampling->temperature, &sampled},
      {"top-k", INK_ARGUMENT_COUNT, &sampling->top_k, &sampled},
      {"top-p", INK_ARGUMENT_NUMBER, &sampling->top_p, &sampled},
      {"min-p", INK_ARGUMENT_NUMBER, &sampling->min_p, &sampled},
      {"max-copy", INK_ARGUMENT_COUNT, &sampling->max_copy, &sampled},
      {"counts-weight", INK_ARGUMENT_NUMBER, &request.counts_weight, &request.weighed},
      {"mix", INK_ARGUMENT_TEXTS, &from.mix, NULL},
      {"repetition-penalty", INK_ARGUMENT_NUMBER, &sampling->repetition_penalty, &sampled},
      {"repetition-window", INK_ARGUMENT_COUNT, &sampling->repetition_window, &sampled},
      {"beam", INK_ARGUMENT_COUNT, &request.beam.width, &request.by_beam},
      {"length-penalty", INK_ARGUMENT_NUMBER, &request.beam.length_penalty, &penalty_given},
      {"log-probabilities", INK_ARGUMENT_FLAG, &request.log_probabilities, NULL},
      {"ngram", INK_ARGUMENT_TEXT, &from.ngram_text, NULL},
      {"encoding", INK_ARGUMENT_TEXT, &from.encoding, NULL},
      {"order", INK_ARGUMENT_COUNT, &from.order, &from.order_given},
      {"stop", INK_ARGUMENT_TEXTS, &request.stops, NULL},
      {"echo", INK_ARGUMENT_FLAG, &request.echo, NULL},
      {"skip-unknown", INK_ARGUMENT_FLAG, &request.skip_unknown, NULL},
      {"json", INK_ARGUMENT_FLAG, &request.json, NULL},
      {"vocabulary", INK_ARGUMENT_TEXT, &from.vocabulary, NULL},
      {"kernel", INK_ARGUMENT_TEXT, &from.kernel, NULL},
  };
  ink_dynamic_arguments(&request.dynamic, table + OWN);
  int exit_status = INK_EXIT_USAGE;
  if (ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &from.path, 1) &&
      !report_contrary(&request, sampled, penalty_given)) {
    request.beam.length = request.length;
    if (samples_given && request.samples == 0) {
      ink_complain("generate", "--samples must be 1 or more");
    } else {
      exit_status = generate_from(&from, &request);
    }
  }
  ink_buffer_free(&from.mix);
  ink_buffer_free(&request.stops);
  return exit_status;
}
