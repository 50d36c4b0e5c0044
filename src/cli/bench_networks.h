/*
 * What `inkling bench` measures of a network: bounds, training, generation and reading.
 */
#ifndef INK_CLI_BENCH_NETWORKS_H
#define INK_CLI_BENCH_NETWORKS_H

#include <stdbool.h>

#include "inkling.h"
#include "kernels/kernels.h"

enum { INK_BENCH_STREAMS_MAX = 8, INK_BENCH_RUNS_MAX = 100 };

/* How long to measure: runs, INK_BENCH_RUNS_MAX at most, of which the median counts, and the least
 * seconds of each. */
typedef struct ink_bench_effort {
  uint32_t runs;
  double seconds;
} ink_bench_effort;

typedef struct ink_bench_network {
  const char *name;
  ink_cell_kind cell;
  uint32_t layers, hidden, vocabulary, batch; /* batch 0: only generation */
  bool generates;
  uint32_t embed; /* 0: one-hot, as characters are; words are embedded */
  /* trained as the recipe trains a book: windows of 50, dropout, and an average of the weights */
  bool recipe;
} ink_bench_network;

/* Operations per second of one thread. */
double ink_bench_peak(const ink_kernels *kernels, ink_bench_effort effort);

/* Seconds to read so many floats once. */
double ink_bench_read(const ink_kernels *kernels, size_t count, ink_bench_effort effort);

/* Characters trained per second, forward, backward and update; 0 after a line on stderr. */
double ink_bench_training(const ink_bench_network *s, uint32_t threads, ink_bench_effort effort);

/* Characters per second that so many streams generate in all; 0 after a line on stderr. */
double ink_bench_generation(const char *name, const ink_model *model, uint32_t count,
                            ink_bench_effort effort);

/* Tokens of a prompt read per second; 0 after a line on stderr. */
double ink_bench_reading(const char *name, const ink_model *model, ink_bench_effort effort);

/* A model with the weights that training begins with, in int8 or as they are; NULL after a line on
 * stderr. */
ink_model *ink_bench_make_model(const ink_bench_network *s, bool int8);

/* Weights that are multiplied for one token. The first layer's input is a table, but not that of
 * words. */
double ink_bench_weights_per_token(const ink_bench_network *s);

#endif
