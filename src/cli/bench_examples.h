/*
 * How fast a model that is not a generator does its task.
 */
#ifndef INK_CLI_BENCH_EXAMPLES_H
#define INK_CLI_BENCH_EXAMPLES_H

#include <stdbool.h>

#include "cli/bench_networks.h"

typedef struct ink_bench_rate {
  double per_second; /* texts classified or translated, or pictures captioned, one after another */
  double encoder_share; /* of the time, what encoding takes: 1 of a classifier */
} ink_bench_rate;

/* Goes through the examples of a file again and again: lines of text, or of a captioner PPM
 * pictures. Medians. False after a line on stderr. */
bool ink_bench_examples(const ink_model *model, const char *path, ink_bench_effort effort,
                        ink_bench_rate *rate);

#endif
