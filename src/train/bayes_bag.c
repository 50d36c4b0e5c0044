/*
 * Multinomial naive Bayes (McCallum and Nigam 1998) with a trust in runs of each length. Of the
 * n(r, c) times that run r occurs in texts of class c, with R rows that occur at all,
 *   weight(r, c) = log p(r | c) - mean_c log p(r | c)      bias(c) = log p(c)
 *   p(r | c) = (n(r, c) + a) / (sum_r n(r, c) + a R)
 * and 0 for rows that do not occur. Runs of a text are not independent, least of all those within
 * one another, so the sum over runs of n tokens is scaled: the scales minimise the cross-entropy of
 * the labels. For that every text is left out of the counts that speak about it (Stone 1974), which
 * makes it like a new one.
 */
#include "train/bayes_bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"

static const double SMOOTHING = 0.1;

typedef struct run {
  size_t row, before; /* before: tokens that the run has before its last */
} run;

typedef struct counter {
  const ink_bag *bag;
  const ink_examples *examples;
  size_t classes;
  uint32_t *counts; /* [bag.rows][classes]: n(r, c) */
  double *totals;   /* [classes]: sum_r n(r, c) */
  double occurring; /* R */
  uint32_t *tokens; /* [longest + 2]: of the example at hand, between the ends of the text */
  run *runs;        /* [(longest + 1) * order]: of it */
  double *scratch;  /* [classes] */
  float *sums;      /* [examples][order][classes]: of weights, over the runs of each length */
} counter;

/* ---- Counts ---------------------------------------------------------------------------------- */

static uint32_t label_of(const counter *c, size_t example) {
  return c->examples->targets.ids[c->examples->targets.starts[example]];
}

/* Lists the runs of an example. Returns how many. */
static size_t list_runs(const counter *c, size_t example) {
  const ink_sequences *sources = &c->examples->sources;
  size_t start = sources->starts[example], tokens = sources->starts[example + 1] - start;
  size_t rows[INK_BAG_ORDER_MAX], listed = 0;
  c->tokens[0] = c->tokens[tokens + 1] = (uint32_t)c->bag->vocabulary;
  memcpy(c->tokens + 1, sources->ids + start, tokens * sizeof *c->tokens);
  for (size_t end = 2; end <= tokens + 2; end++) {
    size_t count = ink_bag_rows(c->bag, c->tokens, end, rows);
    for (size_t n = 0; n < count; n++) {
      if (rows[n] < c->bag->rows) c->runs[listed++] = (run){rows[n], n};
    }
  }
  return listed;
}

/* Counts the listed runs of a text of this class, or takes them out again. */
static void count_runs(counter *c, size_t listed, uint32_t label, bool out) {
  uint32_t by = out ? UINT32_MAX : 1; /* wraps around to 1 less */
  for (size_t i = 0; i < listed; i++) c->counts[c->runs[i].row * c->classes + label] += by;
  c->totals[label] += out ? -(double)listed : (double)listed;
}

static bool occurs(const counter *c, size_t row) {
  for (size_t k = 0; k < c->classes; k++) {
    if (c->counts[row * c->classes + k] > 0) return true;
  }
  return false;
}

/* scratch = the weights of a row. */
static void weigh(const counter *c, size_t row) {
  const uint32_t *counts = c->counts + row * c->classes;
  double sum = 0;
  bool weighs = occurs(c, row);
  for (size_t k = 0; k < c->classes; k++) {
    c->scratch[k] = log((counts[k] + SMOOTHING) / (c->totals[k] + SMOOTHING * c->occurring));
    sum += c->scratch[k];
  }
  for (size_t k = 0; k < c->classes; k++) {
    c->scratch[k] = weighs ? c->scratch[k] - sum / (double)c->classes : 0;
  }
}

static void count_all(counter *c, ink_bayes_bag *made) {
  size_t rows = c->bag->rows, training = c->examples->training;
  for (size_t i = 0; i < training; i++) {
    made->bias[label_of(c, i)]++;
    count_runs(c, list_runs(c, i), label_of(c, i), false);
  }
  for (size_t k = 0; k < c->classes; k++) {
    made->bias[k] = logf((made->bias[k] + 1) / (float)(training + c->classes));
  }
  for (size_t row = 0; row < rows; row++) c->occurring += occurs(c, row);
  for (size_t row = 0; row < rows; row++) {
    weigh(c, row);
    for (size_t k = 0; k < c->classes; k++) made->weight[k * rows + row] = (float)c->scratch[k];
  }
}

/* Of every example, whose own runs are left out while they are summed. */
static void sum_all(counter *c) {
  for (size_t i = 0; i < c->examples->count; i++) {
    float *sums = c->sums + i * c->bag->order * c->classes;
    bool counted = i < c->examples->training;
    size_t listed = list_runs(c, i);
    if (counted) count_runs(c, listed, label_of(c, i), true);
    for (size_t r = 0; r < listed; r++) {
      weigh(c, c->runs[r].row);
      for (size_t k = 0; k < c->classes; k++) {
        sums[c->runs[r].before * c->classes + k] += (float)c->scratch[k];
      }
    }
    if (counted) count_runs(c, listed, label_of(c, i), false);
  }
}

/* ---- Scales ---------------------------------------------------------------------------------- */

static void set_logits(const counter *c, ink_bayes_bag *made) {
  for (size_t i = 0; i < c->examples->count; i++) {
    float *logits = made->logits + i * c->classes;
    memcpy(logits, made->bias, c->classes * sizeof *logits);
    for (size_t n = 0; n < c->bag->order; n++) {
      const float *sums = c->sums + (i * c->bag->order + n) * c->classes;
      for (size_t k = 0; k < c->classes; k++) logits[k] += made->scale[n] * sums[k];
    }
  }
}

/* The first and the second derivative of the cross-entropy of the examples trained on by
 * scale[n]. */
static void derive(const counter *c, const ink_bayes_bag *made, size_t n, double *first,
                   double *second) {
  *first = *second = 0;
  for (size_t i = 0; i < c->examples->training; i++) {
    const float *logits = made->logits + i * c->classes;
    const float *sums = c->sums + (i * c->bag->order + n) * c->classes;
    double largest = -INFINITY, all = 0, mean = 0, square = 0;
    for (size_t k = 0; k < c->classes; k++) largest = fmax(largest, (double)logits[k]);
    for (size_t k = 0; k < c->classes; k++) {
      double e = exp((double)logits[k] - largest);
      all += e;
      mean += e * (double)sums[k];
      square += e * (double)sums[k] * (double)sums[k];
    }
    mean /= all;
    *first += mean - (double)sums[label_of(c, i)];
    *second += square / all - mean * mean;
  }
}

/* The loss is convex: Newton's method, a scale at a time. None leaves [-1,1], where 1 is naive
 * Bayes itself: texts that the counts tell apart without an error would have it grow for ever. */
static void fit_scales(const counter *c, ink_bayes_bag *made) {
  enum { ROUNDS = 20 };
  for (size_t n = 0; n < c->bag->order; n++) made->scale[n] = 0.2f / (float)c->bag->order;
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t n = 0; n < c->bag->order; n++) {
      double first, second;
      set_logits(c, made);
      derive(c, made, n, &first, &second);
      double next = second > 0 ? (double)made->scale[n] - first / second : (double)made->scale[n];
      made->scale[n] = (float)fmin(fmax(next, -1), 1);
    }
  }
  set_logits(c, made);
}

/* ---- All of it ------------------------------------------------------------------------------- */

ink_status ink_bayes_bag_new(const ink_bag *bag, size_t classes, const ink_examples *examples,
                             ink_bayes_bag *made, ink_error *error) {
  counter c = {.bag = bag, .examples = examples, .classes = classes};
  size_t cells, logits, sums, runs;
  *made = (ink_bayes_bag){0};
  if (!ink_size_multiply(bag->rows, classes, &cells) ||
      !ink_size_multiply(examples->count, classes, &logits) ||
      !ink_size_multiply(logits, bag->order, &sums) ||
      !ink_size_multiply(examples->sources.longest + 1, bag->order, &runs)) {
    return ink_fail_memory(error);
  }
  c.counts = calloc(cells, sizeof *c.counts);
  c.totals = calloc(classes, sizeof *c.totals);
  c.tokens = calloc(examples->sources.longest + 2, sizeof *c.tokens);
  c.runs = calloc(runs, sizeof *c.runs);
  c.scratch = calloc(classes, sizeof *c.scratch);
  c.sums = calloc(sums, sizeof *c.sums);
  made->weight = calloc(cells, sizeof *made->weight);
  made->scale = calloc(bag->order, sizeof *made->scale);
  made->bias = calloc(classes, sizeof *made->bias);
  made->logits = calloc(logits, sizeof *made->logits);
  bool enough = c.counts != NULL && c.totals != NULL && c.tokens != NULL && c.runs != NULL &&
                c.scratch != NULL && c.sums != NULL && made->weight != NULL &&
                made->scale != NULL && made->bias != NULL && made->logits != NULL;
  if (enough) {
    count_all(&c, made);
    sum_all(&c);
    fit_scales(&c, made);
  }
  free(c.counts);
  free(c.totals);
  free(c.tokens);
  free(c.runs);
  free(c.scratch);
  free(c.sums);
  if (enough) return INK_OK;
  ink_bayes_bag_free(made);
  return ink_fail_memory(error);
}

void ink_bayes_bag_free(ink_bayes_bag *made) {
  free(made->weight);
  free(made->scale);
  free(made->bias);
  free(made->logits);
  *made = (ink_bayes_bag){0};
}
