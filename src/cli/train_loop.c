/*
 * The steps of a training run, and what they leave behind: the model file whenever the validation
 * loss has fallen, so that it always holds the best weights so far, and the checkpoint on Ctrl-C
 * and every few seconds. Where either cannot be written the run goes on, for the disk may have room
 * again.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/print.h"
#include "cli/train_run.h"
#include "inkling_scores.h"

/* ---- What it writes -------------------------------------------------------------------------- */

/* Puts counts of the training text beside the network. */
static bool add_counts(const ink_train_run *r, uint8_t **bytes, size_t *size, ink_error *error) {
  uint8_t *counted;
  size_t counted_size;
  ink_count_options options;
  ink_count_options_default(&options);
  options.order = r->counts;
  ink_status status =
      ink_trainer_count(r->trainer, *bytes, *size, &options, &counted, &counted_size, error);
  ink_release(*bytes);
  *bytes = counted;
  *size = counted_size;
  if (status == INK_OK && !r->json) {
    fprintf(stderr, "inkling: counts of n-grams of up to %u tokens, weight %.3g%s\n",
            (unsigned)options.order, (double)options.weight,
            options.weight > 0 ? "" : ": the network alone is as good");
  }
  return status == INK_OK;
}

/* With the counts that are asked for at the end alone: their weight is chosen for the last one. */
static int write_model(ink_train_run *r, bool last) {
  uint8_t *bytes;
  size_t size;
  ink_error error;
  if (ink_train_model_bytes(r, true, &bytes, &size, &error) != INK_OK ||
      (last && r->counts > 0 && !add_counts(r, &bytes, &size, &error))) {
    return ink_report(strcmp(r->out, "-") == 0 ? "standard output" : r->out, &error);
  }
  if (last) r->lost_model = false; /* this failure is told in any case */
  bool written = ink_output_try(r->out, bytes, size, &r->lost_model);
  ink_release(bytes);
  return written ? INK_EXIT_OK : INK_EXIT_FAILED;
}

/* All ranks, for each has the carried state of its own streams. */
static int write_checkpoint(ink_train_run *r) {
  double began = ink_seconds();
  size_t state_size = ink_trainer_state_size(r->trainer), size;
  float *state = malloc(state_size * sizeof *state);
  if (state == NULL) {
    r->failed_alone = true;
    ink_complain(NULL, "%s: out of memory", r->checkpoint_path.bytes);
    return INK_EXIT_FAILED;
  }
  ink_trainer_state_get(r->trainer, state);
  ink_ranks_sum_floats(&r->ranks, state, state_size);
  uint8_t *bytes = NULL;
  ink_error error;
  int exit_status = INK_EXIT_OK;
  if (r->ranks.rank == 0) {
    if (ink_trainer_checkpoint(r->trainer, state, &bytes, &size, &error) != INK_OK) {
      exit_status = ink_report(r->checkpoint_path.bytes, &error);
    } else if (!ink_output_try(r->checkpoint_path.bytes, bytes, size, &r->lost_checkpoint)) {
      exit_status = INK_EXIT_FAILED;
    }
  }
  ink_release(bytes);
  free(state);
  ink_run_guard_saved(&r->guard, began);
  return exit_status;
}

/* ---- The steps ------------------------------------------------------------------------------- */

/* What the ranks tell each other in every step, added up. */
enum { LOSS, INTERRUPTED, CHECKPOINT, TOLD };

static ink_status step(ink_train_run *r, double told[TOLD], ink_error *error) {
  float *gradients;
  size_t count;
  bool due = r->ranks.rank == 0 && r->progress.step > 0 && r->checkpoint_path.size > 0 &&
             ink_run_guard_due(&r->guard);
  ink_status status = ink_trainer_gradients(r->trainer, &gradients, &count, &told[LOSS], error);
  if (status != INK_OK) return status;
  told[INTERRUPTED] = ink_run_guard_interrupted() ? 1 : 0;
  told[CHECKPOINT] = due ? 1 : 0;
  ink_ranks_sum_floats(&r->ranks, gradients, count);
  ink_ranks_sum_doubles(&r->ranks, told, TOLD);
  return ink_trainer_update(r->trainer, told[LOSS], &r->progress, error);
}

/* The first rank alone sees the held-out loss turn. */
static bool done(const ink_train_run *r) {
  double ended = ink_trainer_done(r->trainer);
  ink_ranks_sum_doubles(&r->ranks, &ended, 1);
  return ended > 0;
}

int ink_train_fail(ink_train_run *r, const ink_error *error) {
  r->failed_alone = error->status == INK_ERROR_MEMORY;
  if (r->ranks.rank > 0 && !r->failed_alone) return INK_EXIT_FAILED;
  if (r->ranks.rank == 0 && r->progress.step > 0) write_model(r, true); /* the last good weights */
  return ink_report_text(r->pictures_path == NULL ? r->text_path : "", error);
}

static int interrupt(const ink_train_run *r, int saved) {
  if (r->ranks.rank > 0) return INK_EXIT_FAILED;
  fputc('\n', stderr);
  if (saved == INK_EXIT_OK) {
    ink_complain(NULL, "interrupted at step %u; go on with --resume %s", (unsigned)r->progress.step,
                 ink_shell_name(r->checkpoint_path.bytes).text);
  } else {
    ink_complain(NULL, "interrupted at step %u, which is not saved", (unsigned)r->progress.step);
  }
  return INK_EXIT_FAILED;
}

/* The best weights are in the file already, when something is held out. */
static int finish(ink_train_run *r) {
  if (r->ranks.rank > 0) return INK_EXIT_OK;
  int exit_status = write_model(r, true);
  r->failed_alone = exit_status != INK_EXIT_OK;
  if (exit_status != INK_EXIT_OK) return exit_status;
  if (r->checkpoint_path.size > 0) remove(r->checkpoint_path.bytes);
  ink_train_show_end(r);
  return INK_EXIT_OK;
}

/* Of a run for a time: changes its steps with the speed of the machine. */
static void keep_time(ink_train_run *r) {
  if (!(r->minutes > 0)) return;
  uint32_t steps = ink_trainer_keep_time(r->trainer, ink_seconds() - r->started,
                                         60 * (double)r->minutes, r->most_steps);
  if (steps == r->progress.steps) return;
  ink_buffer_format(&r->replan, "%s%u:%u", r->replan.size > 0 ? "," : "",
                    (unsigned)r->progress.step, (unsigned)steps);
  r->progress.steps = steps;
}

int ink_train_loop(ink_train_run *r) {
  double best = INFINITY;
  bool writes = r->ranks.rank == 0;
  ink_run_guard_catch();
  r->began = r->shown = ink_seconds();
  while (!done(r)) {
    ink_error error;
    double told[TOLD];
    if (step(r, told, &error) != INK_OK) return ink_train_fail(r, &error);
    r->trained += r->progress.tokens;
    r->steps++;
    keep_time(r);
    if (writes) ink_train_show_step(r);
    if (writes && r->progress.validated && r->progress.best_loss < best) {
      best = r->progress.best_loss;
      if (!ink_output_streams(r->out)) write_model(r, false);
    }
    if (told[INTERRUPTED] > 0 || told[CHECKPOINT] > 0) {
      int saved = r->checkpoint_path.size > 0 ? write_checkpoint(r) : INK_EXIT_FAILED;
      if (told[INTERRUPTED] > 0) return interrupt(r, saved);
    }
  }
  return finish(r);
}
