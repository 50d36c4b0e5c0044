/*
 * inkling generate: text on standard output, as it comes, from a network or from an n-gram.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/generate_ways.h"
#include "cli/mix.h"
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

static int generate(const ink_model *model, const ink_generate_request *request) {
  if (request->by_beam) return ink_generate_by_beam(model, request);
  return ink_generate_by_drawing(model, request);
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
