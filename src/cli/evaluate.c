/*
 * inkling evaluate: how well a model predicts a text, beside an n-gram; or how much of a text is
 * copied.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/dynamic.h"
#include "cli/evaluate_task.h"
#include "cli/files.h"
#include "cli/held_out.h"
#include "cli/labelled.h"
#include "cli/mix.h"
#include "cli/notes.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "inkling_scores.h"

typedef struct evaluate_request {
  const char *model, *vocabulary, *kernel, *text, *ngram, *novelty, *naive_bayes, *pictures;
  const char *encoding;
  ink_text_part file;    /* of the model, once it is read */
  uint32_t reset, order; /* order 0: the best */
  uint32_t references;   /* of a translator */
  bool references_given, searches;
  bool held_out, skip_unknown, json;
  ink_beam_options beam;
  ink_dynamic_request dynamic;
  ink_buffer mix;
  float counts_weight; /* where `weighed` */
  bool weighed;
} evaluate_request;

/* ---- A model, and an n-gram beside it -------------------------------------------------------- */

/* JSON has no infinity, which exp of a very bad loss is. */
static double finite(double perplexity) { return isfinite(perplexity) ? perplexity : DBL_MAX; }

/* How the parts of a model with counts score, which others do not have. */
static void print_parts(const ink_evaluation *e, bool json) {
  if (isnan(e->counts_nats)) return;
  printf(json ? ",\"networkNats\":%.9g,\"countsNats\":%.9g"
              : "%.4f nats of its network alone, %.4f of its counts alone\n",
         e->network_nats, e->counts_nats);
}

/* The text it was trained on has the loss that training found for the part held out, but for what
 * rounding its weights has cost since, and of a short text for where its streams began. */
static void doubt_text(const ink_model *model, const ink_evaluation *e, const evaluate_request *r) {
  const double few = 10; /* tokens */
  const char *loss = ink_model_metadata(model, "validation_loss");
  const char *reset = ink_model_metadata(model, "reset-state");
  const char *name = ink_model_metadata(model, "trained_on");
  bool alike = !r->dynamic.wanted && r->mix.size == 0 && r->reset == 0 &&
               (reset == NULL || strcmp(reset, "off") == 0);
  if (!r->held_out || !alike || loss == NULL) return;
  double trained = strtod(loss, NULL), nats = isnan(e->counts_nats) ? e->nats : e->network_nats;
  if (!(trained > 0) || fabs(nats - trained) <= fmax(0.05, trained / 20) + few / e->tokens) return;
  ink_complain(NULL,
               "--held-out: the loss is %.4f, and was %.4f in training: is this its text%s%s?",
               nats, trained, name == NULL ? "" : ", ", name == NULL ? "" : name);
}

static int evaluate(const ink_model *model, const ink_text_part *text,
                    const ink_text_part *trained_on, const evaluate_request *request) {
  ink_evaluation result, ngram = {0};
  ink_error error;
  uint32_t order = request->order;
  const ink_dynamic_request *dynamic = &request->dynamic;
  if (dynamic->wanted) {
    int exit_status = ink_dynamic_read(model, &request->file, &dynamic->options, text->text,
                                       text->bytes, &result, NULL);
    if (exit_status != INK_EXIT_OK) return exit_status;
  } else if (ink_evaluate(model, text->text, text->bytes, request->reset, &result, &error) !=
             INK_OK) {
    return ink_notes_fail(&(ink_notes){0}, &(ink_pair){0}, &error);
  }
  if (!request->skip_unknown) {
    ink_notes_show_text(model, text->text, text->bytes, INK_NOTES_SCORED);
  }
  bool beside = request->ngram != NULL || request->held_out;
  if (beside && ink_model_ngram(model, trained_on->text, trained_on->bytes, text->text, text->bytes,
                                request->reset, &order, &ngram, &error) != INK_OK) {
    return ink_report("n-gram", &error);
  }
  doubt_text(model, &result, request);
  if (request->json) {
    printf("{\"nats\":%.9g,\"bits\":%.9g,\"perplexity\":%.9g,\"tokens\":%.0f%s", result.nats,
           result.bits, finite(result.perplexity), result.tokens,
           dynamic->wanted ? ",\"dynamic\":true" : "");
    print_parts(&result, true);
    if (beside) {
      printf(",\"ngram\":{\"order\":%u,\"nats\":%.9g,\"bits\":%.9g,\"perplexity\":%.9g}",
             (unsigned)order, ngram.nats, ngram.bits, finite(ngram.perplexity));
    }
    printf("}\n");
  } else {
    printf("%.4f nats, %.4f bits, perplexity %.4f per token, over %.0f tokens%s\n", result.nats,
           result.bits, result.perplexity, result.tokens,
           dynamic->wanted ? ", learning as it reads" : "");
    print_parts(&result, false);
    if (beside) {
      printf("%.4f nats, %.4f bits, perplexity %.4f of an n-gram, order %u\n", ngram.nats,
             ngram.bits, ngram.perplexity, (unsigned)order);
    }
  }
  return INK_EXIT_OK;
}

/* The same without what the model lacks. */
static int evaluate_known(const ink_model *model, const ink_text_part *text,
                          const ink_text_part *trained_on, const evaluate_request *request) {
  ink_text_part known = {0}, beside = {0};
  ink_error error;
  ink_notes_show_text(model, text->text, text->bytes, INK_NOTES_SKIPPED);
  ink_status status =
      ink_model_reading(model, text->text, text->bytes, &known.text, &known.bytes, &error);
  if (status == INK_OK) {
    status = ink_model_reading(model, trained_on->text, trained_on->bytes, &beside.text,
                               &beside.bytes, &error);
  }
  int exit_status =
      status == INK_OK ? evaluate(model, &known, &beside, request) : ink_report("", &error);
  free(known.text);
  free(beside.text);
  return exit_status;
}

/* What is wrong with the options for a model of this task, or NULL. */
static const char *task_complaint(const char *task, const evaluate_request *r) {
  if (r->naive_bayes != NULL && strcmp(task, "classifier") != 0) {
    return "--naive-bayes stands beside a classifier";
  }
  bool captions = strcmp(task, "captioner") == 0;
  if (captions && r->pictures == NULL) return "a captioner is scored with --pictures FILE";
  if (!captions && r->pictures != NULL) return "--pictures FILE is for a captioner";
  if (captions && r->held_out) return "--held-out is not for a captioner";
  bool more = r->ngram != NULL || r->dynamic.wanted || r->reset > 0;
  bool generates = strcmp(task, "generator") == 0;
  if (more && !generates) return "--ngram, --dynamic and --reset are for a generator";
  if (r->skip_unknown && !generates) return "--skip-unknown is for a generator";
  if (r->references_given && strcmp(task, "translator") != 0) {
    return "--references is for a translator";
  }
  if (r->searches && (generates || strcmp(task, "classifier") == 0)) {
    return "--beam and --length-penalty are for a translator or a captioner";
  }
  return NULL;
}

static int evaluate_task(const ink_model *model, const ink_text_part *text,
                         const ink_text_part *beside, const evaluate_request *r) {
  ink_info info;
  ink_model_info(model, &info);
  const char *wrong = task_complaint(info.task, r);
  if (wrong != NULL) {
    ink_complain("evaluate", "%s", wrong);
    return INK_EXIT_USAGE;
  }
  if (strcmp(info.task, "classifier") == 0) {
    const char *other = r->naive_bayes != NULL ? r->naive_bayes : r->text;
    return ink_print_classes(model, text, beside, &(ink_text_paths){r->text, other}, r->json);
  }
  if (strcmp(info.task, "translator") == 0) {
    return ink_print_translations(model, text, r->text, r->references, &r->beam, r->json);
  }
  if (strcmp(info.task, "captioner") == 0) {
    return ink_print_captions(model, text, r->pictures, &r->beam, r->json);
  }
  return r->skip_unknown ? evaluate_known(model, text, beside, r)
                         : evaluate(model, text, beside, r);
}

static bool read_labelled(const ink_model *model, const char *path, ink_text_part *part) {
  ink_error error;
  if (ink_labelled_read(model, path, true, &part->text, &part->bytes, &error) == INK_OK) {
    return true;
  }
  (void)ink_report(path, &error);
  return false;
}

static int evaluate_texts(const ink_model *model, const evaluate_request *request) {
  ink_text_part text = {0}, trained_on = {0}, held_out = {0};
  const char *beside = request->ngram != NULL ? request->ngram : request->naive_bayes;
  bool read = ink_file_text(request->text, request->encoding, &text.text, &text.bytes);
  if (read && beside != NULL) {
    read = ink_file_text(beside, request->encoding, &trained_on.text, &trained_on.bytes);
  }
  read = read && read_labelled(model, request->text, &text);
  read = read && (beside == NULL || read_labelled(model, beside, &trained_on));
  if (read && request->ngram != NULL && ink_output_same(request->text, request->ngram)) {
    ink_complain(NULL,
                 "--ngram is the very text that is scored, so that its loss is on what it counted: "
                 "no measure of what it predicts");
  }
  int exit_status = read ? INK_EXIT_OK : INK_EXIT_FAILED;
  if (read && request->held_out) {
    exit_status = ink_split_text(model, request->text, &text, &trained_on, &held_out);
  }
  if (exit_status == INK_EXIT_OK) {
    exit_status = evaluate_task(model, request->held_out ? &held_out : &text, &trained_on, request);
  }
  free(held_out.text);
  free(text.text);
  free(trained_on.text);
  return exit_status;
}

static int evaluate_model(evaluate_request *request) {
  int exit_status;
  ink_model *model = ink_file_model(request->model, request->vocabulary, request->kernel,
                                    &request->file, &exit_status);
  if (model == NULL) return exit_status;
  ink_mix mix = {0};
  ink_error error;
  if (request->weighed && ink_model_weigh_counts(model, request->counts_weight, &error) != INK_OK) {
    exit_status = ink_report(request->model, &error);
  } else {
    exit_status = ink_mix_open(model, &request->mix, request->kernel, &mix);
  }
  if (exit_status == INK_EXIT_OK) exit_status = evaluate_texts(mix.model, request);
  ink_mix_close(&mix);
  free(request->file.text);
  ink_model_free(model);
  return exit_status;
}

/* ---- Novelty --------------------------------------------------------------------------------- */

/* Bytes of the first characters of a span, as many as a person cares to see. */
static size_t beginning(const char *span, size_t bytes) {
  enum { SHOWN = 100 };
  size_t characters = 0, end = 0;
  for (; end < bytes; end++) {
    bool starts = (span[end] & 0xc0) != 0x80;
    if (starts && characters++ == SHOWN) break;
  }
  return end;
}

static int print_novelty(const ink_text_part *written, const ink_overlap *o, bool json) {
  const char *longest = written->text + (size_t)o->longest_at;
  size_t bytes = (size_t)o->longest_bytes, shown = json ? bytes : beginning(longest, bytes);
  ink_buffer quoted = {0};
  ink_buffer_json_string(&quoted, longest, shown);
  ink_buffer_append(&quoted, "", 1);
  if (quoted.failed) {
    ink_buffer_free(&quoted);
    ink_complain(NULL, "out of memory");
    return INK_EXIT_FAILED;
  }
  if (json) {
    printf("{\"longest\":%.0f,\"longestText\":%s,\"spans\":%.0f,\"spansFound\":%.0f,\"share\":",
           o->longest, quoted.bytes, o->spans, o->spans_found);
    /* A text of fewer than 8 characters has no share. */
    printf(o->spans > 0 ? "%.9g}\n" : "null}\n", o->spans_found / o->spans);
  } else {
    printf("longest copy: %.0f characters, %s%s\n", o->longest, quoted.bytes,
           shown < bytes ? " ..." : "");
    printf("copied spans of 8 characters: %.0f of %.0f", o->spans_found, o->spans);
    printf(o->spans > 0 ? " (%.1f %%)\n" : "\n", 100 * o->spans_found / o->spans);
  }
  ink_buffer_free(&quoted);
  return INK_EXIT_OK;
}

static int evaluate_novelty(const evaluate_request *request) {
  ink_text_part written = {0}, source = {0};
  ink_overlap overlap;
  ink_error error;
  int exit_status = INK_EXIT_FAILED;
  if (ink_file_text(request->novelty, request->encoding, &written.text, &written.bytes) &&
      ink_file_text(request->text, request->encoding, &source.text, &source.bytes)) {
    ink_status status =
        ink_novelty(written.text, written.bytes, source.text, source.bytes, &overlap, &error);
    exit_status = status == INK_OK ? print_novelty(&written, &overlap, request->json)
                                   : ink_report("--novelty", &error);
  }
  free(written.text);
  free(source.text);
  return exit_status;
}

/* What is wrong with the options as a whole, or NULL. */
static const char *complaint(const evaluate_request *r, bool order_given) {
  if (r->text == NULL) return "--text FILE is missing";
  if (r->novelty != NULL) {
    bool more = r->model != NULL || r->vocabulary != NULL || r->kernel != NULL ||
                r->pictures != NULL || r->ngram != NULL || r->reset > 0 || r->held_out ||
                r->dynamic.wanted || r->mix.size > 0 || order_given || r->skip_unknown ||
                r->searches || r->references_given || r->naive_bayes != NULL || r->weighed;
    return more ? "--novelty compares two texts and takes no MODEL and no options of one" : NULL;
  }
  if (r->dynamic.wanted && r->mix.size > 0) {
    return "--dynamic learns with one network, and --mix has several";
  }
  if (r->dynamic.wanted && r->reset > 0) {
    return "--dynamic carries the state, which --reset would zero";
  }
  if (r->held_out && r->ngram != NULL) {
    return "with --held-out the n-gram is that of the rest of the text; leave --ngram out";
  }
  if (order_given && !r->held_out && r->ngram == NULL) {
    return "--order goes with --ngram or --held-out";
  }
  return order_given && r->order == 0 ? "--order must be from 1 to 8" : NULL;
}

int ink_verb_evaluate(int count, char **arguments) {
  evaluate_request r = {.references = 1,
                        .beam = {.width = 1, .length = 200, .length_penalty = 0.6f}};
  bool order_given = false;
  enum { OWN = 18 };
  ink_argument table[OWN + INK_DYNAMIC_ARGUMENTS] = {
      {"text", INK_ARGUMENT_TEXT, &r.text, NULL},
      {"pictures", INK_ARGUMENT_TEXT, &r.pictures, NULL},
      {"reset", INK_ARGUMENT_COUNT, &r.reset, NULL},
      {"held-out", INK_ARGUMENT_FLAG, &r.held_out, NULL},
      {"ngram", INK_ARGUMENT_TEXT, &r.ngram, NULL},
      {"order", INK_ARGUMENT_COUNT, &r.order, &order_given},
      {"naive-bayes", INK_ARGUMENT_TEXT, &r.naive_bayes, NULL},
      {"beam", INK_ARGUMENT_COUNT, &r.beam.width, &r.searches},
      {"length-penalty", INK_ARGUMENT_NUMBER, &r.beam.length_penalty, &r.searches},
      {"references", INK_ARGUMENT_COUNT, &r.references, &r.references_given},
      {"encoding", INK_ARGUMENT_TEXT, &r.encoding, NULL},
      {"novelty", INK_ARGUMENT_TEXT, &r.novelty, NULL},
      {"mix", INK_ARGUMENT_TEXTS, &r.mix, NULL},
      {"counts-weight", INK_ARGUMENT_NUMBER, &r.counts_weight, &r.weighed},
      {"skip-unknown", INK_ARGUMENT_FLAG, &r.skip_unknown, NULL},
      {"json", INK_ARGUMENT_FLAG, &r.json, NULL},
      {"vocabulary", INK_ARGUMENT_TEXT, &r.vocabulary, NULL},
      {"kernel", INK_ARGUMENT_TEXT, &r.kernel, NULL}};
  ink_dynamic_arguments(&r.dynamic, table + OWN);
  int exit_status = INK_EXIT_USAGE;
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &r.model, 1)) {
    ink_buffer_free(&r.mix);
    return exit_status;
  }
  const char *wrong = complaint(&r, order_given);
  if (r.references_given && (r.references < 1 || r.references > INK_REFERENCES_MAX)) {
    wrong = "--references must be from 1 to 64";
  }
  if (wrong != NULL) {
    ink_complain("evaluate", "%s", wrong);
  } else {
    exit_status = r.novelty != NULL ? evaluate_novelty(&r) : evaluate_model(&r);
  }
  ink_buffer_free(&r.mix);
  return exit_status;
}
