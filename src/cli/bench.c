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

#include "base/status.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/bench_examples.h"
#include "cli/files.h"
#include "cli/measure.h"
#include "cli/verbs.h"
#include "kernels/kernels.h"
#include "write/model.h"

enum { MOST_RUNS = 100, MOST_STREAMS = 8, TEXT_TOKENS = 20000, PROMPT_TOKENS = 1000 };

/* How long to measure: runs, of which the median counts, and the least seconds of each. */
typedef struct bench_effort {
  uint32_t runs;
  double seconds;
} bench_effort;

typedef struct subject {
  const char *name;
  ink_cell_kind cell;
  uint32_t layers, hidden, vocabulary, batch; /* batch 0: only generation */
  bool generates;
  uint32_t embed; /* 0: one-hot, as characters are; words are embedded */
} subject;

static const subject subjects[] = {
    {"LSTM 1x128 V=84", INK_CELL_LSTM, 1, 128, 84, 32, true, 0},
    {"GRU 1x256 V=84", INK_CELL_GRU, 1, 256, 84, 0, true, 0},
    {"LSTM 1x512 V=65", INK_CELL_LSTM, 1, 512, 65, 50, false, 0},
    {"LSTM 2x512 V=65", INK_CELL_LSTM, 2, 512, 65, 50, true, 0},
    {"LSTM 1x1024 V=96", INK_CELL_LSTM, 1, 1024, 96, 0, true, 0},
    {"LSTM 1x256 V=10000", INK_CELL_LSTM, 1, 256, 10000, 0, true, 128}, /* as of words */
};

/* Does a piece of some work, and says how many tokens that was. */
typedef ink_status (*bench_work)(void *work, double *tokens, ink_error *error);

/* Tokens per second of what do_work(work) does: the median of several runs after one that warms
 * up. */
static ink_status measure_rate(bench_work do_work, void *work, bench_effort effort, double *rate,
                               ink_error *error) {
  double rates[MOST_RUNS];
  for (uint32_t r = 0; r <= effort.runs; r++) { /* the first is written over */
    double began = ink_seconds(), all = 0, tokens;
    do {
      ink_status status = do_work(work, &tokens, error);
      if (status != INK_OK) return status;
      all += tokens;
    } while (ink_seconds() - began < effort.seconds);
    rates[r == 0 ? 0 : r - 1] = all / (ink_seconds() - began);
  }
  *rate = ink_median(rates, effort.runs);
  return INK_OK;
}

/* ---- Bounds ---------------------------------------------------------------------------------- */

/* Operations per second of one thread. */
static double measure_peak(const ink_kernels *kernels, bench_effort effort) {
  double rates[MOST_RUNS];
  volatile float sink = 0;
  for (uint32_t r = 0; r < effort.runs; r++) {
    double operations, all = 0, began = ink_seconds();
    do {
      sink = sink + kernels->peak(100000, &operations);
      all += operations;
    } while (ink_seconds() - began < effort.seconds / 8);
    rates[r] = all / (ink_seconds() - began);
  }
  return ink_median(rates, effort.runs);
}

/* Seconds to read so many floats once. */
static double measure_read(const ink_kernels *kernels, size_t count, bench_effort effort) {
  float *floats = calloc(count, sizeof *floats);
  if (floats == NULL) return 0;
  for (size_t i = 0; i < count; i++) floats[i] = 1;
  double seconds[MOST_RUNS];
  volatile float sink = 0;
  for (uint32_t r = 0; r < effort.runs; r++) {
    double began = ink_seconds();
    size_t reads = 0;
    do {
      sink = sink + kernels->read(floats, count);
      reads++;
    } while (ink_seconds() - began < effort.seconds / 4);
    seconds[r] = (ink_seconds() - began) / (double)reads;
  }
  free(floats);
  return ink_median(seconds, effort.runs);
}

/* ---- Subjects -------------------------------------------------------------------------------- */

/* Weights that are multiplied for one token. The first layer's input is a table, but not that of
 * words. */
static double weights_per_token(const subject *s) {
  double gates = s->cell == INK_CELL_LSTM ? 4 : s->cell == INK_CELL_GRU ? 3 : 1;
  double hidden = s->hidden;
  return gates * hidden * (hidden * (2 * s->layers - 1) + s->embed) + s->vocabulary * hidden;
}

/* A trainer for a text of TEXT_TOKENS tokens in which every one of the vocabulary occurs. */
static ink_trainer *open_trainer(const subject *s, uint32_t threads) {
  ink_buffer text = {0};
  uint32_t x = 1;
  for (uint32_t i = 0; i < TEXT_TOKENS; i++) {
    x = x * 1664525u + 1013904223u;
    uint32_t token = i < s->vocabulary ? i : (x >> 16) % s->vocabulary;
    char utf8[4];
    ink_buffer_append(&text, utf8, ink_utf8_encode(0x21 + token, utf8));
  }
  ink_train_options options;
  ink_train_options_default(&options);
  options.cell = s->cell;
  options.layers = s->layers;
  options.hidden = s->hidden;
  options.embed = s->embed;
  options.batch = s->batch > 0 ? s->batch : 1;
  options.nchars = 100;
  options.dropout = options.weight_drop = options.average = 0;
  options.threads = threads;
  options.validation = 0;
  options.lines = 0;
  options.steps = UINT32_MAX;
  ink_trainer *trainer;
  ink_error error;
  if (ink_trainer_new(&options, &(ink_material){.text = text.bytes, .bytes = text.size}, &trainer,
                      &error) != INK_OK) {
    ink_report(s->name, &error);
  }
  ink_buffer_free(&text);
  return trainer;
}

/* Characters trained per second, forward, backward and update; 0 after a line on stderr. */
static double measure_training(const subject *s, uint32_t threads, bench_effort effort) {
  ink_trainer *trainer = open_trainer(s, threads);
  if (trainer == NULL) return 0;
  double rates[MOST_RUNS];
  ink_progress progress;
  ink_error error;
  ink_status status = ink_trainer_step(trainer, &progress, &error); /* warm-up */
  for (uint32_t r = 0; r < effort.runs && status == INK_OK; r++) {
    double began = ink_seconds(), tokens = 0;
    do {
      status = ink_trainer_step(trainer, &progress, &error);
      tokens += progress.tokens;
    } while (status == INK_OK && ink_seconds() - began < effort.seconds);
    rates[r] = tokens / (ink_seconds() - began);
  }
  ink_trainer_free(trainer);
  if (status == INK_OK) return ink_median(rates, effort.runs);
  ink_report(s->name, &error);
  return 0;
}

/* Generations that go on together. */
typedef struct stream_set {
  uint32_t count;
  ink_session *sessions[MOST_STREAMS];
  ink_generation *generations[MOST_STREAMS];
} stream_set;

static ink_status open_streams(const ink_model *model, stream_set *s, ink_error *error) {
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.temperature = 0.8f;
  for (uint32_t i = 0; i < s->count; i++) {
    ink_status status = ink_session_new(model, &s->sessions[i], error);
    if (status != INK_OK) return status;
    ink_session_seed(s->sessions[i], i);
    status = ink_generation_new(s->sessions[i], &sampling, UINT32_MAX, NULL, 0, &s->generations[i],
                                error);
    if (status != INK_OK) return status;
  }
  return INK_OK;
}

static ink_status run_streams(void *work, double *tokens, ink_error *error) {
  enum { AT_ONCE = 64 };
  const stream_set *s = work;
  const char *texts[MOST_STREAMS];
  size_t bytes[MOST_STREAMS];
  *tokens = AT_ONCE * s->count;
  return ink_generations_next(s->generations, s->count, AT_ONCE, texts, bytes, error);
}

/* Characters per second that so many streams generate in all; 0 after a line on stderr. */
static double measure_generation(const char *name, const ink_model *model, uint32_t count,
                                 bench_effort effort) {
  stream_set s = {.count = count};
  ink_error error;
  double rate = 0;
  ink_status status = open_streams(model, &s, &error);
  if (status == INK_OK) status = measure_rate(run_streams, &s, effort, &rate, &error);
  if (status != INK_OK) ink_report(name, &error);
  for (uint32_t i = 0; i < count; i++) {
    ink_generation_free(s.generations[i]);
    ink_session_free(s.sessions[i]);
  }
  return rate;
}

typedef struct prompt {
  ink_session *session;
  ink_buffer text; /* PROMPT_TOKENS tokens */
} prompt;

/* Tokens of the vocabulary by turns, as text: words apart, or characters. */
static ink_buffer make_prompt(const ink_model *model) {
  ink_buffer text = {0};
  for (uint32_t i = 0; i < PROMPT_TOKENS; i++) {
    uint32_t id = i % (uint32_t)model->network.shape.vocabulary;
    const char *token = ink_model_token(model, id);
    ink_buffer_append(&text, token, strlen(token));
    if (ink_vocabulary_level(model->network.vocabulary) == INK_LEVEL_WORD)
      ink_buffer_append(&text, " ", 1);
  }
  return text;
}

static ink_status read_prompt(void *work, double *tokens, ink_error *error) {
  const prompt *p = work;
  *tokens = PROMPT_TOKENS;
  ink_session_reset(p->session);
  return ink_session_feed(p->session, p->text.bytes, p->text.size, 1, error);
}

/* Tokens of a prompt read per second; 0 after a line on stderr. */
static double measure_reading(const char *name, const ink_model *model, bench_effort effort) {
  prompt p = {.text = make_prompt(model)};
  ink_error error;
  double rate = 0;
  ink_status status = ink_session_new(model, &p.session, &error);
  if (status == INK_OK && p.text.failed) status = ink_fail_memory(&error);
  if (status == INK_OK) status = measure_rate(read_prompt, &p, effort, &rate, &error);
  if (status != INK_OK) ink_report(name, &error);
  ink_session_free(p.session);
  ink_buffer_free(&p.text);
  return rate;
}

/* A model with the weights that training begins with, in int8 or as they are; NULL after a line on
 * stderr. */
static ink_model *make_model(const subject *s, bool int8) {
  ink_trainer *trainer = open_trainer(s, 1);
  if (trainer == NULL) return NULL;
  uint8_t *bytes = NULL, *smaller = NULL;
  size_t size, smaller_size;
  ink_model *model = NULL;
  ink_error error;
  ink_status status = ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error);
  ink_trainer_free(trainer);
  if (status == INK_OK && int8) {
    status = ink_quantize(bytes, size, INK_WEIGHTS_INT8, &smaller, &smaller_size, &error);
  }
  if (status == INK_OK) {
    status = int8 ? ink_model_load(smaller, smaller_size, NULL, 0, INK_KERNEL_AUTO, &model, &error)
                  : ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error);
  }
  if (status != INK_OK) ink_report(s->name, &error);
  ink_release(smaller);
  ink_release(bytes);
  return model;
}

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
  bench_effort effort;
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

static bool bench_training(bench_run *run, const subject *s, uint32_t threads) {
  double rate = measure_training(s, threads, run->effort);
  if (!(rate > 0)) return false;
  /* forward, backward to the inputs, backward to the weights; a multiply and an add each */
  double operations = rate * 6 * weights_per_token(s);
  print_row(run, "train", s->name, "f32", "thread", threads, rate,
            operations / (run->peak * threads));
  return true;
}

static bool bench_generation(bench_run *run, const subject *s, const ink_model *model) {
  ink_info info;
  ink_model_info(model, &info);
  bool int8 = strcmp(info.dtype, "I8") == 0;
  double bytes = weights_per_token(s) * (int8 ? 1 : sizeof(float));
  double bound = measure_read(run->kernels, (size_t)(bytes / sizeof(float)), run->effort);
  const char *weights = int8 ? "int8" : "f32";
  for (uint32_t streams = 1; streams <= MOST_STREAMS; streams += MOST_STREAMS - 1) {
    double rate = measure_generation(s->name, model, streams, run->effort);
    if (!(rate > 0) || !(bound > 0)) return false;
    print_row(run, "generate", s->name, weights, "stream", streams, rate, rate * bound);
  }
  double rate = measure_reading(s->name, model, run->effort);
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
    const subject *s = &subjects[i];
    if (s->batch == 0 || !is_asked(options->task, "train") ||
        !is_asked(options->network, s->name)) {
      continue;
    }
    for (uint32_t threads = from; threads <= to; threads++) {
      if (!bench_training(run, s, threads)) return false;
    }
  }
  for (size_t i = 0; i < count; i++) {
    const subject *s = &subjects[i];
    if (!s->generates || !is_asked(options->task, "generate") ||
        !is_asked(options->network, s->name)) {
      continue;
    }
    for (int int8 = 0; int8 <= 1; int8++) {
      ink_model *model = make_model(s, int8);
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
    if (!ink_bench_examples(model, run->options->text, run->effort.runs, run->effort.seconds,
                            &rate)) {
      return false;
    }
    print_examples(run, info.task, path, dtype, &rate);
    return true;
  }
  model->end = UINT32_MAX; /* it is steps that are timed, and so no text ends by itself */
  subject s = {.name = path,
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
  run.peak = measure_peak(run.kernels, run.effort);
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
  fprintf(stderr, "inkling bench: %s\n", message);
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
  if (options->runs < 1 || options->runs > MOST_RUNS) return fail_usage("--runs is from 1 to 100");
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
  if (path != NULL && (model = ink_file_model(path, NULL, NULL, &exit_status)) == NULL) {
    return exit_status;
  }
  bool done = bench(&options, path, model);
  ink_model_free(model);
  return done ? INK_EXIT_OK : INK_EXIT_FAILED;
}
