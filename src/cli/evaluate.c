/*
 * inkling evaluate: how well a model predicts a text.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/arguments.h"
#include "cli/dynamic.h"
#include "cli/files.h"
#include "cli/verbs.h"
#include "train/options.h"

/* Replaces the text by the part that training held out, as the model's metadata tells. */
static int keep_held_out(const ink_model *model, char **text, size_t *bytes) {
  ink_train_options options;
  ink_train_options_default(&options);
  ink_error error;
  for (size_t i = 0; i < ink_option_count(); i++) {
    const ink_option *option = ink_option_at(i);
    const char *value = ink_model_metadata(model, option->name);
    if (value == NULL) {
      fprintf(stderr, "inkling: --held-out: the model does not say how it was trained (%s)\n",
              option->name);
      return INK_EXIT_FAILED;
    }
    if (ink_option_parse(option, value, &options, &error) != INK_OK) {
      return ink_report("--held-out", &error);
    }
  }
  char *held_out;
  size_t held_out_bytes;
  if (ink_held_out(&options, *text, *bytes, &held_out, &held_out_bytes, &error) != INK_OK) {
    return ink_report("--held-out", &error);
  }
  free(*text);
  *text = held_out;
  *bytes = held_out_bytes;
  return INK_EXIT_OK;
}

static int evaluate(const ink_model *model, const char *path, const char *text, size_t bytes,
                    uint32_t reset, const ink_dynamic_request *dynamic, bool json) {
  ink_evaluation result;
  ink_error error;
  if (dynamic->wanted) {
    int exit_status = ink_dynamic_read(model, path, &dynamic->options, text, bytes, &result, NULL);
    if (exit_status != INK_EXIT_OK) return exit_status;
  } else if (ink_evaluate(model, text, bytes, reset, &result, &error) != INK_OK) {
    return ink_report("", &error);
  }
  if (json) {
    /* JSON has no infinity, which exp of a very bad loss is. */
    double perplexity = isfinite(result.perplexity) ? result.perplexity : DBL_MAX;
    printf("{\"nats\":%.9g,\"bits\":%.9g,\"perplexity\":%.9g,\"tokens\":%.0f%s}\n", result.nats,
           result.bits, perplexity, result.tokens, dynamic->wanted ? ",\"dynamic\":true" : "");
  } else {
    printf("%.4f nats, %.4f bits, perplexity %.4f per token, over %.0f tokens%s\n", result.nats,
           result.bits, result.perplexity, result.tokens,
           dynamic->wanted ? ", learning as it reads" : "");
  }
  return fflush(stdout) == 0 ? INK_EXIT_OK : INK_EXIT_FAILED;
}

int ink_verb_evaluate(int count, char **arguments) {
  const char *path = NULL, *text_path = NULL, *vocabulary = NULL, *kernel = NULL;
  uint32_t reset = 0;
  bool json = false, held_out = false;
  ink_dynamic_request dynamic;
  ink_argument table[6 + INK_DYNAMIC_ARGUMENTS] = {
      {"text", INK_ARGUMENT_TEXT, &text_path, NULL},
      {"reset", INK_ARGUMENT_COUNT, &reset, NULL},
      {"held-out", INK_ARGUMENT_FLAG, &held_out, NULL},
      {"json", INK_ARGUMENT_FLAG, &json, NULL},
      {"vocabulary", INK_ARGUMENT_TEXT, &vocabulary, NULL},
      {"kernel", INK_ARGUMENT_TEXT, &kernel, NULL}};
  ink_dynamic_arguments(&dynamic, table + 6);
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &path, 1)) {
    return INK_EXIT_USAGE;
  }
  if (text_path == NULL) {
    fprintf(stderr, "inkling evaluate: --text FILE is missing\n");
    return INK_EXIT_USAGE;
  }
  if (dynamic.wanted && reset > 0) {
    fprintf(stderr, "inkling evaluate: --dynamic carries the state, which --reset would zero\n");
    return INK_EXIT_USAGE;
  }
  int exit_status;
  ink_model *model = ink_file_model(path, vocabulary, kernel, &exit_status);
  if (model == NULL) return exit_status;
  char *text = NULL;
  size_t bytes;
  exit_status = ink_file_read(text_path, &text, &bytes) ? INK_EXIT_OK : INK_EXIT_FAILED;
  if (exit_status == INK_EXIT_OK && held_out) exit_status = keep_held_out(model, &text, &bytes);
  if (exit_status == INK_EXIT_OK) {
    exit_status = evaluate(model, path, text, bytes, reset, &dynamic, json);
  }
  free(text);
  ink_model_free(model);
  return exit_status;
}
