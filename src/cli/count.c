/*
 * inkling count: counts of a text's n-grams beside a model's network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/held_out.h"
#include "cli/notes.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "inkling_scores.h"

typedef struct count_request {
  const char *model, *text, *encoding, *out;
  bool held_out, json, weighed; /* weighed: the weight is given, not chosen */
  ink_count_options options;
} count_request;

/* What of the text is counted, and what chooses. */
static int split(const count_request *r, const ink_text_part *file, const ink_text_part *text,
                 ink_text_part *counted, ink_text_part *held_out) {
  ink_model *model;
  ink_error error;
  if (ink_model_load((const uint8_t *)file->text, file->bytes, NULL, 0, INK_KERNEL_AUTO, &model,
                     &error) != INK_OK) {
    return ink_report(r->model, &error);
  }
  int exit_status = ink_split_text(model, r->text, text, counted, held_out);
  ink_model_free(model);
  return exit_status;
}

/* How the model, whose file it is, read the text: what it lacks of it is not counted. False: of a
 * text of another script next to nothing was. */
static bool show_note(const count_request *r, const ink_text_part *file,
                      const ink_text_part *text) {
  enum { TIMES = 3 };
  ink_model *model;
  ink_notes_sum sum;
  if (ink_model_load((const uint8_t *)file->text, file->bytes, NULL, 0, INK_KERNEL_AUTO, &model,
                     NULL) != INK_OK) {
    return true; /* it has been read before */
  }
  bool known = ink_notes_sum_text(model, text->text, text->bytes, &sum);
  bool read = !known || sum.unknown <= TIMES * sum.tokens;
  if (known && read) ink_notes_show_sum(model, &sum, INK_NOTES_COUNTED);
  if (!read) ink_complain(NULL, "%s: the model knows too little of it to count", r->text);
  ink_model_free(model);
  return read;
}

/* A weight of 0 was chosen: the file differs, and what it writes does not. */
static void show_weightless(const count_request *r) {
  if (r->weighed || r->options.weight > 0) return;
  ink_complain(NULL,
               r->held_out
                   ? "the counts weigh 0, and the model writes as before: of what was held out the "
                     "network alone knows more; --weight 0.3 has them count all the same"
                   : "the counts weigh 0, and the model writes as before: of this text the network "
                     "alone knows more; if it was trained on it, --held-out counts what training "
                     "took and chooses by the rest; --weight 0.3 has them count all the same");
}

static int print(const count_request *r, size_t size, size_t size_before) {
  double weight = (double)r->options.weight;
  if (strcmp(r->out, "-") == 0) return INK_EXIT_OK;
  if (r->json) {
    printf("{\"order\":%u,\"weight\":%.3g,\"bytes\":%zu,\"bytesBefore\":%zu}\n",
           (unsigned)r->options.order, weight, size, size_before);
  } else {
    ink_print_string(stdout, r->out);
    printf(": n-grams of up to %u tokens, weight %.3g; %zu bytes, %zu before\n",
           (unsigned)r->options.order, weight, size, size_before);
  }
  return INK_EXIT_OK;
}

enum { MUCH = 200000000 }; /* bytes of memory, of which a person is told */

static int count_text(count_request *r, const ink_text_part *model, const ink_text_part *text) {
  ink_text_part counted = {0}, held_out = {0};
  if (r->held_out) {
    int exit_status = split(r, model, text, &counted, &held_out);
    if (exit_status != INK_EXIT_OK) return exit_status;
  }
  const ink_text_part *all = r->held_out ? &counted : text;
  double takes = 2 * (double)all->bytes + ink_counting_bytes((double)all->bytes);
  if (takes > MUCH && !r->json) {
    fprintf(stderr, "inkling: counting takes up to about %.0f MB\n", takes / 1e6);
  }
  uint8_t *file;
  size_t size;
  ink_error error;
  ink_status status = ink_count((const uint8_t *)model->text, model->bytes, all->text, all->bytes,
                                held_out.text, held_out.bytes, &r->options, &file, &size, &error);
  free(counted.text);
  free(held_out.text);
  if (status != INK_OK) return ink_report(r->model, &error);
  bool read = show_note(r, model, text);
  if (read) show_weightless(r);
  bool written = read && ink_output_write(r->out, file, size);
  ink_release(file);
  return written ? print(r, size, model->bytes) : INK_EXIT_FAILED;
}

static int count_files(count_request *r) {
  ink_text_part model = {0}, text = {0};
  int exit_status = INK_EXIT_FAILED;
  const char *const inputs[] = {r->model, r->text};
  if (ink_output_check(r->out, inputs, 2) && ink_file_read(r->model, &model.text, &model.bytes) &&
      ink_file_text(r->text, r->encoding, &text.text, &text.bytes)) {
    exit_status = count_text(r, &model, &text);
  }
  free(model.text);
  free(text.text);
  return exit_status;
}

static const char *complaint(const count_request *r, bool order_given) {
  if (r->model == NULL) return "MODEL is missing";
  if (r->text == NULL) return "--text FILE is missing";
  if (r->out == NULL) return "--out MODEL is missing";
  if (order_given && (r->options.order < 1 || r->options.order > 8)) {
    return "--order must be from 1 to 8";
  }
  if (r->weighed && !(r->options.weight >= 0 && r->options.weight <= 1)) {
    return "--weight must be from 0 to 1";
  }
  return r->options.threshold >= 0 ? NULL : "--prune must be 0 or more";
}

int ink_verb_count(int count, char **arguments) {
  count_request r = {0};
  bool order_given = false;
  ink_count_options_default(&r.options);
  const ink_argument table[] = {{"text", INK_ARGUMENT_TEXT, &r.text, NULL},
                                {"encoding", INK_ARGUMENT_TEXT, &r.encoding, NULL},
                                {"out", INK_ARGUMENT_TEXT, &r.out, NULL},
                                {"order", INK_ARGUMENT_COUNT, &r.options.order, &order_given},
                                {"weight", INK_ARGUMENT_NUMBER, &r.options.weight, &r.weighed},
                                {"prune", INK_ARGUMENT_NUMBER, &r.options.threshold, NULL},
                                {"held-out", INK_ARGUMENT_FLAG, &r.held_out, NULL},
                                {"json", INK_ARGUMENT_FLAG, &r.json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &r.model, 1)) {
    return INK_EXIT_USAGE;
  }
  const char *wrong = complaint(&r, order_given);
  if (wrong == NULL) return count_files(&r);
  ink_complain("count", "%s", wrong);
  return INK_EXIT_USAGE;
}
