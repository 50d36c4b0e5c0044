/*
 * Networks for the bench, made of random numbers, and how fast they go. See bench.c.
 */
#define _POSIX_C_SOURCE 200809L

#include "cli/bench_networks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/status.h"
#include "base/utf8.h"
#include "cli/files.h"
#include "cli/measure.h"

enum { TEXT_TOKENS = 20000, PROMPT_TOKENS = 1000 };

/* Does a piece of some work, and says how many tokens that was. */
typedef ink_status (*bench_work)(void *work, double *tokens, ink_error *error);

/* Tokens per second of what do_work(work) does: the median of several runs after one that warms
 * up. */
static ink_status measure_rate(bench_work do_work, void *work, ink_bench_effort effort,
                               double *rate, ink_error *error) {
  double rates[INK_BENCH_RUNS_MAX];
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

double ink_bench_peak(const ink_kernels *kernels, ink_bench_effort effort) {
  double rates[INK_BENCH_RUNS_MAX];
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

double ink_bench_read(const ink_kernels *kernels, size_t count, ink_bench_effort effort) {
  float *floats = calloc(count, sizeof *floats);
  if (floats == NULL) return 0;
  for (size_t i = 0; i < count; i++) floats[i] = 1;
  double seconds[INK_BENCH_RUNS_MAX];
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

double ink_bench_weights_per_token(const ink_bench_network *s) {
  double gates = s->cell == INK_CELL_LSTM ? 4 : s->cell == INK_CELL_GRU ? 3 : 1;
  double hidden = s->hidden;
  return gates * hidden * (hidden * (2 * s->layers - 1) + s->embed) + s->vocabulary * hidden;
}

/* A trainer for a text of TEXT_TOKENS tokens in which every one of the vocabulary occurs. */
static ink_trainer *open_trainer(const ink_bench_network *s, uint32_t threads) {
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
  options.nchars = s->recipe ? 50 : 100;
  options.dropout = s->recipe ? 0.3f : 0;
  options.weight_drop = s->recipe ? 0.2f : 0;
  options.average = s->recipe ? 0.99f : 0;
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

double ink_bench_training(const ink_bench_network *s, uint32_t threads, ink_bench_effort effort) {
  ink_trainer *trainer = open_trainer(s, threads);
  if (trainer == NULL) return 0;
  double rates[INK_BENCH_RUNS_MAX];
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
  ink_session *sessions[INK_BENCH_STREAMS_MAX];
  ink_generation *generations[INK_BENCH_STREAMS_MAX];
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
  const char *texts[INK_BENCH_STREAMS_MAX];
  size_t bytes[INK_BENCH_STREAMS_MAX];
  *tokens = AT_ONCE * s->count;
  return ink_generations_next(s->generations, s->count, AT_ONCE, texts, bytes, error);
}

double ink_bench_generation(const char *name, const ink_model *model, uint32_t count,
                            ink_bench_effort effort) {
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
  ink_info info;
  ink_model_info(model, &info);
  for (uint32_t i = 0; i < PROMPT_TOKENS; i++) {
    const char *token = ink_model_token(model, i % info.vocabulary);
    ink_buffer_append(&text, token, strlen(token));
    if (strcmp(info.level, "word") == 0) ink_buffer_append(&text, " ", 1);
  }
  return text;
}

static ink_status read_prompt(void *work, double *tokens, ink_error *error) {
  const prompt *p = work;
  *tokens = PROMPT_TOKENS;
  ink_session_reset(p->session);
  return ink_session_feed(p->session, p->text.bytes, p->text.size, 1, error);
}

double ink_bench_reading(const char *name, const ink_model *model, ink_bench_effort effort) {
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

ink_model *ink_bench_make_model(const ink_bench_network *s, bool int8) {
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
