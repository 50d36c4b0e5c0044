/*
 * The options of a training run: what is given, what the recipe chooses for the text, and, for
 * --minutes, the size and the number of steps that this machine has time for. The core does not ask
 * the clock: updates are timed here, and what follows from them is printed as options, with which
 * the run can be repeated exactly. Where the machine becomes slower or faster later, the steps
 * change, and what repeats them is printed at the end.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/formats.h"
#include "cli/labelled.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/train_run.h"
#include "inkling_text.h"

/* ---- Threads --------------------------------------------------------------------------------- */

/* One a core, where each has two streams at least: one alone reads all weights for one row. */
static uint32_t threads_for(const ink_train_run *r, uint32_t batch) {
  if (ink_train_is_typed(r, "threads") || r->ranks.count > 1) return r->given.threads;
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  uint32_t most = batch / 2 < 1 ? 1 : batch / 2 > 64 ? 64 : batch / 2;
  return cores < 1 ? 1 : cores > (long)most ? most : (uint32_t)cores;
}

static ink_status choose(const ink_train_run *r, double work, ink_train_options *options,
                         char *note, ink_error *error) {
  *options = r->given;
  ink_status status = ink_train_options_choose(options, &r->material, work, note, error);
  options->threads = threads_for(r, options->batch);
  return status;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

ink_status ink_train_fits(double bytes, ink_error *error) {
  double most = ink_machine_bytes();
  if (most == 0 || bytes <= most) return INK_OK;
  return ink_fail(error, INK_ERROR_MEMORY,
                  "training takes at least %.0f MB, and this machine has %.0f MB: give fewer or "
                  "smaller layers, or a smaller batch",
                  bytes / 1e6, most / 1e6);
}

/* What is asked before there is a trainer: the recurrent weights [4H,H] of every layer, and of all
 * but the first those for its input, as often as ink_trainer_bytes() has them. */
static ink_status check_layers(const ink_train_options *o, ink_error *error) {
  double gates = o->cell == INK_CELL_RNN ? 1 : o->cell == INK_CELL_GRU ? 3 : 4;
  double weights = gates * o->hidden * o->hidden * (2.0 * o->layers - 1);
  double copies = 4.0 + (o->average > 0) + (o->weight_drop > 0) + (o->bits > 0) + o->threads;
  return ink_train_fits(weights * copies * sizeof(float), error);
}

/* ---- Minutes --------------------------------------------------------------------------------- */

/* What a trainer, which is thrown away, shows of the run: seconds of an update, measured over some
 * for `seconds`, the first of which is slow and does not count. */
static ink_status time_updates(const ink_train_run *r, double seconds, ink_trainer **trainer,
                               double *step_seconds, ink_error *error) {
  ink_train_options options;
  *trainer = NULL;
  ink_status status = choose(r, 0, &options, NULL, error);
  options.validate_every = UINT32_MAX - 1;
  if (status == INK_OK) status = check_layers(&options, error);
  if (status == INK_OK) status = ink_trainer_new(&options, &r->material, trainer, error);
  if (status == INK_OK) status = ink_train_fits((double)ink_trainer_bytes(*trainer), error);
  if (status == INK_OK) status = ink_trainer_step(*trainer, NULL, error);
  double began = ink_seconds(), steps = 0;
  while (status == INK_OK && !ink_trainer_done(*trainer) &&
         (steps == 0 || ink_seconds() - began < seconds)) {
    status = ink_trainer_step(*trainer, NULL, error);
    steps++;
  }
  *step_seconds = (ink_seconds() - began) / fmax(steps, 1);
  return status;
}

static double seconds_left(const ink_train_run *r) {
  return fmax(60 * (double)r->minutes - (ink_seconds() - r->started), 0);
}

/* Into r->given goes the size that the time is enough for, by the speed of the usual one. */
static ink_status plan_size(ink_train_run *r, double share, ink_error *error) {
  ink_trainer *trainer;
  double step_seconds;
  ink_train_options options;
  ink_status status = time_updates(r, share, &trainer, &step_seconds, error);
  if (status == INK_OK) {
    double work = ink_trainer_work(trainer) / step_seconds * seconds_left(r);
    status = choose(r, work, &options, NULL, error);
  }
  ink_trainer_free(trainer);
  if (status != INK_OK) return status;
  r->given.hidden = options.hidden;
  r->given.epochs = options.epochs;
  return INK_OK;
}

/* And the steps, by the speed of that size. What the measuring takes counts. */
static ink_status plan_steps(ink_train_run *r, double share, ink_error *error) {
  ink_trainer *trainer;
  double step_seconds;
  ink_status status = time_updates(r, share, &trainer, &step_seconds, error);
  if (status == INK_OK) {
    r->given.epochs = INK_AUTO;
    r->given.steps = ink_trainer_steps_in(trainer, step_seconds, seconds_left(r));
    r->most_steps = ink_trainer_steps_in(trainer, 0, INFINITY);
  }
  ink_trainer_free(trainer);
  return status;
}

static ink_status plan_minutes(ink_train_run *r, ink_error *error) {
  double share = fmin(2, 2 * (double)r->minutes); /* of the time, to measure in */
  ink_status status = plan_size(r, share, error);
  return status == INK_OK ? plan_steps(r, share, error) : status;
}

/* ---- What was chosen ------------------------------------------------------------------------- */

/* The options that differ from what was on the command line, but for those that do nothing for the
 * task at hand: they would be chosen again. */
static void list_chosen(ink_train_run *r, const ink_train_options *typed) {
  const char *name;
  for (size_t i = 0; (name = ink_train_option(i)) != NULL; i++) {
    char given[INK_OPTION_TEXT], value[INK_OPTION_TEXT];
    ink_train_options_get(typed, name, given);
    bool idle = ink_train_options_get(&r->options, name, value) != 0;
    if (idle || strcmp(value, given) == 0) continue;
    ink_buffer_format(&r->chosen, "%s--%s", r->chosen.size > 0 ? " " : "", name);
    if (strcmp(value, "on") != 0) ink_buffer_format(&r->chosen, " %s", value);
  }
}

/* What else a text may be. */
static void show_doubt(const ink_train_run *r) {
  char words[INK_NOTE];
  bool doubtful = r->columns.maybe && !r->rewritten && r->options.task != INK_TASK_CLASSIFIER;
  if (!doubtful) return;
  ink_labelled_describe(&r->columns, words);
  fprintf(stderr, "inkling: if its lines are %s, with %zu labels, --task classifier learns those\n",
          words, r->columns.labels);
}

/* What else a text may be, and what takes a part of it: of JSON texts, of a table columns. */
static void show_form(const ink_train_run *r, ink_task task) {
  enum { BEGINNING = 1 << 20 }; /* bytes that tell */
  const ink_train_files *f = &r->files;
  size_t bytes = f->bytes < BEGINNING ? f->bytes : BEGINNING;
  if (r->ranks.rank > 0 || r->json || r->rewritten) return;
  if (r->resume != NULL || task == INK_TASK_CAPTIONER) return;
  if (ink_format_show(r->text_path, f->text, bytes, ", which is read as it stands")) return;
  show_doubt(r);
  ink_labelled_show_table(r->text_path, task, f->text, bytes);
}

static void show_note(const ink_train_run *r) {
  static const char *const others[] = {
      [INK_TASK_GENERATOR] = "; --no-lines reads on",
      [INK_TASK_CLASSIFIER] = "; --task generator writes such lines, --task translator such texts",
      [INK_TASK_TRANSLATOR] =
          "; --task generator writes such lines, and inkling columns takes one side"};
  if (r->note[0] != '\0') {
    bool said = r->given.task == INK_TASK_CLASSIFIER;
    fprintf(stderr, "inkling: %s%s\n", r->note, said ? "" : others[r->options.task]);
  }
}

/* Whatever the network, of very little text hardly more than letters is learnt. Of a list less is
 * enough. */
static void show_little_text(ink_train_run *r) {
  enum { LITTLE = 3000, LITTLE_LIST = 1000 };
  const ink_train_options *o = &r->options;
  bool letters = o->task == INK_TASK_GENERATOR && o->level != INK_LEVEL_WORD;
  if (!letters || r->from != NULL || r->resume != NULL) return;
  size_t characters = 0, most = o->lines ? LITTLE_LIST : LITTLE;
  for (size_t i = 0; i < r->material.bytes && characters < most; i++) {
    characters += ((unsigned char)r->material.text[i] & 0xc0) != 0x80; /* not within one */
  }
  r->little = characters < most;
  if (!r->little) return;
  ink_complain(NULL,
               "the %s has %zu characters: of so few a network learns little but what they repeat; "
               "%s",
               o->lines ? "list" : "text", characters,
               o->lines ? "it begins to make up lines of its own after some 200 of them"
                        : "it begins to write words after some 10,000, or where it goes on from a "
                          "model that can (--from)");
}

/* Broken into lines before an option. */
static void show_chosen(const ink_train_run *r) {
  enum { WIDTH = 96 };
  const char *text = r->chosen.bytes, *end = text + r->chosen.size;
  if (text == NULL || text == end) return;
  fputs("inkling: chosen:", stderr);
  int column = 16;
  while (text < end) {
    const char *next = text + 1;
    while (next < end && !(next[0] == ' ' && next + 1 < end && next[1] == '-')) next++;
    int length = (int)(next - text);
    if (*text == ' ') text++, length--;
    if (column + 1 + length > WIDTH) column = fprintf(stderr, "\n   ") - 1;
    column += fprintf(stderr, " %.*s", length, text);
    text = next;
  }
  fputc('\n', stderr);
}

/* Makes lines of a label, a tab and a text of other columns, where they are surely that, or where a
 * classifier is asked for. */
static ink_status read_columns(ink_train_run *r, ink_error *error) {
  ink_train_files *f = &r->files;
  bool classes = r->given.task == INK_TASK_CLASSIFIER;
  bool open = r->given.task == INK_AUTO && r->given.lines != 1 && r->pictures_path == NULL;
  if (!classes && !open) return INK_OK;
  ink_status status = ink_columns_read(f->text, f->bytes, NULL, 0, &r->columns, error);
  if (status != INK_OK) return status;
  if (classes || r->columns.sure) {
    r->rewritten = ink_labelled_take(&r->columns, &f->text, &f->bytes);
  }
  ink_release(r->columns.text);
  r->columns.text = NULL;
  r->material.text = f->text;
  r->material.bytes = f->bytes;
  return INK_OK;
}

/* One line amiss would make a generator of what were examples. */
static ink_status check_lines(const ink_train_run *r, ink_error *error) {
  bool open = r->given.task == INK_AUTO && r->given.lines != 1 && r->pictures_path == NULL;
  size_t line = open ? ink_odd_line(r->material.text, r->material.bytes) : 0;
  if (line == 0) return INK_OK;
  return ink_fail(error, INK_ERROR_TEXT,
                  "line %zu is not text, tab and text, as nearly all others are: mend it, or give "
                  "--task generator to read lines as they are",
                  line);
}

ink_status ink_train_plan(ink_train_run *r, ink_error *error) {
  ink_train_options typed = r->given;
  ink_status status = INK_OK;
  if (r->from != NULL) {
    status = ink_train_options_from(&r->given, (const uint8_t *)r->files.from, r->files.from_size,
                                    error);
  }
  if (status == INK_OK) status = read_columns(r, error);
  if (status == INK_OK) status = check_lines(r, error);
  if (status == INK_OK && r->minutes > 0) status = plan_minutes(r, error);
  if (status == INK_OK) status = choose(r, 0, &r->options, r->note, error);
  if (r->rewritten) ink_labelled_note(&r->columns, r->note);
  if (status == INK_OK) status = check_layers(&r->options, error);
  if (status == INK_OK) status = ink_trainer_new(&r->options, &r->material, &r->trainer, error);
  if (status == INK_ERROR_TEXT) show_form(r, INK_TASK_GENERATOR);
  if (status == INK_OK && r->follow != NULL) {
    status = ink_trainer_follow(r->trainer, r->follow, error);
  }
  if (status == INK_OK) list_chosen(r, &typed);
  return status;
}

void ink_train_show_plan(ink_train_run *r) {
  if (r->json) return;
  show_note(r);
  show_form(r, (ink_task)r->options.task);
  show_little_text(r);
  show_chosen(r);
  if (r->resume == NULL && ink_output_replaces(r->out)) {
    ink_complain(NULL, "%s is there, and will be replaced", r->out);
  }
}
