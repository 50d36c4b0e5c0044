/*
 * inkling bench: how fast this machine trains and generates, and which share that is of the best it
 * could do. Training is held against multiply-adds in registers, generation, where one stream reads
 * every weight once for a character, against a plain sum over as many bytes; eight streams share
 * what they read, as do the tokens of a prompt, and may do more than that. Both bounds are measured
 * in the same run, and every figure is the median of several runs.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/bench_examples.h"
#include "cli/bench_networks.h"
#include "cli/files.h"
#include "cli/print.h"
#include "cli/verbs.h"
#include "kernels/kernels.h"
#include "write/model.h"

static const ink_bench_network subjects[] = {
    {"LSTM 1x128 V=84", INK_CELL_LSTM, 1, 128, 84, 32, true, 0, false},
    {"GRU 1x256 V=84", INK_CELL_GRU, 1, 256, 84, 0, true, 0, false},
    {"GRU 1x192 V=84", INK_CELL_GRU, 1, 192, 84, 8, false, 64, true},
    {"LSTM 1x192 V=84", INK_CELL_LSTM, 1, 192, 84, 8, false, 64, true},
    {"LSTM 1x512 V=65", INK_CELL_LSTM, 1, 512, 65, 50, false, 0, false},
    {"LSTM 2x512 V=65", INK_CELL_LSTM, 2, 512, 65, 50, true, 0, false},
    {"LSTM 1x1024 V=96", INK_CELL_LSTM, 1, 1024, 96, 0, true, 0, false},
    {"LSTM 1x256 V=10000", INK_CELL_LSTM, 1, 256, 10000, 0, true, 128, false}, /* as of words */
};

/* ---- What the command line asks for ---------------------------------------------------------- */

typedef struct bench_options {
  bool json;
  const char *task, *network; /* NULL: all */
  const char *text;           /* a file of examples for a model that is not a generator, or NULL */
  uint32_t threads;           /* of training; 0: one, and two */
  uint32_t runs;
  float seconds;
} bench_options;

typedef struct bench_run {
  const bench_options *options;
  const ink_kernels *kernels;
  ink_bench_effort effort;
  double peak;   /* operations per second of one thread */
  uint32_t rows; /* printed */
} bench_run;

/* `parallel` says how many threads or streams there are. */
static void print_row(bench_run *run, const char *task, const char *name, const char *weights,
                      const char *parallel, uint32_t count, double rate, double share) {
  if (run->options->json) {
    printf(
        "%s{\"task\":\"%s\",\"network\":\"%s\",\"weights\":\"%s\",\"%ss\":%u,"
        "\"tokensPerSecond\":%.0f,\"share\":%.3f}",
        run->rows == 0 ? "" : ",", task, name, weights, parallel, (unsigned)count, rate, share);
  } else {
    printf("%-9s %-18s %-5s %u %s%s  %9.0f tokens/s  %7.2f us each  %4.0f %% of the bound\n", task,
           name, weights, (unsigned)count, parallel, count == 1 ? " " : "s", rate, 1e6 / rate,
           100 * share);
  }
  run->rows++;
  fflush(stdout);
}

static void print_examples(bench_run *run, const char *task, const char *name, const char *weights,
                           const ink_bench_rate *rate) {
  if (run->options->json) {
    printf(
        "%s{\"task\":\"%s\",\"network\":\"%s\",\"weights\":\"%s\",\"examplesPerSecond\":%.1f,"
        "\"encoderShare\":%.3f}",
        run->rows == 0 ? "" : ",", task, name, weights, rate->per_second, rate->encoder_share);
  } else {
    printf("%-10s %s %s  %.0f a second, %.2f us each, %.0f %% of it the encoder\n", task, name,
           weights, rate->per_second, 1e6 / rate->per_second, 100 * rate->encoder_share);
  }
  run->rows++;
  fflush(stdout);
}

static bool bench_training(bench_run *run, const ink_bench_network *s, uint32_t threads) {
  double rate = ink_bench_training(s, threads, run->effort);
  if (!(rate > 0)) return false;
  /* forward, backward to the inputs, backward to the weights; a multiply and an add each */
  ink_bench_network each = *s;
  each.embed = 0; /* what is embedded is multiplied once for all tokens of a window */
  double operations = rate * 6 * ink_bench_weights_per_token(&each);
  print_row(run, "train", s->name, "f32", "thread", threads, rate,
            operations / (run->peak * threads));
  return true;
}

static bool bench_generation(bench_run *run, const ink_bench_network *s, const ink_model *model) {
  ink_info info;
  ink_model_info(model, &info);
  bool int8 = strcmp(info.dtype, "I8") == 0;
  double bytes = ink_bench_weights_per_token(s) * (int8 ? 1 : sizeof(float));
  double bound = ink_bench_read(run->kernels, (size_t)(bytes / sizeof(float)), run->effort);
  const char *weights = int8 ? "int8" : "f32";
  for (uint32_t streams = 1; streams <= INK_BENCH_STREAMS_MAX;
       streams += INK_BENCH_STREAMS_MAX - 1) {
    double rate = ink_bench_generation(s->name, model, streams, run->effort);
    if (!(rate > 0) || !(bound > 0)) return false;
    print_row(run, "generate", s->name, weights, "stream", streams, rate, rate * bound);
  }
  double rate = ink_bench_reading(s->name, model, run->effort);
  if (!(rate > 0)) return false;
  print_row(run, "read", s->name, weights, "stream", 1, rate, rate * bound);
  return true;
}

static bool is_asked(const char *asked, const char *name) {
  return asked == NULL || strcmp(asked, name) == 0;
}

static bool bench_subjects(bench_run *run) {
  const bench_options *options = run->options;
  size_t count = sizeof subjects / sizeof subjects[0];
  uint32_t from = options->threads > 0 ? options->threads : 1;
  uint32_t to = options->threads > 0 ? options->threads : sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
  for (size_t i = 0; i < count; i++) {
    const ink_bench_network *s = &subjects[i];
    if (s->batch == 0 || !is_asked(options->task, "train") ||
        !is_asked(options->network, s->name)) {
      continue;
    }
    for (uint32_t threads = from; threads <= to; threads++) {
      if (!bench_training(run, s, threads)) return false;
    }
  }
  for (size_t i = 0; i < count; i++) {
    const ink_bench_network *s = &subjects[i];
    if (!s->generates || !is_asked(options->task, "generate") ||
        !is_asked(options->network, s->name)) {
      continue;
    }
    for (int int8 = 0; int8 <= 1; int8++) {
      ink_model *model = ink_bench_make_model(s, int8);
      bool done = model != NULL && bench_generation(run, s, model);
      ink_model_free(model);
      if (!done) return false;
    }
  }
  return true;
}

/* The model of a file, called by its path. */
static bool bench_file(bench_run *run, const char *path, ink_model *model) {
  ink_info info;
  ink_model_info(model, &info);
  if (strcmp(info.task, "generator") != 0) {
    ink_bench_rate rate;
    const char *dtype = strcmp(info.dtype, "I8") == 0 ? "int8" : "f32";
    if (!ink_bench_examples(model, run->options->text, run->effort, &rate)) return false;
    print_examples(run, info.task, path, dtype, &rate);
    return true;
  }
  model->end = UINT32_MAX; /* it is steps that are timed, and so no text ends by itself */
  ink_bench_network s = {.name = path,
                         .layers = info.layers,
                         .hidden = info.hidden,
                         .vocabulary = info.vocabulary,
                         .generates = true};
  s.cell = strcmp(info.cell, "lstm") == 0  ? INK_CELL_LSTM
           : strcmp(info.cell, "gru") == 0 ? INK_CELL_GRU
                                           : INK_CELL_RNN;
  return bench_generation(run, &s, model);
}

static bool bench(const bench_options *options, const char *path, ink_model *model) {
  bench_run run = {.options = options,
                   .kernels = ink_kernels_find(INK_KERNEL_AUTO),
                   .effort = {options->runs, (double)options->seconds}};
  run.peak = ink_bench_peak(run.kernels, run.effort);
  if (options->json) {
    printf("{\"kernels\":\"%s\",\"peakFlops\":%.4g,\"rows\":[", run.kernels->name, run.peak);
  } else {
    printf("kernels %s, peak %.1f GFLOP/s a core\n", run.kernels->name, run.peak / 1e9);
  }
  if (!(model != NULL ? bench_file(&run, path, model) : bench_subjects(&run))) return false;
  if (options->json) printf("]}\n");
  return fflush(stdout) == 0;
}

static bool fail_usage(const char *message) {
  ink_complain("bench", "%s", message);
  return false;
}

static bool check_options(const bench_options *options, bool has_model) {
  const char *task = options->task;
  if (task != NULL && strcmp(task, "train") != 0 && strcmp(task, "generate") != 0) {
    return fail_usage("--task is train or generate");
  }
  if (options->text != NULL && !has_model) return fail_usage("--text goes with a MODEL");
  bool known = options->network == NULL;
  for (size_t i = 0; i < sizeof subjects / sizeof subjects[0] && !known; i++) {
    known = strcmp(options->network, subjects[i].name) == 0;
  }
  if (!known) return fail_usage("--network is none of those that are listed without it");
  if (options->runs < 1 || options->runs > INK_BENCH_RUNS_MAX) {
    return fail_usage("--runs is from 1 to 100");
  }
  if (!(options->seconds > 0 && options->seconds <= 60)) {
    return fail_usage("--seconds is above 0, and 60 at most");
  }
  return true;
}

int ink_verb_bench(int count, char **arguments) {
  bench_options options = {.runs = 5, .seconds = 0.6f};
  const char *path = NULL;
  const ink_argument table[] = {{"json", INK_ARGUMENT_FLAG, &options.json, NULL},
                                {"task", INK_ARGUMENT_TEXT, &options.task, NULL},
                                {"text", INK_ARGUMENT_TEXT, &options.text, NULL},
                                {"network", INK_ARGUMENT_TEXT, &options.network, NULL},
                                {"threads", INK_ARGUMENT_COUNT, &options.threads, NULL},
                                {"runs", INK_ARGUMENT_COUNT, &options.runs, NULL},
                                {"seconds", INK_ARGUMENT_NUMBER, &options.seconds, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], &path, 1) ||
      !check_options(&options, path != NULL)) {
    return INK_EXIT_USAGE;
  }
  ink_model *model = NULL;
  int exit_status = INK_EXIT_OK;
  if (path != NULL && (model = ink_file_model(path, NULL, NULL, NULL, &exit_status)) == NULL) {
    return exit_status;
  }
  bool done = bench(&options, path, model);
  ink_model_free(model);
  return done ? INK_EXIT_OK : INK_EXIT_FAILED;
}
