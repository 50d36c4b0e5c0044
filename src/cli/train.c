/*
 * inkling train: a text in, a model file out, with a checkpoint on the way. See train_run.h for the
 * other files of it.
 *
 * Under mpirun every process trains its part of the batch, and the first one alone reads, writes
 * and shows.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/labelled.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/samples.h"
#include "cli/train_run.h"
#include "cli/verbs.h"
#include "inkling_scores.h"

/* ---- The files ------------------------------------------------------------------------------- */

static void set_material(ink_train_run *r) {
  const ink_train_files *f = &r->files;
  r->material = (ink_material){.text = f->text,
                               .bytes = f->bytes,
                               .pictures = (const uint8_t *)f->pictures,
                               .pictures_bytes = f->pictures_bytes,
                               .from = (const uint8_t *)f->from,
                               .from_bytes = f->from_size};
}

/* The labels are the run's, whose checkpoint opens as a model; whoever opens it to go on says what
 * is wrong with one that does not. */
static ink_status read_labelled(ink_train_run *r, ink_error *error) {
  ink_train_files *f = &r->files;
  ink_model *model;
  if (ink_model_load((const uint8_t *)f->checkpoint, f->checkpoint_size, NULL, 0, INK_KERNEL_AUTO,
                     &model, NULL) != INK_OK) {
    return INK_OK;
  }
  ink_status status =
      ink_labelled_read(model, r->text_path, r->ranks.rank == 0, &f->text, &f->bytes, error);
  ink_model_free(model);
  set_material(r);
  return status;
}

/* With the checkpoint's options, but for those of length and threads. */
static ink_status resume(ink_train_run *r, ink_error *error) {
  const ink_train_files *f = &r->files;
  ink_status status = read_labelled(r, error);
  if (status != INK_OK) return status;
  const uint8_t *checkpoint = (const uint8_t *)f->checkpoint;
  ink_train_options changes = r->given;
  if (!ink_train_is_typed(r, "threads")) changes.threads = 0;
  if (!ink_train_is_typed(r, "steps")) changes.steps = 0;
  if (!ink_train_is_typed(r, "epochs")) changes.epochs = 0;
  status = ink_trainer_resume(checkpoint, f->checkpoint_size, &r->material, &changes, &r->trainer,
                              error);
  if (status == INK_OK) r->options = *ink_trainer_options(r->trainer);
  return status;
}

/* Reads on rank 0 and shares. */
static bool read_file(const ink_train_run *r, const char *path, char **bytes, size_t *size) {
  bool read = r->ranks.rank == 0 && ink_file_read(path, bytes, size);
  return ink_ranks_share(&r->ranks, read, bytes, size);
}

static bool read_text(const ink_train_run *r, char **text, size_t *bytes) {
  bool read = r->ranks.rank == 0 && ink_file_text(r->text_path, r->encoding, text, bytes);
  return ink_ranks_share(&r->ranks, read, text, bytes);
}

/* On rank 0, before anything is read: whether the run can write, and destroys nothing by it. */
static bool prepare(ink_train_run *r) {
  const char *inputs[] = {r->text_path, r->pictures_path, r->from, r->resume};
  const char *checkpoint = r->checkpoint_path.bytes;
  if (r->resume != NULL && !ink_file_opens(r->resume)) return false;
  if (!ink_output_check(r->out, inputs, 4)) return false;
  if (checkpoint != NULL) {
    if (!r->overwrite && ink_run_guard_loses(checkpoint, r->resume)) return false;
    if (!ink_output_check(checkpoint, inputs, 3)) return false;
  }
  return ink_run_guard_begin(&r->guard, r->out, (double)r->checkpoint_every);
}

static bool read_files(ink_train_run *r, ink_train_files *f) {
  double ready = r->ranks.rank > 0 || prepare(r) ? 0 : -1;
  ink_ranks_sum_doubles(&r->ranks, &ready, 1);
  if (ready < 0 || !read_text(r, &f->text, &f->bytes)) return false;
  if (r->pictures_path != NULL &&
      !read_file(r, r->pictures_path, &f->pictures, &f->pictures_bytes)) {
    return false;
  }
  if (r->from != NULL && !read_file(r, r->from, &f->from, &f->from_size)) return false;
  return r->resume == NULL || read_file(r, r->resume, &f->checkpoint, &f->checkpoint_size);
}

static void free_files(ink_train_files *f) {
  free(f->text);
  free(f->pictures);
  free(f->checkpoint);
  free(f->from);
}

static ink_status begin(ink_train_run *r, ink_error *error) {
  set_material(r);
  ink_status status = r->resume != NULL ? resume(r, error) : ink_train_plan(r, error);
  if (status == INK_OK) status = ink_train_fits((double)ink_trainer_bytes(r->trainer), error);
  if (status == INK_OK && r->ranks.count > 1) {
    status = ink_trainer_split(r->trainer, r->ranks.rank, r->ranks.count, error);
  }
  return status;
}

/* Counts are made at the end. */
static ink_status check_counts(const ink_train_run *r, ink_error *error) {
  if (r->counts == 0 || ink_trainer_options(r->trainer)->task == INK_TASK_GENERATOR) return INK_OK;
  char task[INK_OPTION_TEXT];
  ink_train_options_get(ink_trainer_options(r->trainer), "task", task);
  return ink_fail(error, INK_ERROR_ARGUMENT, "--counts is for a generator, not a %s", task);
}

static void keep_sources(ink_train_run *r) {
  ink_task task = (ink_task)ink_trainer_options(r->trainer)->task;
  if (task == INK_TASK_TRANSLATOR || task == INK_TASK_CAPTIONER) {
    ink_samples_keep(&r->material, &r->sources, &r->pictures);
  }
}

static int read_and_train(ink_train_run *r) {
  ink_error error;
  if (!read_files(r, &r->files)) {
    free_files(&r->files);
    return INK_EXIT_FAILED;
  }
  if (r->resume != NULL && ink_resume_differs(r->files.checkpoint, r->files.checkpoint_size,
                                              &r->given, r->typed, r->ranks.rank == 0)) {
    free_files(&r->files);
    return INK_EXIT_USAGE;
  }
  ink_status status = begin(r, &error);
  if (status == INK_OK) status = check_counts(r, &error);
  bool tells = status == INK_OK && r->ranks.rank == 0;
  if (tells) ink_train_show_plan(r);
  if (tells) ink_train_show_columns(r);
  if (tells) ink_train_keep_held_out(r);
  if (tells) keep_sources(r);
  free_files(&r->files);
  if (tells) ink_train_show_start(r);
  int exit_status = status == INK_OK ? ink_train_loop(r) : ink_train_fail(r, &error);
  ink_trainer_free(r->trainer);
  ink_release(r->held_out.text);
  ink_buffer_free(&r->first_text);
  ink_buffer_free(&r->sources);
  ink_buffer_free(&r->pictures);
  ink_buffer_free(&r->chosen);
  ink_buffer_free(&r->replan);
  return exit_status;
}

/* ---- The command line ------------------------------------------------------------------------ */

/* The file's own name is what the model was trained on, unless the caller says it better. */
static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static int fail_usage(const char *what) {
  ink_complain("train", "%s", what);
  return INK_EXIT_USAGE;
}

/* What is given of pictures, where there are none. */
static const char *of_pictures(const ink_train_run *r) {
  static const char *const names[] = {"picture", "blocks",   "channels",  "shift",
                                      "flip",    "contrast", "brightness"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (ink_train_is_typed(r, names[i])) return names[i];
  }
  return NULL;
}

/* Where a model goes that nobody says a place for: poems.txt becomes poems.safetensors, in this
 * folder, and takes no other model's place. */
static int choose_out(ink_train_run *r) {
  if (strcmp(r->text_path, "-") == 0) return fail_usage("--out is missing");
  const char *name = base_name(r->text_path), *ending = strrchr(name, '.');
  int length = (int)(ending == NULL || ending == name ? strlen(name) : (size_t)(ending - name));
  ink_buffer_format(&r->own_out, "%.*s.safetensors", length, name);
  ink_buffer_append(&r->own_out, "", 1);
  r->out = r->own_out.bytes;
  if (r->own_out.failed) {
    ink_complain(NULL, "out of memory");
  } else if (r->resume == NULL && ink_output_replaces(r->out)) {
    ink_complain("train", "%s is there already: --out %s replaces it", r->out,
                 ink_shell_name(r->out).text);
  } else {
    return INK_EXIT_OK;
  }
  return INK_EXIT_FAILED;
}

static int check(const ink_train_run *r, bool order_given, bool minutes_given) {
  bool sees = r->pictures_path != NULL, open = r->given.task == INK_AUTO;
  if (r->resume == NULL && !(open && sees) && sees != (r->given.task == INK_TASK_CAPTIONER)) {
    return fail_usage("--pictures and --task captioner go together");
  }
  if (!sees && r->resume == NULL && of_pictures(r) != NULL) {
    ink_complain("train", "--%s is of pictures, and --pictures is missing", of_pictures(r));
    return INK_EXIT_USAGE;
  }
  if (r->from != NULL && r->resume != NULL) {
    return fail_usage("--from begins a run and --resume goes on with one");
  }
  if (r->follow != NULL && (r->resume != NULL || minutes_given)) {
    return fail_usage("--replan repeats a new run, in place of --minutes");
  }
  if (!(r->checkpoint_every >= 0)) {
    return fail_usage("--checkpoint-every must be a number of seconds, or 0");
  }
  if (r->json && strcmp(r->out, "-") == 0) {
    return fail_usage("--json and --out - both take standard output");
  }
  if (order_given && (r->order < 1 || r->order > INK_NGRAM_ORDER_MAX)) {
    ink_complain("train", "--order must be from 1 to %d", INK_NGRAM_ORDER_MAX);
    return INK_EXIT_USAGE;
  }
  if (r->counts > INK_NGRAM_ORDER_MAX) {
    ink_complain("train", "--counts must be from 0 to %d", INK_NGRAM_ORDER_MAX);
    return INK_EXIT_USAGE;
  }
  if (ink_train_is_typed(r, "steps") && r->given.steps == 0) {
    return fail_usage("--steps is 0: nothing to train"); /* to the core it means epochs */
  }
  if (ink_train_is_typed(r, "steps") && ink_train_is_typed(r, "epochs")) {
    return fail_usage("--steps and --epochs both give the length: leave one out");
  }
  if (!minutes_given) return INK_EXIT_OK;
  if (!(r->minutes > 0 && r->minutes <= 100000)) {
    ink_complain("train", "--minutes is %g; it must be above 0, and 100,000 at most",
                 (double)r->minutes);
    return INK_EXIT_USAGE;
  }
  if (ink_train_is_typed(r, "steps") || ink_train_is_typed(r, "epochs")) {
    return fail_usage("--minutes chooses the steps, which --steps and --epochs give");
  }
  return r->resume == NULL ? INK_EXIT_OK : fail_usage("--minutes is for a new run");
}

/* Fills `table` and reads the arguments by it. */
static int read_arguments(ink_train_run *r, int count, char **arguments) {
  enum { OWN = 16, MOST = OWN + INK_OPTIONS_MOST };
  _Static_assert((int)MOST <= (int)INK_ARGUMENTS_MOST, "no table of arguments is longer");
  bool order_given = false, minutes_given = false;
  ink_argument table[MOST] = {{"text", INK_ARGUMENT_TEXT, &r->text_path, NULL},
                              {"pictures", INK_ARGUMENT_TEXT, &r->pictures_path, NULL},
                              {"out", INK_ARGUMENT_TEXT, &r->out, NULL},
                              {"resume", INK_ARGUMENT_TEXT, &r->resume, NULL},
                              {"from", INK_ARGUMENT_TEXT, &r->from, NULL},
                              {"name", INK_ARGUMENT_TEXT, &r->name, NULL},
                              {"license", INK_ARGUMENT_TEXT, &r->license, NULL},
                              {"trained-on", INK_ARGUMENT_TEXT, &r->trained_on, NULL},
                              {"minutes", INK_ARGUMENT_NUMBER, &r->minutes, &minutes_given},
                              {"replan", INK_ARGUMENT_TEXT, &r->follow, NULL},
                              {"order", INK_ARGUMENT_COUNT, &r->order, &order_given},
                              {"encoding", INK_ARGUMENT_TEXT, &r->encoding, NULL},
                              {"checkpoint-every", INK_ARGUMENT_NUMBER, &r->checkpoint_every, NULL},
                              {"overwrite", INK_ARGUMENT_FLAG, &r->overwrite, NULL},
                              {"counts", INK_ARGUMENT_COUNT, &r->counts, NULL},
                              {"json", INK_ARGUMENT_FLAG, &r->json, NULL}};
  size_t rows = OWN;
  const char *name;
  for (size_t i = 0; (name = ink_train_option(i)) != NULL && rows < MOST; i++, rows++) {
    table[rows] = (ink_argument){name, INK_ARGUMENT_TRAIN, &r->given, &r->typed[i]};
  }
  if (!ink_arguments_read(count, arguments, table, rows, NULL, 0)) return INK_EXIT_USAGE;
  if (r->text_path == NULL) return fail_usage("--text is missing");
  int exit_status = r->out == NULL ? choose_out(r) : INK_EXIT_OK;
  return exit_status == INK_EXIT_OK ? check(r, order_given, minutes_given) : exit_status;
}

static ink_train_run new_run(void) {
  ink_train_run r = {.progress = {.best_loss = NAN, .validation_loss = NAN},
                     .ngram_loss = NAN,
                     .beaten = NAN,
                     .best_epoch = NAN,
                     .last_sample = -1,
                     .checkpoint_every = 5,
                     .guard = {.lock = -1},
                     .started = ink_seconds()};
  ink_train_options_default(&r.given);
  return r;
}

/* What has been asked for. */
static int run(ink_train_run *r) {
  r->ranks = ink_ranks_begin();
  if (r->ranks.count > 1 && r->minutes > 0) {
    int exit_status = fail_usage("--minutes is not for several processes: give --steps");
    ink_ranks_end(false);
    return exit_status;
  }
  if (r->trained_on == NULL && strcmp(r->text_path, "-") != 0) {
    r->trained_on = base_name(r->text_path);
  }
  if (!ink_output_streams(r->out)) {
    ink_buffer_format(&r->checkpoint_path, "%s.checkpoint", r->out);
    ink_buffer_append(&r->checkpoint_path, "", 1);
  }
  if (r->checkpoint_path.failed) {
    ink_complain(NULL, "out of memory");
    ink_ranks_end(true);
    return INK_EXIT_FAILED;
  }
  int exit_status = read_and_train(r);
  ink_run_guard_end(&r->guard);
  ink_ranks_end(r->failed_alone);
  ink_buffer_free(&r->checkpoint_path);
  return exit_status;
}

int ink_verb_train(int count, char **arguments) {
  ink_train_run r = new_run();
  int exit_status = read_arguments(&r, count, arguments);
  if (exit_status == INK_EXIT_OK) exit_status = run(&r);
  ink_buffer_free(&r.own_out);
  return exit_status;
}

/* The options of a run for a model that has been trained: those that it was trained with, but for
 * its length. Of a model that does not say them the recipe chooses. */
static ink_status choose_tuning(const ink_model *model, ink_train_options *options,
                                ink_error *error) {
  static const char *const own[][2] = {{"bits", "4"},     {"epochs", "2"},
                                       {"steps", "0"},    {"learning-rate", "3e-4"},
                                       {"patience", "0"}, {"validate-every", "auto"}};
  ink_info info;
  ink_model_info(model, &info);
  ink_status status = ink_train_options_set(options, "level", info.level, error);
  const char *name, *value;
  for (size_t i = 0; (name = ink_train_option(i)) != NULL && status == INK_OK; i++) {
    value = ink_model_metadata(model, name);
    if (value != NULL) status = ink_train_options_set(options, name, value, error);
  }
  for (size_t i = 0; i < sizeof own / sizeof own[0] && status == INK_OK; i++) {
    status = ink_train_options_set(options, own[i][0], own[i][1], error);
  }
  return status;
}

int ink_train_tune(const char *path, const ink_model *model, const char *text, const char *out,
                   bool json) {
  ink_train_run r = new_run();
  r.from = path;
  r.text_path = text;
  r.out = out;
  r.json = json;
  r.name = ink_model_metadata(model, "name");
  r.license = ink_model_metadata(model, "license");
  r.trained_on = ink_model_metadata(model, "trained_on");
  ink_error error;
  if (choose_tuning(model, &r.given, &error) != INK_OK) return ink_report(path, &error);
  int exit_status = check(&r, false, false);
  return exit_status == INK_EXIT_OK ? run(&r) : exit_status;
}
