/*
 * What a training run tells: the loss to beat, progress with samples, and how it ended. Lines for
 * people on stderr, or objects for programs on stdout.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/labelled.h"
#include "cli/measure.h"
#include "cli/print.h"
#include "cli/samples.h"
#include "cli/train_run.h"
#include "inkling_scores.h"

/* ---- Samples --------------------------------------------------------------------------------- */

/* A model of the present or the best weights, in the file that it borrows from. */
typedef struct present {
  uint8_t *bytes;
  ink_model *model;
} present;

static ink_status open_present(const ink_train_run *r, bool best, present *p) {
  size_t size;
  ink_status status = ink_train_model_bytes(r, best, &p->bytes, &size, NULL);
  if (status != INK_OK) return status;
  return ink_model_load(p->bytes, size, NULL, 0, INK_KERNEL_AUTO, &p->model, NULL);
}

static void close_present(present *p) {
  ink_model_free(p->model);
  ink_release(p->bytes);
}

/* What the present weights write. Nothing when memory is short: a sample is not worth a run. */
static void write_sample(const ink_train_run *r, ink_buffer *sample) {
  present now = {0};
  if (open_present(r, false, &now) == INK_OK) {
    const ink_buffer *pictures = &r->pictures;
    const ink_material sources = {.text = r->sources.bytes,
                                  .bytes = r->sources.size,
                                  .pictures = (const uint8_t *)pictures->bytes,
                                  .pictures_bytes = pictures->size};
    (void)ink_samples_write(now.model, &sources, r->progress.step, sample);
  }
  close_present(&now);
}

/* Without its words a text is nothing to learn from. Silent when memory is short. */
static void warn_of_rare_words(const ink_train_run *r) {
  present now = {0};
  bool wordless = open_present(r, false, &now) == INK_OK;
  const char *token;
  for (uint32_t id = 0; wordless && (token = ink_model_token(now.model, id)) != NULL; id++) {
    wordless = strcmp(token, "\n") == 0 || strcmp(token, "<unk>") == 0;
  }
  close_present(&now);
  if (wordless) {
    ink_complain(NULL,
                 "no word of the text occurs %u times: all are read as <unk>, and nothing "
                 "else is learnt; lower --min-count",
                 (unsigned)r->options.min_count);
  }
}

/* ---- For programs ---------------------------------------------------------------------------- */

static void add_json_number(ink_buffer *json, const char *key, double value) {
  ink_buffer_format(json, ",\"%s\":", key);
  ink_buffer_format(json, isfinite(value) ? "%.9g" : "null", value);
}

static void show_json(const ink_train_run *r, double rate, const ink_buffer *sample) {
  const ink_progress *p = &r->progress;
  ink_buffer json = {0};
  ink_buffer_format(&json, "{\"step\":%u,\"steps\":%u", (unsigned)p->step, (unsigned)p->steps);
  add_json_number(&json, "epoch", p->epoch);
  add_json_number(&json, "loss", p->loss);
  add_json_number(&json, "validationLoss", p->validated ? p->validation_loss : NAN);
  add_json_number(&json, "ngramLoss", r->ngram_loss);
  add_json_number(&json, "bestLoss", p->best_loss);
  add_json_number(&json, "learningRate", p->learning_rate);
  add_json_number(&json, "gradientNorm", p->gradient_norm);
  add_json_number(&json, "tokensPerSecond", rate);
  if (sample->size > 0) {
    ink_buffer_append(&json, ",\"sample\":", 10);
    ink_buffer_json_string(&json, sample->bytes, sample->size);
  }
  if (r->steps == 1 && r->chosen.size > 0) {
    ink_buffer_append(&json, ",\"chosen\":", 10);
    ink_buffer_json_string(&json, r->chosen.bytes, r->chosen.size);
  }
  ink_buffer_append(&json, "}\n", 2);
  ink_error error;
  if (ink_print_json(&json, &error) != INK_OK) (void)ink_report("--json", &error);
  fflush(stdout);
}

/* ---- For people ------------------------------------------------------------------------------ */

/* A text under a margin. */
static void show_text(const ink_buffer *text) {
  fputs("  | ", stderr);
  const char *at = text->bytes, *end = at + text->size, *stop;
  for (; (stop = memchr(at, '\n', (size_t)(end - at))) != NULL; at = stop + 1) {
    ink_print_escaped(stderr, at, (size_t)(stop - at));
    fputs("\n  | ", stderr);
  }
  ink_print_escaped(stderr, at, (size_t)(end - at));
  fputc('\n', stderr);
}

/* Where the loss stands against the table of counts. */
static void format_standing(const ink_train_run *r, char *text, size_t size) {
  text[0] = '\0';
  if (isnan(r->ngram_loss)) return;
  if (isnan(r->beaten)) {
    snprintf(text, size, "  not yet as good as the %u-gram table", (unsigned)r->order);
  } else {
    snprintf(text, size, "  better than the %u-gram table since epoch %.3g", (unsigned)r->order,
             r->beaten);
  }
}

/* What the speed counts: a classifier learns a label from a whole text. */
static const char *what_is_counted(const ink_train_options *options) {
  if (options->task == INK_TASK_CLASSIFIER) return "texts";
  return options->level == INK_LEVEL_WORD ? "words" : "chars";
}

static void show_line(const ink_train_run *r, double rate, bool whole) {
  const ink_progress *p = &r->progress;
  double left = (double)(p->steps - p->step) * (ink_seconds() - r->began) / r->steps;
  bool terminal = isatty(fileno(stderr)) != 0;
  char validation[48] = "", best[24] = "", standing[64] = "";
  if (!isnan(p->best_loss)) snprintf(best, sizeof best, " (best %.4f)", p->best_loss);
  if (!isnan(p->validation_loss)) {
    snprintf(validation, sizeof validation, "  validation %.4f%s", p->validation_loss, best);
    format_standing(r, standing, sizeof standing);
  }
  left = ceil(left);
  fprintf(stderr, "%sstep %u/%u  epoch %.2f  loss %.4f%s  %.0f %s/s  %.0f:%02.0f left%s%s",
          terminal ? "\r\033[K" : "", (unsigned)p->step, (unsigned)p->steps, p->epoch, p->loss,
          validation, rate, what_is_counted(&r->options), floor(left / 60), fmod(left, 60),
          p->validated ? standing : "", terminal && !whole ? "" : "\n");
}

/* Attributions and the like, which many lists of sentences have. */
void ink_train_show_columns(const ink_train_run *r) {
  if (r->rewritten) {
    ink_labelled_show_rest(&r->columns);
    return;
  }
  uint32_t task = ink_trainer_options(r->trainer)->task;
  bool pairs = task == INK_TASK_CLASSIFIER || task == INK_TASK_TRANSLATOR;
  size_t lines = pairs ? ink_extra_columns(r->files.text, r->files.bytes) : 0;
  if (lines > 0) {
    ink_complain(NULL, "what stands behind the second column of %zu lines is left out", lines);
  }
}

/* Before it begins, the bytes that the run takes: to compute, with the text as tokens, and to count
 * the n-gram. */
static void show_memory(const ink_train_run *r) {
  if (r->json || r->resume != NULL) return;
  const ink_train_options *options = ink_trainer_options(r->trainer);
  double computes = (double)ink_trainer_bytes(r->trainer);
  double counts = ink_counting_bytes(fmin((double)r->files.bytes, INK_TRAINER_NGRAM_MOST));
  fprintf(stderr, "inkling: training takes about %.0f MB", computes / 1e6);
  if (options->task == INK_TASK_GENERATOR && options->validation > 0 && counts > computes / 10) {
    fprintf(stderr, ", and up to %.0f MB while the n-gram is counted", (computes + counts) / 1e6);
  }
#ifdef __wasi__
  fputs(", in one thread; Ctrl-C leaves no checkpoint but the last (WebAssembly)", stderr);
#endif
  fputc('\n', stderr);
}

/* The loss that the network has to beat. Of a long text the best order is a high one, and to look
 * for it would take minutes. Nothing when nothing is held out or memory is short: it is not worth a
 * run. */
void ink_train_show_start(ink_train_run *r) {
  enum { LONG = 5000000, HIGH = 7 };
  show_memory(r);
  if (ink_trainer_done(r->trainer)) {
    ink_complain(NULL, "this run has made all its steps: its model is written");
  }
  if (ink_trainer_options(r->trainer)->task != INK_TASK_GENERATOR) return;
  if (r->options.level == INK_LEVEL_WORD && r->options.min_count > 1) warn_of_rare_words(r);
  if (r->order == 0 && r->files.bytes > LONG) r->order = HIGH;
  ink_evaluation evaluation;
  if (ink_trainer_ngram(r->trainer, &r->order, &evaluation, NULL) != INK_OK) return;
  r->ngram_loss = evaluation.nats;
  if (!r->json) {
    bool all = r->files.bytes < INK_TRAINER_NGRAM_MOST;
    fprintf(stderr, "inkling: an n-gram of order %u has a validation loss of %.4f%s\n",
            (unsigned)r->order, evaluation.nats,
            all ? "" : ", counted in the last 20,000,000 tokens");
  }
}

/* ---- After each step ------------------------------------------------------------------------- */

static void note_validation(ink_train_run *r) {
  const ink_progress *p = &r->progress;
  if (!p->validated) return;
  if (isnan(r->beaten) && p->best_loss < r->ngram_loss) r->beaten = p->epoch;
  if (p->validation_loss == p->best_loss) r->best_epoch = p->epoch;
}

/* For a program a sample comes with each validation; a person sees ten in a run, and so does a
 * program where nothing is held out. */
static bool sample_due(const ink_train_run *r) {
  const ink_progress *p = &r->progress;
  bool held_out = ink_trainer_options(r->trainer)->validation > 0;
  if (held_out && !p->validated) return false;
  bool last = ink_trainer_done(r->trainer) != 0;
  return (r->json && held_out) || last || (double)p->step / p->steps - r->last_sample >= 0.1;
}

void ink_train_show_step(ink_train_run *r) {
  double clock = ink_seconds();
  note_validation(r);
  /* A terminal is kept up to date; a log gets a line every ten seconds. */
  double interval = isatty(fileno(stderr)) ? 0.5 : 10;
  bool last = r->progress.step == r->progress.steps, sampled = sample_due(r);
  if (!r->json && !sampled && !last && clock - r->shown < interval) return;
  r->shown = clock;
  double rate = r->trained / fmax(clock - r->began, 1e-9);
  ink_buffer sample = {0};
  if (sampled) {
    write_sample(r, &sample);
    r->last_sample = (double)r->progress.step / r->progress.steps;
  }
  if (r->json) {
    show_json(r, rate, &sample);
  } else {
    show_line(r, rate, sampled || last);
    if (sample.size > 0) show_text(&sample);
  }
  if (r->first_text.size == 0 && !r->json) {
    r->first_text = sample;
    r->first_epoch = r->progress.epoch;
  } else {
    ink_buffer_free(&sample);
  }
}

/* ---- The end --------------------------------------------------------------------------------- */

static void show_verdict(const ink_train_run *r) {
  double best = r->progress.best_loss, ahead = r->ngram_loss - best;
  fputs("inkling: ", stderr);
  ink_print_string(stderr, strcmp(r->out, "-") == 0 ? "the model" : r->out);
  if (isnan(r->progress.validation_loss)) {
    fputs(" holds the weights of the last step; nothing was held out", stderr);
  } else if (isnan(best)) {
    fprintf(stderr,
            " holds the weights of the last step, whose validation loss, %.4f, is worse than "
            "guessing: lower the learning rate",
            r->progress.validation_loss);
  } else {
    fprintf(stderr, " holds the best weights, of validation loss %.4f%s", best,
            r->counts > 0 ? " without the counts beside them" : "");
  }
  if (r->counts == 0 && !isnan(ahead)) {
    fprintf(stderr, ", %.4f %s than the %u-gram table's", fabs(ahead),
            ahead > 0 ? "better" : "worse", (unsigned)r->order);
  }
  fprintf(stderr, "; %.0f s\n", ink_seconds() - r->started);
}

void ink_train_keep_held_out(ink_train_run *r) {
  const ink_train_options *o = ink_trainer_options(r->trainer);
  const ink_material *m = &r->material;
  bool scored = o->task == INK_TASK_CLASSIFIER && o->validation > 0 && strcmp(r->out, "-") != 0;
  if (!scored || r->json) return;
  ink_text_part rest = {0}, *held_out = &r->held_out;
  /* Without them there is no such line at the end. */
  bool kept =
      ink_held_out(o, m->text, m->bytes, &held_out->text, &held_out->bytes, NULL) == INK_OK &&
      ink_trained_on(o, m->text, m->bytes, &rest.text, &rest.bytes, NULL) == INK_OK &&
      ink_commonest_score(&rest, held_out, &r->commonest, NULL) == INK_OK;
  ink_release(rest.text);
  if (kept) return;
  ink_release(held_out->text);
  *held_out = (ink_text_part){0};
}

/* How many of the texts held out are classified right, which a loss tells nobody, and what that is
 * worth. */
static void show_accuracy(const ink_train_run *r) {
  present best = {0};
  ink_classification found;
  const ink_text_part *held_out = &r->held_out;
  if (held_out->text == NULL) return;
  if (open_present(r, true, &best) == INK_OK &&
      ink_evaluate_classes(best.model, held_out->text, held_out->bytes, &found, NULL) == INK_OK) {
    const ink_commonest *c = &r->commonest;
    const char *worth = found.accuracy > c->accuracy ? ": hardly better than guessing"
                                                     : ": no better than guessing";
    fputs("inkling: of ", stderr);
    bool few = found.items < INK_FEW_TEXTS;
    if (few) fputs("the", stderr);
    if (!few) fprintf(stderr, "%.0f", found.items);
    fputs(" texts held out it classifies ", stderr);
    ink_print_right(stderr, found.accuracy, found.items);
    fputs(" right; always \"", stderr);
    ink_print_string(stderr, c->label);
    fputs("\", the commonest label, would be ", stderr);
    ink_print_right(stderr, c->accuracy, found.items);
    fprintf(stderr, "%s\n", ink_commonest_beaten(c, found.accuracy, found.items) ? "" : worth);
  }
  close_present(&best);
}

/* What to do with the model. */
static void show_next(const ink_train_run *r) {
  enum { CLOSE = 5 }; /* hundredths of a nat */
  const ink_train_options *o = ink_trainer_options(r->trainer);
  const char *verb = "generate", *source = "", *how = "";
  if (o->task == INK_TASK_GENERATOR) how = ", with another text for every --seed";
  if (o->task == INK_TASK_GENERATOR && o->lines) source = " --samples 10"; /* a line each */
  if (o->task == INK_TASK_CLASSIFIER) verb = "classify", source = " \"A text\"";
  if (o->task == INK_TASK_TRANSLATOR) verb = "translate", source = " \"A text\"";
  if (o->task == INK_TASK_CAPTIONER) verb = "caption", source = " PICTURES";
  if (strcmp(r->out, "-") == 0) return;
  ink_complain(NULL, "to use it%s: inkling %s %s%s", how, verb, ink_shell_name(r->out).text,
               source);
  double ahead = r->ngram_loss - r->progress.best_loss;
  bool close = o->task == INK_TASK_GENERATOR && r->counts == 0 && ahead * 100 < CLOSE;
  if (!close || r->little || r->text_path == NULL) return;
  if (strcmp(r->text_path, "-") == 0) return; /* which has been read */
  ink_complain(NULL,
               "most often the table beside the network is better than either: inkling count %s "
               "--text %s --held-out --out COUNTED",
               ink_shell_name(r->out).text, ink_shell_name(r->text_path).text);
}

void ink_train_show_end(ink_train_run *r) {
  const ink_progress *p = &r->progress;
  if (r->json) return;
  if (p->step < p->steps) {
    fprintf(stderr,
            "inkling: ended at step %u of %u: in %u validations the loss has not fallen again\n",
            (unsigned)p->step, (unsigned)p->steps,
            (unsigned)ink_trainer_options(r->trainer)->patience);
  }
  if (r->replan.size > 0) {
    fprintf(stderr,
            "inkling: the machine's speed has changed, and with it the steps; with --replan %.*s "
            "the run repeats\n",
            (int)r->replan.size, r->replan.bytes);
  }
  double kept = isnan(r->best_epoch) ? p->epoch : r->best_epoch;
  if (r->first_text.size > 0 && kept > r->first_epoch) {
    fprintf(stderr, "inkling: for comparison, what it wrote after %.3g epochs:\n", r->first_epoch);
    show_text(&r->first_text);
  }
  show_verdict(r);
  show_accuracy(r);
  show_next(r);
}
