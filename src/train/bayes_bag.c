/*
 * Multinomial naive Bayes (McCallum and Nigam 1998) with a trust in runs of each length. Of the n(r, c) times
 * that run r occurs in texts of class c, with R rows that occur at all,
 *   weight(r, c) = log p(r | c) - mean_c log p(r | c)      bias(c) = log p(c)
 *   p(r | c) = (n(r, c) + a) / (sum_r n(r, c) + a R)
 * and 0 for rows that do not occur. Runs of a text are not independent, least of all those within one another,
 * so the sum over runs of n tokens is scaled: the scales minimise the cross-entropy of the labels. For that
 * every text is left out of the counts that speak about it (Stone 1974), which makes it like a new one.
 */
#include "train/bayes_bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "base/status.h"

static const double SMOOTHING = 0.1;

typedef struct counter {
  const ink_bag *bag;
  const ink_examples *examples;
  size_t classes;
  uint32_t *counts; /* [bag.rows][classes]: n(r, c) */
  double *totals;   /* [classes]: sum_r n(r, c) */
  double occurring; /* R */
  uint32_t *tokens; /* [longest + 2]: of the example at hand, between the ends of the text */
  double *scratch;  /* [classes] */
  float *sums;      /* [examples][order][classes]: of weights, over the runs of each length */
} counter;

/* ---- Counts -------------------------------------------------------------------------------------- */

static uint32_t label_of(const counter *c, size_t example) {
  return c->examples->targets.ids[c->examples->targets.starts[example]];
}

/* The tokens of an example, ends included. Returns how many. */
static size_t set_tokens(const counter *c, size_t example) {
  const ink_sequences *sources = &c->examples->sources;
  size_t start = sources->starts[example], count = sources->starts[example + 1] - start;
  c->tokens[0] = c->tokens[count + 1] = (uint32_t)c->bag->vocabulary;
  memcpy(c->tokens + 1, sources->ids + start, count * sizeof *c->tokens);
  return count + 2;
}

/* The runs of an example: calls `visit` with the row and with how many tokens before its last the run has. */
typedef void run_visitor(counter *c, size_t example, size_t row, size_t before);

static void visit_runs(counter *c, size_t example, run_visitor *visit) {
  size_t rows[INK_BAG_ORDER_MAX], tokens = set_tokens(c, example);
  for (size_t end = 2; end <= tokens; end++) {
    size_t count = ink_bag_rows(c->bag, c->tokens, end, rows);
    for (size_t n = 0; n < count; n++) {
      if (rows[n] < c->bag->rows) visit(c, example, rows[n], n);
    }
  }
}

static void count_run(counter *c, size_t example, size_t row, size_t before) {
  (void)before;
  uint32_t label = label_of(c, example);
  c->counts[row * c->classes + label]++;
  c->totals[label]++;
}

static void take_out_run(counter *c, size_t example, size_t row, size_t before) {
  (void)before;
  uint32_t label = label_of(c, example);
  c->counts[row * c->classes + label]--;
  c->totals[label]--;
}

/* scratch = the weights of a row. */
static void weigh(const counter *c, size_t row) {
  const uint32_t *counts = c->counts + row * c->classes;
  double sum = 0;
  bool occurs = false;
  for (size_t k = 0; k < c->classes; k++) {
    occurs = occurs || counts[k] > 0;
    c->scratch[k] = log((counts[k] + SMOOTHING) / (c->totals[k] + SMOOTHING * c->occurring));
    sum += c->scratch[k];
  }
  for (size_t k = 0; k < c->classes; k++) {
    c->scratch[k] = occurs ? c->scratch[k] - sum / (double)c->classes : 0;
  }
}

static void sum_run(counter *c, size_t example, size_t row, size_t before) {
  float *sums = c->sums + (example * c->bag->order + before) * c->classes;
  weigh(c, row);
  for (size_t k = 0; k < c->classes; k++) sums[k] += (float)c->scratch[k];
}

static void count_all(counter *c, ink_bayes_bag *made) {
  size_t rows = c->bag->rows, training = c->examples->training;
  for (size_t i = 0; i < training; i++) {
    made->bias[label_of(c, i)]++;
    visit_runs(c, i, count_run);
  }
  for (size_t k = 0; k < c->classes; k++) {
    made->bias[k] = logf((made->bias[k] + 1) / (float)(training + c->classes));
  }
  for (size_t row = 0; row < rows; row++) {
    bool occurs = false;
    for (size_t k = 0; k < c->classes; k++) occurs = occurs || c->counts[row * c->classes + k] > 0;
    c->occurring += occurs;
  }
  for (size_t row = 0; row < rows; row++) {
    weigh(c, row);
    for (size_t k = 0; k < c->classes; k++) made->weight[k * rows + row] = (float)c->scratch[k];
  }
  for (size_t i = 0; i < c->examples->count; i++) {
    if (i < training) visit_runs(c, i, take_out_run);
    visit_runs(c, i, sum_run);
    if (i < training) visit_runs(c, i, count_run);
  }
}

/* ---- Scales -------------------------------------------------------------------------------------- */

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

/* The first and the second derivative of the cross-entropy of the examples trained on by scale[n]. */
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

/* The loss is convex: Newton's method, a scale at a time. None leaves [-1,1], where 1 is naive Bayes itself:
 * texts that the counts tell apart without an error would have it grow for ever. */
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

/* ---- All of it ----------------------------------------------------------------------------------- */

ink_status ink_bayes_bag_new(const ink_bag *bag, size_t classes, const ink_examples *examples,
                             ink_bayes_bag *made, ink_error *error) {
  counter c = {.bag = bag, .examples = examples, .classes = classes};
  size_t cells, logits, sums;
  *made = (ink_bayes_bag){0};
  if (!ink_size_multiply(bag->rows, classes, &cells) ||
      !ink_size_multiply(examples->count, classes, &logits) ||
      !ink_size_multiply(logits, bag->order, &sums)) {
    return ink_fail_memory(error);
  }
  c.counts = calloc(cells, sizeof *c.counts);
  c.totals = calloc(classes, sizeof *c.totals);
  c.tokens = calloc(examples->sources.longest + 2, sizeof *c.tokens);
  c.scratch = calloc(classes, sizeof *c.scratch);
  c.sums = calloc(sums, sizeof *c.sums);
  made->weight = calloc(cells, sizeof *made->weight);
  made->scale = calloc(bag->order, sizeof *made->scale);
  made->bias = calloc(classes, sizeof *made->bias);
  made->logits = calloc(logits, sizeof *made->logits);
  bool enough = c.counts != NULL && c.totals != NULL && c.tokens != NULL && c.scratch != NULL &&
                c.sums != NULL && made->weight != NULL && made->scale != NULL &&
                made->bias != NULL && made->logits != NULL;
  if (enough) {
    count_all(&c, made);
    fit_scales(&c, made);
  }
  free(c.counts);
  free(c.totals);
  free(c.tokens);
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
