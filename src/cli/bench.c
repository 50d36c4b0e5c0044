/*
 * inkling bench: how fast this machine trains and generates, and which share that is of the best it
 * could do. Training is held against multiply-adds in registers, generation, which reads every weight
 * once for a character, against a plain sum over as many bytes. Both bounds are measured in the same
 * run, and every figure is the median of five.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/files.h"
#include "cli/verbs.h"
#include "kernels/kernels.h"

enum { RUNS = 5, TEXT_TOKENS = 20000 };
static const double RUN_SECONDS = 0.6;

typedef struct subject {
  const char *name;
  ink_cell_kind cell;
  uint32_t layers, hidden, vocabulary, batch; /* batch 0: only generation */
  bool generates;
} subject;

static const subject subjects[] = {
    {"LSTM 1x128 V=84", INK_CELL_LSTM, 1, 128, 84, 32, true},
    {"GRU 1x256 V=84", INK_CELL_GRU, 1, 256, 84, 0, true},
    {"LSTM 1x512 V=65", INK_CELL_LSTM, 1, 512, 65, 50, false},
    {"LSTM 2x512 V=65", INK_CELL_LSTM, 2, 512, 65, 50, true},
    {"LSTM 1x1024 V=96", INK_CELL_LSTM, 1, 1024, 96, 0, true},
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare_doubles(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double median(double *values) {
  qsort(values, RUNS, sizeof *values, compare_doubles);
  return values[RUNS / 2];
}

/* ---- Bounds -------------------------------------------------------------------------------------- */

/* Operations per second of one thread. */
static double measure_peak(const ink_kernels *kernels) {
  double rates[RUNS];
  volatile float sink = 0;
  for (int r = 0; r < RUNS; r++) {
    double operations, began = now();
    sink = sink + kernels->peak(20000000, &operations);
    rates[r] = operations / (now() - began);
  }
  return median(rates);
}

/* Seconds to read so many floats once. */
static double measure_read(const ink_kernels *kernels, size_t count) {
  float *floats = calloc(count, sizeof *floats);
  if (floats == NULL) return 0;
  for (size_t i = 0; i < count; i++) floats[i] = 1;
  double seconds[RUNS];
  volatile float sink = 0;
  for (int r = 0; r < RUNS; r++) {
    double began = now();
    size_t reads = 0;
    do {
      sink = sink + kernels->read(floats, count);
      reads++;
    } while (now() - began < RUN_SECONDS / 4);
    seconds[r] = (now() - began) / (double)reads;
  }
  free(floats);
  return median(seconds);
}

/* ---- Subjects ------------------------------------------------------------------------------------ */

/* Weights that are multiplied for one character, the first layer's input being a table. */
static double weights_per_token(const subject *s) {
  double gates = s->cell == INK_CELL_LSTM ? 4 : s->cell == INK_CELL_GRU ? 3 : 1;
  double hidden = s->hidden;
  return gates * hidden * hidden * (2 * s->layers - 1) + s->vocabulary * hidden;
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
  options.batch = s->batch > 0 ? s->batch : 1;
  options.threads = threads;
  options.validation = 0;
  options.steps = UINT32_MAX;
  ink_trainer *trainer;
  ink_error error;
  if (ink_trainer_new(&options, text.bytes, text.size, &trainer, &error) != INK_OK) {
    ink_report(s->name, &error);
  }
  ink_buffer_free(&text);
  return trainer;
}

/* Characters trained per second, forward, backward and update; 0 after a line on stderr. */
static double measure_training(const subject *s, uint32_t threads) {
  ink_trainer *trainer = open_trainer(s, threads);
  if (trainer == NULL) return 0;
  double rates[RUNS];
  ink_progress progress;
  ink_error error;
  ink_status status = ink_trainer_step(trainer, &progress, &error); /* warm-up */
  for (int r = 0; r < RUNS && status == INK_OK; r++) {
    double began = now(), tokens = 0;
    do {
      status = ink_trainer_step(trainer, &progress, &error);
      tokens += progress.tokens;
    } while (status == INK_OK && now() - began < RUN_SECONDS);
    rates[r] = tokens / (now() - began);
  }
  ink_trainer_free(trainer);
  if (status == INK_OK) return median(rates);
  ink_report(s->name, &error);
  return 0;
}

static ink_status generate_for(ink_session *session, double *rate, ink_error *error) {
  ink_sampling sampling;
  ink_sampling_default(&sampling);
  sampling.temperature = 0.8f;
  double rates[RUNS];
  for (int r = -1; r < RUNS; r++) { /* -1: warm-up */
    double began = now(), tokens = 0;
    do {
      for (int i = 0; i < 64; i++) {
        uint32_t id;
        ink_status status = ink_session_sample(session, &sampling, &id, error);
        if (status != INK_OK) return status;
      }
      tokens += 64;
    } while (now() - began < RUN_SECONDS);
    if (r >= 0) rates[r] = tokens / (now() - began);
  }
  *rate = median(rates);
  return INK_OK;
}

/* Characters generated per second by one session, sampled at 0.8; 0 after a line on stderr. */
static double measure_generation(const subject *s) {
  ink_trainer *trainer = open_trainer(s, 1);
  if (trainer == NULL) return 0;
  uint8_t *bytes = NULL;
  size_t size;
  ink_model *model = NULL;
  ink_session *session = NULL;
  ink_error error;
  double rate = 0;
  ink_status status = ink_trainer_model(trainer, 0, NULL, 0, &bytes, &size, &error);
  ink_trainer_free(trainer);
  if (status == INK_OK) {
    status = ink_model_load(bytes, size, NULL, 0, INK_KERNEL_AUTO, &model, &error);
  }
  if (status == INK_OK) status = ink_session_new(model, &session, &error);
  if (status == INK_OK) status = generate_for(session, &rate, &error);
  if (status != INK_OK) ink_report(s->name, &error);
  ink_session_free(session);
  ink_model_free(model);
  ink_release(bytes);
  return rate;
}

/* ---- Output -------------------------------------------------------------------------------------- */

typedef struct bench_output {
  bool json, first;
} bench_output;

static void print_row(bench_output *out, const char *task, const char *name, uint32_t threads,
                      double rate, double share) {
  if (out->json) {
    printf(
        "%s{\"task\":\"%s\",\"network\":\"%s\",\"threads\":%u,\"tokensPerSecond\":%.0f,"
        "\"share\":%.3f}",
        out->first ? "" : ",", task, name, (unsigned)threads, rate, share);
  } else {
    printf("%-9s %-17s %u thread%s  %9.0f chars/s  %7.1f us a char  %3.0f %% of the bound\n", task,
           name, (unsigned)threads, threads == 1 ? " " : "s", rate, 1e6 / rate, 100 * share);
  }
  out->first = false;
  fflush(stdout);
}

static bool bench(bench_output *out, const ink_kernels *kernels, uint32_t cores) {
  double peak = measure_peak(kernels);
  if (out->json) {
    printf("{\"kernels\":\"%s\",\"peakFlops\":%.4g,\"rows\":[", kernels->name, peak);
  } else {
    printf("kernels %s, peak %.1f GFLOP/s a core\n", kernels->name, peak / 1e9);
  }
  size_t count = sizeof subjects / sizeof subjects[0];
  for (size_t i = 0; i < count; i++) {
    const subject *s = &subjects[i];
    for (uint32_t threads = 1; s->batch > 0 && threads <= cores && threads <= 2; threads++) {
      double rate = measure_training(s, threads);
      if (!(rate > 0)) return false;
      /* forward, backward to the inputs, backward to the weights; a multiply and an add each */
      double operations = rate * 6 * weights_per_token(s);
      print_row(out, "train", s->name, threads, rate, operations / (peak * threads));
    }
  }
  for (size_t i = 0; i < count; i++) {
    const subject *s = &subjects[i];
    if (!s->generates) continue;
    double rate = measure_generation(s);
    double bound = measure_read(kernels, (size_t)weights_per_token(s));
    if (!(rate > 0) || !(bound > 0)) return false;
    print_row(out, "generate", s->name, 1, rate, rate * bound);
  }
  if (out->json) printf("]}\n");
  return true;
}

int ink_verb_bench(int count, char **arguments) {
  bench_output out = {.first = true};
  const ink_argument table[] = {{"json", INK_ARGUMENT_FLAG, &out.json, NULL}};
  if (!ink_arguments_read(count, arguments, table, sizeof table / sizeof table[0], NULL, 0)) {
    return INK_EXIT_USAGE;
  }
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  bool done = bench(&out, ink_kernels_find(INK_KERNEL_AUTO), cores > 1 ? 2 : 1);
  return done && fflush(stdout) == 0 ? INK_EXIT_OK : INK_EXIT_FAILED;
}
